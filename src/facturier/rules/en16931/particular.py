"""What only one VAT category asks: intra-EU deliveries (K), outside the scope (O), Italy (B).

Source: EN 16931-1 §6.4.3 and CEN's validation artefacts 1.3.16.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from lxml import etree

from facturier.findings import Layer
from facturier.formats import cii, ubl
from facturier.invoice.model import Invoice
from facturier.rules.facts import Facts
from facturier.rules.rule import Family, present

PARTICULAR = Family(Layer.EN16931)


def _intra_eu(facts: Facts) -> bool:
    return "K" in facts.breakdown


@PARTICULAR.rule(
    "BR-IC-11",
    terms="BT-72 BT-73 BT-74",
    remedy="Indiquez la date de livraison (BT-72) ou la période de facturation (BG-14).",
    breaks="BT-72 = ; BG-14 =",
    example="intra-eu",
    category="K",
)
def intra_eu_delivery_is_dated(invoice: Invoice, facts: Facts) -> bool:
    """Une livraison intracommunautaire est datée : date de livraison ou période de facturation."""
    if not _intra_eu(facts):
        return True
    delivery, period = invoice.delivery, invoice.period
    return (
        (delivery is not None and delivery.actual_date is not None)
        or (period is not None and (period.start_date or period.end_date) is not None)
        or (facts.syntax == "UBL" and invoice.vat_point_date_code is not None)
        or any(facts.is_malformed(term) for term in ("BT-72", "BT-73", "BT-74"))
    )


@PARTICULAR.rule(
    "BR-IC-12",
    terms="BT-80",
    remedy="Indiquez le pays de livraison (BT-80).",
    breaks="BT-80 =",
    also="BR-57",
    example="intra-eu",
    category="K",
)
def intra_eu_delivery_has_a_country(invoice: Invoice, facts: Facts) -> bool:
    """Une livraison intracommunautaire indique le pays où le bien arrive."""
    delivery = invoice.delivery
    address = delivery.address if delivery else None
    return not _intra_eu(facts) or (address is not None and present(address.country_code))


ODDLY = {
    "lines_by_category": attrgetter("lines"),
    "breakdown": attrgetter("groups"),
}
"""Where the taxes of an odd file are counted."""


def _only_out_of_scope(held: str) -> Callable[[Facts], bool]:
    def holds(facts: Facts) -> bool:
        if facts.is_odd_file and held in ODDLY:
            return not (ODDLY[held](facts.taxes.named).keys() - {"O", ""})
        return not (getattr(facts, held).keys() - {"O", ""})

    return holds


LINES = _only_out_of_scope("lines_by_category")
ALLOWANCES = _only_out_of_scope("allowances_by_category")
CHARGES = _only_out_of_scope("charges_by_category")
BREAKDOWN = _only_out_of_scope("breakdown")

# The CII file does not tell lines from breakdown, nor allowances from charges: each of a pair of
# rules fails with the other.
for id_, nom, mine, other, terms, breaks, also in (
    (
        "BR-O-11",
        "aucun autre code ne figure dans le détail de la TVA",
        BREAKDOWN,
        LINES,
        "BT-118",
        'BG-23 = {}; BT-118[1] = "Z"; BT-116[1] = 0.00; BT-117[1] = 0.00; BT-119[1] = 0',
        "BR-O-12@CII BR-Z-01@CII",
    ),
    (
        "BR-O-12",
        "aucune ligne n'en porte un autre",
        LINES,
        BREAKDOWN,
        "BT-151",
        'BT-151 = "Z"; BT-152 = 0',
        "BR-Z-01 BR-Z-02 BR-O-08 BR-O-11@CII",
    ),
    (
        "BR-O-13",
        "aucune remise du document n'en porte un autre",
        ALLOWANCES,
        CHARGES,
        "BT-95",
        'BT-95 = "Z"; BT-96 = 0',
        "BR-Z-01 BR-Z-03 BR-O-08 BR-O-14@CII",
    ),
    (
        "BR-O-14",
        "aucuns frais du document n'en portent un autre",
        CHARGES,
        ALLOWANCES,
        "BT-102",
        'BT-102 = "Z"; BT-103 = 0',
        "BR-Z-01 BR-Z-04 BR-O-08 BR-O-13@CII",
    ),
):

    def out_of_scope_stands_alone(
        _: Invoice,
        facts: Facts,
        mine: Callable[[Facts], bool] = mine,
        other: Callable[[Facts], bool] = other,
    ) -> bool:
        """Whether nothing else is sold beside what is outside the scope of VAT."""
        if "O" not in facts.breakdown:
            return True
        return mine(facts) and (facts.syntax != "CII" or other(facts))

    PARTICULAR.add(
        id_,
        out_of_scope_stands_alone,
        terms=f"{terms} BT-118",
        meaning=f"Dès que le détail de la TVA est hors du champ de la TVA (code O), {nom}.",
        remedy="Faites deux factures, ou donnez le même code de TVA à toute la facture.",
        breaks=breaks,
        also=also,
        example="out-of-scope",
        category="O",
    )


@PARTICULAR.rule(
    "BR-B-01",
    terms="BT-55 BT-40 BT-69 BT-80 BT-159",
    remedy="Le code B est réservé à l'Italie : choisissez un autre code de TVA.",
    breaks='BT-55 = "FR"',
    example="split-payment",
    category="B",
)
def split_payment_is_domestic(invoice: Invoice, facts: Facts) -> bool:
    """Le paiement scindé de la TVA (code B) n'existe qu'entre parties italiennes."""
    if "B" not in facts.categories:
        return True
    if facts.tree is not None:
        return not _FOREIGN[facts.syntax](facts.tree)
    return countries(invoice, facts) <= {"IT"}


_FOREIGN = {
    "CII": etree.XPath("//ram:CountryID != 'IT'", namespaces=cii.NAMESPACES),
    "UBL": etree.XPath("//cbc:IdentificationCode != 'IT'", namespaces=ubl.NAMESPACES),
}
"""Whether a file names a country that is not Italy, wherever it is."""


def countries(invoice: Invoice, facts: Facts) -> set[str]:
    """Return the country codes of an invoice; where goods come from counts in UBL only."""
    addresses = [
        party.postal_address
        for party in (invoice.seller, invoice.buyer, invoice.tax_representative, invoice.payee)
        if party is not None
    ]
    if invoice.delivery is not None:
        addresses.append(invoice.delivery.address)
    found = {a.country_code for a in addresses if a is not None and a.country_code}
    if facts.syntax != "CII":
        found |= {
            line.item.origin_country
            for line in invoice.lines
            if line.item is not None and line.item.origin_country
        }
    return found


@PARTICULAR.rule(
    "BR-B-02",
    terms="BT-118 BT-151 BT-95 BT-102",
    remedy="Faites deux factures : l'une au code B, l'autre au code S.",
    breaks='BT-151 = "S"',
    also="BR-S-01",
    example="split-payment",
    category="B",
)
def split_payment_is_not_mixed(_: Invoice, facts: Facts) -> bool:
    """Le paiement scindé de la TVA (code B) ne se mélange pas avec la TVA ordinaire (code S)."""
    return "B" not in facts.categories or "S" not in facts.categories
