"""Random worlds on disk: a scenario with its files and decisions in it, as a user would have written them, all of them valid.

::

    Choices --RandomScenario--> plain data --+--> scenario.yaml
               recorded arrivals, forecasts, +--> arrivals_fault.csv ...
               head counts                   +--> decisions/first.yaml: a few paths and new values, valid in that scenario

The same choices write the same files. Never runs anything.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from servsim.errors import ScenarioError
from servsim.scenario.check import check
from servsim.scenario.decision import FOLDER, merged
from servsim.scenario.reader import read
from servsim.study.random_scenario import DATES, TEMPERS, Choices, Data, RandomScenario

FIRST, SECOND = "first", "second"
"""Names of the decisions."""
MOST_CHANGES = 3
TRIES = 20
"""Decisions are drawn anew so often until one is valid."""
RUSH_HOURS = (8 * 60, 8 * 60 + 30, 9 * 60, 9 * 60 + 30, 10 * 60, 10 * 60 + 30, 11 * 60, 12 * 60)
"""Minutes of the day about which recorded arrivals crowd: openings, closings, breaks."""
KNOWN_TIMES = ("", "30", "60", "90", "300")
"""Recorded talks, wrap-ups, patiences and menus in seconds; empty: drawn."""

Sections = dict[str, tuple[Mapping[str, Any], Callable[[], Any]]]
"""By path: a section as it is, and how to make another one that fits the scenario."""


def write_random_world(choices: Choices, folder: Path) -> tuple[str, ...]:
    """Write a random scenario with its files and decisions into a folder; return the names of its decisions, joined ones too.

    Parameters
    ----------
    choices : where the choices come from; the same choices write the same files.
    folder : made where it is not there.
    """
    scenario = RandomScenario(choices)
    data = copy.deepcopy(scenario.data)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for name, texts in _files(choices, data):
        for text in texts:
            (folder / name).write_text(text, encoding="utf-8")
            if len(texts) == 1 or is_valid(data, folder, {}):
                break
    _write(folder / "scenario.yaml", data)
    changes = [_valid_changes(scenario, data, folder) for _ in range(choices.pick(1, 1, 2))]
    decisions = {name: each for name, each in zip((FIRST, SECOND), changes, strict=False) if each}
    for name, each in decisions.items():
        _write(folder / FOLDER / f"{name}.yaml", {"title": f"The {name} decision", "set": each})
    return _names(decisions, data, folder)


def _write(path: Path, data: Any) -> None:
    path.write_text(yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False), encoding="utf-8")


class _Dumper(yaml.SafeDumper):
    """Writes every value in full, never as an alias of an earlier one."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _names(decisions: Mapping[str, Data], data: Data, folder: Path) -> tuple[str, ...]:
    """Return the decisions, and both together where that is possible."""
    both, problems = merged([(name, path, value) for name, each in decisions.items() for path, value in each.items()])
    possible = len(decisions) > 1 and not problems and is_valid(data, folder, dict(both))
    return (*decisions, f"{FIRST}+{SECOND}") if possible else tuple(decisions)


def is_valid(data: Data, folder: Path, changes: Mapping[str, Any]) -> bool:
    """Whether the scenario can be read with some paths changed, and has no error then."""
    try:
        return not check(read(data, folder, changes)).problems
    except ScenarioError:
        return False


# ---- files


def _files(choices: Choices, data: Data) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Put files in the place of some of the scenario's arrivals and head counts; yield their names, and texts of which the
    first valid one is meant.
    """
    dates = DATES[: data["calendar"]["days"]]
    for name, reason in data["reasons"].items():
        source = choices.pick("rates", "trace", "trace", "file", "trace")
        if source != "rates":
            reason["arrivals"] = {source: f"arrivals_{name}.csv"}
            yield f"arrivals_{name}.csv", _traces(choices, data, dates) if source == "trace" else (_forecast(choices, dates),)
    for name, team in data["teams"].items():
        if "head_count" in team and choices.happens():
            del team["head_count"]
            team["head_count_file"] = f"head_count_{name}.csv"
            yield f"head_count_{name}.csv", (_head_count(choices, dates),)


def _traces(choices: Choices, data: Data, dates: tuple[str, ...]) -> tuple[str, ...]:
    """Return recorded arrivals on half minutes, many of them at the same instant: with who comes how, and without."""
    times = choices.pick((), ("talk_s",), ("talk_s", "wrap_up_s", "patience_s", "menu_s"))
    whence = choices.pick((), ("segment",), ("segment", "customer"), ("segment", "channel", "customer"))
    rows = [
        (date, _half_minute(choices), [choices.pick(*KNOWN_TIMES) for _ in times], _who(choices, data, whence))
        for date in dates
        for _ in range(choices.pick(1, 5, 15, 40))
    ]
    with_who = [("date", "time", *times, *whence), *((date, time, *known, *who) for date, time, known, who in rows)]
    without = [("date", "time", *times), *((date, time, *known) for date, time, known, _ in rows)]
    return tuple("\n".join(map(",".join, lines)) + "\n" for lines in (with_who, without))


def _half_minute(choices: Choices) -> str:
    half_minutes = 2 * choices.pick(*RUSH_HOURS) + choices.pick(0, 0, 1, -1, -3, choices.whole(-20, 60))
    return f"{half_minutes // 120}:{half_minutes // 2 % 60:02d}:{half_minutes % 2 * 30:02d}"


def _who(choices: Choices, data: Data, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return a recorded segment, channel and customer, whether or not the reason's shares name them; some are unknown."""
    segment, channel = choices.pick("", *data["segments"]), choices.pick("", *data["channels"])
    customers = data["segments"].get(segment, {}).get("customers", 0)
    customer = str(choices.whole(1, customers)) if customers and choices.happens() else ""
    drawn = {"segment": segment, "channel": channel, "customer": customer}
    return tuple(drawn[name] for name in columns)


def _forecast(choices: Choices, dates: tuple[str, ...]) -> str:
    starts = ("8:30", "9:00", "9:30", "10:00")
    rows = [f"{date},{start},{choices.pick(0, 1.5, 4)},{choices.pick('', '60', '150')}" for date in dates for start in starts]
    return "\n".join(("date,start,volume,aht_s", *rows)) + "\n"


def _head_count(choices: Choices, dates: tuple[str, ...]) -> str:
    rows = [f"{date},{start},{choices.pick(*agents)}" for date in dates for start, agents in (("8:30", (2,)), ("10:00", (0, 1, 2)))]
    return "\n".join(("date,start,agents", *rows)) + "\n"


# ---- decisions


def _valid_changes(scenario: RandomScenario, data: Data, folder: Path) -> Data:
    """Return a few paths and new values that are valid in the scenario; empty where none was found."""
    for _ in range(TRIES):
        found = dict(_change(scenario, data) for _ in range(scenario.choices.whole(1, MOST_CHANGES)))
        changes, problems = merged([("", path, value) for path, value in found.items()])
        if not problems and is_valid(data, folder, dict(changes)):
            return found
    return {}


def _change(scenario: RandomScenario, data: Data) -> tuple[str, Any]:
    """Return the path of one key and a new value: what another section in its place would have had."""
    choices = scenario.choices
    if choices.whole(0, 3) == 0:
        return "absences.decided", scenario.absence()
    sections = _sections(scenario, data)
    path = choices.pick(*sections)
    now, another = sections[path]
    agents = dict(scenario.agents)
    fresh = another() or {}
    scenario.agents = agents
    keys = [key for key in dict.fromkeys((*fresh, *now)) if fresh.get(key) != now.get(key)]
    key = choices.pick(*keys) if keys else next(iter(now), "")
    return f"{path}.{key}", fresh.get(key)


def _sections(scenario: RandomScenario, data: Data) -> Sections:
    """Return the sections that a decision may change."""
    makers: dict[str, Callable[[str], Any]] = {"channels": scenario.channel, "segments": scenario.segment, "reasons": scenario.reason, "teams": scenario.team}
    found: Sections = {f"{kind}.{name}": (section or {}, partial(make, name)) for kind, make in makers.items() for name, section in data[kind].items()}
    found["cover.rules"] = data["cover"]["rules"], scenario.cover
    if "routes" in data:
        found["routes.all"] = data["routes"]["all"], lambda: scenario.routes()["all"]
    if "loyalty" in data:
        found["loyalty"] = data["loyalty"], lambda: scenario.choices.pick(*TEMPERS)
        found |= {name: (data[name], make) for name, make in (("complaints", scenario.complaints), ("recovery", scenario.recovery)) if name in data}
    return found | {f"absences.{name}": (section, scenario.absence) for name, section in data.get("absences", {}).items()}
