"""The XMP metadata of a Factur-X: what the PDF is, and which invoice it carries.

Written anew each time from the document's own title, author and dates: a brought PDF may hold
properties that PDF/A does not allow without a description. The ``fx`` properties are described by
an extension schema, as ISO 19005-3 6.6.2.3 asks (Factur-X 1.09, annex on XMP).
"""

from __future__ import annotations

from datetime import UTC, datetime
from xml.sax.saxutils import escape

from pikepdf import Name, Object, Pdf, PdfError, Stream, String

from facturier.formats.layout.reading import clean

_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_UA = "http://www.aiim.org/pdfua/ns/id/"
_FX_PROPERTIES = (
    ("DocumentFileName", "Text", "external", "Name of the embedded XML invoice file"),
    ("DocumentType", "Text", "external", "Type of the embedded document"),
    ("Version", "Text", "external", "Version of the Factur-X data"),
    ("ConformanceLevel", "Text", "external", "Conformance level of the embedded invoice"),
)
_UA_PROPERTIES = (("part", "Integer", "internal", "Part of ISO 14289 the document follows"),)

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:xmp="http://ns.adobe.com/xap/1.0/"
  xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
  xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
  xmlns:pdfuaid="{ua}"
  xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
  xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
  xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"
  xmlns:fx="{fx}">
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
{accessible}<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
{author}<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>{tool}</xmp:CreatorTool>
<xmp:CreateDate>{created}</xmp:CreateDate>
<xmp:ModifyDate>{modified}</xmp:ModifyDate>
<pdf:Producer>{producer}</pdf:Producer>
<fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
<fx:Version>1.0</fx:Version>
<fx:ConformanceLevel>{level}</fx:ConformanceLevel>
<pdfaExtension:schemas><rdf:Bag>
{schemas}</rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""

_SCHEMA = """<rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>{name}</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{namespace}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>{prefix}</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>
{properties}</rdf:Seq></pdfaSchema:property>
</rdf:li>
"""

_PROPERTY = """<rdf:li rdf:parseType="Resource">
<pdfaProperty:name>{0}</pdfaProperty:name>
<pdfaProperty:valueType>{1}</pdfaProperty:valueType>
<pdfaProperty:category>{2}</pdfaProperty:category>
<pdfaProperty:description>{3}</pdfaProperty:description>
</rdf:li>
"""


def announce(document: Pdf, *, level: str, moment: datetime) -> None:
    """Give `document` its metadata as a Factur-X of this conformance level, changed at `moment`.

    A PDF/UA claim is kept; the document information dictionary says the same as the XMP.
    """
    info = document.docinfo
    is_accessible = _claims_accessible(document)
    info["/ModDate"] = pdf_date(moment)
    created = _moment(info.get("/CreationDate"))
    if created is None or created > moment:
        created = moment
        info["/CreationDate"] = pdf_date(moment)
    for key, default in (("/Title", "Facture"), ("/Producer", "Facturier")):
        info[key] = String(str(info.get(key, "")).strip() or default)
    packet = _packet(document, level, created, moment, is_accessible=is_accessible)
    document.Root["/Metadata"] = document.make_stream(
        packet.encode(), Type=Name.Metadata, Subtype=Name.XML
    )


def pdf_date(moment: datetime) -> String:
    """Return `moment` as a PDF writes it, in UTC."""
    return String(f"D:{moment.astimezone(UTC):%Y%m%d%H%M%S}Z")


def own_date(document: Pdf) -> datetime | None:
    """Return the date of the last change that the PDF states, or None."""
    info = document.docinfo
    return _moment(info.get("/ModDate")) or _moment(info.get("/CreationDate"))


def _moment(value: Object | None) -> datetime | None:
    """Read a PDF date to the second; its offset is not kept, a day is precise enough here."""
    digits = str(value or "").removeprefix("D:")[:14]
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _claims_accessible(document: Pdf) -> bool:
    metadata = document.Root.get("/Metadata")
    if not isinstance(metadata, Stream):
        return False
    try:
        return b"pdfuaid:part" in metadata.read_bytes()
    except PdfError:  # no filter unpacks it: it claims nothing
        return False


def _packet(
    document: Pdf, level: str, created: datetime, modified: datetime, *, is_accessible: bool
) -> str:
    info = document.docinfo
    author = escape(clean(str(info.get("/Author", ""))))
    creator = f"<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n"
    schemas = _schema("Factur-X PDFA Extension Schema", _FX, "fx", _FX_PROPERTIES)
    if is_accessible:
        schemas += _schema("PDF/UA Identification Schema", _UA, "pdfuaid", _UA_PROPERTIES)
    return _PACKET.format(
        fx=_FX,
        ua=_UA,
        accessible="<pdfuaid:part>1</pdfuaid:part>\n" if is_accessible else "",
        title=escape(clean(str(info["/Title"]))),
        author=creator if author else "",
        language=escape(clean(str(document.Root.get("/Lang", "fr")))),
        tool=escape(clean(str(info.get("/Creator", "Facturier")))),
        producer=escape(clean(str(info["/Producer"]))),
        created=f"{created:%Y-%m-%dT%H:%M:%SZ}",
        modified=f"{modified:%Y-%m-%dT%H:%M:%SZ}",
        level=level,
        schemas=schemas,
    )


def _schema(name: str, namespace: str, prefix: str, properties: tuple[tuple[str, ...], ...]) -> str:
    return _SCHEMA.format(
        name=name,
        namespace=namespace,
        prefix=prefix,
        properties="".join(_PROPERTY.format(*one) for one in properties),
    )
