"""The QR code a banking app reads to fill in a transfer (European Payments Council, EPC069-12).

Offered only when a transfer would be right: an amount in euros is due, to a valid IBAN.
"""

from __future__ import annotations

import io
import re
from decimal import Decimal

import segno
from segno import helpers
from stdnum import iban as iban_check
from stdnum.exceptions import ValidationError

from facturier.formats.layout.wording import CREDIT_TRANSFERS
from facturier.invoice.codes import CREDIT_NOTE
from facturier.invoice.model import CreditTransfer, Invoice

_LARGEST = Decimal("999999999.99")  # EPC069-12 v3.1, table 2: amount
_NAME_LENGTH = 70
_TEXT_LENGTH = 140
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_TO_SPACE = re.compile(r"\s+")


def payment_code(invoice: Invoice) -> str:
    """Return the QR code as SVG, or an empty string when no transfer is asked for."""
    transfer = _transfer(invoice)
    amount = invoice.totals.due_amount if invoice.totals else None
    name = _name(invoice, transfer)
    if transfer is None or amount is None or not name or not _payable(invoice, amount):
        return ""
    try:
        code = helpers.make_epc_qr(
            name=name,
            iban=iban_check.validate(transfer.account or ""),
            amount=amount,
            text=_text(invoice),
            bic=_bic(transfer),
            encoding="utf-8",
        )
    except (ValidationError, ValueError, segno.DataOverflowError):
        return ""  # no code is better than one that a bank refuses
    drawing = io.BytesIO()
    code.save(drawing, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, nl=False)
    return drawing.getvalue().decode()


def _transfer(invoice: Invoice) -> CreditTransfer | None:
    """Return the first account that the invoice asks a transfer to."""
    for way in invoice.payment_instructions:
        if way.credit_transfer and way.means_code in {*CREDIT_TRANSFERS, None}:
            return way.credit_transfer
    return None


def _payable(invoice: Invoice, amount: Decimal) -> bool:
    return (
        invoice.currency == "EUR"
        and invoice.type_code not in CREDIT_NOTE
        and amount.is_finite()
        and 0 < amount <= _LARGEST
        and amount == amount.quantize(Decimal("0.01"))
    )


def _name(invoice: Invoice, transfer: CreditTransfer | None) -> str:
    """Return who is paid: the account's holder, else the payee, else the seller."""
    payee = invoice.payee or invoice.seller
    name = (transfer and transfer.account_name) or (payee and payee.name) or ""
    return _TO_SPACE.sub(" ", name).strip()[:_NAME_LENGTH]


def _text(invoice: Invoice) -> str | None:
    text = _TO_SPACE.sub(" ", invoice.remittance_information or invoice.number or "").strip()
    return text[:_TEXT_LENGTH] or None


def _bic(transfer: CreditTransfer) -> str | None:
    bic = (transfer.service_provider or "").replace(" ", "").upper()
    return bic if _BIC.fullmatch(bic) else None
