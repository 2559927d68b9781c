"""First contacts of one day, drawn in bulk: who comes when, why, how patient, how long to serve (R1, R2, R4).

Every value is a draw of the case's name, so nothing here depends on what other cases do, on the order of the cells or
on any decision. Never simulates.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.draws.count import CHUNK_MEAN, count_up_to, gamma_factor, poisson_count
from servsim.draws.law import sample_array
from servsim.draws.name import leg_word, parts_of_array, root_of_array, strip_reason_array
from servsim.draws.philox import blocks, uniforms
from servsim.draws.purpose import (
    CHANNEL,
    COMPLAINS,
    CONTAINED,
    COUNT_OF_CELL,
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
    salted,
    stream,
)
from servsim.plan.kept_days import KEPT, of_cells, of_every_day
from servsim.plan.plan import Plan
from servsim.plan.trace import kinds_without_queue
from servsim.rules.codes import LegKind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_LEG = leg_word(LegKind.NEED, 0, 0)


class Day(NamedTuple):
    """Columns (cases,) of the first contacts of a day, by arrival time, then root."""

    arrived_s: Floats
    root: Ints
    reason: Ints
    segment: Ints
    channel: Ints
    customer: Ints
    """-1 where callers are not known as persons."""
    owner: Ints
    """Agent whose customer it is, where the contact asks for its own executive; else -1."""
    patience_s: Floats
    menu_s: Floats
    """-1 where there is no menu."""
    contained_u: Floats
    talk_s: Floats
    search_s: Floats
    wrap_up_s: Floats
    solved_u: Floats
    scale: Floats
    noise_u: Floats
    """The four words of Group.CASE_MIND; all 0.5 where nobody remembers."""
    severity_u: Floats
    complains_u: Floats
    surprise_u: Floats


class Days:
    """Draws the days of one replication, one at a time, so that a year needs no more memory than a day.

    Raises
    ------
    ValueError : recorded contacts are of kinds that no route serves.
    """

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        self.plan = plan
        self.k0 = stream(seed, replication)
        self.k1 = {group: np.array([salted(name, group) for name in plan.reason_hash], np.uint64) for group in Group}
        self.day_starts = np.searchsorted(plan.cell_day, np.arange(plan.days + 1))
        self._factors: dict[tuple[int, int], float] = {}
        # An engine that is led to no queue would write where it must not.
        if plan.trace is not None and (unserved := kinds_without_queue(plan)):
            raise ValueError(f"recorded contacts without a queue, as (channel, reason, segment): {unserved[:5]}")

    def draw(self, day: int) -> Day:
        """Return the first contacts of a day; recorded ones (a trace) and drawn ones together."""
        cells = slice(self.day_starts[day], self.day_starts[day + 1])
        if self.plan.trace is not None:
            return _in_order(self._with_trace(self._drawn(day, cells), day))
        key = (self._static + of_cells(self.plan, cells), day)
        kept = KEPT.get(key)
        if kept is None:
            kept = _in_order(self._drawn(day, cells))
            KEPT.put(key, kept)
        return kept

    @cached_property
    def _static(self) -> bytes:
        return of_every_day(self.plan, self.k0)

    def _drawn(self, day: int, cells: slice) -> Day:
        """Return the first contacts of a day that are drawn, cell by cell."""
        root, arrived_s, scale = self._cases(day, cells)
        segment, channel, customer_u = self._who(root)
        return self._leg(root, arrived_s, scale, segment, channel, self._customer(segment, customer_u))

    def _cases(self, day: int, cells: slice) -> tuple[Ints, Floats, Floats]:
        """Return names, arrival times and scales of a day's cases."""
        plan = self.plan
        reason, interval = plan.cell_reason[cells], plan.cell_interval[cells]
        counts = self._counts(cells, day)
        cell = np.repeat(np.arange(len(counts)), counts)
        number = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
        root = root_of_array(reason[cell], day, interval[cell], number)
        words = self.words(Group.CASE, root, 0)[:, POSITION]
        arrived_s = plan.cell_from_s[cells][cell] + uniforms(words) * plan.cell_length_s[cells][cell]
        return root, arrived_s, plan.cell_scale[cells][cell]

    def _counts(self, cells: slice, day: int) -> Ints:
        """Return how many cases each cell has: the Poisson quantile of its keyed uniform, at its rate of the day (R2)."""
        plan = self.plan
        reason = plan.cell_reason[cells]
        k1, c0 = self.k1[Group.COUNT][reason], strip_reason_array(root_of_array(reason, day, plan.cell_interval[cells], np.zeros(len(reason), np.int64)))
        first_u = uniforms(blocks(self.k0, k1, c0, 0, 0, 0)[:, COUNT_OF_CELL])
        factors = [self._factor(factor, day) for factor in plan.cell_factor[cells].tolist()]
        means = [mean * factor for mean, factor in zip(plan.cell_mean[cells].tolist(), factors, strict=True)]
        named = zip(means, first_u.tolist(), k1.tolist(), c0.tolist(), strict=True)
        counts = [count_up_to(u, mean) if 0.0 < mean < CHUNK_MEAN else poisson_count(mean, self.k0, *name) for mean, u, *name in named]
        return np.array(counts, np.int64)

    def _factor(self, factor: int, day: int) -> float:
        if factor < 0:
            return 1.0
        if (factor, day) not in self._factors:
            k1 = salted(self.plan.factor_hash[factor], Group.DAY_FACTOR)
            self._factors[factor, day] = gamma_factor(float(self.plan.factor_cv[factor]), self.k0, k1, day)
        return self._factors[factor, day]

    def words(self, group: Group, root: Ints, attempt: int) -> NDArray[np.uint64]:
        """Return the four words (cases, 4) of a group for cases of their own, by root."""
        reason = parts_of_array(root)[0]
        return blocks(self.k0, self.k1[group][reason], strip_reason_array(root), 0, attempt, 0)

    def _times(self, laws: Ints, root: Ints, u: Floats, group: Group, word: int, attempt: int) -> Floats:
        """Return draws of laws, row by row; 0 where there is no law."""
        times = np.zeros(len(root))
        some = np.flatnonzero(laws >= 0)
        if some.size:
            reason = parts_of_array(root[some])[0]
            k1, c0 = self.k1[group][reason], strip_reason_array(root[some])
            times[some] = sample_array(self.plan.laws, laws[some], u[some], self.k0, k1, c0, 0, attempt, word)
        return times

    def _who(self, root: Ints) -> tuple[Ints, Ints, Floats]:
        """Return segment and channel of each case, drawn from its name, and the uniform that names its customer."""
        plan = self.plan
        reason = parts_of_array(root)[0]
        case = uniforms(self.words(Group.CASE, root, 0))
        segment = _chosen(plan.segment_upto, case[:, SEGMENT], reason, len(plan.segment_size))
        channel = _chosen(plan.channel_upto, case[:, CHANNEL], reason, len(plan.channel_kind))
        return segment, channel, case[:, CUSTOMER]

    def _leg(self, root: Ints, arrived_s: Floats, scale: Floats, segment: Ints, channel: Ints, customer: Ints) -> Day:
        """Return the first contacts of cases whose segment, channel and customer are known."""
        plan, channels = self.plan, len(self.plan.channel_kind)
        reason = parts_of_array(root)[0]
        place = reason * channels + channel
        leg = uniforms(self.words(Group.LEG, root, FIRST_LEG))
        patience_law = plan.patience_law[(segment * len(plan.asks_own) + reason) * channels + channel]
        patience_s = self._times(patience_law, root, leg[:, PATIENCE], Group.LEG, PATIENCE, FIRST_LEG)
        patience_s[patience_law < 0] = np.inf
        menu_s, contained_u = self._menu(root, plan.menu_law[channel])
        return Day(
            arrived_s=arrived_s, root=root, reason=reason, segment=segment, channel=channel, customer=customer,
            owner=self._owner(reason, customer), patience_s=patience_s, menu_s=menu_s, contained_u=contained_u,
            talk_s=self._times(plan.talk_law[place], root, leg[:, TALK], Group.LEG, TALK, FIRST_LEG),
            search_s=self._search(root, plan.search_law[place]),
            wrap_up_s=self._times(plan.wrap_up_law[place], root, leg[:, WRAP_UP], Group.LEG, WRAP_UP, FIRST_LEG),
            solved_u=leg[:, SOLVED], scale=scale,
            **self._mind(root),
        )  # fmt: skip

    def _mind(self, root: Ints) -> dict[str, Floats]:
        """Return how each case is felt, and whether its customer speaks up; not drawn where nobody remembers."""
        words = uniforms(self.words(Group.CASE_MIND, root, 0)) if self.plan.remembers else np.full((len(root), 4), 0.5)
        return {"noise_u": words[:, NOISE], "severity_u": words[:, SEVERITY], "complains_u": words[:, COMPLAINS], "surprise_u": words[:, SURPRISE]}

    def _menu(self, root: Ints, law: Ints) -> tuple[Floats, Floats]:
        if (law < 0).all():
            return np.full(len(root), -1.0), np.ones(len(root))
        u = uniforms(self.words(Group.TRY, root, FIRST_LEG))
        menu_s = self._times(law, root, u[:, MENU], Group.TRY, MENU, FIRST_LEG)
        menu_s[law < 0] = -1.0
        return menu_s, np.where(law < 0, 1.0, u[:, CONTAINED])

    def _search(self, root: Ints, law: Ints) -> Floats:
        if (law < 0).all():
            return np.zeros(len(root))
        u = uniforms(self.words(Group.LEG_AFTER, root, FIRST_LEG))[:, SEARCH]
        return self._times(law, root, u, Group.LEG_AFTER, SEARCH, FIRST_LEG)

    def _customer(self, segment: Ints, u: Floats) -> Ints:
        """Return which customer comes: each of the segment's is equally likely."""
        size = self.plan.segment_size[segment]
        number = self.plan.segment_first[segment] + np.minimum((u * size).astype(np.int64), size - 1)
        return np.where(size > 0, number, -1)

    def _owner(self, reason: Ints, customer: Ints) -> Ints:
        owner = np.full(len(reason), -1, np.int64)
        asking = (self.plan.asks_own[reason] > 0) & (customer >= 0)
        owner[asking] = self.plan.owner[customer[asking]]
        return owner

    def _with_trace(self, drawn: Day, day: int) -> Day:
        """Return a day with its recorded contacts added; what the record knows overrides the draw (R4)."""
        trace = self.plan.trace
        assert trace is not None
        rows = slice(*np.searchsorted(trace.day, [day, day + 1]))
        if rows.start == rows.stop:
            return drawn
        root = trace.root[rows]
        segment, channel, customer_u = self._who(root)
        segment = _told(trace.segment[rows], segment)
        customer = _told(trace.customer[rows], self._customer(segment, customer_u))
        known = self._leg(root, trace.arrived_s[rows], trace.scale[rows], segment, _told(trace.channel[rows], channel), customer)
        known = known._replace(
            patience_s=_known(trace.patience_s[rows], known.patience_s), talk_s=_known(trace.talk_s[rows], known.talk_s),
            wrap_up_s=_known(trace.wrap_up_s[rows], known.wrap_up_s), menu_s=_known(trace.menu_s[rows], known.menu_s),
        )  # fmt: skip
        return Day._make(np.concatenate(pair) for pair in zip(drawn, known, strict=True))


def _in_order(drawn: Day) -> Day:
    order = np.lexsort((drawn.root, drawn.arrived_s))
    return Day._make(column[order] for column in drawn)


def _told(recorded: Ints, drawn: Ints) -> Ints:
    return np.where(recorded >= 0, recorded, drawn)


def _known(recorded: Floats, drawn: Floats) -> Floats:
    return np.where(np.isnan(recorded), drawn, recorded)


def _chosen(upto: Floats, u: Floats, reason: Ints, width: int) -> Ints:
    """Return the first of ``width`` names whose cumulative share exceeds ``u`` (R8: names in sorted order)."""
    shares = upto.reshape(-1, width)[reason]
    return (u[:, None] >= shares[:, :-1]).sum(axis=1) if width > 1 else np.zeros(len(u), np.int64)
