"""A closer look at a few replications of two worlds: the day by hour, everybody hit, and the logs that stories are told from.

::

    two worlds --simulate--> logs --pair--+--> people waiting, leaving, minutes at the desk, by day and hour
                                          +--> everybody for whom something got worse: what it was, and what it costs
                                          +--> the logs of the first replication

The replications are those of the comparison, simulated again. Never estimates: means over replications are taken elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.choice import chosen, expected_contacts, simulator
from servsim.engine.log import RunLog
from servsim.measure.cases import CaseState
from servsim.measure.facts import is_by_firm, team_of
from servsim.measure.stretch import Grid, seconds_in_bins
from servsim.plan.plan import Plan
from servsim.rules.clock import HOUR_S, MINUTE_S
from servsim.rules.codes import ChannelKind, Outcome
from servsim.scenario.language import Scenario
from servsim.study import workers
from servsim.study.counterfactual import Horizon, Lives, Worth, have_two_lives, lives_of
from servsim.study.paired import (
    MUCH_LONGER_S,
    CaseChange,
    PairedLayout,
    case_changes,
    case_items,
    is_worse_off,
    paired_layout,
    persons,
)
from servsim.study.pairing import PairedLogs, common_numbers, in_common, pair_logs
from servsim.study.run import Progress, World, replicate
from servsim.study.settings import RunSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOOKED = 5
"""Replications that are looked at, at most."""
HOURS = 24


class Harm(IntEnum):
    """What got worse for somebody; the first that holds."""

    UNSOLVED = 0
    IN_VAIN = 1
    GAVE_UP = 2
    WAITED = 3
    LATE = 4


HARM_WORDS = {
    Harm.UNSOLVED: "need unsolved that was solved",
    Harm.IN_VAIN: "visit in vain",
    Harm.GAVE_UP: "wait given up",
    Harm.WAITED: "over 5 min longer in line",
    Harm.LATE: "solved over a day later",
}


class Seen(NamedTuple):
    """One world by day and hour, (days, 24) each."""

    waiting: Floats
    """People in line at counters (on phones where there are no counters), mean over the hour."""
    left: Floats
    """People who gave up there, or left at the sight of the line."""
    desk_min: Floats
    """Minutes of the desk's team with somebody in hand."""


class Hit(NamedTuple):
    """Those for whom something got worse and who are known as persons, once each, (people,)."""

    customer: Ints
    segment: Ints
    """Number in ``Closer.segments``."""
    reason: Ints
    """Number in ``Closer.reasons``."""
    harm: Ints
    """:class:`Harm`."""
    chance: Floats
    """Added to the chance of leaving within a year (projected)."""
    anyway: Floats
    """Chance of leaving within a year without the decision (projected)."""
    value: Floats
    """What the customer is worth."""
    score_without: Floats
    """Satisfaction at the end of the run."""
    score_with: Floats


class Looked(NamedTuple):
    """One replication, looked at closely."""

    replication: int
    base: Seen
    other: Seen
    hit: Hit
    logs: tuple[RunLog, RunLog] | None
    """Of the first replication only."""


@dataclass(frozen=True)
class Closer:
    """Some replications of two worlds, looked at closely."""

    looked: tuple[Looked, ...]
    days: tuple[int, ...]
    """Days that are shown by hour."""
    desk: str
    """Team of the desk; empty: there is none."""
    is_counter: bool
    """Whether people wait at counters; else on the phone."""
    reasons: tuple[str, ...]
    segments: tuple[str, ...]

    @property
    def logs(self) -> tuple[RunLog, RunLog]:
        """Logs of the first replication: without the decision (in the world it is judged against), and with it."""
        logs = self.looked[0].logs
        assert logs is not None
        return logs

    @property
    def people(self) -> Hit:
        """Everybody hit, all replications one after the other."""
        return Hit(*(np.concatenate(columns) for columns in zip(*(each.hit for each in self.looked), strict=True)))

    def by_hour(self, which: str) -> Floats:
        """Return one quantity of both worlds, mean over the replications: (2, days, 24)."""
        return np.asarray(np.mean([[getattr(each.base, which), getattr(each.other, which)] for each in self.looked], axis=0))


def look_closer(base: World, other: World, settings: RunSettings, days: Sequence[int], progress: Progress) -> Closer:
    """Simulate some replications of two worlds again and look at them closely.

    Parameters
    ----------
    base, other : the world that is judged against, and the one with the decision.
    settings : of their comparison.
    days : that are shown by hour.
    """
    count = min(settings.replications, LOOKED)
    engine = chosen(settings.engine, (expected_contacts(base.plan) + expected_contacts(other.plan)) * count)
    job = LookJob(base, other, settings.seed, tuple(days), desk_team(other.scenario), engine)
    found = []
    for each in replicate(job, range(count), count, min(settings.workers or workers.core_count(), count)):
        found.append(each)
        progress(len(found), count)
    counters = bool((np.asarray(base.plan.channel_kind) == ChannelKind.COUNTER).any())
    layout = job.layout
    return Closer(tuple(found), tuple(days), job.desk, counters, tuple(common_numbers(base.names.reasons, other.names.reasons)), layout.segments)


def desk_team(scenario: Scenario) -> str:
    """Return the team that takes complaints, or sends customers home, or takes messages; empty: nobody does."""
    if scenario.complaints is not None:
        return scenario.complaints.team
    rules = [rule for cover in scenario.cover.values() for rule in (cover.come_back, cover.message) if rule is not None]
    return next((rule.team for rule in rules if rule.team), "")


@dataclass(frozen=True)
class LookJob:
    """Looks at one replication, in whatever process."""

    base: World
    other: World
    seed: int
    days: tuple[int, ...]
    desk: str
    engine: str
    """``simpy`` or ``compiled``."""

    @property
    def layout(self) -> PairedLayout:
        """What is the same in every replication."""
        return paired_layout(self.base, self.other)

    def __call__(self, replication: int) -> Looked:
        simulate = simulator(self.engine)
        logs = (simulate(self.base.plan, self.seed, replication), simulate(self.other.plan, self.seed, replication))
        paired = pair_logs(logs[0], self.base.names, logs[1], self.other.names)
        seen = [self._seen(log, world) for log, world in zip(logs, (self.base, self.other), strict=True)]
        return Looked(replication, seen[0], seen[1], hit_of(paired, self.layout), logs if replication == 0 else None)

    def _seen(self, log: RunLog, world: World) -> Seen:
        return Seen(
            *(_of_days(each, self.days) for each in (_waiting(log, world.plan), _left(log, world.plan), _desk_min(log, world, self.desk)))
        )


def _of_days(hourly: Floats, days: Sequence[int]) -> Floats:
    """(days, 24) some days of an hourly series of the whole run."""
    return np.asarray(hourly.reshape(-1, HOURS)[list(days)])


def _grid(plan: Plan) -> Grid:
    return Grid(plan.days * HOURS, HOUR_S, 0.0)


def _in_person(log: RunLog, plan: Plan) -> NDArray[np.bool_]:
    """(contacts,) made at a counter; where there are no counters, by phone."""
    kind = np.asarray(plan.channel_kind)
    wanted = ChannelKind.COUNTER if (kind == ChannelKind.COUNTER).any() else ChannelKind.PHONE
    return np.asarray((kind[log.contacts["channel"]] == wanted) & ~is_by_firm(log.contacts) & (log.contacts["outcome"] != Outcome.LOST_DEMAND))


def _waiting(log: RunLog, plan: Plan) -> Floats:
    contacts = log.contacts
    rows = np.flatnonzero(_in_person(log, plan) & ~np.isnan(contacts["queued_s"]))
    until_s = np.where(np.isnan(contacts["answered_s"]), contacts["ended_s"], contacts["answered_s"])[rows]
    until_s = np.where(np.isnan(until_s), plan.horizon_s, until_s)
    return seconds_in_bins(contacts["queued_s"][rows], until_s, np.zeros(len(rows), np.int64), 1, _grid(plan)) / HOUR_S


def _left(log: RunLog, plan: Plan) -> Floats:
    contacts = log.contacts
    gone = _in_person(log, plan) & np.isin(contacts["outcome"], np.array((Outcome.ABANDONED, Outcome.BALKED), np.int8))
    hour = np.clip(contacts["ended_s"][gone] // HOUR_S, 0, plan.days * HOURS - 1).astype(np.int64)
    return np.bincount(hour, minlength=plan.days * HOURS).astype(float)


def _desk_min(log: RunLog, world: World, desk: str) -> Floats:
    contacts, plan = log.contacts, world.plan
    if desk not in world.names.teams:
        return np.zeros(plan.days * HOURS)
    rows = np.flatnonzero((team_of(contacts["agent"], plan) == world.names.teams.index(desk)) & ~np.isnan(contacts["answered_s"]))
    until_s = np.where(np.isnan(contacts["released_s"]), plan.horizon_s, contacts["released_s"])[rows]
    return seconds_in_bins(contacts["answered_s"][rows], until_s, np.zeros(len(rows), np.int64), 1, _grid(plan)) / MINUTE_S


# ---- everybody hit


def hit_of(paired: PairedLogs, layout: PairedLayout) -> Hit:
    """Return those for whom something got worse and who are known as persons, once each."""
    change, items, who = case_changes(paired), case_items(paired, layout), persons(paired)
    rows = np.flatnonzero(is_worse_off(change) & items.counted & (who >= 0))
    rows = rows[np.unique(who[rows], return_index=True)[1]]
    numbers = common_numbers(paired.base_names.reasons, paired.other_names.reasons)
    reason = in_common(paired.base.contacts["reason"], paired.base_names.reasons, numbers)[paired.base_cases.first]
    in_both = len(paired.cases.base)
    assert bool((rows < in_both).all())  # only what is in both worlds can get worse
    where = paired.cases.base[rows]
    return Hit(who[rows], items.segment[rows], reason[where], _harm(change)[rows], *_staying(paired, layout, who[rows]))


def _harm(change: CaseChange) -> Ints:
    (before, after), (vain, vain_now), (gone, gone_now) = change.state, change.in_vain, change.abandoned
    unsolved = (before == CaseState.SOLVED) & (after != CaseState.SOLVED)
    return np.select(
        [unsolved, vain_now > vain, gone_now > gone, change.grown_s > MUCH_LONGER_S], [Harm.UNSOLVED, Harm.IN_VAIN, Harm.GAVE_UP, Harm.WAITED], Harm.LATE
    ).astype(np.int64)


def _staying(paired: PairedLogs, layout: PairedLayout, who: Ints) -> Sequence[Any]:
    """Return the columns of ``Hit`` that tell what it does to who stays."""
    if not have_two_lives(layout.base, layout.other):
        return [np.zeros(len(who)) for _ in Hit._fields[4:]]
    lives: Lives = lives_of(paired, layout.base, layout.other, Worth(layout.worth.margin, layout.worth.discount))
    more = lives.more_likely_lost(Horizon.PROJECTED_YEAR)
    columns = (more, lives.base.leaves(Horizon.PROJECTED_YEAR), lives.base.value, lives.base.score, lives.other.score)
    return [column[who] for column in columns]
