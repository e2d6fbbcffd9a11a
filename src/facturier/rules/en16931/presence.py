"""What an invoice must hold: BR-01 to BR-65, and the BR-CO rules that say that a term is there.

Source: EN 16931-1 §6.4, as CEN's validation artefacts 1.3.16 test it in each syntax. A row says
`syntax` where the two files differ: the UBL file asks some countries of the address only when there
is one, the CII file asks them of the party.
"""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from facturier.findings import Layer, Severity
from facturier.formats import cii
from facturier.invoice.model import (
    AllowanceCharge,
    Identifier,
    Invoice,
    ItemAttribute,
    Party,
    PaymentCard,
    PaymentInstructions,
    Period,
    VatBreakdown,
)
from facturier.rules.en16931.categories import is_unreached
from facturier.rules.facts import Facts
from facturier.rules.rule import Family, never, present

CREDIT_TRANSFERS = frozenset({"30", "58"})
"""Means of payment that need an account: credit transfer, SEPA credit transfer."""

CARD_DIGITS = 10

TOTALS = f"{{{cii.NAMESPACES['ram']}}}SpecifiedTradeSettlementHeaderMonetarySummation"
SELLER = f"{{{cii.NAMESPACES['ram']}}}SellerTradeParty"
"""Elements that a CII file need not have, and without which its rules on them are not asked."""

PRESENCE = Family(Layer.EN16931)
required = PRESENCE.required
rule = PRESENCE.rule
of_term = PRESENCE.rule_of_term


_IN_102 = etree.XPath(
    "boolean(normalize-space(/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:IssueDateTime"
    "/udt:DateTimeString[@format = '102']))",
    namespaces=cii.NAMESPACES,
)


def _has_no_date_in_102(facts: Facts) -> bool:
    """Whether the date of issue of a CII file is in another format than the one it is read in."""
    return facts.syntax == "CII" and facts.tree is not None and not _IN_102(facts.tree)


# The document.
required(
    "BR-01",
    "BT-24",
    on="",
    remedy="Indiquez le profil que suit la facture (BT-24), par exemple urn:cen.eu:en16931:2017.",
)
required("BR-02", "BT-1", remedy="Donnez à la facture son numéro, unique et chronologique (BT-1).")
required(
    "BR-03",
    "BT-2",
    remedy="Indiquez le jour où la facture est émise (BT-2) ; en CII, au format 102.",
    # The CII file reads a date in format 102 only: in another it is not there.
    missing=_has_no_date_in_102,
)
required("BR-04", "BT-3", remedy="Indiquez la nature du document (BT-3) : 380 facture, 381 avoir…")
required("BR-05", "BT-5", remedy="Indiquez la devise (BT-5) : EUR pour l'euro.")
required("BR-06", "BT-27", on="")
required("BR-07", "BT-44", on="")
required("BR-08", "BG-5", on="", also="BR-09@CII")
required("BR-09", "BT-40", syntax="UBL")
required("BR-09", "BT-40", on="", syntax="CII")
required("BR-10", "BG-8", on="", also="BR-11@CII")
required("BR-11", "BT-55", syntax="UBL")
required("BR-11", "BT-55", on="", syntax="CII")


# The totals. The CII file asks of the group, which no schema wants there.
def _has_totals(facts: Facts) -> bool:
    return facts.invoice.totals is not None or facts.may_hold(TOTALS)


required("BR-12", "BT-106", on="", given=_has_totals, also="BR-CO-10 BR-CO-13")
required("BR-13", "BT-109", on="", given=_has_totals, also="BR-CO-13 BR-CO-15")
required("BR-14", "BT-112", on="", given=_has_totals, also="BR-CO-15 BR-CO-16")
required("BR-15", "BT-115", on="", given=_has_totals, also="BR-CO-16")

required(
    "BR-16",
    "BG-25",
    meaning="La facture comporte au moins une ligne.",
    remedy="Ajoutez une ligne (BG-25) par bien ou service facturé.",
    also="BR-CO-10 BR-S-01@UBL BR-S-08",
)


@rule(
    "BR-17",
    on="BG-10",
    terms="BT-59 BT-60 BT-61 BT-27",
    remedy="Nommez le bénéficiaire du paiement (BT-59), ou retirez ce bloc s'il est le vendeur.",
    breaks="BT-59 =",
    example="payee",
)
def payee_is_someone_else(payee: Party, facts: Facts) -> bool:
    """Un bénéficiaire n'est indiqué que s'il n'est pas le vendeur, et il porte alors un nom."""
    seller = facts.invoice.seller
    if not present(payee.name):
        return False
    if seller is None:
        return True
    # Each file compares the names as its own syntax places them: UBL the trading name (PartyName),
    # CII the registered name; only CII looks at the legal identifier.
    name = seller.trading_name if facts.syntax == "UBL" else seller.name
    legal = payee.legal_identifier
    same_legal = (
        facts.syntax != "UBL"
        and legal is not None
        and seller.legal_identifier is not None
        and legal.value == seller.legal_identifier.value
    )
    mine = {one.value for one in seller.identifiers if _is_compared(one.scheme, facts)}
    theirs = {one.value for one in payee.identifiers if _is_compared(one.scheme, facts)}
    return payee.name != name and not same_legal and not mine & theirs


def _is_compared(scheme: str | None, facts: Facts) -> bool:
    """In CII an identifier with a scheme is a GlobalID, which the file does not compare."""
    return facts.syntax == "UBL" or not scheme


# The tax representative.
required("BR-18", "BT-62", example="tax-representative")
required("BR-19", "BG-12", example="tax-representative", also="BR-20@CII")
required("BR-20", "BT-69", example="tax-representative", syntax="UBL")
required("BR-20", "BT-69", on="BG-11", example="tax-representative", syntax="CII")
required("BR-56", "BT-63", blank="UBL", example="tax-representative")

# The lines.
required("BR-21", "BT-126")
required(
    "BR-22",
    "BT-129",
    breaks="BT-129 = ; BT-130 =",  # in both syntaxes the unit is an attribute of the quantity
    also="BR-23",
)
required("BR-23", "BT-130", remedy="Indiquez l'unité (BT-130) : C62 la pièce, HUR l'heure…")
required("BR-24", "BT-131", also="BR-CO-10 BR-S-08")
required("BR-25", "BT-153", on="BG-25")
required("BR-26", "BT-146", on="BG-25", also="BR-27")


@of_term(
    "BR-27",
    "BT-146",
    on="BG-25",
    absent=never,
    remedy="Écrivez un prix positif et, pour un avoir ou une reprise, une quantité négative.",
    breaks="BT-146 = -1.00",
)
def net_price_is_not_negative(price: Decimal, _: Facts) -> bool:
    """Le prix unitaire net n'est pas négatif."""
    return price >= 0


@of_term(
    "BR-28",
    "BT-148",
    on="BG-25",
    remedy="Écrivez un prix brut positif ; le signe se porte sur la quantité.",
    breaks="BT-148 = -1.00",
    example="allowances",
)
def gross_price_is_not_negative(price: Decimal, _: Facts) -> bool:
    """Le prix unitaire brut, s'il est donné, n'est pas négatif."""
    return price >= 0


def _ends_after_start(period: Period, _: Facts) -> bool:
    """La date de fin d'une période n'est pas avant sa date de début."""
    return (
        period.start_date is None or period.end_date is None or period.end_date >= period.start_date
    )


def _is_readable(facts: Facts, place: str) -> bool:
    """Whether both dates of a period are in format 102, the only one that the CII file reads."""
    return not any(
        facts.is_odd(f"{place}/ram:BillingSpecifiedPeriod/ram:{end}DateTime/udt:DateTimeString/@")
        for end in ("Start", "End")
    )


def _invoicing_period_is_in_order(period: Period, facts: Facts) -> bool:
    """La date de fin de la période de facturation n'est pas avant sa date de début."""
    place = "ram:ApplicableHeaderTradeSettlement"
    return _ends_after_start(period, facts) and _is_readable(facts, place)


def _line_period_is_in_order(period: Period, facts: Facts) -> bool:
    """La date de fin de la période d'une ligne n'est pas avant sa date de début."""
    place = "ram:SpecifiedLineTradeSettlement"
    return _ends_after_start(period, facts) and _is_readable(facts, place)


PERIOD_REMEDY = "Corrigez l'une des deux dates de la période."
rule(
    "BR-29",
    on="BG-14",
    terms="BT-74 BT-73",
    remedy=PERIOD_REMEDY,
    breaks="BT-73 + 400",
    example="period",
)(_invoicing_period_is_in_order)
rule(
    "BR-30",
    on="BG-26",
    terms="BT-135 BT-134",
    remedy=PERIOD_REMEDY,
    breaks="BT-134 + 400",
    example="period",
)(_line_period_is_in_order)


def _is_delimited(period: Period, _: Facts) -> bool:
    """Une période a au moins une date de début ou une date de fin."""
    return period.start_date is not None or period.end_date is not None


def _is_delimited_or_says_when_vat_is_due(period: Period, facts: Facts) -> bool:
    """Une période de facturation a au moins une date de début ou une date de fin."""
    # UBL puts the code of BT-8 inside the period: that alone is enough for the UBL file.
    return _is_delimited(period, facts) or (
        facts.syntax == "UBL" and facts.invoice.vat_point_date_code is not None
    )


def _is_unreadable(facts: Facts, *terms: str) -> bool:
    """Whether a date of the period stands in the file but could not be read."""
    return any(facts.is_malformed(term) for term in terms)


DELIMIT_REMEDY = "Donnez la date de début ou de fin de la période, ou retirez la période."
rule(
    "BR-CO-19",
    on="BG-14",
    terms="BG-14 BT-73 BT-74",
    remedy=DELIMIT_REMEDY,
    breaks="BT-73 = ; BT-74 =",
    example="period",
    unless=lambda _, facts: _is_unreadable(facts, "BT-73", "BT-74"),
)(_is_delimited_or_says_when_vat_is_due)
rule(
    "BR-CO-20",
    on="BG-26",
    terms="BG-26 BT-134 BT-135",
    remedy=DELIMIT_REMEDY,
    breaks="BT-134 = ; BT-135 =",
    example="period",
    unless=lambda _, facts: _is_unreadable(facts, "BT-134", "BT-135"),
)(_is_delimited)


# Allowances and charges, of the document and of the line.
required("BR-31", "BT-92", example="allowances", also="BR-CO-11 BR-S-08")
required("BR-32", "BT-95", blank="UBL CII", example="allowances", also="BR-S-08")
required("BR-36", "BT-99", example="allowances", also="BR-CO-12 BR-S-08")
required("BR-37", "BT-102", blank="UBL CII", example="allowances", also="BR-S-08")
required("BR-41", "BT-136", example="allowances")
required("BR-43", "BT-141", example="allowances")


def _has_reason(item: AllowanceCharge, _: Facts) -> bool:
    """Une remise ou des frais portent leur motif, en clair ou par un code."""
    return item.reason is not None or item.reason_code is not None


# The standard asks the same thing twice: once of the group, once as a condition between terms.
for ids, group, text, code in (
    (("BR-33", "BR-CO-21"), "BG-20", "BT-97", "BT-98"),
    (("BR-38", "BR-CO-22"), "BG-21", "BT-104", "BT-105"),
    (("BR-42", "BR-CO-23"), "BG-27", "BT-139", "BT-140"),
    (("BR-44", "BR-CO-24"), "BG-28", "BT-144", "BT-145"),
):
    for one, other in (ids, ids[::-1]):
        rule(
            one,
            on=group,
            terms=f"{text} {code}",
            remedy=f"Écrivez le motif en clair ({text}) ou choisissez un code ({code}).",
            breaks=f"{text} = ; {code} =",
            also=other,
            example="allowances",
        )(_has_reason)


def _is_left_to_people(_: AllowanceCharge, __: Facts) -> bool:
    """Le code du motif et le motif en clair disent la même chose ; un programme n'en juge pas."""
    return True


for one, group, text, code in (
    ("BR-CO-05", "BG-20", "BT-98", "BT-97"),
    ("BR-CO-06", "BG-21", "BT-105", "BT-104"),
    ("BR-CO-07", "BG-27", "BT-140", "BT-139"),
    ("BR-CO-08", "BG-28", "BT-145", "BT-144"),
):
    rule(
        one,
        on=group,
        terms=f"{text} {code}",
        remedy="Choisissez le code qui correspond au motif écrit, ou retirez l'un des deux.",
    )(_is_left_to_people)


# The VAT breakdown.
required("BR-45", "BT-116", unless=is_unreached, also="BR-S-08 BR-S-09 BR-CO-17")
required("BR-46", "BT-117", unless=is_unreached, also="BR-S-09 BR-CO-14 BR-CO-17")
required("BR-47", "BT-118", blank="UBL CII")


@rule(
    "BR-48",
    on="BG-23",
    terms="BT-119 BT-118",
    remedy="Indiquez le taux (BT-119) ; 0 pour une opération sans TVA.",
    breaks="BT-119 =",
    also="BR-S-09 BR-CO-17",
)
def breakdown_has_a_rate(vat: VatBreakdown, facts: Facts) -> bool:
    """Chaque total de TVA porte son taux, sauf hors du champ de la TVA (code O)."""
    return (
        vat.rate is not None
        or (vat.category or "").strip() == "O"
        or facts.is_malformed("BT-119")
        or is_unreached(vat, facts)
    )


# Payment.
required(
    "BR-49",
    "BT-81",
    blank="UBL CII",
    remedy="Indiquez le moyen de paiement (BT-81) : 30 virement, 48 carte…",
)


@rule(
    "BR-50",
    on="BG-16",
    terms="BT-84 BT-81",
    remedy="Indiquez l'IBAN du compte à créditer (BT-84).",
    breaks="BT-84 =",
    also="BR-61",
    example="transfer",
)
def account_of_a_transfer_is_identified(payment: PaymentInstructions, facts: Facts) -> bool:
    """Le compte à créditer par virement est donné par son numéro (IBAN)."""
    if not _is_transfer(payment) or not _account_is_given(payment, facts, facts.syntax):
        return True
    return payment.credit_transfer is not None and present(payment.credit_transfer.account)


def _account_is_given(payment: PaymentInstructions, facts: Facts, syntax: str) -> bool:
    """Whether the file has the account itself: in CII the bank (BT-86) stands beside it."""
    account = payment.credit_transfer
    if syntax != "CII":
        return account is not None
    if account is not None and (account.account or account.account_name) is not None:
        return True
    return _is_empty_account(payment, facts)


def _is_empty_account(payment: PaymentInstructions, facts: Facts) -> bool:
    """Whether the CII file has an element for the account, and nothing that we read in it."""
    if facts.tree is None:
        return False
    found = zip(facts.invoice.payment_instructions, facts.tree.iter(_MEANS), strict=False)
    return any(one is payment and means.find(_ACCOUNT) is not None for one, means in found)


_RAM = f"{{{cii.NAMESPACES['ram']}}}"
_MEANS = f"{_RAM}SpecifiedTradeSettlementPaymentMeans"
_ACCOUNT = f"{_RAM}PayeePartyCreditorFinancialAccount"


def _is_transfer(payment: PaymentInstructions) -> bool:
    return (payment.means_code or "").strip() in CREDIT_TRANSFERS


TRANSFER_REMEDY = "Indiquez l'IBAN du compte à créditer (BT-84) ou changez de moyen de paiement."


@rule(
    "BR-61",
    on="BG-16",
    terms="BT-84 BT-81",
    remedy=TRANSFER_REMEDY,
    breaks="BG-17 =",
    example="transfer",
    syntax="UBL",
)
def transfer_has_an_account(payment: PaymentInstructions, _: Facts) -> bool:
    """Un paiement par virement indique le compte à créditer."""
    account = payment.credit_transfer
    return not _is_transfer(payment) or (account is not None and account.account is not None)


@rule(
    "BR-61",
    on="BG-16",
    terms="BT-84 BT-81",
    remedy=TRANSFER_REMEDY,
    breaks="BT-84 =",
    also="BR-50",
    example="transfer",
    syntax="CII",
)
def account_that_is_given_has_a_number(payment: PaymentInstructions, facts: Facts) -> bool:
    """Un paiement par virement indique le compte à créditer."""
    return (
        not _is_transfer(payment)
        or not _account_is_given(payment, facts, "CII")
        or bool(payment.credit_transfer and payment.credit_transfer.account is not None)
    )


def _is_masked(card: PaymentCard, _: Facts) -> bool:
    """D'une carte de paiement on n'écrit que les 4 à 6 derniers chiffres."""
    return len(" ".join((card.number or "").split())) <= CARD_DIGITS


for only, weight in (("UBL", Severity.WARNING), ("CII", Severity.FATAL)):
    rule(
        "BR-51",
        on="BG-18",
        terms="BT-87",
        remedy="Masquez le numéro de carte (BT-87) : ne gardez que ses derniers chiffres.",
        breaks='BT-87 = "4970101234567890"',
        example="card",
        syntax=only,
        severity=weight,
    )(_is_masked)


# Documents, references and properties.
required("BR-52", "BT-122", example="attachments")


def _objects_are_identified(objects: tuple[Identifier, ...], _: Facts) -> bool:
    """La référence à un objet facturé n'est pas vide."""
    return all(present(one.value) for one in objects)


for one, only in (("BT-18", ""), ("BT-128", "CII")):
    of_term(
        "BR-52",
        one,
        remedy=f"Donnez l'identifiant de l'objet facturé ({one}) ou retirez cette référence.",
        breaks=f'{one} = "@AAJ"',
        example="attachments",
        syntax=only,
    )(_objects_are_identified)


@rule(
    "BR-53",
    terms="BT-111 BT-6",
    remedy="Indiquez le total de TVA dans la devise de comptabilisation (BT-111), ou retirez BT-6.",
    breaks="BT-111 =",
    also="BR-DEC-15@CII",
    example="foreign-currency",
)
def vat_total_is_given_in_accounting_currency(invoice: Invoice, facts: Facts) -> bool:
    """Si la TVA est comptabilisée dans une autre devise, son total est donné dans cette devise."""
    if invoice.vat_currency is None:
        return True
    totals = invoice.totals
    if totals is None and facts.syntax == "CII":
        return True  # the file asks its totals, where there are any
    given = totals is not None and totals.vat_amount_accounting is not None
    if invoice.vat_currency != invoice.currency:
        return given or facts.is_malformed("BT-111")
    # BT-6 repeats BT-5: the UBL file is satisfied by the ordinary total, the CII file refuses it.
    return facts.syntax == "UBL" and totals is not None and (given or totals.vat_amount is not None)


@rule(
    "BR-54",
    on="BG-32",
    terms="BT-160 BT-161",
    remedy="Complétez la caractéristique de l'article (nom BT-160, valeur BT-161) ou retirez-la.",
    breaks="BT-161 =",
    example="attachments",
)
def attribute_has_name_and_value(attribute: ItemAttribute, _: Facts) -> bool:
    """Une caractéristique d'article a un nom et une valeur."""
    return attribute.name is not None and attribute.value is not None


required("BR-55", "BT-25", blank="UBL", example="credit-note")
required("BR-57", "BT-80", blank="UBL", example="delivery")


# Identifiers that mean nothing without the register they come from.
def _has_scheme(identifier: Identifier, facts: Facts) -> bool:
    """Whether the scheme is there; in UBL an empty one is, and its list then refuses it."""
    return identifier.scheme is not None and (facts.syntax == "UBL" or present(identifier.scheme))


for one, term in (("BR-62", "BT-34"), ("BR-63", "BT-49")):

    @of_term(
        one,
        term,
        remedy=f"Précisez l'annuaire de l'adresse ({term}-1) : 0225 pour l'annuaire français.",
        breaks=f'{term} = "123456789"',
    )
    def electronic_address_has_a_scheme(address: Identifier, facts: Facts) -> bool:
        """Une adresse électronique est donnée avec le code de son annuaire."""
        return _has_scheme(address, facts)


@of_term(
    "BR-64",
    "BT-157",
    remedy="Précisez le registre de l'identifiant (BT-157-1) : 0160 pour un code-barres GTIN.",
    breaks='BT-157 = "3012345678900"',
    example="attachments",
)
def standard_item_identifier_has_a_scheme(identifier: Identifier, facts: Facts) -> bool:
    """L'identifiant standard d'un article est donné avec le code de son registre."""
    return _has_scheme(identifier, facts)


@of_term(
    "BR-65",
    "BT-158",
    remedy="Précisez la nomenclature (BT-158-1) : STI pour CPV, HS pour le code douanier…",
    breaks='BT-158 = "85131000"',
    example="attachments",
)
def classifications_have_a_scheme(given: tuple[Identifier, ...], facts: Facts) -> bool:
    """Le classement d'un article est donné avec le code de sa nomenclature."""
    return all(_has_scheme(one, facts) or not one.value for one in given)


# Conditions between terms.
@rule(
    "BR-CO-26",
    terms="BT-30 BT-29 BT-31",
    remedy="Indiquez le SIREN du vendeur (BT-30, registre 0002) ou son numéro de TVA (BT-31).",
    breaks='BT-29 = ; BT-30 = ; BT-31 = ; BT-32 = "FR-LOCAL-1"',
    given=lambda facts: facts.invoice.seller is not None or facts.may_hold(SELLER),
)
def seller_can_be_identified(invoice: Invoice, _: Facts) -> bool:
    """Le vendeur est identifié : SIREN, numéro de TVA ou autre identifiant."""
    seller = invoice.seller
    return seller is not None and (
        present(seller.vat_identifier)
        or seller.legal_identifier is not None
        or any(one.scheme != "SEPA" for one in seller.identifiers)
    )
