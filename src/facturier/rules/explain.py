"""What a rule or a term means, told to a person: ``facturier explain BR-CO-10``, the docs."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from facturier.errors import ConfigurationError
from facturier.findings import Finding
from facturier.formats import cii, ubl
from facturier.invoice import terms as dictionary
from facturier.rules import examples
from facturier.rules.book import Rulebook
from facturier.rules.check import all_books
from facturier.rules.facts import Facts
from facturier.rules.mutation import mutate
from facturier.rules.rule import Rule

SEVERITIES = {
    "fatal": "bloquante : la facture est invalide",
    "warning": "avertissement : la facture reste valide",
    "advice": "conseil",
}
SOURCES = {
    "en16931": "EN 16931-1 et artefacts de validation du CEN",
    "br-fr-flux2": "XP Z12-012, règles BR-FR publiées par le FNFE-MPE",
}
SHOWN_RULES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One place where a rule looks, and what breaks it there."""

    rule: Rule
    finding: Finding | None
    """What the broken example gives; None when nothing can break the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A rule, told."""

    id: str
    book: Rulebook
    cases: tuple[Case, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """Ids of the terms it speaks of, each once."""
        return tuple(dict.fromkeys(term for case in self.cases for term in case.rule.terms))

    def __str__(self) -> str:
        lines = [f"{self.id} — {self.book.id} {self.book.version}"]
        lines.append(f"Source : {SOURCES.get(self.book.id, self.book.id)}, {self.book.version}")
        lines += ["", "Termes :"]
        lines += [f"  {term:8} {dictionary.label(term)}" for term in self.terms]
        for case in self.cases:
            lines += ["", *_told(case)]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermExplanation:
    """A term or a group, told."""

    id: str
    name: str
    nom: str
    ubl: str
    cii: str
    rules: tuple[str, ...]
    """Ids of the rules that speak of it."""

    def __str__(self) -> str:
        shown = ", ".join(self.rules[:SHOWN_RULES])
        more = (
            f" et {len(self.rules) - SHOWN_RULES} autres" if len(self.rules) > SHOWN_RULES else ""
        )
        return "\n".join(
            (
                f"{self.id} — {self.nom} ({self.name})",
                f"UBL : {self.ubl or '—'}",
                f"CII : {self.cii or '—'}",
                f"Règles : {shown or '—'}{more}",
            )
        )


def explain(identifier: str) -> Explanation | TermExplanation:
    """Explain a rule, a term or a group. Raises ConfigurationError for an unknown id."""
    wanted = identifier.strip()
    found = _by_id().get(wanted) or _by_id().get(wanted.upper())
    if found is not None:
        book, rules = found
        cases = tuple(Case(rule=rule, finding=_broken(book, rule)) for rule in rules)
        return Explanation(id=rules[0].id, book=book, cases=cases)
    terms, groups = dictionary.dictionary()
    item = terms.get(wanted.upper()) or groups.get(wanted.upper())
    if item is not None:
        return _explained(item)
    raise ConfigurationError(
        f"« {identifier} » n'est ni une règle ni un terme que nous connaissons.",
        reason="unknown-id",
        remedy="Écrivez l'identifiant officiel : BR-CO-10, BT-131, BG-23…",
    )


@functools.cache
def _by_id() -> dict[str, tuple[Rulebook, tuple[Rule, ...]]]:
    found: dict[str, tuple[Rulebook, tuple[Rule, ...]]] = {}
    for book in all_books():
        for rule in book.rules:
            _, known = found.get(rule.id, (book, ()))
            found[rule.id] = book, (*known, rule)
    return found


def _broken(book: Rulebook, rule: Rule) -> Finding | None:
    """Break the example and return what the rule says of it."""
    if not rule.breaks:
        return None
    invoice = mutate(examples.example(rule.example), rule.breaks)
    facts = Facts(invoice, rule.syntax)
    return next((f for f in book.check(facts) if f.rule == rule.id), None)


def _told(case: Case) -> list[str]:
    rule = case.rule
    lines = [rule.meaning]
    if rule.syntax:
        lines.append(f"Dans cette forme, en {rule.syntax} seulement.")
    lines.append(f"Gravité : {SEVERITIES.get(rule.severity, rule.severity)}.")
    lines.append(f"Remède : {rule.remedy}")
    if rule.breaks:
        lines.append(f"Exemple en faute : facture « {rule.example} » avec {rule.breaks}")
    if case.finding is not None:
        where = f"[{case.finding.where}] " if case.finding.where else ""
        lines.append(f"  → {case.finding.rule} {where}{case.finding.message}")
    if rule.also:
        lines.append(f"  entraîne aussi : {', '.join(rule.also)}")
    return lines


def _explained(item: dictionary.Term | dictionary.Group) -> TermExplanation:
    rules = (rule for book in all_books() for rule in book.rules if item.id in rule.terms)
    return TermExplanation(
        id=item.id,
        name=item.name,
        nom=item.nom,
        ubl=ubl.INVOICE.path_of(item.id) if ubl.INVOICE.carries(item.id) else "",
        cii=cii.INVOICE.path_of(item.id) if cii.INVOICE.carries(item.id) else "",
        rules=tuple(dict.fromkeys(rule.id for rule in rules)),
    )
