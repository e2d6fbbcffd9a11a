"""The house rules that no linter knows."""

import ast
import inspect
import re
import tomllib
from pathlib import Path

import pytest

from facturier import errors
from facturier.invoice.terms import dictionary, is_repeated

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    p for p in (ROOT / "src" / "facturier").rglob("*.py") if "migrations" not in p.parts
)
FORBIDDEN = {"utils", "core", "common", "helpers", "services", "managers", "base"}
LONGEST_FUNCTION = 70
LONGEST_MODULE = 500
TABLES = {
    "src/facturier/invoice/model.py",
    "src/facturier/formats/ubl.py",
    "src/facturier/formats/cii.py",
    "src/facturier/lifecycle/reasons.py",
    "src/facturier/reporting/report.py",
    "src/facturier/rules/en16931/presence.py",
}
"""Modules that are one table: their length is the norm's."""


def relative(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_names_say_what_is_inside(path):
    assert not FORBIDDEN & {path.stem, *path.relative_to(ROOT).parts}


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_functions_and_modules_stay_short(path):
    text = path.read_text(encoding="utf-8")
    long = [
        f"{node.name} ({length} lines)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long
    if relative(path) not in TABLES:
        assert text.count("\n") <= LONGEST_MODULE


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_each_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_error_tree_in_the_docstring_is_the_tree_of_classes():
    def lines(cls, prefix=""):
        children = cls.__subclasses__()
        for number, child in enumerate(children):
            last = number == len(children) - 1
            yield f"{prefix}{'└── ' if last else '├── '}{child.__name__}"
            yield from lines(child, prefix + ("    " if last else "│   "))

    drawn = inspect.getdoc(errors).split("::\n\n", 1)[1].split("\n\n", 1)[0]
    mine = ["FacturierError", *lines(errors.FacturierError)]
    own = [line.strip() for line in drawn.splitlines()]
    assert own == [line.strip() for line in mine]


def test_each_error_has_its_own_code_and_a_french_message():
    classes = [errors.FacturierError]
    for cls in classes:
        classes += cls.__subclasses__()
    assert len({cls.code for cls in classes}) == len(classes)
    for cls in classes:
        assert inspect.getdoc(cls).split("\n")[0].endswith(".")
        assert str(_example(cls)) == inspect.getdoc(cls).split("\n")[0]
        assert errors.http_status(_example(cls)) >= 400
        assert errors.exit_code(_example(cls)) > 0


def _example(cls):
    if cls is errors.LossyConversion:
        return cls(("BT-1",))
    if cls is errors.NetworkFailure:
        return cls(permanent=True)
    return cls()


def test_each_term_has_both_names():
    terms, groups = dictionary()
    for item in (*terms.values(), *groups.values()):
        assert item.name
        assert item.nom
        assert "{}" not in item.name + item.nom


def test_dictionary_holds_every_term_of_the_norm():
    terms, groups = dictionary()
    # BT-4 does not exist in EN 16931-1; BT-162 to BT-165 are the third address lines.
    norm = {f"BT-{n}" for n in range(1, 166) if n != 4}
    # Factur-X's name of a project and departments, and EN 16931:2026.
    added = {"BT-11-0", "BT-41-0", "BT-56-0", "BT-179", "BT-180", "BT-215", "BT-216"}
    plain = {one for one in (*terms, *groups) if "-X-" not in one and not is_repeated(one)}
    assert norm | added == {t for t in terms if t[:3] == "BT-" and t in plain}
    norm = {f"BG-{n}" for n in range(1, 33)} | {"BG-34"}
    assert norm == {g for g in groups if g[:3] == "BG-" and g in plain}


def test_what_is_repeated_is_a_term_or_group_that_stands_once():
    terms, groups = dictionary()
    known = {*terms, *groups}
    containers = {"BT-20-00", "BT-19-00", "BT-133-00", "BT-147-00", "BT-X-302-00"}
    assert {one[:-2] for one in known if is_repeated(one)} - containers <= known


def test_each_decision_has_its_three_parts():
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert decisions
    for number, path in enumerate(decisions, 1):
        assert path.name.startswith(f"{number:04d}-"), path.name
        text = path.read_text(encoding="utf-8")
        for part in ("## Context", "## Choice", "## Consequence"):
            assert part in text, (path.name, part)


def test_every_exception_to_the_linter_has_a_reason():
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = config.split("\nignore = [", 1)[1].split("\n]", 1)[0]
    for line in filter(str.strip, ignored.splitlines()):
        assert "#" in line, line
    assert tomllib.loads(config)


def test_links_in_the_docs_lead_somewhere():
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken
