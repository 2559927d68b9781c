"""Own time: the minutes and the ways that customers spend to get their needs met. Not a cost of the firm; never added to it.

A customer's time runs from the door or the first ring to going, in line, in talk and while somebody searches; for a call by the
firm, while it lasts. A visit is a trip, in vain or not.
"""

from __future__ import annotations

import numpy as np

from servsim.measure.cost import there_s
from servsim.measure.facts import Amount, Amounts, Facts, is_by_firm
from servsim.rules.clock import MINUTE_S
from servsim.rules.codes import ChannelKind


def amounts(facts: Facts) -> Amounts:
    """Yield customers' minutes, what they are worth, and trips, ready to be added up."""
    contacts, value_per_s = facts.contacts, facts.terms.time_value_per_s
    rows, length_s = there_s(facts, facts.counted)
    at_counter = np.asarray(facts.plan.channel_kind)[contacts["channel"]] == ChannelKind.COUNTER
    yield "customer_minutes", Amount(rows, length_s / MINUTE_S)
    yield "customer_time_cost", Amount(rows, length_s * value_per_s[contacts["segment"][rows]])
    yield "customer_trips", Amount(facts.rows(at_counter & ~is_by_firm(contacts)))
