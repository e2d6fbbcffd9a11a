"""Random changes to the tree of a document, as careless software would make them.

Shared by the parity harness, which keeps what the schema accepts, and the fuzzer, which keeps all.
Everything is drawn from one `random.Random`, so that a seed names a document.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Sequence

from lxml import etree

Element = etree._Element  # noqa: SLF001  # lxml has no public name for it
Change = Callable[[Element, random.Random], bool]
"""Alters the tree in place; false where it found nothing to alter."""

_AMOUNT = re.compile(r"\s*[+-]?\d+(?:\.\d*)?\s*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{8}")
_CODE = re.compile(r"[A-Za-z0-9-]{1,20}")

CODES = (
    *("S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B", "s", "VAT", "GST", "vat"),
    *("380", "381", "384", "386", "389", "393", "261", "262", "325", "471", "500", "503", "751"),
    *("B1", "S1", "M1", "B2", "S4", "B7", "M8", "S8", "B9", "M9", "A1", "b1", "", " "),
    *("EUR", "USD", "eur", "FR", "DE", "GR", "EL", "fr", "XI", "1A", "ZZ"),
    *("0002", "0009", "0088", "0223", "0225", "0231", "0199", "EM", "SEPA", "BY", "SE", "9999"),
    *("PMT", "PMD", "AAB", "BAR", "TXD", "REG", "AAI", "#PMT#", "#BAR#B2B", "#AAB", "##"),
    *("30", "58", "59", "48", "49", "57", "10", "1", "0", "3", "5", "29", "35", "72", "432"),
    *("B2B", "B2C", "B2BINT", "OUTOFSCOPE", "MEMBRE_ASSUJETTI_UNIQUE", "GROUP", "DETAIL"),
    *("INFORMATION", "AFL", "AVV", "AAJ", "130", "916", "50", "ACC", "CT", "C62", "HUR", "XPP"),
    *("VATEX-EU-O", "VATEX-EU-AE", "VATEX-FR-FRANCHISE", "vatex-eu-ic", "95", "FC", "ABL", "5153"),
    *("true", "false", "application/pdf", "text/xml", "102", "203", "003000019", "00300001900013"),
    *("urn:cen.eu:en16931:2017", "NA", "É", "\u00a0", "a b", "-", "0.00", "20", "20.0", "5.5"),
)
"""What may stand where a code stands: right, wrong, of another list, in other letters."""


def leaves(root: Element) -> list[Element]:
    """Return the elements without children."""
    return [one for one in root.iter(etree.Element) if len(one) == 0]


def _inner(root: Element) -> list[Element]:
    return [one for one in root.iter(etree.Element) if one is not root]


def _texts(root: Element, pattern: re.Pattern[str]) -> list[Element]:
    return [one for one in leaves(root) if pattern.fullmatch(one.text or "")]


def _drop(element: Element) -> None:
    holder = element.getparent()
    assert holder is not None
    holder.remove(element)


def _delete(root: Element, chance: random.Random) -> bool:
    found = leaves(root)
    if root in found:
        return False
    _drop(chance.choice(found))
    return True


def _delete_group(root: Element, chance: random.Random) -> bool:
    groups = [one for one in _inner(root) if len(one)]
    if not groups:
        return False
    _drop(chance.choice(groups))
    return True


def _duplicate(root: Element, chance: random.Random) -> bool:
    inner = _inner(root)
    if not inner:
        return False
    one = chance.choice(inner)
    one.addnext(copy.deepcopy(one))
    return True


def _empty(root: Element, chance: random.Random) -> bool:
    chance.choice(leaves(root)).text = chance.choice(("", " ", None))
    return True


def _attribute(root: Element, chance: random.Random) -> bool:
    held = [(one, name) for one in root.iter(etree.Element) for name in one.keys()]  # noqa: SIM118
    if not held:
        return False
    one, name = chance.choice(held)
    way = chance.randrange(4)
    if way == 0:
        del one.attrib[name]
    elif way == 1:
        one.set(name, (one.get(name) or "").swapcase())
    elif way == 2:  # noqa: PLR2004
        one.set(name, f" {one.get(name)} ")
    else:
        one.set(name, chance.choice(CODES))
    return True


def _code(root: Element, chance: random.Random) -> bool:
    found = _texts(root, _CODE)
    if not found:
        return False
    chance.choice(found).text = chance.choice(CODES)
    return True


def _written(text: str, chance: random.Random) -> str:
    """Return an amount changed, or the same amount written in another way."""
    sign, plain = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, cents = plain.partition(".")
    return chance.choice((
        f"{sign}{whole}.{cents or '00'}0",
        f"{sign}{whole}.{cents or '00'}1",
        f"{sign}{whole}.{cents[:1] or '0'}",
        plain if sign else f"-{plain}",
        f"+{plain}",
        f"0{plain}",
        f"{sign}{whole}",
        f"{sign}{int(whole or 0) + 1}.{cents or '00'}",
        f"{sign}{whole}.{int(cents[:2] or 0) + 1:02d}",
        f"{sign}{whole}.{max(int(cents[:2] or 0) - 1, 0):02d}",
        "0",
        "0.00",
        "-0.01",
        "99999999999999999999.99",
        "10.10",
        "0.005",
    ))  # fmt: skip


def _amount(root: Element, chance: random.Random) -> bool:
    found = _texts(root, _AMOUNT)
    if not found:
        return False
    one = chance.choice(found)
    one.text = _written((one.text or "").strip().lstrip("+"), chance)
    return True


def _white_space(root: Element, chance: random.Random) -> bool:
    one = chance.choice(leaves(root))
    text = one.text or ""
    half = len(text) // 2
    one.text = chance.choice(
        (f" {text}", f"{text} ", f"\n  {text}\n", f"{text[:half]} {text[half:]}", f"\u00a0{text}")
    )
    return True


def _case(root: Element, chance: random.Random) -> bool:
    found = [one for one in leaves(root) if (one.text or "").swapcase() != (one.text or "")]
    if not found:
        return False
    one = chance.choice(found)
    one.text = (one.text or "").swapcase()
    return True


def _swap(found: Sequence[Element], chance: random.Random) -> bool:
    if len(found) < 2:  # noqa: PLR2004
        return False
    one, other = chance.sample(found, 2)
    one.text, other.text = other.text, one.text
    return True


def _swap_dates(root: Element, chance: random.Random) -> bool:
    return _swap(_texts(root, _DAY), chance)


def _swap_namesakes(root: Element, chance: random.Random) -> bool:
    one = chance.choice(leaves(root))
    return _swap([other for other in leaves(root) if other.tag == one.tag], chance)


def _reorder(root: Element, chance: random.Random) -> bool:
    repeated = [
        (one, after)
        for one in _inner(root)
        if (after := one.getnext()) is not None and after.tag == one.tag
    ]
    if not repeated:
        return False
    one, after = chance.choice(repeated)
    after.addnext(one)
    return True


def _move(root: Element, chance: random.Random) -> bool:
    """Copy an element under another one that has the same name as its parent."""
    inner = _inner(root)
    if not inner:
        return False
    one = chance.choice(inner)
    holder = one.getparent()
    assert holder is not None
    others = [other for other in root.iter(str(holder.tag)) if other is not holder]
    if not others:
        return False
    target = chance.choice(others)
    target.insert(chance.randint(0, len(target)), copy.deepcopy(one))
    return True


def _date(root: Element, chance: random.Random) -> bool:
    found = _texts(root, _DAY)
    if not found:
        return False
    one = chance.choice(found)
    day = chance.choice(("1999-12-31", "2100-01-01", "2026-11-01", "2026-02-28", "2027-01-15"))
    one.text = day if "-" in (one.text or "") else day.replace("-", "")
    return True


CHANGES: tuple[Change, ...] = (
    *(_delete, _delete, _delete_group, _duplicate, _empty, _attribute, _code, _code, _amount),
    *(_amount, _white_space, _case, _swap_dates, _swap_namesakes, _reorder, _move, _date),
)


def graft(root: Element, donor: Element, chance: random.Random) -> bool:
    """Copy a part of another document to the same place, in the order in which it stood there."""
    inner = _inner(donor)
    if not inner:
        return False
    one = chance.choice(inner)
    holder = one.getparent()
    assert holder is not None
    targets = [root] if holder is donor else list(root.iter(str(holder.tag)))
    if not targets:
        return False
    target = chance.choice(targets)
    before = {other.tag for other in one.itersiblings(preceding=True)} | {one.tag}
    places = [number for number, other in enumerate(target, 1) if other.tag in before]
    target.insert(places[-1] if places else 0, copy.deepcopy(one))
    return True


def alter(root: Element, chance: random.Random, donors: Sequence[Element] = ()) -> str:
    """Alter `root` in place, once; return the name of the change, empty when nothing was found."""
    if donors and chance.random() < 0.25:  # noqa: PLR2004
        return "graft" if graft(root, chance.choice(donors), chance) else ""
    change = chance.choice(CHANGES)
    return change.__name__.strip("_") if change(root, chance) else ""
