"""The sheet as one HTML page: no script, nothing fetched, every text a text node."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from importlib import resources

from lxml import etree

from facturier.findings import Finding, Outcome, Severity, Verdict
from facturier.formats.layout.reading import Field
from facturier.formats.layout.rows import Row
from facturier.formats.layout.sheet import Adjustment, Block, Sheet, VatRow

Node = etree._Element  # noqa: SLF001  # lxml gives its element class no public name


class _Maker:
    """Makes elements by tag: ``E.p({"class": "name"}, "text", child)``; strings become text."""

    def __getattr__(self, tag: str) -> Callable[..., Node]:
        return functools.partial(_element, tag)


def _element(tag: str, *content: dict[str, str] | str | Node) -> Node:
    node = etree.Element(tag)
    for item in content:
        if isinstance(item, dict):
            for name, value in item.items():
                node.set(name, value)
        elif not isinstance(item, str):
            node.append(item)
        elif len(node):
            node[-1].tail = (node[-1].tail or "") + item
        else:
            node.text = (node.text or "") + item
    return node


E = _Maker()

COPY_MARK = "Copie lisible — le fichier structuré fait foi"
_QR_TEXT = "Code QR de virement : à scanner avec l’application de votre banque"
_OUTCOMES = {
    Outcome.VALID: "Aucune anomalie bloquante",
    Outcome.INVALID: "Facture non conforme",
    Outcome.UNREADABLE: "Document illisible",
}
_SEVERITIES = {
    Severity.FATAL: "Bloquant",
    Severity.WARNING: "Avertissement",
    Severity.ADVICE: "Conseil",
    Severity.INTERNAL: "Contrôle en défaut",
}
_PLACE = re.compile(r"\b((?:BT|BG|EXT-FR-FE)-[\w-]*\w)(?:\D*?\bligne (\d+))?")


def page(sheet: Sheet, *, verdict: Verdict | None = None, qr_svg: str = "") -> str:
    """Return the page; the findings of `verdict` stand first and point into it."""
    main = E.main(
        _heading(sheet),
        *_section("", E.div({"class": "blocks"}, *_parties(sheet))),
        *_section("Références", _pairs(sheet.references)),
        *_section("", *_lines(sheet)),
        *_section("", *_adjustments(sheet.adjustments)),
        *_section("", *_settlement(sheet)),
        *_section("Paiement", *_payment(sheet, qr_svg)),
        *_section("Mentions", *(_note(block) for block in sheet.notes)),
        *_section("Pièces jointes", *_blocks(sheet.attachments)),
        *_section("Autres données de la facture", _pairs(sheet.rest)),
        *_section("Éléments du fichier non reconnus", _pairs(sheet.strange)),
    )
    _keep_first_anchors(main)
    if verdict is not None:
        main.insert(0, _verdict(verdict, main))
    title = " ".join(f.text for f in (sheet.title, sheet.number) if f)
    root = E.html(
        {"lang": "fr"},
        E.head(
            E.meta({"charset": "utf-8"}),
            E.meta({"name": "viewport", "content": "width=device-width, initial-scale=1"}),
            E.title(title),
            E.style(_css()),
        ),
        E.body(E.aside({"class": "copy", "aria-label": "Nature du document"}, COPY_MARK), main),
    )
    text: str = etree.tostring(root, method="html", encoding="unicode")
    return f"<!DOCTYPE html>\n{text}\n"


def _keep_first_anchors(main: Node) -> None:
    """Drop the anchor of a second value of the same term at the same place."""
    seen: set[str] = set()
    for node in main.iter():
        anchor = node.get("id")
        if anchor in seen:
            del node.attrib["id"]
        elif anchor:
            seen.add(anchor)


@functools.cache
def _css() -> str:
    return resources.files(__package__).joinpath("sheet.css").read_text(encoding="utf-8")


def _section(title: str, *content: Node | None) -> list[Node]:
    """Return one section, or nothing when it would be empty."""
    held = [node for node in content if node is not None and (len(node) or node.text)]
    if not held:
        return []
    return [E.section(*([E.h2(title)] if title else []), *held)]


def _shown(tag: str, field: Field | None, **attributes: str) -> Node:
    """Return an element that shows `field`, anchored by its term."""
    node = etree.Element(tag, {key.rstrip("_"): value for key, value in attributes.items()})
    if field is None:
        return node
    node.text = field.text
    if field.term:
        node.set("data-term", field.term)
        node.set("id", _anchor(field.term, field.place))
    if field.code:
        node.set("title", field.code)
    return node


def _anchor(term: str, place: Iterable[int]) -> str:
    return ".".join((term, *(str(index + 1) for index in place)))


def _heading(sheet: Sheet) -> Node:
    title = E.div(_shown("h1", sheet.title))
    if sheet.number:
        number = E.p({"class": "number"}, "N° ")
        number.append(_shown("span", sheet.number))
        title.append(number)
    return E.header({"class": "heading"}, title, _pairs(sheet.dates))


def _pairs(fields: Iterable[Field]) -> Node:
    """Return a list of labels and values; a value without label takes the whole width."""
    node = E.dl({"class": "pairs"})
    for field in fields:
        if field.label:
            node.append(E.dt(field.label))
            node.append(_shown("dd", field))
        else:
            node.append(_shown("dd", field, class_="alone"))
    return node


def _parties(sheet: Sheet) -> list[Node]:
    return [_block(block, "h2") for block in (sheet.seller, sheet.buyer, *sheet.others)]


def _blocks(blocks: Iterable[Block]) -> list[Node]:
    nodes = [_block(block) for block in blocks]
    return [E.div({"class": "blocks"}, *nodes)] if nodes else []


def _block(block: Block, heading: str = "h3") -> Node:
    node = E.div({"class": "block"})
    if block.title:
        node.append(_element(heading, block.title))
    if block.name:
        node.append(_shown("p", block.name, class_="name"))
    node.extend(_shown("p", line) for line in block.lines)
    if block.facts:
        node.append(_pairs(block.facts))
    return node


def _note(block: Block) -> Node:
    title = E.h3(block.title)
    if block.code:
        title.set("title", block.code)
    return E.div({"class": "note"}, title, *(_shown("p", line) for line in block.lines))


# --- lines ---------------------------------------------------------------------------------------


def _lines(sheet: Sheet) -> list[Node]:
    if not sheet.rows:
        return []
    heads = ["N°", "Désignation", "Quantité", "Prix unitaire HT"]
    heads += ["Remise"] if sheet.has_discounts else []
    heads += ["TVA", "Montant HT"]
    head = E.tr(*(_head(name, figure=number > 1) for number, name in enumerate(heads)))
    body = E.tbody(*(_row(row, has_discounts=sheet.has_discounts) for row in sheet.rows))
    caption = E.caption("Lignes de la facture")
    return [E.table({"class": "lines"}, caption, E.thead(head), body)]


def _head(name: str, *, figure: bool) -> Node:
    return E.th({"scope": "col", **({"class": "figure"} if figure else {})}, name)


def _row(row: Row, *, has_discounts: bool) -> Node:
    item = E.th({"scope": "row"})
    if row.depth:
        item.set("style", f"padding-left: {8 + 16 * min(row.depth, 6)}px")
    if row.name:
        item.append(_shown("div", row.name, class_="item"))
    if row.description:
        item.append(_shown("div", row.description, class_="text"))
    if row.details:
        item.append(E.ul({"class": "details"}, *(_detail(field) for field in row.details)))
    cells = [_quantity(row), _price(row)]
    if has_discounts:
        cells.append(_figure(None, "Remise", row.discount))
    node = E.tr(
        _shown("td", row.number),
        item,
        *cells,
        _figure(row.vat, "TVA"),
        _figure(row.amount, "Montant HT"),
    )
    if row.is_group:
        node.set("class", "group")
    return node


def _detail(field: Field) -> Node:
    node = E.li(f"{field.label} : " if field.label else "")
    node.append(_shown("span", field, class_="text"))
    return node


def _figure(field: Field | None, label: str, text: str = "") -> Node:
    node = _shown("td", field, class_="figure", data_label=label)
    node.set("data-label", node.attrib.pop("data_label"))
    if text:
        node.text = text
    return node


def _quantity(row: Row) -> Node:
    node = _figure(None, "Quantité")
    if row.quantity or row.unit:
        span = E.span()
        for field, space in ((row.quantity, " "), (row.unit, "")):
            if field:
                part = _shown("span", field)
                part.tail = space
                span.append(part)
        node.append(span)
    return node


def _price(row: Row) -> Node:
    node = _figure(None, "Prix unitaire HT")
    if row.price:
        span = E.span(_shown("span", row.price))
        if row.price_base:
            span.append(E.div({"class": "minor"}, row.price_base))
        node.append(span)
    return node


# --- discounts, VAT, totals, payment -------------------------------------------------------------


def _adjustments(adjustments: tuple[Adjustment, ...]) -> list[Node]:
    if not adjustments:
        return []
    heads = ("Nature", "Motif", "Calcul", "TVA", "Montant HT")
    rows = []
    for item in adjustments:
        reason = E.td(_shown("div", item.reason))
        reason.extend(_shown("div", field, class_="minor") for field in item.details)
        rows.append(
            E.tr(
                E.th({"scope": "row"}, item.label),
                reason,
                E.td({"class": "figure"}, item.basis),
                _shown("td", item.vat, class_="figure"),
                _shown("td", item.amount, class_="figure"),
            )
        )
    return [_table("Remises et frais du document", heads, rows, figures_from=2)]


def _table(caption: str, heads: Iterable[str], rows: list[Node], *, figures_from: int) -> Node:
    head = E.tr(*(_head(name, figure=n >= figures_from) for n, name in enumerate(heads)))
    return E.table({"class": "figures-table"}, E.caption(caption), E.thead(head), E.tbody(*rows))


def _settlement(sheet: Sheet) -> list[Node]:
    parts = []
    if sheet.vat:
        rows = [_vat_row(row) for row in sheet.vat]
        table = _table("TVA", ("Catégorie", "Taux", "Base HT", "TVA"), rows, figures_from=1)
        parts.append(E.div({"class": "vat"}, table))
    if sheet.totals or sheet.due:
        parts.append(E.div({"class": "totals"}, _totals(sheet)))
    return [E.div({"class": "settle"}, *parts)] if parts else []


def _vat_row(row: VatRow) -> Node:
    category = E.th({"scope": "row"}, _shown("div", row.category))
    category.extend(_shown("div", field, class_="minor") for field in row.details)
    figures = (row.rate, row.base, row.tax)
    return E.tr(category, *(_shown("td", field, class_="figure") for field in figures))


def _totals(sheet: Sheet) -> Node:
    body = E.tbody()
    for field in sheet.totals:
        body.append(E.tr(E.th({"scope": "row"}, field.label), _shown("td", field)))
    if sheet.due:
        due = E.tr({"class": "due"}, E.th({"scope": "row"}, sheet.due.label))
        due.append(_shown("td", sheet.due))
        body.append(due)
    return E.table(E.caption("Totaux"), body)


def _payment(sheet: Sheet, qr_svg: str) -> list[Node]:
    held = _blocks(sheet.payment)
    if qr_svg:
        drawing = etree.fromstring(qr_svg.encode())
        drawing.set("role", "img")
        drawing.set("aria-label", _QR_TEXT)
        held.append(E.figure(drawing, E.figcaption("Scannez pour payer par virement")))
    return [E.div({"class": "pay"}, *held)] if held else []


# --- verdict -------------------------------------------------------------------------------------


def _verdict(verdict: Verdict, main: Node) -> Node:
    anchors = {node.get("id"): node for node in main.iter() if node.get("id")}
    node = E.section(
        {"class": f"verdict {verdict.outcome.value}", "aria-label": "Contrôles"},
        E.h2(_OUTCOMES[verdict.outcome]),
    )
    if verdict.findings:
        node.append(E.ul(*(_finding(finding, anchors) for finding in verdict.findings)))
    return node


def _finding(finding: Finding, anchors: dict[str | None, Node]) -> Node:
    node = E.li(
        {"class": finding.severity.value}, E.strong(f"{_SEVERITIES[finding.severity]} "), ""
    )
    node[-1].tail = f"{finding.rule} — {finding.message}"
    target = _target(finding.where, anchors)
    if target is not None:
        if finding.severity in {Severity.FATAL, Severity.INTERNAL}:
            anchors[target].set("class", f"{anchors[target].get('class', '')} wrong".strip())
        node[-1].tail += " "
        node.append(E.a({"href": f"#{target}"}, finding.where))
    elif finding.where:
        node[-1].tail += f" ({finding.where})"
    if finding.remedy:
        node.append(E.div({"class": "minor"}, finding.remedy))
    return node


def _target(where: str, anchors: dict[str | None, Node]) -> str | None:
    """Return the anchor of the first place in `where` that the page shows."""
    for term, line in _PLACE.findall(where):
        for anchor in (f"{term}.{line}" if line else term, f"{term}.1", f"BT-126.{line}"):
            if anchor in anchors:
                return anchor
    return None
