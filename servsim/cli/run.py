"""The verb ``run``: a study, its figures on stdout, progress and remarks on stderr. Never simulates by itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import servsim
from servsim.cli.argument import sort_arguments
from servsim.cli.configuration import settings_of
from servsim.cli.number import percent
from servsim.cli.output import print_csv, print_json
from servsim.cli.progress import ProgressLine
from servsim.cli.table import run_table
from servsim.errors import Problem, counted
from servsim.scenario.spot import typed_text
from servsim.study.run import Again, Ending, StudyResult, run_study
from servsim.study.settings import RunSettings

if TYPE_CHECKING:
    from servsim.report.beside import LineBeside
    from servsim.report.hourly_line import HourlyLines
    from servsim.report.wait_curve import WaitCurves

INTERRUPTED = 130


def run_and_print(words: Sequence[str]) -> int:
    """Run the study that the words ask for, print what it found and return the exit code."""
    settings = settings_of(sort_arguments(words))
    with ProgressLine("replications") as progress:
        result = run_study(settings, progress, add_pictures, Again.SHOW_SAVED)
    print_warnings(result.world.warnings)
    print_result(result)
    print(ending_words(result), end="", file=sys.stderr)
    return INTERRUPTED if result.ending is Ending.INTERRUPTED else 0


def print_warnings(warnings: Sequence[Problem]) -> None:
    """Print what may be on purpose, apart from the results."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def print_result(result: StudyResult) -> None:
    """Print the figures of a study as its settings ask."""
    output = result.settings.output
    if output == "json":
        print_json(result.rows)
    elif output == "csv":
        print_csv(result.rows)
    elif output == "table":
        sys.stdout.write(result_text(result))


def result_text(result: StudyResult) -> str:
    """Return the figures of a study as a planner reads them."""
    if not result.rows:
        return ""
    table = run_table(result.rows, result.world.names, result.world.terms)
    where = f"\nResults: {result.folder} ({_files_of(result.folder)} ...)\n" if result.folder else ""
    parts = (heading(result), "\n\n", table, theory_beside(result), _replayed(result), where, acknowledgement(result.world.scenario.description))
    return "".join(parts)


def _files_of(folder: Path) -> str:
    """Name what a reader will look for first, as far as it is there."""
    return ", ".join(name for name in ("figures/", "theory.txt", "replay.csv", "summary.csv", "measures.parquet") if (folder / name).exists())


def _replayed(result: StudyResult) -> str:
    if result.replayed is None or result.world.recording is None:
        return ""
    from servsim.cli.replay import replay_text

    return "\n" + replay_text(result.replayed, result.world.recording)


def heading(result: StudyResult) -> str:
    """Return what was run: title, days, replications, seed."""
    scenario, settings = result.world.scenario, result.settings
    days = counted(scenario.calendar.days, "day")
    count = f"{result.replications} replications" if result.replications > 1 else "1 replication: no intervals"
    changed = "".join(f"\n{path} = {typed_text(value)}" for path, value in settings.overrides)
    intervals = f"; in brackets {percent(settings.confidence)} intervals" if result.replications > 1 else ""
    return f"{scenario.title or settings.scenario}\n{days} from {scenario.calendar.start}, {count}, seed {settings.seed}{intervals}{changed}"


def theory_beside(result: StudyResult) -> str:
    """Return what formulas say of the same model, beside the simulated values; of a replayed record they say nothing."""
    if result.world.recording is not None:
        return ""
    from servsim.report.beside import beside_text

    lines = _lines_beside(result)
    exact = beside_text([line for line in lines if line.formula])
    without = [line.channel for line in lines if not line.formula]
    why = f"No exact formula for {', '.join(without)}; theory.txt says why, and has Erlang A by hour.\n" if without else ""
    return (f"\n{exact}\n" if exact else "") + (f"\n{why}" if why and result.settings.figures else "")


def _lines_beside(result: StudyResult) -> list[LineBeside]:
    from servsim.report.beside import beside

    world = result.world
    return beside(world.scenario, world.plan, world.names, world.terms, result.rows)


def acknowledgement(description: str) -> str:
    """Return the thanks that a scenario owes for its data: what its description says from ``Data:`` on."""
    text = " ".join(description.split())
    return f"{text[text.index('Data: ') :]}\n" if "Data: " in text else ""


def ending_words(result: StudyResult) -> str:
    """Return what is worth saying about how a study ended."""
    settings = result.settings
    if result.ending is Ending.INTERRUPTED:
        kept = f"Interrupted: {counted(result.replications, 'replication')} finished and kept; the same command goes on from there.\n"
        return kept if result.replications else "Interrupted before a replication was finished.\n"
    if result.ending is Ending.SAVED:
        return f"Nothing was simulated: {result.folder} was finished earlier with the same scenario, seed and version (overwrite=yes runs it anew).\n"
    if result.ending is Ending.PRECISE:
        return f"Precision: {settings.measure} is known to {percent(result.precision_width or 0.0)} after {counted(result.replications, 'replication')}.\n"
    if result.ending is Ending.NOT_PRECISE:
        return (
            f"Precision not reached: after {counted(result.replications, 'replication')} (max_replications) {settings.measure} is known to"
            f" {percent(result.precision_width or 0.0)} only, not {percent(settings.precision or 0.0)}.\n"
        )
    return ""


# ---- pictures


def add_pictures(folder: Path, result: StudyResult) -> None:
    """Draw the pictures of a study into its folder, and write theory beside simulation, where its settings want them."""
    if not result.settings.figures:
        return
    from servsim.report.figures import Shown, draw_all

    settings, world = result.settings, result.world
    waits, hourly = _from_logs(result, folder) if settings.logs == "full" else (None, None)
    shown = Shown(result.rows, world.plan, world.names, world.terms, _name_of(settings), settings.seed, servsim.__version__, waits)
    draw_all(shown, folder / "figures")
    if world.recording is None:
        _add_theory(result, hourly, folder)


def _name_of(settings: RunSettings) -> str:
    return Path(settings.scenario).name


def _from_logs(result: StudyResult, folder: Path) -> tuple[WaitCurves, HourlyLines]:
    """Return what is gathered from every replication's log, one at a time."""
    from servsim.report.hourly_line import HourlyLines
    from servsim.report.wait_curve import WaitCurves
    from servsim.study.log_file import read_log

    world = result.world
    curves, hourly = WaitCurves(world.plan, world.terms), HourlyLines(world.scenario, world.plan, world.names, world.terms)
    for replication in range(result.replications):
        log = read_log(folder, replication, world.names, result.settings.seed)
        curves.add(log)
        hourly.add(log)
    return curves, hourly


def _add_theory(result: StudyResult, hourly: HourlyLines | None, folder: Path) -> None:
    """Write ``theory.txt``: exact formulas, and Erlang A by hour, beside the simulation; and the picture of the latter."""
    from servsim.report.beside import beside_text, erlang_a_by_hour, hourly_text
    from servsim.report.canvas import save

    texts = [beside_text(_lines_beside(result))]
    if hourly is not None and hourly.lines:
        settings = result.settings
        texts.append(hourly_text(hourly.rows(settings.confidence), {line.team: line.within_s for line in hourly.lines}))
        save(erlang_a_by_hour(hourly, _name_of(settings), settings.seed, servsim.__version__, settings.confidence), folder / "figures", "erlang_a_by_hour")
    (folder / "theory.txt").write_text("\n\n".join(text for text in texts if text) + "\n", encoding="utf-8")
