"""Files of tills: kept first, then read as proposed, shown, and taken in when a person confirms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from facturier.errors import RefusedByUs
from facturier.reporting import till_files, till_layouts
from facturier.reporting.till_files import LARGEST, Layout, Reading
from facturier.server import clock
from facturier.server.documents import store
from facturier.server.documents.deposit import remember, row_of
from facturier.server.takings import keeping, told
from facturier.server.takings.models import (
    LONGEST_TILL,
    DayTakings,
    TakingsChoice,
    TillFile,
    TillLayout,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facturier.reporting.takings import Department, Z
    from facturier.server.firm.models import Dossier, Person

USUAL_TILL = "Caisse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A day of a file, beside what is kept of it."""

    z: Z
    there: DayTakings | None
    """The standing record of that day and till."""

    @property
    def is_same(self) -> bool:
        """Whether what is kept says the same already."""
        return self.there is not None and self.z.same_amounts(self.there.z())

    @property
    def differs(self) -> bool:
        """Whether taking it in corrects what is kept."""
        return self.there is not None and not self.is_same


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What confirming would do."""

    file: TillFile
    layout: Layout | None
    reading: Reading | None
    """None when the file cannot be read by the layout at all; `refusal` says why."""
    days: Sequence[Met]
    refusal: RefusedByUs | None

    @property
    def new(self) -> Sequence[Met]:
        """Days that nobody told yet."""
        return [one for one in self.days if one.there is None]

    @property
    def different(self) -> Sequence[Met]:
        """Days that are kept with other amounts."""
        return [one for one in self.days if one.differs]

    @property
    def same(self) -> Sequence[Met]:
        """Days that are kept already, as they are."""
        return [one for one in self.days if one.is_same]

    @property
    def can_be_taken(self) -> bool:
        """Whether confirming takes something in."""
        unsure = self.reading is not None and self.reading.is_unsure
        return bool(self.new or self.different) and not unsure


def keep(dossier: Dossier, name: str, data: bytes, by: Person | None) -> TillFile:
    """Keep a file, byte for byte, with the layout that is known or proposed for it."""
    if len(data) > LARGEST:
        raise RefusedByUs(
            "Ce fichier dépasse 10 Mo.", reason="too-big",
            remedy="Exportez un récapitulatif par jour plutôt que les tickets.",
        )  # fmt: skip
    stored = row_of(data)
    layout = _known(dossier, data) or _proposed(data)
    choice = choice_of(dossier)
    till = choice.tills[0] if choice else USUAL_TILL
    with transaction.atomic():
        return TillFile.objects.create(
            dossier=dossier, name=name[:200] or "sans nom", stored=remember(stored),
            layout=till_layouts.written(layout) if layout else None, till=till, by=by,
            received_at=clock.now(),
        )  # fmt: skip


def choice_of(dossier: Dossier) -> TakingsChoice | None:
    """Return how a dossier sells without invoice; None when nobody said."""
    return TakingsChoice.objects.filter(dossier=dossier).first()


def _known(dossier: Dossier, data: bytes) -> Layout | None:
    kept = TillLayout.objects.filter(dossier=dossier)
    return till_layouts.recalled(data, [till_layouts.read_back(one.layout) for one in kept])


def _proposed(data: bytes) -> Layout | None:
    try:
        return till_layouts.propose(data)
    except RefusedByUs:
        return None


def content(file: TillFile) -> bytes:
    """Return the bytes that came in."""
    return store.get(str(file.stored_id))


def departments_of(dossier: Dossier) -> tuple[Department, ...]:
    """Return what a dossier sells, so that a rate has a category; nothing when nobody said."""
    choice = choice_of(dossier)
    return choice.asked() if choice else ()


def preview(file: TillFile, layout: Layout | None = None) -> Preview:
    """Return what taking `file` in would do, read by `layout`, else by the one it was kept with."""
    layout = layout or (till_layouts.read_back(file.layout) if file.layout else None)
    refusal: RefusedByUs | None = None
    reading: Reading | None = None
    data = content(file)
    try:
        if layout is None:
            layout = till_layouts.propose(data)  # refuses, and says why
        reading = till_files.read(
            data, layout, departments_of(file.dossier), till=file.till or USUAL_TILL
        )
    except RefusedByUs as error:
        refusal = error
    days = _met(file.dossier, reading.days) if reading else []
    return Preview(file=file, layout=layout, reading=reading, days=days, refusal=refusal)


def _met(dossier: Dossier, days: Sequence[Z]) -> list[Met]:
    rows = told.standing(dossier).filter(day__in={z.day for z in days}).select_related("by", "file")
    there = {(row.day, row.till): row for row in rows.prefetch_related("lines")}
    return [Met(z=z, there=there.get((z.day, z.till))) for z in days]


def relaid(file: TillFile, layout: Layout, till: str) -> Preview:
    """Keep how a person wants `file` to be read, and return what that gives."""
    file.layout, file.till = till_layouts.written(layout), till[:LONGEST_TILL] or USUAL_TILL
    file.save(update_fields=["layout", "till"])
    return preview(file)


def take_in(file: TillFile, by: Person | None, *, replacing: bool) -> int:
    """Record the days of a file and keep its layout for the next one; return how many days.

    Days that are kept with other amounts are corrected when `replacing`, else left. Raises
    RefusedByUs when nothing is to be taken, or the file was taken before.
    """
    with transaction.atomic():
        file = TillFile.objects.select_for_update().select_related("dossier").get(pk=file.pk)
        if file.state != TillFile.State.WAITING:
            raise RefusedByUs(
                "Ce fichier a déjà été traité.", reason="done",
                remedy="Déposez-le de nouveau pour le relire.",
            )  # fmt: skip
        seen = preview(file)
        if not seen.can_be_taken:
            raise RefusedByUs(
                "Rien n'est à importer de ce fichier.", reason="nothing",
                remedy="Corrigez ce que l'aperçu signale, ou écartez le fichier.",
            )  # fmt: skip
        done = _recorded(seen, by, replacing=replacing)
        assert seen.layout is not None
        assert seen.reading is not None
        _remember_layout(file, seen.layout, by)
        left = bool(seen.reading.problems) or bool(seen.different and not replacing)
        file.state = TillFile.State.PARTLY if left else TillFile.State.TAKEN
        file.days, file.problems = done, len(seen.reading.problems)
        file.save(update_fields=["state", "days", "problems"])
        return done


def _recorded(seen: Preview, by: Person | None, *, replacing: bool) -> int:
    origin = DayTakings.Origin.FILE
    for one in seen.new:
        keeping.record(seen.file.dossier, one.z, origin=origin, by=by, file=seen.file)
    corrected = seen.different if replacing else ()
    for one in corrected:
        assert one.there is not None
        keeping.correct(
            one.there, one.z, f"Import de « {seen.file.name} »"[:200], origin=origin, by=by,
            file=seen.file,
        )  # fmt: skip
    return len(seen.new) + len(corrected)


def _remember_layout(file: TillFile, layout: Layout, by: Person | None) -> None:
    """Keep a confirmed layout under what its columns are: the next file finds it by them."""
    written = till_layouts.written(layout)
    same = next(
        (
            one
            for one in TillLayout.objects.filter(dossier=file.dossier)
            if {column["name"] for column in one.layout["columns"]} == set(layout.names)
        ),
        None,
    )
    if same is not None:
        same.layout, same.by, same.confirmed_at = written, by, clock.now()
        same.save()
        return
    number = TillLayout.objects.filter(dossier=file.dossier).count() + 1
    TillLayout.objects.create(
        dossier=file.dossier, name=f"Format {number}", layout=written, by=by,
        confirmed_at=clock.now(),
    )  # fmt: skip


def set_aside(file: TillFile) -> None:
    """Close a file of which nothing is to be taken; its bytes stay."""
    waiting = TillFile.objects.filter(pk=file.pk, state=TillFile.State.WAITING)
    waiting.update(state=TillFile.State.SET_ASIDE)
