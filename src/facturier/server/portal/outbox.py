"""The outbox towards the public portal: a file owed is a row, made in the transaction of its cause.

Nothing is sent here. A file that must not leave (it breaks a rule) is a row too, held with its
reason, so that somebody sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.server.documents.deposit import remember, row_of
from facturier.server.documents.models import Document, Event
from facturier.server.portal.models import PortalFile

if TYPE_CHECKING:
    from datetime import datetime

    from facturier.reporting.envelope import Interface
    from facturier.server.firm.models import Dossier

State = PortalFile.State


def owe(
    dossier: Dossier | int,
    interface: Interface,
    name: str,
    content: bytes | None,
    *,
    about: Document | Event | str,
    due_at: datetime,
    reference: str = "",
    siren: str = "",
    why: str = "",
    replaces: PortalFile | None = None,
) -> PortalFile:
    """Note that the portal is owed a file, within the current transaction; the dossier is in sight.

    `name` is the file's in its archive. `about` is the invoice, the status, or for a declaration
    the words that a person reads. `reference` is how the portal's answers will name it (MDT-87):
    the invoice's number by default, for a declaration its TT-1, for a status its MDT-4; `siren` the
    seller's, by default of the invoice. With `why`,
    in French, the file is held: it does not leave. `replaces` is the refused or held file in whose
    place this one goes.
    """
    assert content is not None or why, "only a file that is held may be missing"
    document = about.document if isinstance(about, Event) else about
    named = document if isinstance(document, Document) else None
    return PortalFile.objects.create(
        dossier_id=dossier if isinstance(dossier, int) else dossier.pk,
        interface=interface.value,
        name=name,
        stored=None if content is None else remember(row_of(content)),
        document=named,
        event=about if isinstance(about, Event) else None,
        label=_label(about)[:200],
        reference=(reference or (named.number if named else name))[:100],
        siren=siren or (named.seller_siren if named else ""),
        due_at=due_at,
        state=State.HELD if why else State.PENDING,
        last_error=why,
        replaces=replaces,
    )


def _label(about: Document | Event | str) -> str:
    if isinstance(about, Event):
        return f"{about.document.number or 'sans numéro'} · {about.code}"
    return about if isinstance(about, str) else about.number or "sans numéro"
