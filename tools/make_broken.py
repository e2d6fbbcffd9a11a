"""Write forty invoices broken one way each, and what must be found in each.

    python -m tools.make_broken            # tests/fixtures/broken

Each is one of our examples, broken by the mutation of one rule and written as UBL, CII or Factur-X.
``expected.toml`` says the rule and its true cascades as the official files give them: they are
asked while the fixtures are made, and whatever is made here is valid by schema, so that nothing
else can object.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests import oracle

from facturier.formats import read, write
from facturier.formats.facturx_write import facturx
from facturier.formats.xsd import schema_findings
from facturier.rules import all_books
from facturier.rules.examples import example
from facturier.rules.mutation import in_words, mutate
from facturier.rules.rule import Rule

TARGET = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "broken"

CASES: dict[str, str] = {
    "ubl": """
        BR-06 BR-09 BR-61 BR-CO-10 BR-CO-15 BR-CO-16 BR-CO-17 BR-S-08 BR-IC-12 BR-CL-17
        BR-FR-02_BT-1 BR-FR-05_BT-22-1 BR-FR-08_BT-23 BR-FR-09_BT-29 BR-FR-CO-07_BT-9
        BR-FR-CO-09_BT-23-1 BR-FR-17_BT-123 BR-FR-CO-05_BT-3 BR-FR-CO-03_BT-3
        BR-FR-04_EXT-FR-FE-02
    """,
    "cii": """
        BR-27 BR-CO-13 BR-CO-14 BR-E-10 BR-AE-08
        BR-FR-06_BT-21_AAB BR-FR-11_BT-47 BR-FR-13_BT-34 BR-FR-20_BT-21 BR-FR-21_BT-49
        BR-FR-CO-04_BT-4 BR-FR-CO-12_BT-5 BR-FR-CO-14_BT-29-1 BR-FR-MV-11_BT-128
    """,
    "pdf": """
        BR-CO-10 BR-CO-26 BR-FR-05_BT-22_PMT BR-FR-10_BT-30 BR-FR-12_BT-49 BR-FR-23_BT-34
    """,
}
"""How the invoice is written → the rules broken, one file each."""


def rule_of(id_: str, syntax: str) -> Rule:
    """Return the rule of that id that can be broken in a syntax. Raises StopIteration."""
    return next(
        rule
        for book in all_books()
        for rule in book.rules
        if rule.id == id_ and rule.breaks and rule.syntax in ("", syntax.upper())
    )


def official(xml: bytes, syntax: str, profile: str) -> frozenset[str]:
    """Return the ids that the official files of the profile and of France object to."""
    layer = "extended-ctc-fr" if "extended" in profile else "en16931"
    base = oracle.fatal(f"{layer}-{syntax}", xml)
    return base | oracle.fatal(f"br-fr-{syntax}", xml)


def made(number: int, how: str, id_: str) -> tuple[str, bytes, str]:
    """Return the name, the bytes and the entry of one fixture."""
    syntax = "ubl" if how == "ubl" else "cii"
    rule = rule_of(id_, syntax)
    broken = mutate(example(rule.example), rule.breaks)
    xml = write(broken, syntax, complete=False).xml
    reading = read(xml)
    schema = schema_findings(reading.detected)
    assert not schema, (id_, schema)
    found = official(xml, syntax, reading.detected.profile)
    assert id_ in found, (id_, found)
    name = f"{number:02d}-{how}-{id_}.{'pdf' if how == 'pdf' else 'xml'}"
    change = f"{rule.example} : {in_words(rule.breaks)}"
    entry = "\n".join(
        (
            "[[broken]]",
            f'file = "{name}"',
            f'rule = "{id_}"',
            f"also = {json.dumps(sorted(found - {id_}))}",
            f"change = {json.dumps(change, ensure_ascii=False)}",
        )
    )
    return name, facturx(broken) if how == "pdf" else xml, entry


def main() -> None:
    """Write the fixtures and what is expected of each."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for old in TARGET.glob("[0-9][0-9]-*"):
        old.unlink()
    entries = [
        "# Written by tools/make_broken.py: the rule that each file breaks, and what breaks with it"
    ]
    wanted = [(how, id_) for how, ids in CASES.items() for id_ in ids.split()]
    for number, (how, id_) in enumerate(wanted, start=1):
        name, content, entry = made(number, how, id_)
        (TARGET / name).write_bytes(content)
        entries.append(entry)
        print(name)
    text = "\n\n".join(entries) + "\n"
    (TARGET / "expected.toml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
