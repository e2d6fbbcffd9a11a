"""The book of flux 10: what the public portal wants of an e-reporting transmission.

Source: Schematron of the DGFiP for flux 10, version 1.0 (27 July 2026), made from annex 7 v1.8: 150
assertions under 36 codes, all fatal. They bear no id; the code that their text begins with is the
id here. Several assertions of one code at one place (« no more than 19 digits », « no more than
two decimals ») are one rule.

The file is followed where it is stricter than annex 6 v1.10, which is the later text:

- G1.16 refuses a negative receipt (TT-95, TT-99), which G7.07 allows;
- G6.25 wants an invoicing period to end after the day it begins, G6.20 not before;
- G1.53 and G1.55 compute in binary floating point, so that a difference of exactly one cent is
  sometimes refused. So do we, and only here.

Values are compared as they are written, blanks included.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from facturier.findings import Layer
from facturier.invoice.terms import label
from facturier.reporting.report import PROFILE, Header, RateReceipt
from facturier.rules.annexe7 import INVOICE_TYPES, PROCESSES, RATES, VAT_CATEGORIES, VAT_POINTS
from facturier.rules.book import Rulebook
from facturier.rules.france import report_invoice
from facturier.rules.france.report_rows import (
    AMOUNT,
    CAPITALS_2,
    CAPITALS_3,
    COMPANY_FORMATS,
    INSTANT,
    QUANTITY,
    REPORT,
    amounts,
    attribute,
    companion,
    dates,
    example_of,
    identifiers,
    is_of_this_century,
    is_written,
    listed,
    number,
    prices,
    texts,
)
from facturier.rules.report_facts import ReportFacts
from facturier.rules.rule import all_rules

CATEGORIES = ("TLB1", "TPS1", "TNT1", "TMA1")

# --- the transmission ----------------------------------------------------------------------------

identifiers("G1.104", "TT-1", 50)
texts(
    "G7.53",
    "TT-3",
    lambda text: bool(INSTANT.fullmatch(text)),
    demand="s'écrit en quatorze chiffres, AAAAMMJJHHMMSS",
    remedy="Écrivez {} sous la forme 20261008101500.",
    breaks='= "20261008"',
)
texts(
    "G1.36",
    "TT-3",
    lambda text: not INSTANT.fullmatch(text) or is_of_this_century(text),
    demand="est entre 2000 et 2099",
    remedy="Corrigez l'année de {}.",
    breaks='= "19991008101500"',
)
listed(
    "G8.01",
    "TT-4",
    ("IN", "RE"),
    demand="vaut IN (initiale) ou RE (rectificative)",
    remedy="Écrivez en {} IN pour un premier envoi, RE pour remplacer tout ce qui a été déclaré "
    "de la même période.",
)


@REPORT.rule(
    "G6.29",
    on="TB-1",
    terms="TB-1 TB-2 TB-3",
    breaks="TB-3 = {}",
    example="transactions",
    remedy="Faites deux transmissions : l'une pour les transactions, l'autre pour les paiements.",
)
def one_kind_of_data(_: Header, facts: ReportFacts) -> bool:
    """Une transmission porte ou des transactions (TB-2) ou des paiements (TB-3), jamais les deux
    ni rien.
    """  # noqa: D205
    report = facts.invoice
    return (report.transactions is None) != (report.payments is None)


attribute("G6.22", "TT-7", "TT-8", ("0238",))
companion(
    "G6.22",
    "TT-8",
    "TT-7",
    lambda text: len(text) == 4,  # noqa: PLR2004  # the matricule of a platform
    demand="est le matricule de la plateforme, en quatre caractères",
    remedy="Écrivez en TT-8 le matricule que la DGFiP a donné à la plateforme.",
    breaks='= "12345"',
)
listed("G7.51", "TT-10", ("WK",), demand="vaut WK (plateforme)")
attribute("G6.26", "TT-12", "TT-13", ("0002",))
companion(
    "G6.26",
    "TT-13",
    "TT-12",
    lambda text: bool(COMPANY_FORMATS["0002"].fullmatch(text)),
    demand="est un SIREN : neuf chiffres",
    remedy="Écrivez en TT-13 le SIREN du déclarant, sans espaces.",
    breaks='= "12345"',
)
listed("G7.52", "TT-15", ("BY", "SE"), demand="vaut SE (vendeur) ou BY (acheteur)")

# --- periods and dates ---------------------------------------------------------------------------

dates("TT-17 TT-42 TT-65 TT-89", "2026090", "19990901")
dates("TT-18 TT-43 TT-66 TT-90", "202609301", "21000930")
dates("TT-20 TT-201 TT-31 TT-41 TT-301 TT-77 TT-102 TT-92 TT-96", "2026-09-15", "19990915")


def _period_rule(group: str, start: str, end: str, remedy: str) -> None:
    """Add G6.25 for one period: it ends after the day it begins."""

    def ends_after_it_begins(period: Any, _: ReportFacts) -> bool:
        first, last = period.start_date, period.end_date
        return first is None or last is None or last > first

    REPORT.add(
        "G6.25",
        ends_after_it_begins,
        on=group,
        terms=f"{end} {start}",
        meaning=f"« {label(end)} » ({end}) vient après « {label(start)} » ({start}).",
        breaks=f'{end} = "20260901"',
        example=example_of(group),
        remedy=remedy,
    )


_REPORT_PERIOD = "Donnez les dates de la période de déclaration, du premier au dernier jour."
_INVOICE_PERIOD = (
    "Corrigez la période de la facture. Le portail refuse, à tort, une période d'un seul jour : "
    "retirez-la alors, et donnez la date de livraison (TT-41)."
)
_period_rule("TG-7", "TT-17", "TT-18", _REPORT_PERIOD)
_period_rule("TG-33", "TT-89", "TT-90", _REPORT_PERIOD)
_period_rule("TG-18", "TT-42", "TT-43", _INVOICE_PERIOD)
_period_rule("TG-25", "TT-65", "TT-66", _INVOICE_PERIOD)

# --- codes, identifiers, numbers -----------------------------------------------------------------

identifiers("G1.05", "TT-19 TT-30 TT-300 TT-91", 35)
listed(
    "G1.01",
    "TT-21",
    INVOICE_TYPES,
    remedy="Déclarez en {} le type de la facture ; un avoir de remise globale (262) se déclare en "
    "381.",
    breaks='= "262"',
)
listed("G1.02", "TT-28", PROCESSES, breaks='= "S3"')
listed(
    "S1.12",
    "TT-29",
    (PROFILE,),
    demand=f"vaut « {PROFILE} »",
    remedy="Écrivez cette valeur en {} : ce n'est pas le profil de la facture d'origine (BT-24).",
    breaks='= "urn:cen.eu:en16931:2017"',
)
listed("P1.11", "TT-24 TT-80", VAT_POINTS)
listed("G2.31", "TT-46 TT-49 TT-56", VAT_CATEGORIES)
listed(
    "G1.68",
    "TT-81",
    CATEGORIES,
    remedy="Choisissez en {} TLB1 (biens), TPS1 (services), TNT1 (non taxable en France) ou TMA1 "
    "(TVA sur la marge).",
)
texts(
    "G1.10",
    "TT-22 TT-78 TT-94 TT-98",
    lambda text: bool(CAPITALS_3.fullmatch(text)),
    demand="est une devise de trois lettres capitales",
    remedy="Écrivez {} comme dans la norme ISO 4217 : EUR, USD.",
    breaks='= "euro"',
)
texts(
    "G2.01",
    "TT-35 TT-39 TT-44 TT-307",
    lambda text: bool(CAPITALS_2.fullmatch(text)),
    demand="est un pays de deux lettres capitales",
    remedy="Écrivez {} comme dans la norme ISO 3166 : FR, DE.",
    breaks='= "fr"',
)
texts(
    "G1.24",
    "TT-47 TT-50 TT-57 TT-86 TT-93 TT-97",
    lambda text: number(text) in RATES,
    demand="est un taux de TVA français",
    remedy="Corrigez {}. Pour une TVA étrangère, ne déclarez que le montant hors taxe, au taux 0.",
    breaks="= 19",
)
amounts("TT-45 TT-48 TT-51 TT-54 TT-55 TT-67 TT-68 TT-82 TT-83 TT-87 TT-88")
companion(
    "G1.14",
    "TT-52",
    "TT-202",
    lambda text: is_written(text, AMOUNT),
    demand="s'écrit avec 19 chiffres au plus, dont deux décimales au plus",
    remedy="Arrondissez TT-52 au centime ; le séparateur est un point, sans signe « + ».",
    breaks="+ 0.001",
)
companion(
    "G1.15",
    "TT-62",
    "TT-63",
    lambda text: is_written(text, QUANTITY),
    demand="s'écrit avec 19 chiffres au plus, dont quatre décimales au plus",
    remedy="Arrondissez TT-62 à quatre décimales.",
    breaks="+ 0.00001",
)
prices(
    "TT-69 TT-70 TT-71",
    "s'écrit sans signe, avec 19 chiffres au plus, dont six décimales au plus",
    "Arrondissez {} ; pour un retour, c'est la quantité qui est négative.",
)
prices(
    "TT-95 TT-99",
    "s'écrit sans signe, avec 19 chiffres au plus, dont six décimales au plus",
    "Arrondissez {}. Le portail refuse un encaissement négatif, que l'annexe 6 admet pourtant : "
    "en attendant sa correction, compensez-le dans une transmission rectificative (RE).",
)
attribute("G6.23", "TT-202", "TT-52", ("EUR",))


def _in_euros(group: str, term: str) -> None:
    """Add G6.27 for one place: a receipt is told in euros."""

    def is_in_euros(part: RateReceipt, _: ReportFacts) -> bool:
        currency = part.currency
        return currency in (None, "EUR") or not CAPITALS_3.fullmatch(str(currency))

    REPORT.add(
        "G6.27",
        is_in_euros,
        on=group,
        terms=term,
        meaning=f"« {label(term)} » ({term}) est l'euro : un encaissement se déclare en euros.",
        breaks=f'{term} = "USD"',
        example="paiements",
        remedy="Convertissez l'encaissement en euros, au cours du jour où il a été reçu.",
    )


_in_euros("TG-36", "TT-94")
_in_euros("TG-39", "TT-98")

NOT_YET: dict[str, str] = {}
"""Codes that no rule implements, with the reason."""

BOOK = Rulebook(
    id="flux10",
    version="1.0",
    layer=Layer.FLUX10,
    rules=all_rules((REPORT, report_invoice.INVOICE)),
    valid_from=date(2026, 7, 27),
)
