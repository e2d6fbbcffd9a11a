"""Programs that may call the API: OAuth2 clients, each for some dossiers of one cabinet."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.idp.oidc.models import Client
from django.db import transaction

from facturier.server.firm.models import ApiClient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.server.firm.models import Cabinet, Dossier

SCOPE = "dossier:"
"""A scope is this and the key of a dossier: a token may be asked for some of them only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a program signs in with. The secret exists here only: the database keeps its hash."""

    client_id: str
    client_secret: str


def scope_of(dossier: Dossier) -> str:
    """Return the OAuth2 scope that opens `dossier`."""
    return f"{SCOPE}{dossier.pk}"


@transaction.atomic
def register(cabinet: Cabinet, dossiers: Iterable[Dossier], *, name: str) -> Credentials:
    """Let the program `name` speak for `dossiers` of `cabinet`; show its secret this once.

    The dossiers must be in sight. Raises `ValueError` when one belongs to another cabinet.
    """
    spoken_for = list(dossiers)
    if any(one.cabinet_id != cabinet.pk for one in spoken_for):
        raise ValueError("Un programme ne parle que pour les dossiers de son cabinet.")
    secret = secrets.token_urlsafe(32)
    scopes = [scope_of(one) for one in spoken_for]
    client = Client(name=name, grant_types=Client.GrantType.CLIENT_CREDENTIALS, response_types="")
    client.set_scopes(scopes)
    client.set_default_scopes(scopes)
    client.set_secret(secret)
    client.save()
    ApiClient.objects.create(client=client, cabinet=cabinet).dossiers.set(spoken_for)
    return Credentials(client_id=client.pk, client_secret=secret)


def renew_secret(client: ApiClient) -> Credentials:
    """Draw a new secret for `client`, show it this once; its tokens so far are void."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        client.client.set_secret(secret)
        client.client.save(update_fields=["secret"])
        client.client.token_set.all().delete()
    return Credentials(client_id=client.client.pk, client_secret=secret)


def close(client: ApiClient) -> None:
    """End the access of `client`: it and its tokens are gone."""
    client.client.delete()


def access_sheet(
    credentials: Credentials, dossiers: Iterable[Dossier], address: str
) -> dict[str, object]:
    """Return everything that a program needs to call the server at `address`, ready for JSON.

    It holds the secret: whoever reads it is that program.
    """
    return {
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "token_url": f"{address}/identity/o/api/token",
        "flow_service_url": f"{address}/flow-service",
        "directory_service_url": f"{address}/directory-service",
        "api_url": f"{address}/api/v1",
        "dossiers": [one.siren for one in dossiers],
    }
