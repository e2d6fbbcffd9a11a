"""Whatever is said by whomever, in any order, the promises of the machine hold."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.lifecycle.examples import INVOICE, event

from facturier.errors import RefusedByPeer, RefusedByUs
from facturier.lifecycle.statuses import STATUSES, Duty, Side, status
from facturier.lifecycle.transitions import State, advance, fold, offered

CODES = st.sampled_from([*STATUSES, 600, 999])
SIDES = st.sampled_from(list(Side))
LATENESS = st.integers(min_value=-90, max_value=0)
TYPES = st.sampled_from(["380", "389"])


class TwoSidesTalk(RuleBasedStateMachine):
    """Peers say anything; we say what is offered to us, and try what is not."""

    def __init__(self):
        super().__init__()
        self.state = State(invoice=INVOICE)
        self.minute = 0

    def _event(self, code, side, lateness=0):
        self.minute += 1
        return event(code, side, self.minute + lateness)

    def _check_step(self, before, after):
        assert after.history[:-1] == before.history
        assert not (before.terminal and after.transmission != before.transmission)
        assert before.refusal in (None, after.refusal)

    @precondition(lambda self: not self.state.history)
    @rule(kind=TYPES)
    def choose_type(self, kind):
        self.state = State(invoice=replace(INVOICE, type_code=kind))

    @rule(code=CODES, side=SIDES, lateness=LATENESS)
    def hear(self, code, side, lateness):
        said = self._event(code, side, lateness)
        if said in self.state.history:
            assert advance(self.state, said, own=False) == (self.state, ())
            return
        try:
            after, sent = advance(self.state, said, own=False)
        except RefusedByPeer:
            assert status(code).known
            assert code not in {one.code for one in offered(self.state, side)} or (
                self.state.refused and status(code).duty is not Duty.NEVER
            )
            return
        assert sent == ()
        self._check_step(self.state, after)
        self.state = after

    @rule(side=SIDES, data=st.data())
    def say_what_is_offered(self, side, data):
        offers = offered(self.state, side)
        if not offers:
            return
        chosen = data.draw(st.sampled_from(offers))
        assert (chosen.reason_required, chosen.needs) == (
            status(chosen.code).reason_required,
            status(chosen.code).needs,
        )
        reasons = chosen.reasons if chosen.reason_required else ("", *chosen.reasons)
        said = replace(self._event(chosen.code, side), reason=data.draw(st.sampled_from(reasons)))
        after, sent = advance(self.state, said)
        self._check_step(self.state, after)
        assert bool(sent) == status(chosen.code).invoice_phase or side is Side.VALIDATOR
        if status(chosen.code).owed_to_ppf(vat_due_on_payment=True):
            assert [one.to_ppf for one in sent][-1]
        self.state = after

    @rule(code=CODES, side=SIDES)
    def try_what_is_not_offered(self, code, side):
        if code in {one.code for one in offered(self.state, side)}:
            return
        with pytest.raises(RefusedByUs) as refusal:
            advance(self.state, self._event(code, side))
        assert refusal.value.remedy

    @invariant()
    def the_state_is_the_fold_of_its_history(self):
        # refusals depend on what was known when an event was learned, so the order is kept
        assert fold(self.state.history, invoice=self.state.invoice) == self.state

    @invariant()
    def nothing_mandatory_follows_a_refusal(self):
        refusal = self.state.refusal
        if refusal is None:
            return
        later = self.state.history[self.state.history.index(refusal) + 1 :]
        assert all(status(one.code).duty is Duty.NEVER or one.at < refusal.at for one in later)

    @invariant()
    def a_known_status_is_shown_as_soon_as_one_was_said(self):
        said = [one for one in self.state.history if status(one.code).invoice_phase]
        assert (self.state.latest is not None) >= bool(said)
        assert self.state.current is None or self.state.current in self.state.history


TwoSidesTalk.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestTwoSidesTalk = TwoSidesTalk.TestCase
