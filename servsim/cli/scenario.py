"""The verbs that look at scenarios without running them: check, describe, list, new, schema. Never simulates."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from servsim.cli.argument import Arguments, plain_value, plain_values, sort_arguments
from servsim.errors import ScenarioError, SettingError, counted
from servsim.scenario.language import Scenario


def scenario_of(words: Sequence[str], verb: str) -> tuple[str, Scenario]:
    """Return the name and the scenario that the words mean, overrides applied.

    Raises
    ------
    SettingError
        The words do not name a scenario.
    ScenarioError
        The scenario cannot be read; every problem at once.
    """
    from servsim.scenario.reader import load
    from servsim.study.settings import make_settings

    arguments = sort_arguments(words)
    given = {key: plain_value(key, text) for key, text in arguments.settings.items()}
    if "scenario" not in given:
        raise SettingError(f"scenario: must be given, such as servsim {verb} scenario=phone_shop")
    settings = make_settings(given, plain_values(arguments.overrides))
    return settings.scenario, load(settings.scenario, settings.overrides, settings.scenario_dirs)


def check_and_print(words: Sequence[str]) -> int:
    """Print every problem of a scenario (exit code 2), and its warnings apart from them."""
    from servsim.scenario.check import check

    name, scenario = scenario_of(words, "check")
    found = check(scenario)
    for warning in found.warnings:
        print(f"warning: {warning}")
    if found.problems:
        raise ScenarioError(found.problems)
    print(f"{name}: no problems" + (f", {counted(len(found.warnings), 'warning')}" if found.warnings else ""))
    return 0


def describe_and_print(words: Sequence[str]) -> int:
    """Print a scenario in words."""
    from servsim.report.describe import describe

    _, scenario = scenario_of(words, "describe")
    sys.stdout.write(describe(scenario).rstrip() + "\n")
    return 0


def list_and_print(words: Sequence[str]) -> int:
    """Print the scenarios by name, with title and place."""
    from servsim.scenario.library import list_scenarios

    found = list_scenarios(_further(sort_arguments(words)))
    lines = [[name, _title(file), str(file.parent)] for name, file in found.items()]
    widest = max((len(name) for name in found), default=0)
    for name, title, folder in lines:
        print(f"{name.ljust(widest)}   {title}   ({folder})")
    return 0


def _further(arguments: Arguments) -> list[Path]:
    _refuse_all_but(arguments, ("scenario_dir",), "list")
    value = plain_value("scenario_dir", arguments.settings.get("scenario_dir", "[]"))
    return [Path(str(each)) for each in (value if isinstance(value, list) else [value])]


def _title(file: Path) -> str:
    """Return the title that a scenario file gives; a file that cannot be read says so."""
    from servsim.scenario.yaml_text import read_yaml

    try:
        data = read_yaml(file)
    except ScenarioError:
        return "(cannot be read; servsim check tells why)"
    return " ".join(str(data.get("title") or "").split()) if isinstance(data, dict) else "(cannot be read; servsim check tells why)"


def new_and_print(words: Sequence[str]) -> int:
    """Copy a scenario and tell where it is."""
    from servsim.scenario.library import new

    arguments = sort_arguments(words, own=("from",), names_allowed=1)
    _refuse_all_but(arguments, (), "new")
    if not arguments.names:
        raise SettingError("new: needs a name, such as servsim new my_shop from=phone_shop")
    origin = str(plain_value("from", arguments.own.get("from", "phone_shop")))
    folder = new(arguments.names[0], origin)
    print(f"{folder}: a copy of {origin}; change scenario.yaml in it, then: servsim run scenario={arguments.names[0]}")
    return 0


def schema_and_print(words: Sequence[str]) -> int:
    """Print the JSON Schema of the language."""
    import json

    from servsim.scenario.json_schema import json_schema

    _refuse_all_but(sort_arguments(words), (), "schema")
    print(json.dumps(json_schema(), indent=2))
    return 0


def _refuse_all_but(arguments: Arguments, allowed: tuple[str, ...], verb: str) -> None:
    """Refuse words that a verb would not look at."""
    given = [*arguments.settings, *(path for path, _ in arguments.overrides), *(word.partition("=")[0] for word in arguments.hydra)]
    for key in given:
        if key not in allowed:
            raise SettingError(f"{key}: means nothing to servsim {verb}" + (f" (it knows: {', '.join(allowed)})" if allowed else ""))
