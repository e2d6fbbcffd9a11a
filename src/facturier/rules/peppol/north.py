"""What the law of the seller adds in the north: Norway, Denmark, Sweden, Iceland.

Source: OpenPeppol, rules of May 2026, national rules; met on invoices received from there.
"""

from __future__ import annotations

import re
from decimal import Decimal

from facturier.findings import Severity
from facturier.invoice.model import (
    Invoice,
    LineVat,
    Party,
    PaymentInstructions,
    VatBreakdown,
)
from facturier.rules.facts import Facts
from facturier.rules.peppol import parties
from facturier.rules.peppol.asked import (
    described,
    established,
    has,
    is_number,
    rule,
    scheme_of,
    sold_from,
    value_of,
)
from facturier.rules.peppol.parties import established_in

PROMISED = "EINDAGI"
SWEDISH_RATES = frozenset({Decimal(6), Decimal(12), Decimal(25)})
TRANSFERS = frozenset({"50", "56"})


# --- Norway ---------------------------------------------------------------------------------------


@rule(
    "NO-R-001",
    sold_from("NO"),
    on="BG-4",
    terms="BT-31",
    remedy="Demandez au vendeur son numéro : NO, neuf chiffres, MVA.",
    breaks='BT-31 = "NO123MVA"',
    example="peppol-norway",
)
def norwegian_vat_number(seller: Party, _: Facts) -> bool:
    """Un numéro de TVA norvégien (BT-31) s'écrit NO, neuf chiffres avec leur clé, puis MVA."""
    number = (seller.vat_identifier or "").strip()
    if not number.startswith("NO"):
        return True
    return number.endswith("MVA") and parties.is_norwegian(number[2:-3])


# --- Denmark --------------------------------------------------------------------------------------


@rule(
    "DK-R-002",
    established("DK"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur danois son numéro CVR (BT-30).",
    breaks="BT-30 =",
    example="peppol-denmark",
)
def danish_seller_has_a_cvr(seller: Party, _: Facts) -> bool:
    """Un vendeur danois indique son numéro CVR (BT-30)."""
    return bool(value_of(seller.legal_identifier))


@rule(
    "DK-R-014",
    established("DK"),
    on="BG-4",
    terms="BT-30",
    remedy="Faites suivre le numéro CVR de son registre, 0184.",
    breaks='BT-30 = "12345678@0002"',
    example="peppol-denmark",
)
def danish_seller_names_the_register(seller: Party, _: Facts) -> bool:
    """L'identifiant légal d'un vendeur danois (BT-30) est du registre 0184."""
    return seller.legal_identifier is None or scheme_of(seller.legal_identifier) == "0184"


# --- Sweden ---------------------------------------------------------------------------------------


def _is_swedish_with_vat(facts: Facts) -> bool:
    seller = facts.invoice.seller
    return established_in(seller, "SE") and bool(
        seller and (seller.vat_identifier or "").startswith("SE")
    )


@rule(
    "SE-R-001",
    _is_swedish_with_vat,
    on="BG-4",
    terms="BT-31",
    remedy="Demandez au vendeur suédois son numéro : SE et douze chiffres.",
    breaks='BT-31 = "SE12345678901"',
    example="peppol-sweden",
)
def swedish_vat_number_is_complete(seller: Party, _: Facts) -> bool:
    """Un numéro de TVA suédois (BT-31) a quatorze caractères."""
    return len((seller.vat_identifier or "").strip()) == 14  # noqa: PLR2004


@rule(
    "SE-R-002",
    _is_swedish_with_vat,
    on="BG-4",
    terms="BT-31",
    remedy="Demandez au vendeur suédois son numéro : SE et douze chiffres.",
    breaks='BT-31 = "SE55631234560A"',
    example="peppol-sweden",
)
def swedish_vat_number_is_digits(seller: Party, _: Facts) -> bool:
    """Un numéro de TVA suédois (BT-31) finit par douze chiffres."""
    return (seller.vat_identifier or "")[2:14].strip().isdigit()


@rule(
    "SE-R-003",
    established("SE"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur suédois son numéro d'organisation, en chiffres (BT-30).",
    breaks='BT-30 = "55631234AB@0007"',
    also="SE-R-013 PEPPOL-COMMON-R049",
    example="peppol-sweden",
)
def swedish_number_is_digits(seller: Party, _: Facts) -> bool:
    """Le numéro d'un vendeur suédois (BT-30) n'a que des chiffres."""
    return seller.legal_identifier is None or is_number(value_of(seller.legal_identifier))


@rule(
    "SE-R-004",
    established("SE"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur suédois son numéro d'organisation à dix chiffres (BT-30).",
    breaks='BT-30 = "55631234@0007"',
    also="SE-R-013 PEPPOL-COMMON-R049",
    example="peppol-sweden",
)
def swedish_number_has_ten_digits(seller: Party, _: Facts) -> bool:
    """Le numéro d'un vendeur suédois (BT-30) a dix caractères."""
    return seller.legal_identifier is None or len(value_of(seller.legal_identifier)) == 10  # noqa: PLR2004


@rule(
    "SE-R-013",
    established("SE"),
    on="BG-4",
    terms="BT-30",
    remedy="Vérifiez le numéro d'organisation du vendeur suédois (BT-30) : sa clé est fausse.",
    breaks='BT-30 = "5563123450@0007"',
    also="PEPPOL-COMMON-R049",
    example="peppol-sweden",
)
def swedish_number_has_its_key(seller: Party, _: Facts) -> bool:
    """Le numéro d'un vendeur suédois (BT-30) a une clé juste (Luhn)."""
    return seller.legal_identifier is None or parties.is_swedish(value_of(seller.legal_identifier))


@rule(
    "SE-R-005",
    established("SE"),
    on="BG-4",
    terms="BT-32",
    remedy="Demandez au vendeur suédois d'écrire « Godkänd för F-skatt » (BT-32).",
    breaks='BT-32 = "Nej"',
    example="peppol-sweden",
)
def swedish_tax_status(seller: Party, _: Facts) -> bool:
    """Un vendeur suédois n'écrit en BT-32 que « Godkänd för F-skatt »."""
    said = seller.tax_registration_identifier
    if said is None or seller.legal_identifier is None:
        return True
    return " ".join(said.split()).upper() == "GODKÄND FÖR F-SKATT"


def _swedish_rate(category: str | None, rate: Decimal | None) -> bool:
    return category != "S" or rate in SWEDISH_RATES


@rule(
    "SE-R-006",
    _is_swedish_with_vat,
    on="BG-30",
    terms="BT-152",
    remedy="Vérifiez le taux : en Suède, 6, 12 ou 25 %.",
    breaks='BT-152 = "20"',
    example="peppol-sweden",
)
def swedish_rate_on_a_line(vat: LineVat, _: Facts) -> bool:
    """Un vendeur suédois facture à 6, 12 ou 25 % (BT-152)."""
    return _swedish_rate(vat.category, vat.rate)


@rule(
    "SE-R-006",
    _is_swedish_with_vat,
    on="BG-23",
    terms="BT-119",
    remedy="Vérifiez le taux : en Suède, 6, 12 ou 25 %.",
    breaks='BT-119 = "20"',
    example="peppol-sweden",
)
def swedish_rate_in_the_breakdown(vat: VatBreakdown, _: Facts) -> bool:
    """Un vendeur suédois facture à 6, 12 ou 25 % (BT-119)."""
    return _swedish_rate(vat.category, vat.rate)


def _giro(means: PaymentInstructions, register: str) -> str | None:
    """Return the account of a transfer through a Swedish giro; None when it is not one."""
    transfer = means.credit_transfer
    if transfer is None or (means.means_code or "").strip() != "30":
        return None
    if (transfer.service_provider or "").strip() != register:
        return None
    return transfer.account


for _register, _numeric, _long, _least in (
    ("SE:PLUSGIRO", "SE-R-007", "SE-R-010", 2),
    ("SE:BANKGIRO", "SE-R-008", "SE-R-009", 7),
):

    def _giro_is_digits(means: PaymentInstructions, _: Facts, register: str = _register) -> bool:
        account = _giro(means, register)
        return account is None or account.strip().isdigit()

    def _giro_has_length(
        means: PaymentInstructions, _: Facts, register: str = _register, least: int = _least
    ) -> bool:
        account = _giro(means, register)
        return account is None or least <= len(account.strip()) <= 8  # noqa: PLR2004

    _giro_is_digits.__doc__ = f"Un compte {_register} (BT-84) n'a que des chiffres."
    _giro_has_length.__doc__ = f"Un compte {_register} (BT-84) a de {_least} à 8 chiffres."
    for _id, _holds in ((_numeric, _giro_is_digits), (_long, _giro_has_length)):
        rule(
            _id,
            established("SE"),
            on="BG-16",
            terms="BT-84",
            remedy="Vérifiez le numéro de compte auprès du vendeur suédois.",
            severity=Severity.WARNING,
        )(_holds)


@rule(
    "SE-R-011",
    established("SE"),
    on="BG-16",
    terms="BT-81",
    remedy="Un giro suédois s'écrit 30, avec SE:BANKGIRO ou SE:PLUSGIRO en BT-86.",
    breaks='BT-81 = "50"',
    example="peppol-sweden",
    severity=Severity.WARNING,
)
def swedish_giro_has_its_code(means: PaymentInstructions, _: Facts) -> bool:
    """Un vendeur suédois n'emploie pas les moyens de paiement 50 et 56 (BT-81)."""
    return (means.means_code or "") not in TRANSFERS


# --- Iceland --------------------------------------------------------------------------------------


@rule(
    "IS-R-001",
    established("IS"),
    terms="BT-3",
    remedy="Demandez au vendeur islandais une facture 380 ou un avoir 381.",
    breaks='BT-3 = "386"',
    example="peppol-iceland",
    severity=Severity.WARNING,
)
def icelandic_type(_: Invoice, facts: Facts) -> bool:
    """Un vendeur islandais émet une facture (380) ou un avoir (381)."""
    return facts.type_code in {"380", "381"}


@rule(
    "IS-R-002",
    established("IS"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur islandais son kennitala, registre 0196 (BT-30).",
    breaks="BT-30 =",
    example="peppol-iceland",
)
def icelandic_number(seller: Party, _: Facts) -> bool:
    """Un vendeur islandais indique son kennitala (BT-30), registre 0196."""
    return scheme_of(seller.legal_identifier) == "0196"


@rule(
    "IS-R-003",
    established("IS"),
    on="BG-4",
    terms="BT-35 BT-38",
    remedy="Demandez au vendeur islandais sa rue (BT-35) et son code postal (BT-38).",
    breaks="BT-38 =",
    example="peppol-iceland",
)
def icelandic_address(seller: Party, _: Facts) -> bool:
    """Un vendeur islandais indique sa rue (BT-35) et son code postal (BT-38)."""
    return has(seller.postal_address, "line_1", "post_code")


for _id, _code in (("IS-R-006", "9"), ("IS-R-007", "42")):

    def _icelandic_account(invoice: Invoice, _: Facts, code: str = _code) -> bool:
        paid = [p for p in invoice.payment_instructions if (p.means_code or "") == code]
        return all(
            one.credit_transfer is not None
            and len((one.credit_transfer.account or "").strip()) == 12  # noqa: PLR2004
            for one in paid
        )

    _icelandic_account.__doc__ = (
        f"Un paiement islandais de code {_code} (BT-81) porte un compte de douze chiffres (BT-84)."
    )
    rule(
        _id,
        established("IS"),
        terms="BT-84",
        remedy="Demandez au vendeur islandais son compte à douze chiffres (BT-84).",
        breaks=f'BT-81 = "{_code}"',
        example="peppol-iceland",
    )(_icelandic_account)


def _iso_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", text) is not None


@rule(
    "IS-R-008",
    established("IS"),
    terms="BT-122",
    remedy="Écrivez la date EINDAGI (BT-122) AAAA-MM-JJ.",
)
def icelandic_promise_is_a_date(invoice: Invoice, _: Facts) -> bool:
    """La date limite islandaise (EINDAGI) s'écrit AAAA-MM-JJ."""
    return all(_iso_date(one.reference or "") for one in described(invoice, PROMISED))


@rule(
    "IS-R-009",
    established("IS"),
    terms="BT-9",
    remedy="Indiquez aussi l'échéance (BT-9).",
)
def icelandic_promise_has_a_due_date(invoice: Invoice, _: Facts) -> bool:
    """Une facture islandaise avec EINDAGI porte aussi son échéance (BT-9)."""
    return not described(invoice, PROMISED) or invoice.due_date is not None


@rule(
    "IS-R-010",
    established("IS"),
    terms="BT-9 BT-122",
    remedy="Mettez EINDAGI (BT-122) à l'échéance (BT-9) ou après.",
)
def icelandic_promise_is_not_before(invoice: Invoice, _: Facts) -> bool:
    """EINDAGI est l'échéance (BT-9) ou un jour d'après."""
    due = invoice.due_date
    return all(
        due is not None and due.isoformat() <= (one.reference or "")
        for one in described(invoice, PROMISED)
    )
