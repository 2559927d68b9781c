"""Decision files: ``decisions/<name>.yaml`` in a scenario's folder, read, combined and refused with every problem.

::

    decisions/course_all_at_once.yaml --read_decision--> Decision --+
    decisions/call_ahead.yaml --------read_decision--> Decision ----+--combined--> Combination (course_all_at_once+call_ahead)

The decisions of a scenario that another one is ``like`` serve that one too; its own come first. Whether the paths of a
decision exist is the scenario reader's to say, when the paths are applied. Nothing is run here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servsim.errors import Problem, ScenarioError
from servsim.scenario import library, units
from servsim.scenario.decision_language import SIGNS, Charge, Decision, Expectation
from servsim.scenario.keys import Entry, entries
from servsim.scenario.language import REQUIRED
from servsim.scenario.like import start_from
from servsim.scenario.spot import Reading, Spot, list_names, nearest_name, shown
from servsim.scenario.units import Refused
from servsim.scenario.value import KINDS as COMMON_KINDS
from servsim.scenario.yaml_text import read_yaml, text_keys

NOTHING = "nothing"
"""The name of the world in which nothing is decided."""
FOLDER = "decisions"
PLUS = "+"
"""Joins the names of decisions that are taken together."""
SHOWN = 12
"""Names of decisions in a message."""
SIGN_WORDS = {"+": "up", "-": "down", "0": "same"}


@dataclass(frozen=True)
class Combination:
    """One decision, or several taken together."""

    parts: tuple[Decision, ...]

    @property
    def name(self) -> str:
        """Names of its decisions, joined: ``course_all_at_once+call_ahead``."""
        return PLUS.join(each.name for each in self.parts)

    @property
    def title(self) -> str:
        """What is decided."""
        return "; and ".join(each.title for each in self.parts)

    @property
    def aim(self) -> str:
        """Its aim: that of the first decision that has one; empty: none."""
        return next((each.aim for each in self.parts if each.aim), "")

    @property
    def reference(self) -> str:
        """The decision that it is judged against: that of the first decision that names one; empty: doing nothing."""
        return next((each.reference for each in self.parts if each.reference), "")

    @property
    def answers(self) -> tuple[Decision, ...]:
        """The decisions that answer others taken together with them (``counters``)."""
        names = {each.name for each in self.parts}
        return tuple(each for each in self.parts if names & set(each.counters))

    @property
    def unanswered(self) -> tuple[Decision, ...]:
        """The others, where some answer them; what the answers are compared with. Empty: nothing is answered."""
        answers = self.answers
        return tuple(each for each in self.parts if each not in answers) if answers else ()


# ---- where decisions are


def decision_folders(scenario: str | Path, scenario_dirs: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return the folders of a scenario's decisions, its own first, then those of the scenarios it is like.

    Raises
    ------
    ScenarioError
        There is no such scenario.
    """
    file = library.find(scenario, scenario_dirs)
    files = [file]

    def read_other(other: Path) -> Any:
        files.append(other)
        return read_yaml(other)

    start_from(read_yaml(file), file, lambda name: library.find(name, scenario_dirs), read_other)
    return tuple(each.parent / FOLDER for each in files)


def list_decisions(folders: Sequence[Path]) -> dict[str, Path]:
    """Return the files of decisions by name, sorted; a name in an earlier folder hides the same name in a later one."""
    found: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.yaml")):
            found.setdefault(file.stem, file)
    return dict(sorted(found.items()))


# ---- decisions asked for


def load_decisions(names: Sequence[str], files: Mapping[str, Path], key: str = "decisions") -> tuple[Combination, ...]:
    """Return the decisions of names such as ``a`` or ``a+b``, followed by those that they are judged against.

    A decision that only changes a part of what another one sets, which it answers (``counters``), cannot be taken alone:
    it is taken together with the first such decision that is asked for too, or else with the first that it names. What is
    answered is followed by itself without the answer.

    Parameters
    ----------
    names : as asked for, in order.
    files : of all decisions of the scenario, by name (``list_decisions``).
    key : the setting that names them, for messages.

    Raises
    ------
    ScenarioError
        With every problem: unknown names, bad files, clashes, references that are missing or serve another aim.
    """
    desk = _Desk(files, [part.strip() for name in names for part in name.split(PLUS)], key)
    asked = [each for name in names if (each := desk.combination(name)) is not None]
    desk.refuse_twice(asked)
    references = [each for whole in asked if (each := desk.reference_of(whole)) is not None]
    if desk.problems:
        raise ScenarioError(list(dict.fromkeys(desk.problems)))
    worlds: dict[frozenset[str], Combination] = {}
    unanswered = [Combination(whole.unanswered) for whole in (*asked, *references) if whole.unanswered]
    for whole in (*asked, *references, *unanswered):
        worlds.setdefault(frozenset(_names(whole)), whole)
    return tuple(worlds.values())


def _names(whole: Combination) -> list[str]:
    return [each.name for each in whole.parts]


class _Desk:
    """Reads each decision once and collects what is wrong."""

    def __init__(self, files: Mapping[str, Path], asked: Sequence[str], key: str) -> None:
        self.files, self.asked, self.key = files, asked, key
        self.problems: list[Problem] = []
        self._read: dict[str, Decision | None] = {}

    def combination(self, text: str) -> Combination | None:
        """Return the decisions of one name; ``None`` and problems where there is something wrong."""
        names = [name.strip() for name in text.split(PLUS)]
        if len(set(names)) < len(names):
            self.problems.append(Problem(self.key, shown(text), "must name each decision once"))
            return None
        parts = [self.decision(name) for name in names]
        if any(part is None for part in parts):
            return None
        whole = self._with_what_is_answered(Combination(tuple(part for part in parts if part is not None)))
        self.problems += _clashes(whole)
        return whole

    def _with_what_is_answered(self, whole: Combination) -> Combination:
        """Return the decisions together with those that they only change a part of."""
        for part in whole.parts:
            choices = sorted(part.counters, key=lambda name: name not in self.asked)
            needed = [each for name in choices if (each := self.decision(name)) is not None and _changes_a_part(part, each)]
            if needed and not any(each in whole.parts for each in needed):
                return Combination((needed[0], *whole.parts))
        return whole

    def decision(self, name: str) -> Decision | None:
        if name not in self._read:
            self._read[name] = self._found(name)
        return self._read[name]

    def _found(self, name: str) -> Decision | None:
        if name not in self.files:
            known = list_names(self.files, SHOWN) or "none: the scenario has no folder decisions/"
            self.problems.append(Problem(self.key, shown(name) or "an empty name", f"must be decisions of the scenario ({known})", nearest_name(name, self.files)))
            return None
        try:
            return read_decision(read_yaml(self.files[name]), name, tuple(self.files))
        except ScenarioError as error:
            self.problems += error.problems
            return None

    def reference_of(self, whole: Combination) -> Combination | None:
        """Return what a decision is judged against; ``None``: doing nothing, or a problem was found."""
        if not whole.reference:
            return None
        other = self.combination(whole.reference)
        if other is not None and other.aim != whole.aim:
            words = f"must have the same aim: {whole.name} serves {whole.aim or 'none'}, {other.name} serves {other.aim or 'none'}"
            self.problems.append(Problem(f"decision {whole.name}, reference", other.name, words))
            return None
        return other

    def refuse_twice(self, asked: Sequence[Combination]) -> None:
        """Refuse the same decisions asked for twice."""
        seen: dict[frozenset[str], str] = {}
        for whole in asked:
            earlier = seen.setdefault(frozenset(_names(whole)), whole.name)
            if earlier != whole.name or sum(each.name == whole.name for each in asked) > 1:
                self.problems.append(Problem(self.key, whole.name, f"are asked for twice (as {earlier})"))


def _changes_a_part(decision: Decision, of: Decision) -> bool:
    """Return whether a decision sets something within a section that another one gives as a whole."""
    return any(path.startswith(f"{section}.") for path, _ in decision.set for section, _ in of.set)


def _clashes(whole: Combination) -> Iterator[Problem]:
    """Tell what decisions cannot be taken together: two that set one path, or serve different aims."""
    yield from merged([(part.name, path, value) for part in whole.parts for path, value in part.set])[1]
    yield from _disagreement(whole, "aim", "the same aim")
    yield from _disagreement(whole, "reference", "the same reference")


def _disagreement(whole: Combination, key: str, what: str) -> Iterator[Problem]:
    said = {each.name: getattr(each, key) for each in whole.parts if getattr(each, key)}
    if len(set(said.values())) > 1:
        words = "; ".join(f"{name}: {value}" for name, value in said.items())
        yield Problem(f"decisions {whole.name}, {key}", words, f"must be {what}, or be left out of all but one")


# ---- paths set together

Set = tuple[str, str, Any]
"""Who sets a path, the path and its new value."""


def merged(given: Sequence[Set]) -> tuple[tuple[tuple[str, Any], ...], list[Problem]]:
    """Join paths that several set into one list of overrides, and tell what is set twice.

    A path into a section that another one gives as a whole is no clash as long as it adds a key that the other does not
    give: ``absences.course: {team: executives}`` and ``absences.course.notice: {...}`` go together.
    """
    result: dict[str, Any] = {}
    owners: dict[str, str] = {}
    problems: list[Problem] = []
    for owner, path, value in sorted(given, key=lambda each: each[1].count(".")):
        whole = next((other for other in result if f"{path}.".startswith(f"{other}.")), None)
        if whole is None:
            result[path], owners[path] = copy.deepcopy(value), owner
        elif whole == path or not _added(result[whole], path[len(whole) + 1 :].split("."), value):
            problems.append(Problem(_set_words(owner, path), shown(value), _clash_words(owners[whole], whole)))
    return tuple(result.items()), problems


TYPED = "typed"
"""Who sets what stands on the command line."""


def _set_words(owner: str, path: str) -> str:
    return path if owner == TYPED else f"decision {owner}, set.{path}"


def _clash_words(owner: str, path: str) -> str:
    who = "the command line" if owner == TYPED else f"decision {owner}"
    return f"{who} sets {path} already: they cannot be taken together"


def _added(section: Any, steps: list[str], value: Any) -> bool:
    """Add a key to a section in place; return whether it was not there yet."""
    for step in steps[:-1]:
        if not isinstance(section, dict):
            return False
        section = section.setdefault(step, {})
    if not isinstance(section, dict) or steps[-1] in section:
        return False
    section[steps[-1]] = copy.deepcopy(value)
    return True


# ---- reading one file


def read_decision(data: Any, name: str, known: Sequence[str] = ()) -> Decision:
    """Return the decision that plain data describe.

    Parameters
    ----------
    name : of the decision; its file's name without the ending.
    known : names of the decisions that it may refer to.

    Raises
    ------
    ScenarioError
        With every problem, in the order of the file.
    """
    reading = Reading(None, {FOLDER: tuple(known)}, [])
    spot = Spot("", reading)
    if library.FOLDER_NAME.fullmatch(name) is None:
        spot.refuse(name, "the file's name must be letters, digits, _ and -, beginning with a letter")
    decision = _section(Decision, text_keys(data), spot)
    if not reading.problems:
        _check(decision, name, spot)
    if reading.problems:
        raise ScenarioError([Problem(f"decision {name}, {each.path}".removesuffix(", "), each.value, each.allowed, each.nearest) for each in reading.problems])
    return Decision(**{**decision.__dict__, "name": name})


def _section(cls: type, data: Any, spot: Spot) -> Any:
    """Return a section; ``None`` where it cannot be made."""
    known = entries(cls)
    if not isinstance(data, Mapping):
        return spot.refuse(data, f"must be a section with keys ({list_names(known)})")
    for name in data:
        if name not in known:
            spot.at(name).refuse(None, f"unknown key (allowed: {list_names(known)})", nearest_name(name, known))
    missing = [entry for entry in known.values() if entry.default is REQUIRED and entry.kind != "named" and entry.name not in data]
    for entry in missing:
        spot.at(entry.name).refuse(None, f"must be given: {entry.meta['says']}")
    values = {name: _entry(known[name], value, spot.at(name)) for name, value in data.items() if name in known}
    return None if missing else cls(**values)


def _entry(entry: Entry, value: Any, spot: Spot) -> Any:
    if entry.kind == "named":
        return _named(entry, value, spot)
    if value is None:
        return spot.refuse(None, "must have a value; leave the key out to keep its default")
    return KINDS[entry.kind](value, entry.meta, spot)


def _named(entry: Entry, value: Any, spot: Spot) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        spot.refuse(value, "must be a mapping of names to sections")
        return {}
    return {name: _section(entry.meta["of"], each, spot.at(name)) for name, each in value.items()}


def _paths(value: Any, meta: Mapping[str, Any], spot: Spot) -> Any:
    if not isinstance(value, Mapping):
        return spot.refuse(value, "must be a mapping of dotted paths to new values, such as {teams.clerks.agents: 5}")
    return tuple(value.items())


def _expected(value: Any, meta: Mapping[str, Any], spot: Spot) -> Any:
    if not isinstance(value, list):
        return spot.refuse(value, "must be a list, such as [{measure: told_to_come_back, sign: up}]")
    return tuple(_section(Expectation, each, spot.at(number)) for number, each in enumerate(value, start=1))


def _sign(value: Any, meta: Mapping[str, Any], spot: Spot) -> Any:
    word = SIGN_WORDS.get(str(value), str(value))
    if word not in SIGNS:
        return spot.refuse(value, f"must be one of {', '.join(SIGNS)}", nearest_name(word, SIGNS))
    return word


def _decision_name(value: Any, meta: Mapping[str, Any], spot: Spot) -> Any:
    known = spot.reading.names[FOLDER]
    for name in str(value).split(PLUS):
        if name.strip() not in known:
            return spot.refuse(value, f"must be a decision of the scenario ({list_names(known, 60)})", nearest_name(name, known))
    return str(value)


def _decision_names(value: Any, meta: Mapping[str, Any], spot: Spot) -> Any:
    given = value if isinstance(value, list) else [part.strip() for part in str(value).split(",")]
    return tuple(_decision_name(each, meta, spot) for each in given)


Read = Callable[[Any, Mapping[str, Any], Spot], Any]
KINDS: dict[str, Read] = {
    **{name: kind.read for name, kind in COMMON_KINDS.items()},
    "paths": _paths,
    "expected": _expected,
    "sign": _sign,
    "decision": _decision_name,
    "decisions": _decision_names,
}
"""How each kind of value is read at its spot; those of scenarios are read alike."""


# ---- what keys say together


def _check(decision: Decision, name: str, spot: Spot) -> None:
    """Refuse what each key may say, but not together with the others."""
    if name in decision.reference.split(PLUS):
        spot.at("reference").refuse(decision.reference, "must be another decision")
    if decision.reference and not decision.aim:
        spot.at("aim").refuse(None, f"must be given where there is a reference: the aim that {decision.reference} serves too")
    for section in ("costs", "savings"):
        for each, charge in getattr(decision, section).items():
            _check_charge(charge, spot.at(section).at(each))
    for number, expectation in enumerate(decision.expects, start=1):
        _check_expectation(decision, expectation, spot.at("expects").at(number))


def _check_charge(charge: Charge, spot: Spot) -> None:
    if charge.per == "person" and charge.persons is None:
        spot.at("persons").refuse(None, "must be given where per is person: how many persons")
    if charge.per != "person" and charge.persons is not None:
        spot.at("persons").refuse(charge.persons, f"has no effect where per is {charge.per}; say per: person")
    if charge.last_day is not None and charge.per != "day":
        spot.at("last_day").refuse(charge.last_day, f"has no effect where per is {charge.per}; say per: day")
    elif charge.last_day is not None and charge.first_day is not None and charge.last_day < charge.first_day:
        spot.at("last_day").refuse(charge.last_day, f"must not be before first_day ({charge.first_day})")


def _check_expectation(decision: Decision, expectation: Expectation, spot: Spot) -> None:
    if expectation.against == "reference" and not decision.reference:
        spot.at("against").refuse("reference", "needs a reference; without one the decision is compared with nothing")
    if expectation.margin and expectation.sign != "same":
        spot.at("margin").refuse(expectation.margin, "has no effect unless sign is same")
    if expectation.margin:
        spot.at("margin").take(read_margin, expectation.margin)


@dataclass(frozen=True)
class Margin:
    """The largest difference that counts as none."""

    amount: float
    """In the unit of the measure (durations in seconds); or a share of the comparator's value."""
    is_share: bool


def read_margin(text: str) -> Margin:
    """Return a margin: ``5 %`` is a share of the comparator's value; ``1 min``, ``0.02`` and ``12`` are in the measure's unit.

    Raises
    ------
    Refused
        It is neither, or below 0.
    """
    words = "must be a share of the comparator such as 5 %, a length of time such as 1 min, or a number in the unit of the measure"
    for parse, is_share in ((units.parse_share, True), (units.parse_number, False), (units.parse_duration, False)):
        if is_share != text.strip().endswith("%"):
            continue
        try:
            margin = Margin(parse(text), is_share)
        except Refused:
            continue
        if margin.amount > 0.0:
            return margin
    raise Refused(words)
