"""The semantic model of an invoice: EN 16931-1 with the French extension EXTENDED-CTC-FR.

One field is one business term; the id, the English and the French name stand on the field and are
read from there by everything else. Every term is optional on purpose: an invalid invoice must be
representable, or it could not be explained. What must be present is a rule, not a type.

A record that is used in several places (an address, a party) says what its fields *are*; the place
of use gives their ids: ``Party.name`` is ``BT-27`` for the seller and ``BT-44`` for the buyer.

Choices where the norm leaves room:

- ``BG-16`` repeats, with at most one account (``BG-17``) and one card (``BG-18``) each: UBL and CII
  both write it so, and nothing of a real file is lost.
- ``BT-83`` (remittance information) and ``BG-19`` (direct debit) stand at the invoice, where CII
  has them; UBL repeats them in each payment means.
- ``BG-14`` (invoicing period) stands at the invoice.
- What stands once in EN 16931 and may be repeated in Factur-X EXTENDED (terms of payment, the VAT
  of a line) has its first place there; the next ones are a group of their own, whose ids end in
  ``-R``: ``BT-9-R`` is the due date of the second and further terms of payment. Those of the
  further contacts of a party end in ``-C``.
- Amounts keep the number of decimals they were written with (``Decimal("12.50")``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from facturier.invoice.terms import part, record, repeated, term


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier with the scheme that gives it meaning (``0002`` for a SIREN)."""

    value: str
    scheme: str | None = None
    version: str | None = None
    name: str | None = None
    """What it stands for, in words, of a class of items (BT-X-13)."""

    def __str__(self) -> str:
        return f"{self.value} ({self.scheme})" if self.scheme else self.value


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file carried inside the invoice (BT-125, BT-125-1, BT-125-2)."""

    content: bytes
    mime_code: str | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """Something a file holds that the model does not: reported, never dropped in silence."""

    path: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A value that could not be read as its type, such as the date ``20261399``."""

    term: str
    path: str
    value: str
    indexes: tuple[int, ...] = ()


@record
class Address:
    """A postal address (BG-5, BG-8, BG-12, BG-15 and the French third parties)."""

    line_1: str | None = term(name="{} address line 1", nom="Adresse {} - ligne 1")
    line_2: str | None = term(name="{} address line 2", nom="Adresse {} - ligne 2")
    line_3: str | None = term(name="{} address line 3", nom="Adresse {} - ligne 3")
    city: str | None = term(name="{} city", nom="Localité {}")
    post_code: str | None = term(name="{} post code", nom="Code postal {}")
    country_subdivision: str | None = term(
        name="{} country subdivision", nom="Subdivision du pays {}"
    )
    country_code: str | None = term(name="{} country code", nom="Code de pays {}")


@record
class Contact:
    """A person or service to speak to (BG-6, BG-9)."""

    name: str | None = term(name="{} contact point", nom="Point de contact {}")
    telephone: str | None = term(
        name="{} contact telephone number", nom="Numéro de téléphone du contact {}"
    )
    email: str | None = term(
        name="{} contact email address", nom="Adresse électronique du contact {}"
    )
    department: str | None = term(name="{} contact department", nom="Service du contact {}")
    type_code: str | None = term(name="{} contact type code", nom="Code de type du contact {}")
    fax: str | None = term(name="{} contact fax number", nom="Numéro de télécopie du contact {}")


@record
class Party:
    """A party to the invoice, in whatever role its place says."""

    name: str | None = term(name="{} name", nom="Raison sociale {}")
    trading_name: str | None = term(name="{} trading name", nom="Appellation commerciale {}")
    identifiers: tuple[Identifier, ...] = term(
        name="{} identifier", nom="Identifiant {}", many=True
    )
    legal_identifier: Identifier | None = term(
        name="{} legal registration identifier", nom="Identifiant d'enregistrement légal {}"
    )
    vat_identifier: str | None = term(name="{} VAT identifier", nom="Identifiant à la TVA {}")
    tax_registration_identifier: str | None = term(
        name="{} tax registration identifier", nom="Identifiant d'enregistrement fiscal {}"
    )
    legal_information: str | None = term(
        name="{} additional legal information",
        nom="Informations juridiques complémentaires {}",
    )
    electronic_address: Identifier | None = term(
        name="{} electronic address", nom="Adresse électronique {}"
    )
    role_code: str | None = term(name="{} role code", nom="Code du rôle {}")
    postal_address: Address | None = part("", "{} postal address", "Adresse postale {}")
    contact: Contact | None = part("", "{} contact", "Contact {}")
    registered_address: Address | None = part(
        "", "{} registered address", "Adresse du siège {}", label=("{} registered", "du siège {}")
    )
    further_contacts: tuple[Contact, ...] = part(
        "",
        "{} further contact",
        "Autre contact {}",
        many=True,
        label=("{} further", "supplémentaire {}"),
    )


ADDRESS = ("line_1", "line_2", "line_3", "city", "post_code", "country_subdivision", "country_code")
CONTACT = ("name", "telephone", "email", "department", "type_code", "fax")


def _address(group: str, *ids: str, prefix: str = "postal_address") -> dict[str, str]:
    """Name the terms of an address at one place, in the order of :data:`ADDRESS`."""
    named = {f"{prefix}.{name}": id_ for name, id_ in zip(ADDRESS, ids, strict=True)}
    return {prefix: group, **named}


def _numbered(fields: tuple[str, ...], *ids: str) -> dict[str, str]:
    """Name the terms of what comes after the first of its kind."""
    return {field: repeated(id_) for field, id_ in zip(fields, ids, strict=True)}


def _contact(group: str, *ids: str) -> dict[str, str]:
    """Name the terms of a contact, in the order of :data:`CONTACT`, and those of the next ones."""
    named = dict(zip(CONTACT, ids, strict=True))
    return {
        "contact": group,
        **{f"contact.{name}": id_ for name, id_ in named.items()},
        "further_contacts": f"{group}-C",
        **{f"further_contacts.{name}": f"{id_}-C" for name, id_ in named.items()},
    }


def _registered(group: int, first: int) -> dict[str, str]:
    """Name the terms of the address of a party's seat (Factur-X EXTENDED), in one run from `first`.

    The run is that of CII: post code, three lines, city, country, subdivision.
    """
    return _run(f"BG-X-{group}", first, prefix="registered_address")


def _run(group: str, first: int, prefix: str = "postal_address") -> dict[str, str]:
    """Name the terms of an address of Factur-X EXTENDED, numbered in one run as CII orders them."""
    order = (1, 2, 3, 4, 0, 6, 5)
    return _address(group, *(f"BT-X-{first + n}" for n in order), prefix=prefix)


def _contact_run(group: int, *ids: int | str) -> dict[str, str]:
    """Name the terms of a contact of Factur-X EXTENDED.

    `ids`, in the order of CII: name, department, type code, telephone, fax, email.
    """
    name, department, type_code, telephone, fax, email = (
        one if isinstance(one, str) else f"BT-X-{one}" for one in ids
    )
    return _contact(f"BG-X-{group}", name, telephone, email, department, type_code, fax)


_ROLE = (
    "name",
    "role_code",
    "trading_name",
    "identifiers",
    "legal_identifier",
    "vat_identifier",
    "electronic_address",
)


def _facturx_party(
    *ids: int,
    contact: dict[str, str],
    address: dict[str, str],
    seat: dict[str, str] | None = None,
) -> dict[str, str]:
    """Name the terms of a party of Factur-X EXTENDED; `ids` in the order of :data:`_ROLE`."""
    named = {field: f"BT-X-{n}" for field, n in zip(_ROLE, ids, strict=True)}
    return named | contact | address | (seat or {})


def _french_party(first: int, seat: tuple[int, int], *contact: int) -> dict[str, str]:
    """Name the terms of a third party of EXTENDED-CTC-FR, 23 of them numbered in one run.

    The run is: name, role, trading name, identifier and scheme, legal identifier and scheme, VAT
    identifier and qualifier, electronic address and scheme, address group and its seven terms,
    contact group and its three terms. `seat` are the group and the first term of the address of the
    seat, `contact` department, type code and fax: of Factur-X EXTENDED only.
    """
    extension = [f"EXT-FR-FE-{n:02d}" for n in range(first, first + 23)]
    return {
        "name": extension[0],
        "role_code": extension[1],
        "trading_name": extension[2],
        "identifiers": extension[3],
        "legal_identifier": extension[5],
        "vat_identifier": extension[7],
        "electronic_address": extension[9],
        **_address(extension[11], *extension[12:19]),
        **_contact(extension[19], *extension[20:23], *(f"BT-X-{n}" for n in contact)),
        **_registered(*seat),
    }


@record
class Note:
    """A note on the invoice with its subject code (BG-1)."""

    subject_code: str | None = term(
        "BT-21", "Invoice note subject code", "Code du sujet de la note"
    )
    text: str | None = term("BT-22", "Invoice note", "Note de facture")
    content_code: str | None = term(
        "BT-X-5", "Invoice note content code", "Code du contenu de la note"
    )


@record
class ProcessControl:
    """Which process and which profile the document claims (BG-2)."""

    business_process: str | None = term("BT-23", "Business process type", "Cadre de facturation")
    specification: str | None = term("BT-24", "Specification identifier", "Identifiant du profil")


@record
class PrecedingInvoice:
    """An earlier invoice this one refers to (BG-3)."""

    number: str | None = term(
        "BT-25", "Preceding Invoice reference", "Référence à une facture antérieure"
    )
    issue_date: date | None = term(
        "BT-26", "Preceding Invoice issue date", "Date d'émission de la facture antérieure"
    )
    type_code: str | None = term(
        "EXT-FR-FE-02", "Preceding Invoice type code", "Code de type de la facture antérieure"
    )


@record
class Period:
    """A period; both ends are inside it (BG-14, BG-26)."""

    start_date: date | None = term(name="{} start date", nom="Date de début {}")
    end_date: date | None = term(name="{} end date", nom="Date de fin {}")
    description: str | None = term(name="{} description", nom="Libellé {}")


@record
class Reference:
    """A document that the invoice or one of its lines refers to (Factur-X EXTENDED)."""

    number: str | None = term(name="{} number", nom="Numéro {}")
    line: str | None = term(name="{} line", nom="Ligne {}")
    issue_date: date | None = term(name="{} date", nom="Date {}")


@record
class PaymentStep:
    """What is added or taken away when payment comes late or early (Factur-X EXTENDED)."""

    base_date: date | None = term(name="{} reference date", nom="Date de référence {}")
    period: Decimal | None = term(name="{} period", nom="Délai {}")
    period_unit: str | None = term(name="{} period unit", nom="Unité du délai {}")
    base_amount: Decimal | None = term(name="{} base amount", nom="Assiette {}")
    percentage: Decimal | None = term(name="{} percentage", nom="Pourcentage {}")
    amount: Decimal | None = term(name="{} amount", nom="Montant {}")


_STEP = ("base_date", "period", "period_unit", "base_amount", "percentage", "amount")
TERMS_PAYEE = _facturx_party(
    *(504, 511, 505, 506, 508, 509, 510),
    contact=_contact_run(78, 512, 513, 514, 515, 516, 517),
    address=_run("BG-X-79", 518),
    seat=_registered(80, 525),
)
"""Who is paid on one of the terms of payment (BG-X-77)."""


@record
class PaymentTerms:
    """One more of the terms of payment, an instalment (Factur-X EXTENDED, BT-20-00)."""

    description: str | None = term(
        "BT-20-R", "Further payment terms", "Autres conditions de paiement"
    )
    due_date: date | None = term("BT-9-R", "Further payment due date", "Autre date d'échéance")
    mandate_reference: str | None = term(
        "BT-89-R", "Further mandate reference identifier", "Autre référence unique de mandat"
    )
    partial_payment: Decimal | None = term(
        "BT-X-275-R", "Further partial payment amount", "Montant de l'autre paiement partiel"
    )
    penalty: PaymentStep | None = part(
        "BG-X-43-R",
        "Further payment penalty",
        "de la pénalité de retard de l'échéance",
        ids={field: f"BT-X-{276 + n}-R" for n, field in enumerate(_STEP)},
    )
    discount: PaymentStep | None = part(
        "BG-X-44-R",
        "Further payment discount",
        "de l'escompte de l'échéance",
        ids={field: f"BT-X-{282 + n}-R" for n, field in enumerate(_STEP)},
    )
    payee: Party | None = part(
        "BG-X-77-R",
        "Further payment terms payee",
        "du bénéficiaire de l'échéance",
        ids={field: repeated(id_) for field, id_ in TERMS_PAYEE.items()},
    )


@record
class AdvanceTax:
    """The VAT of an advance payment (Factur-X EXTENDED, BG-X-46)."""

    amount: Decimal | None = term(
        "BT-X-293", "Advance payment VAT amount", "Montant de TVA de l'acompte"
    )
    exemption_reason: str | None = term(
        "BT-X-295", "Advance payment VAT exemption reason", "Motif d'exonération de l'acompte"
    )
    category: str | None = term(
        "BT-X-296", "Advance payment VAT category code", "Code de catégorie de TVA de l'acompte"
    )
    exemption_code: str | None = term(
        "BT-X-297",
        "Advance payment VAT exemption reason code",
        "Code de motif d'exonération de l'acompte",
    )
    rate: Decimal | None = term("BT-X-298", "Advance payment VAT rate", "Taux de TVA de l'acompte")


@record
class AdvancePayment:
    """A payment received before the invoice (Factur-X EXTENDED, BG-X-45)."""

    amount: Decimal | None = term("BT-X-291", "Advance payment amount", "Montant de l'acompte")
    received_date: date | None = term(
        "BT-X-292", "Advance payment date", "Date de réception de l'acompte"
    )
    taxes: tuple[AdvanceTax, ...] = part(
        "BG-X-46", "Advance payment VAT", "TVA de l'acompte", many=True
    )
    invoice: str | None = term(
        "BT-X-558", "Advance payment invoice number", "Numéro de la facture d'acompte"
    )
    invoice_type: str | None = term(
        "BT-X-559", "Advance payment invoice type code", "Code de type de la facture d'acompte"
    )
    invoice_date: date | None = term(
        "BT-X-560", "Advance payment invoice date", "Date de la facture d'acompte"
    )


def _inner(ids: dict[str, str], part: str = "registered_address") -> dict[str, str]:
    """Return what `ids` says of the fields of one part, for a record that holds it alone."""
    return {
        field.partition(".")[2]: id_ for field, id_ in ids.items() if field.startswith(f"{part}.")
    }


_SHIP_TO_CONTACT = _contact_run(26, 155, 156, 321, 157, 158, 159)


@record
class Transport:
    """A way in which goods were carried (Factur-X EXTENDED)."""

    mode_code: str | None = term("BT-X-152", "Delivery method code", "Code du mode de transport")


@record
class Delivery:
    """Where and when goods or services were delivered (BG-13)."""

    party_name: str | None = term(
        "BT-70", "Deliver to party name", "Nom de la partie à laquelle la livraison est effectuée"
    )
    location_identifier: Identifier | None = term(
        "BT-71", "Deliver to location identifier", "Identifiant du lieu de livraison"
    )
    actual_date: date | None = term("BT-72", "Actual delivery date", "Date effective de livraison")
    trading_name: str | None = term(
        "BT-X-154", "Deliver to trading name", "Appellation commerciale du destinataire"
    )
    legal_identifier: Identifier | None = term(
        "BT-X-153",
        "Deliver to legal registration identifier",
        "Identifiant d'enregistrement légal du destinataire",
    )
    vat_identifier: str | None = term(
        "BT-X-161", "Deliver to VAT identifier", "Identifiant à la TVA du destinataire"
    )
    electronic_address: Identifier | None = term(
        "BT-X-160", "Deliver to electronic address", "Adresse électronique du destinataire"
    )
    role_code: str | None = term("BT-X-550", "Deliver to role code", "Code du rôle du destinataire")
    address: Address | None = part(
        "BG-15",
        "Deliver to",
        "de livraison",
        ids=dict(
            zip(
                ADDRESS,
                ("BT-75", "BT-76", "BT-165", "BT-77", "BT-78", "BT-79", "BT-80"),
                strict=True,
            )
        ),
    )
    registered_address: Address | None = part(
        "BG-X-67",
        "Deliver to registered",
        "du siège du destinataire",
        ids=_inner(_registered(67, 433)),
    )
    contact: Contact | None = part(
        "BG-X-26", "Deliver to", "du destinataire", ids=_inner(_SHIP_TO_CONTACT, "contact")
    )
    further_contacts: tuple[Contact, ...] = part(
        "BG-X-26-C",
        "Deliver to further",
        "supplémentaire du destinataire",
        many=True,
        ids=_inner(_SHIP_TO_CONTACT, "further_contacts"),
    )


@record
class CreditTransfer:
    """The account to pay to (BG-17)."""

    account: str | None = term(
        "BT-84", "Payment account identifier", "Identifiant du compte de paiement (IBAN)"
    )
    account_name: str | None = term("BT-85", "Payment account name", "Nom du compte de paiement")
    service_provider: str | None = term(
        "BT-86",
        "Payment service provider identifier",
        "Identifiant du prestataire de services de paiement (BIC)",
    )


@record
class PaymentCard:
    """The card that paid (BG-18)."""

    number: str | None = term(
        "BT-87", "Payment card primary account number", "Numéro de la carte de paiement"
    )
    holder_name: str | None = term(
        "BT-88", "Payment card holder name", "Nom du titulaire de la carte de paiement"
    )


@record
class PaymentInstructions:
    """One way to pay (BG-16)."""

    means_code: str | None = term("BT-81", "Payment means type code", "Code du moyen de paiement")
    means_text: str | None = term("BT-82", "Payment means text", "Libellé du moyen de paiement")
    credit_transfer: CreditTransfer | None = part("BG-17", "Credit transfer", "Virement")
    card: PaymentCard | None = part(
        "BG-18", "Payment card information", "Informations sur la carte de paiement"
    )


@record
class DirectDebit:
    """A direct debit the seller will draw (BG-19)."""

    mandate_reference: str | None = term(
        "BT-89", "Mandate reference identifier", "Référence unique de mandat"
    )
    creditor_identifier: str | None = term(
        "BT-90", "Bank assigned creditor identifier", "Identifiant créancier SEPA"
    )
    debited_account: str | None = term(
        "BT-91", "Debited account identifier", "Identifiant du compte débité"
    )
    debited_account_name: str | None = term(
        "BT-216", "Debited account name", "Nom du compte débité"
    )
    debited_bank: str | None = term(
        "BT-215", "Debited bank identifier", "Identifiant de la banque débitée (BIC)"
    )


@record
class AllowanceCharge:
    """An allowance (remise) or a charge (frais); which of the two, the place tells."""

    amount: Decimal | None = term(name="{} amount", nom="Montant {}")
    base_amount: Decimal | None = term(name="{} base amount", nom="Assiette {}")
    percentage: Decimal | None = term(name="{} percentage", nom="Pourcentage {}")
    vat_category: str | None = term(name="{} VAT category code", nom="Code de catégorie de TVA {}")
    vat_rate: Decimal | None = term(name="{} VAT rate", nom="Taux de TVA {}")
    reason: str | None = term(name="{} reason", nom="Motif {}")
    reason_code: str | None = term(name="{} reason code", nom="Code de motif {}")
    vat_exemption_reason: str | None = term(
        name="{} VAT exemption reason text", nom="Motif d'exonération de TVA {}"
    )
    vat_exemption_code: str | None = term(
        name="{} VAT exemption reason code", nom="Code de motif d'exonération de TVA {}"
    )
    sequence: Decimal | None = term(name="{} sequence", nom="Rang {}")
    base_quantity: Decimal | None = term(name="{} base quantity", nom="Quantité de base {}")
    base_unit: str | None = term(
        name="{} base quantity unit", nom="Unité de la quantité de base {}"
    )


@record
class LogisticsTax:
    """One more tax of a cost of transport or packing (Factur-X EXTENDED)."""

    vat_category: str | None = term(
        "BT-X-273-R",
        "Logistics service charge further VAT category code",
        "Autre code de catégorie de TVA des frais logistiques",
    )
    vat_rate: Decimal | None = term(
        "BT-X-274-R",
        "Logistics service charge further VAT rate",
        "Autre taux de TVA des frais logistiques",
    )
    vat_exemption_reason: str | None = term(
        "BT-X-591-R",
        "Logistics service charge further VAT exemption reason text",
        "Autre motif d'exonération de TVA des frais logistiques",
    )
    vat_exemption_code: str | None = term(
        "BT-X-592-R",
        "Logistics service charge further VAT exemption reason code",
        "Autre code de motif d'exonération de TVA des frais logistiques",
    )


@record
class LogisticsCharge:
    """A cost of transport or packing, charged beside the others (Factur-X EXTENDED, BG-X-42)."""

    description: str | None = term(
        "BT-X-271", "Logistics service charge description", "Libellé des frais logistiques"
    )
    amount: Decimal | None = term(
        "BT-X-272", "Logistics service charge amount", "Montant des frais logistiques"
    )
    vat_category: str | None = term(
        "BT-X-273",
        "Logistics service charge VAT category code",
        "Code de catégorie de TVA des frais logistiques",
    )
    vat_rate: Decimal | None = term(
        "BT-X-274", "Logistics service charge VAT rate", "Taux de TVA des frais logistiques"
    )
    vat_exemption_reason: str | None = term(
        "BT-X-591",
        "Logistics service charge VAT exemption reason text",
        "Motif d'exonération de TVA des frais logistiques",
    )
    vat_exemption_code: str | None = term(
        "BT-X-592",
        "Logistics service charge VAT exemption reason code",
        "Code de motif d'exonération de TVA des frais logistiques",
    )
    further_taxes: tuple[LogisticsTax, ...] = part(
        "BG-X-42-R",
        "Logistics service charge further VAT",
        "Autre TVA des frais logistiques",
        many=True,
    )


@record
class ThirdPartyCharge:
    """An amount that the seller collects for someone else (EN 16931:2026, BG-34)."""

    amount: Decimal | None = term(
        "BT-179",
        "Charge amount collected on behalf of a third party",
        "Montant perçu pour le compte d'un tiers",
    )
    reason: str | None = term(
        "BT-180",
        "Reason of a charge collected on behalf of a third party",
        "Motif du montant perçu pour le compte d'un tiers",
    )


_ALLOWANCE = (
    "amount",
    "base_amount",
    "percentage",
    "vat_category",
    "vat_rate",
    "reason",
    "reason_code",
    "vat_exemption_reason",
    "vat_exemption_code",
    "sequence",
    "base_quantity",
    "base_unit",
)
_LINE_ALLOWANCE = ("amount", "base_amount", "percentage", "reason", "reason_code")


@record
class Totals:
    """The sums of the document, in the invoice currency (BG-22)."""

    line_net_amount: Decimal | None = term(
        "BT-106", "Sum of Invoice line net amount", "Somme des montants nets des lignes"
    )
    allowances: Decimal | None = term(
        "BT-107", "Sum of allowances on document level", "Somme des remises du document"
    )
    charges: Decimal | None = term(
        "BT-108", "Sum of charges on document level", "Somme des charges et frais du document"
    )
    without_vat: Decimal | None = term(
        "BT-109", "Invoice total amount without VAT", "Montant total hors TVA"
    )
    vat_amount: Decimal | None = term("BT-110", "Invoice total VAT amount", "Montant total de TVA")
    vat_amount_accounting: Decimal | None = term(
        "BT-111",
        "Invoice total VAT amount in accounting currency",
        "Montant total de TVA en devise de comptabilisation",
    )
    with_vat: Decimal | None = term("BT-112", "Invoice total amount with VAT", "Montant total TTC")
    paid_amount: Decimal | None = term("BT-113", "Paid amount", "Montant déjà payé")
    rounding_amount: Decimal | None = term("BT-114", "Rounding amount", "Montant arrondi")
    due_amount: Decimal | None = term("BT-115", "Amount due for payment", "Net à payer")


@record
class VatBreakdown:
    """The VAT of one category and rate (BG-23)."""

    taxable_amount: Decimal | None = term(
        "BT-116", "VAT category taxable amount", "Base d'imposition de la catégorie de TVA"
    )
    tax_amount: Decimal | None = term(
        "BT-117", "VAT category tax amount", "Montant de TVA de la catégorie"
    )
    category: str | None = term("BT-118", "VAT category code", "Code de catégorie de TVA")
    rate: Decimal | None = term("BT-119", "VAT category rate", "Taux de la catégorie de TVA")
    exemption_reason: str | None = term(
        "BT-120", "VAT exemption reason text", "Motif d'exonération de la TVA"
    )
    exemption_code: str | None = term(
        "BT-121", "VAT exemption reason code", "Code de motif d'exonération de la TVA"
    )
    line_total: Decimal | None = term(
        "BT-X-262", "VAT category total of lines", "Total des lignes de la catégorie de TVA"
    )
    allowance_charge_total: Decimal | None = term(
        "BT-X-263",
        "VAT category total of allowances and charges",
        "Total des remises et frais de la catégorie de TVA",
    )


@record
class SupportingDocument:
    """A document that supports the invoice (BG-24)."""

    reference: str | None = term(
        "BT-122", "Supporting document reference", "Référence du justificatif"
    )
    description: str | None = term(
        "BT-123", "Supporting document description", "Description du justificatif"
    )
    location: str | None = term(
        "BT-124", "External document location", "Emplacement du justificatif externe"
    )
    attachment: Attachment | None = term("BT-125", "Attached document", "Document joint")
    issue_date: date | None = term("BT-X-149", "Supporting document date", "Date du justificatif")


@record
class LineNote:
    """A note on a line."""

    text: str | None = term("BT-127", "Invoice line note", "Note de ligne")
    subject_code: str | None = term(
        "EXT-FR-FE-183", "Invoice line note subject code", "Code du sujet de la note de ligne"
    )
    content_code: str | None = term(
        "BT-X-9", "Invoice line note content code", "Code du contenu de la note de ligne"
    )


@record
class PriceTax:
    """The tax that a net price includes (Factur-X EXTENDED, BG-X-4)."""

    amount: Decimal | None = term(
        "BT-X-37", "Item price included tax amount", "Montant de la taxe comprise dans le prix"
    )
    exemption_reason: str | None = term(
        "BT-X-39",
        "Item price included tax exemption reason",
        "Motif d'exonération de la taxe comprise dans le prix",
    )
    category: str | None = term(
        "BT-X-40",
        "Item price included tax category code",
        "Code de catégorie de la taxe comprise dans le prix",
    )
    exemption_code: str | None = term(
        "BT-X-41",
        "Item price included tax exemption reason code",
        "Code de motif d'exonération de la taxe comprise dans le prix",
    )
    rate: Decimal | None = term(
        "BT-X-42", "Item price included tax rate", "Taux de la taxe comprise dans le prix"
    )


@record
class PriceAdjustment:
    """One more discount or charge on a price (Factur-X EXTENDED)."""

    percentage: Decimal | None = term(name="{} percentage", nom="Pourcentage {}")
    base_amount: Decimal | None = term(name="{} base amount", nom="Assiette {}")
    amount: Decimal | None = term(name="{} amount", nom="Montant {}")
    reason_code: str | None = term(name="{} reason code", nom="Code de motif {}")
    reason: str | None = term(name="{} reason", nom="Motif {}")


_ADJUSTMENT = ("percentage", "base_amount", "amount", "reason_code", "reason")


@record
class PriceDetails:
    """The unit price of a line (BG-29)."""

    net_price: Decimal | None = term("BT-146", "Item net price", "Prix net de l'article")
    discount: Decimal | None = term("BT-147", "Item price discount", "Rabais sur le prix")
    discount_reason: str | None = term(
        "EXT-FR-FE-195", "Item price discount reason", "Motif du rabais sur le prix"
    )
    discount_reason_code: str | None = term(
        "EXT-FR-FE-196", "Item price discount reason code", "Code de motif du rabais sur le prix"
    )
    discount_percentage: Decimal | None = term(
        "BT-X-34", "Item price discount percentage", "Pourcentage du rabais sur le prix"
    )
    discount_base: Decimal | None = term(
        "BT-X-35", "Item price discount base amount", "Assiette du rabais sur le prix"
    )
    charge: Decimal | None = term("BT-X-302", "Item price charge", "Supplément sur le prix")
    charge_percentage: Decimal | None = term(
        "BT-X-300", "Item price charge percentage", "Pourcentage du supplément sur le prix"
    )
    charge_base: Decimal | None = term(
        "BT-X-301", "Item price charge base amount", "Assiette du supplément sur le prix"
    )
    charge_reason: str | None = term(
        "BT-X-303", "Item price charge reason", "Motif du supplément sur le prix"
    )
    charge_reason_code: str | None = term(
        "BT-X-314", "Item price charge reason code", "Code de motif du supplément sur le prix"
    )
    gross_price: Decimal | None = term("BT-148", "Item gross price", "Prix brut de l'article")
    base_quantity: Decimal | None = term(
        "BT-149", "Item price base quantity", "Quantité de base du prix"
    )
    base_unit: str | None = term(
        "BT-150", "Item price base quantity unit of measure code", "Unité de la quantité de base"
    )
    further_discounts: tuple[PriceAdjustment, ...] = part(
        "BT-147-00-R",
        "Item price further discount",
        "de l'autre rabais sur le prix",
        many=True,
        ids=_numbered(
            _ADJUSTMENT, "BT-X-34", "BT-X-35", "BT-147", "EXT-FR-FE-196", "EXT-FR-FE-195"
        ),
    )
    further_charges: tuple[PriceAdjustment, ...] = part(
        "BT-X-302-00-R",
        "Item price further charge",
        "de l'autre supplément sur le prix",
        many=True,
        ids=_numbered(_ADJUSTMENT, "BT-X-300", "BT-X-301", "BT-X-302", "BT-X-314", "BT-X-303"),
    )
    included_tax: PriceTax | None = part(
        "BG-X-4", "Tax included in the item price", "Taxe comprise dans le prix"
    )


@record
class LineVat:
    """The VAT category of a line (BG-30)."""

    category: str | None = term(
        "BT-151", "Invoiced item VAT category code", "Code de catégorie de TVA de l'article"
    )
    rate: Decimal | None = term("BT-152", "Invoiced item VAT rate", "Taux de TVA de l'article")
    exemption_reason: str | None = term(
        "EXT-FR-FE-178", "Line VAT exemption reason text", "Motif d'exonération de TVA de la ligne"
    )
    exemption_code: str | None = term(
        "EXT-FR-FE-179",
        "Line VAT exemption reason code",
        "Code de motif d'exonération de TVA de la ligne",
    )
    point_date_code: str | None = term(
        "EXT-FR-FE-180", "Line VAT point date code", "Code d'exigibilité de TVA de la ligne"
    )
    amount: Decimal | None = term(
        "BT-X-95", "Line VAT category tax amount", "Montant de la catégorie de TVA de la ligne"
    )


@record
class FurtherLineVat:
    """One more tax of a line (Factur-X EXTENDED)."""

    category: str | None = term(
        "BT-151-R",
        "Invoiced item further VAT category code",
        "Autre code de catégorie de TVA de l'article",
    )
    rate: Decimal | None = term(
        "BT-152-R", "Invoiced item further VAT rate", "Autre taux de TVA de l'article"
    )
    exemption_reason: str | None = term(
        "EXT-FR-FE-178-R",
        "Line further VAT exemption reason text",
        "Autre motif d'exonération de TVA de la ligne",
    )
    exemption_code: str | None = term(
        "EXT-FR-FE-179-R",
        "Line further VAT exemption reason code",
        "Autre code de motif d'exonération de TVA de la ligne",
    )
    point_date_code: str | None = term(
        "EXT-FR-FE-180-R",
        "Line further VAT point date code",
        "Autre code d'exigibilité de TVA de la ligne",
    )
    amount: Decimal | None = term(
        "BT-X-95-R", "Line further VAT amount", "Montant de l'autre TVA de la ligne"
    )


@record
class Account:
    """One more account of the buyer (Factur-X EXTENDED)."""

    reference: str | None = term(name="{} reference", nom="Référence {}")
    type_code: str | None = term(name="{} type code", nom="Code de type {}")


@record
class ItemAttribute:
    """One property of the item (BG-32)."""

    name: str | None = term("BT-160", "Item attribute name", "Nom de la caractéristique")
    value: str | None = term("BT-161", "Item attribute value", "Valeur de la caractéristique")
    code: str | None = term("EXT-FR-FE-159", "Item attribute code", "Code de la caractéristique")
    measure: Decimal | None = term(
        "EXT-FR-FE-160", "Item attribute measured value", "Valeur mesurée de la caractéristique"
    )
    measure_unit: str | None = term(
        "EXT-FR-FE-161",
        "Item attribute measured value unit of measure",
        "Unité de la valeur mesurée",
    )


@record
class ItemInstance:
    """One piece of what is sold, told by its numbers (Factur-X EXTENDED, BG-X-84)."""

    batch_identifier: str | None = term(
        "BT-X-306", "Item instance batch identifier", "Numéro de lot de l'exemplaire"
    )
    serial_identifier: str | None = term(
        "BT-X-307", "Item instance serial identifier", "Numéro de série de l'exemplaire"
    )


@record
class IncludedItem:
    """An item inside another (Factur-X EXTENDED, BG-X-1)."""

    identifier: str | None = term(
        "BT-X-308", "Included item identifier", "Identifiant de l'article inclus"
    )
    standard_identifiers: tuple[Identifier, ...] = term(
        "BT-X-15",
        "Included item standard identifier",
        "Identifiant standard de l'article inclus",
        many=True,
    )
    seller_identifier: str | None = term(
        "BT-X-16",
        "Included item Seller's identifier",
        "Identifiant de l'article inclus chez le vendeur",
    )
    buyer_identifier: str | None = term(
        "BT-X-17",
        "Included item Buyer's identifier",
        "Identifiant de l'article inclus chez l'acheteur",
    )
    industry_identifier: str | None = term(
        "BT-X-309",
        "Included item industry identifier",
        "Identifiant de l'article inclus dans la profession",
    )
    name: str | None = term("BT-X-18", "Included item name", "Nom de l'article inclus")
    description: str | None = term(
        "BT-X-19", "Included item description", "Description de l'article inclus"
    )
    quantity: Decimal | None = term(
        "BT-X-20", "Included item quantity", "Quantité de l'article inclus"
    )
    unit: str | None = term(
        "BT-X-20-1", "Included item unit of measure code", "Code d'unité de l'article inclus"
    )


@record
class Item:
    """What is sold (BG-31)."""

    name: str | None = term("BT-153", "Item name", "Nom de l'article")
    description: str | None = term("BT-154", "Item description", "Description de l'article")
    seller_identifier: str | None = term(
        "BT-155", "Item Seller's identifier", "Identifiant de l'article du vendeur"
    )
    buyer_identifier: str | None = term(
        "BT-156", "Item Buyer's identifier", "Identifiant de l'article de l'acheteur"
    )
    standard_identifier: Identifier | None = term(
        "BT-157", "Item standard identifier", "Identifiant standard de l'article"
    )
    classifications: tuple[Identifier, ...] = term(
        "BT-158", "Item classification identifier", "Classification de l'article", many=True
    )
    origin_country: str | None = term(
        "BT-159", "Item country of origin", "Pays d'origine de l'article"
    )
    attributes: tuple[ItemAttribute, ...] = part(
        "BG-32", "Item attributes", "Caractéristiques de l'article", many=True
    )
    identifier: str | None = term("BT-X-305", "Item identifier", "Identifiant de l'article")
    industry_identifier: str | None = term(
        "BT-X-532", "Item industry identifier", "Identifiant de l'article dans la profession"
    )
    model_identifier: str | None = term(
        "BT-X-533", "Item model identifier", "Identifiant du modèle de l'article"
    )
    batch_identifiers: tuple[Identifier, ...] = term(
        "BT-X-534", "Item batch identifier", "Numéro de lot de l'article", many=True
    )
    brand_name: str | None = term("BT-X-535", "Item brand name", "Marque de l'article")
    model_name: str | None = term("BT-X-536", "Item model name", "Modèle de l'article")
    instances: tuple[ItemInstance, ...] = part(
        "BG-X-84", "Item instances", "Exemplaires de l'article", many=True
    )
    included_items: tuple[IncludedItem, ...] = part(
        "BG-X-1", "Included items", "Articles inclus", many=True
    )
    manufacturer: Party | None = part(
        "BG-X-93",
        "Manufacturer",
        "du fabricant",
        ids=_facturx_party(
            *(595, 596, 599, 593, 598, 614, 613),
            contact=_contact_run(94, 600, 601, 602, 603, 604, 605),
            address=_run("BG-X-95", 606),
        )
        | {"legal_information": "BT-X-597", "tax_registration_identifier": "BT-X-615"},
    )


@record
class LinePrecedingInvoice:
    """An earlier invoice that one line refers to."""

    number: str | None = term(
        "EXT-FR-FE-136",
        "Preceding Invoice reference at line",
        "Référence à une facture antérieure (ligne)",
    )
    type_code: str | None = term(
        "EXT-FR-FE-137",
        "Preceding Invoice type code at line",
        "Code de type de la facture antérieure (ligne)",
    )
    issue_date: date | None = term(
        "EXT-FR-FE-138",
        "Preceding Invoice issue date at line",
        "Date d'émission de la facture antérieure (ligne)",
    )
    line: str | None = term(
        "EXT-FR-FE-139",
        "Preceding Invoice line reference",
        "Référence à la ligne de la facture antérieure",
    )


@record
class LineDocument:
    """A document that supports one line (Factur-X EXTENDED, BG-X-3)."""

    reference: str | None = term(
        "BT-X-27", "Line supporting document reference", "Référence du justificatif de la ligne"
    )
    location: str | None = term(
        "BT-X-28",
        "Line supporting document location",
        "Emplacement du justificatif externe de la ligne",
    )
    line: str | None = term(
        "BT-X-29", "Line supporting document line", "Ligne du justificatif de la ligne"
    )
    type_code: str | None = term(
        "BT-X-30",
        "Line supporting document type code",
        "Code de type du justificatif de la ligne",
    )
    description: str | None = term(
        "BT-X-299",
        "Line supporting document description",
        "Description du justificatif de la ligne",
    )
    attachment: Attachment | None = term(
        "BT-X-31", "Line attached document", "Document joint à la ligne"
    )
    reference_type: str | None = term(
        "BT-X-32",
        "Line supporting document reference type code",
        "Code de type de référence du justificatif de la ligne",
    )
    issue_date: date | None = term(
        "BT-X-33", "Line supporting document date", "Date du justificatif de la ligne"
    )


@record
class Line:
    """A line of the invoice (BG-25)."""

    identifier: str | None = term("BT-126", "Invoice line identifier", "Identifiant de ligne")
    parent: str | None = term(
        "EXT-FR-FE-162", "Parent line identifier", "Identifiant de la ligne parente"
    )
    subtype: str | None = term(
        "EXT-FR-FE-163",
        "Subtype of invoice line item",
        "Sous-type de ligne (GROUP, DETAIL, INFORMATION)",
    )
    notes: tuple[LineNote, ...] = part(
        "EXT-FR-FE-BG-13", "Invoice line notes", "Notes de ligne", many=True
    )
    object_identifiers: tuple[Identifier, ...] = term(
        "BT-128", "Invoice line object identifier", "Identifiant d'objet de la ligne", many=True
    )
    quantity: Decimal | None = term("BT-129", "Invoiced quantity", "Quantité facturée")
    unit: str | None = term(
        "BT-130", "Invoiced quantity unit of measure code", "Code d'unité de la quantité facturée"
    )
    net_amount: Decimal | None = term(
        "BT-131", "Invoice line net amount", "Montant net de la ligne"
    )
    order_line: str | None = term(
        "BT-132",
        "Referenced purchase order line reference",
        "Référence à la ligne du bon de commande",
    )
    order: str | None = term(
        "EXT-FR-FE-135", "Purchase order reference at line", "Référence de commande (ligne)"
    )
    order_date: date | None = term(
        "EXT-FR-FE-200", "Purchase order date at line", "Date de la commande (ligne)"
    )
    sales_order: str | None = term(
        "EXT-FR-FE-144", "Sales order reference at line", "Référence d'ordre de vente (ligne)"
    )
    sales_order_line: str | None = term(
        "EXT-FR-FE-145", "Sales order line reference", "Référence à la ligne de l'ordre de vente"
    )
    sales_order_date: date | None = term(
        "BT-X-539", "Sales order date at line", "Date de l'ordre de vente (ligne)"
    )
    accounting_reference: str | None = term(
        "BT-133",
        "Invoice line Buyer accounting reference",
        "Référence comptable de l'acheteur (ligne)",
    )
    accounting_type: str | None = term(
        "BT-X-99",
        "Invoice line Buyer accounting reference type code",
        "Code de type de la référence comptable (ligne)",
    )
    further_accounts: tuple[Account, ...] = part(
        "BT-133-00-R",
        "Invoice line Buyer further accounting",
        "de l'autre compte de l'acheteur (ligne)",
        many=True,
        ids={"reference": "BT-133-R", "type_code": "BT-X-99-R"},
    )
    preceding_invoices: tuple[LinePrecedingInvoice, ...] = part(
        "EXT-FR-FE-BG-06",
        "Preceding Invoice reference at line",
        "Référence à une facture antérieure à la ligne",
        many=True,
    )
    receiving_advice: str | None = term(
        "EXT-FR-FE-142", "Receiving advice reference at line", "Avis de réception (ligne)"
    )
    receiving_advice_line: str | None = term(
        "EXT-FR-FE-143", "Receiving advice line reference", "Ligne de l'avis de réception"
    )
    receiving_advice_date: date | None = term(
        "BT-X-91", "Receiving advice date at line", "Date de l'avis de réception (ligne)"
    )
    despatch_advice: str | None = term(
        "EXT-FR-FE-140", "Despatch advice reference at line", "Avis d'expédition (ligne)"
    )
    despatch_advice_line: str | None = term(
        "EXT-FR-FE-141", "Despatch advice line reference", "Ligne de l'avis d'expédition"
    )
    despatch_advice_date: date | None = term(
        "EXT-FR-FE-201", "Despatch advice date at line", "Date de l'avis d'expédition (ligne)"
    )
    delivery_date: date | None = term(
        "EXT-FR-FE-158", "Delivery date at line", "Date de livraison de la ligne"
    )
    deliver_to: Party | None = part(
        "EXT-FR-FE-BG-10",
        "Line deliver to",
        "de livraison de la ligne",
        ids={
            "identifiers": "EXT-FR-FE-146",
            "name": "EXT-FR-FE-149",
            "role_code": "BT-X-541",
            "legal_identifier": "BT-X-51",
            "trading_name": "BT-X-52",
            "electronic_address": "BT-X-65",
            "vat_identifier": "BT-X-66",
            **_address("EXT-FR-FE-150", *(f"EXT-FR-FE-{n}" for n in range(151, 158))),
            **_contact_run(8, 54, "BT-X-54-1", 315, 55, 56, 57),
        },
    )
    ultimate_ship_to: Party | None = part(
        "BG-X-10",
        "Line final recipient",
        "du destinataire final de la ligne",
        ids=_facturx_party(
            *(69, 542, 71, 67, 70, 84, 83),
            contact=_contact_run(11, 72, "BT-X-72-1", 316, 73, 74, 75),
            address=_run("BG-X-12", 76),
        ),
    )
    period: Period | None = part(
        "BG-26",
        "Invoice line period",
        "de la période de facturation de la ligne",
        ids={"start_date": "BT-134", "end_date": "BT-135"},
    )
    allowances: tuple[AllowanceCharge, ...] = part(
        "BG-27",
        "Invoice line allowance",
        "de la remise de ligne",
        many=True,
        ids=dict(
            zip(_LINE_ALLOWANCE, ("BT-136", "BT-137", "BT-138", "BT-139", "BT-140"), strict=True)
        ),
    )
    charges: tuple[AllowanceCharge, ...] = part(
        "BG-28",
        "Invoice line charge",
        "des frais de ligne",
        many=True,
        ids=dict(
            zip(_LINE_ALLOWANCE, ("BT-141", "BT-142", "BT-143", "BT-144", "BT-145"), strict=True)
        ),
    )
    price: PriceDetails | None = part("BG-29", "Price details", "Détail du prix")
    vat: LineVat | None = part("BG-30", "Line VAT information", "TVA de la ligne")
    further_vat: tuple[FurtherLineVat, ...] = part(
        "BG-30-R", "Line further VAT information", "Autre TVA de la ligne", many=True
    )
    item: Item | None = part("BG-31", "Item information", "Informations sur l'article")
    seller: Party | None = part(
        "EXT-FR-FE-BG-12",
        "Line seller",
        "du vendeur de la ligne",
        ids={
            "name": "EXT-FR-FE-164",
            "identifiers": "EXT-FR-FE-165",
            "legal_identifier": "EXT-FR-FE-167",
            "vat_identifier": "EXT-FR-FE-169",
            "trading_name": "BT-X-573",
            "electronic_address": "BT-X-586",
            "role_code": "BT-X-570",
            "legal_information": "BT-X-571",
            "tax_registration_identifier": "BT-X-588",
            **_contact_run(91, 574, "BT-X-574-1", 575, 576, 577, 578),
            **_address("EXT-FR-FE-170", *(f"EXT-FR-FE-{n}" for n in range(171, 178))),
        },
    )
    vat_amount: Decimal | None = term(
        "EXT-FR-FE-181", "Line VAT amount", "Montant de TVA de la ligne"
    )
    vat_amount_accounting: Decimal | None = term(
        "EXT-FR-FE-182",
        "Line VAT amount in accounting currency",
        "Montant de TVA de la ligne en devise de comptabilisation",
    )
    amount_with_vat: Decimal | None = term(
        "EXT-FR-FE-184", "Line amount with VAT", "Montant TTC de la ligne"
    )
    status_code: str | None = term("BT-X-7", "Invoice line type code", "Code de type de la ligne")
    quotation: Reference | None = part(
        "BG-X-47",
        "Line quotation",
        "du devis (ligne)",
        ids={"number": "BT-X-310", "line": "BT-X-311", "issue_date": "BT-X-312"},
    )
    contract: Reference | None = part(
        "BG-X-2",
        "Line contract",
        "du contrat (ligne)",
        ids={"number": "BT-X-24", "line": "BT-X-25", "issue_date": "BT-X-26"},
    )
    ultimate_orders: tuple[Reference, ...] = part(
        "BG-X-5",
        "Line order of the final customer",
        "de la commande du client final (ligne)",
        many=True,
        ids={"number": "BT-X-43", "line": "BT-X-44", "issue_date": "BT-X-45"},
    )
    delivery_note: Reference | None = part(
        "BG-X-83",
        "Line delivery note",
        "du bon de livraison (ligne)",
        ids={"number": "BT-X-92", "line": "BT-X-93", "issue_date": "BT-X-94"},
    )
    free_quantity: Decimal | None = term("BT-X-46", "Quantity without charge", "Quantité gratuite")
    free_unit: str | None = term(
        "BT-X-46-0", "Quantity without charge unit code", "Code d'unité de la quantité gratuite"
    )
    package_quantity: Decimal | None = term("BT-X-47", "Package quantity", "Nombre de colis")
    package_unit: str | None = term(
        "BT-X-47-0", "Package quantity unit code", "Code d'unité des colis"
    )
    units_per_package: Decimal | None = term(
        "BT-X-561", "Number of units per package", "Nombre d'unités par colis"
    )
    units_per_package_unit: str | None = term(
        "BT-X-561-0", "Units per package unit code", "Code d'unité du contenu d'un colis"
    )
    charges_total: Decimal | None = term(
        "BT-X-327", "Total of line charges", "Total des frais de la ligne"
    )
    allowances_total: Decimal | None = term(
        "BT-X-328", "Total of line allowances", "Total des remises de la ligne"
    )
    allowance_charge_total: Decimal | None = term(
        "BT-X-98",
        "Total of line allowances and charges",
        "Total des remises et frais de la ligne",
    )
    incoterms_code: str | None = term(
        "EXT-FR-FE-193", "Incoterms code at line", "Code Incoterms (ligne)"
    )
    incoterms_place: str | None = term(
        "EXT-FR-FE-194", "Incoterms place at line", "Lieu Incoterms (ligne)"
    )
    incoterms_country: str | None = term(
        "BT-X-565", "Incoterms country at line", "Pays Incoterms (ligne)"
    )
    documents: tuple[LineDocument, ...] = part(
        "BG-X-3", "Line supporting documents", "Justificatifs de la ligne", many=True
    )


@record
class Invoice:
    """An invoice or a credit note, whatever syntax it came in."""

    number: str | None = term("BT-1", "Invoice number", "Numéro de facture")
    issue_date: date | None = term("BT-2", "Invoice issue date", "Date d'émission de la facture")
    type_code: str | None = term("BT-3", "Invoice type code", "Code de type de facture")
    currency: str | None = term("BT-5", "Invoice currency code", "Code de devise de la facture")
    vat_currency: str | None = term(
        "BT-6", "VAT accounting currency code", "Code de devise de comptabilisation de la TVA"
    )
    vat_point_date: date | None = term(
        "BT-7", "Value added tax point date", "Date d'exigibilité de la TVA"
    )
    vat_point_date_code: str | None = term(
        "BT-8", "Value added tax point date code", "Code de date d'exigibilité de la TVA"
    )
    due_date: date | None = term("BT-9", "Payment due date", "Date d'échéance")
    buyer_reference: str | None = term("BT-10", "Buyer reference", "Référence de l'acheteur")
    project: str | None = term("BT-11", "Project reference", "Référence du projet")
    contract: str | None = term("BT-12", "Contract reference", "Référence du contrat")
    contract_type: str | None = term(
        "EXT-FR-FE-01", "Contract type code", "Code de type de contrat"
    )
    contract_date: date | None = term("EXT-FR-FE-199", "Contract date", "Date du contrat")
    order: str | None = term("BT-13", "Purchase order reference", "Référence du bon de commande")
    order_date: date | None = term("EXT-FR-FE-197", "Purchase order date", "Date de la commande")
    sales_order: str | None = term(
        "BT-14", "Sales order reference", "Référence de l'ordre de vente"
    )
    receiving_advice: str | None = term(
        "BT-15", "Receiving advice reference", "Référence de l'avis de réception"
    )
    despatch_advice: str | None = term(
        "BT-16", "Despatch advice reference", "Référence de l'avis d'expédition"
    )
    despatch_advice_date: date | None = term(
        "EXT-FR-FE-198", "Despatch advice date", "Date de l'avis d'expédition"
    )
    tender: str | None = term(
        "BT-17", "Tender or lot reference", "Référence de l'appel d'offres ou du lot"
    )
    object_identifiers: tuple[Identifier, ...] = term(
        "BT-18", "Invoiced object identifier", "Identifiant de l'objet facturé", many=True
    )
    vat_exchange_date: date | None = term(
        "EXT-FR-FE-192", "VAT exchange rate date", "Date du taux de change de la TVA"
    )
    accounting_reference: str | None = term(
        "BT-19", "Buyer accounting reference", "Référence comptable de l'acheteur"
    )
    payment_terms: str | None = term("BT-20", "Payment terms", "Conditions de paiement")
    remittance_information: str | None = term(
        "BT-83", "Remittance information", "Avis de paiement (référence à rappeler)"
    )
    document_name: str | None = term("BT-X-2", "Document name", "Nom du document")
    test_indicator: str | None = term("BT-X-1", "Test indicator", "Indicateur de test")
    copy_indicator: str | None = term("BT-X-3", "Copy indicator", "Indicateur de copie")
    language: str | None = term("BT-X-4", "Language code", "Code de langue")
    tender_date: date | None = term(
        "BT-X-556", "Tender or lot date", "Date de l'appel d'offres ou du lot"
    )
    accounting_type: str | None = term(
        "BT-X-290",
        "Buyer accounting reference type code",
        "Code de type de la référence comptable de l'acheteur",
    )
    further_accounts: tuple[Account, ...] = part(
        "BT-19-00-R",
        "Buyer further accounting",
        "de l'autre compte de l'acheteur",
        many=True,
        ids={"reference": "BT-19-R", "type_code": "BT-X-290-R"},
    )
    contractual_due_date: date | None = term(
        "BT-X-6", "Contractual due date", "Échéance contractuelle du client"
    )
    project_name: str | None = term("BT-11-0", "Project name", "Nom du projet")
    sales_order_date: date | None = term("BT-X-146", "Sales order date", "Date de l'ordre de vente")
    quotation: str | None = term("BT-X-403", "Quotation reference", "Référence du devis")
    quotation_date: date | None = term("BT-X-404", "Quotation date", "Date du devis")
    receiving_advice_date: date | None = term(
        "BT-X-201", "Receiving advice date", "Date de l'avis de réception"
    )
    delivery_note: str | None = term(
        "BT-X-202", "Delivery note reference", "Référence du bon de livraison"
    )
    delivery_note_date: date | None = term(
        "BT-X-203", "Delivery note date", "Date du bon de livraison"
    )
    issuer_reference: str | None = term(
        "BT-X-204", "Invoice issuer reference", "Référence de l'émetteur de la facture"
    )
    transport: tuple[Transport, ...] = part("BT-X-152-00", "Transport", "Transport", many=True)
    partial_payment: Decimal | None = term(
        "BT-X-275", "Partial payment amount", "Montant du paiement partiel"
    )
    incoterms_code: str | None = term("EXT-FR-FE-185", "Incoterms code", "Code Incoterms")
    incoterms_place: str | None = term("EXT-FR-FE-186", "Incoterms place", "Lieu Incoterms")
    incoterms_country: str | None = term("BT-X-563", "Incoterms country", "Pays Incoterms")
    notes: tuple[Note, ...] = part("BG-1", "Invoice note", "Note de facture", many=True)
    process: ProcessControl | None = part("BG-2", "Process control", "Contrôle du processus")
    preceding_invoices: tuple[PrecedingInvoice, ...] = part(
        "BG-3", "Preceding Invoice reference", "Référence à une facture antérieure", many=True
    )
    seller: Party | None = part(
        "BG-4",
        "Seller",
        "du vendeur",
        ids={
            "name": "BT-27",
            "trading_name": "BT-28",
            "identifiers": "BT-29",
            "legal_identifier": "BT-30",
            "vat_identifier": "BT-31",
            "tax_registration_identifier": "BT-32",
            "legal_information": "BT-33",
            "electronic_address": "BT-34",
            **_address("BG-5", "BT-35", "BT-36", "BT-162", "BT-37", "BT-38", "BT-39", "BT-40"),
            **_contact("BG-6", "BT-41", "BT-42", "BT-43", "BT-41-0", "BT-X-317", "BT-X-107"),
            "role_code": "BT-X-543",
            **_registered(14, 100),
        },
    )
    seller_agent: Party | None = part(
        "EXT-FR-FE-BG-03",
        "Seller agent",
        "de l'agent du vendeur",
        ids=_french_party(66, (53, 355), 343, 347, 345),
    )
    invoicer: Party | None = part(
        "EXT-FR-FE-BG-05",
        "Invoicer",
        "du facturant",
        ids=_french_party(112, (70, 454), 211, 324, 213),
    )
    buyer: Party | None = part(
        "BG-7",
        "Buyer",
        "de l'acheteur",
        ids={
            "name": "BT-44",
            "trading_name": "BT-45",
            "identifiers": "BT-46",
            "legal_identifier": "BT-47",
            "vat_identifier": "BT-48",
            "electronic_address": "BT-49",
            **_address("BG-8", "BT-50", "BT-51", "BT-163", "BT-52", "BT-53", "BT-54", "BT-55"),
            **_contact("BG-9", "BT-56", "BT-57", "BT-58", "BT-56-0", "BT-X-318", "BT-X-115"),
            "role_code": "BT-X-544",
            "legal_information": "BT-X-334",
            **_registered(15, 108),
        },
    )
    buyer_agent: Party | None = part(
        "EXT-FR-FE-BG-01",
        "Buyer agent",
        "de l'agent de l'acheteur",
        ids=_french_party(3, (66, 426), 414, 415, 417),
    )
    invoicee: Party | None = part(
        "EXT-FR-FE-BG-04",
        "Invoicee",
        "de l'adressé à",
        ids=_french_party(89, (71, 461), 230, 325, 232),
    )
    payer: Party | None = part(
        "EXT-FR-FE-BG-02", "Payer", "du payeur", ids=_french_party(43, (76, 497), 485, 486, 488)
    )
    payee: Party | None = part(
        "BG-10",
        "Payee",
        "du bénéficiaire",
        ids={
            "name": "BT-59",
            "identifiers": "BT-60",
            "legal_identifier": "BT-61",
            "role_code": "EXT-FR-FE-26",
            "vat_identifier": "EXT-FR-FE-27",
            "electronic_address": "EXT-FR-FE-29",
            **_address("EXT-FR-FE-31", *(f"EXT-FR-FE-{n}" for n in range(32, 39))),
            **_contact(
                "EXT-FR-FE-39",
                *(f"EXT-FR-FE-{n}" for n in range(40, 43)),
                *("BT-X-245", "BT-X-326", "BT-X-247"),
            ),
            "trading_name": "BT-X-243",
            **_registered(72, 469),
        },
    )
    tax_representative: Party | None = part(
        "BG-11",
        "Seller tax representative",
        "du représentant fiscal du vendeur",
        ids={
            "name": "BT-62",
            "vat_identifier": "BT-63",
            **_address("BG-12", "BT-64", "BT-65", "BT-164", "BT-66", "BT-67", "BT-68", "BT-69"),
            "identifiers": "BT-X-116",
            "legal_identifier": "BT-X-118",
            "trading_name": "BT-X-119",
            "electronic_address": "BT-X-125",
            "role_code": "BT-X-547",
            **_contact_run(17, 120, 121, 319, 122, 123, 124),
            **_registered(59, 389),
        },
    )
    buyer_tax_representative: Party | None = part(
        "BG-X-54",
        "Buyer tax representative",
        "du représentant fiscal de l'acheteur",
        ids=_facturx_party(
            *(362, 546, 363, 364, 366, 367, 368),
            contact=_contact_run(55, 369, 370, 371, 372, 373, 374),
            address=_run("BG-X-56", 375),
            seat=_registered(57, 382),
        ),
    )
    product_end_user: Party | None = part(
        "BG-X-18",
        "Product end user",
        "de l'utilisateur final",
        ids=_facturx_party(
            *(128, 548, 130, 126, 129, 144, 143),
            contact=_contact_run(20, 131, 132, 320, 133, 134, 135),
            address=_run("BG-X-21", 136),
            seat=_registered(60, 396),
        ),
    )
    ultimate_orders: tuple[Reference, ...] = part(
        "BG-X-23",
        "Order of the final customer",
        "de la commande du client final",
        many=True,
        ids={"number": "BT-X-150", "issue_date": "BT-X-151"},
    )
    ultimate_ship_to: Party | None = part(
        "BG-X-27",
        "Final recipient",
        "du destinataire final",
        ids=_facturx_party(
            *(164, 551, 166, 162, 165, 180, 179),
            contact=_contact_run(28, 167, 168, 322, 169, 170, 171),
            address=_run("BG-X-29", 172),
            seat=_registered(68, 440),
        ),
    )
    ship_from: Party | None = part(
        "BG-X-30",
        "Ship from",
        "de l'expéditeur",
        ids=_facturx_party(
            *(183, 552, 185, 181, 184, 199, 198),
            contact=_contact_run(31, 186, 187, 323, 188, 189, 190),
            address=_run("BG-X-32", 191),
            seat=_registered(69, 447),
        ),
    )
    payment_penalty: PaymentStep | None = part(
        "BG-X-43",
        "Payment penalty",
        "de la pénalité de retard",
        ids={field: f"BT-X-{276 + n}" for n, field in enumerate(_STEP)},
    )
    payment_discount: PaymentStep | None = part(
        "BG-X-44",
        "Payment discount",
        "de l'escompte",
        ids={field: f"BT-X-{282 + n}" for n, field in enumerate(_STEP)},
    )
    payment_payee: Party | None = part(
        "BG-X-77", "Payment terms payee", "du bénéficiaire de l'échéance", ids=TERMS_PAYEE
    )
    further_terms: tuple[PaymentTerms, ...] = part(
        "BT-20-00-R", "Further payment terms", "Autres conditions de paiement", many=True
    )
    advance_payments: tuple[AdvancePayment, ...] = part(
        "BG-X-45", "Advance payments", "Acomptes reçus", many=True
    )
    delivery: Delivery | None = part("BG-13", "Delivery information", "Livraison")
    period: Period | None = part(
        "BG-14",
        "Invoicing period",
        "de la période de facturation",
        ids={"start_date": "BT-73", "end_date": "BT-74", "description": "BT-X-264"},
    )
    payment_instructions: tuple[PaymentInstructions, ...] = part(
        "BG-16", "Payment instructions", "Instructions de paiement", many=True
    )
    direct_debit: DirectDebit | None = part("BG-19", "Direct debit", "Prélèvement")
    allowances: tuple[AllowanceCharge, ...] = part(
        "BG-20",
        "Document level allowance",
        "de la remise du document",
        many=True,
        ids=dict(
            zip(
                _ALLOWANCE,
                (
                    "BT-92",
                    "BT-93",
                    "BT-94",
                    "BT-95",
                    "BT-96",
                    "BT-97",
                    "BT-98",
                    "EXT-FR-FE-187",
                    "EXT-FR-FE-188",
                    "BT-X-265",
                    "BT-X-266",
                    "BT-X-267",
                ),
                strict=True,
            )
        ),
    )
    charges: tuple[AllowanceCharge, ...] = part(
        "BG-21",
        "Document level charge",
        "des charges ou frais du document",
        many=True,
        ids=dict(
            zip(
                _ALLOWANCE,
                (
                    "BT-99",
                    "BT-100",
                    "BT-101",
                    "BT-102",
                    "BT-103",
                    "BT-104",
                    "BT-105",
                    "EXT-FR-FE-189",
                    "EXT-FR-FE-190",
                    "BT-X-268",
                    "BT-X-269",
                    "BT-X-270",
                ),
                strict=True,
            )
        ),
    )
    logistics_charges: tuple[LogisticsCharge, ...] = part(
        "BG-X-42", "Logistics service charge", "Frais logistiques", many=True
    )
    third_party_charges: tuple[ThirdPartyCharge, ...] = part(
        "BG-34",
        "Charges on behalf of a third party",
        "Montants perçus pour le compte de tiers",
        many=True,
    )
    totals: Totals | None = part("BG-22", "Document totals", "Totaux du document")
    vat_breakdown: tuple[VatBreakdown, ...] = part(
        "BG-23", "VAT breakdown", "Ventilation de la TVA", many=True
    )
    supporting_documents: tuple[SupportingDocument, ...] = part(
        "BG-24", "Additional supporting documents", "Documents justificatifs", many=True
    )
    lines: tuple[Line, ...] = part("BG-25", "Invoice line", "Ligne de facture", many=True)

    # What a reader could not place: not a business term, and no part of equality.
    unmapped: tuple[Unmapped, ...] = field(default=(), compare=False)
    malformed: tuple[Malformed, ...] = field(default=(), compare=False)
    beyond: tuple[Unmapped, ...] = field(default=(), compare=False)
    """Values that were read, of terms that Factur-X EXTENDED alone has room for: rules that look
    everywhere in a file look there too."""
    unusual: tuple[Malformed, ...] = field(default=(), compare=False)
    """Numbers, dates and codes that were read, but are not written as here: ``+12.00``. A code that
    only says which element is meant is of no term."""
