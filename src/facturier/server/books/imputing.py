"""The rules of imputation of a dossier: written, tried on past invoices, handed to the ledger.

Which rule an amount meets is decided by :mod:`facturier.ledger.imputation`. A dossier says when its
rules last changed (`imputations_at`), so that booking an invoice asks the database nothing about
them: a process keeps the rules of that instant.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from facturier import formats
from facturier.errors import FacturierError, RefusedByUs
from facturier.ledger import accounts, posting
from facturier.ledger.books import Side, keys_of
from facturier.ledger.imputation import OwnRule
from facturier.lifecycle import statuses
from facturier.server import ranked
from facturier.server.books.models import Entry, Imputation
from facturier.server.documents import sides, store
from facturier.server.firm.models import Dossier

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from facturier.invoice.model import Invoice
    from facturier.ledger import entries as ledger
    from facturier.ledger.books import Books
    from facturier.server.books.models import EntryLine
    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Person

LAST = 50
"""Past invoices on which rules are tried."""
LONGEST = 20
"""Characters of an account, general or auxiliary."""
ALL = Decimal(100)
DOSSIERS_KEPT = 512


def rules_of(dossier: int) -> QuerySet[Imputation]:
    """Return the rules in force of a dossier (its id), in the order in which they are asked."""
    return Imputation.objects.filter(dossier=dossier, retired_at=None).order_by("rank", "pk")


def own_rules(dossier: Dossier) -> tuple[OwnRule, ...]:
    """Return the rules of `dossier` as the ledger asks them; no query while they do not change."""
    changed = dossier.imputations_at
    try:
        return _own_rules(dossier.pk, changed) if changed else ()
    except LookupError:
        return ()


@functools.lru_cache(DOSSIERS_KEPT)
def _own_rules(dossier: int, changed: datetime) -> tuple[OwnRule, ...]:  # noqa: ARG001 - the key
    """Return the rules as they are since `changed`.

    Raises LookupError, which no cache keeps, when none is in sight.
    """
    found = tuple(own_of(one) for one in rules_of(dossier))
    if not found:
        raise LookupError(dossier)
    return found


def own_of(row: Imputation) -> OwnRule:
    """Return the ledger's rule that `row` keeps."""
    asked = row.asked

    def number(name: str) -> Decimal | None:
        return Decimal(asked[name]) if asked.get(name) else None

    return OwnRule(
        id=row.pk or 0, side=Side(row.side), party=asked.get("party", ""),
        words=tuple(asked.get("words", ())), code=asked.get("code", ""),
        category=asked.get("category", ""), rate=number("rate"), at_least=number("at_least"),
        below=number("below"), account=row.account, auxiliary=row.auxiliary, share=row.share,
        label=row.label,
    )  # fmt: skip


def drafted(dossier: Dossier, own: OwnRule, width: int, by: Person | None) -> Imputation:
    """Return the row, not yet kept, of a rule; its account is completed to `width` digits.

    Raises `RefusedByUs` with what is wrong in it.
    """
    if objection := _objection(own):
        raise RefusedByUs(objection, reason="imputation")
    padded = replace(own, account=accounts.pad(own.account, width) if own.account else "")
    numbers = {"rate": own.rate, "at_least": own.at_least, "below": own.below}
    asked: dict[str, Any] = {
        "party": own.party, "words": list(own.words), "code": own.code, "category": own.category,
        **{name: str(one) for name, one in numbers.items() if one is not None},
    }  # fmt: skip
    return Imputation(
        dossier=dossier, side=own.side.value, asked={k: v for k, v in asked.items() if v},
        account=padded.account, auxiliary=own.auxiliary, share=own.share, label=own.label,
        sentence=str(padded), created_by=by,
    )  # fmt: skip


def _objection(own: OwnRule) -> str:
    """Say what is wrong in a rule, in French; empty when nothing is."""
    account, share = own.account, own.share
    if not own.conditions:
        return "Une règle a une condition : un tiers, des mots, un code, un taux, un montant."
    if not own.effects:
        return "Dites ce que la règle donne : un compte, un tiers, une part de TVA ou un libellé."
    said = (
        (account and not (_is_number(account) and accounts.exists(account)),
         f"{account} n'est pas un compte du plan comptable général."),
        (account and accounts.is_collective(account),
         f"{account} est un compte de tiers : la règle dit le compte de la ligne."),
        (own.auxiliary and not _is_number(own.auxiliary),
         "Un compte de tiers s'écrit en lettres et chiffres, vingt au plus."),
        (share is not None and own.side is Side.SALE,
         "La part de TVA déductible ne vaut que pour les achats."),
        (share is not None and not 0 <= share <= ALL,
         "La part de TVA déductible va de 0 à 100 %."),
        (own.at_least is not None and own.below is not None and own.at_least >= own.below,
         "Aucun montant n'est à la fois d'au moins l'un et inférieur à l'autre."),
    )  # fmt: skip
    return next((objection for is_so, objection in said if is_so), "")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= LONGEST


def _changed(dossier: Dossier) -> None:
    """Note that the rules of `dossier` changed: what processes keep of them holds no more."""
    dossier.imputations_at = timezone.now() if rules_of(dossier.pk).exists() else None
    Dossier.objects.filter(pk=dossier.pk).update(imputations_at=dossier.imputations_at)


@transaction.atomic
def keep(row: Imputation, *, instead_of: Imputation | None = None) -> Imputation:
    """Keep a drafted rule: last, or in the place of another, which is retired."""
    kept = ranked.keep(row, rules_of(row.dossier_id), instead_of=instead_of)
    _changed(row.dossier)
    return kept


@transaction.atomic
def retire(row: Imputation) -> None:
    """Take a rule away; the lines that it imputed go on naming it."""
    ranked.retire(row, rules_of(row.dossier_id))
    _changed(row.dossier)


@transaction.atomic
def move(row: Imputation, by: int) -> None:
    """Ask a rule earlier (-1) or later (+1)."""
    ranked.move(row, rules_of(row.dossier_id), by)
    _changed(row.dossier)


# From a changed account


def party_of(line: EntryLine) -> str:
    """Return the third party that « toujours » is about: SIREN or VAT number, else its name.

    Empty where there is none: the line is the third party's own, or that of VAT, or the entry comes
    from no document.
    """
    document = line.entry.document
    if document is None or line.auxiliary or not line.account.startswith(("2", "6", "7")):
        return ""
    seller = sides.own_side(document) is statuses.Side.SELLER
    siren = document.buyer_siren if seller else document.seller_siren
    return siren or _foreign(document, seller=seller)


def _foreign(document: Document, *, seller: bool) -> str:
    """Return the VAT number of a third party without SIREN, else its name."""
    try:
        invoice = formats.read(store.get(document.sha256)).invoice
    except (FacturierError, store.MissingBytes):
        return document.buyer_name if seller else document.seller_name
    party = invoice.buyer if seller else invoice.seller
    return next(iter(keys_of(party)), party.name or "") if party else ""


def always(line: EntryLine, account: str, width: int, by: Person) -> Imputation:
    """Keep the rule that this third party is always imputed to `account`.

    One that already spoke of this third party alone is replaced. Raises `RefusedByUs`.
    """
    document = line.entry.document
    party = party_of(line)
    if document is None or not party:
        raise RefusedByUs("Cette ligne ne vient d'aucun tiers.", reason="imputation")
    side = Side.SALE if sides.own_side(document) is statuses.Side.SELLER else Side.PURCHASE
    own = OwnRule(side=side, party=party, account=account)
    dossier = line.entry.dossier
    old = None
    for row in rules_of(dossier.pk):
        said = own_of(row)
        if said.is_about_party_alone and (said.side, said.party) == (side, party):
            old = row
    if old is not None:
        own = replace(own_of(old), account=account)
    return keep(drafted(dossier, own, width, by), instead_of=old)


# Trying


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A past invoice that would be booked otherwise."""

    document: Document
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What other rules would make of the last invoices."""

    looked_at: int
    changed: tuple[Change, ...]
    unread: int


def tried(dossier: Dossier, books: Books, rules: Iterable[OwnRule]) -> Tried:
    """Return what the last invoices would become with `rules` instead of those of `books`.

    Nothing is kept; entries that stand stay as they are.
    """
    other = replace(books, rules=tuple(rules))
    booked = dossier.documents.filter(entries__reverses=None).exclude(
        entries__state=Entry.State.WITHDRAWN
    )
    changes, looked_at, unread = [], 0, 0
    for document in booked.exclude(entries=None).order_by("-pk")[:LAST]:
        try:
            invoice = formats.read(store.get(document.sha256)).invoice
            before, after = (_entry(document, invoice, one) for one in (books, other))
        except (FacturierError, store.MissingBytes):
            unread += 1
            continue
        looked_at += 1
        if before.lines != after.lines:
            kept = {_shown(one) for one in before.lines} & {_shown(one) for one in after.lines}
            first, then = (
                tuple(said for one in entry.lines if (said := _shown(one)) not in kept)
                for entry in (before, after)
            )
            changes += [Change(document=document, before=first, after=then)] if then else []
    return Tried(looked_at=looked_at, changed=tuple(changes), unread=unread)


def _entry(document: Document, invoice: Invoice, books: Books) -> ledger.Entry:
    seller = sides.own_side(document) is statuses.Side.SELLER
    side = Side.SALE if seller else Side.PURCHASE
    return posting.propose(invoice, side=side, books=books)


def _shown(line: ledger.Line) -> str:
    """Return a line in short: account, third party, side, amount, label."""
    where = " ".join(filter(None, (line.account, line.auxiliary)))
    amount = f"{line.debit or line.credit:.2f}".replace(".", ",")
    return f"{where} {'débit' if line.debit else 'crédit'} {amount} · {line.label}"
