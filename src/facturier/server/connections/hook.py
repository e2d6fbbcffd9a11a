"""Where the platform of a dossier calls us: a signed call says that there is something, no more.

What it tells is not believed, only that it is worth asking: the poll is brought forward.
"""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection as database
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from facturier.network import callback
from facturier.server import sight
from facturier.server.api.answers import error, labelled
from facturier.server.connections.models import Connection
from facturier.server.firm.sealed import open_sealed

if TYPE_CHECKING:
    from django.http import HttpRequest


@csrf_exempt
@require_POST
def called(request: HttpRequest, hook: UUID) -> HttpResponse:
    """Wake the poll of the connection of this hook, if the call is signed with its key."""
    dossier = _dossier_of(hook)
    if dossier is None:
        return labelled(request, error(404, "MISSING_RESOURCE", "Cette adresse n'existe pas."))
    with sight.of([dossier]):
        found = Connection.objects.filter(hook_id=hook, is_active=True).first()
        if found is None or not _is_signed(request, found):
            return labelled(request, error(401, "INVALID_SIGNATURE", "Signature non valable."))
        now = timezone.now()
        Connection.objects.filter(pk=found.pk).update(poll_at=now, called_at=now)
    return labelled(request, HttpResponse(status=204))


def _dossier_of(hook: UUID) -> int | None:
    with database.cursor() as cursor:
        cursor.execute("SELECT dossier_of_hook(%s)", [hook])
        (found,) = cursor.fetchone()
    return None if found is None else int(found)


def _is_signed(request: HttpRequest, found: Connection) -> bool:
    if not found.signing_key:
        return False
    key = base64.b64decode(open_sealed(found.signing_key))
    given = request.headers.get("Afnor-Signature", "")
    stamp = request.headers.get("Afnor-Signature-Timestamp", "")
    return callback.is_signed(key, request.body, given, stamp, now=time.time())
