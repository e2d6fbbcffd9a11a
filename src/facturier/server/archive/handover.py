"""What a client is handed at the end of a mission, beside the archive of proof.

The archive holds every invoice and message as it came and went. To go on elsewhere a client also
needs the books: the FEC of each year, the list of invoices, what was declared, the takings, and the
files that never became an invoice.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from facturier.formats.fec import write_fec
from facturier.ledger.fec import file_name
from facturier.server import sight
from facturier.server.archive import retention
from facturier.server.books import booking, years
from facturier.server.cells import harmless
from facturier.server.documents import store
from facturier.server.expenses.models import ClaimLine
from facturier.server.reporting.models import Sending
from facturier.server.takings.models import DayTakings, TillFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from facturier.server.firm.models import Dossier

FOLDER = "remise"
README = """# Fin de mission : ce qui vous est remis

Ce fichier zip contient tout ce que le cabinet conservait pour votre entreprise dans Facturier.

| Où | Quoi |
|---|---|
| `blobs/`, `copies/`, `manifest.jsonl` | vos factures et messages tels que reçus ou envoyés, et leur preuve (voir `LISEZMOI.md`) |
| `remise/pieces.csv` | la liste de vos factures : numéro, date, montants, statut, empreinte du fichier |
| `remise/FEC/` | le fichier des écritures comptables de chaque exercice (écritures validées) |
| `remise/ecritures-proposees.csv` | ce qui était proposé et n'a pas été validé |
| `remise/declarations/` | les fichiers d'e-reporting transmis |
| `remise/recettes.csv`, `remise/caisse/` | vos recettes jour par jour, et les fichiers de caisse |
| `remise/notes-de-frais.csv`, `remise/justificatifs/` | les dépenses de vos collaborateurs, et leurs tickets |
| `remise/autres-fichiers/` | les fichiers déposés qui ne sont pas devenus une pièce |

Rien n'y est chiffré : gardez-le en lieu sûr. C'est à vous, désormais, de le conserver : dix ans à compter de la clôture
de l'exercice (Code de commerce, art. L. 123-22), six ans au moins au regard de l'impôt (LPF, art. L. 102 B).
"""  # noqa: E501 - a table of Markdown


def files(dossier: Dossier) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file of the handover, one at a time."""
    yield f"{FOLDER}/LISEZMOI.md", README.encode()
    yield f"{FOLDER}/pieces.csv", _documents(dossier)
    yield from _books(dossier)
    with sight.of([dossier.pk]):
        sent = Sending.objects.filter(dossier=dossier).exclude(file__stored=None)
        declarations = list(sent.values_list("identifier", "file__stored_id"))
        tills = list(
            TillFile.objects.filter(dossier=dossier).values_list("pk", "name", "stored_id")
        )
        others = list(
            dossier.flows.filter(document=None, event=None).exclude(stored=None)
            .values_list("pk", "name", "stored_id")
        )  # fmt: skip
        receipts = list(
            ClaimLine.objects.filter(dossier=dossier).exclude(receipt=None)
            .values_list("pk", "receipt_name", "receipt_id")
        )  # fmt: skip
    yield f"{FOLDER}/recettes.csv", _takings(dossier)
    yield f"{FOLDER}/notes-de-frais.csv", _expenses(dossier)
    named = [(f"declarations/{_safe(name)}.xml", sha256) for name, sha256 in declarations]
    named += [(f"caisse/{pk}-{_safe(name)}", sha256) for pk, name, sha256 in tills]
    named += [(f"justificatifs/{pk}-{_safe(name)}", sha256) for pk, name, sha256 in receipts]
    named += [(f"autres-fichiers/{pk}-{_safe(name)}", sha256) for pk, name, sha256 in others]
    for name, sha256 in named:
        yield f"{FOLDER}/{name}", store.get(str(sha256))


def _documents(dossier: Dossier) -> bytes:
    with sight.of([dossier.pk]):
        rows = dossier.documents.order_by("issue_date", "pk").values_list(
            "direction", "number", "issue_date", "due_date", "seller_name", "buyer_name",
            "total_without_vat", "total_vat", "total_with_vat", "currency", "state", "stored_id",
        )  # fmt: skip
        return _csv(
            ("sens", "numéro", "date", "échéance", "vendeur", "acheteur", "HT", "TVA", "TTC",
             "devise", "statut", "SHA-256"), rows,
        )  # fmt: skip


def _books(dossier: Dossier) -> Iterator[tuple[str, bytes]]:
    """Yield the FEC of each year that has entries, and what was only proposed."""
    with sight.of([dossier.pk]):
        month = years.month_of(dossier)
        days = dossier.entries.filter(state__in=("validated", "reversed")).dates("date", "month")
        closings = sorted({retention.close_of(day, month) for day in days})
    for closing in closings:
        with sight.of([dossier.pk]):
            content = write_fec(booking.fec_of(dossier, closing))
        yield f"{FOLDER}/FEC/{file_name(dossier.siren, closing)}", content
    with sight.of([dossier.pk]):
        proposed = dossier.entries.filter(state="proposed").order_by("date", "pk")
        rows = proposed.values_list(
            "date", "journal__code", "label", "piece", "lines__account", "lines__label",
            "lines__debit", "lines__credit",
        )  # fmt: skip
        yield (
            f"{FOLDER}/ecritures-proposees.csv",
            _csv(
                ("date", "journal", "libellé", "pièce", "compte", "ligne", "débit", "crédit"), rows
            ),
        )


def _takings(dossier: Dossier) -> bytes:
    with sight.of([dossier.pk]):
        rows = DayTakings.objects.filter(dossier=dossier).order_by("day", "till", "pk")
        named = rows.values_list("day", "till", "count", "gross", "net", "origin")
        return _csv(("jour", "caisse", "tickets", "TTC", "HT", "origine"), named)


def _expenses(dossier: Dossier) -> bytes:
    with sight.of([dossier.pk]):
        rows = ClaimLine.objects.filter(dossier=dossier).order_by("day", "pk")
        named = rows.values_list(
            "claim__number", "claim__employee__matricule", "day", "nature", "label", "supplier",
            "gross", "claim__state", "document__number", "pk",
        )  # fmt: skip
        return _csv(
            ("note", "matricule", "jour", "nature", "objet", "fournisseur", "TTC", "état",
             "facture", "justificatif"), named,
        )  # fmt: skip


def _csv(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, delimiter=";")
    out.writerow(head)
    for row in rows:
        out.writerow(["" if one is None else harmless(f"{one}") for one in row])
    return text.getvalue().encode("utf-8-sig")


def _safe(name: str) -> str:
    """Return the name of a stranger's file as the end of a name of ours."""
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
    return kept.lstrip(".-")[-100:] or "fichier"
