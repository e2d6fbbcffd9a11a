"""Every (state, code, side) is allowed or refused as retyped here, ours and heard."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.lifecycle.examples import BP, INVOICE, SP, at, event

from facturier.errors import RefusedByPeer, RefusedByUs
from facturier.lifecycle.messages import PPF as PORTAL_PARTY
from facturier.lifecycle.messages import Characteristic, received
from facturier.lifecycle.statuses import STATUSES, Side, status
from facturier.lifecycle.transitions import (
    State,
    Transmission,
    advance,
    diagram,
    fold,
    offered,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "lifecycle_diagram.mmd"

SELLER, BUYER, FACTOR, VALIDATOR, PPF = (
    Side.SELLER,
    Side.BUYER,
    Side.FACTOR,
    Side.VALIDATOR,
    Side.PPF,
)
EVERY_CODE = [*STATUSES, 600, 999]

# What we may say, retyped by hand: state → side → codes, and the state that each leads to.
PORTAL = {PPF: "250 251 500 501 601"}
SELLING = {
    SELLER: "209 211 212 220 224 225 226 227",
    FACTOR: "225 226 227 228",
}
OURS = {
    "none": {SP: "200 213 501", BP: "202 213 221 501", **PORTAL},
    "deposited": {SP: "201", BP: "202 213 221", **SELLING, **PORTAL},
    "issued": {BP: "202 213 221", **SELLING, **PORTAL},
    "misrouted": {SP: "201", **SELLING, **PORTAL},
    "received": {BP: "203", **SELLING, **PORTAL},
    "available": {
        BUYER: "204 205 206 207 208 210 211",
        VALIDATOR: "214",
        **SELLING,
        **PORTAL,
    },
    "rejected": PORTAL,
    "inadmissible": PORTAL,
}
# What we accept besides when a peer says it.
BUYING = {BUYER: "204 205 206 207 208 210 211", VALIDATOR: "214"}
HEARD = {
    "none": {SP: "500", BP: "500 601"},
    "deposited": {SP: "213 500 501", BP: "203 500 501 601", **BUYING},
    "issued": {SP: "200 500 501", BP: "203 500 501 601", **BUYING},
    "misrouted": {SP: "200 500 501", BP: "202 203 213 500 501 601", **BUYING},
    "received": {SP: "200 201 500 501", BP: "213 500 501 601", **BUYING},
    "available": {SP: "200 201 500 501", BP: "202 500 501 601"},
    "rejected": {SP: "500 501", BP: "500 501 601"},
    "inadmissible": {SP: "500 501", BP: "500 501 601"},
}
LEADS_TO = {200: "deposited", 201: "issued", 202: "received", 203: "available", 213: "rejected"}
LEADS_TO |= {221: "misrouted", 501: "inadmissible"}
# Late arrivals, and answers, that must leave the state where it is.
STAYS = {
    ("issued", 200),
    ("misrouted", 200),
    ("received", 200),
    ("received", 201),
    ("available", 200),
    ("available", 201),
    ("available", 202),
}


def codes(table, state, side):
    return {int(word) for word in table[state].get(side, "").split()}


def expected_state(start, code, side):
    if (start, code) in STAYS or (code == 501 and (side is PPF or start != "none")):
        return start
    return LEADS_TO.get(code, start)


@pytest.mark.parametrize("code", EVERY_CODE)
@pytest.mark.parametrize("start", list(Transmission), ids=str)
def test_each_pair_of_state_and_event_is_allowed_or_refused(start, code):
    state = at(start)
    assert state.transmission is start
    for side in Side:
        said = event(code, side, 60)
        ours = code in codes(OURS, start, side)
        heard = ours or code in codes(HEARD, start, side) or code in {600, 999}
        for own, allowed, error in ((True, ours, RefusedByUs), (False, heard, RefusedByPeer)):
            if not allowed:
                with pytest.raises(error) as refusal:
                    advance(state, said, own=own)
                assert str(code) in refusal.value.message
                assert refusal.value.reason
                assert refusal.value.remedy.endswith(".")
                continue
            after, _ = advance(state, said, own=own)
            assert after.transmission == expected_state(start, code, side), (side, own)
            assert after.history == (*state.history, said)


@pytest.mark.parametrize("start", list(Transmission), ids=str)
def test_offers_are_what_we_may_say(start):
    state = at(start)
    for side in Side:
        assert {one.code for one in offered(state, side)} == codes(OURS, start, side)


def test_an_offer_says_what_it_needs():
    state = at(Transmission.AVAILABLE)
    by_code = {one.code: one for side in Side for one in offered(state, side)}
    refuse, take, cash = by_code[210], by_code[204], by_code[212]
    assert (refuse.label, refuse.status_label) == ("Refuser la facture", "Refusée")
    assert refuse.reason_required
    assert refuse.comment_expected
    assert refuse.confirm
    assert len(refuse.reasons) == 13
    assert not take.reason_required
    assert not take.confirm
    assert cash.needs == "MEN"


# --- refusal and rejection ---------------------------------------------------------------------


@pytest.mark.parametrize(("code", "side"), [(212, SELLER), (210, BUYER)])
def test_after_a_refusal_nothing_mandatory_follows(code, side):
    state = at(Transmission.AVAILABLE, (210, BUYER))
    assert state.refused
    for own, error in ((True, RefusedByUs), (False, RefusedByPeer)):
        with pytest.raises(error, match="refusé la facture le 01/09/2026"):
            advance(state, event(code, side, 60), own=own)


def test_after_a_refusal_heard_early_no_rejection_follows():
    state = at(Transmission.RECEIVED, (210, BUYER))
    with pytest.raises(RefusedByPeer) as refusal:
        advance(state, event(213, BP, 60), own=False)
    assert refusal.value.reason == "refused"


def test_a_receipt_declared_before_the_refusal_may_arrive_after_it():
    state = at(Transmission.AVAILABLE, (210, BUYER))
    earlier = event(212, SELLER, 3)
    after, _ = advance(state, earlier, own=False)
    assert earlier in after.history
    assert after.latest == 210


def test_a_refused_invoice_is_closed_by_its_parties_and_nothing_else_is_offered():
    state = at(Transmission.AVAILABLE, (210, BUYER))
    assert [one.code for one in offered(state, SELLER)] == [211, 220]
    assert [one.code for one in offered(state, BUYER)] == [211]
    assert [one.code for one in offered(state, FACTOR)] == [228]
    assert {one.code for one in offered(state, PPF)} == {250, 251, 500, 501, 601}
    with pytest.raises(RefusedByUs, match="refusé"):
        advance(state, event(205, BUYER, 60))
    # a peer that goes back on its word is heard
    assert advance(state, event(205, BUYER, 60), own=False)[0].latest == 205


def test_a_rejection_ends_the_transmission_but_answers_about_it_are_noted():
    state = at(Transmission.REJECTED)
    assert state.terminal
    assert all(not offered(state, side) for side in Side if side is not PPF)
    after, sent = advance(state, event(601, PPF, 60), own=False)
    assert (after.latest, after.transmission, sent) == (213, Transmission.REJECTED, ())


def test_a_rejected_duplicate_leaves_the_first_transmission_alone():
    first = at(Transmission.AVAILABLE, (205, BUYER))
    second, _ = advance(State(invoice=INVOICE), event(213, SP, 90, reason="DOUBLON"))
    assert second.terminal
    assert (first.latest, first.terminal) == (205, False)
    with pytest.raises(RefusedByUs) as refusal:
        advance(second, event(201, SP, 91))
    assert "reste valable : n'annulez rien" in refusal.value.remedy


def test_another_rejection_asks_for_a_new_number():
    with pytest.raises(RefusedByUs) as refusal:
        advance(at(Transmission.REJECTED), event(212, SELLER, 60))
    assert refusal.value.reason == "terminal"
    assert "sous un autre numéro" in refusal.value.remedy


def test_an_inadmissible_file_is_to_be_sent_again():
    with pytest.raises(RefusedByUs) as refusal:
        advance(at(Transmission.INADMISSIBLE), event(202, BP, 60))
    assert "Corrigez le fichier" in refusal.value.remedy


# --- why, and what instead ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "code", "side", "why", "words"),
    [
        (Transmission.AVAILABLE, 999, BUYER, "unknown-status", "n'existe pas dans la norme"),
        (Transmission.AVAILABLE, 300, PPF, "not-an-invoice", "ne concerne pas une facture"),
        (Transmission.AVAILABLE, 210, SELLER, "wrong-side", "seul l'acheteur peut le donner"),
        (Transmission.AVAILABLE, 213, BUYER, "wrong-side", "la plateforme du vendeur ou la"),
        (Transmission.RECEIVED, 205, BUYER, "wrong-moment", "« reçue par la plateforme »"),
        (Transmission.NONE, 201, SP, "wrong-moment", "« pas encore transmise »"),
        (Transmission.REJECTED, 203, BP, "terminal", "cette transmission est rejetée"),
    ],
)
def test_a_refusal_says_why(start, code, side, why, words):
    with pytest.raises(RefusedByUs, match=re.escape(words)) as refusal:
        advance(at(start), event(code, side, 60))
    assert refusal.value.reason == why
    assert refusal.value.message.startswith(f"« {status(code).label} » ({code})")


def test_a_refusal_says_what_is_possible_instead():
    with pytest.raises(RefusedByUs) as refusal:
        advance(at(Transmission.RECEIVED), event(202, BP, 60))
    assert refusal.value.remedy == (
        "Actions possibles maintenant : Mettre à disposition de l'acheteur (203)."
    )
    with pytest.raises(RefusedByUs) as refusal:
        advance(at(Transmission.RECEIVED), event(205, BUYER, 60))
    assert refusal.value.remedy == "Aucune action n'est possible pour le moment."


# --- the content of what we say ----------------------------------------------------------------


def no_reason(code, side):
    return replace(event(code, side, 60), reason="")


@pytest.mark.parametrize("code", [206, 207, 208, 210])
def test_we_give_a_reason_where_one_is_required(code):
    with pytest.raises(RefusedByUs, match="demande un motif") as refusal:
        advance(at(Transmission.AVAILABLE), no_reason(code, BUYER))
    assert status(code).reasons[-1] in refusal.value.remedy
    # a peer's missing reason is a finding of the CDAR rules, the refusal itself stands
    heard, _ = advance(at(Transmission.AVAILABLE), no_reason(code, BUYER), own=False)
    assert heard.latest == code


@pytest.mark.parametrize("code", [206, 207, 208, 210, 204, 212])
def test_we_give_only_admitted_reasons(code):
    side = BUYER if code != 212 else SELLER
    with pytest.raises(RefusedByUs, match="REJ_ADR n'est pas admis") as refusal:
        advance(at(Transmission.AVAILABLE), event(code, side, 60, reason="REJ_ADR"))
    assert refusal.value.remedy.startswith("Motifs admis : ")


def test_a_deposit_may_say_that_nothing_could_be_transmitted():
    after, sent = advance(State(invoice=INVOICE), event(200, SP, reason="NON_TRANSMISE"))
    assert after.latest == 200
    assert {one.details[0].reason_code for one in sent} == {"NON_TRANSMISE"}
    assert 212 in {one.code for one in offered(after, SELLER)}


RATE = Decimal("5.5")


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        ((), "data-missing"),
        ((Characteristic(type_code="RAP", amount=Decimal(1)),), "data-missing"),
        ((Characteristic(type_code="MEN", amount=Decimal(1)),), "amount-incomplete"),
        ((Characteristic(type_code="MEN", percent=RATE),), "amount-incomplete"),
        ((received(Decimal("NaN"), RATE),), "amount-incomplete"),
        ((received(Decimal("0.1234567"), RATE),), "amount-format"),
        ((received(Decimal(10) ** 19, RATE),), "amount-format"),
        ((received(Decimal(-1), RATE),), "comment-missing"),
    ],
)
def test_a_receipt_we_declare_is_complete(amounts, why):
    wrong = event(212, SELLER, 60, amounts=amounts)
    with pytest.raises(RefusedByUs) as refusal:
        advance(at(Transmission.AVAILABLE), wrong)
    assert refusal.value.reason == why
    assert advance(at(Transmission.AVAILABLE), wrong, own=False)[0].latest == 212


def test_receipts_are_partial_repeated_and_negative():
    state = at(Transmission.AVAILABLE)
    receipts = [
        event(212, SELLER, 10, amounts=(received(Decimal("60.00"), Decimal(20)),)),
        event(
            212,
            SELLER,
            20,
            amounts=(
                received(Decimal("60.00"), Decimal(20)),
                received(Decimal("10.55"), RATE),
                Characteristic(type_code="RAP", amount=Decimal(0)),
            ),
        ),
        event(
            212,
            SELLER,
            30,
            amounts=(received(Decimal("-60.00"), Decimal(20)),),
            comment="Chèque rejeté",
        ),
    ]
    ids = []
    for one in receipts:
        state, sent = advance(state, one)
        assert [message.to_ppf for message in sent] == [False, True]
        ids.append(sent[0].document_id)
    assert len(set(ids)) == 3
    total = sum(d.amount for e in state.history for d in e.amounts if d.type_code == "MEN")
    assert total == Decimal("70.55")


def test_a_new_account_is_given_with_its_change():
    with pytest.raises(RefusedByUs, match="coordonnées bancaires"):
        advance(at(Transmission.AVAILABLE), event(227, SELLER, 60, amounts=()))


# --- order of arrival --------------------------------------------------------------------------


def test_the_same_event_twice_counts_once():
    state = at(Transmission.AVAILABLE)
    said = event(210, BUYER, 60)
    once, sent = advance(state, said)
    assert len(sent) == 2
    assert advance(once, said) == (once, ())
    assert advance(once, said, own=False) == (once, ())


def test_the_later_decision_is_shown_whatever_arrives_last():
    state = at(Transmission.AVAILABLE)
    state, _ = advance(state, event(205, BUYER, 50), own=False)
    state, _ = advance(state, event(204, BUYER, 40), own=False)
    assert state.latest == 205
    assert [one.code for one in state.history[-2:]] == [205, 204]


def test_a_late_transmission_status_does_not_hide_the_treatment():
    state = at(Transmission.ISSUED, (205, BUYER))
    state, _ = advance(state, event(203, BP, 60), own=False)
    assert (state.transmission, state.latest) == (Transmission.AVAILABLE, 205)
    state, _ = advance(state, event(202, BP, 61), own=False)
    assert (state.transmission, state.latest) == (Transmission.AVAILABLE, 205)


def test_a_rejection_is_shown_even_after_treatment():
    state = at(Transmission.RECEIVED, (204, BUYER))
    state, _ = advance(state, event(213, BP, 60), own=False)
    assert state.latest == 213


def test_an_unknown_status_is_kept_and_changes_nothing():
    state = at(Transmission.AVAILABLE)
    after, sent = advance(state, event(999, BUYER, 60), own=False)
    assert sent == ()
    assert replace(after, history=state.history) == state
    assert after.history[-1].code == 999


def test_a_misrouted_invoice_is_sent_again():
    state = at(Transmission.MISROUTED)
    for code, side in ((201, SP), (202, BP), (203, BP)):
        state, _ = advance(state, event(code, side, code))
    assert state.transmission is Transmission.AVAILABLE


def test_the_fold_of_contradictory_events_is_refused():
    with pytest.raises(RefusedByPeer):
        fold([event(204, BUYER)])
    assert State().latest is None


# --- self-billing ------------------------------------------------------------------------------

SELF_BILLED = replace(INVOICE, type_code="389")


def test_in_self_billing_the_sides_change_places_except_for_payment():
    state = State(invoice=SELF_BILLED)
    for minute, (code, side) in enumerate([(200, BP), (201, BP), (202, SP), (203, SP)]):
        state, sent = advance(state, event(code, side, minute))
        assert sent
    assert [one.code for one in offered(state, SELLER)] == [
        *(204, 205, 206, 207, 208, 210, 211, 212),
        *(224, 225, 226, 227),
    ]
    assert [one.code for one in offered(state, BUYER)] == [209, 211, 220]
    with pytest.raises(RefusedByUs, match="seul le vendeur peut le donner, pas l'acheteur"):
        advance(state, event(210, BUYER, 60))
    after, sent = advance(state, event(210, SELLER, 60))
    assert after.refused
    assert sent[0].recipients == (SELF_BILLED.buyer, PORTAL_PARTY)
    assert sent[0].received_at == event(202, SP, 2).at


# --- pictures ----------------------------------------------------------------------------------


def test_the_diagram_is_the_one_reviewed():
    assert diagram() == GOLDEN.read_text(encoding="utf-8")


def test_the_diagram_shows_each_change_of_state_that_is_ours():
    drawn = set(re.findall(r"^ +(\w+) --> (\w+): (\d{3}) ", diagram(), re.MULTILINE))
    for start in Transmission:
        for side in Side:
            for code in codes(OURS, start, side):
                target = expected_state(start, code, side)
                if target != start:
                    assert (start.value, target, str(code)) in drawn


def test_a_naive_instant_is_a_mistake_of_the_program():
    said = event(204, BUYER)
    with pytest.raises(AssertionError):
        replace(said, at=said.at.replace(tzinfo=None))


def test_of_one_second_both_ends_show_the_same():
    """Two sides speak in the same second; each hears the other's word after its own."""
    approved, asked = event(205, Side.BUYER, 9), event(209, Side.SELLER, 9)
    ends = [
        fold((*at(Transmission.AVAILABLE).history, *order)).latest
        for order in ((approved, asked), (asked, approved))
    ]
    assert ends[0] == ends[1]
