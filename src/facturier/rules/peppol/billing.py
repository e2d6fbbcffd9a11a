"""What Peppol BIS Billing 3.0 asks beyond EN 16931: one note, addresses, exact sums, short lists.

Source: OpenPeppol, rules of May 2026, PEPPOL-EN16931-R, -F, -P and -CL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from facturier.findings import Layer
from facturier.invoice import terms as dictionary
from facturier.invoice.codes import allowed
from facturier.invoice.model import (
    Attachment,
    Invoice,
    ProcessControl,
    SupportingDocument,
    Totals,
    VatBreakdown,
)
from facturier.invoice.profiles import PEPPOL_BIS, PEPPOL_PROCESS
from facturier.rules.en16931.written import finder
from facturier.rules.facts import Facts
from facturier.rules.peppol.parties import is_between_germans, is_credit_note
from facturier.rules.rule import Family

BILLING = Family(Layer.PEPPOL)
rule = BILLING.rule

PROCESSES = frozenset(
    {
        PEPPOL_PROCESS,
        "urn:peppol:france:billing:regulated",
        "urn:peppol:france:billing:non-regulated",
        "urn:peppol:bis:billing_with_response",
    }
)
"""Values of BT-23."""
CREDIT_NOTES = frozenset({"381", "396", "81", "83", "532"})
INVOICES = frozenset(
    {"71", "80", "82", "84", "102", "218", "219", "326", "331", "380", "382", "383", "384", "386"}
    | {"388", "393", "395", "553", "575", "623", "780", "817", "870", "875", "876", "877"}
)
GERMAN_ONLY = frozenset({"326", "384"})
MIME_CODES = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)
NO_ADDRESS_SCHEMES = frozenset(
    {"0037", "0147", "0154", "0158", "0170", "0177", "0193", "0194", "0202", "0203", "0205", "0212"}
    | {"0213", "0215", "0217", "0219", "0220", "AN", "AQ", "AS", "AU", "EM"}
)
"""Schemes of electronic addresses that EN 16931 admits and Peppol does not."""
EXEMPTIONS = {
    "PEPPOL-EN16931-P0104": ("VATEX-EU-G", "G"),
    "PEPPOL-EN16931-P0105": ("VATEX-EU-O", "O"),
    "PEPPOL-EN16931-P0106": ("VATEX-EU-IC", "K"),
    "PEPPOL-EN16931-P0107": ("VATEX-EU-AE", "AE"),
    "PEPPOL-EN16931-P0108": ("VATEX-EU-D", "E"),
    "PEPPOL-EN16931-P0109": ("VATEX-EU-F", "E"),
    "PEPPOL-EN16931-P0110": ("VATEX-EU-I", "E"),
    "PEPPOL-EN16931-P0111": ("VATEX-EU-J", "E"),
}
"""Rule → reason (BT-121) and the one VAT category that it may explain."""


_find_reference = finder("/*/cbc:BuyerReference | /*/cac:OrderReference/cbc:ID")


# --- the document ---------------------------------------------------------------------------------


BILLING.required(
    "PEPPOL-EN16931-R001",
    "BT-23",
    on="",
    blank="UBL",
    example="peppol",
    also="PEPPOL-EN16931-R007",
    remedy=f"Indiquez dans BT-23 le processus « {PEPPOL_PROCESS} ».",
)


@rule(
    "PEPPOL-EN16931-R007",
    terms="BT-23",
    remedy=f"Indiquez dans BT-23 le processus « {PEPPOL_PROCESS} ».",
    breaks='BT-23 = "B1"',
    example="peppol",
)
def process_is_known(_: Invoice, facts: Facts) -> bool:
    """Le cadre (BT-23) est un processus de facturation que Peppol reconnaît."""
    return " ".join(facts.business_process.split()) in PROCESSES


@rule(
    "PEPPOL-EN16931-R002",
    terms="BT-22",
    remedy="Réunissez les mentions en une seule note (BT-22).",
    breaks='BG-1 = {} ; BT-22[1] = "Une autre mention"',
    example="peppol",
)
def one_note_only(invoice: Invoice, facts: Facts) -> bool:
    """La facture porte une note au plus, sauf entre deux entreprises allemandes."""
    return len(invoice.notes) <= 1 or is_between_germans(facts)


@rule(
    "PEPPOL-EN16931-R003",
    terms="BT-10 BT-13",
    remedy="Indiquez la référence de l'acheteur (BT-10) ou son bon de commande (BT-13).",
    breaks="BT-10 =",
    example="peppol",
)
def buyer_finds_his_order(invoice: Invoice, facts: Facts) -> bool:
    """La facture porte la référence de l'acheteur (BT-10) ou le bon de commande (BT-13)."""
    if facts.tree is not None:  # « NA » stands for no order: it counts, and is no BT-13
        return bool(_find_reference(facts.tree))
    return invoice.buyer_reference is not None or invoice.order is not None


@rule(
    "PEPPOL-EN16931-R004",
    on="BG-2",
    terms="BT-24",
    remedy="Écrivez BT-24 tel que Peppol le publie, sans « :: ».",
    breaks=f'BT-24 = "{PEPPOL_BIS}::2.1"',
    example="peppol",
)
def profile_is_that_of_billing(control: ProcessControl, _: Facts) -> bool:
    """Le profil (BT-24) est celui de Peppol BIS Billing 3.0, dans sa forme exacte."""
    said = " ".join((control.specification or "").split())
    return said.startswith(PEPPOL_BIS) and "::" not in said


@rule(
    "PEPPOL-EN16931-R005",
    terms="BT-6 BT-5",
    remedy="Retirez BT-6 : la TVA se comptabilise déjà dans la devise de la facture.",
    breaks='BT-6 = "EUR" ; BT-111 = "28.20"',
    example="peppol",
)
def vat_currency_is_another_one(invoice: Invoice, _: Facts) -> bool:
    """La devise de comptabilisation de la TVA (BT-6) diffère de celle de la facture (BT-5)."""
    if invoice.vat_currency is None:
        return True
    return invoice.vat_currency.strip() != (invoice.currency or "").strip()


BILLING.required("PEPPOL-EN16931-R010", "BT-49", blank="UBL", example="peppol")
BILLING.required("PEPPOL-EN16931-R020", "BT-34", blank="UBL", example="peppol")


@rule(
    "PEPPOL-EN16931-R055",
    on="BG-22",
    terms="BT-111 BT-110 BT-6",
    remedy="Donnez à BT-111 le signe de BT-110 : c'est la même TVA, dans une autre devise.",
    breaks='BT-111 = "-18.40"',
    example="peppol-dollars",
)
def vat_has_one_sign(totals: Totals, facts: Facts) -> bool:
    """La TVA en devise de comptabilisation (BT-111) a le signe de la TVA totale (BT-110)."""
    if facts.invoice.vat_currency in (None, facts.invoice.currency):
        return True
    accounted, due = totals.vat_amount_accounting, totals.vat_amount
    if accounted is None or due is None:
        return False
    return (accounted <= 0 and due <= 0) or (accounted >= 0 and due >= 0)


# --- codes ----------------------------------------------------------------------------------------


def _listed(
    id: str,  # noqa: A002
    term: str,
    codes: Callable[[], Iterable[str]],
    what: str,
    **said: Any,
) -> None:
    """A coded term takes its value from a list."""

    def is_listed(code: str, _: Facts) -> bool:
        return code.strip() in codes()

    said.setdefault("breaks", f'{term} = "ZZZZ"')
    BILLING.of_term(
        id,
        term,
        is_listed,
        meaning=f"« {dictionary.label(term)} » ({term}) est un code de la liste {what}.",
        remedy=f"Choisissez pour {term} un code de la liste {what}.",
        **said,
    )


for _term in ("BT-98", "BT-140"):
    _listed(
        "PEPPOL-EN16931-CL002",
        _term,
        lambda: allowed("BR-CL-19", "ubl"),
        "des remises (UNTDID 5189)",
        example="peppol-parts",
    )
for _term in ("BT-105", "BT-145"):
    _listed(
        "PEPPOL-EN16931-CL003",
        _term,
        lambda: allowed("BR-CL-20", "ubl"),
        "des charges et frais (UNTDID 7161)",
        example="peppol-parts",
    )


@rule(
    "PEPPOL-EN16931-CL001",
    on="BG-24",
    terms="BT-125",
    remedy="Joignez un PDF, une image PNG ou JPEG, un CSV ou un tableur.",
    breaks='BT-125 = "a.zip@application/zip"',
    example="peppol-attachment",
)
def attachment_can_be_opened(document: SupportingDocument, _: Facts) -> bool:
    """Un document joint (BT-125) est d'un des formats que Peppol admet."""
    file: Attachment | None = document.attachment
    return file is None or file.mime_code is None or file.mime_code in MIME_CODES


@rule(
    "PEPPOL-EN16931-CL006",
    terms="BT-8",
    remedy="Indiquez dans BT-8 : 3 (facture), 35 (livraison) ou 432 (paiement).",
    breaks='BT-8 = "5"',
    example="peppol",
)
def vat_point_code_is_listed(invoice: Invoice, _: Facts) -> bool:
    """Le code de date d'exigibilité de la TVA (BT-8) est 3, 35 ou 432."""
    return invoice.vat_point_date_code is None or invoice.vat_point_date_code.strip() in {
        "3",
        "35",
        "432",
    }


def _is_address_scheme(code: str) -> bool:
    return code in allowed("BR-CL-25", "ubl") - NO_ADDRESS_SCHEMES


def _address_scheme_is_listed(party: Any, _: Facts) -> bool:
    address = party.electronic_address
    return address is None or address.scheme is None or _is_address_scheme(address.scheme)


for _group, _term in (("BG-4", "BT-34"), ("BG-7", "BT-49")):
    BILLING.add(
        "PEPPOL-EN16931-CL008",
        _address_scheme_is_listed,
        on=_group,
        terms=_term,
        meaning=f"« {dictionary.label(_term)} » ({_term}) : le registre de l'adresse est dans la "
        "liste de Peppol.",
        remedy=f"Choisissez pour {_term} un registre de la liste, 0225 pour une adresse française.",
        breaks=f'{_term} = "123@ZZZZ"',
        example="peppol",
    )


@rule(
    "PEPPOL-EN16931-P0100",
    terms="BT-3",
    remedy="Choisissez pour BT-3 un code que Peppol admet : 380 facture, 386 acompte…",
    breaks='BT-3 = "385"',
    example="peppol",
)
def invoice_type_is_admitted(_: Invoice, facts: Facts) -> bool:
    """Le type d'une facture (BT-3) est de ceux que Peppol admet."""
    if is_credit_note(facts) or not facts.type_code:
        return True
    return facts.type_code in INVOICES or not process_is_known(facts.invoice, facts)


@rule(
    "PEPPOL-EN16931-P0101",
    terms="BT-3",
    remedy="Choisissez pour BT-3 un code d'avoir que Peppol admet : 381, 396, 81, 83 ou 532.",
)
def credit_note_type_is_admitted(_: Invoice, facts: Facts) -> bool:
    """Le type d'un avoir (BT-3) est de ceux que Peppol admet."""
    if facts.root != "CreditNote" or not facts.type_code:
        return True
    return facts.type_code in CREDIT_NOTES or not process_is_known(facts.invoice, facts)


@rule(
    "PEPPOL-EN16931-P0112",
    terms="BT-3",
    remedy="Choisissez un autre type : 326 et 384 ne servent qu'entre entreprises allemandes.",
    breaks='BT-3 = "384"',
    example="peppol",
)
def german_types_stay_in_germany(_: Invoice, facts: Facts) -> bool:
    """Les types 326 et 384 ne servent qu'entre deux entreprises allemandes."""
    return facts.type_code not in GERMAN_ONLY or is_between_germans(facts)


def _explains_its_category(code: str, category: str) -> Callable[[VatBreakdown, Facts], bool]:
    def is_so(vat: VatBreakdown, _: Facts) -> bool:
        said = (vat.exemption_code or "").upper()
        return said != code or (vat.category or "").strip() == category

    return is_so


for _id, (_code, _category) in EXEMPTIONS.items():
    BILLING.add(
        _id,
        _explains_its_category(_code, _category),
        on="BG-23",
        terms="BT-118 BT-121",
        meaning=f"Le motif {_code} (BT-121) n'explique que la catégorie {_category} (BT-118).",
        remedy=f"Mettez la catégorie {_category} en BT-118, ou choisissez le motif qui convient.",
        breaks=f'BT-121 = "{_code}"',
        example="peppol-zero",
    )


_DATES = ("BT-2", "BT-7", "BT-9", "BT-72", "BT-73", "BT-74", "BT-134", "BT-135")


def _reads(term: str) -> Callable[[Invoice, Facts], bool]:
    def is_a_date(_: Invoice, facts: Facts) -> bool:
        return not any(one.term == term for one in facts.invoice.malformed)

    return is_a_date


for _term in _DATES:
    BILLING.add(
        "PEPPOL-EN16931-F001",
        _reads(_term),
        terms=_term,
        meaning=f"« {dictionary.label(_term)} » ({_term}) s'écrit AAAA-MM-JJ.",
        remedy=f"Écrivez {_term} avec l'année, le mois et le jour : 2026-11-02.",
    )
