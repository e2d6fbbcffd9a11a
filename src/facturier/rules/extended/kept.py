"""The rules of EN 16931 that EXTENDED-CTC-FR keeps: the same predicates, under its own name.

Which ones is read from the two manifests: an id that stands there is kept, in the syntaxes where it
stands. What is told of a rule besides its truth follows: which ids fail with it is translated, and
an example whose lines must give the reason of their exemption is replaced by one where they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from facturier.findings import Layer
from facturier.rules import en16931, official
from facturier.rules.en16931.categories import CATEGORIES
from facturier.rules.extended.vat import BY_REASON
from facturier.rules.facts import Facts
from facturier.rules.rule import Holds, Rule, either

SYNTAXES = ("UBL", "CII")
IDS = {one: frozenset(official.manifest(f"extended-ctc-fr-{one.lower()}")) for one in SYNTAXES}
"""The official ids, by syntax."""

BY_LINE = {one.example: f"{one.example}-by-line" for one in CATEGORIES if one.code in BY_REASON}
"""Example → the one whose lines, allowances and charges give the reason of their exemption."""

KNOWN = frozenset(one.code for one in CATEGORIES)


def _is_taken(vat: Any, facts: Facts) -> bool:
    """Whether the rules of its category take a VAT group from the general rules.

    In a Schematron pattern the first rule that matches an element takes it. In the CII file of the
    profile that is -08 of each of the nine categories; the general rules are left with the others.
    """
    return (
        facts.syntax == "CII"
        and "BG-23" not in facts.foreign_taxes
        and facts.code(vat.category) in KNOWN
    )


def _are_all_taken(invoice: Any, facts: Facts) -> bool:
    return facts.syntax == "CII" and all(_is_taken(vat, facts) for vat in invoice.vat_breakdown)


TAKEN: dict[str, Holds] = {
    "BR-45": _is_taken,
    "BR-46": _is_taken,
    "BR-47": _is_taken,
    "BR-48": _is_taken,
    "BR-DEC-19": _is_taken,
    "BR-DEC-20": _is_taken,
    "BR-CO-03": _are_all_taken,
}
"""General rules of the VAT breakdown, and when the CII file does not get to them."""


def _renamed() -> dict[str, str]:
    """Return what fails instead of an id of EN 16931 that the profile has replaced."""
    names = {f"BR-CO-{n}": f"BR-FREXT-CO-{n}" for n in ("04", "10", "11", "12", "13", "15")}
    names |= {f"BR-{n}": f"BR-FREXT-{n}@UBL BR-FREXT-BR-{n}@CII" for n in ("22", "23", "24", "26")}
    names |= {f"BR-{n}@CII": f"BR-FREXT-BR-{n}@CII" for n in ("38", "44")}
    for one in CATEGORIES:
        family = one.prefix.removeprefix("BR-")
        names[f"{one.prefix}-01"] = f"BR-FREXT-{family}-01"
        names[f"{one.prefix}-08"] = " ".join(
            f"BR-FREXT-{family}-08{way}@UBL BR-FXEXT-{family}-08{way}@CII"
            for way in ("", "ini", "rev")
        )
    names["BR-S-09"] = "BR-FREXT-S-09@UBL BR-FXEXT-S-09@CII"
    return names


RENAMED = _renamed()


def _added() -> dict[str, str]:
    """Return what fails besides, by id: the profile tells rates and reasons apart everywhere."""
    added = {
        "BR-05": "BR-FREXT-CO-15@CII",
        "BR-16": "BR-FREXT-CO-13 BR-FREXT-S-01@CII",
        "BR-31": "BR-FREXT-CO-13",
        "BR-36": "BR-FREXT-CO-13",
        "BR-48": "BR-FREXT-S-08@UBL BR-FREXT-S-08ini@UBL BR-FREXT-S-08rev@UBL",
        "BR-CO-18": "BR-FREXT-S-01@CII",
        "BR-CL-22": "BR-FREXT-E-08rev@UBL BR-FXEXT-E-08rev@CII",
        "BR-AG-01": "BR-FREXT-AG-01",
        "BR-FREXT-24": "BR-FREXT-CO-13",
        "BR-FREXT-BR-24": "BR-FREXT-CO-13",
    }
    for one in CATEGORIES:
        base = RENAMED[f"{one.prefix}-08"].split()
        if one.code != "O":
            added |= {f"{one.prefix}-{number}": " ".join(base) for number in ("05", "06", "07")}
        added[f"{one.prefix}-10"] = " ".join(id_ for id_ in base if "08rev" in id_)
    return added


ADDED = _added()
SPARED = {
    "BR-12": {"BR-FREXT-CO-13"},
    "BR-AE-01": {"BR-FREXT-AE-08", "BR-FREXT-AE-08rev"},
}
"""What does not fail any more: the total goes past BT-106, a category has several bases."""


def cascades(rule: Rule) -> Iterator[str]:
    """Yield what fails with a rule in the profile, each with its syntax."""
    for syntax in (rule.syntax,) if rule.syntax else SYNTAXES:
        before = sorted(rule.fires(syntax) - {rule.id})
        names = [RENAMED.get(id_, RENAMED.get(f"{id_}@{syntax}", id_)) for id_ in before]
        for one in " ".join((*names, ADDED.get(rule.id, ""))).split():
            name, _, only = one.partition("@")
            if only in ("", syntax) and name in IDS[syntax] - SPARED.get(rule.id, set()):
                yield f"{name}@{syntax}"


def _kept(rule: Rule) -> Iterator[Rule]:
    """Yield a rule of EN 16931 as the profile has it: not at all, as one, or as one a syntax."""
    where = [one for one in SYNTAXES if rule.syntax in ("", one) and rule.id in IDS[one]]
    if not where:
        return
    syntax = "" if len(where) == len(SYNTAXES) else where[0]
    layer, example = Layer.EXTENDED_CTC_FR, BY_LINE.get(rule.example, rule.example)
    # The row that speaks of a tax other than VAT is asked of the invoice: no category takes that.
    if rule.id in TAKEN and rule.terms[0] != "BG-23":
        yield replace(rule, layer=layer, syntax="UBL")
        rest = either(TAKEN[rule.id], rule.holds)
        also = tuple(id_ for id_ in rule.also if not id_.startswith("BR-S-"))
        yield replace(
            rule, layer=layer, syntax="CII", holds=rest, also=also, example="split-payment"
        )
    else:
        yield replace(rule, layer=layer, syntax=syntax, example=example)


def under(id_: str, new: str, syntax: str = "", unless: Holds | None = None) -> Iterator[Rule]:
    """Yield the rules of an id of EN 16931 under the id that the profile gives them."""
    for rule in en16931.BOOK.rules:
        if rule.id == id_ and rule.syntax in ("", syntax):
            holds = either(unless, rule.holds) if unless else rule.holds
            yield replace(rule, id=new, layer=Layer.EXTENDED_CTC_FR, syntax=syntax, holds=holds)


def does_not_count(line: Any, facts: Facts) -> bool:
    """Whether a line adds up to nothing (GROUP, INFORMATION), or is none for the CII file.

    That looks for the element of the number, the parent, the subtype and the note of a line.
    """
    if not facts.counts(line):
        return True
    said = (line.identifier, line.parent, line.subtype, *line.notes)
    return facts.tree is not None and facts.syntax == "CII" and said == (None, None, None)


def _rules() -> Iterator[Rule]:
    for rule in en16931.BOOK.rules:
        yield from _kept(rule)
    for number in ("22", "23", "24", "26"):
        yield from under(f"BR-{number}", f"BR-FREXT-{number}", "UBL", does_not_count)
        yield from under(f"BR-{number}", f"BR-FREXT-BR-{number}", "CII", does_not_count)
    for number in ("38", "44"):
        yield from under(f"BR-{number}", f"BR-FREXT-BR-{number}", "CII")
    for rule in under("BR-CO-04", "BR-FREXT-CO-04"):
        asked_of_lines = rule.scope == "BG-25"
        holds = either(does_not_count, rule.holds) if asked_of_lines else rule.holds
        yield replace(rule, holds=holds)


def _told(rule: Rule) -> Rule:
    return replace(rule, also=tuple(sorted(set(cascades(rule)))))


KEPT: tuple[Rule, ...] = tuple(_told(rule) for rule in _rules())
"""The rules kept, in the order of EN 16931."""
