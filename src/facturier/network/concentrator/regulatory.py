"""What the portal thinks of one flux 1: the regulatory data of an invoice.

Source: DGFiP external specifications v3.2, dossier général §3.6; annexe 7: S1.06 (profile in the
file's name), G1.45 (uniqueness), G1.63 and G1.101 (companies of the directory), G2.32 (nothing but
exempt operations), G1.114 (keys that cannot be used); the rulebooks of flux 1 for the rest. The
schema of flux 1 is in no package: what it has no place for is told by the terms of annexe 1.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.findings import Severity
from facturier.formats.detect import Detected, Syntax
from facturier.formats.flux1 import RegulatoryReading, read_flux1, syntax_of
from facturier.invoice.parties import SINGLE_TAXABLE_PERSON, SIREN
from facturier.invoice.terms import values
from facturier.lifecycle.statuses import Subject
from facturier.network.concentrator.known import Judged, Objection, invoice_key
from facturier.reporting.extract import (
    FULL_FROM,
    SHORT_NUMBER,
    Profile,
    carried,
    named_profile,
)
from facturier.reporting.scope import is_all_exempt
from facturier.rules.flux1 import BASE, FULL, FULL_DUE
from facturier.rules.flux1.writing import is_number
from facturier.rules.flux1_facts import Flux1Facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from facturier.invoice.model import Invoice, Party
    from facturier.network.concentrator.known import Known, Moment

_SIREN = re.compile(r"[0-9]{9}")
_YEARS = range(2000, 2100)
_UNEXPECTED = "UNMAPPED"
_SYNTAXES = {
    "UBL": frozenset({Syntax.FLUX1, Syntax.UBL_INVOICE, Syntax.UBL_CREDIT_NOTE}),
    "CII": frozenset({Syntax.FLUX1, Syntax.CII}),
}


def syntax_objections(detected: Detected, name: str, wanted: str) -> Iterator[Objection]:
    """Yield why a file cannot be taken as a flux 1 in a syntax, ``UBL`` or ``CII``: 501."""
    profile = named_profile(name)
    if profile is None:
        yield Objection(
            reason="IRR_NOM_F",
            rule="S1.06",
            message="Le nom du fichier ne commence ni par « Base_ » ni par « Full_ ».",
            place=name,
        )
        return
    if detected.syntax not in _SYNTAXES[wanted] or syntax_of(detected.root) != wanted:
        yield Objection(
            reason="IRR_SYNTAX",
            message=f"Ce fichier n'est pas un flux 1 en syntaxe {wanted}.",
            place=name,
        )
        return
    reading = read(detected)
    strange = [one.message for one in reading.findings if one.rule == _UNEXPECTED]
    known = carried(profile)
    held = dict.fromkeys(one.term.id for one in values(reading.invoice))
    strange += [f"Le profil {profile} ne prévoit pas {one}." for one in held if one not in known]
    for message in strange[:1]:
        yield Objection(reason="IRR_SYNTAX", message=message, place=name)


def read(detected: Detected) -> RegulatoryReading:
    """Read a file that came as a flux 1, even where it lacks what tells one from an invoice."""
    return read_flux1(replace(detected, syntax=Syntax.FLUX1))


def judged(detected: Detected, name: str, known: Known, moment: Moment) -> Judged:
    """Judge a flux 1 that is syntactically right: 250 or 251."""
    profile = named_profile(name)
    assert profile is not None, "the name was looked at"
    reading = read(detected)
    invoice = reading.invoice
    number, day, siren = invoice.number or "", invoice.issue_date, _siren(invoice.seller)
    unusable = tuple(_unusable(name, number, day, siren))
    found = Judged(subject=Subject.F1, file=name, number=number, day=day, siren=siren)
    if unusable:
        found = Judged(subject=Subject.F1, file=name)
    else:
        assert day is not None, "a usable key has its day"
        found = replace(found, key=invoice_key(number, day, siren))
    objections = (
        *unusable,
        *_of_rules(reading, profile, moment),
        *_of_limits(number, moment),
        *_of_directory(invoice, known),
        *_of_uniqueness(found, known),
    )
    return replace(found, objections=objections)


def _siren(party: Party | None) -> str:
    held = party.legal_identifier if party else None
    return held.value if held is not None and held.scheme == SIREN else ""


def _unusable(file: str, number: str, day: date | None, siren: str) -> Iterator[Objection]:
    """Object to keys that no answer could name (G1.114)."""
    right = (
        number and is_number(number),
        day is not None and day.year in _YEARS,
        _SIREN.fullmatch(siren),
    )
    if all(right):
        return
    yield Objection(
        reason="REJ_SEMAN",
        rule="G1.114",
        message="Au moins une de ces valeurs ne respecte pas les contrôles fonctionnels : "
        f"numéro de facture « {number} », date d'émission « {day or ''} », "
        f"SIREN du vendeur « {siren} ».",
        place=file,
    )


def _of_rules(reading: RegulatoryReading, profile: Profile, moment: Moment) -> Iterator[Objection]:
    book = FULL if profile is Profile.FULL else FULL_DUE if moment.today >= FULL_FROM else BASE
    root = reading.detected.root
    facts = Flux1Facts(reading.invoice, syntax_of(root), root)
    malformed = [one for one in reading.findings if one.rule != _UNEXPECTED]
    for one in (*malformed, *book.check(facts)):
        if one.severity in (Severity.FATAL, Severity.INTERNAL):
            yield Objection(reason="REJ_SEMAN", rule=one.rule, message=one.message, place=one.where)


def _of_limits(number: str, moment: Moment) -> Iterator[Objection]:
    if len(number) > SHORT_NUMBER and moment.today < moment.limits.short_numbers_until:
        yield Objection(
            reason="REJ_SEMAN",
            rule="G1.05",
            message=f"Jusqu'au {moment.limits.short_numbers_until:%d/%m/%Y}, un numéro de facture "
            f"compte {SHORT_NUMBER} caractères au plus.",
            place="BT-1",
        )


def _of_directory(invoice: Invoice, known: Known) -> Iterator[Objection]:
    """Object to companies that the directory does not know, and to what needs no flux 1."""
    for term, rule, siren in (
        ("BT-30", "G1.63", _siren(invoice.seller)),
        ("BT-47", "G1.63", _siren(invoice.buyer)),
        ("BT-29", "G1.101", _single_taxable_person(invoice.seller)),
    ):
        if siren and known.unit(siren) is None:
            yield Objection(
                reason="REJ_COH",
                rule=rule,
                message=f"Le SIREN {siren} n'existe pas dans l'annuaire.",
                place=term,
            )
    buyer = known.unit(_siren(invoice.buyer))
    if is_all_exempt(invoice) and not (buyer is not None and buyer.kind == "P"):
        yield Objection(
            reason="REJ_COH",
            rule="G2.32",
            message="Toutes les opérations de cette facture sont hors champ ou exonérées "
            "(CGI 261 à 261 E) : elle n'appelle pas de flux 1.",
            place="BT-118 BT-121",
        )


def _single_taxable_person(seller: Party | None) -> str:
    held = seller.identifiers if seller else ()
    return next((one.value for one in held if one.scheme == SINGLE_TAXABLE_PERSON), "")


def _of_uniqueness(found: Judged, known: Known) -> Iterator[Objection]:
    if found.key and known.has(Subject.F1, found.key):
        yield Objection(
            reason="REJ_UNI",
            rule="G1.45",
            message=f"Les données de la facture {found.number} du vendeur {found.siren} ont déjà "
            "été transmises et prises en compte.",
            place="BT-1 BT-2 BT-30",
        )
