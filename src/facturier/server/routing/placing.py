"""An invoice that arrives goes where the rules send it, in the transaction that takes it in.

To another dossier of the company it goes whole, before it is a document here: its parcel and its
flow change dossier, the statuses that follow go after it. Whatever cannot be reached, the invoice
stays, with a problem that somebody has to settle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from facturier.server import sight
from facturier.server.api.models import Notice
from facturier.server.archive import keeping
from facturier.server.connections.models import lives_elsewhere
from facturier.server.documents.models import Envelope, Flow
from facturier.server.firm.models import Dossier, Person
from facturier.server.jobs.wake import wake
from facturier.server.routing import handing
from facturier.server.routing.deciding import Facts, facts_of, first_met
from facturier.server.routing.models import Placement, Rule

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.journey import Examined
    from facturier.server.documents.models import Document

COMES_FROM = "placed"
"""Key in the body of a parcel that a rule sent here: why, in French."""
OTHERWISE = "Sinon : aucune règle ne s'applique, la facture reste dans ce dossier."
BY_HAND = "Déposée à la main dans ce dossier : elle y reste."


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the rules say of one invoice."""

    facts: Facts
    rule: Rule | None
    """None: no rule applies."""
    problem: str = ""
    """Why a target cannot be reached, in French."""

    @property
    def sentence(self) -> str:
        """Why the invoice goes where it goes, in French."""
        return f"Règle {self.rule.rank} : {self.rule.sentence}" if self.rule else OTHERWISE

    @property
    def leaves(self) -> bool:
        """Whether the invoice goes to another dossier."""
        return bool(self.rule and self.rule.to_dossier_id and not self.problem)


def rules_of(dossier: int) -> QuerySet[Rule]:
    """Return the rules in force of the dossier with this id, in their order."""
    return Rule.objects.filter(dossier_id=dossier, retired_at=None).order_by("rank", "pk")


def facts_about(examined: Examined, address: str = "") -> Facts:
    """Return what the rules may ask of an invoice that arrived at `address`."""
    summary = examined.summary
    name = summary.buyer_name if examined.self_billed else summary.seller_name
    return facts_of(
        examined.reading.invoice, issuer=(examined.issuer_siren, name or ""),
        address=address or examined.receiver_address,
    )  # fmt: skip


def decided(dossier: Dossier, facts: Facts) -> Decision:
    """Return what the rules in force of `dossier`, which is in sight, say."""
    found = first_met(rules_of(dossier.pk), facts)
    problem = " ".join(_problems(dossier, found)) if found else ""
    return Decision(facts=facts, rule=found, problem=problem)


def _problems(dossier: Dossier, rule: Rule) -> list[str]:
    found = []
    if rule.to_dossier_id is not None:
        found.append(why_not_to(dossier, rule.to_dossier_id))
    if rule.person_id is not None and not works_in(rule.person_id, dossier):
        found.append("La personne qu'elle nomme n'a plus accès à ce dossier.")
    if "webhook" in rule.named and rule.webhook_id is None:
        found.append("L'application qu'elle nomme n'est plus abonnée.")
    if "person" in rule.named and rule.person_id is None:
        found.append("La personne qu'elle nomme n'existe plus.")
    found += handing.problems(rule)
    return [one for one in found if one]


def why_not_to(dossier: Dossier, target: int) -> str:
    """Return why no invoice of `dossier` can go to the dossier with the id `target`; else empty."""
    with sight.of([dossier.pk, target]):
        found = Dossier.objects.filter(pk=target).first()
        if found is None or found.cabinet_id != dossier.cabinet_id:
            return "Le dossier qu'elle nomme n'est pas du même cabinet."
        if found.siren != dossier.siren:
            return f"« {found.name} » est une autre entreprise (SIREN {found.siren})."
        if found.pk == dossier.pk:
            return "Elle envoie la facture au dossier où elle est."
        if lives_elsewhere(dossier.pk):
            return "Ce dossier vit sur une autre plateforme : ses factures y restent."
        if lives_elsewhere(target):
            return f"« {found.name} » vit sur une autre plateforme : rien ne peut y être placé."
    return ""


def works_in(person: int, dossier: Dossier) -> bool:
    """Whether the person with this id is active and may see `dossier`."""
    found = Person.objects.filter(pk=person).first()
    seen = Dossier.objects.visible_to(found) if found else Dossier.objects.none()
    return seen.filter(pk=dossier.pk).exists()


# --- doing it -------------------------------------------------------------------------------------


def arrive(flow: Flow, examined: Examined) -> Decision | None:
    """Decide where an invoice from the network goes; None when it has left for another dossier.

    In the transaction of its treatment; the dossier of `flow` is in sight.
    """
    envelope = Envelope.objects.get(dossier_id=flow.dossier_id, key=_key(flow))
    facts = facts_about(examined, envelope.recipient_address)
    found = decided(flow.dossier, facts)
    comes_from = envelope.body.get(COMES_FROM, "")
    if comes_from and found.rule is not None and found.rule.to_dossier_id is not None:
        found = Decision(facts=facts, rule=None)  # it was sent here: it goes no further
    if not found.leaves:
        return found
    assert found.rule is not None
    assert found.rule.to_dossier_id is not None
    summary = examined.summary
    words = f"{summary.number or 'sans numéro'} · {summary.seller_name or 'vendeur inconnu'}"
    if not _move(flow, envelope, found.rule.to_dossier_id, found.sentence):
        return Decision(facts=facts, rule=found.rule, problem="Le même pli y est déjà.")
    Placement.objects.create(
        dossier_id=envelope.dossier_id, rule=found.rule, sentence=found.sentence,
        facts=facts.kept(), external_id=envelope.external_id,
        gone_to=found.rule.to_dossier_id, name=words[:255],
    )  # fmt: skip
    return None


def follow(flow: Flow, external_id: str) -> bool:
    """Send a status after the invoice that it speaks of, if that went to another dossier."""
    if not external_id or not flow.message_key:
        return False
    gone = Placement.objects.filter(
        dossier_id=flow.dossier_id, external_id=external_id
    ).exclude(gone_to=None).first()  # fmt: skip
    if gone is None or gone.gone_to is None:
        return False
    envelope = Envelope.objects.get(dossier_id=flow.dossier_id, key=_key(flow))
    return _move(flow, envelope, gone.gone_to, gone.sentence)


def _key(flow: Flow) -> str:
    assert flow.message_key is not None, flow.pk
    return flow.message_key.removeprefix(f"{flow.dossier_id}:")


def _move(flow: Flow, envelope: Envelope, target: int, why: str) -> bool:
    """Give a flow and its parcel to another dossier; False when that has the parcel already."""
    with sight.of([flow.dossier_id, target]):
        if Envelope.objects.filter(dossier_id=target, key=envelope.key).exists():
            return False
        body = {**envelope.body, COMES_FROM: f"Venue de « {flow.dossier.name} ». {why}"}
        Envelope.objects.filter(pk=envelope.pk).update(dossier_id=target, body=body)
        Flow.objects.filter(pk=flow.pk).update(
            dossier_id=target, message_key=f"{target}:{envelope.key}", attempts=0,
            not_before=timezone.now(), last_error="",
        )  # fmt: skip
    wake(target)
    return True


def place(document: Document, examined: Examined, decision: Decision | None) -> Placement | None:
    """Note why a received invoice is here, for whom and in which queue.

    Without a `decision` somebody brought it by hand: the rules say for whom it is, not where. A
    dossier without rules, to which nothing was sent by another's, needs no note.
    """
    by_hand = decision is None
    found = decision or decided(document.dossier, facts_about(examined))
    rule, why = found.rule, found.sentence
    if by_hand and (rule is None or rule.to_dossier_id is not None):
        rule, why, found = None, BY_HAND, Decision(facts=found.facts, rule=None)
    comes_from = "" if by_hand else _comes_from(document.flow)
    if rule is None and not comes_from and not rules_of(document.dossier_id).exists():
        return None
    row = Placement.objects.create(
        dossier_id=document.dossier_id, document=document, rule=rule,
        sentence=f"{comes_from} {why if rule or not comes_from else ''}".strip(),
        person_id=_person(rule, document), label=rule.label if rule else "",
        facts=found.facts.kept(), problem=found.problem,
    )  # fmt: skip
    if rule is not None or comes_from:
        keeping.routed(document, row.sentence, at=row.at, label=row.label, problem=row.problem)
    return row


def _person(rule: Rule | None, document: Document) -> int | None:
    if rule is None or rule.person_id is None:
        return None
    return rule.person_id if works_in(rule.person_id, document.dossier) else None


def _comes_from(flow: Flow) -> str:
    found = Envelope.objects.filter(dossier_id=flow.dossier_id, key=_key(flow)).first()
    return str(found.body.get(COMES_FROM, "")) if found else ""


def tell(placement: Placement, flow: Flow) -> None:
    """Owe the applications that the rule names the invoice, or a call about its finished flow.

    The database calls no such application for received invoices by itself (migration 0002).
    """
    rule = placement.rule
    handing.owe(placement)
    if rule is None or rule.webhook_id is None:
        return
    names = (
        "tracking_id", "name", "processing_rule", "processing_rule_computed", "declared_syntax",
        "declared_profile", "flow_type", "direction", "channel", "ack_status", "ack_details",
    )  # fmt: skip
    now = Flow.objects.get(pk=flow.pk)
    told = {name: getattr(now, name) for name in names} | {
        "flow_id": str(now.flow_id), "submitted_at": now.submitted_at.isoformat(),
        "updated_at": now.updated_at.isoformat(),
    }  # fmt: skip
    Notice.objects.create(dossier_id=flow.dossier_id, webhook_id=rule.webhook_id, flow=told)
