"""What the portal thinks of one flux 10: an e-reporting transmission.

Source: DGFiP external specifications v3.2, dossier général §3.7.9 and §3.7.10; annexe 7: G6.22
(sender), G6.24 and G7.43 (period), G6.26 (declarant), G1.42 (invoices told twice); the rulebook of
flux 10 for the rest. A transmission is unique by its number, its declarant and its period. That a
second initial transmission of one period is refused is written nowhere: it is taken.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING

from facturier.formats.detect import Detected, Syntax
from facturier.formats.flux10 import read_report
from facturier.formats.xsd import schema_findings
from facturier.lifecycle.statuses import Subject
from facturier.network.concentrator.known import Judged, Objection
from facturier.reporting.extract import SHORT_NUMBER
from facturier.reporting.periods import PARIS
from facturier.rules.check import check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from facturier.findings import Finding
    from facturier.network.concentrator.known import Application, Known, Moment
    from facturier.reporting.report import Header, Report

_SHORT_VAT_POINTS = frozenset({"5", "29", "35", "72"})
"""TT-80 while it is limited: 3, 5 and 432 are not taken then (AIFE), 5 being 29 in CII."""
_PARTY_FORM = "G2.19"
_PERIOD_RULE = "G6.25"
_PERIOD_TERMS = ("TT-17", "TT-18", "TT-89", "TT-90")
_INSTANT = "%Y%m%d%H%M%S"


def syntax_objections(detected: Detected, name: str) -> Iterator[Objection]:
    """Yield why a file cannot be taken as a flux 10: 501."""
    if detected.syntax is not Syntax.FLUX10:
        yield Objection(reason="IRR_SYNTAX", message="Ce fichier n'est pas un flux 10.", place=name)
        return
    for one in schema_findings(detected)[:1]:
        yield Objection(reason="IRR_SYNTAX", message=one.message, place=name)


def judged(
    detected: Detected, name: str, application: Application, known: Known, moment: Moment
) -> Judged:
    """Judge a flux 10 that follows its schema: 300 or 301."""
    reading = read_report(detected)
    report = reading.report
    header = report.header
    assert header is not None, "the schema wants it"
    number, declarant = header.identifier or "", header.declarant
    siren = (declarant.identifier if declarant else "") or ""
    key = "|".join((number, siren, *_period_of(report)))
    made = _instant(header)
    objections = (
        *_of_book(check(reading, on=moment.today).fatal, moment),
        *_of_sender(header, application),
        *_of_declarant(siren, known),
        *_of_period(report, header, moment),
        *_of_limits(report, moment),
        *_of_uniqueness(report, key, known),
    )
    return Judged(
        subject=Subject.F10,
        file=name,
        number=number,
        day=made.date() if made else None,
        siren=siren,
        key=key,
        objections=objections,
    )


def _period_of(report: Report) -> tuple[str, str]:
    told = report.transactions or report.payments
    period = told.period if told else None
    return (period.start_date or "", period.end_date or "") if period else ("", "")


def _instant(header: Header) -> datetime | None:
    """Return when the transmission was made (TT-3); None when it does not say."""
    try:
        said = (header.stamp.created if header.stamp else "") or ""
        return datetime.strptime(said, _INSTANT).replace(tzinfo=PARIS)
    except ValueError:
        return None


def _of_book(findings: Iterable[Finding], moment: Moment) -> Iterator[Objection]:
    lenient = moment.today < moment.limits.party_types_checked_from
    for one in findings:
        if lenient and one.rule == _PARTY_FORM:
            continue
        of_period = one.rule == _PERIOD_RULE and one.where.startswith(_PERIOD_TERMS)
        yield Objection(
            reason="REJ_PER" if of_period else "REJ_SEMAN",
            rule=one.rule,
            message=one.message,
            place=one.where,
        )


def _of_sender(header: Header, application: Application) -> Iterator[Objection]:
    said = header.sender.identifier if header.sender else None
    if application.platform and said != application.platform:
        yield Objection(
            reason="REJ_COH",
            rule="G6.22",
            message=f"L'émetteur {said} n'est pas la plateforme de ce raccordement "
            f"({application.platform}).",
            place="TT-8",
        )


def _of_declarant(siren: str, known: Known) -> Iterator[Objection]:
    if known.unit(siren) is None:
        yield Objection(
            reason="REJ_COH",
            rule="G6.26",
            message=f"Le SIREN « {siren} » du déclarant n'est pas connu.",
            place="TT-13",
        )


def _of_period(report: Report, header: Header, moment: Moment) -> Iterator[Objection]:
    """Object to a period that is not over, and to a transmission made before its end."""
    start, end = (_day(text) for text in _period_of(report))
    made = _instant(header)
    if start is not None and start > moment.today:
        yield _period_objection("G6.24", "La période n'a pas commencé.", "TT-17 TT-89")
    if end is not None and end >= moment.today:
        yield _period_objection(
            "G7.43", f"La période finit le {end:%d/%m/%Y}, qui n'est pas passé.", "TT-18 TT-90"
        )
    if made is not None and made > moment.now:
        yield _period_objection("G7.43", "La transmission est datée de l'avenir.", "TT-3")
    if made is not None and end is not None and made.date() <= end:
        yield _period_objection(
            "G7.43", "La transmission a été faite avant la fin de la période.", "TT-3"
        )


def _period_objection(rule: str, message: str, place: str) -> Objection:
    return Objection(reason="REJ_PER", rule=rule, message=message, place=place)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _of_limits(report: Report, moment: Moment) -> Iterator[Objection]:
    """Object to what the portal does not take yet."""
    limits, today = moment.limits, moment.today
    if today < limits.short_numbers_until:
        numbers = {
            "TT-19": [one.number for one in report.transactions.invoices]
            if report.transactions
            else [],
            "TT-91": [one.number for one in report.payments.invoices] if report.payments else [],
        }
        for term, said in numbers.items():
            for number in said:
                if len(number or "") > SHORT_NUMBER:
                    yield Objection(
                        reason="REJ_SEMAN",
                        rule="G1.05",
                        message=f"Jusqu'au {limits.short_numbers_until:%d/%m/%Y}, un numéro de "
                        f"facture compte {SHORT_NUMBER} caractères au plus : « {number} ».",
                        place=term,
                    )
    if today < limits.short_vat_points_until and report.transactions:
        for sale in report.transactions.sales:
            point = sale.vat_point_code
            if point is not None and point not in _SHORT_VAT_POINTS:
                yield Objection(
                    reason="REJ_SEMAN",
                    rule="P1.11",
                    message=f"La valeur « {point} » n'est pas encore acceptée.",
                    place="TT-80",
                )


def _of_uniqueness(report: Report, key: str, known: Known) -> Iterator[Objection]:
    if known.has(Subject.F10, key):
        yield Objection(
            reason="REJ_UNI",
            message="Une transmission de même numéro, du même déclarant et de la même période a "
            "déjà été prise en compte.",
            place="TT-1 TT-13",
        )
    told = report.transactions.invoices if report.transactions else ()
    counts = Counter(
        (one.number, (one.issue_date or "")[:4], one.seller.identifier if one.seller else None)
        for one in told
    )
    for (number, _, _), count in counts.items():
        if count > 1:
            yield Objection(
                reason="REJ_UNI",
                rule="G1.42",
                message=f"La facture {number} est déclarée {count} fois.",
                place="TT-19",
            )
