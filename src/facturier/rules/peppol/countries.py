"""What the law of the seller's country adds: Norway, Denmark, Italy, Sweden, Greece, Iceland, the
Netherlands.

Source: OpenPeppol, rules of May 2026, national rules. A French company meets them on invoices that
it receives. Rules asked only between two companies of one foreign country (two German ones, say)
can never concern it: ``NOT_YET`` of the book lists them.
"""  # noqa: D205

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from facturier.findings import Layer, Severity
from facturier.invoice.model import (
    Address,
    Identifier,
    Invoice,
    LineVat,
    Party,
    PaymentInstructions,
    SupportingDocument,
    Totals,
    VatBreakdown,
)
from facturier.rules.facts import Facts
from facturier.rules.peppol import parties
from facturier.rules.peppol.parties import established_in, seller_country
from facturier.rules.rule import Family, Holds

COUNTRIES = Family(Layer.PEPPOL)

GREECE = frozenset({"GR", "EL"})
GREEK_TYPES = frozenset({"1.1", "1.6", "2.1", "2.4", "5.1", "5.2"})
SEGMENTS = 6
ICELANDIC_ACCOUNT = 12
MARK, LINK, PROMISED = "##M.AR.K##", "##INVOICE|URL##", "EINDAGI"
SWEDISH_RATES = frozenset({Decimal(6), Decimal(12), Decimal(25)})
TRANSFERS = frozenset({"50", "56"})


def rule(
    id: str,  # noqa: A002
    applies: Callable[[Facts], bool],
    **said: Any,
) -> Callable[[Holds], Holds]:
    """Add the decorated predicate, asked of invoices for which `applies` is true."""

    def elsewhere(_: Any, facts: Facts) -> bool:
        return not applies(facts)

    def keep(holds: Holds) -> Holds:
        meaning = (inspect.getdoc(holds) or "").replace("\n", " ")
        COUNTRIES.add(id, holds, meaning=meaning, unless=elsewhere, **said)
        return holds

    return keep


def sold_from(*countries: str) -> Callable[[Facts], bool]:
    """Whether the seller is of one of these countries, by VAT number first."""
    return lambda facts: seller_country(facts) in countries


def established(country: str) -> Callable[[Facts], bool]:
    """Whether the seller's postal address is in this country."""
    return lambda facts: established_in(facts.invoice.seller, country)


def _is_swedish_with_vat(facts: Facts) -> bool:
    seller = facts.invoice.seller
    return established_in(seller, "SE") and bool(
        seller and (seller.vat_identifier or "").startswith("SE")
    )


def _value(identifier: Identifier | None) -> str:
    return identifier.value.strip() if identifier else ""


def _scheme(identifier: Identifier | None) -> str:
    return (identifier.scheme or "").strip() if identifier else ""


def _has(address: Address | None, *fields: str) -> bool:
    return address is not None and all(getattr(address, name) is not None for name in fields)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]+(?:\.[0-9]*)?", text) is not None


# --- Norway ---------------------------------------------------------------------------------------


@rule(
    "NO-R-001",
    sold_from("NO"),
    on="BG-4",
    terms="BT-31",
    remedy="Demandez au vendeur son numéro : NO, neuf chiffres, MVA.",
    breaks='BT-31 = "NO123MVA"',
    example="peppol-norway",
)
def norwegian_vat_number(seller: Party, _: Facts) -> bool:
    """Un numéro de TVA norvégien (BT-31) s'écrit NO, neuf chiffres avec leur clé, puis MVA."""
    number = (seller.vat_identifier or "").strip()
    if not number.startswith("NO"):
        return True
    return number.endswith("MVA") and parties.is_norwegian(number[2:-3])


# --- Denmark --------------------------------------------------------------------------------------


@rule(
    "DK-R-002",
    established("DK"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur danois son numéro CVR (BT-30).",
    breaks="BT-30 =",
    example="peppol-denmark",
)
def danish_seller_has_a_cvr(seller: Party, _: Facts) -> bool:
    """Un vendeur danois indique son numéro CVR (BT-30)."""
    return bool(_value(seller.legal_identifier))


@rule(
    "DK-R-014",
    established("DK"),
    on="BG-4",
    terms="BT-30",
    remedy="Faites suivre le numéro CVR de son registre, 0184.",
    breaks='BT-30 = "12345678@0002"',
    example="peppol-denmark",
)
def danish_seller_names_the_register(seller: Party, _: Facts) -> bool:
    """L'identifiant légal d'un vendeur danois (BT-30) est du registre 0184."""
    return seller.legal_identifier is None or _scheme(seller.legal_identifier) == "0184"


# --- Italy ----------------------------------------------------------------------------------------


@rule(
    "IT-R-001",
    sold_from("IT"),
    on="BG-4",
    terms="BT-32",
    remedy="Demandez au vendeur italien son code fiscal, de 11 à 16 caractères (BT-32).",
    breaks='BT-32 = "123"',
    example="peppol-italy",
)
def italian_tax_code(seller: Party, _: Facts) -> bool:
    """Le code fiscal d'un vendeur italien (BT-32) a de 11 à 16 lettres ou chiffres."""
    code = seller.tax_registration_identifier
    return code is None or re.fullmatch(r"[A-Z0-9]{11,16}", code.strip()) is not None


for _id, _field, _term, _what in (
    ("IT-R-002", "line_1", "BT-35", "sa rue"),
    ("IT-R-003", "city", "BT-37", "sa ville"),
    ("IT-R-004", "post_code", "BT-38", "son code postal"),
):

    def _italian_address(
        seller: Party,
        _: Facts,
        field: str = _field,  # each row has its own
    ) -> bool:
        return _has(seller.postal_address, field)

    _italian_address.__doc__ = f"Un vendeur italien indique {_what} ({_term})."
    rule(
        _id,
        sold_from("IT"),
        on="BG-4",
        terms=_term,
        remedy=f"Demandez au vendeur italien {_what} ({_term}).",
        breaks=f"{_term} =",
        example="peppol-italy",
    )(_italian_address)


# --- Sweden ---------------------------------------------------------------------------------------


@rule(
    "SE-R-001",
    _is_swedish_with_vat,
    on="BG-4",
    terms="BT-31",
    remedy="Demandez au vendeur suédois son numéro : SE et douze chiffres.",
    breaks='BT-31 = "SE12345678901"',
    example="peppol-sweden",
)
def swedish_vat_number_is_complete(seller: Party, _: Facts) -> bool:
    """Un numéro de TVA suédois (BT-31) a quatorze caractères."""
    return len((seller.vat_identifier or "").strip()) == 14  # noqa: PLR2004


@rule(
    "SE-R-002",
    _is_swedish_with_vat,
    on="BG-4",
    terms="BT-31",
    remedy="Demandez au vendeur suédois son numéro : SE et douze chiffres.",
    breaks='BT-31 = "SE55631234560A"',
    example="peppol-sweden",
)
def swedish_vat_number_is_digits(seller: Party, _: Facts) -> bool:
    """Un numéro de TVA suédois (BT-31) finit par douze chiffres."""
    return (seller.vat_identifier or "")[2:14].strip().isdigit()


@rule(
    "SE-R-003",
    established("SE"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur suédois son numéro d'organisation, en chiffres (BT-30).",
    breaks='BT-30 = "55631234AB@0007"',
    also="SE-R-013 PEPPOL-COMMON-R049",
    example="peppol-sweden",
)
def swedish_number_is_digits(seller: Party, _: Facts) -> bool:
    """Le numéro d'un vendeur suédois (BT-30) n'a que des chiffres."""
    return seller.legal_identifier is None or _is_number(_value(seller.legal_identifier))


@rule(
    "SE-R-004",
    established("SE"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur suédois son numéro d'organisation à dix chiffres (BT-30).",
    breaks='BT-30 = "55631234@0007"',
    also="SE-R-013 PEPPOL-COMMON-R049",
    example="peppol-sweden",
)
def swedish_number_has_ten_digits(seller: Party, _: Facts) -> bool:
    """Le numéro d'un vendeur suédois (BT-30) a dix caractères."""
    return seller.legal_identifier is None or len(_value(seller.legal_identifier)) == 10  # noqa: PLR2004


@rule(
    "SE-R-013",
    established("SE"),
    on="BG-4",
    terms="BT-30",
    remedy="Vérifiez le numéro d'organisation du vendeur suédois (BT-30) : sa clé est fausse.",
    breaks='BT-30 = "5563123450@0007"',
    also="PEPPOL-COMMON-R049",
    example="peppol-sweden",
)
def swedish_number_has_its_key(seller: Party, _: Facts) -> bool:
    """Le numéro d'un vendeur suédois (BT-30) a une clé juste (Luhn)."""
    return seller.legal_identifier is None or parties.is_swedish(_value(seller.legal_identifier))


@rule(
    "SE-R-005",
    established("SE"),
    on="BG-4",
    terms="BT-32",
    remedy="Demandez au vendeur suédois d'écrire « Godkänd för F-skatt » (BT-32).",
    breaks='BT-32 = "Nej"',
    example="peppol-sweden",
)
def swedish_tax_status(seller: Party, _: Facts) -> bool:
    """Un vendeur suédois n'écrit en BT-32 que « Godkänd för F-skatt »."""
    said = seller.tax_registration_identifier
    if said is None or seller.legal_identifier is None:
        return True
    return " ".join(said.split()).upper() == "GODKÄND FÖR F-SKATT"


def _swedish_rate(category: str | None, rate: Decimal | None) -> bool:
    return category != "S" or rate in SWEDISH_RATES


@rule(
    "SE-R-006",
    _is_swedish_with_vat,
    on="BG-30",
    terms="BT-152",
    remedy="Vérifiez le taux : en Suède, 6, 12 ou 25 %.",
    breaks='BT-152 = "20"',
    example="peppol-sweden",
)
def swedish_rate_on_a_line(vat: LineVat, _: Facts) -> bool:
    """Un vendeur suédois facture à 6, 12 ou 25 % (BT-152)."""
    return _swedish_rate(vat.category, vat.rate)


@rule(
    "SE-R-006",
    _is_swedish_with_vat,
    on="BG-23",
    terms="BT-119",
    remedy="Vérifiez le taux : en Suède, 6, 12 ou 25 %.",
    breaks='BT-119 = "20"',
    example="peppol-sweden",
)
def swedish_rate_in_the_breakdown(vat: VatBreakdown, _: Facts) -> bool:
    """Un vendeur suédois facture à 6, 12 ou 25 % (BT-119)."""
    return _swedish_rate(vat.category, vat.rate)


def _giro(means: PaymentInstructions, register: str) -> str | None:
    """Return the account of a transfer through a Swedish giro; None when it is not one."""
    transfer = means.credit_transfer
    if transfer is None or (means.means_code or "").strip() != "30":
        return None
    if (transfer.service_provider or "").strip() != register:
        return None
    return transfer.account


for _register, _numeric, _long, _least in (
    ("SE:PLUSGIRO", "SE-R-007", "SE-R-010", 2),
    ("SE:BANKGIRO", "SE-R-008", "SE-R-009", 7),
):

    def _giro_is_digits(means: PaymentInstructions, _: Facts, register: str = _register) -> bool:
        account = _giro(means, register)
        return account is None or account.strip().isdigit()

    def _giro_has_length(
        means: PaymentInstructions, _: Facts, register: str = _register, least: int = _least
    ) -> bool:
        account = _giro(means, register)
        return account is None or least <= len(account.strip()) <= 8  # noqa: PLR2004

    _giro_is_digits.__doc__ = f"Un compte {_register} (BT-84) n'a que des chiffres."
    _giro_has_length.__doc__ = f"Un compte {_register} (BT-84) a de {_least} à 8 chiffres."
    for _id, _holds in ((_numeric, _giro_is_digits), (_long, _giro_has_length)):
        rule(
            _id,
            established("SE"),
            on="BG-16",
            terms="BT-84",
            remedy="Vérifiez le numéro de compte auprès du vendeur suédois.",
            severity=Severity.WARNING,
        )(_holds)


@rule(
    "SE-R-011",
    established("SE"),
    on="BG-16",
    terms="BT-81",
    remedy="Un giro suédois s'écrit 30, avec SE:BANKGIRO ou SE:PLUSGIRO en BT-86.",
    breaks='BT-81 = "50"',
    example="peppol-sweden",
    severity=Severity.WARNING,
)
def swedish_giro_has_its_code(means: PaymentInstructions, _: Facts) -> bool:
    """Un vendeur suédois n'emploie pas les moyens de paiement 50 et 56 (BT-81)."""
    return (means.means_code or "") not in TRANSFERS


# --- Greece ---------------------------------------------------------------------------------------


def _segments(facts: Facts) -> list[str]:
    return (facts.invoice.number or "").split("|")


def _greek_number(
    id: str,  # noqa: A002
    said: str,
    breaks: str,
    also: str = "",
) -> Callable[[Holds], Holds]:
    """Add a rule on the six segments of a Greek invoice number."""

    def keep(holds: Holds) -> Holds:
        holds.__doc__ = said
        return rule(
            id,
            sold_from(*GREECE),
            terms="BT-1",
            remedy="Demandez au vendeur grec un numéro à six segments séparés par « | ».",
            breaks=breaks,
            also=also,
            example="peppol-greece",
        )(holds)

    return keep


_GREEK = "099999999|02/11/2026|1|1.1|A|1"


@_greek_number(
    "GR-R-001-1",
    "Le numéro d'un vendeur grec (BT-1) a six segments.",
    f'BT-1 = "{_GREEK}|7"',
)
def _greek_number_has_six_segments(_: Invoice, facts: Facts) -> bool:
    return len(_segments(facts)) == SEGMENTS


@_greek_number(
    "GR-R-001-2",
    "Le premier segment est le numéro fiscal du vendeur, ou de son représentant.",
    f'BT-1 = "{_GREEK.replace("099999999", "123456789")}"',
)
def _greek_number_names_its_seller(invoice: Invoice, facts: Facts) -> bool:
    first = _segments(facts)[0]
    known = {
        (party.vat_identifier or "")[2:11]
        for party in (invoice.seller, invoice.tax_representative)
        if party
    }
    return len(first.strip()) == 9 and parties.is_greek(first) and first in known  # noqa: PLR2004


@_greek_number(
    "GR-R-001-3",
    "Le deuxième segment est la date d'émission (BT-2), JJ/MM/AAAA.",
    f'BT-1 = "{_GREEK.replace("02/11", "03/11")}"',
)
def _greek_number_tells_its_date(invoice: Invoice, facts: Facts) -> bool:
    segments = _segments(facts)
    if len(segments) < 2 or invoice.issue_date is None:  # noqa: PLR2004
        return False
    return segments[1] == invoice.issue_date.strftime("%d/%m/%Y")


@_greek_number(
    "GR-R-001-4",
    "Le troisième segment est un nombre entier positif.",
    f'BT-1 = "{_GREEK.replace("|1|1.1", "|A|1.1")}"',
)
def _greek_number_counts(_: Invoice, facts: Facts) -> bool:
    return "".join(_segments(facts)[2:3]).strip().isdigit()


@_greek_number(
    "GR-R-001-5",
    "Le quatrième segment est un type de document grec.",
    f'BT-1 = "{_GREEK.replace("1.1", "9.9")}"',
)
def _greek_number_tells_its_type(_: Invoice, facts: Facts) -> bool:
    return "".join(_segments(facts)[3:4]) in GREEK_TYPES


for _place, _id in ((4, "GR-R-001-6"), (5, "GR-R-001-7")):

    def _segment_is_filled(_: Invoice, facts: Facts, place: int = _place) -> bool:
        return "".join(_segments(facts)[place : place + 1]) != ""

    _greek_number(
        _id,
        f"Le segment n° {_place + 1} du numéro d'un vendeur grec n'est pas vide.",
        f'BT-1 = "{_GREEK.replace("|A|", "||") if _place == 4 else _GREEK[:-1]}"',  # noqa: PLR2004
    )(_segment_is_filled)


def _greek_vat(party: Party) -> bool:
    number = (party.vat_identifier or "").strip()
    return number.startswith("EL") and parties.is_greek(number[2:])


for _id, _severity in (("GR-R-003", None), ("GR-S-011", Severity.WARNING)):

    def _greek_seller_vat(seller: Party, _: Facts, absent: bool = _severity is None) -> bool:  # noqa: FBT001
        return (absent and seller.vat_identifier is None) or _greek_vat(seller)

    _greek_seller_vat.__doc__ = "Le numéro de TVA d'un vendeur grec (BT-31) est EL et sa clé juste."
    rule(
        _id,
        sold_from(*GREECE),
        on="BG-4",
        terms="BT-31",
        remedy="Vérifiez le numéro de TVA du vendeur grec : EL et neuf chiffres.",
        severity=_severity,
    )(_greek_seller_vat)


for _id, _group, _term, _who in (
    ("GR-R-002", "BG-4", "BT-28", "du vendeur"),
    ("GR-R-005", "BG-7", "BT-45", "de l'acheteur"),
):

    def _full_name(party: Party, _: Facts) -> bool:
        return bool(party.trading_name)

    _full_name.__doc__ = f"Un vendeur grec écrit le nom complet {_who} ({_term})."
    rule(
        _id,
        sold_from(*GREECE),
        on=_group,
        terms=_term,
        remedy=f"Demandez au vendeur grec le nom complet {_who} ({_term}).",
        breaks=f"{_term} =",
        example="peppol-greece",
    )(_full_name)


def _described(invoice: Invoice, description: str) -> list[SupportingDocument]:
    return [one for one in invoice.supporting_documents if one.description == description]


def _is_greek_at_home(facts: Facts) -> bool:
    return seller_country(facts) in GREECE and established_in(facts.invoice.seller, "GR")


@rule(
    "GR-R-004-1",
    _is_greek_at_home,
    terms="BT-123",
    remedy="Demandez au vendeur grec le numéro MARK de la facture (BT-122).",
    breaks="BG-24 =",
    also="GR-S-008-1",
    example="peppol-greece",
)
def greek_mark_is_given(invoice: Invoice, _: Facts) -> bool:
    """Un vendeur grec joint un numéro MARK et un seul (BT-123 = ##M.AR.K##)."""
    return len(_described(invoice, MARK)) == 1


@rule(
    "GR-R-004-2",
    _is_greek_at_home,
    terms="BT-122",
    remedy="Vérifiez le numéro MARK (BT-122) : c'est un nombre entier.",
    breaks='BT-122 = "A12"',
    example="peppol-greece",
)
def greek_mark_is_a_number(invoice: Invoice, _: Facts) -> bool:
    """Le numéro MARK (BT-122) est un nombre entier positif."""
    return all(
        re.match(r"[1-9][0-9]*", one.reference or "") is not None
        for one in _described(invoice, MARK)
    )


@rule(
    "GR-S-008-1",
    _is_greek_at_home,
    terms="BT-123",
    remedy="Demandez au vendeur grec l'adresse de la facture en ligne (BT-124).",
    severity=Severity.WARNING,
)
def greek_link_is_given(invoice: Invoice, _: Facts) -> bool:
    """Un vendeur grec joint l'adresse de la facture en ligne (BT-123 = ##INVOICE|URL##)."""
    return len(_described(invoice, LINK)) == 1


@rule(
    "GR-R-008-2",
    _is_greek_at_home,
    terms="BT-123",
    remedy="Gardez une seule adresse de facture en ligne.",
)
def greek_link_is_alone(invoice: Invoice, _: Facts) -> bool:
    """Un vendeur grec joint au plus une adresse de facture en ligne."""
    return len(_described(invoice, LINK)) <= 1


@rule(
    "GR-R-008-3",
    sold_from(*GREECE),
    terms="BT-124",
    remedy="Indiquez l'adresse de la facture en ligne (BT-124).",
)
def greek_link_leads_somewhere(invoice: Invoice, _: Facts) -> bool:
    """Le document ##INVOICE|URL## porte son adresse (BT-124)."""
    return all((one.location or "").strip() for one in _described(invoice, LINK))


def _is_greek_by_vat_or_address(facts: Facts) -> bool:
    seller = facts.invoice.seller
    if seller is None:
        return False
    prefix = (seller.vat_identifier or "").strip()[:2].upper()
    return (prefix in GREECE) if prefix else established_in(seller, "GR")


@rule(
    "GR-R-009",
    _is_greek_by_vat_or_address,
    on="BG-4",
    terms="BT-34",
    remedy="Demandez au vendeur grec son adresse électronique 9933, qui est son numéro fiscal.",
    breaks='BT-34 = "099999999@0225"',
    example="peppol-greece",
)
def greek_address_is_the_tax_number(seller: Party, _: Facts) -> bool:
    """L'adresse électronique d'un vendeur grec (BT-34) est son numéro fiscal, registre 9933."""
    address = seller.electronic_address
    return address is None or (address.scheme == "9933" and parties.is_greek(address.value))


# --- Iceland --------------------------------------------------------------------------------------


@rule(
    "IS-R-001",
    established("IS"),
    terms="BT-3",
    remedy="Demandez au vendeur islandais une facture 380 ou un avoir 381.",
    breaks='BT-3 = "386"',
    example="peppol-iceland",
    severity=Severity.WARNING,
)
def icelandic_type(_: Invoice, facts: Facts) -> bool:
    """Un vendeur islandais émet une facture (380) ou un avoir (381)."""
    return facts.type_code in {"380", "381"}


@rule(
    "IS-R-002",
    established("IS"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur islandais son kennitala, registre 0196 (BT-30).",
    breaks="BT-30 =",
    example="peppol-iceland",
)
def icelandic_number(seller: Party, _: Facts) -> bool:
    """Un vendeur islandais indique son kennitala (BT-30), registre 0196."""
    return _scheme(seller.legal_identifier) == "0196"


@rule(
    "IS-R-003",
    established("IS"),
    on="BG-4",
    terms="BT-35 BT-38",
    remedy="Demandez au vendeur islandais sa rue (BT-35) et son code postal (BT-38).",
    breaks="BT-38 =",
    example="peppol-iceland",
)
def icelandic_address(seller: Party, _: Facts) -> bool:
    """Un vendeur islandais indique sa rue (BT-35) et son code postal (BT-38)."""
    return _has(seller.postal_address, "line_1", "post_code")


for _id, _code in (("IS-R-006", "9"), ("IS-R-007", "42")):

    def _icelandic_account(invoice: Invoice, _: Facts, code: str = _code) -> bool:
        paid = [p for p in invoice.payment_instructions if (p.means_code or "") == code]
        return all(
            one.credit_transfer is not None
            and len((one.credit_transfer.account or "").strip()) == 12  # noqa: PLR2004
            for one in paid
        )

    _icelandic_account.__doc__ = (
        f"Un paiement islandais de code {_code} (BT-81) porte un compte de douze chiffres (BT-84)."
    )
    rule(
        _id,
        established("IS"),
        terms="BT-84",
        remedy="Demandez au vendeur islandais son compte à douze chiffres (BT-84).",
        breaks=f'BT-81 = "{_code}"',
        example="peppol-iceland",
    )(_icelandic_account)


def _iso_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", text) is not None


@rule(
    "IS-R-008",
    established("IS"),
    terms="BT-122",
    remedy="Écrivez la date EINDAGI (BT-122) AAAA-MM-JJ.",
)
def icelandic_promise_is_a_date(invoice: Invoice, _: Facts) -> bool:
    """La date limite islandaise (EINDAGI) s'écrit AAAA-MM-JJ."""
    return all(_iso_date(one.reference or "") for one in _described(invoice, PROMISED))


@rule(
    "IS-R-009",
    established("IS"),
    terms="BT-9",
    remedy="Indiquez aussi l'échéance (BT-9).",
)
def icelandic_promise_has_a_due_date(invoice: Invoice, _: Facts) -> bool:
    """Une facture islandaise avec EINDAGI porte aussi son échéance (BT-9)."""
    return not _described(invoice, PROMISED) or invoice.due_date is not None


@rule(
    "IS-R-010",
    established("IS"),
    terms="BT-9 BT-122",
    remedy="Mettez EINDAGI (BT-122) à l'échéance (BT-9) ou après.",
)
def icelandic_promise_is_not_before(invoice: Invoice, _: Facts) -> bool:
    """EINDAGI est l'échéance (BT-9) ou un jour d'après."""
    due = invoice.due_date
    return all(
        due is not None and due.isoformat() <= (one.reference or "")
        for one in _described(invoice, PROMISED)
    )


# --- Netherlands ----------------------------------------------------------------------------------


@rule(
    "NL-R-001",
    established("NL"),
    terms="BT-25",
    remedy="Demandez au vendeur néerlandais le numéro de la facture que l'avoir corrige (BT-25).",
    breaks="BG-3 =",
    example="peppol-dutch-credit-note",
)
def dutch_credit_note_names_its_invoice(invoice: Invoice, facts: Facts) -> bool:
    """Un avoir néerlandais nomme la facture qu'il corrige (BT-25)."""
    if facts.root != "CreditNote" and facts.type_code not in {"381", "396", "81", "83", "532"}:
        return True
    return any(one.number is not None for one in invoice.preceding_invoices)


@rule(
    "NL-R-002",
    established("NL"),
    on="BG-5",
    terms="BT-35 BT-37 BT-38",
    remedy="Demandez au vendeur néerlandais sa rue, sa ville et son code postal.",
    breaks="BT-38 =",
    example="peppol-netherlands",
)
def dutch_address(address: Address, _: Facts) -> bool:
    """Un vendeur néerlandais indique sa rue, sa ville et son code postal."""
    return _has(address, "line_1", "city", "post_code")


@rule(
    "NL-R-003",
    established("NL"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur néerlandais son numéro KVK (0106) ou OIN (0190).",
    breaks='BT-30 = "12345678@0002"',
    example="peppol-netherlands",
)
def dutch_number(seller: Party, _: Facts) -> bool:
    """L'identifiant légal d'un vendeur néerlandais (BT-30) est un KVK (0106) ou un OIN (0190)."""
    held = seller.legal_identifier
    return held is None or (_scheme(held) in {"0106", "0190"} and bool(_value(held)))


@rule(
    "NL-R-006",
    established("NL"),
    on="BG-12",
    terms="BT-64 BT-66 BT-67",
    remedy="Demandez la rue, la ville et le code postal du représentant fiscal.",
)
def dutch_representative_address(address: Address, _: Facts) -> bool:
    """Le représentant fiscal aux Pays-Bas a une rue, une ville et un code postal."""
    if (address.country_code or "").strip().upper() != "NL":
        return True
    return _has(address, "line_1", "city", "post_code")


@rule(
    "NL-R-007",
    established("NL"),
    on="BG-22",
    terms="BT-115 BT-81",
    remedy="Demandez au vendeur néerlandais comment payer (BG-16).",
    breaks="BG-16 =",
    example="peppol-netherlands",
)
def dutch_payment_is_told(totals: Totals, facts: Facts) -> bool:
    """Un vendeur néerlandais qui attend un paiement dit comment le faire (BG-16)."""
    due = totals.due_amount
    if facts.invoice.payment_instructions or due is None:
        return True
    return due >= 0 if facts.root == "CreditNote" else due <= 0


@rule(
    "NL-R-009",
    established("NL"),
    on="BG-25",
    terms="BT-132 BT-13",
    remedy="Indiquez le bon de commande (BT-13) dont la ligne cite un poste (BT-132).",
    breaks='BT-132 = "1"',
    example="peppol-netherlands",
)
def dutch_order_line_has_its_order(line: Any, facts: Facts) -> bool:
    """Une ligne qui cite un poste de commande (BT-132) a son bon de commande (BT-13)."""
    return line.order_line is None or facts.invoice.order is not None
