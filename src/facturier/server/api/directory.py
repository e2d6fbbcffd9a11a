"""The directory service of XP Z12-013 1.3.0: legal units, places, routing codes, lines.

The directory is public: any program with a valid token may read all of it. It is only read here:
lines change by the dossiers of this installation and by the portal's exports.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Body, NinjaAPI, Path, Query

from facturier.formats.directory import routing_key
from facturier.server.api.answers import Refusal, speak_the_contract
from facturier.server.api.caller import ByToken
from facturier.server.api.contract import Error, Text
from facturier.server.api.directory_contract import Found, Search
from facturier.server.api.directory_search import (
    CODES,
    FACILITIES,
    LINES,
    UNITS,
    Resource,
    search,
    told,
)
from facturier.server.api.flows import FAILURES, REQUEST_ID
from facturier.server.directory import lookup
from facturier.server.directory.models import Facility, LegalUnit, Line, RoutingCode, current

TRACED: dict[str, Any] = {"parameters": [REQUEST_ID]}
SEARCHED = {200: Found, 408: Error, **FAILURES}
TOLD: dict[int, Any] = {200: dict[str, Any], 404: Error, **FAILURES}
Asked = Annotated[Search | None, Body()]
Words = Annotated[Text | None, Query()]
"""Words separated by commas."""

UNKNOWN = "NOT_FOUND"
"""What clients in use read as "not in the directory"; the contract leaves the word free."""

api = NinjaAPI(
    title="Directory Service (XP Z12-013)",
    version="1.3.0",
    urls_namespace="directory-service",
    description="Qui reçoit ses factures où : unités légales, établissements, codes, lignes.",
    auth=ByToken(),
    docs_url=None,
)
speak_the_contract(api)


@api.post("/siren/search", response=SEARCHED, by_alias=True, openapi_extra=TRACED)
def search_units(request: HttpRequest, asked: Asked = None) -> Found:  # noqa: ARG001
    """Find companies and public bodies."""
    return search(UNITS, asked or Search())


@api.get("/siren/code-insee:{siren}", response=TOLD, openapi_extra=TRACED)
def get_unit(
    request: HttpRequest,  # noqa: ARG001
    siren: Annotated[str, Path(pattern="^[0-9]{9}$")],
    fields: Words = None,
) -> dict[str, Any]:
    """Tell a company or a public body."""
    return _one(UNITS, current(LegalUnit).filter(about=siren).first(), fields, None)


@api.post("/siret/search", response=SEARCHED, by_alias=True, openapi_extra=TRACED)
def search_facilities(request: HttpRequest, asked: Asked = None) -> Found:  # noqa: ARG001
    """Find places of business."""
    return search(FACILITIES, asked or Search())


@api.get("/siret/code-insee:{siret}", response=TOLD, openapi_extra=TRACED)
def get_facility(
    request: HttpRequest,  # noqa: ARG001
    siret: Annotated[str, Path(pattern="^[0-9]{14}$")],
    fields: Words = None,
    include: Words = None,
) -> dict[str, Any]:
    """Tell a place of business."""
    return _one(FACILITIES, current(Facility).filter(about=siret).first(), fields, include)


@api.post("/routing-code/search", response=SEARCHED, by_alias=True, openapi_extra=TRACED)
def search_codes(request: HttpRequest, asked: Asked = None) -> Found:  # noqa: ARG001
    """Find routing codes."""
    return search(CODES, asked or Search())


@api.get(
    "/routing-code/siret:{siret}/code:{path:routing_identifier}", response=TOLD,
    openapi_extra=TRACED,
)  # fmt: skip
def get_code(
    request: HttpRequest,  # noqa: ARG001
    siret: Annotated[str, Path(pattern="^[0-9]{14}$")],
    routing_identifier: Annotated[Text, Path(max_length=100)],
    fields: Words = None,
    include: Words = None,
) -> dict[str, Any]:
    """Tell a routing code."""
    about = routing_key(siret, routing_identifier)
    return _one(CODES, current(RoutingCode).filter(about=about).first(), fields, include)


@api.post("/directory-line/search", response=SEARCHED, by_alias=True, openapi_extra=TRACED)
def search_lines(request: HttpRequest, asked: Asked = None) -> Found:  # noqa: ARG001
    """Find lines: those in effect, those to come and those that ended."""
    return search(LINES, asked or Search())


@api.get(
    "/directory-line/code:{path:addressing_identifier}", response=TOLD, openapi_extra=TRACED
)  # fmt: skip
def get_line(
    request: HttpRequest,  # noqa: ARG001
    addressing_identifier: Annotated[Text, Path(max_length=125)],
    fields: Words = None,
    include: Words = None,
) -> dict[str, Any]:
    """Tell the line that an invoice for this address follows today, else the latest one."""
    resolution = lookup.line_in_effect(addressing_identifier)
    row = resolution.line or _latest(addressing_identifier)
    if row is None:
        raise Refusal(404, UNKNOWN, resolution.why)
    answer = _one(LINES, row, fields, include)
    # Here the contract knows two words: a line to come is not in effect.
    return answer | {"directoryLineStatus": "Enabled" if resolution.line else "Disabled"}


@api.get("/healthcheck", auth=None, response={200: None})
def healthcheck(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer that the service is there: the database was asked on the way here."""
    return HttpResponse(status=200)


def _latest(identifier: str) -> Line | None:
    same = current(Line).filter(about=identifier.strip().lower(), nature="D")
    return same.order_by("start", "pk").last()


def _one(resource: Resource, row: Any, fields: str | None, include: str | None) -> dict[str, Any]:
    if row is None:
        raise Refusal(404, UNKNOWN, "L'annuaire ne connaît pas cet identifiant.")
    return told(resource, [row], _words(fields), _words(include))[0]


def _words(text: str | None) -> list[str]:
    return [one for one in (text or "").split(",") if one]
