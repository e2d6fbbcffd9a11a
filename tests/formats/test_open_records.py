"""Readers fill open twins of records, which nobody else sees; quick codecs agree with the slow."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from tests import strategies

from facturier.formats import codecs, read, write
from facturier.invoice.model import Attachment, Identifier, Invoice
from facturier.invoice.terms import dictionary, opened

RECORDS = sorted(
    {Invoice, *(group.record for group in dictionary()[1].values())}, key=lambda one: one.__name__
)


@pytest.mark.parametrize("record", RECORDS)
def test_a_closed_twin_is_the_record(record: type) -> None:
    twin: Any = opened(record)()
    assert type(twin) is not record
    twin.__class__ = twin.closed
    assert type(twin) is record
    assert twin == record()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(twin, dataclasses.fields(record)[0].name, "other")


@pytest.mark.parametrize("value", [Identifier("1", "0002"), Attachment(b"x", "text/plain", "a")])
def test_compound_values_have_twins_too(value: Any) -> None:
    twin: Any = opened(type(value))()
    for field in dataclasses.fields(value):
        assert getattr(twin, field.name) is None
        setattr(twin, field.name, getattr(value, field.name))
    twin.__class__ = twin.closed
    assert twin == value


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
def test_nothing_open_leaves_the_reader(syntax: Any) -> None:
    seen: set[type] = set()

    def visit(held: Any) -> None:
        if isinstance(held, tuple):
            for one in held:
                visit(one)
        elif dataclasses.is_dataclass(held):
            seen.add(type(held))
            for field in dataclasses.fields(held):
                visit(getattr(held, field.name))
        else:
            assert not isinstance(held, list)
            assert not hasattr(held, "closed")

    visit(read(write(strategies.full_invoice(), syntax).xml).invoice)
    assert {Invoice, Identifier, Attachment} < seen
    assert all(not hasattr(kind, "closed") for kind in seen)


def test_text_after_a_stranger_and_below_the_root_is_told() -> None:
    root = etree.fromstring(write(strategies.full_invoice(), "ubl").xml)
    root.text = "above"
    stranger = etree.SubElement(root, "stranger")
    stranger.text, stranger.tail = "inside", "after"
    told = [one.value for one in read(etree.tostring(root)).invoice.unmapped]
    assert told == ["above", "after", "inside"]


SPELLED = [codecs.DECIMAL, codecs.DATE, codecs.DATE_102, codecs.INSTANT_204]
NUMBERS = st.text("0123456789.-+Ee _NaInf\u0661\u00b2", max_size=8)
DATES = (
    st.dates().map(str)
    | st.dates().map(lambda day: f"{day:%Y%m%d}")
    | st.text("0129-WZ", max_size=10)
)


@pytest.mark.parametrize("codec", SPELLED, ids=["decimal", "date", "102", "204"])
@given(text=NUMBERS | DATES | st.decimals(allow_nan=False, allow_infinity=False).map(str))
@example(text="1E3")
@example(text="NaN")
@example(text="-0.00")
@example(text="0.0000001")
@example(text="1" * 61)
@example(text="2026-W01-1")
@example(text="2026W011")
@example(text="20260230")
@example(text="\u0662\u0660260101")
def test_the_quick_spelling_is_the_one_that_is_written(codec: codecs.Codec, text: str) -> None:
    assert codec.plain is not None
    value = codec.plain(text)
    try:
        expected = codec.read(text)
    except ValueError:
        assert value is None
        return
    if value is not None:
        assert (value, codec.write(value)) == (expected, text)
        assert str(value) == str(expected)
    elif codec.write(expected) == text:
        # Only these may be left to the careful reader: very small numbers, and instants.
        assert isinstance(expected, datetime) or "E" in str(expected)
