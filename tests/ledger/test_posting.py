"""What the table of situations does not show: refusals about identity, and the properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger import invoices

from facturier.errors import Unpostable
from facturier.findings import Severity
from facturier.invoice.model import LineVat, Party, ProcessControl
from facturier.invoice.money import cents
from facturier.ledger.books import Books, ExchangeRate, Side, VatRegime
from facturier.ledger.documents import KINDS, Origin, origin_of
from facturier.ledger.entries import Confidence
from facturier.ledger.figures import apportion
from facturier.ledger.pieces import rebate_account
from facturier.ledger.posting import POSTING, propose, refusal

ZERO = Decimal(0)
PLAIN = invoices.invoice(
    lines=[invoices.line("Marchandises", "100.00")],
    vats=[invoices.vat("S", "20", "100.00", "20.00")],
    totals=invoices.totals("100.00", "20.00", "120.00"),
)


def purchase(invoice, **more):
    return propose(invoice, side=Side.PURCHASE, books=Books(), **more)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"number": None}, "missing-identity"),
        ({"issue_date": None}, "missing-identity"),
        ({"seller": None}, "missing-party"),
        ({"type_code": None}, "document-type"),
        ({"totals": None}, "missing-total"),
        ({"currency": None}, "no-exchange-rate"),
        ({"lines": (replace(PLAIN.lines[0], vat=None),)}, "vat-category"),
        ({"lines": (replace(PLAIN.lines[0], vat=LineVat()),)}, "vat-category"),
    ],
)
def test_what_is_missing_is_named(change, reason):
    with pytest.raises(Unpostable) as error:
        purchase(replace(PLAIN, **change))

    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("9" * 40, "amount-too-big"),
        ("1" + "0" * 16, "amount-too-big"),
        ("1.001", "fractions-of-cent"),
    ],
)
def test_an_amount_that_no_ledger_carries_is_refused(amount, reason):
    totals = replace(PLAIN.totals, with_vat=Decimal(amount))
    with pytest.raises(Unpostable) as error:
        purchase(replace(PLAIN, totals=totals))

    assert error.value.reason == reason
    assert "." not in error.value.message.removesuffix("."), "amounts are written with a comma"


@pytest.mark.parametrize("term", ["without_vat", "with_vat"])
def test_totals_are_never_computed_for_the_invoice(term):
    with pytest.raises(Unpostable) as error:
        purchase(replace(PLAIN, totals=replace(PLAIN.totals, **{term: None})))

    assert error.value.reason == "missing-total"


def test_a_refusal_reads_as_a_finding_that_leaves_the_document_valid():
    with pytest.raises(Unpostable) as error:
        purchase(replace(PLAIN, totals=None))
    finding = refusal(error.value)

    assert finding.rule == "COMPTA-MISSING-TOTAL"
    assert finding.severity is Severity.ADVICE
    assert finding.remedy
    with pytest.raises(Unpostable) as error:
        purchase(replace(PLAIN, currency="USD"))
    assert refusal(error.value).remedy == error.value.remedy


def test_the_head_of_the_entry():
    entry = purchase(PLAIN, on=date(2026, 12, 1))

    assert (entry.journal, entry.date, entry.document) == ("HA", date(2026, 12, 1), "F-42")
    assert entry.document_date == invoices.DAY
    assert entry.label == "Facture F-42 Moulin du Gué SARL"
    assert purchase(PLAIN).date == invoices.DAY
    assert purchase(replace(PLAIN, seller=Party())).label == "Facture F-42"


def test_the_third_party_carries_its_auxiliary_account():
    supplier = purchase(PLAIN).lines[-1]
    customer = propose(PLAIN, side=Side.SALE, books=Books()).lines[0]

    assert (supplier.auxiliary, supplier.auxiliary_label) == ("F100000009", "Moulin du Gué SARL")
    assert (customer.auxiliary, customer.auxiliary_label) == ("C200000008", "Boulangerie Élan")


def test_the_least_sure_line_gives_the_confidence_of_the_account():
    mixed = invoices.invoice(
        lines=[invoices.line("Marchandise", "50.00"), invoices.line("X27", "50.00")],
        vats=PLAIN.vat_breakdown,
        totals=PLAIN.totals,
    )
    charge = purchase(mixed).lines[0]

    assert charge.confidence is Confidence.DEFAULT
    assert "marchandise" in charge.reason
    assert "par défaut" in charge.reason
    assert charge.advice == "Vérifier le compte de charge."


def test_fiscal_nature_stands_on_vat_and_on_sales():
    sale = propose(PLAIN, side=Side.SALE, books=Books())

    assert [str(line.fiscal or "") for line in sale.lines] == [
        "",
        "S 20 % exigible",
        "S 20 % exigible",
    ]
    assert [str(line.fiscal or "") for line in purchase(PLAIN).lines] == ["", "S 20 % exigible", ""]


def test_a_seller_represented_in_france_charges_french_vat():
    german = replace(
        PLAIN, seller=invoices.party("Müller", "DE"), tax_representative=invoices.party("R", "FR")
    )
    stranger = replace(german, tax_representative=invoices.party("R", "BE"))

    assert [line.account for line in purchase(german).lines] == ["607000", "445660", "401000"]
    assert [line.account for line in purchase(stranger).lines] == ["607000", "607000", "401000"]


def test_a_mixed_final_invoice_with_an_exempt_line_recalls_nothing():
    mixed = invoices.invoice(
        process="B4",
        lines=[
            invoices.line("Marchandises", "100.00"),
            invoices.line("Timbres fiscaux", "10.00", "E", "0"),
        ],
        vats=[invoices.vat("S", "20", "100.00", "20.00"), invoices.vat("E", "0", "10.00", "0")],
        totals=invoices.totals("110.00", "20.00", "130.00", paid_amount="12.00"),
    )
    entry = purchase(mixed)

    assert entry.lines[-1].credit == Decimal("130.00")
    assert "à la main" in entry.remarks[0]


def test_a_vat_group_without_lines_is_still_posted():
    odd = invoices.invoice(
        process="S1",
        lines=[invoices.line("Marchandises", "100.00", "Z", "0")],
        vats=[invoices.vat("S", "20", "100.00", "20.00")],
        totals=PLAIN.totals,
    )

    assert [line.account for line in purchase(odd).lines] == ["607000", "445640", "401000"]
    lost = propose(odd, side=Side.PURCHASE, books=Books(vat_regime=VatRegime.FRANCHISE))
    assert [(line.account, line.debit) for line in lost.lines[:-1]] == [
        ("607000", 100),
        ("628000", 20),
    ]


def test_an_allowance_of_a_vat_group_without_lines_follows_all_lines():
    odd = invoices.invoice(
        lines=[invoices.line("Marchandises", "110.00", "S", "20")],
        allowances=(invoices.at_document("Remise", "10.00", "S", "10"),),
        vats=[
            invoices.vat("S", "20", "110.00", "22.00"),
            invoices.vat("S", "10", "-10.00", "-1.00"),
        ],
        totals=invoices.totals("100.00", "21.00", "121.00"),
    )

    assert [(line.account, line.balance) for line in purchase(odd).lines] == [
        ("607000", 100),
        ("445660", 22),
        ("445660", -1),
        ("401000", -121),
    ]


def test_an_allowance_on_a_deposit_stays_with_the_deposit():
    deposit = invoices.invoice(
        type_code="386",
        lines=[invoices.line("Acompte", "110.00")],
        allowances=(invoices.at_document("Remise", "10.00"),),
        vats=PLAIN.vat_breakdown,
        totals=PLAIN.totals,
    )

    assert [(line.account, line.balance) for line in purchase(deposit).lines] == [
        ("409100", 100),
        ("445640", 20),
        ("401000", -120),
    ]


@pytest.mark.parametrize(
    ("account", "rebate"),
    [("607", "609"), ("6135", "619"), ("6226", "629"), ("2183", "2183"), ("706", "7096"),
     ("703", "709"), ("7085", "7098")],
)  # fmt: skip
def test_rebates_have_their_own_accounts(account, rebate):
    assert rebate_account(account) == rebate


@pytest.mark.parametrize(
    ("country", "origin"),
    [("", Origin.FRANCE), ("MC", Origin.FRANCE), ("RE", Origin.FRANCE), ("DE", Origin.UNION),
     ("EL", Origin.UNION), ("XI", Origin.UNION), ("GB", Origin.ELSEWHERE),
     ("GF", Origin.ELSEWHERE)],
)  # fmt: skip
def test_where_a_seller_stands_for_vat(country, origin):
    assert origin_of(country) is origin


def test_rules_have_one_id_each_and_at_least_one_account():
    assert len({rule.id for rule in POSTING}) == len(POSTING)
    for rule in POSTING:
        assert rule.debit or rule.credit
        assert rule.why.endswith(".")
        assert rule.id.startswith("A-" if rule.side is Side.PURCHASE else "V-")


# Properties

MONEY = st.integers(-500_000, 500_000).map(lambda n: Decimal(n) / 100)
RATES = st.sampled_from(["20", "10", "5.5", "2.1", "8.5"])
KEYS = st.one_of(
    RATES.map(lambda rate: ("S", rate)),
    st.sampled_from([(category, "0") for category in ("E", "AE", "K", "G", "O", "Z")]),
)
TEXTS = st.sampled_from(
    ["Loyer", "Gazole", "Ordinateur", "X27", "Débours", "Frais de port", "Toner", "Pose"]
)


@st.composite
def consistent_invoices(draw):
    """An invoice of any type, cadre and mixture of VAT whose totals add up."""
    drawn = [
        invoices.line(draw(TEXTS), str(draw(MONEY)), *draw(KEYS), unit=draw(st.sampled_from(
            ["C62", "HUR"]
        )), **({"back": "386"} if draw(st.booleans()) else {}))
        for _ in range(draw(st.integers(0, 5)))
    ]  # fmt: skip
    keys = [(line.vat.category, str(line.vat.rate)) for line in drawn] or [draw(KEYS)]
    texts = st.sampled_from(["Remise", "Escompte", "Frais de port", "Divers"])

    def items():
        return [
            invoices.at_document(draw(texts), str(abs(draw(MONEY))), *draw(st.sampled_from(keys)))
            for _ in range(draw(st.integers(0, 2)) if drawn else 0)
        ]

    allowances, charges = items(), items()
    bases = dict.fromkeys(keys, ZERO)
    for line in drawn:
        bases[line.vat.category, str(line.vat.rate)] += line.net_amount
    for sign, several in ((-1, allowances), (1, charges)):
        for item in several:
            bases[item.vat_category, str(item.vat_rate)] += sign * item.amount
    if not drawn:
        bases[keys[0]] = draw(MONEY)
    taxes = {key: cents(base * Decimal(key[1]) / 100) for key, base in bases.items()}
    without, tax = sum(bases.values(), ZERO), sum(taxes.values(), ZERO)
    return invoices.invoice(
        lines=drawn,
        allowances=tuple(allowances),
        charges=tuple(charges),
        vats=[invoices.vat(*key, str(base), str(taxes[key])) for key, base in bases.items()],
        totals=invoices.totals(
            str(without), str(tax), str(without + tax),
            paid_amount=str(abs(draw(MONEY))), rounding_amount=str(draw(MONEY)),
        ),
        type_code=draw(st.sampled_from(sorted(KINDS))),
        process=draw(st.sampled_from(["B1", "S1", "M1", "S2", "M4", "B4", "S5", "S6", ""])),
        country=draw(st.sampled_from(["FR", "DE", "US"])),
        vat_point_date_code=draw(st.sampled_from([None, "5", "432", "35"])),
    )  # fmt: skip


BOOKS = st.builds(
    Books,
    vat_on_receipts=st.booleans(),
    vat_regime=st.sampled_from(VatRegime),
    account_width=st.integers(3, 9),
)


@settings(max_examples=300, deadline=None)
@given(invoice=consistent_invoices(), side=st.sampled_from(Side), books=BOOKS)
def test_any_consistent_invoice_gives_a_balanced_entry_that_explains_itself(invoice, side, books):
    try:
        entry = propose(invoice, side=side, books=books)
    except Unpostable as error:
        if error.reason != "nothing-to-post":
            raise
        return

    assert sum(line.debit for line in entry.lines) == sum(line.credit for line in entry.lines)
    for line in entry.lines:
        assert sum(source.amount for source in line.sources) == line.balance
        assert line.reason
    third_party = sum(abs(line.balance) for line in entry.lines if line.auxiliary)
    totals = invoice.totals
    owed = totals.with_vat + totals.rounding_amount
    assert third_party in {abs(owed), abs(owed - totals.paid_amount)}


@settings(max_examples=100, deadline=None)
@given(invoice=consistent_invoices(), euros=st.integers(50, 200).map(lambda n: Decimal(n) / 100))
def test_an_invoice_in_another_currency_balances_in_euros(invoice, euros):
    tax = cents(invoice.totals.vat_amount * euros)
    foreign = replace(
        invoice,
        currency="USD",
        vat_currency="EUR",
        totals=replace(invoice.totals, vat_amount_accounting=tax),
    )
    rate = ExchangeRate(currency="USD", euros=euros, on=invoices.DAY, source="BCE")
    try:
        entry = propose(foreign, side=Side.PURCHASE, books=Books(), rate=rate)
    except Unpostable as error:
        if error.reason != "nothing-to-post":
            raise
        return

    assert sum(line.balance for line in entry.lines) == 0


@given(
    total=MONEY,
    weights=st.lists(st.integers(0, 10_000).map(lambda n: Decimal(n) / 100), min_size=1),
)
def test_shares_add_up_to_the_total_and_stay_near_their_part(total, weights):
    shares = apportion(total, weights)

    assert sum(shares) == total
    assert all(share == cents(share) for share in shares)
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        if whole:
            assert abs(share - total * weight / whole) <= Decimal("0.01") * len(weights)


@pytest.mark.parametrize(
    ("process", "code", "why"),
    [
        ("B1", None, "Biens : exigible à la livraison (CGI 269-2 a)."),
        ("B2", None, "Facture déjà payée à son émission (CGI 269-2)."),
        ("S1", "5", "Option pour les débits, portée sur la facture (BT-8, CGI 269-2 c)."),
        ("S1", "35", "Exigible à la livraison, selon la facture (BT-8)."),
        ("S1", None, "Services : option du dossier pour les débits (CGI 269-2 c)."),
    ],
)
def test_vat_collected_at_once_says_its_own_reason_only(process, code, why):
    framed = replace(
        PLAIN,
        process=replace(PLAIN.process or ProcessControl(), business_process=process),
        vat_point_date_code=code,
    )
    entry = propose(framed, side=Side.SALE, books=Books())

    assert [line.reason for line in entry.lines if line.account == "445710"] == [why]


@pytest.mark.parametrize(
    ("process", "category", "words"),
    [("B1", "K", "262 ter I"), ("B1", "G", "262 I)"), ("S1", "AE", "l'acheteur doit la TVA")],
)
def test_a_sale_without_vat_says_what_follows(process, category, words):
    untaxed = replace(
        PLAIN,
        process=ProcessControl(business_process=process),
        lines=[invoices.line("Vente", "100.00", category, "0")],
        vat_breakdown=[invoices.vat(category, "0", "100.00", "0.00")],
        totals=invoices.totals("100.00", "0.00", "100.00"),
    )
    sold = propose(untaxed, side=Side.SALE, books=Books())

    assert [words in line.advice for line in sold.lines] == [False, True]
