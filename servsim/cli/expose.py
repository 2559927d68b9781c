"""The verb ``expose``: whom a decision will hit, before anything is simulated; and on which day it hurts least."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from servsim.cli.argument import Arguments, plain_value, sort_arguments, whole_number
from servsim.cli.configuration import settings_of
from servsim.errors import ResultsError, SettingError
from servsim.report.exposure import day_text, exposure_text, write_csv
from servsim.scenario import units
from servsim.scenario.decision import NOTHING, decision_folders, list_decisions
from servsim.scenario.spot import list_names, shown
from servsim.study.exposure import (
    Exposure,
    Luck,
    MovedDay,
    OpenCase,
    exposure_of,
    moved_to_each_day,
    open_cases,
    run_until,
)
from servsim.study.settings import RunSettings
from servsim.study.worlds import decided_worlds

OWN = ("decision", "replication", "output", "open_cases", "pick_day", "call_time")
DRAWN = 100
"""Replications that are drawn unless ``replications`` is given."""
SHOWN = 8
"""Names of decisions in a message."""
LONGEST_CALL_S = 4 * 3600.0


@dataclass(frozen=True)
class Asked:
    """What the words of the verb ask for."""

    replication: int
    output: str
    opens: bool
    picks_day: bool
    call_s: float


def expose_and_print(words: Sequence[str]) -> int:
    """Print whom a decision will hit; write a CSV and pictures where they are asked for."""
    arguments = sort_arguments(words, OWN)
    asked = _asked(arguments)
    settings, study = _settings(arguments)
    base, decided, *_ = decided_worlds(settings, "decision")
    draws = settings.replications if "replications" in arguments.settings else DRAWN
    exposure = exposure_of(base, decided, Luck(settings.seed, asked.replication), draws)
    known = _known(exposure, settings, study) if (asked.opens or study) and exposure.asked else None
    moved = moved_to_each_day(base.world, decided.world, [Luck(settings.seed, number) for number in range(draws)]) if asked.picks_day else None
    _print(exposure, known, moved, asked)
    if "figures" in arguments.settings and settings.figures:
        _draw(exposure, moved, settings)
    return 0


# ---- what is asked for


def _asked(arguments: Arguments) -> Asked:
    given = {key: str(plain_value(key, text)).strip() for key, text in arguments.own.items()}
    output = given.get("output", "table")
    if output not in ("table", "csv") and not output.endswith(".csv"):
        raise SettingError(f"output: got {shown(output)}; must be table, csv (to the screen) or the name of a file that ends in .csv")
    if not Path(output).parent.is_dir():
        raise SettingError(f"output: got {shown(output)}; the folder {Path(output).parent} does not exist")
    return Asked(
        whole_number("replication", given.get("replication", "0"), 0, 10**6), output, _is_yes("open_cases", given), _is_yes("pick_day", given), _call_s(given)
    )


def _is_yes(key: str, given: dict[str, str]) -> bool:
    text = given.get(key, "no").lower()
    if text not in ("yes", "true", "no", "false"):
        raise SettingError(f"{key}: got {shown(given[key])}; must be yes or no")
    return text in ("yes", "true")


def _call_s(given: dict[str, str]) -> float:
    text = given.get("call_time", "2 min")
    try:
        seconds = units.parse_duration(text)
    except units.Refused:
        seconds = -1.0
    if not 0.0 < seconds <= LONGEST_CALL_S:
        raise SettingError(f"call_time: got {shown(text)}; must be the length of a call from 1 s to 4 h, such as 2 min")
    return seconds


def _settings(arguments: Arguments) -> tuple[RunSettings, str]:
    """Return the run settings with the decision, and the name of the study to read open cases from."""
    if "decisions" in arguments.settings:
        raise SettingError("decisions: one decision at a time here: decision=course_all_at_once (several taken together: decision=a+b)")
    settings = settings_of(arguments)
    name = str(plain_value("decision", arguments.own.get("decision", ""))).strip()
    if not name or name == NOTHING:
        known = list_names(list_decisions(decision_folders(settings.scenario, settings.scenario_dirs)), SHOWN) or "none"
        what = "must be given, such as decision=course_all_at_once" if not name else "got nothing: where nothing is decided, nobody is hit by it"
        raise SettingError(f"decision: {what} (decisions of {Path(settings.scenario).name}: {known}; servsim list scenario={settings.scenario} says what they are)")
    if settings.replay:
        raise SettingError("replay: exposure is drawn from the scenario's own arrivals; leave replay out")
    return replace(settings, decisions=(name,)), settings.study


# ---- open cases


def _known(exposure: Exposure, settings: RunSettings, study: str) -> list[OpenCase]:
    base, decided = exposure.base.world, exposure.decided.world
    replication = exposure.luck.replication
    if not study:
        from servsim.engine.choice import simulate

        return open_cases(simulate(run_until(base.plan, exposure.asked), settings.seed, replication, settings.engine), base, decided, exposure.asked)
    from servsim.scenario.plain import to_plain
    from servsim.study.log_file import read_log
    from servsim.study.results import load_results
    from servsim.study.run import world_of_study

    results = load_results(study, settings.results_dir)
    if to_plain(world_of_study(results).scenario) != to_plain(base.scenario):
        raise ResultsError(f"{results.folder}: was run in another world than {Path(settings.scenario).name} without the decision")
    if replication >= len(results.manifest["replications"]):
        raise ResultsError(f"{results.folder}: has no replication {replication}; it has 0 to {len(results.manifest['replications']) - 1}")
    if int(results.manifest["seed"]) != settings.seed:
        raise ResultsError(f"{results.folder}: was run with seed {results.manifest['seed']}; say seed={results.manifest['seed']}")
    return open_cases(read_log(results.folder, replication, base.names, settings.seed), base, decided, exposure.asked)


# ---- what is printed and drawn


def _print(exposure: Exposure, known: list[OpenCase] | None, moved: list[MovedDay] | None, asked: Asked) -> None:
    if asked.output == "csv":
        write_csv(exposure, known, sys.stdout)
        return
    sys.stdout.write(exposure_text(exposure, asked.call_s, known))
    if moved is not None:
        start = exposure.base.world.scenario.calendar.start
        sys.stdout.write("\n" + day_text(moved, start, exposure.decided.spec.name))
    if asked.output != "table":
        path = Path(asked.output)
        with path.open("w", encoding="utf-8", newline="") as file:
            write_csv(exposure, known, file)
        print(f"Written: {path}", file=sys.stderr)


def _draw(exposure: Exposure, moved: list[MovedDay] | None, settings: RunSettings) -> None:
    """Draw the heat maps into the folder of results."""
    import servsim
    from servsim.report.canvas import save
    from servsim.report.exposure_picture import day_picture, hour_picture

    name, scenario = exposure.decided.spec.name, exposure.base.world.scenario
    drawn = exposure.spread.replications
    source = f"Source: servsim {servsim.__version__}, scenario {Path(settings.scenario).name}, seed {settings.seed}, {drawn} replications drawn, none simulated"
    folder = Path(settings.results_dir) / f"exposure_{Path(settings.scenario).name}_{name.replace('+', '_and_')}"
    files = save(hour_picture(exposure, source), folder, "who_is_hit")
    if moved is not None:
        files += save(day_picture(moved, scenario.calendar.start, name, source), folder, "which_day")
    print(f"Pictures: {', '.join(str(file) for file in files if file.suffix == '.png')} (and SVG)", file=sys.stderr)
