"""A list of clients as a spreadsheet or another software gives it: one line a dossier.

The first line names the columns; their order is free, and those that are not known are told. Cells
are separated by tabs (pasted), semicolons or commas.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from facturier.errors import BadUsage
from facturier.invoice.words import plain
from facturier.server.firm.models import Dossier

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS = (
    ("siret", r"^siret|etablissement"),
    ("siren", r"^siren|^n. siren"),
    ("vat_number", r"tva intra|numero.*tva|^n. (de )?tva"),
    ("vat_on_receipts", r"exigib|encaissement"),
    ("vat_regime", r"regime|^tva$"),
    ("electronic_address", r"adresse.*(electronique|facturation)"),
    ("address_line_2", r"complement"),
    ("address_line", r"^adresse|^rue|^voie"),
    ("post_code", r"code postal|^cp$"),
    ("city", r"^ville|^commune"),
    ("activity", r"activite|^naf|^ape"),
    ("name", r"raison|^nom|denomination|client|dossier|societe"),
)
"""Field of a dossier, and the words (plain, lower case) that name its column; the first wins."""
REGIMES = (
    ("franchise", r"franchise|^rf$|non assujetti"),
    ("simplifie", r"simplifi|^rs$|ca12"),
    ("reel_trimestriel", r"trim"),
    ("reel_mensuel", r"mens|reel|normal|^rn$|ca3"),
)
YES = r"^(oui|o|x|1|vrai|encaissements?)$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One client as the list tells it."""

    number: int
    said: dict[str, str]
    """Field of a dossier to its text."""
    problems: tuple[str, ...] = field(default=())

    @property
    def regime(self) -> str:
        """How it will declare VAT, in words."""
        said = self.said.get("vat_regime") or Dossier.VatRegime.REEL_MENSUEL
        return Dossier.VatRegime(said).label

    def with_problems(self, more: Iterable[str]) -> Line:
        """Return it with what was objected to it besides."""
        return replace(self, problems=(*self.problems, *more))


def read(text: str) -> list[Line]:
    """Return the clients of a list, in order; lines without any word are left out.

    Raises `BadUsage` when the first line names neither the SIREN nor the company.
    """
    rows = list(csv.reader(io.StringIO(text), delimiter=_separator(text)))
    header = [_field(cell) for cell in rows[0]] if rows else []
    if "siren" not in header and "siret" not in header:
        raise BadUsage(
            "La première ligne ne nomme pas de colonne SIREN.",
            remedy="Gardez la ligne des titres : SIREN, Raison sociale, Régime de TVA…",
        )
    lines: list[Line] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in cells):
            lines.append(_line(number, header, cells, seen))
    return lines


def _separator(text: str) -> str:
    first = text.partition("\n")[0]
    return max("\t;,", key=first.count)


def _field(title: str) -> str:
    words = plain(title)
    return next((name for name, pattern in COLUMNS if re.search(pattern, words)), "")


def _line(number: int, header: list[str], cells: list[str], seen: dict[str, int]) -> Line:
    said: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        if name and cell.strip():
            said.setdefault(name, cell.strip())
    for name in ("siren", "siret"):
        if name in said:
            said[name] = re.sub(r"\s", "", said[name])
    if "siren" not in said:
        said["siren"] = said.get("siret", "")[:9]
    problems = []
    if "vat_regime" in said:
        regime = _regime(said["vat_regime"])
        if regime is None:
            problems.append(f"Régime de TVA « {said['vat_regime']} » inconnu.")
        said["vat_regime"] = regime or ""
    if "vat_on_receipts" in said and not re.search(YES, plain(said["vat_on_receipts"])):
        said["vat_on_receipts"] = "false"
    address = said.get("electronic_address") or said["siren"]
    if address in seen:
        problems.append(f"Déjà à la ligne {seen[address]}.")
    seen.setdefault(address, number)
    return Line(number=number, said=said, problems=tuple(problems))


def _regime(words: str) -> str | None:
    return next((name for name, pattern in REGIMES if re.search(pattern, plain(words))), None)
