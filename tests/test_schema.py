"""The JSON Schema and the reference page are made from the one table of keys, and agree with the reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import valid_scenarios

from servsim.rules.distribution import DISTRIBUTIONS
from servsim.scenario.json_schema import json_schema
from servsim.scenario.keys import KEYS
from servsim.scenario.law import read_law
from servsim.scenario.library import list_scenarios
from servsim.scenario.plain import to_plain
from servsim.scenario.reader import read
from servsim.scenario.reference import KIND_LINES, law_example, parameter_table, reference_markdown
from servsim.scenario.spot import Reading, Spot
from servsim.scenario.value import KINDS
from servsim.scenario.yaml_text import parse_yaml, read_yaml

jsonschema = pytest.importorskip("jsonschema")

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "scenario.md"
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def errors_of(data: object) -> list[str]:
    """Return what an editor would underline."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(data)]


def test_the_schema_is_one_itself():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", list_scenarios())
def test_every_shipped_scenario_keeps_the_schema(name):
    assert errors_of(read_yaml(list_scenarios()[name])) == []


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(valid_scenarios())
def test_every_valid_scenario_keeps_the_schema_as_written_and_resolved(data):
    plain = parse_yaml(repr_yaml(data), "scenario")

    assert errors_of(plain) == []
    assert errors_of(to_plain(read(data))) == []


def repr_yaml(data: object) -> str:
    """Return data as YAML text, so that keys are text as in a file."""
    import yaml

    return yaml.safe_dump(data, allow_unicode=True)


@pytest.mark.parametrize(
    "data",
    [
        {"channels": {"phone": {"lnes": 3}}},
        {"channels": {"phone": {"lines": 0}}},
        {"reasons": {"r": {"talk": 4}}},
        {"reasons": {"r": {"talk": {"lognormal": {"mean": "4 min"}}}}},
        {"reasons": {"r": {"talk": "1 min", "asks_for": "somebody"}}},
        {"calendar": {"hours": {"phone": {"monday": "9:00-18:00"}}}},
        {"replications": 30},
    ],
)
def test_an_editor_underlines_what_the_reader_refuses(data):
    whole = {"channels": {"phone": {}}, "reasons": {"r": {"talk": "1 min"}}, "teams": {"t": {"agents": 1}}}
    assert errors_of(whole) == []

    assert errors_of({**whole, **data})


def test_the_committed_reference_page_is_the_generated_one():
    assert PAGE.read_text(encoding="utf-8") == reference_markdown(), "run: python -m servsim.scenario.reference > docs/reference/scenario.md"


def test_the_reference_page_has_every_key_kind_and_law():
    page = reference_markdown()
    for key in KEYS:
        assert f"| `{key.path.rpartition('.')[2]}` | {key.kind} |" in page
    assert {kind for kind, _ in KIND_LINES} == set(KINDS) >= {key.kind for key in KEYS}
    for entry in DISTRIBUTIONS:
        assert f"| `{entry.name}` |" in page


@pytest.mark.parametrize("entry", DISTRIBUTIONS, ids=lambda entry: entry.name)
def test_the_example_of_every_law_can_be_read_and_keeps_the_schema(entry):
    reading = Reading()
    value = parse_yaml(law_example(entry), "example")

    assert read_law(value, Spot("talk", reading)).kind == entry.name, reading.problems
    assert errors_of({"channels": {"phone": {}}, "reasons": {"r": {"talk": value}}, "teams": {"t": {"agents": 1}}}) == []


def test_the_page_on_loyalty_has_every_parameter_as_the_program_has_it_and_every_source_it_names():
    page = (PAGE.parents[1] / "explanation" / "loyalty.md").read_text(encoding="utf-8")
    made = page.partition("<!-- made: parameters -->")[2].partition("<!-- end -->")[0]
    listed = set(re.findall(r"^\| (B\d+) \|", page, re.MULTILINE))

    assert made.strip() == parameter_table().strip(), "put servsim.scenario.reference.parameter_table() between the marks"
    assert set(re.findall(r"B\d+", made)) <= listed
    for low, high in re.findall(r"B(\d+) to B(\d+)", page):
        assert {f"B{low}", f"B{high}"} <= listed
    assert {number for number in re.findall(r"\bB\d+", page)} <= listed


@pytest.mark.parametrize("key", [key for key in KEYS if key.plausible is not None], ids=lambda key: key.path)
def test_a_plausible_range_holds_the_default_and_keeps_the_bounds(key):
    low, high = key.plausible

    assert low < high
    assert key.low is None or low >= key.low
    assert key.high is None or high <= key.high
    assert key.default is None or low <= key.default <= high


@pytest.mark.parametrize(("text", "held"), [("yes", True), ("no", False), ("true", True), ("false", False)])
def test_yes_and_no_are_read_and_written(text, held):
    reading = Reading()
    value = KINDS["yes_no"].read(parse_yaml(text, "scenario"), {}, Spot("reasons.r.problem", reading))

    assert (value, reading.problems) == (held, [])
    assert KINDS["yes_no"].write(held) == ("yes" if held else "no")


@pytest.mark.parametrize(("value", "nearest"), [("yse", "did you mean 'yes'?"), (1, ""), ("on", ""), ([], "")])
def test_what_is_neither_yes_nor_no_is_refused(value, nearest):
    reading = Reading()
    KINDS["yes_no"].read(value, {}, Spot("reasons.r.problem", reading))

    assert len(reading.problems) == 1 and "must be yes or no" in str(reading.problems[0]) and nearest in str(reading.problems[0])
