"""The book BR-FR-CDV: what XP Z12-012 wants of a status message (CDAR).

Source: Schematron BR-FR-CDV (FNFE-MPE), versions 1.4.0 (30 June 2026) and 1.4.0.03 (4 August 2026):
42 assertions, 40 fatal and 2 warnings. The later version differs in one of them:
``BR-FR-CDV-CL-01_MDT-2`` of 1.4.0 compares the whole context instead of MDT-2, so that only
REGULATED passes between platforms. :data:`BOOKS` holds both; the day of the check chooses.

Values are compared as they are written, blanks included, as the official file does. An official
``a != 'x'`` is false where ``a`` is absent; predicates say so where it matters.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from facturier.findings import Layer, Severity
from facturier.invoice import codes
from facturier.invoice.terms import label
from facturier.lifecycle.acknowledgement import (
    Acknowledgement,
    Actor,
    Context,
    Detail,
    Reference,
)
from facturier.lifecycle.messages import AMOUNT_TYPES, GUIDELINE_PEER, GUIDELINE_PPF
from facturier.lifecycle.statuses import STATUSES, Phase, Subject
from facturier.rules.book import Rulebook
from facturier.rules.rule import Family, Rule, all_rules, reader
from facturier.rules.status_facts import CHORUS_PRO, StatusFacts

STATUS = Family(Layer.CDAR)

PROCESSES = ("REGULATED", "NON_REGULATED", "B2C", "B2CINT", "B2BINT", "OUTOFSCOPE")
"""MDT-2 between platforms."""
PROCESS_LENGTH_TO_PPF = 3
"""Characters of MDT-2 towards the public portal: a code of BT-23, or nothing."""
PARTY_ROLES = ("BY", "AB", "DL", "SE", "SR", "PE", "PR", "II", "IV")
"""UNCL 3035: who may decide a treatment."""
PLATFORM, PORTAL = "WK", "DFH"
TRANSMISSION_STATES = ("8", "10", "43", "48", "51")
TREATMENT_STATES = ("1", "5", "37", "39", "45", "46", "47", "49", "50")
ACTIONS = ("NOA", "PIN", "NIN", "CNF", "CNP", "CNA", "OTH")
UNUSED_REASON = "CONTACT_ACHTR"
"""A reason of the official list that no status admits."""
_WITH_REASONS = (200, 206, 207, 208, 210, 213, 221, 501)
REASONS = frozenset(
    {UNUSED_REASON, *STATUSES[210].public_reasons}
    | {reason for code in _WITH_REASONS for reason in STATUSES[code].reasons}
)
"""The 51 codes of list CL-09."""
_REASON_OWED = ("206", "207", "208", "210", "213", "501")
_UNREADABLE = "501"
_PAID = "212"


def listed(id_: str, term: str, allowed: Collection[str], **said: Any) -> None:
    """Add a rule: a coded term, where it stands, is exactly one of `allowed`."""
    scope, read = reader(term)
    name = label(term)

    def is_listed(record: object, _: StatusFacts) -> bool:
        value = read(record)
        return value is None or value in allowed

    short = len(allowed) <= 14  # noqa: PLR2004  # what a person reads in one glance
    choices = f" : {', '.join(allowed)}" if short else " officielle"
    said.setdefault("breaks", f'{term} = "ZZZ"')
    severity = Severity.WARNING if id_.startswith("BR-FR-CDV-CL-06") else None
    STATUS.add(
        id_,
        is_listed,
        on=scope,
        terms=term,
        meaning=f"« {name} » ({term}) prend sa valeur dans la liste{choices}.",
        remedy=f"Choisissez pour {term} un code de la liste.",
        severity=severity,
        **said,
    )


# --- the message and its parties -----------------------------------------------------------------


@STATUS.rule(
    "BR-FR-CDV-02_MDT-3",
    on="MDG-CONTEXT",
    terms="MDT-3 MDT-57 MDT-59",
    breaks=f'MDT-3 = "{GUIDELINE_PPF[Subject.INVOICE]}"',
    example="210",
    remedy=f"Écrivez en MDT-3 « {GUIDELINE_PEER} » ; gardez « {GUIDELINE_PPF[Subject.INVOICE]} » "
    "pour le message dont le portail public (0000, schéma 0238, rôle DFH) est le seul "
    "destinataire.",
)
def guideline_fits_the_recipient(context: Context, facts: StatusFacts) -> bool:
    """Le profil du message (MDT-3) est celui des plateformes, ou celui du portail public (PPF)
    quand il en est le seul destinataire.
    """  # noqa: D205
    said = context.guideline.identifier if context.guideline else None
    return said == GUIDELINE_PEER or (said == GUIDELINE_PPF[Subject.INVOICE] and facts.to_ppf)


@STATUS.rule(
    "BR-FR-CDV-03_MDT-4",
    terms="MDT-4",
    breaks="MDT-4 =",
    example="210",
    remedy="Donnez au message un identifiant unique (MDT-4).",
)
def message_is_identified(document: Acknowledgement, _: StatusFacts) -> bool:
    """Le message porte un identifiant (MDT-4)."""
    return document.identifier is not None


@STATUS.rule(
    "BR-FR-CDV-07_MDT-38_yes",
    on="MDG-ISSUER",
    terms="MDT-38 MDT-77",
    breaks="MDT-38 =",
    example="210",
    remedy="Renseignez en MDT-38 le SIREN de la partie qui a décidé le statut.",
)
def author_of_a_treatment_is_identified(issuer: Actor, facts: StatusFacts) -> bool:
    """Un statut de traitement (MDT-77 = 23) dit qui l'a décidé (MDT-38)."""
    return any(phase != Phase.TREATMENT for phase in facts.phases) or bool(issuer.identifiers)


@STATUS.rule(
    "BR-FR-CDV-08_MDT-73",
    on="MDG-RECIPIENT",
    terms="MDT-73 MDT-59",
    breaks="MDT-73 =",
    example="210",
    remedy="Renseignez l'adresse électronique du destinataire (MDT-73), lue dans l'annuaire.",
)
def recipient_can_be_reached(party: Actor, _: StatusFacts) -> bool:
    """Un destinataire autre qu'une plateforme ou le portail public a une adresse électronique
    (MDT-73).
    """  # noqa: D205
    return party.role in (PLATFORM, PORTAL) or party.address is not None


def _process_rule(processes: tuple[str, ...]) -> Rule:
    """Return BR-FR-CDV-CL-01 as the version that lets these `processes` pass writes it."""
    family = Family(Layer.CDAR)

    def process_is_listed(context: Context, facts: StatusFacts) -> bool:
        process = context.process
        if facts.to_ppf:
            return len(" ".join((process or "").split())) <= PROCESS_LENGTH_TO_PPF
        return process in processes

    family.add(
        "BR-FR-CDV-CL-01_MDT-2",
        process_is_listed,
        on="MDG-CONTEXT",
        terms="MDT-2",
        breaks='MDT-2 = "ZZZZ"',
        example="210",
        meaning="Entre plateformes, le cadre du message (MDT-2) est dans la liste : "
        f"{', '.join(processes)} ; vers le portail public, c'est un code de trois caractères au "
        "plus, ou rien.",
        remedy="Écrivez REGULATED en MDT-2 pour une facture de la réforme ; vers le portail "
        "public, retirez MDT-2 ou mettez-y le cadre de facturation (BT-23).",
    )
    return family.rules[0]


def _role_rule(id_: str, term: str, phase: Phase, roles: tuple[str, ...], breaks: str) -> None:
    """Add a rule: in one phase, the sender or the issuer has one of these roles."""
    name = label(term)
    _, read = reader(term, "")

    def role_fits_the_phase(document: Acknowledgement, facts: StatusFacts) -> bool:
        return phase not in facts.phases or read(document) in roles

    kind = "de transmission" if phase is Phase.TRANSMISSION else "de traitement"
    STATUS.add(
        id_,
        role_fits_the_phase,
        terms=f"{term} MDT-77",
        breaks=f'{term} = "{breaks}"',
        example="203" if phase is Phase.TRANSMISSION else "210",
        meaning=f"Pour un statut {kind} (MDT-77 = {phase}), « {name} » ({term}) vaut "
        f"{' ou '.join(roles)}.",
        remedy=f"Corrigez « {name} » ({term}), ou la phase du statut (MDT-77).",
    )


_role_rule("BR-FR-CDV-CL-02_MDT-21_305", "MDT-21", Phase.TRANSMISSION, (PLATFORM,), "BY")
_role_rule("BR-FR-CDV-CL-02_MDT-21_23", "MDT-21", Phase.TREATMENT, (*PARTY_ROLES, PLATFORM), "DFH")
_role_rule("BR-FR-CDV-CL-03_MDT-40_305", "MDT-40", Phase.TRANSMISSION, (PLATFORM,), "BY")
_role_rule("BR-FR-CDV-CL-03_MDT-40_23", "MDT-40", Phase.TREATMENT, PARTY_ROLES, PLATFORM)
listed("BR-FR-CDV-CL-04_MDT-59", "MDT-59", (*PARTY_ROLES, PLATFORM, PORTAL), example="210")
listed("BR-FR-CDV-09_MDT-77", "MDT-77", (Phase.TREATMENT, Phase.TRANSMISSION), example="210")

# --- the object of the status --------------------------------------------------------------------

listed("BR-FR-04_MDT-91", "MDT-91", codes.FRENCH_DOCUMENT_TYPE, example="210")


@STATUS.rule(
    "BR-FR-CDV-11_MDG-35",
    on="MDG-REFERENCE",
    terms="MDG-35 MDT-105",
    breaks="MDG-35 =",
    example="210",
    remedy="Renseignez la date de la facture (MDT-100).",
)
def object_is_dated(reference: Reference, facts: StatusFacts) -> bool:
    """La date de la facture (MDG-35) est donnée, sauf pour un fichier irrecevable (501)."""
    return reference.issued is not None or _UNREADABLE in facts.status_codes


@STATUS.rule(
    "BR-FR-CDV-12_MDT-105",
    on="MDG-REFERENCE",
    terms="MDT-105",
    breaks="MDT-105 =",
    example="203",
    remedy="Renseignez le code du statut (MDT-105).",
)
def status_is_given(reference: Reference, _: StatusFacts) -> bool:
    """Le message dit de quel statut il s'agit (MDT-105)."""
    return reference.status_code is not None


@STATUS.rule(
    "BR-FR-CDV-13_MDT-129",
    on="MDG-SELLER",
    terms="MDT-129 MDT-105",
    breaks="MDT-129 =",
    example="210",
    remedy="Renseignez le SIREN du vendeur (MDT-129), celui de la facture (BT-30).",
)
def seller_is_identified(seller: Actor, facts: StatusFacts) -> bool:
    """Le vendeur de la facture est identifié (MDT-129), sauf pour un fichier irrecevable (501)."""
    return bool(seller.identifiers) or _UNREADABLE in facts.status_codes


@STATUS.rule(
    "BR-FR-CDV-14_MDT-207",
    on="MDG-REFERENCE",
    terms="MDT-207 MDT-105 MDT-215 MDT-224",
    breaks="MDT-224 =",
    example="212",
    remedy="Donnez, pour chaque taux de TVA, le montant TTC encaissé (MDT-215) et le taux "
    "(MDT-224).",
)
def receipts_have_amount_and_rate(reference: Reference, _: StatusFacts) -> bool:
    """Un encaissement (212) porte au moins une donnée MEN, chacune avec son montant et son taux
    de TVA.
    """  # noqa: D205
    if reference.status_code != _PAID:
        return True
    receipts = [
        datum
        for detail in reference.details
        for datum in detail.characteristics
        if datum.type_code == "MEN"
    ]
    return bool(receipts) and all(
        one.amount is not None and one.percent is not None for one in receipts
    )


@STATUS.rule(
    "BR-FR-CDV-15_MDT-113",
    on="MDG-REFERENCE",
    terms="MDT-113 MDT-105",
    breaks="MDT-113 =",
    example="210",
    remedy="Donnez le motif du statut (MDT-113), choisi dans la liste de ce statut.",
)
def negative_status_has_a_reason(reference: Reference, _: StatusFacts) -> bool:
    """Un statut 206, 207, 208, 210, 213 ou 501 porte un motif (MDT-113)."""
    return reference.status_code not in _REASON_OWED or any(
        detail.reason_code is not None for detail in reference.details
    )


def _state_rule(id_: str, phase: Phase, states: tuple[str, ...], *, example: str) -> None:
    """Add a rule: in one phase, the state of the object is one of `states`."""

    def state_fits_the_phase(reference: Reference, facts: StatusFacts) -> bool:
        # without MDT-77 above, the official file asks for both lists
        other = facts.phase_of(reference) not in (None, phase)
        return other or reference.object_status is None or reference.object_status in states

    kind = "de transmission" if phase is Phase.TRANSMISSION else "de traitement"
    STATUS.add(
        id_,
        state_fits_the_phase,
        on="MDG-REFERENCE",
        terms="MDT-88 MDT-77",
        breaks='MDT-88 = "2"',
        example=example,
        meaning=f"Pour un statut {kind} (MDT-77 = {phase}), l'état de l'objet (MDT-88), s'il est "
        f"donné, vaut {', '.join(states)}.",
        remedy="Corrigez l'état de l'objet (MDT-88), ou retirez-le.",
    )


_state_rule("BR-FR-CDV-CL-05_MDT-88_305", Phase.TRANSMISSION, TRANSMISSION_STATES, example="203")
_state_rule("BR-FR-CDV-CL-05_MDT-88_23", Phase.TREATMENT, TREATMENT_STATES, example="210")
_STATUS_CODES = tuple(str(code) for code in STATUSES)
listed("BR-FR-CDV-CL-06_MDT-105", "MDT-105", _STATUS_CODES, breaks='MDT-105 = "999"', example="203")
listed("BR-FR-CDV-CL-06_MDT-115", "MDT-115", _STATUS_CODES, breaks='MDT-115 = "999"', example="210")
listed("BR-FR-CDV-CL-07_MDT-132", "MDT-132", ("SE",), example="210")
listed(
    "BR-FR-CDV-CL-08_MDT-158",
    "MDT-158",
    (*PARTY_ROLES, PLATFORM, PORTAL),
    breaks='MDG-OBJECT-RECIPIENT = {}; MDT-158 = "ZZZ"',
    example="210",
)

# --- its details ---------------------------------------------------------------------------------


@STATUS.rule(
    "BR-FR-CDV-16_MDT-124-2",
    on="MDG-37",
    terms="MDT-124-2",
    breaks="MDT-124-2 =",
    example="210",
    remedy="Numérotez les détails du statut : 1, 2, 3… (MDT-124-2).",
)
def detail_is_numbered(detail: Detail, _: StatusFacts) -> bool:
    """Chaque détail d'un statut porte un numéro d'ordre (MDT-124-2)."""
    return detail.sequence is not None


_NEW_DETAIL = 'MDG-37 = {}; MDT-124-2 = "1"; '
listed(
    "BR-FR-CDV-CL-09_MDT-113",
    "MDT-113",
    REASONS,
    breaks=_NEW_DETAIL + 'MDT-113 = "ZZZ"',
    example="204",
)


def _asks(code: str, detail: Detail, facts: StatusFacts) -> bool:
    """Whether the reason of a detail must be one of those of status `code`.

    The status of the detail (MDT-115) counts before that of the message (MDT-105); without
    MDT-105 the official file asks for the lists of all statuses, and so do we.
    """
    if detail.reason_code is None:
        return False
    status = facts.status_of(detail)
    said = status if detail.status_code is None else detail.status_code
    return status is None or code == said


def _reason_rule(code: int, breaks: str, *, public: bool = False) -> None:
    """Add a rule: a reason is one of those that its status admits."""
    said = STATUSES[code]
    reasons = said.public_reasons if public else said.reasons

    def reason_is_admitted(detail: Detail, facts: StatusFacts) -> bool:
        if not _asks(str(code), detail, facts):
            return True
        if code == 210 and _is_excused(facts, public=public):  # noqa: PLR2004
            return True
        # a sender with numbers of other registers only satisfies neither side of the official test
        from_nobody = public and CHORUS_PRO not in facts.sender_numbers
        return detail.reason_code in reasons and not from_nobody

    whose = " de Chorus Pro" if public else ""
    STATUS.add(
        f"BR-FR-CDV-CL-09_MDT-113_{code}{'B2G' if public else ''}",
        reason_is_admitted,
        on="MDG-37",
        terms="MDT-113 MDT-105 MDT-115",
        breaks=f'MDT-113 = "{breaks}"'
        if said.reason_required
        else f'{_NEW_DETAIL}MDT-113 = "{breaks}"',
        example=f"{code}-chorus" if public else str(code),
        meaning=f"Le motif (MDT-113) d'un statut « {said.label} »{whose} ({code}) est admis avec "
        f"lui : {', '.join(reasons)}.",
        remedy="Choisissez un motif de cette liste.",
    )


def _is_excused(facts: StatusFacts, *, public: bool) -> bool:
    """Whether a refusal (210) escapes one of its two lists: public buyers have a longer one."""
    from_chorus = CHORUS_PRO in facts.sender_numbers
    if not public:
        return from_chorus
    sender = facts.invoice.sender
    is_anonymous = sender is None or not sender.identifiers
    return is_anonymous or any(number != CHORUS_PRO for number in facts.sender_numbers)


_reason_rule(200, "AUTRE")
_reason_rule(213, "AUTRE")
_reason_rule(210, "AUTRE")
_reason_rule(210, "QTE_ERR", public=True)
_reason_rule(207, "ROUTAGE_ERR")
_reason_rule(206, "ROUTAGE_ERR")
_reason_rule(208, "AUTRE")
_reason_rule(221, "AUTRE")
_reason_rule(501, "AUTRE")
listed("BR-FR-CDV-CL-10_MDT-121", "MDT-121", ACTIONS, example="210")
listed(
    "BR-FR-CDV-CL-11_MDT-207",
    "MDT-207",
    tuple(AMOUNT_TYPES),
    breaks='MDG-43 = {}; MDT-207 = "ZZZ"',
    example="210",
)

_ALWAYS = "l'élément demandé est celui que le fichier regarde : il y est toujours"
NEVER_FIRES: dict[str, str] = {
    "BR-FR-CDV-01_MDG-3": _ALWAYS,
    "BR-FR-CDV-04_MDG-4": _ALWAYS,
    "BR-FR-CDV-05_MDG-9": _ALWAYS,
    "BR-FR-CDV-06_MDT-21": _ALWAYS,
    "BR-FR-CDV-07_MDT-38_no": "le fichier compte les destinataires « zéro ou plus » : c'est "
    "toujours vrai ; et la règle _yes, qui regarde le même élément, l'arrête là",
    "BR-FR-CDV-10_MDT-87": _ALWAYS,
}
"""Official ids that cannot fail, with the reason."""
NOT_YET: dict[str, str] = {}
"""Official ids that no rule implements, with the reason."""


def _book(version: str, processes: tuple[str, ...], since: date, until: date | None) -> Rulebook:
    family = Family(Layer.CDAR, rules=[*STATUS.rules, _process_rule(processes)])
    return Rulebook(
        id="cdar",
        version=version,
        layer=Layer.CDAR,
        rules=all_rules((family,)),
        valid_from=since,
        valid_until=until,
        never_fires=NEVER_FIRES,
    )


BOOKS = (
    # the misplaced comparison of CL-01: only REGULATED passes
    _book("1.4.0", PROCESSES[:1], date(2026, 6, 30), date(2026, 8, 3)),
    _book("1.4.0.03", PROCESSES, date(2026, 8, 4), None),
)
"""The versions of BR-FR-CDV, oldest first, by the days on which they were published."""
