"""A change is asked of what was seen (``If-Match``), and happens once (``Idempotency-Key``).

The key belongs to a program and a dossier. Its row is written in the transaction of the change: a
repetition that arrives meanwhile waits, and then gets the first answer; what was refused leaves no
row, so that it may be asked again with the same key. An answer is remembered a week.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.http import parse_etags
from ninja import Status

from facturier.server.api.answers import Refusal
from facturier.server.api.caller import caller_of
from facturier.server.api.flows import REQUEST_ID
from facturier.server.api.models import Answered
from facturier.server.security.attempts import key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from facturier.server.api.contract import Camel
    from facturier.server.firm.models import Dossier

LONGEST_KEY = 128
REMEMBERED = timedelta(days=7)
"""How long a repeated deposit or change is known again."""
CLAIM = """
INSERT INTO api_answered (dossier_id, client_id, key, fingerprint, status, body, at)
VALUES (%s, %s, %s, %s, 0, '{}', clock_timestamp()) ON CONFLICT DO NOTHING RETURNING id
"""
"""Waits for who is using the same key; returns no row when that one succeeded."""


def _header(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": LONGEST_KEY}
    where = {"name": name, "in": "header", "required": False}
    return where | {"schema": schema, "description": description}


READS: dict[str, Any] = {
    "parameters": [
        REQUEST_ID,
        _header("If-None-Match", "Un ETag déjà reçu : 304 si rien n'a changé."),
    ]
}
CHANGES: dict[str, Any] = {
    "parameters": [
        REQUEST_ID,
        _header("If-Match", "L'ETag de ce qui a été lu : 412 si cela a changé depuis."),
        _header("Idempotency-Key", "Une par changement voulu : répété, il n'a lieu qu'une fois."),
    ]
}
"""For ``openapi_extra``."""


def tag_of(record: Camel) -> str:
    """Return the entity tag (RFC 9110, 8.8.3) of what a program is told."""
    told = record.model_dump_json(by_alias=True, exclude_none=True)
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def told(request: HttpRequest, response: HttpResponse, record: Camel) -> Camel | HttpResponse:
    """Answer with `record` and its tag; 304 to who has it already (``If-None-Match``)."""
    response.headers["ETag"] = tag = tag_of(record)
    if not _names(request.headers.get("If-None-Match", ""), tag):
        return record
    return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})


def as_it_was_seen(request: HttpRequest, record: Callable[[], Camel]) -> None:
    """Refuse (412) a change of what is not any more what the program saw (``If-Match``).

    What `record` is made of must be locked already.
    """
    seen = request.headers.get("If-Match", "")
    if seen and not _names(seen, tag_of(record())):
        words = "Cela a changé depuis que vous l'avez lu (If-Match)."
        raise Refusal(412, "CHANGED_SINCE", words, details="Relisez, puis décidez de nouveau.")


def _names(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in parse_etags(header)


def once(
    request: HttpRequest, dossier: Dossier, change: Callable[[], tuple[int, Camel]]
) -> Status[Any] | HttpResponse:
    """Make the `change` of `dossier` (status and answer), unless this is its repetition.

    Raises `Refusal`: 400 for a key that is none, 422 for the key of another request.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return Status(*change())
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Refusal(400, "INVALID_FIELD", f"Idempotency-Key : au plus {LONGEST_KEY} lettres.")
    key = key_of("change", key)
    with transaction.atomic():
        row = _claimed(dossier, caller_of(request).client, key, _fingerprint(request))
        if row is None:
            return _first_answer(request, dossier, key)
        code, record = change()
        body = record.model_dump(mode="json", by_alias=True, exclude_none=True)
        Answered.objects.filter(pk=row).update(status=code, body=body)
    return Status(code, record)


def _fingerprint(request: HttpRequest) -> str:
    asked = f"{request.method} {request.path}\n".encode() + request.body
    return hashlib.sha256(asked).hexdigest()


def _claimed(dossier: Dossier, client: str, key: str, fingerprint: str) -> int | None:
    """Return the id of the row of a new key, None for a known one."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [dossier.pk, client, key, fingerprint])
        found = cursor.fetchone()
    return found and int(found[0])


def forget_old() -> None:
    """Forget the deposits and changes that are no longer known again, of every dossier."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT forget_requests(%s)", [timezone.now() - REMEMBERED])


def _first_answer(request: HttpRequest, dossier: Dossier, key: str) -> HttpResponse:
    row = Answered.objects.get(dossier=dossier, client=caller_of(request).client, key=key)
    if row.fingerprint != _fingerprint(request):
        words = "Cette clé (Idempotency-Key) est celle d'une autre demande."
        raise Refusal(422, "KEY_OF_ANOTHER_REQUEST", words, details="Une clé par changement.")
    return JsonResponse(row.body, status=row.status, headers={"Idempotent-Replayed": "true"})
