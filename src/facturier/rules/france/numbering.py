"""Number, dates and type of the invoice and of those it refers to: BR-FR-01 to 04, BR-FR-08.

Source: XP Z12-012 as BR-FR-Flux2 1.4.0 tests it. UBL and CII give many of these rules ids of their
own; where only the id differs, both stand on one predicate.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from facturier.findings import Layer
from facturier.formats.ubl import CREDIT_NOTE_TYPES
from facturier.invoice import codes
from facturier.invoice.model import Invoice
from facturier.invoice.terms import label
from facturier.rules.facts import Facts
from facturier.rules.france.writing import (
    MAX_NUMBER_LENGTH,
    is_day_of_this_century,
    is_document_number,
)
from facturier.rules.rule import Family, Holds

NUMBERING = Family(Layer.BR_FR)

LONG = "F" * (MAX_NUMBER_LENGTH + 1)


def is_ubl_credit_note(facts: Facts) -> bool:
    """Tell whether the document is, or will be, a UBL CreditNote."""
    if facts.syntax != "UBL":
        return False
    return facts.root == "CreditNote" if facts.root else facts.type_code in CREDIT_NOTE_TYPES


def _is_short(number: str, _: Facts) -> bool:
    return len(number) <= MAX_NUMBER_LENGTH


def _is_well_written(number: str, _: Facts) -> bool:
    return is_document_number(number)


def _numbers(term: str, example: str) -> None:
    """Write BR-FR-01 and BR-FR-02 for one number."""
    name = label(term)
    short: dict[str, Any] = {
        "meaning": f"« {name} » ({term}) compte {MAX_NUMBER_LENGTH} caractères au plus.",
        "remedy": f"Raccourcissez {term} à {MAX_NUMBER_LENGTH} caractères.",
        "breaks": f'{term} = "{LONG}"',
        "example": example,
    }
    written: dict[str, Any] = {
        "meaning": (
            f"« {name} » ({term}) ne contient que des lettres sans accent, des chiffres et les "
            "signes + - _ / ; ni espace, ni point."
        ),
        "remedy": f"Réécrivez {term} sans espace ni autre signe que + - _ /.",
        "breaks": f'{term} = "FA 1"',
        "example": example,
    }
    both = f"BR-FR-01_{term}-2@UBL"
    NUMBERING.of_term(f"BR-FR-01_{term}", term, _is_short, syntax="CII", **short)
    NUMBERING.of_term(f"BR-FR-01_{term}-1", term, _is_short, syntax="UBL", **short)
    NUMBERING.of_term(f"BR-FR-02_{term}", term, _is_well_written, also=both, **written)
    NUMBERING.of_term(
        f"BR-FR-01_{term}-2",
        term,
        _is_well_written,
        syntax="UBL",
        also=f"BR-FR-02_{term}",
        **written,
    )


_numbers("BT-1", "standard")
_numbers("BT-25", "credit-note")
_numbers("EXT-FR-FE-136", "line-references")


def _is_in_a_line(facts: Facts) -> bool:
    """UBL writes the number of the invoice again where a line has a parent or a subtype."""
    return any(line.parent is not None or line.subtype is not None for line in facts.invoice.lines)


for _id, _holds in (
    ("BR-FR-01_EXT-FR-FE-136-1", _is_short),
    ("BR-FR-01_EXT-FR-FE-136-2", _is_well_written),
    ("BR-FR-02_EXT-FR-FE-136", _is_well_written),
):
    NUMBERING.of_term(
        _id,
        "BT-1",
        _holds,
        meaning="Le numéro de la facture (BT-1), répété sur ses sous-lignes, est écrit comme un "
        f"numéro de document ({MAX_NUMBER_LENGTH} caractères au plus, sans espace ni accent).",
        remedy="Réécrivez BT-1 avec des lettres sans accent, des chiffres et les signes + - _ /.",
        syntax="UBL",
        given=_is_in_a_line,
    )


def _day(
    id: str,  # noqa: A002
    term: str,
    *,
    syntax: str = "",
    example: str = "standard",
    day: str = "1999-11-02",
    unless: Holds | None = None,
) -> None:
    """Write BR-FR-03 for one date."""
    name = label(term)

    def is_a_day(day: date | None, facts: Facts) -> bool:
        return is_day_of_this_century(day, facts, term)

    NUMBERING.of_term(
        id,
        term,
        is_a_day,
        absent=lambda facts: is_a_day(None, facts),
        meaning=f"« {name} » ({term}) est un jour du calendrier, entre 2000 et 2099.",
        remedy=f"Corrigez la date {term} : en UBL AAAA-MM-JJ, en CII AAAAMMJJ.",
        breaks=f'{term} = "{day}"',
        example=example,
        syntax=syntax,
        unless=unless,
    )


def _is_ubl_credit_note(_: Any, facts: Facts) -> bool:
    return is_ubl_credit_note(facts)


_day("BR-FR-03_BT-2", "BT-2")
_day("BR-FR-03_BT-7", "BT-7")
# The UBL file looks at cbc:DueDate, which a CreditNote has not.
_day("BR-FR-03_BT-9", "BT-9", day="2100-01-01", unless=_is_ubl_credit_note)
_day("BR-FR-03_BT-26", "BT-26", example="credit-note")
_day("BR-FR-03_BT-72", "BT-72", example="delivery")
_day("BR-FR-03_BT-73", "BT-73", example="period")
_day("BR-FR-03_BT-74", "BT-74", example="period")
_day("BR-FR-03_BT-134", "BT-134", example="period", syntax="UBL")
_day("BR-FR-03_EXT-FR-FE-134", "BT-134", example="period", syntax="CII")
_day("BR-FR-03_BT-135", "BT-135", example="period", syntax="UBL")
_day("BR-FR-03_EXT-FR-FE-135", "BT-135", example="period", syntax="CII")
_day("BR-FR-03_EXT-FR-FE-138", "EXT-FR-FE-138", example="line-references")
_day("BR-FR-03_EXT-FR-FE-158", "EXT-FR-FE-158")


def _type(term: str, example: str) -> None:
    """Write BR-FR-04 for one document type."""
    name = label(term)

    def is_listed(code: str, _: Facts) -> bool:
        return code in codes.FRENCH_DOCUMENT_TYPE

    NUMBERING.of_term(
        f"BR-FR-04_{term}",
        term,
        is_listed,
        meaning=f"« {name} » ({term}) est un des seize types de document admis en France.",
        remedy=(
            f"Choisissez pour {term} un type admis : 380 facture, 381 avoir, 384 rectificative, "
            "386 acompte, 389 autofacture…"
        ),
        breaks=f'{term} = "325"',
        example=example,
    )


_type("BT-3", "standard")
_type("EXT-FR-FE-02", "credit-note")
_type("EXT-FR-FE-137", "line-references")


@NUMBERING.rule(
    "BR-FR-08_BT-23",
    terms="BT-23",
    remedy="Donnez le cadre de facturation : B1 pour des biens, S1 pour des services, M1 pour les "
    "deux ; 2 si la facture est déjà payée, 4 après un acompte.",
    breaks='BT-23 = "A1"',
)
def billing_framework_is_listed(invoice: Invoice, _: Facts) -> bool:
    """Le cadre de facturation (BT-23) est donné et c'est un des vingt codes admis."""
    code = invoice.process.business_process if invoice.process else None
    return code in codes.BUSINESS_PROCESS
