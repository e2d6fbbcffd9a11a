"""The notes that French law wants on an invoice: BR-FR-05, 06, 20, 31 and BR-FR-CO-14.

UBL has no place for the subject of a note (BT-21): it stands at the head of the text, ``#PMT#…``.
The official UBL file looks for it anywhere in the joined texts, the CII file in the subject code.
Each rule does as the file of its syntax does.
"""

from __future__ import annotations

from typing import Any

from facturier.findings import Layer
from facturier.invoice import codes
from facturier.invoice.model import Invoice, Note
from facturier.invoice.parties import SINGLE_TAXABLE_PERSON
from facturier.rules.facts import Facts
from facturier.rules.rule import Family, Holds

MENTIONS = Family(Layer.BR_FR)

TREATMENT, SINGLE_MEMBER = "BAR", "TXD"
MEMBER = "MEMBRE_ASSUJETTI_UNIQUE"
SUBJECTS = {
    "PMT": "l'indemnité forfaitaire de recouvrement de 40 euros",
    "PMD": "les pénalités de retard",
    "AAB": "l'escompte, ou son absence",
    "TXD": "l'appartenance à un assujetti unique",
}
ADDED = 'BG-1 = {}; BT-21[3] = "%(code)s"; BT-22[3] = "%(text)s"'
"""One note more than the three of the standard example."""


def _is_once(code: str) -> Holds:
    def stands_once_at_most(_: Invoice, facts: Facts) -> bool:
        if facts.syntax == "UBL":
            return facts.joined_notes.count(f"#{code}#") <= 1
        return sum(note.subject_code == code for note in facts.invoice.notes) <= 1

    return stands_once_at_most


def _is_there(code: str) -> Holds:
    def is_there(_: Invoice, facts: Facts) -> bool:
        if facts.syntax == "UBL":
            return f"#{code}#" in facts.joined_notes
        return any(note.subject_code == code for note in facts.invoice.notes)

    return is_there


def _mention(number: int, code: str) -> None:
    about = SUBJECTS[code]
    if code != SINGLE_MEMBER:
        there = _is_there(code)
        for id_, syntax in (
            (f"BR-FR-05_BT-22-{number}", "UBL"),
            (f"BR-FR-05_BT-22_{code}", "CII"),
        ):
            MENTIONS.add(
                id_,
                there,
                terms="BT-22 BT-21",
                meaning=f"La facture porte une note {code} sur {about}.",
                remedy=f"Ajoutez une note (BG-1) de sujet {code} sur {about}.",
                breaks=f'BT-21[{number - 1}] = "AAI"',
                syntax=syntax,
            )
    once = _is_once(code)
    broken = ADDED % {"code": code, "text": "Encore"}
    if code == SINGLE_MEMBER:
        broken += f'; BG-1 = {{}}; BT-21[4] = "{code}"; BT-22[4] = "Encore"'
    for id_, syntax in ((f"BR-FR-06_BT-21-{number}", "UBL"), (f"BR-FR-06_BT-21_{code}", "CII")):
        MENTIONS.add(
            id_,
            once,
            terms="BT-21 BT-22",
            meaning=f"La note {code}, sur {about}, figure une seule fois.",
            remedy=f"Réunissez en une seule note {code} ce que vous dites sur {about}.",
            breaks=broken,
            syntax=syntax,
        )


for _number, _code in enumerate(SUBJECTS, start=1):
    _mention(_number, _code)


# --- The treatment expected of the platform (BAR) -------------------------------------------------


def is_said_b2b(facts: Facts) -> bool:
    """Tell whether the invoice asks to be treated as a sale between French companies."""
    if facts.syntax == "UBL":
        return facts.coded_text(TREATMENT) == "B2B"
    return "B2B" in facts.notes(TREATMENT)


_TREATMENTS = (
    "Écrivez dans la note BAR un de ces mots, seul : B2B, B2BINT, B2C, B2CINT, OUTOFSCOPE, "
    "ARCHIVEONLY."
)
_UNKNOWN_TREATMENT = 'BT-22[3] = "B2X"'


@MENTIONS.rule(
    "BR-FR-20_BT-21",
    terms="BT-22 BT-21",
    remedy=_TREATMENTS,
    breaks=_UNKNOWN_TREATMENT,
    example="b2b",
    syntax="UBL",
)
def treatment_is_listed(_: Invoice, facts: Facts) -> bool:
    """La note BAR, qui dit à la plateforme comment traiter la facture, contient un mot admis."""
    said = facts.coded_text(TREATMENT)
    return not said or said in codes.TREATMENT


@MENTIONS.rule(
    "BR-FR-20_BT-21",
    on="BG-1",
    terms="BT-22 BT-21",
    remedy=_TREATMENTS,
    breaks=_UNKNOWN_TREATMENT,
    example="b2b",
    syntax="CII",
)
def each_treatment_is_listed(note: Note, _: Facts) -> bool:
    """La note BAR, qui dit à la plateforme comment traiter la facture, contient un mot admis."""
    return note.subject_code != TREATMENT or note.text in codes.TREATMENT


def _count_of_treatments(facts: Facts) -> int:
    if facts.syntax != "UBL":
        said = (text.strip() for text in facts.notes(TREATMENT))
        return sum(text in codes.TREATMENT for text in said)
    marked = (
        f"#{note.subject_code}#{note.text or ''}" if note.subject_code else note.text or ""
        for note in facts.invoice.notes
    )
    text = "".join(one for one in marked if "#BAR#" in one) + "#"
    return sum(text.count(f"BAR#{word}#") for word in codes.TREATMENT)


_ONE_TREATMENT: dict[str, Any] = {
    "terms": "BT-22 BT-21",
    "remedy": "Ne gardez qu'une note BAR.",
    "breaks": 'BG-1 = {}; BT-21[4] = "BAR"; BT-22[4] = "B2C"',
    "example": "b2b",
}


@MENTIONS.rule("BR-FR-31_BT-21", syntax="CII", **_ONE_TREATMENT)
@MENTIONS.rule("BR-FR-30_BT-21", syntax="UBL", **_ONE_TREATMENT)
def one_treatment_at_most(_: Invoice, facts: Facts) -> bool:
    """La facture demande un seul traitement : une note BAR au plus."""
    return _count_of_treatments(facts) <= 1


@MENTIONS.rule(
    "BR-FR-CO-14_BT-29-1",
    terms="BT-29 BT-21 BT-22",
    remedy=f"Ajoutez une note TXD dont le texte est {MEMBER}.",
    breaks='BT-22[3] = "OUI"',
    example="single-taxable-person",
)
def member_of_a_single_taxable_person_says_so(invoice: Invoice, facts: Facts) -> bool:
    """Un vendeur membre d'un assujetti unique (BT-29 de schéma 0231) le dit par une note TXD."""
    identifiers = invoice.seller.identifiers if invoice.seller else ()
    if not any(one.scheme == SINGLE_TAXABLE_PERSON for one in identifiers):
        return True
    if facts.syntax == "UBL":
        return facts.coded_text(SINGLE_MEMBER) == MEMBER
    return MEMBER in facts.notes(SINGLE_MEMBER)
