"""Case 44: overseas departments and collectivities."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.invoice.model import Address, Party
from facturier.lifecycle.statuses import Side
from facturier.rules.example_pieces import foreign_party
from facturier.use_cases.case import Certainty, Expect, Mistake, UseCase
from facturier.use_cases.pieces import actor, invoice, line
from facturier.use_cases.story import Story

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

CASE = UseCase(
    number="44",
    title="DROM, COM et TAAF",
    certainty=Certainty.ACCOUNTING,
    order=92,
    text="""« France » est la métropole avec la Guadeloupe, la Martinique et la Réunion : entre
entreprises de ces territoires, facturation électronique, flux 1 où le pays s'écrit FR. La
Guyane, Mayotte, les COM et les TAAF sont traités comme l'exportation : une vente vers eux est
un 10.1, des biens qui en viennent sont une importation (exclue), des services qui en viennent
une acquisition 10.1.

Les taux changent (8,5 % et 2,1 % à la Guadeloupe, à la Martinique et à la Réunion), pas les
cadres : ligne 10 de la CA3.""",
    doubts="Les biens exonérés entre la métropole et les trois DROM sont e-reportés selon un "
    "tiers.",
)

SELLER = actor(441, "Fictif Rhumerie SARL", "vendeur à la Réunion")
BUYER = actor(442, "Fictif Hôtel du Lagon SAS", "acheteur à la Réunion")
INSIDE_OVERSEAS = ("GP", "MQ", "RE")
EXPORT_ZONE = ("GF", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF")


def applies(document: Invoice) -> bool:
    """One party stands overseas."""
    countries = {
        one.postal_address.country_code
        for one in (document.seller, document.buyer)
        if one and one.postal_address
    }
    return not countries.isdisjoint((*INSIDE_OVERSEAS, *EXPORT_ZONE))


def _overseas(party: Party, city: str, post_code: str, country: str) -> Party:
    address = Address(
        line_1="1 rue de l'Exemple", city=city, post_code=post_code, country_code=country
    )
    return replace(party, postal_address=address)


REUNION = ("Saint-Denis", "97400", "RE")


def inside() -> Invoice:
    """Within La Réunion, at 8.5 %: 1 000,00 + 85,00."""
    return invoice(
        "FA-2026-4401", _overseas(SELLER.party, *REUNION), _overseas(BUYER.party, *REUNION),
        line("Rhum vieux", "1000.00", "8.5"), process="B1",
    )  # fmt: skip


def to_guiana() -> Invoice:
    """To a company in Guiana: like an export, 500,00."""
    customer = _overseas(foreign_party("Exemple Guyane SARL", "GF"), "Cayenne", "97300", "GF")
    return invoice(
        "FA-2026-4402", _overseas(SELLER.party, *REUNION), customer,
        line("Rhum vieux", "500.00", "0", "G"), process="B1", treatment="B2BINT",
        exempt=("G", "VATEX-EU-G", "Exonération, article 294 du CGI"),
    )  # fmt: skip


def example() -> Story:
    """A sale inside, by flux 1; a sale to the export zone, by flux 10.1."""
    story = Story((SELLER, BUYER))
    document = story.issue(inside())
    story.say(document, 205, Side.BUYER, "2026-11-05")
    story.pay(document, "1085.00", "2026-11-20")
    story.issue(to_guiana(), "Vente en Guyane")
    return story.close()


def _unknown_rate() -> Invoice:
    document = inside()
    (one,) = document.vat_breakdown
    return replace(document, vat_breakdown=(replace(one, rate=Decimal("8.6")),))


EXPECT = Expect(
    statuses=(200, 201, 202, 203, 205),
    flows=("1", "10.1"),
    open=("411000",),
    boxes={
        "vendeur à la Réunion": "A1 1000/0 E1 500/0 10 1000/85 16 0/85 28 0/85",
        "acheteur à la Réunion": "20 0/85 23 0/85 25 0/85 27 0/85",
    },
    mistakes=(
        Mistake(
            what="Un taux qui n'existe pas outre-mer.",
            caught=("BR-FR-16_BT-119",),
            make=_unknown_rate,
        ),
    ),
)
