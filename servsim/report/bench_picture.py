"""The picture of a benchmark: microseconds a contact of every simulator, by model, on a scale of powers of ten. Never measures."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from servsim.report.canvas import BLUE, GREY, NORMAL, PALE, SMALL, look, new_figure

if TYPE_CHECKING:
    from servsim.study.bench import Row


LINE = 110
"""Letters of a line below the picture."""


def bench_picture(rows: Sequence[Row], machine: str) -> Any:
    """Draw one panel a model, each with a line a simulator at the largest size that it was measured at.

    Parameters
    ----------
    rows : of ``servsim.study.bench``; at least one.
    machine : processor and versions, for the line below.
    """
    models = list(dict.fromkeys(row.model for row in rows))
    largest = {(row.model, row.peer): row for row in rows}  # sizes grow, so the last one stays
    cheapest, dearest = min(row.us_per_contact for row in rows), max(row.us_per_contact for row in rows)
    with look():
        figure = new_figure("What a simulated contact costs", "Microseconds of processor time a contact, each step to the right ten times more; less is better", fill(machine, LINE))
        for place, model in enumerate(models):
            axes = figure.add_axes((0.17, 0.80 - 0.68 * (place + 0.86) / len(models), 0.76, 0.68 * 0.74 / len(models)))
            _panel(axes, model, [row for (of, _), row in largest.items() if of == model], (cheapest / 2.0, dearest * 4.0))
            _scale(axes, is_last=place == len(models) - 1)
    return figure


def _panel(axes: Any, model: str, rows: Sequence[Row], bounds: tuple[float, float]) -> None:
    """Draw the simulators of one model, the quickest on top."""
    quickest_first = sorted(rows, key=lambda row: row.us_per_contact)
    heights = [-float(k) for k in range(len(quickest_first))]
    colours = [BLUE if row.peer.startswith("servsim") else GREY for row in quickest_first]
    axes.set_xscale("log")
    axes.set_xlim(*bounds)
    axes.set_ylim(heights[-1] - 0.6, 0.6)
    axes.hlines(heights, bounds[0], [row.us_per_contact for row in quickest_first], colors=PALE, linewidth=2.0)
    axes.scatter([row.us_per_contact for row in quickest_first], heights, c=colours, s=55.0, zorder=3)
    for row, height, colour in zip(quickest_first, heights, colours, strict=True):
        axes.annotate(f"{_two_digits(row.us_per_contact)} \u00b5s", (row.us_per_contact, height), xytext=(9.0, 0.0), textcoords="offset points", va="center", fontsize=SMALL, color=colour)
    axes.set_yticks(heights, [row.peer for row in quickest_first], fontsize=SMALL)
    axes.set_title(model, loc="left", fontsize=NORMAL, pad=5.0)
    axes.tick_params(axis="y", length=0.0)


def _scale(axes: Any, *, is_last: bool) -> None:
    """Write powers of ten in plain digits below the last panel."""
    low, high = axes.get_xlim()
    powers = [10.0**k for k in range(-3, 7) if low <= 10.0**k <= high] if is_last else []
    axes.set_xticks(powers, [_two_digits(power) for power in powers], fontsize=SMALL)
    axes.minorticks_off()


def _two_digits(value: float) -> str:
    """Return a number to two digits, never with an exponent."""
    return f"{float(f'{value:.2g}'):,.10g}"
