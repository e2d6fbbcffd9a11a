"""Refresh the code lists of ``facturier.invoice.codes`` from the official files.

``python -m tools.update_codes`` takes the exact set of codes out of each rule's test expression and
rewrites one CSV a list, ``rules.csv`` (which rule admits which list) and ``README.md``. Names are
ours or a public nomenclature's, never taken from rule messages: a name that already stands in a
file is kept, so a file is also the place to correct one. Read the diff before committing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import babel
from babel import Locale
from facturx.untdid import UNTDID_4451, UNTDID_5189, UNTDID_7161
from tools.official_files import FILES

from facturier.rules.official.stylesheets import Stylesheet

HERE = Path(__file__).parent.parent / "src/facturier/invoice/codes"
_LIST = re.compile(r"contains\(\s*'\s+([^']*?)\s+'\s*,")
_MIME = re.compile(r"@mimeCode\s*=\s*'([^']*)'")
_LITERAL = re.compile(r"'([^']+)'")
Names = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Origin:
    """One official set: the rule whose test holds it."""

    book: str
    rule: str
    where: str
    """The syntax, or syntax and root, for which the set holds: ``ubl``, ``ubl-invoice``, ``cii``"""
    place: int = 0
    """Which of the literal lists in the test."""


def _both(*rules: str, prefix: str = "en16931") -> tuple[Origin, ...]:
    return tuple(Origin(f"{prefix}-{s}", rule, s) for rule in rules for s in ("ubl", "cii"))


def _extended(*rules: str) -> tuple[Origin, ...]:
    return _both(*rules, prefix="extended-ctc-fr")


@dataclass(frozen=True, slots=True)
class CodeList:
    """One CSV file."""

    name: str
    title: str
    origins: tuple[Origin, ...] = ()
    function: str = ""
    """Name of the function of BR-FR-Flux2 that holds the list."""
    rules: tuple[str, ...] = ()
    """For a list out of a function: the rules that call it."""


LISTS = (
    CodeList(
        "document_type",
        "Document name code, UNTDID 1001, as EN 16931 restricts it",
        (
            Origin("en16931-ubl", "BR-CL-01", "ubl-invoice", 0),
            Origin("en16931-ubl", "BR-CL-01", "ubl-credit-note", 1),
            Origin("en16931-cii", "BR-CL-01", "cii"),
        ),
    ),
    CodeList("currency", "ISO 4217 alpha-3", _both("BR-CL-03", "BR-CL-04", "BR-CL-05")),
    CodeList("country", "ISO 3166-1 alpha-2, with 1A and XI", _both("BR-CL-14", "BR-CL-15")),
    CodeList("vat_prefix", "Prefix of a VAT identifier: a country, or EL", _both("BR-CO-09")),
    CodeList("tax_point", "VAT point date: UNTDID 2005 in UBL, 2475 in CII", _both("BR-CL-06")),
    CodeList(
        "reference_qualifier",
        "Reference code qualifier, UNTDID 1153",
        (*_both("BR-CL-07"), Origin("extended-ctc-fr-cii", "BR-EXT-CL-07", "cii")),
    ),
    CodeList("note_subject", "Text subject code qualifier, UNTDID 4451", _both("BR-CL-08")),
    CodeList(
        "icd",
        "Identifier scheme, ISO/IEC 6523 ICD",
        (
            *_both("BR-CL-11", "BR-CL-21", "BR-CL-26"),
            Origin("en16931-ubl", "BR-CL-10", "ubl"),
            Origin("en16931-cii", "BR-CL-10", "cii"),
        ),
    ),
    CodeList(
        "icd_extended",
        "Identifier scheme of a party in EXTENDED-CTC-FR: ICD, BY and SE",
        _extended("BR-FREXT-CL-10"),
    ),
    CodeList(
        "creditor_scheme",
        "Scheme of a creditor identifier (BT-90), admitted for seller and payee in UBL only",
        (
            Origin("en16931-ubl", "BR-CL-10", "ubl", 1),
            Origin("extended-ctc-fr-ubl", "BR-FREXT-CL-10", "ubl", 1),
        ),
    ),
    CodeList("item_classification", "Item type identification, UNTDID 7143", _both("BR-CL-13")),
    CodeList("payment_means", "Payment means, UNTDID 4461", _both("BR-CL-16")),
    CodeList(
        "vat_category",
        "Duty or tax or fee category, UNTDID 5305, as EN 16931 restricts it",
        _both("BR-CL-17", "BR-CL-18"),
    ),
    CodeList(
        "allowance_reason",
        "Allowance reason, UNTDID 5189, as EN 16931 restricts it",
        (*_both("BR-CL-19"), Origin("extended-ctc-fr-cii", "BR-FREXT-CL-19-GP", "cii")),
    ),
    CodeList(
        "charge_reason",
        "Charge reason, UNTDID 7161",
        (*_both("BR-CL-20"), *_extended("BR-FREXT-CL-20")),
    ),
    CodeList(
        "charge_tax_reason",
        "Tax as a charge reason, UNTDID 5153",
        _extended("BR-FREXT-CL-20-TAX"),
    ),
    CodeList(
        "charge_reason_list",
        "Which list a charge reason comes from (@listID)",
        _extended("BR-FREXT-CL-20-LISTID"),
    ),
    CodeList("vatex", "VAT exemption reason, CEF VATEX", _both("BR-CL-22")),
    CodeList(
        "unit", "Unit of measure, UN/ECE Recommendations 20 and 21 (with X)", _both("BR-CL-23")
    ),
    CodeList("mime", "Media type of an attached document", _both("BR-CL-24")),
    CodeList(
        "mime_extended",
        "Media type of an attached document in EXTENDED-CTC-FR",
        _extended("BR-FREXT-CL-24"),
    ),
    CodeList("eas", "Electronic address scheme, CEF EAS", _both("BR-CL-25")),
    CodeList("incoterms", "Delivery terms, UNTDID 4053", _extended("BR-FREXT-CL-27")),
    CodeList(
        "item_attribute",
        "Measured attribute, UNTDID 6313 with the Factur-X extension",
        (
            Origin("extended-ctc-fr-ubl", "BR-FREXT-04", "ubl"),
            Origin("extended-ctc-fr-cii", "BR-FXEXT-04", "cii"),
        ),
    ),
    CodeList("line_subtype", "Subtype of a line (EXT-FR-FE-163)", _extended("BR-FREXT-05")),
    CodeList(
        "french_document_type",
        "Types of document of the French reform (BT-3)",
        function="custom:is-valid-document-type-code",
        rules=("BR-FR-04",),
    ),
    CodeList(
        "business_process",
        "Cadre de facturation (BT-23)",
        function="custom:is-valid-billing-mode",
        rules=("BR-FR-08",),
    ),
    CodeList(
        "french_vat_category",
        "VAT categories admitted in France",
        function="custom:is-valid-vat-category-code",
        rules=("BR-FR-15",),
    ),
    CodeList(
        "vat_rate_fr",
        "VAT rates of France, exactly as they may be written",
        function="custom:is-valid-vat-rate",
        rules=("BR-FR-16",),
    ),
    CodeList(
        "treatment",
        "Expected treatment: the text of the note BAR",
        function="custom:is-valid-bar-treatment",
        rules=("BR-FR-20", "BR-FR-31"),
    ),
    CodeList(
        "attachment_qualifier",
        "Kind of an attached document (BT-123)",
        function="custom:is-valid-attachment-code",
        rules=("BR-FR-17",),
    ),
)
LANGUAGE = CodeList("language", "ISO 639-1 alpha-2")

_SHEETS: dict[str, Stylesheet] = {}


def _sheet(book: str) -> Stylesheet:
    if book not in _SHEETS:
        path = FILES[book].locate()
        if path is None:
            message = f"{book}: {FILES[book].package} n'est pas installé (uv sync --all-extras)"
            raise SystemExit(message)
        _SHEETS[book] = Stylesheet(path)
    return _SHEETS[book]


def _sets(test: str) -> list[tuple[str, ...]]:
    """Return the literal lists of a test, in its order, each code once."""
    lists = [tuple(dict.fromkeys(found.split())) for found in _LIST.findall(test)]
    media = tuple(dict.fromkeys(_MIME.findall(test)))
    return [codes for codes in (*lists, media) if codes]


def official_set(origin: Origin) -> tuple[str, ...]:
    """Return the codes that a rule admits, in the official order. Raises KeyError."""
    for assertion in _sheet(origin.book).assertions:
        if assertion.id == origin.rule:
            return _sets(assertion.test)[origin.place]
    raise KeyError(origin.rule)


def function_set(function: str) -> tuple[str, ...]:
    """Return the codes that a function of BR-FR-Flux2 admits; both syntaxes must agree."""
    found = []
    for syntax in ("ubl", "cii"):
        literals = _LITERAL.findall(_sheet(f"br-fr-flux2-{syntax}").function(function))
        codes = [code for text in literals if not text.startswith("\\") for code in text.split()]
        found.append(tuple(dict.fromkeys(codes)))
    assert found[0] == found[1], function
    return found[0]


def _membership(code_list: CodeList) -> dict[str, str]:
    """Return code → where it is admitted, empty when everywhere the list is used."""
    if code_list.function:
        return dict.fromkeys(function_set(code_list.function), "")
    sets: dict[str, tuple[str, ...]] = {}
    for origin in code_list.origins:
        found = official_set(origin)
        known = sets.setdefault(origin.where, found)
        assert set(known) == set(found), f"{origin} differs from an earlier rule of its list"
    codes = dict.fromkeys(code for found in sets.values() for code in found)
    places = {code: [where for where in sets if code in sets[where]] for code in codes}
    return {c: "" if len(at) == len(sets) else " ".join(at) for c, at in places.items()}


def _known_names(path: Path) -> Names:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["code"]: (row["name_en"], row["name_fr"]) for row in rows}


def _public_names(name: str) -> Mapping[str, tuple[str, str]]:
    """Return names of nomenclatures that a library carries: CLDR and UN/CEFACT."""
    english, french = Locale("en"), Locale("fr")
    if name in {"country", "vat_prefix"}:
        return {c: (n, french.territories.get(c, "")) for c, n in english.territories.items()}
    if name == "currency":
        return {c: (n, french.currencies.get(c, "")) for c, n in english.currencies.items()}
    if name == "language":
        return {c: (n, french.languages.get(c, "")) for c, n in english.languages.items()}
    official = {
        "note_subject": UNTDID_4451,
        "allowance_reason": UNTDID_5189,
        "charge_reason": UNTDID_7161,
    }
    return {code: (text, "") for code, text in official.get(name, {}).items()}


def _version(code_list: CodeList) -> tuple[str, str, str]:
    """Return source, version and date of a list."""
    if code_list is LANGUAGE:
        return "Unicode CLDR, as babel carries it", f"babel {babel.__version__}", ""
    book = code_list.origins[0].book if code_list.origins else "br-fr-flux2-ubl"
    sheet, file = _sheet(book), FILES[book]
    sources = {
        "en16931": "CEN/TC 434, EN 16931 validation artefacts for UBL and CII",
        "extended-ctc-fr": "AFNOR XP Z12-012, FNFE-MPE, EXTENDED-CTC-FR for UBL and CII",
        "br-fr-flux2": "AFNOR XP Z12-012, FNFE-MPE, BR-FR-Flux2 for UBL and CII",
    }
    return sources[book.rpartition("-")[0]], sheet.version or file.version, sheet.date or file.date


def _rule_names(code_list: CodeList) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(o.rule for o in code_list.origins), *code_list.rules)))


def _write(code_list: CodeList, codes: Mapping[str, str]) -> None:
    path = HERE / f"{code_list.name}.csv"
    known, public = _known_names(path), _public_names(code_list.name)
    source, version, date = _version(code_list)
    split = any(codes.values())
    with path.open("w", encoding="utf-8", newline="") as file:
        for key, value in (
            ("list", code_list.title),
            ("rules", " ".join(_rule_names(code_list))),
            ("source", source),
            ("version", version),
            ("date", date),
        ):
            file.write(f"# {key}: {value}".rstrip() + "\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "name_en", "name_fr", *(["where"] if split else [])])
        for code, where in codes.items():
            names = known.get(code, ("", ""))
            other = public.get(code, ("", ""))
            row = [code, names[0] or other[0], names[1] or other[1]]
            writer.writerow([*row, where] if split else row)


def _rule_rows(written: Mapping[str, Mapping[str, str]]) -> Iterable[tuple[str, str, str, int]]:
    """Yield rule, where, list, number of codes, for each rule and syntax."""
    for code_list in LISTS:
        codes = written[code_list.name]
        for origin in code_list.origins:
            count = sum(1 for at in codes.values() if not at or origin.where in at.split())
            yield origin.rule, origin.where, code_list.name, count
        for rule in code_list.rules:
            for where in ("ubl", "cii"):
                yield rule, where, code_list.name, len(codes)


_README = """\
# Code lists

One file a list: `code`, `name_en`, `name_fr`, and `where` when the syntaxes differ. Written by
`python -m tools.update_codes` from the official rule files; names may be corrected by hand, the
tool keeps them. `rules.csv` says which rule admits which list in which syntax.

A rule that names two lists (`BR-CL-10` in UBL) admits the second under a condition only.

| List | Constant | Rules | Source | Version | Codes |
|---|---|---|---|---|---|
"""


def _write_readme(written: Mapping[str, Mapping[str, str]]) -> None:
    lines = []
    for code_list in (*LISTS, LANGUAGE):
        source, version, _ = _version(code_list)
        codes = written[code_list.name]
        places = dict.fromkeys(o.where for o in code_list.origins) if any(codes.values()) else {}
        counts = [
            f"{where} {sum(1 for at in codes.values() if not at or where in at.split())}"
            for where in places
        ]
        count = f"{len(codes)} ({', '.join(counts)})" if counts else str(len(codes))
        lines.append(
            f"| [{code_list.title}]({code_list.name}.csv) | `{code_list.name.upper()}` "
            f"| {', '.join(_rule_names(code_list)) or '–'} | {source} | {version} | {count} |\n"
        )
    (HERE / "README.md").write_text(_README + "".join(lines), encoding="utf-8")


def main() -> None:
    """Rewrite all lists."""
    written = {code_list.name: _membership(code_list) for code_list in LISTS}
    # CLDR also names a few languages that ISO 639-1 withdrew.
    withdrawn = {"in", "iw", "ji", "jw", "mo", "sh", "tl"}
    languages = sorted(
        c for c in Locale("en").languages if len(c) == len("fr") and c not in withdrawn
    )
    written["language"] = dict.fromkeys(languages, "")
    for code_list in (*LISTS, LANGUAGE):
        _write(code_list, written[code_list.name])
    with (HERE / "rules.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["rule", "where", "list", "count"])
        writer.writerows(_rule_rows(written))
    _write_readme(written)
    print(f"{len(written)} lists, {sum(map(len, written.values()))} codes → {HERE}")


if __name__ == "__main__":
    main()
