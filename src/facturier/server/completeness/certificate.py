"""The certificate of a month: what it states, its signature, its page as PDF.

It is signed (Ed25519, RFC 8032) by the key of the installation (``FACTURIER_SIGNING_KEY``) and is
itself an event of the dossier's chain of proof: an envelope names the signed file, so the monthly
seal and its timestamp cover it, and an export of the archive brings it along.
"""

from __future__ import annotations

import json
from datetime import UTC
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from facturier.formats.layout import record
from facturier.formats.layout.record import Record, Table
from facturier.server.archive import keeping, signing
from facturier.server.archive.verify import canonical, digest
from facturier.server.archive.verify_certificate import FORMAT, fingerprint
from facturier.server.completeness.models import Certificate, Verdict
from facturier.server.documents import store
from facturier.server.documents.deposit import remember, row_of

if TYPE_CHECKING:
    from facturier.server.completeness.comparing import Compared
    from facturier.server.firm.models import Dossier, Person

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip
SIDES = {"received": "Reçues", "issued": "Émises"}
PROVES = (
    """Ce certificat compare ce que chaque connecteur liste du mois (relu au moment de la
    comparaison), ce qui est conservé dans l'archive (fichier relu et comparé à son empreinte,
    enveloppe de preuve) et ce qui est comptabilisé (écriture validée). Il ne dit rien d'une facture
    qu'aucun connecteur ne liste et que personne n'a déposée. Un mois qui n'est pas fini est
    certifié à la date de la comparaison.""",
    """Le fichier signé est joint à ce PDF (certificat.json). Il se vérifie sans Facturier :
    python3 verify_certificate.py certificat.json. Facturier n'est pas une plateforme agréée.""",
)


def issue(dossier: Dossier, found: Compared, person: Person | None = None) -> Certificate:
    """Sign what was found and keep it, unless the latest certificate of the month says the same.

    Runs in one transaction; `dossier` is in sight.
    """
    facts = _facts(dossier, found)
    content = digest(canonical(facts))
    latest = dossier.certificates.filter(month=found.month).order_by("pk").last()
    if latest is not None and latest.content == content:
        return latest
    now = timezone.now()
    said = facts | {
        "format": FORMAT, "software": f"Facturier {version('facturier')}",
        "compared_at": _utc(found.at), "made_at": _utc(now),
        "made_by": str(person) if person else None,
    }  # fmt: skip
    data = signing.signed(said)
    with transaction.atomic():
        kept = remember(row_of(data))
        row = Certificate(
            dossier=dossier, month=found.month, verdict=found.verdict, gaps=len(facts["gaps"]),
            content=content, stored=kept, made_at=now, made_by=person,
        )  # fmt: skip
        row.envelope = keeping.certified(row, kept.size)
        row.save()
    return row


def _facts(dossier: Dossier, found: Compared) -> dict[str, Any]:
    """Return what is stated: words, whole numbers, booleans and null only."""
    return {
        "dossier": {
            "siren": dossier.siren, "address": dossier.electronic_address, "name": dossier.name,
        },
        "month": found.month, "verdict": found.verdict.value, "connectors": found.connectors,
        "figures": found.figures, "gaps": found.gaps,
        "pieces": [
            {
                "direction": one.direction, "at": one.at, "name": one.name,
                "connector": one.connector, "number": one.number, "partner": one.partner,
                "total": one.total, "sha256": one.sha256, "envelope": one.envelope,
                "entry": one.entry,
            }
            for one in found.pieces
        ],
    }  # fmt: skip


def _utc(instant: Any) -> str:
    return str(instant.astimezone(UTC).isoformat(timespec="seconds"))


# --- its page -------------------------------------------------------------------------------------


def month_in_words(month: str) -> str:
    """Return ``novembre 2026`` for ``2026-11``."""
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def pdf(certificate: Certificate) -> bytes:
    """Return the page of a certificate, with the signed file attached."""
    data = store.get(certificate.stored_id)
    read = json.loads(data)
    said = read["certificate"]
    made_at = timezone.localtime(certificate.made_at)
    shown = Record(
        title="Certificat d'exhaustivité",
        subtitle=f"{said['dossier']['name']} · {month_in_words(said['month'])}",
        verdict=_verdict(said),
        facts=(
            ("SIREN", said["dossier"]["siren"]),
            ("Adresse électronique", said["dossier"]["address"]),
            ("Établi le", f"{made_at:%d/%m/%Y à %H:%M:%S} (heure de Paris)"),
            ("Par", said["made_by"] or "la comparaison de nuit"),
            ("Logiciel", said["software"]),
            ("Enveloppe de preuve", f"n° {certificate.envelope.sequence}"),
            ("Fichier signé (SHA-256)", certificate.stored_id),
            ("Clé (SHA-256)", fingerprint(bytes.fromhex(read["public_key"]))),
            ("Signature (Ed25519)", read["signature"]),
        ),
        tables=(_counts(said), _connectors(said), _gaps(said)),
        foot=[" ".join(words.split()) for words in PROVES],
    )
    return record.pdf(shown, issued=made_at.date(), attached=("certificat.json", data))


def _verdict(said: dict[str, Any]) -> str:
    gaps = len(said["gaps"])
    lacks = sum(one["is_lack"] for one in said["gaps"])
    if said["verdict"] == Verdict.COMPLETE:
        return "Complet : toute facture listée est conservée et comptabilisée."
    if said["verdict"] == Verdict.OPEN:
        return f"Rien ne manque ; {gaps} pièce(s) en cours, nommées ci-dessous."
    return f"Incomplet : {lacks} manque(s), {gaps} écart(s) en tout, nommés ci-dessous."


def _counts(said: dict[str, Any]) -> Table:
    return Table(
        heading="Factures du mois",
        columns=("", "Par un connecteur", "À la main", "Archivées", "Comptabilisées"),
        rows=[
            (SIDES[side], *(str(figures[name]) for name in
                            ("listed", "by_hand", "archived", "booked")))
            for side, figures in sorted(said["figures"].items(), reverse=True)
        ],
    )  # fmt: skip


def _connectors(said: dict[str, Any]) -> Table:
    return Table(
        heading="Connecteurs interrogés",
        columns=("Connecteur", "Reçues", "Émises", "A répondu"),
        rows=[
            (one["name"], str(one["received"]), str(one["issued"]),
             "oui" if one["answered"] else "non")
            for one in said["connectors"]
        ],
    )  # fmt: skip


def _gaps(said: dict[str, Any]) -> Table:
    return Table(
        heading="Écarts", columns=("Pièce", "Ce qui manque", "Remède"), widths=(2, 3, 3),
        rows=[
            (
                " ".join(filter(None, (one["number"] or one["name"], one["partner"],
                                       one["connector"] and f"({one['connector']})"))),
                " ".join(filter(None, (f"{one['label']}.", one["why"]))),
                one["remedy"],
            )
            for one in said["gaps"]
        ],
        nothing="Aucun écart.",
    )  # fmt: skip
