"""Each reason says what is wrong, who must act and what comes next; nothing is left out."""

import pytest

from facturier.lifecycle.reasons import CARES, REASONS, Actor, Draft, Step, drafts, reason
from facturier.lifecycle.statuses import STATUSES

WITH_REASONS = {code for code, one in STATUSES.items() if one.reasons or one.public_reasons}


@pytest.mark.parametrize("code", REASONS)
def test_each_reason_is_complete(code):
    one = REASONS[code]
    assert one.label
    assert one.cause.endswith(".")
    assert one.remedy.endswith(".")
    assert isinstance(one.actor, Actor)
    assert isinstance(one.step, Step)


def test_each_status_with_a_reason_says_deadline_and_books():
    assert set(CARES) == WITH_REASONS
    for care in CARES.values():
        assert care.deadline.endswith(".")
        assert care.accounting.endswith(".")


def test_what_can_be_prepared():
    assert drafts(213, "REJ_SEMAN") == (Draft.NEW,)
    assert drafts(210, "TX_TVA_ERR") == (Draft.NEW, Draft.CREDIT_NOTE, Draft.RECTIFICATION)
    assert drafts(207, "QTE_ERR")[0] is Draft.RECTIFICATION
    assert drafts(208, "JUSTIF_ABS") == ()


def test_a_duplicate_never_asks_for_another_invoice():
    assert drafts(213, "DOUBLON") == drafts(213, "REJ_UNI") == ()
    assert drafts(210, "DOUBLON") == (Draft.CREDIT_NOTE,)


def test_an_unknown_reason_is_answered_too():
    one = reason("XYZ")
    assert not one.known
    assert one.actor is Actor.HEARER
    assert drafts(299, "XYZ") == ()
