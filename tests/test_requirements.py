"""The page of requirements: every statement of the source texts is there once, and everything that it names exists."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from servsim.measure.registry import MEASURES
from servsim.scenario.keys import paths as key_paths
from servsim.study.comparison import COST, INVOICES
from servsim.study.paired import PAIRED

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "requirements.md"
ASKED = ROOT.parent / "shared" / "design" / "requirements.md"
"""The list of the project's design, beside the checkout; not part of it."""
STATEMENTS = {"001": 31, "000": 40, "002": 17}
"""How many statements each text has."""
CODE = re.compile(r"`([^`]+)`")
ID = re.compile(r"(00[012])-(\d\d)")


class Requirement(NamedTuple):
    """One line of the page."""

    id: str
    statement: str
    shown_by: tuple[str, ...]
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    says: str


@cache
def requirements() -> tuple[Requirement, ...]:
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if ID.fullmatch(cells[0]):
            assert len(cells) == 6, line
            shown_by, named_keys, measures = (tuple(CODE.findall(cell)) for cell in cells[2:5])
            found.append(Requirement(cells[0], cells[1], shown_by, named_keys, measures, cells[5]))
    return tuple(found)


def test_every_statement_of_the_texts_is_there_once() -> None:
    expected = [f"{text}-{number:02}" for text, count in STATEMENTS.items() for number in range(1, count + 1)]
    assert [each.id for each in requirements()] == expected
    assert len(expected) == 88


def test_the_statements_are_those_of_the_design() -> None:
    if not ASKED.exists():
        pytest.skip("the design's list of requirements is not beside this checkout")
    asked = [f"{text}-{number}" for text, number in re.findall(r"^\| (00[012])-(\d\d) \|", ASKED.read_text(encoding="utf-8"), re.MULTILINE)]
    assert sorted(asked) == sorted(each.id for each in requirements())


def test_every_statement_is_somewhere_or_says_why_not() -> None:
    for each in requirements():
        assert each.shown_by or each.says, each.id
        assert each.shown_by or each.keys or len(each.says) > 20 or each.says.startswith("as 00"), each.id


def test_as_another_leads_to_a_statement_that_says_why() -> None:
    said = {each.id: each.says for each in requirements()}
    for each in requirements():
        if found := re.match(r"as (00[012]-\d\d)", each.says):
            assert said[found[1]] and not said[found[1]].startswith("as "), each.id


def test_every_scenario_and_decision_exists() -> None:
    scenarios = {file.parent.name for file in ROOT.glob("scenarios/*/scenario.yaml")}
    decisions = {file.stem for file in ROOT.glob("scenarios/*/decisions/*.yaml")}
    for each in requirements():
        for name in each.shown_by:
            assert name in scenarios | decisions, f"{each.id}: {name}"


def test_every_key_exists() -> None:
    for each in requirements():
        for key in each.keys:
            assert any(f"{path}.".startswith(f"{key}.") for path in key_paths()), f"{each.id}: {key}"


def test_every_measure_exists() -> None:
    known = {measure.name for measure in MEASURES} | {measure.name for measure in PAIRED} | {INVOICES, COST}
    missing = [f"{each.id}: {name}" for each in requirements() for name in each.measures if name not in known]
    assert missing == []
