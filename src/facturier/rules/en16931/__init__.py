"""The business rules of EN 16931, as CEN's validation artefacts test them.

Source: EN 16931-1:2017+A1:2019+AC:2020 and the validation artefacts 1.3.16 of CEN/TC 434
(30 March 2026), files for UBL 2.1 and CII D16B. All business rules are here: BR, BR-CO, BR-DEC,
BR-CL, BR-B and the nine VAT families. Rules about one syntax only (UBL-CR, CII-SR…) are
tables in :mod:`facturier.rules.syntax`.

To follow a new version: ``tools/import_rulebook.py``, read the diff of the manifests in
``rules/official/``, write what is new, run ``tests/rules`` and ``make conformance``.
"""

from datetime import date

from facturier.findings import Layer
from facturier.rules.book import Rulebook
from facturier.rules.en16931.codes import CODES
from facturier.rules.en16931.decimals import DECIMALS
from facturier.rules.en16931.odd import ODD
from facturier.rules.en16931.particular import PARTICULAR
from facturier.rules.en16931.presence import PRESENCE
from facturier.rules.en16931.totals import TOTALS
from facturier.rules.en16931.vat import VAT
from facturier.rules.en16931.written import WRITTEN
from facturier.rules.rule import all_rules

NOT_YET: dict[str, str] = {}
"""Official ids that no rule implements, with the reason."""

_FOR_PEOPLE = "le test des deux fichiers est toujours vrai : c'est aux personnes d'en juger"
_ALWAYS_TRUE = "le test du fichier CII est toujours vrai"
_BESIDE = "le fichier CII cherche le taux à côté du groupe et non dedans : rien à contrôler"
_NEVER_EQUAL = "le fichier UBL compare la devise à un élément qui n'est pas là : jamais égaux"

NEVER_FIRES: dict[str, str] = {
    "BR-CO-05": _FOR_PEOPLE,
    "BR-CO-06": _FOR_PEOPLE,
    "BR-CO-07": _FOR_PEOPLE,
    "BR-CO-08": _FOR_PEOPLE,
    "BR-AF-08@CII": _BESIDE,
    "BR-AG-08@CII": _BESIDE,
    "BR-AF-09@CII": _ALWAYS_TRUE,
    "BR-AG-09@CII": _ALWAYS_TRUE,
    "BR-DEC-13@UBL": _NEVER_EQUAL,
    "BR-DEC-15@UBL": _NEVER_EQUAL,
}
"""Official ids that cannot fail, in both syntaxes or in the one named after ``@``."""

BOOK = Rulebook(
    id="en16931",
    version="1.3.16",
    layer=Layer.EN16931,
    rules=all_rules((PRESENCE, TOTALS, DECIMALS, VAT, PARTICULAR, CODES, WRITTEN)),
    valid_from=date(2026, 3, 30),
    never_fires=NEVER_FIRES,
    odd=ODD,
)
