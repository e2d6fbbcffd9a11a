"""Search of flows: criteria, order, pages."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q

from facturier.server.api.answers import Refusal
from facturier.server.api.contract import AnsweredFilters, SearchFlowContent, flow_of, in_utc
from facturier.server.documents.models import Flow

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.server.api.contract import SearchFlowFilters, SearchFlowParams
    from facturier.server.firm.models import Dossier

SETTLED = """
SELECT greatest(least(clock_timestamp(), min(xact_start)), clock_timestamp() - interval '1 minute')
FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""
"""Before this instant no change can appear any more: each change is dated after the start of its
transaction, so what is not yet committed is later than the oldest transaction that writes. Nothing
of ours writes for a minute."""


def search(dossier: Dossier, asked: SearchFlowParams) -> SearchFlowContent:
    """Return a page of the flows of `dossier`, in the order in which they changed.

    Raises `Refusal` (400) without any criterion, or with a cursor that is none of ours.
    """
    where = _criteria(asked.where)
    if not where:
        raise Refusal(400, "MISSING_REQUIRED_FIELD", "Donnez au moins un critère dans « where ».")
    flows = Flow.objects.filter(*where, dossier=dossier)
    if asked.where.tracking_id is None:
        flows = flows.filter(updated_at__lt=_settled())
    if asked.cursor is not None:
        flows = _after(flows, asked.cursor)
    found = list(flows.order_by("updated_at", "flow_id")[: asked.limit + 1])
    page = found[: asked.limit]
    return SearchFlowContent(
        limit=asked.limit,
        next_cursor=_cursor(page[-1]) if len(found) > len(page) else None,
        filters=AnsweredFilters(**asked.where.model_dump(exclude_none=True)),
        results=[flow_of(one) for one in page],
    )


def _criteria(where: SearchFlowFilters) -> list[Q]:
    """Return what the criteria demand of the rows; an empty list demands nothing."""
    wanted: dict[str, Any] = {
        "updated_at__gt": where.updated_after,
        "updated_at__lt": where.updated_before,
        "tracking_id": where.tracking_id,
        "ack_status": where.ack_status,
        "processing_rule__in": _or_not_said(where.processing_rule),
        "flow_type__in": where.flow_type,
        "direction__in": where.flow_direction,
    }
    return [Q(**{name: value}) for name, value in wanted.items() if value not in (None, [])]


def _or_not_said(rules: list[Any] | None) -> list[str] | None:
    return [*rules, ""] if rules and "Undefined" in rules else rules


def _settled() -> datetime:
    """Return the instant before which nothing can appear any more.

    A client that goes on from the last date it saw would never see what is committed later with an
    earlier date. It must be read before the rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(SETTLED)
        (instant,) = cursor.fetchone()
    assert isinstance(instant, datetime)
    return instant


def _cursor(flow: Flow) -> str:
    place = json.dumps([flow.updated_at.isoformat(), str(flow.flow_id)])
    return base64.urlsafe_b64encode(place.encode()).decode()


def _after(flows: QuerySet[Flow], cursor: str) -> QuerySet[Flow]:
    try:
        instant, flow_id = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        at, last = in_utc(datetime.fromisoformat(instant)), uuid.UUID(flow_id)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise Refusal(400, "INVALID_FIELD", "Ce curseur n'est pas de cette plateforme.") from error
    return flows.filter(Q(updated_at__gt=at) | Q(updated_at=at, flow_id__gt=last))
