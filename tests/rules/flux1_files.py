"""Regulatory data as files: extracted from the examples, broken, read back and judged."""

from lxml import etree

from facturier.formats import ubl
from facturier.formats.detect import Container, Detected, Syntax
from facturier.formats.flux1 import read_flux1, syntax_of, write_flux1
from facturier.reporting.extract import Profile, extract
from facturier.rules.examples import FRENCH, example
from facturier.rules.flux1 import BOOKS
from facturier.rules.flux1_facts import Flux1Facts
from facturier.rules.mutation import mutate

SYNTAXES = ("UBL", "CII")
OUT_OF_SCOPE = {"out-of-scope", "export", "intra-eu"}
"""Examples that no flux 1 is due for."""
NAMES = (
    *sorted(FRENCH - OUT_OF_SCOPE),
    "b2b",
    "b2b-self-billed",
    "single-taxable-person",
    "line-references",
)


def extracted(name, profile):
    """Return the regulatory data of an example, discounts added as UBL wants them."""
    return ubl.completed(extract(example(name), profile).invoice)


def written(name, profile, syntax, mutations=""):
    """Return an example's file, broken by a mutation."""
    invoice = mutate(extracted(name, profile), mutations)
    return write_flux1(invoice, syntax.lower(), complete=False)[0]


def judged(xml, profile):
    """Return the codes that our book finds in a file."""
    root = etree.fromstring(xml)
    detected = Detected(
        syntax=Syntax.FLUX1, container=Container.XML, profile="", root=root, xml=xml
    )
    reading = read_flux1(detected)
    facts = Flux1Facts(reading.invoice, syntax_of(root), root)
    return {finding.rule for finding in BOOKS[profile].check(facts)}


BROKEN = [
    (profile, rule, syntax)
    for profile in Profile
    for rule in BOOKS[profile].rules
    if rule.breaks
    for syntax in SYNTAXES
    if rule.syntax in ("", syntax)
]
