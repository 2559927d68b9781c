"""Cost: wages and line minutes, in the scenario's currency. Never prices a customer's loss."""

from __future__ import annotations

import numpy as np

from servsim.measure.facts import Amount, Facts, Floats
from servsim.measure.terms import Terms
from servsim.rules.clock import HOUR_S, MINUTE_S
from servsim.rules.codes import Entry, Outcome

HOLDS_NO_LINE = (Outcome.BLOCKED, Outcome.BALKED, Outcome.CLOSED)


def staff_amounts(seconds: dict[str, Floats], terms: Terms) -> dict[str, Floats]:
    """Return wages by cell team x day x interval: planned duty at the wage, overtime at its multiple."""
    teams = len(terms.wage_per_h)
    duty_h = seconds["duty_s"].reshape(teams, -1) / HOUR_S
    overtime_h = seconds["overtime_s"].reshape(teams, -1) / HOUR_S
    overtime = overtime_h * (terms.wage_per_h * terms.overtime_factor)[:, np.newaxis]
    return {
        "wages": (duty_h * terms.wage_per_h[:, np.newaxis] + overtime).ravel(),
        "overtime_pay": overtime.ravel(),
    }


def amounts(facts: Facts) -> dict[str, Amount]:
    """Return the cost of held lines, ready to be added up: from the first ring (for calls by the firm, from the dial) to hang-up."""
    contacts = facts.contacts
    holds = ~np.isin(contacts["outcome"], np.array(HOLDS_NO_LINE, np.int8))
    by_firm = contacts["entry"] == Entry.CALL_BACK
    rows = facts.rows(holds & ~(by_firm & np.isnan(contacts["answered_s"])))
    from_s = np.where(by_firm[rows], contacts["answered_s"][rows], contacts["arrived_s"][rows])
    to_s = np.nan_to_num(contacts["ended_s"][rows], nan=facts.plan.horizon_s)
    price = facts.terms.line_cost_per_min[contacts["channel"][rows]]
    return {"line_cost": Amount(rows, (to_s - from_s) / MINUTE_S * price)}
