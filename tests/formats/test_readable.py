"""The readable copy shows everything, in French, and runs nothing."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
from datetime import date, timedelta
from decimal import Decimal

import pikepdf
import pypdfium2
import pytest
import segno
from axe_playwright_python.sync_playwright import Axe
from lxml import html as lxml_html
from PIL import Image
from playwright.sync_api import sync_playwright
from tests.formats.sample_invoices import invoice, overlong_invoice, rich_invoice

from facturier import formats
from facturier.errors import ConfigurationError
from facturier.findings import Finding, Layer, Outcome, Severity, Verdict
from facturier.formats import readable
from facturier.formats.layout import figures, printed, wording
from facturier.formats.layout.payment_code import payment_code
from facturier.invoice import terms
from facturier.invoice.model import Attachment, Identifier, Invoice, Malformed, Party, Unmapped

D = Decimal
NARROW = "\u202f"


def visible(page: str) -> str:
    """Return the text of the page as a reader sees it, without style."""
    root = lxml_html.fromstring(page)
    for style in root.iter("style"):
        style.drop_tree()
    return root.text_content()


def pdf_text(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_range() for page in document]


# --- every datum ---------------------------------------------------------------------------------


class Filler:
    """Builds a record with a different value in each of its terms."""

    def __init__(self) -> None:
        self.count = itertools.count(101)

    def record(self, cls: type) -> object:
        values = {}
        for name, place, is_group, kind in terms.fields_of(cls):
            made = [
                self.record(kind) if is_group else self.value(kind)
                for _ in range(2 if place.many else 1)
            ]
            values[name] = tuple(made) if place.many else made[0]
        return cls(**values)

    def value(self, kind: type) -> object:
        number = next(self.count)
        if kind is D:
            return D(f"{number}.25")
        if kind is date:
            return date(2020, 1, 1) + timedelta(days=number)
        if kind is Identifier:
            return Identifier(f"id{number}", "0088")
        if kind is Attachment:
            return Attachment(b"x" * number, "text/csv", f"fichier{number}.csv")
        return f"texte{number}"


def expected_text(held: terms.Held) -> str:
    """Return what the page must show for a value, reckoned without the code under test."""
    value = held.value
    if isinstance(value, D):
        whole, _, fraction = f"{abs(value):,f}".replace(",", NARROW).partition(".")
        return f"{whole},{fraction.rstrip('0')}" if fraction.strip("0") else whole
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Identifier):
        return value.value
    if isinstance(value, Attachment):
        return value.filename
    return value


def test_every_term_of_the_model_is_shown_once_filled() -> None:
    full = Filler().record(Invoice)
    text = visible(readable.html(full))
    missing = [(h.term.id, h.value) for h in terms.values(full) if expected_text(h) not in text]
    held = {h.term.id for h in terms.values(full)}
    assert held == set(terms.dictionary()[0])
    assert missing == []


def test_every_term_stands_in_the_pdf_too() -> None:
    full = Filler().record(Invoice)
    text = re.sub(r"\s", "", " ".join(pdf_text(readable.pdf(full))))
    missing = [
        (h.term.id, h.value)
        for h in terms.values(full)
        if re.sub(r"\s", "", expected_text(h)) not in text
    ]
    assert missing == []


def test_every_datum_of_the_official_examples_is_shown(official_examples: dict) -> None:
    for name, data in official_examples.items():
        found = formats.read(data).invoice
        page = readable.html(found)
        text, titles = visible(page), " ".join(re.findall(r'title="([^"]*)"', page))
        for held in terms.values(found):
            want = expected_text(held)
            plain = want.replace(" ", "")
            assert (
                want in text
                or want in titles
                or plain in re.sub(r"\s", "", text)
                or _french(held) in text
            ), (name, held.term.id, held.value)


def _french(held: terms.Held) -> str:
    """Return the French word for the few codes that the examples show inside another cell."""
    words = {
        "BT-130": wording.unit(str(held.value)),
        "BT-150": wording.unit(str(held.value)),
        "BT-118": wording.VAT_CATEGORIES.get(str(held.value)),
    }
    return words.get(held.term.id) or "\0"


def test_what_the_reader_did_not_understand_is_shown() -> None:
    odd = invoice(
        1,
        unmapped=(Unmapped(path="/Invoice/cac:Odd", value="valeur perdue"),),
        malformed=(Malformed(term="BT-9", path="/Invoice/cbc:DueDate", value="20261399"),),
    )
    for text in (visible(readable.html(odd)), "".join(pdf_text(readable.pdf(odd)))):
        assert "valeur perdue" in text
        assert "20261399" in text


def test_an_empty_invoice_is_still_a_page() -> None:
    assert "Facture" in visible(readable.html(Invoice()))
    assert readable.pdf(Invoice()).startswith(b"%PDF")


# --- French --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0,00 €"),
        ("1234.5", "1 234,50 €"),
        ("1234567.89", "1 234 567,89 €"),
        ("-12.3", "-12,30 €"),
        ("1.2345", "1,2345 €"),
        ("0.10000", "0,10 €"),
        ("1E+3", "1 000,00 €"),
    ],
)
def test_amounts_are_written_as_in_french(value: str, text: str) -> None:
    assert figures.amount(D(value), "EUR") == text.replace(" ", NARROW)


def test_other_currencies_keep_their_code() -> None:
    assert figures.amount(D(10), "USD") == f"10,00{NARROW}USD"
    assert figures.amount(D(10), None) == "10,00"


def test_numbers_rates_dates_and_sizes() -> None:
    assert figures.number(D("10.500")) == "10,5"
    assert figures.rate(D("5.50")) == f"5,5{NARROW}%"
    assert figures.day(date(987, 2, 3)) == "03/02/0987"
    assert figures.number(D("NaN")) == "NaN"
    sizes = [figures.size(n).replace(NARROW, " ") for n in (8, 12_345, 3_450_000)]
    assert sizes == ["8 octets", "12 ko", "3,4 Mo"]


def test_bank_and_company_numbers_are_grouped() -> None:
    assert figures.iban("fr7630006000011234567890189").split(NARROW)[:2] == ["FR76", "3000"]
    assert figures.iban("compte 12") == "compte 12"
    assert figures.siren("99999999700018").split(NARROW) == ["999", "999", "997", "00018"]
    assert figures.siren("12345") == "12345"


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("380", "Facture"),
        ("381", "Avoir"),
        ("384", "Facture rectificative"),
        ("386", "Facture d’acompte"),
        ("389", "Facture auto-facturée"),
        ("503", "Avoir de facture d’acompte"),
    ],
)
def test_the_title_says_what_the_document_is(code: str, title: str) -> None:
    page = lxml_html.fromstring(readable.html(invoice(1, type_code=code)))
    assert page.findtext(".//h1") == title


def test_a_credit_note_owes_to_the_buyer() -> None:
    assert "Net en votre faveur" in visible(readable.html(invoice(1, type_code="381")))
    assert "Net à payer" in visible(readable.html(invoice(1)))


def test_units_are_words_in_the_right_number() -> None:
    assert wording.unit("HUR", many=True) == "heures"
    assert wording.unit("MON", many=True) == "mois"
    assert wording.unit("KGM", many=True) == "kg"
    assert wording.unit("ANN", many=True) == "ans"
    assert wording.unit("???") is None


def test_every_title_of_the_reform_has_a_name() -> None:
    reform = ["380", "389", "393", "501", "386", "500", "384", "471", "472", "473"]
    reform += ["261", "262", "381", "396", "502", "503"]
    assert set(reform) <= set(wording.DOCUMENT_TYPES)


def test_legal_notes_come_first_in_their_order() -> None:
    text = visible(readable.html(invoice(1)))
    order = [
        text.index(title)
        for title in (
            "Indemnité forfaitaire pour frais",
            "Pénalités de retard",
            "Escompte pour paiement",
            "Merci de votre confiance",
            "Traitement attendu",
        )
    ]
    assert order == sorted(order)


def test_sub_lines_stand_below_their_group() -> None:
    group, child, loop = invoice(3).lines
    lines = (
        dataclasses.replace(group, subtype="GROUP", quantity=None),
        dataclasses.replace(child, parent="1", subtype="DETAIL"),
        dataclasses.replace(loop, parent="3"),
    )
    root = lxml_html.fromstring(readable.html(dataclasses.replace(invoice(3), lines=lines)))
    rows = root.findall(".//table[@class='lines']/tbody/tr")
    assert rows[0].get("class") == "group"
    indents = [row.find("th").get("style") for row in rows]
    assert indents == [None, "padding-left: 24px", "padding-left: 24px"]
    assert len(pdf_text(readable.pdf(dataclasses.replace(invoice(3), lines=lines)))) >= 1


def test_other_languages_are_refused() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        readable.html(invoice(1), language="de")
    assert refusal.value.reason == "language"


# --- nothing of the invoice is code --------------------------------------------------------------

HOSTILE = (
    """<script>alert(1)</script>"'&<!-- --> #panic("x") *b* $x$ [ ] { \\ @a <l> // /* = h `r`"""
)


def test_text_is_never_markup() -> None:
    party = Party(name=HOSTILE, legal_information=HOSTILE)
    held = invoice(1, seller=party, number=HOSTILE)
    page = readable.html(held)
    root = lxml_html.fromstring(page)
    assert root.findall(".//script") == []
    assert visible(page).count(HOSTILE) >= 3
    printed_text = re.sub(r"\s", "", "".join(pdf_text(readable.pdf(held))))
    assert re.sub(r"\s", "", HOSTILE) in printed_text


def test_control_characters_do_no_harm() -> None:
    held = invoice(1, number="a\x00b\x1bc\ud800d\uffffe")
    assert "a\ufffdb\ufffdc\ufffdd\ufffde" in readable.html(held)
    assert readable.pdf(held).startswith(b"%PDF")


def test_the_page_fetches_nothing() -> None:
    page = readable.html(rich_invoice())
    assert re.findall(r"""(?:src|href)=["'](?!#)""", page) == []
    assert "url(" not in page
    assert "@import" not in page


# --- the printed page ----------------------------------------------------------------------------


def test_the_same_invoice_gives_the_same_bytes() -> None:
    assert readable.pdf(rich_invoice()) == readable.pdf(rich_invoice())
    assert readable.html(rich_invoice()) == readable.html(rich_invoice())
    assert readable.pdf(invoice(1)) != readable.pdf(invoice(1, number="autre"))


def test_nothing_leaves_the_page() -> None:
    data = readable.pdf(overlong_invoice())
    for page in pypdfium2.PdfDocument(data):
        text, width = page.get_textpage(), page.get_width()
        boxes = [text.get_charbox(index) for index in range(text.count_chars())]
        assert all(left > 20 and right < width - 20 for left, _, right, _ in boxes if right > left)
    with pikepdf.open(io.BytesIO(data)) as document:
        assert str(document.docinfo["/Title"]) == "Facture " + "F" * 60


def test_only_a_copy_is_marked_as_one() -> None:
    mark = "Copie lisible — le fichier structuré fait foi"
    assert all(mark in page for page in pdf_text(readable.pdf(invoice(60))))
    assert mark not in "".join(pdf_text(readable.pdf(invoice(60), copy=False)))
    assert mark in visible(readable.html(invoice(1)))


def test_each_page_repeats_the_heads_and_its_number() -> None:
    pages = pdf_text(readable.pdf(invoice(80)))
    assert len(pages) >= 4
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page
    assert all("Désignation" in page for page in pages[:-1])


def test_the_pdf_says_its_language_title_and_structure() -> None:
    with pikepdf.open(io.BytesIO(readable.pdf(rich_invoice()))) as document:
        assert str(document.Root.Lang) == "fr-FR"
        assert document.Root.MarkInfo.Marked
        assert str(document.docinfo["/Title"]) == "Facture rectificative F2026-R012"
        assert str(document.docinfo["/CreationDate"]).startswith("D:20260914")


def test_what_the_fonts_lack_is_counted_not_hidden() -> None:
    held = invoice(1, seller=Party(name="日本商事 \u0301\u200b"))
    text = " ".join(pdf_text(readable.pdf(held)))
    assert "□□□□" in text
    assert "(8)" in text or "(12)" in text or re.search(r"dessiner \(\d+\)", text)
    assert "日本商事" in readable.html(held)


def test_all_the_characters_announced_can_be_drawn() -> None:
    firsts, lasts = printed._coverage()
    drawn = [chr(c) for a, b in zip(firsts, lasts, strict=True) for c in range(a, b + 1)]
    party = Party(name="".join(drawn), trading_name="".join(drawn))
    data = readable.pdf(Invoice(seller=party))
    assert len(drawn) > 1500
    assert "remplacés par" not in "".join(pdf_text(data))


def test_a_logo_and_a_colour_change_the_page() -> None:
    for kind in ("PNG", "JPEG", "GIF", "svg"):
        look = readable.Look(accent="#7a1f1f", logo=_logo(kind), footer="SARL — Nantes")
        data = readable.pdf(invoice(1), copy=False, look=look)
        assert "SARL — Nantes" in "".join(pdf_text(data))
        picture = pypdfium2.PdfDocument(data)[0].render(scale=1).to_pil()
        red, green, _ = picture.getpixel((60, 70))
        assert (red > 180, green < 90) == (True, True), kind


def _logo(kind: str) -> bytes:
    """Return a red rectangle."""
    if kind == "svg":
        return (
            b'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40">'
            b'<rect width="80" height="40" fill="#d02020"/></svg>'
        )
    out = io.BytesIO()
    Image.new("RGB", (80, 40), (208, 32, 32)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (readable.Look(accent="rouge"), "colour"),
        (readable.Look(logo=b"\x89PNG broken"), "logo"),
        (readable.Look(logo=b"not a picture"), "logo"),
    ],
)
def test_a_look_that_cannot_be_used_is_refused(look: readable.Look, reason: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        readable.pdf(invoice(1), look=look)
    assert refusal.value.reason == reason


# --- paying --------------------------------------------------------------------------------------


def test_the_qr_code_asks_for_the_right_transfer() -> None:
    held = invoice(1)
    payload = "\n".join(
        [
            *("BCD", "002", "1", "SCT", "AGRIFRPPXXX", "Ateliers Bérenger & Fils"),
            *("FR7630006000011234567890189", "EUR558", "", "", "F2026-0001"),
        ]
    )
    code = segno.make(payload, error="m", boost_error=False, micro=False, encoding="utf-8")
    drawing = io.BytesIO()
    code.save(drawing, kind="svg", xmldecl=False, omitsize=True, border=2, nl=False)
    assert payment_code(held) == drawing.getvalue().decode()


def _paying(**changes: object) -> Invoice:
    held = invoice(1)
    way = held.payment_instructions[0]
    transfer = dataclasses.replace(way.credit_transfer, **changes)
    return dataclasses.replace(
        held, payment_instructions=(dataclasses.replace(way, credit_transfer=transfer),)
    )


@pytest.mark.parametrize(
    "held",
    [
        invoice(1, type_code="381"),
        invoice(1, currency="USD"),
        invoice(1, payment_instructions=()),
        invoice(1, totals=dataclasses.replace(invoice(1).totals, due_amount=D("0.00"))),
        invoice(1, totals=dataclasses.replace(invoice(1).totals, due_amount=D("1.005"))),
        invoice(1, totals=dataclasses.replace(invoice(1).totals, due_amount=D("NaN"))),
        invoice(1, totals=None),
        _paying(account="FR7630006000011234567890188"),
        _paying(account=None),
    ],
)
def test_no_qr_code_where_no_transfer_is_right(held: Invoice) -> None:
    assert payment_code(held) == ""
    assert "<svg" not in readable.html(held)


def test_a_strange_bic_is_left_out_of_the_code() -> None:
    assert payment_code(_paying(service_provider="?")) == payment_code(
        _paying(service_provider=None)
    )


# --- findings ------------------------------------------------------------------------------------


def test_findings_stand_first_and_point_into_the_page() -> None:
    found = Finding(
        rule="BR-CO-10",
        layer=Layer.EN16931,
        severity=Severity.FATAL,
        message="Somme <fausse>",
        where="BT-131 ligne 3",
        remedy="Corrigez le montant.",
    )
    lost = Finding(
        rule="BR-1",
        layer=Layer.EN16931,
        severity=Severity.WARNING,
        message="Absent",
        where="BT-999",
    )
    verdict = Verdict(outcome=Outcome.INVALID, findings=(found, lost))
    root = lxml_html.fromstring(readable.html(invoice(5), verdict=verdict))
    link = root.find(".//a")
    assert link.get("href") == "#BT-131.3"
    target = root.get_element_by_id("BT-131.3")
    assert "wrong" in target.get("class")
    first = root.find(".//main")[0]
    assert first.get("class") == "verdict invalid"
    assert "Somme <fausse>" in first.text_content()
    assert "(BT-999)" in first.text_content()


def test_anchors_are_unique() -> None:
    root = lxml_html.fromstring(readable.html(Filler().record(Invoice)))
    anchors = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(anchors) == len(set(anchors))


# --- in a browser --------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_page_fits_and_is_accessible_in_a_browser() -> None:
    page_text = readable.html(rich_invoice())
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width in (1440, 390):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.set_content(page_text)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        browser.close()
