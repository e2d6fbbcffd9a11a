"""The quick way of asking says exactly what asking each rule of each record says, in that order."""

import dataclasses
from decimal import Decimal

import pytest

from facturier.findings import Severity
from facturier.invoice.terms import dictionary
from facturier.rules import en16931, examples, extended
from facturier.rules.book import Rulebook
from facturier.rules.facts import Facts
from facturier.rules.france import invoice as french
from facturier.rules.held import Held, place_of, scope_of
from facturier.rules.mutation import mutate
from facturier.rules.rule import Given, OfValue, either

BOOKS = (en16931.BOOK, extended.BOOK, french.BOOK)


def one_by_one(book, facts):
    """Ask each rule of each record, as a reader of the rules would."""
    scopes = {}
    for rule in book._of_syntax(facts.syntax):
        scopes.setdefault(rule.scope, []).append(rule)
    return [
        (rule.id, indexes)
        for group, rules in scopes.items()
        for record, indexes in scope_of(group).records(facts.invoice)
        for rule in rules
        if (not rule.category or rule.category in facts.categories)
        and not rule.holds(record, facts)
    ]


def quickly(book, facts):
    places = []
    found = book.check(facts, lambda _, indexes: places.append(indexes) or "/x")
    return [(one.rule, indexes) for one, indexes in zip(found, places, strict=True)]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.id)
@pytest.mark.parametrize("syntax", ["", "UBL", "CII"])
def test_each_broken_example_is_judged_as_one_by_one(book, syntax):
    broken = {(rule.example, rule.breaks) for rule in book.rules if rule.breaks}
    failures = 0
    for name, breaks in sorted(broken):
        invoice = mutate(examples.example(name), breaks)
        expected = one_by_one(book, Facts(invoice, syntax))
        assert quickly(book, Facts(invoice, syntax)) == expected, (name, breaks)
        failures += len(expected)
    assert failures > 100


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.id)
def test_lines_that_differ_are_each_judged(book):
    invoice = mutate(examples.example("standard"), 'BT-130 = "ZZZ"; BT-131 + 0.001; BT-153 =')
    line = invoice.lines[0]
    many = tuple(
        dataclasses.replace(line, identifier=str(n), net_amount=Decimal(n) / (1 if n % 3 else 8))
        for n in range(40)
    )
    good = examples.example("standard").lines[0]
    invoice = dataclasses.replace(invoice, lines=(good, *many, good, good))
    expected = one_by_one(book, Facts(invoice, "UBL"))
    assert {rule for rule, _ in expected}
    assert quickly(book, Facts(invoice, "UBL")) == expected


def test_a_rule_that_raises_is_told_and_hides_no_other():
    def raises(*_):
        raise ZeroDivisionError

    rules = [rule for rule in en16931.BOOK.rules if rule.id in ("BR-CL-23", "BR-21", "BR-CO-10")]
    broken = [dataclasses.replace(rule, holds=raises) for rule in rules[:1]]
    scope, place = place_of("BT-131")
    of_value = dataclasses.replace(
        rules[0], id="OF-VALUE", scope=scope, holds=OfValue(place, raises, None)
    )
    book = Rulebook(
        id="x",
        version="1",
        layer=en16931.BOOK.layer,
        rules=(*broken, of_value, *rules[1:]),
        valid_from=en16931.BOOK.valid_from,
    )
    invoice = mutate(examples.example("standard"), "BT-106 + 1")
    lines = len(invoice.lines)
    found = book.check(Facts(invoice, "UBL"))
    internal = [one.rule for one in found if one.severity is Severity.INTERNAL]
    assert internal.count(rules[0].id) == lines
    assert internal.count("OF-VALUE") == lines
    assert "BR-CO-10" in {one.rule for one in found if one.severity is not Severity.INTERNAL}


def test_equal_numbers_written_differently_are_both_looked_at():
    standard = examples.example("standard")
    line = standard.lines[0]
    lines = tuple(dataclasses.replace(line, net_amount=Decimal(n)) for n in ("1.00", "1.000"))
    held = Held(dataclasses.replace(standard, lines=lines))
    _, place = place_of("BT-131")
    assert sorted(map(str, held.values[place].present)) == ["1.00", "1.000"]


def test_values_are_those_that_reading_record_by_record_finds():
    terms = [term for term in dictionary()[0].values() if "seller" in term.path[:1]]
    for name in examples.names():
        invoice = examples.example(name)
        held = Held(invoice)
        for term in terms:
            group, place = place_of(term.id)
            records = [record for record, _ in scope_of(group).records(invoice)]
            assert list(held.records.get(scope_of(group), ())) == records
            read = [place.read(record) for record in records]
            values = held.values[place]
            assert set(values.present) == {one for one in read if one not in (None, ())}
            assert values.complete == all(one not in (None, ()) for one in read)


def test_a_question_of_other_documents_is_not_asked():
    asked = []

    def holds(record, _):
        asked.append(record)
        return False

    rule = dataclasses.replace(
        en16931.BOOK.rules[0], holds=Given(lambda facts: facts.syntax == "CII", holds)
    )
    book = dataclasses.replace(en16931.BOOK, rules=(rule,))
    assert book.check(Facts(examples.example("standard"), "UBL")) == []
    assert not asked
    assert len(book.check(Facts(examples.example("standard"), "CII"))) == 1


def test_the_same_exception_of_a_rule_is_one_predicate():
    assert either(len, repr) is either(len, repr)
