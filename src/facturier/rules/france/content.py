"""Attachments, item attributes, identifiers of the invoiced object: BR-FR-17, 18, 27 to 30.

Source: XP Z12-012 as BR-FR-Flux2 1.4.0 tests it. Some tests look where nothing can stand and never
fire: BR-FR-27 in UBL, BR-FR-30 in CII, BR-FR-29_BT-18 in UBL, BR-FR-30_BT-128 in both.
"""

from __future__ import annotations

from facturier.findings import Layer
from facturier.invoice import codes
from facturier.invoice.model import Identifier, Invoice, ItemAttribute, SupportingDocument
from facturier.rules.facts import Facts
from facturier.rules.france.writing import is_blank
from facturier.rules.rule import Family, Holds

CONTENT = Family(Layer.BR_FR)

READABLE = "LISIBLE"
SUB_INVOICE, SUB_FRAMEWORK = "AFL", "AVV"
"""Schemes of BT-18 and BT-128: number of a sub-invoice, its business process."""


@CONTENT.rule(
    "BR-FR-17_BT-123",
    on="BG-24",
    terms="BT-123",
    remedy="Qualifiez la pièce jointe par un des douze mots admis : LISIBLE, RIB, BON_LIVRAISON, "
    "BON_COMMANDE, DOCUMENT_ANNEXE…",
    breaks='BT-123 = "Bon de livraison"',
    example="attachments",
)
def attachment_is_qualified(document: SupportingDocument, facts: Facts) -> bool:
    """La description d'une pièce jointe (BT-123) est un des douze mots admis en France."""
    said = document.description
    if said is None:
        return True
    if facts.syntax == "CII":
        said = said.strip()
        return not said or said in codes.ATTACHMENT_QUALIFIER
    return said in codes.ATTACHMENT_QUALIFIER


@CONTENT.rule(
    "BR-FR-18_BT-123",
    terms="BT-123",
    remedy="Ne marquez LISIBLE que la représentation lisible de la facture.",
    breaks=f'BT-123 = "{READABLE}"; BG-24 = {{}}; BT-122[1] = "2"; BT-123[1] = "{READABLE}"',
    example="attachments",
)
def one_readable_copy_at_most(invoice: Invoice, _: Facts) -> bool:
    """Une seule pièce jointe est la copie lisible de la facture (BT-123 = LISIBLE)."""
    return sum(one.description == READABLE for one in invoice.supporting_documents) <= 1


@CONTENT.rule(
    "BR-FR-27_BG-32",
    on="BG-32",
    terms="BG-32 BT-160 EXT-FR-FE-159",
    remedy="Nommez la caractéristique de l'article (BT-160), ou donnez son code (EXT-FR-FE-159).",
    breaks="BT-160 =",
    example="attachments",
    syntax="CII",
)
def attribute_has_a_name_or_a_code(attribute: ItemAttribute, _: Facts) -> bool:
    """Une caractéristique d'article a un nom (BT-160) ou un code (EXT-FR-FE-159)."""
    return attribute.name is not None or attribute.code is not None


@CONTENT.rule(
    "BR-FR-27_BT-160",
    on="BG-32",
    terms="BT-160",
    remedy="Écrivez le nom de la caractéristique, ou retirez-le.",
    breaks='BT-160 = " "',
    example="attachments",
    syntax="CII",
)
def name_of_attribute_is_not_blank(attribute: ItemAttribute, _: Facts) -> bool:
    """Le nom d'une caractéristique d'article (BT-160), s'il est donné, n'est pas vide."""
    return attribute.name is None or not is_blank(attribute.name)


@CONTENT.rule(
    "BR-FR-27_EXT-FR-FE-159",
    on="BG-32",
    terms="EXT-FR-FE-159",
    remedy="Écrivez le code de la caractéristique, ou retirez-le.",
    breaks='EXT-FR-FE-159 = " "',
    example="attachments",
    syntax="CII",
)
def code_of_attribute_is_not_blank(attribute: ItemAttribute, _: Facts) -> bool:
    """Le code d'une caractéristique d'article (EXT-FR-FE-159), s'il est donné, n'est pas vide."""
    return attribute.code is None or not is_blank(attribute.code)


@CONTENT.rule(
    "BR-FR-28-Value",
    on="BG-32",
    terms="BT-161 EXT-FR-FE-160 EXT-FR-FE-161",
    remedy="Gardez soit le texte (BT-161), soit la mesure avec son unité (EXT-FR-FE-160, 161).",
    breaks='EXT-FR-FE-160 = "8"; EXT-FR-FE-161 = "WTT"',
    example="attachments",
)
def attribute_has_a_text_or_a_measure(attribute: ItemAttribute, facts: Facts) -> bool:
    """Une caractéristique d'article a un texte (BT-161) ou une mesure avec unité, pas les deux."""
    measured = (
        attribute.measure is not None
        or attribute.measure_unit is not None
        or facts.is_malformed("EXT-FR-FE-160")
    )
    if attribute.value is not None:
        return not measured
    return measured and bool(attribute.measure_unit)


# --- AFL and AVV: what a multi-vendor invoice is made of ------------------------------------------


@CONTENT.rule(
    "BR-FR-29_BT-18",
    terms="BT-18",
    remedy="Gardez un seul identifiant AFL et un seul AVV en BT-18.",
    breaks='BT-18 = "1@AFL"; BT-18[1] = "2@AFL"',
    syntax="CII",
)
def each_object_scheme_stands_once(invoice: Invoice, _: Facts) -> bool:
    """L'objet facturé (BT-18) a au plus un identifiant AFL et un identifiant AVV."""
    schemes = [one.scheme for one in invoice.object_identifiers]
    return schemes.count(SUB_INVOICE) <= 1 and schemes.count(SUB_FRAMEWORK) <= 1


def _is_written(scheme: str) -> Holds:
    def is_written(objects: tuple[Identifier, ...], _: Facts) -> bool:
        return not any(one.scheme == scheme and is_blank(one.value) for one in objects)

    return is_written


for _scheme, _what in ((SUB_INVOICE, "numéro de facture"), (SUB_FRAMEWORK, "cadre de facturation")):
    for _id, _term, _syntax in (
        (f"BR-FR-29_{_scheme}", "BT-18", ""),
        (f"BR-FR-30_{_scheme}", "BT-128", "UBL"),
    ):
        CONTENT.of_term(
            _id,
            _term,
            _is_written(_scheme),
            meaning=f"Un identifiant {_scheme} ({_what}) donné en {_term} n'est pas vide.",
            remedy=f"Écrivez le {_what} dans l'identifiant {_scheme}, ou retirez-le.",
            breaks=f'{_term} = " @{_scheme}"',
            syntax=_syntax,
        )
