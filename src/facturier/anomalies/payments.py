"""How it is to be paid, how much, and sums that disagree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.anomalies import risk
from facturier.anomalies.amounts_in_words import amount_said
from facturier.anomalies.kind import Hit, Table
from facturier.anomalies.look import Look, Place, day, euros
from facturier.invoice import codes
from facturier.invoice.money import CENT, ZERO, total

if TYPE_CHECKING:
    from facturier.invoice.model import Party

PAYMENTS = Table()
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}")
_COUNTRY = 2
_FRENCH_IBANS = frozenset({"FR", "MC"})
_ENOUGH = 5
_TIMES = 3
_LEAST = Decimal(1000)
_TILL_DAYS = timedelta(days=60)
_PAGES = {
    "PDF-TOTAL": "le total TTC", "PDF-NET": "le net à payer", "PDF-TVA": "la TVA",
    "PDF-NUMERO": "le numéro", "PDF-DATE": "la date", "PDF-VENDEUR": "le vendeur",
    "PDF-AUTRE": "le document entier", "PDF-IBAN": "l'IBAN",
}  # fmt: skip


def _accounts(look: Look) -> list[str]:
    """Return the IBANs to pay to, without blanks."""
    shown = (
        (one.credit_transfer.account or "").replace(" ", "").upper()
        for one in look.invoice.payment_instructions
        if one.credit_transfer
    )
    return [one for one in shown if _IBAN.fullmatch(one)]


def _is_to_the_seller(look: Look) -> bool:
    """Whether nobody else is named to be paid (BG-10, factor)."""
    return look.invoice.payee is None and look.kind not in codes.FACTORED


@PAYMENTS.kind(
    "iban-changed",
    "ALERTE : IBAN changé depuis les dernières factures",
    source="Contrôle interne (fraude au changement de RIB) ; XP Z12-014, statut 227",
    risk=risk.diverted,
    letter="Votre facture n° {number} du {day}, de {gross}, donne l'IBAN {new}, alors que vos "
    "factures précédentes donnaient {old}. Par précaution, nous vous appelons au numéro que "
    "nous avons déjà avant tout paiement : merci de nous confirmer ce changement par écrit.",
    remedy="Ne payez pas. Appelez le fournisseur à un numéro connu avant ce document, jamais à "
    "celui de la facture ; faites approuver par deux personnes.",
    needs_history=True,
)
def iban_changed(look: Look) -> Iterator[Hit]:
    """IBAN (BT-84) comparé à ceux des factures antérieures du même vendeur."""
    if not look.is_bought or not _is_to_the_seller(look):
        return
    known = [one.account for one in look.history.earlier if one.account]
    new = [one for one in _accounts(look) if one not in known]
    if known and new and len(new) == len(_accounts(look)):
        yield Hit(
            why=f"IBAN {_masked(new[0])}, jamais vu ; le dernier était {_masked(known[-1])}.",
            where="BT-84", said={"new": _masked(new[0]), "old": _masked(known[-1])},
        )  # fmt: skip


def _masked(account: str) -> str:
    """Show the ends of an IBAN: enough to compare, too little to copy."""
    return f"{account[:4]} … {account[-4:]}"


@PAYMENTS.kind(
    "iban-of-another-country",
    "IBAN d'un autre pays que le vendeur",
    source="Contrôle interne (fraude au virement) ; règlement (UE) 260/2012, article 9",
    risk=risk.diverted,
    letter="Votre facture n° {number} du {day}, de {gross}, est à payer sur un compte tenu dans un "
    "autre pays ({country}) que le vôtre. Pouvez-vous nous confirmer ce compte par écrit, avec "
    "un RIB à votre nom ?",
    remedy="Licite, mais fréquent dans la fraude : faites confirmer par un numéro déjà connu avant "
    "le premier paiement.",
)
def iban_of_another_country(look: Look) -> Iterator[Hit]:
    """Pays de l'IBAN (BT-84), ni celui du vendeur (BT-40), ni le nôtre ; compte jamais vu."""
    if not look.is_bought or not _is_to_the_seller(look):
        return
    home = _iban_countries(look.seller, look.seller_place)
    homes = home | _iban_countries(look.buyer, look.buyer_place)
    if not home:
        return
    known = {one.account for one in look.history.earlier}
    for account in _accounts(look):
        if account[:2] not in homes and account not in known:
            country = codes.label("COUNTRY", account[:2])
            yield Hit(
                why=f"Compte tenu en {country} ({account[:2]}), vendeur en {min(home)}.",
                where="BT-84 BT-40", said={"country": country},
            )  # fmt: skip
            return


def _iban_countries(party: Party | None, place: Place) -> frozenset[str]:
    """Return the countries of the IBANs that a party has at home; empty when unknown."""
    if place in {Place.FRANCE, Place.OVERSEAS}:
        return _FRENCH_IBANS
    address = party.postal_address if party else None
    home = ((address.country_code if address else "") or "").strip().upper()
    return frozenset({home}) if len(home) == _COUNTRY else frozenset()


@PAYMENTS.kind(
    "unusual-amount",
    "Montant inhabituel pour ce fournisseur",
    source="Contrôle interne (piste d'audit fiable, CGI 289 VII-1°)",
    risk=risk.difference,
    letter="Votre facture n° {number} du {day}, de {gross}, dépasse de beaucoup vos factures "
    "précédentes (la plus élevée : {usual}). Pouvez-vous nous en confirmer le montant et nous "
    "adresser le bon de commande ?",
    remedy="Rapprochez-la de la commande : une virgule déplacée ou une commande exceptionnelle.",
    needs_history=True,
)
def unusual_amount(look: Look) -> Iterator[Hit]:
    """TTC au-delà de trois fois la plus élevée de cinq factures antérieures au moins."""
    if not look.is_bought or look.is_credit:
        return
    known = [
        one.gross for one in look.history.earlier
        if one.gross is not None and one.gross > 0 and one.type_code not in codes.CREDIT_NOTE
    ]  # fmt: skip
    if len(known) < _ENOUGH:
        return
    usual = max(known)
    if look.gross > _TIMES * usual and look.gross - usual > _LEAST:
        yield Hit(
            why=f"{euros(look.gross)} ; {len(known)} factures connues, {euros(usual)} au plus.",
            where="BT-112", amount=look.gross - usual, said={"usual": euros(usual)},
        )  # fmt: skip


@PAYMENTS.kind(
    "paid-but-not-paid",
    "Facture dite payée, et qui ne l'est pas",
    source="XP Z12-014, cas n° 2 ; BR-FR-CO-09 (cadres B2, S2, M2)",
    risk=risk.difference,
    letter="Votre facture n° {number} du {day} est en cadre {process}, déjà payée, mais {wrong}. "
    "Pouvez-vous nous dire ce qui reste dû, et à quelle date le paiement a eu lieu ?",
    remedy="Contrôlez le compte du tiers et la banque avant de solder la facture.",
)
def paid_but_not(look: Look) -> Iterator[Hit]:
    """Cadre B2, S2 ou M2 : BT-113 égal au TTC, BT-115 nul, BT-9 au plus tard à la date."""
    if look.digit != "2":
        return
    due, issued = look.invoice.due_date, look.invoice.issue_date
    rest = look.due if look.due is not None else look.gross - look.paid
    wrong = []
    if rest:
        wrong.append(f"il reste {euros(rest)} à payer")
    if due is None:
        wrong.append("la date du paiement (BT-9) manque")
    elif issued and due > issued:
        wrong.append(f"la date du paiement, {day(due)}, vient après elle")
    if wrong:
        told = " et ".join(wrong)
        yield Hit(
            why=f"Cadre {look.process}, mais {told}.", where="BT-23 BT-113 BT-115 BT-9",
            amount=abs(rest), said={"process": look.process, "wrong": told},
        )  # fmt: skip


@PAYMENTS.kind(
    "after-till-without-till",
    "Facture après caisse, sans vente de caisse",
    source="XP Z12-014, cas n° 28 et 30 (cadres B7 et S7)",
    risk=risk.vat_owed,
    letter="La facture n° {number} du {day}, de {gross}, est en cadre {process} : sa TVA serait "
    "déjà déclarée par la caisse. Aucune recette des 60 jours précédents ne l'atteint. "
    "Pouvez-vous retrouver le ticket, ou refaire la facture en cadre {ordinary} ?",
    remedy="Sans vente au Z, la TVA n'est déclarée nulle part : refaites la facture en cadre 1.",
    needs_history=True,
)
def after_till(look: Look) -> Iterator[Hit]:
    """Vente en cadre B7 ou S7, comparée aux recettes de caisse des 60 jours précédents."""
    takings, issued = look.history.takings, look.invoice.issue_date
    if look.digit != "7" or look.is_bought or takings is None or issued is None:
        return
    window = (one for day_, one in takings.items() if timedelta(0) <= issued - day_ <= _TILL_DAYS)
    if max(window, default=ZERO) < look.gross:
        yield Hit(
            why=f"Cadre {look.process}, aucun jour de caisse n'atteint {euros(look.gross)}.",
            where="BT-23 BT-112", amount=look.vat,
            said={"process": look.process, "ordinary": f"{look.letter}1"},
        )  # fmt: skip


@PAYMENTS.kind(
    "totals-disagree",
    "Totaux qui ne s'additionnent pas",
    source="EN 16931 BR-CO-10 à BR-CO-16 ; CGI annexe II, 242 nonies A I-11°",
    risk=risk.difference,
    letter="Sur votre facture n° {number} du {day}, {sum}. Pouvez-vous nous dire quel montant est "
    "le bon et nous adresser une facture corrigée ?",
    remedy="Ne comptabilisez ni ne payez avant de savoir quel total est juste.",
)
def totals_disagree(look: Look) -> Iterator[Hit]:
    """Lignes, hors taxe, TVA, TTC, payé et net à payer (BT-106 à BT-115), au centime."""
    totals = look.invoice.totals
    if totals is None:
        return
    with_vat, net = totals.with_vat, totals.without_vat
    if with_vat is not None and net is not None and abs(net + look.vat - with_vat) > CENT:
        yield _sum(
            "le hors taxe et la TVA ne font pas le TTC",
            "BT-109 BT-110 BT-112",
            net + look.vat - with_vat,
        )
    if with_vat is not None and totals.due_amount is not None:
        rest = with_vat - look.paid + (totals.rounding_amount or ZERO)
        extra = total(one.amount for one in look.invoice.third_party_charges)
        if abs(rest + extra - totals.due_amount) > CENT and abs(rest - totals.due_amount) > CENT:
            yield _sum(
                "le TTC moins le payé ne fait pas le net à payer",
                "BT-112 BT-113 BT-115",
                rest - totals.due_amount,
            )
    lines = total(line.net_amount for line in look.lines)
    told = totals.line_net_amount
    if look.lines and told is not None and abs(lines - told) > CENT * len(look.lines):
        yield _sum("les lignes ne font pas leur total", "BT-131 BT-106", lines - told)


def _sum(what: str, where: str, gap: Decimal) -> Hit:
    told = f"{what} (écart de {euros(abs(gap))})"
    return Hit(why=f"{told[:1].upper()}{told[1:]}.", where=where, amount=gap, said={"sum": told})


@PAYMENTS.kind(
    "total-in-words-differs",
    "Total en lettres différent du total en chiffres",
    source="C. civ. 1376 (en cas de différence, la somme en lettres fait foi)",
    risk=risk.difference,
    letter="Votre facture n° {number} du {day} est arrêtée en lettres à {words}, mais son "
    "total est "
    "de {gross}. Pouvez-vous nous dire lequel est le bon ?",
    remedy="Ne payez pas avant la réponse.",
)
def total_in_words(look: Look) -> Iterator[Hit]:
    """Notes « arrêtée à la somme de … », en lettres ou en chiffres, et totaux de la facture."""
    said = amount_said(look.notes)
    if said is None:
        return
    if said not in {look.gross, look.due, look.net, abs(look.gross)}:
        yield Hit(
            why=f"Arrêtée à {euros(said)}, total de {euros(look.gross)}.", where="BT-22 BT-112",
            amount=said - look.gross, said={"words": euros(said)},
        )  # fmt: skip


@PAYMENTS.kind(
    "pages-differ",
    "Pages du PDF différentes des données",
    source="CGI 289 V (authenticité, intégrité) ; Factur-X 1.08 (page et XML disent la même chose)",
    risk=risk.vat_or_omission,
    letter="Sur votre facture n° {number} du {day}, les pages du PDF et les données qu'il contient "
    "ne disent pas la même chose : {what}. Pouvez-vous nous adresser une facture dont les deux "
    "concordent ?",
    remedy="Comparez la page et la copie lisible ; ne payez pas avant la réponse.",
    needs_history=True,
)
def pages_differ(look: Look) -> Iterator[Hit]:
    """Constats du contrôle des pages d'un Factur-X (PDF-TOTAL, PDF-TVA, PDF-IBAN…)."""
    apart = [told for rule, told in _PAGES.items() if rule in look.findings]
    if apart:
        what = ", ".join(apart)
        yield Hit(why=f"Les pages montrent autrement : {what}.", where="PDF", said={"what": what})
