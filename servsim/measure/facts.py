"""What several measures need to know of the contacts of one replication: who counts, who waited, and how long.

Contacts that arrived in the warm-up do not count (R32). Masks and waits are by row of the log. Never sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.terms import Terms
from servsim.plan.plan import Plan
from servsim.rules.codes import Entry, Outcome

Column = NDArray[Any]
Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

OFFERED_ENTRIES = (Entry.FRESH, Entry.REDIAL, Entry.COMEBACK, Entry.RETRY_CLOSED)
"""Contacts that people make; the firm's own calls and internal work are not offered (R35)."""


class Amount(NamedTuple):
    """Something to be added up over contacts: which rows, and how much each brings."""

    rows: Rows
    weights: Floats | None = None
    """By row of ``rows``; ``None`` counts them."""


@dataclass(frozen=True)
class Facts:
    """The contacts of one replication, prepared for measuring."""

    contacts: dict[str, Column]
    """Columns of the log, all rows."""
    plan: Plan
    terms: Terms
    counted: Mask
    """(contacts,) arrived after the warm-up."""
    offered: Mask
    """(contacts,) counted, and made by a person."""
    wait_s: Floats
    """(contacts,) wait in line of offered contacts; NaN: joined no line, or the wait was not over at the end."""
    team: Column
    """(contacts,) team of the agent who served, or -1."""

    def rows(self, mask: Mask) -> Rows:
        """Return the rows of a mask that count."""
        return np.flatnonzero(mask & self.counted)

    def with_outcome(self, outcome: Outcome) -> Rows:
        """Return the offered contacts that ended in one way."""
        return np.flatnonzero(self.offered & (self.contacts["outcome"] == outcome))


def facts_of(log: RunLog, plan: Plan, terms: Terms) -> Facts:
    """Prepare the contacts of one replication for measuring."""
    contacts = log.contacts
    counted = contacts["arrived_s"] >= plan.warm_up_s
    offered = counted & np.isin(contacts["entry"], np.array(OFFERED_ENTRIES, np.int8))
    wait_s = np.where(offered, wait_in_line_s(contacts), np.nan)
    return Facts(contacts, plan, terms, counted, offered, wait_s, team_of(contacts["agent"], plan))


def team_of(agent: Column, plan: Plan) -> Column:
    """Return the team of each agent number; -1 for nobody."""
    with_nobody = np.append(plan.agent_team, -1)
    return np.asarray(with_nobody[agent])


def wait_in_line_s(contacts: dict[str, Column]) -> Floats:
    """Return how long each contact waited in line, until an agent or until it went.

    NaN where it joined no line (busy, balked, closed, contained, sent away at the reception) and where the wait was
    not over at the end of the run.
    """
    served = ~np.isnan(contacts["answered_s"])
    wait_s = np.where(served, contacts["answered_s"], contacts["ended_s"]) - contacts["queued_s"]
    # Who is sent away by the reception itself has been received but has stood in no line.
    sent_away = ~served & (wait_s == 0.0) & (contacts["outcome"] != Outcome.ABANDONED)
    wait_s[sent_away] = np.nan
    return np.asarray(wait_s)
