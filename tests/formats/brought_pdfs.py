"""PDFs as other software makes them, for the tests of what a person may bring."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import reportlab
import typst
from pikepdf import Array, Dictionary, Name, String
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

pdfmetrics.registerFont(TTFont("Vera", str(Path(reportlab.__file__).parent / "fonts/Vera.ttf")))


def by_typst(source: str = "= Facture\nTotal : 120,00 €") -> bytes:
    """Return a tagged PDF that claims no archive standard."""
    return typst.compile({"main.typ": source.encode()})


def by_reportlab(
    *, font: str = "Vera", transparent: bool = False, cmyk: bool = False, form: bool = False
) -> bytes:
    """Return a PDF without output intent nor XMP; Helvetica stays outside of the file."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setTitle("Facture <n° 7> & annexes")
    canvas.setAuthor("Atelier Bérenger")
    canvas.setFont(font, 12)
    canvas.setFillColorRGB(0.1, 0.2, 0.5)
    canvas.drawString(72, 760, "Facture n° 7 — Total : 120,00 €")
    if transparent:
        canvas.setFillAlpha(0.4)
        canvas.rect(72, 600, 200, 60, fill=1)
    if cmyk:
        canvas.setFillColorCMYK(0.1, 0.9, 0.2, 0)
        canvas.rect(300, 600, 100, 60, fill=1)
    if form:
        canvas.acroForm.textfield(name="ref", x=72, y=500, fontName="Helvetica")
    canvas.linkURL("https://example.org", (72, 700, 200, 720))
    canvas.showPage()
    canvas.setFont(font, 10)
    canvas.drawString(72, 760, "Page 2")
    canvas.save()
    return out.getvalue()


def changed(data: bytes, change: object) -> bytes:
    """Return `data` after `change` has worked on the opened document."""
    with pikepdf.open(io.BytesIO(data)) as document:
        change(document)
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()


def action(name: str, **entries: object) -> object:
    """Return a change that runs an action when the document is opened."""

    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = Dictionary(S=Name("/" + name), **entries)

    return change


def untidy(document: pikepdf.Pdf) -> None:
    """Add what PDF/A forbids and nobody sees."""
    page = document.pages[0].obj
    page.AA = Dictionary(O=Dictionary(S=Name.GoTo, D=Array([page, Name.Fit])))
    page.Annots.append(
        document.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Text, F=2, Rect=[0, 0, 9, 9], Contents=String("x")
            )
        )
    )
    document.Root.OpenAction = Dictionary(S=Name.Named, N=Name.Print)
    document.Root.Requirements = Array([Dictionary(Type=Name.Requirement)])
    document.Root.OCProperties = Dictionary(
        OCGs=Array([]), D=Dictionary(AS=Array([]), Order=Array([]))
    )
    picture = document.make_stream(b"\x00\x80\xff" * 4, Type=Name.XObject, Subtype=Name.Image)
    for key, value in {
        "Width": 2,
        "Height": 2,
        "BitsPerComponent": 8,
        "ColorSpace": Name.DeviceRGB,
        "Interpolate": True,
    }.items():
        picture["/" + key] = value
    page.Resources.XObject = Dictionary(Im0=picture)
    page.Contents = Array(
        [
            *([page.Contents] if not isinstance(page.Contents, Array) else page.Contents),
            document.make_stream(b"q 50 0 0 50 300 300 cm /Im0 Do Q"),
        ]
    )
    page.Metadata = document.make_stream(b"<junk/>", Type=Name.Metadata, Subtype=Name.XML)


def elaborate(document: pikepdf.Pdf) -> None:
    """Draw with an inline image, a form, a pattern, a drawn font and a layer, all in sRGB."""
    page = document.pages[0].obj
    form = document.make_stream(
        b"q 0.2 0.7 0.2 rg 0 0 20 20 re f Q",
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=[0, 0, 20, 20],
        Resources=Dictionary(),
        Metadata=document.make_stream(b"<junk/>", Type=Name.Metadata, Subtype=Name.XML),
    )
    glyph = document.make_stream(b"600 0 0 0 500 500 d1 0 0 500 500 re f")
    drawn = document.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type3,
            FontBBox=[0, 0, 500, 500],
            FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
            CharProcs=Dictionary(sq=glyph),
            Encoding=Dictionary(Type=Name.Encoding, Differences=Array([65, Name.sq])),
            FirstChar=65,
            LastChar=65,
            Widths=[600],
            Resources=Dictionary(),
        )
    )
    page.Resources.XObject = Dictionary(Fm0=form)
    page.Resources.Font["/T3"] = drawn
    page.Resources.ColorSpace = Dictionary(
        CS0=Array([Name.Indexed, Name.DeviceRGB, 0, String("abc")])
    )
    page.Resources.ExtGState = Dictionary(
        G0=Dictionary(Type=Name.ExtGState, TR=Name.Identity, TR2=Name.Identity, ca=0.5)
    )
    layer = document.make_indirect(Dictionary(Type=Name.OCG, Name=String("Calque")))
    page.Resources.Properties = Dictionary(L0=layer)
    document.Root.OCProperties = Dictionary(
        OCGs=Array([layer]),
        D=Dictionary(Order=Array([layer])),
        Configs=Array([Dictionary(Name=String("Autre"), Order=Array([layer]))]),
    )
    document.pages[0].contents_add(
        document.make_stream(
            b"/OC /L0 BDC q 1 0 0 1 300 400 cm /Fm0 Do Q EMC q 40 0 0 40 400 400 cm "
            b"BI /W 1 /H 1 /CS /RGB /BPC 8 ID \xff\x00\x80 EI Q "
            b"BT /T3 20 Tf 300 500 Td (AA) Tj 3 Tr (A) Tj ET q /G0 gs /CS0 cs 0 sc 9 9 9 9 re f Q"
        )
    )
    page.Annots.append(
        document.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Link,
                Rect=[0, 0, 9, 9],
                A=Dictionary(S=Name.Named, N=Name.Print),
            )
        )
    )


def in_press_colours(document: pikepdf.Pdf) -> None:
    """State a press profile of its own and use nothing but its colours."""
    profile = document.make_stream(b"only its number of components is looked at", N=4)
    document.Root.OutputIntents = Array(
        [Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFA1, DestOutputProfile=profile)]
    )
    document.pages[0].obj.Contents = document.make_stream(b"0 1 0 0 k 9 9 50 50 re f")


def with_files(document: pikepdf.Pdf) -> None:
    """Attach an old invoice and a spreadsheet the old way, without relationship."""
    for name, content in (("ZUGFeRD-invoice.xml", b"<old/>"), ("heures.csv", b"a;b")):
        document.attachments[name] = pikepdf.AttachedFileSpec(document, content, filename=name)


def signed(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(SigFlags=3, Fields=Array([]))


def dynamic_form(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(XFA=document.make_stream(b"<xdp/>"), Fields=Array([]))


def with_film(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Screen, Rect=[0, 0, 9, 9])]
    )


def with_annotation(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=[0, 0, 9, 9])]
    )


def encrypted(data: bytes, *, password: str = "") -> bytes:
    with pikepdf.open(io.BytesIO(data)) as document:
        out = io.BytesIO()
        document.save(out, encryption=pikepdf.Encryption(owner="o", user=password))
        return out.getvalue()


def with_external_stream(document: pikepdf.Pdf) -> None:
    stream = document.make_stream(b"")
    stream.F = String("ailleurs.bin")
    document.pages[0].obj.Resources.XObject = Dictionary(X=stream)


def with_postscript(document: pikepdf.Pdf) -> None:
    stream = document.make_stream(b"showpage", Type=Name.XObject, Subtype=Name.PS)
    document.pages[0].obj.Resources.XObject = Dictionary(X=stream)


def with_unknown_operator(document: pikepdf.Pdf) -> None:
    document.pages[0].contents_add(document.make_stream(b"1 2 zz"))


def with_named_script(document: pikepdf.Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=String("x"))
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script])))
