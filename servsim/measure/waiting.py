"""Waiting: how long people stood in line, were answered, or gave up.

A wait begins when the contact joins a line or finds an agent (after menu or reception) and ends with the agent or when
the person goes. Waits that were not over at the end of the run, those of calls by the firm and those of complaints are left out.
Never compares with a promise.
"""

from __future__ import annotations

import numpy as np

from servsim.measure.facts import Amount, Facts, Floats, Rows
from servsim.measure.group import ContactCells
from servsim.rules.codes import Entry, Outcome

QUANTILES = {"median_wait": 0.5, "p90_wait": 0.9, "p95_wait": 0.95, "longest_wait": 1.0}
"""Order statistics of waiting; between two waits they are interpolated (as numpy's and Excel's PERCENTILE.INC)."""


def amounts(facts: Facts) -> dict[str, Amount]:
    """Return sums of waits and their numbers, ready to be added up."""
    wait_s, contacts = facts.wait_s, facts.contacts
    waited = ~np.isnan(wait_s)
    answered, abandoned = facts.with_outcome(Outcome.ANSWERED), facts.with_outcome(Outcome.ABANDONED)
    joined, excess_s = np.flatnonzero(waited), wait_s - facts.terms.within_s[contacts["channel"]]
    calls = facts.rows((contacts["entry"] == Entry.CALL_BACK) & ~np.isnan(contacts["answered_s"]))
    return {
        "wait_answered_s": Amount(answered, wait_s[answered]),
        "time_to_abandon_s": Amount(abandoned, wait_s[abandoned]),
        "wait_all_s": Amount(joined, wait_s[joined]),
        "joined": Amount(joined),
        "had_to_wait": Amount(np.flatnonzero(waited & (wait_s > 0.0))),
        "excess_wait_s": Amount(joined, np.maximum(excess_s[joined], 0.0)),
        "call_back_wait_s": Amount(calls, contacts["answered_s"][calls] - contacts["arrived_s"][calls]),
        "call_backs_made": Amount(calls),
    }


def quantiles(facts: Facts, cells: ContactCells) -> dict[str, dict[str, Floats]]:
    """Return order statistics of the waits of everyone who joined a line, by name and breakdown.

    A group in which nobody joined has value 0 and, under ``has_wait``, weight 0.
    """
    joined = np.flatnonzero(~np.isnan(facts.wait_s))
    by_length = joined[np.argsort(facts.wait_s[joined], kind="stable")]
    found: dict[str, dict[str, Floats]] = {name: {} for name in (*QUANTILES, "has_wait")}
    for by in cells.breakdowns:
        group = cells.group_of(by_length, by)
        for name, column in _grouped_quantiles(facts.wait_s, by_length, group, cells.count(by)).items():
            found[name][by] = column
    return found


def _grouped_quantiles(wait_s: Floats, by_length: Rows, group: np.ndarray, count: int) -> dict[str, Floats]:
    """Return the quantiles of each group; ``by_length`` are rows in ascending order of wait."""
    small = group.astype(np.int16) if count < 2**15 else group  # numpy sorts 16-bit numbers by radix, ten times faster
    order = by_length[np.argsort(small, kind="stable")]
    sizes = np.bincount(group[group >= 0], minlength=count)
    first = len(order) - sizes.sum() + np.cumsum(sizes) - sizes
    has = sizes > 0
    found = {"has_wait": has.astype(float)}
    for name, share in QUANTILES.items():
        place = (sizes[has] - 1) * share
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, sizes[has] - 1)
        below, above = wait_s[order[first[has] + low]], wait_s[order[first[has] + high]]
        found[name] = np.zeros(count)
        found[name][has] = below + (above - below) * (place - low)
    return found
