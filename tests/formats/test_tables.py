"""Every row of every table is read by some test, and the odd ones mean what they say."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest
from lxml import etree
from tests import strategies

from facturier import formats
from facturier.formats import cii, reader, ubl
from facturier.formats.binding import Binding
from facturier.formats.tree import Node
from facturier.formats.walk import Walk
from facturier.invoice.model import Identifier, Invoice
from facturier.invoice.terms import dictionary

BINDINGS = [
    pytest.param(ubl.INVOICE, "380", id="ubl-invoice"),
    pytest.param(ubl.CREDIT_NOTE, "381", id="ubl-credit-note"),
    pytest.param(cii.INVOICE, "380", id="cii"),
]


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[int]]:
    """The rows of which some file has an element: readers are generated anew to tell."""
    found: set[int] = set()
    generated = reader._element

    def telling(binding: Binding, node: Node) -> reader.Read:
        read = generated(binding, node)

        def read_and_tell(element: etree._Element, walk: Walk) -> None:
            found.add(id(node))
            read(element, walk)

        return read_and_tell

    monkeypatch.setattr(reader, "_element", telling)
    reader._document.cache_clear()
    yield found
    reader._document.cache_clear()


def rows(node: Node) -> Iterator[Node]:
    if node.text or node.const or node.opens or node.attributes:
        yield node
    for child in node.children:
        yield from rows(child)


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from nodes(child)


def full(binding: Binding, type_code: str, **changes: object) -> str:
    invoice = dataclasses.replace(strategies.full_invoice(type_code), **changes)
    return formats.write_invoice(invoice, binding)[0].decode()


def variants(binding: Binding, type_code: str) -> list[str]:
    """Return files that between them hold every element of the table."""
    plain = full(binding, type_code)
    if binding is cii.INVOICE:
        delivery = dataclasses.replace(
            strategies.full_invoice().delivery, location_identifier=Identifier("QUAI-4")
        )
        return [
            without_departments(plain).replace("PersonName", "DepartmentName"),
            plain.replace("NetPriceProduct", "GrossPriceProduct"),
            plain.replace("<ram:IBANID>BT-91", "<ram:ProprietaryID>BT-91").replace(
                "BT-91 n0</ram:IBANID>", "BT-91 n0</ram:ProprietaryID>"
            ),
            full(binding, type_code, delivery=delivery),
        ]
    line = "</cbc:LineExtensionAmount>\n    <cbc:AccountingCost>"
    return [
        full(binding, type_code, payee=None),
        full(binding, type_code, currency=None),
        plain.replace("<cbc:CustomizationID>", f"{VERSION}<cbc:CustomizationID>", 1),
        plain.replace("<cbc:DocumentDescription>", f"{SUPPORT}<cbc:DocumentDescription>"),
        plain.replace(line, line.replace("\n", GROSS + "\n")),
    ]


def without_departments(text: str) -> str:
    return re.sub(r"<ram:DepartmentName>[^<]*</ram:DepartmentName>", "", text)


VERSION = "<cbc:UBLVersionID>2.1</cbc:UBLVersionID>"
SUPPORT = "<cbc:DocumentTypeCode>916</cbc:DocumentTypeCode>"
GROSS = "<cbc:TaxInclusiveLineExtensionAmount>12.00</cbc:TaxInclusiveLineExtensionAmount>"


@pytest.mark.parametrize(("binding", "type_code"), BINDINGS)
def test_every_row_is_met(binding: Binding, type_code: str, met: set[int]) -> None:
    for text in [full(binding, type_code), *variants(binding, type_code)]:
        reader.read_invoice(etree.fromstring(text.encode()), binding)
    assert [node.name for node in rows(binding.root) if id(node) not in met] == []


@pytest.mark.parametrize(("binding", "type_code"), BINDINGS)
def test_every_term_of_the_model_has_a_place(binding: Binding, type_code: str) -> None:
    assert type_code
    without = {id_ for id_ in dictionary()[0] if not binding.carries(id_)}
    unplaced = set() if binding is cii.INVOICE else strategies.ONLY_CII - {"BT-158-3"}
    assert without - unplaced == set(), "these terms want a row; every term has one in CII"
    assert unplaced - without == set(), "UBL has a row for these: take them out of ONLY_CII"


@pytest.mark.parametrize(("binding", "type_code"), BINDINGS)
def test_no_element_stands_in_one_of_its_own_name(binding: Binding, type_code: str) -> None:
    assert type_code
    twice = [
        one.name for node in nodes(binding.root) for one in node.children if one.name == node.name
    ]
    assert twice == [], "a row's path starts below the element of the group around its term"


def read(text: str) -> Invoice:
    reading = formats.read(text.encode())
    assert reading.findings == ()
    return reading.invoice


def test_a_department_is_the_contact_when_no_person_is() -> None:
    text = without_departments(full(cii.INVOICE, "380"))
    assert read(text.replace("PersonName", "DepartmentName")) == read(text)
    assert text.count("PersonName") > 2


def test_the_base_quantity_may_stand_with_the_gross_price() -> None:
    text = full(cii.INVOICE, "380")
    moved = re.sub(
        r"(<ram:AppliedTradeAllowanceCharge>)(.*?)(<ram:BasisQuantity .*?</ram:BasisQuantity>)",
        r"\3\1\2",
        text,
        flags=re.DOTALL,
    )
    assert moved != text
    assert [line.price.base_quantity for line in read(moved).lines if line.price] == [
        line.price.base_quantity for line in strategies.full_invoice().lines if line.price
    ]


def test_the_amount_with_vat_of_a_ubl_line_is_read_though_never_written() -> None:
    text = variants(ubl.INVOICE, "380")[-1]
    assert [str(line.amount_with_vat) for line in read(text).lines] == ["12.00", "12.00"]
    assert formats.write(read(text), "ubl").lost == ("EXT-FR-FE-184",)


def test_the_sepa_creditor_identifies_the_payee_or_else_the_seller() -> None:
    invoice = strategies.full_invoice()
    with_payee = etree.fromstring(formats.write(invoice, "ubl").xml)
    sepa = "cac:PartyIdentification/cbc:ID[@schemeID='SEPA']"
    spaces = dict(ubl.NAMESPACES)
    assert with_payee.xpath(f"cac:PayeeParty/{sepa}", namespaces=spaces)
    alone = dataclasses.replace(invoice, payee=None)
    without_payee = etree.fromstring(formats.write(alone, "ubl").xml)
    assert without_payee.xpath(f"cac:AccountingSupplierParty/cac:Party/{sepa}", namespaces=spaces)
    again = read(formats.write(alone, "ubl").xml.decode()).direct_debit
    kept = dataclasses.replace(invoice.direct_debit, debited_account_name=None, debited_bank=None)
    assert again == kept
