"""First contacts of one day, case by case: ``servsim.plan.day`` as functions of the state, the same bits.

::

    cells of the day --count_cases--> cases in each --draw_cases--> columns of the day, cell by cell (their order comes after)

For compiled code, in which a loop is quicker than many short arrays; recorded contacts (a trace) are left to
``servsim.plan.day``. Never simulates.
"""

from __future__ import annotations

from servsim.draws.count import day_factor, number_of_cases
from servsim.draws.law import sample
from servsim.draws.name import leg_word, root_of, strip_reason
from servsim.draws.philox import block, uniform
from servsim.draws.purpose import (
    CHANNEL,
    COMPLAINS,
    CONTAINED,
    CUSTOMER,
    MENU,
    NOISE,
    PATIENCE,
    POSITION,
    SEARCH,
    SEGMENT,
    SEVERITY,
    SOLVED,
    SURPRISE,
    TALK,
    WRAP_UP,
    Group,
)
from servsim.engine.loop_state import State
from servsim.rules.codes import LegKind

INFINITY = float("inf")
NO_MENU = -1.0
FIRST_LEG = leg_word(int(LegKind.NEED), 0, 0)


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
    """Draw the first contact of every case of the day."""
    first, end = s.cell_offset[s.day_number[0]], s.cell_offset[s.day_number[0] + 1]
    row = 0
    for cell in range(first, end):
        for number in range(s.cell_cases[cell - first]):
            draw_case(s, row, cell, number)
            row += 1


def draw_case(s: State, row: int, cell: int, number: int) -> None:
    """Draw when a case comes, who it is and what it needs."""
    d, p, reason = s.day, s.plan, s.plan.cell_reason[cell]
    root = root_of(reason, s.day_number[0], p.cell_interval[cell], number)
    case = block(s.k0, key(s, Group.CASE, reason), strip_reason(root), 0, 0, 0)
    d.root[row], d.reason[row], d.scale[row] = root, reason, p.cell_scale[cell]
    d.arrived_s[row] = p.cell_from_s[cell] + uniform(case[POSITION]) * p.cell_length_s[cell]
    d.segment[row] = chosen(p.segment_upto, uniform(case[SEGMENT]), reason, len(p.segment_size))
    d.channel[row] = chosen(p.channel_upto, uniform(case[CHANNEL]), reason, len(p.channel_kind))
    d.customer[row] = customer(s, d.segment[row], uniform(case[CUSTOMER]))
    d.owner[row] = p.owner[d.customer[row]] if p.asks_own[reason] > 0 and d.customer[row] >= 0 else -1
    draw_menu(s, row)
    draw_need(s, row)
    if p.remembers:
        draw_mind(s, row)


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


def draw_need(s: State, row: int) -> None:
    """Draw how patient a case is and how long it takes to serve."""
    d, p, reason = s.day, s.plan, s.day.reason[row]
    place = reason * len(p.channel_kind) + d.channel[row]
    patience_law = p.patience_law[d.segment[row] * len(p.talk_law) + place]
    words = block(s.k0, key(s, Group.LEG, reason), strip_reason(d.root[row]), 0, FIRST_LEG, 0)
    d.patience_s[row] = INFINITY if patience_law < 0 else time_of(s, patience_law, row, uniform(words[PATIENCE]), Group.LEG, PATIENCE)
    d.talk_s[row] = time_of(s, p.talk_law[place], row, uniform(words[TALK]), Group.LEG, TALK)
    d.wrap_up_s[row] = time_of(s, p.wrap_up_law[place], row, uniform(words[WRAP_UP]), Group.LEG, WRAP_UP)
    d.solved_u[row] = uniform(words[SOLVED])
    d.search_s[row] = 0.0
    if p.search_law[place] >= 0:
        u = uniform(block(s.k0, key(s, Group.LEG_AFTER, reason), strip_reason(d.root[row]), 0, FIRST_LEG, 0)[SEARCH])
        d.search_s[row] = time_of(s, p.search_law[place], row, u, Group.LEG_AFTER, SEARCH)


def draw_menu(s: State, row: int) -> None:
    """Draw the time in the menu and whether it ends the contact, where there is one."""
    d, law = s.day, s.plan.menu_law[s.day.channel[row]]
    d.menu_s[row], d.contained_u[row] = NO_MENU, 1.0
    if law >= 0:
        words = block(s.k0, key(s, Group.TRY, d.reason[row]), strip_reason(d.root[row]), 0, FIRST_LEG, 0)
        d.menu_s[row] = time_of(s, law, row, uniform(words[MENU]), Group.TRY, MENU)
        d.contained_u[row] = uniform(words[CONTAINED])


def draw_mind(s: State, row: int) -> None:
    """Draw how a case is felt, and whether its customer speaks up."""
    d = s.day
    words = block(s.k0, key(s, Group.CASE_MIND, d.reason[row]), strip_reason(d.root[row]), 0, 0, 0)
    d.noise_u[row], d.severity_u[row] = uniform(words[NOISE]), uniform(words[SEVERITY])
    d.complains_u[row], d.surprise_u[row] = uniform(words[COMPLAINS]), uniform(words[SURPRISE])


def time_of(s: State, law: int, row: int, u: float, group: int, word: int) -> float:
    """Return a draw of a law for a case's first contact; 0 where there is no law (-1)."""
    if law < 0:
        return 0.0
    d = s.day
    return sample(s.plan.laws, law, u, s.k0, key(s, group, d.reason[row]), strip_reason(d.root[row]), 0, FIRST_LEG, word, 0)


def key(s: State, group: int, reason: int) -> int:
    """Return the second key word of a reason's draws."""
    return s.k1[group * len(s.plan.asks_own) + reason]
