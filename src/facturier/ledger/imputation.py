"""The rules of a dossier: whose line, which words, which amount → account, third party, VAT, label.

They come before everything else that chooses an account. The first rule met decides; what it does
not say stays as it would be without it. Nothing is looked up: :class:`~.books.Books` carries the
rules in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.ledger.books import Side, keys_of, plain, siren_of
from facturier.ledger.charges import says
from facturier.ledger.entries import Confidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facturier.invoice.model import Item, Party
    from facturier.ledger.charges import Choice

PARTY = {Side.PURCHASE: "le fournisseur", Side.SALE: "le client"}
SIREN, VAT_NUMBER, NAME = 0, 1, 2
TERMS = {Side.PURCHASE: ("BT-30", "BT-31", "BT-27"), Side.SALE: ("BT-47", "BT-48", "BT-44")}
"""Where the invoice names the third party: by SIREN, VAT number, name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a rule may ask of one amount of an invoice."""

    party: Party
    text: str = ""
    """Name and description of the item (BT-153, BT-154), or the reason of a charge, folded."""
    codes: tuple[str, ...] = ()
    """Classifications of the item (BT-158)."""
    category: str = ""
    rate: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    """Before VAT, in the currency of the invoice, without its sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRule:
    """If all that it asks is so, then what it says. A condition left empty is not asked."""

    id: int = 0
    side: Side = Side.PURCHASE
    party: str = ""
    """SIREN, VAT number, or words that all stand in the name."""
    words: tuple[str, ...] = ()
    """One of them stands in what the line says; a final ``*`` stands for any ending."""
    code: str = ""
    """Beginning of a classification of the item."""
    category: str = ""
    rate: Decimal | None = None
    at_least: Decimal | None = None
    below: Decimal | None = None
    account: str = ""
    auxiliary: str = ""
    share: Decimal | None = None
    """Part of the VAT that may be deducted, in per cent; purchases only."""
    label: str = ""

    def met(self, subject: Subject) -> tuple[str, ...] | None:
        """Return what met each condition, in French with its term; None when one is not met."""
        told = []
        for wanted, found in self._asked(subject):
            if wanted and not found:
                return None
            told += [found] if wanted else []
        return tuple(told)

    def _asked(self, subject: Subject) -> Iterator[tuple[bool, str]]:
        """Yield, for each condition, whether it is asked and what meets it."""
        yield bool(self.party), self._party(subject.party) if self.party else ""
        yield bool(self.words), self._word(subject.text)
        code = next((one for one in subject.codes if one.startswith(self.code)), "")
        yield bool(self.code), f"code article {code} (BT-158)" if code else ""
        same = self.category == subject.category
        yield bool(self.category), f"catégorie {subject.category} (BT-151)" if same else ""
        same = self.rate == subject.rate
        yield self.rate is not None, f"taux {written(subject.rate)} % (BT-152)" if same else ""
        within = (self.at_least is None or subject.amount >= self.at_least) and (
            self.below is None or subject.amount < self.below
        )
        asked = self.at_least is not None or self.below is not None
        yield asked, f"montant {written(subject.amount)} (BT-131)" if within else ""

    def _party(self, party: Party) -> str:
        terms = TERMS[self.side]
        number = "".join(self.party.split()).upper()
        if number == siren_of(party):
            return f"SIREN {number} ({terms[SIREN]})"
        if number in keys_of(party):
            return f"numéro de TVA {number} ({terms[VAT_NUMBER]})"
        name = plain(party.name or "")
        if all(says(name, word) for word in plain(self.party).split()):
            return f"nom « {party.name} » ({terms[NAME]})"
        return ""

    def _word(self, text: str) -> str:
        found = next((one for one in self.words if says(text, plain(one))), "")
        return f"« {found.removesuffix('*')} » dans le libellé (BT-153, BT-154)" if found else ""

    @property
    def is_about_party_alone(self) -> bool:
        """Whether it holds for all that comes from, or goes to, one third party."""
        others = (self.words, self.code, self.category, self.rate, self.at_least, self.below)
        return bool(self.party) and not any(one not in ((), "", None) for one in others)

    @property
    def conditions(self) -> tuple[str, ...]:
        """What it asks, in French."""
        words = " ou ".join(f"« {one} »" for one in self.words)
        said = (
            (self.party, f"{PARTY[self.side]} est {self.party}"),
            (words, f"le libellé contient {words}"),
            (self.code, f"le code de l'article commence par {self.code}"),
            (self.category, f"la catégorie de TVA est {self.category}"),
            (self.rate is not None, f"le taux est {written(self.rate)} %"),
            (self.at_least is not None, f"le montant HT est d'au moins {written(self.at_least)}"),
            (self.below is not None, f"le montant HT est inférieur à {written(self.below)}"),
        )
        return tuple(text for asked, text in said if asked)

    @property
    def effects(self) -> tuple[str, ...]:
        """What it says, in French."""
        said = (
            (self.account, f"compte {self.account}"),
            (self.auxiliary, f"tiers {self.auxiliary}"),
            (self.share is not None, f"TVA déductible à {written(self.share)} %"),
            (self.label, f"libellé « {self.label} »"),
        )
        return tuple(text for asked, text in said if asked)

    def __str__(self) -> str:
        what = "achat" if self.side is Side.PURCHASE else "vente"
        return f"{what} : si {' et '.join(self.conditions)}, alors {', '.join(self.effects)}."


def written(number: Decimal | None) -> str:
    """Return a number as French writes it, without needless zeros; empty for none."""
    text = "" if number is None else f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def by_words(accounts: Mapping[str, str], side: Side = Side.PURCHASE) -> tuple[OwnRule, ...]:
    """Return the rules that send a word of a line to an account, one for each pair."""
    return tuple(
        OwnRule(side=side, words=(word,), account=account) for word, account in accounts.items()
    )


def text_of(item: Item | None) -> str:
    """Return what an item says about itself (BT-153, BT-154), folded."""
    return plain(f"{item.name or ''} {item.description or ''}") if item else ""


def codes_of(item: Item | None) -> tuple[str, ...]:
    """Return the classifications of an item (BT-158)."""
    return tuple(one.value for one in item.classifications) if item else ()


def applied(rules: Sequence[OwnRule], side: Side, subject: Subject, usual: Choice) -> Choice:
    """Return `usual` as the first rule that `subject` meets changes it; else as it is."""
    for rule in rules:
        told = rule.met(subject) if rule.side is side else None
        if told is not None:
            return _changed(usual, rule, told)
    return usual


def _changed(usual: Choice, rule: OwnRule, told: tuple[str, ...]) -> Choice:
    why = f"Règle du dossier : {', '.join(told)}."
    changed = replace(
        usual, auxiliary=rule.auxiliary, label=rule.label, rule=rule.id,
        reason=why if rule.account else f"{usual.reason} {why}",
    )  # fmt: skip
    if rule.account:
        advice = usual.advice if usual.why_share else ""
        changed = replace(
            changed, account=rule.account, confidence=Confidence.CERTAIN, advice=advice
        )
    if rule.share is not None:
        share = f"TVA déductible à {written(rule.share)} %."
        changed = replace(changed, deductible=rule.share, why_share=f"{why} {share}", advice="")
    return changed
