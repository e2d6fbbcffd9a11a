"""The public names: few, stable, lazy, shown by an example that runs, and free of the server."""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import facturier
from facturier import engine
from facturier.errors import LossyConversion
from facturier.rules import examples

GUIDE = Path(__file__).parents[1] / "docs" / "how-to" / "python.md"
STABLE = {"check", "compute", "convert", "explain", "read", "render", "write"}
WITHOUT_SERVER = """
import sys
for name in ("django", "ninja", "psycopg", "procrastinate"):
    sys.modules[name] = None
import facturier
invoice = facturier.read(sys.argv[1]).invoice
assert facturier.check(sys.argv[1]).outcome == "valid"
for target in ("ubl", "cii", "facturx"):
    assert facturier.convert(sys.argv[1], target).lost == ()
facturier.render(invoice, "html"), facturier.render(invoice, "pdf"), facturier.explain("BT-1")
"""


def test_the_public_names_are_these_and_no_other() -> None:
    assert set(facturier.__all__) == set(engine.__all__) == STABLE
    assert set(dir(facturier)) >= STABLE
    with pytest.raises(AttributeError):
        _ = facturier.validate


def test_each_example_of_the_guide_runs() -> None:
    failed, tried = doctest.testfile(str(GUIDE), module_relative=False)
    assert failed == 0
    assert tried > 10


def test_the_engine_works_where_no_server_is_installed(tmp_path: Path) -> None:
    file = tmp_path / "facture.xml"
    file.write_bytes(facturier.write(examples.example("standard"), "cii"))
    subprocess.run([sys.executable, "-c", WITHOUT_SERVER, str(file)], check=True)


def test_importing_the_package_loads_nothing() -> None:
    asked = (
        "import sys, facturier; print('lxml' in sys.modules or 'facturier.formats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_what_a_format_cannot_carry_stops_a_conversion_unless_it_is_accepted() -> None:
    written = facturier.write(examples.example("standard"), "ubl")
    strange = written.replace(b"<cbc:ID>", b"<cbc:UUID>odd</cbc:UUID><cbc:ID>", 1)
    with pytest.raises(LossyConversion) as refused:
        facturier.convert(strange, "cii")
    assert any("UUID" in term for term in refused.value.terms)
    assert facturier.convert(strange, "cii", lossy=True).lost == refused.value.terms


def test_a_page_made_from_a_document_tells_its_verdict() -> None:
    bad = facturier.write(examples.example("standard"), "ubl").replace(b">380<", b">999<", 1)
    assert b"BR-CL-01" in facturier.render(bad, "html")
