"""Number, dates, type, process, currency and parties of the regulatory data.

Source: Schematron of flux 1 (AIFE), annexe 7: G1.01, G1.02, G1.05, G1.09, G1.10, G1.36, G1.60,
G1.63, G1.101, G2.01, G2.19, G2.33, G6.08, G6.25, P1.11, S1.13, S1.14, S1.17 and the two that are
named after a term, BT-80 and BT-81. They are those of the profile BASE, and of FULL.
"""

from __future__ import annotations

from typing import Any

from facturier.findings import Layer
from facturier.invoice.model import Identifier, Invoice, Party, PaymentInstructions, Period
from facturier.invoice.parties import SINGLE_TAXABLE_PERSON
from facturier.invoice.terms import label, term_of
from facturier.reporting.extract import PROCESSES
from facturier.rules.annexe7 import ADVANCES, FINAL_PROCESSES, INVOICE_TYPES, VAT_POINTS
from facturier.rules.flux1.places import DELIVERED, REGISTRATIONS, SETTLED
from facturier.rules.flux1.writing import (
    SIREN_SCHEME,
    is_country,
    is_day,
    is_number,
    is_of_this_century,
    is_siren,
)
from facturier.rules.flux1_facts import Flux1Facts, Texts
from facturier.rules.rule import Family, reader

HEAD = Family(Layer.FLUX1)

SCHEMES = frozenset({"0002", "0223", "0227", "0228", "0229"})
FOREIGN_EU_SCHEME, FOREIGN_EU_LENGTH = "0223", 18
MEANS = frozenset({"10", "20", "30", "42", "48", "49", "97"})
MODES = frozenset("0123456789")
CURRENCY_LENGTH = 3


def text_of(term: str) -> tuple[str, Texts]:
    """Return the group of a term, and the way to its text as the file writes it."""
    on, _ = reader(term)
    name = term_of(term).field

    def read(record: Any, facts: Flux1Facts) -> str | None:
        return facts.text(record, term, name)

    return on, read


def needed(family: Family, id_: str, term: str, *, on: str | None = None, **said: Any) -> None:
    """Add a rule: the element of a term is there, be it empty."""
    scope, read = reader(term, on)
    name = label(term)

    def is_there(record: Any, facts: Flux1Facts) -> bool:
        value = read(record)
        return (value is not None and value != ()) or any(
            odd.term == term for odd in facts.invoice.malformed
        )

    said.setdefault("breaks", f"{term} =")
    family.add(
        id_,
        is_there,
        on=scope,
        terms=term,
        meaning=f"Le portail reçoit « {name} » ({term}).",
        remedy=f"Renseignez « {name} » ({term}) sur la facture.",
        **said,
    )


def dated(family: Family, term: str, **said: Any) -> None:
    """Add G1.09 and G1.36 for one date: its form, and its century."""
    on, read = text_of(term)
    name = label(term)

    def has_the_form(record: Any, facts: Flux1Facts) -> bool:
        text = read(record, facts)
        return text is None or is_day(text, facts.syntax)

    def is_near(record: Any, facts: Flux1Facts) -> bool:
        text = read(record, facts)
        return text is None or not is_day(text, facts.syntax) or is_of_this_century(text)

    family.add(
        "G1.09",
        has_the_form,
        on=on,
        terms=term,
        meaning=f"La date « {name} » ({term}) s'écrit AAAA-MM-JJ en UBL et AAAAMMJJ en CII.",
        remedy=f"Réécrivez la date {term} dans la forme de la syntaxe, sans heure ni fuseau.",
    )
    family.add(
        "G1.36",
        is_near,
        on=on,
        terms=term,
        meaning=f"L'année de « {name} » ({term}) est comprise entre 2000 et 2099.",
        remedy=f"Corrigez l'année de la date {term}.",
        **{"breaks": f'{term} = "1999-11-02"'} | said,
    )


def numbered(family: Family, term: str, **said: Any) -> None:
    """Add G1.05 for one number of an invoice."""
    on, read = text_of(term)
    name = label(term)

    def is_well_written(record: Any, facts: Flux1Facts) -> bool:
        text = read(record, facts)
        return text is None or is_number(text)

    said.setdefault("breaks", f'{term} = "FA.1"')
    family.add(
        "G1.05",
        is_well_written,
        on=on,
        terms=term,
        meaning=f"« {name} » ({term}) compte 35 caractères au plus : lettres sans accent, "
        "chiffres, - + _ / et des espaces isolés à l'intérieur.",
        remedy=f"Réécrivez {term} sans point, sans accent et sans espace au début ni à la fin.",
        **said,
    )


def country(family: Family, term: str, **said: Any) -> None:
    """Add G2.01 for one country code."""
    on, read = text_of(term)

    def is_well_written(record: Any, facts: Flux1Facts) -> bool:
        text = read(record, facts)
        return text is None or is_country(text)

    said.setdefault("breaks", f'{term} = "EL"')
    family.add(
        "G2.01",
        is_well_written,
        on=on,
        terms=term,
        meaning=f"« {label(term)} » ({term}) est un code pays de deux lettres majuscules (la Grèce "
        "est GR).",
        remedy=f"Écrivez en {term} le code ISO 3166 du pays : FR, DE, GR…",
        **said,
    )


# --- what must be there ---------------------------------------------------------------------------

needed(HEAD, "G6.08", "BT-1", on="")
needed(HEAD, "G6.08", "BT-2", on="")
needed(HEAD, "G6.08", "BT-3", on="")
needed(HEAD, "G6.08", "BT-5", on="", also="G1.10")
needed(HEAD, "G6.08", "BT-23", on="", also="G1.02")
needed(HEAD, "G6.08", "BT-24", on="")
needed(HEAD, "G6.08", "BT-40", on="")
needed(HEAD, "G6.08", "BT-55", on="")
needed(HEAD, "G6.08", "BT-109", on="")
needed(HEAD, "G6.08", "BG-23", on="", also="G2.32")


_OF = {"vendeur": "du vendeur", "acheteur": "de l'acheteur"}
_THE = {"vendeur": "Le vendeur", "acheteur": "L'acheteur"}


def _identified(term: str, owner: str) -> None:
    """Add the rules of the SIREN of one party: G6.08, G1.63 and G2.19."""
    _, read = reader(term, "")
    on, own = reader(term)
    name = label(term)

    def is_there(invoice: Invoice, _: Flux1Facts) -> bool:
        held: Identifier | None = read(invoice)
        return held is not None and held.scheme is not None

    def is_a_siren(party: Party, _: Flux1Facts) -> bool:
        held: Identifier | None = own(party)
        return held is None or (held.scheme == SIREN_SCHEME and is_siren(held.value))

    def has_a_known_scheme(party: Party, _: Flux1Facts) -> bool:
        held: Identifier | None = own(party)
        if held is None:
            return True
        if held.scheme == SIREN_SCHEME:
            return is_siren(held.value)
        foreign = held.scheme == FOREIGN_EU_SCHEME and owner == "vendeur"
        return held.scheme in SCHEMES and not (foreign and len(held.value) > FOREIGN_EU_LENGTH)

    HEAD.add(
        "G6.08",
        is_there,
        terms=term,
        meaning=f"Le portail reçoit « {name} » ({term}) avec le code de son registre (0002).",
        remedy=f"Renseignez le SIREN {_OF[owner]} et son schéma 0002.",
        breaks=f"{term} =",
    )
    HEAD.add(
        "G1.63",
        is_a_siren,
        on=on,
        terms=term,
        meaning=f"{_THE[owner]} est identifié par un SIREN : neuf chiffres, schéma 0002 ({term}).",
        remedy=f"Écrivez en {term} les neuf chiffres du SIREN {_OF[owner]}, avec le schéma 0002.",
        breaks=f'{term} = "123@0227"',
    )
    HEAD.add(
        "G2.19",
        has_a_known_scheme,
        on=on,
        terms=term,
        meaning=f"L'identifiant {_OF[owner]} ({term}) est de l'un des types admis, bien écrit.",
        remedy=f"Écrivez en {term} un SIREN de neuf chiffres, avec le schéma 0002.",
        breaks=f'{term} = "12345@0002"',
        also="G1.63",
    )


_identified("BT-30", "vendeur")
_identified("BT-47", "acheteur")


# --- how it is written ----------------------------------------------------------------------------

numbered(HEAD, "BT-1")
for _day in ("BT-2", "BT-9"):
    dated(HEAD, _day)
dated(HEAD, "BT-72", example="delivery")
dated(HEAD, "BT-73", example="period")
dated(HEAD, "BT-74", example="period", breaks='BT-74 = "2100-11-02"')
dated(HEAD, "EXT-FR-FE-158")
dated(HEAD, "BT-134")
dated(HEAD, "BT-135")
country(HEAD, "BT-40")
country(HEAD, "BT-55")


@HEAD.rule(
    "G1.01",
    terms="BT-3",
    breaks='BT-3 = "325"',
    remedy="Choisissez un des quinze types du portail : 380 facture, 381 avoir, 384 rectificative…",
)
def type_is_listed(invoice: Invoice, _: Flux1Facts) -> bool:
    """Le type de document (BT-3) est un des quinze que le portail connaît ; 262 n'en est pas."""
    return invoice.type_code is None or invoice.type_code in INVOICE_TYPES


def _process(invoice: Invoice) -> str | None:
    return invoice.process.business_process if invoice.process else None


@HEAD.rule(
    "G1.02",
    terms="BT-23",
    breaks='BT-23 = "B8"',
    remedy="Choisissez un cadre du portail : B1, S1, M1, B2, S2, M2, B4, S4, M4, S5, S6, B7, S7.",
)
def process_is_listed(invoice: Invoice, _: Flux1Facts) -> bool:
    """Le cadre de facturation (BT-23) est donné et le portail le connaît."""
    return _process(invoice) in PROCESSES


@HEAD.rule(
    "G1.60",
    terms="BT-3 BT-23",
    breaks='BT-23 = "B4"; BT-3 = "386"',
    remedy="Une facture d'acompte se dépose en B1, S1 ou M1 ; 4 est le cadre de la facture "
    "définitive.",
)
def advance_is_not_final(invoice: Invoice, _: Flux1Facts) -> bool:
    """Un acompte (386, 500, 503) n'est pas déposé dans le cadre d'une facture après acompte."""
    return not (_process(invoice) in FINAL_PROCESSES and invoice.type_code in ADVANCES)


@HEAD.rule(
    "G1.10",
    terms="BT-5",
    breaks='BT-5 = "euro"',
    also="G1.12",
    remedy="Écrivez en BT-5 le code ISO 4217 de la devise : EUR.",
)
def currency_has_three_letters(invoice: Invoice, _: Flux1Facts) -> bool:
    """La devise (BT-5) est un code de trois lettres majuscules."""
    code = invoice.currency or ""
    return len(code) == CURRENCY_LENGTH and code.isascii() and code.isalpha() and code.isupper()


LINE_PERIOD = 'BT-134 = "2026-10-02"; BT-135 = "2026-10-01"'
"""A period of a line that ends before it begins."""


def follows(family: Family, end: str, start: str, **said: Any) -> None:
    """Add G6.25 for one period."""
    on, _ = reader(end)

    def ends_after_its_start(period: Period, facts: Flux1Facts) -> bool:
        first = facts.text(period, start, "start_date")
        last = facts.text(period, end, "end_date")
        return first is None or last is None or last > first

    family.add(
        "G6.25",
        ends_after_its_start,
        on=on,
        terms=f"{end} {start}",
        meaning=f"La période finit ({end}) après le jour où elle commence ({start}).",
        remedy=f"Corrigez les dates de la période ; pour un seul jour, laissez {start} et {end} de "
        "côté et donnez la date de livraison.",
        **said,
    )


follows(HEAD, "BT-74", "BT-73", example="period", breaks='BT-74 = "2026-10-01"')
follows(HEAD, "BT-135", "BT-134", syntax="UBL", breaks=LINE_PERIOD)


@HEAD.rule(
    "P1.11",
    terms="BT-8",
    breaks='BT-8 = "7"',
    remedy="Écrivez en BT-8 : 5 (CII) ou 3 (UBL) pour l'option sur les débits ; sinon 29, 72, 35, "
    "432, ou rien.",
)
def vat_point_is_listed(_: Invoice, facts: Flux1Facts) -> bool:
    """Le code d'exigibilité de la TVA (BT-8) est d'une des deux listes (UNTDID 2005 ou 2475)."""
    said = facts.raw("/*/cac:InvoicePeriod/cbc:DescriptionCode", _DUE)
    return all(code in VAT_POINTS for code in said)


_DUE = f"{SETTLED}/ram:ApplicableTradeTax/ram:DueDateTypeCode"


@HEAD.rule(
    "S1.13",
    terms="BT-8",
    syntax="CII",
    remedy="Écrivez le même code d'exigibilité dans chaque ventilation de TVA.",
)
def vat_point_is_the_same_everywhere(_: Invoice, facts: Flux1Facts) -> bool:
    """En CII, le code d'exigibilité de la TVA (BT-8) est le même dans chaque ventilation."""
    return len(set(facts.raw("", _DUE))) <= 1


# --- parties --------------------------------------------------------------------------------------


def _taxed(term: str, group: str, owner: str) -> None:
    """Add G2.33 for one party."""

    def has_a_vat_number(party: Party, facts: Flux1Facts) -> bool:
        legal = party.legal_identifier
        if legal is None or legal.scheme not in (SIREN_SCHEME, FOREIGN_EU_SCHEME):
            return True
        if facts.syntax == "UBL":  # the portal's file takes any tax number there
            return any(facts.raw(*REGISTRATIONS[group]))
        return bool(party.vat_identifier)

    HEAD.add(
        "G2.33",
        has_a_vat_number,
        on=group,
        terms=term,
        meaning=f"Un {owner} identifié par son SIREN donne son numéro de TVA ({term}).",
        remedy=f"Renseignez le numéro de TVA {_OF[owner]} ({term}).",
        breaks=f"{term} =",
    )


_taxed("BT-31", "BG-4", "vendeur")
_taxed("BT-48", "BG-7", "acheteur")


def _of_the_group(seller: Party, facts: Flux1Facts) -> list[Identifier]:
    """Return the identifiers that the portal takes for that of a single taxable person."""
    return [one for one in seller.identifiers if facts.syntax == "UBL" or one.scheme is not None]


@HEAD.rule(
    "S1.14",
    on="BG-4",
    terms="BT-29",
    example="single-taxable-person",
    breaks='BT-29 = "003000050@0009"',
    remedy="Ne transmettez en BT-29 que le SIREN de l'assujetti unique, avec le schéma 0231.",
)
def seller_identifier_is_of_a_group(seller: Party, facts: Flux1Facts) -> bool:
    """L'identifiant du vendeur (BT-29) est celui d'un assujetti unique : schéma 0231."""
    return all(one.scheme == SINGLE_TAXABLE_PERSON for one in _of_the_group(seller, facts))


@HEAD.rule(
    "G1.101",
    on="BG-4",
    terms="BT-29",
    example="single-taxable-person",
    breaks='BT-29 = "12345@0231"',
    remedy="Écrivez en BT-29 les neuf chiffres du SIREN de l'assujetti unique.",
)
def siren_of_the_group_has_nine_digits(seller: Party, facts: Flux1Facts) -> bool:
    """Le SIREN de l'assujetti unique (BT-29) compte neuf chiffres."""
    return all(is_siren(one.value) for one in _of_the_group(seller, facts))


@HEAD.rule(
    "S1.17",
    terms="BT-31 BT-48 BT-63",
    breaks='BT-32 = "123"',
    remedy="Qualifiez les numéros de TVA par VAT en UBL, par VA en CII, et n'en transmettez pas "
    "d'autres.",
)
def registrations_are_for_vat(_: Invoice, facts: Flux1Facts) -> bool:
    """Les numéros fiscaux des parties sont des numéros de TVA, et disent l'être."""
    if facts.syntax == "UBL":
        schemes = facts.raw("//cac:PartyTaxScheme/cac:TaxScheme/cbc:ID", "")
        return all(scheme == "VAT" for scheme in schemes)
    registration = "//ram:SpecifiedTaxRegistration/ram:ID"
    said = facts.raw("", f"{registration}/@schemeID")
    return all(scheme == "VA" for scheme in said) and len(said) == facts.count("", registration)


# --- what flux 1 has no place for, and the portal looks at nevertheless ---------------------------


@HEAD.rule(
    "BT-81",
    on="BG-16",
    terms="BT-81",
    breaks='BT-81 = "58"',
    remedy="Ne transmettez pas de moyen de paiement : le flux 1 n'en a pas besoin.",
)
def means_are_listed(means: PaymentInstructions, _: Flux1Facts) -> bool:
    """Le moyen de paiement (BT-81), s'il est donné, est 10, 20, 30, 42, 48, 49 ou 97."""
    return means.means_code is None or means.means_code in MEANS


@HEAD.rule(
    "BT-80",
    terms="BT-80",
    remedy="Ne transmettez pas de mode de transport : le flux 1 n'en a pas besoin.",
)
def transport_is_listed(_: Invoice, facts: Flux1Facts) -> bool:
    """Le mode de transport, s'il est donné, est un chiffre (recommandation 19 de la CEE-ONU)."""
    modes = facts.raw(
        "/*/cac:Delivery/cac:Shipment/cac:ShipmentStage/cac:TransportMeans/cbc:TransportModeCode",
        f"{DELIVERED}/ram:SpecifiedBorderTransportMeans/ram:ModeCode",
    )
    return all(mode in MODES for mode in modes)
