"""Waiting: how long people stood in line, were answered, or gave up.

A wait begins when the contact joins a line or finds an agent (after menu or reception) and ends with the agent or when
the person goes. Waits that were not over at the end of the run, those of calls by the firm and those of complaints are left out.
Never compares with a promise.
"""

from __future__ import annotations

import numpy as np

from servsim.measure.facts import Amount, Amounts, Column, Facts, Floats
from servsim.measure.group import ContactCells, Ints
from servsim.rules.codes import Entry, Outcome

QUANTILES = {"median_wait": 0.5, "p90_wait": 0.9, "p95_wait": 0.95, "longest_wait": 1.0}
"""Order statistics of waiting; between two waits they are interpolated (as numpy's and Excel's PERCENTILE.INC)."""


def amounts(facts: Facts) -> Amounts:
    """Yield sums of waits and their numbers, ready to be added up."""
    wait_s, contacts = facts.wait_s, facts.contacts
    waited = ~np.isnan(wait_s)
    answered, abandoned = facts.with_outcome(Outcome.ANSWERED), facts.with_outcome(Outcome.ABANDONED)
    yield "wait_answered_s", Amount(answered, wait_s[answered])
    yield "time_to_abandon_s", Amount(abandoned, wait_s[abandoned])
    joined = np.flatnonzero(waited)
    yield "wait_all_s", Amount(joined, wait_s[joined])
    yield "joined", Amount(joined)
    yield "had_to_wait", Amount(np.flatnonzero(waited & (wait_s > 0.0)))
    yield "excess_wait_s", Amount(joined, np.maximum(wait_s[joined] - facts.terms.within_s[contacts["channel"][joined]], 0.0))
    calls = facts.rows((contacts["entry"] == Entry.CALL_BACK) & ~np.isnan(contacts["answered_s"]))
    yield "call_back_wait_s", Amount(calls, contacts["answered_s"][calls] - contacts["arrived_s"][calls])
    yield "call_backs_made", Amount(calls)


def quantiles(facts: Facts, cells: ContactCells) -> dict[str, dict[str, Floats]]:
    """Return order statistics of the waits of everyone who joined a line, by name and breakdown.

    A group in which nobody joined has value 0 and, under ``has_wait``, weight 0.
    """
    joined = np.flatnonzero(~np.isnan(facts.wait_s))
    waits_s = facts.wait_s[joined]
    found: dict[str, dict[str, Floats]] = {name: {} for name in (*QUANTILES, "has_wait")}
    for by in cells.breakdowns:
        ordered_s, sizes = (np.sort(waits_s), np.array([len(joined)])) if cells.is_whole(by) else _by_group(waits_s, cells.group_of(joined, by), cells.count(by))
        for name, column in _quantiles(ordered_s, sizes).items():
            found[name][by] = column
    return found


def _by_group(waits_s: Floats, group: Column, count: int) -> tuple[Floats, Ints]:
    """Return the waits group by group, each group in ascending order, and how many each has; those of no group (-1) are left out."""
    small = group.astype(np.int16) if count < 2**15 else group  # numpy sorts 16-bit numbers by radix, ten times faster
    sizes = np.bincount(group[group >= 0], minlength=count)
    ordered_s = waits_s[np.argsort(small, kind="stable")][len(waits_s) - int(sizes.sum()) :]
    ends = np.cumsum(sizes)
    # Numbers alone are sorted ten times as fast as rows by their numbers.
    for first, end in zip((ends - sizes).tolist(), ends.tolist(), strict=True):
        ordered_s[first:end].sort()
    return ordered_s, sizes


def _quantiles(ordered_s: Floats, sizes: Ints) -> dict[str, Floats]:
    """Return the quantiles of groups that stand one behind the other, each in ascending order."""
    first = np.cumsum(sizes) - sizes
    has, count = sizes > 0, len(sizes)
    found = {"has_wait": has.astype(float)}
    for name, share in QUANTILES.items():
        place = (sizes[has] - 1) * share
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, sizes[has] - 1)
        below, above = ordered_s[first[has] + low], ordered_s[first[has] + high]
        found[name] = np.zeros(count)
        found[name][has] = below + (above - below) * (place - low)
    return found
