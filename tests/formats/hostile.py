"""Hostile and broken files, built by code, each with the refusal that it must get.

`HOSTILE` goes through `detect`, `HOSTILE_ZIPS` through `unpack`. `refused_files_page` writes the
page of the documentation from the same rows.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

MEGA = 1024 * 1024
UBL = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
INVOICE = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<Invoice xmlns="{UBL}" xmlns:cbc="{CBC}">'
    f"<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>"
    f"<cbc:ID>F-1</cbc:ID><cbc:Note>Café, 3 €</cbc:Note></Invoice>\n"
)
UTF8 = INVOICE.encode()
CII = (
    f'<?xml version="1.0" encoding="UTF-8"?><rsm:CrossIndustryInvoice xmlns:rsm="{RSM}"/>'.encode()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """One file that must be refused."""

    name: str
    what: str
    """What it is, in French, for the page of the documentation."""
    reason: str
    code: str
    build: Callable[[], bytes]


HOSTILE: list[Hostile] = []
HOSTILE_ZIPS: list[Hostile] = []

_Build = Callable[[], bytes]


def _refused(
    what: str, reason: str, code: str, rows: list[Hostile] = HOSTILE
) -> Callable[[_Build], _Build]:
    def note(build: _Build) -> _Build:
        name = build.__name__.strip("_").replace("_", "-")
        rows.append(Hostile(name=name, what=what, reason=reason, code=code, build=build))
        return build

    return note


def _row(name: str, what: str, reason: str, code: str, data: bytes) -> None:
    HOSTILE.append(Hostile(name=name, what=what, reason=reason, code=code, build=lambda: data))


def _inside(content: str, head: str = "") -> bytes:
    """Return a UBL invoice with `content` in it and `head` before its root."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<Invoice xmlns="{UBL}" xmlns:cbc="{CBC}">'
        f"{content}</Invoice>"
    ).encode()


# --- not XML -------------------------------------------------------------------------------------

_row("vide", "fichier de zéro octet", "empty-file", "malformed", b"")
_row("blancs", "espaces et sauts de ligne seulement", "empty-file", "malformed", b" \r\n\t " * 50)
_row("marque-seule", "marque UTF-8 et rien d'autre", "empty-file", "malformed", codecs.BOM_UTF8)
_row("texte", "texte libre", "plain-text", "unknown-format", "Facture n° 12 : 30 €".encode())
_row("csv", "tableau CSV", "plain-text", "unknown-format", b"numero;date;ht\nF1;2026-09-01;10\n")
_row("json", "JSON", "json", "unknown-format", json.dumps({"invoice": {"id": "F1"}}).encode())
_row(
    "page-web",
    "page web avec doctype",
    "html",
    "unknown-format",
    b"<!DOCTYPE html><html><body>Connexion<br></body></html>",
)
_row("page-web-sans-doctype", "page web", "html", "unknown-format", b"<html><body/></html>")
_row(
    "page-xhtml",
    "page XHTML bien formée",
    "html",
    "unknown-format",
    b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
)
_row(
    "courriel",
    "courriel enregistré (.eml)",
    "email",
    "unknown-format",
    b"Return-Path: <a@exemple.fr>\nFrom: a@exemple.fr\nSubject: Facture\n\nBonjour",
)
_row(
    "courriel-pdf",
    "courriel qui porte un PDF en base64",
    "email",
    "unknown-format",
    b"MIME-Version: 1.0\r\nContent-Type: application/pdf\r\n\r\nJVBERi0xLjcK",
)
_row("edifact", "message EDIFACT", "edifact", "unknown-format", b"UNA:+.? 'UNB+UNOC:3+A+B'")
_row("image-png", "image PNG", "image", "unknown-format", b"\x89PNG\r\n\x1a\n" + bytes(50))
_row("image-jpeg", "photo JPEG", "image", "unknown-format", b"\xff\xd8\xff\xe0\0\x10JFIF\0")
_row("image-tiff", "image TIFF", "image", "unknown-format", b"II*\0\x08\0\0\0")
_row("gzip", "XML compressé par gzip", "gzip", "unknown-format", gzip.compress(UTF8, mtime=0))
_row("rar", "archive RAR", "archive", "unknown-format", b"Rar!\x1a\x07\x01\0" + bytes(20))
_row("7z", "archive 7z", "archive", "unknown-format", b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(20))
_row(
    "doc-ole",
    "document Word ou Excel ancien",
    "office-document",
    "unknown-format",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
)
_row("binaire", "octets sans forme connue", "unknown-binary", "unknown-format", bytes(range(256)))


@_refused("archive zip (le dépôt l'ouvre, la lecture non)", "zip-archive", "unknown-format")
def _zip() -> bytes:
    return _zipped([("facture.xml", UTF8)])


@_refused("document Word (.docx)", "office-document", "unknown-format")
def _docx() -> bytes:
    return _zipped([("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")])


# --- XML that is not ours ------------------------------------------------------------------------

_row("racine-inconnue", "XML étranger", "unknown-root", "unknown-format", b"<commande/>")
_row(
    "racine-sans-espace-de-noms",
    "<Invoice> sans espace de noms",
    "unknown-root",
    "unknown-format",
    b"<Invoice><ID>1</ID></Invoice>",
)
_row(
    "ubl-commande",
    "commande UBL",
    "ubl-other-document",
    "unknown-format",
    b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>',
)
_row(
    "cii-commande",
    "commande Order-X",
    "uncefact-other-document",
    "unknown-format",
    b'<o:SCRDMCCBDACIOMessageStructure xmlns:o="urn:un:unece:uncefact:data:standard:'
    b'SCRDMCCBDACIOMessageStructure:100"/>',
)
_row(
    "zugferd-1",
    "facture ZUGFeRD 1.0",
    "zugferd-1",
    "unknown-format",
    b'<r:CrossIndustryDocument xmlns:r="urn:ferd:CrossIndustryDocument:invoice:1p0"/>',
)
_row(
    "enveloppe-peppol",
    "enveloppe SBDH",
    "peppol-envelope",
    "unknown-format",
    b'<s:StandardBusinessDocument xmlns:s="http://www.unece.org/cefact/namespaces/'
    b'StandardBusinessDocumentHeader"/>',
)

# --- broken XML ----------------------------------------------------------------------------------

_row("tronque-au-milieu", "XML coupé au milieu", "truncated", "malformed", UTF8[:250])
_row("tronque-dans-une-balise", "XML coupé dans une balise", "truncated", "malformed", UTF8[:-5])
_row(
    "commentaire-ouvert",
    "commentaire jamais fermé",
    "truncated",
    "malformed",
    _inside("<!-- oubli")[:-10],
)
_row("deux-racines", "deux factures à la suite", "two-roots", "malformed", UTF8 + UTF8[39:])
_row(
    "deux-declarations",
    "deux fichiers XML collés",
    "malformed-xml",
    "malformed",
    UTF8.replace(b"<Invoice", b'<?xml version="1.0"?><Invoice', 1),
)
_row(
    "balises-croisees",
    "balises mal fermées",
    "malformed-xml",
    "malformed",
    _inside("<cbc:ID>F1</cbc:Note>"),
)
_row(
    "prefixe-non-declare",
    "préfixe d'espace de noms non déclaré",
    "undeclared-prefix",
    "malformed",
    _inside("<cac:Party/>"),
)
_row(
    "attribut-double",
    "attribut répété",
    "duplicate-attribute",
    "malformed",
    _inside('<cbc:ID schemeID="1" schemeID="2">F1</cbc:ID>'),
)
_row(
    "entite-html",
    "entité HTML (&eacute;) sans définition",
    "undefined-entity",
    "malformed",
    _inside("<cbc:Note>Caf&eacute;</cbc:Note>"),
)
_row(
    "caractere-interdit",
    "caractère de commande interdit en XML",
    "invalid-character",
    "malformed",
    _inside("<cbc:ID>F\x01</cbc:ID>"),
)
_row(
    "esperluette-nue",
    "esperluette non protégée",
    "malformed-xml",
    "malformed",
    _inside("<cbc:Note>Dupont & Fils</cbc:Note>"),
)
_row("octet-nul", "octet nul", "nul-byte", "malformed", UTF8.replace(b"F-1", b"F\0001"))

# --- encodings -----------------------------------------------------------------------------------

_row(
    "latin1-dit-utf8",
    "octets ISO-8859-1 annoncés UTF-8",
    "encoding-contradiction",
    "malformed",
    INVOICE.replace("€", "E").encode("iso-8859-1"),
)
_row(
    "utf8-tronque",
    "caractère UTF-8 coupé en deux",
    "encoding-contradiction",
    "malformed",
    UTF8.replace("é".encode(), b"\xc3"),
)
_row(
    "utf8-trop-long",
    "codage UTF-8 trop long de « < »",
    "encoding-contradiction",
    "malformed",
    UTF8.replace(b"F-1", b"\xc0\xbcscript"),
)
_row(
    "ascii-avec-accents",
    "US-ASCII annoncé, accents présents",
    "encoding-contradiction",
    "malformed",
    UTF8.replace(b"UTF-8", b"US-ASCII"),
)
_row(
    "utf16-dit-utf8",
    "marque UTF-16, UTF-8 annoncé",
    "encoding-contradiction",
    "malformed",
    codecs.BOM_UTF16_LE + INVOICE.encode("utf-16-le"),
)
_row(
    "utf8-dit-utf16",
    "octets UTF-8, UTF-16 annoncé",
    "encoding-contradiction",
    "malformed",
    UTF8.replace(b"UTF-8", b"UTF-16"),
)
_row(
    "marque-utf8-dit-latin1",
    "marque UTF-8, ISO-8859-1 annoncé",
    "encoding-contradiction",
    "malformed",
    codecs.BOM_UTF8 + UTF8.replace(b"UTF-8", b"ISO-8859-1"),
)
_row(
    "utf16-sans-marque",
    "UTF-16 sans marque d'ordre",
    "utf16-without-mark",
    "malformed",
    INVOICE.replace("UTF-8", "UTF-16").encode("utf-16-le"),
)
_row(
    "utf16-coupe",
    "UTF-16 au nombre d'octets impair",
    "encoding-contradiction",
    "malformed",
    INVOICE.replace("UTF-8", "UTF-16").encode("utf-16")[:-1],
)
_row("utf32", "UTF-32", "encoding-not-accepted", "malformed", INVOICE.encode("utf-32"))
_row(
    "utf7",
    "UTF-7 annoncé",
    "encoding-not-accepted",
    "malformed",
    UTF8.replace(b"UTF-8", b"UTF-7"),
)
_row(
    "utf7-marque",
    "marque UTF-7",
    "encoding-not-accepted",
    "malformed",
    b"+/v8-" + INVOICE.encode("utf-7"),
)
_row(
    "ebcdic",
    "EBCDIC",
    "encoding-not-accepted",
    "malformed",
    INVOICE.replace("UTF-8", "cp500").replace("€", "E").encode("cp500"),
)
_row(
    "codage-inconnu",
    "codage inventé",
    "encoding-not-accepted",
    "malformed",
    UTF8.replace(b"UTF-8", b"x-maison"),
)


@_refused("UTF-16 de plus de 25 Mo", "too-big-for-encoding", "unsafe")
def _utf16_lourd() -> bytes:
    text = INVOICE.replace("UTF-8", "UTF-16").replace("Café", "x" * (14 * MEGA))
    return text.encode("utf-16")


# --- dangerous XML -------------------------------------------------------------------------------

_row("doctype", "DOCTYPE vide", "doctype", "unsafe", _inside("", "<!DOCTYPE Invoice>"))
_row(
    "doctype-element",
    "DOCTYPE avec définition interne",
    "doctype",
    "unsafe",
    _inside("", "<!DOCTYPE Invoice [<!ELEMENT Invoice ANY>]>"),
)
_row(
    "doctype-apres-commentaire",
    "DOCTYPE caché derrière des commentaires",
    "doctype",
    "unsafe",
    _inside("", "<!-- a --><?b c?>\n<!-- <Invoice> --><!DOCTYPE Invoice>"),
)
_row(
    "dtd-externe",
    "DTD à chercher sur Internet",
    "external-dtd",
    "unsafe",
    _inside("", '<!DOCTYPE Invoice SYSTEM "http://exemple.invalid/x.dtd">'),
)
_row(
    "entite-externe",
    "entité qui lit un fichier du serveur (XXE)",
    "external-entity",
    "unsafe",
    _inside("<cbc:ID>&x;</cbc:ID>", '<!DOCTYPE I [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
)
_row(
    "entite-parametre",
    "entité paramètre distante",
    "external-entity",
    "unsafe",
    _inside("", '<!DOCTYPE I [<!ENTITY % p SYSTEM "http://exemple.invalid/p"> %p;]>'),
)
_row(
    "entite-publique",
    "entité externe PUBLIC",
    "external-entity",
    "unsafe",
    _inside("", '<!DOCTYPE I [<!ENTITY x PUBLIC "a" "http://exemple.invalid/">]>'),
)
_row(
    "entite-interne",
    "entité définie dans le fichier",
    "entity-declaration",
    "unsafe",
    _inside("<cbc:ID>&x;</cbc:ID>", '<!DOCTYPE I [<!ENTITY x "F1">]>'),
)


@_refused("milliard de rires : entités emboîtées", "entity-declaration", "unsafe")
def _milliard_de_rires() -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<!DOCTYPE I [<!ENTITY l0 "ha">{levels}]>'
    return _inside('<cbc:ID schemeID="&l11;">&l11;</cbc:ID>', head)


@_refused("une longue entité répétée", "entity-declaration", "unsafe")
def _entite_quadratique() -> bytes:
    head = f'<!DOCTYPE I [<!ENTITY x "{"a" * 50_000}">]>'
    return _inside("<cbc:Note>" + "&x;" * 50_000 + "</cbc:Note>", head)


@_refused("entité dans un fichier UTF-16", "entity-declaration", "unsafe")
def _entite_en_utf16() -> bytes:
    text = INVOICE.replace("UTF-8", "UTF-16").replace(
        "<Invoice", '<!DOCTYPE I [<!ENTITY x "y">]><Invoice', 1
    )
    return text.encode("utf-16")


_row(
    "xinclude",
    "inclusion d'un fichier du serveur",
    "xinclude",
    "unsafe",
    _inside(
        '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    ),
)


@_refused("101 éléments emboîtés", "too-deep", "unsafe")
def _profond_101() -> bytes:
    return _inside("<a>" * 100 + "</a>" * 100)


@_refused("un million d'éléments emboîtés", "too-deep", "unsafe")
def _profond_million() -> bytes:
    return _inside("<a>" * 600_000)


@_refused("plus de 100 Mo", "too-big", "unsafe")
def _trop_gros() -> bytes:
    return _inside("x" * (100 * MEGA))


@_refused("dix millions d'éléments vides", "too-many-nodes", "unsafe")
def _elements_vides() -> bytes:
    return _inside("<a/>" * 10_000_000)


@_refused("un élément et un texte, en alternance", "too-many-nodes", "unsafe")
def _contenu_mele() -> bytes:
    return _inside("x<a/>" * 8_000_000)


@_refused("éléments séparés de blancs qui comptent", "too-many-nodes", "unsafe")
def _blancs_meles() -> bytes:
    return _inside("x" + "<a/> " * 1_500_000)


@_refused("un élément à trois millions d'attributs", "too-many-nodes", "unsafe")
def _attributs() -> bytes:
    return _inside("<a " + " ".join(f'a{n}=""' for n in range(3_000_000)) + "/>")


@_refused("un million d'espaces de noms", "too-many-nodes", "unsafe")
def _espaces_de_noms() -> bytes:
    return _inside("".join(f'<a xmlns:n{n}="u"/>' for n in range(1_000_000)))


@_refused("un attribut de 20 Mo", "too-long-markup", "unsafe")
def _attribut_enorme() -> bytes:
    return _inside(f'<a b="{"x" * (20 * MEGA)}"/>')


@_refused("un commentaire de 95 Mo", "too-long-markup", "unsafe")
def _commentaire_enorme() -> bytes:
    return _inside(f"<!--{'x' * (95 * MEGA)}-->")


@_refused("un CDATA de 95 Mo", "too-long-markup", "unsafe")
def _cdata_enorme() -> bytes:
    return _inside(f"<a><![CDATA[{'x' * (95 * MEGA)}]]></a>")


@_refused("un nom d'élément de 20 Mo", "too-long-markup", "unsafe")
def _nom_enorme() -> bytes:
    return _inside(f"<{'x' * (20 * MEGA)}/>")


# --- PDF -----------------------------------------------------------------------------------------


def pdf_with(
    files: list[tuple[str, bytes]],
    *,
    change: Callable[[Pdf], None] | None = None,
    associated: bool = True,
    **save: object,
) -> bytes:
    """Return a one-page PDF with `files` embedded, `change` applied before it is saved."""
    document = Pdf.new()
    document.add_blank_page()
    names = Array()
    for name, content in files:
        stream = document.make_stream(content)
        stream.Type = Name.EmbeddedFile
        stream.Subtype = Name("/text/xml")
        spec = Dictionary(
            Type=Name.Filespec, F=String(name), UF=String(name), EF=Dictionary(F=stream, UF=stream)
        )
        names.extend([String(name), document.make_indirect(spec)])
    document.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=names))
    if associated:
        document.Root.AF = Array(list(names)[1::2])
    if change:
        change(document)
    target = io.BytesIO()
    document.save(target, compress_streams=False, **save)
    return target.getvalue()


def facturx(content: bytes = CII) -> bytes:
    """Return a PDF with `content` as its invoice."""
    return pdf_with([("factur-x.xml", content)])


def _raw(filters: object, raw: bytes, **more: object) -> Callable[[Pdf], None]:
    """Return a change that replaces the embedded stream by `raw` under `filters`."""

    def change(document: Pdf) -> None:
        stream = document.Root.Names.EmbeddedFiles.Names[1].EF.F
        stream.write(raw, filter=filters, decode_parms=more.get("parms"))
        for key, value in more.items():
            if key != "parms":
                stream[f"/{key}"] = value

    return change


def _pdf_filtered(filters: object, raw: bytes, **more: object) -> bytes:
    return pdf_with([("factur-x.xml", b"-")], change=_raw(filters, raw, **more))


def _zeros(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(MEGA)) for _ in range(size // MEGA)) + packer.flush()


@_refused("PDF simple, sans facture", "pdf-without-invoice", "unknown-format")
def _pdf_simple() -> bytes:
    return pdf_with([])


@_refused("PDF dont la pièce jointe n'est pas une facture", "pdf-without-invoice", "unknown-format")
def _pdf_autre_piece() -> bytes:
    return pdf_with([("bon-de-livraison.xml", CII)])


@_refused("PDF qui porte une commande Order-X", "pdf-order", "unknown-format")
def _pdf_commande() -> bytes:
    return pdf_with([("order-x.xml", CII)])


@_refused("PDF à deux factures", "pdf-several-invoices", "unsafe")
def _pdf_deux_factures() -> bytes:
    return pdf_with([("factur-x.xml", CII), ("ZUGFeRD-invoice.xml", CII)])


@_refused("PDF à deux factures du même nom", "pdf-several-invoices", "unsafe")
def _pdf_deux_fois_le_nom() -> bytes:
    return pdf_with([("factur-x.xml", CII), ("FACTUR-X.XML", CII)])


@_refused("PDF chiffré avec mot de passe", "pdf-encrypted", "unsafe")
def _pdf_chiffre() -> bytes:
    key = pikepdf.Encryption(user="secret", owner="secret")
    return pdf_with([("factur-x.xml", CII)], encryption=key)


@_refused("PDF protégé qui s'ouvre sans mot de passe", "pdf-encrypted", "unsafe")
def _pdf_protege() -> bytes:
    key = pikepdf.Encryption(user="", owner="secret")
    return pdf_with([("factur-x.xml", CII)], encryption=key)


@_refused("PDF réduit à son en-tête", "pdf-broken", "malformed")
def _pdf_en_tete() -> bytes:
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


@_refused("PDF coupé au milieu", "pdf-broken", "malformed")
def _pdf_coupe() -> bytes:
    return facturx()[:300]


@_refused("PDF suivi de bruit", "pdf-broken", "malformed")
def _pdf_bruit() -> bytes:
    return b"%PDF-1.7\n" + random.Random(7).randbytes(200_000)


@_refused("gros PDF abîmé", "pdf-broken", "malformed")
def _pdf_gros_bruit() -> bytes:
    return b"%PDF-1.7\n" + b"1 \n" * (20 * MEGA)


@_refused("pièce jointe qui gonfle à 200 Mo", "pdf-attachment-too-big", "unsafe")
def _pdf_bombe() -> bytes:
    return _pdf_filtered(Name.FlateDecode, _zeros(200 * MEGA))


@_refused("bombe compressée deux fois", "pdf-attachment-too-big", "unsafe")
def _pdf_bombe_double() -> bytes:
    twice = zlib.compress(_zeros(200 * MEGA), 9)
    return _pdf_filtered(Array([Name.FlateDecode, Name.FlateDecode]), twice)


@_refused("pièce jointe compressée trois fois", "pdf-filter-chain", "unsafe")
def _pdf_chaine() -> bytes:
    packed = zlib.compress(zlib.compress(zlib.compress(CII)))
    return _pdf_filtered(Array([Name.FlateDecode] * 3), packed)


@_refused("pièce jointe en LZW", "pdf-forbidden-filter", "unsafe")
def _pdf_lzw() -> bytes:
    return _pdf_filtered(Name.LZWDecode, b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01")


@_refused("filtre LZW au nom maquillé", "pdf-forbidden-filter", "unsafe")
def _pdf_lzw_maquille() -> bytes:
    return _pdf_lzw().replace(b"/LZWDecode", b"/L#5aWDecode")


@_refused("pièce jointe codée par un filtre inconnu", "pdf-unknown-filter", "unsafe")
def _pdf_filtre_inconnu() -> bytes:
    return _pdf_filtered(Name("/RunLengthDecode"), b"\x81a\x80")


@_refused("pièce jointe avec prédicteur", "pdf-unknown-filter", "unsafe")
def _pdf_predicteur() -> bytes:
    parms = Dictionary(Predictor=12, Columns=1_000_000)
    return _pdf_filtered(Name.FlateDecode, zlib.compress(CII), parms=parms)


@_refused("pièce jointe compressée puis abîmée", "pdf-attachment-broken", "malformed")
def _pdf_piece_abimee() -> bytes:
    return _pdf_filtered(Name.FlateDecode, b"\x78\x9c" + b"\xff" * 100)


@_refused("pièce jointe compressée puis coupée", "pdf-attachment-broken", "malformed")
def _pdf_piece_coupee() -> bytes:
    return _pdf_filtered(Name.FlateDecode, zlib.compress(CII)[:-20])


@_refused("pièce jointe annoncée mais absente", "pdf-attachment-missing", "malformed")
def _pdf_piece_absente() -> bytes:
    def change(document: Pdf) -> None:
        del document.Root.Names.EmbeddedFiles.Names[1].EF["/F"]
        del document.Root.Names.EmbeddedFiles.Names[1].EF["/UF"]

    return pdf_with([("factur-x.xml", CII)], change=change)


@_refused("pièce jointe à chercher sur Internet", "pdf-external-file", "unsafe")
def _pdf_piece_externe() -> bytes:
    return facturx().replace(b"/Subtype /text#2fxml", b"/F (http://a.invalid/x)")


@_refused("liste de pièces jointes en boucle", "pdf-name-tree", "unsafe")
def _pdf_boucle() -> bytes:
    def change(document: Pdf) -> None:
        tree = document.make_indirect(Dictionary())
        tree.Kids = Array([tree, tree])
        document.Root.Names.EmbeddedFiles = tree

    return pdf_with([("factur-x.xml", CII)], change=change, associated=False)


@_refused("201 pièces jointes", "pdf-too-many-attachments", "unsafe")
def _pdf_trop_de_pieces() -> bytes:
    return pdf_with([(f"piece-{n}.txt", b"x") for n in range(201)])


@_refused("PDF qui annonce un milliard de pages", "pdf-too-many-pages", "unsafe")
def _pdf_pages() -> bytes:
    return facturx().replace(b"/Count 1", b"/Count 1000000000", 1)


@_refused("PDF d'un million d'objets", "pdf-too-many-objects", "unsafe")
def _pdf_objets() -> bytes:
    return b"%PDF-1.7\n" + b"1 0 obj\nnull\nendobj\n" * 1_000_000


@_refused(
    "PDF dont le catalogue est un tableau de 30 millions de nombres", "pdf-too-heavy", "unsafe"
)
def _pdf_tableau() -> bytes:
    return _minimal(b"/AF [" + b"1 " * 30_000_000 + b"]")


@_refused("flux d'objets qui gonfle à 200 Mo", "pdf-broken", "malformed")
def _pdf_flux_objets() -> bytes:
    return _object_stream(_zeros(200 * MEGA))


@_refused("facture XML dangereuse dans un PDF", "entity-declaration", "unsafe")
def _pdf_entites() -> bytes:
    return facturx(_milliard_de_rires())


@_refused("facture XML tronquée dans un PDF", "truncated", "malformed")
def _pdf_xml_tronque() -> bytes:
    return facturx(CII[:-3])


@_refused("pièce factur-x.xml vide", "empty-file", "malformed")
def _pdf_xml_vide() -> bytes:
    return facturx(b"")


@_refused("pièce factur-x.xml qui est un PDF", "plain-text", "unknown-format")
def _pdf_dans_pdf() -> bytes:
    return facturx(b"%PDF-1.7\n")


@_refused("facture de quinze millions d'éléments dans un PDF", "too-many-nodes", "unsafe")
def _pdf_xml_lourd() -> bytes:
    return _pdf_filtered(Name.FlateDecode, zlib.compress(_inside("<a/>" * 15_000_000), 1))


def _minimal(catalog: bytes) -> bytes:
    """Return a PDF written by hand, with `catalog` in its catalogue."""
    data = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R " + catalog + b">>\nendobj\n"
    second = len(data)
    data += b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    table = len(data)
    return data + (
        b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n%010d 00000 n \n"
        b"trailer <</Root 1 0 R/Size 3>>\nstartxref\n%d\n%%%%EOF\n" % (second, table)
    )


def _object_stream(packed: bytes) -> bytes:
    """Return a PDF whose catalogue is in an object stream with the bytes `packed`."""
    head = b"%PDF-1.7\n"
    stream = (
        b"3 0 obj\n<</Type/ObjStm/N 2/First 10/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
        + packed
        + b"\nendstream\nendobj\n"
    )
    table = struct.pack(">BIB", 0, 0, 0)
    table += struct.pack(">BIB", 2, 3, 0) + struct.pack(">BIB", 2, 3, 1)
    table += struct.pack(">BIB", 1, len(head), 0)
    table += struct.pack(">BIB", 1, len(head) + len(stream), 0)
    reference = (
        b"4 0 obj\n<</Type/XRef/Size 5/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
        + table
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (len(head) + len(stream))
    )
    return head + stream + reference


# --- zip -----------------------------------------------------------------------------------------


def _zipped(
    files: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED, level: int = 6
) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, method, compresslevel=level)
    return target.getvalue()


@_refused("membre compressé mille fois", "zip-bomb", "unsafe", HOSTILE_ZIPS)
def _zip_bombe() -> bytes:
    return _zipped([("facture.xml", bytes(50 * MEGA))])


@_refused("membre de plus de 100 Mo", "zip-member-too-big", "unsafe", HOSTILE_ZIPS)
def _zip_membre_enorme() -> bytes:
    return _zipped([("facture.xml", bytes(101 * MEGA))])


@_refused("plus de 500 Mo en tout", "zip-too-big", "unsafe", HOSTILE_ZIPS)
def _zip_total() -> bytes:
    block = random.Random(1).randbytes(MEGA // 64) * 64 * 9
    return _zipped([(f"{n}.xml", block) for n in range(60)], level=1)


@_refused("plus de 10 000 membres", "zip-too-many-members", "unsafe", HOSTILE_ZIPS)
def _zip_membres() -> bytes:
    return _zipped([(f"{n}.xml", b"") for n in range(10_001)], zipfile.ZIP_STORED)


@_refused("zip dans un zip", "zip-nested", "unsafe", HOSTILE_ZIPS)
def _zip_emboite() -> bytes:
    return _zipped([("dedans.zip", _zipped([("facture.xml", UTF8)]))])


@_refused("zip déguisé en XML dans un zip", "zip-nested", "unsafe", HOSTILE_ZIPS)
def _zip_deguise() -> bytes:
    return _zipped([("facture.xml", _zipped([("facture.xml", UTF8)]))])


@_refused("membre protégé par mot de passe", "zip-encrypted", "unsafe", HOSTILE_ZIPS)
def _zip_chiffre() -> bytes:
    data = bytearray(_zipped([("facture.xml", UTF8)]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


@_refused("lien symbolique vers un fichier du serveur", "zip-symlink", "unsafe", HOSTILE_ZIPS)
def _zip_lien() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        link = zipfile.ZipInfo("facture.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return target.getvalue()


@_refused("compression LZMA", "zip-method", "unsafe", HOSTILE_ZIPS)
def _zip_lzma() -> bytes:
    return _zipped([("facture.xml", UTF8)], zipfile.ZIP_LZMA)


@_refused("membres qui partagent leurs octets", "zip-overlap", "unsafe", HOSTILE_ZIPS)
def _zip_chevauchement() -> bytes:
    content = random.Random(2).randbytes(100_000)
    data = _zipped([("facture.xml", content)])
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entries = data[start:end] * 50
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 50, 50, len(entries), start, 0)
    return data[:start] + entries + tail


@_refused("zip coupé", "zip-broken", "malformed", HOSTILE_ZIPS)
def _zip_coupe() -> bytes:
    return _zipped([("facture.xml", UTF8)])[:-30]


@_refused("membre à la somme de contrôle fausse", "zip-broken", "malformed", HOSTILE_ZIPS)
def _zip_somme() -> bytes:
    data = _zipped([("facture.xml", UTF8)], zipfile.ZIP_STORED)
    return data.replace(b"F-1", b"F-2")


@_refused("membre qui ment sur sa taille", "zip-broken", "malformed", HOSTILE_ZIPS)
def _zip_menteur() -> bytes:
    data = bytearray(_zipped([("facture.xml", bytes(50 * MEGA))]))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.index(mark) + offset, 1000)
    return bytes(data)


@_refused("membre sans nom", "zip-broken", "malformed", HOSTILE_ZIPS)
def _zip_sans_nom() -> bytes:
    return _zipped([("", UTF8)])


# --- the page ------------------------------------------------------------------------------------


def refused_files_page() -> str:
    """Return ``docs/reference/refused-files.md``."""
    lines = [
        "# Fichiers refusés à la lecture",
        "",
        "<!-- Page générée à partir de tests/formats/hostile.py : ne pas modifier à la main. -->",
        "",
        "Chaque ligne est un fichier d'essai, fabriqué par le code, qui doit recevoir exactement",
        "le motif indiqué, avec un message et un remède en français, en moins de 300 Mo de mémoire",
        "et de 2 secondes.",
        "Le code est celui de l'erreur : `unknown-format` (ce n'est pas un de nos formats),",
        "`malformed` (le fichier est abîmé), `unsafe` (le fichier est dangereux).",
        "",
        "Ne sont pas refusés : `xsi:schemaLocation` (jamais suivi), `xml-stylesheet` (ignoré),",
        "les codages UTF-8 avec ou sans marque, US-ASCII, ISO-8859-1, ISO-8859-15, windows-1252",
        "et UTF-16 avec sa marque, s'ils sont annoncés correctement.",
    ]
    for title, rows in (("Documents", HOSTILE), ("Archives zip au dépôt", HOSTILE_ZIPS)):
        lines += ["", f"## {title}", "", "| Fichier | Ce que c'est | Motif | Code |"]
        lines += ["|---|---|---|---|"]
        lines += [f"| {r.name} | {r.what} | `{r.reason}` | `{r.code}` |" for r in rows]
    return "\n".join(lines) + "\n"
