"""The claims of an employee and month, and their numbers: ``NDF-2026-11-0042``, then ``…-2``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from facturier.server.expenses.models import Claim

if TYPE_CHECKING:
    from datetime import date

    from facturier.server.expenses.models import Employee

_LOCK = 0x7A7B


def draft(employee: Employee, month: date) -> Claim:
    """Return the claim of a month that is still being entered, a new one once it is sent.

    One transaction at a time numbers the claims of a dossier.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, employee.dossier_id])
    rows = Claim.objects.filter(dossier=employee.dossier_id, employee=employee, month=month)
    found = rows.filter(state=Claim.State.DRAFT).first()
    if found is not None:
        return found
    first = f"NDF-{month:%Y-%m}-{employee.matricule}"
    taken = set(rows.values_list("number", flat=True))
    rank = len(taken) + 1
    while taken and f"{first}-{rank}" in taken:
        rank += 1
    return Claim.objects.create(
        dossier=employee.dossier, employee=employee, month=month,
        number=f"{first}-{rank}" if taken else first,
    )  # fmt: skip
