"""The business rules of EXTENDED-CTC-FR, the French profile that goes beyond EN 16931.

Source: EXTENDED-CTC-FR 1.4.0 with fix 04 (FNFE-MPE, 3 September 2026), files for UBL and CII. It
keeps most rules of EN 16931 (:mod:`.kept`), replaces those on sums (:mod:`.totals`, :mod:`.vat`)
and codes (:mod:`.codes`), and adds the hierarchy of lines (:mod:`.lines`). Rules about one syntax
only (UBL-CR, CII-SR…) are not here.

The same rule may bear two ids: ``BR-FREXT-S-08`` in UBL is ``BR-FXEXT-S-08`` in CII.
"""

from datetime import date

from facturier.findings import Layer
from facturier.rules.book import Rulebook
from facturier.rules.en16931 import NEVER_FIRES as _SILENT
from facturier.rules.extended.codes import CODES
from facturier.rules.extended.kept import IDS, KEPT
from facturier.rules.extended.lines import LINES
from facturier.rules.extended.odd import ODD
from facturier.rules.extended.totals import TOTALS
from facturier.rules.extended.vat import VAT
from facturier.rules.rule import Family, all_rules

NOT_YET: dict[str, str] = {}
"""Official ids that no rule implements, with the reason."""

_NOT_THERE = "le fichier CII teste un élément qui n'est jamais celui qu'il cherche"
_TAKEN = "dans le fichier CII une autre règle du profil prend l'élément avant elle"

NEVER_FIRES: dict[str, str] = {
    id_: why
    for id_, why in _SILENT.items()
    if id_.partition("@")[0] in IDS[id_.partition("@")[2] or "UBL"]
} | {
    "BR-EXT-CL-07@CII": _NOT_THERE,
    "BR-FREXT-54-1@UBL": "le schéma UBL exige le nom : l'élément est toujours là",
    "BR-AF-09@CII": _TAKEN,
    "BR-AG-09@CII": _TAKEN,
}
"""Official ids that cannot fail, in both syntaxes or in the one named after ``@``."""

BOOK = Rulebook(
    id="extended-ctc-fr",
    version="1.4.0",
    layer=Layer.EXTENDED_CTC_FR,
    rules=all_rules((Family(Layer.EXTENDED_CTC_FR, rules=list(KEPT)), TOTALS, LINES, CODES, VAT)),
    valid_from=date(2026, 9, 1),
    never_fires=NEVER_FIRES,
    odd=ODD,
)
