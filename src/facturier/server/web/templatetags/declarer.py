"""Words of e-reporting for the pages: categories, flows, answers, differences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django import template

from facturier.lifecycle.reasons import reason
from facturier.lifecycle.statuses import status
from facturier.server.documents.models import Document
from facturier.server.reporting.agenda import NATURES
from facturier.server.web.declarations import CATEGORIES, in_words
from facturier.server.web.templatetags.francais import jour, montant

if TYPE_CHECKING:
    from facturier.server.reporting.models import Qualification

register = template.Library()
NEXT_STEPS = {
    "REJ_UNI": "Une transmission de même identifiant est connue du portail. Transmettez de "
    "nouveau : un autre identifiant est tiré.",
    "REJ_PER": "Vérifiez le régime de TVA du dossier (choix d'e-reporting), puis transmettez de "
    "nouveau : les périodes suivent le régime.",
    "REJ_SEMAN": "Lisez la règle citée, corrigez la pièce qu'elle nomme (avoir et nouvelle "
    "facture), puis transmettez de nouveau.",
    "REJ_COH": "Comparez les totaux cités avec le détail ci-dessous, corrigez la pièce en cause, "
    "puis transmettez de nouveau.",
}
"""After a refusal of flux 10 (301): what the dossier does, by reason."""


@register.filter
def categorie(code: str) -> str:
    """Return the words of a category; nothing for one without words."""
    return str(CATEGORIES.get(code, ""))


@register.filter
def brut(rate: Decimal) -> str:
    """Write a rate as an address carries it: ``5.5``."""
    return f"{rate.normalize():f}"


@register.filter
def ecart(amount: Decimal) -> str:
    """Write a difference with its sign: ``+ 12,00``."""
    return f"+{montant(amount)}" if amount > 0 else montant(amount)


@register.filter
def jour_iso(text: str) -> str:
    """Write a day that JSON keeps as ``2026-11-15``."""
    return jour(date.fromisoformat(text))


@register.filter
def reponse(code: str) -> str:
    """Return the official label of a status that the portal answers."""
    return status(int(code)).label if code.isdecimal() else "Réponse illisible"


@register.filter
def remede_declaration(code: str) -> str:
    """Return what to do after a refusal of a declaration, by its reason."""
    return NEXT_STEPS.get(code) or reason(code).remedy


@register.filter
def nature(key: str) -> str:
    """Return what is owed, in words."""
    return NATURES[key]


@register.filter
def flux_de(qualification: Qualification, document: Document) -> str:
    """Say in which flow a document is declared."""
    return in_words(qualification, is_issued=document.direction == Document.Side.ISSUED)
