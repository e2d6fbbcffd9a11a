"""What the portal thinks of one flux 6: a mandatory status of an invoice.

Source: DGFiP external specifications v3.2, dossier général §3.6.8 to §3.6.10; annexe 7: G1.01,
G1.24, G1.114, G7.09, G7.12, G7.14, G7.17, G7.25, G7.44, G7.45, G7.47, G7.49, G7.54, P1.14, P1.15,
P1.17, P1.18; the rulebook BR-FR-CDV for the rest. Which statuses are incoherent (REJ_INC) is
written nowhere. Here: a message told twice, a second deposit, and whatever was decided after a
refusal or a rejection. Two platforms speak about one invoice, each in its own time, so that what
arrives late is judged by when it was decided. A rejection for being a duplicate ends nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from facturier.formats.cdar import StatusReading, read_status
from facturier.formats.detect import Detected, Syntax
from facturier.formats.xsd import schema_findings
from facturier.invoice.parties import PLATFORM, SIREN
from facturier.lifecycle.messages import GUIDELINE_PPF
from facturier.lifecycle.statuses import STATUSES, Duty, Subject
from facturier.network.concentrator.known import Deed, Judged, Objection, invoice_key
from facturier.reporting.report import FRENCH_RATES
from facturier.rules.annexe7 import INVOICE_TYPES
from facturier.rules.check import check
from facturier.rules.flux1.writing import is_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from facturier.lifecycle.messages import StatusMessage
    from facturier.network.concentrator.known import Application, Known, Moment

MANDATORY = tuple(code for code, one in STATUSES.items() if one.duty is not Duty.NEVER)
"""200, 210, 212, 213 (G7.44)."""
AMOUNTS = ("RAP", "ESC", "RAB", "REM", "MPA", "MEN")
"""MDT-207 (G7.12)."""
DEPOSITED, REFUSED, PAID, REJECTED = 200, 210, 212, 213
_DUPLICATE = frozenset({"DOUBLON", "REJ_UNI"})
_SIREN, _MATRICULE = re.compile(r"[0-9]{9}"), re.compile(r"[0-9]{4}")
_RATES = frozenset(FRENCH_RATES)
_OF_AMOUNTS = "BR-FR-CDV-14_MDT-207"
"""The same as G7.45, which has a reason of its own."""


def syntax_objections(detected: Detected, name: str) -> Iterator[Objection]:
    """Yield why a file cannot be taken as a status: 501."""
    if detected.syntax is not Syntax.CDAR:
        yield Objection(
            reason="IRR_SYNTAX", message="Ce fichier n'est pas un statut (CDAR).", place=name
        )
        return
    for one in schema_findings(detected)[:1]:
        yield Objection(reason="IRR_SYNTAX", message=one.message, place=name)


def judged(
    detected: Detected, name: str, application: Application, known: Known, moment: Moment
) -> Judged:
    """Judge a status that follows its schema: 601, or nothing to say."""
    reading = read_status(detected)
    said = reading.message
    if said is None:
        number = reading.document.identifier or ""
        words = "Le statut ne dit pas son code, ou ses dates."
        lacking = Objection(reason="REJ_RG", rule="G1.114", message=words, place=name)
        return Judged(subject=Subject.STATUS, file=name, number=number, objections=(lacking,))
    siren = said.seller.identifier if said.seller.scheme == SIREN else ""
    objections = [
        *_of_code(said),
        *_of_sender(said, application),
        *_of_object(said, reading),
        *_of_amounts(said),
        *_of_book(reading, moment),
    ]
    usable = is_number(said.invoice_number) and said.invoice_date and _SIREN.fullmatch(siren)
    key = ""
    if usable and said.invoice_date:
        key = invoice_key(said.invoice_number, said.invoice_date, siren)
        objections += _of_coherence(said, known.deeds(key))
    reasons = {one.reason_code for one in said.details}
    final = said.status_code == REFUSED or (
        said.status_code == REJECTED and not reasons & _DUPLICATE
    )
    return Judged(
        subject=Subject.STATUS,
        file=name,
        number=said.document_id,
        day=said.issued_at.date(),
        siren=siren if usable else "",
        key=key,
        objections=tuple(objections),
        deed=Deed(code=said.status_code, at=said.decided_at, message=said.document_id, final=final),
    )


def _broken(rule: str, message: str, place: str, reason: str = "REJ_RG") -> Objection:
    return Objection(reason=reason, rule=rule, message=message, place=place)


def _of_code(said: StatusMessage) -> Iterator[Objection]:
    code = said.status_code
    if code not in STATUSES:
        yield _broken("G7.09", f"Le statut {code} n'existe pas.", "MDT-105", "REJ_INEX")
    elif code not in MANDATORY:
        yield _broken("G7.44", f"Le statut {code} n'est pas un statut obligatoire.", "MDT-105")


def _of_sender(said: StatusMessage, application: Application) -> Iterator[Objection]:
    sender = said.sender
    if sender.scheme != PLATFORM or not _MATRICULE.fullmatch(sender.identifier):
        yield _broken(
            "G7.54",
            "L'émetteur n'est pas une plateforme désignée par son matricule (0238).",
            "MDT-18 MDT-19",
            "REJ_HAB",
        )
    elif application.platform and sender.identifier != application.platform:
        yield _broken(
            "G7.54",
            f"L'émetteur {sender.identifier} n'est pas la plateforme de ce raccordement "
            f"({application.platform}).",
            "MDT-19",
            "REJ_HAB",
        )
    if sender.role != "WK":
        yield _broken("G7.47", "L'émetteur n'a pas le rôle WK.", "MDT-21", "REJ_HAB")


def _of_object(said: StatusMessage, reading: StatusReading) -> Iterator[Objection]:
    """Check what the status is about, and that it comes alone."""
    wanted = GUIDELINE_PPF[Subject.INVOICE]
    references = [one for each in reading.document.decisions for one in each.references]
    if said.guideline != wanted or said.reference_type not in ("", wanted):
        yield _broken("G7.14", f"Le profil n'est pas {wanted}.", "MDT-3 MDT-97")
    if said.invoice_type not in INVOICE_TYPES:
        yield _broken("G1.01", f"« {said.invoice_type} » n'est pas un type de facture.", "MDT-91")
    many = any(one.multiple for one in reading.document.decisions)
    if many or len(references) != 1:
        yield _broken("P1.14", "Un message porte sur une seule facture.", "MDT-74")
    if any(one.attachments for one in references):
        yield _broken("G7.49", "Le portail refuse les pièces jointes.", "MDT-96")
    sellers = [
        one.value
        for each in references
        if each.seller
        for one in each.seller.identifiers
        if one.scheme == SIREN
    ]
    if len(sellers) != 1 or not _SIREN.fullmatch(sellers[0]):
        yield _broken("G7.17", "Le vendeur se désigne par un SIREN, et un seul (0002).", "MDT-129")
    comments = any(one.comment for one in said.details)
    if said.status_code == REFUSED and not comments:
        yield _broken("G7.25", "Un refus est motivé par un commentaire.", "MDT-126")


def _of_amounts(said: StatusMessage) -> Iterator[Objection]:
    """Check the amounts of a receipt: each by rate of VAT, a negative one explained."""
    data = [(one, detail) for detail in said.details for one in detail.characteristics]
    if said.status_code == PAID:
        receipts = [one for one, _ in data if one.type_code == "MEN"]
        if not receipts or any(one.amount is None or one.percent is None for one in receipts):
            yield _broken(
                "G7.45",
                "Le montant encaissé n'est pas réparti par taux de TVA.",
                "MDT-215 MDT-224",
                "REJ_ENCAISSEMENT",
            )
    for one, detail in data:
        if one.type_code not in AMOUNTS:
            yield _broken("G7.12", f"« {one.type_code} » n'est pas un code montant.", "MDT-207")
        if one.percent is not None and one.percent not in _RATES:
            yield _broken("G1.24", f"{one.percent} n'est pas un taux de TVA.", "MDT-224")
        if one.amount is not None and one.amount < 0 and not detail.comment:
            yield _broken("P1.17", "Un décaissement est expliqué par un commentaire.", "MDT-126")


def _of_book(reading: StatusReading, moment: Moment) -> Iterator[Objection]:
    for one in check(reading, on=moment.today).fatal:
        if one.rule != _OF_AMOUNTS:
            yield _broken(one.rule, one.message, one.where)


def _of_coherence(said: StatusMessage, earlier: Sequence[Deed]) -> Iterator[Objection]:
    code = said.status_code
    if any(one.message == said.document_id for one in earlier):
        yield _broken("", f"Le message {said.document_id} a déjà été reçu.", "MDT-4", "REJ_INC")
        return
    if code == DEPOSITED and any(one.code == DEPOSITED for one in earlier):
        yield _broken("", "Cette facture est déjà déposée (200).", "MDT-105", "REJ_INC")
    ended = next((one for one in earlier if one.final and one.at <= said.decided_at), None)
    if ended is not None:
        yield _broken(
            "", f"Aucun statut ne peut suivre le statut {ended.code}.", "MDT-105", "REJ_INC"
        )
