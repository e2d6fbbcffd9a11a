"""Keeps the register of mandates, finds the one that covers an invoice, refuses without it.

What a dossier issues in somebody's name is refused without a mandate in force on the day of the
invoice; what arrives from elsewhere is taken in, and shown as an anomaly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from facturier import formats
from facturier.errors import FacturierError, NotOurs, RefusedByUs
from facturier.server import clock
from facturier.server.documents import store
from facturier.server.documents.deposit import remember, row_of
from facturier.server.documents.models import NOT_ISSUED
from facturier.server.mandates import series
from facturier.server.mandates.models import Mandate, MandatedDocument
from facturier.server.mandates.writing_for import Kind, Written, outside, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.invoice.model import Invoice
    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Dossier, Person

NO_MANDATE = "no-mandate"
"""Reason of the refusal."""
LARGEST_EVIDENCE = 20 * 1024 * 1024
MADE_AVAILABLE = "203"
ANSWERED = frozenset({"205", "206", "207", "208", "210", "212", "220"})
"""Statuses after which nobody waits for the seller's acceptance any more."""


# --- the register --------------------------------------------------------------------------------


def record(
    dossier: Dossier, facts: dict[str, Any], evidence: tuple[str, bytes] | None, by: Person | None
) -> Mandate:
    """Keep a mandate with the file that proves it; what waited for it is looked at again.

    `facts` are fields of :class:`Mandate`. Raises RefusedByUs for a mandate without the dossier,
    for a series that another mandate has, and for a file that is too large.
    """
    mandate = Mandate(dossier=dossier, by=by, at=clock.now(), **facts)
    mandate.last_number = mandate.used_before
    _sayable(mandate, evidence)
    with transaction.atomic():
        if evidence is not None:
            mandate.evidence_name = evidence[0][:200]
            mandate.evidence = remember(row_of(evidence[1]))
        mandate.save()
        _look_again(mandate)
    return mandate


def _sayable(mandate: Mandate, evidence: tuple[str, bytes] | None) -> None:
    dossier = mandate.dossier
    if dossier.siren not in (mandate.giver_siren, mandate.agent_siren):
        raise RefusedByUs(
            f"Ce mandat n'est ni donné ni reçu par {dossier.name}.", reason="not-ours",
            remedy="Inscrivez-le dans le dossier du vendeur ou de qui écrit.",
        )  # fmt: skip
    if mandate.giver_siren == mandate.agent_siren:
        raise RefusedByUs(
            "Le vendeur n'a pas besoin d'un mandat pour ses propres factures.", reason="same",
            remedy="Vérifiez le SIREN de l'autre partie.",
        )  # fmt: skip
    if evidence is not None and len(evidence[1]) > LARGEST_EVIDENCE:
        raise RefusedByUs("La pièce dépasse 20 Mo.", reason="too-large", remedy="Réduisez-la.")
    for other in dossier.mandates.exclude(prefix="") if mandate.prefix else ():
        if other.prefix.startswith(mandate.prefix) or mandate.prefix.startswith(other.prefix):
            raise RefusedByUs(
                f"La série « {mandate.prefix} » se confond avec celle de {other} "
                f"(« {other.prefix} »).", reason="series-taken",
                remedy="Une série par vendeur et par mandat : choisissez un autre préfixe.",
            )  # fmt: skip


def end(mandate: Mandate, on: date, why: str, by: Person) -> None:
    """End `mandate`: `on` is its last day. Raises RefusedByUs before its first day, or twice."""
    if on < mandate.starts_on:
        raise RefusedByUs(
            f"Ce mandat commence le {mandate.starts_on:%d/%m/%Y}.", reason="order",
            remedy="Donnez un jour de fin qui ne le précède pas.",
        )  # fmt: skip
    with transaction.atomic():
        row = Mandate.objects.select_for_update().get(pk=mandate.pk)
        if row.ended_at is not None:
            raise RefusedByUs("La fin de ce mandat est déjà inscrite.", reason="ended")
        row.ends_on, row.ended_why, row.ended_by = on, why.strip()[:200], by
        row.ended_at = clock.now()
        row.save()


def _look_again(mandate: Mandate) -> None:
    """Attach to a new mandate the invoices that came without one, and that it covers."""
    waiting = MandatedDocument.objects.filter(dossier=mandate.dossier_id, mandate=None)
    for row in waiting.filter(kind=mandate.kind).select_related("document__dossier"):
        try:
            follow(row.document, formats.read(store.get(row.document.sha256)).invoice)
        except (FacturierError, store.MissingBytes):
            continue  # an invoice whose file was purged: it stays as it was


# --- which one covers an invoice -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The mandate that covers an invoice, or why there is none."""

    mandate: Mandate | None
    why_none: str = ""


def covering(dossier: Dossier, invoice: Invoice, said: Written) -> Found:
    """Return the mandate in the register of `dossier` under which `invoice` was written.

    It is in force on the day of the invoice (BT-2) and its scope covers the type and each line.
    """
    day = invoice.issue_date or timezone.localdate()
    known = [
        one for one in dossier.mandates.filter(kind=said.kind.value)
        if said.giver.is_same(one.giver_siren, one.giver_name)
        and said.agent.is_same(one.agent_siren, one.agent_name)
    ]  # fmt: skip
    if not known:
        return Found(mandate=None, why_none="Aucun n'est inscrit entre ces deux entreprises.")
    in_force = [one for one in known if one.is_in_force(day)]
    if not in_force:
        return Found(mandate=None, why_none=_when(known[0], day))
    refusals = {one: outside(invoice, one.types, one.products) for one in in_force}
    inside = [one for one, why in refusals.items() if not why]
    if inside:
        return Found(mandate=series.own_series_first(inside, invoice.number or ""))
    first = in_force[0]
    return Found(
        mandate=None,
        why_none=f"Celui du {first.starts_on:%d/%m/%Y} ne la couvre pas : {refusals[first]}.",
    )


def _when(mandate: Mandate, day: date) -> str:
    if day < mandate.starts_on:
        return f"Le mandat ne commence que le {mandate.starts_on:%d/%m/%Y}."
    return f"Le mandat a pris fin le {mandate.ends_on:%d/%m/%Y}."


def must_hold(dossier: Dossier, invoice: Invoice) -> None:
    """Refuse what `dossier` would issue in somebody's name without a mandate: raises NotOurs."""
    said = written(invoice)
    if said is None:
        return
    found = covering(dossier, invoice, said)
    if found.mandate is None:
        what = "auto-facturée" if said.kind is Kind.SELF_BILLING else "établie par un tiers"
        raise NotOurs(
            f"La facture {invoice.number} est {what} : {said.agent.name or 'qui écrit'} n'a pas "
            f"de mandat de {said.giver.name or 'son vendeur'} à la date de la facture. "
            f"{found.why_none}",
            reason=NO_MANDATE,
            remedy="Inscrivez le mandat à la page « Mandats » (Réglages), puis « Réessayer ».",
        )


def follow(document: Document, invoice: Invoice) -> MandatedDocument | None:
    """Keep under which mandate `document` was written.

    None when the seller wrote it, and for its buyer, who has no part in the mandate.
    """
    said = written(invoice)
    if said is None or document.dossier.siren not in (said.giver.siren, said.agent.siren):
        return None
    found = covering(document.dossier, invoice, said)
    facts = {
        "mandate": found.mandate, "why_none": found.why_none, "kind": said.kind.value,
        "giver_siren": said.giver.siren, "giver_name": said.giver.name[:300],
        "agent_siren": said.agent.siren, "agent_name": said.agent.name[:300],
        "counter": series.rank(found.mandate, document.number) if found.mandate else None,
    }  # fmt: skip
    row, _ = MandatedDocument.objects.update_or_create(
        document=document, defaults=facts | {"dossier_id": document.dossier_id}
    )
    if found.mandate is not None and row.counter is not None:
        series.reach(found.mandate, row.counter)
    return row


# --- contesting ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Until when the seller may contest an invoice written in its name."""

    until: date | None
    """None: no delay, each invoice waits for the seller's word (tacit mandate, or none)."""
    is_over: bool
    is_answered: bool
    """Whether the seller said something already."""

    @property
    def sentence(self) -> str:
        """What it means, in French."""
        if self.is_answered:
            return "Le vendeur s'est prononcé."
        if self.until is None:
            return (
                "Sans mandat écrit, le silence ne vaut pas acceptation : le vendeur approuve (205) "
                "ou conteste chaque facture (CGI, art. 289, I-2)."
            )
        if self.is_over:
            return (
                f"Le délai pour contester a pris fin le {self.until:%d/%m/%Y} : le silence du "
                "vendeur vaut acceptation (CGI, ann. II, art. 242 nonies)."
            )
        return (
            f"Le vendeur peut la contester (207, 206) ou la refuser (210) jusqu'au "
            f"{self.until:%d/%m/%Y} inclus ; ensuite son silence vaut acceptation."
        )


def contest_of(document: Document, events: Iterable[Any]) -> Contest | None:
    """Return how long the seller may contest a self-billed `document`; None for any other."""
    row = getattr(document, "mandated", None)
    if row is None or row.kind != Kind.SELF_BILLING or document.state in NOT_ISSUED:
        return None
    return contest(row, events, timezone.localdate())


def contest(row: MandatedDocument, events: Iterable[Any], today: date) -> Contest:
    """Return the delay to contest the invoice of `row`; `events` are its statuses, in order.

    The days are counted from the day after it was made available to the seller (203).
    """
    said = list(events)
    codes = {one.code for one in said}
    available = next((one.at for one in said if one.code == MADE_AVAILABLE), None)
    mandate = row.mandate
    until = None
    if mandate is not None and mandate.is_written and available is not None:
        until = timezone.localdate(available) + timedelta(days=mandate.contest_days)
    return Contest(
        until=until, is_over=until is not None and today > until,
        is_answered=bool(codes & ANSWERED),
    )  # fmt: skip
