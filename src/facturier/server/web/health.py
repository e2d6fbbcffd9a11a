"""The page that says, pipe by pipe, whether all goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from facturier.server.running import health
from facturier.server.web.cabinet import in_cabinet

if TYPE_CHECKING:
    from facturier.server.firm.models import Cabinet
    from facturier.server.web.access import Request

LOOKS = {
    health.Level.GOOD: ("good", "check"),
    health.Level.WATCH: ("attention", "alert-triangle"),
    health.Level.BROKEN: ("refused", "bell"),
    health.Level.FRESH: ("fresh", "send"),
    health.Level.UNUSED: ("plain", "clock"),
    health.Level.TO_COME: ("plain", "clock"),
}
"""Level → colour and drawing; the word stands beside them."""


@in_cabinet
@require_GET
def page(request: Request, cabinet: Cabinet) -> HttpResponse:
    """Show every pipe, of the dossiers of a cabinet."""
    pipes = health.pipes(request.dossiers.filter(cabinet=cabinet))
    shown = [(pipe, *LOOKS[pipe.level]) for pipe in pipes]
    context = {"cabinet": cabinet, "tab": "health", "shown": shown, "whole": _worst(pipes)}
    return render(request, "facturier/health.html", context)


@login_required
@require_GET
def first(request: Request) -> HttpResponse:
    """Lead to the page of the cabinet of whoever asks; 404 to who leads none."""
    if not request.cabinets:
        raise Http404
    return redirect("cabinet_health", request.cabinets[0])


def _worst(pipes: list[health.Pipe]) -> str:
    levels = {pipe.level for pipe in pipes}
    if health.Level.BROKEN in levels:
        return "Au moins un canal est bloqué."
    return "À surveiller." if health.Level.WATCH in levels else "Tout passe."
