"""Who is calling: a token opens the dossiers it was issued for, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from allauth.idp.oidc.models import Token
from ninja.security import HttpBearer

from facturier.server import sight
from facturier.server.api.answers import Refusal, missing
from facturier.server.api.clients import scope_of
from facturier.server.firm.models import Dossier

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A program, and the dossiers that its token opens."""

    client: str
    """Its OAuth2 client."""
    name: str
    dossiers: tuple[Dossier, ...]


class ByToken(HttpBearer):
    """Recognises the access token of an API client (OAuth2 client credentials).

    allauth's own ``TokenAuth`` would read a body of 100 MB before it looks at the token.
    """

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:  # noqa: ARG002
        """Return the caller and put its dossiers in sight; None when the token is not valid."""
        found = token_of(request)
        if found is None or found.client is None:
            return None
        ids = sight.of_api_client(found.client.pk)
        granted = set(found.get_scopes())
        dossiers = tuple(one for one in _dossiers(ids) if scope_of(one) in granted)
        sight.see(one.pk for one in dossiers)
        return Caller(client=found.client.pk, name=found.client.name, dossiers=dossiers)


def token_of(request: HttpRequest) -> Token | None:
    """Return the valid access token that `request` bears, else None; looked up once."""
    if not hasattr(request, "bearer"):
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        request.bearer = _valid(value) if kind.lower() == "bearer" else None  # type: ignore[attr-defined]
    return request.bearer  # type: ignore[attr-defined]


def _valid(value: str) -> Token | None:
    valid = Token.objects.valid().by_value(value).select_related("client")
    return valid.filter(type=Token.Type.ACCESS_TOKEN, user=None).first()


def _dossiers(ids: list[int]) -> list[Dossier]:
    return list(Dossier.objects.filter(pk__in=ids).order_by("name", "pk"))


def caller_of(request: HttpRequest) -> Caller:
    """Return who makes an authenticated `request`."""
    return cast("Caller", request.auth)  # type: ignore[attr-defined]  # ninja sets it


def dossier_of(request: HttpRequest, named: str = "") -> Dossier:
    """Return the dossier that `request` is about, and put it alone in sight.

    It is the one `named`, else the one of the header ``Organization-Id``, by SIREN or electronic
    address; a caller with a single dossier need not say. Raises `Refusal`: 400 when it must be
    said, 403 when it is none of the caller's, known to us or not.
    """
    dossier = _choose(caller_of(request), named or request.headers.get("Organization-Id", ""))
    sight.see([dossier.pk])
    request.about_dossier = dossier.pk  # type: ignore[attr-defined]  # for the journal
    return dossier


def _choose(caller: Caller, named: str) -> Dossier:
    wanted = "".join(named.split())
    candidates = [one for one in caller.dossiers if wanted in ("", one.electronic_address)]
    candidates = candidates or [one for one in caller.dossiers if one.siren == wanted]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        message = "Ce jeton parle pour plusieurs dossiers : dites lequel."
        remedy = "En-tête Organization-Id : SIREN du dossier, ou son adresse électronique."
        raise Refusal(400, "MISSING_ORGANIZATION", message, details=remedy)
    raise Refusal(403, "FORBIDDEN_ACCESS", "Ce jeton ne parle pas pour cette organisation.")


def one_of(request: HttpRequest, rows: QuerySet[Row], pk: int, words: str) -> Row:
    """Return the row with this key of a dossier of the caller, and put that dossier in sight.

    Raises `Refusal` (404, `words`): what is not there, and what is not the caller's, are the same.
    """
    found = rows.filter(dossier__in=caller_of(request).dossiers, pk=pk).first()
    if found is None:
        raise missing(words)
    about: int = found.dossier_id  # type: ignore[attr-defined]  # each of them has one
    sight.see([about])
    request.about_dossier = about  # type: ignore[attr-defined]  # for the journal
    return found
