"""Files of the directory: flux 14 read as a stream, flux 13 (and 12) read and written.

Source: DGFiP external specifications v3.2, annexe 3 and the XSD ``Annuaire_Consultation_F14``,
``Annuaire_Actualisation_F12-F13``. A full flux 14 weighs several gigabytes: records are handed over
one by one and forgotten, so that memory does not grow. Flux 12 has no prescribed form; the schema
of flux 13 bears both names, and a flux 12 of that form is read and written by the same functions.
"""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

from lxml import etree

from facturier.errors import MalformedDocument, UnknownFormat, UnsafeDocument
from facturier.formats.codecs import PARIS
from facturier.formats.detect import begins_an_export
from facturier.formats.directory import (
    SIREN_SCHEME,
    SIRET_SCHEME,
    Address,
    Establishment,
    Header,
    LegalUnit,
    Line,
    Platform,
    PostalAddress,
    PublicSettings,
    Record,
    RoutingCode,
    Update,
)

ROOT_F14, ROOT_F13 = "AnnuaireConsultationF14", "AnnuaireActualisation"
_PIECE = 1 << 16
_HEAD_BYTES = 4096
_MOST_BETWEEN = 1 << 20
"""Bytes that may stand between two records: what is no record would pile up."""
_DAMAGED = (tarfile.TarError, EOFError, zlib.error, TypeError)
"""What `tarfile` raises for a damaged archive; TypeError for a gzip header cut short."""
_ARCHIVES = (".tar.gz", ".tgz")
_XML_SPACE = " \t\r\n"
_INSTANT = "%Y%m%d%H%M%S"


# --- flux 14 --------------------------------------------------------------------------------------


class Directory:
    """A flux 14 that is being read: its header, then each record once, in the file's order."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._source = _Counted(stream)
        self._events: Any = iter(  # the stubs do not know `root`
            etree.iterparse(
                self._source,
                events=("end",),
                tag=(*HEAD, *_RECORDS),
                remove_comments=True,
                remove_pis=True,
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                collect_ids=False,
            )
        )
        self._waiting: etree._Element | None = None
        self.header = self._begun()

    def records(self, aside: Callable[[str, Exception], None] | None = None) -> Iterator[Record]:
        """Yield each record.

        One that lacks its parts is told to `aside` (its tag, what is wrong) and left out; without
        it MalformedDocument is raised. Raises MalformedDocument too when the file breaks off,
        UnsafeDocument for a DOCTYPE.
        """
        for element in self.elements():
            try:
                record = read_record(element)
            except (KeyError, ValueError) as error:
                if aside is None:
                    raise _malformed(f"un bloc {element.tag} est incomplet ({error})") from error
                aside(str(element.tag), error)
                continue
            yield record

    def elements(self) -> Iterator[etree._Element]:
        """Yield the element of each record, emptied as soon as the next one is asked for.

        Raises MalformedDocument when the file breaks off, UnsafeDocument for a DOCTYPE.
        """
        while (element := self._next()) is not None:
            if element.tag in _RECORDS:
                yield element
                _forget(element)

    @property
    def root(self) -> etree._Element:
        """The root, without the records that were handed over; whole once they all were."""
        root: etree._Element = self._events.root
        return root

    def _begun(self) -> Header:
        """Read up to the first record."""
        said: dict[str, str] = {}
        while (element := self._next()) is not None:
            if element.tag not in HEAD:
                self._waiting = element
                break
            said[str(element.tag)] = (element.text or "").strip()
        try:
            previous = said.get("DernierHorodateProduction")
            return Header(
                produced_at=_instant(said["HorodateProduction"]),
                extent=said["TypeFlux"],
                previous_at=_instant(previous) if previous else None,
            )
        except (KeyError, ValueError) as error:
            raise _malformed("l'en-tête est incomplet") from error

    def _next(self) -> etree._Element | None:
        element: etree._Element
        if self._waiting is not None:
            element, self._waiting = self._waiting, None
            return element
        try:
            element = next(self._events)[1]
        except StopIteration:
            _check_root(self._events.root)
            return None
        except etree.XMLSyntaxError as error:
            raise _malformed(str(error.msg)) from error
        if self._source.is_first:
            self._source.is_first = False
            _check_root(element)
        self._source.between = 0
        return element


class _Counted:
    """A stream that notes how much was read since the last record."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.between = 0
        self.is_first = True

    def read(self, size: int = _PIECE) -> bytes:
        piece = self._stream.read(size)
        self.between += len(piece)
        if self.between > _MOST_BETWEEN:
            raise UnsafeDocument(
                "Ce fichier d'annuaire contient une masse de données qui n'y ont pas leur place.",
                reason="no-record",
                remedy="Demandez un nouvel export au portail.",
            )
        return piece


def _check_root(element: etree._Element) -> None:
    tree = element.getroottree()
    declared: Any = tree.docinfo.internalDTD  # the stubs deny that there may be one
    if declared is not None:
        raise UnsafeDocument(
            "Ce fichier d'annuaire déclare un DOCTYPE.",
            reason="doctype",
            remedy="Demandez un export sans DOCTYPE.",
        )
    if tree.getroot().tag != ROOT_F14:
        raise UnknownFormat(
            "Ce fichier n'est pas un export de l'annuaire (flux 14).",
            reason="not-f14",
            remedy="Donnez le fichier AnnuaireConsultationF14 reçu du portail.",
        )


def _forget(element: etree._Element) -> None:
    """Free a record that was handed over, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def is_export(path: Path) -> bool:
    """Tell whether a file, or the first XML file of a ``tar.gz``, is a flux 14, by its beginning.

    Raises OSError when it cannot be opened.
    """
    if not path.name.endswith(_ARCHIVES):
        with path.open("rb") as stream:
            return begins_an_export(stream.read(_HEAD_BYTES))
    try:
        with tarfile.open(path, mode="r|gz") as archive:
            return begins_an_export(_only_file(archive).read(_HEAD_BYTES))
    except (*_DAMAGED, UnknownFormat):
        return False


@contextmanager
def opened_directory(source: Path | IO[bytes]) -> Iterator[Directory]:
    """Open a flux 14: a stream, an XML file, or the only XML file of a ``tar.gz``.

    Raises UnreadableDocument when it is none.
    """
    if not isinstance(source, Path):
        yield Directory(source)
    elif source.name.endswith(_ARCHIVES):
        try:
            with tarfile.open(source, mode="r|gz") as archive:
                yield Directory(_only_file(archive))
        except _DAMAGED as error:  # now or while it is read
            raise _malformed("l'archive est abîmée") from error
    else:
        with source.open("rb") as stream:
            yield Directory(stream)


def _only_file(archive: tarfile.TarFile) -> IO[bytes]:
    for member in archive:
        held = archive.extractfile(member) if member.isfile() else None
        if held is not None and member.name.endswith(".xml"):
            return held
    raise UnknownFormat(
        "Cette archive ne contient pas de fichier XML.",
        reason="empty-archive",
        remedy="Donnez l'archive du flux 14, ou le fichier XML qu'elle contient.",
    )


Parts = dict[str, Any]
"""Children of a block, by tag."""


def _text(parts: Parts, tag: str) -> str:
    """Return the text of a child, empty when it is absent."""
    child = parts.get(tag)
    return "" if child is None else (child.text or "").strip(_XML_SPACE)


def _day(text: str) -> date:
    if len(text) != 8:  # noqa: PLR2004  # AAAAMMJJ
        raise ValueError(text)
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _optional_day(parts: Parts, tag: str) -> date | None:
    text = _text(parts, tag)
    return _day(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT).replace(tzinfo=PARIS)


def _instance(parts: Parts) -> int | None:
    text = _text(parts, "IdInstance")
    return int(text) if text else None


def _flag(parts: Parts, tag: str) -> bool:
    return _text(parts, tag).lower() in ("true", "1")


def _inside(parts: Parts, tag: str) -> Parts:
    """Return the children of a block that must be there. Raises KeyError."""
    return {str(child.tag): child for child in parts[tag]}


def _postal_address(parts: Parts) -> PostalAddress:
    lines = (_text(parts, f"LigneAdresse{number}") for number in (1, 2, 3))
    return PostalAddress(
        lines=tuple(line for line in lines if line),
        city=_text(parts, "Localite"),
        post_code=_text(parts, "CP"),
        subdivision=_text(parts, "SubdivisionPays"),
        country=_text(parts, "CodePays"),
    )


def _legal_unit(parts: Parts) -> LegalUnit:
    return LegalUnit(
        siren=_text(parts, "IdSIREN"),
        name=_text(parts, "Nom"),
        status=_text(parts, "Statut"),
        kind=_text(parts, "TypeEntite"),
        diffusion=_text(parts, "Diffusible"),
        presence=_text(parts, "MotifPresence"),
        instance=_instance(parts),
    )


def _establishment(parts: Parts) -> Establishment:
    return Establishment(
        siret=_text(parts, "IdSIRET"),
        name=_text(parts, "Nom"),
        status=_text(parts, "Statut"),
        kind=_text(parts, "TypeEtablissement"),
        postal_address=_postal_address(parts),
        public=_public(_inside(parts, "DonneesB2G")) if "DonneesB2G" in parts else None,
        diffusion=_text(parts, "Diffusible"),
        presence=_text(parts, "MotifPresence"),
        instance=_instance(parts),
    )


def _public(parts: Parts) -> PublicSettings:
    return PublicSettings(
        engagement=_flag(parts, "EngagementJuridique"),
        service=_flag(parts, "Service"),
        engagement_or_service=_flag(parts, "EngJurServ"),
        works_manager=_flag(parts, "MOA"),
        works_manager_only=_flag(parts, "MOAunique"),
        payment_status=_flag(parts, "StatutMiseEnPaiement"),
    )


def _routing_code(parts: Parts) -> RoutingCode:
    return RoutingCode(
        siret=_text(parts, "IdSIRET"),
        routing=_text(parts, "IdRoutage"),
        routing_scheme=parts["IdRoutage"].get("qualifiant", ""),
        name=_text(parts, "Nom"),
        status=_text(parts, "Statut"),
        postal_address=_postal_address(parts),
        engagement=_flag(parts, "EngagementJuridique") if "EngagementJuridique" in parts else None,
        presence=_text(parts, "MotifPresence"),
        instance=_instance(parts),
    )


def _platform(parts: Parts) -> Platform:
    return Platform(
        number=_text(parts, "Matricule"),
        name=_text(parts, "Nom"),
        status=_text(parts, "Statut"),
        kind=_text(parts, "TypePlateforme"),
        siren=_text(parts, "IdSIREN"),
        trade_name=_text(parts, "NomCommercial"),
        contact=_text(parts, "Contact"),
        registered=_optional_day(parts, "DateDebutImmatriculation"),
        registered_until=_optional_day(parts, "DateFinImmatriculation"),
        presence=_text(parts, "MotifPresence"),
        instance=_instance(parts),
    )


def _line(parts: Parts) -> Line:
    period, where = _inside(parts, "DateEffet"), _inside(parts, "InfoAdressage")
    stated = _text(where, "Identifiant")
    if "IdLinSIREN" not in where:  # an update has its parts one level further down
        where, stated = _inside(where, "Identifiant"), ""
    routing = where.get("IdLinRoutage")
    return Line(
        address=Address(
            siren=_text(where, "IdLinSIREN"),
            siret=_text(where, "IdLinSIRET"),
            routing=_text(where, "IdLinRoutage"),
            routing_scheme="" if routing is None else routing.get("qualifiant", ""),
            suffix=_text(where, "Suffixe"),
        ),
        platform=_text(parts, "IdPlateforme"),
        start=_day(_text(period, "DateDebut")),
        end=_optional_day(period, "DateFin"),
        effective_end=_optional_day(period, "DateFinEffective"),
        nature=_text(parts, "Nature"),
        presence=_text(parts, "MotifPresence"),
        instance=_instance(parts),
        stated=stated,
    )


HEAD = ("HorodateProduction", "DernierHorodateProduction", "TypeFlux")
_RECORDS: dict[str, Callable[[Parts], Record]] = {
    "UniteLegale": _legal_unit,
    "Etablissement": _establishment,
    "CodeRoutage": _routing_code,
    "IdPlateformeReception": _platform,
    "LigneAnnuaire": _line,
}


def read_record(element: etree._Element) -> Record:
    """Read one record of a flux 14. Raises KeyError or ValueError when it lacks its parts."""
    return _RECORDS[str(element.tag)]({str(child.tag): child for child in element})


def _malformed(why: str) -> MalformedDocument:
    return MalformedDocument(
        f"Ce fichier d'annuaire est abîmé : {why}.",
        reason="directory",
        remedy="Demandez un nouvel export au portail, ou récupérez le fichier à nouveau.",
    )


# --- flux 13, flux 12 -----------------------------------------------------------------------------


def read_update(root: etree._Element) -> Update:
    """Read a flux 13, or a flux 12 of its form, from its parsed root.

    Raises UnknownFormat for another document, MalformedDocument when a block lacks its parts.
    """
    if root.tag != ROOT_F13:
        raise UnknownFormat(
            "Ce fichier n'est pas une demande d'actualisation de l'annuaire (flux 13).",
            reason="not-f13",
            remedy="Donnez un fichier AnnuaireActualisation.",
        )
    try:
        return Update(
            routing_codes=tuple(
                _routing_code({str(child.tag): child for child in one})
                for one in root.iterfind("BlocCodesRoutage/CodeRoutage")
            ),
            lines=tuple(
                _line({str(child.tag): child for child in one})
                for one in root.iterfind("BlocLignesAnnuaire/LigneAnnuaire")
            ),
        )
    except (KeyError, ValueError) as error:
        raise _malformed(f"un bloc est incomplet ({error})") from error


def write_update(update: Update) -> bytes:
    """Write a flux 13: routing codes first, then lines, in the order given (it counts)."""
    pieces = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{ROOT_F13}>"]
    if update.routing_codes:
        pieces += _block("BlocCodesRoutage", map(_code_written, update.routing_codes))
    if update.lines:
        pieces += _block("BlocLignesAnnuaire", map(_line_written, update.lines))
    pieces.append(f"</{ROOT_F13}>")
    return ("\n".join(pieces) + "\n").encode()


def _block(tag: str, inside: Iterable[str]) -> list[str]:
    return [f"<{tag}>", *inside, f"</{tag}>"]


def element(tag: str, text: str, scheme: str = "") -> str:
    """Return an element, empty text when there is nothing to say."""
    if not text:
        return ""
    named = f' qualifiant="{escape(scheme)}"' if scheme else ""
    return f"<{tag}{named}>{escape(text)}</{tag}>"


def written_day(day: date | None) -> str:
    """Return a day as these files write it, empty text for none."""
    return day.strftime("%Y%m%d") if day else ""


def _code_written(code: RoutingCode) -> str:
    where = code.postal_address
    return "".join(
        (
            "<CodeRoutage>",
            element("Statut", code.status),
            element("IdSIRET", code.siret, SIRET_SCHEME),
            element("IdRoutage", code.routing, code.routing_scheme),
            element("Nom", code.name),
            *(element(f"LigneAdresse{n}", line) for n, line in enumerate(where.lines[:3], 1)),
            element("Localite", where.city),
            element("CP", where.post_code),
            element("SubdivisionPays", where.subdivision),
            element("CodePays", where.country),
            "</CodeRoutage>",
        )
    )


def _line_written(line: Line) -> str:
    where = line.address
    return "".join(
        (
            "<LigneAnnuaire>",
            element("Nature", line.nature),
            "<DateEffet>",
            element("DateDebut", written_day(line.start)),
            element("DateFin", written_day(line.end)),
            "</DateEffet><InfoAdressage><Identifiant>",
            element("IdLinSIREN", where.siren, SIREN_SCHEME),
            element("IdLinSIRET", where.siret, SIRET_SCHEME),
            element("IdLinRoutage", where.routing, where.routing_scheme),
            element("Suffixe", where.suffix),
            "</Identifiant></InfoAdressage>",
            element("IdPlateforme", line.platform),
            "</LigneAnnuaire>",
        )
    )
