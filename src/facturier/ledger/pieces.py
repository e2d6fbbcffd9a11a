"""The invoice taken apart: one piece is one amount that a row of the posting table knows.

Here is decided *how much* and *about what*; which account is debited or credited is only in the
table of :mod:`facturier.ledger.posting`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.invoice.codes import MARGIN_REASONS
from facturier.invoice.money import cents
from facturier.ledger import charges, imputation
from facturier.ledger.books import Nature, Side, plain
from facturier.ledger.charges import Choice
from facturier.ledger.documents import DEPOSIT_TYPES, Origin, Situation, timing_of, why_now
from facturier.ledger.entries import ZERO, Confidence, Fiscal, Source, Timing
from facturier.ledger.figures import Figures, Key, Net, Part, Vat, apportion
from facturier.ledger.imputation import Subject

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice, Line
    from facturier.ledger.books import Books

REVERSE_CHARGED = frozenset({"AE", "K"})
"""Categories for which the buyer owes the VAT."""
HUNDRED = Decimal(100)


class What(StrEnum):
    """What an amount is, in the words of an accountant."""

    NET = "Hors taxe"
    VAT = "TVA"
    VAT_COST = "TVA non récupérable"
    SELF_VAT = "TVA autoliquidée"
    TOTAL = "TTC"
    ROUNDING = "Arrondi du net à payer"
    GAP = "Écart d'arrondi des lignes"
    RECALL_NET = "Acompte repris, hors taxe"
    RECALL_VAT = "Acompte repris, TVA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An amount to post, with all that a rule may ask about it."""

    what: What
    amount: Decimal
    """Signed, in euros, as on an invoice: a credit note swaps the sides later."""
    sources: tuple[Source, ...]
    fiscal: Fiscal
    choice: Choice | None = None
    """The account chosen from the words of the line, for net amounts."""
    deposit: bool = False
    asset: bool = False
    origin: Origin = Origin.FRANCE
    nature: Nature = Nature.GOODS
    deductible: bool = True
    reason: str = ""
    advice: str = ""
    base: Decimal | None = None
    """Taxable amount that an amount of VAT is for."""
    auxiliary: str = ""
    """Account of the third party that a rule of the dossier says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the net amount that goes to one account, under one VAT group."""

    choice: Choice
    key: Key
    amount: Decimal
    source: Source
    timing: Timing
    deposit: bool = False
    why_now: str = ""
    """Why its VAT is due at once, in French; empty when it is due on payment."""


NO_VAT = Fiscal(category="", rate=ZERO)

RRR_PURCHASE = {"60": "609", "61": "619", "62": "629"}
RRR_SALE = {"701": "7091", "704": "7094", "705": "7095", "706": "7096", "707": "7097",
            "708": "7098"}  # fmt: skip
"""Account of rebates for the account of what was bought or sold (PCG, accounts 609 and 709)."""


def rebate_account(account: str) -> str:
    """Return the account of rebates (RRR) that belongs to a charge or sales account."""
    if account.startswith("7"):
        return RRR_SALE.get(account[:3], "709")
    return RRR_PURCHASE.get(account[:2], account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissection:
    """Takes one invoice apart; all that the steps need to know in one place."""

    invoice: Invoice
    figures: Figures
    situation: Situation
    books: Books

    def pieces(self) -> tuple[Piece, ...]:
        """Return every piece: net amounts, VAT, rounding, recalled deposits, total."""
        shares = self.shares()
        asset = all(share.choice.is_asset for share in shares)
        auxiliary = next((one.choice.auxiliary for one in shares if one.choice.auxiliary), "")
        vat = tuple(self._vat(shares))
        return tuple(
            replace(piece, asset=piece.asset or asset, auxiliary=auxiliary)
            for piece in (
                *self._nets(shares),
                *vat,
                *self._differences(),
                *recall(self.figures, self.situation, vat),
                Piece(
                    what=What.TOTAL,
                    amount=self.figures.with_vat,
                    sources=(Source(term="BT-112", amount=self.figures.with_vat),),
                    fiscal=NO_VAT,
                ),
            )
        )

    # Net amounts

    def shares(self) -> list[Share]:
        """Divide the net amount between accounts: lines first, then allowances and charges."""
        shares: list[Share] = []
        for net in self.figures.nets:
            shares += self._share(net, shares)
        return shares

    def _share(self, net: Net, before: list[Share]) -> list[Share]:
        if net.part is Part.LINE:
            line = self.invoice.lines[net.index]
            return [self._one(net, self._choose(line, net), line)]
        if net.part is Part.BREAKDOWN:
            return [self._one(net, self._default(net))]
        return self._share_at_document(net, before)

    def _one(self, net: Net, choice: Choice, line: Line | None = None) -> Share:
        choice = self._ruled(choice, net, line)
        if self.situation.kind.rebate:
            choice = replace(choice, account=rebate_account(choice.account))
        timing = self._timing(choice.nature, line)
        now = timing is Timing.NOW
        return Share(
            choice=choice,
            key=net.key,
            amount=net.amount,
            source=Source(term=net.part, indexes=(net.index,), amount=net.amount),
            timing=timing,
            deposit=self.situation.kind.deposit or (line is not None and self._takes_back(line)),
            why_now=why_now(self.invoice, line, choice.nature, self.situation) if now else "",
        )

    def _ruled(self, usual: Choice, net: Net, line: Line | None) -> Choice:
        """Return the choice as the rules of the dossier change it."""
        side = self.situation.side
        party = self.invoice.seller if side is Side.PURCHASE else self.invoice.buyer
        if not self.books.rules or party is None:
            return usual
        item = line.item if line else None
        text = imputation.text_of(item) if line else plain(self._said_at_document(net))
        subject = Subject(
            party=party, text=text, codes=imputation.codes_of(item), category=net.key[0],
            rate=net.key[1], amount=abs((line.net_amount if line else None) or net.amount),
        )  # fmt: skip
        return imputation.applied(self.books.rules, side, subject, usual)

    def _said_at_document(self, net: Net) -> str:
        """Return the reason of an allowance or a charge of the document; empty for the rest."""
        groups = {Part.ALLOWANCE: self.invoice.allowances, Part.CHARGE: self.invoice.charges}
        return groups[net.part][net.index].reason or "" if net.part in groups else ""

    def _takes_back(self, line: Line) -> bool:
        """Tell whether a line of a final invoice takes a deposit back (negative, refers to it)."""
        if (line.net_amount or ZERO) >= 0:
            return False
        return any(
            earlier.type_code in DEPOSIT_TYPES
            or (earlier.type_code is None and self.situation.is_final)
            for earlier in line.preceding_invoices
        )

    def _timing(self, nature: Nature, line: Line | None) -> Timing:
        return timing_of(self.invoice, line, nature, self.situation, self.books)

    def _choose(self, line: Line, net: Net) -> Choice:
        if self.situation.side is Side.PURCHASE:
            return charges.choose_charge(self.invoice, line, self.books)
        return charges.choose_sale(self.invoice, line, net.key[0], self.books)

    def _default(self, net: Net) -> Choice:
        nature = charges.nature_of(self.invoice, None)
        if self.situation.side is Side.PURCHASE:
            return charges.default_charge(self.books, nature)
        return charges.default_sale(self.books, nature, net.key[0])

    def _share_at_document(self, net: Net, before: list[Share]) -> list[Share]:
        """Give an allowance or a charge of the document its own account, or spread it.

        Reductions on the invoice itself lower the price (PCG: purchases and sales are booked net
        of them), so they follow the lines of the same VAT; a cash discount is financial.
        """
        if own := self._own_account(net):
            return [self._one(net, own)]
        lines = [share for share in before if share.source.term == Part.LINE and not share.deposit]
        targets = [share for share in lines if share.key == net.key] or lines
        if not targets:
            return [self._one(net, self._default(net))]
        parts = apportion(net.amount, [abs(target.amount) for target in targets])
        return [
            replace(
                target,
                key=net.key,
                amount=part,
                source=Source(term=net.part, indexes=(net.index,), amount=part),
            )
            for target, part in zip(targets, parts, strict=True)
        ]

    def _own_account(self, net: Net) -> Choice | None:
        """Return the account of a cash discount or of carriage; None for a mere price change."""
        allowance = net.part is Part.ALLOWANCE
        item = (self.invoice.allowances if allowance else self.invoice.charges)[net.index]
        text = plain(item.reason or "")
        purchase = self.situation.side is Side.PURCHASE
        nature = charges.nature_of(self.invoice, None)
        if allowance:
            if "escompte" not in text:
                return None
            account, reason = ("765" if purchase else "665"), "Escompte déduit sur la facture."
            return _sure(account, nature, reason)
        if not purchase:
            return _sure("7085", nature, "Frais facturés en pied de facture.")
        found = charges.look_up(text)
        if found is None:
            return None
        reason = f"Le motif des frais contient « {found[1].removesuffix('*')} »."
        return _sure(found[0].account, nature, reason)

    def _nets(self, shares: list[Share]) -> Iterator[Piece]:
        for share in shares:
            yield Piece(
                what=What.NET,
                amount=share.amount,
                sources=(share.source,),
                fiscal=self._fiscal(share),
                choice=share.choice,
                deposit=share.deposit,
                asset=share.choice.is_asset,
                origin=self.situation.origin,
                deductible=self.situation.deductible,
                reason=share.choice.reason,
                advice=share.choice.advice,
            )

    def _fiscal(self, share: Share) -> Fiscal:
        """Tell the fiscal nature of a net amount; a margin scheme is taxed on what it leaves."""
        if share.key in self._on_margin():
            return NO_VAT
        return Fiscal(category=share.key[0], rate=share.key[1], timing=share.timing)

    def _on_margin(self) -> set[Key]:
        return {
            (group.category or "", group.rate or ZERO)
            for group in self.invoice.vat_breakdown
            if group.exemption_code in MARGIN_REASONS
        }

    # VAT

    def _vat(self, shares: list[Share]) -> Iterator[Piece]:
        purchase = self.situation.side is Side.PURCHASE
        lost = self.situation.foreign_vat or not self.situation.deductible
        for group in self.figures.vats:
            within = [share for share in shares if share.key == group.key]
            if purchase and group.key[0] in REVERSE_CHARGED:
                yield from self._self_vat(group, within)
            elif purchase and lost:
                yield from self._vat_cost(What.VAT_COST, group.tax, "BT-117", group, within)
            elif group.tax:
                yield from self._vat_by_timing(group, within)

    def _vat_by_timing(self, group: Vat, within: list[Share]) -> Iterator[Piece]:
        """Divide the VAT of one group: due now or when paid, on assets or not, by its right."""
        parts: dict[tuple[Timing, bool, Choice | None], Decimal] = {}
        for share in within:
            place = (share.timing, share.choice.is_asset, _limited(share.choice))
            parts[place] = parts.get(place, ZERO) + share.amount
        if not parts:
            nature = charges.nature_of(self.invoice, None)
            parts = {(self._timing(nature, None), False, None): group.base}
        amounts = apportion(group.tax, list(parts.values()))
        bases = apportion(group.base, list(parts.values()))
        for (timing, asset, limited), amount, base in zip(parts, amounts, bases, strict=True):
            piece = Piece(
                what=What.VAT,
                amount=amount,
                base=base,
                sources=(Source(term="BT-117", indexes=(group.index,), amount=amount),),
                fiscal=Fiscal(category=group.key[0], rate=group.key[1], timing=timing),
                asset=asset,
                reason=" ".join(
                    dict.fromkeys(share.why_now for share in within if share.timing is timing)
                ),
            )
            yield from self._by_right(piece, limited)

    def _by_right(self, piece: Piece, limited: Choice | None) -> Iterator[Piece]:
        """Yield VAT, or its deductible part and what is left, a cost of what was bought."""
        if limited is None:
            yield piece
            return
        kept, rest = _parted(piece, limited.deductible)
        yield kept
        yield replace(
            rest, what=What.VAT_COST if piece.what is What.VAT else piece.what, choice=limited,
            deductible=False, deposit=self.situation.kind.deposit, reason=limited.why_share,
            base=None if piece.what is What.VAT else rest.base,
        )  # fmt: skip

    def _vat_cost(
        self, what: What, tax: Decimal, term: str, group: Vat, within: list[Share]
    ) -> Iterator[Piece]:
        """Add VAT that cannot be deducted to the accounts of what was bought."""
        weights = [share.amount for share in within] or [group.base]
        for place, amount in enumerate(apportion(tax, weights)):
            share = within[place] if within else None
            choice = (
                share.choice
                if share
                else charges.default_charge(self.books, charges.nature_of(self.invoice, None))
            )
            yield Piece(
                what=what,
                amount=amount,
                sources=(Source(term=term, indexes=(group.index,), amount=amount),),
                fiscal=Fiscal(category=group.key[0], rate=group.key[1]),
                choice=choice,
                deposit=share.deposit if share else self.situation.kind.deposit,
                origin=self.situation.origin,
                nature=choice.nature,
                deductible=False,
                reason=choice.reason,
            )

    def _self_vat(self, group: Vat, within: list[Share]) -> Iterator[Piece]:
        """Compute the VAT that the buyer owes: the invoice has none, the dossier says the rate."""
        rate = self.books.reverse_charge_rate
        tax = cents(group.base * rate / HUNDRED)
        fiscal = Fiscal(category=group.key[0], rate=rate)
        advice = f"Taux de {rate.normalize():f} % réglé dans le dossier : la facture ne le dit pas."
        if not self.situation.deductible:
            for piece in self._vat_cost(What.SELF_VAT, tax, "BT-116", group, within):
                yield replace(piece, fiscal=fiscal, advice=advice)
            return
        parts: dict[tuple[Nature, Choice | None], Decimal] = {}
        for share in within:
            place = (share.choice.nature, _limited(share.choice))
            parts[place] = parts.get(place, ZERO) + share.amount
        parts = parts or {(charges.nature_of(self.invoice, None), None): group.base}
        amounts = apportion(tax, list(parts.values()))
        bases = apportion(group.base, list(parts.values()))
        for (nature, limited), amount, base in zip(parts, amounts, bases, strict=True):
            piece = Piece(
                what=What.SELF_VAT,
                amount=amount,
                base=base,
                sources=(Source(term="BT-116", indexes=(group.index,), amount=amount),),
                fiscal=fiscal,
                origin=self.situation.origin,
                nature=nature,
                advice=advice,
            )
            yield from self._by_right(piece, limited)

    # What is left

    def _differences(self) -> Iterator[Piece]:
        for what, term, amount in (
            (What.GAP, "BT-109", self.figures.gap),
            (What.ROUNDING, "BT-114", self.figures.rounding),
        ):
            yield Piece(
                what=what,
                amount=amount,
                sources=(Source(term=term, amount=amount),),
                fiscal=NO_VAT,
            )


def _limited(choice: Choice) -> Choice | None:
    """Return the choice when not all of its VAT may be deducted."""
    return choice if choice.deductible != HUNDRED else None


def _parted(piece: Piece, share: Decimal) -> tuple[Piece, Piece]:
    """Divide VAT into the part that `share`, in per cent, leaves deductible, and the rest."""
    amount = cents(piece.amount * share / HUNDRED)
    base = cents((piece.base or ZERO) * share / HUNDRED)
    source = piece.sources[0]

    def part(held: Decimal, taxable: Decimal) -> Piece:
        return replace(piece, amount=held, base=taxable, sources=(replace(source, amount=held),))

    return part(amount, base), part(piece.amount - amount, (piece.base or ZERO) - base)


def _sure(account: str, nature: Nature, reason: str) -> Choice:
    return Choice(account=account, nature=nature, confidence=Confidence.PROBABLE, reason=reason)


def recall(figures: Figures, situation: Situation, vat: tuple[Piece, ...]) -> Iterator[Piece]:
    """Take back the deposits that a final invoice (B4, S4, M4) deducts as paid (BT-113).

    The VAT inside BT-113 is known only when the whole invoice has one rate; otherwise nothing is
    taken back and the entry says so (:func:`cannot_recall`).
    """
    if not (situation.is_final and figures.paid) or cannot_recall(figures, situation, vat):
        return
    charged = [piece for piece in vat if piece.what is What.VAT and piece.amount]
    fiscal = charged[0].fiscal if charged else NO_VAT
    net = cents(figures.paid / (1 + fiscal.rate / HUNDRED))
    for what, amount in ((What.RECALL_NET, net), (What.RECALL_VAT, figures.paid - net)):
        yield Piece(
            what=what,
            amount=amount,
            sources=(Source(term="BT-113", amount=amount),),
            fiscal=fiscal,
            base=net if what is What.RECALL_VAT else None,
        )


def cannot_recall(figures: Figures, situation: Situation, vat: tuple[Piece, ...]) -> bool:
    """Tell whether a final invoice deducts deposits whose VAT cannot be told."""
    if not (situation.is_final and figures.paid):
        return False
    charged = {
        (piece.fiscal, piece.asset) for piece in vat if piece.what is What.VAT and piece.amount
    }
    lost = any(piece.what is What.VAT_COST and piece.amount for piece in vat)
    untaxed = any(not group.tax for group in figures.vats)
    return len(charged) > 1 or (bool(charged) and (untaxed or lost))
