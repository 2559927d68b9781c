"""First contacts of one day, case by case: ``servsim.plan.day`` as functions of the state, the same bits.

::

    cells of the day --count_cases--> cases in each --draw_cases--> who comes when, cell by cell --put_in_order--> in turn

For compiled code, in which a loop is quicker than many short arrays; what a contact needs beyond this is drawn when it
comes (``servsim.engine.loop.first_contact``). Recorded contacts (a trace) are left to ``servsim.plan.day``. Never simulates.
"""

from __future__ import annotations

from servsim.draws.count import day_factor, number_of_cases
from servsim.draws.name import root_of, strip_reason
from servsim.draws.philox import block, uniform
from servsim.draws.purpose import CHANNEL, CUSTOMER, POSITION, SEGMENT, Group
from servsim.engine.loop_state import State
from servsim.rules.clock import DAY_S


def count_cases(s: State) -> int:
    """Count the cases of every cell of the day and return their sum (R2)."""
    first, end = s.cell_offset[s.day_number[0]], s.cell_offset[s.day_number[0] + 1]
    draw_factors(s)
    total = 0
    for cell in range(first, end):
        s.cell_cases[cell - first] = cases_in(s, cell)
        total += s.cell_cases[cell - first]
    s.day_cases[0] = total
    return total


def draw_factors(s: State) -> None:
    """Draw how busy the day is, by day factor."""
    for factor in range(len(s.plan.factor_cv)):
        s.factor_today[factor] = day_factor(s.plan.factor_cv[factor], s.k0, s.factor_k1[factor], s.day_number[0])


def cases_in(s: State, cell: int) -> int:
    """Return how many cases a cell has: the Poisson quantile of its keyed uniform, at its rate of the day (R2)."""
    p, reason = s.plan, s.plan.cell_reason[cell]
    factor = s.factor_today[p.cell_factor[cell]] if p.cell_factor[cell] >= 0 else 1.0
    c0 = strip_reason(root_of(reason, s.day_number[0], p.cell_interval[cell], 0))
    return number_of_cases(p.cell_mean[cell] * factor, s.k0, key(s, Group.COUNT, reason), c0)


def draw_cases(s: State) -> None:
    """Draw when every case of the day comes, and who it is."""
    first, end = s.cell_offset[s.day_number[0]], s.cell_offset[s.day_number[0] + 1]
    row = 0
    for cell in range(first, end):
        for number in range(s.cell_cases[cell - first]):
            draw_case(s, row, cell, number)
            row += 1


def draw_case(s: State, row: int, cell: int, number: int) -> None:
    """Draw when a case comes and who it is."""
    d, p, reason = s.coming, s.plan, s.plan.cell_reason[cell]
    root = root_of(reason, s.day_number[0], p.cell_interval[cell], number)
    words = block(s.k0, key(s, Group.CASE, reason), strip_reason(root), 0, 0, 0)
    segment = chosen(p.segment_upto, uniform(words[SEGMENT]), reason, len(p.segment_size))
    d.root[row], d.segment[row], d.scale[row] = root, segment, p.cell_scale[cell]
    d.arrived_s[row] = p.cell_from_s[cell] + uniform(words[POSITION]) * p.cell_length_s[cell]
    d.channel[row] = chosen(p.channel_upto, uniform(words[CHANNEL]), reason, len(p.channel_kind))
    d.customer[row] = customer(s, segment, uniform(words[CUSTOMER]))


def chosen(upto: list[float], u: float, reason: int, width: int) -> int:
    """Return the first of ``width`` names whose cumulative share exceeds ``u`` (R8)."""
    name = 0
    while name < width - 1 and u >= upto[reason * width + name]:
        name += 1
    return name


def customer(s: State, segment: int, u: float) -> int:
    """Return which customer comes: each of the segment's is equally likely; -1 where callers are not known."""
    size = s.plan.segment_size[segment]
    return s.plan.segment_first[segment] + min(int(u * size), size - 1) if size > 0 else -1


def key(s: State, group: int, reason: int) -> int:
    """Return the second key word of a reason's draws."""
    return s.k1[group * len(s.plan.asks_own) + reason]


# ---- in order of arrival, then root


def put_in_order(s: State) -> None:
    """Put the day's cases in order: into bins of equal length, as many as cases, and each bin in order."""
    cases = s.day_cases[0]
    count_bins(s, cases)
    for case in range(cases):
        bin_ = bin_of(s, case, cases)
        s.day_order[s.day_bins[bin_]] = case
        s.day_bins[bin_] += 1
    begin = 0
    for bin_ in range(cases):
        end = s.day_bins[bin_]
        if end - begin > 1:
            sort_part(s, begin, end)
        begin = end


def count_bins(s: State, cases: int) -> None:
    """Note where each bin begins."""
    for bin_ in range(cases):
        s.day_bins[bin_] = 0
    for case in range(cases):
        s.day_bins[bin_of(s, case, cases)] += 1
    begin = 0
    for bin_ in range(cases):
        here = s.day_bins[bin_]
        s.day_bins[bin_] = begin
        begin += here


def bin_of(s: State, case: int, bins: int) -> int:
    """Return the bin of a case's arrival; any rule does that puts no later arrival into an earlier bin."""
    bin_ = int((s.coming.arrived_s[case] - s.day_number[0] * DAY_S) * (bins / DAY_S))
    return min(max(bin_, 0), bins - 1)


def sort_part(s: State, begin: int, end: int) -> None:
    """Put a part of the order in order (Shell's sort)."""
    gap = 1
    while 3 * gap + 1 < end - begin:
        gap = 3 * gap + 1
    while gap > 0:
        for place in range(begin + gap, end):
            case, free = s.day_order[place], place
            while free - gap >= begin and comes_before(s, case, s.day_order[free - gap]):
                s.day_order[free] = s.day_order[free - gap]
                free -= gap
            s.day_order[free] = case
        gap //= 3


def expect(s: State, number: int) -> None:
    """Look ahead to a case that comes soon: nothing to plain Python; compiled code has memory bring it near (``compiled_parts``)."""


def comes_before(s: State, case: int, other: int) -> bool:
    """Whether a case comes before another."""
    d = s.coming
    if d.arrived_s[case] != d.arrived_s[other]:
        return d.arrived_s[case] < d.arrived_s[other]
    return d.root[case] < d.root[other]
