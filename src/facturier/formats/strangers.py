"""Files that are no invoice of the reform, recognised only to say so helpfully."""

from __future__ import annotations

import re
from typing import NoReturn

from facturier.errors import UnknownFormat

_INVOICE_REMEDY = (
    "Déposez la facture au format UBL, CII (XML) ou Factur-X (PDF), "
    "ou demandez-la ainsi à l'émetteur."
)
_UNZIP_REMEDY = "Décompressez le fichier et déposez son contenu."

_OFFICE_PARTS = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis", b"_rels/.rels", b"word/")

_BEGINNINGS: tuple[tuple[tuple[bytes, ...], str, str, str], ...] = (
    (
        (b"\x1f\x8b",),
        "gzip",
        "Ce fichier est compressé (gzip ou tar.gz).",
        _UNZIP_REMEDY,
    ),
    (
        (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"),
        "archive",
        "Ce fichier est une archive dans un format qui n'est pas accepté.",
        "Décompressez-la et déposez son contenu, ou faites-en une archive zip.",
    ),
    (
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM", b"RIFF"),
        "image",
        "Ce fichier est une image ; il ne contient pas de facture électronique.",
        _INVOICE_REMEDY,
    ),
    (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf"),
        "office-document",
        "Ce fichier est un document bureautique ; il ne contient pas de facture électronique.",
        _INVOICE_REMEDY,
    ),
    (
        (b"UNA:", b"UNA+", b"UNB+"),
        "edifact",
        "Ce fichier est un message EDIFACT, qui n'est pas un format de la réforme.",
        _INVOICE_REMEDY,
    ),
)
_MAIL = re.compile(
    rb"(?:from|to|received|return-path|mime-version|delivered-to|subject|date|message-id"
    rb"|content-type|x-[a-z-]+):[^\n]*\n(?:[ \t][^\n]*\n|[a-z0-9-]+:[^\n]*\n)*?(?:\r?\n|[a-z-]+:)",
    re.IGNORECASE,
)


def reject_stranger(data: bytes) -> NoReturn:
    """Raise the `UnknownFormat` that names what `data`, which is not XML, looks like."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    for beginnings, reason, message, remedy in _BEGINNINGS:
        if head.startswith(beginnings):
            raise UnknownFormat(message, reason=reason, remedy=remedy)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _reject_zip(head)
    if re.match(rb"<!doctype\s+html|<html|<head|<body", head, re.IGNORECASE):
        raise UnknownFormat(
            "Ce fichier est une page web ; il ne contient pas de facture électronique.",
            reason="html",
            remedy="Si le fichier vient d'un portail, ouvrez-le et téléchargez la facture même.",
        )
    _reject_text(head)


def _reject_zip(head: bytes) -> NoReturn:
    if any(part in head for part in _OFFICE_PARTS):
        raise UnknownFormat(
            "Ce fichier est un document bureautique ; il ne contient pas de facture électronique.",
            reason="office-document",
            remedy=_INVOICE_REMEDY,
        )
    raise UnknownFormat(
        "Ce fichier est une archive zip, pas une facture.",
        reason="zip-archive",
        remedy="Déposez l'archive sur la page de dépôt, qui sait l'ouvrir, ou son contenu.",
    )


def _reject_text(head: bytes) -> NoReturn:
    if head.startswith((b"{", b"[")):
        raise UnknownFormat(
            "Ce fichier est du JSON, qui n'est pas un format de la réforme.",
            reason="json",
            remedy=_INVOICE_REMEDY,
        )
    if _MAIL.match(head):
        raise UnknownFormat(
            "Ce fichier est un courriel.",
            reason="email",
            remedy="Déposez la pièce jointe qui contient la facture.",
        )
    if b"\0" in head or any(byte < ord("\t") for byte in head):
        raise UnknownFormat(
            "Ce fichier n'est dans aucun format connu.",
            reason="unknown-binary",
            remedy=_INVOICE_REMEDY,
        )
    raise UnknownFormat(
        "Ce fichier est du texte, pas une facture électronique.",
        reason="plain-text",
        remedy=_INVOICE_REMEDY,
    )
