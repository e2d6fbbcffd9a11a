"""One tool at one task, in a process of its own: what :mod:`peers` talks to.

Runs under the Python of the tool, so that it imports nothing of Facturier but for Facturier itself.
Each line on standard input is a question in JSON, each line on standard output its answer:

    {"task": "check", "file": "cii-10.xml", "times": 20}  →  {"cpu": 0.0016, "memory": 31}

`cpu` is seconds of processor for one call, `memory` the most that the process held, in MB. A tool
that cannot do the task on this file answers `{"no": "why"}`.
"""
# ruff: noqa: PLC0415  # each tool is imported only where it is the one on trial

from __future__ import annotations

import functools
import json
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Task = Callable[[], Any]
"""Does the task once; a check returns whether it accepts the file. What is made ready before is not
measured."""


FATAL = re.compile(r'<svrl:failed-assert(?![^>]*flag="warning")')


class CannotError(Exception):
    """The tool does not do this, or not of this file."""


def facturier(task: str, path: Path) -> Task:
    """Bytes to an invoice and its findings; an invoice to bytes; bytes to the whole verdict."""
    from facturier.formats import read, write
    from facturier.rules.check import check

    data = path.read_bytes()
    reading = read(data)
    match task:
        case "read":
            return lambda: read(data)
        case "write":
            syntax = "cii" if _is_cii(data) else "ubl"
            return lambda: write(reading.invoice, syntax)  # type: ignore[arg-type]
        case "rules":
            return _rules(reading)
    return lambda: check(read(data)).outcome == "valid"


def _rules(reading: Any) -> Task:
    """Ask the official books that apply (no advice), of facts worked out anew."""
    from datetime import date

    from facturier.rules import check as _  # noqa: F401  # loads the module under its own name
    from facturier.rules.held import Held

    checking = sys.modules["facturier.rules.check"]
    detected, day = reading.detected, date.today()  # noqa: DTZ011
    books = [
        shelf.on(day)
        for shelf in checking.SHELVES
        if shelf.applies(detected) and shelf.id != "conseils" and shelf.on(day)
    ]

    def ask() -> None:
        facts, held = checking.facts_of(reading.invoice, detected), Held(reading.invoice)
        for book in books:
            book.check(facts, None, held)

    return ask


def lxml(task: str, path: Path) -> Task:
    """Parse only: nothing that reads XML through libxml2 can be faster."""
    from lxml import etree

    data = path.read_bytes()
    if task != "read":
        raise CannotError
    return lambda: etree.fromstring(data)


def official(*sheets: str) -> Callable[[str, Path], Task]:
    """Return the official stylesheets in SaxonC, each compiled once."""

    def make(task: str, path: Path) -> Task:
        if task != "check":
            raise CannotError
        saxon, compiled = _compiled(sheets)

        def run() -> bool:
            reports = [
                sheet.transform_to_string(xdm_node=saxon.parse_xml(xml_file_name=str(path)))
                for sheet in compiled
            ]
            return not any(FATAL.search(report) for report in reports)

        return run

    return make


@functools.cache
def _compiled(sheets: tuple[str, ...]) -> tuple[Any, list[Any]]:
    from saxonche import PySaxonProcessor

    saxon = PySaxonProcessor(license=False)
    xslt = saxon.new_xslt30_processor()
    return saxon, [xslt.compile_stylesheet(stylesheet_file=one) for one in sheets]


def verifyhash(task: str, path: Path) -> Task:
    """219 rules of EN 16931 by its own account; no schema, no French rules, no writer."""
    import einvoice

    if task != "check":
        raise CannotError
    data = path.read_bytes()
    return lambda: einvoice.validate_bytes(data, profile="en16931")["valid"]


def mock_einvoice(task: str, path: Path) -> Task:
    """979 rules of EN 16931 and 165 of Peppol, for UBL that claims Peppol; given such a copy."""
    import mockeinvoice

    data = path.read_bytes()
    if _is_cii(data):
        raise CannotError
    data = data.replace(
        b">urn:cen.eu:en16931:2017<",
        b">urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0<",
    )
    document, _, _ = mockeinvoice.read(data)
    return {
        "read": lambda: mockeinvoice.read(data),
        "write": lambda: mockeinvoice.write(document),
        "check": lambda: mockeinvoice.validate(data)[1].verdict == "valid",
    }[task]


def facturex(task: str, path: Path) -> Task:
    """Some 45 rules of its own."""
    import facturex as tool

    data = path.read_bytes()
    invoice = tool.parse_bytes(data)
    writer = tool.write_cii if _is_cii(data) else tool.write_ubl
    return {
        "read": lambda: tool.parse_bytes(data),
        "write": lambda: writer(invoice),
        "check": lambda: tool.validate(tool.parse_bytes(data)).ok,
    }[task]


def factur_x(task: str, path: Path) -> Task:
    """Its check is the schema alone: the Schematron needs a Saxon server of its own."""
    import copy

    import facturx as tool

    data = path.read_bytes()
    flavor = "factur-x" if _is_cii(data) else "ubl"
    held = tool.parse_ubl_cii_xml(data, check_xsd=False)
    return {
        "read": lambda: tool.parse_ubl_cii_xml(data, check_xsd=False),
        "write": lambda: tool.generate_xml(
            copy.deepcopy(held), flavor=flavor, check_xsd=False, check_schematron=False
        ),
        "check": lambda: tool.xml_check_xsd(data),
    }[task]


def drafthorse(task: str, path: Path) -> Task:
    """CII only; no rules."""
    from drafthorse.models.document import Document

    data = path.read_bytes()
    if task == "check" or not _is_cii(data):
        raise CannotError
    document = Document.parse(data)
    if task == "read":
        return lambda: Document.parse(data)
    return lambda: document.serialize(schema=None)


def _is_cii(data: bytes) -> bool:
    return b"CrossIndustryInvoice" in data[:2000]


TOOLS: dict[str, Callable[[str, Path], Task]] = {
    "facturier": facturier,
    "lxml": lxml,
    "verifyhash-einvoice": verifyhash,
    "mock-einvoice": mock_einvoice,
    "facturex": facturex,
    "factur-x": factur_x,
    "drafthorse": drafthorse,
}


def answer(make: Callable[[str, Path], Task], question: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked, once to warm up and then `times` times."""
    try:
        task = make(question["task"], Path(question["file"]))
        said = task()
    except CannotError:
        return {"no": ""}
    except Exception as error:  # noqa: BLE001  # a tool that refuses a valid file says so itself
        return {"no": f"{type(error).__name__}: {error}"[:200]}
    before = time.process_time()
    for _ in range(question["times"]):
        task()
    cpu = (time.process_time() - before) / max(1, question["times"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    accepts = said if question["task"] == "check" else None
    return {"cpu": cpu, "memory": memory, "accepts": accepts}


def main() -> None:
    """Answer questions about the tool named; further arguments are stylesheets of `official`."""
    name, *sheets = sys.argv[1:]
    make = official(*sheets) if name == "official" else TOOLS[name]
    out = sys.stdout
    sys.stdout = sys.stderr  # a tool that prints does not spoil the answers
    for line in sys.stdin:
        print(json.dumps(answer(make, json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
