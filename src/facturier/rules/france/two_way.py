"""Invoices in two directions (B9, S9, M9): what each of two companies sold to the other.

BR-FR-BD-02 and BD-13; what they share with multi-vendor invoices is in
:mod:`~facturier.rules.france.multi_vendor`. Source: XP Z12-012 as BR-FR-Flux2 1.4.0 tests it.
"""

from __future__ import annotations

from typing import Any

from facturier.findings import Layer
from facturier.invoice import codes
from facturier.invoice.model import Invoice
from facturier.rules.facts import Facts
from facturier.rules.france.multi_vendor import BD, TWO_WAYS, asked_of, legal_id, roots
from facturier.rules.rule import Family

TWO_WAY = Family(Layer.BR_FR)

_two_ways = asked_of(TWO_WAYS)


@TWO_WAY.rule(
    "BR-FR-BD-02_EXT-FR-FE-163",
    terms="EXT-FR-FE-163 BT-23",
    remedy="Gardez deux lignes GROUP sans parente : ce que le vendeur facture, ce que l'acheteur "
    "facture.",
    breaks='EXT-FR-FE-163[2] = "INFORMATION"',
    also="BR-FR-BD-02_BT-47",
    example=BD,
    given=_two_ways,
)
def there_are_two_sub_invoices(invoice: Invoice, _: Facts) -> bool:
    """Une facture bidirectionnelle (cadre 9) a deux lignes GROUP sans parente, une par sens."""
    return len(roots(invoice)) == 2  # noqa: PLR2004


def _owns_one(invoice: Invoice, owner: str) -> bool:
    party = invoice.seller if owner == "seller" else invoice.buyer
    legal = party.legal_identifier if party else None
    if legal is None:
        return False
    return sum(legal_id(line) == legal.value for line in roots(invoice)) == 1


_SELLERS_OWN: dict[str, Any] = {
    "terms": "EXT-FR-FE-167 BT-30",
    "remedy": "Donnez à une des deux lignes GROUP l'identifiant légal du vendeur (BT-30).",
    "breaks": 'EXT-FR-FE-167[0] = "999999999@0002"; EXT-FR-FE-167[1] = "999999999@0002"',
    "example": BD,
    "given": _two_ways,
}


@TWO_WAY.rule("BR-FR-BD-02_BT-31", syntax="CII", **_SELLERS_OWN)
@TWO_WAY.rule("BR-FR-BD-02_BT-30", syntax="UBL", **_SELLERS_OWN)
def one_direction_is_the_sellers(invoice: Invoice, _: Facts) -> bool:
    """En cadre 9, une ligne GROUP et une seule est celle du vendeur de la facture (BT-30)."""
    return _owns_one(invoice, "seller")


@TWO_WAY.rule(
    "BR-FR-BD-02_BT-47",
    terms="EXT-FR-FE-167 BT-47",
    remedy="Donnez à une des deux lignes GROUP l'identifiant légal de l'acheteur (BT-47).",
    breaks='EXT-FR-FE-167[2] = "999999999@0002"; EXT-FR-FE-167[3] = "999999999@0002"',
    example=BD,
    given=_two_ways,
)
def one_direction_is_the_buyers(invoice: Invoice, _: Facts) -> bool:
    """En cadre 9, une ligne GROUP et une seule est celle de l'acheteur de la facture (BT-47)."""
    return _owns_one(invoice, "buyer")


_SELF_BILLED: dict[str, Any] = {
    "terms": "BT-3 BT-23",
    "remedy": "Prenez un type d'autofacture : 389, ou 261 pour un avoir, 471 pour une "
    "rectificative.",
    "breaks": 'BT-3 = "380"',
    "example": BD,
    "given": _two_ways,
}


@TWO_WAY.rule("BR-FR-BD-13_BT-3", syntax="CII", **_SELF_BILLED)
@TWO_WAY.rule("BR-FR-MV-BD_BT-3", syntax="UBL", **_SELF_BILLED)
def two_way_invoice_is_self_billed(invoice: Invoice, facts: Facts) -> bool:
    """Une facture bidirectionnelle (cadre 9) est une autofacture."""
    return invoice.type_code is None or facts.type_code in codes.SELF_BILLED
