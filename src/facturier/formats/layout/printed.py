"""The sheet as PDF/A-3b with accessible tags, drawn by typst.

The template reads the invoice as JSON, so no text of an invoice is ever typst code. The same
invoice gives the same bytes: fonts are ours, the clock is the issue date.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import unicodedata
from bisect import bisect_right
from datetime import UTC, date, datetime, time
from importlib import resources
from pathlib import Path
from typing import Any

import typst

from facturier.errors import ConfigurationError
from facturier.formats.layout.sheet import Sheet
from facturier.formats.layout.web import COPY_MARK

_STANDARDS = ("a-3b", "ua-1")
_NO_DATE = date(1970, 1, 1)
_MISSING = "□"
_LONG_WORD = re.compile(r"[^\s\u202f]{41,}")
_LAYOUT_CHARACTERS = "\n\t\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_HERE = Path(str(resources.files(__package__)))
_LOGO_KINDS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a firm chooses of its printed invoices."""

    accent: str = "#1f4e79"
    """Colour of titles and rules, ``#rrggbb``."""
    logo: bytes | None = None
    """PNG, JPEG, GIF or SVG, shown above the seller."""
    footer: str = ""
    """One or two lines at the foot of each page."""


def draw(sheet: Sheet, *, look: Look, copy: bool, qr_svg: str, issued: date | None) -> bytes:
    """Return the PDF. Raises ConfigurationError when the colour or the logo cannot be used."""
    printable = Printable()
    data = {
        "sheet": printable(dataclasses.asdict(sheet)),
        "accent": _colour(look.accent),
        "footer": printable(look.footer),
        "copy": COPY_MARK if copy else "",
        "author": printable(sheet.seller.name.text if sheet.seller.name else ""),
        "date": list((issued or _NO_DATE).timetuple()[:3]),
        "missing": 0,
    }
    files = {"main.typ": _template(), "qr.svg": qr_svg.encode()}
    if look.logo:
        # As numbers: the files given to typst in memory must be text.
        data["logo"] = {"bytes": list(look.logo), "format": _logo_kind(look.logo)}
    data["missing"] = printable.missing
    data["qr"] = bool(qr_svg)
    files["data.json"] = json.dumps(data).encode()
    try:
        return compiled(files, issued)
    except RuntimeError as error:  # typst's own error is one, and not its only one
        if not look.logo:
            raise
        raise _bad_look("Le logo ne peut pas être lu.", "logo") from error


def compiled(files: dict[str, bytes], issued: date | None = None) -> bytes:
    """Return the PDF/A-3b of `main.typ`, dated `issued` at midnight UTC."""
    moment = datetime.combine(issued or _NO_DATE, time(), UTC)
    result: bytes = typst.compile(  # type: ignore[call-overload]  # its stub omits the dict
        files,
        ignore_system_fonts=True,
        font_paths=_fonts(),
        pdf_standards=list(_STANDARDS),
        timestamp=moment,
    )
    return result


def _bad_look(message: str, reason: str) -> ConfigurationError:
    remedy = "Choisissez une couleur « #rrggbb » et un logo PNG, JPEG, GIF ou SVG."
    return ConfigurationError(message, reason=reason, remedy=remedy)


def _colour(accent: str) -> str:
    digits = accent.removeprefix("#")
    if len(digits) == 6 and all(c in "0123456789abcdefABCDEF" for c in digits):  # noqa: PLR2004
        return f"#{digits}"
    raise _bad_look(f"« {accent} » n’est pas une couleur.", "colour")


def _logo_kind(logo: bytes) -> str:
    for magic, kind in _LOGO_KINDS.items():
        if logo.startswith(magic):
            return kind
    return "svg"


@functools.cache
def _template() -> bytes:
    return (_HERE / "invoice.typ").read_bytes()


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(_HERE / "fonts")],
    )


@functools.cache
def _coverage() -> tuple[list[int], list[int]]:
    """Return the first and the last code points of the ranges that our fonts can draw."""
    lines = (_HERE / "fonts" / "coverage.txt").read_text(encoding="ascii").splitlines()
    pairs = [line.split("-") for line in lines]
    return [int(first, 16) for first, _ in pairs], [int(last, 16) for _, last in pairs]


def _breakable(word: re.Match[str]) -> str:
    """Let a word that is longer than half a page break anywhere.

    Only then: who copies it out of the PDF copies the invisible breaks too.
    """
    return "\u200b".join(word[0])


def _drawable(character: str) -> bool:
    firsts, lasts = _coverage()
    position = bisect_right(firsts, ord(character)) - 1
    return position >= 0 and ord(character) <= lasts[position]


class Printable:
    """Replaces what our fonts cannot draw, and counts it: PDF/A refuses a missing glyph."""

    def __init__(self) -> None:
        self.missing = 0

    def __call__(self, value: Any) -> Any:
        """Return `value` with each text in it drawable."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self(item) for item in value]
        return value

    def _text(self, value: str) -> str:
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
        if not (text.isascii() and text.isprintable()):
            text = "".join(self._character(c) for c in text)
        return _LONG_WORD.sub(_breakable, text)

    def _character(self, character: str) -> str:
        if _drawable(character) or character == "\n":
            return character
        if character in _LAYOUT_CHARACTERS:
            return " " if character == "\t" else ""
        self.missing += 1
        return _MISSING
