"""From a flow to a document: what the journey found out becomes rows, in one transaction.

:mod:`facturier.journey` reads, checks and qualifies; nothing is decided here but where to keep it
and whom to tell.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

from facturier import journey
from facturier.errors import MalformedDocument, NotOurs, RefusedByPeer
from facturier.findings import Outcome
from facturier.formats.cdar import read_status
from facturier.formats.detect import Container
from facturier.lifecycle.statuses import Side
from facturier.network import afnor
from facturier.server.archive import chain, keeping
from facturier.server.books import booking
from facturier.server.connections.models import is_more_on_its_way, lives_elsewhere
from facturier.server.directory import lookup
from facturier.server.documents import (
    duplicates,
    earlier,
    history,
    misrouted,
    sides,
    status_deposit,
    status_files,
    store,
)
from facturier.server.documents.findings import keep_findings
from facturier.server.documents.mailbox import NETWORK, envelope_of, post
from facturier.server.documents.models import (
    HEAR,
    Direction,
    Document,
    Event,
    Flow,
    Transmission,
)
from facturier.server.jobs.fault_points import fault_point
from facturier.server.mandates import register as mandates
from facturier.server.portal import flux1
from facturier.server.reporting import qualifying
from facturier.server.routing import placing

if TYPE_CHECKING:
    from facturier.journey import Examined
    from facturier.lifecycle.messages import StatusMessage
    from facturier.server.routing.placing import Decision

WAITS_FOR_ITS_INVOICE = 4
"""Attempts, about half a minute, for which a status may come before the invoice it speaks of."""


class ComesEarly(Exception):
    """A status speaks of what has not come yet, and may still be on its way."""


def work_on(flow: Flow) -> None:
    """Do what remains to be done with `flow`, in the current transaction.

    Raises `UnreadableDocument`, `NotOurs` or `RefusedByPeer` when a person must look at it,
    `ComesEarly` when it must wait for what is on its way.
    """
    if flow.next_step == HEAR:
        _hear(flow)
    else:
        _take_in(flow)
    fault_point("recorded")


def _hear(flow: Flow) -> None:
    """Read a status message and keep what it says; what its rules have against it is noted."""
    reading = read_status(store.get(flow.sha256))
    if reading.message is None:
        first = reading.findings[0]
        raise MalformedDocument(first.message, reason="status-incomplete", remedy=first.remedy)
    external_id = envelope_of(flow).external_id if flow.message_key else ""
    said = reading.message
    transmission = status_files.transmission_of(flow.dossier_id, said, external_id)
    if transmission is None:
        if placing.follow(flow, external_id):
            return  # its invoice went to another dossier: it goes after
        raise _about_nothing(flow, said)
    for name, value in sides.life_cycle_names(transmission.document, said.status_code).items():
        setattr(flow, name, value)
    keep_findings(flow, None, status_files.broken_rules(reading))
    try:
        row = history.hear(transmission, said, flow)
    except RefusedByPeer as error:  # a contradiction, unless what it follows is still to come
        if is_more_on_its_way(flow):
            raise ComesEarly(error.message) from error
        raise
    if row is not None and row.code == misrouted.MISROUTED:
        misrouted.answer(row.transmission)
    flow.finish()


def _about_nothing(flow: Flow, said: StatusMessage) -> Exception:
    """A status that came before its invoice waits for it; at last a person looks."""
    words = f"Ce statut parle de la facture {said.invoice_number}, absente de ce dossier."
    if is_more_on_its_way(flow):
        return ComesEarly(words)
    if flow.attempts < WAITS_FOR_ITS_INVOICE:
        return LookupError(words)
    remedy = "Réessayez quand la facture sera là, ou demandez à l'émetteur de quoi il parle."
    return NotOurs(words, reason="unknown-invoice", remedy=remedy)


def _take_in(flow: Flow) -> None:
    data = store.get(flow.sha256)
    by_hand = brought_by_hand(flow)
    if by_hand and status_deposit.is_status(data, flow.declared_syntax):
        status_deposit.take_in(flow, data)
        return
    examined = journey.examine(data, on=timezone.localdate())
    fault_point("checked")
    issued = by_hand and _is_issuer(flow, examined)
    if by_hand and not issued and examined.receiver_siren != flow.dossier.siren:
        raise NotOurs(
            f"Cette facture n'est ni émise ni reçue par {flow.dossier.name} "
            f"(vendeur : {examined.summary.seller_name or 'inconnu'}, "
            f"acheteur : {examined.summary.buyer_name or 'inconnu'}).",
            remedy="Déposez-la dans le dossier de l'entreprise concernée.",
        )
    if issued and examined.verdict.outcome is Outcome.VALID:
        mandates.must_hold(flow.dossier, examined.reading.invoice)
    decision = None if by_hand else placing.arrive(flow, examined)
    if not by_hand and decision is None:
        return  # a rule sent it to another dossier of the company
    with chain.gathered():
        _write(flow, examined, issued=issued, decision=decision)


def _write(flow: Flow, examined: Examined, *, issued: bool, decision: Decision | None) -> None:
    """Keep all that follows from an invoice that was read and checked."""
    document = _record(flow, examined, issued=issued)
    mandates.follow(document, examined.reading.invoice)
    keep_findings(flow, document, examined.verdict.findings)
    keeping.document_taken_in(document, examined.verdict)
    transmission = _opened(document, examined, issued=issued)
    if issued:
        _issue(transmission, examined)
    elif brought_by_hand(flow):
        _file_received(transmission, examined)
    else:
        _receive(transmission, examined)
    invoice, elsewhere = examined.reading.invoice, transmission.lives_elsewhere
    qualifying.qualify(document, invoice, lives_elsewhere=elsewhere)
    _name(flow, document, examined)
    placement = None if issued else placing.place(document, examined, decision)
    flow.finish()
    if placement is not None:
        placing.tell(placement, flow)


def brought_by_hand(flow: Flow) -> bool:
    """Whether a person or program of the dossier deposited the file."""
    return flow.direction == Direction.OUT


def _is_issuer(flow: Flow, examined: Examined) -> bool:
    if examined.issuer_siren:
        return examined.issuer_siren == flow.dossier.siren
    # A foreign supplier has no SIREN; a file too broken to say who issued it is answered to who
    # deposited it.
    return examined.receiver_siren != flow.dossier.siren


def _record(flow: Flow, examined: Examined, *, issued: bool) -> Document:
    detected = examined.reading.detected
    direction = Document.Side.ISSUED if issued else Document.Side.RECEIVED
    facts = {name: _fitting(name, value) for name, value in asdict(examined.summary).items()}
    assert flow.stored is not None, "an invoice is read from its bytes"
    return Document.objects.create(
        dossier=flow.dossier,
        direction=direction,
        corrects=earlier.corrected_by(
            flow, examined.reading.invoice, direction, facts["seller_siren"]
        ),
        flow=flow,
        stored=flow.stored,
        syntax=detected.syntax.value,
        container=detected.container.value,
        profile=_fitting("profile", detected.profile),
        outcome=examined.verdict.outcome.value,
        books=[
            {"id": book.id, "version": book.version, "state": book.state}
            for book in examined.verdict.books
        ],
        is_simulation=flow.dossier.is_simulation,
        **facts,
    )


def _fitting(name: str, value: Any) -> Any:
    """Return `value` as the list of documents can show it: shortened, or none for an absurd amount.

    The file itself keeps what it says, and is judged by that.
    """
    if value is None:
        return None if name in Document.NULLABLE else ""
    field = Document._meta.get_field(name)  # noqa: SLF001 - Django's public name for it
    match field:
        case models.CharField():
            return value[: field.max_length]
        case models.DecimalField():
            absurd = value.adjusted() >= field.max_digits - field.decimal_places
            return None if absurd or not value.is_finite() else value
    return value


def _opened(document: Document, examined: Examined, *, issued: bool) -> Transmission:
    """Return the transmission that `document` goes or came by; its first statuses keep it."""
    if issued:
        carrier = afnor.NAME if lives_elsewhere(document.dossier_id) else NETWORK.name
        return _transmission(
            document, examined.receiver_address, f"{document.flow.flow_id}", carrier
        )
    if brought_by_hand(document.flow):
        opened = _transmission(document, examined.issuer_address, f"{document.flow.flow_id}")
        opened.is_connected = False
        return opened
    envelope = envelope_of(document.flow)
    answers_to = _answers_to(examined, envelope.sender_address)
    carrier = envelope.body.get("platform", NETWORK.name)
    return _transmission(document, answers_to, envelope.external_id, carrier)


def _issue(transmission: Transmission, examined: Examined) -> None:
    """An issued invoice: rejected with its reason, or deposited, sent and booked."""
    document, elsewhere = transmission.document, transmission.lives_elsewhere
    if examined.verdict.outcome is not Outcome.VALID:
        _reject(transmission, examined)
        return
    if duplicates.came_before(document):
        _is_double(transmission, "Une facture de ce numéro a déjà été déposée cette année.")
        return
    if not elsewhere and duplicates.issued_elsewhere(document):
        comment = "Un autre dossier de ce SIREN a déjà déposé ce numéro cette année."
        _is_double(transmission, comment)
        return
    document.accepted = True
    if elsewhere:  # its platform deposits it (200), and says all that follows
        document.save(update_fields=["accepted"])
        transmission.save()
        post(transmission)
        booking.propose(document, examined.reading.invoice)
        return
    deposited = _deposit(transmission)
    flux1.owe(document, examined.reading.invoice, deposited.at)
    booking.propose(document, examined.reading.invoice)


def _deposit(transmission: Transmission) -> Event:
    """Say that the invoice is deposited (200), and that it leaves (201) when somebody is there."""
    peer = transmission.peer_address
    is_own = peer == transmission.document.dossier.electronic_address
    followed = lookup.route(peer) if peer and not is_own else None
    if followed is None:
        transmission.is_connected = False
        return _begin(transmission, 200, reason="NON_TRANSMISE")
    transmission.line = lookup.told(followed[0])
    deposited = _begin(transmission, 200, 201)
    post(transmission)
    return deposited


def _begin(transmission: Transmission, *codes: int, reason: str = "", comment: str = "") -> Event:
    """Keep a transmission with the first statuses of its platform; return the first."""
    document = transmission.document
    is_issued = document.direction == Document.Side.ISSUED
    platform = (sides.deposit_platform if is_issued else sides.receiving_platform)(document)
    return history.begin(transmission, platform, *codes, reason=reason, comment=comment)[0]


def _reject(transmission: Transmission, examined: Examined) -> None:
    reason = journey.rejection_reason(examined.verdict)
    _begin(transmission, 213, reason=reason, comment=_first_words(examined))


def _is_double(transmission: Transmission, comment: str) -> None:
    _begin(transmission, 213, reason="DOUBLON", comment=comment)


def _receive(transmission: Transmission, examined: Examined) -> None:
    """An invoice from the network: rejected with its reason, or made available and booked."""
    document = transmission.document
    if transmission.lives_elsewhere:
        transmission.save()
        _book_what_came(document, examined)
        return
    if examined.verdict.outcome is not Outcome.VALID:
        _reject(transmission, examined)
        return
    first = duplicates.came_before(document)
    if first and not brought_by_hand(first.flow):
        _is_double(transmission, "Une facture de ce numéro a déjà été reçue cette année.")
        return
    _begin(transmission, 202, 203)
    if first:
        booking.leave_out(document, "Cette facture a déjà été déposée à la main.")
        return
    booking.propose(document, examined.reading.invoice)


def _book_what_came(document: Document, examined: Examined) -> None:
    """An invoice that the dossier's own platform checked and made available: its statuses follow.

    What we find against it is shown, and keeps it out of the books until a person has looked.
    """
    if examined.verdict.outcome is not Outcome.VALID:
        booking.leave_out(document, f"La plateforme l'a admise, mais : {_first_words(examined)}")
    elif duplicates.came_before(document):
        booking.leave_out(document, "Une facture de ce numéro est déjà dans le dossier.")
    else:
        booking.propose(document, examined.reading.invoice)


def _answers_to(examined: Examined, sender: str) -> str:
    """Return where statuses go: BT-34 (BT-49 of a self-billed invoice), else to who sent it."""
    said = examined.issuer_address
    return said if said and NETWORK.look_up(said) else sender


def _file_received(transmission: Transmission, examined: Examined) -> None:
    """A purchase invoice that came by another way and was brought by hand: filed and booked."""
    document = transmission.document
    if duplicates.came_before(document):
        _is_double(transmission, "Cette facture est déjà dans le dossier.")
        return
    _begin(transmission, 202, 203)
    if examined.verdict.outcome is Outcome.VALID:
        booking.propose(document, examined.reading.invoice)


def _transmission(
    document: Document, peer: str, external_id: str, carrier: str = NETWORK.name
) -> Transmission:
    return Transmission(
        dossier_id=document.dossier_id, document=document,
        peer_address=_fitting("buyer_address", peer), platform=carrier,
        external_id=external_id,
    )  # fmt: skip


def _first_words(examined: Examined) -> str:
    fatal = examined.verdict.fatal
    others = max(len(fatal) - 1, 0)
    many = "s" if others > 1 else ""
    more = f" (et {others} autre{many} constat{many})" if others else ""
    return f"{fatal[0].rule} : {fatal[0].message}{more}" if fatal else ""


def _name(flow: Flow, document: Document, examined: Examined) -> None:
    side = "Customer" if sides.own_side(document) is Side.SELLER else "Supplier"
    flow.flow_type = f"{side}Invoice"
    if not flow.declared_syntax:
        in_pdf = document.container == Container.PDF
        flow.declared_syntax = "Factur-X" if in_pdf else document.syntax[:3]
    flow.declared_profile = flow.declared_profile or _profile(document.profile)
    if not flow.processing_rule:
        flow.processing_rule = PROCESSING_RULES[examined.summary.treatment]
        flow.processing_rule_computed = True


PROCESSING_RULES = {
    "B2B": "B2B", "B2BINT": "B2BInt", "B2C": "B2C", "B2CINT": "B2C",
    "OUTOFSCOPE": "OutOfScope", "ARCHIVEONLY": "ArchiveOnly",
}  # fmt: skip
"""Treatment (:class:`facturier.reporting.scope.Treatment`) to processingRule of XP Z12-013."""


def _profile(customization: str) -> str:
    """Return the flowProfile of XP Z12-013 for a BT-24."""
    if "extended-ctc-fr" in customization.lower():
        return "Extended-CTC-FR"
    if "basic" in customization.lower():
        return "Basic"
    return "CIUS" if "en16931" in customization.lower() else "Undefined"
