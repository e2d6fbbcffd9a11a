"""Case 43: e-reporting of international trade between companies."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.invoice.model import Address, Delivery
from facturier.reporting.scope import Treatment, decide
from facturier.rules.example_pieces import foreign_party
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, day, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="43",
    title="E-reporting B2B international",
    certainty=Certainty.ACCOUNTING,
    order=95,
    text="""Une vente à une entreprise établie hors de France n'est pas de la facturation
électronique : une ligne 10.1 par facture, avec l'identité de l'acheteur (SIREN 0002, TVA d'un
autre État membre 0223, hors Union 0227, RIDET 0228, Tahiti 0229), la catégorie (K et
VATEX-EU-IC, AE, G) et la base. Un achat à un vendeur non établi se déclare du point de vue de
l'acheteur ; les importations de biens sont exclues. 10.2 seulement si la TVA est due au
paiement par un vendeur français : rare.

Le vendeur n'a pas de TVA ; l'acheteur français la doit et la déduit.""",
)

SELLER = actor(431, "Fictif Outillage SARL", "vendeur")
BUYER = actor(432, "Fictif Robotique SAS", "acheteur")
GERMAN = foreign_party("Beispiel GmbH", "DE", "DE000000000")
AMERICAN = foreign_party("Example Inc.", "US")


def applies(document: Invoice) -> bool:
    """One party is not established in France, and the tax office hears of it by flux 10.1."""
    return decide(document).treatment is Treatment.B2B_INTERNATIONAL


def to_germany() -> Invoice:
    """Goods to Germany, exempt: 3 000,00."""
    return invoice(
        "FA-2026-4301", SELLER, GERMAN, line("Outils coupants", "3000.00", "0", "K"),
        process="B1", treatment="B2BINT",
        exempt=("K", "VATEX-EU-IC", "Exonération, article 262 ter I du CGI"),
        delivery=Delivery(
            actual_date=day("2026-10-30"), address=Address(city="Köln", country_code="DE")
        ),
    )  # fmt: skip


def to_america() -> Invoice:
    """Goods to the United States, exempt: 2 000,00."""
    return invoice(
        "FA-2026-4302", SELLER, AMERICAN, line("Outils de mesure", "2000.00", "0", "G"),
        process="B1", treatment="B2BINT",
        exempt=("G", "VATEX-EU-G", "Exonération, article 262 I du CGI"),
    )  # fmt: skip


def from_germany(number: str, name: str, price: str, category: str) -> Invoice:
    """Return an invoice that a German seller sends by his own means."""
    codes = {
        "K": ("K", "VATEX-EU-IC", "Intra-Community supply"),
        "AE": ("AE", "VATEX-EU-AE", "Reverse charge"),
    }
    return invoice(
        number, GERMAN, BUYER, line(name, price, "0", category),
        process="B1" if category == "K" else "S1", treatment="", exempt=codes[category],
    )  # fmt: skip


def example() -> Story:
    """Two sales abroad, a purchase of goods and one of services from Germany."""
    story = Story((SELLER, BUYER))
    story.issue(to_germany(), "Livraison intracommunautaire")
    story.issue(to_america(), "Exportation")
    story.issue(
        from_germany("RE-77", "Marchandises : servomoteurs", "4000.00", "K"),
        "Acquisition intracommunautaire, reçue par courriel", paper=True,
    )  # fmt: skip
    story.issue(
        from_germany("RE-78", "Étude technique", "1000.00", "AE"),
        "Service acheté en Allemagne, reçu par courriel", paper=True,
    )  # fmt: skip
    return story.close()


def _taxed_supply() -> Invoice:
    document = to_germany()
    first = document.lines[0]
    assert first.vat
    return replace(document, lines=(replace(first, vat=replace(first.vat, rate=Decimal(20))),))


EXPECT = Expect(
    flows=("10.1",),
    open=("411000", "401000"),
    boxes={
        "vendeur": "E1 2000/0 F2 3000/0",
        "acheteur": "A3 1000/0 B2 4000/0 08 5000/1000 16 0/1000 17 0/800 20 0/1000 23 0/1000",
    },
    mistakes=(
        Mistake(
            what="Une livraison intracommunautaire avec de la TVA.",
            caught=("BR-IC-05",),
            make=_taxed_supply,
        ),
        Mistake(
            what="L'achat au vendeur étranger n'est pas déclaré : il n'est venu d'aucune "
            "plateforme.",
            remedy="Saisissez-le : l'acheteur le déclare en 10.1 et autoliquide.",
        ),
    ),
)
