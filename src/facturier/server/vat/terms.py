"""Which days a VAT return of a dossier covers: a month, or a quarter where the regime says so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from facturier.server.firm.models import Dossier
from facturier.vat.sides import Period

if TYPE_CHECKING:
    from collections.abc import Iterator

OVERSEAS = ("971", "972", "974")
"""Beginnings of post codes where the rates of the overseas departments apply."""
SHOWN = 18
"""Periods that the page offers."""
ONE_DAY = timedelta(days=1)
NO_CA3 = {
    Dossier.VatRegime.SIMPLIFIE: (
        "Ce dossier est au réel simplifié : il dépose une CA12 annuelle et des acomptes, pas de "
        "CA3. Facturier ne prépare pas encore la CA12 ; le cadrage et la vue ci-dessous restent "
        "justes mois par mois et serviront à la remplir."
    ),
    Dossier.VatRegime.FRANCHISE: (
        "Ce dossier est en franchise en base (CGI 293 B) : il ne déclare pas de TVA, sauf celle "
        "qu'il doit comme acheteur (autoliquidation, acquisitions dans l'Union)."
    ),
}
"""What the page says for regimes without this form."""


def without_form(dossier: Dossier) -> str:
    """Return what to say to a regime that files no CA3; empty for the others."""
    return NO_CA3.get(Dossier.VatRegime(dossier.vat_regime), "")


def months_of(dossier: Dossier) -> int:
    """Return how many months a return covers."""
    return 3 if dossier.vat_regime == Dossier.VatRegime.REEL_TRIMESTRIEL else 1


def period_of(dossier: Dossier, day: date) -> Period:
    """Return the period that holds `day`."""
    size = months_of(dossier)
    month = (day.month - 1) // size * size
    first = date(day.year, month + 1, 1)
    return Period(first=first, last=after(first, size) - ONE_DAY)


def after(first: date, months: int) -> date:
    """Return the first day of the month some months later, or earlier when negative."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def before(dossier: Dossier, period: Period) -> Period:
    """Return the period before."""
    return period_of(dossier, period.first - ONE_DAY)


def shown(dossier: Dossier, today: date) -> Iterator[Period]:
    """Yield the periods to choose from, that of today first."""
    period = period_of(dossier, today)
    for _ in range(SHOWN):
        yield period
        period = before(dossier, period)


def is_overseas(dossier: Dossier) -> bool:
    """Whether the dossier is in Guadeloupe, Martinique or La Réunion."""
    return dossier.post_code.startswith(OVERSEAS)
