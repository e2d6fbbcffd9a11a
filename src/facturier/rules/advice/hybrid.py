"""Hybrid control: whether the pages of a Factur-X show what its XML says.

The buyer reads the pages, the software pays by the XML: where they differ, one of them misleads.
Compared are the number, the issue date, the total, the amount due, the VAT, who issues and the bank
account. A difference is advice and never blocks (the XML is the invoice, the pages a rendering); an
account number that differs is an alert, of severity ``warning``, because changing it is how
payments are diverted.

A value is looked for on all pages in each way it may be written
(:mod:`~facturier.rules.advice.shown`); pages that show next to nothing of the XML (a scan, letters
without meaning) are said not to be comparable, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from facturier.errors import UnreadableDocument
from facturier.findings import Finding, Layer, Severity, shortened
from facturier.formats.pages import Page, pages_of
from facturier.invoice.model import Invoice, Party
from facturier.invoice.money import cents
from facturier.rules.advice import shown
from facturier.rules.advice.shown import Seen, Shown
from facturier.rules.advice.words import word

_MOST_SHOWN = 3
_READ_LETTERS = 200
"""How much of a text of the XML is searched for numbers."""
_FEWEST_LETTERS = 40
"""Under this many letters and figures the pages are a picture."""


def control(data: bytes, invoice: Invoice) -> tuple[Finding, ...]:
    """Compare the pages of a PDF with the invoice that it carries. Never raises for the file."""
    try:
        pages = pages_of(data)
    except UnreadableDocument as error:
        return (_finding("PDF-NON-COMPARE", f"Les pages n'ont pas été lues : {error.message}"),)
    try:
        return compare(invoice, pages)
    except Exception as error:  # noqa: BLE001  # advice never stops a verdict
        name = type(error).__name__
        return (_finding("PDF-NON-COMPARE", f"La comparaison n'a pas abouti ({name})."),)


def compare(invoice: Invoice, pages: tuple[Page, ...]) -> tuple[Finding, ...]:
    """Compare an invoice with what pages show; findings in the order of the terms."""
    seen = Shown(pages)
    if len(seen.letters) < _FEWEST_LETTERS:
        return (
            _finding(
                "PDF-NON-COMPARE",
                "Les pages de ce PDF sont une image, sans texte : elles n'ont pas pu être "
                "comparées au XML.",
            ),
        )
    if not _is_the_same_document(invoice, seen):
        return (
            _finding(
                "PDF-AUTRE",
                "Les pages ne montrent ni le numéro, ni la date, ni le total que donne le XML : "
                "elles ne sont pas celles de cette facture, ou leur texte ne se lit pas.",
                remedy=word("PDF-AUTRE").remedy,
            ),
        )
    found = [*_number(invoice, seen), *_date(invoice, seen), *_amounts(invoice, seen)]
    found += [*_seller(invoice, seen), *_accounts(invoice, seen)]
    return tuple(found)


def _is_the_same_document(invoice: Invoice, seen: Shown) -> bool:
    """Whether the pages show at least one of the values that every invoice shows."""
    totals = invoice.totals
    amount = (totals.with_vat or totals.due_amount or totals.without_vat) if totals else None
    asked = (
        seen.has_number(number) if (number := (invoice.number or "").strip()) else None,
        seen.has_date(invoice.issue_date) if invoice.issue_date else None,
        seen.has_amount(amount) if amount is not None else None,
    )
    return any(asked) or all(one is None for one in asked)


def _number(invoice: Invoice, seen: Shown) -> Iterator[Finding]:
    number = (invoice.number or "").strip()
    if number and not seen.has_number(number):
        yield _finding(
            "PDF-NUMERO",
            f"Le XML donne le numéro « {shortened(number)} » (BT-1) ; "
            "les pages ne le montrent pas.",
            where="BT-1",
        )


def _date(invoice: Invoice, seen: Shown) -> Iterator[Finding]:
    issued = invoice.issue_date
    if issued and not seen.has_date(issued):
        known = (one for one in shown.values_of(date, invoice) if isinstance(one, date))
        yield _finding(
            "PDF-DATE",
            f"Le XML date la facture du {issued:%d/%m/%Y} (BT-2) ; les pages ne montrent pas cette "
            f"date{_instead(seen.dates_beyond(known))}.",
            where="BT-2",
        )


def _amounts(invoice: Invoice, seen: Shown) -> Iterator[Finding]:
    totals = invoice.totals
    if totals is None:
        return
    vat = totals.vat_amount
    parts = [one.tax_amount for one in invoice.vat_breakdown if one.tax_amount is not None]
    vat_is_shown = vat is None or seen.has_amount(vat) or _add_up_to(vat, parts, seen)
    due, whole = totals.due_amount, totals.with_vat
    asked = (
        ("PDF-TVA", "BT-110", "un total de TVA", None if vat_is_shown else vat),
        ("PDF-TOTAL", "BT-112", "un total TTC", whole),
        ("PDF-NET", "BT-115", "un net à payer", None if due == whole else due),
    )
    # A zero needs no place on a page.
    missing = [
        (rule, term, what, amount)
        for rule, term, what, amount in asked
        if amount and not seen.has_amount(amount)
    ]
    if not missing:
        return
    known = [one for one in shown.values_of(Decimal, invoice) if isinstance(one, Decimal)]
    for rule, term, what, amount in missing:
        yield _finding(
            rule,
            f"Le XML donne {what} de {_euros(amount)} {invoice.currency or ''} ({term}) ; les "
            f"pages "
            f"ne montrent pas ce montant{_instead(seen.amounts_beyond(known))}.",
            where=term,
        )


def _add_up_to(whole: Decimal, parts: list[Decimal], seen: Shown) -> bool:
    """Whether the pages show, instead of a total, the parts that make it: the VAT of each rate."""
    return len(parts) > 1 and sum(parts) == whole and all(seen.has_amount(one) for one in parts)


def _seller(invoice: Invoice, seen: Shown) -> Iterator[Finding]:
    """Compare who issues: one of the names, the SIREN, the VAT number."""
    seller = invoice.seller
    if seller is None:
        return
    names = [one for one in (seller.name, seller.trading_name) if (one or "").strip()]
    siren, vat = _siren(seller), (seller.vat_identifier or "").replace(" ", "")
    missing = []
    if names and not any(seen.has_name(one) for one in names if one):
        missing.append(("BT-27", f"le nom « {shortened(names[0] or '')} »"))
    if siren and siren not in seen.letters:
        missing.append(("BT-30", f"le SIREN {siren}"))
    if vat and shown.letters(vat) not in seen.letters:
        missing.append(("BT-31", f"le numéro de TVA {shortened(vat)}"))
    if not missing:
        return
    others = seen.sirens_beyond(_sirens(invoice))
    yield _finding(
        "PDF-VENDEUR",
        f"Pour le vendeur, le XML donne {' et '.join(what for _, what in missing)}, que les pages "
        f"ne montrent pas{_instead(others, 'le SIREN')}.",
        where=missing[0][0],
    )


def _siren(party: Party) -> str:
    """Return the SIREN that a party's identifiers hold, without a look at keys."""
    from facturier.invoice.parties import SIREN, siren_of  # noqa: PLC0415  # stdnum is slow

    legal = party.legal_identifier
    if legal is not None and legal.scheme in (SIREN, None):
        return siren_of(legal.value.replace(" ", "")) or ""
    return ""


def _sirens(invoice: Invoice) -> Iterator[str]:
    """Yield every run of nine figures that the invoice's texts hold."""
    from facturier.invoice.model import Identifier  # noqa: PLC0415

    for value in (*shown.values_of(Identifier, invoice), *shown.values_of(str, invoice)):
        text = value.value if isinstance(value, Identifier) else str(value)
        figures = "".join(letter for letter in text[:_READ_LETTERS] if letter.isdecimal())
        yield from (figures[at : at + 9] for at in range(max(0, len(figures) - 8)))


def _accounts(invoice: Invoice, seen: Shown) -> Iterator[Finding]:
    """Compare the accounts to pay to (BT-84) with the IBAN that the pages show."""
    transfers = (one.credit_transfer for one in invoice.payment_instructions)
    accounts = (shown.iban_of(one.account or "") for one in transfers if one)
    given = [account[:_READ_LETTERS] for account in accounts if account]
    if not given:
        return
    strange = [one for one in seen.ibans if one.value not in given]
    told = _every_text(invoice) if strange else ""
    strange = [one for one in strange if one.value not in told][:_MOST_SHOWN]
    known = [one for one in given if one.lower() in seen.letters]
    if strange and not known:
        pages = ", ".join(f"{shown.grouped(one.value)} (page {one.page})" for one in strange)
        yield _finding(
            "PDF-IBAN",
            f"Le XML demande de payer sur le compte {shown.grouped(given[0])} (BT-84), mais les "
            f"pages montrent {pages}.",
            where="BT-84",
            severity=Severity.WARNING,
        )
    elif strange:
        pages = ", ".join(f"{shown.grouped(one.value)} (page {one.page})" for one in strange)
        yield _finding(
            "PDF-IBAN",
            f"Les pages montrent aussi un compte que le XML ne donne pas : {pages}. Le XML donne "
            f"{shown.grouped(given[0])} (BT-84).",
            where="BT-84",
            severity=Severity.WARNING,
        )


def _every_text(invoice: Invoice) -> str:
    """Return all that the XML says, as IBAN are compared."""
    return "|".join(shown.iban_of(str(one)) for one in shown.values_of(str, invoice))


def _instead(others: tuple[Seen, ...], kind: str = "") -> str:
    """Name what the pages show that the XML does not say."""
    if not others:
        return ""
    named = " ; ".join(f"« {one.value} » (page {one.page})" for one in others[:_MOST_SHOWN])
    more = " ; …" if len(others) > _MOST_SHOWN else ""
    return f", mais {f'{kind} ' if kind else ''}{named}{more}"


def _euros(amount: Decimal) -> str:
    whole, _, part = format(cents(amount), ",f").partition(".")
    return f"{whole.replace(',', chr(0x202F))},{part}"


def _finding(
    rule: str,
    message: str,
    *,
    where: str = "",
    severity: Severity = Severity.ADVICE,
    remedy: str = "",
) -> Finding:
    return Finding(
        rule=rule,
        layer=Layer.ADVICE,
        severity=severity,
        message=" ".join(message.split(" ")),
        where=where,
        remedy=remedy or word(rule).remedy,
    )
