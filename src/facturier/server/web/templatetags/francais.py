"""Numbers, dates, drawings and official words as a French accountant writes them.

Thousands are parted by a narrow no-break space, decimals by a comma, dates are ``jj/mm/aaaa`` in
Paris time; an amount of zero is blank where a column of debits or credits is meant.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from facturier.invoice import terms
from facturier.ledger import accounts
from facturier.ledger.entries import Fiscal
from facturier.lifecycle.messages import AMOUNT_TYPES, REQUESTED_ACTIONS
from facturier.lifecycle.reasons import reason
from facturier.lifecycle.statuses import Side, status
from facturier.server.books.reading import named
from facturier.server.web import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.safestring import SafeString

    from facturier.ledger.entries import Line
    from facturier.server.books.models import EntryLine
    from facturier.server.documents.models import Event
    from facturier.server.portal.models import PortalFile

register = template.Library()
NARROW = "\u202f"
"""Narrow no-break space: between thousands, and before ``;  : ! ?``."""
_UNITS = ("o", "Ko", "Mo", "Go")
_STEP = 1024


@register.filter
def montant(value: Decimal | None) -> str:
    """Write an amount: ``1 234,56``; nothing for no amount."""
    if value is None:
        return ""
    return f"{value:,.2f}".replace(",", NARROW).replace(".", ",").replace("-", "−")


@register.filter
def fiche(text: str) -> SafeString:
    """Write the text of a sheet as HTML: paragraphs, numbered points, words between ``**``."""
    blocks = re.split(r"\n\s*\n|\n(?=\d\. )", text.strip())
    return format_html_join(
        "\n", "<p>{}</p>", ((_strong(" ".join(block.split())),) for block in blocks)
    )


def _strong(words: str) -> SafeString:
    pieces = words.split("**")
    marks = ("{}", "<strong>{}</strong>")
    return format_html_join(
        "", "{}", ((format_html(marks[n % 2], piece),) for n, piece in enumerate(pieces))
    )


@register.filter
def decimal(value: str) -> Decimal:
    """Return the Decimal that a kept event holds as a word."""
    return Decimal(value)


@register.filter
def montant_ou_vide(value: Decimal | None) -> str:
    """Write an amount, zero as nothing: a column of debits or credits."""
    return montant(value) if value else ""


@register.filter
def entier(value: int | None) -> str:
    """Write a count; zero as nothing."""
    return f"{value:,}".replace(",", NARROW) if value else ""


@register.filter
def taux(value: Decimal | str | None) -> str:
    """Write a rate in per cent: ``5,5 %``."""
    if value is None or value == "":
        return ""
    return f"{Decimal(value).normalize():f}".replace(".", ",") + f"{NARROW}%"


@register.filter
def devise(code: str) -> str:
    """Write a currency after an amount: ``€``; other currencies keep their code."""
    return "€" if code == "EUR" else code


@register.filter
def intitule(line: EntryLine | Line) -> str:
    """Name the account of an entry line, and the VAT rate of its amount: ``TVA collectée · 20 %``.

    Two lines of one account differ by their rate, which the number does not tell.
    """
    try:
        name = accounts.label(line.account)
    except KeyError:
        name = line.account_label or line.label
    fiscal = line.fiscal
    rate = Decimal((fiscal.rate if isinstance(fiscal, Fiscal) else (fiscal or {}).get("rate")) or 0)
    return f"{name} · {taux(rate)}" if rate else name


@register.filter
def compte_de(line: EntryLine, labels: Mapping[str, str]) -> str:
    """Name the account of a line: as the dossier does, else as the plan does."""
    return labels.get(line.account) or line.account_label or named(line.account)


@register.filter
def mots(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


@register.filter
def cause(event: Event) -> str:
    """Say which status an entry was withdrawn, or reversed, for."""
    return wording.cause(event)


@register.filter
def action_de(code: int) -> str:
    """Return the words of the button that says a status: « Compléter la facture »."""
    return status(code).action


@register.filter
def jour(value: date | datetime | None) -> str:
    """Write a day, Paris calendar: ``05/03/2026``."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return f"{value:%d/%m/%Y}" if value else ""


@register.filter
def instant(value: datetime | None) -> str:
    """Write an instant, Paris time: ``05/03/2026 à 14:07``."""
    return f"{timezone.localtime(value):%d/%m/%Y à %H:%M}" if value else ""


@register.filter
def iso(value: date | datetime | None) -> str:
    """Write a date or instant for programs (the ``datetime`` of a ``<time>``)."""
    return value.isoformat() if value else ""


@register.filter
def siren(value: str) -> str:
    """Write a SIREN or SIRET in groups: ``987 600 029``."""
    groups = [value[:3], value[3:6], value[6:9], value[9:]]
    return NARROW.join(filter(None, groups)) if value.isdigit() else value


@register.filter
def taille(size: int) -> str:
    """Write a size in bytes: ``12 Ko``."""
    amount, unit = float(size), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{amount:.0f}{NARROW}{_UNITS[unit]}"


@register.filter
def terme(identifier: str) -> str:
    """Return the French name of a business term: ``BT-1[2]`` is named like ``BT-1``."""
    return terms.label(identifier.partition("[")[0])


@register.filter
def motif(code: str) -> str:
    """Return the French label of a reason code."""
    return reason(code).label if code else ""


@register.filter
def action_demandee(code: str) -> str:
    """Return in French what a status asks for (MDT-121); an unknown code as it came."""
    return REQUESTED_ACTIONS.get(code, code)


@register.filter
def donnee(datum: Mapping[str, Any]) -> str:
    """Return in words a datum that came with a status: what it is, its value, its rate, its day."""
    kind = datum.get("type_code", "")
    words = [AMOUNT_TYPES.get(kind, kind)]
    if datum.get("term"):
        words.append(f"{datum.get('name') or terms.label(datum['term'])} ({datum['term']})")
    values = [datum["text"]] if datum.get("text") else []
    if datum.get("amount"):
        values.append(f"{montant(Decimal(datum['amount']))} {devise(datum.get('currency', 'EUR'))}")
    if datum.get("percent"):
        rate = f"{Decimal(datum['percent']).normalize():f}".replace(".", ",")
        values.append(f"{'à ' if datum.get('amount') else ''}{rate} %")
    if datum.get("value_date"):
        values.append(f"le {date.fromisoformat(datum['value_date']):%d/%m/%Y}")
    return " · ".join(words) + (f" : {' '.join(values)}" if values else "")


@register.filter
def remede(code: str) -> str:
    """Return what a reason code asks for: who must do what."""
    return reason(code).remedy if code else ""


@register.filter
def partie(side: str) -> str:
    """Return who speaks, in French: ``la plateforme du vendeur``."""
    return Side(side).label


@register.simple_tag
def icone(name: str) -> SafeString:
    """Draw an icon that stands beside words and says nothing by itself."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("vendor/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def statut(code: str) -> SafeString:
    """Show a status: drawing, official label, code on hover."""
    look, label = wording.look(code), wording.label(code)
    return format_html(
        '<span class="statut statut-{}" title="{}">{}{}</span>',
        look.tone, f"Statut {code}" if code else label, icone(look.icon), label,
    )  # fmt: skip


@register.filter
def statut_dit(code: str) -> str:
    """Name a status in a line of text: ``250 F1 déposée``; what could not be read says so."""
    return f"{code} {wording.label(code)}" if code else "Réponse illisible"


@register.simple_tag
def etat_portail(file: PortalFile, now: datetime) -> SafeString:
    """Show where a file owed to the public portal stands: drawing and word."""
    look, label = wording.portal(file, now)
    drawn = icone(look.icon)
    return format_html('<span class="statut statut-{}">{}{}</span>', look.tone, drawn, label)


@register.simple_tag
def gravite(severity: str) -> SafeString:
    """Show how much a finding weighs: drawing and word."""
    word, icon = wording.SEVERITIES.get(severity, (severity, "info-circle"))
    return format_html('<span class="gravite gravite-{}">{}{}</span>', severity, icone(icon), word)


@register.simple_tag(takes_context=True)
def adresse_avec(context: template.Context, **changes: object) -> str:
    """Return the query of this page with `changes`; an empty value takes a parameter away."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in ("", None):
            query[name] = str(value)
    return f"?{query.urlencode()}"
