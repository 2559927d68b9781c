"""What several measures need to know of the contacts of one replication: who counts, who waited, and how long.

Contacts that arrived in the warm-up do not count (R32); lost demand is no contact (R34). Masks and waits are by row of the
log. Never sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.terms import Terms
from servsim.plan.plan import Plan
from servsim.rules.codes import BY_FIRM, Entry, LegKind, Outcome

Column = NDArray[Any]
Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

OFFERED_ENTRIES = (Entry.FRESH, Entry.REDIAL, Entry.COMEBACK, Entry.RETRY_CLOSED, Entry.FOLLOW_UP)
"""Contacts that people make; complaints, the firm's own calls and internal work are not offered (R35)."""


class Amount(NamedTuple):
    """Something to be added up over contacts: which rows, and how much each brings."""

    rows: Rows
    weights: Floats | None = None
    """By row of ``rows``; ``None`` counts them."""


Amounts = Iterator[tuple[str, Amount]]
"""Amounts by name, one at a time: each has rows of its own, and together they take three times the room of the log."""


@dataclass(frozen=True)
class Facts:
    """The contacts of one replication, prepared for measuring."""

    contacts: dict[str, Column]
    """Columns of the log, all rows."""
    plan: Plan
    terms: Terms
    counted: Mask
    """(contacts,) arrived after the warm-up; lost demand did not arrive."""
    offered: Mask
    """(contacts,) counted, and made by a person about a need."""
    wait_s: Floats
    """(contacts,) wait in line of offered contacts; NaN: joined no line, or the wait was not over at the end."""
    team: Column
    """(contacts,) team of the agent who served, or -1."""
    closings: dict[str, Column]
    """Columns of the closed cases of known persons; empty where nobody remembers."""

    def rows(self, mask: Mask) -> Rows:
        """Return the rows of a mask that count."""
        return np.flatnonzero(mask & self.counted)

    def with_outcome(self, outcome: Outcome) -> Rows:
        """Return the offered contacts that ended in one way."""
        return np.flatnonzero(self.offered & (self.contacts["outcome"] == outcome))


def facts_of(log: RunLog, plan: Plan, terms: Terms) -> Facts:
    """Prepare the contacts of one replication for measuring."""
    contacts = log.contacts
    counted = (contacts["arrived_s"] >= plan.warm_up_s) & (contacts["outcome"] != Outcome.LOST_DEMAND)
    offered = counted & is_offered(contacts)
    wait_s = np.where(offered, wait_in_line_s(contacts), np.nan)
    return Facts(contacts, plan, terms, counted, offered, wait_s, team_of(contacts["agent"], plan), log.closings)


def is_offered(contacts: dict[str, Column]) -> Mask:
    """(contacts,) people made them about a need of theirs; a complaint, redialled or not, is none (R35)."""
    return np.asarray(np.isin(contacts["entry"], np.array(OFFERED_ENTRIES, np.int8)) & (contacts["leg_kind"] != LegKind.COMPLAINT))


def is_by_firm(contacts: dict[str, Column]) -> Mask:
    """(contacts,) the firm calls: nobody stands in line, no line is held, no patience ends (R30)."""
    return np.isin(contacts["entry"], np.array(BY_FIRM, np.int8))


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
