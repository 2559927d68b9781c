"""The editor: a scenario with changed paths, its problems at the field, its load by team and hour, and its file.

Changes go through the strict reader; nothing is written to a disk. Never simulates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from servsim.errors import Problem, ScenarioError
from servsim.page.fields import fields_of
from servsim.page.sections import places_of
from servsim.page.shop import MOST_OVERRIDES, Overrides, Shop, named_files
from servsim.page.stage import refuse_large
from servsim.scenario.check import check
from servsim.scenario.language import Scenario
from servsim.scenario.reader import read
from servsim.scenario.workload import load_by_team_hour

MOST_INTERVALS = 200_000
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def checked(shop: Shop, changes: Mapping[str, Any], added: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what is wrong with a changed scenario, and its load where it can be worked out.

    Parameters
    ----------
    changes : paths and new values; they go on top of what is added.
    added : new sections by path, each with the name it is to be like, or empty.

    Returns
    -------
    ``problems``, ``warnings``: path, value, allowed, nearest; ``load``: team, weekday, hour, offered and present agents; ``fields``;
    ``places`` where a section may be added; ``applied``: whether fields and places are of the changed scenario, or of the one on disk.
    """
    problems: list[Problem] = []
    warnings: list[Problem] = []
    load: list[dict[str, Any]] = []
    data, is_applied = shop.data, False
    try:
        data = shop.edited(_edits(changes), added)
        is_applied = True
        scenario = read(data, shop.folder)
        refuse_large(scenario)
        _refuse_fine(scenario)
        found = check(scenario)
        problems, warnings = found.problems, found.warnings
        load = [] if problems else [_told(line) for line in load_by_team_hour(scenario)]
    except ScenarioError as error:
        problems = error.problems
    plain = [each.plain for each in fields_of(data, shop.scenario.currency)]
    told = {"problems": [each.__dict__ for each in problems], "warnings": [each.__dict__ for each in warnings], "load": load, "fields": plain}
    return told | {"applied": is_applied, "places": [each.plain for each in places_of(data)]}


def yaml_text_of(shop: Shop, changes: Mapping[str, Any], added: Mapping[str, str] | None = None) -> str:
    """Return the changed scenario as a file that ``servsim run`` accepts.

    Raises
    ------
    ScenarioError
        With every problem: a file that cannot be run is not handed out.
    """
    data = shop.edited(_edits(changes), added)
    scenario = read(data, shop.folder)
    refuse_large(scenario)
    _refuse_fine(scenario)
    found = check(scenario)
    if found.problems:
        raise ScenarioError(found.problems)
    head = f"# {shop.name}, edited on servsim's class-room page. Put this file into a folder scenarios/<name>/ and run: servsim run scenario=<name>\n"
    files = sorted({*named_files(data)})
    if files:
        head += f"# Copy beside it, from the folder of {shop.name}: {', '.join(files)}\n"
    return head + str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=140))


def _refuse_fine(scenario: Scenario) -> None:
    """Refuse a calendar with more intervals than a page can show the load of."""
    calendar = scenario.calendar
    cells = calendar.days * 86400.0 / calendar.interval
    if cells > MOST_INTERVALS:
        words = f"must leave at most {MOST_INTERVALS:,} intervals in the run on the page; servsim run takes more"
        raise ScenarioError([Problem("calendar.interval", f"{cells:,.0f} intervals", words)])


def _edits(changes: Mapping[str, Any]) -> Overrides:
    if len(changes) > MOST_OVERRIDES:
        raise ScenarioError([Problem("changes", str(len(changes)), f"must be at most {MOST_OVERRIDES} paths")])
    return tuple((path, ("yes" if value else "no") if isinstance(value, bool) else value) for path, value in changes.items())


def _told(line: Any) -> dict[str, Any]:
    return {
        "team": line.team, "day": DAYS[line.weekday], "from_h": line.from_s / 3600.0, "offered": round(line.offered_erlang, 3), "agents": round(line.agents, 3),
    }  # fmt: skip
