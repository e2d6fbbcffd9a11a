"""Our verdict on each broken example is that of OpenPeppol's file, all ids and severities alike."""

import pytest
from tests import oracle

from facturier.formats import read, write
from facturier.rules import peppol, peppol_examples
from facturier.rules.check import facts_of
from facturier.rules.examples import example
from facturier.rules.mutation import mutate

BROKEN = [rule for rule in peppol.BOOK.rules if rule.breaks]
SAMPLE = 10
WARNED = {"peppol-norway": {"NO-R-002"}}
"""Example → what it is warned of: our writer names the scheme of BT-32 as EN 16931 does."""


def official(xml):
    return oracle.failed("peppol-bis-billing", xml)


def ours(xml):
    reading = read(xml)
    found = peppol.BOOK.check(facts_of(reading.invoice, reading.detected))
    return {(f.rule, f.severity.value) for f in found}


@pytest.mark.parametrize("name", peppol_examples.names())
def test_examples_get_the_official_verdict(name):
    xml = write(example(name), "ubl", complete=False).xml
    assert ours(xml) == official(xml)
    assert {severity for _, severity in ours(xml)} <= {"warning"}


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(
            rule,
            id=f"{rule.id}-{rule.terms[0]}",
            marks=[] if number % SAMPLE == 0 else [pytest.mark.slow],
        )
        for number, rule in enumerate(BROKEN)
    ],
)
def test_broken_examples_get_the_official_verdict(rule):
    xml = write(mutate(example(rule.example), rule.breaks), "ubl", complete=False).xml
    assert ours(xml) == official(xml)
    assert {id_ for id_, _ in official(xml)} == rule.fires("UBL") | WARNED.get(rule.example, set())


_CHARGE = b"<cbc:ChargeIndicator>%s</cbc:ChargeIndicator>\n    <cbc:AllowanceChargeReasonCode>FC"
_VAT = b'<cac:TaxTotal>\n    <cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount>\n'
_CARD = b"<cac:PaymentMeans><cbc:PaymentMeansCode>48</cbc:PaymentMeansCode></cac:PaymentMeans>"
ALTERED = {
    "PEPPOL-EN16931-R008": (b"<cbc:BuyerReference>ACHATS-7<", b"<cbc:BuyerReference> <"),
    "PEPPOL-EN16931-R043": (_CHARGE % b"true", _CHARGE % b"1"),
    "PEPPOL-EN16931-R044": (b">false</cbc:ChargeIndicator>", b">true</cbc:ChargeIndicator>"),
    "PEPPOL-EN16931-R051": (b'PriceAmount currencyID="EUR"', b'PriceAmount currencyID="USD"'),
    "PEPPOL-EN16931-R053": (_VAT, _VAT + b"<cac:TaxSubtotal/></cac:TaxTotal>" + _VAT),
    "PEPPOL-EN16931-R054": (b"<cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode>", b""),
    "PEPPOL-EN16931-R101": (b">130</cbc:DocumentTypeCode>", b">50</cbc:DocumentTypeCode>"),
    "PEPPOL-EN16931-CL007": (b'PriceAmount currencyID="EUR"', b'PriceAmount currencyID="EURO"'),
    "DE-R-T02": (b"<cbc:URI>https://example.org/beleg</cbc:URI>", b""),
    "DE-R-024-1": (b"<cac:PaymentTerms>", _CARD + b"<cac:PaymentTerms>"),
    "NO-R-002": (b">Foretaksregisteret<", b">Annet<"),
}
"""Rule of the file itself → what is written instead of what, in every example that has it."""


@pytest.mark.parametrize("id_", ALTERED)
def test_altered_files_get_the_official_verdict(id_):
    before, after = ALTERED[id_]
    fired = False
    for name in peppol_examples.names():
        xml = write(example(name), "ubl", complete=False).xml
        if before not in xml:
            continue
        altered = xml.replace(before, after)
        assert ours(altered) == official(altered), name
        fired = fired or id_ in {one for one, _ in ours(altered)}
    assert fired, "no example holds what is altered"
