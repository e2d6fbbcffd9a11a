"""What a dossier knows beside one of its documents, as the engine asks for it.

Six look-ups for a received document, as many for an issued one; one more for a cadre x7 (tills),
one for what was written in another's name (mandates).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from facturier import formats
from facturier.anomalies.history import Channel, Company, Earlier, History, Mandate
from facturier.errors import FacturierError
from facturier.invoice.codes import SELF_BILLED
from facturier.invoice.words import plain
from facturier.server.anomalies.models import Examination
from facturier.server.books.models import Entry, EntryLine
from facturier.server.documents import store
from facturier.server.documents.models import Document
from facturier.server.expenses.models import Employee
from facturier.server.firm.models import Dossier
from facturier.server.mandates.models import MandatedDocument
from facturier.server.takings import told
from facturier.server.takings.models import TakingsChoice
from facturier.vat.told import ALREADY_COLLECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from facturier.invoice.model import Invoice

DEAD = ("213", "501", "210")
"""Rejected or refused: such a document is in nobody's books."""
LOOKED_BACK, LOOKED_AHEAD = 1100, 400
"""Days."""
MOST = 200
"""Other documents of the seller that are looked at, the nearest in time first."""
READ_ANEW = 5
"""Files of earlier documents that are read when nobody examined them yet."""
BOOKED_ALIKE = 20
TILL_DAYS = 60


def history_of(document: Document, invoice: Invoice) -> History:
    """Return what the dossier of `document` knows beside it."""
    dossier = document.dossier
    arrived = document.created_at.date()
    return History(
        earlier=(*_booked(document), *_documents(document)),
        company=company_of(dossier, document),
        mandates=_mandates(document, invoice),
        takings=_takings(document, invoice),
        today=arrived,
        findings=frozenset(
            document.findings.filter(rule__startswith="PDF-").values_list("rule", flat=True)
        ),
    )


def company_of(dossier: Dossier, document: Document) -> Company:
    """Return the company of a dossier as it stood when the document came in."""
    locked = dossier.locks.filter(at__lt=document.created_at).order_by("-at", "-pk")
    return Company(
        siren=dossier.siren,
        siret=dossier.siret,
        names=(dossier.name,),
        post_code=dossier.post_code,
        is_franchise=dossier.vat_regime == Dossier.VatRegime.FRANCHISE,
        closed_until=locked.values_list("until", flat=True).first(),
        employees=_employees(document),
    )


def _employees(document: Document) -> tuple[str, ...]:
    if document.direction != Document.Side.RECEIVED:
        return ()
    known = Employee.objects.filter(dossier=document.dossier_id)
    return tuple(known.values_list("name", flat=True))


def _mandates(document: Document, invoice: Invoice) -> tuple[Mandate, ...] | None:
    """Return what covers an invoice written in another's name; None when it is its seller's own."""
    if document.type_code not in SELF_BILLED and invoice.invoicer is None:
        return None
    under = MandatedDocument.objects.filter(document=document).select_related("mandate").first()
    if under is None:
        return None
    if under.mandate is None:
        return ()
    return (
        Mandate(
            seller=document.seller_siren,
            issuer=under.agent_siren,
            start=under.mandate.starts_on,
            end=under.mandate.ends_on,
        ),
    )


# --- documents of the same seller -----------------------------------------------------------------


def _documents(document: Document) -> list[Earlier]:
    rows = list(_near(document))
    unread = [one for one in rows if not hasattr(one, "examination")][:READ_ANEW]
    facts = {one.pk: facts_of(one) for one in unread}
    return [_earlier(one, facts.get(one.pk)) for one in reversed(rows)]


def _near(document: Document) -> Iterable[Document]:
    """Yield the other documents of the seller, the latest first, rejected and refused ones apart.

    Of what the dossier issued: those to the same buyer, and its latest ones whoever bought.
    """
    same = Document.objects.filter(dossier=document.dossier_id, direction=document.direction)
    same = same.exclude(pk=document.pk).exclude(state__in=DEAD).select_related("examination")
    if document.issue_date is not None:
        same = same.filter(issue_date__range=_window(document.issue_date))
    same = same.filter(seller_siren=document.seller_siren).order_by("-issue_date", "-pk")
    if not document.seller_siren:
        same = same.filter(seller_name=document.seller_name)
    if document.direction == Document.Side.RECEIVED:
        return same[:MOST]
    half = MOST // 2
    theirs = list(
        same.filter(buyer_siren=document.buyer_siren, buyer_name=document.buyer_name)[:half]
    )
    seen = {one.pk for one in theirs}
    others = (one for one in same[:half] if one.pk not in seen)
    return sorted(
        (*theirs, *others), key=lambda one: (str(one.issue_date or ""), one.pk), reverse=True
    )


def _window(day: date) -> tuple[date, date]:
    """Return the days between which others are looked for; any date may stand in a file."""
    first, last = day.toordinal() - LOOKED_BACK, day.toordinal() + LOOKED_AHEAD
    return date.fromordinal(max(first, 1)), date.fromordinal(min(last, date.max.toordinal()))


def _earlier(one: Document, read: Mapping[str, object] | None) -> Earlier:
    examined: Examination | None = getattr(one, "examination", None)
    facts = read or {
        "account": examined.account if examined else "",
        "order": examined.order if examined else "",
        "about": examined.about if examined else [],
    }
    return Earlier(
        number=one.number,
        issue_date=one.issue_date,
        type_code=one.type_code,
        buyer=one.buyer_siren,
        gross=one.total_with_vat,
        channel=Channel.E_INVOICE,
        account=str(facts["account"]),
        order=str(facts["order"]),
        about=tuple(facts["about"]),  # type: ignore[arg-type]
        place=f"facture {one.number} du {one.issue_date:%d/%m/%Y}" if one.issue_date else "",
    )


def facts_of(document: Document) -> dict[str, object]:
    """Return what later documents ask of this one, read from its file."""
    try:
        return facts_in(formats.read(store.get(document.sha256)).invoice)
    except (FacturierError, store.MissingBytes):
        return {"account": "", "order": "", "about": []}


def facts_in(invoice: Invoice) -> dict[str, object]:
    """Return what later documents ask of this one: account, order, the invoices that it names."""
    accounts = (
        (one.credit_transfer.account or "").replace(" ", "").upper()
        for one in invoice.payment_instructions
        if one.credit_transfer
    )
    named = [one.number for one in invoice.preceding_invoices if one.number]
    return {
        "account": next((one for one in accounts if one), "")[:40],
        "order": (invoice.order or "")[:200],
        "about": named[:50],
    }


# --- entries that no electronic invoice is behind -------------------------------------------------


def _booked(document: Document) -> list[Earlier]:
    """Return the entries of the same amount and party: a paper, a PDF, another program's books."""
    amount = document.total_with_vat
    if not amount:
        return []
    bought = document.direction == Document.Side.RECEIVED
    lines = EntryLine.objects.filter(
        Q(account__startswith="401") | Q(account__startswith="404")
        if bought
        else Q(account__startswith="411"),
        dossier=document.dossier_id,
        entry__document=None,
        entry__reverses=None,
        entry__state__in=(Entry.State.PROPOSED, Entry.State.VALIDATED),
        **{"credit" if bought else "debit": abs(amount)},
    )
    near = lines.select_related("entry__journal").order_by("-entry__date", "-pk")[:BOOKED_ALIKE]
    siren = document.seller_siren if bought else document.buyer_siren
    name = document.seller_name if bought else document.buyer_name
    return [_of_line(one, document) for one in near if _is_of(one, siren, name)]


def _is_of(line: EntryLine, siren: str, name: str) -> bool:
    """Tell whether a line of the books is of this party: by its SIREN, else by its name."""
    if siren and siren in line.auxiliary:
        return True
    said = set(_words(f"{line.auxiliary_label} {line.label} {line.auxiliary}"))
    return bool(said & set(_words(name)))


_MEANINGLESS = frozenset({"sarl", "sas", "sasu", "eurl", "societe", "facture", "achat", "vente"})
_SHORTEST = 4


def _words(text: str) -> Iterable[str]:
    found = plain(text).replace("-", " ").split()
    return (one for one in found if len(one) >= _SHORTEST and one not in _MEANINGLESS)


def _of_line(line: EntryLine, document: Document) -> Earlier:
    entry = line.entry
    day = line.piece_date or entry.piece_date or entry.date
    number = f"{entry.journal.code} {entry.number}".strip()
    return Earlier(
        number=line.piece or entry.piece,
        issue_date=day,
        type_code=document.type_code,
        gross=document.total_with_vat,
        channel=Channel.BOOKS,
        place=f"écriture {number} du {entry.date:%d/%m/%Y}, pièce {line.piece or entry.piece}",
    )


# --- tills ----------------------------------------------------------------------------------------


def _takings(document: Document, invoice: Invoice) -> dict[date, Decimal] | None:
    """Return day → amount of the tills before a sale in cadre B7 or S7; None for any other."""
    process = (invoice.process.business_process if invoice.process else "") or ""
    day = document.issue_date
    if (
        document.direction != Document.Side.ISSUED
        or process[1:] != ALREADY_COLLECTED
        or day is None
    ):
        return None
    if not TakingsChoice.objects.filter(dossier=document.dossier_id).exists():
        return None
    first = date.fromordinal(max(day.toordinal() - TILL_DAYS, 1))
    rows = told.standing(document.dossier).filter(day__range=(first, day))
    return dict(rows.order_by().values_list("day").annotate(taken=Sum("gross")))
