"""What does not reach the other side, and taking it up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from facturier.server.documents import mailbox
from facturier.server.web.access import in_dossier

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from facturier.server.documents.models import Message
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request


def stuck(dossier: Dossier) -> QuerySet[Message]:
    """Return what a person should look at, for a list."""
    found = mailbox.stuck(dossier.messages_out.all())
    return found.select_related("transmission__document", "event").order_by("pk")


@in_dossier
@require_POST
def send_again(request: Request, dossier: Dossier, message: int) -> HttpResponse:
    """Take up again, now, a message that does not reach the other side."""
    mailbox.try_again(get_object_or_404(stuck(dossier), pk=message))
    messages.success(request, _("L'envoi est repris ; son résultat se voit ici dans un instant."))
    return redirect("dossier", dossier.pk)
