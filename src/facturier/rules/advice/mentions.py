"""Advice: what the official rules let pass and a chief accountant would point out.

Few, and each certain: a key that does not add up, a mention that the commercial code requires, a
rate that is no longer law. Sources: ISO 13616 (IBAN), INSEE (SIREN, SIRET), CGI article 286 ter
and its VAT key, C. com. L441-10 and D441-5 (late payment), CGI article 278 and following (rates),
CGI article 289 (what is an invoice).
"""

from __future__ import annotations

import calendar
import functools
import re
from datetime import date, timedelta
from decimal import Decimal

from facturier.findings import Layer, Severity
from facturier.invoice import codes, parties
from facturier.invoice.model import (
    CreditTransfer,
    Identifier,
    Invoice,
    Line,
    Note,
    Party,
    VatBreakdown,
)
from facturier.invoice.money import total
from facturier.rules.advice import shown
from facturier.rules.facts import Facts
from facturier.rules.rule import Family

ADVICE = Family(Layer.ADVICE, severity=Severity.ADVICE)

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,}")
_NINE = re.compile(r"\d{9}")
_FOURTEEN = re.compile(r"\d{14}")
_FRENCH_VAT = re.compile(r"FR[0-9A-HJ-NP-Z]{2}\d{9}")
_KEYED = re.compile(r"FR\d{11}")
_NO_INVOICE = re.compile(r"\bpro[ -]?forma\b", re.IGNORECASE)
_FORTY = re.compile(r"(?<!\d)40(?!\d)|quarante", re.IGNORECASE)
_FORMER_RATES = {
    Decimal("20.6"): date(2000, 4, 1),
    Decimal("19.6"): date(2014, 1, 1),
    Decimal(7): date(2014, 1, 1),
}
"""Rates of metropolitan France that the French rules still admit → the day they ended."""
_ROUNDING = Decimal("0.02")
_NO_SUM = frozenset({"GROUP", "INFORMATION"})
_LONGEST_TERM = timedelta(days=60)
_FAR = 9000
_OTHER_TERM = timedelta(days=45)


@ADVICE.rule(
    "CONSEIL-IBAN",
    on="BG-17",
    terms="BT-84",
    breaks='BT-84 = "FR7630006000011234567890188"',
    example="transfer",
    remedy="Un chiffre est faux : aucune banque n'exécutera ce virement. Demandez un RIB au "
    "fournisseur, par un autre canal que cette facture.",
)
def account_has_a_right_key(transfer: CreditTransfer, _: Facts) -> bool:
    """L'IBAN (BT-84) est complet et sa clé est juste."""
    number = shown.iban_of(transfer.account or "")
    if not _IBAN.fullmatch(number) or not shown.is_iban_country(number[:2]):
        return True  # an account of another kind
    return shown.is_iban_like(number) and shown.has_right_key(number)


def _siren_row(group: str, legal: str, whose: str) -> None:
    def has_a_right_key(party: Party, _: Facts) -> bool:
        return _is_right(party.legal_identifier, "0002", _NINE)

    ADVICE.add(
        "CONSEIL-SIREN",
        has_a_right_key,
        on=group,
        terms=legal,
        meaning=f"La clé du SIREN {whose} ({legal}) est juste.",
        breaks=f'{legal} = "123456789@0002"',
        also="CONSEIL-TVA-SIREN",
        remedy="Un chiffre est faux : cherchez l'entreprise dans l'annuaire des entreprises "
        "(annuaire-entreprises.data.gouv.fr) et corrigez sa fiche.",
    )


def _is_right(identifier: Identifier | None, scheme: str, form: re.Pattern[str]) -> bool:
    """Whether an identifier is none of this scheme and form, or has a right key."""
    if identifier is None or identifier.scheme != scheme or not form.fullmatch(identifier.value):
        return True
    return (_is_siren if scheme == parties.SIREN else _is_siret)(identifier.value)


# The same companies come back in invoice after invoice.
_is_siren = functools.lru_cache(4096)(parties.is_siren)
_is_siret = functools.lru_cache(4096)(parties.is_siret)
_is_vat_number = functools.lru_cache(4096)(parties.is_french_vat_number)


_siren_row("BG-4", "BT-30", "du vendeur")
_siren_row("BG-7", "BT-47", "de l'acheteur")


def _siret_row(group: str, identifiers: str, whose: str, wrong: str) -> None:
    def have_right_keys(party: Party, _: Facts) -> bool:
        return all(_is_right(one, "0009", _FOURTEEN) for one in party.identifiers)

    ADVICE.add(
        "CONSEIL-SIRET",
        have_right_keys,
        on=group,
        terms=identifiers,
        meaning=f"La clé du SIRET {whose} ({identifiers}) est juste.",
        breaks=f'{identifiers} = "{wrong}@0009"',
        remedy="Un chiffre est faux : cherchez l'établissement dans l'annuaire des entreprises "
        "(annuaire-entreprises.data.gouv.fr) et corrigez sa fiche.",
    )


_siret_row("BG-4", "BT-29", "du vendeur", "00300001500011")
_siret_row("BG-7", "BT-46", "de l'acheteur", "00300002300015")


def _vat_rows(group: str, vat: str, legal: str, whose: str, wrong: str) -> None:
    def has_a_right_key(party: Party, _: Facts) -> bool:
        number, own = _vat_number(party), party.legal_identifier
        if not _KEYED.fullmatch(number) or number[4:].startswith("000"):
            return True  # keys with letters follow no public formula; 000 is Monaco
        if own is not None and own.value == number[4:] and not _is_siren(own.value):
            return True  # the SIREN is what is wrong
        return _is_vat_number(number)

    def is_that_of_the_company(party: Party, facts: Facts) -> bool:
        number, own = _vat_number(party), party.legal_identifier
        if not _FRENCH_VAT.fullmatch(number) or own is None or own.scheme != parties.SIREN:
            return True
        alone = {parties.SINGLE_TAXABLE_PERSON}
        if any(one.scheme in alone for one in party.identifiers) or facts.notes("TXD"):
            return True  # a single taxable person has a number of its own
        return not _NINE.fullmatch(own.value) or number[4:] == own.value

    ADVICE.add(
        "CONSEIL-TVA-CLE",
        has_a_right_key,
        on=group,
        terms=vat,
        meaning=f"La clé du numéro de TVA {whose} ({vat}) est celle de son SIREN.",
        breaks=f'{vat} = "{wrong}"',
        remedy="Vérifiez le numéro sur le site de la Commission européenne (VIES) ; sans numéro "
        "valable, la déduction de la TVA peut être contestée.",
    )
    ADVICE.add(
        "CONSEIL-TVA-SIREN",
        is_that_of_the_company,
        on=group,
        terms=f"{vat} {legal}",
        meaning=f"Le numéro de TVA {whose} ({vat}) contient son SIREN ({legal}).",
        breaks=f'{vat} = "FR57003000031"',
        remedy="Le numéro de TVA et le SIREN désignent deux entreprises : demandez à l'émetteur "
        "laquelle des deux est la bonne.",
    )


_vat_rows("BG-4", "BT-31", "BT-30", "du vendeur", "FR10003000015")
_vat_rows("BG-7", "BT-48", "BT-47", "de l'acheteur", "FR34003000023")


def _vat_number(party: Party) -> str:
    return (party.vat_identifier or "").replace(" ", "")


@ADVICE.rule(
    "CONSEIL-INDEMNITE",
    on="BG-1",
    terms="BT-22",
    breaks='BT-22 = "Néant"',
    remedy="Écrivez dans la note PMT : « Indemnité forfaitaire pour frais de recouvrement en cas "
    "de retard de paiement : 40 € ».",
)
def recovery_indemnity_says_its_amount(note: Note, facts: Facts) -> bool:
    """La note PMT dit le montant de l'indemnité forfaitaire de recouvrement, 40 €."""
    if (note.subject_code or "").strip() != "PMT" or _FORTY.search(note.text or ""):
        return True
    return facts.type_code in codes.CREDIT_NOTE or not _is_french(facts.invoice.seller)


@ADVICE.rule(
    "CONSEIL-DELAI",
    terms="BT-9 BT-2",
    breaks="BT-9 + 60",
    remedy="Entre professionnels, 60 jours après la date de facture, ou 45 jours fin de mois, sont "
    "le maximum (C. com. L441-10), sauf accord de branche : l'amende peut atteindre 2 M€.",
)
def term_of_payment_is_legal(invoice: Invoice, facts: Facts) -> bool:
    """L'échéance (BT-9) respecte le délai maximal de paiement entre professionnels."""
    issued, due = invoice.issue_date, invoice.due_date
    if issued is None or due is None or issued.year >= _FAR:  # no date is beyond 9999
        return True
    if due <= issued + _LONGEST_TERM:
        return True
    if (
        facts.type_code in codes.CREDIT_NOTE
        or not _is_french(invoice.seller)
        or not _is_french(invoice.buyer)
    ):
        return True
    return due <= max(_month_end(issued + _OTHER_TERM), _month_end(issued) + _OTHER_TERM)


def _is_french(party: Party | None) -> bool:
    address = party.postal_address if party else None
    return address is not None and (address.country_code or "").strip() == "FR"


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@ADVICE.rule(
    "CONSEIL-TAUX",
    on="BG-23",
    terms="BT-119",
    breaks="BT-119 = 19.6",
    remedy="Appliquez le taux en vigueur au jour de l'exigibilité ; un ancien taux ne vaut que "
    "pour "
    "corriger une facture de ce temps.",
)
def rate_is_in_force(vat: VatBreakdown, facts: Facts) -> bool:
    """Le taux de TVA (BT-119) est encore en vigueur à la date de la facture."""
    ended = _FORMER_RATES.get(vat.rate) if vat.rate is not None else None
    issued = facts.invoice.issue_date
    if ended is None or issued is None or (vat.category or "").strip() != "S":
        return True
    if facts.type_code in codes.CREDIT_NOTE | codes.CORRECTIVE or not _is_french(
        facts.invoice.seller
    ):
        return True
    return issued < ended


@ADVICE.rule(
    "CONSEIL-PROFORMA",
    on="BG-1",
    terms="BT-22",
    breaks='BT-22[1] = "Facture pro forma"',
    remedy="Une facture pro forma est une offre : elle ne se comptabilise pas et n'ouvre pas "
    "droit à "
    "déduction. Demandez la facture définitive.",
)
def is_no_pro_forma(note: Note, _: Facts) -> bool:
    """Aucune note ne dit que ce document est une facture pro forma."""
    return not _NO_INVOICE.search(note.text or "")


@ADVICE.rule(
    "CONSEIL-LIGNE",
    on="BG-25",
    terms="BT-131 BT-129 BT-146 BT-149",
    breaks="BT-131 + 50",
    remedy="Aucune règle officielle ne refait ce calcul. Vérifiez la ligne : quantité × prix net, "
    "moins remises, plus charges.",
)
def line_is_quantity_at_its_price(line: Line, facts: Facts) -> bool:
    """Le montant d'une ligne (BT-131) est sa quantité au prix net, moins remises, plus charges."""
    price, quantity, amount = line.price, line.quantity, line.net_amount
    if price is None or price.net_price is None or quantity is None or amount is None:
        return True
    worth = quantity * price.net_price
    if worth == amount and not (price.base_quantity or line.allowances or line.charges):
        return True  # as nearly always: an invoice may have thousands of lines
    if line.subtype in _NO_SUM or not _is_french(facts.invoice.seller):
        return True
    if price.base_quantity == 0 or (price.base_unit and price.base_unit != line.unit):
        return True  # a price for nothing, or for another unit
    worth /= price.base_quantity or 1
    worth += total(one.amount for one in line.charges) - total(
        one.amount for one in line.allowances
    )
    return abs(abs(worth) - abs(amount)) <= _ROUNDING  # a credit note may count backwards
