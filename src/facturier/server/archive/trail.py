"""The audit trail of one entry (*piste d'audit fiable*): from the order to the payment.

CGI art. 289 VII 1° and BOFiP BOI-TVA-DECLA-30-20-30-20: documented controls that link an invoice
to the supply of goods or services that it is about. Each link is what the archive proves (file,
envelope, date, author), what the invoice names, or is missing, and then says what to do. An order
or a delivery note is not kept here: the trail proves that the invoice names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from facturier import formats
from facturier.errors import FacturierError
from facturier.formats.layout import record
from facturier.formats.layout.record import Record, Table
from facturier.lifecycle.statuses import status
from facturier.server.archive.controls import MACHINE, said_by
from facturier.server.archive.export import purged_among
from facturier.server.archive.models import ProofEnvelope
from facturier.server.documents import store

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice
    from facturier.server.books.models import Entry, EntryLine
    from facturier.server.documents.models import Document, Event

Kind = ProofEnvelope.Kind
PAID, PAYMENT_SENT = "212", "211"
ORDERS = (
    ("BT-13", "Bon de commande", "order", "order_date"),
    ("BT-14", "Ordre de vente", "sales_order", "sales_order_date"),
    ("BT-X-403", "Devis", "quotation", "quotation_date"),
    ("BT-12", "Contrat", "contract", "contract_date"),
    ("BT-17", "Appel d'offres ou lot", "tender", ""),
)
"""Term, its word, attribute of the invoice, attribute of its date."""
DELIVERIES = (
    ("BT-16", "Avis d'expédition", "despatch_advice", "despatch_advice_date"),
    ("BT-15", "Avis de réception", "receiving_advice", "receiving_advice_date"),
    ("BT-X-202", "Bon de livraison", "delivery_note", ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One thing that a link rests on."""

    what: str
    at: datetime | None = None
    """When it happened."""
    who: str = ""
    envelope: int | None = None
    """Rank in the chain of proof; none for what the invoice itself names."""
    hash: str = ""
    """SHA-256 of the envelope."""
    sha256: str = ""
    """Of the file."""
    is_intact: bool = True
    """Whether envelope and file, read again now, still are what was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the trail."""

    name: str
    proofs: tuple[Proof, ...] = ()
    missing: str = ""
    """What is missing, in French; empty when nothing is."""
    remedy: str = ""
    is_due: bool = True
    """False: it is not owed yet, or not at all (a payment before its date)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """All links of one entry."""

    entry: Entry
    document: Document | None
    links: tuple[Link, ...]

    @property
    def missing(self) -> tuple[Link, ...]:
        """The links that are owed and missing, or altered."""
        return tuple(
            one for one in self.links
            if (one.missing and one.is_due) or not all(p.is_intact for p in one.proofs)
        )  # fmt: skip


def of_entry(entry: Entry) -> Trail:
    """Return the trail of `entry`; its dossier is in sight."""
    document = entry.document
    if document is None:
        return Trail(entry=entry, document=None, links=(_no_document(), _booking(entry, _Read([]))))
    read = _Read(list(document.proof_envelopes.order_by("sequence")))
    events = list(document.events.order_by("pk"))
    invoice = _invoice(document)
    return Trail(
        entry=entry, document=document,
        links=(
            _order(invoice, document), _delivery(invoice),
            _taken_in(document, read), _checked(read),
            _told(document, events, read), _booking(entry, read), _payment(document, events, read),
            _lettering(entry),
        ),
    )  # fmt: skip


class _Read:
    """The envelopes of a document, each file read once."""

    def __init__(self, envelopes: Iterable[ProofEnvelope]) -> None:
        self._found = [(one, one.facts) for one in envelopes]
        named = [file["sha256"] for _, facts in self._found for file in facts["files"]]
        self._purged = purged_among(named)
        self._holds = cache(store.holds)

    def of(self, *kinds: str) -> list[tuple[ProofEnvelope, dict[str, Any]]]:
        return [(one, facts) for one, facts in self._found if one.kind in kinds]

    def proof(self, envelope: ProofEnvelope, facts: dict[str, Any], what: str, who: str) -> Proof:
        sha256 = next((one["sha256"] for one in facts["files"]), "")
        is_purged = sha256 in self._purged
        return Proof(
            what=f"{what} (fichier purgé, certificat dans « Conservation »)" if is_purged else what,
            at=datetime.fromisoformat(facts["at"]), who=who, sha256=sha256,
            envelope=envelope.sequence, hash=envelope.hash,
            is_intact=envelope.is_intact and (not sha256 or is_purged or self._holds(sha256)),
        )  # fmt: skip


def _invoice(document: Document) -> Invoice | None:
    try:
        return formats.read(store.get(document.sha256)).invoice
    except (FacturierError, OSError, store.AlteredBytes):
        return None


def _no_document() -> Link:
    return Link(
        name="Pièce", missing="Aucune pièce n'est liée à cette écriture.",
        remedy="Déposez la pièce dans le dossier, ou joignez le justificatif au dossier annuel.",
    )  # fmt: skip


def _named(invoice: Invoice, terms: Iterable[tuple[str, str, str, str]]) -> Iterable[Proof]:
    """Yield what the invoice names, by term."""
    for term, word, name, day in terms:
        value = getattr(invoice, name, None)
        on = getattr(invoice, day, None) if day else None
        if value:
            of_day = f" du {on:%d/%m/%Y}" if on else ""
            yield Proof(what=f"{word} {value}{of_day} ({term})", who=SAID_BY_INVOICE)


SAID_BY_INVOICE = "cité par la facture"


def _order(invoice: Invoice | None, document: Document) -> Link:
    name = "Commande, devis ou contrat"
    proofs = tuple(_named(invoice, ORDERS)) if invoice else ()
    if proofs:
        return Link(name=name, proofs=proofs)
    is_issued = document.direction == document.Side.ISSUED
    ask = "Portez sur les suivantes" if is_issued else "Demandez au vendeur"
    return Link(
        name=name, missing="La facture ne cite ni commande, ni devis, ni contrat.",
        remedy=f"{ask} la référence (BT-13 ou BT-12), ou classez le bon de commande signé au "
        "dossier annuel.",
    )  # fmt: skip


def _delivery(invoice: Invoice | None) -> Link:
    name = "Livraison ou exécution"
    proofs = list(_named(invoice, DELIVERIES)) if invoice else []
    delivery = getattr(invoice, "delivery", None)
    if delivery and delivery.actual_date:
        words = f"Livraison effective le {delivery.actual_date:%d/%m/%Y} (BT-72)"
        proofs.append(Proof(what=words, who=SAID_BY_INVOICE))
    if proofs:
        return Link(name=name, proofs=tuple(proofs))
    return Link(
        name=name, missing="La facture ne cite ni bon de livraison, ni date d'exécution.",
        remedy="La date (BT-72) ou l'avis d'expédition (BT-16) se portent sur la facture ; ou "
        "classez le bon de livraison émargé au dossier annuel.",
    )  # fmt: skip


def _taken_in(document: Document, read: _Read) -> Link:
    name = "Facture"
    words = f"Fichier {document.flow.name}, {document.stored.size} octets"
    proofs = [
        read.proof(one, facts, words, facts["deposit"]["submitted_by"] or _channel(facts))
        for one, facts in read.of(Kind.DOCUMENT)
    ]
    proofs += [
        read.proof(one, facts, f"Remise à {facts['delivery']['recipient']}", "Facturier")
        for one, facts in read.of(Kind.DELIVERED)
    ]
    if proofs:
        return Link(name=name, proofs=tuple(proofs))
    return Link(
        name=name, missing="La pièce est plus ancienne que l'archive : elle n'a pas d'enveloppe.",
        remedy="Notez l'empreinte du fichier au dossier annuel, ou déposez la pièce de nouveau.",
    )  # fmt: skip


def _channel(facts: dict[str, Any]) -> str:
    from facturier.server.documents.models import Flow  # noqa: PLC0415 - a word of it, for people

    return str(Flow.Channel(facts["deposit"]["channel"]).label)


def _checked(read: _Read) -> Link:
    name = "Contrôle de conformité"
    proofs = []
    for one, facts in read.of(Kind.DOCUMENT):
        verdict = facts["verdict"]
        checked = [f"{b['id']} {b['version']}" for b in verdict["books"] if b["state"] == "checked"]
        said = "Conforme" if verdict["outcome"] == "valid" else "Non conforme"
        found = f", {len(verdict['findings'])} constat(s)" if verdict["findings"] else ""
        proofs.append(read.proof(one, facts, f"{said}{found} : {', '.join(checked)}", MACHINE))
    if proofs:
        return Link(name=name, proofs=tuple(proofs))
    return Link(name=name, missing="Aucun contrôle n'est consigné.",
                remedy="Déposez la pièce de nouveau : elle sera contrôlée.")  # fmt: skip


def _told(document: Document, events: list[Event], read: _Read) -> Link:
    """All statuses but those of the payment."""
    proofs = _statuses(read, lambda code: code not in (PAID, PAYMENT_SENT))
    name = "Statuts échangés"
    is_received = document.direction == document.Side.RECEIVED
    approved = {"204", "205", "206", "210"} & {one.code for one in events}
    if is_received and not approved:
        return Link(
            name=name,
            proofs=proofs,
            missing="Personne ne s'est prononcé sur la facture reçue.",
            remedy="Page de la pièce : approuvez-la ou refusez-la.",
        )
    if proofs:
        return Link(name=name, proofs=proofs)
    return Link(name=name, missing="Aucun statut.", remedy="Voyez la page de la pièce.")


def _statuses(read: _Read, wanted: Callable[[str], bool]) -> tuple[Proof, ...]:
    return tuple(
        read.proof(one, facts, _said(facts["status"]), said_by(facts["status"]))
        for one, facts in read.of(Kind.STATUS) if wanted(facts["status"]["code"])
    )  # fmt: skip


def _said(told: dict[str, Any]) -> str:
    label = status(int(told["code"])).label
    sums = [
        f"{one['amount']} {one.get('currency', '')}".strip()
        for one in told["amounts"] if one.get("amount")
    ]  # fmt: skip
    paid = f" : {', '.join(sums)}" if sums else ""
    return " ".join(filter(None, (told["code"], f"{label}{paid}", told["reason"], told["comment"])))


_OF_ENTRIES: dict[Kind, Callable[[dict[str, Any]], tuple[str, str | None]]] = {
    Kind.ENTRY_PROPOSED: lambda said: (f"Proposée{_for(said)}", MACHINE),
    Kind.ENTRY_VALIDATED: lambda said: (
        f"Validée, {said['journal']} {said['number']}", said["validated_by"]
    ),
    Kind.ENTRY_WITHDRAWN: lambda said: (f"Retirée{_for(said)}", MACHINE),
}  # fmt: skip
"""Kind of envelope → its words and who did it."""


def _for(said: dict[str, Any]) -> str:
    """Name the status that an entry was withdrawn, or proposed, for."""
    cause = said.get("cause")
    return f" après « {status(int(cause['code'])).label} » ({cause['code']})" if cause else ""


def _booking(entry: Entry, read: _Read) -> Link:
    proofs = []
    for one, facts in read.of(*_OF_ENTRIES):
        said = facts["entry"]
        if said["id"] == entry.pk:
            words, who = _OF_ENTRIES[Kind(one.kind)](said)
            proofs.append(read.proof(one, facts, f"{words} : {said['label']}", who or ""))
    if not proofs and entry.document_id is None:
        proofs = [Proof(what=f"{entry.journal.code} {entry.number or 'proposée'}",
                        at=entry.validated_at, who=str(entry.validated_by or ""))]  # fmt: skip
    name = "Écriture comptable"
    if entry.state == entry.State.PROPOSED:
        return Link(
            name=name,
            proofs=tuple(proofs),
            missing="L'écriture n'est pas validée.",
            remedy="Page « Écritures » : validez-la.",
        )
    opposite = getattr(entry, "reversed_by", None)
    if opposite is not None and opposite.state == entry.State.PROPOSED:
        return Link(
            name=name,
            proofs=tuple(proofs),
            missing="Sa contre-passation est proposée, pas encore validée.",
            remedy="Page « Écritures » : validez-la.",
        )
    return Link(name=name, proofs=tuple(proofs))


def _payment(document: Document, events: list[Event], read: _Read) -> Link:
    name = "Paiement"
    proofs = _statuses(read, lambda code: code in (PAID, PAYMENT_SENT))
    if proofs:
        return Link(name=name, proofs=proofs)
    refused = {"210", "213", "220", "501"} & {one.code for one in events}
    today = timezone.localdate()
    is_due = not refused and (document.due_date is None or document.due_date <= today)
    until = f" (échéance le {document.due_date:%d/%m/%Y})" if document.due_date else ""
    return Link(
        name=name,
        missing=f"Aucun paiement n'est consigné{until}.",
        is_due=is_due,
        remedy="Page de la pièce : enregistrez l'encaissement (212) ou le paiement transmis (211).",
    )


def _lettering(entry: Entry) -> Link:
    name = "Lettrage"
    lines: list[EntryLine] = [one for one in entry.lines.all() if one.auxiliary]
    proofs = tuple(
        Proof(what=f"{one.account} {one.auxiliary} : lettre {one.letter}, le "
                   f"{one.lettered_on:%d/%m/%Y}" if one.lettered_on else f"lettre {one.letter}")
        for one in lines if one.letter
    )  # fmt: skip
    if proofs or not lines:
        return Link(name=name, proofs=proofs)
    return Link(
        name=name,
        missing="Le compte de tiers n'est pas lettré.",
        is_due=False,
        remedy="Lettrez le compte de tiers dans votre logiciel de tenue, une fois payé.",
    )


# --- on paper -------------------------------------------------------------------------------------


def pdf(trail: Trail) -> bytes:
    """Return the trail as PDF."""
    entry, now = trail.entry, timezone.localtime()
    missing = len(trail.missing)
    return record.pdf(
        Record(
            title="Piste d'audit",
            subtitle=f"{entry.dossier.name} · {entry.journal.code} {entry.number or 'proposée'}",
            verdict=f"{missing} maillon(s) à compléter, nommé(s) ci-dessous." if missing
            else "Tous les maillons sont là.",
            facts=(
                ("SIREN", entry.dossier.siren),
                ("Écriture", f"{entry.date:%d/%m/%Y} {entry.label}"),
                ("Pièce", entry.piece or "aucune"),
                ("Établie le", f"{now:%d/%m/%Y à %H:%M:%S} (heure de Paris)"),
            ),
            tables=[_table(one) for one in trail.links],
            foot=(FOOT,),
        ),
        issued=now.date(),
    )  # fmt: skip


FOOT = (
    "Chaque preuve est une enveloppe de la chaîne du dossier (rang et SHA-256) ; fichiers et "
    "enveloppes ont été relus et comparés à leur empreinte au moment de l'impression. Commande et "
    "bon de livraison sont prouvés comme cités par la facture ; les documents eux-mêmes ne sont "
    "pas conservés ici. CGI, art. 289, VII, 1°."
)


def _table(link: Link) -> Table:
    rows = [
        (
            one.what if one.is_intact else f"{one.what} : ALTÉRÉ depuis",
            f"{timezone.localtime(one.at):%d/%m/%Y %H:%M}" if one.at else "", one.who,
            f"n° {one.envelope}, {one.hash}" if one.envelope else "",
        )
        for one in link.proofs
    ]  # fmt: skip
    if link.missing:
        rows.append((f"Manque : {link.missing} {link.remedy}", "", "", ""))
    return Table(
        heading=link.name, columns=("Quoi", "Quand", "Qui", "Enveloppe"), rows=rows,
        widths=(5, 2, 3, 5),
    )  # fmt: skip
