"""Pictures of a study: the day by hour, the waits against the promise, how contacts ended, how busy the teams were.

::

    summary rows, plan, names, terms -> Shown -> one function a picture -> canvas.save (PNG, SVG)

Every picture says in its subtitle what it shows, over how many replications and days; bands and whiskers are confidence
intervals over replications. What cannot be shown is said in the picture. Never measures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.measure.group import intervals_per_day
from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.report.canvas import (
    BLUE,
    CHANNEL_COLOURS,
    GREEN,
    GREY,
    INK,
    NORMAL,
    PALE,
    SMALL,
    TEAM_COLOURS,
    VERMILLION,
    colour_key,
    look,
    new_figure,
    readable,
    right_labels,
    save,
    says,
)
from servsim.report.sentence import counted, plain_name, plain_number, share_text, shortened
from servsim.report.wait_curve import WaitCurve, WaitCurves
from servsim.rules.clock import HOUR_S, MINUTE_S
from servsim.scenario.units import duration_text

Floats = NDArray[np.float64]
Row = Mapping[str, Any]

MOST_CHANNELS, MOST_TEAMS = 4, 6
WIDE_BAND = 1.6
"""Bands are followed up to this many times the highest value."""
UNKNOWN_SHARE = 0.4
"""A band of occupancy wider than this says nothing and hides the others."""
STRAGGLER = 0.08
"""What is below this share of a line's highest value at the edges of the day is left out of the picture."""
LIGHT_BLUE, LIGHT_RED = "#A6CFE6", "#F2BFA0"


@dataclass(frozen=True)
class Shown:
    """What the pictures of a study are drawn from."""

    rows: Sequence[Row]
    """Summary rows (``servsim.measure.summary``)."""
    plan: Plan
    names: Names
    terms: Terms
    scenario: str
    """Name of the scenario."""
    seed: int
    version: str
    waits: WaitCurves | None = None
    """How waits are spread; ``None``: that picture says so."""

    @property
    def replications(self) -> int:
        """How many replications the rows sum up."""
        return int(self.rows[0]["replications"]) if self.rows else 0

    @property
    def level(self) -> float:
        """Level of the intervals."""
        return float(self.rows[0]["level"]) if self.rows else 0.95

    @property
    def source(self) -> str:
        """The line that says where a picture comes from."""
        return f"Source: servsim {self.version}, scenario {self.scenario}, seed {self.seed}, {counted(self.replications, 'replication')}"

    @property
    def over(self) -> str:
        """How many days and replications stand behind a picture, and what its intervals are."""
        days = counted(self.plan.days, "day")
        if self.replications < 2:
            return f"{days}, one replication: no intervals"
        return f"{days} \u00d7 {self.replications} replications; bands: {share_text(self.level)} intervals"


class Series(NamedTuple):
    """One line of a picture, by interval."""

    time_h: Floats
    """(n,) hours after midnight at which the interval begins."""
    value: Floats
    low: Floats
    """NaN: no interval."""
    high: Floats

    def times(self, factor: Floats | float) -> Series:
        """Return the line multiplied."""
        return self._replace(value=self.value * factor, low=self.low * factor, high=self.high * factor)

    @property
    def top(self) -> float:
        """Highest value, or highest band where that is not much higher; a very wide band may leave the picture."""
        highest = float(np.nanmax(np.append(self.value, 0.0)))
        return min(float(np.nanmax(np.append(self.high, highest))), WIDE_BAND * highest)


def series_of(rows: Sequence[Row], measure: str, noun: str, formula: str = "") -> dict[str, Series]:
    """Return a measure by interval, for each channel or team (``noun``)."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for row in rows:
        by = row["by"]
        if row["measure"] == measure and set(by) == {noun, "interval"} and formula in ("", row["formula"]):
            found.setdefault(by[noun], []).append((_hours(by["interval"]), *(_number(row[name]) for name in ("value", "low", "high"))))
    return {name: Series(*np.array(sorted(points)).T) for name, points in found.items()}


def _hours(clock: str) -> float:
    parts = [int(part) for part in clock.split(":")]
    return sum(part / 60.0**k for k, part in enumerate(parts))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


# ---- open days: a mean over the days on which something was open, not over weekends


def is_open(plan: Plan, from_s: Floats, to_s: Floats) -> NDArray[np.bool_]:
    """Return (days, intervals): whether some window lies at least partly in the interval; windows may overlap."""
    starts = np.arange(plan.days * intervals_per_day(plan)) * plan.interval_s
    begun = np.searchsorted(np.sort(from_s), starts + plan.interval_s, side="left")
    over = np.searchsorted(np.sort(to_s), starts, side="right")
    return np.asarray((begun > over).reshape(plan.days, -1))


def open_days(plan: Plan, from_s: Floats, to_s: Floats) -> Floats:
    """Return, by interval of the day, on how many watched days the windows are open in it; on how many at all where in none."""
    ends = (np.arange(plan.days * intervals_per_day(plan)) + 1.0) * plan.interval_s
    days = is_open(plan, from_s, to_s) & (ends > plan.warm_up_s).reshape(plan.days, -1)
    at_all = max(int(days.any(axis=1).sum()), 1)
    return np.asarray(np.where(days.any(axis=0), days.sum(axis=0), at_all), float)


def channel_days(plan: Plan, channel: int) -> Floats:
    """Return the open days of a channel, by interval of the day."""
    part = slice(int(plan.window_offset[channel]), int(plan.window_offset[channel + 1]))
    return open_days(plan, plan.window_from_s[part], plan.window_to_s[part])


def team_days(plan: Plan, team: int) -> Floats:
    """Return the days on which somebody of a team has duty, by interval of the day."""
    return open_days(plan, *_duty(plan, team))


def _duty(plan: Plan, team: int) -> tuple[Floats, Floats]:
    mine = np.asarray(plan.agent_team)[plan.duty_agent] == team
    return plan.duty_from_s[mine], plan.duty_to_s[mine]


def watched_days(plan: Plan) -> Floats:
    """Return how many days each interval of the day was watched, parts of an interval counted as parts."""
    per_day = intervals_per_day(plan)
    starts = np.arange(plan.days * per_day) * plan.interval_s
    share = np.clip((starts + plan.interval_s - plan.warm_up_s) / plan.interval_s, 0.0, 1.0)
    return np.asarray(share.reshape(plan.days, per_day).sum(axis=0))


def _at(per_interval: Floats, line: Series, plan: Plan) -> Floats:
    return np.asarray(per_interval[np.round(line.time_h * HOUR_S / plan.interval_s).astype(int)])


def _per_open_day(lines: dict[str, Series], shown: Shown, noun: str, numerator_days: Floats) -> dict[str, Series]:
    """Scale means over all days (or sums, with ``numerator_days`` 1) to means over the days on which something was open."""
    names = shown.names.channels if noun == "channel" else shown.names.teams
    days_of = channel_days if noun == "channel" else team_days
    found = {}
    for name, line in lines.items():
        per = days_of(shown.plan, names.index(name))
        found[name] = line.times(_at(numerator_days, line, shown.plan) / _at(per, line, shown.plan))
    return found


# ---- the day by hour


def day_by_hour(shown: Shown) -> Any:
    """Draw arrivals, waiting people and agents on duty by time of day, one above the other."""
    plan = shown.plan
    ones = np.ones(intervals_per_day(plan))
    arrivals = {name: line.times(HOUR_S / plan.interval_s) for name, line in _open(shown, "offered", "channel", ones).items()}
    waiting, agents = _open(shown, "mean_waiting", "channel", watched_days(plan)), _open(shown, "agents_on_duty", "team", watched_days(plan))
    with look():
        figure = new_figure("The day by hour", f"mean over the open days; {shown.over}", shown.source)
        if not _is_lively(arrivals):
            return says(figure, "Nobody came: there is nothing to show.")
        channels, teams = _busiest(arrivals, MOST_CHANNELS), _busiest(agents, MOST_TEAMS)
        panels = figure.subplots(3, 1, sharex=True, gridspec_kw={"left": 0.1, "right": 0.81, "bottom": 0.145, "top": 0.8, "hspace": 0.42})
        span = _span([*arrivals.values(), *agents.values()], plan)
        _steps(panels[0], arrivals, channels, CHANNEL_COLOURS, plan, "arrivals per hour")
        _steps(panels[1], waiting, channels, CHANNEL_COLOURS, plan, "people waiting")
        _steps(panels[2], agents, teams, TEAM_COLOURS, plan, "agents on duty")
        _clock_axis(panels[2], span)
    return figure


def _open(shown: Shown, measure: str, noun: str, days: Floats) -> dict[str, Series]:
    return _per_open_day(series_of(shown.rows, measure, noun), shown, noun, days)


def _is_lively(lines: dict[str, Series]) -> bool:
    return any(np.nansum(line.value) > 0.0 for line in lines.values())


def _busiest(lines: dict[str, Series], most: int) -> list[str]:
    """Return the names of the lines with the largest sums, in the order of their names; without any that is nothing."""
    sums = {name: float(np.nansum(line.value)) for name, line in lines.items()}
    kept = sorted((name for name in sums if sums[name] > 0.0), key=lambda name: -sums[name])[:most]
    return sorted(kept)


def _span(lines: Sequence[Series], plan: Plan) -> tuple[float, float]:
    """Return the hours between which something happens."""
    lively = np.concatenate([line.time_h[_is_much(line)] for line in lines])
    return float(lively.min()), float(lively.max()) + plan.interval_s / HOUR_S


def _is_much(line: Series) -> NDArray[np.bool_]:
    """Return the intervals in which the line is worth showing: a late straggler is not."""
    return np.nan_to_num(line.value) > STRAGGLER * max(float(np.nanmax(np.append(line.value, 0.0))), 1e-9)


def _steps(axes: Any, lines: dict[str, Series], names: Sequence[str], colours: Sequence[str], plan: Plan, title: str) -> None:
    """Draw lines by interval as steps with their bands, and name them at the right."""
    labels = []
    for number, (name, colour) in enumerate(zip(names, colours, strict=False)):
        line = _closed(lines[name], plan)
        axes.step(line.time_h, line.value, where="post", color=colour, linewidth=max(4.0 - 0.7 * number, 1.6))  # a line over another shows both
        if np.isfinite(line.low).any():
            axes.fill_between(line.time_h, line.low, line.high, step="post", color=colour, alpha=0.25, linewidth=0.0)
        labels.append((plain_name(name), *_label_place(lines[name], plan), colour))
    _round_top(axes, max((lines[name].top for name in names), default=1.0))
    axes.set_title(title, loc="left", fontsize=NORMAL, pad=5.0)
    axes.set_xlim(0, 24)
    right_labels(axes, labels)


def _label_place(line: Series, plan: Plan) -> tuple[float, float]:
    """Return time and height of the end of what is worth showing of a line."""
    lively = np.flatnonzero(np.nan_to_num(line.value) > 0.3 * max(line.top, 1e-9))
    last = int(lively[-1]) if len(lively) else len(line.value) - 1
    return float(line.time_h[last]) + plan.interval_s / HOUR_S, float(np.nan_to_num(line.value[last]))


def _closed(line: Series, plan: Plan) -> Series:
    """Return the line with the end of its last interval, so that the last step is seen; gaps become breaks."""
    length_h = plan.interval_s / HOUR_S
    whole = np.arange(round(line.time_h[0] / length_h), round(line.time_h[-1] / length_h) + 1)
    place = np.round(line.time_h / length_h).astype(int) - whole[0]
    columns = []
    for column in line[1:]:
        full = np.full(len(whole) + 1, np.nan)
        full[place] = column
        full[-1] = column[-1]
        columns.append(full)
    return Series(np.append(whole, whole[-1] + 1) * length_h, *columns)


def _round_top(axes: Any, top: float) -> None:
    """End the axis at a round number with at most four ticks."""
    from matplotlib.ticker import MaxNLocator

    high = top * 1.08 if top > 0.0 else 1.0
    axes.set_ylim(0.0, high)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=2, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter("{x:g}")
    ticks = [tick for tick in axes.get_yticks() if tick >= 0.0]
    above = [tick for tick in ticks if tick >= top]
    axes.set_ylim(0.0, above[0] if top > 0.0 and above and above[0] <= 1.35 * top else high)
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)


def _clock_axis(axes: Any, span: tuple[float, float]) -> None:
    first, last = span
    step = 1 if last - first <= 12 else 2 if last - first <= 18 else 3
    ticks = np.arange(step * math.ceil(first / step), last + 1e-9, step)
    axes.set_xlim(first, last)
    axes.set_xticks(ticks, [f"{int(tick)}:00" for tick in ticks])
    axes.set_xlabel("time of day (h:min)", labelpad=4.0)


# ---- waits


def wait_distribution(shown: Shown) -> Any:
    """Draw, for each channel, who was answered, still waited and had given up after each time, with the promise."""
    curves = _wait_curves(shown)
    many = "" if len(curves) <= MOST_CHANNELS else f"; the {MOST_CHANNELS} busiest of {len(curves)} channels"
    with look():
        figure = new_figure("How long people waited", f"share of those answered or abandoned; {shown.over}{many}", shown.source)
        if not curves:
            return says(figure, "No wait was recorded: there is nothing to show." if shown.waits is not None else "The waits of single contacts were not kept.")
        busiest = sorted(sorted(curves, key=lambda number: -curves[number].contacts)[:MOST_CHANNELS])
        panels = figure.subplots(
            1, len(busiest), sharey=True, squeeze=False, gridspec_kw={"left": 0.1, "right": 0.965, "bottom": 0.165, "top": 0.685, "wspace": 0.14}
        )[0]
        for axes, number in zip(panels, busiest, strict=True):
            _wait_panel(axes, curves[number], number, shown, len(busiest))
        panels[0].set_ylabel("share of contacts")
        colour_key(figure, (("answered", LIGHT_BLUE), ("still waiting", PALE), ("gave up", LIGHT_RED)), 0.1, 0.825)
    return figure


def _wait_curves(shown: Shown) -> dict[int, WaitCurve]:
    if shown.waits is None:
        return {}
    curves = {number: shown.waits.curve(number, shown.level) for number in range(len(shown.names.channels))}
    return {number: curve for number, curve in curves.items() if curve.contacts > 0.0}


def _wait_panel(axes: Any, curve: WaitCurve, channel: int, shown: Shown, panels: int) -> None:
    within_s, target = float(shown.terms.within_s[channel]), float(shown.terms.target_share[channel])
    unit_s, unit = (MINUTE_S, "min") if within_s >= 120.0 else (1.0, "s")
    last = _nearly_all(curve, within_s)
    time, answered, gave_up = curve.time_s[:last] / unit_s, curve.answered[:last], curve.gave_up[:last]
    axes.fill_between(time, 0.0, answered, color=LIGHT_BLUE, linewidth=0.0)
    axes.fill_between(time, answered, 1.0 - gave_up, color=PALE, linewidth=0.0)
    axes.fill_between(time, 1.0 - gave_up, 1.0, color=LIGHT_RED, linewidth=0.0)
    axes.plot(time, answered, color=BLUE)
    axes.plot(time, 1.0 - gave_up, color=VERMILLION)
    half = curve.answered_half[:last]
    if np.isfinite(half).any():
        axes.fill_between(time, answered - half, answered + half, color=BLUE, alpha=0.45, linewidth=0.0)
    axes.set_xlim(0.0, time[-1])
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks(np.linspace(0.0, 1.0, 6), [f"{k * 20} %" for k in range(6)])
    axes.set_xlabel(f"wait in line ({unit})")
    axes.locator_params(axis="x", nbins=max(3, 8 // panels))
    axes.set_title(_panel_name(shown.names.channels[channel], panels), loc="left", fontsize=NORMAL + 1.0, fontweight="bold", pad=40.0)
    _promise_lines(axes, curve, (within_s, target), unit_s, "answered within" if panels < MOST_CHANNELS else "within")


def _nearly_all(curve: WaitCurve, within_s: float) -> int:
    """Return how many points to show: until 99.5 % of the waits are over, and the promise well inside."""
    waiting = 1.0 - curve.answered - curve.gave_up
    over = np.flatnonzero(waiting <= 0.005)
    last = int(over[0]) + 2 if len(over) else len(waiting)
    return min(len(waiting), max(last, int(np.searchsorted(curve.time_s, 2.0 * within_s)) + 1))


def _promise_lines(axes: Any, curve: WaitCurve, promise: tuple[float, float], unit_s: float, verb: str) -> None:
    """Mark the promise (seconds, share), and say what was kept of it."""
    within_s, target = promise
    kept = float(np.interp(within_s, curve.time_s, curve.answered))
    half = float(np.interp(within_s, curve.time_s, curve.answered_half))
    x = within_s / unit_s
    axes.plot([x, x], [0.0, 1.0], color=INK, linewidth=1.4, linestyle=(0, (4, 3)))
    axes.plot([0.0, x], [target, target], color=INK, linewidth=1.4, linestyle=(0, (4, 3)))
    axes.plot([x], [kept], marker="o", markersize=8.0, color=BLUE, markeredgecolor="white", zorder=5)
    more = f" ± {share_text(half)}" if math.isfinite(half) else ""
    kept_text = f"{share_text(kept)}{more} {verb} {duration_text(within_s)}"
    promise_text = f"promise {share_text(target)}; gave up {share_text(float(curve.gave_up[-1]))}"
    axes.text(0.0, 1.085, kept_text, transform=axes.transAxes, fontsize=SMALL, color=readable(BLUE), va="bottom")
    axes.text(0.0, 1.02, promise_text, transform=axes.transAxes, fontsize=SMALL, color=GREY, va="bottom")


# ---- outcomes


def _panel_name(name: str, panels: int) -> str:
    """Return a name as it fits over one of several panels."""
    return shortened(plain_name(name), 72 // panels)


class Share(NamedTuple):
    """One share with its interval."""

    value: float
    low: float
    high: float


OUTCOME_MEASURES = {
    "answered": ("answered_share", ""),
    "abandoned": ("abandonment_rate", "of_offered"),
    "balked": ("balked_share", ""),
    "blocked": ("blocked_share", ""),
    "contained": ("contained_share", ""),
    "closed": ("closed_share", ""),
    "turned_away": ("turned_away_share", ""),
    "disconnected": ("disconnected_share", ""),
    "message_left": ("message_left_share", ""),
    "told_to_come_back": ("in_vain_share", ""),
    "open": ("open_share", ""),
}
"""By outcome, the measure (and formula) that gives its share; where a study lacks it, counts give it without interval."""

OUTCOME_WORDS = {
    "answered": "answered", "abandoned": "gave up waiting", "balked": "left at the door", "blocked": "busy signal", "contained": "ended in the menu",
    "closed": "found it closed", "turned_away": "sent away unserved", "disconnected": "cut off at closing", "message_left": "left a message",
    "told_to_come_back": "told to come back", "open": "not over at the end",
}  # fmt: skip


def outcome_shares(shown: Shown) -> Any:
    """Draw how contacts ended, in per cent of those offered, one panel a channel."""
    shares = outcomes_by_channel(shown.rows)
    offered = {name: _by_channel(shown.rows, "offered", "").get(name, Share(0.0, 0.0, 0.0)).value for name in shares}
    channels = sorted(sorted((name for name in shares if offered[name] > 0.0), key=lambda name: -offered[name])[:MOST_CHANNELS])
    many = "" if len(channels) == len(shares) else f"; {len(channels)} of {len(shares)} channels"
    over = shown.over.replace("bands", "whiskers")
    with look():
        figure = new_figure("How contacts ended", f"share of the contacts that people made; {over}{many}", shown.source)
        outcomes = [name for name in OUTCOME_MEASURES if any(shares[channel].get(name, Share(0, 0, 0)).value > 0.0 for channel in channels)]
        if not channels or not outcomes:
            return says(figure, "Nobody came: there is nothing to show.")
        panels = figure.subplots(
            1, len(channels), sharey=True, squeeze=False, gridspec_kw={"left": 0.19, "right": 0.97, "bottom": 0.165, "top": 0.78, "wspace": 0.12}
        )[0]
        for axes, channel in zip(panels, channels, strict=True):
            _outcome_panel(axes, [shares[channel].get(name, Share(0.0, math.nan, math.nan)) for name in outcomes], len(channels))
            axes.set_title(f"{_panel_name(channel, len(channels))}\n{_number_of_contacts(shown, channel, offered[channel])}", loc="left", fontsize=NORMAL)
        panels[0].set_yticks(range(len(outcomes)), [OUTCOME_WORDS[name] for name in outcomes])
        panels[0].invert_yaxis()
    return figure


def _number_of_contacts(shown: Shown, channel: str, offered: float) -> str:
    """Say how many contacts stand behind a panel; per day only where whole days were watched."""
    if shown.plan.warm_up_s > 0.0:
        return f"{offered:,.0f} contacts"
    return f"{plain_number(offered / float(channel_days(shown.plan, shown.names.channels.index(channel)).max()))} contacts a day"


def outcomes_by_channel(rows: Sequence[Row]) -> dict[str, dict[str, Share]]:
    """Return the shares of outcomes, by channel."""
    offered = _by_channel(rows, "offered", "")
    found: dict[str, dict[str, Share]] = {name: {} for name in offered}
    for outcome, (measure, formula) in OUTCOME_MEASURES.items():
        exact, counts = _by_channel(rows, measure, formula), _by_channel(rows, outcome, "")
        for channel in offered:
            if channel in exact:
                found[channel][outcome] = exact[channel]
            elif channel in counts and offered[channel].value > 0.0:
                found[channel][outcome] = Share(counts[channel].value / offered[channel].value, math.nan, math.nan)
    return found


def _by_channel(rows: Sequence[Row], measure: str, formula: str) -> dict[str, Share]:
    return {
        row["by"]["channel"]: Share(*(_number(row[name]) for name in ("value", "low", "high")))
        for row in rows
        if row["measure"] == measure and set(row["by"]) == {"channel"} and formula in ("", row["formula"]) and row["value"] is not None
    }


def _outcome_panel(axes: Any, shares: Sequence[Share], panels: int) -> None:
    places = np.arange(len(shares))
    values = np.array([share.value for share in shares])
    good = np.array([place == 0 for place in places])
    axes.barh(places, values, color=np.where(good, GREEN, VERMILLION).tolist(), height=0.62, alpha=0.85)
    for place, share in enumerate(shares):
        if math.isfinite(share.high) and share.value > 0.0:
            axes.plot([share.low, share.high], [place, place], color=INK, linewidth=2.0, solid_capstyle="butt")
        _bar_text(axes, place, share)
    axes.set_xlim(0.0, 1.0)
    ticks = (0.0, 0.5, 1.0) if panels > 1 else (0.0, 0.25, 0.5, 0.75, 1.0)
    axes.set_xticks(ticks, [f"{100 * tick:.0f} %" for tick in ticks])
    labels = axes.get_xticklabels()
    labels[0].set_ha("left")
    labels[-1].set_ha("right")
    axes.set_xlabel("share of contacts")
    axes.tick_params(axis="y", length=0.0, labelcolor=INK)


def _bar_text(axes: Any, place: int, share: Share) -> None:
    """Write the share behind its bar, or in it where there is no room behind."""
    low, high = (share.low, share.high) if math.isfinite(share.high) else (share.value, share.value)
    if share.value == 0.0:
        axes.text(0.02, place, "\u2013", va="center", color=GREY)
    elif high > 0.72:
        axes.text(low - 0.02, place, share_text(share.value), ha="right", va="center", color="white", fontweight="bold")
    else:
        axes.text(high + 0.02, place, share_text(share.value), ha="left", va="center")


# ---- occupancy


def occupancy_by_hour(shown: Shown) -> Any:
    """Draw how busy each team was by time of day: busy of signed-in time."""
    lines = {name: line for name, line in series_of(shown.rows, "occupancy", "team").items() if np.isfinite(line.value).any()}
    agents = _open(shown, "agents_on_duty", "team", watched_days(shown.plan))
    lines = {name: _without_wide_bands(_in_planned_hours(line, shown, name)) for name, line in lines.items()}
    names = _busiest({name: agents[name] for name in lines if name in agents}, MOST_TEAMS)
    many = "" if len(names) == len(lines) else f"; {len(names)} of {len(lines)} teams"
    wide = shown.replications > 1 and any(np.isfinite(line.value[np.isnan(line.high)]).any() for line in lines.values())
    many = (f" (none where wider than {100 * UNKNOWN_SHARE:.0f} points)" if wide else "") + many
    with look():
        figure = new_figure("How busy the teams were", f"busy share of planned time on duty; {shown.over}{many}", shown.source)
        if not names:
            return says(figure, "Nobody was on duty: there is nothing to show.")
        axes = figure.subplots(gridspec_kw={"left": 0.1, "right": 0.81, "bottom": 0.165, "top": 0.82})
        _steps(axes, lines, names, TEAM_COLOURS, shown.plan, "")
        axes.set_ylim(0.0, 1.0)
        axes.set_yticks(np.linspace(0.0, 1.0, 6), [f"{k * 20} %" for k in range(6)])
        axes.set_ylabel("occupancy (share of time on duty)")
        for text in list(axes.texts):
            text.remove()
        labels = [(plain_name(name), *_label_place(lines[name], shown.plan), colour) for name, colour in zip(names, TEAM_COLOURS, strict=False)]
        right_labels(axes, labels)
        _clock_axis(axes, _span([_in_planned_hours(agents[name], shown, name) for name in names], shown.plan))
    return figure


def _without_wide_bands(line: Series) -> Series:
    narrow = line.high - line.low <= UNKNOWN_SHARE
    return line._replace(low=np.where(narrow, line.low, np.nan), high=np.where(narrow, line.high, np.nan))


def _in_planned_hours(line: Series, shown: Shown, team: str) -> Series:
    """Blank the intervals for which nobody of the team is planned: in overtime everybody is busy by definition."""
    plan = shown.plan
    by_interval = is_open(plan, *_duty(plan, shown.names.teams.index(team))).any(axis=0)
    planned = _at(by_interval.astype(float), line, plan) > 0.0
    return line._replace(**{name: np.where(planned, getattr(line, name), np.nan) for name in ("value", "low", "high")})


# ---- all of them

FIGURES: tuple[tuple[str, Callable[[Shown], Any]], ...] = (
    ("day_by_hour", day_by_hour),
    ("wait_distribution", wait_distribution),
    ("outcome_shares", outcome_shares),
    ("occupancy_by_hour", occupancy_by_hour),
)
"""Every picture of a study: name of its files, and the function that draws it."""


def draw_all(shown: Shown, folder: Path) -> list[Path]:
    """Draw every picture and write it as PNG and SVG; returns the files."""
    return [path for name, draw in FIGURES for path in save(draw(shown), folder, name)]
