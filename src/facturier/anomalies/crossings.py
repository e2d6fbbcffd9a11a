"""VAT across borders: sellers and buyers established where the VAT charged is not due."""

from __future__ import annotations

import re
from collections.abc import Iterator

from facturier.anomalies import risk
from facturier.anomalies.kind import Hit, Table
from facturier.anomalies.look import Look, Place, euros, percent
from facturier.invoice import codes

CROSSINGS = Table()
_OUTSIDE = frozenset({Place.UNION, Place.OVERSEAS, Place.ELSEWHERE})
_TAXED_IN_FRANCE = re.compile(
    r"\brestaura|\brepas\b|\bhotel|\bnuitee|\bhebergement hotel|\bseminaire|\bformation\b|\bsalon\b"
    r"|\bstand\b|\bbillet|\btransport de personnes|\btaxi\b|\blocation (?:de )?(?:vehicule|voiture)"
    r"|\bimmeuble|\bimmobil|\bloyer|\blocaux\b|\btravaux\b|\bpeage\b|\bcarburant"
)
"""Services and goods on which French VAT stands whoever buys them (CGI 259 A)."""


def _has_french_number(look: Look) -> bool:
    parties = (look.seller, look.invoice.tax_representative)
    return any(
        ((one.vat_identifier or "") if one else "").upper().startswith("FR") for one in parties
    )


@CROSSINGS.kind(
    "foreign-seller-french-vat",
    "TVA française d'un vendeur établi hors de France",
    source="CGI 283-1, second alinéa, 283-2, 294 et 283-3",
    risk=risk.vat_due,
    letter="Votre facture n° {number} du {day} porte {vat} de TVA française alors que vous êtes "
    "établi hors du territoire où elle s'applique ({place}). La taxe est due par l'acheteur "
    "identifié en France. Pouvez-vous nous adresser une facture sans TVA, avec la mention "
    "« Autoliquidation » ?",
    remedy="Ne payez ni ne déduisez cette TVA ; autoliquidez-la (CGI 283-1) après vérification du "
    "lieu de l'opération.",
)
def foreign_seller_french_vat(look: Look) -> Iterator[Hit]:
    """Vendeur d'un autre État ou d'outre-mer hors TVA, acheteur en France, TVA française."""
    if look.seller_place not in _OUTSIDE or look.buyer_place is not Place.FRANCE or look.vat <= 0:
        return
    if look.seller_place is Place.OVERSEAS or _has_french_number(look):
        yield Hit(
            why=f"Vendeur établi ailleurs ({look.seller_place}), {euros(look.vat)} de TVA "
            f"française.",
            where="BT-40 BT-31 BT-110", said={"place": str(look.seller_place)},
        )  # fmt: skip


@CROSSINGS.kind(
    "foreign-vat",
    "TVA d'un autre pays",
    source="CGI 271 ; directive 2008/9/CE (remboursement par l'autre État)",
    risk=risk.vat_lost,
    letter="Votre facture n° {number} du {day} porte {vat} de TVA de votre pays. Nous sommes "
    "identifiés à la TVA en France : si l'opération se situe en France, elle est à facturer "
    "sans TVA, avec la mention « Reverse charge ». Pouvez-vous nous confirmer le lieu de "
    "l'opération ou corriger la facture ?",
    remedy="N'en portez rien en ligne 20 : corrigez la facture, ou demandez le remboursement à cet "
    "État par le portail de la DGFiP.",
)
def foreign_vat(look: Look) -> Iterator[Hit]:
    """Vendeur étranger sans numéro français, acheteur en France, TVA positive."""
    if look.seller_place not in {Place.UNION, Place.ELSEWHERE} or _has_french_number(look):
        return
    if look.buyer_place is Place.FRANCE and look.vat > 0:
        rates = ", ".join(sorted({percent(one.rate) for one in look.invoice.vat_breakdown}))
        yield Hit(
            why=f"{euros(look.vat)} de TVA à {rates}, par un vendeur identifié hors de France.",
            where="BT-31 BT-110",
        )


@CROSSINGS.kind(
    "foreign-buyer-french-vat",
    "TVA française à un acheteur établi hors de France",
    source="CGI 259-1°, 262 I, 262 ter I et 294",
    risk=risk.vat_due,
    letter="Votre facture n° {number} du {day} porte {vat} de TVA française à un client identifié "
    "hors de France ({place}). Une prestation à un assujetti étranger n'y est pas taxable, une "
    "livraison qui quitte la France est exonérée. Pouvez-vous vérifier et corriger la facture ?",
    remedy="Vérifiez le lieu (exceptions de l'article 259 A) et la preuve du transport ; sinon "
    "avoir, puis facture sans TVA.",
)
def foreign_buyer_french_vat(look: Look) -> Iterator[Hit]:
    """Vendeur en France, acheteur assujetti ailleurs (numéro de TVA ou SIREN), TVA sur le tout."""
    if not look.is_from_france or look.buyer_place not in _OUTSIDE or look.vat <= 0:
        return
    buyer = look.buyer
    taxable = bool(buyer and (buyer.vat_identifier or buyer.legal_identifier))
    delivery = look.invoice.delivery.address if look.invoice.delivery else None
    stays = (
        delivery is not None
        and (delivery.country_code or "").strip() in {"FR", "MC"}
        and (look.buyer_place is not Place.OVERSEAS)
    )
    if taxable and not stays and not _TAXED_IN_FRANCE.search(" | ".join(look.items)):
        yield Hit(
            why=f"Acheteur établi ailleurs ({look.buyer_place}), {euros(look.vat)} de TVA "
            f"française.",
            where="BT-55 BT-48 BT-110", said={"place": str(look.buyer_place)},
        )  # fmt: skip


_OF_TIME = frozenset({"HUR", "DAY", "WEE", "MON", "ANN", "MIN", "SEC"})
_OF_MATTER = frozenset({"KGM", "GRM", "TNE", "LTR", "MLT", "HLT", "XPX", "XBX", "CT", "XCT"})
_RENT = re.compile(r"\blocation\b|\bloyer|\babonnement|\bcredit-bail|\bmise a disposition")
_CARRIAGE = re.compile(
    r"\btransport|\bfret\b|\blivraison|\bstockage|\btraitement|\bcollecte|\benlevement|\brecyclage"
    r"|\bepandage|\bcoulage|\bpompage|\bpose\b|\bfourniture et\b|\brestaur|\brepas|\bprestation"
    r"|\bentreposage|\bmanutention|\bassainissement|\bvidange|\banalyse"
)
_WORK = re.compile(
    r"\bhonoraires\b|\bprestations? d|\bmain d'oeuvre\b|\bconseil\b|\bassistance\b|\bformation\b"
    r"|\bmaintenance\b|\bdepannage\b|\bheures? de\b|\bnettoyage\b|\bgardiennage\b"
)


@CROSSINGS.kind(
    "service-as-goods",
    "Service facturé comme un bien",
    source="CGI annexe II, 242 nonies A (nature de l'opération) ; CGI 269-2 ; BR-FR-08 (BT-23)",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} est classée « livraison de biens » (cadre "
    "{process}) "
    "mais ne porte que des prestations : « {line} ». La date de la TVA en dépend. Pouvez-vous "
    "nous adresser une facture en cadre S{digit} ?",
    remedy="Sans option pour les débits, la TVA d'un service se déduit au paiement : attendez-le.",
)
def service_as_goods(look: Look) -> Iterator[Hit]:
    """Cadre B dont toutes les lignes sont en heures, jours, mois, ou nomment une prestation."""
    if look.letter != "B" or not look.lines or look.is_deposit:
        return
    work = [
        (line.unit in _OF_TIME or _WORK.search(name)) and not _RENT.search(name)
        for line, name in zip(look.lines, look.items, strict=True)
    ]  # fmt: skip
    if all(work):
        yield _of_nature(look, "que des prestations")


@CROSSINGS.kind(
    "goods-as-service",
    "Bien facturé comme un service",
    source="CGI annexe II, 242 nonies A (nature de l'opération) ; CGI 269-2 ; BR-FR-08 (BT-23)",
    risk=risk.omission,
    letter="Votre facture n° {number} du {day} est classée « prestation de services » (cadre "
    "{process}) mais ne porte que des biens : « {line} ». La date de la TVA en dépend. "
    "Pouvez-vous nous adresser une facture en cadre B{digit} ?",
    remedy="La TVA d'un bien est due à la livraison, sans attendre le paiement.",
)
def goods_as_service(look: Look) -> Iterator[Hit]:
    """Cadre S dont toutes les lignes sont en poids, volume ou colis, sans transport."""
    if look.letter != "S" or not look.lines or look.is_deposit:
        return
    matter = [
        line.unit in _OF_MATTER and not _CARRIAGE.search(name)
        for line, name in zip(look.lines, look.items, strict=True)
    ]  # fmt: skip
    if all(matter):
        yield _of_nature(look, "que des biens")


def _of_nature(look: Look, what: str) -> Hit:
    first = look.lines[0]
    told = (first.item.name if first.item else "") or ""
    unit = codes.label("UNIT", first.unit or "") if first.unit else "sans unité"
    return Hit(
        why=f"Cadre {look.process}, et {what} : « {told} » ({unit}).", where="BT-23 BT-130 BT-153",
        said={"process": look.process, "line": told, "digit": look.digit or "1"},
    )  # fmt: skip
