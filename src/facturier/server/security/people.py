"""People come to a cabinet by an invitation, and leave it with everything it had opened to them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.mail import send_mail
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from facturier.errors import RefusedByUs
from facturier.server import sight
from facturier.server.firm.models import Cabinet, Dossier, DossierAccess, Membership, Person
from facturier.server.security import journal
from facturier.server.security.models import Invitation
from facturier.server.security.second_factor import send_quietly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from facturier.server.web.access import Request

LASTS = timedelta(days=7)
CLIENT = DossierAccess.Role.CLIENT
AS: dict[str, str] = {
    Membership.Role.EXPERT_COMPTABLE: "expert-comptable",
    Membership.Role.COLLABORATEUR: "collaborateur", CLIENT: "client",
}  # fmt: skip
"""As what a person may be invited."""
MAIL = """Bonjour,

{by} vous invite à rejoindre {cabinet} dans Facturier, comme {role}.

Ouvrez ce lien pour créer votre accès ; il sert une seule fois, jusqu'au {until} :

{link}

Vous n'attendiez pas ce message ? Ne faites rien, ou prévenez {cabinet}.
"""


def open_ones(cabinet: Cabinet) -> QuerySet[Invitation]:
    """Return the invitations that nobody accepted nor withdrew, the latest first."""
    waiting = cabinet.invitations.filter(accepted_at=None, revoked_at=None)
    return waiting.select_related("invited_by")


def invite(
    request: Request, cabinet: Cabinet, *, email: str, name: str, role: str,
    dossiers: Iterable[int],
) -> Invitation:  # fmt: skip
    """Invite a person by mail, in the name of who asks; `cabinet` is in sight.

    Raises `RefusedByUs` when the person is of the cabinet, or is invited already.
    """
    assert role in AS, role
    known = sight.person_known_as(email)
    if known is not None and cabinet.memberships.filter(person=known).exists():
        raise RefusedByUs("Cette personne est déjà du cabinet.", reason="member")
    if open_ones(cabinet).filter(email__iexact=email, expires_at__gt=timezone.now()).exists():
        message = "Cette personne est déjà invitée : renvoyez le lien, ou retirez l'invitation."
        raise RefusedByUs(message, reason="invited")
    of_cabinet = Dossier.objects.filter(cabinet=cabinet, pk__in=list(dossiers))
    invitation = Invitation(
        cabinet=cabinet, email=email, name=name, role=role,
        dossiers=sorted(of_cabinet.values_list("pk", flat=True)),
        invited_by_id=request.user.pk,
    )  # fmt: skip
    _send(request, invitation, "insert")
    return invitation


def resend(request: Request, invitation: Invitation) -> None:
    """Send a new link; the former one opens nothing any more."""
    _send(request, invitation, "resent")


def revoke(invitation: Invitation, person: int) -> None:
    """Withdraw an invitation: its link opens nothing any more."""
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    _note(invitation, person, "delete")


def _send(request: Request, invitation: Invitation, op: str) -> None:
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.sent_at = _hashed(token), timezone.now()
    invitation.expires_at = invitation.sent_at + LASTS
    invitation.save()
    _note(invitation, request.user.pk, op)
    until = timezone.localtime(invitation.expires_at)
    words = MAIL.format(
        by=request.user, cabinet=invitation.cabinet, role=AS[invitation.role],
        until=f"{until:%d/%m/%Y à %H:%M}",
        link=request.build_absolute_uri(reverse("invitation", args=[token])),
    )  # fmt: skip
    send_quietly(send_mail, f"Votre accès à {invitation.cabinet}", words, None, [invitation.email])


def _note(invitation: Invitation, person: int | None, op: str) -> None:
    journal.note(
        journal.Kind.RIGHT, "invitation", person=person, cabinet=invitation.cabinet_id,
        detail={"whom": f"{invitation}", "role": invitation.role, "op": op},
    )  # fmt: skip


def behind(token: str) -> Invitation | None:
    """Return the open invitation that this link names, else None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM invitation_behind(%s)", [_hashed(token)])
        found = cursor.fetchone()
    if found is None:
        return None
    invitation, cabinet = found
    with sight.of([], [cabinet]):
        return Invitation.objects.select_related("cabinet", "invited_by").get(pk=invitation)


def invited(invitation: Invitation) -> Person | None:
    """Return whose account it will open, if they have one that is not closed."""
    known = Person.objects.known_as(invitation.email)
    return known if known is not None and known.is_active else None


def accept(invitation: Invitation, *, name: str = "", password: str = "") -> Person:
    """Open the cabinet to the invited person; without account, one is made with `password`.

    Raises `RefusedByUs` when the link served meanwhile.
    """
    with sight.of(invitation.dossiers, [invitation.cabinet_id]):
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if row.accepted_at or row.revoked_at or row.is_expired:
            raise RefusedByUs("Ce lien ne vaut plus.", reason="served")
        row.accepted_at = timezone.now()
        row.save(update_fields=["accepted_at"])
        person = _account(row, name, password)
        sight.be(person.pk)  # who acts, for the journal
        _open(row, person)
        _note(row, person.pk, "accepted")
    return person


def _account(row: Invitation, name: str, password: str) -> Person:
    known = Person.objects.known_as(row.email)
    if known is None:
        return Person.objects.create_user(row.email, password, name=name or row.name)
    if not known.is_active:  # left once, comes back: the former password is worth nothing
        assert password
        with sight.of_self(known.pk):
            known.is_active, known.name = True, name or known.name
            known.set_password(password)
            known.save()
    return known


def _open(row: Invitation, person: Person) -> None:
    if row.role != CLIENT:
        Membership.objects.get_or_create(
            person=person, cabinet_id=row.cabinet_id, defaults={"role": row.role}
        )
    if row.role == Membership.Role.EXPERT_COMPTABLE:
        return  # sees every dossier
    for dossier in Dossier.objects.filter(pk__in=row.dossiers, cabinet=row.cabinet_id):
        DossierAccess.objects.get_or_create(
            person=person, dossier=dossier, defaults={"role": row.role}
        )


def leave(person: Person, cabinet: Cabinet) -> bool:
    """End all that `cabinet` opened to `person`, and their sessions.

    Return whether the account is closed too: no other cabinet knows it. Raises `RefusedByUs` for
    the last person who leads the cabinet.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT person_leaves(%s, %s)", [person.pk, cabinet.pk])
        (done,) = cursor.fetchone()
    if done in ("last", "unknown"):
        raise RefusedByUs(
            "Personne d'autre ne dirige ce cabinet." if done == "last"
            else "Cette personne n'est pas du cabinet.", reason=done,
            remedy="Invitez d'abord une autre personne comme expert-comptable."
            if done == "last" else "",
        )  # fmt: skip
    return bool(done == "closed")


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
