"""A scenario that is like another one, but for some changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from servsim.errors import ScenarioError
from servsim.scenario.reader import load

BASE = """
channels: {phone: {}}
reasons: {call: {arrivals: {per_hour: 10}, talk: 1 min}}
teams: {clerks: {agents: 2}}
"""


def write(folder: Path, name: str, text: str) -> Path:
    """Write a scenario and return its folder."""
    (folder / name).mkdir()
    (folder / name / "scenario.yaml").write_text(text)
    return folder / name


def test_a_like_scenario_is_the_other_one_with_its_changes(tmp_path: Path) -> None:
    write(tmp_path, "base", BASE)
    folder = write(tmp_path, "more", "title: More\nlike: base\nchanges: {teams.clerks.agents: 5}\n")

    scenario = load(folder)

    assert scenario.title == "More"
    assert scenario.teams["clerks"].agents == 5
    assert scenario.reasons == load(tmp_path / "base").reasons


def test_an_override_of_the_command_line_comes_after_the_changes(tmp_path: Path) -> None:
    write(tmp_path, "base", BASE)
    folder = write(tmp_path, "more", "like: base\nchanges: {teams.clerks.agents: 5}\n")

    assert load(folder, ["teams.clerks.agents=7"]).teams["clerks"].agents == 7


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("like: base\nteams: {clerks: {agents: 3}}\n", "teams", "write it under changes"),
        ("like: base\nchanges: {teams.clerk.agents: 3}\n", "changes: teams.clerk.agents", "the scenario has no teams.clerk"),
        ("like: nowhere\n", "scenario", "must be the name of a scenario"),
        ("like: self\n", "like", "leads in a circle"),
        ("like: [base]\n", "like", "must be the name of a scenario"),
        ("like: base\nchanges: 5\n", "changes", "must be dotted paths"),
    ],
)
def test_what_may_not_stand_in_a_like_scenario_is_refused_with_its_path(tmp_path: Path, text: str, path: str, words: str) -> None:
    write(tmp_path, "base", BASE)
    folder = write(tmp_path, "self", text)

    with pytest.raises(ScenarioError) as refusal:
        load(folder)

    assert refusal.value.problems[0].path == path
    assert words in refusal.value.problems[0].allowed
