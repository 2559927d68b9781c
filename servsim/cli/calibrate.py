"""The verb ``calibrate``: from a log to a scenario that runs at once. Measures nothing itself."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from servsim.cli.argument import sort_arguments
from servsim.cli.log_words import date_ranges, log_files, only_own, required
from servsim.errors import SettingError
from servsim.record.layout_files import layout_file
from servsim.record.table_layout import kind_of_layout

WORDS = ("log", "layout", "out", "days", "title", "description", "office", "queues", "overwrite")
TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")


def calibrate_and_print(words: Sequence[str]) -> int:
    """Measure the log that the words name, write the scenario, print what was found and return the exit code."""
    from servsim.calibrate.folder import Existing, refuse_taken, write_folder

    given = sort_arguments(words, own=tuple(w for w in WORDS if w != "overwrite"))
    only_own(given.settings, given.overrides, WORDS)
    own = given.own
    paths, layout = log_files(required(own, "log", "calls.csv")), layout_file(required(own, "layout", "generic_calls"))
    name = own.get("out") or _name_of(paths[0])
    existing = Existing.REPLACE if _switch("overwrite", given.settings.get("overwrite", "no")) else Existing.REFUSE
    folder = Path.cwd() / "scenarios"
    refuse_taken(folder, name, existing)
    files, text = _FROM[kind_of_layout(layout)](paths, layout, name, own)
    where = write_folder(folder, name, files, existing)
    print(text)
    print(f"\nWritten: {where} (scenario.yaml, tables, README.md, report.html)\nRun it:  servsim run scenario={name}")
    return 0


def _switch(key: str, text: str) -> bool:
    if text.lower() not in TRUE + FALSE:
        raise SettingError(f"{key}: got {text!r}; must be true or false")
    return text.lower() in TRUE


def _name_of(path: Path) -> str:
    name = re.sub(r"[^A-Za-z0-9_]+", "_", path.name.split(".")[0]).strip("_")
    return name if name[:1].isalpha() else f"log_{name}"


def _source(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths[:4]) + (f" and {len(paths) - 4} more files" if len(paths) > 4 else "")


def _from_calls(paths: Sequence[Path], layout: Path, name: str, own: dict[str, str]) -> tuple[dict[str, str | bytes], str]:
    from servsim.calibrate.account import lines_of, reading_text, readme
    from servsim.calibrate.calls import calibrate
    from servsim.calibrate.scenario_text import planning_scenario
    from servsim.record.call_file import LOG, read_calls
    from servsim.record.layout import load_layout
    from servsim.record.reading import left_out_warning
    from servsim.report.calibration import calibration_page

    read = read_calls(paths, load_layout(layout, LOG.layout), LOG)
    if own.get("days"):
        read = read.of_period(date_ranges("days", own["days"]))
    warning = left_out_warning(read, layout.name)
    if warning:
        print(f"warning: {warning}", file=sys.stderr)
    found, source = calibrate(read), _source([path for path in paths if str(path) in read.days_of_file])
    scenario = planning_scenario(found, own.get("title") or f"{name}: measured from {source}", own.get("description", ""))
    files: dict[str, str | bytes] = {"scenario.yaml": scenario.yaml, **scenario.tables, "README.md": readme(found, name, source, read)}
    files["report.html"] = calibration_page(found, read, name, source)
    lines = "\n".join(f"{line.what:28.28s}  {line.value}" for line in lines_of(found))
    return files, f"{len(read):,} contacts\n{reading_text(read)}\n\n{lines}"


def _from_intervals(paths: Sequence[Path], layout: Path, name: str, own: dict[str, str]) -> tuple[dict[str, str | bytes], str]:
    from servsim.calibrate.intervals import calibrate as measured
    from servsim.calibrate.intervals import files_of, lines_of, scenario_of, text_of
    from servsim.record.plain_file import read_table
    from servsim.record.table_layout import load_table_layout
    from servsim.report.calibration import table_page

    form = load_table_layout(layout)
    found = measured(read_table(paths, form.form, form.wanted), date_ranges("days", own["days"]) if own.get("days") else ())
    files = files_of(found, name, _source(paths), own.get("title", ""), own.get("description", ""))
    files["report.html"] = table_page(scenario_of(found, "", "").data, lines_of(found), name, _source(paths))
    return files, text_of(found)


def _from_snapshots(paths: Sequence[Path], layout: Path, name: str, own: dict[str, str]) -> tuple[dict[str, str | bytes], str]:
    from servsim.calibrate.snapshots import calibrate as measured
    from servsim.calibrate.snapshots import choose, files_of, lines_of, scenario_of, text_of
    from servsim.record.plain_file import read_table
    from servsim.record.table_layout import load_table_layout
    from servsim.report.calibration import table_page

    form = load_table_layout(layout)
    chosen = choose(read_table(paths, form.form, form.wanted), own.get("office", ""), own.get("queues", ""))
    found = measured(chosen, date_ranges("days", own["days"]) if own.get("days") else ())
    files = files_of(found, name, _source(paths), own.get("title", ""), own.get("description", ""))
    files["report.html"] = table_page(scenario_of(found, "", "", 28).data, lines_of(found), name, _source(paths))
    return files, text_of(found)


_FROM = {"calls": _from_calls, "intervals": _from_intervals, "snapshots": _from_snapshots}
