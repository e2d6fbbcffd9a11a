// Passkeys (WebAuthn): creates one, or presents one. Forms are marked data-passkey="add",
// "authenticate" or "login"; what the server asks stands in #passkey-options, or is fetched.
"use strict";

const WORDS = {
  NotAllowedError: "La clé n'a pas été présentée, ou trop tard. Réessayez.",
  InvalidStateError: "Cette clé est déjà enregistrée.",
  SecurityError: "Une clé d'accès demande HTTPS et le vrai nom du site.",
};

async function options(form, kind) {
  const held = document.getElementById("passkey-options");
  if (held && kind !== "login") return JSON.parse(held.textContent);
  const answer = await fetch(form.action, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error("options");
  return answer.json();
}

async function credential(form, kind) {
  const asked = await options(form, kind);
  if (kind === "add") {
    const wanted = asked.creation_options.publicKey;
    Object.assign(wanted.authenticatorSelection, {
      residentKey: "required", requireResidentKey: true, userVerification: "required",
    });
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(wanted);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.request_options.publicKey);
  return navigator.credentials.get({ publicKey });
}

const able = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;

for (const form of document.querySelectorAll("[data-passkey]")) {
  const trouble = form.querySelector("[data-trouble]");
  const say = (words) => { trouble.textContent = words; trouble.hidden = false; };
  if (able) form.hidden = false;
  else if (!form.hidden) say("Ce navigateur ne connaît pas les clés d'accès.");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    try {
      const given = await credential(form, form.dataset.passkey);
      form.elements.credential.value = JSON.stringify(given);
      form.submit();
    } catch (error) {
      say(WORDS[error.name] ?? "La clé n'a pas pu être lue. Réessayez, ou prenez un autre moyen.");
    }
  });
}
