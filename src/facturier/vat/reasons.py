"""Why one thing differs between the tax office and the books: the surest reason first.

Each function answers for one family with the id of a row of :data:`facturier.vat.kinds.KINDS` and
what is particular to this case, or with nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger.books import Side, plain
from facturier.ledger.entries import ZERO
from facturier.ledger.figures import french
from facturier.vat.told import (
    ARRIVED,
    DEDUCTED,
    FINAL,
    PAID_BEFORE,
    RATES,
    Flow,
    Reach,
    of_line,
)

if TYPE_CHECKING:
    import datetime as dt

    from facturier.vat.sides import Booked, Difference, Known, Subject
    from facturier.vat.told import Told

Reason = tuple[str, str]
"""Id of the kind, and its detail in French, often empty."""
Found = Sequence["Difference"]
CLOSE = Decimal("0.02")
JOINT_VENTURE = "GESTIONTIERS"
REFUSED_BY_BUYER = "210"
IMPORTS = "A4"
"""Row of goods that customs told, not an invoice."""
DISCOUNTS = ("665", "765")
TICKETS = ("peage", "parking", "stationnement", "autoroute")
"""Words of vouchers that are no invoice and count as one (use case 27)."""


def why(subject: Subject, found: Found, known: Known) -> Reason:
    """Return why `subject` differs."""
    if subject.told is None:
        return _of_day(subject, found, known) or _of_voucher(subject, found, known)
    for ask in ASKED:
        if reason := ask(subject, subject.told, found, known):
            return reason
    return _mistaken_rate(found) or _wrong_box(found) or ("montant", "")


# Without a document


def _of_day(subject: Subject, found: Found, known: Known) -> Reason | None:
    if not subject.key.startswith("jour:"):
        return None
    if not any(one.is_booked for one in found):
        return "recette-non-comptabilisee", ""
    if not any(one.is_held for one in found):
        return ("en-route" if subject.key in known.late_days else "jour-manquant"), ""
    return _mistaken_rate(found) or ("montant", "")


def _of_voucher(subject: Subject, found: Found, known: Known) -> Reason:
    lines = [line for entry in subject.booked for line in entry.lines]
    words = plain(" ".join([*(entry.label for entry in subject.booked),
                            *(line.label for line in lines)]))  # fmt: skip
    rows = {one.row for one in found}
    if rows == {DEDUCTED}:
        simplified = any(line.rule.startswith("NDF-") for line in lines)
        is_ticket = simplified or any(word in words for word in TICKETS)
        return ("peage" if is_ticket else "deduction-sans-facture"), ""
    if IMPORTS in rows or (rows <= RATES and "marge" in words):
        return ("importation" if IMPORTS in rows else "marge"), ""
    if not rows & (RATES | {"E1", "E2", "F2"}):
        return "non-declaree", "Acquisition sans document ni flux 10.1."
    if all(entry.day < known.obliged_from for entry in subject.booked):
        return "hors-obligation", f"Obligation à partir du {known.obliged_from:%d/%m/%Y}."
    return "vente-sans-facture", ""


# With one


def _dead(subject: Subject, told: Told, _found: Found, _known: Known) -> Reason | None:
    if not told.is_dead:
        return None
    if subject.is_undone:
        return "contre-passee", f"Statut {told.state}."
    if told.is_self_billed and told.state == REFUSED_BY_BUYER:
        return "refus-autofacture", ""
    return "refusee-comptabilisee", f"Statut {told.state}."


def _never_arrived(_subject: Subject, told: Told, found: Found, known: Known) -> Reason | None:
    if told.reach in ARRIVED and told.flow is not Flow.NONE:
        return None
    if any(one.row == IMPORTS for one in found):
        return "importation", ""
    if told.flow is Flow.NONE:
        return ("debours" if _is_disbursement(told) else "hors-champ"), told.why
    if told.reach is Reach.WAITING:
        return "en-route", told.why
    if told.reach is Reach.REFUSED and told.flow is Flow.INVOICES:
        return "flux1-refuse", told.why
    obliged = told.day >= known.obliged_from
    late = "vente-sans-facture" if told.flow is Flow.INVOICES else "non-declaree"
    return (late if obliged else "hors-obligation"), told.why


def _is_disbursement(told: Told) -> bool:
    return bool(told.parts) and all(part.category == "O" for part in told.parts)


def _collected(_subject: Subject, told: Told, _found: Found, _known: Known) -> Reason | None:
    if told.side is Side.SALE and told.is_already_collected:
        return "deja-collectee-comptee", f"Cadre {told.process}."
    return None


def _margin(_subject: Subject, told: Told, found: Found, _known: Known) -> Reason | None:
    if told.is_margin and told.side is Side.SALE and not any(one.is_held for one in found):
        return "marge", ""
    return None


def _joint_venture(_subject: Subject, told: Told, _found: Found, _known: Known) -> Reason | None:
    return ("participation", "") if JOINT_VENTURE in told.address.upper() else None


def _twice(subject: Subject, _told: Told, _found: Found, _known: Known) -> Reason | None:
    """Find two entries that say the same; a payment may do so, its second half as its first."""
    same = Counter(
        _signature(entry) for entry in subject.booked
        if not entry.cancels and not entry.is_settlement
    )  # fmt: skip
    same.pop((), None)
    if not same or max(same.values()) <= 1:
        return None
    days = sorted({entry.day for entry in subject.booked if not entry.cancels})
    return "deux-fois", "Écritures du " + " et du ".join(f"{day:%d/%m/%Y}" for day in days) + "."


def _signature(entry: Booked) -> tuple[tuple[str, Decimal, Decimal], ...]:
    shares = [share for line in entry.lines for share in of_line("", entry.day, line)]
    return tuple(sorted((one.row, one.base, one.tax) for one in shares))


def _option_two(_subject: Subject, told: Told, found: Found, _known: Known) -> Reason | None:
    if told.process[1:] != FINAL or not told.paid or not told.gross:
        return None
    taxes = sum((part.tax for part in told.parts), ZERO)
    expected = taxes * told.paid / told.gross
    if abs(sum((one.tax for one in found), ZERO) - expected) > CLOSE:
        return None
    return "acompte-option-2", f"TVA pré-remplie à corriger de {french(expected)} €."


def _absent(subject: Subject, _told: Told, found: Found, _known: Known) -> Reason | None:
    if subject.booked or any(one.is_booked for one in found):
        return None
    return "non-comptabilisee", ""


def _discount(subject: Subject, _told: Told, found: Found, _known: Known) -> Reason | None:
    less = all(abs(one.booked_tax) <= abs(one.held_tax) for one in found)
    lines = [line for entry in subject.booked for line in entry.lines]
    if less and any(line.account.startswith(DISCOUNTS) for line in lines):
        return "escompte", ""
    return None


def _on_payment(subject: Subject, told: Told, found: Found, known: Known) -> Reason | None:
    """Compare money said to be received (212) with payments in the books."""
    if not told.on_payment:
        return None
    if told.process[:1] == "M":
        return "mixte", ""
    if told.side is Side.SALE:
        return _sold_on_payment(subject, told, found, known)
    return _bought_on_payment(subject, told, found, known)


def _sold_on_payment(subject: Subject, told: Told, found: Found, known: Known) -> Reason | None:
    if not any(one.is_held for one in found):
        direct = [entry for entry in subject.booked
                  if entry.day in known.period and not entry.is_settlement]  # fmt: skip
        at_once = any(of for entry in direct for of in _signature(entry))
        if at_once and told.process[1:] != PAID_BEFORE:
            return "debits-non-dits", ""
        return "encaissement-non-dit", ""
    if not any(one.is_booked for one in found):
        return "encaissement-non-comptabilise", _received_on(told, known)
    return _mistaken_rate(found) or ("encaissement-different", _received_on(told, known))


def _bought_on_payment(subject: Subject, told: Told, found: Found, known: Known) -> Reason | None:
    if not any(one.is_held for one in found):
        paid = any(entry.is_settlement for entry in subject.booked)
        if paid or told.process[1:] == PAID_BEFORE:
            return "paye-sans-212", ""
        return "deduction-trop-tot", ""
    is_whole = _claimed(subject) >= sum((part.tax for part in told.parts), ZERO)
    if _claimed(subject) and not any(one.is_booked for one in found):
        # What waits is larger than what stays a charge: it is told first.
        said = (
            _received_on(told, known)
            if is_whole
            else (f"{_received_on(told, known)} {_left(subject, told)}")
        )
        return "encaissement-non-comptabilise", said.strip()
    if not is_whole:
        return _mistaken_purchase_rate(subject, told) or ("non-deductible", _left(subject, told))
    return "encaissement-different", _received_on(told, known)


def _received_on(told: Told, known: Known) -> str:
    days = sorted({one.day for one in told.receipts if one.day in known.period})
    return "212 du " + ", ".join(f"{day:%d/%m/%Y}" for day in days) + "." if days else ""


def _claimed(subject: Subject) -> Decimal:
    """Return the VAT that the entry of the invoice claims, at once or on payment."""
    accounts = ("44562", "44564", "44566")
    return abs(sum(
        (line.balance for entry in subject.booked if not entry.is_settlement
         for line in entry.lines if line.account.startswith(accounts)), ZERO,
    ))  # fmt: skip


def _left(subject: Subject, told: Told) -> str:
    kept = sum((part.tax for part in told.parts), ZERO) - _claimed(subject)
    return f"Laissée en charge : {french(kept)} €."


def _other_period(subject: Subject, told: Told, found: Found, known: Known) -> Reason | None:
    """Find what one side has in the period and the other outside it."""
    held, written = any(one.is_held for one in found), any(one.is_booked for one in found)
    if held and written:
        return None
    others = subject.held if written else subject.written
    outside = sorted({one.day for one in others if one.day not in known.period})
    if not outside:
        return None
    said = f"{'Facture' if written else 'Écriture'} du {outside[0]:%d/%m/%Y}."
    if told.side is Side.PURCHASE and _booked_later(subject, told.day):
        return "deduction-plus-tard", said
    return "autre-mois", said


def _booked_later(subject: Subject, issued: dt.date) -> bool:
    return all(share.day > issued for share in subject.written)


def _partly(subject: Subject, told: Told, found: Found, _known: Known) -> Reason | None:
    """Find a purchase whose entry has the whole amount and less VAT."""
    if told.side is not Side.PURCHASE or {one.row for one in found} != {DEDUCTED}:
        return None
    if wrong := _mistaken_purchase_rate(subject, told):
        return wrong
    (one,) = found
    whole = any(abs(entry.gross - told.gross) <= CLOSE for entry in subject.booked)
    if whole and abs(one.booked_tax) < abs(one.held_tax):
        return "non-deductible", _left(subject, told)
    return None


def _mistaken_purchase_rate(subject: Subject, told: Told) -> Reason | None:
    said = {part.rate for part in told.parts if part.tax}
    used = {
        line.fiscal.rate for entry in subject.booked for line in entry.lines
        if line.account.startswith("4456") and line.fiscal is not None
    }  # fmt: skip
    return ("taux", "") if said and used - said else None


def _mistaken_rate(found: Found) -> Reason | None:
    """Find amounts that stand at one rate here and at another there."""
    rows = {one.row for one in found}
    return ("taux", "") if rows <= RATES and _swapped(found) else None


def _wrong_box(found: Found) -> Reason | None:
    return ("case", "") if _swapped(found) else None


def _swapped(found: Found) -> bool:
    lost = any(one.is_held and not one.is_booked for one in found)
    won = any(one.is_booked and not one.is_held for one in found)
    return lost and won


Ask = Callable[["Subject", "Told", Found, "Known"], "Reason | None"]
ASKED: tuple[Ask, ...] = (
    _dead, _never_arrived, _collected, _margin, _joint_venture, _absent, _twice, _option_two,
    _discount, _on_payment, _other_period, _partly,
)  # fmt: skip
"""In the order in which they are asked."""
