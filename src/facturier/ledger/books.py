"""The settings of a dossier that posting depends on.

Nothing here is read from a database: who calls builds a :class:`Books` from what it keeps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.invoice.words import folded
from facturier.ledger import accounts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from facturier.invoice.model import Party
    from facturier.ledger.imputation import OwnRule

SIREN_SCHEME = "0002"
SIRET_SCHEME = "0009"
SIREN_LENGTH = 9
_TYPOGRAPHY = str.maketrans({"œ": "oe", "æ": "ae", "’": "'"})


class Side(StrEnum):
    """Which side of the invoice the dossier is on, whoever wrote the document."""

    PURCHASE = "purchase"
    SALE = "sale"


class Nature(StrEnum):
    """What is sold; it decides accounts and when VAT is due."""

    GOODS = "goods"
    SERVICES = "services"


class VatRegime(StrEnum):
    """Whether the dossier recovers VAT; the words are those of the server's dossier."""

    NORMAL = "normal"
    FRANCHISE = "franchise"
    """Franchise en base (CGI 293 B): no VAT on sales, none deducted."""


class Naming(StrEnum):
    """How the auxiliary account of an unknown third party is named."""

    SIREN = "siren"
    """Letter and SIREN, which never confuses two companies."""
    NAME = "name"
    """Letter and the first ten letters of the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """Euros for one unit of a currency, on a day, by a source."""

    currency: str
    euros: Decimal
    on: date
    source: str
    """Who says so: ``BCE``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """How a dossier keeps its books. Every field has the usual value."""

    purchases_journal: str = "HA"
    sales_journal: str = "VE"
    miscellaneous_journal: str = "OD"
    account_width: int = 6
    """Accounts are completed with zeros to this many digits."""
    vat_regime: VatRegime = VatRegime.NORMAL
    vat_on_receipts: bool = False
    """Sales of services: VAT is due when paid (no option for débits)."""
    reverse_charge_rate: Decimal = Decimal(20)
    """Rate, in per cent, that the buyer applies where the seller charged none."""
    goods_purchases: str = "607"
    services_purchases: str = "628"
    goods_sales: str = "707"
    services_sales: str = "706"
    sales_by_category: Mapping[tuple[Nature, str], str] = field(default_factory=dict)
    """Sub-account of sales for a nature and a VAT category: ``(GOODS, "K")`` → ``7072``."""
    naming: Naming = Naming.SIREN
    third_parties: Mapping[str, str] = field(default_factory=dict)
    """SIREN (or VAT number) → auxiliary account already used for it."""
    rules: tuple[OwnRule, ...] = ()
    """The rules of the dossier, in the order in which they are asked."""
    assets_from: Decimal = Decimal(500)
    """Unit price before VAT, in euros, above which equipment is an asset (BOI-BIC-CHG-20-30-10)."""

    def journal(self, side: Side) -> str:
        """Return the code of the journal of purchases or sales."""
        return self.purchases_journal if side is Side.PURCHASE else self.sales_journal

    def pad(self, account: str) -> str:
        """Complete an account number to the width of the dossier."""
        return accounts.pad(account, self.account_width)

    def sales_account(self, nature: Nature, category: str) -> str:
        """Return the account of sales for a nature and a VAT category."""
        default = self.goods_sales if nature is Nature.GOODS else self.services_sales
        return self.sales_by_category.get((nature, category), default)

    def purchases_account(self, nature: Nature) -> str:
        """Return the account of purchases of which nothing better is known."""
        return self.goods_purchases if nature is Nature.GOODS else self.services_purchases

    def auxiliary(self, side: Side, party: Party) -> str:
        """Return the auxiliary account of `party`: the known one, else one made of its identity."""
        for key in keys_of(party):
            if key in self.third_parties:
                return self.third_parties[key]
        letter = "F" if side is Side.PURCHASE else "C"
        siren = siren_of(party)
        if self.naming is Naming.SIREN and siren:
            return letter + siren
        name = _letters(party.name or "")
        return letter + (name[:10] or _letters(next(iter(keys_of(party)), "")) or "DIVERS")


def siren_of(party: Party) -> str:
    """Return the SIREN of a party (BT-30, BT-47, else from a SIRET); empty when it has none."""
    identifiers = [party.legal_identifier, *party.identifiers]
    for identifier in identifiers:
        if identifier and identifier.scheme in (SIREN_SCHEME, SIRET_SCHEME):
            return identifier.value[:SIREN_LENGTH]
    return ""


def keys_of(party: Party) -> tuple[str, ...]:
    """Return what a dossier may know a party by: SIREN, VAT number."""
    return tuple(key for key in (siren_of(party), party.vat_identifier or "") if key)


def country_of(party: Party | None) -> str:
    """Return the two letters of a party's country, from its VAT number or address; else ``""``."""
    if party is None:
        return ""
    if party.vat_identifier and party.vat_identifier[:2].isalpha():
        return party.vat_identifier[:2].upper()
    address = party.postal_address
    return (address.country_code or "").upper() if address else ""


def plain(text: str) -> str:
    """Return `text` in small letters without accents, to look words up."""
    return folded(text.casefold().translate(_TYPOGRAPHY))


def _letters(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", plain(text).upper())
