"""Our verdict on each broken example is that of the official BR-FR stylesheet, in both syntaxes.

The mutated invoice is written as UBL and as CII and given to the file that FNFE-MPE publishes.
Where the two differ there is an entry with proof in ``divergences_france.toml``; an entry that is
no longer true fails.
"""

import re
import tomllib
from pathlib import Path

import pytest
from tests import oracle

from facturier.formats import read, write
from facturier.rules.check import facts_of
from facturier.rules.examples import FRENCH, example
from facturier.rules.france.invoice import BOOK
from facturier.rules.french_examples import names
from facturier.rules.mutation import mutate

SYNTAXES = ("UBL", "CII")
NAMES = (*sorted(FRENCH), *names())
MUTATIONS = [
    (rule, syntax)
    for rule in BOOK.rules
    if rule.breaks
    for syntax in SYNTAXES
    if rule.syntax in ("", syntax)
]
DIVERGENCES = {
    (one["rule"], one["syntax"]): one
    for one in tomllib.loads(
        (Path(__file__).parent / "divergences_france.toml").read_text(encoding="utf-8")
    )["divergence"]
}


def written(invoice, syntax):
    return write(invoice, syntax.lower(), complete=False).xml


def official(xml, syntax):
    return oracle.fatal(f"br-fr-{syntax.lower()}", xml)


def ours(xml):
    reading = read(xml)
    return {f.rule for f in BOOK.check(facts_of(reading.invoice, reading.detected))}


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("name", NAMES)
def test_official_files_accept_our_french_examples(name, syntax):
    assert official(written(example(name), syntax), syntax) == set()


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("name", names())
def test_official_profiles_accept_our_french_examples(name, syntax):
    invoice = example(name)
    extended = "extended" in invoice.process.specification
    layer = f"{'extended-ctc-fr' if extended else 'en16931'}-{syntax.lower()}"
    assert oracle.fatal(layer, write(invoice, syntax.lower()).xml) == set()


@pytest.mark.parametrize(
    ("rule", "syntax"), MUTATIONS, ids=[f"{r.id}-{r.terms[0]}-{s}" for r, s in MUTATIONS]
)
def test_broken_examples_get_the_official_verdict(rule, syntax):
    xml = written(mutate(example(rule.example), rule.breaks), syntax)
    theirs = official(xml, syntax)
    divergence = DIVERGENCES.get((rule.id, syntax))
    if divergence is None:
        assert ours(xml) == theirs
        assert rule.fires(syntax) == theirs
        return
    assert divergence["proof"].strip()
    assert rule.fires(syntax) - theirs == set(divergence["only_ours"])
    assert theirs - rule.fires(syntax) == set(divergence["only_official"])


ODD = [
    ("multi-vendor", "EXT-FR-FE-181[2] + 0.01"),
    ("multi-vendor", "EXT-FR-FE-181[2] - 0.01"),
    ("multi-vendor", "BT-131[2] + 0.01"),
    ("multi-vendor", "BT-131[2] + 0.02"),
    ("multi-vendor", 'EXT-FR-FE-164[2] = "\u00a0"'),
    ("multi-vendor", 'EXT-FR-FE-163[1] = "INFORMATION"'),
    ("multi-vendor", 'EXT-FR-FE-162[1] = "9"'),
    ("multi-vendor", 'BT-128[0,0] = "FA-2026-0002@AFL"'),
    ("multi-vendor", 'BT-23 = "B1"'),
    ("two-way", 'BT-146[1] = "-100.00"'),
    ("two-way", 'BT-23 = "B8"'),
    ("two-way", "BT-30 ="),
    ("b2b", 'BT-22[3] = "B2B "'),
    ("b2b", 'BT-22[3] = "b2b"'),
    ("b2b", 'BT-22[3] = "#BAR#B2C"'),
    ("b2b", 'BT-47 = "EXEMPLE@0199"'),
    ("b2b", 'BT-49 = "003000019@0009"'),
    ("b2b", 'BT-3 = "389"'),
    ("standard", 'BT-21[0] = "pmt"'),
    ("standard", 'BT-22[0] = "voir #PMD# plus loin"'),
    ("standard", 'BT-22[0] = ""'),
    ("standard", 'BT-23 = "B2 "'),
    ("standard", 'BT-23 = "B2"'),
    ("standard", 'BT-23 = "B9"'),
    ("standard", 'BT-3 = "380 "'),
    ("standard", 'BT-3 = "384"'),
    ("standard", 'BT-1 = "FA.1"'),
    ("standard", 'BT-1 = "É-1"'),
    ("standard", 'BT-49 = " @EM"'),
    ("standard", 'BT-34 = "@0225"'),
    ("standard", 'BT-30 = "003 000 019@0002"'),
    ("standard", 'BT-30 = "003000019@0009"'),
    ("standard", 'BT-46 = "00300001900013@0009"'),
    ("standard", 'BT-29 = "123@0231"'),
    ("standard", 'BT-119 = "5.50"'),
    ("standard", 'BT-119 = "100.00"'),
    ("standard", 'BT-119 = "-20"'),
    ("standard", "BT-119 ="),
    ("standard", "BT-118 ="),
    ("standard", "BT-151 ="),
    ("standard", "BT-151 =; BT-152 ="),
    ("standard", 'BT-129 = "12345678901234567890"'),
    ("standard", 'BT-131 = "-99999999999999999.99"'),
    ("standard", 'BT-9 = "2026-11-02"'),
    ("standard", "BT-2 ="),
    ("allowances", "BT-95 ="),
    ("allowances", "BT-95 =; BT-96 ="),
    ("allowances", 'BT-102 = "M"'),
    ("attachments", 'BT-123 = ""'),
    ("attachments", "BT-123 ="),
    ("attachments", "BT-161 ="),
    ("attachments", 'BT-161 =; EXT-FR-FE-160 = "8"'),
    ("credit-note", "BT-25 ="),
    ("credit-note", 'BT-3 = "262"'),
    ("credit-note", "BG-3 = {}"),
    ("credit-note", 'BT-9 = "2026-10-01"'),
    ("line-references", "EXT-FR-FE-138[1,0] ="),
    ("corrective", "BG-3 = {}"),
    ("corrective", 'BT-3 = "471"'),
    ("foreign-currency", "BT-111 ="),
    ("foreign-currency", 'BT-6 = "GBP"'),
    ("card", "BT-113 ="),
    ("card", 'BT-9 = "2026-10-01"'),
    ("payee", 'BT-61 = "003000035@0002"'),
    ("single-taxable-person", "BT-63 ="),
    ("delivery", 'BT-71 = "LIEU"'),
]
"""Changes that no rule names as its own, near the edge of one."""


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(("name", "mutation"), ODD)
def test_odd_examples_get_the_official_verdict(name, mutation, syntax):
    xml = written(mutate(example(name), mutation), syntax)
    assert ours(xml) == official(xml, syntax)


_SECOND_ENTITY = (
    b"<cac:PartyLegalEntity><cbc:RegistrationName>Autre</cbc:RegistrationName>"
    b'<cbc:CompanyID schemeID="0007">1234512345</cbc:CompanyID></cac:PartyLegalEntity>'
)
ODD_FILES = {
    "BR-FR-MV-09_EXT-FR-FE-181": ("multi-vendor", "CII", rb"(.*)>VAT<", rb"\1>vat<"),
    "BR-FR-MV-03_BT-128_AFL": (
        "multi-vendor",
        "CII",
        rb">130(</ram:TypeCode>\s*<ram:ReferenceTypeCode>AFL)",
        rb">1300\1",
    ),
    "": (
        "siret",
        "UBL",
        rb"(<cac:AccountingCustomerParty>.*?)(<cac:PartyLegalEntity>)",
        rb"\1" + _SECOND_ENTITY + rb"\2",
    ),
}
"""Id that the official file gives → example, syntax, and what stands in the file instead of what:
a tax that is « vat », a number of sub-invoice that is of another type, a second legal entity."""


@pytest.mark.parametrize("id_", ODD_FILES)
def test_odd_files_get_the_official_verdict(id_):
    name, syntax, before, after = ODD_FILES[id_]
    invoice = mutate(example("b2b"), 'BT-46 = "00300002300019@0009"') if not id_ else example(name)
    xml = written(invoice, syntax)
    odd = re.sub(before, after, xml, count=1, flags=re.DOTALL)
    assert odd != xml
    theirs = official(odd, syntax)
    assert id_ in {*theirs, ""}
    assert ours(odd) == theirs


def test_each_divergence_speaks_of_a_rule():
    assert DIVERGENCES.keys() <= {(rule.id, syntax) for rule, syntax in MUTATIONS}
