"""Lines of the directory asked of the portal for a dossier (flux 13): checked, owed, followed.

What is to be written is worked out against the directory as it will be: the portal's lines, and
what was asked and not refused. The rules of annexe 7 are judged before anything is kept; only what
breaks none can be asked. The portal's answer (400, 401) is the state of the file.
Source: DGFiP external specifications v3.2, dossier général §3.5.6 to §3.5.8, annexe 7.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from facturier.errors import RefusedByUs
from facturier.formats import directory
from facturier.formats.directory import Address, Nature, Update, key_of
from facturier.formats.directory_files import write_update
from facturier.reporting.envelope import Interface
from facturier.rules.france.directory import check_update
from facturier.server import sight
from facturier.server.directory import lookup
from facturier.server.directory.models import (
    Facility,
    Import,
    LegalUnit,
    Line,
    LineRequest,
    Platform,
    RoutingCode,
    current,
)
from facturier.server.portal import outbox
from facturier.server.portal.models import PortalFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from facturier.server.firm.models import Dossier, Person

Deed = LineRequest.Deed
State = PortalFile.State
NOT_REFUSED = (State.PENDING, State.SENT, State.RECEIVABLE, State.ACCEPTED)
ACTIVE = "A"
AT_ONCE = timedelta(days=1)
"""A line begins or ends tomorrow at the earliest (G1.87, G1.88)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants of one address."""

    deed: Deed
    identifier: str
    on: date
    """First day of what is opened; first day without effect of what is ended; of a line that is
    cancelled, the day on which it would have begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a wish comes to: the lines to write, in their order, or why they cannot be."""

    wish: Wish
    deeds: tuple[tuple[Deed, directory.Line], ...]
    sentence: str
    """What will happen, in French."""
    objections: tuple[str, ...] = ()
    """Why it cannot be asked: each with its rule and remedy, in French."""
    remarks: tuple[str, ...] = ()
    """What nobody can judge here, or what to think of."""

    @property
    def can_be_asked(self) -> bool:
        """Whether nothing stands against it."""
        return not self.objections


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the directory is, and will be, for one company."""

    lines: tuple[directory.Line, ...]
    """The portal's, then those that were asked for and not refused."""
    platforms: Collection[str]
    """Numbers of active platforms, and ours."""
    is_received: bool
    """Whether the portal's directory was ever received here."""
    active: Collection[str] = ()
    """The SIREN, SIRET and routing codes (``SIRET|CODE`` in lower case) that are active there."""


def earliest() -> date:
    """Return the first day on which a line may begin or end."""
    return lookup.today() + AT_ONCE


def planned(dossier: Dossier, wish: Wish, known: Known | None = None) -> Plan:
    """Return what `wish` comes to for `dossier`, which is in sight; nothing is written."""
    known = known or known_of([dossier])[dossier.pk]
    try:
        address = Address.parsed(wish.identifier)
    except ValueError:
        words = f"« {wish.identifier} » n'est pas une adresse : elle commence par un SIREN."
        return Plan(wish=wish, deeds=(), sentence="", objections=(words,))
    deeds = tuple(_deeds(wish, address, known))
    objections = [*_of_dossier(dossier, wish, address), *_of_rules(wish, deeds, known)]
    return Plan(
        wish=wish, deeds=deeds, sentence=_sentence(wish, deeds),
        objections=tuple(dict.fromkeys(objections)),
        remarks=tuple(_remarks(address, wish, known)),
    )  # fmt: skip


def known_of(dossiers: Collection[Dossier]) -> dict[int, Known]:
    """Return what is known for `dossiers`, by id, in as many queries for a hundred as for one."""
    sirens = {one.siren for one in dossiers}
    lines: dict[str, list[directory.Line]] = {one: [] for one in sirens}
    for row in current(Line).filter(siren__in=sirens, own=False).order_by("start", "pk"):
        lines[row.siren].append(row.as_line())
    asked: dict[int, list[directory.Line]] = {one.pk: [] for one in dossiers}
    open_requests = LineRequest.objects.filter(
        dossier__in=dossiers, file__state__in=NOT_REFUSED, file__replaced_by=None
    )
    for request in open_requests.order_by("pk"):
        asked[request.dossier_id].append(request.as_line())
    platforms, received = _platforms(), Import.objects.exists()
    active = _active(sirens)
    return {
        one.pk: Known(
            lines=tuple(_as_it_will_be(lines[one.siren], asked[one.pk])), platforms=platforms,
            is_received=received, active=active,
        )
        for one in dossiers
    }  # fmt: skip


def _as_it_will_be(
    published: list[directory.Line], asked: list[directory.Line]
) -> Iterator[directory.Line]:
    """Yield the portal's lines, then what was asked and is not published: the newer one counts."""
    yield from published
    keys = {key_of(one) for one in published}
    yield from (one for one in asked if key_of(one) not in keys or one.end)


def _platforms() -> set[str]:
    numbers = current(Platform).filter(status=ACTIVE).values_list("number", flat=True)
    return {*numbers, settings.PLATFORM_NUMBER} - {""}


def _active(sirens: Collection[str]) -> set[str]:
    units = current(LegalUnit).filter(siren__in=sirens, status=ACTIVE, own=False)
    places = current(Facility).filter(siren__in=sirens, status=ACTIVE, own=False)
    sirets = set(places.values_list("siret", flat=True))
    codes = current(RoutingCode).filter(siret__in=sirets, status=ACTIVE)
    return {
        *units.values_list("siren", flat=True), *sirets,
        *(directory.routing_key(one.siret, one.routing) for one in codes),
    }  # fmt: skip


def _standing(known: Known, identifier: str) -> list[directory.Line]:
    """Return the definitions of an address that nothing replaced or cancelled, by first day."""
    mine = [one for one in known.lines if one.address.identifier.lower() == identifier.lower()]
    latest = {one.start: one for one in mine if one.nature == Nature.DEFINITION}
    cancelled = {one.start for one in mine if one.nature == Nature.MASKING}
    return [latest[day] for day in sorted(latest) if day not in cancelled]


def _deeds(wish: Wish, address: Address, known: Known) -> Iterator[tuple[Deed, directory.Line]]:
    """Yield what must be written: to open at an address, what stands in the way ends first."""
    lines = _standing(known, address.identifier)
    if wish.deed == Deed.OPEN:
        if any(_is_ours_on(line, wish.on) for line in lines):
            return
        for line in lines:
            if line.start >= wish.on and line.start > lookup.today():
                yield Deed.CANCEL, directory.masked(line)
            elif line.until is None or line.until > wish.on:
                yield Deed.END, directory.ended(line, wish.on)
        yield Deed.OPEN, directory.opened(address, settings.PLATFORM_NUMBER, wish.on)
    elif wish.deed == Deed.END:
        yield from (
            (Deed.END, directory.ended(line, wish.on))
            for line in lines
            if line.is_in_effect(lookup.today())
        )
    else:
        yield from (
            (Deed.CANCEL, directory.masked(line)) for line in lines if line.start == wish.on
        )


def _is_ours_on(line: directory.Line, day: date) -> bool:
    return line.platform == settings.PLATFORM_NUMBER and line.is_in_effect(day)


def _of_dossier(dossier: Dossier, wish: Wish, address: Address) -> Iterator[str]:
    """Say what stands against it on our side."""
    if not settings.PLATFORM_NUMBER:
        yield (
            "Le matricule de cette plateforme manque : l'exploitant le renseigne "
            "(FACTURIER_PLATFORM)."
        )
    if address.siren != dossier.siren:
        yield (
            f"L'adresse est celle du SIREN {address.siren} ; ce dossier est celui du SIREN "
            f"{dossier.siren}. Demandez-la dans le dossier de cette entreprise."
        )
    is_own = wish.identifier == dossier.electronic_address
    if wish.deed != Deed.OPEN or is_own:
        return
    if sight.dossier_at(wish.identifier) not in (None, dossier.pk):
        yield "Un autre dossier de cette installation reçoit déjà à cette adresse."


def _of_rules(
    wish: Wish, deeds: tuple[tuple[Deed, directory.Line], ...], known: Known
) -> Iterator[str]:
    if not deeds and wish.deed == Deed.OPEN:
        yield f"Cette plateforme reçoit déjà à cette adresse le {wish.on:%d/%m/%Y}."
        return
    if not deeds:
        yield "Rien à écrire : l'annuaire ne connaît pas cette ligne, ou elle n'a plus d'effet."
        return
    lines = tuple(line for _, line in deeds)
    wanted = known.platforms if known.is_received else None
    for one in check_update(Update(lines=lines), lookup.today(), known.lines, wanted):
        yield f"{one.message} {one.remedy} ({one.rule})"


def _remarks(address: Address, wish: Wish, known: Known) -> Iterator[str]:
    """Say what only the portal's directory can tell: G1.92, G1.96, G1.97."""
    if wish.deed != Deed.OPEN:
        return
    if not known.is_received:
        yield (
            "L'annuaire du portail n'a pas encore été reçu ici : le portail jugera seul si le "
            "SIREN, le SIRET et le code de routage sont actifs."
        )
        return
    if address.siren not in known.active:
        yield f"Le SIREN {address.siren} n'est pas actif dans l'annuaire du portail (G1.96)."
    if address.siret and address.siret not in known.active:
        yield f"Le SIRET {address.siret} n'est pas actif dans l'annuaire du portail (G1.97)."
    key = directory.routing_key(address.siret, address.routing)
    if address.routing and key not in known.active:
        yield f"Le code de routage « {address.routing} » n'existe pas à ce SIRET (G1.92)."


def _sentence(wish: Wish, deeds: tuple[tuple[Deed, directory.Line], ...]) -> str:
    day = f"{wish.on:%d/%m/%Y}"
    if wish.deed == Deed.END:
        return f"L'adresse « {wish.identifier} » ne reçoit plus à partir du {day}."
    if wish.deed == Deed.CANCEL:
        return f"La ligne « {wish.identifier} », prévue le {day}, n'aura jamais d'effet."
    before = [
        f"la ligne vers la plateforme {line.platform} "
        + ("s'arrête ce jour-là" if deed == Deed.END
           else f"prévue le {line.start:%d/%m/%Y} est annulée")
        for deed, line in deeds if deed != Deed.OPEN
    ]  # fmt: skip
    more = f" ; {', '.join(before)}" if before else ""
    return f"À partir du {day}, cette plateforme reçoit à l'adresse « {wish.identifier} »{more}."


@transaction.atomic
def ask(
    dossier: Dossier,
    plan: Plan,
    by: Person | None,
    *,
    agreed_on: date | None = None,
    replaces: PortalFile | None = None,
) -> PortalFile:
    """Owe the portal the flux 13 of a plan; the dossier is in sight.

    Raises `RefusedByUs` when something stands against it, or when nobody signed that this platform
    receives (the *accord formel*).
    """
    if plan.objections:
        raise RefusedByUs(plan.objections[0], reason="directory-rule")
    opens = plan.wish.deed == Deed.OPEN
    if opens and agreed_on is None:
        raise RefusedByUs(
            "L'accord formel du client manque.", reason="no-agreement",
            remedy="Faites-le signer, puis indiquez sa date : le portail n'admet rien sans lui.",
        )  # fmt: skip
    name = f"F13_{dossier.siren}_{uuid.uuid4().hex[:12].upper()}.xml"
    lines = tuple(line for _, line in plan.deeds)
    file = outbox.owe(
        dossier, Interface.F13, name, write_update(Update(lines=lines)), about=_label(plan),
        due_at=_due(plan), replaces=replaces,
    )  # fmt: skip
    LineRequest.objects.bulk_create(
        LineRequest(
            dossier=dossier, file=file, rank=rank, deed=deed,
            about=line.address.identifier.lower(), identifier=line.address.identifier,
            platform=line.platform, start=line.start, end=line.end,
            agreed_on=agreed_on if opens else None, asked_by=by,
        )
        for rank, (deed, line) in enumerate(plan.deeds, 1)
    )  # fmt: skip
    return file


def _label(plan: Plan) -> str:
    words = {
        Deed.OPEN: "Recevoir à {} dès le {:%d/%m/%Y}", Deed.END: "Fermer {} au {:%d/%m/%Y}",
        Deed.CANCEL: "Annuler {} du {:%d/%m/%Y}",
    }  # fmt: skip
    return words[plan.wish.deed].format(plan.wish.identifier, plan.wish.on)


def _due(plan: Plan) -> datetime:
    """Return until when the portal must have it: the day before it takes effect (G1.85, G1.87)."""
    return timezone.make_aware(datetime.combine(plan.wish.on, time.min))


def wish_of(requests: Iterable[LineRequest]) -> Wish:
    """Return what the lines of one file were asked for; its last line tells."""
    last = max(requests, key=lambda one: one.rank)
    day = last.end if last.deed == Deed.END else last.start
    assert day is not None, "what is ended has its day"
    return Wish(deed=Deed(last.deed), identifier=last.identifier, on=day)


def again(file: PortalFile) -> PortalFile:
    """Ask again for what the portal refused, from tomorrow on where its day is past.

    Raises `RefusedByUs` with the rule that still stands against it.
    """
    rows = list(LineRequest.objects.filter(file=file).select_related("dossier", "asked_by"))
    if not rows:
        raise RefusedByUs(
            "Cette demande n'a pas été faite ici.", reason="directory-request",
            remedy="Faites-en une autre depuis la page Adresses de réception.",
        )  # fmt: skip
    wish = wish_of(rows)
    if wish.deed != Deed.CANCEL:
        wish = replace(wish, on=max(wish.on, earliest()))
    signed = next((one.agreed_on for one in rows if one.agreed_on), None)
    dossier = rows[0].dossier
    return ask(dossier, planned(dossier, wish), rows[0].asked_by, agreed_on=signed, replaces=file)


def addresses_of(dossier: Dossier) -> list[str]:
    """Return the addresses at which parcels may wait for `dossier`: its own, and granted ones."""
    granted = LineRequest.objects.filter(
        dossier=dossier, deed=Deed.OPEN, file__state=State.ACCEPTED
    ).values_list("identifier", flat=True)
    return list(dict.fromkeys([dossier.electronic_address, *granted.distinct()]))
