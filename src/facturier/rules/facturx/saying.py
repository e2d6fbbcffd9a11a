"""What is said of an element that a Factur-X profile does not allow there, in French."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from lxml import etree

from facturier.findings import Finding, Layer, Severity, in_one_line
from facturier.formats import cii
from facturier.formats.paths import Numbers, place_of
from facturier.invoice import terms as dictionary
from facturier.rules.facturx.structure import Ask, Wrong

NAMES = {
    "minimum": "MINIMUM",
    "basicwl": "BASIC WL",
    "basic": "BASIC",
    "en16931": "EN 16931",
    "extended": "EXTENDED",
}
"""Short name of a profile → the name people use."""

_WIDER = "Retirez-le, ou choisissez un profil plus large (BT-24) s'il vous est nécessaire."
_WIDEST = "Retirez-le ; si l'acheteur en a besoin, portez-le dans une note ou une pièce jointe."
_SHOWN = 60
_OFTEN = {"just": "", "min": " au moins", "max": " au plus"}


@functools.cache
def _terms_by_place() -> Mapping[str, str]:
    """Return element → the term or group that stands there, where it is one only.

    The second and further ones of a kind stand where the first does.
    """
    found: dict[str, set[str]] = {}
    terms, groups = dictionary.dictionary()
    for id_ in (*terms, *groups):
        if cii.INVOICE.carries(id_) and not dictionary.is_repeated(id_):
            for path in cii.INVOICE.path_of(id_).split(" | "):
                found.setdefault(_bare(path), set()).add(id_)
    return {path: min(ids) for path, ids in found.items() if len(ids) == 1}


def _bare(path: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", path)


def term_at(path: str) -> str:
    """Return the id of the term or group at a place of a file; empty when none stands there."""
    return _terms_by_place().get(_bare(path), "")


def _named(path: str) -> str:
    """Name an element by its last step and, where there is one, its term."""
    element = _bare(path).rpartition("/")[2]
    id_ = term_at(path)
    return f"{element} ({id_}, {dictionary.label(id_)})" if id_ else element


def finding(profile: str, wrong: Wrong, numbers: Numbers) -> Finding:
    """Return what is said of one thing that the tree of a profile does not allow."""
    path = place_of(wrong.element, cii.NAMESPACES, "", numbers)
    message, remedy = _said(profile, wrong, path)
    ask = wrong.ask
    place = path if not ask.name or ask.name.startswith("@") else f"{path}/{ask.name}"
    attribute = f"/{ask.name}" if ask.form == "unused" and ask.name else ""
    return Finding(
        rule=wrong.rule,
        layer=Layer.FACTURX,
        severity=Severity.FATAL,
        message=message,
        where=term_at(place) or term_at(path),
        path=path + attribute,
        remedy=remedy,
    )


def _said(profile: str, wrong: Wrong, path: str) -> tuple[str, str]:
    """Return message and remedy."""
    ask, name = wrong.ask, NAMES[profile]
    if ask.form == "code":
        return _of_code(wrong, path)
    if ask.form == "needs":
        return (
            f"{_named(path)} porte un attribut {ask.name[1:]} ; il manque.",
            f"Ajoutez {ask.name[1:]} à cet élément.",
        )
    if ask.form == "unused":
        what = f"L'attribut {ask.name[1:]} de {_named(path)}" if ask.name else _named(path)
        said = f"{what} n'existe pas {_here(wrong, path)}dans le profil Factur-X {name}."
        return said + _read(wrong), _WIDEST if profile == "extended" else _WIDER
    return _of_count(ask, wrong.found, path, name)


def _here(wrong: Wrong, path: str) -> str:
    """Tell the element around, where the same name is allowed elsewhere."""
    around = _bare(path).rpartition("/")[0].rpartition("/")[2]
    return f"dans {around} " if around and not wrong.ask.name else ""


def _of_code(wrong: Wrong, path: str) -> tuple[str, str]:
    ask = wrong.ask
    value = _value(wrong.element, ask)
    what = f"l'attribut {ask.name[1:]} de {_named(path)}" if ask.name else _named(path)
    few = sorted(ask.codes)
    allowed = f" : {', '.join(few)}" if len(few) <= 6 else ""  # noqa: PLR2004  # a line's worth
    return (
        f"Le code « {value} » de {what} n'est pas dans la liste que ce profil admet{allowed}.",
        "Choisissez un code de la liste officielle, écrit exactement, sans blanc.",
    )


def _of_count(ask: Ask, found: int, path: str, name: str) -> tuple[str, str]:
    child = _named(f"{path}/{ask.name}")
    around = _bare(path).rpartition("/")[2]
    times = "une fois" if ask.times == 1 else f"{ask.times} fois"
    said = f"Dans {around}, {child} figure {times}{_OFTEN[ask.form]} (Factur-X {name}) ; "
    if found == 0:
        return said + "il manque.", f"Renseignez {child}."
    return f"{said}lu {found} fois.", f"Gardez-en {ask.times} et retirez les autres."


def _value(element: etree._Element, ask: Ask) -> str:
    text = element.get(ask.tag) if ask.tag else element.text
    return in_one_line(text or "", _SHOWN)


def _read(wrong: Wrong) -> str:
    value = _value(wrong.element, wrong.ask)
    return f" Lu : « {value} »." if value else ""
