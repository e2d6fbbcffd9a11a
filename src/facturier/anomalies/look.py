"""A document as the kinds look at it: what several of them ask is read once."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.anomalies.history import NOTHING, History
from facturier.invoice import codes
from facturier.invoice.compute import counts
from facturier.invoice.money import ZERO, total
from facturier.invoice.parties import SINGLE_TAXABLE_PERSON
from facturier.invoice.words import plain
from facturier.ledger.books import Side, siren_of
from facturier.ledger.documents import DEPOSIT_TYPES, UNION
from facturier.ledger.figures import french

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facturier.invoice.model import Invoice, Line, Party

FAR_DAY = "date inconnue"


class Place(StrEnum):
    """Where a party stands for French VAT."""

    FRANCE = "France"
    """Metropolitan France, Corsica, Monaco, Guadeloupe, Martinique, Réunion (CGI 294)."""
    OVERSEAS = "outre-mer hors TVA"
    """French, where French VAT is not applied: Guyane, Mayotte, collectivities (CGI 294)."""
    UNION = "Union européenne"
    ELSEWHERE = "hors Union européenne"
    UNKNOWN = "inconnu"


_TAXED = frozenset({"FR", "MC", "GP", "MQ", "RE"})
_UNTAXED = frozenset({"GF", "YT", "PM", "BL", "MF", "WF", "PF", "NC", "TF"})
_UNTAXED_POST_CODES = ("973", "975", "976", "977", "978", "984", "986", "987", "988")
_COUNTRY = 2
_CADRE = re.compile(r"[BSM][0-9]")
"""BT-23; Chorus Pro has words of its own (A1…)."""


def place_of(party: Party | None) -> Place:
    """Return where a party stands, by its address; unknown without a country."""
    address = party.postal_address if party else None
    country = (address.country_code or "").strip().upper() if address else ""
    if address is None or len(country) != _COUNTRY:
        return Place.UNKNOWN
    if country in _UNTAXED:
        return Place.OVERSEAS
    if country in _TAXED:
        untaxed = country == "FR" and (address.post_code or "").startswith(_UNTAXED_POST_CODES)
        return Place.OVERSEAS if untaxed else Place.FRANCE
    return Place.UNION if country in UNION or country == "GR" else Place.ELSEWHERE


def words(*texts: str | None) -> str:
    """Return texts as words are compared, apart from each other."""
    return " | ".join(plain(text.replace("’", "'")) for text in texts if text)


class Look:
    """One document, the side of the dossier, and what is known beside."""

    __slots__ = (
        "all_words", "breakdown_words", "buyer", "buyer_place", "categories", "due", "findings",
        "gross", "history", "invoice", "is_credit", "is_deposit", "is_self_billed", "items",
        "kind", "lines", "net", "notes", "paid", "process", "seller", "seller_place", "side",
        "vat",
    )  # fmt: skip

    def __init__(self, invoice: Invoice, side: Side, history: History = NOTHING) -> None:
        """Read what several kinds ask."""
        self.invoice, self.side, self.history = invoice, side, history
        self.kind = (invoice.type_code or "").strip()
        self.process = ((invoice.process.business_process if invoice.process else "") or "").strip()
        self.is_credit = self.kind in codes.CREDIT_NOTE
        self.is_deposit = self.kind in DEPOSIT_TYPES
        self.is_self_billed = self.kind in codes.SELF_BILLED
        self.seller, self.buyer = invoice.seller, invoice.buyer
        self.seller_place, self.buyer_place = place_of(self.seller), place_of(self.buyer)
        self.lines = tuple(line for line in invoice.lines if counts(line))
        totals = invoice.totals
        groups = invoice.vat_breakdown
        said = totals.vat_amount if totals else None
        self.vat = said if said is not None else total(one.tax_amount for one in groups)
        self.net = (totals.without_vat if totals else None) or ZERO
        self.gross = (totals.with_vat if totals else None) or ZERO
        self.paid = (totals.paid_amount if totals else None) or ZERO
        self.due = totals.due_amount if totals else None
        self.categories = frozenset((one.category or "").strip() for one in groups)
        self.notes = words(*(one.text for one in invoice.notes), invoice.payment_terms)
        self.items = tuple(words(line.item.name if line.item else "") for line in self.lines)
        self.breakdown_words = words(
            *(one.exemption_reason for one in groups),
            *(line.vat.exemption_reason for line in self.lines if line.vat),
        )
        described = (line.item.description for line in self.lines if line.item)
        own = (note.text for line in self.lines for note in line.notes)
        self.all_words = " | ".join(
            (*self.items, words(*described), words(*own), self.notes, self.breakdown_words)
        )
        self.findings = history.findings

    # Who

    @property
    def is_bought(self) -> bool:
        """Whether the dossier is the buyer."""
        return self.side is Side.PURCHASE

    @property
    def is_french(self) -> bool:
        """Whether both parties stand where French VAT applies."""
        return self.seller_place is Place.FRANCE and self.buyer_place is Place.FRANCE

    @property
    def is_from_france(self) -> bool:
        """Whether the seller stands where French VAT applies."""
        return self.seller_place is Place.FRANCE

    @property
    def seller_siren(self) -> str:
        """SIREN of the seller; empty without one."""
        return siren_of(self.seller) if self.seller else ""

    @property
    def buyer_siren(self) -> str:
        """SIREN of the buyer; empty without one."""
        return siren_of(self.buyer) if self.buyer else ""

    @property
    def is_of_single_taxable_person(self) -> bool:
        """Whether the seller is a member of one, whose VAT number it shows (CGI 256 C)."""
        own = self.seller.identifiers if self.seller else ()
        return any(one.scheme == SINGLE_TAXABLE_PERSON for one in own) or bool(self.noted("TXD"))

    # What

    @property
    def letter(self) -> str:
        """B (goods), S (services) or M (both) of the cadre (BT-23); empty for any other word."""
        return self.process[0] if _CADRE.fullmatch(self.process) else ""

    @property
    def digit(self) -> str:
        """The digit of the cadre (BT-23); empty for any other word."""
        return self.process[1] if _CADRE.fullmatch(self.process) else ""

    def noted(self, code: str) -> str:
        """Return the words of the notes with a subject code."""
        found = (one.text for one in self.invoice.notes if (one.subject_code or "").strip() == code)
        return words(*found)

    def names_earlier(self) -> set[str]:
        """Return the numbers of the earlier documents that the head and the lines name."""
        heads = (one.number for one in self.invoice.preceding_invoices)
        rows = (one.number for line in self.lines for one in line.preceding_invoices)
        return {number for number in (*heads, *rows) if number}

    @property
    def is_final(self) -> bool:
        """Whether it is a final invoice after deposits (cadre x4, or a deposit that it names)."""
        named = {one.type_code for one in self.invoice.preceding_invoices}
        named |= {one.type_code for line in self.lines for one in line.preceding_invoices}
        return self.digit == "4" or bool(named & DEPOSIT_TYPES)

    def taken_back(self) -> Iterator[Line]:
        """Yield the negative lines that take a deposit back."""
        for line, name in zip(self.lines, self.items, strict=True):
            if (line.net_amount or ZERO) < 0 and (
                any(one.type_code in DEPOSIT_TYPES for one in line.preceding_invoices)
                or DEPOSIT_WORD.search(name)
            ):
                yield line

    # How it is told

    def fields(self) -> dict[str, str]:
        """Return what every letter may name."""
        return {
            "number": self.invoice.number or "sans numéro",
            "day": day(self.invoice.issue_date),
            "gross": euros(self.gross),
            "net": euros(self.net),
            "vat": euros(self.vat),
            "seller": (self.seller.name if self.seller else "") or "le vendeur",
            "buyer": (self.buyer.name if self.buyer else "") or "l'acheteur",
        }


DEPOSIT_WORD = re.compile(r"\bacomptes?\b|\bavance sur (?:commande|travaux|devis)\b")


def euros(amount: Decimal | None) -> str:
    """Write an amount for a letter: ``1 234,50 €``."""
    if amount is None:
        return "montant inconnu"
    whole, _, cents_ = french(abs(amount)).partition(",")
    grouped = f"{int(whole):,}".replace(",", "\u202f")
    return f"{'−' if amount < 0 else ''}{grouped},{cents_} €"


def day(when: date | None) -> str:
    """Write a date for a letter."""
    return f"{when:%d/%m/%Y}" if when else FAR_DAY


def percent(rate: Decimal | None) -> str:
    """Write a rate: ``5,5 %``."""
    if rate is None:
        return "sans taux"
    shown = format(rate, "f")
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return f"{shown.replace('.', ',')} %"
