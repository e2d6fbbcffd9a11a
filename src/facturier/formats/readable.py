"""The readable copy of an invoice: HTML for the screen, PDF for paper.

Both show every datum that the invoice holds, known or not: what has no place of its own in the
French layout stands under « Autres données de la facture ». A readable copy proves nothing; the
structured file does, and the copy says so.
"""

from __future__ import annotations

from facturier.errors import ConfigurationError
from facturier.findings import Verdict
from facturier.formats.layout import printed, web
from facturier.formats.layout.payment_code import payment_code
from facturier.formats.layout.printed import Look
from facturier.formats.layout.sheet import sheet
from facturier.invoice.model import Invoice

__all__ = ["Look", "html", "pdf"]


def html(invoice: Invoice, *, verdict: Verdict | None = None, language: str = "fr") -> str:
    """Return the readable copy as one HTML page that needs nothing else and runs no script.

    Each shown value carries its term (``data-term="BT-131"``) and an anchor of term and line
    (``#BT-131.3``); the findings of `verdict` stand first and link to them.

    Raises:
        ConfigurationError: the copy exists in French only.

    """
    if language != "fr":
        raise ConfigurationError(
            f"La copie lisible n’existe pas dans la langue « {language} ».",
            reason="language",
            remedy="Demandez-la en français (fr).",
        )
    return web.page(sheet(invoice), verdict=verdict, qr_svg=payment_code(invoice))


def pdf(invoice: Invoice, *, copy: bool = True, look: Look | None = None) -> bytes:
    """Return the invoice as a tagged PDF/A-3b, the same bytes for the same invoice.

    With `copy` it is marked on each page as a readable copy; without, it is the page of a
    Factur-X, to be completed with its XML (:mod:`facturier.formats.facturx_write`).

    Raises:
        ConfigurationError: the colour or the logo of `look` cannot be used.

    """
    return printed.draw(
        sheet(invoice),
        look=look or Look(),
        copy=copy,
        qr_svg=payment_code(invoice),
        issued=invoice.issue_date,
    )
