"""Every address that the server answers; the details are in `api` and `web`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from facturier.server.connections import hook

handler500 = "facturier.server.api.answers.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("facturier.server.api.urls")),
    path("hooks/<uuid:hook>/", hook.called, name="hook"),
    path("", include("facturier.server.security.urls")),
    path("", include("facturier.server.web.urls")),
]
