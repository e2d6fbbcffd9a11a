"""Webhooks of the flow service: subscribe, list, change, unsubscribe; what could not be delivered.

A webhook belongs to the program that subscribed; another program of the same dossier does not see
it. The contract of 1.2 is understood as well (``callback`` and ``metadata``), and its two more
operations are there: one webhook by its id, and its change.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Status
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic.alias_generators import to_camel

from facturier.errors import NetworkFailure
from facturier.network import callback
from facturier.server.api import notices
from facturier.server.api.answers import Refusal, missing
from facturier.server.api.caller import caller_of, dossier_of
from facturier.server.api.contract import (
    AckStatus,
    Camel,
    Error,
    FlowDirection,
    FlowType,
    Instant,
    listed,
)
from facturier.server.api.flows import FAILURES, HEADERS
from facturier.server.api.models import Notice as NoticeRow
from facturier.server.api.models import Webhook as WebhookRow
from facturier.server.firm.models import ApiClient

if TYPE_CHECKING:
    from django.db.models import QuerySet

router = Router()
undelivered = Router()
KEY_BYTES = 32
"""256 bits from the system's generator, as the contract asks of a secure one."""
MOST_WEBHOOKS = 20
"""Of one program and one dossier."""
MOST_SHOWN = 100


def _callable(url: str) -> str:
    try:
        callback.admitted(url, local=settings.LOCAL_HOOKS)
    except NetworkFailure as failure:
        raise ValueError(failure.message) from failure
    return url


class WebhookChange(BaseModel):
    """What is to change; what is not named stays."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    callback_url: (
        Annotated[str, Field(max_length=callback.LONGEST_URL), AfterValidator(_callable)] | None
    ) = None
    flow_types: Annotated[list[FlowType], BeforeValidator(listed)] | None = None
    flow_direction: FlowDirection | None = None
    ack_status: AckStatus | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_in_1_2(cls, given: Any) -> Any:
        """Read the shape of version 1.2."""
        old = given.get("callback") if isinstance(given, dict) else None
        if not isinstance(old, dict) or "callbackUrl" in given:
            return given
        if any(old.get(name) for name in ("authentication", "headers", "signature")):
            raise ValueError(
                "callback : seule l'adresse (url) est servie ; les appels sont signés par la clé "
                "rendue à la création"
            )
        said = given.get("metadata")
        said = said if isinstance(said, dict) else {}
        names = {
            "flowTypes": "flowType",
            "flowDirection": "flowDirection",
            "ackStatus": "ackStatus",
        }
        return {"callbackUrl": old.get("url")} | {
            name: said[word] for name, word in names.items() if said.get(word) is not None
        }


class WebhookParams(WebhookChange):
    """A subscription."""

    callback_url: Annotated[
        str, Field(max_length=callback.LONGEST_URL, json_schema_extra={"format": "uri"}),
        AfterValidator(_callable),
    ]  # fmt: skip


class WebhookCreated(Camel):
    """The signing key is shown this once."""

    webhook_id: str
    signing_key: str
    created_at: Instant


class Webhook(Camel):
    """A subscription, without its key."""

    webhook_id: str
    created_at: Instant
    callback_url: str
    flow_types: list[FlowType] | None = None
    flow_direction: FlowDirection | None = None
    ack_status: AckStatus | None = None


class WebhookList(Camel):
    """The official file demands `webhookIds` and describes `webhooks`: both are there."""

    count: int
    webhooks: list[Webhook]
    webhook_ids: list[str]


class Notice(Camel):
    """A call that is owed."""

    id: int
    webhook_id: str
    flow_id: str
    state: Literal["pending", "failed"]
    attempts: int
    not_before: Instant
    last_error: str | None = None
    created_at: Instant


@router.post("", response={201: WebhookCreated, **FAILURES}, by_alias=True,
             openapi_extra=HEADERS, operation_id="createWebhook")  # fmt: skip
def create_webhook(request: HttpRequest, asked: WebhookParams) -> Status[WebhookCreated]:
    """Subscribe: from now on, changes of flows of the dossier are told to the address."""
    dossier = dossier_of(request)
    client = ApiClient.objects.get(client_id=caller_of(request).client)
    if WebhookRow.objects.filter(client=client, dossier=dossier).count() >= MOST_WEBHOOKS:
        words = f"Un programme a au plus {MOST_WEBHOOKS} webhooks par dossier."
        raise Refusal(400, "TOO_MANY_WEBHOOKS", words)
    key = secrets.token_bytes(KEY_BYTES)
    row = WebhookRow(client=client, dossier=dossier, sealed_key=notices.sealed(key))
    _change(row, asked)
    made = WebhookCreated(
        webhook_id=str(row.webhook_id), signing_key=base64.b64encode(key).decode(),
        created_at=row.created_at,
    )  # fmt: skip
    return Status(201, made)


@router.get("", response={200: WebhookList, **FAILURES}, by_alias=True, exclude_none=True,
            openapi_extra=HEADERS, operation_id="listWebhooks")  # fmt: skip
def list_webhooks(request: HttpRequest) -> WebhookList:
    """List the webhooks of this program, those of one dossier when it is named."""
    own = _own(request)
    if "Organization-Id" in request.headers:
        own = own.filter(dossier=dossier_of(request))
    found = [_told(one) for one in own.order_by("pk")]
    return WebhookList(
        count=len(found), webhooks=found, webhook_ids=[one.webhook_id for one in found]
    )


@router.get("/{webhookUid}", response={200: Webhook, 404: Error, **FAILURES}, by_alias=True,
            exclude_none=True, openapi_extra=HEADERS, operation_id="getWebhook")  # fmt: skip
def get_webhook(
    request: HttpRequest, webhook_uid: Annotated[str, Path(alias="webhookUid")]
) -> Webhook:
    """Tell one subscription (an operation of version 1.2)."""
    return _told(_one(request, webhook_uid))


@router.patch("/{webhookUid}", response={204: None, 404: Error, **FAILURES}, by_alias=True,
              openapi_extra=HEADERS, operation_id="updateWebhook")  # fmt: skip
def change_webhook(
    request: HttpRequest, webhook_uid: Annotated[str, Path(alias="webhookUid")],
    asked: WebhookChange,
) -> HttpResponse:  # fmt: skip
    """Change a subscription (an operation of version 1.2); its key stays."""
    _change(_one(request, webhook_uid), asked)
    return HttpResponse(status=204)


@router.delete("/{webhookUid}", response={204: None, 404: Error, **FAILURES}, by_alias=True,
               openapi_extra=HEADERS, operation_id="deleteWebhook")  # fmt: skip
def delete_webhook(
    request: HttpRequest, webhook_uid: Annotated[str, Path(alias="webhookUid")]
) -> HttpResponse:
    """Unsubscribe: nothing more is told, what was still owed neither."""
    _one(request, webhook_uid).delete()
    return HttpResponse(status=204)


@undelivered.get("", response={200: list[Notice], **FAILURES}, by_alias=True, exclude_none=True)
def list_notices(
    request: HttpRequest, state: Literal["pending", "failed"] = "failed"
) -> list[Notice]:
    """List calls of this program's webhooks that were given up, or that wait; the latest first."""
    owed = NoticeRow.objects.filter(webhook__in=_own(request), state=state)
    return [_owed(one) for one in owed.select_related("webhook").order_by("-pk")[:MOST_SHOWN]]


@undelivered.post("/{notice_id}/retry", response={204: None, 404: Error, **FAILURES},
                  by_alias=True)  # fmt: skip
def retry_notice(
    request: HttpRequest, notice_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> HttpResponse:
    """Take up a call that was given up."""
    failed = NoticeRow.objects.filter(webhook__in=_own(request), state=NoticeRow.State.FAILED)
    found = failed.filter(pk=notice_id).first()
    if found is None:
        raise missing("Cet appel n'existe pas, ou n'a pas été abandonné.")
    notices.try_again(found)
    return HttpResponse(status=204)


def _own(request: HttpRequest) -> QuerySet[WebhookRow]:
    caller = caller_of(request)
    return WebhookRow.objects.filter(client__client_id=caller.client, dossier__in=caller.dossiers)


def _one(request: HttpRequest, uid: str) -> WebhookRow:
    """Return a webhook of this program. Raises `Refusal` (404)."""
    try:
        found = _own(request).filter(webhook_id=uuid.UUID(uid)).first()
    except ValueError:
        found = None
    if found is None:
        raise missing("Ce webhook n'existe pas.")
    return found


def _change(row: WebhookRow, asked: WebhookChange) -> None:
    for name, value in asked.model_dump(exclude_unset=True, by_alias=False).items():
        empty: Any = [] if name == "flow_types" else ""
        setattr(row, name, empty if value is None else value)
    if not row.callback_url:
        raise Refusal(400, "MISSING_REQUIRED_FIELD", "L'adresse de rappel (callbackUrl) manque.")
    row.save()


def _told(row: WebhookRow) -> Webhook:
    return Webhook(
        webhook_id=str(row.webhook_id), created_at=row.created_at, callback_url=row.callback_url,
        flow_types=row.flow_types or None,
        flow_direction=row.flow_direction or None,  # type: ignore[arg-type]  # checked on the way in
        ack_status=row.ack_status or None,  # type: ignore[arg-type]
    )  # fmt: skip


def _owed(row: NoticeRow) -> Notice:
    return Notice(
        id=row.pk, webhook_id=str(row.webhook.webhook_id), flow_id=row.flow["flow_id"],
        state="failed" if row.state == NoticeRow.State.FAILED else "pending",
        attempts=row.attempts, not_before=row.not_before,
        last_error=row.last_error or None, created_at=row.created_at,
    )  # fmt: skip
