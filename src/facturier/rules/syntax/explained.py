"""A syntax rule, told: ``facturier explain UBL-CR-123``."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from facturier.findings import Layer, Severity
from facturier.rules import official
from facturier.rules.syntax import NEVER_FIRES, checks_of, tables
from facturier.rules.syntax.saying import meaning, remedy, term_of
from facturier.rules.syntax.table import Check

_WEIGHTS = {
    Severity.FATAL: "bloquante : la facture est invalide",
    Severity.WARNING: "avertissement : la facture reste valide",
}
_LAYERS = {
    "en16931": (Layer.EN16931, "EN 16931"),
    "extended-ctc-fr": (Layer.EXTENDED_CTC_FR, "EXTENDED-CTC-FR"),
    "factur-x": (Layer.FACTURX, "Factur-X"),
}
"""Beginning of the name of a table → its layer and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntaxExplanation:
    """A syntax rule, told."""

    id: str
    syntax: str
    """``UBL`` or ``CII``."""
    books: tuple[str, ...]
    """The official files that have it, with their version."""
    meaning: str
    remedy: str
    context: str
    """The elements it is asked of, as the tables name them."""
    path: str
    """What it looks at, from there."""
    severity: Severity
    term: str = ""
    silent: str = ""
    """Why it never fails; empty when it can."""

    def __str__(self) -> str:
        weight = _WEIGHTS.get(self.severity, self.severity)
        lines = [f"{self.id} — règle de la syntaxe {self.syntax} ({', '.join(self.books)})", ""]
        lines += [self.meaning, f"Élément : {self.context}", f"Regarde : {self.path}"]
        lines += [f"Gravité : {weight}.", f"Remède : {self.remedy}"]
        if self.silent:
            lines += ["", f"Le fichier officiel ne l'oppose jamais : {self.silent}."]
        return "\n".join(lines)


@functools.cache
def _by_id() -> dict[str, tuple[tuple[str, Check], ...]]:
    found: dict[str, tuple[tuple[str, Check], ...]] = {}
    for manifest in sorted(tables()):
        for id_, check in checks_of(manifest).items():
            found[id_] = (*found.get(id_, ()), (manifest, check))
    return found


def ids() -> tuple[str, ...]:
    """Return the id of every syntax rule."""
    return tuple(_by_id())


def explained(id_: str) -> SyntaxExplanation | None:
    """Explain a syntax rule; None when it is none."""
    known = _by_id().get(id_)
    if known is None:
        return None
    manifest, check = known[0]
    layer = next(layer for name, (layer, _) in _LAYERS.items() if manifest.startswith(name))
    term = term_of(manifest, check)
    fact = official.manifest(manifest).get(id_)
    return SyntaxExplanation(
        id=id_,
        syntax="UBL" if check.is_ubl else "CII",
        books=tuple(_titled(one) for one, _ in known),
        meaning=meaning(check, layer, term),
        remedy=remedy(check),
        context=check.context.text,
        path=check.text,
        severity=fact.severity if fact else Severity.FATAL,
        term=term,
        silent=NEVER_FIRES.get(id_, ""),
    )


def _titled(manifest: str) -> str:
    name = next(title for name, (_, title) in _LAYERS.items() if manifest.startswith(name))
    profile = manifest.removeprefix("factur-x-").upper() if name == "Factur-X" else ""
    return " ".join(filter(None, (name, profile, official.book(manifest).version)))
