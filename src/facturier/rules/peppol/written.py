"""What Peppol asks of the file itself: nothing empty, one currency, one VAT total.

Source: OpenPeppol, rules of May 2026. These are asked of the elements, for an invoice keeps neither
an empty element nor the currency of each amount; of an invoice that is not written yet they are
not asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from facturier.findings import Layer, Severity
from facturier.invoice.codes import allowed
from facturier.invoice.model import Invoice
from facturier.rules.en16931.written import finder
from facturier.rules.facts import Facts
from facturier.rules.peppol.parties import seller_country
from facturier.rules.rule import Family

WRITTEN = Family(Layer.PEPPOL)

_ITEMS = "Amount BaseAmount PriceAmount TaxableAmount LineExtensionAmount TaxExclusiveAmount"
_SUMS = "TaxInclusiveAmount AllowanceTotalAmount ChargeTotalAmount PrepaidAmount PayableAmount"
_AMOUNTS = [f"//cbc:{name}" for name in f"{_ITEMS} {_SUMS} PayableRoundingAmount".split()]
_VAT = ["//cac:TaxTotal[cac:TaxSubtotal]/cbc:TaxAmount", "//cac:TaxSubtotal/cbc:TaxAmount"]
_PARTS = "(/*/cac:AllowanceCharge | /*/*[cac:Item]/cac:AllowanceCharge)"
_REGISTERED = (
    "normalize-space(cac:PartyTaxScheme[normalize-space(cac:TaxScheme/cbc:ID) = 'TAX']"
    "/cbc:CompanyID) = 'Foretaksregisteret'"
)
CURRENCIES = allowed("BR-CL-04", "ubl") - {"STD"} | {"STN"}
"""Of the two codes of the dobra, Peppol knows the one in use."""


def _nowhere(
    id: str,  # noqa: A002
    path: str,
    *,
    terms: str,
    meaning: str,
    remedy: str,
    given: Callable[[Facts], bool] | None = None,
    severity: Severity | None = None,
) -> None:
    """Nothing stands at a path of the file."""
    find = finder(path)

    def nothing_there(_: Invoice, facts: Facts) -> bool:
        return facts.tree is None or not find(facts.tree)

    WRITTEN.add(
        id,
        nothing_there,
        terms=terms,
        meaning=meaning,
        remedy=remedy,
        given=given,
        severity=severity,
    )


_nowhere(
    "PEPPOL-EN16931-R008",
    "//*[not(*) and not(normalize-space())]",
    terms="BT-24",
    meaning="Aucun élément du fichier n'est vide.",
    remedy="Retirez les éléments vides, ou remplissez-les.",
)
_nowhere(
    "PEPPOL-EN16931-R043",
    f"{_PARTS}[not(normalize-space(cbc:ChargeIndicator) = 'true' or "
    "normalize-space(cbc:ChargeIndicator) = 'false')]",
    terms="BG-20 BG-21",
    meaning="Une remise porte ChargeIndicator « false », des frais « true ».",
    remedy="Écrivez true ou false dans cbc:ChargeIndicator.",
)
_nowhere(
    "PEPPOL-EN16931-R044",
    "//cac:Price/cac:AllowanceCharge[normalize-space(cbc:ChargeIndicator) != 'false']",
    terms="BG-29",
    meaning="Un prix porte un rabais, jamais de frais.",
    remedy="Comptez les frais sur la ligne (BG-28) plutôt que dans le prix.",
)
_nowhere(
    "PEPPOL-EN16931-R051",
    f"({' | '.join(_AMOUNTS + _VAT)})[not(@currencyID = string(/*/cbc:DocumentCurrencyCode))]",
    terms="BT-5",
    meaning="Chaque montant est dans la devise de la facture (BT-5), hors BT-111.",
    remedy="Écrivez la même devise dans l'attribut currencyID de chaque montant.",
)
_nowhere(
    "PEPPOL-EN16931-R053",
    "/*[count(cac:TaxTotal[cac:TaxSubtotal]) != 1]",
    terms="BG-22",
    meaning="Un total de TVA, et un seul, porte la ventilation.",
    remedy="Réunissez la ventilation de TVA (BG-23) sous un seul cac:TaxTotal.",
)
_nowhere(
    "PEPPOL-EN16931-R054",
    "/*[count(cac:TaxTotal[not(cac:TaxSubtotal)]) != count(cbc:TaxCurrencyCode)]",
    terms="BT-111 BT-6",
    meaning="Un second total de TVA (BT-111) se donne avec sa devise (BT-6), et jamais sans elle.",
    remedy="Indiquez BT-111 et BT-6 ensemble, ou ni l'un ni l'autre.",
)
_nowhere(
    "PEPPOL-EN16931-R080",
    "/cn:CreditNote[cac:AdditionalDocumentReference[cbc:DocumentTypeCode = '50'][2]]",
    terms="BT-11",
    meaning="Un avoir porte une seule référence de projet (BT-11).",
    remedy="Gardez une seule référence de projet.",
)
_nowhere(
    "PEPPOL-EN16931-R101",
    "/*/*[cac:Item][cac:DocumentReference and "
    "not(cac:DocumentReference/cbc:DocumentTypeCode = '130')]",
    terms="BT-128",
    meaning="Sur une ligne, une référence de document désigne l'objet facturé (code 130).",
    remedy="Donnez à la référence le code 130, ou placez-la au niveau de la facture.",
)
_nowhere(
    "NO-R-002",
    f"//cac:AccountingSupplierParty/cac:Party[not({_REGISTERED})]",
    terms="BT-32",
    meaning="Un vendeur norvégien inscrit au registre des entreprises écrit "
    "« Foretaksregisteret ».",
    remedy="Demandez au vendeur d'écrire « Foretaksregisteret » (BT-32) s'il y est inscrit.",
    given=lambda facts: seller_country(facts) == "NO",
    severity=Severity.WARNING,
)

_find_amounts = finder(" | ".join([*_AMOUNTS, "//cbc:TaxAmount"]))


@WRITTEN.rule(
    "PEPPOL-EN16931-CL007",
    terms="BT-5",
    remedy="Écrivez un code de devise ISO 4217 dans l'attribut currencyID.",
)
def each_currency_is_listed(_: Invoice, facts: Facts) -> bool:
    """La devise de chaque montant est de la liste ISO 4217."""
    if facts.tree is None:
        return True
    amounts: list[Any] = _find_amounts(facts.tree)
    return all(one.get("currencyID") in CURRENCIES for one in amounts)
