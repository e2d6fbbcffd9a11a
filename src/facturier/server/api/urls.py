"""Addresses of the programming interface."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from facturier.server.api import (
    books,
    declarations,
    directory,
    documents,
    dossiers,
    flows,
    portal_files,
    proof,
    routing,
    webhooks,
)
from facturier.server.api.answers import not_found

flows.api.add_router("/webhooks", webhooks.router)
documents.api.add_router("/dossiers", dossiers.router)
documents.api.add_router("/notices", webhooks.undelivered)
for _part in (books, declarations, portal_files, proof, routing):
    documents.api.add_router("", _part.router)
_flow_service, _, _ = flows.api.urls
_directory_service, _, _ = directory.api.urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("flow-service/v1/", flows.api.urls),
    # The same where the base path of the contract is empty.
    path("v1/", include((_flow_service, "ninja"), namespace="flow-service-short")),
    path("directory-service/v1/", directory.api.urls),
    # The names that other clients give to the services; the contract leaves them open.
    path("afnor-flow/v1/", include((_flow_service, "ninja"), namespace="afnor-flow")),
    path(
        "afnor-directory/v1/", include((_directory_service, "ninja"), namespace="afnor-directory")
    ),
    path("api/v1/", documents.api.urls),
    re_path(r"^(?:(?:flow|directory)-service|afnor-(?:flow|directory)|v1|api)(?:/|$)", not_found),
]
