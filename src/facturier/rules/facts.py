"""What many rules need to know about one invoice, computed once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from lxml import etree

from facturier.formats import ubl
from facturier.formats.codecs import XML_SPACE
from facturier.invoice.codes import SELF_BILLED
from facturier.invoice.model import (
    AllowanceCharge,
    Identifier,
    Invoice,
    Line,
    LogisticsCharge,
    Unmapped,
    VatBreakdown,
)
from facturier.invoice.money import cents_in_xpath, total
from facturier.rules.named_objects import objects_by_line
from facturier.rules.named_taxes import Taxes, taxes_of

T = TypeVar("T")
ZERO = Decimal(0)


@dataclass(frozen=True)
class VatShare:
    """What lines, allowances and charges of one VAT category and rate add up to."""

    lines: tuple[Line, ...]
    allowances: tuple[AllowanceCharge, ...]
    charges: tuple[AllowanceCharge, ...]
    logistics: tuple[LogisticsCharge, ...] = ()
    """Costs of transport (BG-X-42), of Factur-X EXTENDED only."""

    @cached_property
    def sums(self) -> tuple[Decimal, Decimal, Decimal]:
        """Lines, allowances, charges; not the costs of transport."""
        return (
            total(line.net_amount for line in self.lines),
            total(a.amount for a in self.allowances),
            total(c.amount for c in self.charges),
        )

    @property
    def taxable(self) -> Decimal:
        """Lines less allowances plus charges."""
        lines, allowances, charges = self.sums
        return lines - allowances + charges

    @property
    def taxable_of_rounded_sums(self) -> Decimal:
        """The same, each of the three sums rounded to the cent before they are put together."""
        lines, allowances, charges = map(cents_in_xpath, self.sums)
        return lines - allowances + charges


_CAC, _CBC = (f"{{{ubl.NAMESPACES[prefix]}}}" for prefix in ("cac", "cbc"))
_REFERENCE = f"{_CAC}BillingReference/{_CAC}InvoiceDocumentReference/{_CBC}ID"

_BLANKS = re.compile(f"[{XML_SPACE}]+")

Reason = tuple[str, str]
"""Code and text of why no VAT is due; each empty when absent."""


def reason_of(code: str | None, text: str | None) -> Reason:
    """Return a reason as the official files compare it, blanks made single."""
    return in_single_blanks(code), in_single_blanks(text)


def in_single_blanks(text: str | None) -> str:
    """Return a text as XPath's normalize-space does: a no-break space is none of its blanks."""
    if not text:
        return ""
    if text.isascii():
        return " ".join(text.split())
    return " ".join(part for part in _BLANKS.split(text) if part)


class Facts:
    """The invoice under check and what is derived from it. Everything is computed on demand."""

    def __init__(
        self,
        invoice: Invoice,
        syntax: str = "",
        root: str = "",
        foreign_taxes: frozenset[str] = frozenset(),
        tree: etree._Element | None = None,
    ) -> None:
        self.invoice = invoice
        self.syntax = syntax
        """``UBL``, ``CII`` or empty."""
        self.root = root
        """Local name of the document element, ``CreditNote``; empty when there is none yet."""
        self.foreign_taxes = foreign_taxes
        """Groups in which the file names a tax that is not VAT, such as ``BG-23``."""
        self.tree = tree
        """The document element of the file; None when there is none yet. To be asked of odd files
        only: what the invoice holds is found much faster there."""
        self.reaches_every_group = False
        """Whether no rule of the official file takes a VAT group away from another (Factur-X)."""
        self._odd: dict[str, bool] = {}
        self._once: dict[Callable[[Any], Any], Any] = {}
        self._shares: dict[tuple[str, Decimal | None], VatShare] = {}

    @cached_property
    def is_odd_file(self) -> bool:
        """Whether the file says more than the invoice holds, or says it in another way."""
        invoice = self.invoice
        return self.tree is not None and bool(
            self.beyond_the_rules
            or invoice.malformed
            or invoice.unusual
            or self.foreign_taxes
            # A tax without category: the invoice does not tell whether there is a tax at all.
            or "" in self.breakdown
            or "" in self.allowances_by_category
            or "" in self.charges_by_category
        )

    @cached_property
    def taxes(self) -> Taxes:
        """Every tax that the file names. Of odd files only."""
        assert self.tree is not None, "asked of files only"
        return taxes_of(self.tree)

    def once(self, found_by: Callable[[Facts], T]) -> T:
        """Return what a function finds of these facts: many rules ask, the file is read once."""
        if found_by not in self._once:
            self._once[found_by] = found_by(self)
        found: T = self._once[found_by]
        return found

    def may_hold(self, tag: str) -> bool:
        """Whether the file has such an element, or would: a CII file may be without."""
        return (
            self.syntax != "CII" or self.tree is None or next(self.tree.iter(tag), None) is not None
        )

    def objects_of(self, line: Line) -> tuple[Identifier, ...]:
        """Return the identifiers of the objects of a line (BT-128).

        Of a file, those whose document is of type 130 to the letter: a blank is one too many.
        """
        if self.tree is None:
            return line.object_identifiers
        return self._objects.get(id(line), ())

    @cached_property
    def _objects(self) -> dict[int, tuple[Identifier, ...]]:
        assert self.tree is not None, "asked of files only"
        found = objects_by_line(self.tree)
        return dict(zip(map(id, self.invoice.lines), found, strict=False))

    def code(self, text: str | None) -> str:
        """Return a code as the official file compares it: that of CII takes no blanks away."""
        if text is None:
            return ""
        return text if self.syntax == "CII" else text.strip(XML_SPACE)

    @cached_property
    def malformed_terms(self) -> frozenset[str]:
        """Terms that the file holds, not empty, but not as a value of their type."""
        return frozenset(m.term for m in self.invoice.malformed if m.value.strip())

    def is_malformed(self, term: str) -> bool:
        """Whether the file holds an unreadable value for this term somewhere."""
        return term in self.malformed_terms

    @cached_property
    def beyond_the_rules(self) -> tuple[Unmapped, ...]:
        """What the file holds that no term is for, or one that few rules ask for."""
        return (*self.invoice.unmapped, *self.invoice.beyond)

    def is_odd(self, place: str) -> bool:
        """Whether the reader found something at a place that the norm does not foresee there.

        `place` is a part of the path, as the reader writes it.
        """
        if place not in self._odd:  # a hostile file has as many oddities as lines that ask
            self._odd[place] = any(place in odd.path for odd in self.beyond_the_rules)
        return self._odd[place]

    @cached_property
    def unusual(self) -> dict[str, tuple[str, ...]]:
        """By term, the texts of values that are not written as we would write them."""
        found: dict[str, tuple[str, ...]] = {}
        for one in self.invoice.unusual:
            found[one.term] = (*found.get(one.term, ()), one.value)
        return found

    def text_of(self, number: Decimal, term: str) -> str:
        """Return how the file writes a number of this term."""
        if self.unusual:
            for text in self.unusual.get(term, ()):
                if Decimal(text) == number:
                    return text
        return format(number, "f")

    @cached_property
    def type_code(self) -> str:
        """BT-3, empty when absent."""
        return (self.invoice.type_code or "").strip(XML_SPACE)

    @cached_property
    def business_process(self) -> str:
        """BT-23, empty when absent."""
        control = self.invoice.process
        return ((control.business_process if control else None) or "").strip(XML_SPACE)

    @cached_property
    def specification(self) -> str:
        """BT-24, empty when absent."""
        control = self.invoice.process
        return ((control.specification if control else None) or "").strip(XML_SPACE)

    @cached_property
    def line_total(self) -> Decimal:
        """Sum of BT-131."""
        return total(line.net_amount for line in self.invoice.lines)

    @cached_property
    def allowance_total(self) -> Decimal:
        """Sum of BT-92."""
        return total(a.amount for a in self.invoice.allowances)

    @cached_property
    def charge_total(self) -> Decimal:
        """Sum of BT-99."""
        return total(c.amount for c in self.invoice.charges)

    @cached_property
    def logistics_total(self) -> Decimal:
        """Sum of BT-X-272."""
        return total(c.amount for c in self.invoice.logistics_charges)

    @cached_property
    def adjustments(self) -> Decimal:
        """Sum of BT-179, collected for others."""
        return total(c.amount for c in self.invoice.third_party_charges)

    @cached_property
    def vat_total(self) -> Decimal:
        """Sum of BT-117."""
        return total(v.tax_amount for v in self.invoice.vat_breakdown)

    @cached_property
    def breakdown(self) -> dict[str, tuple[VatBreakdown, ...]]:
        """BG-23 by category."""
        by_category: dict[str, list[VatBreakdown]] = {}
        for vat in self.invoice.vat_breakdown:
            by_category.setdefault(self.code(vat.category), []).append(vat)
        return {category: tuple(found) for category, found in by_category.items()}

    @cached_property
    def lines_by_category(self) -> dict[str, tuple[Line, ...]]:
        """Lines by BT-151."""
        by_category: dict[str, list[Line]] = {}
        for line in self.invoice.lines:
            category = self.code(line.vat.category if line.vat else None)
            by_category.setdefault(category, []).append(line)
        return {category: tuple(found) for category, found in by_category.items()}

    @cached_property
    def allowances_by_category(self) -> dict[str, tuple[AllowanceCharge, ...]]:
        """BG-20 by BT-95."""
        return self._by_category(self.invoice.allowances)

    @cached_property
    def charges_by_category(self) -> dict[str, tuple[AllowanceCharge, ...]]:
        """BG-21 by BT-102."""
        return self._by_category(self.invoice.charges)

    @cached_property
    def categories(self) -> frozenset[str]:
        """Every VAT category that occurs anywhere in the invoice, or in an odd file."""
        named = self.taxes.named.codes if self.is_odd_file else ()
        return frozenset(
            (
                *named,
                *self.breakdown,
                *self.lines_by_category,
                *self.allowances_by_category,
                *self.charges_by_category,
            )
        )

    def uses(self, category: str) -> bool:
        """Whether a line, an allowance or a charge is in this VAT category."""
        return (
            category in self.lines_by_category
            or category in self.allowances_by_category
            or category in self.charges_by_category
        )

    def share(self, category: str, rate: Decimal | None = None) -> VatShare:
        """Return the lines, allowances and charges of a category, at one rate when it is given."""
        key = (category, rate)
        if key not in self._shares:  # a hostile file has as many VAT groups as lines
            self._shares[key] = self._share(category, rate)
        return self._shares[key]

    def _share(self, category: str, rate: Decimal | None) -> VatShare:
        lines = self.lines_by_category.get(category, ())
        allowances = self.allowances_by_category.get(category, ())
        charges = self.charges_by_category.get(category, ())
        if rate is not None:
            lines = tuple(x for x in lines if x.vat is not None and x.vat.rate == rate)
            allowances = tuple(x for x in allowances if x.vat_rate == rate)
            charges = tuple(x for x in charges if x.vat_rate == rate)
        return VatShare(lines, allowances, charges)

    def notes(self, subject_code: str) -> tuple[str, ...]:
        """Return the texts (BT-22) of the notes with this subject code (BT-21)."""
        return tuple(
            note.text or ""
            for note in self.invoice.notes
            if (note.subject_code or "").strip() == subject_code
        )

    @cached_property
    def joined_notes(self) -> str:
        """All notes as the French rules read them in UBL: ``#PMT#text`` one after the other."""
        return "#".join(
            f"#{note.subject_code}#{note.text or ''}"
            if note.subject_code is not None
            else note.text or ""
            for note in self.invoice.notes
        )

    def coded_text(self, subject_code: str) -> str:
        """Return the text after the first ``#CODE#`` of :attr:`joined_notes`, up to the next #."""
        return self.joined_notes.partition(f"#{subject_code}#")[2].partition("#")[0]

    @cached_property
    def line_by_identifier(self) -> dict[str, Line]:
        """Lines by BT-126, to the letter; the first one wins."""
        known: dict[str, Line] = {}
        for line in self.invoice.lines:
            if line.identifier is not None:
                known.setdefault(line.identifier, line)
        return known

    @cached_property
    def line_numbers(self) -> frozenset[str]:
        """Every BT-126, blanks made single."""
        return frozenset(map(in_single_blanks, self.line_by_identifier))

    @cached_property
    def lines_under(self) -> dict[str, tuple[Line, ...]]:
        """Lines by the identifier of their parent (EXT-FR-FE-162)."""
        under: dict[str, list[Line]] = {}
        for line in self.invoice.lines:
            if line.parent is not None:
                under.setdefault(line.parent, []).append(line)
        return {parent: tuple(lines) for parent, lines in under.items()}

    def counts(self, line: Line) -> bool:
        """Whether a line adds up: it has no subtype, or DETAIL (EXTENDED-CTC-FR)."""
        if line.subtype is None:
            # UBL writes parent and subtype in one reference: where that is, the subtype is missed.
            if self.syntax != "UBL" or self.tree is None:
                return line.parent is None or self.syntax != "UBL"
            return line.parent is None and id(line) not in self._referring_here
        return line.subtype == "DETAIL"

    @cached_property
    def _referring_here(self) -> frozenset[int]:
        """The identities of the lines of a UBL file with a reference to the invoice itself."""
        assert self.tree is not None, "asked of files only"
        if next(self.tree.iter(f"{_CAC}BillingReference"), None) is None:
            return frozenset()
        number = self.tree.findtext(f"{_CBC}ID")
        lines = self.tree.iterchildren(f"{_CAC}InvoiceLine", f"{_CAC}CreditNoteLine")
        return frozenset(
            id(line)
            for line, element in zip(self.invoice.lines, lines, strict=False)
            if any(one.text == number for one in element.iterfind(_REFERENCE))
        )

    @cached_property
    def counted_lines(self) -> tuple[Line, ...]:
        """Lines that add up."""
        return tuple(line for line in self.invoice.lines if self.counts(line))

    @cached_property
    def counted_shares(self) -> dict[tuple[str, Decimal | None, Reason | None], VatShare]:
        """What adds up, by VAT category, rate and reason; reason None: all reasons together.

        Without a rate nothing is found, but for O, which has none: its rates are not told apart.
        """
        found: dict[tuple[str, Decimal | None, Reason | None], tuple[list[Any], ...]] = {}

        def keep(
            place: int, one: Any, category: str | None, rate: Decimal | None, why: Any
        ) -> None:
            code = self.code(category)
            if rate is None and code != "O":
                return
            for reason in (reason_of(*why), None):
                key = (code, None if code == "O" else rate, reason)
                found.setdefault(key, ([], [], [], []))[place].append(one)

        for line in self.counted_lines:
            if vat := line.vat:
                why = (vat.exemption_code, vat.exemption_reason)
                keep(0, line, vat.category, vat.rate, why)
        invoice = self.invoice
        one: Any  # three kinds of records that name their VAT alike
        for place, parts in enumerate(
            (invoice.allowances, invoice.charges, invoice.logistics_charges), start=1
        ):
            for one in parts:
                why = (one.vat_exemption_code, one.vat_exemption_reason)
                keep(place, one, one.vat_category, one.vat_rate, why)
        return {key: VatShare(*map(tuple, held)) for key, held in found.items()}

    @cached_property
    def amounts_under(self) -> dict[str, Decimal]:
        """Sum of the DETAIL and GROUP lines just under each line, by the identifier of that."""
        return {
            parent: total(one.net_amount for one in lines if one.subtype in {"DETAIL", "GROUP"})
            for parent, lines in self.lines_under.items()
        }

    @cached_property
    def amounts_missing_under(self) -> frozenset[str]:
        """Identifiers of the lines that have, just under them, a GROUP line without amount."""
        return frozenset(
            parent
            for parent, lines in self.lines_under.items()
            if any(one.subtype == "GROUP" and one.net_amount is None for one in lines)
        )

    @cached_property
    def is_self_billed(self) -> bool:
        """The buyer wrote the invoice."""
        return self.type_code in SELF_BILLED

    def _by_category(
        self, items: tuple[AllowanceCharge, ...]
    ) -> dict[str, tuple[AllowanceCharge, ...]]:
        by_category: dict[str, list[AllowanceCharge]] = {}
        for item in items:
            by_category.setdefault(self.code(item.vat_category), []).append(item)
        return {category: tuple(found) for category, found in by_category.items()}
