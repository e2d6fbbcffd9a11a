"""The acknowledgement (CDAR): a status message as its file holds it, term by term.

A :class:`~facturier.lifecycle.messages.StatusMessage` is what we mean to say; an
:class:`Acknowledgement` is what a file says, right or wrong, so everything in it is optional and
most of it may stand several times. Rules are asked of it, the table of ``formats/cdar.py`` reads
and writes it.

Ids are those of XP Z12-012 (``MDT-105``, ``MDG-37``) as the Schematron BR-FR-CDV 1.4.0 and the
XP Z12-014 examples name them. The model of the standard is not public: MDT-35 and MDT-54 follow
from the regular numbering of the parties (MDT-73 is the same place of the recipient), and ids
without a number (``MDG-RECIPIENT``) are ours, for places that no public source numbers.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from facturier.invoice.model import Attachment, Identifier, Malformed, Unmapped
from facturier.invoice.terms import document, part, record, term


@record
class Actor:
    """A party, in whatever role its place says."""

    local_identifiers: tuple[Identifier, ...] = term(
        name="{} identifier", nom="Identifiant (privé) {}", many=True
    )
    identifiers: tuple[Identifier, ...] = term(
        name="{} global identifier", nom="Identifiant {}", many=True
    )
    name: str | None = term(name="{} name", nom="Raison sociale {}")
    role: str | None = term(name="{} role code", nom="Rôle {}")
    address: Identifier | None = term(name="{} electronic address", nom="Adresse électronique {}")


def _actor(first: int, address: str) -> dict[str, str]:
    """Return the ids of a party whose private identifier is MDT-`first`."""
    fields = ("local_identifiers", "identifiers", "name", "role")
    numbered = {name: f"MDT-{first + n}" for n, name in enumerate(fields)}
    return numbered | {"address": address}


@record
class Guideline:
    """The profile of the message (MDG-3)."""

    identifier: str | None = term("MDT-3", "Guideline identifier", "Profil du message")


@record
class Context:
    """What kind of message it is."""

    process: str | None = term("MDT-2", "Business process type", "Cadre du message")
    guideline: Guideline | None = part("MDG-3", "Guideline", "Profil")


@record
class Characteristic:
    """One datum that comes with a status (MDG-43)."""

    datum: str | None = term("MDT-206", "Datum identifier", "Donnée concernée")
    type_code: str | None = term("MDT-207", "Datum type code", "Nature de la donnée")
    changed: bool | None = term("MDT-209", "Value changed indicator", "Donnée modifiée")
    name: str | None = term("MDT-211", "Datum name", "Nom de la donnée")
    location: str | None = term("MDT-213", "Datum location", "Place de la donnée")
    text: str | None = term("MDT-214", "Datum value", "Valeur de la donnée")
    amount: Decimal | None = term("MDT-215", "Datum amount", "Montant")
    currency: str | None = term("MDT-216", "Datum currency", "Devise du montant")
    value_date: date | None = term("MDT-219", "Datum date", "Date de la donnée")
    percent: Decimal | None = term("MDT-224", "Datum percentage", "Taux en pourcentage")


@record
class Note:
    """What a rule objected to."""

    rule: str | None = term("MDT-125", "Note code", "Règle en cause")
    text: str | None = term("MDT-126", "Note", "Commentaire")
    location: str | None = term("MDT-127", "Note subject", "Place en cause")


@record
class Detail:
    """One reason, or one set of data, of a status (MDG-37)."""

    reason_code: str | None = term("MDT-113", "Reason code", "Motif")
    reason: str | None = term("MDT-114", "Reason", "Libellé du motif")
    status_code: str | None = term("MDT-115", "Detail status code", "Statut du détail")
    status: str | None = term("MDT-116", "Detail status", "Libellé du statut du détail")
    action_code: str | None = term("MDT-121", "Requested action code", "Action demandée")
    action: str | None = term("MDT-122", "Requested action", "Libellé de l'action demandée")
    sequence: Decimal | None = term("MDT-124-2", "Sequence number", "Numéro d'ordre du détail")
    notes: tuple[Note, ...] = part("MDG-NOTE", "Detail note", "Note du détail", many=True)
    characteristics: tuple[Characteristic, ...] = part(
        "MDG-43", "Datum concerned", "Donnée concernée", many=True
    )


@record
class IssueDate:
    """When the object of the message was issued (MDG-35)."""

    day: date | None = term("MDT-100", "Referenced document date", "Date de l'objet")


@record
class Reference:
    """The object that the status is about: an invoice, a flow, another message."""

    number: str | None = term("MDT-87", "Referenced document number", "Numéro de l'objet")
    object_status: str | None = term("MDT-88", "Referenced document status", "État de l'objet")
    type_code: str | None = term("MDT-91", "Referenced document type", "Type de l'objet")
    global_identifier: Identifier | None = term(
        "MDT-92", "Referenced document global identifier", "Identifiant supplémentaire de l'objet"
    )
    received_at: datetime | None = term("MDT-95", "Receipt date and time", "Réception de l'objet")
    attachments: tuple[Attachment, ...] = term(
        "MDT-96", "Attachment", "Pièce jointe au statut", many=True
    )
    reference_type: str | None = term("MDT-97", "Reference type code", "Nature de la référence")
    issued: IssueDate | None = part("MDG-35", "Referenced document date", "Date de l'objet")
    status_code: str | None = term("MDT-105", "Status code", "Statut")
    status: str | None = term("MDT-106", "Status", "Libellé du statut")
    seller: Actor | None = part(
        "MDG-SELLER",
        "Seller",
        "du vendeur",
        ids={"identifiers": "MDT-129", "name": "MDT-SELLER-NAME", "role": "MDT-132"},
    )
    recipients: tuple[Actor, ...] = part(
        "MDG-OBJECT-RECIPIENT",
        "Referenced document recipient",
        "du destinataire de l'objet",
        many=True,
        ids={
            "identifiers": "MDT-OBJECT-RECIPIENT-ID",
            "name": "MDT-OBJECT-RECIPIENT-NAME",
            "role": "MDT-158",
        },
    )
    details: tuple[Detail, ...] = part("MDG-37", "Status detail", "Détail du statut", many=True)


@record
class Decision:
    """The acknowledgement itself: when, of what phase, about what."""

    multiple: bool | None = term("MDT-74", "Multiple references indicator", "Plusieurs objets")
    type_code: str | None = term("MDT-77", "Acknowledgement type code", "Phase du statut")
    decided_at: datetime | None = term("MDT-78", "Status date and time", "Instant du statut")
    references: tuple[Reference, ...] = part(
        "MDG-REFERENCE", "Referenced document", "Objet du statut", many=True
    )


@document("MDT", "MDG")
@record
class Acknowledgement:
    """A CDAR, as its file says it."""

    context: Context | None = part("MDG-CONTEXT", "Message context", "Contexte du message")
    identifier: str | None = term("MDT-4", "Message identifier", "Identifiant du message")
    name: str | None = term("MDT-5", "Message name", "Nom du message")
    issued_at: datetime | None = term("MDT-8", "Message date and time", "Instant du message")
    sender: Actor | None = part("MDG-9", "Sender", "de l'expéditeur", ids=_actor(18, "MDT-35"))
    issuer: Actor | None = part(
        "MDG-ISSUER", "Issuer", "de l'auteur du statut", ids=_actor(37, "MDT-54")
    )
    recipients: tuple[Actor, ...] = part(
        "MDG-RECIPIENT", "Recipient", "du destinataire", many=True, ids=_actor(56, "MDT-73")
    )
    decisions: tuple[Decision, ...] = part(
        "MDG-DECISION", "Acknowledgement", "Statut transmis", many=True
    )
    unmapped: tuple[Unmapped, ...] = ()
    """What the file holds beyond the terms."""
    malformed: tuple[Malformed, ...] = ()
    """What does not read as an instant or a number."""
    unusual: tuple[Malformed, ...] = ()
    """What reads, but is not written as we would write it."""
