"""A mandate in the register of a dossier, for tests that issue in somebody's name."""

from __future__ import annotations

from datetime import date

from facturier.server.mandates import register


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
