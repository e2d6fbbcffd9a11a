"""What is said of a syntax rule, in French: what it asks, what was found, what to do.

Every sentence is ours. Those of the regular kinds are made from the path; the few rules that have a
condition of their own have a sentence of their own.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType

from facturier.findings import Finding, Layer, Severity, in_one_line
from facturier.formats import binding_of
from facturier.formats.detect import Syntax
from facturier.invoice.terms import is_repeated, label
from facturier.rules import official
from facturier.rules.syntax.shape import Failure
from facturier.rules.syntax.table import Check, Hit

_STEPS = 3
"""How many steps of a path are quoted."""
_NO_ELEMENT = (
    "Retirez cet élément. Si l'acheteur a besoin de ce qu'il dit, portez-le dans une note (BT-22) "
    "ou une pièce jointe (BG-24)."
)
_KEEP_ONE = "Gardez-en un et retirez les autres."
_NO_ATTRIBUTE = "Retirez cet attribut : la norme dit déjà de quelle liste vient la valeur."
_ONE_IDENTIFIER = (
    "un seul identifiant : ID, ou GlobalID quand un registre le délivre, pas les deux.",
    "Gardez GlobalID avec son schemeID, ou ID seul.",
)
_PAYEE = "le bénéficiaire du paiement (BG-10) n'est pas le vendeur : leurs noms diffèrent"
_PAYEE_REMEDY = "Retirez le bénéficiaire s'il est le vendeur, et ne donnez son {} qu'une fois."
_DEPARTMENT = (
    "le contact est une personne ou un service, pas les deux.",
    "Gardez PersonName ou DepartmentName.",
)
_ATTACHED = (
    "{} ne s'emploie que pour une pièce jointe (AdditionalReferencedDocument de type 916).",
    "Retirez {}, ou donnez à la référence le type 916.",
)
_LINE_TAX = (
    "{} ne se dit que dans la ventilation de TVA de la facture (BG-23).",
    "Portez {} dans la ventilation et retirez l'autre.",
)
_DATED = (
    "seule la référence à {} porte une date.",
    "Retirez FormattedIssueDateTime de cette référence.",
)
_TERMS = "des conditions de livraison ne se disent que le code Incoterm et le nom du lieu"
_RATE = "d'un taux de change ne se disent que les deux devises, le taux et sa date."
_TYPED = (
    "le type d'une référence est 50, 130 ou 916, et seulement dans AdditionalReferencedDocument"
)
_TYPED_REMEDY = "Retirez TypeCode de cette référence, ou donnez le type qui convient."
_QUALIFIED = "ReferenceTypeCode ne s'emploie que pour l'objet facturé (type 130){}."

_ONE_ACCOUNT = (
    "un virement (moyen 30 ou 58) dit un compte et un seul : IBANID ou ProprietaryID.",
    "Ajoutez l'IBAN (BT-84), gardez un seul des deux, ou changez le code du moyen de paiement.",
)
_NOTED = (
    "une note qui porte un code de sujet porte aussi un texte ou un code de contenu.",
    "Écrivez le texte de la note, ou retirez son code de sujet.",
)
_DUE = (
    "la TVA devient exigible à une date (BT-7) ou à un moment convenu (BT-8), pas les deux.",
    "Gardez TaxPointDate ou DueDateTypeCode.",
)

_FACTURX: Mapping[str, tuple[str, str]] = {
    "BR-CO-03": _DUE,
    "FX-SCH-A-000051": _DUE,
    "FX-SCH-A-000132": _ONE_ACCOUNT,
    "FX-SCH-A-000350": _DEPARTMENT,
    "FX-SCH-A-000351": _DEPARTMENT,
    "FX-SCH-A-000354": (
        (
            "entre parties allemandes, la date de livraison (BT-72) ou la période facturée (BG-14, "
            "ou BG-26 dans chaque ligne) est dite ; sans BT-72, au moins le pays de livraison."
        ),
        "Renseignez la date de livraison (BT-72).",
    ),
    "BR-FXEXT-01": _NOTED,
    "BR-FXEXT-02": _NOTED,
    "BR-FXEXT-03": (
        "le numéro fiscal d'une autre partie que le vendeur est un numéro de TVA (schéma VA).",
        "Écrivez schemeID='VA' et le numéro de TVA, ou retirez ce numéro.",
    ),
    "BR-FXEXT-CII-DT-097a": (
        "une date avec heure (format 205) s'écrit AAAAMMJJHHMM.",
        "Écrivez par exemple 202609011430 pour le 1ᵉʳ septembre 2026 à 14 h 30.",
    ),
}
"""What the sheets of Factur-X ask in their own words (:mod:`facturier.rules.facturx`)."""

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **_FACTURX,
        "UBL-CR-002": (
            "la version d'UBL, si elle est dite, est 2.1.",
            "Écrivez 2.1 dans cbc:UBLVersionID, ou retirez-le.",
        ),
        "UBL-CR-412": (
            (
                "dans une facture (Invoice) l'échéance se dit dans cbc:DueDate, pas dans "
                "cac:PaymentMeans/cbc:PaymentDueDate."
            ),
            "Portez l'échéance (BT-9) dans cbc:DueDate.",
        ),
        "UBL-CR-665": (
            "seule la référence à l'objet facturé (type 130) dit de quel registre elle vient.",
            "Retirez schemeID de cette référence.",
        ),
        "UBL-CR-666": (
            "l'objet facturé (référence de type 130) n'a pas de pièce jointe.",
            "Joignez le fichier dans une autre référence, sans type.",
        ),
        "UBL-CR-673": (
            "l'objet facturé (référence de type 130) n'a pas de description.",
            "Retirez cbc:DocumentDescription de cette référence.",
        ),
        "UBL-DT-18": (
            "seul le moyen de paiement (cbc:PaymentMeansCode) porte un attribut name.",
            "Retirez l'attribut name.",
        ),
        "UBL-SR-04": (
            "l'objet facturé (BT-18, référence de type 130) figure une fois au plus.",
            _KEEP_ONE,
        ),
        "UBL-SR-12": ("le numéro de TVA du vendeur (BT-31) figure une fois au plus.", _KEEP_ONE),
        "UBL-SR-13": (
            "l'identifiant fiscal local du vendeur (BT-32) figure une fois au plus.",
            _KEEP_ONE,
        ),
        "UBL-SR-16": ("l'identifiant de l'acheteur (BT-46) figure une fois au plus.", _KEEP_ONE),
        "UBL-SR-18": ("le numéro de TVA de l'acheteur (BT-48) figure une fois au plus.", _KEEP_ONE),
        "UBL-DT-06": (
            "un fichier joint (BT-125) dit son type MIME.",
            "Ajoutez mimeCode, par exemple application/pdf.",
        ),
        "UBL-DT-07": ("un fichier joint (BT-125) dit son nom.", "Ajoutez filename."),
        "CII-SR-457": (
            "l'appel d'offres (BT-17, référence de type 50) figure une fois au plus.",
            _KEEP_ONE,
        ),
        "CII-SR-458": (
            "l'objet facturé (BT-18, référence de type 130) figure une fois au plus.",
            _KEEP_ONE,
        ),
        "CII-SR-474": (
            "l'objet de la ligne (BT-128, référence de type 130) figure une fois au plus.",
            _KEEP_ONE,
        ),
        "UBL-SR-19": (
            f"{_PAYEE}, et le sien figure une fois au plus.",
            _PAYEE_REMEDY.format("nom"),
        ),
        "UBL-SR-20": (
            f"{_PAYEE}, et son identifiant figure une fois au plus.",
            _PAYEE_REMEDY.format("identifiant"),
        ),
        "UBL-SR-21": (
            f"{_PAYEE}, et son identifiant légal figure une fois au plus.",
            _PAYEE_REMEDY.format("identifiant légal"),
        ),
        "UBL-SR-29": (
            "l'identifiant de créancier SEPA (BT-90) figure une fois au plus.",
            "Gardez un seul identifiant de registre SEPA, chez le vendeur ou chez le bénéficiaire.",
        ),
        "UBL-SR-42": (
            "le vendeur a deux numéros fiscaux au plus : sa TVA (BT-31) et un autre (BT-32).",
            "Gardez deux cac:PartyTaxScheme au plus.",
        ),
        "UBL-SR-43": (
            (
                "le registre et le type d'une référence ne se disent que pour l'objet facturé "
                "(type 130) ou, dans un avoir, pour le projet (type 50)."
            ),
            "Retirez schemeID et cbc:DocumentTypeCode, ou écrivez le type 130.",
        ),
        "UBL-SR-44": (
            "tous les moyens de paiement ont la même référence de virement (BT-83).",
            "Gardez une seule valeur de cbc:PaymentID.",
        ),
        "UBL-SR-47": (
            "une facture n'a qu'un code de moyen de paiement (BT-81).",
            "Répétez le même code, ou gardez un seul moyen de paiement.",
        ),
        "UBL-SR-53": (
            "un numéro fiscal (cac:PartyTaxScheme) a une valeur et dit de quelle taxe il est.",
            "Renseignez cbc:CompanyID et cac:TaxScheme/cbc:ID, ou retirez le groupe.",
        ),
        "UBL-FREXT-SR-48": (
            ("une ligne a une TVA et une seule ; un regroupement ou une information, une au plus."),
            "Gardez un seul cac:ClassifiedTaxCategory.",
        ),
        "UBL-FREXT-CR-410": (f"{_TERMS}.", "Retirez le reste de cac:DeliveryTerms."),
        "UBL-FREXT-CR-645": (f"{_TERMS}.", "Retirez le reste de cac:DeliveryTerms."),
        "CII-FREXT-CR-490": (_RATE, "Retirez le reste de cac:TaxExchangeRate."),
        "CII-FREXT-SR-106": (f"{_TERMS}.", "Retirez le reste d'ApplicableTradeDeliveryTerms."),
        "CII-FREXT-SR-293": (f"{_TERMS}.", "Retirez le reste d'ApplicableTradeDeliveryTerms."),
        "CII-FREXT-SR-366": (_RATE, "Retirez le reste de TaxApplicableTradeCurrencyExchange."),
        "CII-SR-046": (
            "l'identifiant standard de l'article (BT-157) dit de quel registre il vient.",
            "Ajoutez schemeID à ram:GlobalID (0160 pour un GTIN).",
        ),
        "CII-SR-090": (
            "le pays d'origine de l'article (BT-159) est dit par un code et un seul.",
            "Écrivez le code du pays dans ram:OriginTradeCountry/ram:ID.",
        ),
        "CII-SR-119": (
            "dans le prix brut se trouve un rabais (ChargeIndicator à false) avec son montant.",
            "Écrivez ChargeIndicator à false et ActualAmount, ou retirez les deux.",
        ),
        "CII-SR-449": _ONE_IDENTIFIER,
        "CII-SR-450": _ONE_IDENTIFIER,
        "CII-SR-451": _ONE_IDENTIFIER,
        "CII-SR-462": (
            "la TVA devient exigible au même moment (BT-8) dans toute la facture.",
            "Écrivez le même DueDateTypeCode partout.",
        ),
        "CII-SR-465": _DEPARTMENT,
        "CII-SR-466": _DEPARTMENT,
        "CII-SR-467": (
            "une facture n'a qu'un code de moyen de paiement (BT-81).",
            "Répétez le même code, ou gardez un seul moyen de paiement.",
        ),
        "CII-SR-468": (
            "tous les moyens de paiement ont le même libellé (BT-82).",
            "Répétez le même texte, ou gardez un seul moyen de paiement.",
        ),
        "CII-SR-470": (
            "un virement (moyen 30 ou 58) dit sur quel compte payer.",
            "Ajoutez l'IBAN (BT-84), ou changez le code du moyen de paiement.",
        ),
        "CII-DT-015": (_ATTACHED[0].format("URIID"), _ATTACHED[1].format("URIID")),
        "CII-DT-018": (f"{_TYPED}.", _TYPED_REMEDY),
        "CII-EXT-DT-018": (
            f"{_TYPED} ; la référence à une facture antérieure a le sien.",
            _TYPED_REMEDY,
        ),
        "CII-DT-021": (_ATTACHED[0].format("Name"), _ATTACHED[1].format("Name")),
        "CII-DT-022": (_ATTACHED[0].format("Le fichier"), _ATTACHED[1].format("le fichier")),
        "CII-DT-024": (_QUALIFIED.format(""), "Retirez ReferenceTypeCode."),
        "CII-FREXT-DT-024": (
            _QUALIFIED.format(" et pour le contrat"),
            "Retirez ReferenceTypeCode.",
        ),
        "CII-DT-027": (_DATED[0].format("une facture antérieure"), _DATED[1]),
        "CII-FREXTDT-027": (
            _DATED[0].format("une facture antérieure, au contrat, à la commande ou à l'expédition"),
            _DATED[1],
        ),
        "CII-DT-033": (
            "l'unité se dit sur la quantité facturée (BT-130).",
            "Donnez unitCode à BilledQuantity, ou retirez-le d'ici.",
        ),
        "CII-DT-037": ("la taxe est la TVA : VAT.", "Écrivez VAT dans ram:TypeCode."),
        "CII-DT-041": (_LINE_TAX[0].format("La base"), _LINE_TAX[1].format("la base")),
        "CII-DT-052": (
            "un code d'exonération ne se dit ni d'une remise ni de frais.",
            "Portez le code d'exonération (BT-121) dans la ventilation de TVA.",
        ),
        "CII-DT-098": (
            "un motif d'exonération ne se dit ni d'une remise ni de frais.",
            "Portez le motif d'exonération (BT-120) dans la ventilation de TVA.",
        ),
        "CII-DT-054": (
            _LINE_TAX[0].format("La date d'exigibilité"),
            _LINE_TAX[1].format("la date"),
        ),
        "CII-DT-058": (
            _LINE_TAX[0].format("Le moment d'exigibilité"),
            _LINE_TAX[1].format("ce code"),
        ),
        "UBL-DT-01": (
            "un montant s'écrit avec deux décimales au plus.",
            "Arrondissez ce montant au centime.",
        ),
        "CII-DT-097": (
            "une date s'écrit AAAAMMJJ et existe au calendrier.",
            "Écrivez par exemple 20260901 pour le 1ᵉʳ septembre 2026.",
        ),
    }
)
"""Id → what should be true, and what to do: the rules that their path alone does not explain."""

_PROFILES = {
    Layer.EN16931: "EN 16931",
    Layer.EXTENDED_CTC_FR: "EXTENDED-CTC-FR",
    Layer.FACTURX: "Factur-X",
}
_FORBIDDEN = "{} {} ne s'emploie pas dans une facture {}."


def meaning(check: Check, layer: Layer, term: str = "") -> str:
    """Return what a rule asks, in a sentence; `term` is the one it is about."""
    if check.id in SENTENCES:
        return _capital(SENTENCES[check.id][0])
    what = f"« {label(term)} » ({term}, {named(check)})" if term else named(check)
    if check.kind == "no":
        profile = _PROFILES.get(layer, "de ce profil")
        if "@" in what:
            return _FORBIDDEN.format("L'attribut", what, profile)
        return _FORBIDDEN.format("L'élément", what, profile)
    often = {"max1": "une fois au plus", "one": "une fois et une seule"}
    if check.kind in often:
        return f"{_capital(what)} figure {often[check.kind]}."
    return f"{_capital(what)} est renseigné."


def remedy(check: Check) -> str:
    """Return what to do when it is not so."""
    if check.id in SENTENCES:
        return SENTENCES[check.id][1]
    if check.kind == "no":
        return _NO_ATTRIBUTE if "@" in check.text else _NO_ELEMENT
    if check.kind == "max1":
        return _KEEP_ONE
    return f"Renseignez {named(check)}{' une seule fois' if check.kind == 'one' else ''}."


def named(check: Check) -> str:
    """Name what a rule is about by the end of its path: ``cac:Delivery/cbc:ID``."""
    bare = re.sub(r"\[.*\]", "", check.text)
    bare = re.sub(r"\(([^()|]*)\|[^()]*\)", r"\1", bare).removeprefix("//")
    steps = bare.split("/")
    if len(steps) < _STEPS and not check.text.startswith("//"):
        context = check.context.text.split(" | ")[0].partition("[")[0].strip("/").split("/")
        steps = [*context[1:][-1:], *steps] if len(context) > 1 else [*_own(context[0]), *steps]
    return "/".join(steps[-_STEPS:])


def _own(context: str) -> list[str]:
    """Return a context of one step as part of a path; none for the document itself."""
    return [] if context.startswith(("ubl:", "rsm:")) else [context]


def finding(
    manifest: str, layer: Layer, failure: Failure, places: tuple[str, ...], where: str
) -> Finding:
    """Return what is said of one failure. `places` are the paths of what was found."""
    check = failure.check
    fact = official.manifest(manifest).get(check.id)
    told = meaning(check, layer, where)
    if check.kind != "no" or check.id in SENTENCES:
        told = f"Attendu : {told[:1].lower() if told[1:2].islower() else told[:1]}{told[1:]}"
    return Finding(
        rule=check.id,
        layer=layer,
        severity=fact.severity if fact else Severity.FATAL,
        message=told + _read(check, failure.hits),
        where=where,
        path=places[0],
        remedy=remedy(check),
    )


@functools.cache
def term_of(manifest: str, check: Check) -> str:
    """Return the one term or group that a rule is about; empty when there is none, or several.

    The official file says it of few; of the others the mapping table of the syntax tells it.
    """
    fact = official.manifest(manifest).get(check.id)
    if fact and fact.terms:
        return fact.terms[0] if len(fact.terms) == 1 else ""
    if check.kind == "no" or "[" in check.text:
        return ""
    return _terms(check.is_ubl).get(_place(check), "")


def _place(check: Check) -> str:
    context, path = check.context.text.split(" | ")[0], check.text
    return f"{context}/{path}".removeprefix("//").removesuffix("/.")


@functools.cache
def _terms(is_ubl: bool) -> Mapping[str, str]:  # noqa: FBT001  # the key of a cache
    """Return the terms and groups of a syntax by the end of their path, if it is theirs alone."""
    binding = binding_of(Syntax.UBL_INVOICE if is_ubl else Syntax.CII)
    found: dict[str, set[str]] = {}
    for term in (*binding.terms, *binding.groups):
        if is_repeated(term):  # it stands where the first of its kind does
            continue
        for path in binding.path_of(term).split(" | ") if binding.carries(term) else ():
            steps = re.sub(r"\[.*?\]", "", path).split("/")
            found.setdefault("/".join(steps), set()).add(term)
            for start in range(2, len(steps)):
                found.setdefault("/".join(steps[start:]), set()).add(term)
    return {path: terms.pop() for path, terms in found.items() if len(terms) == 1}


def _read(check: Check, hits: list[Hit]) -> str:
    """Quote what stands there, and say how often when it is more than once."""
    if not hits:
        return ""
    if check.kind in {"max1", "one"}:
        return f" Lu : {len(hits) + 1} fois."
    element, attribute = hits[0]
    held = element.get(attribute) if attribute else element.text
    shown = in_one_line(held or "")
    often = f" {len(hits)} fois" if len(hits) > 1 else ""
    if not shown:
        return f" Lu{often}." if often else ""
    return f" Lu{often} : « {shown} »."


def _capital(text: str) -> str:
    """Begin a sentence, but not with a changed name of an element."""
    return text if ":" in text.partition(" ")[0] or text[:1] == "«" else text[:1].upper() + text[1:]
