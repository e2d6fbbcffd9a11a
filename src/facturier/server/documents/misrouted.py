"""An invoice that found nobody at its address: looked up again, handed over to who is there now.

Another platform says 221 (*Erreur de routage*) when the address is no longer one of its own. The
directory is asked again: where it leads somewhere else the same file leaves again, under the same
transmission; where it does not, the seller is told that nobody has the invoice (NON_TRANSMISE) and
what to do. Source: DGFiP external specifications v3.2, dossier général §3.2; XP Z12-012, 221.
"""

from __future__ import annotations

from django.db import transaction

from facturier.errors import RefusedByUs
from facturier.lifecycle.transitions import Transmission as Where
from facturier.server.directory import lookup
from facturier.server.documents import history, mailbox, sides
from facturier.server.documents.models import Document, Message, Transmission

MISROUTED = "221"
MOST_TIMES = 5
"""An address that is given from one platform to the next is left to a person after so many."""
_SENT_BY_OTHER_MEANS = (
    "Envoyez un duplicata à l'acheteur par un autre moyen et demandez-lui sa bonne adresse de "
    "facturation électronique. La facture est émise : n'en refaites pas une autre."
)


def answer(transmission: Transmission) -> bool:
    """Do what follows from a 221 that was just heard; whether the invoice leaves again."""
    if transmission.document.direction != Document.Side.ISSUED or transmission.lives_elsewhere:
        return False
    found = lookup.line_in_effect(transmission.peer_address)
    if _leads_elsewhere(transmission, found) and _times(transmission) < MOST_TIMES:
        _leave(transmission, found)
        return True
    words = f"{found.why} {' '.join(found.warnings)}".strip()
    history.not_transmitted(transmission, comment=f"{words} {_SENT_BY_OTHER_MEANS}")
    return False


def can_leave_again(transmission: Transmission | None) -> bool:
    """Whether a person may have the address looked up again: nobody has the invoice."""
    if transmission is None or transmission.lives_elsewhere:
        return False
    if transmission.document.direction != Document.Side.ISSUED:
        return False
    return transmission.state == MISROUTED or (
        transmission.state == "200" and not transmission.is_connected
    )


@transaction.atomic
def again(transmission: Transmission) -> str:
    """Look the address up again and hand the invoice over; return why there, in French.

    Raises `RefusedByUs` when somebody has it already, or when the directory leads nowhere that we
    reach.
    """
    locked = Transmission.objects.select_for_update(of=("self",)).select_related("document")
    current = locked.get(pk=transmission.pk)
    if not can_leave_again(current):
        raise RefusedByUs("Cette facture est déjà partie.", reason="already-sent")
    found = lookup.line_in_effect(current.peer_address)
    if found.dossier is None or (
        current.state == MISROUTED and not _leads_elsewhere(current, found)
    ):
        words = found.why
        if found.line is not None:
            words = f"{found.why} Nous ne joignons personne d'autre à cette adresse."
        raise RefusedByUs(words, reason="nobody-there", remedy=_SENT_BY_OTHER_MEANS)
    _leave(current, found)
    return found.why


def _leads_elsewhere(transmission: Transmission, found: lookup.Resolution) -> bool:
    """Whether the directory leads to somebody whom we reach and who did not answer 221."""
    return found.dossier is not None and transmission.line not in ("", lookup.told(found.line))


def _times(transmission: Transmission) -> int:
    return transmission.messages.filter(kind=Message.Kind.INVOICE).count()


def _leave(transmission: Transmission, found: lookup.Resolution) -> None:
    """Hand the same file over again, under the same transmission."""
    transmission.is_connected, transmission.line = True, lookup.told(found.line)
    transmission.save(update_fields=["is_connected", "line"])
    state = history.state_of(transmission)
    assert state.transmission in (Where.DEPOSITED, Where.MISROUTED)
    history.say(transmission, 201, sides.deposit_platform(transmission.document),
                comment=found.why)  # fmt: skip
    mailbox.post(transmission, again=_times(transmission))
