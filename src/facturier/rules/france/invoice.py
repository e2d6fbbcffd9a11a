"""The book BR-FR-Flux2: what French law and XP Z12-012 want of an invoice beyond its profile.

Source: BR-FR-Flux2 1.4.0 with fix 04 (FNFE-MPE, 3 September 2026), files for UBL and CII: 59 rules,
199 ids, all fatal. It applies to the profiles that the reform accepts (spec XP Z12-012).

Ids are official, verbatim, even where a file names one wrongly: ``BR-FR-08_BT-151-2`` is about
BR-FR-15, ``BR-FR-30_BT-21`` about BR-FR-31, ``BR-FR-MV-BD_BT-3`` about BR-FR-BD-13,
``BR-FR-CO-04_BT-4`` about BT-3, ``BR-FR-15_BT-95_BT-118`` and ``…_BT-151`` about BT-118 and BT-151,
``BR-FR-03_EXT-FR-FE-134`` and ``-135`` about BT-134 and BT-135.
"""

from datetime import date

from facturier.findings import Layer
from facturier.rules.book import Rulebook
from facturier.rules.france.amounts import AMOUNTS
from facturier.rules.france.coherence import COHERENCE
from facturier.rules.france.content import CONTENT
from facturier.rules.france.mentions import MENTIONS
from facturier.rules.france.multi_vendor import MULTI_VENDOR
from facturier.rules.france.numbering import NUMBERING
from facturier.rules.france.odd import ODD
from facturier.rules.france.parties import PARTIES
from facturier.rules.france.two_way import TWO_WAY
from facturier.rules.rule import all_rules

NOT_YET: dict[str, str] = {}
"""Official ids that no rule implements, with the reason."""

_NO_ITEM_THERE = "le fichier UBL cherche l'article sous la facture, où il ne peut pas être"
_NO_OBJECT_THERE = "le fichier CII cherche la référence hors du règlement de la ligne, où elle est"
_ONE_ID = "le schéma UBL n'admet qu'un identifiant là où le fichier en compte plusieurs"
_TESTED_BEFORE = "le même élément est déjà contrôlé par {} : le fichier s'arrête là"

NEVER_FIRES: dict[str, str] = {
    "BR-FR-09_EXT-FR-FE-146@UBL": "le fichier UBL cherche un lieu de livraison dans un autre",
    "BR-FR-16_BT-103@UBL": _TESTED_BEFORE.format("BR-FR-16_BT-96"),
    "BR-FR-27_BG-32@UBL": _NO_ITEM_THERE,
    "BR-FR-27_BT-160@UBL": _NO_ITEM_THERE,
    "BR-FR-27_EXT-FR-FE-159@UBL": _NO_ITEM_THERE,
    "BR-FR-29_BT-18@UBL": _ONE_ID,
    "BR-FR-30_AFL@CII": _NO_OBJECT_THERE,
    "BR-FR-30_AVV@CII": _NO_OBJECT_THERE,
    "BR-FR-30_BT-128@CII": _NO_OBJECT_THERE,
    "BR-FR-30_BT-128@UBL": _ONE_ID,
    "BR-FR-CO-10_BT-71-2@UBL": _ONE_ID,
    "BR-FR-CO-10_EXT-FR-FE-146-2@UBL": _ONE_ID,
    "BR-FR-DEC-01_BT-111": _TESTED_BEFORE.format("BR-FR-DEC-01_BT-110"),
}
"""Official ids that cannot fail, in both syntaxes or in the one named after ``@``."""

BOOK = Rulebook(
    id="br-fr-flux2",
    version="1.4.0",
    layer=Layer.BR_FR,
    rules=all_rules(
        (NUMBERING, MENTIONS, PARTIES, AMOUNTS, CONTENT, COHERENCE, MULTI_VENDOR, TWO_WAY)
    ),
    valid_from=date(2026, 9, 1),
    never_fires=NEVER_FIRES,
    odd=ODD,
)
