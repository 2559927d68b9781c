"""Theory beside simulation: what a formula says of the user's own model, next to what the run found, with a verdict.

::

    scenario, plan -> ChannelLine (line_model) -> exact formula -> value beside the summary's estimate -> verdict
                   -> TeamLine (hourly_line)   -> Erlang A by hour beside the run by hour (no verdict: it is an approximation)

Never hides a difference and never says which of the two is right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.report.canvas import BLUE, INK, NORMAL, PALE, colour_key, look, new_figure, says
from servsim.report.hourly_line import HourlyLines, HourRow, TeamLine
from servsim.report.line_model import ChannelLine, channel_lines, kendall
from servsim.report.sentence import clock_text, counted, plain_name, plain_number, share_text, shortened
from servsim.rules.codes import ChannelKind
from servsim.scenario.language import Scenario
from servsim.scenario.units import duration_text
from servsim.theory.registry import Formula, LineModel, applicable

Row = Mapping[str, Any]

FALSE_ALARM = 0.01
"""A study says "differs" of a model that is right with at most this chance, over all its comparisons together."""
EXACT = 1e-9
MOST_REASONS = 5
"""As many reasons against a formula are printed; all are kept."""


class Verdict(IntEnum):
    """What a comparison of theory and simulation says."""

    AGREES = 0
    """The formula's value lies inside the interval."""
    BY_CHANCE = 1
    """It lies outside, but no further than some of so many comparisons, of so few replications, do by chance."""
    DIFFERS = 2
    """It lies further out than chance allows."""
    NO_VERDICT = 3
    """One replication, or no data."""


class Compared(NamedTuple):
    """One measure of one line, by theory and by simulation."""

    channel: str
    measure: str
    """Name of the measure, as in the summary."""
    group: str
    """What it is measured of: ``phone``, ``agents`` (occupancy), or the class of a priority."""
    unit: str
    theory: float
    simulated: float
    low: float
    high: float
    level: float
    z: float
    """Difference over its standard error; NaN without an interval, inf where there is no spread."""
    p_value: float
    verdict: Verdict
    replications: int

    @property
    def verdict_text(self) -> str:
        """The verdict as a clause."""
        level = share_text(self.level)
        if self.verdict is Verdict.AGREES:
            return f"agrees: inside the {level} interval"
        if self.verdict is Verdict.BY_CHANCE:
            return f"no clear difference: outside the {level} interval, as some comparisons are by chance (p = {self.p_value:.2g})"
        if self.verdict is Verdict.DIFFERS:
            return f"differs by {_signed(self.simulated - self.theory, self.unit)} (z = {self.z:+.1f})"
        return "no verdict: one replication" if self.replications < 2 else "no verdict: no data"

    def flat(self) -> dict[str, Any]:
        """Return the comparison as columns, for a CSV file."""
        return {**self._asdict(), "verdict": self.verdict.name.lower(), "says": self.verdict_text}


class LineBeside(NamedTuple):
    """One channel beside its formula, or why it has none."""

    channel: str
    formula: str
    """Name and Kendall notation; '' where there is none."""
    fails: tuple[str, ...]
    compared: tuple[Compared, ...]
    warning: str
    """What may explain a difference; '' if nothing is known to."""


# ---- exact formulas


def beside(scenario: Scenario, plan: Plan, names: Names, terms: Terms, rows: Sequence[Row]) -> list[LineBeside]:
    """Set the exact formula of every channel that has one beside the study's estimates.

    Parameters
    ----------
    scenario, plan, names, terms : the world that was run.
    rows : summary rows of the study.
    """
    lines = [(line, _formula_of(line)) for line in channel_lines(scenario, plan, names, terms)]
    pairs = [(line, list(_pairs(line, formula, plan, names, rows)) if formula else []) for line, formula in lines]
    comparisons = sum(len(found) for _, found in pairs)
    return [_line_beside(line, formula, found, comparisons, plan) for (line, formula), (_, found) in zip(lines, pairs, strict=True)]


def _formula_of(line: ChannelLine) -> Formula | None:
    return None if line.model is None else applicable(line.model)[0]


class Pair(NamedTuple):
    """A formula's value and the summary row that estimates it."""

    measure: str
    group: str
    theory: float
    row: Row


def _pairs(line: ChannelLine, formula: Formula, plan: Plan, names: Names, rows: Sequence[Row]) -> Iterator[Pair]:
    model = line.model
    assert model is not None
    values = formula.compute(model)
    for key, value in values.items():
        measure, formula_name, by = _where_measured(key, line, plan, names)
        row = _row(rows, measure, formula_name, by) if measure else None
        if row is not None and row["value"] is not None and not value == row["value"] == 0.0:
            yield Pair(measure, " ".join(by.values()), _as_measured(key, value, values, model), row)


def _where_measured(key: str, line: ChannelLine, plan: Plan, names: Names) -> tuple[str, str, dict[str, str]]:
    """Return measure, formula and group that estimate a formula's value; an empty name where none does."""
    channel = {"channel": line.channel}
    is_phone = int(plan.channel_kind[names.channels.index(line.channel)]) == ChannelKind.PHONE
    measured = {
        "wait_probability_share": ("wait_probability", "", channel),
        "mean_wait_s": ("mean_wait_s", "", channel),
        "average_speed_of_answer_s": ("average_speed_of_answer_s", "", channel),
        "abandoned_share": ("abandonment_rate", "of_offered", channel),
        "blocked_share": ("blocked_share" if is_phone else "balked_share", "", channel),
        "occupancy_share": ("occupancy", "", {"team": line.team}),
        "service_level_share": ("service_level", "answered_of_offered", channel),
    }
    if key.startswith("mean_wait_s.class_") and line.classes:
        noun, name = line.classes[int(key.rpartition("_")[2]) - 1]
        return "mean_wait_s", "", {noun: name}
    return measured.get(key, ("", "", {}))


def _as_measured(key: str, value: float, values: Mapping[str, float], model: LineModel) -> float:
    """Return a formula's value by the measure's definition: the service level is of those admitted, not of all who came."""
    if key == "service_level_share" and model.capacity is not None:
        return value / (1.0 - values["blocked_share"])
    return value


def _row(rows: Sequence[Row], measure: str, formula: str, by: Mapping[str, str]) -> Row | None:
    fits = (row for row in rows if row["measure"] == measure and row["by"] == by and formula in ("", row["formula"]))
    return next(fits, None)


def _line_beside(line: ChannelLine, formula: Formula | None, pairs: Sequence[Pair], comparisons: int, plan: Plan) -> LineBeside:
    if formula is None or line.model is None:
        return LineBeside(line.channel, "", line.fails, (), "")
    compared = tuple(compare(line.channel, pair, comparisons) for pair in pairs)
    differs = any(each.verdict is Verdict.DIFFERS for each in compared)
    warning = "the run starts with an empty line and has no warm-up" if differs and plan.warm_up_s <= 0.0 else ""
    return LineBeside(line.channel, f"{formula.name}, {kendall(line.model)}", (), compared, warning)


def compare(channel: str, pair: Pair, comparisons: int) -> Compared:
    """Compare a formula's value with an estimate.

    Parameters
    ----------
    comparisons : how many comparisons the study makes in all; the more, the further off a value must be to differ.
    """
    row = pair.row
    value, level, count = float(row["value"]), float(row["level"]), int(row["replications"])
    low, high = (math.nan if row[name] is None else float(row[name]) for name in ("low", "high"))
    z = _z(value - pair.theory, _error(value, low, high, level, count), pair.theory)
    p_value = _p_value(z, count)
    verdict = _verdict(low, high, pair.theory, z, min(1.0, p_value * comparisons))
    return Compared(channel, pair.measure, pair.group, row["unit"], pair.theory, value, low, high, level, z, p_value, verdict, count)


def _error(value: float, low: float, high: float, level: float, replications: int) -> float:
    """Return the standard error behind an interval; a share's interval may be cut at 0 or 1 on one side."""
    if replications < 2 or math.isnan(low):
        return math.nan
    from scipy.special import stdtrit

    return max(value - low, high - value) / float(stdtrit(replications - 1, 0.5 + level / 2.0))


def _z(difference: float, error: float, theory: float) -> float:
    if math.isnan(error):
        return math.nan
    if abs(difference) <= EXACT * max(abs(theory), 1.0):
        return 0.0
    return difference / error if error > 0.0 else math.copysign(math.inf, difference)


def _p_value(z: float, replications: int) -> float:
    if math.isnan(z):
        return math.nan
    from scipy.special import stdtr

    return 2.0 * float(stdtr(replications - 1, -abs(z)))


def _verdict(low: float, high: float, theory: float, z: float, p_of_all: float) -> Verdict:
    if math.isnan(z):
        return Verdict.NO_VERDICT
    if z == 0.0 or low <= theory <= high:
        return Verdict.AGREES
    return Verdict.DIFFERS if p_of_all < FALSE_ALARM else Verdict.BY_CHANCE


# ---- words and tables


def beside_text(lines: Sequence[LineBeside]) -> str:
    """Return the comparisons as a text table, and for lines without a formula why there is none; '' for no lines."""
    return "\n".join(_line_text(line) for line in lines)


def _line_text(line: LineBeside) -> str:
    if not line.formula:
        more = len(line.fails) - MOST_REASONS
        others = f"; and {counted(more, 'more reason')}" if more > 0 else ""
        return f"{line.channel}: no exact formula: {'; '.join(line.fails[:MOST_REASONS])}{others}"
    table = [("", "formula", "simulated", "")]
    table += [(_says(each), _value_text(each.theory, each.unit), _interval_text(each), each.verdict_text) for each in line.compared]
    widths = [max(len(cells[column]) for cells in table) for column in range(3)]
    body = [f"  {cells[0].ljust(widths[0])}  {cells[1].rjust(widths[1])}  {cells[2].ljust(widths[2])}  {cells[3]}".rstrip() for cells in table]
    warning = [f"  note: {line.warning}"] if line.warning else []
    return "\n".join([f"{line.channel}: theory beside simulation ({line.formula})", *body, *warning])


def _says(each: Compared) -> str:
    of = f" of {each.group}" if each.group != each.channel else ""
    return f"{plain_name(each.measure.removesuffix('_s'))}{of}"


def _value_text(value: float, unit: str) -> str:
    if math.isnan(value):
        return "no data"
    return share_text(value) if unit == "share" else f"{plain_number(value)} {unit}"


def _interval_text(each: Compared) -> str:
    if math.isnan(each.low):
        return _value_text(each.simulated, each.unit)
    return f"{_value_text(each.simulated, each.unit)} [{_value_text(each.low, each.unit)}, {_value_text(each.high, each.unit)}]"


def _signed(difference: float, unit: str) -> str:
    sign = "+" if difference >= 0.0 else "-"
    size = abs(difference)
    return f"{sign}{share_text(size)} points" if unit == "share" else f"{sign}{plain_number(size)} {unit}"


def hourly_text(rows: Sequence[HourRow], within_s: Mapping[str, float]) -> str:
    """Return Erlang A by hour beside the run, one table a line; ``within_s`` is the promised wait by team."""
    teams = list(dict.fromkeys(row.team for row in rows))
    return "\n\n".join(_hourly_table([row for row in rows if row.team == team], within_s[team]) for team in teams)


def _hourly_table(rows: Sequence[HourRow], within_s: float) -> str:
    head = ("from", "agents", "load", "per hour", "", "mean wait", "", "gave up", "", f"within {duration_text(within_s)}", "")
    under = ("", "", "Erlang", "planned", "simulated", "Erlang A", "simulated", "Erlang A", "simulated", "Erlang A", "simulated")
    lines = [head, under, *(_hourly_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    body = ["  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([f"Erlang A by hour, as a planner would compute it: {rows[0].team} ({rows[0].channels})", *body])


def _hourly_cells(row: HourRow) -> tuple[str, ...]:
    cells = [row.interval, plain_number(row.agents), plain_number(row.offered_load_erlang)]
    for name, unit in (("offered_per_h", ""), ("mean_wait_s", "s"), ("abandoned_share", "share"), ("service_level_share", "share")):
        value, _, high = row.simulated[name]
        half = f" ±{_bare(high - value, unit)}" if math.isfinite(high) else ""
        cells += [_bare(row.theory[name], unit), f"{_bare(value, unit)}{half}"]
    return tuple(cells)


def _bare(value: float, unit: str) -> str:
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "for ever"
    return share_text(value) if unit == "share" else f"{plain_number(value)}{' ' + unit if unit else ''}"


# ---- the picture

MOST_LINES = 4
WIDE_BAND = 1.4
"""The axis ends at this many times the highest mean; a very wide band may leave the picture."""


def erlang_a_by_hour(hourly: HourlyLines, scenario_name: str, seed: int, version: str, level: float = 0.95) -> Any:
    """Draw the mean wait by hour of each line, by Erlang A and by simulation."""
    rows, replications = hourly.rows(level), hourly.moments["mean_wait_s"].replications
    offered = {line: sum(row.theory["offered_per_h"] for row in rows if row.team == line.team) for line in hourly.lines}
    lines = sorted(sorted(hourly.lines, key=lambda line: -offered[line])[:MOST_LINES], key=lambda line: line.team)
    bands = f"band: {share_text(level)} interval" if replications > 1 else "one replication: no intervals"
    subtitle = f"mean wait in line by time of arrival; {hourly.plan.days} days \u00d7 {replications} replications; {bands}"
    with look():
        figure = new_figure("Erlang A by hour beside the simulation", subtitle, f"Source: servsim {version}, scenario {scenario_name}, seed {seed}")
        if not rows or not replications:
            return says(figure, "There is no line that a planner would compute by Erlang A.")
        grid = {"left": 0.06, "right": 0.98, "bottom": 0.165, "top": 0.7, "wspace": 0.17}
        panels = figure.subplots(1, len(lines), squeeze=False, gridspec_kw=grid)[0]
        for axes, line in zip(panels, lines, strict=True):
            _hour_panel(axes, [row for row in rows if row.team == line.team], line, hourly.plan, len(lines))
        colour_key(figure, (("simulated", BLUE), ("Erlang A, each interval on its own", INK)), 0.06, 0.835)
    return figure


def _hour_panel(axes: Any, rows: Sequence[HourRow], line: TeamLine, plan: Plan, panels: int) -> None:
    hours = np.array([_hours(row.interval) for row in rows])
    simulated = np.array([row.simulated["mean_wait_s"] for row in rows])
    theory = np.array([row.theory["mean_wait_s"] for row in rows])
    theory = np.where(np.isfinite(theory), theory, np.nan)
    unit_s, unit = (60.0, "min") if np.nanmax(np.append(simulated[:, 0], 0.0)) >= 180.0 else (1.0, "s")
    for values, colour, style in ((simulated[:, 0], BLUE, "-"), (theory, INK, (0, (3, 1.5)))):
        axes.plot(*_with_gaps(hours, values / unit_s, plan), color=colour, linestyle=style, drawstyle="steps-post")
    if np.isfinite(simulated[:, 1]).any():
        x, low = _with_gaps(hours, simulated[:, 1] / unit_s, plan)
        axes.fill_between(x, np.maximum(low, 0.0), _with_gaps(hours, simulated[:, 2] / unit_s, plan)[1], step="post", color=BLUE, alpha=0.25, linewidth=0.0)
    values = np.append(np.append(simulated[:, 0], theory), 1e-9) / unit_s
    axes.set_ylim(0.0, max(WIDE_BAND * float(np.nanmax(values[np.isfinite(values)])), 1e-6))
    axes.set_xlim(hours[0], hours[-1] + plan.interval_s / 3600.0)
    span = hours[-1] + plan.interval_s / 3600.0 - hours[0]
    step = max(1, math.ceil(span / (6.0 if panels < 3 else 3.0)))
    ticks = np.arange(math.ceil(hours[0]), hours[0] + 0.85 * span, step)
    axes.set_xticks(ticks, [clock_text(tick * 3600.0) for tick in ticks])
    channels = ", ".join(plain_name(name) for name in line.channels)
    axes.set_title(f"{shortened(f'{plain_name(line.team)} ({channels})', 80 // panels)}\nmean wait in {unit}", loc="left", fontsize=NORMAL)
    axes.set_xlabel("time of day (h:min)")
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    axes.locator_params(axis="y", nbins=6)


def _with_gaps(hours: Any, values: Any, plan: Plan) -> tuple[Any, Any]:
    """Return steps with their last end; intervals without a row become gaps."""
    length_h = plan.interval_s / 3600.0
    whole = np.arange(round(hours[0] / length_h), round(hours[-1] / length_h) + 2)
    column = np.full(len(whole), np.nan)
    column[np.round(hours / length_h).astype(int) - whole[0]] = values
    column[-1] = values[-1]
    return whole * length_h, column


def _hours(interval: str) -> float:
    return sum(int(part) / 60.0**k for k, part in enumerate(interval.split(":")))
