"""The verb ``sweep``: every combination of several values, into one table. Never simulates by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from servsim.cli.argument import Arguments, plain_value, sort_arguments, sweep_values, value_of
from servsim.cli.configuration import composed
from servsim.cli.number import percent, with_interval
from servsim.cli.output import print_json
from servsim.cli.progress import ProgressLine
from servsim.cli.table import Figures, aligned
from servsim.errors import SettingError, counted
from servsim.scenario.spot import shown, typed_text
from servsim.study.run import Ending
from servsim.study.settings import SETTINGS, RunSettings, make_settings
from servsim.study.sweep import SweepResult, run_sweep

INTERRUPTED = 130
SHOWN_POINTS = 60

SHOWN = (
    ("offered_per_day", "", "offered per open day"),
    ("abandonment_rate", "of_offered", "abandoned"),
    ("average_speed_of_answer_s", "", "average speed of answer"),
    ("mean_wait_s", "", "mean wait of all"),
    ("service_level", "answered_of_offered", "service level (answered_of_offered)"),
    ("cost_per_contact", "", "cost per answered contact"),
)
"""Measure, formula and heading of the columns that are printed; the files hold all measures."""
COSTS = ("cost_per_contact",)
"""Columns that are left out where nothing costs anything: no wages, no price of lines."""


def sweep_and_print(words: Sequence[str]) -> int:
    """Run the sweep that the words ask for, print its summary and return the exit code."""
    arguments = sort_arguments(words)
    settings, axes = _settings_and_axes(arguments)
    with ProgressLine("points checked") as checking, ProgressLine("replications") as progress:
        result = run_sweep(settings, axes, progress, checking)
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if result.ending is Ending.INTERRUPTED:
        print(f"Interrupted: {counted(result.replications, 'replication')} finished and kept; the same command goes on from there.", file=sys.stderr)
        return INTERRUPTED
    _print(result)
    return 0


def _settings_and_axes(arguments: Arguments) -> tuple[RunSettings, dict[str, list[Any]]]:
    """Return what is the same at every point, and what varies."""
    typed = [*arguments.settings.items(), *arguments.overrides]
    several = {key: values for key, text in typed if (values := sweep_values(key, text)) is not None}
    axes = {key: values for key, values in several.items() if key not in SETTINGS or key in ("scenario", "seed")}
    for key in several.keys() - axes.keys():
        raise SettingError(f"{key}: got {shown(arguments.settings[key])}; is the same at every point of a sweep, give one value")
    _refuse_twice([key for key, _ in arguments.overrides])
    _refuse_logs(arguments)
    fixed = {key: plain_value(key, text) for key, text in arguments.settings.items() if key not in axes}
    given = {**composed({key: value for key, value in fixed.items() if key in SETTINGS}, arguments.hydra), **fixed}
    given = {**given, **{key: _text(axes[key][0]) for key in ("scenario", "seed") if key in axes}}
    overrides = [(path, value_of(text)) for path, text in arguments.overrides if path not in axes]
    settings = make_settings({**given, "study": given.get("study") or _study_name(given, axes)}, overrides)
    return settings, {key: [_checked(key, value, settings) for value in values] for key, values in axes.items()}


def _refuse_twice(paths: Sequence[str]) -> None:
    for place, path in enumerate(paths):
        if path in paths[:place]:
            raise SettingError(f"{path}: is given twice")


def _refuse_logs(arguments: Arguments) -> None:
    """Refuse logs where somebody asks for them: a sweep would keep none, and not say so."""
    if plain_value("logs", arguments.settings.get("logs", "")) == "full":
        raise SettingError("logs: got full; a sweep keeps measures only; leave it out, and run the point whose log you want by servsim run")


def _checked(key: str, value: Any, settings: RunSettings) -> Any:
    """Return a value of an axis; seeds and scenarios are read as the settings they are."""
    if key not in SETTINGS:
        return value
    return getattr(make_settings({"scenario": settings.scenario, key: value}), key)


def _text(value: Any) -> str:
    return str(value)


def _study_name(given: Mapping[str, Any], axes: Mapping[str, Sequence[Any]]) -> str:
    """Name a sweep after its scenario, apart from a plain run of it."""
    return "sweep" if "scenario" in axes or not given.get("scenario") else f"{Path(str(given['scenario'])).name}_sweep"


def _print(result: SweepResult) -> None:
    output = result.settings.output
    if output == "json":
        print_json(result.rows)
    elif output == "csv":
        assert result.folder is not None
        sys.stdout.write((result.folder / "summary.csv").read_text(encoding="utf-8-sig"))
    elif output == "table":
        sys.stdout.write(sweep_text(result))


def sweep_text(result: SweepResult) -> str:
    """Return the summary of a sweep as a planner reads it: a line per point."""
    by_point: dict[int, list[dict[str, Any]]] = {}
    for row in result.rows:
        if not row["by"]:
            by_point.setdefault(row["point"], []).append(row)
    shown_points = result.points[:SHOWN_POINTS]
    figures = {number: Figures(rows) for number, rows in by_point.items()}
    columns = [column for column in SHOWN if column[0] not in COSTS or any((each.of(*column[:2]) or {"value": 0})["value"] for each in figures.values())]
    lines = [[*map(typed_text, point.values.values()), *_cells(figures[point.number], columns)] for point in shown_points]
    head = [*(shown_points[0].values if shown_points else ()), *(heading for _, _, heading in columns)]
    more = f"... and {counted(len(result.points) - SHOWN_POINTS, 'more point')}\n" if len(result.points) > SHOWN_POINTS else ""
    count = result.settings.replications
    intervals = f"; in brackets {percent(result.settings.confidence)} intervals" if count > 1 else ": no intervals"
    title = f"{counted(len(result.points), 'point')}, {counted(count, 'replication')} each{intervals}"
    return f"{title}\n\n{aligned([head, *lines])}\n{more}\nResults: {result.folder} (sweep.parquet: every measure and replication; summary.csv)\n"


def _cells(figures: Figures, columns: Iterable[tuple[str, str, str]]) -> list[str]:
    return [with_interval(figures.of(measure, formula)) for measure, formula, _ in columns]
