"""The decisions that ship: each file can be read and its world checked, and the page of the catalogue tells the truth."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from servsim.scenario.check import check
from servsim.scenario.decision import Combination, decision_folders, list_decisions, load_decisions, merged
from servsim.scenario.decision_language import Decision
from servsim.scenario.invoice import invoices_of
from servsim.scenario.keys import paths as key_paths
from servsim.scenario.reader import load

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = ROOT / "scenarios"
PAGE = ROOT / "docs" / "reference" / "decisions_catalogue.md"
DECIDED = sorted({folder.parent.name for folder in SCENARIOS.glob("*/decisions")})
"""Scenarios with decisions of their own."""
NAMES = [(scenario, file.stem) for scenario in DECIDED for file in sorted((SCENARIOS / scenario / "decisions").glob("*.yaml"))]
ROWS_OF_THE_CATALOGUE = 35
TREATMENTS = {"ships", "part", "no"}
CODE = re.compile(r"`([^`]+)`")


class Row(NamedTuple):
    """One line of the catalogue's table."""

    number: int
    keys: tuple[str, ...]
    files: tuple[str, ...]
    treated: str
    left_out: str


@cache
def rows() -> tuple[Row, ...]:
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].isdecimal():
            found.append(Row(int(cells[0]), names_in(cells[2]), names_in(cells[3]), cells[4], cells[5]))
    return tuple(found)


def names_in(cell: str) -> tuple[str, ...]:
    """Return the names in a cell; ``a.{b, c}`` stands for ``a.b`` and ``a.c``."""
    found: list[str] = []
    for code in CODE.findall(cell):
        head, brace, inner = code.partition("{")
        found += [head + each.strip() for each in inner.rstrip("}").split(",")] if brace else [code]
    return tuple(found)


@cache
def known_keys() -> frozenset[str]:
    """Every key of the language and every section on the way to one."""
    return frozenset(".".join(steps[:length]) for steps in (path.split(".") for path in key_paths()) for length in range(1, len(steps) + 1))


@cache
def decisions_of(scenario: str) -> dict[str, Path]:
    return list_decisions(decision_folders(SCENARIOS / scenario))


@cache
def decision_named(scenario: str, name: str) -> Combination:
    return load_decisions([name], decisions_of(scenario))[0]


def worlds_of(scenario: str, name: str) -> list[Combination]:
    """Return the decision, and each that it answers together with it."""
    whole = decision_named(scenario, name)
    together = [decision_named(scenario, f"{answered}+{name}") for answered in part_named(whole, name).counters]
    return [whole, *together]


def part_named(whole: Combination, name: str) -> Decision:
    """Return a decision of a combination; one that only adds to another is never taken alone."""
    return next(part for part in whole.parts if part.name == name)


@pytest.mark.parametrize(("scenario", "name"), NAMES, ids=[name for _, name in NAMES])
def test_a_decision_that_ships_can_be_taken(scenario: str, name: str) -> None:
    worlds = worlds_of(scenario, name)
    assert worlds
    for whole in worlds:
        paths, problems = merged([(part.name, path, value) for part in whole.parts for path, value in part.set])
        assert problems == [], whole.name
        world = load(SCENARIOS / scenario, dict(paths))
        assert check(world).problems == [], whole.name
        assert world != load(SCENARIOS / scenario), f"{whole.name} changes nothing"
        invoices_of(whole.parts, world)


@pytest.mark.parametrize(("scenario", "name"), NAMES, ids=[name for _, name in NAMES])
def test_a_decision_that_ships_says_why_it_looks_good_and_what_is_expected(scenario: str, name: str) -> None:
    decision = part_named(decision_named(scenario, name), name)
    assert decision.title and decision.why and decision.words
    assert decision.expects


@pytest.mark.parametrize(("scenario", "name"), NAMES, ids=[name for _, name in NAMES])
def test_a_decision_with_an_aim_is_compared_with_a_way_to_the_same_aim(scenario: str, name: str) -> None:
    whole = decision_named(scenario, name)
    others = {decision_named(scenario, other).aim for other in decisions_of(scenario) if other != name}
    if whole.reference:
        assert decision_named(scenario, whole.reference).aim == whole.aim
    elif whole.aim:
        assert whole.aim in others, "the reference of an aim is there for another way to it"


def test_ways_to_one_aim_are_compared_with_one_reference() -> None:
    for scenario in DECIDED:
        wholes = [decision_named(scenario, name) for name in decisions_of(scenario)]
        for aim in {whole.aim for whole in wholes} - {""}:
            with_aim = [whole for whole in wholes if whole.aim == aim]
            references = {whole.reference for whole in with_aim} - {""}
            assert len(references) == 1 and [whole.name for whole in with_aim if not whole.reference] == [*references], aim


def test_at_least_twenty_decisions_ship_for_the_phone_shop() -> None:
    assert sum(scenario == "phone_shop" for scenario, _ in NAMES) >= 20


def test_every_row_of_the_catalogue_is_treated_once() -> None:
    assert [row.number for row in rows()] == list(range(1, ROWS_OF_THE_CATALOGUE + 1))
    for row in rows():
        assert row.treated in TREATMENTS, row.number
        assert bool(row.files) == (row.treated != "no"), row.number
        assert bool(row.left_out) == (row.treated != "ships") or row.number == 4, row.number


def test_every_file_of_the_catalogue_exists_and_every_file_that_exists_is_in_the_catalogue() -> None:
    said = {file.rpartition("/")[2] for row in rows() for file in row.files}
    assert said == {name for _, name in NAMES}
    for row in rows():
        for file in row.files:
            scenario, _, name = file.rpartition("/")
            assert ((scenario or "phone_shop"), name) in NAMES, file


def test_every_key_of_the_catalogue_is_a_key_of_scenario_files() -> None:
    known = known_keys()
    for row in rows():
        for key in row.keys:
            assert key in known or key in ("costs", "savings"), f"row {row.number}: {key}"
