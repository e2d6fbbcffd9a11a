"""The flow service of XP Z12-013 1.3.0: deposit, search, download, health."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Path, Query, Status

from facturier.server.api import submission
from facturier.server.api.answers import missing, request_id, speak_the_contract
from facturier.server.api.caller import ByToken, caller_of, dossier_of
from facturier.server.api.contract import (
    DocType,
    Error,
    Flow,
    FlowInfo,
    FullFlowInfo,
    SearchFlowContent,
    SearchFlowParams,
    flow_of,
    full_info,
)
from facturier.server.api.renditions import rendition
from facturier.server.api.search import search
from facturier.server.documents import models

ORGANIZATION: dict[str, Any] = {
    "name": "Organization-Id",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "SIREN ou adresse électronique du dossier ; nécessaire quand le jeton parle "
    "pour plusieurs dossiers.",
}
REQUEST_ID: dict[str, Any] = {
    "name": "Request-Id",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "Repris dans la réponse.",
}
HEADERS: dict[str, Any] = {"parameters": [REQUEST_ID, ORGANIZATION]}
MULTIPART: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["flowInfo", "file"],
                    "properties": {
                        "flowInfo": FlowInfo.model_json_schema(),
                        "file": {"type": "string", "format": "binary"},
                    },
                },
                "encoding": {"flowInfo": {"contentType": "application/json"}},
            }
        },
    }
}
FAILURES = {400: Error, 401: Error, 403: Error, 413: Error, 429: Error}

api = NinjaAPI(
    title="Flow Service (XP Z12-013)",
    version="1.3.0",
    urls_namespace="flow-service",
    description="Dépôt, recherche et téléchargement de flux.",
    auth=ByToken(),
    docs_url=None,
)
speak_the_contract(api)


@api.post(
    "/flows",
    response={202: FullFlowInfo, **FAILURES},
    by_alias=True,
    exclude_none=True,
    openapi_extra=HEADERS | MULTIPART,
    operation_id="createFlow",
)
def create_flow(request: HttpRequest) -> Status[FullFlowInfo]:
    """Deposit a file. It is kept and will be worked on; its acknowledgement comes by search.

    With ``Request-Id``, the same bytes deposited again are the first deposit, and no other.
    """
    dossier = dossier_of(request)
    sent = submission.read(request)
    flow = submission.take_in_once(dossier, sent, caller_of(request).client, request_id(request))
    assert flow.stored is not None
    return Status(202, full_info(flow, sent.info, flow.stored))


@api.post(
    "/flows/search",
    response={200: SearchFlowContent, **FAILURES},
    by_alias=True,
    exclude_none=True,
    openapi_extra=HEADERS,
    operation_id="searchFlows",
)
def search_flows(request: HttpRequest, asked: SearchFlowParams) -> SearchFlowContent:
    """Find the flows of the dossier, invoices and statuses, in the order in which they changed."""
    return search(dossier_of(request), asked)


@api.get(
    "/flows/{flowId}",
    response={200: Flow, 404: Error, **FAILURES},
    by_alias=True,
    exclude_none=True,
    openapi_extra=HEADERS,
    operation_id="getFlow",
)
def get_flow(
    request: HttpRequest,
    flow_id: Annotated[str, Path(alias="flowId", max_length=64)],
    doc_type: Annotated[DocType, Query(alias="docType")] = "Metadata",
) -> Flow | HttpResponse:
    """Tell what is known of a flow, or give one of its files."""
    row = _flow(request, flow_id)
    return flow_of(row) if doc_type == "Metadata" else rendition(row, doc_type)


def _flow(request: HttpRequest, flow_id: str) -> models.Flow:
    dossier = dossier_of(request)
    try:
        wanted = uuid.UUID(flow_id)
    except ValueError:
        raise missing("Ce flux n'existe pas.") from None
    found = models.Flow.objects.filter(dossier=dossier, flow_id=wanted).first()
    if found is None:
        raise missing("Ce flux n'existe pas.")
    return found


@api.get("/healthcheck", auth=None, operation_id="getHealth", response={200: None})
def healthcheck(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer that the service is there: the database was asked on the way here."""
    return HttpResponse(status=200)
