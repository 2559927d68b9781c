"""Heat maps of exposure: on which day the absence hurts least, and which executive's customers are hit at which hour.

::

    Exposure, MovedDay -> HeatMap (rows, hours, values) -> one figure

Darker is more people hit; every cell has its number, so that colour is never needed to read it. Never draws or simulates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.report.canvas import GREY, INK, NORMAL, SMALL, VERMILLION, look, new_figure, says
from servsim.report.exposure import MOST_DAYS, back_words, by_weekday, day_name, hours_of
from servsim.report.sentence import WEEKDAYS, counted, shortened
from servsim.study.exposure import HOURS_A_DAY, Exposure, MovedDay

LIGHT, DARK = "#FFFFFF", "#0B4F7D"
MOST_ROWS = 25


PALEST = 0.75
"""The palest colour stands for this share of the least number: days that differ by a fifth are to look different."""
WHITE_FROM = 0.5
"""Figures are white on the darker half of the colours."""


@dataclass(frozen=True)
class HeatMap:
    """Numbers by row and hour of the day."""

    rows: tuple[str, ...]
    marked: int
    """Row that is as decided, or -1."""
    hours: tuple[int, ...]
    values: NDArray[np.float64]
    """(rows, hours)"""
    notes: tuple[tuple[str, ...], ...]
    """Columns right of the map, one text a row, below their heads."""
    heads: tuple[str, ...]
    key: str = ""
    """What the columns at the right mean."""


DAY_KEY = "9 of 10: what such a day holds in nine of ten replications.  back after: days until those hit can meet their executive"


def day_picture(moved: Sequence[MovedDay], start: dt.date, name: str, source: str) -> Any:
    """Return the heat map of days: expected contacts hit by first day of the absence and hour of arrival."""
    subtitle = f"{name}: expected contacts that ask for an absent executive, by first day of the absence and hour of arrival"
    if not moved:
        with look():
            return says(new_figure("Which day hurts least", subtitle, source), "The decision has no planned absence that could be moved.")
    groups = {f"{day_name(each, start)}": [each] for each in moved}
    if len(moved) > MOST_DAYS:
        groups = {WEEKDAYS[weekday]: each for weekday, each in by_weekday(moved, start).items()}
    hours = hours_of(moved)
    values = np.array([[np.mean([one.by_hour[hour] for one in each]) for hour in hours] for each in groups.values()])
    ranges = tuple(f"{np.mean([one.spread.low for one in each]):.0f}\u2013{np.mean([one.spread.high for one in each]):.0f}" for each in groups.values())
    back = tuple(back_words(float(np.mean([one.back_after_days for one in each]))) for each in groups.values())
    marked = next((place for place, each in enumerate(groups.values()) if any(one.is_own for one in each)), -1)
    totals = tuple(f"{row.sum():.0f}" for row in values)
    return _drawn(
        HeatMap(tuple(groups), marked, tuple(hours), values, (totals, ranges, back), ("all", "9 of 10", "back after"), DAY_KEY),
        "Which day hurts least", subtitle, source,
    )  # fmt: skip


def hour_picture(exposure: Exposure, source: str) -> Any:
    """Return the heat map of executives: expected contacts hit by own executive and hour of arrival."""
    names, cases = exposure.decided.world.names, exposure.expected.cases.sum(axis=(0, 3))
    hours = [hour for hour in range(HOURS_A_DAY) if cases[hour].sum() > 0.0]
    agents = [agent for agent in range(len(names.agents)) if cases[:, agent].sum() > 0.0]
    spread = exposure.spread
    subtitle = (
        f"{exposure.decided.spec.name}: expected contacts that ask for an absent executive, {counted(len(exposure.days), 'day')};"
        f" {cases.sum():.0f} in all, {spread.low:.0f} to {spread.high:.0f} in 9 of 10 replications"
    )
    if not agents:
        with look():
            return says(new_figure("Who will be hit", subtitle, source), "Nobody finds the own executive absent because of this decision.")
    agents = sorted(sorted(agents, key=lambda agent: -cases[:, agent].sum())[:MOST_ROWS])
    values = cases[np.ix_(hours, agents)].T
    owned = np.bincount(exposure.decided.world.plan.owner[exposure.decided.world.plan.owner >= 0], minlength=len(names.agents))
    notes = (tuple(f"{row.sum():.1f}" for row in values), tuple(f"{owned[agent]:,}" for agent in agents))
    rows = tuple(shortened(names.agents[agent], 18) for agent in agents)
    return _drawn(HeatMap(rows, -1, tuple(hours), values, notes, ("all", "customers")), "Who will be hit, and when", subtitle, source)


def _drawn(heat: HeatMap, title: str, subtitle: str, source: str) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    rows, columns = heat.values.shape
    letters = NORMAL - 1.0 if rows <= 14 else SMALL
    with look():
        figure = new_figure(title, subtitle, source)
        figure.text(0.155, 0.085, heat.key, color=GREY, fontsize=SMALL, va="bottom")
        right = 0.965 - 0.088 * len(heat.notes)
        height = min(0.66, 0.11 * rows)
        axes = figure.add_axes((0.155, 0.79 - height, right - 0.155, height))
        palest, darkest = PALEST * float(heat.values.min()), max(float(heat.values.max()), 1e-9)
        axes.imshow(heat.values, aspect="auto", vmin=palest, vmax=darkest, cmap=LinearSegmentedColormap.from_list("hit", [LIGHT, DARK]))
        for row in range(rows):
            for column in range(columns):
                value = float(heat.values[row, column])
                colour = "white" if value - palest > WHITE_FROM * (darkest - palest) else INK
                axes.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=letters, color=colour)
        _labelled(axes, heat, letters)
        _noted(figure, axes, heat, letters, right)
    return figure


def _labelled(axes: Any, heat: HeatMap, letters: float) -> None:
    axes.set_xticks(range(len(heat.hours)), [f"{hour}:00" for hour in heat.hours], fontsize=letters)
    axes.set_yticks(range(len(heat.rows)), heat.rows, fontsize=letters, color=INK)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks(np.arange(len(heat.hours) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(heat.rows) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="minor", length=0)
    if heat.marked >= 0:
        label = axes.get_yticklabels()[heat.marked]
        label.set_color(VERMILLION)
        label.set_fontweight("bold")
        axes.get_figure().text(0.02, 0.085, "red: as decided", color=VERMILLION, fontsize=SMALL, va="bottom")


def _noted(figure: Any, axes: Any, heat: HeatMap, letters: float, right: float) -> None:
    """Write the columns right of the map."""
    box = axes.get_position()
    rows = len(heat.rows)
    for place, (head, texts) in enumerate(zip(heat.heads, heat.notes, strict=True)):
        left = right + 0.044 + 0.088 * place
        figure.text(left, box.y1 + 0.012, head, ha="center", va="bottom", fontsize=letters, color=GREY)
        for row, text in enumerate(texts):
            figure.text(left, box.y1 - (row + 0.5) * box.height / rows, text, ha="center", va="center", fontsize=letters)
