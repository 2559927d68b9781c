"""Small worlds with recorded arrivals, run by an engine, and their logs as tables that a test can write out by hand.

Times in tables are ``9:04`` or ``9:04:30``; ``1+9:00`` is the next day. ``-`` did not happen. Nothing here decides what is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from servsim.engine.log import RunLog
from servsim.plan.compile import compile_plan
from servsim.plan.plan import Names, Plan
from servsim.rules.codes import Cover, Entry, NextStep, Outcome, StaffState, word
from servsim.scenario.reader import read

Engine = Callable[[Plan, int, int], RunLog]
START = "2026-03-02"
CODES = {"outcome": Outcome, "next": NextStep, "cover": Cover, "entry": Entry}
COLUMNS = {"next": "next_step", "patience": "patience_s"}


class Run(NamedTuple):
    """One replication, and what its numbers are called."""

    plan: Plan
    names: Names
    log: RunLog


def world(teams: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """Return a scenario of one counter, open 9:00 to 17:00, and one reason, `visit`, with recorded arrivals."""
    base: dict[str, Any] = {
        "calendar": {"start": START, "days": 1, "hours": {"counter": "9:00-17:00"}},
        "channels": {"counter": {}},
        "reasons": {"visit": {"talk": "1 min"}},
        "teams": teams,
    }
    for name, section in sections.items():
        base[name] = {**base.get(name, {}), **section}
    return base


def simulate(engine: Engine, folder: Path, data: dict[str, Any], **visits: list[dict[str, Any]]) -> Run:
    """Run a world in which exactly these visits (by reason) arrive."""
    for reason, rows in visits.items():
        (folder / f"{reason}.csv").write_text(_csv(rows), encoding="utf-8")
        data["reasons"][reason]["arrivals"] = {"trace": f"{reason}.csv"}
    compiled = compile_plan(read(data, folder))
    return Run(compiled.plan, compiled.names, engine(compiled.plan, 1, 0))


def visit(time: str, **known: Any) -> dict[str, Any]:
    """One arrival; ``talk``, ``wrap_up``, ``patience``, ``menu`` in minutes."""
    minutes = {f"{name}_s": 60 * known[name] for name in ("talk", "wrap_up", "patience", "menu") if name in known}
    others = {name: known[name] for name in ("segment", "channel", "customer") if name in known}
    return {"date": START, "time": time, **others, **minutes}


def _csv(rows: list[dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(str(row.get(name, "")) for name in columns) for row in rows]
    return "\n".join([",".join(columns), *lines]) + "\n"


def customers_of(data: dict[str, Any], executive: str, folder: Path) -> list[int]:
    """Return the numbers (from 1) of the customers whom an executive owns, in a world with one segment."""
    compiled = compile_plan(read(data, folder))
    agent = compiled.names.agents.index(executive)
    return [int(number) + 1 for number in np.flatnonzero(compiled.plan.owner == agent)]


def table(text: str) -> list[list[str]]:
    """Return the words of a table, line by line."""
    return [line.split() for line in text.strip().splitlines()]


def contacts(run: Run, columns: str) -> list[list[str]]:
    """Return some columns of the contacts log as words, under their names, in order of row."""
    names = columns.split()
    log = run.log.contacts
    return [names, *([_shown(run, name, row) for name in names] for row in range(len(log["root"])))]


def fresh_contacts(run: Run, columns: str) -> list[list[str]]:
    """Return the same of first contacts only, without their names."""
    rows = zip(contacts(run, "entry")[1:], contacts(run, columns)[1:], strict=True)
    return [row for entry, row in rows if entry == ["fresh"]]


def presence(run: Run, agent: str) -> list[list[str]]:
    """Return when an agent's presence changed, and to what."""
    number, log = run.names.agents.index(agent), run.log.presence
    rows = zip(log["agent"].tolist(), log["time_s"].tolist(), log["state"].tolist(), strict=True)
    words = {4: "overtime", **{int(state): word(state) for state in StaffState}}
    return [[clock(time_s), words[state]] for who, time_s, state in rows if who == number]


def _shown(run: Run, name: str, row: int) -> str:
    log = run.log.contacts
    if name in CODES:
        return word(CODES[name](int(log[COLUMNS.get(name, name)][row])))
    if name == "agent":
        return _named(run.names.agents, int(log["agent"][row]))
    if name == "queue":
        return _named(run.names.queues, int(log["queue"][row]))
    if name == "patience":
        return _length(float(log["patience_s"][row]))
    if f"{name}_s" in log:
        return clock(float(log[f"{name}_s"][row]))
    return str(log[name][row])


def _named(names: tuple[str, ...], number: int) -> str:
    return "-" if number < 0 else names[number].replace(" ", "_")


def _length(seconds: float) -> str:
    return "inf" if math.isinf(seconds) else f"{seconds / 60:g}"


def clock(time_s: float) -> str:
    """Return a time of the run as a clock shows it."""
    if math.isnan(time_s):
        return "-"
    day, rest = divmod(time_s, 86_400)
    minutes, seconds = divmod(rest, 60)
    hour, minute = divmod(int(minutes), 60)
    return (f"{day:.0f}+" if day else "") + f"{hour}:{minute:02}" + (f":{seconds:02g}" if seconds else "")
