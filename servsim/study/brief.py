"""The facts of a decision brief: what a decision saves inside, what it costs outside, what else would reach the same aim.

::

    decisions --compare--> Comparison --+--> five numbers, ledger, efficiency, who is hit
                                        +--> options with the same aim, answers to the decision
    two worlds --look closer--> the day by hour, everybody hit, two lives
    parameter worlds --sensitivity--> presets, tornado, share of worlds in which the verdict holds
    catalogue --search--> the best other ways, on fresh seeds

The decision that is asked for first is the one the brief is about. It is judged against its reference (another way to the same
aim), or against doing nothing where it names none. ``facts_of`` makes the facts in steps, each complete in itself; it never
writes a page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from servsim.engine.choice import expected_contacts
from servsim.errors import SettingError, counted
from servsim.measure.ledger import ACCOUNTS, LINES
from servsim.rules.clock import HOUR_S
from servsim.rules.distribution import mean_of
from servsim.scenario.decision import NOTHING
from servsim.scenario.language import LOYALTY_PRESETS
from servsim.scenario.loyalty import someone_remembers
from servsim.study.catalogue import Searched, search_catalogue
from servsim.study.closer_look import Closer, look_closer
from servsim.study.compare import run_comparison
from servsim.study.comparison import COST, COST_AND_LOSS, Comparison, Row, RowName
from servsim.study.exposure import Exposure, Luck, MovedDay, exposure_of, moved_to_each_day
from servsim.study.options import Answer, Option, Phase, answers_of, options_of
from servsim.study.run import Again, Ending, Progress
from servsim.study.sensitivity import FEW, Bar, Share, Study, Verdict
from servsim.study.settings import RunSettings
from servsim.study.stated import Stated, stated
from servsim.study.told import Told, ratio_of, told
from servsim.study.workers import core_count
from servsim.study.worlds import DecidedWorld, decided_worlds, specs_of

Floats = NDArray[np.float64]

LOST, MARGIN = "expected_lost_projected_year", "margin_lost_projected_year"
DRAWN = 100
"""Replications that the exposure list is drawn from."""
MOVED = 20
"""Replications that are drawn for each other day of the same absence."""
NETS = "nets.json"
ASSUMED_EFFECT = 0.5
"""Share of the expected loss that a call averts, where no answer that calls was simulated."""
USUAL_CALL_S = 600.0
MOST_UNASKED = 1_000_000
"""First contacts, in all worlds together, beyond which parameters are moved one at a time only where that is asked for."""


@dataclass(frozen=True)
class Asked:
    """What a brief is to hold beside the comparison."""

    presets: bool = True
    tornado: bool | None = None
    """Whether every parameter is moved to both ends of its range; ``None``: where that takes no more than ``MOST_UNASKED`` first contacts."""
    worlds: int = 0
    """How many parameter worlds are drawn; 0: none."""
    search: bool = False


class Teller(Protocol):
    """Tells the user what is going on."""

    def stage(self, says: str, of_what: str) -> AbstractContextManager[Progress]:
        """Begin something that takes time: what, and what is counted."""


class FiveNumbers(NamedTuple):
    """What the first page says of one decision against another world."""

    worse: Told
    """People for whom something got worse."""
    better: Told
    """People for whom something got better."""
    minutes: Told
    """Customers' own time, added."""
    lost: Told
    """Customers expected to leave within a year (projected)."""
    lost_anyway: Told
    """Of those for whom something got worse: expected to leave also in the world it is compared with (projected)."""
    saving: Told
    """Money saved inside: payroll, lines, remedies, invoices; below 0 a cost."""
    loss: Told
    """Margin of customers lost within a year (projected)."""
    net: Told
    """Saving less loss."""
    worth: Told | None
    """What a customer is worth on average of those lost: loss over customers lost; None: there is no bounded interval."""
    break_even: Told | None
    """Worth of a customer at which saving and loss are equal; None: there is no bounded interval."""
    harm_ratio: Told | None
    """Loss over saving; only where the saving is told to be above 0."""


class SegmentHit(NamedTuple):
    """What a decision does to the customers of a segment."""

    segment: str
    customers: int
    worth: Told
    """What those likelier to leave are worth, all together."""
    worse: Told
    better: Told
    minutes: Told
    lost: Told


class LedgerLine(NamedTuple):
    """A line of the ledger in two worlds."""

    account: str
    name: str
    says: str
    """Empty for the sum of an account."""
    base: float
    value: float
    difference: Told


class CallClass(NamedTuple):
    """People hit who are alike: what a call to each of them is worth at most."""

    segment: str
    reason: str
    people: float
    """A run, mean over the replications that were looked at."""
    chance: float
    """Mean addition to the chance to leave within a year (projected)."""
    worth: float
    """Mean worth of one."""
    loss: float
    """Mean expected loss of one: chance times worth."""


class CallPrice(NamedTuple):
    """What a call to somebody who was hit costs, and how much of the loss it averts."""

    team: str
    seconds: float
    cost: float
    """Wages of one call, and the gift that goes with it."""
    effect: float
    """Share of the expected loss that calls avert."""
    is_measured: bool
    """Whether the share comes from an answer that was simulated; else it is ``ASSUMED_EFFECT``."""


@dataclass(frozen=True)
class Brief:
    """The facts of a brief."""

    settings: RunSettings
    asked: Asked
    comparison: Comparison
    decision: str
    """The world that the brief is about."""
    against: str
    """The world it is judged against."""
    numbers: FiveNumbers
    beside_nothing: FiveNumbers
    """The same against doing nothing."""
    segments: tuple[SegmentHit, ...]
    days: dict[str, float]
    """People for whom something got worse, by date; mean over replications."""
    kinds: dict[str, Told]
    """What got worse or better, by name of the paired number."""
    ledger: tuple[LedgerLine, ...]
    soft: dict[str, Told]
    """Beside the ledger, changes of: ``customers_lost`` (simulated), ``at_risk`` (projected), ``word_of_mouth``, ``customers_time`` (money);
    ``customers_minutes``, ``customers_trips``."""
    options: tuple[Option, ...]
    """Ways to the same aim, the brief's decision and what it is judged against among them."""
    answers: tuple[Answer, ...]
    """What was asked for together with a decision that it answers; best first."""
    exposure: Exposure
    moved: tuple[MovedDay, ...]
    """The same absence on every day."""
    closer: Closer
    classes: tuple[CallClass, ...]
    """Dearest first."""
    price: CallPrice
    parameters: dict[str, list[Stated]]
    efficiency: tuple[Row, ...]
    """Measures of internal and external efficiency, decision against what it is judged against."""
    verdict: Verdict | None = None
    bars: tuple[Bar, ...] = ()
    share: Share | None = None
    searched: Searched | None = None
    left_out: str = ""
    """What was not asked for and would have taken long, in a sentence; empty: nothing."""
    seconds: dict[str, float] | None = None
    """How long each step took."""

    @property
    def base(self) -> DecidedWorld:
        """The world it is judged against."""
        return self.comparison.world(self.against)

    @property
    def decided(self) -> DecidedWorld:
        """The world with the decision."""
        return self.comparison.world(self.decision)

    @property
    def best(self) -> Option:
        """The way to the same aim with the highest net money: of those told to be better than the decision, where there are any."""
        told_better = [each for each in self.options if each.gain.sign > 0]
        return max(told_better or self.options, key=lambda each: each.net.value)

    @property
    def own(self) -> Option:
        """The decision itself, as one of the ways."""
        return next(each for each in self.options if each.name == self.decision)


# ---- the steps


def facts_of(settings: RunSettings, asked: Asked, teller: Teller) -> Iterator[Brief]:
    """Yield the facts of a brief, each time with more of them.

    Raises
    ------
    ScenarioError, SettingError, ResultsError, TooFewReplications : what cannot be compared, read or written.
    KeyboardInterrupt : while the worlds are simulated; what is finished is kept.
    """
    refuse_unfit(settings)
    begun_s = time.monotonic()
    with teller.stage(f"Simulating every world {counted(settings.replications, 'time')}", "replications of all worlds") as progress:
        comparison = run_comparison(settings, progress, Again.SHOW_SAVED)
    if comparison.ending is Ending.INTERRUPTED:
        raise KeyboardInterrupt
    seconds = {"simulating every world": time.monotonic() - begun_s}
    brief = _looked_at(comparison, asked, teller, seconds)
    yield brief
    for step in (_with_presets, _with_search, _with_tornado, _with_worlds):
        more = step(brief, teller)
        if more is not brief:
            brief = more
            yield brief


def refuse_unfit(settings: RunSettings) -> None:
    """Refuse, before anything is simulated, what no brief can be written of.

    Raises
    ------
    ScenarioError : a decision that the scenario does not have.
    SettingError : no decision is named, or nobody remembers in the scenario.
    """
    named = [each for each in settings.decisions if each != NOTHING]
    if not named:
        raise SettingError(f"decisions: must be given, such as decisions=course_all_at_once,course_staggered; the brief is about the first (servsim list scenario={settings.scenario} lists them)")
    specs_of(settings)
    scenario = decided_worlds(replace(settings, decisions=()))[0].world.scenario
    if not someone_remembers(scenario):
        raise SettingError("brief: nobody remembers in this scenario, so nobody can be lost; give it a section `loyalty` and segments with `customers`")


def _looked_at(comparison: Comparison, asked: Asked, teller: Teller, seconds: dict[str, float]) -> Brief:
    settings = comparison.settings
    decision = next(each.spec.name for each in comparison.worlds[1:] if each.spec.is_asked)
    against = comparison.world(decision).spec.against[0]
    base, decided = comparison.world(against), comparison.world(decision)
    begun_s = time.monotonic()
    nothing = comparison.worlds[0]
    exposure = exposure_of(nothing, decided, Luck(settings.seed, 0), DRAWN)
    moved = moved_to_each_day(nothing.world, decided.world, [Luck(settings.seed, k) for k in range(MOVED)]) if exposure.asked else []
    seconds["listing those hit"] = time.monotonic() - begun_s
    days, begun_s = _days_shown(comparison, decision, against), time.monotonic()
    with teller.stage("Looking closer at the decision", "replications") as progress:
        closer = look_closer(base.world, decided.world, settings, days, progress)
    seconds["looking closer"] = time.monotonic() - begun_s
    return Brief(
        settings=settings, asked=asked, comparison=comparison, decision=decision, against=against,
        numbers=five_numbers(comparison, decision, against), beside_nothing=five_numbers(comparison, decision, NOTHING),
        segments=_segments(comparison, decision, against), days=_by_day(comparison, decision, against), kinds=_kinds(comparison, decision, against),
        ledger=_ledger(comparison, decision, against), soft=_soft(comparison, decision, against), options=options_of(comparison, decision, against), answers=answers_of(comparison),
        exposure=exposure, moved=tuple(moved), closer=closer, classes=_classes(closer), price=_price(comparison, decision, against), parameters=stated(nothing.world.scenario),
        efficiency=_efficiency(comparison, decision, against), seconds=seconds,
    )  # fmt: skip


def _study(brief: Brief) -> Study:
    net = -_difference(brief.comparison, COST_AND_LOSS, brief.decision, brief.against)
    return Study(brief.settings, brief.decision, brief.against, net, _nets_file(brief))


class Job(NamedTuple):
    """What judging a decision in some parameter worlds takes."""

    study: Study
    worlds: int
    """Parameter worlds."""
    replications: int
    """Of each, with the decision and without it."""
    ready_s: float
    """How long it takes to make one ready to run."""

    @property
    def contacts(self) -> float:
        """First contacts in all of them."""
        return self.worlds * self.replications * sum(expected_contacts(each.world.plan) for each in self.study.worlds)

    def seconds(self, brief: Brief) -> float:
        """Return about how long it will take, by how long the brief's closer look took."""
        processes = min(brief.settings.workers or core_count(), self.worlds)
        pair_s = (brief.seconds or {}).get("looking closer", 0.0) / len(brief.closer.looked)
        return self.worlds * (self.ready_s / processes + self.replications * pair_s)

    def words(self, brief: Brief) -> str:
        """Say how many worlds it is and about how long they will take."""
        return f"{counted(self.worlds, 'parameter world')}, about {rough_duration(self.seconds(brief))}"


def _job(brief: Brief, worlds_of: Callable[[Study], int], replications: int) -> Job:
    begun_s = time.monotonic()
    study = _study(brief)
    return Job(study, worlds_of(study), replications, time.monotonic() - begun_s)


def rough_duration(seconds: float) -> str:
    """Write a time that nobody knows well: ``half a minute``, ``4 minutes``, ``2 hours``."""
    for most_s, words in ((15.0, "a few seconds"), (45.0, "half a minute"), (90.0, "a minute")):
        if seconds < most_s:
            return words
    return counted(round(seconds / 60.0), "minute") if seconds < 5400.0 else counted(round(seconds / HOUR_S), "hour")


def _nets_file(brief: Brief) -> Path | None:
    return None if brief.comparison.folder is None else Path(brief.comparison.folder) / NETS


def _timed(brief: Brief, name: str, begun_s: float) -> dict[str, float]:
    return {**(brief.seconds or {}), name: time.monotonic() - begun_s}


def _with_presets(brief: Brief, teller: Teller) -> Brief:
    if not brief.asked.presets:
        return brief
    begun_s, job = time.monotonic(), _job(brief, lambda study: len(LOYALTY_PRESETS) - 1, brief.settings.replications)
    with teller.stage(f"Judging in the other presets ({job.words(brief)}; presets=no leaves them out)", "replications") as progress:
        verdict = job.study.presets(progress)
    return replace(brief, verdict=verdict, seconds=_timed(brief, "presets", begun_s))


def _with_tornado(brief: Brief, teller: Teller) -> Brief:
    if brief.asked.tornado is False:
        return brief
    begun_s, job = time.monotonic(), _job(brief, lambda study: 2 * len(study.parameters), FEW)
    if brief.asked.tornado is None and job.contacts > MOST_UNASKED:
        return replace(brief, left_out=f"Not asked for and left out: moving each of {len(job.study.parameters)} parameters to both ends of its range ({job.words(brief)}); say tornado=yes.")
    says = f"Moving each of {len(job.study.parameters)} parameters to both ends of its range ({job.words(brief)}; tornado=no leaves them out)"
    with teller.stage(says, "replications") as progress:
        bars = job.study.one_at_a_time(progress)
    return replace(brief, bars=tuple(bars), seconds=_timed(brief, "tornado", begun_s))


def _with_worlds(brief: Brief, teller: Teller) -> Brief:
    if not brief.asked.worlds:
        return brief
    begun_s, job = time.monotonic(), _job(brief, lambda study: brief.asked.worlds, FEW)
    with teller.stage(f"Judging with all parameters drawn from their ranges ({job.words(brief)})", "replications") as progress:
        share = job.study.drawn(brief.asked.worlds, progress=progress)
    return replace(brief, share=share, seconds=_timed(brief, "parameter worlds", begun_s))


def _with_search(brief: Brief, teller: Teller) -> Brief:
    if not brief.asked.search:
        return brief
    begun_s = time.monotonic()
    searched = search_catalogue(brief.settings, brief.decision, [each.name for each in brief.options], teller.stage)
    options = options_of(searched.front, brief.decision, brief.against)
    return replace(brief, searched=searched, options=options, answers=answers_of(searched.front), seconds=_timed(brief, "search", begun_s))


# ---- five numbers


def _values(comparison: Comparison, world: str, measure: str, **by: str) -> Floats:
    """(replications,) a measure of one world that is a sum."""
    return comparison.sample(world, measure, **by).above


def _difference(comparison: Comparison, measure: str, decision: str, against: str, **by: str) -> Floats:
    return _values(comparison, decision, measure, **by) - _values(comparison, against, measure, **by)


def five_numbers(comparison: Comparison, decision: str, against: str) -> FiveNumbers:
    """Return what the first page says of one decision against another world."""

    def paired(name: str) -> Floats:
        return comparison.paired_sample(decision, name, against)

    saving = -_difference(comparison, COST, decision, against)
    loss, lost = (_difference(comparison, name, decision, against) for name in (MARGIN, LOST))
    has_lives = RowName("worse_off_lost_anyway") in comparison.samples.paired_rows[comparison.samples.pair(decision, against)]
    anyway = paired("worse_off_lost_anyway") if has_lives else np.zeros(len(saving))
    return FiveNumbers(
        worse=told(paired("people_worse_off")), better=told(paired("people_better_off")), minutes=told(paired("customers_time_added_s") / 60.0),
        lost=told(lost), lost_anyway=told(anyway), saving=told(saving), loss=told(loss), net=told(saving - loss),
        worth=ratio_of(loss, lost), break_even=ratio_of(saving, lost), harm_ratio=ratio_of(loss, saving) if told(saving).sign > 0 else None,
    )  # fmt: skip


def _segments(comparison: Comparison, decision: str, against: str) -> tuple[SegmentHit, ...]:
    world = comparison.worlds[0].world
    found = []
    for name, customers in zip(world.names.segments, world.plan.segment_size.tolist(), strict=True):
        if not customers:
            continue

        def paired(measure: str, segment: str = name) -> Floats:
            return comparison.paired_sample(decision, measure, against, segment=segment)

        lost = told(_difference(comparison, LOST, decision, against, segment=name))
        worth = told(_difference(comparison, MARGIN, decision, against, segment=name))
        minutes = told(paired("customers_time_added_s") / 60.0)
        found.append(SegmentHit(name, customers, worth, told(paired("people_worse_off")), told(paired("people_better_off")), minutes, lost))
    return tuple(found)


KINDS = (
    "solved_only_without", "in_vain_only_with", "abandoned_only_with", "waits_much_longer", "solved_over_a_day_later",
    "solved_only_with", "in_vain_only_without", "abandoned_only_without", "waits_much_shorter", "solved_over_a_day_sooner",
    "lost_because", "kept_because", "lost_anyway", "expected_lost_because", "expected_kept_because",
)  # fmt: skip
"""Paired numbers that tell what got worse or better, in the order of the page."""


def _kinds(comparison: Comparison, decision: str, against: str) -> dict[str, Told]:
    known = {each.measure for each in comparison.samples.paired_rows[comparison.samples.pair(decision, against)]}
    return {name: told(comparison.paired_sample(decision, name, against)) for name in KINDS if name in known}


def _by_day(comparison: Comparison, decision: str, against: str) -> dict[str, float]:
    rows = [each for each in comparison.paired if (each.decision, each.against, each.measure) == (decision, against, "people_worse_off")]
    return {each.by["day"]: each.difference or 0.0 for each in rows if "day" in each.by}


def _days_shown(comparison: Comparison, decision: str, against: str) -> list[int]:
    """Return the day on which most people are hit and the next two open days."""
    plan = comparison.worlds[0].world.plan
    open_days = sorted({int(begin_s // 86_400.0) for begin_s in np.asarray(plan.window_from_s).tolist()} & set(range(plan.days)))
    hit = list(_by_day(comparison, decision, against).values())
    worst = int(np.argmax(hit)) if hit and max(hit) > 0.0 else open_days[0]
    return [worst, *[day for day in open_days if day > worst][:2]]


# ---- ledger


def _ledger(comparison: Comparison, decision: str, against: str) -> tuple[LedgerLine, ...]:
    """Return accounts and their lines that are not empty in both worlds, what decisions cost among them."""
    found: list[LedgerLine] = []
    for account in ACCOUNTS:
        found.append(_ledger_line(comparison, decision, against, account, account, f"{account}_with_invoices", ""))
        lines = [_ledger_line(comparison, decision, against, account, line.name, f"ledger_{line.name}", line.says) for line in LINES if line.account == account]
        found += [each for each in lines if each.base or each.value]
        found += _invoiced(comparison, decision, against, account)
    return tuple(found)


def _ledger_line(comparison: Comparison, decision: str, against: str, account: str, name: str, measure: str, says: str) -> LedgerLine:
    base, value = (_values(comparison, world, measure) for world in (against, decision))
    return LedgerLine(account, name, says, float(base.mean()), float(value.mean()), told(value - base))


def _invoiced(comparison: Comparison, decision: str, against: str, account: str) -> list[LedgerLine]:
    sums: dict[str, list[float]] = {}
    says: dict[str, str] = {}
    for place, name in enumerate((against, decision)):
        for each in comparison.world(name).invoices:
            if each.account == account:
                sums.setdefault(each.name, [0.0, 0.0])[place] += each.amount
                says.setdefault(each.name, each.says)
    return [LedgerLine(account, name, f"invoice: {says[name] or name}", base, value, _certain(value - base)) for name, (base, value) in sums.items()]


def _certain(value: float) -> Told:
    return Told(value, value, value)


SOFT = {
    "customers_lost": "margin_lost", "word_of_mouth": "word_of_mouth_loss", "customers_time": "customer_time_cost",
    "customers_minutes": "customer_minutes", "customers_trips": "customer_trips",
}  # fmt: skip
"""Measures of what no invoice shows."""


def _soft(comparison: Comparison, decision: str, against: str) -> dict[str, Told]:
    known = {each.measure for each in comparison.samples.rows[0]}
    found = {name: told(_difference(comparison, measure, decision, against)) for name, measure in SOFT.items() if measure in known}
    later = _difference(comparison, MARGIN, decision, against) - _difference(comparison, "margin_lost", decision, against)
    return {**found, "at_risk": told(later)}


EFFICIENCY = ("cost_per_handled_contact", "cost_per_solved_need", "external_effectiveness", "mean_satisfaction_of_hit", "unhappy_share", "first_contact_resolution", "occupancy")
"""Measures of efficiency, in the order of the page."""


def _efficiency(comparison: Comparison, decision: str, against: str) -> tuple[Row, ...]:
    rows = {each.measure: each for each in reversed(comparison.rows) if (each.decision, each.against, each.by) == (decision, against, {})}
    return tuple(rows[name] for name in EFFICIENCY if name in rows)


# ---- people to call


def _classes(closer: Closer) -> tuple[CallClass, ...]:
    """Put those hit together by segment and reason, dearest first."""
    people, runs = closer.people, len(closer.looked)
    found = []
    for segment, reason in sorted(set(zip(people.segment.tolist(), people.reason.tolist(), strict=True))):
        mine = (people.segment == segment) & (people.reason == reason)
        chance, value = people.chance[mine], people.value[mine]
        found.append(
            CallClass(closer.segments[segment], closer.reasons[reason], float(mine.sum()) / runs, float(chance.mean()), float(value.mean()), float((chance * value).mean()))
        )
    return tuple(sorted(found, key=lambda each: (-each.loss, each.segment, each.reason)))


def _price(comparison: Comparison, decision: str, against: str) -> CallPrice:
    """Return what a call afterwards costs, by the scenario with the answer that calls where one was simulated."""
    measured = [each for each in answers_of(comparison) if each.phase is Phase.AFTERWARDS and each.alone == decision and each.avoided.sign > 0]
    world = comparison.world(measured[0].name if measured else decision).world
    recovery = world.scenario.recovery
    team = recovery.team if recovery is not None else world.names.teams[int(np.argmax(world.terms.wage_per_h))]
    seconds = mean_of(recovery.time) if recovery is not None else USUAL_CALL_S
    cost = seconds / HOUR_S * world.scenario.teams[team].wage + (recovery.goodwill if recovery is not None else 0.0)
    loss = float(_difference(comparison, MARGIN, decision, against).mean())
    if measured and loss > 0.0:
        return CallPrice(team, seconds, cost, min(1.0, measured[0].avoided.value / loss), True)
    return CallPrice(team, seconds, cost, ASSUMED_EFFECT, False)
