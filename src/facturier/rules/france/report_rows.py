"""Words to write the rules of flux 10 with: most of them ask one thing of many terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

from facturier.findings import Layer
from facturier.invoice.terms import group_of, label, term_of
from facturier.rules.report_facts import ReportFacts
from facturier.rules.rule import Family

REPORT = Family(Layer.FLUX10)
"""The rules of the book, in the order they are written."""
DIGITS = 19
"""Most digits of a number, its sign included and its point not."""

COMPANY_FORMATS = {
    "0002": re.compile(r"\d{9}"),
    "0223": re.compile(r".{0,18}", re.DOTALL),
    "0227": re.compile(r".{0,18}", re.DOTALL),
    "0228": re.compile(r"\d{9,10}"),
    "0229": re.compile(r"\d{9}"),
}
"""Scheme of a company's identifier → its form (G2.19)."""
_IDENTIFIER = re.compile(r"[a-zA-Z0-9\-\+_/]+(?: [a-zA-Z0-9\-\+_/]+)*")
_DAY = re.compile(r"\d{8}")
INSTANT = re.compile(r"\d{14}")
AMOUNT = re.compile(r"-?\d+(\.\d{1,2})?")
QUANTITY = re.compile(r"-?\d+(\.\d{1,4})?")
PRICE = re.compile(r"\d+(\.\d{1,6})?")
CAPITALS_3 = re.compile(r"[A-Z]{3}")
CAPITALS_2 = re.compile(r"[A-Z]{2}")
_DOUBLE = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def number(text: str | None) -> float:
    """Return what XPath makes of a text: a double, or NaN."""
    stripped = (text or "").strip(" \t\r\n")
    return float(stripped) if _DOUBLE.fullmatch(stripped) else float("nan")


def is_written(text: str, form: re.Pattern[str]) -> bool:
    """Whether a number has a form and no more digits than allowed."""
    return bool(form.fullmatch(text)) and len(text.replace(".", "")) <= DIGITS


# --- rows: one term, one demand ------------------------------------------------------------------


def texts(
    code: str,
    terms: str,
    holds: Callable[[str], bool],
    *,
    demand: str,
    remedy: str,
    **said: Any,
) -> None:
    """Add a rule for each term: its text, where it stands, is as `holds` says.

    `demand` goes on after the name of the term, `remedy` names it as ``{}``.
    """
    for one in terms.split():
        _text(code, one, holds, demand=demand, remedy=remedy.format(one), **dict(said))


def _text(code: str, term: str, holds: Callable[[str], bool], **said: Any) -> None:
    item = term_of(term)
    name = item.path[-1]

    def is_as_demanded(record: Any, facts: ReportFacts) -> bool:
        text = facts.text(record, term, name)
        return text is None or holds(text)

    breaks = said.pop("breaks")
    REPORT.add(
        code,
        is_as_demanded,
        on=item.parent,
        terms=term,
        meaning=f"« {label(term)} » ({term}) {said.pop('demand')}.",
        breaks=f"{term} {breaks}",
        example=said.pop("example", None) or example_of(term),
        **said,
    )


def example_of(identifier: str) -> str:
    """Return the example that holds a term: receipts are in a report of their own."""
    group = identifier if identifier.startswith(("TG-", "TB-")) else term_of(identifier).parent
    while group_of(group).parent:
        group = group_of(group).parent
    return "paiements" if group == "TB-3" else "transactions"


def identifiers(code: str, terms: str, longest: int) -> None:
    """Numbers of documents: a length, a few signs, blanks only inside and one at a time."""
    texts(
        code,
        terms,
        lambda text: len(text) <= longest and bool(_IDENTIFIER.fullmatch(text)),
        demand=f"compte {longest} caractères au plus : lettres sans accent, chiffres, « - », "
        "« + », « _ », « / », et des espaces isolés qui ne sont ni au début ni à la fin",
        remedy="Corrigez {} ; gardez le numéro que porte la facture elle-même quand il suit cette "
        "forme.",
        breaks='= "n° 7"',
    )


def dates(terms: str, day: str, year: str) -> None:
    """Dates: eight digits (G1.09), of this century (G1.36)."""
    texts(
        "G1.09",
        terms,
        lambda text: bool(_DAY.fullmatch(text)),
        demand="s'écrit en huit chiffres, AAAAMMJJ",
        remedy="Écrivez {} sous la forme 20260915.",
        breaks=f'= "{day}"',
    )
    texts(
        "G1.36",
        terms,
        lambda text: not _DAY.fullmatch(text) or is_of_this_century(text),
        demand="est entre 2000 et 2099",
        remedy="Corrigez l'année de {}.",
        breaks=f'= "{year}"',
    )


def is_of_this_century(text: str) -> bool:
    """Whether a date or an instant begins with a year from 2000 to 2099."""
    return text[:4].isascii() and text.startswith("20")


def amounts(terms: str) -> None:
    """Amounts: two decimals (G1.14)."""
    texts(
        "G1.14",
        terms,
        lambda text: is_written(text, AMOUNT),
        demand="s'écrit avec 19 chiffres au plus, dont deux décimales au plus",
        remedy="Arrondissez {} au centime ; le séparateur est un point, sans signe « + ».",
        breaks="+ 0.001",
    )


def prices(terms: str, demand: str, remedy: str) -> None:
    """Prices: six decimals, no sign (G1.16)."""
    texts(
        "G1.16",
        terms,
        lambda text: is_written(text, PRICE),
        demand=demand,
        remedy=remedy,
        breaks='= "-1.00"',
    )


def listed(code: str, terms: str, allowed: Collection[str], **said: Any) -> None:
    """Codes: one of a list."""
    said.setdefault("demand", f"est l'un de ces codes : {', '.join(allowed)}")
    said.setdefault("remedy", "Choisissez pour {} un code de la liste.")
    said.setdefault("breaks", '= "ZZZ"')
    texts(code, terms, lambda text: text in allowed, **said)


def _element(text: str | None, attribute: str | None) -> str | None:
    """Return the text of an element that is there as soon as its attribute is."""
    return "" if text is None and attribute is not None else text


def attribute(
    code: str,
    term: str,
    of: str,
    expected: Collection[str],
    family: Family = REPORT,
    **said: Any,
) -> None:
    """Add a rule: where an element stands, its attribute says one of what is expected."""
    item, holder = term_of(term), term_of(of)
    name, other = item.path[-1], holder.path[-1]

    def is_qualified(record: Any, facts: ReportFacts) -> bool:
        qualifier = getattr(record, name)
        return qualifier in expected or (
            qualifier is None and facts.text(record, of, other) is None
        )

    family.add(
        code,
        is_qualified,
        on=item.parent,
        terms=f"{term} {of}",
        meaning=f"« {label(term)} » ({term}) vaut {', '.join(expected)}.",
        breaks=said.pop("breaks", f'{term} = "9999"'),
        example="transactions",
        remedy=said.pop("remedy", f"Corrigez {term}, ou l'identifiant qu'il qualifie ({of})."),
    )


def companion(
    code: str, term: str, attribute: str, holds: Callable[[str], bool], **said: Any
) -> None:
    """Add a rule about the text of an element that has an attribute."""
    item = term_of(term)
    name, other = item.path[-1], term_of(attribute).path[-1]

    def is_as_demanded(record: Any, facts: ReportFacts) -> bool:
        text = _element(facts.text(record, term, name), getattr(record, other))
        return text is None or holds(text)

    REPORT.add(
        code,
        is_as_demanded,
        on=item.parent,
        terms=term,
        meaning=f"« {label(term)} » ({term}) {said.pop('demand')}.",
        breaks=f"{term} {said.pop('breaks')}",
        example="transactions",
        **said,
    )
