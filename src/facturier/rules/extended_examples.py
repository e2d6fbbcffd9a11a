"""Named invoices of the profile EXTENDED-CTC-FR, for its rules to break and the docs to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from facturier.invoice.model import (
    AllowanceCharge,
    Invoice,
    Item,
    ItemAttribute,
    Line,
    LineVat,
    PriceDetails,
    ProcessControl,
    VatBreakdown,
)
from facturier.invoice.profiles import EXTENDED_CTC_FR
from facturier.rules import examples
from facturier.rules.example_pieces import between_two, line, part

Build = Callable[[], Invoice]
BUILDERS: dict[str, Build] = {}

BY_LINE = ("exempt", "reverse-charge", "intra-eu", "export", "out-of-scope")
"""Examples of EN 16931 without VAT, told here with the reason on each line."""


def names() -> tuple[str, ...]:
    """Return the names of these examples."""
    return tuple(BUILDERS)


def _named(name: str) -> Callable[[Build], Build]:
    def keep(build: Build) -> Build:
        BUILDERS[name] = build
        return build

    return keep


def _extended(invoice: Invoice) -> Invoice:
    process = invoice.process.business_process if invoice.process else None
    control = ProcessControl(business_process=process, specification=EXTENDED_CTC_FR)
    return replace(invoice, process=control)


# --- The reason why no VAT is due, where it is sold -----------------------------------------------


def _with_reasons(invoice: Invoice) -> Invoice:
    """Return the invoice with the reason of its breakdown on each line, allowance and charge."""
    vat = invoice.vat_breakdown[0]
    return replace(
        _extended(invoice),
        lines=tuple(replace(one, vat=_line_vat(one.vat, vat)) for one in invoice.lines),
        allowances=tuple(_reasoned(one, vat) for one in invoice.allowances),
        charges=tuple(_reasoned(one, vat) for one in invoice.charges),
    )


def _line_vat(held: LineVat | None, vat: VatBreakdown) -> LineVat:
    return replace(
        held or LineVat(),
        exemption_reason=vat.exemption_reason,
        exemption_code=vat.exemption_code,
    )


def _reasoned(held: AllowanceCharge, vat: VatBreakdown) -> AllowanceCharge:
    return replace(
        held, vat_exemption_reason=vat.exemption_reason, vat_exemption_code=vat.exemption_code
    )


def _by_line(name: str) -> Build:
    return lambda: _with_reasons(examples.example(name))


for _name in BY_LINE:
    BUILDERS[f"{_name}-by-line"] = _by_line(_name)


@_named("standard-rate")
def standard_rate() -> Invoice:
    """A line, an allowance and a charge, all at 20 %."""
    return replace(
        _extended(between_two()),
        lines=(line("1", "Lampe de bureau", "100.00", "S", "20"),),
        allowances=(part("10.00", "Remise de fidélité", "95", "S", "20"),),
        charges=(part("4.00", "Transport", "FC", "S", "20"),),
    )


def _exempt(number: str, name: str, price: str, code: str, text: str) -> Line:
    vat = LineVat(category="E", rate=Decimal(0), exemption_code=code, exemption_reason=text)
    return replace(line(number, name, price, "E", "0"), vat=vat)


@_named("several-reasons")
def several_reasons() -> Invoice:
    """Two lines are exempt for different reasons: the breakdown has a line for each."""
    return replace(
        _extended(between_two()),
        lines=(
            _exempt("1", "Soins", "80.00", "VATEX-FR-CGI261-4", "Article 261, 4, 1° du CGI"),
            _exempt("2", "Formation", "50.00", "VATEX-EU-132-1I", "Article 261, 4, 4° du CGI"),
            line("3", "Brochure", "20.00", "S", "20"),
        ),
    )


@_named("out-of-scope-beside-others")
def out_of_scope_beside_others() -> Invoice:
    """A penalty outside the scope of VAT beside a taxed sale: the profile admits both."""
    penalty = replace(
        line("2", "Indemnité", "30.00", "O", None),
        vat=LineVat(category="O", exemption_code="VATEX-EU-O", exemption_reason="Hors champ"),
    )
    return replace(
        _extended(between_two()),
        lines=(line("1", "Lampe de bureau", "100.00", "S", "20"), penalty),
    )


# --- Lines under lines ----------------------------------------------------------------------------


def _under(parent: str, subtype: str, held: Line) -> Line:
    return replace(held, parent=parent or None, subtype=subtype)


def _group(number: str, parent: str, name: str) -> Line:
    return _under(parent, "GROUP", Line(identifier=number, item=Item(name=name)))


@_named("sub-lines")
def sub_lines() -> Invoice:
    """A kit: a group with a group in it, details that add up and a line for information."""
    return replace(
        _extended(between_two()),
        lines=(
            _group("1", "", "Poste de travail"),
            _group("1.1", "1", "Éclairage"),
            _under("1.1", "DETAIL", line("1.1.1", "Lampe", "20.00", "S", "20")),
            _under("1.1", "DETAIL", line("1.1.2", "Ampoule", "10.00", "S", "20")),
            _under("1", "DETAIL", line("1.2", "Bureau", "70.00", "S", "20")),
            _under("1", "INFORMATION", line("1.3", "Notice offerte", "0.00", "S", "20")),
            line("2", "Livraison", "15.00", "S", "20"),
        ),
    )


# --- Items told in full ---------------------------------------------------------------------------


@_named("described")
def described() -> Invoice:
    """Incoterms, a measured and coded property, a rebate on the price with its reason."""
    lamp = replace(
        line("1", "Lampe de bureau", "90.00", "S", "20"),
        item=Item(
            name="Lampe de bureau",
            attributes=(
                ItemAttribute(
                    name="Poids net", code="AAF", measure=Decimal("1.5"), measure_unit="KGM"
                ),
            ),
        ),
        price=PriceDetails(
            net_price=Decimal("90.00"),
            gross_price=Decimal("100.00"),
            discount=Decimal("10.00"),
            discount_reason="Remise",
            discount_reason_code="95",
        ),
        incoterms_code="DAP",
        incoterms_place="Nantes",
    )
    return replace(
        _extended(between_two()),
        incoterms_code="DAP",
        incoterms_place="Nantes",
        lines=(lamp,),
    )
