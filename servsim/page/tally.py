"""The tally: what one replication comes to in both worlds, in a few numbers and two curves; and intervals out of many.

Two kinds: of the shown day (who waited, walked out, came in vain), and of that day and the week after (money and customers).
Every difference is the world with the decision less the other one, replication by replication. Never simulates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure import ledger
from servsim.measure.estimate import t_quantile
from servsim.measure.facts import is_by_firm, wait_in_line_s
from servsim.measure.ledger import Ledger
from servsim.measure.queue_length import waits_of
from servsim.measure.staying import stand_of
from servsim.page.stage import Stage, StagedWorld
from servsim.rules.clock import DAY_S, MINUTE_S
from servsim.rules.codes import LegKind, Outcome, Solved
from servsim.study.paired import case_changes, case_items, is_better_off, is_worse_off, paired_layout, persons
from servsim.study.pairing import PairedLogs, pair_logs

Floats = NDArray[np.float64]
Pair = tuple[float, float]

CURVE_S = 600.0
"""Step of the curves."""
CONFIDENCE = 0.95
SOFT = ("customers_lost", "at_risk", "word_of_mouth")
"""External failure that nobody sends an invoice for."""
LEFT = (Outcome.ABANDONED, Outcome.BALKED, Outcome.BLOCKED, Outcome.TURNED_AWAY)
"""Outcomes of those who walked out, hung up, or found no line or place."""


class DayTally(NamedTuple):
    """One replication of the shown day."""

    replication: int
    numbers: dict[str, Pair]
    """By name: (without, with)."""
    waiting: tuple[list[int], list[int]]
    """People in line at each step of the curve, in both worlds."""
    left: tuple[list[int], list[int]]
    """People who had walked out by then."""


class AfterTally(NamedTuple):
    """One replication of the shown day and the days after it."""

    replication: int
    numbers: dict[str, Pair]
    lines: dict[str, Pair]
    """By ``account/line`` of the ledger."""


def curve_steps(stage: Stage) -> list[float]:
    """Return the moments of the curves, seconds of the run's clock."""
    from_s, to_s = stage.opens
    return [from_s + CURVE_S * number for number in range(int((min(to_s + 3600.0, (stage.shown + 1) * DAY_S) - from_s) // CURVE_S) + 1)]


# ---- the shown day


def day_tally(stage: Stage, base: RunLog, other: RunLog) -> DayTally:
    """Return the tally of the shown day."""
    from_s, to_s = stage.shown * DAY_S, (stage.shown + 1) * DAY_S
    steps = np.array(curve_steps(stage))
    logs, worlds = (base, other), (stage.base, stage.other)
    counts = [_counts(log, world, from_s, to_s) for log, world in zip(logs, worlds, strict=True)]
    numbers = {name: (counts[0][name], counts[1][name]) for name in counts[0]}
    numbers |= _people(pair_logs(base, stage.base.world.names, other, stage.other.world.names), stage, from_s, to_s)
    waiting, left = ([curve(log, world, steps, from_s) for log, world in zip(logs, worlds, strict=True)] for curve in (_waiting, _left))
    return DayTally(base.replication, numbers, (waiting[0], waiting[1]), (left[0], left[1]))


def _counts(log: RunLog, world: StagedWorld, from_s: float, to_s: float) -> dict[str, float]:
    contacts = log.contacts
    today = (contacts["arrived_s"] >= from_s) & (contacts["arrived_s"] < to_s)
    own = today & ~is_by_firm(contacts) & (contacts["outcome"] != Outcome.LOST_DEMAND)
    waits = np.nan_to_num(wait_in_line_s(contacts)[own & ~np.isnan(contacts["queued_s"])])
    there_s = np.nan_to_num(contacts["ended_s"] - contacts["arrived_s"])[own]
    return {
        "contacts": float(own.sum()),
        "left": float((own & _is_left(contacts)).sum()),
        "in_vain": float((own & _is_in_vain(contacts)).sum()),
        "complaints": float((own & (contacts["leg_kind"] == LegKind.COMPLAINT) & (contacts["try_number"] == 0)).sum()),
        "mean_wait_min": float(waits.mean()) / MINUTE_S if len(waits) else 0.0,
        "customer_hours": float(there_s.sum()) / 3600.0,
    }


def _is_left(contacts: dict[str, Any]) -> NDArray[np.bool_]:
    return np.isin(contacts["outcome"], np.array(LEFT, np.int8))


def _is_in_vain(contacts: dict[str, Any]) -> NDArray[np.bool_]:
    """(contacts,) whether the customer was sent home, or served without the file and not helped."""
    no_help = (contacts["has_file"] == 0) & (contacts["solved"] == Solved.NO)
    return np.asarray((contacts["outcome"] == Outcome.TOLD_TO_COME_BACK) | no_help)


def _is_again(contacts: dict[str, Any]) -> NDArray[np.bool_]:
    """(contacts,) whether somebody was served again because it had not been settled before, or complained."""
    again = (contacts["leg"] > 0) | (contacts["leg_kind"] != LegKind.NEED)
    return np.asarray(again & ~np.isnan(contacts["answered_s"]) & ~is_by_firm(contacts))


def _people(paired: PairedLogs, stage: Stage, from_s: float, to_s: float) -> dict[str, Pair]:
    """Return for how many people something got worse or better whose need came up between two moments."""
    change, items = case_changes(paired), case_items(paired, paired_layout(stage.base.world, stage.other.world))
    today = (items.day >= int(from_s // DAY_S)) & (items.day < int(to_s // DAY_S)) & items.is_paired
    who = persons(paired)
    return {name: (0.0, float(len(np.unique(who[mask & today])))) for name, mask in (("worse_off", is_worse_off(change)), ("better_off", is_better_off(change)))}


def _waiting(log: RunLog, world: StagedWorld, steps: Floats, from_s: float) -> list[int]:
    waits = waits_of(log.contacts, float(steps[-1]) + DAY_S)
    joined, gone = np.sort(waits.from_s), np.sort(waits.to_s)
    found: list[int] = (np.searchsorted(joined, steps, side="right") - np.searchsorted(gone, steps, side="right")).tolist()
    return found


def _left(log: RunLog, world: StagedWorld, steps: Floats, from_s: float) -> list[int]:
    contacts = log.contacts
    gone = np.sort(contacts["ended_s"][_is_left(contacts) & (contacts["arrived_s"] >= from_s)])
    found: list[int] = np.searchsorted(gone, steps, side="right").tolist()
    return found


# ---- the days after


def after_tally(stage: Stage, base: RunLog, other: RunLog) -> AfterTally:
    """Return the tally of all days on stage: the ledger, the customers lost, the people hit."""
    numbers: dict[str, Pair] = _people(pair_logs(base, stage.base.world.names, other, stage.other.world.names), stage, 0.0, stage.days * DAY_S)
    sides = [_money(log, world) for log, world in ((base, stage.base), (other, stage.other))]
    numbers |= {name: (sides[0][0][name], sides[1][0][name]) for name in sides[0][0]}
    keys = sorted({*sides[0][1], *sides[1][1]})
    return AfterTally(base.replication, numbers, {key: (sides[0][1].get(key, 0.0), sides[1][1].get(key, 0.0)) for key in keys})


def _money(log: RunLog, staged: StagedWorld) -> tuple[dict[str, float], dict[str, float]]:
    """Return the sums of one world, and the lines of its ledger."""
    world = staged.world
    found = ledger.ledger_of(log, world.plan, world.names, world.terms, staged.invoices)
    answered, met = float((~np.isnan(log.contacts["answered_s"])).sum()), float((log.contacts["solved"] == Solved.YES).sum())
    numbers = {f"account_{name}": amount for name, amount in found.accounts.items()}
    numbers |= {f"soft_{name}": found.soft.get(name, 0.0) for name in SOFT}
    numbers |= {"cost": found.total, "own_time": found.customer_borne["amount"], "own_hours": found.customer_borne["minutes"] / 60.0}
    numbers |= {"answered": answered, "cost_per_contact": found.payroll / answered if answered else 0.0, "trips": found.customer_borne["trips"]}
    numbers |= {"in_vain": float(_is_in_vain(log.contacts).sum()), "lost_year": _lost(log, staged)}
    numbers |= {"repeats": float(_is_again(log.contacts).sum()), "cost_per_met_need": found.payroll / met if met else 0.0}
    numbers["soft"] = sum(numbers[f"soft_{name}"] for name in SOFT)
    numbers["net"] = numbers["cost"] + numbers["soft"]
    return numbers, _lines(found)


def _lost(log: RunLog, staged: StagedWorld) -> float:
    """Return the customers expected to be lost within a year; 0 where nobody remembers."""
    world = staged.world
    if not world.plan.remembers:
        return 0.0
    stand = stand_of(log, world.plan, world.terms.margin, world.terms.discount)
    return float((stand.expected + stand.projected).sum())


def _lines(found: Ledger) -> dict[str, float]:
    return {f"{account}/{line}": amount for (account, line), amount in found.lines.items()}


# ---- intervals


class Spread(NamedTuple):
    """A difference out of several replications."""

    base: float
    """Mean without the decision."""
    other: float
    """Mean with it."""
    mean: float
    """Of the difference."""
    low: float | None
    """Lower end of the 95 % interval; ``None`` while there is one replication."""
    high: float | None
    replications: int


def spread_of(pairs: Sequence[Pair]) -> Spread:
    """Return the mean difference and its interval: Student's t on the differences of each replication."""
    differences = [there - here for here, there in pairs]
    count = len(differences)
    mean = math.fsum(differences) / count
    base, other = (math.fsum(each[side] for each in pairs) / count for side in (0, 1))
    if count < 2:
        return Spread(base, other, mean, None, None, count)
    sd = math.sqrt(math.fsum((each - mean) ** 2 for each in differences) / (count - 1))
    half = t_quantile(CONFIDENCE, count - 1) * sd / math.sqrt(count)
    return Spread(base, other, mean, mean - half, mean + half, count)


def spreads_of(tallies: Sequence[dict[str, Pair]]) -> dict[str, dict[str, Any]]:
    """Return the spread of every number that all tallies have, as plain data."""
    names = dict.fromkeys(name for each in tallies for name in each)
    return {name: spread_of([each.get(name, (0.0, 0.0)) for each in tallies])._asdict() for name in names}


# ---- where the verdict flips


class Flip(NamedTuple):
    """At which worth of a customer (as a share of the scenario's) the verdict turns over, and how well that is known."""

    point: float | None
    """Where the means of both worlds cost the same; ``None``: nowhere above 0."""
    low: float | None
    """From here ..."""
    high: float | None
    """... to here the replications cannot tell which world costs less; ``None``: no upper end. ``low`` is ``None``: they always can."""
    is_cheap_below: bool
    """Whether the right world is the cheaper one where customers are worth nothing."""


def flip_of(tallies: Sequence[AfterTally]) -> Flip:
    """Return the flip point of replications and its 95 % range.

    Of each worth k, Student's t-interval of (cost + k * margin lost) either holds 0 or does not; the range is all k of 0 or
    more for which it does.

    Source: Fieller (1954), Some problems in interval estimation, J. R. Stat. Soc. B 16.
    """
    inside, outside = ([pair[1] - pair[0] for pair in (each.numbers[name] for each in tallies)] for name in ("cost", "soft"))
    count = len(tallies)
    a, b = math.fsum(inside) / count, math.fsum(outside) / count
    point = -a / b if b and -a / b >= 0.0 else None
    if count < 2:
        return Flip(point, None, None, a < 0.0)
    scale = t_quantile(CONFIDENCE, count - 1) ** 2 / (count - 1) / count
    spread = [scale * math.fsum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) for xs, mx, ys, my in ((inside, a, inside, a), (inside, a, outside, b), (outside, b, outside, b))]
    return Flip(point, *_undecided(b * b - spread[2], a * b - spread[1], a * a - spread[0]), a < 0.0)


def _undecided(square: float, half: float, whole: float) -> tuple[float | None, float | None]:
    """Return the stretch of k >= 0 on which square k^2 + 2 half k + whole <= 0; no upper end is ``None``, no stretch is (None, None)."""
    inner = half * half - square * whole
    if square == 0.0 or inner < 0.0:
        return (0.0, None) if square < 0.0 or whole <= 0.0 else (None, None)
    roots = sorted((-half + sign * math.sqrt(inner)) / square for sign in (-1.0, 1.0))
    if square > 0.0:
        return (max(0.0, roots[0]), roots[1]) if roots[1] >= 0.0 else (None, None)
    if whole <= 0.0:
        return 0.0, None
    return max(0.0, roots[1]), None
