"""A mandate in the register of a dossier, for tests that issue in somebody's name."""

from __future__ import annotations

from datetime import date

from facturier.server.mandates import register
from facturier.server.mandates.writing_for import written


def mandate_of(dossier, giver, agent, **more):
    """Record the written mandate that `giver` gave to `agent`, (siren, name) each or a dossier."""
    giver, agent = (
        one if isinstance(one, tuple) else (one.siren, one.name) for one in (giver, agent)
    )
    facts = {
        "kind": "self-billing", "giver_siren": giver[0], "giver_name": giver[1],
        "agent_siren": agent[0], "agent_name": agent[1], "starts_on": date(2026, 1, 1),
    } | more  # fmt: skip
    return register.record(dossier, facts, None, None)


def hold_mandate(dossier, invoice):
    """Record the mandate that `dossier` needs to issue `invoice`, if it needs one and has none."""
    said = written(invoice)
    if said is not None and register.covering(dossier, invoice, said).mandate is None:
        giver, agent = ((one.siren, one.name) for one in (said.giver, said.agent))
        mandate_of(dossier, giver, agent, kind=said.kind.value)
