"""Files that are no invoice one could judge: each lands in quarantine with its reason."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import pikepdf

from facturier.formats import readable
from facturier.server.demo.invoices import Numbered, file_of, invoice_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """A file that somebody deposits in the dossier of `company`."""

    key: str
    company: str
    ago: int
    name: str
    build: Callable[[Numbered], bytes]
    """Makes it out of a good invoice of that company, in UBL."""


def _cut_short(one: Numbered) -> bytes:
    data = file_of(one)[1]
    return data[: len(data) * 2 // 3]


def _with_entity(one: Numbered) -> bytes:
    """Try to read a file of the machine: the classic attack on careless XML readers."""
    head, _, rest = file_of(one)[1].partition(b"?>")
    return head + b'?>\n<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + rest


def _plain_pdf(one: Numbered) -> bytes:
    return readable.pdf(invoice_of(one))


def _locked_pdf(one: Numbered) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(_plain_pdf(one))) as document:
        document.save(target, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    return target.getvalue()


def _empty(_: Numbered) -> bytes:
    return b""


def _table(_: Numbered) -> bytes:
    return "date;libellé;débit;crédit\n01/10/2026;Virement;0,00;1 250,00\n".encode()


def _letter(_: Numbered) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml"), "<w:document xmlns:w='urn:w'/>")
    return target.getvalue()


def _other_xml(_: Numbered) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n<commande><numero>17</numero></commande>\n'


def _somebody_elses(one: Numbered) -> bytes:
    return file_of(one)[1]


ODDITIES: tuple[Oddity, ...] = (
    Oddity(key="tronque", company="garage", ago=44, name="facture-coupee.xml", build=_cut_short),
    Oddity(key="entite", company="agence", ago=34, name="facture-piegee.xml", build=_with_entity),
    Oddity(key="pdf-simple", company="macon", ago=29, name="scan.pdf", build=_plain_pdf),
    Oddity(key="pdf-protege", company="conseil", ago=24, name="honoraires.pdf", build=_locked_pdf),
    Oddity(key="vide", company="transport", ago=18, name="envoi.xml", build=_empty),
    Oddity(key="tableau", company="lumen", ago=13, name="releve-bancaire.csv", build=_table),
    Oddity(key="lettre", company="scierie", ago=12, name="courrier.docx", build=_letter),
    Oddity(key="autre-xml", company="negoce", ago=7, name="commande.xml", build=_other_xml),
    Oddity(key="autrui", company="fournil", ago=5, name="pas-a-nous.xml", build=_somebody_elses),
)  # fmt: skip
"""`autrui` is a good invoice, deposited in a dossier that neither sells nor buys it."""

MODELS: dict[str, str] = {
    "autrui": "garage-transport-01", "tronque": "garage-transport-03",
    "entite": "agence-lumen-01", "pdf-simple": "macon-constructions-01",
    "pdf-protege": "conseil-agence-01",
}  # fmt: skip
"""Oddity to the sale it is made of, where it is made of one."""
