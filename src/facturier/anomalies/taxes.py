"""VAT that contradicts itself: category, rate, reason, regime of the seller, computation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from facturier.anomalies import risk
from facturier.anomalies.kind import Hit, Table
from facturier.anomalies.look import Look, euros, percent, words
from facturier.invoice import codes
from facturier.invoice.money import CENT, ZERO, cents, percent_of, total

TAXES = Table()
_NO_VAT = frozenset({"AE", "E", "G", "K", "O", "Z"})
_WITHOUT_REASON = frozenset({"E", "G", "K", "O"})
_CODES = {
    "AE": frozenset({"VATEX-EU-AE", "VATEX-FR-AE"}),
    "K": frozenset({"VATEX-EU-IC"}),
    "G": frozenset({"VATEX-EU-G"}),
    "O": frozenset({"VATEX-EU-O"}),
}
"""The codes (BT-121) that go with a category; E has all the others."""
_ARTICLES = {
    "VATEX-FR-FRANCHISE": re.compile(r"\b293 ?[bd]\b|franchise"),
    "VATEX-EU-IC": re.compile(r"\b262 ?ter\b|intracom|intra-com"),
    "VATEX-EU-AE": re.compile(r"\b283\b|autoliquid|auto-liquid|reverse charge"),
}
"""What a text says → the code that it means."""
_REVERSE = re.compile(r"\bauto-? ?liquid|\breverse[ -]charge\b|\bdue par le preneur\b")
_FRANCHISE = re.compile(r"\b293[ -]?b\b|\bfranchise en base\b")
_MARGIN = re.compile(r"\b297[ -]?a\b|\bregime (?:particulier|de la marge)\b|\bsur la marge\b")
_SUBCONTRACT = re.compile(r"\bsous-? ?trait")
_BUILDING = re.compile(
    r"\btravaux\b|\bchantier|\bmaconn|\bplomber|\belectric|\bpeinture|\bgros oeuvre|\bcharpent"
    r"|\bcouverture\b|\bterrass|\blot n|\bcloison|\bcarrel|\bisolation|\bmenuiser|\bdemolition"
)
_DIRECT_PAYMENT = frozenset({"S3", "S5"})
_DISBURSEMENT = re.compile(r"debours\b")
_OVERSEAS_RATES = frozenset({Decimal("8.5"), Decimal("1.75"), Decimal("1.05")})
_OVERSEAS = ("971", "972", "974")
_TOLERANCE = Decimal("0.02")
_MOST_TOLERANCE = Decimal(1)


def _number(look: Look) -> str:
    """Return the French VAT number that the seller shows, without blanks; empty without one."""
    return ((look.seller.vat_identifier if look.seller else "") or "").replace(" ", "").upper()


@TAXES.kind(
    "category-and-rate",
    "Catégorie et taux de TVA qui se contredisent",
    source="EN 16931 (BR-S-05, BR-E-05, BR-AE-05, BR-Z-05, BR-IC-05, BR-G-05, BR-O-05) ; CGI 283-3",
    risk=risk.vat_due,
    letter="Votre facture n° {number} du {day} se contredit sur la TVA : catégorie {category} "
    "({meaning}) avec {shown}. Pouvez-vous nous dire si la TVA est due, et nous adresser "
    "une facture corrigée ?",
    remedy="Ne déduisez rien tant que la catégorie et le taux ne disent pas la même chose.",
)
def category_and_rate(look: Look) -> Iterator[Hit]:
    """Groupes et lignes de TVA : taux nul en catégorie S, ou taux positif dans une autre."""
    rows = [
        (one.category, one.rate, one.tax_amount, "BT-118 BT-119")
        for one in look.invoice.vat_breakdown
    ]
    rows += [
        (line.vat.category, line.vat.rate, None, "BT-151 BT-152") for line in look.lines if line.vat
    ]
    for category, rate, tax, where in rows:
        charged = (rate or ZERO) > 0 or (tax or ZERO) > 0
        if (category in _NO_VAT and charged) or (category == "S" and rate is not None and not rate):
            meaning = codes.label("VAT_CATEGORY", category or "")
            shown = f"un taux de {percent(rate)}" if rate is not None else f"{euros(tax)} de TVA"
            yield Hit(
                why=f"Catégorie {category} ({meaning}) avec {shown}.", where=where, amount=tax,
                said={"category": category or "", "meaning": meaning, "shown": shown},
            )  # fmt: skip
            return


@TAXES.kind(
    "rate-of-another-territory",
    "Taux de TVA d'un autre territoire",
    source="CGI 278 à 281 nonies, 294 à 297 (départements d'outre-mer)",
    risk=risk.vat_or_omission,
    letter="Votre facture n° {number} du {day} applique le taux de {rate}, qui n'a pas cours là où "
    "vous et nous sommes établis. Pouvez-vous vérifier le taux et corriger la facture ?",
    remedy="Vérifiez le lieu de la livraison : le taux d'outre-mer ne vaut qu'en Guadeloupe, en "
    "Martinique et à La Réunion.",
)
def rate_of_another_territory(look: Look) -> Iterator[Hit]:
    """Taux d'outre-mer (8,5, 1,75, 1,05 %) entre deux entreprises de métropole."""
    delivery = look.invoice.delivery.address if look.invoice.delivery else None
    seats = [party.postal_address for party in (look.seller, look.buyer) if party]
    post_codes = [(one.post_code or "") for one in (*seats, delivery) if one]
    countries = {(one.country_code or "").strip() for one in (*seats, delivery) if one}
    if not look.is_french or not all(post_codes) or countries != {"FR"}:
        return
    if any(code.startswith(_OVERSEAS) for code in post_codes):
        return
    for group in look.invoice.vat_breakdown:
        if group.category == "S" and group.rate in _OVERSEAS_RATES:
            yield Hit(
                why=f"Taux de {percent(group.rate)} entre deux entreprises de métropole.",
                where="BT-119", amount=group.tax_amount, said={"rate": percent(group.rate)},
            )  # fmt: skip


@TAXES.kind(
    "exemption-unexplained",
    "Exonération sans motif",
    source="CGI annexe II, 242 nonies A I-12° ; BR-E-10, BR-IC-10, BR-G-10, BR-O-10",
    risk=risk.vat_owed,
    letter="Votre facture n° {number} du {day} ne porte pas de TVA (catégorie {category}) sans "
    "dire "
    "pourquoi. Pouvez-vous nous indiquer le texte qui l'exonère et nous adresser une facture "
    "qui le mentionne ?",
    remedy="Émise : sans texte, la TVA est due. Reçue : rien à déduire, demandez le motif.",
)
def exemption_unexplained(look: Look) -> Iterator[Hit]:
    """Catégories E, K, G, O sans motif (BT-120) ni code (BT-121), ni rien dans les lignes."""
    for group in look.invoice.vat_breakdown:
        if group.category not in _WITHOUT_REASON or group.exemption_reason or group.exemption_code:
            continue
        of_lines = (
            line.vat for line in look.lines if line.vat and line.vat.category == group.category
        )
        if look.is_from_france and not any(
            one.exemption_reason or one.exemption_code for one in of_lines
        ):
            yield Hit(
                why=f"Base de {euros(group.taxable_amount)} en catégorie {group.category}, "
                f"sans motif.",
                where="BT-118 BT-120 BT-121",
                amount=cents(percent_of(abs(group.taxable_amount or ZERO), risk.STANDARD_RATE)),
                said={"category": group.category or ""},
            )  # fmt: skip


@TAXES.kind(
    "exemption-contradicts",
    "Motif d'exonération contradictoire",
    source="XP Z12-012 (codes VATEX) ; CGI 262 ter, 283, 293 B ; CGI annexe II, 242 nonies A I-12°",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} donne deux motifs différents d'absence de TVA : "
    "{code}, et « {words} ». Pouvez-vous nous dire lequel est le bon et corriger la facture ?",
    remedy="Le motif décide de la ligne de la déclaration (autoliquidation, acquisition, rien) : "
    "attendez la réponse.",
)
def exemption_contradicts(look: Look) -> Iterator[Hit]:
    """Code VATEX (BT-121) comparé à la catégorie (BT-118) et aux mots du motif (BT-120)."""
    for group in look.invoice.vat_breakdown:
        code, category = group.exemption_code or "", group.category or ""
        if not code.startswith("VATEX-") or not look.is_from_france:
            continue
        allowed = _CODES.get(category)
        others = {one for key, ones in _CODES.items() if key != category for one in ones}
        text = " ".join((group.exemption_reason or "").split())
        told = _meant(text)
        if (allowed is not None and code not in allowed) or (category == "E" and code in others):
            contradicted = f"catégorie {category}"
        elif told and not _agree(code, told):
            contradicted = text
        else:
            continue
        yield Hit(
            why=f"Catégorie {category}, code {code}, motif « {text or 'aucun'} ».",
            where="BT-118 BT-120 BT-121", said={"code": code, "words": contradicted},
        )  # fmt: skip
        return


def _meant(text: str) -> set[str]:
    read = words(text)
    return {code for code, article in _ARTICLES.items() if article.search(read)}


def _agree(code: str, told: set[str]) -> bool:
    """Tell whether a code is one of those that a text means; reverse charge has two codes."""
    return {"VATEX-FR-AE": "VATEX-EU-AE"}.get(code, code) in told


@TAXES.kind(
    "franchise-with-vat",
    "TVA facturée par un vendeur en franchise",
    source="CGI 293 B, 293 E et 283-3",
    risk=risk.vat_due,
    letter="Votre facture n° {number} du {day} porte {vat} de TVA alors que {reason}. Une "
    "entreprise en franchise ne facture pas de TVA ; celle qui est mentionnée est due sans "
    "être déductible. Pouvez-vous nous adresser une facture corrigée ?",
    remedy="Ne déduisez pas cette TVA ; payez le hors taxe après correction.",
)
def franchise_with_vat(look: Look) -> Iterator[Hit]:
    """Mention de l'article 293 B, ou dossier en franchise, et TVA positive."""
    if look.vat <= 0:
        return
    company = look.history.company
    if _FRANCHISE.search(f"{look.notes} | {look.breakdown_words}") and not look.is_self_billed:
        yield Hit(
            why=f"La facture cite l'article 293 B et porte {euros(look.vat)} de TVA.",
            where="BT-110 BT-120 BT-22",
            said={"reason": "votre facture cite la franchise en base (article 293 B du CGI)"},
        )  # fmt: skip
    elif company and company.is_franchise and not look.is_bought:
        yield Hit(
            why=f"Le dossier est en franchise et la facture porte {euros(look.vat)} de TVA.",
            where="BT-110", said={"reason": "votre entreprise est connue en franchise en base"},
        )  # fmt: skip


@TAXES.kind(
    "reverse-charge-without-mention",
    "Autoliquidation sans sa mention",
    source="CGI annexe II, 242 nonies A I-13° ; CGI 283",
    risk=risk.reverse_charge_fine,
    letter="Votre facture n° {number} du {day} ne porte pas de TVA (catégorie AE) mais pas non "
    "plus "
    "la mention « Autoliquidation ». Pouvez-vous nous adresser une facture qui la porte ?",
    remedy="Autoliquidez sans attendre (CA3, lignes 3A ou B2 et 20) si l'opération y est soumise.",
)
def reverse_charge_without_mention(look: Look) -> Iterator[Hit]:
    """Catégorie AE sans le mot « autoliquidation » dans les motifs ni les notes."""
    if "AE" in look.categories and not _REVERSE.search(look.all_words):
        base = total(
            one.taxable_amount for one in look.invoice.vat_breakdown if one.category == "AE"
        )
        if base:
            yield Hit(
                why=f"Base de {euros(base)} en catégorie AE, le mot autoliquidation n'y est pas.",
                where="BT-118 BT-120",
                amount=base,
            )


@TAXES.kind(
    "reverse-charge-with-vat",
    "TVA facturée là où l'acheteur autoliquide",
    source="CGI 283-2 nonies (sous-traitance du bâtiment), 283-3 ; XP Z12-014, cas n° 13",
    risk=risk.vat_due,
    letter="Votre facture n° {number} du {day} porte {vat} de TVA alors que {reason}. La TVA est "
    "due par l'acheteur : la vôtre n'est pas déductible. Pouvez-vous nous adresser une facture "
    "hors taxe, avec la mention « Autoliquidation » (article 283-2 nonies du CGI) ?",
    remedy="Ne payez pas la TVA et ne la déduisez pas ; autoliquidez sur le hors taxe.",
)
def reverse_charge_with_vat(look: Look) -> Iterator[Hit]:
    """Mention d'autoliquidation sans catégorie AE, ou sous-traitance de travaux ; TVA positive."""
    if look.vat <= 0 or not look.is_french or "AE" in look.categories:
        return
    told = f"{look.notes} | {look.breakdown_words}"
    subcontracts = look.process in _DIRECT_PAYMENT or _SUBCONTRACT.search(
        f"{told} | {' | '.join(look.items)}"
    )
    if _REVERSE.search(told):
        reason = "la facture dit elle-même « autoliquidation »"
    elif subcontracts and _BUILDING.search(" | ".join(look.items)):
        reason = "elle facture des travaux de construction en sous-traitance"
    else:
        return
    yield Hit(
        why=f"{euros(look.vat)} de TVA, et {reason}.",
        where="BT-110 BT-118 BT-22",
        said={"reason": reason},
    )


@TAXES.kind(
    "margin-with-vat",
    "Régime de la marge avec TVA apparente",
    source="CGI 297 A et 297 E ; XP Z12-014, cas n° 33",
    risk=risk.vat_due,
    letter="Votre facture n° {number} du {day} invoque le régime de la marge et porte {vat} de "
    "TVA. "
    "Sous ce régime la TVA n'apparaît pas et n'est pas déductible. Pouvez-vous nous dire quel "
    "régime s'applique et corriger la facture ?",
    remedy="Aucune TVA n'est déductible sous le régime de la marge : enregistrez le TTC en charge.",
)
def margin_with_vat(look: Look) -> Iterator[Hit]:
    """Codes VATEX-EU-D, F, I, J ou mention de la marge, et TVA sur les mêmes lignes."""
    margin = [
        one for one in look.invoice.vat_breakdown if one.exemption_code in codes.MARGIN_REASONS
    ]
    taxed = total(one.tax_amount for one in margin)
    mentioned = not margin and _MARGIN.search(f"{look.notes} | {look.breakdown_words}")
    if taxed > 0 or (mentioned and look.vat > 0):
        vat = taxed or look.vat
        yield Hit(
            why=f"Régime de la marge invoqué, {euros(vat)} de TVA facturés.",
            where="BT-121 BT-117 BT-22", amount=vat,
        )  # fmt: skip


@TAXES.kind(
    "disbursement-with-vat",
    "Débours refacturé avec TVA",
    source="CGI 267 II-2° ; XP Z12-014, cas n° 16",
    risk=risk.vat_due,
    letter="Votre facture n° {number} du {day} porte de la TVA sur un débours (« {line} »). Un "
    "débours avancé au nom du client est hors de la base de la TVA. Pouvez-vous corriger la "
    "facture, ou nous dire qu'il s'agit de vos propres frais ?",
    remedy="Un débours va au 467 du client, sans TVA, avec le justificatif au nom du client.",
)
def disbursement_with_vat(look: Look) -> Iterator[Hit]:
    """Lignes nommées « débours » à un taux positif."""
    for line, name in zip(look.lines, look.items, strict=True):
        rate = (line.vat and line.vat.rate) or ZERO
        if _DISBURSEMENT.match(name) and rate > 0:
            told = (line.item.name if line.item else "") or ""
            yield Hit(
                why=f"La ligne « {told} » porte de la TVA à {percent(rate)}.", where="BT-153 "
                "BT-152",
                amount=cents(percent_of(line.net_amount or ZERO, rate)), said={"line": told},
            )  # fmt: skip
            return


@TAXES.kind(
    "vat-does-not-follow",
    "TVA qui ne suit pas des lignes",
    source="CGI annexe II, 242 nonies A I-11° ; EN 16931 BR-CO-17, BR-S-08",
    risk=risk.difference,
    letter="Sur votre facture n° {number} du {day}, la TVA à {rate} est de {shown}, alors que les "
    "lignes donnent {expected}. Pouvez-vous vérifier le calcul et nous adresser une facture "
    "corrigée ?",
    remedy="Ne déduisez que la TVA qui suit des lignes, jusqu'à la facture corrigée.",
)
def vat_does_not_follow(look: Look) -> Iterator[Hit]:
    """TVA de chaque taux (BT-117) comparée aux lignes, remises et frais du même taux."""
    invoice = look.invoice
    if not look.lines:
        return
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in look.lines:
        key = ((line.vat.category or "", line.vat.rate or ZERO)) if line.vat else ("", ZERO)
        bases[key] = bases.get(key, ZERO) + (line.net_amount or ZERO)
    for sign, parts in ((-1, invoice.allowances), (1, invoice.charges)):
        for part in parts:
            key = (part.vat_category or "", part.vat_rate or ZERO)
            bases[key] = bases.get(key, ZERO) + sign * (part.amount or ZERO)
    for one in invoice.logistics_charges:
        key = (one.vat_category or "", one.vat_rate or ZERO)
        bases[key] = bases.get(key, ZERO) + (one.amount or ZERO)
    shown: dict[tuple[str, Decimal], Decimal] = {}
    for group in invoice.vat_breakdown:
        key = (group.category or "", group.rate or ZERO)
        shown[key] = shown.get(key, ZERO) + (group.tax_amount or ZERO)
    admitted = min(_MOST_TOLERANCE, max(_TOLERANCE, CENT * len(look.lines)))
    for key, tax in shown.items():
        expected = cents(percent_of(bases.get(key, ZERO), key[1]))
        if key[0] == "S" and abs(expected - tax) > admitted:
            yield Hit(
                why=f"TVA à {percent(key[1])} : {euros(tax)} facturés, {euros(expected)} "
                f"d'après les "
                "lignes.",
                where="BT-117 BT-131", amount=abs(expected - tax),
                said={"rate": percent(key[1]), "shown": euros(tax), "expected": euros(expected)},
            )  # fmt: skip


@TAXES.kind(
    "vat-number-missing",
    "Numéro de TVA du vendeur absent",
    source="CGI annexe II, 242 nonies A I-2° (dispense jusqu'à 150 € hors taxe)",
    risk=risk.vat_or_omission,
    letter="Votre facture n° {number} du {day} porte {vat} de TVA sans votre numéro "
    "d'identification à la TVA. Pouvez-vous nous adresser une facture qui le mentionne ?",
    remedy="Demandez le numéro avant de déduire ; vérifiez-le sur VIES.",
)
def vat_number_missing(look: Look) -> Iterator[Hit]:
    """TVA facturée au-delà de 150 € hors taxe sans BT-31 ni représentant fiscal (BT-63)."""
    agent = look.invoice.tax_representative
    known = _number(look) or (agent.vat_identifier if agent else "")
    if look.is_from_france and look.vat > 0 and abs(look.net) > _SIMPLIFIED and not known:
        yield Hit(why=f"{euros(look.vat)} de TVA facturés, aucun numéro de TVA.", where="BT-31")


_SIMPLIFIED = Decimal(150)
"""Euros before VAT up to which an invoice may leave the number out."""
