"""What an id means, told to a person: ``facturier explain BR-CO-10``, the docs, the pages.

An id is that of a rule (``BR-CO-10``), of a family of rules (``BR-FR-05``), of a term or group
(``BT-131``, ``BG-23``), of a status (``210``) or of a reason (``DOUBLON``).
"""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass

from facturier.errors import BadUsage
from facturier.findings import Finding, Layer
from facturier.formats import cii, ubl
from facturier.formats.cdar import ACKNOWLEDGEMENT
from facturier.formats.flux10 import REPORT
from facturier.invoice import terms as dictionary
from facturier.lifecycle.acknowledgement import Acknowledgement
from facturier.lifecycle.reasons import FORMER_CODES, REASONS, Reason, reason
from facturier.lifecycle.statuses import STATUSES, Duty, Status
from facturier.reporting.report import Report
from facturier.rules import examples, official, report_examples, status_examples
from facturier.rules.advice import told
from facturier.rules.book import Rulebook
from facturier.rules.facts import Facts
from facturier.rules.facturx import explained as facturx_structure
from facturier.rules.france import directory_told
from facturier.rules.mutation import in_words, mutate
from facturier.rules.report_facts import ReportFacts
from facturier.rules.rule import Rule
from facturier.rules.shelves import all_books
from facturier.rules.status_facts import StatusFacts
from facturier.rules.syntax import explained as syntax_rules

SEVERITIES = {
    "fatal": "bloquante : la facture est invalide",
    "warning": "avertissement : la facture reste valide",
    "advice": "conseil",
}
SOURCES = {
    "en16931": "EN 16931-1 et artefacts de validation du CEN",
    "extended-ctc-fr": "Profil EXTENDED-CTC-FR de XP Z12-012, publié par le FNFE-MPE",
    "br-fr-flux2": "XP Z12-012, règles BR-FR publiées par le FNFE-MPE",
    "peppol-bis-billing": "Peppol BIS Billing 3.0, règles d'OpenPeppol",
    "cdar": "XP Z12-012, règles BR-FR-CDV publiées par le FNFE-MPE",
    "flux1-base": "Spécifications externes de la DGFiP, annexe 7, Schematron du flux 1 (démarrage)",
    "flux1-full": "Spécifications externes de la DGFiP, annexe 7, Schematron du flux 1 (cible)",
    "flux10": "Spécifications externes de la DGFiP, annexe 7, et leur Schematron du flux 10",
    "conseils": "Conseils de Facturier, sans force officielle",
}
SHOWN_RULES = 20
MOST_CASES = 4
"""Places of one rule that are told in full; of more of them, only the first one."""


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
    silent: tuple[str, ...] = ()
    """Why the official file never objects: one sentence for each syntax where it is so."""
    elsewhere: tuple[Explanation | directory_told.DirectoryExplanation, ...] = ()
    """What the same code says of another document: G1.05 of flux 10 and of flux 1."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Ids of the terms it speaks of, each once."""
        told = (term for case in self.cases for term in case.rule.terms)
        return tuple(dict.fromkeys(told)) or _official_terms(self.book, self.id)

    def __str__(self) -> str:
        lines = [f"{self.id} — {self.book.id} {self.book.version}"]
        lines.append(f"Source : {SOURCES.get(self.book.id, self.book.id)}, {self.book.version}")
        lines += ["", "Termes :"]
        lines += [f"  {term:8} {dictionary.label(term)}" for term in self.terms]
        several = len(self.cases) > MOST_CASES
        for case in self.cases[:1] if several else self.cases:
            lines += ["", *_told(case)]
        if several:
            lines += ["", "De même :"]
            lines += [f"  {case.rule.meaning}\n    → {case.rule.remedy}" for case in self.cases[1:]]
        if self.silent:
            lines += ["", *self.silent]
        for other in self.elsewhere:
            lines += ["", str(other)]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyExplanation:
    """Rules whose ids begin alike, told: ``BR-FR-05``."""

    id: str
    book: Rulebook
    meanings: tuple[tuple[str, str], ...]
    """Id and meaning of each."""

    def __str__(self) -> str:
        lines = [f"{self.id} — {self.book.id} {self.book.version}, {len(self.meanings)} règles", ""]
        lines += [f"{id_}\n  {meaning}" for id_, meaning in self.meanings]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermExplanation:
    """A term or a group, told."""

    id: str
    name: str
    nom: str
    inside: tuple[str, ...]
    """Ids of the groups around it, outermost first."""
    many: bool
    places: tuple[tuple[str, str], ...]
    """Syntax and XPath, for each syntax of the documents that may hold it."""
    rules: tuple[str, ...]
    """Ids of the rules that speak of it."""
    document: str
    """What it is a term of, with its article."""

    def __str__(self) -> str:
        shown = ", ".join(self.rules[:SHOWN_RULES])
        more = (
            f" et {len(self.rules) - SHOWN_RULES} autres" if len(self.rules) > SHOWN_RULES else ""
        )
        groups = " > ".join(f"{one} ({dictionary.label(one)})" for one in self.inside)
        return "\n".join(
            (
                f"{self.id} — {self.nom} ({self.name})",
                f"Place : {groups or self.document}{', répété' if self.many else ''}",
                *(f"{syntax} : {path or '—'}" for syntax, path in self.places),
                f"Règles : {shown or '—'}{more}",
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusExplanation:
    """A status of the life cycle, told."""

    status: Status

    @property
    def id(self) -> str:
        """Its code."""
        return str(self.status.code)

    def __str__(self) -> str:
        one = self.status
        lines = [f"{one.code} — {one.label} ({one.label_en}), statut du cycle de vie"]
        if one.by:
            lines.append(f"Donné par : {', '.join(side.label for side in one.by)}")
        lines.append(f"Vers le portail public : {_DUTIES[one.duty]}")
        if one.reasons:
            must = "obligatoire" if one.reason_required else "possible"
            lines += [f"Motif {must} :"]
            lines += [f"  {code:18} {REASONS[code].label}" for code in one.reasons]
        return "\n".join(lines)


_DUTIES = {
    Duty.NEVER: "non",
    Duty.ALWAYS: "oui, sous 24 heures",
    Duty.VAT_ON_PAYMENT: "oui, sous 24 heures, si la TVA est due à l'encaissement",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonExplanation:
    """A reason of the life cycle, told."""

    reason: Reason
    statuses: tuple[Status, ...]
    """The statuses that admit it."""

    @property
    def id(self) -> str:
        """Its code."""
        return self.reason.code

    def __str__(self) -> str:
        one = self.reason
        given = ", ".join(f"{status.code} {status.label}" for status in self.statuses)
        today = FORMER_CODES.get(one.code)
        return "\n".join(
            (
                f"{one.code} — {one.label}, motif de statut"
                + (f" (aujourd'hui {today})" if today else ""),
                f"Cause : {one.cause}",
                f"Remède : {one.remedy}",
                f"Donné avec : {given or '—'}",
            )
        )


Told = (
    Explanation
    | FamilyExplanation
    | TermExplanation
    | StatusExplanation
    | ReasonExplanation
    | told.OwnExplanation
    | directory_told.DirectoryExplanation
    | syntax_rules.SyntaxExplanation
    | facturx_structure.StructureExplanation
)


def explain(identifier: str) -> Told:
    """Explain a rule, a family of rules, a term, a group, a status, a reason or a word of ours.

    Raises BadUsage for an unknown id, with those that look like it.
    """
    wanted = identifier.strip()
    for spelled in (wanted, _spellings().get(wanted.upper(), wanted)):
        found: Told | None = (
            _rule(spelled) or _term(spelled) or _code(spelled) or told.explained(spelled)
        )
        found = found or directory_told.explained(spelled)
        found = found or syntax_rules.explained(spelled) or facturx_structure.explained(spelled)
        found = found or _family(spelled.upper())
        if found is not None:
            return found
    near = difflib.get_close_matches(wanted.upper(), _spellings(), n=5)
    meant = ", ".join(_spellings()[one] for one in near)
    raise BadUsage(
        f"« {identifier} » n'est ni une règle, ni un terme, ni un code du cycle de vie que nous "
        "connaissons.",
        reason="unknown-id",
        remedy=f"Vouliez-vous dire : {meant} ?"
        if meant
        else "Écrivez l'identifiant officiel : BR-CO-10, BT-131, BG-23, 210, DOUBLON…",
    )


def known_ids() -> tuple[str, ...]:
    """Return every id that can be explained, families aside."""
    documents = (None, Acknowledgement, Report)
    known = (dictionary.dictionary(one) for one in documents)
    words = (id_ for terms, groups in known for id_ in (*terms, *groups))
    silent = {id_.partition("@")[0] for book in all_books() for id_ in book.never_fires}
    codes = (
        *map(str, STATUSES),
        *REASONS,
        *FORMER_CODES,
        *told.ids(),
        *directory_told.RULES,
        *syntax_rules.ids(),
        *facturx_structure.ids(),
    )
    return tuple(dict.fromkeys((*_by_id(), *sorted(silent), *words, *codes)))


@functools.cache
def _spellings() -> dict[str, str]:
    """Return every id by its capital letters."""
    return {id_.upper(): id_ for id_ in known_ids()}


# --- Rules ----------------------------------------------------------------------------------------


@functools.cache
def _by_id() -> dict[str, tuple[Rulebook, tuple[Rule, ...]]]:
    found: dict[str, tuple[Rulebook, tuple[Rule, ...]]] = {}
    for book in all_books():
        for rule in book.rules:
            first, known = found.get(rule.id, (book, ()))
            if first is book:  # a book that keeps the rule of another is told there
                found[rule.id] = book, (*known, rule)
    return found


def _rule(id_: str) -> Explanation | None:
    if any(id_ in known for known in dictionary.dictionary()):
        return None  # the portal names two of its rules after a term: the term is told
    book, rules = _by_id().get(id_, (None, ()))
    for one in all_books():
        silent = _silences(one, id_)
        if book is one or (book is None and silent):
            cases = tuple(Case(rule=rule, finding=_broken(one, rule)) for rule in rules)
            others = () if one.layer is Layer.FLUX1 else _in_flux1(id_)
            listed = directory_told.explained(id_)
            return Explanation(
                id=id_,
                book=one,
                cases=cases,
                silent=silent,
                elsewhere=(*others, listed) if listed else others,
            )
    return None


def _in_flux1(id_: str) -> tuple[Explanation, ...]:
    """Return what a code of annexe 7 says of flux 1, when another document has it too."""
    for book in all_books():
        rules = tuple(rule for rule in book.rules if rule.id == id_)
        if book.layer is Layer.FLUX1 and rules:
            cases = tuple(Case(rule=rule, finding=_broken(book, rule)) for rule in rules)
            return (Explanation(id=id_, book=book, cases=cases),)
    return ()


def _silences(book: Rulebook, id_: str) -> tuple[str, ...]:
    return tuple(
        f"{f'En {syntax}, le' if syntax else 'Le'} fichier officiel ne l'oppose jamais : {why}."
        for name, why in book.never_fires.items()
        for stem, _, syntax in (name.partition("@"),)
        if stem == id_
    )


def _official_terms(book: Rulebook, id_: str) -> tuple[str, ...]:
    """Return the terms that the official file names for a rule that we have no need to write."""
    for name in (book.id, f"{book.id}-ubl", f"{book.id}-cii"):
        if name in official.books() and id_ in official.manifest(name):
            return official.manifest(name)[id_].terms
    return ()


def _family(stem: str) -> FamilyExplanation | None:
    """Return the rules whose id is `stem` and a suffix: ``BR-FR-05`` and ``_BT-22-1``."""
    found = {
        id_: held for id_, held in _by_id().items() if id_.startswith((f"{stem}_", f"{stem}-"))
    }
    if not found:
        return None
    book = next(iter(found.values()))[0]
    meanings = tuple((id_, rules[0].meaning) for id_, (_, rules) in found.items())
    return FamilyExplanation(id=stem, book=book, meanings=meanings)


def _broken(book: Rulebook, rule: Rule) -> Finding | None:
    """Break the example and return what the rule says of it."""
    if not rule.breaks:
        return None
    facts: Facts | StatusFacts | ReportFacts
    if book.layer is Layer.CDAR:
        facts = StatusFacts(mutate(status_examples.example(rule.example), rule.breaks))
    elif book.layer is Layer.FLUX1:
        facts = _regulatory(book, rule)
    elif book.layer is Layer.FLUX10:
        facts = ReportFacts(mutate(report_examples.example(rule.example), rule.breaks))
    else:
        facts = Facts(mutate(examples.example(rule.example), rule.breaks), rule.syntax)
    return next((f for f in book.check(facts) if f.rule == rule.id), None)


def _regulatory(book: Rulebook, rule: Rule) -> Facts:
    """Return what is extracted of an example, broken, as the file that would be sent."""
    from lxml import etree  # noqa: PLC0415

    from facturier.formats.flux1 import write_flux1  # noqa: PLC0415
    from facturier.reporting.extract import Profile, extract  # noqa: PLC0415
    from facturier.rules.flux1_facts import Flux1Facts  # noqa: PLC0415

    profile = Profile.BASE if book.id == "flux1-base" else Profile.FULL
    kept = extract(ubl.completed(examples.example(rule.example)), profile).invoice
    broken = mutate(kept, rule.breaks)
    xml, _ = write_flux1(broken, "cii" if rule.syntax == "CII" else "ubl", complete=False)
    return Flux1Facts(broken, rule.syntax or "UBL", etree.fromstring(xml))


_KINDS = {Layer.FLUX1: "flux 1 de la facture", Layer.CDAR: "statut", Layer.FLUX10: "transmission"}


def _told(case: Case) -> list[str]:
    rule = case.rule
    lines = [rule.meaning]
    if rule.syntax:
        lines.append(f"Dans cette forme, en {rule.syntax} seulement.")
    lines.append(f"Gravité : {SEVERITIES.get(rule.severity, rule.severity)}.")
    lines.append(f"Remède : {rule.remedy}")
    if rule.breaks:
        kind = _KINDS.get(rule.layer, "facture")
        lines.append(f"Exemple en faute : {kind} « {rule.example} », {in_words(rule.breaks)}")
    if case.finding is not None:
        where = f"[{case.finding.where}] " if case.finding.where else ""
        lines.append(f"  → {case.finding.rule} {where}{case.finding.message}")
    if rule.also:
        lines.append(f"  entraîne aussi : {', '.join(map(_named_cascade, rule.also))}")
    return lines


def _named_cascade(also: str) -> str:
    id_, _, syntax = also.partition("@")
    return f"{id_} (en {syntax})" if syntax else id_


# --- Terms, statuses, reasons -----------------------------------------------------------------


_TABLES = {"UBL": ubl.INVOICE, "CII": cii.INVOICE, "CDAR": ACKNOWLEDGEMENT, "Flux 10": REPORT}


def _term(id_: str) -> TermExplanation | None:
    terms, groups = dictionary.dictionary_with(id_)
    item = terms.get(id_) or groups.get(id_)
    if item is None:
        return None
    inside: list[str] = []
    parent = item.parent
    while parent:
        inside.insert(0, parent)
        parent = groups[parent].parent
    rules = (rule.id for book in all_books() for rule in book.rules if item.id in rule.terms)
    return TermExplanation(
        id=item.id,
        name=item.name,
        nom=item.nom,
        inside=tuple(inside),
        many=item.many,
        places=tuple(
            (name, binding.path_of(item.id) if binding.carries(item.id) else "")
            for name, binding in _TABLES.items()
            if item.id in binding.terms or item.id in binding.groups
        ),
        document=_document_of(id_),
        rules=tuple(dict.fromkeys(rules)),
    )


def _document_of(id_: str) -> str:
    """Say whose term or group it is, with the article."""
    if id_ in ACKNOWLEDGEMENT.terms | ACKNOWLEDGEMENT.groups:
        return "le statut"
    return "la transmission" if id_ in REPORT.terms | REPORT.groups else "la facture"


def _code(code: str) -> StatusExplanation | ReasonExplanation | None:
    if code.isdecimal() and int(code) in STATUSES:
        return StatusExplanation(status=STATUSES[int(code)])
    found = reason(code)
    if not found.known:
        return None
    today = FORMER_CODES.get(code, code)
    admitted = (one for one in STATUSES.values() if today in (*one.reasons, *one.public_reasons))
    return ReasonExplanation(reason=found, statuses=tuple(admitted))
