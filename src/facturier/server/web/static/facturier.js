// Keyboard, drop zone and dialogs of the cockpit. Pages work without it; nothing here decides.
"use strict";

const LARGEST = 100 * 1024 * 1024;
const $ = (selector, root = document) => root.querySelector(selector);
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

// ---- keyboard ---------------------------------------------------------------------------------
function rows() {
  return [...document.querySelectorAll("[data-row] [data-open]")].filter((link) => link.offsetParent);
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const row = document.activeElement.closest?.("[data-row]");
  const here = row ? all.indexOf($("[data-open]", row)) : -1;
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step;
  const link = all[Math.min(Math.max(next, 0), all.length - 1)];
  link.focus({ preventScroll: true });
  link.closest("[data-row]").scrollIntoView({ block: "nearest" });
}

const KEYS = {
  "/": () => $("[data-search]")?.select() ?? $("[data-search]")?.focus(),
  j: () => move(1),
  k: () => move(-1),
  a: () => $("[data-actions] a, [data-actions] button")?.focus(),
  "?": () => open("raccourcis"),
};

function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && event.target.matches("[data-search]")) return event.target.blur();
  if (typing(event.target) || $("dialog[open]")) return;
  const inList = document.activeElement.closest?.("[data-row]");
  if (inList && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    return move(event.key === "ArrowDown" ? 1 : -1);
  }
  const tab = /^[1-9]$/.test(event.key) && document.querySelectorAll(".onglets > a")[event.key - 1];
  const link = tab || document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const act = KEYS[event.key] ?? (link ? () => link.click() : null);
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) open(opener.dataset.dialog);
});

// ---- deposit ----------------------------------------------------------------------------------
function size(bytes) {
  const units = ["o", "Ko", "Mo", "Go"];
  let unit = 0;
  while (bytes >= 1024 && unit < 3) { bytes /= 1024; unit += 1; }
  return `${Math.round(bytes)}\u202f${units[unit]}`;
}

function showChosen(form) {
  const list = $("[data-chosen]", form);
  list.replaceChildren(...[...$("input[type=file]", form).files].map((file) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const weight = document.createElement("span");
    name.textContent = file.name;
    weight.textContent = file.size > LARGEST ? `${size(file.size)} : trop lourd` : size(file.size);
    weight.className = file.size > LARGEST ? "trop" : "minor";
    item.append(name, weight);
    return item;
  }));
}

for (const form of document.querySelectorAll("[data-drop]")) {
  const zone = $(".zone", form);
  const input = $("input[type=file]", form);
  const hover = (on) => (event) => { event.preventDefault(); zone.classList.toggle("survol", on); };
  form.addEventListener("dragover", hover(true));
  form.addEventListener("dragleave", hover(false));
  form.addEventListener("drop", (event) => {
    hover(false)(event);
    input.files = event.dataTransfer.files;
    showChosen(form);
  });
  input.addEventListener("change", () => showChosen(form));
  form.addEventListener("htmx:xhr:progress", (event) => {
    const bar = $("progress", form);
    bar.hidden = false;
    if (event.detail.lengthComputable) bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
  form.addEventListener("htmx:beforeRequest", () => { $("button", form).disabled = true; });
  form.addEventListener("htmx:afterRequest", () => { $("button", form).disabled = false; });
  form.addEventListener("htmx:responseError", (event) => {
    if ([413, 503].includes(event.detail.xhr.status)) $("[data-chosen]", form).textContent = event.detail.xhr.responseText;
  });
}
// A file dropped beside the zone must not replace the page.
for (const name of ["dragover", "drop"]) document.addEventListener(name, (e) => e.preventDefault());

// ---- what is asked again and again ------------------------------------------------------------
document.addEventListener("htmx:beforeRequest", (event) => {
  // A page that nobody looks at asks nothing; a menu that is open is not taken away.
  if (event.target.matches("[data-poll]") && document.hidden) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  // Signed out meanwhile: the answer is the sign-in page, which belongs in the whole window.
  if (event.detail.xhr.responseURL.includes("/compte/login/")) {
    event.preventDefault();
    location.reload();
  }
});
