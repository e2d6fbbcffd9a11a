"""From what a line says to the account it belongs to, with the reason.

The table is short on purpose: the words that are enough for an accountant at a glance. What a
dossier knows better (its suppliers, its own words, the buyer's reference in the invoice) comes
first; what nobody knows gets the default account and says so. First row that fits wins, so the
precise rows stand above the general ones.

Sources: PCG, classes 2 and 6; BOI-BIC-CHG-20-30-10 (equipment up to 500 € before VAT may be a
charge); CGI annexe II article 206 (VAT that cannot be deducted). The choice of words is ours.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger import accounts
from facturier.ledger.books import Nature, country_of, plain
from facturier.ledger.entries import Confidence

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice, Line
    from facturier.ledger.books import Books

GOODS, SERVICES = Nature.GOODS, Nature.SERVICES


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One row: if the line holds one of these words, then this account."""

    words: tuple[str, ...]
    """Words in small letters without accents, singular; a final ``*`` stands for any ending."""
    account: str
    nature: Nature
    asset: str = ""
    """Account of class 2 when the unit price passes the threshold; empty for a pure charge."""
    advice: str = ""
    right: Right | None = None
    """What the law leaves of the VAT; None: all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What the law leaves of the right to deduct the VAT of a purchase."""

    share: Decimal
    """Deductible part, in per cent."""
    law: str
    """The sentence that says so, with its article."""
    up_to: Decimal | None = None
    """Price of one unit, VAT included, up to which all may be deducted."""


def charge(
    words: str,
    account: str,
    nature: Nature,
    *,
    asset: str = "",
    advice: str = "",
    right: Right | None = None,
) -> Charge:
    """Make a row; `words` are separated by commas."""
    split = tuple(word.strip() for word in words.split(","))
    return Charge(
        words=split, account=account, nature=nature, asset=asset, advice=advice, right=right
    )


ALL, NOTHING = Decimal(100), Decimal(0)
LODGING = (
    "TVA non déductible sur le logement des dirigeants et salariés (CGI ann. II, 206 IV-2-2°)."
)
FUEL = "Véhicule de tourisme : TVA déductible à 80 % seulement (CGI 298-4)."
CAR = "Véhicule de tourisme : TVA non déductible (CGI ann. II, 206 IV-2-6°)."
TRAVEL = "TVA non déductible sur le transport de personnes (CGI ann. II, 206 IV-2-5°)."
GIFT = "TVA non déductible au-delà de 73 € TTC par bénéficiaire et par an."
STAFF = "Logement d'un client ou d'un tiers : la TVA est déductible, passez la part à 100 %."
UTILITY = "Véhicule utilitaire ou engin : la TVA est déductible en entier, passez la part à 100 %."
BENEFICIARY = "Le seuil s'entend par bénéficiaire et par an : vérifier les autres cadeaux."
LEASE = "Véhicule de tourisme : TVA non déductible, passez la part à 0 %."

CHARGES: tuple[Charge, ...] = (
    charge("escompte", "765", SERVICES),
    charge("debours", "467", SERVICES, advice="Débours : vérifier le mandat (CGI 267 II-2°)."),
    charge("credit-bail, leasing", "6122", SERVICES, advice=LEASE),
    charge("charge locative, copropriete, syndic", "614", SERVICES),
    charge("demenagement", "6255", SERVICES),
    charge("maintenance, infogerance", "6156", SERVICES),
    charge("produit d'entretien, petit equipement, quincaillerie, ampoule", "6063", GOODS),
    charge("nettoyage, menage des locaux", "6152", SERVICES),
    charge("entretien, reparation, depannage, revision, vidange, controle technique", "6155",
           SERVICES),
    charge("location voiture, location de voiture, voiture de location, "
           "location vehicule de tourisme, location de vehicule de tourisme", "6135", SERVICES,
           advice=UTILITY, right=Right(share=NOTHING, law=CAR)),
    charge("location de vehicule, location vehicule, location de materiel, "
           "location materiel, location longue duree", "6135", SERVICES, advice=LEASE),
    charge("loyer, bail, location de bureau, location de local, location immobiliere, "
           "location de salle", "6132", SERVICES),
    charge("location", "6135", SERVICES),
    charge("assurance, responsabilite civile", "616", SERVICES),
    charge("interim*, travail temporaire", "6211", SERVICES),
    charge("mise a disposition de personnel", "6214", SERVICES),
    charge("sous-trait*, sous trait*", "611", SERVICES,
           advice="Sous-traitance incorporée à vos ouvrages : préférer 604 ou 605."),
    charge("recrutement", "6284", SERVICES),
    charge("electricite, kwh, puissance souscrite", "60611", GOODS),
    charge("carburant, gazole, gasoil, essence, sp95, sp98, diesel", "60612", GOODS, advice=UTILITY,
           right=Right(share=Decimal(80), law=FUEL)),
    charge("gaz naturel, fioul, chauffage, propane", "60614", GOODS),
    charge("eau potable, consommation d'eau, assainissement", "60613", GOODS),
    charge("affranchissement, timbre, colissimo, lettre recommandee", "626", SERVICES),
    charge("forfait mobile, telephonie, abonnement telephon*, ligne telephonique, internet, "
           "fibre optique, communication electronique, telecom*", "626", SERVICES),
    charge("logiciel, saas, licence, hebergement web, nom de domaine, cloud", "6511", SERVICES),
    charge("honoraire, expertise comptable, cabinet d'avocat, commissaire aux comptes", "6226",
           SERVICES),
    charge("acte notarie, huissier, commissaire de justice, frais de greffe", "6227", SERVICES),
    charge("affacturage", "6225", SERVICES),
    charge("frais bancaire, commission bancaire, tenue de compte", "627", SERVICES),
    charge("commission, courtage", "6222", SERVICES),
    charge("cadeau", "6234", GOODS, advice=BENEFICIARY,
           right=Right(share=NOTHING, law=GIFT, up_to=Decimal(73))),
    charge("salon professionnel, foire", "6233", SERVICES),
    charge("flyer, catalogue, carte de visite, imprime", "6236", GOODS),
    charge("publicit*, annonce, encart, referencement", "6231", SERVICES),
    charge("hotel, nuitee", "6251", SERVICES, advice=STAFF,
           right=Right(share=NOTHING, law=LODGING)),
    charge("restaurant, repas, dejeuner, diner, traiteur", "6257", SERVICES,
           advice="Repas revendus par le dossier : préférer 607."),
    charge("billet de train, billet d'avion, taxi, vtc", "6251", SERVICES,
           right=Right(share=NOTHING, law=TRAVEL)),
    charge("peage, parking, stationnement", "6251", SERVICES),
    charge("transport, livraison, frais de port, expedition, fret, affretement", "6241", SERVICES),
    charge("seminaire, colloque, conference", "6185", SERVICES),
    charge("formation", "6228", SERVICES),
    charge("documentation, revue, livre", "6181", GOODS),
    charge("cotisation, adhesion", "6281", SERVICES),
    charge("medecine du travail, visite medicale", "6475", SERVICES),
    charge("droit d'auteur", "6516", SERVICES),
    charge("redevance", "651", SERVICES),
    charge("ordinateur, imprimante, serveur, smartphone, telephone, tablette, "
           "materiel informatique, ecran", "6063", GOODS, asset="2183"),
    charge("fauteuil, chaise, armoire, mobilier", "6063", GOODS, asset="2184"),
    charge("camion, camionnette, fourgon, utilitaire", "6063", GOODS, asset="2182"),
    charge("vehicule, voiture", "6063", GOODS, asset="2182", advice=UTILITY,
           right=Right(share=NOTHING, law=CAR)),
    charge("machine, outillage, perceuse, echafaudage", "6063", GOODS, asset="2154"),
    charge("fourniture de bureau, papier a4, ramette, toner, cartouche, stylo, classeur", "6064",
           GOODS),
    charge("matiere premiere", "601", GOODS),
    charge("emballage, carton d'emballage, carton vide", "6026", GOODS),
    charge("marchandise", "607", GOODS),
    charge("etude", "617", SERVICES),
)  # fmt: skip
"""The table, in the order it is read."""

SERVICE_UNITS = frozenset({"HUR", "DAY", "WEE", "MON", "ANN", "MIN", "SEC", "E49", "LS"})
"""Units of UN/ECE Rec. 20 that measure time or a lump sum: the line is a service."""

PROCESS_NATURE = {"B": GOODS, "S": SERVICES}
"""First letter of the cadre de facturation (BT-23); M does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The account of an amount, and why."""

    account: str
    nature: Nature
    confidence: Confidence
    reason: str
    advice: str = ""
    deductible: Decimal = ALL
    """Part of the VAT that may be deducted, in per cent (purchases)."""
    why_share: str = ""
    """Why not all of it, in French."""
    auxiliary: str = ""
    """Account of the third party that a rule of the dossier says."""
    label: str = ""
    """Label that a rule of the dossier says."""
    rule: int = 0
    """The rule of the dossier that had a say; 0 for none."""

    @property
    def is_asset(self) -> bool:
        """Tell whether the account is one of class 2."""
        return self.account.startswith("2")


@functools.cache
def _pattern(word: str) -> re.Pattern[str]:
    """Compile a word of the table: each of its parts may be plural, ``*`` leaves the end open."""
    stem = word.removesuffix("*")
    body = r"[sx]?[\s-]+".join(re.escape(part) for part in re.split(r"[\s-]+", stem))
    end = "" if word.endswith("*") else r"[sx]?(?![a-z0-9])"
    return re.compile(rf"(?<![a-z0-9]){body}{end}")


def says(text: str, word: str) -> bool:
    """Tell whether `text` holds `word`; both in small letters without accents."""
    return _pattern(word).search(text) is not None


def look_up(text: str) -> tuple[Charge, str] | None:
    """Return the first row whose words stand in `text`, with the word; None when none does."""
    words = plain(text)
    for row in CHARGES:
        for word in row.words:
            if says(words, word):
                return row, word
    return None


def text_of(line: Line) -> str:
    """Return what a line says about its item (BT-153, BT-154)."""
    item = line.item
    return " ".join(part for part in (item.name, item.description) if part) if item else ""


def nature_of(invoice: Invoice, line: Line | None) -> Nature:
    """Tell goods from services: by the cadre (BT-23), else by the line's words and unit."""
    process = (invoice.process.business_process or "") if invoice.process else ""
    if process[:1] in PROCESS_NATURE:
        return PROCESS_NATURE[process[:1]]
    if line is None:
        return GOODS
    if found := look_up(text_of(line)):
        return found[0].nature
    return SERVICES if line.unit in SERVICE_UNITS else GOODS


def unit_price(line: Line) -> Decimal:
    """Return the price of one unit before VAT: BT-146 ÷ BT-149, else BT-131 ÷ BT-129."""
    price = line.price
    if price and price.net_price is not None:
        return price.net_price / (price.base_quantity or 1)
    return (line.net_amount or Decimal(0)) / (line.quantity or 1)


def choose_charge(invoice: Invoice, line: Line, books: Books) -> Choice:
    """Return the charge or asset account of a purchase line, from the surest sign down."""
    nature = nature_of(invoice, line)
    return (
        _buyer_reference(invoice, line, nature)
        or _table(line, books, nature)
        or _subcontracted(invoice, line, nature)
        or default_charge(books, nature)
    )


def _subcontracted(invoice: Invoice, line: Line, nature: Nature) -> Choice | None:
    """Take services between French companies whose VAT the buyer owes for building work."""
    category = line.vat.category if line.vat else None
    if category != "AE" or nature is not SERVICES or country_of(invoice.seller) != "FR":
        return None
    return Choice(
        account="611",
        nature=nature,
        confidence=Confidence.POSSIBLE,
        reason="Autoliquidation par un vendeur français (AE) : sous-traitance du bâtiment.",
        advice="Sous-traitance incorporée à vos ouvrages : préférer 604 ou 605.",
    )


def default_charge(books: Books, nature: Nature) -> Choice:
    """Return the account for what nothing is known about."""
    account = books.purchases_account(nature)
    return Choice(
        account=account,
        nature=nature,
        confidence=Confidence.DEFAULT,
        reason=f"Aucun mot reconnu : compte par défaut du dossier ({account}).",
        advice="Vérifier le compte de charge.",
    )


def _buyer_reference(invoice: Invoice, line: Line, nature: Nature) -> Choice | None:
    """Believe the buyer's own reference (BT-133, BT-19) when it is an account of class 2 or 6."""
    for term, value in (
        ("BT-133", line.accounting_reference),
        ("BT-19", invoice.accounting_reference),
    ):
        number = (value or "").strip()
        if number.isdigit() and number[0] in "26" and accounts.exists(number):
            return Choice(
                account=number,
                nature=nature,
                confidence=Confidence.CERTAIN,
                reason=f"Référence comptable donnée par l'acheteur ({term} : {number}).",
            )
    return None


def _table(line: Line, books: Books, nature: Nature) -> Choice | None:
    found = look_up(text_of(line))
    if found is None:
        return None
    row, word = found
    price = unit_price(line)
    share, law = right_of(row, line)
    if row.asset and price > books.assets_from:
        return Choice(
            account=row.asset,
            nature=nature,
            confidence=Confidence.POSSIBLE,
            reason=f"« {word} » à {price:.2f} € HT l'unité, plus de {books.assets_from} € : "
            "immobilisation proposée.",
            advice=row.advice or "Confirmer l'immobilisation et sa durée d'amortissement.",
            deductible=share,
            why_share=law,
        )
    return Choice(
        account=row.account,
        nature=nature,
        confidence=Confidence.PROBABLE,
        reason=f"Le libellé de la ligne contient « {word.removesuffix('*')} ».",
        advice=row.advice,
        deductible=share,
        why_share=law,
    )


def right_of(row: Charge, line: Line) -> tuple[Decimal, str]:
    """Return the deductible part of the VAT of a line, in per cent, and the law that limits it."""
    right = row.right
    if right is None:
        return ALL, ""
    rate = (line.vat.rate if line.vat else None) or NOTHING
    if right.up_to is not None and unit_price(line) * (1 + rate / ALL) <= right.up_to:
        return ALL, ""
    return right.share, right.law


CARRIAGE = ("frais de port", "frais de livraison", "frais de transport", "frais d'expedition")
"""What a sale line that is only carriage says (7085)."""


def choose_sale(invoice: Invoice, line: Line, category: str, books: Books) -> Choice:
    """Return the account of a sale line: carriage, disbursements, else goods or services."""
    text = plain(text_of(line))
    nature = nature_of(invoice, line)
    if category == "O" and says(text, "debours"):
        return Choice(
            account="467",
            nature=nature,
            confidence=Confidence.PROBABLE,
            reason="Débours refacturés hors champ de TVA : compte du mandant, pas un produit.",
            advice="Vérifier le mandat et la reddition de comptes (CGI 267 II-2°).",
        )
    if says(text, "escompte"):
        reason = "Escompte accordé (PCG, compte 665)."
        return Choice(account="665", nature=nature, confidence=Confidence.PROBABLE, reason=reason)
    if any(says(text, word) for word in CARRIAGE):
        return Choice(
            account="7085",
            nature=nature,
            confidence=Confidence.PROBABLE,
            reason="Port et frais accessoires refacturés.",
        )
    return default_sale(books, nature, category)


UNTAXED = {
    (GOODS, "K"): "Livraison intracommunautaire exonérée (CGI 262 ter I) : état récapitulatif.",
    (GOODS, "G"): "Exportation exonérée (CGI 262 I) : garder la preuve de sortie.",
    (GOODS, "AE"): "Autoliquidation : l'acheteur doit la TVA (CGI 283).",
    (SERVICES, "AE"): "Autoliquidation : l'acheteur doit la TVA (CGI 283).",
}
"""Why a sale bears no VAT and what follows, by nature and category."""


def default_sale(books: Books, nature: Nature, category: str) -> Choice:
    """Return the account of sales of goods or services."""
    word = "ventes de marchandises" if nature is GOODS else "prestations de services"
    return Choice(
        account=books.sales_account(nature, category),
        nature=nature,
        confidence=Confidence.PROBABLE,
        reason=f"Réglage du dossier pour les {word}.",
        advice=UNTAXED.get((nature, category), ""),
    )
