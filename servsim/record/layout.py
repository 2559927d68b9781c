"""Layouts: which column of a foreign call log means what, and how its known traps are handled.

A layout is a small YAML file::

    title: what log this is
    kind: calls                                  the default; other kinds: servsim/record/table_layout.py
    separator: tab | comma | semicolon | pipe | space, or the character itself
    quote: the character around texts that hold a separator; none when absent
    header: present | absent                     absent: `columns` lists the names
    encoding: utf-8 | latin-1 | cp1252 | utf-16  cp1252: Windows, western Europe
    decimal: point | comma                       of durations written as numbers
    date_format, time_format: strptime formats   without `record.date` the time stamps hold the date
    record:                                      the contact record; see Layout
      date, arrived: {column: NAME}
      menu, wait, talk: {column: NAME}           seconds; or {from: STAMP, to: [STAMP, ...]}, the first that is given
      outcome: {column: NAME, answered: [...], abandoned: [...], ignored: [...]}
      reason, segment: {column: NAME, names: {VALUE: name}}      without names the values are the names
      agent, customer: {column: NAME, nobody: [VALUES]}
    rules:                                       traps; see Rules

This module reads and checks layouts. It never opens a log.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from servsim.errors import SettingError, did_you_mean

SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
ENCODINGS = ("utf-8", "latin-1", "cp1252", "utf-16")


@dataclass(frozen=True)
class Duration:
    """Where a length of time stands: seconds in one column, or the time between two stamps."""

    column: str = ""
    since: str = ""
    until: tuple[str, ...] = ()


@dataclass(frozen=True)
class Names:
    """A column whose values are codes; ``names`` empty means that the values are the names."""

    column: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """A column of agents or customers; the values in ``nobody`` stand for no one."""

    column: str
    nobody: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutcomeColumn:
    """The column of outcomes and the values that mean answered, abandoned, or no contact at all."""

    column: str
    answered: tuple[str, ...]
    abandoned: tuple[str, ...]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """What is done about the known traps of a log; every use of a rule is counted in the reading's report."""

    duration_below_zero: str = "reject"
    """``zero`` | ``next_day`` (a day is added: midnight) | ``reject``."""
    abandoned_without_wait: str = "abandoned"
    """``abandoned`` | ``left_in_menu``: hung up before joining the line; not an abandonment."""
    answered_without_agent: str = "answered"
    """``answered`` | ``reject``."""
    longest_talk_s: float = float("inf")
    """A service beyond this is a forgotten line: answered, length unknown."""
    segment_unknown_without_wait: tuple[str, ...] = ()
    """Class values that say nothing about contacts that did not wait."""


@dataclass(frozen=True)
class Layout:
    """How one kind of call log is read."""

    title: str
    separator: str
    quote: str
    columns: tuple[str, ...]
    """Names of the columns when the log has no header line; else empty."""
    encoding: str
    decimal: str
    date_format: str
    time_format: str
    date: str
    """Column of the date; empty when the time stamps hold it."""
    arrived: str
    menu: Duration | None
    wait: Duration
    talk: Duration
    outcome: OutcomeColumn
    reason: Names | None
    segment: Names | None
    agent: Person | None
    customer: Person | None
    rules: Rules


def load_layout(path: str | Path, key: str = "replay_layout") -> Layout:
    """Read a layout file, or say in one message everything that is wrong with it; ``key`` is what the command line calls it.

    Raises
    ------
    SettingError
        The file is missing, is not YAML, or has an unknown, missing or unusable key.
    """
    try:
        data = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as why:
        raise SettingError(f"{key}: {path} cannot be read ({str(why).splitlines()[0]})") from why
    problems: list[str] = []
    layout = _Checked(data, "", problems).layout()
    if problems or layout is None:
        raise SettingError("\n".join(f"{path}: {p}" for p in problems))
    return layout


TOP_KEYS = ("title", "kind", "separator", "quote", "header", "columns", "encoding", "decimal", "date_format", "time_format", "record", "rules")
RECORD_KEYS = ("date", "arrived", "menu", "wait", "talk", "outcome", "reason", "segment", "agent", "customer")
RULE_CHOICES = {
    "duration_below_zero": ("zero", "next_day", "reject"),
    "abandoned_without_wait": ("abandoned", "left_in_menu"),
    "answered_without_agent": ("answered", "reject"),
}


class _Checked:
    """A mapping of the file with its path; everything wrong is added to ``problems`` and reading goes on."""

    def __init__(self, data: Any, path: str, problems: list[str]) -> None:
        self.path, self.problems = path, problems
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if data is not None and not isinstance(data, dict):
            self.wrong("", data, "must be a mapping")

    def wrong(self, name: str, value: Any, allowed: str, nearest: str = "") -> None:
        where = ".".join(p for p in (self.path, name) if p) or "layout"
        got = "" if value is None else f" got {value!r};"
        self.problems.append(f"{where}:{got} {allowed}{did_you_mean(nearest)}")

    def only(self, allowed: tuple[str, ...]) -> _Checked:
        for name in self.data:
            if name not in allowed:
                close = difflib.get_close_matches(str(name), allowed, 1)
                self.wrong(str(name), None, f"unknown key (allowed: {', '.join(allowed)})", close[0] if close else "")
        return self

    def inside(self, name: str) -> _Checked:
        return _Checked(self.data.get(name), ".".join(p for p in (self.path, name) if p), self.problems)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.data.get(name, default)
        if not isinstance(value, str):
            self.wrong(name, value, "must be given, as text")
            return ""
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.data.get(name, [])
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.wrong(name, value, "must be a list of values")
            return ()
        return tuple(value)

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value in choices:
            return value
        close = difflib.get_close_matches(value, choices, 1)
        self.wrong(name, value, f"must be one of {', '.join(choices)}", close[0] if close else "")
        return default

    def layout(self) -> Layout | None:
        self.only(TOP_KEYS)
        record = self.inside("record").only(RECORD_KEYS)
        return Layout(
            title=self.text("title", ""),
            separator=self._separator(),
            quote=self.text("quote", ""),
            columns=self._columns(),
            encoding=self.one_of("encoding", ENCODINGS, "utf-8"),
            decimal=self.one_of("decimal", ("point", "comma"), "point"),
            date_format=self.text("date_format", "%Y-%m-%d"),
            time_format=self.text("time_format", "%H:%M:%S"),
            date=record.inside("date").text("column", ""),
            arrived=record.inside("arrived").text("column"),
            menu=record.duration("menu") if "menu" in record.data else None,
            wait=record.duration("wait"),
            talk=record.duration("talk"),
            outcome=record.outcome(),
            reason=record.codes("reason"),
            segment=record.codes("segment"),
            agent=record.person("agent"),
            customer=record.person("customer"),
            rules=self.inside("rules").rules(),
        )

    def _separator(self) -> str:
        given = self.text("separator", "comma")
        separator = SEPARATORS.get(given, given)
        if len(separator) != 1:
            self.wrong("separator", given, f"must be one character or one of {', '.join(SEPARATORS)}")
        return separator

    def _columns(self) -> tuple[str, ...]:
        names = self.texts("columns")
        absent = self.one_of("header", ("present", "absent"), "present") == "absent"
        if absent and not names:
            self.wrong("columns", None, "must list the names of the columns when the header is absent")
        if names and not absent:
            self.wrong("columns", None, "is for logs without a header; then say header: absent")
        return names

    def duration(self, name: str) -> Duration:
        here = self.inside(name).only(("column", "from", "to"))
        found = Duration(here.text("column", ""), here.text("from", ""), here.texts("to"))
        if bool(found.column) == bool(found.since and found.until):
            here.wrong("", None, "must have either a column of seconds or the stamps from and to")
        return found

    def outcome(self) -> OutcomeColumn:
        here = self.inside("outcome").only(("column", "answered", "abandoned", "ignored"))
        found = OutcomeColumn(here.text("column"), here.texts("answered"), here.texts("abandoned"), here.texts("ignored"))
        for name in ("answered", "abandoned"):
            if not getattr(found, name):
                here.wrong(name, None, "must list at least one value")
        return found

    def codes(self, name: str) -> Names | None:
        if name not in self.data:
            return None
        here = self.inside(name).only(("column", "names"))
        names = here.inside("names")
        return Names(here.text("column"), {value: names.text(value) for value in names.data})

    def person(self, name: str) -> Person | None:
        if name not in self.data:
            return None
        here = self.inside(name).only(("column", "nobody"))
        return Person(here.text("column"), here.texts("nobody"))

    def rules(self) -> Rules:
        self.only(tuple(f.name for f in fields(Rules)))
        chosen = {name: self.one_of(name, choices, getattr(Rules, name)) for name, choices in RULE_CHOICES.items()}
        return Rules(longest_talk_s=self._seconds("longest_talk_s"), segment_unknown_without_wait=self.texts("segment_unknown_without_wait"), **chosen)

    def _seconds(self, name: str) -> float:
        given = self.text(name, "inf")
        try:
            value = float(given)
        except ValueError:
            value = -1.0
        if not value > 0.0:
            self.wrong(name, given, "must be a number of seconds above 0")
        return value
