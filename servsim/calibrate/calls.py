"""Everything that a log of single contacts says about a scenario.

::

    RecordedCalls -> days -> surges set apart -> arrivals, handling, patience, menu, redials
                        -> who was on duty, wrap-up, skills, order of service        -> Calibration

Never writes a file and never simulates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.arrivals import DayFactor, PoissonTest, Rate, day_factor, poisson_test, profile_of
from servsim.calibrate.days import DayGroup, day_numbers, group_days
from servsim.calibrate.estimated import Estimated, mean_by_day
from servsim.calibrate.handling import Handling, fit_handling
from servsim.calibrate.patience import Patience, differs, fit_patience
from servsim.calibrate.presence import (
    IdleGaps,
    PresenceRule,
    RestLaw,
    Stretches,
    WrapUp,
    idle_gaps,
    mean_on_duty,
    occupancy,
    rest_law,
    stretches_of_duty,
    without_rests,
    wrap_up,
)
from servsim.calibrate.quantile import Rows, table_of
from servsim.calibrate.redial import Redial, fit_redial
from servsim.calibrate.service_order import Class, waiting_credits
from servsim.calibrate.skill import skills
from servsim.calibrate.surge import Episode, Usual, episodes, set_apart, usual_of
from servsim.calibrate.variation import Variation, variation
from servsim.errors import SettingError
from servsim.record.call_file import RecordedCalls
from servsim.rules.codes import Outcome

Floats = NDArray[Any]
HALF_HOUR_S = 1800.0
CUSTOMERS = "customers"
"""The one segment of a log that knows none."""
LEAST_DAYS = 5
ONE_SEGMENT_SHARE = 0.95
"""A reason whose contacts are of one segment to this share may have a patience of its own."""
LEAST_ANSWERED = 20


@dataclass(frozen=True)
class Menu:
    """Time before the line."""

    rows: Rows
    mean: Estimated


@dataclass(frozen=True)
class Calibration:
    """What was measured."""

    calls: RecordedCalls
    """The contacts it rests on, surges set apart, names as the scenario writes them."""
    groups: tuple[DayGroup, ...]
    usual: Usual
    surges: tuple[Episode, ...]
    reasons: tuple[str, ...]
    """Reasons with laws, in the order of the log."""
    segments: tuple[str, ...]
    segment_share: dict[str, dict[str, float]]
    """By reason."""
    rates: dict[str, dict[str, tuple[Rate, ...]]]
    """By reason and group of weekdays: all contacts, redials included."""
    day_factor: DayFactor
    poisson: PoissonTest
    handling: Handling
    menu: Menu | None
    patience_of_segment: dict[str, Patience | None]
    patience_of_reason: dict[str, Patience]
    variation: Variation
    redial: Redial | None
    wrap_up: WrapUp | None
    rule: PresenceRule
    stretches: Stretches
    idle: IdleGaps
    rests: RestLaw | None
    """Rests after calls that left nobody waiting; ``None``: too few idle gaps."""
    on_duty: dict[str, Floats]
    """By group of weekdays: agents on duty, (dates, half hours)."""
    ready: dict[str, Floats]
    """The same without rests: agents who take a call when one comes."""
    occupancy_share: float
    serves: NDArray[np.bool_]
    """(agents, reasons of the log)."""
    credits_s: dict[Class, float]
    lost_share: dict[str, float]
    """By reason: share that gave up."""

    @property
    def main(self) -> DayGroup:
        """The busiest group of weekdays."""
        return self.groups[0]

    def fresh_share(self, reason: str) -> float:
        """Share of a reason's contacts that are no redials: each lost contact comes again with the redial's chance."""
        again = self.redial.share.value if self.redial else 0.0
        return 1.0 - again * self.lost_share[reason]


def calibrate(calls: RecordedCalls, rule: PresenceRule | None = None) -> Calibration:
    """Measure a log.

    Raises
    ------
    SettingError
        The log has fewer than five days, or nobody in it was answered.
    """
    calls = with_names(calls)
    sought = calls.seeking_an_agent()
    if len(calls.dates()) < LEAST_DAYS or (sought.outcome == Outcome.ANSWERED).sum() < LEAST_ANSWERED:
        raise SettingError(
            f"log: has {len(calls.dates())} days and {int((sought.outcome == Outcome.ANSWERED).sum())} answered contacts;"
            f" must have at least {LEAST_DAYS} days and {LEAST_ANSWERED} answered contacts"
        )
    rule = rule or PresenceRule()
    groups = group_days(sought)
    normal = sought.where(np.isin(sought.date, [d for g in groups for d in g.dates]))
    usual = usual_of(normal, groups)
    apart = set_apart(normal, usual)
    return _measured(apart, groups, usual, episodes(normal, usual), rule)


def with_names(calls: RecordedCalls) -> RecordedCalls:
    """Return the contacts with names of reasons and segments that a scenario may use."""
    segments = calls.segment_names or (CUSTOMERS,)
    segment = calls.segment if calls.segment_names else np.zeros(len(calls), np.int16)
    return replace(calls, reason_names=_names(calls.reason_names), segment_names=_names(segments), segment=segment)


def _names(given: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of letters, digits and _, each once, in the order given."""
    found: list[str] = []
    for text in given:
        name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()[:48] or "unnamed"
        name = name if name[0].isalpha() else f"q_{name}"
        again = sum(re.fullmatch(rf"{name}(_\d+)?", other) is not None for other in found)
        found.append(f"{name}_{again + 1}" if again else name)
    return tuple(found)


def _measured(calls: RecordedCalls, groups: tuple[DayGroup, ...], usual: Usual, surges: tuple[Episode, ...], rule: PresenceRule) -> Calibration:
    handling = fit_handling(calls)
    reasons = tuple(name for name in calls.reason_names if name in handling.by_reason)
    stretches, wrap, idle = stretches_of_duty(calls, rule), wrap_up(calls, rule), idle_gaps(calls, rule)
    rests = rest_law(idle)
    ready = without_rests(stretches, idle, rests.given(idle, np.full(len(idle.date), 0.5))) if rests else stretches
    serves = skills(calls)
    by_reason, by_segment = _patience(calls, reasons)
    return Calibration(
        calls=calls, groups=groups, usual=usual, surges=surges, reasons=reasons, segments=calls.segment_names,
        segment_share={name: _segment_share(calls, name) for name in reasons},
        rates={name: {g.name: profile_of(_of_reason(calls, name), g) for g in groups} for name in reasons},
        day_factor=day_factor(calls, groups[0]), poisson=poisson_test(calls, groups[0]), handling=handling, menu=_menu(calls),
        patience_of_segment=by_segment, patience_of_reason=by_reason, variation=variation(calls, handling, by_reason, by_segment), redial=fit_redial(calls), wrap_up=wrap, rule=rule,
        stretches=stretches, idle=idle, rests=rests,
        on_duty={g.name: mean_on_duty(stretches, g.dates, HALF_HOUR_S) for g in groups},
        ready={g.name: mean_on_duty(ready, g.dates, HALF_HOUR_S) for g in groups},
        occupancy_share=occupancy(calls, stretches, wrap.mean.value if wrap else 0.0) if len(stretches.date) else float("nan"),
        serves=serves, credits_s=waiting_credits(calls, serves),
        lost_share={name: float((_of_reason(calls, name).outcome != Outcome.ANSWERED).mean()) for name in reasons},
    )  # fmt: skip


def _of_reason(calls: RecordedCalls, name: str) -> RecordedCalls:
    return calls.where(calls.reason == calls.reason_names.index(name))


def _segment_share(calls: RecordedCalls, name: str) -> dict[str, float]:
    """Return who comes with a reason, of those whose segment is known."""
    own = _of_reason(calls, name)
    # Where the log knows segments only of people who waited, the others of them would bias the shares.
    known = own.where((own.segment >= 0) & ((own.wait_s > 0) | (own.segment.min() >= 0)))
    if not len(known):
        return {calls.segment_names[0]: 1.0}
    counts = np.bincount(known.segment, None, len(calls.segment_names))
    shares = {n: float(c) / len(known) for n, c in zip(calls.segment_names, counts, strict=True) if c >= 0.005 * len(known)}
    total = sum(shares.values())
    return {n: round(share / total, 4) for n, share in shares.items()}


def _menu(calls: RecordedCalls) -> Menu | None:
    if not (calls.menu_s > 0).any():
        return None
    day, days = day_numbers(calls)
    return Menu(table_of(calls.menu_s), mean_by_day(day, days, calls.menu_s))


def _patience(calls: RecordedCalls, reasons: tuple[str, ...]) -> tuple[dict[str, Patience], dict[str, Patience | None]]:
    """Return patience by reason, where it differs and can be told, and by segment for all others."""
    own: dict[str, Patience] = {}
    for name in reasons:
        mine, rest = _of_reason(calls, name), calls.where(calls.reason != calls.reason_names.index(name))
        found = fit_patience(mine)
        if found is not None and len(rest) and max(_segment_share(calls, name).values()) >= ONE_SEGMENT_SHARE and differs(mine, rest):
            own[name] = found
    shared = calls.where(~np.isin(calls.reason, [calls.reason_names.index(n) for n in own]))
    everybody = fit_patience(shared) or fit_patience(calls)
    by_segment = {name: fit_patience(shared.where(shared.segment == n)) or everybody for n, name in enumerate(calls.segment_names)}
    return own, by_segment
