"""What Peppol asks between two companies of one country: Denmark, Sweden, Iceland, Greece, Holland.

Source: OpenPeppol, rules of May 2026, national rules. Those of Germany are in :mod:`.germany`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from facturier.findings import Severity
from facturier.formats.codecs import XML_SPACE
from facturier.invoice.model import (
    Address,
    AllowanceCharge,
    Identifier,
    Invoice,
    Item,
    Party,
    PaymentInstructions,
    PriceDetails,
)
from facturier.rules.facts import Facts
from facturier.rules.peppol import parties
from facturier.rules.peppol.asked import (
    has,
    normalized,
    rule,
    scheme_of,
    value_of,
)
from facturier.rules.peppol.parties import at_home, buyer_country, is_credit_note, seller_country
from facturier.rules.peppol.payment import Means, each
from facturier.rules.peppol.south import GREECE
from facturier.rules.rule import Holds

# --- Denmark --------------------------------------------------------------------------------------

DANISH_MEANS = " 1 10 31 42 48 49 50 58 59 93 97 "
UNSPSC = frozenset({"19.05.01", "19.0501", "26.08.01", "26.0801"})
BANK_TRANSFERS = frozenset({"31", "42"})
GIRO, CARD_FORM, BETALINGSSERVICE = "50", "93", "49"
GIRO_KINDS, LONG_GIRO_KINDS = ("01#", "04#", "15#"), ("04#", "15#")
FORM_KINDS, LONG_FORM_KINDS = ("71#", "73#", "75#"), ("71#", "75#")


def _danish(
    id: str,  # noqa: A002
    **said: Any,
) -> Callable[[Holds], Holds]:
    """Add the decorated predicate, asked between two Danish companies."""
    said.setdefault("example", "peppol-danes")
    return rule(id, at_home("DK"), **said)


@_danish(
    "DK-R-003",
    on="BG-31",
    terms="BT-158",
    remedy="Indiquez la version de la classification UNSPSC : 19.05.01 ou 26.08.01 (BT-158-2).",
    breaks='BT-158 = "44121600@TST"',
)
def danish_classification_has_its_version(item: Item, _: Facts) -> bool:
    """Entre Danois, une classification UNSPSC (BT-158, TST) est de version 19.05.01 ou 26.08.01."""
    lists = {one.scheme for one in item.classifications}
    return "TST" not in lists or any(one.version in UNSPSC for one in item.classifications)


def _is_four_digits(text: str) -> bool:
    said = normalized(text)
    if len(said) != 4 or not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", said):  # noqa: PLR2004
        return False
    return 0 <= float(said) <= 9999  # noqa: PLR2004  # four digits, but 1e3 too


def _is_danish_reason(code: str | None, reason: str | None) -> bool:
    """Whether a part that is a Danish tax, ``ZZZ``, says which one."""
    said = reason or ""
    if code != "ZZZ" or _is_four_digits(said):
        return True
    return "#" in said and not said.startswith("#") and not said.endswith("#")


def _danish_taxes() -> None:
    for group, term, reason in (
        ("BG-21", "BT-105", "BT-104"),
        ("BG-28", "BT-145", "BT-144"),
        ("BG-20", "BT-98", "BT-97"),
        ("BG-27", "BT-140", "BT-139"),
    ):

        def says_which_tax(part: AllowanceCharge, _: Facts) -> bool:
            return _is_danish_reason(part.reason_code, part.reason)

        says_which_tax.__doc__ = (
            f"Entre Danois, une taxe (code ZZZ) dit laquelle en {reason} : quatre chiffres, "
            "ou deux mots séparés par #."
        )
        _danish(
            "DK-R-004",
            on=group,
            terms=f"{reason} {term}",
            remedy=f"Écrivez en {reason} le code de la taxe, à quatre chiffres.",
            breaks=f'{term} = "ZZZ"',
            also="PEPPOL-EN16931-CL002" if group in {"BG-20", "BG-27"} else "",
            example="peppol-danish-parts",
        )(says_which_tax)


_danish_taxes()


@_danish(
    "DK-R-004",
    on="BG-29",
    terms="EXT-FR-FE-195 EXT-FR-FE-196",
    remedy="Écrivez comme motif du rabais le code de la taxe, à quatre chiffres.",
)
def danish_discount_says_which_tax(price: PriceDetails, _: Facts) -> bool:
    """Entre Danois, un rabais sur le prix au code ZZZ dit de quelle taxe il s'agit."""
    return _is_danish_reason(price.discount_reason_code, price.discount_reason)


def _paid_between_danes(
    id: str,  # noqa: A002
    **said: Any,
) -> Callable[[Callable[[Means], bool]], Callable[[Means], bool]]:
    """Add the decorated predicate on each means of payment of a Danish invoice, no credit note."""

    def keep(holds: Callable[[Means], bool]) -> Callable[[Means], bool]:
        of_each = each(holds)

        def of_invoice(invoice: Invoice, facts: Facts) -> bool:
            return is_credit_note(facts) or of_each(invoice, facts)

        of_invoice.__doc__ = holds.__doc__
        _danish(id, **said)(of_invoice)
        return holds

    return keep


@_paid_between_danes(
    "DK-R-005",
    terms="BT-81",
    remedy="Choisissez pour BT-81 l'un des codes 1, 10, 31, 42, 48, 49, 50, 58, 59, 93 ou 97.",
    breaks='BT-81 = "30"',
)
def danish_means_are_listed(means: Means) -> bool:
    """Entre Danois, le moyen de paiement (BT-81) est de la liste danoise."""
    return f" {means.code} " in DANISH_MEANS


@_paid_between_danes(
    "DK-R-006",
    terms="BT-84 BT-86",
    remedy="Indiquez le compte (BT-84) et le numéro d'enregistrement de la banque (BT-86).",
    breaks='BT-81 = "42"',
)
def danish_transfer_names_bank_and_account(means: Means) -> bool:
    """Entre Danois, un virement (BT-81 = 31 ou 42) nomme le compte (BT-84) et la banque (BT-86)."""
    if means.code not in BANK_TRANSFERS:
        return True
    return bool(means.account.strip(XML_SPACE) and means.provider.strip(XML_SPACE))


@_paid_between_danes(
    "DK-R-007",
    terms="BT-89 BT-91",
    remedy="Indiquez le mandat (BT-89) et le compte débité (BT-91).",
    breaks='BT-81 = "49"',
    also="PEPPOL-EN16931-R061",
)
def danish_debit_names_mandate_and_account(means: Means) -> bool:
    """Entre Danois, un prélèvement (BT-81 = 49) nomme le mandat (BT-89) et le compte (BT-91)."""
    if means.code != BETALINGSSERVICE:
        return True
    return bool(means.mandate.strip(XML_SPACE) and means.debited.strip(XML_SPACE))


@_paid_between_danes(
    "DK-R-008",
    terms="BT-83 BT-84",
    remedy="Écrivez 01#, 04# ou 15# au début de BT-83, et le compte giro en BT-84.",
    breaks='BT-81 = "50"',
)
def danish_giro_is_complete(means: Means) -> bool:
    """Entre Danois, un giro (BT-81 = 50) a sa sorte (BT-83) et un compte de 7 ou 8 chiffres."""
    if means.code != GIRO:
        return True
    return means.remittance.startswith(GIRO_KINDS) and bool(
        re.fullmatch("[0-9]{7,8}", means.account)
    )


@_paid_between_danes(
    "DK-R-009",
    terms="BT-83",
    remedy="Ajoutez en BT-83 les seize chiffres qui suivent 04# ou 15#.",
    breaks='BT-81 = "50"; BT-84 = "1234567"; BT-83 = "04#123"',
)
def danish_giro_has_its_number(means: Means) -> bool:
    """Entre Danois, un giro 04# ou 15# (BT-83) se continue par seize chiffres."""
    if means.code != GIRO or not means.remittance.startswith(LONG_GIRO_KINDS):
        return True
    return len(means.remittance) == 19  # noqa: PLR2004


@_paid_between_danes(
    "DK-R-010",
    terms="BT-83 BT-84",
    remedy="Écrivez 71#, 73# ou 75# au début de BT-83, et le créancier à 8 chiffres en BT-84.",
    breaks='BT-81 = "93"',
)
def danish_form_is_complete(means: Means) -> bool:
    """Entre Danois, un bulletin FIK (BT-81 = 93) a sa sorte (BT-83) et 8 chiffres (BT-84)."""
    if means.code != CARD_FORM:
        return True
    return means.remittance.startswith(FORM_KINDS) and len(means.account) == 8  # noqa: PLR2004


@_paid_between_danes(
    "DK-R-011",
    terms="BT-83",
    remedy="Ajoutez en BT-83 les quinze ou seize chiffres qui suivent 71# ou 75#.",
    breaks='BT-81 = "93"; BT-84 = "12345678"; BT-83 = "71#123"',
)
def danish_form_has_its_number(means: Means) -> bool:
    """Entre Danois, un bulletin FIK 71# ou 75# (BT-83) se continue par 15 ou 16 chiffres."""
    if means.code != CARD_FORM or not means.remittance.startswith(LONG_FORM_KINDS):
        return True
    return len(means.remittance) in {18, 19}


for _group, _term, _who in (("BG-4", "BT-29", "du vendeur"), ("BG-7", "BT-46", "de l'acheteur")):

    def _danish_scheme(party: Party, _: Facts) -> bool:
        return all(scheme_of(one) for one in party.identifiers)

    _danish_scheme.__doc__ = f"Entre Danois, un identifiant {_who} ({_term}) nomme son registre."
    _danish(
        "DK-R-013",
        on=_group,
        terms=_term,
        remedy=f"Indiquez le registre de l'identifiant {_who} ({_term}), 0184 par exemple.",
        breaks=f'{_term} = "12345678"',
    )(_danish_scheme)


@_danish(
    "DK-R-016",
    terms="BT-115",
    remedy="Écrivez l'avoir en montants positifs, ou faites une facture.",
    breaks="BT-115 - 1000",
    example="peppol-danish-credit-note",
)
def danish_credit_note_is_positive(invoice: Invoice, facts: Facts) -> bool:
    """Entre Danois, le net à payer d'un avoir (BT-115) n'est pas négatif."""
    due = invoice.totals.due_amount if invoice.totals else None
    return due is None or due >= 0 or not is_credit_note(facts)


@_danish(
    "DK-R-017",
    on="BG-7",
    terms="BT-47",
    remedy="Faites suivre le numéro CVR de l'acheteur de son registre, 0184 (BT-47).",
    breaks='BT-47 = "87654321@0002"',
)
def danish_buyer_names_the_register(buyer: Party, _: Facts) -> bool:
    """L'identifiant légal d'un acheteur danois (BT-47) est du registre 0184."""
    return buyer.legal_identifier is None or scheme_of(buyer.legal_identifier) == "0184"


# --- Sweden ---------------------------------------------------------------------------------------


@rule(
    "SE-R-012",
    at_home("SE"),
    on="BG-16",
    terms="BT-81",
    remedy="Écrivez 30 pour un virement entre entreprises suédoises (BT-81).",
    breaks='BT-81 = "31"',
    example="peppol-swedes",
    severity=Severity.WARNING,
)
def swedish_transfer_has_its_code(means: PaymentInstructions, _: Facts) -> bool:
    """Entre Suédois, un virement porte le code 30, non 31 (BT-81)."""
    return means.means_code != "31"


# --- Iceland --------------------------------------------------------------------------------------


@rule(
    "IS-R-004",
    at_home("IS"),
    on="BG-7",
    terms="BT-47",
    remedy="Indiquez le kennitala de l'acheteur islandais, registre 0196 (BT-47).",
    breaks="BT-47 =",
    example="peppol-icelanders",
)
def icelandic_buyer_number(buyer: Party, _: Facts) -> bool:
    """Entre Islandais, on indique le kennitala de l'acheteur (BT-47), registre 0196."""
    return scheme_of(buyer.legal_identifier) == "0196"


@rule(
    "IS-R-005",
    at_home("IS"),
    on="BG-7",
    terms="BT-50 BT-53",
    remedy="Indiquez la rue (BT-50) et le code postal (BT-53) de l'acheteur islandais.",
    breaks="BT-53 =",
    example="peppol-icelanders",
)
def icelandic_buyer_address(buyer: Party, _: Facts) -> bool:
    """Entre Islandais, on indique la rue (BT-50) et le code postal (BT-53) de l'acheteur."""
    return has(buyer.postal_address, "line_1", "post_code")


# --- Greece ---------------------------------------------------------------------------------------


def _is_between_greeks(facts: Facts) -> bool:
    return seller_country(facts) in GREECE and buyer_country(facts) in GREECE


@rule(
    "GR-R-006",
    _is_between_greeks,
    on="BG-7",
    terms="BT-48",
    remedy="Indiquez le numéro de TVA de l'acheteur grec : EL et neuf chiffres (BT-48).",
    breaks="BT-48 =",
    example="peppol-greeks",
)
def greek_buyer_vat(buyer: Party, _: Facts) -> bool:
    """Entre Grecs, on indique le numéro de TVA de l'acheteur (BT-48), EL et sa clé juste."""
    number = buyer.vat_identifier or ""
    return number.startswith("EL") and parties.is_greek(number[2:])


@rule(
    "GR-R-010",
    _is_between_greeks,
    on="BG-7",
    terms="BT-49",
    remedy="Indiquez l'adresse électronique 9933 de l'acheteur grec, son numéro fiscal (BT-49).",
    breaks='BT-49 = "099999999@0225"',
    example="peppol-greeks",
)
def greek_buyer_address_is_the_tax_number(buyer: Party, _: Facts) -> bool:
    """Entre Grecs, l'adresse électronique de l'acheteur (BT-49) est son numéro fiscal (9933)."""
    address = buyer.electronic_address
    return address is None or (address.scheme == "9933" and parties.is_greek(address.value))


# --- Netherlands ----------------------------------------------------------------------------------

DUTCH_REGISTERS = frozenset({"0106", "0190"})
DUTCH_MEANS = frozenset({"30", "48", "49", "57", "58", "59"})


@rule(
    "NL-R-004",
    at_home("NL"),
    on="BG-8",
    terms="BT-50 BT-52 BT-53",
    remedy="Indiquez la rue, la ville et le code postal de l'acheteur néerlandais.",
    breaks="BT-53 =",
    example="peppol-dutch",
)
def dutch_buyer_address(address: Address, _: Facts) -> bool:
    """Entre Néerlandais, on indique la rue, la ville et le code postal de l'acheteur."""
    return has(address, "line_1", "city", "post_code")


@rule(
    "NL-R-005",
    at_home("NL"),
    on="BG-7",
    terms="BT-47",
    remedy="Indiquez le numéro KVK (0106) ou OIN (0190) de l'acheteur néerlandais (BT-47).",
    breaks='BT-47 = "87654321@0002"',
    example="peppol-dutch",
)
def dutch_buyer_number(buyer: Party, _: Facts) -> bool:
    """L'identifiant légal d'un acheteur néerlandais (BT-47) est un KVK (0106) ou un OIN (0190)."""
    held: Identifier | None = buyer.legal_identifier
    return held is None or (scheme_of(held) in DUTCH_REGISTERS and bool(value_of(held)))


@rule(
    "NL-R-008",
    at_home("NL"),
    on="BG-16",
    terms="BT-81",
    remedy="Choisissez pour BT-81 l'un des codes 30, 48, 49, 57, 58 ou 59.",
    breaks='BT-81 = "42"',
    example="peppol-dutch",
)
def dutch_means_are_listed(means: PaymentInstructions, _: Facts) -> bool:
    """Entre Néerlandais, le moyen de paiement (BT-81) est de la liste néerlandaise."""
    return (means.means_code or "").strip(XML_SPACE) in DUTCH_MEANS
