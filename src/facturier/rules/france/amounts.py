"""VAT categories and rates, and how numbers are written: BR-FR-15, 16, BR-FR-DEC, BR-FR-CO-12.

Source: XP Z12-012 as BR-FR-Flux2 1.4.0 tests it. Where an official file tests one element under
two ids, the second never fires: BR-FR-16_BT-103 in UBL, BR-FR-DEC-01_BT-111 in both.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from lxml import etree

from facturier.findings import Layer
from facturier.formats import cii
from facturier.invoice import codes
from facturier.invoice.model import AllowanceCharge, Invoice, Line, LineVat, VatBreakdown
from facturier.invoice.terms import label
from facturier.rules.facts import Facts
from facturier.rules.france.multi_vendor import TWO_WAYS
from facturier.rules.france.numbering import is_ubl_credit_note
from facturier.rules.france.writing import MAX_RATE_DIGITS, has_at_most, is_in_few_digits
from facturier.rules.rule import Family, Holds

AMOUNTS = Family(Layer.BR_FR)

EURO = "EUR"
OTHER_TAXES = frozenset({"L", "M"})
"""The taxes of the Canary Islands, of Ceuta and Melilla."""


# --- BR-FR-15: VAT categories ---------------------------------------------------------------------


def _category_of(record: Any) -> str | None:
    if isinstance(record, AllowanceCharge):
        return record.vat_category
    code: str | None = record.category
    return code


def _says_vat(record: Any) -> bool:
    """Tell whether CII has an element for the VAT of a record without category."""
    if isinstance(record, AllowanceCharge):
        said = (record.vat_rate, record.vat_exemption_code, record.vat_exemption_reason)
        return any(one is not None for one in said)
    return isinstance(record, VatBreakdown)


def category_is_admitted(record: Any, facts: Facts) -> bool:
    """Tell whether a category is one of the seven; in CII an absent one is not."""
    code = _category_of(record)
    if code is None:
        return facts.syntax != "CII" or not _says_vat(record)
    return code in codes.FRENCH_VAT_CATEGORY


def category_of_line_is_admitted(line: Line, facts: Facts) -> bool:
    """Tell the same of a line; one that groups or informs may do without."""
    if line.vat is None:
        return True
    if line.vat.category is None:
        return facts.syntax != "CII" or line.subtype in ("GROUP", "INFORMATION")
    return line.vat.category in codes.FRENCH_VAT_CATEGORY


def is_vat(record: Any, _: Facts) -> bool:
    """Tell whether a category is not one of the two taxes that are no VAT."""
    return _category_of(record) not in OTHER_TAXES


def _line_is_vat(line: Line, _: Facts) -> bool:
    return line.vat is None or line.vat.category not in OTHER_TAXES


_ADMITTED = (
    "Choisissez la catégorie : S (taux), E (exonéré), AE (autoliquidation), K (intracommunautaire),"
    " G (export), O (hors champ) ou Z (taux zéro)."
)


def _categories(
    term: str, on: str, admitted: tuple[Holds, Holds], ubl: tuple[str, str], cii: tuple[str, str]
) -> None:
    """Write BR-FR-15 at one place: the seven categories, and the two other taxes refused."""
    name = f"« {label(term)} » ({term})"
    example = "allowances" if term in ("BT-95", "BT-102") else "standard"
    for (listed, refused), syntax in ((ubl, "UBL"), (cii, "CII")):
        AMOUNTS.add(
            listed,
            admitted[0],
            on=on,
            terms=term,
            meaning=f"{name} est une des sept catégories de TVA admises : S, E, AE, K, G, O, Z.",
            remedy=_ADMITTED,
            breaks=f'{term} = "B"',
            example=example,
            syntax=syntax,
        )
        AMOUNTS.add(
            refused,
            admitted[1],
            on=on,
            terms=term,
            meaning=f"{name} n'est ni L ni M : ces taxes espagnoles n'ont pas cours en France.",
            remedy=_ADMITTED,
            breaks=f'{term} = "L"',
            also=listed,
            example=example,
            syntax=syntax,
        )


_ON_DOCUMENT = (
    ("BR-FR-15_BT-95_BT-102-1", "BR-FR-15_BT-95_BT-102-2"),
    ("BR-FR-15_BT-95_BT-102", "BR-FR-15_BT-95_BT-102_LM"),
)
_categories("BT-95", "BG-20", (category_is_admitted, is_vat), *_ON_DOCUMENT)
_categories("BT-102", "BG-21", (category_is_admitted, is_vat), *_ON_DOCUMENT)
_categories(
    "BT-118",
    "BG-23",
    (category_is_admitted, is_vat),
    ("BR-FR-15_BT-118-1", "BR-FR-15_BT-118-2"),
    ("BR-FR-15_BT-95_BT-118", "BR-FR-15_BT-95_BT-118_LM"),
)
_categories(
    "BT-151",
    "BG-25",
    (category_of_line_is_admitted, _line_is_vat),
    ("BR-FR-15_BT-151-1", "BR-FR-08_BT-151-2"),
    ("BR-FR-15_BT-95_BT-151", "BR-FR-15_BT-95_BT-151_LM"),
)


# --- BR-FR-16 and BR-FR-DEC-04: VAT rates ---------------------------------------------------------


def _rate(id: str, term: str, *, syntax: str = "", unless: Holds | None = None) -> None:  # noqa: A002
    """Write BR-FR-16 for one rate. The official files compare how it is written: not 20.000."""

    def is_listed(rate: Decimal, facts: Facts) -> bool:
        return facts.text_of(rate, term) in codes.VAT_RATE_FR

    AMOUNTS.of_term(
        id,
        term,
        is_listed,
        meaning=(
            f"« {label(term)} » ({term}) est un taux de TVA français, d'aujourd'hui ou d'hier, "
            "écrit avec deux décimales au plus."
        ),
        remedy=f"Corrigez {term} : 20, 10, 5.5, 2.1, 0 ; 8.5, 1.75, 1.05 outre-mer ; 13, 0.9…",
        breaks=f'{term} = "21"',
        example=_EXAMPLE_OF_RATE.get(term, "standard"),
        syntax=syntax,
        unless=unless,
    )


_HUNDRED = Decimal(100)


def _short_rate(id: str, term: str, also: str) -> None:  # noqa: A002
    """Write BR-FR-DEC-04 for one rate."""

    def is_short(rate: Decimal, facts: Facts) -> bool:
        if rate < _HUNDRED and not facts.unusual and is_in_few_digits(rate):
            return True
        return has_at_most(facts.text_of(rate, term), 2, signed=False, digits=MAX_RATE_DIGITS)

    AMOUNTS.of_term(
        id,
        term,
        is_short,
        meaning=(
            f"« {label(term)} » ({term}) s'écrit sans signe, avec quatre chiffres au plus dont "
            "deux décimales."
        ),
        remedy=f"Écrivez {term} en pour cent, avec deux décimales au plus : 20.00.",
        breaks=f'{term} = "20.000"',
        also=also,
        example=_EXAMPLE_OF_RATE.get(term, "standard"),
    )


_EXAMPLE_OF_RATE = {"BT-96": "allowances", "BT-103": "allowances"}


def _in_ubl_credit_note(_: LineVat, facts: Facts) -> bool:
    """The UBL file looks at the rates of InvoiceLine only."""
    return is_ubl_credit_note(facts)


for _term in ("BT-96", "BT-103"):
    _rate("BR-FR-16_BT-96", _term, syntax="UBL")
    _rate("BR-FR-16_BT-96_BT-103", _term, syntax="CII")
    _short_rate("BR-FR-DEC-04_BT-96_BT-103", _term, "BR-FR-16_BT-96@UBL BR-FR-16_BT-96_BT-103@CII")
_rate("BR-FR-16_BT-119", "BT-119")
_rate("BR-FR-16_BT-152", "BT-152", unless=_in_ubl_credit_note)
_short_rate("BR-FR-DEC-04_BT-119", "BT-119", "BR-FR-16_BT-119")
_short_rate("BR-FR-DEC-04_BT-152", "BT-152", "BR-FR-16_BT-152")


# --- BR-FR-DEC-01 to 03: amounts, quantities, prices ----------------------------------------------


_IN_WORDS = {2: "deux", 4: "quatre"}


def _number(id: str, term: str, decimals: int, **said: Any) -> None:  # noqa: A002
    """Write BR-FR-DEC-01 or 02 for one number."""

    def is_well_written(number: Decimal, facts: Facts) -> bool:
        if not facts.unusual and is_in_few_digits(number):
            return True
        return has_at_most(facts.text_of(number, term), decimals)

    said.setdefault("breaks", f"{term} + 0.{'0' * (decimals + 1)}")
    AMOUNTS.of_term(
        id,
        term,
        is_well_written,
        meaning=(
            f"« {label(term)} » ({term}) s'écrit avec {_IN_WORDS[decimals]} décimales au plus, "
            "dix-neuf chiffres au plus en tout, sans signe +."
        ),
        remedy=f"Arrondissez {term} à {_IN_WORDS[decimals]} décimales.",
        **said,
    )


_AMOUNTS: dict[str, tuple[str, ...]] = {
    "standard": ("106", "109", "110", "112", "115", "116", "117", "131"),
    "prepaid": ("113", "114"),
    "allowances": ("107", "108", "92_BT-99", "93_BT-100", "136_BT-141", "137_BT-142"),
}
for _example, _ids in _AMOUNTS.items():
    for _id in _ids:
        for _term in f"BT-{_id}".split("_"):
            _number(f"BR-FR-DEC-01_BT-{_id}", _term, 2, example=_example)
_number("BR-FR-DEC-01_BT-110", "BT-111", 2, example="foreign-currency")
# In UBL the VAT of a line stands in an element of the same name as that of the invoice.
_number("BR-FR-DEC-01_BT-110", "EXT-FR-FE-181", 2, breaks='EXT-FR-FE-181 = "1.000"', syntax="UBL")
_number(
    "BR-FR-DEC-01_BT-110",
    "EXT-FR-FE-182",
    2,
    breaks='EXT-FR-FE-182 = "1.000"',
    example="foreign-currency",
    syntax="UBL",
)
_number("BR-FR-DEC-02_BT-129", "BT-129", 4)
_NET_BASES = etree.XPath(
    "//ram:NetPriceProductTradePrice/ram:BasisQuantity/text()", namespaces=cii.NAMESPACES
)


def _has_one_base(facts: Facts) -> bool:
    """CII gives the quantity of a price twice, net and gross; its file looks at that of the net."""
    return facts.syntax != "CII" or not (facts.is_odd_file and facts.is_odd("ram:BasisQuantity"))


_number("BR-FR-DEC-02_BT-149", "BT-149", 4, example="allowances", given=_has_one_base)


@AMOUNTS.rule(
    "BR-FR-DEC-02_BT-149",
    terms="BG-29",
    remedy="Arrondissez la quantité de base du prix net à quatre décimales.",
    syntax="CII",
    given=lambda facts: not _has_one_base(facts),
)
def base_of_net_price_is_well_written(_: Invoice, facts: Facts) -> bool:
    """La quantité de base d'un prix net s'écrit avec quatre décimales au plus."""
    assert facts.tree is not None, "asked of files only"
    bases = cast("list[str]", _NET_BASES(facts.tree))
    return all(has_at_most(text, 4) for text in bases)


def _price(term: str) -> None:
    """Write BR-FR-DEC-03 for one price; only a two-way invoice may have negative ones."""

    def is_well_written(price: Decimal, facts: Facts) -> bool:
        if not facts.unusual and is_in_few_digits(price):
            return True
        two_ways = facts.business_process in TWO_WAYS
        return has_at_most(facts.text_of(price, term), 6, signed=two_ways)

    AMOUNTS.of_term(
        f"BR-FR-DEC-03_{term}",
        term,
        is_well_written,
        terms=f"{term} BT-23",
        meaning=(
            f"« {label(term)} » ({term}) s'écrit avec six décimales au plus, dix-neuf chiffres au "
            "plus en tout, et n'est pas négatif (sauf facture bidirectionnelle, cadre 9)."
        ),
        remedy=f"Pour un montant négatif, gardez {term} positif et changez le signe de la quantité "
        "(BT-129).",
        breaks=f'{term} = "-2.00"',
        example="allowances",
    )


for _term in ("BT-146", "BT-147", "BT-148"):
    _price(_term)


@AMOUNTS.rule(
    "BR-FR-CO-12_BT-5",
    terms="BT-5 BT-6 BT-111",
    remedy="Donnez la TVA totale en euros : BT-6 = EUR et son montant en BT-111.",
    breaks='BT-5 = "USD"',
)
def vat_is_given_in_euros(invoice: Invoice, _: Facts) -> bool:
    """Une facture en devise donne aussi le total de TVA en euros (BT-111, BT-6 = EUR)."""
    if invoice.currency is None or invoice.currency == EURO:
        return True
    totals = invoice.totals
    in_euros = totals is not None and totals.vat_amount_accounting is not None
    return invoice.vat_currency == EURO and in_euros
