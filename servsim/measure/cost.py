"""Cost: wages and line minutes, in the scenario's currency. Never prices a customer's loss."""

from __future__ import annotations

import numpy as np

from servsim.measure.facts import Amount, Amounts, Facts, Floats, Mask, Rows, is_by_firm
from servsim.measure.terms import Terms
from servsim.rules.clock import HOUR_S, MINUTE_S
from servsim.rules.codes import Outcome

HOLDS_NO_LINE = (Outcome.BLOCKED, Outcome.BALKED, Outcome.CLOSED, Outcome.LOST_DEMAND)


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


def amounts(facts: Facts) -> Amounts:
    """Yield the cost of held lines, ready to be added up."""
    yield "line_cost", line_cost(facts)


def line_cost(facts: Facts) -> Amount:
    """Return the cost of held lines: from the first ring (for calls by the firm, from the dial) to hang-up."""
    contacts = facts.contacts
    holds = ~np.isin(contacts["outcome"], np.array(HOLDS_NO_LINE, np.int8))
    rows, length_s = there_s(facts, holds)
    price = facts.terms.line_cost_per_min[contacts["channel"][rows]]
    return Amount(rows, length_s / MINUTE_S * price)


def there_s(facts: Facts, which: Mask) -> tuple[Rows, Floats]:
    """Return the counted contacts of a mask, and how long the customer was there or on the line: of calls by the firm, from the dial."""
    contacts = facts.contacts
    by_firm = is_by_firm(contacts)
    rows = facts.rows(which & ~(by_firm & np.isnan(contacts["answered_s"])))
    from_s = np.where(by_firm[rows], contacts["answered_s"][rows], contacts["arrived_s"][rows])
    to_s = np.nan_to_num(contacts["ended_s"][rows], nan=facts.plan.horizon_s)
    return rows, to_s - from_s
