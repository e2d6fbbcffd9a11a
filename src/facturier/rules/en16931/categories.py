"""The nine VAT categories: who must be identified, which rate they carry, what is due.

Source: EN 16931-1 §6.4.3 and CEN's validation artefacts 1.3.16. :mod:`.vat` makes ten rules of each
row of :data:`CATEGORIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from facturier.formats.codecs import XML_SPACE
from facturier.invoice.model import VatBreakdown
from facturier.rules.facts import Facts

UNREACHED_IN_CII = frozenset({"L", "M", "O"})
"""Categories whose groups the CII file hands to their own rules only.

In a Schematron pattern the first rule that matches an element takes it; for these three it is the
rule of the category, so that the general ones (BR-45 to BR-48, BR-CO-17, BR-DEC-19) never run.
"""


def is_unreached(vat: VatBreakdown, facts: Facts) -> bool:
    """Whether the official CII file skips the general rules of this VAT group."""
    return (
        facts.syntax == "CII"
        and not facts.reaches_every_group
        and facts.code(vat.category) in UNREACHED_IN_CII
    )


RateHolds = Callable[[Decimal | None, Facts], bool]
Identified = Callable[[Facts], bool]


# Which rate a category may carry.
def _is_positive(rate: Decimal | None, _: Facts) -> bool:
    return rate is not None and rate > 0


def _is_zero(rate: Decimal | None, _: Facts) -> bool:
    return rate is not None and rate == 0


def _is_absent(rate: Decimal | None, _: Facts) -> bool:
    return rate is None


def _is_not_negative(rate: Decimal | None, _: Facts) -> bool:
    return rate is not None and rate >= 0


def _is_positive_or_zero_in_ubl(rate: Decimal | None, facts: Facts) -> bool:
    return rate is not None and (rate > 0 if facts.syntax == "CII" else rate >= 0)


# Who must be identified.
def _seller_has_vat_number(facts: Facts) -> bool:
    seller, agent = facts.invoice.seller, facts.invoice.tax_representative
    return any(one is not None and one.vat_identifier is not None for one in (seller, agent))


def _seller_has_tax_number(facts: Facts) -> bool:
    seller = facts.invoice.seller
    return _seller_has_vat_number(facts) or (
        seller is not None and seller.tax_registration_identifier is not None
    )


def _buyer_has_vat_number(facts: Facts) -> bool:
    buyer = facts.invoice.buyer
    return buyer is not None and buyer.vat_identifier is not None


def _seller_and_buyer_have_vat_number(facts: Facts) -> bool:
    return _seller_has_vat_number(facts) and _buyer_has_vat_number(facts)


def _seller_and_buyer_are_identified(facts: Facts) -> bool:
    buyer = facts.invoice.buyer
    return _seller_has_tax_number(facts) and (
        _buyer_has_vat_number(facts) or bool(buyer and buyer.legal_identifier)
    )


def _nobody_has_vat_number(facts: Facts) -> bool:
    return not _seller_has_vat_number(facts) and not _buyer_has_vat_number(facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who must be identified for a category, and how it is said."""

    holds: Identified
    terms: str
    meaning: str
    remedy: str
    breaks: str = "BT-31 ="


SELLER = Parties(
    holds=_seller_has_tax_number,
    terms="BT-31 BT-32 BT-63",
    meaning="le vendeur donne son numéro de TVA, son numéro fiscal ou celui de son représentant",
    remedy="Indiquez le numéro de TVA du vendeur (BT-31), ou BT-32, ou BT-63.",
)
SELLER_VAT = Parties(
    holds=_seller_has_vat_number,
    terms="BT-31 BT-63",
    meaning="le vendeur donne son numéro de TVA ou celui de son représentant fiscal",
    remedy="Indiquez le numéro de TVA du vendeur (BT-31) ou de son représentant (BT-63).",
)
SELLER_AND_BUYER = Parties(
    holds=_seller_and_buyer_are_identified,
    terms="BT-31 BT-32 BT-63 BT-48 BT-47",
    meaning="le vendeur donne son numéro de TVA, et l'acheteur le sien ou son SIREN",
    remedy="Indiquez le numéro de TVA du vendeur (BT-31) et celui de l'acheteur (BT-48 ou BT-47).",
)
SELLER_AND_BUYER_VAT = Parties(
    holds=_seller_and_buyer_have_vat_number,
    terms="BT-31 BT-63 BT-48",
    meaning="le vendeur et l'acheteur donnent chacun leur numéro de TVA",
    remedy="Indiquez le numéro de TVA du vendeur (BT-31) et celui de l'acheteur (BT-48).",
)
NOBODY = Parties(
    holds=_nobody_has_vat_number,
    terms="BT-31 BT-48 BT-63",
    meaning="aucun numéro de TVA ne figure sur la facture",
    remedy="Retirez les numéros de TVA (BT-31, BT-48, BT-63) ou changez le code de TVA.",
    breaks='BT-31 = "FR00000000000"',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Which rate a category may carry, and how it is said."""

    holds: RateHolds
    meaning: str
    remedy: str
    wrong: str
    """A rate that breaks it."""


POSITIVE = Rates(
    holds=_is_positive,
    meaning="le taux est supérieur à zéro",
    remedy="Indiquez le taux appliqué, ou le code de TVA d'une opération sans taxe.",
    wrong="0",
)
ZERO_RATE = Rates(
    holds=_is_zero,
    meaning="le taux est 0",
    remedy="Indiquez le taux 0, ou le code S si une taxe est due.",
    wrong="20",
)
NO_RATE = Rates(
    holds=_is_absent,
    meaning="le taux n'est pas indiqué",
    remedy="Retirez le taux : une opération hors du champ de la TVA n'en a pas.",
    wrong="0",
)
NOT_NEGATIVE = Rates(
    holds=_is_not_negative,
    meaning="le taux est indiqué et n'est pas négatif",
    remedy="Indiquez le taux appliqué.",
    wrong="-1",
)
NOT_NEGATIVE_OR_POSITIVE = Rates(
    holds=_is_positive_or_zero_in_ubl,
    meaning="le taux est indiqué et n'est pas négatif (en CII il est supérieur à zéro)",
    remedy="Indiquez le taux appliqué.",
    wrong="-1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """What is particular to one VAT category."""

    code: str
    prefix: str
    nom: str
    """In French, as the end of « Pour une opération … »."""
    parties: Parties
    rates: Rates
    taxed: bool
    """VAT is worked out rate by rate and no exemption may be claimed; else nothing is due."""
    exempt: bool
    """A reason why no VAT is due must be given; else none may be."""
    example: str
    alone: str
    """Example whose only sale of this category is one line."""

    @property
    def only_in_ubl(self) -> bool:
        """Whether rules 08 and 09 can fail in UBL only.

        For IGIC and IPSI the CII file looks for the rate where it is not (08) or not at all (09).
        """
        return self.taxed and self.code in UNREACHED_IN_CII

    @property
    def lead(self) -> str:
        """How each meaning begins."""
        return f"Pour une opération {self.nom} (code {self.code}), "

    def is_of(self, code: str | None, facts: Facts | None = None) -> bool:
        """Whether a code names this category; blanks around it count where `facts` say so."""
        if facts is not None:
            return facts.code(code) == self.code
        return code is not None and code.strip(XML_SPACE) == self.code


CATEGORIES = (
    Category(
        code="S",
        prefix="BR-S",
        nom="soumise à la TVA au taux normal ou à un taux réduit",
        parties=SELLER,
        rates=POSITIVE,
        taxed=True,
        exempt=False,
        example="allowances",
        alone="card",
    ),
    Category(
        code="Z",
        prefix="BR-Z",
        nom="soumise à la TVA au taux zéro",
        parties=SELLER,
        rates=ZERO_RATE,
        taxed=False,
        exempt=False,
        example="zero",
        alone="zero",
    ),
    Category(
        code="E",
        prefix="BR-E",
        nom="exonérée de TVA",
        parties=SELLER,
        rates=ZERO_RATE,
        taxed=False,
        exempt=True,
        example="exempt",
        alone="exempt",
    ),
    Category(
        code="AE",
        prefix="BR-AE",
        nom="en autoliquidation",
        parties=SELLER_AND_BUYER,
        rates=ZERO_RATE,
        taxed=False,
        exempt=True,
        example="reverse-charge",
        alone="reverse-charge",
    ),
    Category(
        code="K",
        prefix="BR-IC",
        nom="de livraison intracommunautaire",
        parties=SELLER_AND_BUYER_VAT,
        rates=ZERO_RATE,
        taxed=False,
        exempt=True,
        example="intra-eu",
        alone="intra-eu",
    ),
    Category(
        code="G",
        prefix="BR-G",
        nom="d'exportation hors de l'Union européenne",
        parties=SELLER_VAT,
        rates=ZERO_RATE,
        taxed=False,
        exempt=True,
        example="export",
        alone="export",
    ),
    Category(
        code="O",
        prefix="BR-O",
        nom="hors du champ de la TVA",
        parties=NOBODY,
        rates=NO_RATE,
        taxed=False,
        exempt=True,
        example="out-of-scope",
        alone="out-of-scope",
    ),
    Category(
        code="L",
        prefix="BR-AF",
        nom="soumise à l'IGIC des Canaries",
        parties=SELLER,
        rates=NOT_NEGATIVE_OR_POSITIVE,
        taxed=True,
        exempt=False,
        example="igic",
        alone="igic-line",
    ),
    Category(
        code="M",
        prefix="BR-AG",
        nom="soumise à l'IPSI de Ceuta et Melilla",
        parties=SELLER,
        rates=NOT_NEGATIVE,
        taxed=True,
        exempt=False,
        example="ipsi",
        alone="ipsi-line",
    ),
)
"""In the order of EN 16931-1."""
