"""Rules of received invoices, and where an invoice would go: our own part of the API."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from facturier.server.api.answers import Refusal
from facturier.server.api.caller import dossier_of, one_of
from facturier.server.api.contract import Camel, Error, Text
from facturier.server.api.documents import TRACED
from facturier.server.api.flows import FAILURES
from facturier.server.api.paging import Key
from facturier.server.documents.models import Document
from facturier.server.routing import placing, trying

if TYPE_CHECKING:
    from facturier.server.routing.models import Rule
    from facturier.server.routing.placing import Decision

router = Router()
LONGEST = 14_000_000
"""Characters of a file in base64: ten megabytes."""


class Asked(Camel):
    """Whose rules."""

    dossier: Annotated[Text, Field(max_length=125)] = ""


class Wanted(Camel):
    """What to try: a received invoice, or a file; nothing of it is kept."""

    dossier: Annotated[Text, Field(max_length=125)] = ""
    document_id: Key | None = None
    content: Annotated[str, Field(max_length=LONGEST)] | None = None
    """The file in base64."""


class Condition(Camel):
    """One question to an invoice."""

    field: str
    operator: str
    value: str


class RuleTold(Camel):
    """One rule in force."""

    id: int
    rank: int
    sentence: str
    conditions: list[Condition]
    label: str | None = None


class Trial(Camel):
    """Where the invoice would go, and what the rules could ask of it."""

    leaves: bool
    """Whether it would go to another dossier."""
    sentence: str
    rule_id: int | None = None
    rule_rank: int | None = None
    label: str | None = None
    problem: str | None = None
    """Why its target cannot be reached: it would stay."""
    facts: dict[str, str]


@router.get("/routing-rules", response={200: list[RuleTold], **FAILURES}, by_alias=True,
            exclude_none=True, openapi_extra=TRACED)  # fmt: skip
def routing_rules(request: HttpRequest, asked: Query[Asked]) -> list[RuleTold]:
    """List the rules of a dossier in their order: the first whose conditions all hold decides."""
    dossier = dossier_of(request, asked.dossier)
    return [_rule(one) for one in placing.rules_of(dossier.pk)]


@router.post("/routing-trials",
             response={200: Trial, 404: Error, 415: Error, 422: Error, **FAILURES},
             by_alias=True, exclude_none=True, openapi_extra=TRACED)  # fmt: skip
def routing_trial(request: HttpRequest, wanted: Wanted) -> Trial:
    """Tell where a received invoice, or a file, would go if it arrived now; nothing is kept."""
    dossier = dossier_of(request, wanted.dossier)
    if wanted.document_id is not None:
        received = Document.objects.filter(dossier=dossier, direction=Document.Side.RECEIVED)
        words = "Cette facture reçue n'existe pas."
        return _trial(trying.of_document(one_of(request, received, wanted.document_id, words)))
    if not wanted.content:
        raise Refusal(400, "INVALID_REQUEST", "Donnez « documentId » ou « content » (base64).")
    try:
        data = base64.b64decode(wanted.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(400, "INVALID_REQUEST", "« content » n'est pas du base64.") from error
    return _trial(trying.of_file(dossier, data))


def _rule(row: Rule) -> RuleTold:
    return RuleTold(
        id=row.pk, rank=row.rank, sentence=row.sentence, label=row.label or None,
        conditions=[Condition(**one) for one in row.asked],
    )  # fmt: skip


def _trial(found: Decision) -> Trial:
    rule = found.rule
    return Trial(
        leaves=found.leaves, sentence=found.sentence, rule_id=rule.pk if rule else None,
        rule_rank=rule.rank if rule else None, label=(rule.label or None) if rule else None,
        problem=found.problem or None, facts=found.facts.kept(),
    )  # fmt: skip
