"""Named invoices of French situations that EN 16931 does not know, for rules to break.

They keep the French rules (BR-FR). Those of one sub-invoice a seller or a direction are of the
profile EXTENDED-CTC-FR and do not keep the sums of EN 16931: there, a line of subtype GROUP repeats
what its own lines say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from facturier.invoice.model import (
    Address,
    Identifier,
    Invoice,
    Item,
    Line,
    LinePrecedingInvoice,
    LineVat,
    Note,
    Party,
    Period,
    PrecedingInvoice,
    PriceDetails,
    ProcessControl,
)
from facturier.invoice.parties import (
    SINGLE_TAXABLE_PERSON,
    SIREN,
    demo_siren,
    demo_vat,
)
from facturier.invoice.profiles import EXTENDED_CTC_FR
from facturier.rules import examples
from facturier.rules.example_pieces import BUYER, SELLER, line

SECOND_SELLER, SINGLE_PERSON = 4, 5
CORRECTED = date(2026, 10, 5)

Build = Callable[[], Invoice]
BUILDERS: dict[str, Build] = {}


def names() -> tuple[str, ...]:
    """Return the names of these examples."""
    return tuple(BUILDERS)


def _named(name: str) -> Callable[[Build], Build]:
    def keep(build: Build) -> Build:
        BUILDERS[name] = build
        return build

    return keep


def _with_note(invoice: Invoice, code: str, text: str) -> Invoice:
    return replace(invoice, notes=(*invoice.notes, Note(subject_code=code, text=text)))


@_named("b2b")
def between_french_companies() -> Invoice:
    """A sale that says it is one between French companies."""
    return _with_note(examples.paid_by_transfer(), "BAR", "B2B")


@_named("b2b-self-billed")
def self_billed_between_french_companies() -> Invoice:
    """The same, written by the buyer."""
    return _with_note(examples.self_billed(), "BAR", "B2B")


@_named("single-taxable-person")
def member_of_a_single_taxable_person() -> Invoice:
    """The seller is a member of a single taxable person (assujetti unique, CGI 256 C)."""
    invoice = _with_note(examples.paid_by_transfer(), "TXD", "MEMBRE_ASSUJETTI_UNIQUE")
    assert invoice.seller is not None
    group = Identifier(demo_siren(SINGLE_PERSON), SINGLE_TAXABLE_PERSON)
    return replace(
        invoice,
        seller=replace(invoice.seller, identifiers=(group,)),
        tax_representative=Party(
            name="Fictif Groupe TVA",
            vat_identifier=demo_vat(SINGLE_PERSON),
            postal_address=Address(city="Lyon", post_code="69001", country_code="FR"),
        ),
    )


@_named("global-allowance")
def global_allowance() -> Invoice:
    """A credit note for a rebate on the year, under a contract: it names no invoice."""
    return replace(
        examples.credit_note(),
        number="AV-2026-0002",
        type_code="262",
        contract="CONTRAT-3",
        period=Period(start_date=date(2026, 1, 1), end_date=date(2026, 6, 30)),
        preceding_invoices=(),
    )


@_named("line-references")
def credit_note_of_several_invoices() -> Invoice:
    """A credit note whose lines name each the invoice it corrects."""
    invoice = examples.credit_note()
    lines = tuple(
        replace(
            line(str(number), "Lampe de bureau", "50.00", "S", "20"),
            preceding_invoices=(_earlier(f"FA-2026-000{number}"),),
        )
        for number in (1, 2)
    )
    return replace(_extended(invoice, "B1"), preceding_invoices=(), lines=lines)


def _earlier(number: str) -> LinePrecedingInvoice:
    return LinePrecedingInvoice(number=number, type_code="380", issue_date=CORRECTED)


def _extended(invoice: Invoice, process: str) -> Invoice:
    control = ProcessControl(business_process=process, specification=EXTENDED_CTC_FR)
    return replace(invoice, process=control)


# --- Several invoices in one ----------------------------------------------------------------------


def _party_of(number: int, name: str) -> Party:
    return Party(
        name=name,
        legal_identifier=Identifier(demo_siren(number), SIREN),
        vat_identifier=demo_vat(number),
        postal_address=Address(country_code="FR"),
    )


def _sub_invoice(first: int, number: str, seller: Party, price: str) -> tuple[Line, Line]:
    """Return the GROUP line of a sub-invoice and its one DETAIL line, at 20 %."""
    group = Line(
        identifier=str(first),
        subtype="GROUP",
        object_identifiers=(Identifier(number, "AFL"), Identifier("B1", "AVV")),
        quantity=Decimal(1),
        unit="C62",
        item=Item(name=f"Facture {number}"),
        seller=seller,
        vat_amount=Decimal(price) / 5,
    )
    detail = Line(
        identifier=f"{first}.1",
        parent=str(first),
        subtype="DETAIL",
        object_identifiers=(Identifier(number, "AFL"),),
        quantity=Decimal(1),
        unit="C62",
        price=PriceDetails(net_price=Decimal(price)),
        vat=LineVat(category="S", rate=Decimal(20), exemption_reason=f"#{number}#"),
        item=Item(name="Fournitures"),
        seller=seller,
    )
    return group, detail


@_named("multi-vendor")
def multi_vendor() -> Invoice:
    """Two sellers on one invoice: the one who issues it and another, for the same amount."""
    base = _extended(examples.paid_by_transfer(), "B8")
    own = _party_of(SELLER, "Fictif Fournitures SARL")
    other = _party_of(SECOND_SELLER, "Fictif Mobilier SAS")
    return replace(
        base,
        lines=(
            *_sub_invoice(1, "FA-2026-0001", own, "100.00"),
            *_sub_invoice(2, "FB-2026-0007", other, "100.00"),
        ),
    )


@_named("multi-vendor-corrective")
def multi_vendor_corrective() -> Invoice:
    """The same, correcting an earlier one of its kind."""
    base = multi_vendor()
    earlier = PrecedingInvoice(number="FA-2026-0000", issue_date=CORRECTED)
    return _correcting(replace(base, type_code="384", preceding_invoices=(earlier,)))


def _correcting(invoice: Invoice) -> Invoice:
    lines = tuple(
        replace(line, preceding_invoices=(_earlier(f"FA-2026-090{line.identifier}"),))
        if line.parent is None
        else line
        for line in invoice.lines
    )
    return replace(invoice, lines=lines)


@_named("two-way")
def two_way() -> Invoice:
    """What each of two companies sold to the other, set off; the buyer writes it."""
    base = replace(_extended(examples.paid_by_transfer(), "B9"), type_code="389")
    seller = _party_of(SELLER, "Fictif Fournitures SARL")
    buyer = _party_of(BUYER, "Fictif Travaux SAS")
    return replace(
        base,
        lines=(
            *_sub_invoice(1, "FA-2026-0001", seller, "100.00"),
            *_sub_invoice(2, "FT-2026-0003", buyer, "-40.00"),
        ),
    )


@_named("two-way-corrective")
def two_way_corrective() -> Invoice:
    """The same, correcting an earlier one of its kind."""
    earlier = PrecedingInvoice(number="FA-2026-0000", issue_date=CORRECTED)
    return _correcting(replace(two_way(), type_code="471", preceding_invoices=(earlier,)))
