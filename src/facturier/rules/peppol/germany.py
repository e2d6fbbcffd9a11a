"""What Peppol asks between two German companies: what XRechnung asks of every invoice.

Source: OpenPeppol, rules of May 2026, national rules of Germany.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from facturier.findings import Severity
from facturier.formats.codecs import XML_SPACE
from facturier.invoice.model import (
    Address,
    Contact,
    Invoice,
    Party,
    VatBreakdown,
)
from facturier.rules.en16931.written import NAMESPACES, finder
from facturier.rules.facts import Facts
from facturier.rules.peppol.asked import normalized, rule
from facturier.rules.peppol.parties import is_between_germans
from facturier.rules.peppol.payment import Means, each, means_of
from facturier.rules.rule import Holds

WITH_TAX_NUMBER = frozenset({"S", "Z", "E", "AE", "K", "G", "L", "M"})
"""VAT categories that a seller without any tax number cannot invoice."""
TYPES = frozenset({"326", "380", "384", "389", "381", "875", "876", "877"})
TRANSFERS, CARDS, DEBITS = frozenset({"30", "58"}), frozenset({"48", "54", "55"}), frozenset({"59"})
SEPA_TRANSFER = "58"
_DISCOUNT = re.compile(
    r"#SKONTO#TAGE=[0-9]+#PROZENT=[0-9]+\.[0-9]{2}(#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#"
)
_EMAIL = re.compile(rf"[^@{XML_SPACE}]+@([^@.{XML_SPACE}]+\.)+[^@.{XML_SPACE}]+")
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
_find_links = finder("/*/cac:AdditionalDocumentReference/cac:Attachment/cac:ExternalReference")
DIGITS_OF_A_TELEPHONE = 3


def _german(
    id: str,  # noqa: A002
    **said: Any,
) -> Callable[[Holds], Holds]:
    """Add the decorated predicate, asked between two German companies."""
    said.setdefault("example", "peppol-germans")
    return rule(id, is_between_germans, **said)


def _is_filled(text: str | None) -> bool:
    return bool((text or "").strip(XML_SPACE))


# --- who sells, who buys, where it is delivered ---------------------------------------------------


@_german(
    "DE-R-002",
    on="BG-4",
    terms="BG-6",
    remedy="Indiquez le contact du vendeur : nom, téléphone, adresse électronique (BG-6).",
    breaks="BG-6 =",
)
def german_seller_has_a_contact(seller: Party, _: Facts) -> bool:
    """Entre deux entreprises allemandes, le vendeur indique un contact (BG-6)."""
    return seller.contact is not None


def _required(
    id: str,  # noqa: A002
    group: str,
    field: str,
    term: str,
    said: str,
    also: str = "",
) -> None:
    def is_told(record: Address | Contact, _: Facts) -> bool:
        return _is_filled(getattr(record, field))

    is_told.__doc__ = f"Entre deux entreprises allemandes, on indique {said} ({term})."
    _german(
        id,
        on=group,
        terms=term,
        remedy=f"Indiquez {said} ({term}).",
        breaks=f"{term} =",
        also=also,
    )(is_told)


_required("DE-R-003", "BG-5", "city", "BT-37", "la ville du vendeur")
_required("DE-R-004", "BG-5", "post_code", "BT-38", "le code postal du vendeur")
_required("DE-R-005", "BG-6", "name", "BT-41", "le nom du contact du vendeur")
_required("DE-R-006", "BG-6", "telephone", "BT-42", "le téléphone du vendeur", "DE-R-027")
_required("DE-R-007", "BG-6", "email", "BT-43", "l'adresse électronique du vendeur", "DE-R-028")
_required("DE-R-008", "BG-8", "city", "BT-52", "la ville de l'acheteur")
_required("DE-R-009", "BG-8", "post_code", "BT-53", "le code postal de l'acheteur")
_required("DE-R-010", "BG-15", "city", "BT-77", "la ville de livraison")
_required("DE-R-011", "BG-15", "post_code", "BT-78", "le code postal de livraison")


@_german(
    "DE-R-027",
    on="BG-6",
    terms="BT-42",
    remedy="Vérifiez le téléphone du vendeur (BT-42).",
    breaks='BT-42 = "12"',
    severity=Severity.WARNING,
)
def german_telephone_has_digits(contact: Contact, _: Facts) -> bool:
    """Le téléphone d'un vendeur allemand (BT-42) a trois chiffres au moins."""
    return len(re.findall("[0-9]", contact.telephone or "")) >= DIGITS_OF_A_TELEPHONE


@_german(
    "DE-R-028",
    on="BG-6",
    terms="BT-43",
    remedy="Vérifiez l'adresse électronique du vendeur (BT-43).",
    breaks='BT-43 = "vertrieb@beispiel"',
    severity=Severity.WARNING,
)
def german_email_is_an_address(contact: Contact, _: Facts) -> bool:
    """L'adresse électronique d'un vendeur allemand (BT-43) est de la forme nom@domaine.de."""
    return _EMAIL.fullmatch(normalized(contact.email)) is not None


@_german(
    "DE-R-016",
    terms="BT-31 BT-32 BG-11",
    remedy="Indiquez le numéro de TVA (BT-31) ou le numéro fiscal (BT-32) du vendeur.",
    breaks="BT-31 =",
)
def german_seller_has_a_tax_number(invoice: Invoice, _: Facts) -> bool:
    """Un vendeur allemand qui facture avec TVA a un numéro de TVA ou fiscal, ou un représentant."""
    if not WITH_TAX_NUMBER.intersection(_categories(invoice)):
        return True
    seller = invoice.seller
    return invoice.tax_representative is not None or (
        seller is not None
        and (_is_filled(seller.vat_identifier) or _is_filled(seller.tax_registration_identifier))
    )


def _categories(invoice: Invoice) -> Iterator[str]:
    for part in (*invoice.allowances, *invoice.charges):
        yield part.vat_category or ""
    for line in invoice.lines:
        yield (line.vat.category if line.vat else None) or ""


# --- the document ---------------------------------------------------------------------------------


@_german(
    "DE-R-015",
    terms="BT-10",
    remedy="Indiquez la référence donnée par l'acheteur (BT-10), sa Leitweg-ID s'il est public.",
    breaks="BT-10 =",
)
def german_buyer_reference_is_told(invoice: Invoice, _: Facts) -> bool:
    """Entre deux entreprises allemandes, la référence de l'acheteur (BT-10) est renseignée."""
    return _is_filled(invoice.buyer_reference)


@_german(
    "DE-R-017",
    terms="BT-3",
    remedy="Choisissez pour BT-3 l'un des codes 326, 380, 381, 384, 389, 875, 876 ou 877.",
    breaks='BT-3 = "386"',
    severity=Severity.WARNING,
)
def german_type_is_usual(_: Invoice, facts: Facts) -> bool:
    """Entre deux entreprises allemandes, le type (BT-3) est de ceux que XRechnung emploie."""
    return facts.type_code in TYPES


@_german(
    "DE-R-026",
    terms="BG-3",
    remedy="Nommez la facture que celle-ci rectifie (BG-3).",
    breaks='BT-3 = "384"',
    severity=Severity.WARNING,
)
def german_corrected_invoice_names_the_first(invoice: Invoice, facts: Facts) -> bool:
    """Une facture rectificative allemande (BT-3 = 384) nomme celle qu'elle rectifie (BG-3)."""
    return facts.type_code != "384" or bool(invoice.preceding_invoices)


@_german(
    "DE-R-018",
    terms="BT-20",
    remedy="Écrivez l'escompte sur sa ligne, « #SKONTO#TAGE=14#PROZENT=2.00# », et finissez-la.",
    breaks='BT-20 = "#SKONTO#TAGE=14#PROZENT=2#"',
)
def german_discount_is_written_so(invoice: Invoice, _: Facts) -> bool:
    """Un escompte allemand (BT-20) s'écrit #SKONTO#TAGE=…#PROZENT=…#, seul sur sa ligne."""
    said = invoice.payment_terms or ""
    lines = [normalized(one) for one in re.split(r"\r?\n", said)]
    discounts = [one for one in lines if one.startswith("#")]
    if not discounts:
        return True
    after = re.split(r"#[^\n]+#", said)[-1]
    return all(map(_DISCOUNT.fullmatch, discounts)) and bool(re.match(r"[ \t\r\n]*\n", after))


@_german(
    "DE-R-022",
    terms="BT-125",
    remedy="Donnez à chaque fichier joint un nom qui n'est qu'à lui (BT-125).",
    breaks='BT-125[1] = "bon.csv@text/csv"',
)
def german_files_have_their_own_names(invoice: Invoice, _: Facts) -> bool:
    """Entre deux entreprises allemandes, deux fichiers joints (BT-125) n'ont pas le même nom."""
    files = [one.attachment for one in invoice.supporting_documents if one.attachment]
    names = [file.filename for file in files if file.filename is not None]
    return len(names) == len(set(names))


@_german(
    "DE-R-T02",
    terms="BT-124",
    remedy="Écrivez l'adresse entière : https://… (BT-124).",
    breaks='BT-124 = "www.example.org"',
    severity=Severity.WARNING,
)
def german_document_has_a_whole_address(invoice: Invoice, facts: Facts) -> bool:
    """Entre deux entreprises allemandes, BT-124 est une adresse entière, avec son protocole."""
    if facts.tree is not None:
        said = [one.findtext("cbc:URI", "", NAMESPACES) for one in _find_links(facts.tree)]
    else:
        said = [one.location for one in invoice.supporting_documents if one.location is not None]
    return all(_URL.match(one or "") for one in said)


@_german(
    "DE-R-014",
    on="BG-23",
    terms="BT-119",
    remedy="Indiquez le taux de chaque catégorie de TVA (BT-119), 0 quand il n'y a pas de taxe.",
    breaks="BT-119 =",
)
def german_breakdown_tells_its_rate(vat: VatBreakdown, facts: Facts) -> bool:
    """Entre deux entreprises allemandes, chaque catégorie de TVA a son taux (BT-119)."""
    return vat.rate is not None or facts.is_malformed("BT-119")


# --- how it is paid -------------------------------------------------------------------------------


@_german(
    "DE-R-001",
    terms="BG-16",
    remedy="Dites comment payer (BG-16).",
    breaks="BG-16 =",
)
def german_payment_is_told(invoice: Invoice, _: Facts) -> bool:
    """Entre deux entreprises allemandes, la facture dit comment payer (BG-16)."""
    return bool(invoice.payment_instructions)


def _is_iban(text: str) -> bool:
    """Tell whether an account is an IBAN, as the official file reckons: capitals are not asked."""
    account = re.sub(f"[{XML_SPACE}]", "", text)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{0,30}", account):
        return False
    turned = account[4:] + account[:4]
    numbers = (ord(one) - (55 if one > "@" else 48) for one in turned)
    return int("".join(map(str, numbers))) % 97 == 1


def _is_paid_by(means: Means, codes: frozenset[str]) -> bool:
    return means.code.strip(XML_SPACE) in codes


def _beside(
    id: str,  # noqa: A002
    codes: frozenset[str],
    holds: Callable[[Means], bool],
    said: str,
    remedy: str,
    **more: Any,
) -> None:
    """Add a rule on what stands beside the code of a means of payment."""

    def is_so(means: Means) -> bool:
        return not _is_paid_by(means, codes) or holds(means)

    asked = each(is_so)
    asked.__doc__ = f"Entre deux entreprises allemandes, {said}."
    _german(id, remedy=remedy, **more)(asked)


_beside(
    "DE-R-023-1",
    TRANSFERS,
    lambda means: means.has_transfer,
    "un virement (BT-81 = 30 ou 58) nomme son compte (BG-17)",
    "Indiquez le compte à créditer (BG-17).",
    terms="BG-17 BT-81",
    breaks="BG-17 =",
    also="DE-R-019",
)
_beside(
    "DE-R-023-2",
    TRANSFERS,
    lambda means: not means.has_card and not means.has_mandate,
    "un virement (BT-81 = 30 ou 58) ne va ni avec une carte ni avec un mandat",
    "Retirez la carte (BG-18) et le mandat (BG-19), ou changez le moyen de paiement.",
    terms="BT-81 BG-18 BG-19",
    breaks='BT-87 = "123456"',
)
_beside(
    "DE-R-019",
    frozenset({SEPA_TRANSFER}),
    lambda means: _is_iban(means.account),
    "le compte d'un virement SEPA (BT-84) est un IBAN",
    "Vérifiez l'IBAN du compte à créditer (BT-84).",
    terms="BT-84",
    breaks='BT-84 = "DE00123456781234567890"',
    severity=Severity.WARNING,
)
_beside(
    "DE-R-024-1",
    CARDS,
    lambda means: means.has_card,
    "un paiement par carte (BT-81 = 48, 54 ou 55) nomme la carte (BG-18)",
    "Indiquez la carte (BG-18).",
    terms="BG-18 BT-81",
    breaks="BG-18 =",
    example="peppol-germans-card",
)
_beside(
    "DE-R-024-2",
    CARDS,
    lambda means: not means.has_transfer and not means.has_mandate,
    "un paiement par carte (BT-81 = 48, 54 ou 55) ne va ni avec un compte ni avec un mandat",
    "Retirez le compte (BG-17) et le mandat (BG-19), ou changez le moyen de paiement.",
    terms="BT-81 BG-17 BG-19",
    breaks='BT-84 = "DE09000000000000000001"',
    example="peppol-germans-card",
)
_beside(
    "DE-R-025-1",
    DEBITS,
    lambda means: means.has_mandate,
    "un prélèvement (BT-81 = 59) nomme son mandat (BG-19)",
    "Indiquez le mandat et le compte débité (BG-19).",
    terms="BG-19 BT-81",
    breaks="BG-19 =",
    also="DE-R-020 PEPPOL-EN16931-R061",
    example="peppol-germans-debit",
)
_beside(
    "DE-R-025-2",
    DEBITS,
    lambda means: not means.has_transfer and not means.has_card,
    "un prélèvement (BT-81 = 59) ne va ni avec un compte à créditer ni avec une carte",
    "Retirez le compte (BG-17) et la carte (BG-18), ou changez le moyen de paiement.",
    terms="BT-81 BG-17 BG-18",
    breaks='BT-84 = "DE09000000000000000001"',
    example="peppol-germans-debit",
)
_beside(
    "DE-R-020",
    DEBITS,
    lambda means: _is_iban(means.debited),
    "le compte débité par un prélèvement SEPA (BT-91) est un IBAN",
    "Vérifiez l'IBAN du compte débité (BT-91).",
    terms="BT-91 BT-81",
    breaks='BT-91 = "DE00123456781234567890"',
    example="peppol-germans-debit",
    severity=Severity.WARNING,
)


def _has_mandate(facts: Facts) -> bool:
    return any(means.has_mandate for means in means_of(facts))


@_german(
    "DE-R-030",
    terms="BT-90",
    remedy="Indiquez l'identifiant du créancier auprès de la banque (BT-90).",
    breaks="BT-90 =",
    example="peppol-germans-debit",
)
def german_creditor_is_named(invoice: Invoice, facts: Facts) -> bool:
    """Entre deux entreprises allemandes, un mandat va avec l'identifiant du créancier (BT-90)."""
    debit = invoice.direct_debit
    return not _has_mandate(facts) or bool(debit and debit.creditor_identifier is not None)


@_german(
    "DE-R-031",
    terms="BT-91",
    remedy="Indiquez le compte débité (BT-91).",
    breaks="BT-91 =",
    also="DE-R-020",
    example="peppol-germans-debit",
)
def german_debited_account_is_told(invoice: Invoice, facts: Facts) -> bool:
    """Entre deux entreprises allemandes, un mandat va avec le compte débité (BT-91)."""
    debit = invoice.direct_debit
    return not _has_mandate(facts) or bool(debit and debit.debited_account is not None)
