"""Invoice → entry, for the situations of ``situations.txt``: written and computed by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ledger import invoices

from facturier.errors import Unpostable
from facturier.ledger import accounts
from facturier.ledger.books import Books, ExchangeRate, Nature, Side, VatRegime
from facturier.ledger.documents import situation_of
from facturier.ledger.figures import read_figures
from facturier.ledger.imputation import OwnRule
from facturier.ledger.pieces import Dissection
from facturier.ledger.posting import POSTING, propose, rule_for

TEXT = Path(__file__).with_name("situations.txt").read_text(encoding="utf-8")
TOTALS = {"paid": "paid_amount", "round": "rounding_amount", "euros": "vat_amount_accounting"}


@dataclass
class Situation:
    title: str
    head: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    lines: list = field(default_factory=list)
    allowances: list = field(default_factory=list)
    charges: list = field(default_factory=list)
    vats: list = field(default_factory=list)
    totals: object = None
    expected: list[str] = field(default_factory=list)
    refused: str = ""
    remarks: list[str] = field(default_factory=list)

    def invoice(self):
        more = {}
        if "currency" in self.options:
            more["vat_currency"] = "EUR"
        if "earlier" in self.options:
            more["preceding_invoices"] = invoices.earlier(*self.options["earlier"].split(":"))
        return invoices.invoice(
            lines=self.lines,
            vats=self.vats,
            totals=self.totals,
            type_code=self.head[1],
            process=self.head[2],
            country=self.options.get("from", "FR"),
            currency=self.options.get("currency", "EUR"),
            vat_point_date_code=self.options.get("bt8"),
            accounting_reference=self.options.get("ref"),
            allowances=tuple(self.allowances),
            charges=tuple(self.charges),
            **more,
        )

    def books(self):
        own, _, account = self.options.get("own", "").partition(":")
        supplier = self.options.get("supplier")
        return Books(
            vat_on_receipts="receipts" in self.options,
            vat_regime=VatRegime.FRANCHISE if "franchise" in self.options else VatRegime.NORMAL,
            rules=tuple(self.rules(own, account, supplier)),
            sales_by_category={(Nature.GOODS, "K"): self.options["k"]}
            if "k" in self.options
            else {},
        )

    def rules(self, own, account, supplier):
        said = self.options.get("rule", "").replace("~", " ").split(",")
        options = dict(one.split(":") for one in said if one)
        share = options.pop("share", None)
        if options or share:
            words = tuple(filter(None, options.pop("words", "").split("/")))
            yield OwnRule(
                side=Side(self.head[0]), words=words, share=Decimal(share) if share else None,
                **options,
            )  # fmt: skip
        if own:
            yield OwnRule(words=(own,), account=account)
        if supplier:
            yield OwnRule(party=invoices.SUPPLIER_SIREN, account=supplier)

    def rate(self):
        if "euros" not in self.options:
            return None
        return ExchangeRate(
            currency="USD",
            euros=Decimal(self.options["euros"]),
            on=invoices.DAY,
            source="BCE",
        )

    def propose(self):
        return propose(
            self.invoice(), side=Side(self.head[0]), books=self.books(), rate=self.rate()
        )


def options_of(words):
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def read_line(situation, text):
    word, _, rest = text.partition(" ")
    fields = [part.strip() for part in rest.split("|")]
    match word:
        case "purchase" | "sale":
            words = text.split()
            situation.head, situation.options = words[:3], options_of(words[3:])
        case "line":
            options = options_of(fields[3].split()) if len(fields) > 3 else {}
            situation.lines.append(
                invoices.line(fields[0], fields[1], *fields[2].split(), **options)
            )
        case "allowance" | "charge":
            item = invoices.at_document(fields[0], fields[1], *fields[2].split())
            getattr(situation, f"{word}s").append(item)
        case "vat":
            situation.vats.append(invoices.vat(*fields[0].split(), fields[1], fields[2]))
        case "total":
            words = rest.split()
            more = {TOTALS[name]: value for name, value in options_of(words[3:]).items()}
            situation.totals = invoices.totals(*words[:3], **more)
        case "D" | "C":
            situation.expected.append(text)
        case "refused":
            situation.refused = rest
        case "remark":
            situation.remarks.append(rest)
        case _:
            raise AssertionError(text)


def read():
    found = []
    for text in TEXT.splitlines():
        if text.startswith("#") or not text.strip():
            continue
        if text.startswith("== "):
            found.append(Situation(text[3:]))
        else:
            read_line(found[-1], text)
    return found


SITUATIONS = read()
POSTED = [situation for situation in SITUATIONS if not situation.refused]
REFUSED = [situation for situation in SITUATIONS if situation.refused]


def written(line):
    side, amount = ("D", line.debit) if line.debit else ("C", line.credit)
    return f"{side} {line.account} {amount:.2f} {line.where}"


@pytest.mark.parametrize("situation", POSTED, ids=lambda s: s.title)
def test_the_entry_is_the_one_written_by_hand(situation):
    entry = situation.propose()

    assert [written(line) for line in entry.lines] == situation.expected
    for words in situation.remarks:
        assert words in " ".join(entry.remarks)
    if not situation.remarks:
        assert [r for r in entry.remarks if "Converti" not in r] == []


@pytest.mark.parametrize("situation", REFUSED, ids=lambda s: s.title)
def test_what_cannot_be_posted_is_refused_with_a_reason(situation):
    with pytest.raises(Unpostable) as refusal:
        situation.propose()

    assert refusal.value.reason == situation.refused
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize("situation", POSTED, ids=lambda s: s.title)
def test_each_line_explains_itself(situation):
    rules = {rule.id for rule in POSTING}
    for line in situation.propose().lines:
        assert line.rule in rules
        assert line.reason
        assert accounts.exists(line.account)
        assert sum(source.amount for source in line.sources) == line.balance
        assert bool(line.auxiliary) == line.account.startswith(("401", "404", "411"))


def test_every_rule_of_the_table_is_used_by_a_situation():
    used = set()
    for situation in POSTED:
        books, invoice = situation.books(), situation.invoice()
        about = situation_of(invoice, Side(situation.head[0]), books)
        pieces = Dissection(
            invoice=invoice,
            figures=read_figures(invoice, situation.rate()),
            situation=about,
            books=books,
        ).pieces()
        used |= {rule_for(piece, about).id for piece in pieces if piece.amount}

    assert used == {rule.id for rule in POSTING}


def test_there_are_enough_situations_and_each_title_is_one():
    assert len(POSTED) >= 25
    assert len({situation.title for situation in SITUATIONS}) == len(SITUATIONS)
