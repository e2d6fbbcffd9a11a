"""The comparisons of the night, and the one a person asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from facturier.server import sight
from facturier.server.archive import chain
from facturier.server.completeness import certificate, comparing, listing
from facturier.server.connections.exchange import wire_of
from facturier.server.connections.models import Connection
from facturier.server.firm.models import Dossier, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from facturier.network.afnor.wire import Wire
    from facturier.server.completeness.models import Certificate, Comparison


def months() -> tuple[str, str]:
    """Return the month before this one, and this one, in Paris."""
    now = timezone.localtime()
    return chain.month_of(now.replace(day=1) - timedelta(days=1)), chain.month_of(now)


def due() -> list[int]:
    """Return the ids of the dossiers in which something happened since last month began."""
    start, _ = comparing.bounds(months()[0])
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SELECT dossiers_to_compare(%s)", [start])
        return [int(row[0]) for row in cursor.fetchall()]


def compare(dossier: int, *, wire: Callable[[Connection], Wire] = wire_of) -> dict[str, Comparison]:
    """Compare last month and this one of the dossier with this id; certify the one that is over.

    A certificate is made anew only when it says something else than the latest.
    """
    before, now = months()
    listings = _listings(dossier, before, wire)
    kept = {}
    with sight.of([dossier]):
        found = Dossier.objects.get(pk=dossier)
        for month in (before, now):
            compared = comparing.compare(found, month, listings)
            if compared.pieces or compared.gaps or month == now:
                kept[month] = comparing.keep(found, compared)
                if month == before:
                    certificate.issue(found, compared)
    return kept


def certify(
    dossier: int, month: str, person: Person | None, *, wire: Callable[[Connection], Wire] = wire_of
) -> Certificate:
    """Compare one month now and certify it in the name of `person` (None: the night)."""
    listings = _listings(dossier, month, wire)
    with sight.of([dossier]):
        found = Dossier.objects.get(pk=dossier)
        compared = comparing.compare(found, month, listings)
        comparing.keep(found, compared)
        return certificate.issue(found, compared, person)


def _listings(
    dossier: int, month: str, wire: Callable[[Connection], Wire]
) -> list[listing.Listing]:
    """Ask every connector of the dossier; no transaction is open while a platform is asked."""
    start, _ = comparing.bounds(month)
    with sight.of([dossier]):
        found = Dossier.objects.get(pk=dossier)
        listings = [listing.of_network(found, start)]
        connection = Connection.objects.filter(dossier=found, is_active=True).first()
    if connection is not None:
        listings.append(listing.of_platform(connection, start, wire=wire))
    return listings
