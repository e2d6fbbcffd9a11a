"""Every night: declarations opened and brought up to date, sent where the dossier is automatic.

Who follows a dossier is told by mail three days before the last day, and once more when it is past.
One dossier that fails holds up no other.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import F, Q

from facturier.errors import FacturierError
from facturier.server import clock, sight
from facturier.server.firm.models import Dossier, Membership
from facturier.server.reporting import periods, qualifying, transmitting
from facturier.server.reporting.models import OWING, Declaration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.server.firm.models import Cabinet, Person

WARN_BEFORE = timedelta(days=3)
AUTOMATIC_BEFORE = timedelta(days=1)
"""What is automatic leaves on the eve of the last day: two nights are left if one fails."""
LOOKED_AT_AGAIN = timedelta(days=100)
NEWS = timedelta(days=2)
"""What changed so lately is new: a night that was missed is made up for by the next."""
SUNDAY = 7
State = Declaration.State
logger = logging.getLogger(__name__)


def all_dossiers() -> dict[int, list[int]]:
    """Return the ids of all dossiers by cabinet."""
    found: dict[int, list[int]] = defaultdict(list)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT cabinet, dossier FROM dossiers_by_cabinet()")
        for cabinet, dossier in cursor.fetchall():
            found[cabinet].append(dossier)
    return found


def due() -> list[int]:
    """Return the ids of the dossiers in which this night has something to do; on Sundays, all.

    That is: a file of the dossier changed since the night before last, a declaration is stale, to
    send, sent or refused, a period has ended, or none is open. The other nights would find nothing;
    Sunday's is the net under that sentence.
    """
    day = periods.today()
    if day.isoweekday() == SUNDAY:
        return [one for dossiers in all_dossiers().values() for one in dossiers]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT dossiers_to_report(%s, %s)", [day, clock.now() - NEWS])
        return [int(row[0]) for row in cursor.fetchall()]


def prepare(dossier: int) -> int:
    """Bring one dossier up to date and send what is automatic; return how many were sent."""
    with sight.of([dossier]):
        found = Dossier.objects.get(pk=dossier)
        qualifying.catch_up(found)
        # All of them, not only the stale ones: a figure that was being added while its declaration
        # was being opened is seen at the latest now.
        recent = found.declarations.filter(end__gte=periods.today() - LOOKED_AT_AGAIN)
        recent.update(is_stale=True)
        periods.bring_up_to_date(found)
        if not periods.choice_of(found).is_automatic:
            return 0
        due = list(_automatic(found))
    return sum(_send(dossier, one) for one in due)


def _automatic(dossier: Dossier) -> Iterable[int]:
    """Return the ids of what is to be sent now; what was refused waits for a person."""
    soon = periods.today() + AUTOMATIC_BEFORE
    to_send = Q(state=State.READY, due_on__lte=soon) | Q(state=State.TO_RECTIFY)
    return dossier.declarations.filter(to_send).values_list("pk", flat=True)


def _send(dossier: int, declaration: int) -> int:
    """Send one declaration; 0, with why on it, when it cannot leave."""
    try:
        with sight.of([dossier]):
            transmitting.transmit(Declaration.objects.get(pk=declaration))
    except Exception as error:
        logger.exception("declaration %s", declaration)
        words = "Erreur interne. L'équipe technique doit regarder."
        if isinstance(error, FacturierError):
            words = error.in_full
        with sight.of([dossier]):
            Declaration.objects.filter(pk=declaration).update(obstacle=words)
        return 0
    return 1


# --- warnings ------------------------------------------------------------------------------------


def warn(dossiers: Iterable[int]) -> int:
    """Mail what is due within three days, or late, in some dossiers; return how many mails.

    Each declaration is told once before its last day and once after it.
    """
    with sight.of(dossiers):
        due = list(_to_tell())
        for address, mine in _by_person(due).items():
            _mail(address, mine)
        Declaration.objects.filter(pk__in=[one.pk for one in due]).update(warned_on=periods.today())
    return len(_by_person(due)) if due else 0


def _to_tell() -> Iterable[Declaration]:
    day = periods.today()
    before = Q(due_on__lte=day + WARN_BEFORE, warned_on=None)
    after = Q(due_on__lt=day, warned_on__lte=F("due_on"))
    owing = Declaration.objects.filter(before | after, state__in=OWING)
    return owing.select_related("dossier__responsible", "dossier__cabinet").order_by(
        "due_on", "dossier__name"
    )


def _by_person(due: Iterable[Declaration]) -> dict[str, list[Declaration]]:
    """Group by who follows the dossier; without one, by each expert-comptable of the cabinet."""
    found: dict[str, list[Declaration]] = defaultdict(list)
    experts: dict[int, list[Person]] = {}
    for one in due:
        follows = one.dossier.responsible
        if follows is None:
            cabinet = one.dossier.cabinet
            people = experts.setdefault(cabinet.pk, _experts(cabinet))
        else:
            people = [follows]
        for person in people:
            found[person.email].append(one)
    return found


def _experts(cabinet: Cabinet) -> list[Person]:
    led = Membership.objects.filter(cabinet=cabinet, role=Membership.Role.EXPERT_COMPTABLE)
    return [one.person for one in led.select_related("person")]


def _mail(address: str, due: Iterable[Declaration]) -> None:
    mine = list(due)
    lines = [
        f"- {one.dossier.name} : {one}, {one.get_state_display().lower()}, "
        f"{_when(one)}" for one in mine
    ]  # fmt: skip
    text = "\n".join(
        ["Déclarations d'e-reporting à transmettre :", "", *lines, "",
         "Ouvrez « Échéances » dans Facturier pour les relire et les transmettre."]
    )  # fmt: skip
    send_mail(f"E-reporting : {len(mine)} à transmettre", text, None, [address])


def _when(declaration: Declaration) -> str:
    if declaration.state == State.TO_RECTIFY:
        return "sans attendre"
    left = (declaration.due_on - periods.today()).days
    limit = f"{declaration.due_on:%d/%m/%Y}"
    if left < 0:
        return f"EN RETARD : la limite était le {limit}"
    return f"dernier jour le {limit} ({f'dans {left} j' if left else 'aujourd’hui'})"
