"""What the tax office receives of an invoice: flux 1, the "données réglementaires".

Source: DGFiP external specifications v3.2, annexe 1 (columns *Profil XSD Base* and *Full*) and
annexe 7 (G1.01, G1.02, G1.12, G1.31, G1.52, G6.08, G6.09, G6.16). :data:`KEPT` says which terms
travel and from which profile on; whatever is not in it stays with the parties: names of people and
companies, addresses, bank accounts, references of orders, attachments, and in BASE the lines.

An invoice is not sent as it stands: some values of the norm are unknown to the portal. What is
written otherwise is told by :attr:`Extraction.changes`, what nobody has defined yet by
:attr:`Extraction.remarks`; the checks of flux 1 then say whether the portal would take it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from facturier.invoice.model import (
    AllowanceCharge,
    Delivery,
    Identifier,
    Invoice,
    Line,
    Note,
    Party,
    PrecedingInvoice,
    Totals,
    VatBreakdown,
)
from facturier.invoice.parties import SINGLE_TAXABLE_PERSON
from facturier.invoice.terms import dictionary
from facturier.reporting.scope import Treatment, decide


class Profile(StrEnum):
    """How much of an invoice travels; the value begins the file's name (rule S1.06)."""

    BASE = "Base"
    """*Trajectoire de démarrage*: no lines."""
    FULL = "Full"
    """*Trajectoire cible*: with lines, allowances, charges and the address of delivery."""


FULL_FROM = date(2027, 9, 1)
"""First day on which FULL is due (rule G6.09); BASE is due since 1 September 2026 (G6.08)."""

_BASE = (
    "BT-1 BT-2 BT-3 BT-5 BT-8 BT-9 BT-21 BT-22 BT-23 BT-24 BT-25 BT-29 BT-30 BT-31 BT-40 BT-47 "
    "BT-48 BT-55 BT-63 BT-72 BT-73 BT-74 BT-109 BT-110 BT-111 BT-116 BT-117 BT-118 BT-119 BT-120 "
    "BT-121"
)
_FULL = (
    "BT-26 BT-75 BT-76 BT-165 BT-77 BT-78 BT-79 BT-80 BT-92 BT-95 BT-96 BT-99 BT-102 BT-103 "
    "EXT-FR-FE-183 BT-127 BT-129 BT-130 EXT-FR-FE-136 EXT-FR-FE-138 EXT-FR-FE-149 EXT-FR-FE-151 "
    "EXT-FR-FE-152 EXT-FR-FE-153 EXT-FR-FE-154 EXT-FR-FE-155 EXT-FR-FE-156 EXT-FR-FE-157 "
    "EXT-FR-FE-158 BT-134 BT-135 BT-136 BT-141 BT-146 BT-147 BT-148 BT-153"
)
KEPT: Mapping[str, Profile] = MappingProxyType(
    dict.fromkeys(_BASE.split(), Profile.BASE) | dict.fromkeys(_FULL.split(), Profile.FULL)
)
"""Term → the first profile that carries it (annexe 1). Of BT-29 only the SIREN of a single taxable
person travels (BT-29d), of notes only those of :data:`NOTES`."""

NOTES = frozenset({"AAB", "PMD", "PMT", "TXD", "BLU"})
"""Subject codes of notes that hold a mention the law demands (Code de commerce L. 441-9, G1.52)."""
LINE_NOTES = frozenset({"BLU"})
"""The same for notes of lines: the eco-contribution (G6.06)."""

TYPES = MappingProxyType({"262": "381"})
"""Document types of XP Z12-012 that the portal does not know → the one it takes (G1.01)."""
PROCESSES = ("B1", "S1", "M1", "B2", "S2", "M2", "B4", "S4", "M4", "S5", "S6", "B7", "S7")
"""Values of BT-23 that the portal takes (G1.02)."""
COUNTED = (None, "DETAIL")
"""Subtypes of lines that are no heading and no repetition of others (EXTENDED-CTC-FR)."""
SERVICES = "S"
"""First letter of BT-23 where only services are sold: no address of delivery is due (G6.16)."""
EURO = "EUR"
MEMBER = "Membre d'un assujetti unique"
"""The words that the portal wants in a TXD note (G1.52), where XP Z12-012 has a code."""
SHORT_NUMBER = 20
LONG_NUMBERS_FROM = date(2027, 1, 1)
"""Until then the portal takes invoice numbers of 20 characters only (AIFE, limits of 07/2026)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """The regulatory data of one invoice."""

    invoice: Invoice
    """Nothing but the terms that travel."""
    profile: Profile
    changes: tuple[str, ...] = ()
    """In French: each value that is not written as the invoice has it, and why."""
    remarks: tuple[str, ...] = ()
    """In French: why the portal may refuse it, or why nothing is due."""


def profile_on(day: date) -> Profile:
    """Return the profile that is due on a day."""
    return Profile.FULL if day >= FULL_FROM else Profile.BASE


def file_name(profile: Profile, name: str) -> str:
    """Return the name that a flux 1 file must have: ``Base_FA-1.xml`` (S1.06; case counts)."""
    return f"{profile}_{name}"


def named_profile(name: str) -> Profile | None:
    """Return the profile that a file's name tells; None when it follows no rule."""
    return next((profile for profile in Profile if name.startswith(f"{profile}_")), None)


def extract(invoice: Invoice, profile: Profile, *, on: date | None = None) -> Extraction:
    """Return what flux 1 carries of `invoice` in a profile; `on` is the day of sending.

    The invoice is not judged: an incomplete one gives an incomplete flux 1.
    """
    changes: list[str] = []
    travelling = _translated(_referenced(invoice, profile, changes), profile, changes)
    kept = _pruned(travelling, _tree(profile)) or Invoice()
    return Extraction(
        invoice=kept,
        profile=profile,
        changes=tuple(changes),
        remarks=tuple(_remarks(invoice, profile, on)),
    )


def carried(profile: Profile) -> frozenset[str]:
    """Return the terms that a profile carries."""
    return frozenset(
        term for term, since in KEPT.items() if since is Profile.BASE or profile is Profile.FULL
    )


# --- what is written otherwise --------------------------------------------------------------------


def _translated(invoice: Invoice, profile: Profile, changes: list[str]) -> Invoice:
    """Put the values that the portal knows in the place of those that it does not."""
    return replace(
        invoice,
        type_code=_type(invoice.type_code, changes),
        notes=tuple(_notes(invoice.notes, changes)),
        seller=_with_single_taxable_person(invoice.seller),
        totals=_totals(invoice, changes),
        vat_breakdown=tuple(_vat(part, changes) for part in invoice.vat_breakdown),
        allowances=tuple(_allowance(one, changes, profile) for one in invoice.allowances),
        delivery=_delivery(invoice),
        lines=tuple(_lines(invoice.lines, changes)) if profile is Profile.FULL else (),
    )


def _type(code: str | None, changes: list[str]) -> str | None:
    wanted = TYPES.get(code or "")
    if wanted is None:
        return code
    changes.append(f"Type de facture (BT-3) {code} : le portail ne connaît que {wanted} (G1.01).")
    return wanted


def _notes(notes: tuple[Note, ...], changes: list[str]) -> Iterator[Note]:
    for note in notes:
        if note.subject_code not in NOTES:
            continue
        if note.subject_code == "TXD" and note.text != MEMBER:
            changes.append(f"Note TXD (BT-22) : le portail veut « {MEMBER} » (G1.52).")
            yield replace(note, text=MEMBER)
        else:
            yield note


def _with_single_taxable_person(seller: Party | None) -> Party | None:
    if seller is None:
        return None
    own = tuple(one for one in seller.identifiers if one.scheme == SINGLE_TAXABLE_PERSON)
    return replace(seller, identifiers=tuple(Identifier(one.value, one.scheme) for one in own))


def _totals(invoice: Invoice, changes: list[str]) -> Totals | None:
    """Keep the VAT in accounting currency only where it is the one in euros (G1.12)."""
    totals = invoice.totals
    if totals is None or totals.vat_amount_accounting is None:
        return totals
    if invoice.currency != EURO and invoice.vat_currency == EURO:
        return totals
    if invoice.vat_currency != EURO:
        changes.append(
            f"TVA en {invoice.vat_currency or 'devise inconnue'} (BT-111) : le portail ne la veut "
            "qu'en euros, elle n'est pas transmise (G1.12)."
        )
    return replace(totals, vat_amount_accounting=None)


def _vat(part: VatBreakdown, changes: list[str]) -> VatBreakdown:
    """Give a rate to what has none: the portal wants one in each breakdown (G6.08)."""
    if part.rate is not None or part.category != "O":
        return part
    changes.append("Taux de TVA (BT-119) absent en catégorie O : transmis à 0 (G6.08, G1.24).")
    return replace(part, rate=Decimal(0))


def _allowance(one: AllowanceCharge, changes: list[str], profile: Profile) -> AllowanceCharge:
    """Give a rate to an allowance that is not taxed: the portal wants one on each (G6.10)."""
    if one.vat_rate is not None or one.vat_category != "O":
        return one
    if profile is Profile.FULL:
        changes.append("Taux de TVA d'une remise (BT-96) absent en catégorie O : transmis à 0.")
    return replace(one, vat_rate=Decimal(0))


def _delivery(invoice: Invoice) -> Delivery | None:
    """Leave the address out where it is the buyer's or only services are sold (G6.16)."""
    delivery, buyer = invoice.delivery, invoice.buyer
    if delivery is None or delivery.address is None:
        return delivery
    process = invoice.process.business_process if invoice.process else None
    same = buyer is not None and delivery.address == buyer.postal_address
    if same or (process or "").startswith(SERVICES):
        return replace(delivery, address=None)
    return delivery


def _lines(lines: tuple[Line, ...], changes: list[str]) -> Iterator[Line]:
    for line in lines:
        if line.subtype in COUNTED:
            yield _line(line, changes)
        else:
            changes.append(
                f"Ligne {line.identifier} : une ligne {line.subtype} n'est pas transmise, elle "
                "répète ou commente d'autres lignes."
            )


def _line(line: Line, changes: list[str]) -> Line:
    notes = tuple(note for note in line.notes if note.subject_code in LINE_NOTES)
    price = line.price
    if price is not None and price.gross_price is None and price.net_price is not None:
        price = replace(price, gross_price=price.net_price + (price.discount or Decimal(0)))
    if price is not None and price.base_quantity not in (None, Decimal(1)):
        changes.append(
            f"Ligne {line.identifier} : le prix vaut pour {price.base_quantity} unités (BT-149), "
            "ce que le flux 1 ne dit pas."
        )
    return replace(line, notes=notes, price=price)


def _referenced(invoice: Invoice, profile: Profile, changes: list[str]) -> Invoice:
    """Name the earlier invoices where the profile has room for them, and there only (G1.31)."""
    on_lines = tuple(
        earlier for line in invoice.lines for earlier in line.preceding_invoices if earlier.number
    )
    if not on_lines:
        return invoice
    bare = tuple(replace(line, preceding_invoices=()) for line in invoice.lines)
    if invoice.preceding_invoices:
        if profile is Profile.FULL:
            changes.append(
                "Factures antérieures : données en en-tête, elles ne sont pas répétées aux lignes "
                "(G1.31)."
            )
        return replace(invoice, lines=bare)
    if profile is Profile.FULL:
        return invoice
    changes.append(
        "Factures antérieures des lignes : remontées en en-tête, le profil BASE n'a pas de lignes "
        "(G1.31)."
    )
    numbers = dict.fromkeys(earlier.number for earlier in on_lines)
    lifted = tuple(PrecedingInvoice(number=number) for number in numbers)
    return replace(invoice, preceding_invoices=lifted)


# --- what a person should know --------------------------------------------------------------------


def _remarks(invoice: Invoice, profile: Profile, on: date | None) -> Iterator[str]:
    scope = decide(invoice)
    if scope.treatment is not Treatment.B2B:
        yield f"Cette facture n'appelle pas de flux 1. {scope.reason}"
    process = invoice.process.business_process if invoice.process else None
    if process and process not in PROCESSES:
        yield (
            f"Le cadre de facturation {process} (BT-23) n'est pas dans la liste du portail (G1.02) "
            "et l'administration n'a pas publié de valeur de remplacement."
        )
    if on is not None and on < LONG_NUMBERS_FROM and len(invoice.number or "") > SHORT_NUMBER:
        yield (
            f"Jusqu'à fin 2026 le portail n'accepte que {SHORT_NUMBER} caractères dans le numéro "
            "de facture (BT-1)."
        )
    if profile is Profile.BASE and on is not None and on >= FULL_FROM:
        yield "Depuis le 1er septembre 2027 le flux 1 est attendu en profil FULL (G6.09)."


# --- what travels ---------------------------------------------------------------------------------

Tree = Mapping[str, "Tree | None"]
"""Field → the fields below it that travel; None: the value itself."""


@functools.cache
def _tree(profile: Profile) -> Tree:
    terms, _ = dictionary()
    tree: dict[str, Any] = {}
    for identifier in carried(profile):
        path = terms[identifier].path
        branch = tree
        for step in path[:-1]:
            branch = branch.setdefault(step, {})
        branch[path[-1]] = None
    return tree


def _pruned(record: Any, tree: Tree) -> Any:
    """Return a record with the fields of `tree` alone; None when nothing of it travels."""
    kept: dict[str, Any] = {}
    for name, below in tree.items():
        held = getattr(record, name)
        if held is None or held == ():
            continue
        if below is not None:
            held = (
                tuple(one for one in (_pruned(each, below) for each in held) if one is not None)
                if isinstance(held, tuple)
                else _pruned(held, below)
            )
        if held is not None and held != ():
            kept[name] = held
    return type(record)(**kept) if kept else None
