"""Rules are written, moved and taken away; what they are stays for what they decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facturier.errors import RefusedByUs
from facturier.server import ranked, sight
from facturier.server.firm.models import Dossier, DossierAccess, Membership, Person
from facturier.server.routing import handing, placing
from facturier.server.routing.models import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from facturier.server.api.models import Webhook
    from facturier.server.routing.deciding import Condition

MOST_CONDITIONS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Where a rule sends an invoice; at least one is said."""

    dossier: Dossier | None = None
    person: Person | None = None
    label: str = ""
    webhook: Webhook | None = None
    folder: str = ""
    """Of another application (:func:`.handing.folder_of`)."""
    mail: str = ""
    """Of another application."""

    @property
    def named(self) -> list[str]:
        """Which of them are said."""
        return [name for name in self.__dataclass_fields__ if getattr(self, name)]

    def __str__(self) -> str:
        words = []
        if self.dossier:
            words.append(f"elle va au dossier « {self.dossier.name} »")
        if self.person:
            words.append(f"elle est pour {self.person}")
        if self.label:
            words.append(f"elle va dans la file « {self.label} »")
        if self.webhook:
            words.append(f"elle est signalée à l'application {self.webhook.client}")
        if self.folder:
            words.append(f"elle est déposée dans le dossier de dépôt « {self.folder} »")
        if self.mail:
            words.append(f"elle est envoyée par courriel à {self.mail}")
        return " et ".join(words)


def drafted(
    dossier: Dossier, conditions: Sequence[Condition], targets: Targets, *, rank: int = 0,
    by: Person | None = None,
) -> Rule:  # fmt: skip
    """Return a rule that is not kept yet. Raises `RefusedByUs` with what is wrong in it."""
    for one in conditions:
        if one.objection:
            raise RefusedByUs(one.objection, reason="routing-condition")
    if not conditions:
        raise RefusedByUs(
            "Une règle a une condition au moins : ce qui vaut pour toutes les autres factures "
            "est « sinon », qui est toujours là.", reason="routing-condition",
        )  # fmt: skip
    if not targets.named:
        raise RefusedByUs("Dites où va la facture : un dossier, une personne, une file, une "
                          "application, un dossier de dépôt ou un courriel.",
                          reason="routing-target")  # fmt: skip
    why = _why_not(dossier, targets)
    if why:
        raise RefusedByUs(why, reason="routing-target")
    asked = [
        {"field": one.field.value, "operator": one.operator.value, "value": one.value.strip()}
        for one in conditions
    ]
    return Rule(
        dossier=dossier, rank=rank, asked=asked, to_dossier=targets.dossier, person=targets.person,
        label=targets.label, webhook=targets.webhook, folder=targets.folder, mail=targets.mail,
        named=targets.named, created_by=by,
        sentence=f"si {' et '.join(map(str, conditions))}, alors {targets}.",
    )  # fmt: skip


def _why_not(dossier: Dossier, targets: Targets) -> str:
    if targets.dossier is not None and (why := placing.why_not_to(dossier, targets.dossier.pk)):
        return why
    if targets.person is not None and not placing.works_in(targets.person.pk, dossier):
        return f"{targets.person} n'a pas accès à ce dossier."
    if targets.webhook is not None and targets.webhook.dossier_id != dossier.pk:
        return "Cette application n'est pas abonnée à ce dossier."
    return _why_not_handed(targets)


def _why_not_handed(targets: Targets) -> str:
    """Return why no other application can get the invoices, in French; else empty."""
    if targets.dossier is not None and (targets.folder or targets.mail):
        return "Partie vers un autre dossier, la facture suit les règles de celui-là."
    if targets.folder and (why := handing.why_not_into(targets.folder)):
        return why
    return handing.why_not_by_mail() if targets.mail else ""


def keep(rule: Rule, *, instead_of: Rule | None = None) -> Rule:
    """Keep a drafted rule: last, or in the place of another, which is retired."""
    return ranked.keep(rule, placing.rules_of(rule.dossier_id), instead_of=instead_of)


def retire(rule: Rule) -> None:
    """Take a rule away; those behind it move up."""
    ranked.retire(rule, placing.rules_of(rule.dossier_id))


def move(rule: Rule, by: int) -> None:
    """Ask a rule earlier (-1) or later (+1)."""
    ranked.move(rule, placing.rules_of(rule.dossier_id), by)


def people_of(dossier: Dossier) -> QuerySet[Person]:
    """Return the people who see `dossier`, which is in sight, among those in sight."""
    with sight.of([dossier.pk], [dossier.cabinet_id]):
        led = Membership.objects.filter(
            cabinet=dossier.cabinet_id, role=Membership.Role.EXPERT_COMPTABLE
        ).values_list("person", flat=True)
        opened = DossierAccess.objects.filter(dossier=dossier).values_list("person", flat=True)
        seen = {*led, *opened}
    return Person.objects.filter(pk__in=seen, is_active=True)
