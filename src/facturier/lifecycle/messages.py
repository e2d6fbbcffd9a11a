"""What is said about a document: events, and the status message that carries one.

A :class:`StatusMessage` is what a CDAR file holds, field by field; each field names its terms (MDT)
in its metadata. Writing and reading the XML is the business of ``formats/cdar.py``. Sources: XP
Z12-012 message structure as shown by the XP Z12-014 V1.4 examples, Schematron BR-FR-CDV 1.4.0,
DGFiP annex 2 (lengths), annex 7 (G7.07, G7.14, G7.25, G7.49, G7.54).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from facturier.errors import ConfigurationError
from facturier.invoice.codes import SELF_BILLED
from facturier.lifecycle.statuses import Phase, Side, Subject, reason, status

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from facturier.invoice.model import Attachment

GUIDELINE_PEER = "urn.cpro.gouv.fr:1p0:CDV:invoice"
"""MDT-3 of a message between platforms."""

GUIDELINE_PPF: dict[Subject, str] = {
    Subject.INVOICE: "urn.cpro.gouv.fr:1p0:CDV:einvoicingF2",
    Subject.F1: "urn.cpro.gouv.fr:1p0:CDV:einvoicingF1",
    Subject.F10: "urn.cpro.gouv.fr:1p0:CDV:ereportingF10",
    Subject.DIRECTORY: "urn.cpro.gouv.fr:1p0:CDV:annuaire",
    Subject.FLOW: "urn.cpro.gouv.fr:1p0:CDV:flux",
    Subject.STATUS: "urn.cpro.gouv.fr:1p0:CDV:messageCDV",
}
"""MDT-3 and MDT-97 of a message to or from the public portal, by the object it is about (G7.14)."""

AMOUNT_TYPES: dict[str, str] = {
    "MEN": "Montant encaissé TTC",
    "MPA": "Montant payé",
    "RAP": "Reste à payer",
    "ESC": "Escompte",
    "RAB": "Rabais",
    "REM": "Remise",
    "MAP": "Montant approuvé HT",
    "MAPTTC": "Montant approuvé TTC",
    "MNA": "Montant non approuvé HT",
    "MNATTC": "Montant non approuvé TTC",
    "CBB": "Coordonnées bancaires",
    "DIV": "Donnée invalide",
    "DVA": "Donnée attendue",
    "MAJ": "Donnée de remplacement",
}
"""The codes of MDT-207 with a French label (BR-FR-CDV-CL-11)."""

LONGEST_ID = 50
"""Characters of MDT-4 that the public portal takes (annex 2)."""

PORTAL_DATA = frozenset({"RAP", "ESC", "RAB", "REM", "MPA", "MEN"})
"""The codes of MDT-207 that the public portal admits (G7.12); others stay between platforms."""

REQUESTED_ACTIONS: dict[str, str] = {
    "NOA": "Aucune action",
    "PIN": "Fournir des informations",
    "NIN": "Créer une facture rectificative",
    "CNF": "Créer un avoir total",
    "CNP": "Créer un avoir partiel",
    "CNA": "Créer un avoir d'un montant donné",
    "OTH": "Autre action",
}
"""The codes of MDT-121 with a French label: what the hearer of a status is asked to do."""

_MIRROR = {
    Side.SELLER: Side.BUYER,
    Side.BUYER: Side.SELLER,
    Side.SELLER_PLATFORM: Side.BUYER_PLATFORM,
    Side.BUYER_PLATFORM: Side.SELLER_PLATFORM,
}

_PLATFORM_OF = {Side.SELLER: Side.SELLER_PLATFORM, Side.BUYER: Side.BUYER_PLATFORM}


def _mdt(*terms: str) -> dict[str, tuple[str, ...]]:
    return {"mdt": tuple(f"MDT-{term}" for term in terms)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic:
    """One datum that comes with a status: an amount per VAT rate, a bank account, a wrong value."""

    type_code: str = field(metadata=_mdt("207"))
    """One of :data:`AMOUNT_TYPES`."""
    amount: Decimal | None = field(default=None, metadata=_mdt("215"))
    """Signed; VAT included for ``MEN``. A negative one cancels or pays back a receipt."""
    currency: str = field(default="EUR", metadata=_mdt("216"))
    percent: Decimal | None = field(default=None, metadata=_mdt("224"))
    """VAT rate in percent: ``Decimal("20")``."""
    value_date: date | None = field(default=None, metadata=_mdt("219"))
    """Day of the payment, Paris calendar."""
    text: str = field(default="", metadata=_mdt("214"))
    term: str = field(default="", metadata=_mdt("206"))
    """Business term concerned, such as ``BT-84``."""
    changed: bool = field(default=False, metadata=_mdt("209"))
    name: str = field(default="", metadata=_mdt("211"))
    location: str = field(default="", metadata=_mdt("213"))
    """XPath of the datum in the invoice."""


def received(
    amount: Decimal, vat_rate: Decimal, *, currency: str = "EUR", on: date | None = None
) -> Characteristic:
    """Return a receipt (``MEN``) of `amount`, VAT included, at `vat_rate` percent."""
    return Characteristic(
        type_code="MEN", amount=amount, percent=vat_rate, currency=currency, value_date=on
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One status, said by one side at one instant about one transmission of a document."""

    code: int
    side: Side
    at: datetime
    """When the status was decided (MDT-78); timezone-aware."""
    reason: str = ""
    comment: str = ""
    action: str = ""
    """What is asked for, one of :data:`REQUESTED_ACTIONS`; empty when nothing is."""
    amounts: tuple[Characteristic, ...] = ()
    author: str = ""
    """The person or program behind it, for our own history; never sent."""

    def __post_init__(self) -> None:
        assert self.at.tzinfo is not None, "an instant carries its time zone"


def is_later(event: Event, current: Event) -> bool:
    """Whether `event` was decided after `current`, the one that is shown.

    Messages tell whole seconds. What one side says arrives in its order; of two sides in the same
    second the same one must win at both ends, whichever was heard first.
    """
    if event.at != current.at or event.side is current.side:
        return event.at >= current.at
    return event.side.value > current.side.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party as a status message names it."""

    role: str
    """UNCL 3035: ``SE``, ``BY``, ``DL`` (factor), ``SR``, ``WK`` (platform), ``DFH`` (PPF)."""
    identifier: str = ""
    scheme: str = ""
    """``0002`` for a SIREN, ``0238`` for the number of a platform."""
    name: str = ""
    address: str = ""
    """Electronic address to which statuses go (MDT-73)."""
    address_scheme: str = ""


PPF = Party(role="DFH", identifier="0000", scheme="0238", name="PPF")
"""The public portal as single recipient (BR-FR-CDV-02; older samples write 9998)."""

ANONYMOUS_PLATFORM = Party(role="WK")
"""A platform in a message between platforms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceReference:
    """The invoice that statuses are about, and the parties that hear of them."""

    number: str
    """BT-1."""
    issue_date: date
    """BT-2."""
    type_code: str
    """BT-3."""
    seller: Party
    buyer: Party
    seller_platform: Party = ANONYMOUS_PLATFORM
    """With its number under scheme 0238 as soon as it must speak to the public portal."""
    buyer_platform: Party = ANONYMOUS_PLATFORM
    factor: Party | None = None
    validator: Party | None = None
    vat_due_on_payment: bool = False
    """VAT falls due when paid: receipts (212) are then owed to the public portal."""
    process: str = "REGULATED"
    """MDT-2 of messages between platforms."""

    @property
    def self_billed(self) -> bool:
        """Whether the buyer made it out: most statuses then change sides."""
        return self.type_code in SELF_BILLED

    def party(self, side: Side) -> Party | None:
        """Return the party on `side`; nobody when the invoice has none there."""
        return {
            Side.SELLER: self.seller,
            Side.BUYER: self.buyer,
            Side.SELLER_PLATFORM: self.seller_platform,
            Side.BUYER_PLATFORM: self.buyer_platform,
            Side.FACTOR: self.factor,
            Side.VALIDATOR: self.validator,
            Side.PPF: PPF,
        }[side]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusDetail:
    """One reason, or one set of data, inside a status message."""

    sequence: int = field(metadata=_mdt("124-2"))
    """1, 2, 3… in the message (BR-FR-CDV-16); 0 where a received one has no number."""
    reason_code: str = field(default="", metadata=_mdt("113"))
    reason_label: str = field(default="", metadata=_mdt("114"))
    status_code: str = field(default="", metadata=_mdt("115"))
    action_code: str = field(default="", metadata=_mdt("121"))
    """What is asked for: NOA, PIN, NIN, CNF, CNP, CNA, OTH."""
    action_label: str = field(default="", metadata=_mdt("122"))
    rule: str = field(default="", metadata=_mdt("125"))
    comment: str = field(default="", metadata=_mdt("126"))
    location: str = field(default="", metadata=_mdt("127"))
    characteristics: tuple[Characteristic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMessage:
    """A status on its way from one party to others: the content of one CDAR.

    Always about one document (MDT-74 is false), never with an attachment when it goes to the
    public portal (G7.49).
    """

    process: str = field(metadata=_mdt("2"))
    """``REGULATED`` and the like between platforms; empty towards the public portal."""
    guideline: str = field(metadata=_mdt("3"))
    document_id: str = field(metadata=_mdt("4"))
    name: str = field(default="", metadata=_mdt("5"))
    issued_at: datetime = field(metadata=_mdt("8"))
    """When the message was made."""
    sender: Party = field(metadata=_mdt("18", "19", "20", "21"))
    issuer: Party = field(metadata=_mdt("37", "38", "39", "40"))
    """Who decided the status."""
    recipients: tuple[Party, ...] = field(metadata=_mdt("56", "57", "58", "59", "73", "73-1"))
    phase: str = field(metadata=_mdt("77"))
    """``305`` transmission, ``23`` treatment."""
    decided_at: datetime = field(metadata=_mdt("78"))
    invoice_number: str = field(metadata=_mdt("87"))
    object_status: str = field(default="", metadata=_mdt("88"))
    invoice_type: str = field(metadata=_mdt("91"))
    received_at: datetime | None = field(default=None, metadata=_mdt("95"))
    """When the speaker's side took the invoice in: deposit for a seller, receipt for a buyer."""
    reference_type: str = field(default="", metadata=_mdt("97"))
    invoice_date: date | None = field(metadata=_mdt("100"))
    """BT-2; a file that could not be read (501) may have none (BR-FR-CDV-11)."""
    status_code: int = field(metadata=_mdt("105"))
    status_label: str = field(metadata=_mdt("106"))
    seller: Party = field(metadata=_mdt("129", "130", "132"))
    """Seller of the invoice, under its SIREN only (G7.17)."""
    details: tuple[StatusDetail, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=(), metadata=_mdt("96"))

    @property
    def to_ppf(self) -> bool:
        """Whether this is the copy for the public portal."""
        return self.recipients == (PPF,)


def seat(side: Side, code: int, *, self_billed: bool) -> Side:
    """Return the place of `side` in the tables, which are written for ordinary invoices.

    When the buyer makes out the invoice the two parties and their platforms change places, except
    for payments (211, 212) and factoring (XP Z12-014, self-billing).
    """
    return _MIRROR.get(side, side) if self_billed and status(code).swapped else side


_RECIPIENTS: dict[tuple[int, Side], tuple[Side, ...]] = {
    (200, Side.SELLER_PLATFORM): (Side.SELLER,),
    (201, Side.SELLER_PLATFORM): (Side.SELLER,),
    (202, Side.BUYER_PLATFORM): (Side.SELLER, Side.BUYER),
    (203, Side.BUYER_PLATFORM): (Side.SELLER, Side.BUYER),
    (213, Side.SELLER_PLATFORM): (Side.SELLER,),
    (213, Side.BUYER_PLATFORM): (Side.SELLER,),
    (214, Side.VALIDATOR): (Side.SELLER, Side.BUYER),
    (221, Side.BUYER_PLATFORM): (Side.SELLER,),
    (225, Side.SELLER): (Side.BUYER, Side.FACTOR),
    # confidential means that the buyer does not learn of it
    (226, Side.SELLER): (Side.FACTOR,),
    (226, Side.FACTOR): (Side.SELLER,),
}
"""Who hears of a status, by code and speaker; the other party where nothing is written."""

_DEFAULT_RECIPIENTS = {
    Side.SELLER: (Side.BUYER,),
    Side.BUYER: (Side.SELLER,),
    Side.FACTOR: (Side.SELLER, Side.BUYER),
}


def recipients(code: int, side: Side, *, self_billed: bool = False) -> tuple[Side, ...]:
    """Return the sides that hear of status `code` when `side` says it, the PPF aside.

    The seller of a self-billed invoice also learns of a rejection at deposit: the number is used up
    in his books.
    """
    place = seat(side, code, self_billed=self_billed)
    heard_by = _RECIPIENTS.get((code, place), _DEFAULT_RECIPIENTS.get(place, ()))
    placed = tuple(seat(other, code, self_billed=self_billed) for other in heard_by)
    if self_billed and status(code).terminal:
        return tuple(dict.fromkeys((*placed, Side.SELLER)))
    return placed


def messages(
    invoice: InvoiceReference, event: Event, *, received_at: datetime | None = None
) -> tuple[StatusMessage, ...]:
    """Return the messages that `event` obliges its author's platform to send.

    One to the parties that hear of it, and a second one to the public portal when the status is
    mandatory for this invoice.
    """
    owed = status(event.code).owed_to_ppf(vat_due_on_payment=invoice.vat_due_on_payment)
    copies = (False, True) if owed else (False,)
    made = (message(invoice, event, received_at=received_at, to_ppf=copy) for copy in copies)
    return tuple(one for one in made if one.recipients)


def message(
    invoice: InvoiceReference,
    event: Event,
    *,
    received_at: datetime | None = None,
    issued_at: datetime | None = None,
    to_ppf: bool = False,
) -> StatusMessage:
    """Return the message that says `event` about `invoice`.

    `received_at` is MDT-95, constant for a side. `issued_at` is the making of the message, the
    event's own instant by default. The copy `to_ppf` names the sending platform by its number;
    raises `ConfigurationError` when the platform has none (G7.54).
    """
    said = status(event.code)
    guideline = GUIDELINE_PPF[said.subject] if to_ppf else GUIDELINE_PEER
    sender = _speaking_platform(invoice, event.side) if to_ppf else ANONYMOUS_PLATFORM
    return StatusMessage(
        process="" if to_ppf else invoice.process,
        guideline=guideline,
        document_id=_document_id(invoice, event),
        name=f"{invoice.number} {event.code} {said.label}",
        issued_at=issued_at or event.at,
        sender=sender,
        issuer=_issuer(invoice, event, sender),
        recipients=(PPF,) if to_ppf else _hearers(invoice, event),
        phase=(said.phase if said.invoice_phase else Phase.TRANSMISSION).value,
        decided_at=event.at,
        invoice_number=invoice.number,
        object_status=said.object_status,
        # 262 is not in the public portal's list of types
        invoice_type="381" if to_ppf and invoice.type_code == "262" else invoice.type_code,
        received_at=received_at,
        reference_type=guideline if to_ppf else "",
        invoice_date=invoice.issue_date,
        status_code=event.code,
        status_label=said.label,
        seller=replace(invoice.seller, role="SE", address="", address_scheme=""),
        details=_details(event, to_ppf=to_ppf),
    )


def heard(received_message: StatusMessage, side: Side, *, author: str = "") -> Event:
    """Return the event that a received message tells of.

    `side` is who speaks: the connector knows from whom the message came, the message itself hides
    platforms. Of several reasons the first is the event's; all comments are kept.
    """
    details = received_message.details
    return Event(
        code=received_message.status_code,
        side=side,
        at=received_message.decided_at,
        reason=next((one.reason_code for one in details if one.reason_code), ""),
        comment="\n".join(one.comment for one in details if one.comment),
        action=next((one.action_code for one in details if one.action_code), ""),
        amounts=tuple(datum for one in details for datum in one.characteristics),
        author=author,
    )


def _document_id(invoice: InvoiceReference, event: Event) -> str:
    # The event's instant, not MDT-95 as in the samples: two part payments must not share an id.
    rest = f"_{event.code}_{event.at:%Y%m%d%H%M%S}#{invoice.type_code}_{invoice.issue_date:%Y%m%d}"
    number = invoice.number
    if len(number) + len(rest) > LONGEST_ID:  # always the same for one number, whoever writes it
        number = hashlib.sha256(number.encode()).hexdigest()[: LONGEST_ID - len(rest)]
    return f"{number}{rest}"


def _speaking_platform(invoice: InvoiceReference, side: Side) -> Party:
    platform = invoice.party(_PLATFORM_OF.get(side, side))
    if platform is None or platform.scheme != PPF.scheme or not platform.identifier:
        raise ConfigurationError(
            "Le matricule de la plateforme manque : le portail public refuserait ce statut.",
            reason="platform-number",
            remedy="Renseignez le matricule de la plateforme dans la configuration.",
        )
    return platform


def _issuer(invoice: InvoiceReference, event: Event, sender: Party) -> Party:
    """Who decided: the party for a treatment status, else the platform as the sender shows it."""
    party = invoice.party(event.side)
    if party is None or status(event.code).phase is not Phase.TREATMENT:
        return sender
    return replace(party, address="", address_scheme="")


def _hearers(invoice: InvoiceReference, event: Event) -> tuple[Party, ...]:
    """Who the message between platforms is for; of a mandatory one it says that the PPF hears too.

    So do the official examples of XP Z12-014. What is not domestic B2B is told to the public portal
    by flux 10 instead.
    """
    sides = recipients(event.code, event.side, self_billed=invoice.self_billed)
    found = tuple(party for side in sides if (party := invoice.party(side)) is not None)
    owed = status(event.code).owed_to_ppf(vat_due_on_payment=invoice.vat_due_on_payment)
    return (*found, PPF) if found and owed and invoice.process == "REGULATED" else found


def _details(event: Event, *, to_ppf: bool) -> tuple[StatusDetail, ...]:
    amounts = tuple(one for one in event.amounts if not to_ppf or one.type_code in PORTAL_DATA)
    if not (event.reason or event.comment or event.action or amounts):
        return ()
    label = reason(event.reason).label if event.reason else ""
    # G7.25 wants a comment with 208 and 210: the reason in words is better than none
    fallback = label if status(event.code).comment_expected else ""
    return (
        StatusDetail(
            sequence=1,
            reason_code=event.reason,
            reason_label=label,
            action_code=event.action,
            action_label=REQUESTED_ACTIONS.get(event.action, ""),
            comment=event.comment or fallback,
            characteristics=amounts,
        ),
    )
