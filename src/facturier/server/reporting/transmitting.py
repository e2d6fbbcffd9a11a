"""The file of a declaration: made from its documents, checked, owed to the portal.

The file is made from the documents themselves, and its figures are compared with those that were
kept when each was taken in: a page never shows other sums than those that are sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from facturier import formats, rules
from facturier.errors import RefusedByUs
from facturier.formats.detect import detect
from facturier.formats.flux10 import write_report
from facturier.reporting import figures
from facturier.reporting.envelope import Interface
from facturier.reporting.filing import Filing, Gathered, Kind, Role, written
from facturier.reporting.periods import PARIS, Data
from facturier.reporting.receipts import Received, gather_payments
from facturier.reporting.report import Payments, Report, Transactions
from facturier.reporting.sales import Sale
from facturier.reporting.transactions import gather_transactions
from facturier.server import clock
from facturier.server.documents import store
from facturier.server.documents.models import Document
from facturier.server.portal.models import TAKEN_UP
from facturier.server.portal.outbox import owe
from facturier.server.reporting import periods, takings
from facturier.server.reporting.models import Declaration, Sending
from facturier.server.reporting.qualifying import PLATFORM_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from facturier.findings import Verdict
    from facturier.invoice.model import Invoice
    from facturier.reporting.figures import Change, Figure
    from facturier.server.firm.models import Person

LATE_DELAY = timedelta(hours=24)
"""For what is sent after its limit: no text was found, other delays of a platform are 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The file of a declaration as it would leave now."""

    declaration: Declaration
    kind: Kind
    gathered: Gathered
    content: bytes
    """The flux 10; byte for byte what is sent."""
    verdict: Verdict
    told: tuple[Figure, ...]
    changes: tuple[Change, ...]
    """What it changes of what the tax office holds; nothing of a first transmission."""
    last: Sending | None
    """The latest transmission of the period; None when there was none."""
    made_at: datetime

    @property
    def identifier(self) -> str:
        """TT-1."""
        report = self.gathered.report
        assert report is not None and report.header is not None  # noqa: PT018 - one fact
        return report.header.identifier or ""


def draft(declaration: Declaration) -> Draft:
    """Make the file of `declaration` as things stand, and check it; nothing is kept."""
    sendings = list(declaration.sendings.select_related("file"))
    held = periods.latest_accepted(sendings)
    kind = Kind.INITIAL if held is None else Kind.RECTIFYING
    at = clock.now()
    gathered = _gathered(declaration, _filing(declaration, kind, at, len(sendings) + 1))
    content = write_report(gathered.report) if gathered.report else b""
    told = figures.figures(gathered.report)
    before = periods.told_by(held) if held is not None else ()
    return Draft(
        declaration=declaration, kind=kind, gathered=gathered, content=content, made_at=at,
        verdict=rules.check(detect(content), on=periods.today()), told=told,
        changes=figures.compare(before, told) if held is not None else (),
        last=sendings[-1] if sendings else None,
    )  # fmt: skip


def _filing(declaration: Declaration, kind: Kind, at: datetime, rank: int) -> Filing:
    """Return whose transmission it is; `rank` tells apart those of one second."""
    dossier = declaration.dossier
    start, second = written(declaration.start), f"{at.astimezone(PARIS):%Y%m%d%H%M%S}"
    about = (dossier.siren, declaration.role, declaration.data[:1].upper(), start, second)
    return Filing(
        siren=dossier.siren, name=dossier.name, role=Role(declaration.role),
        period=declaration.period, platform=settings.PLATFORM_NUMBER, platform_name=PLATFORM_NAME,
        created_at=at, kind=kind, identifier="-".join((*about, str(rank))),
    )  # fmt: skip


def _gathered(declaration: Declaration, filing: Filing) -> Gathered:
    """Return the transmission; one that tells nothing any more when all it told is gone."""
    sells = filing.role is Role.SELLER
    taken = takings.takings_of(declaration.dossier, filing.period) if sells else ()
    data = Data(declaration.data)
    if data is Data.TRANSACTIONS:
        tills = (one for one in taken if isinstance(one, Sale))
        found = gather_transactions(_invoices(declaration), filing, tills=tills)
        nothing = Report(
            header=filing.header(data), transactions=Transactions(period=filing.days())
        )
    else:
        received = (one for one in taken if isinstance(one, Received))
        found = gather_payments((*_receipts(declaration), *received), filing)
        nothing = Report(header=filing.header(data), payments=Payments(period=filing.days()))
    if found.report is not None:
        return found
    return Gathered(
        report=nothing, taken=found.taken, left_out=found.left_out, remarks=found.remarks
    )


def _invoices(declaration: Declaration) -> Iterator[Invoice]:
    told = _rows(declaration).values("document")
    for document in Document.objects.filter(pk__in=told).order_by("issue_date", "pk"):
        yield read(document)


def _receipts(declaration: Declaration) -> Iterator[Received]:
    """Yield each receipt of the period as its status 212 tells it, day by day."""
    rows = _rows(declaration).select_related("document").order_by("day", "event", "-rate")
    grouped: dict[tuple[int, Any], list[Any]] = {}
    for row in rows:
        assert row.event_id is not None, "payments are told by statuses"
        grouped.setdefault((row.event_id, row.day), []).append(row)
    invoices: dict[int, Invoice] = {}
    for (_, day), of_event in grouped.items():
        document = of_event[0].document
        if document.pk not in invoices:
            invoices[document.pk] = read(document)
        parts = tuple((row.rate, row.base) for row in of_event)
        yield Received(day=day, parts=parts, invoice=invoices[document.pk])


def _rows(declaration: Declaration) -> Any:
    return periods.live_figures(declaration.dossier).filter(
        role=declaration.role, data=declaration.data,
        day__range=(declaration.start, declaration.end),
    )  # fmt: skip


def read(document: Document) -> Invoice:
    """Return the invoice that a document holds."""
    return formats.read(store.get(document.sha256)).invoice


def why_not(declaration: Declaration, made: Draft) -> RefusedByUs | None:
    """Return why a declaration cannot be sent now, with the remedy; None when it can."""
    if periods.today() <= declaration.end:
        return _refusal(
            "period-open", f"La période {declaration.period} n'est pas finie (G7.43).",
            f"Transmettez à partir du {declaration.end + timedelta(days=1):%d/%m/%Y}.",
        )  # fmt: skip
    if made.last is not None and periods.is_waiting(made.last):
        return _refusal(
            "answer-awaited", "Une transmission de cette période attend la réponse du portail.",
            "Attendez d'apprendre si elle est acceptée : la suivante en dépend.",
        )  # fmt: skip
    if made.kind is Kind.INITIAL and not made.told:
        return _refusal(
            "nothing-to-declare", "Il n'y a rien à déclarer pour cette période.",
            "Sans opération, aucune transmission n'est due.",
        )  # fmt: skip
    if made.kind is Kind.RECTIFYING and not made.changes:
        return _refusal(
            "nothing-changed", "Rien n'a changé depuis la dernière transmission acceptée.",
            "Il n'y a rien à rectifier.",
        )  # fmt: skip
    if made.verdict.fatal:
        first = made.verdict.fatal[0]
        return _refusal(
            "rule", f"Le portail refuserait ce fichier. {first.rule} : {first.message}",
            first.remedy,
        )  # fmt: skip
    return None


def _refusal(reason: str, message: str, remedy: str) -> RefusedByUs:
    return RefusedByUs(message, reason=reason, remedy=remedy)


@transaction.atomic
def transmit(declaration: Declaration, by: Person | None = None) -> Sending:
    """Send a declaration, or the rectification of what was sent; `by` is None when automatic.

    The row stays locked, so that two who press at once send once. Raises `RefusedByUs` when there
    is nothing to send, when an answer is awaited, or when the file breaks a rule.
    """
    locked = Declaration.objects.select_for_update(of=("self",)).select_related("dossier").get(
        pk=declaration.pk
    )  # fmt: skip
    made = draft(locked)
    refusal = why_not(locked, made)
    if refusal is not None:
        raise refusal
    assert made.told == periods.current_figures(locked), (
        f"declaration {locked.pk}: the file tells other figures than those that were kept"
    )
    before = periods.file_of(made.last) if made.last is not None else None
    file = owe(
        locked.dossier, Interface.F10, f"{made.identifier}.xml", made.content,
        about=f"{locked} · {'rectification' if made.kind is Kind.RECTIFYING else 'initiale'}",
        due_at=_due_at(locked, made), reference=made.identifier,
        replaces=before if before is not None and before.state in TAKEN_UP else None,
    )  # fmt: skip
    sending = Sending.objects.create(
        dossier=locked.dossier, declaration=locked, kind=made.kind, identifier=made.identifier,
        file=file, changes=[as_words(one) for one in made.changes], by=by, made_at=made.made_at,
    )  # fmt: skip
    locked.state, locked.obstacle, locked.is_stale = Declaration.State.SENT, "", True
    locked.save(update_fields=["state", "obstacle", "is_stale"])
    return sending


def _due_at(declaration: Declaration, made: Draft) -> datetime:
    in_time = made.made_at <= declaration.due_at
    return declaration.due_at if in_time else made.made_at + LATE_DELAY


def as_words(change: Change) -> dict[str, Any]:
    """Return a change as JSON: amounts as words, so that no float ever touches them."""
    return {
        "about": {
            "block": change.about.block, "day": change.about.day.isoformat(),
            "number": change.about.number, "category": change.about.category,
            "rate": str(change.about.rate), "country": change.about.country,
            "currency": change.about.currency,
        },
        "before": _amounts(change.before), "after": _amounts(change.after),
    }  # fmt: skip


def _amounts(figure: Figure | None) -> dict[str, str] | None:
    return None if figure is None else {"base": str(figure.base), "tax": str(figure.tax)}
