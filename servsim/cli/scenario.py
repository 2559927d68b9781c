"""The verbs that look at scenarios and decisions without running them: check, describe, list, new, schema. Never simulates."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from servsim.cli.argument import Arguments, plain_value, plain_values, sort_arguments
from servsim.errors import Problem, ScenarioError, SettingError, counted
from servsim.scenario.language import Scenario
from servsim.study.settings import RunSettings

ONE_DECISION = "decisions: here it is decision=course_all_at_once, or decision=a+b for several taken together; all are checked where none is named"


def settings_for(arguments: Arguments, verb: str) -> RunSettings:
    """Return the settings that name a scenario.

    Raises
    ------
    SettingError
        The words do not name one, or are wrong.
    """
    from servsim.study.settings import make_settings

    given = {key: plain_value(key, text) for key, text in arguments.settings.items()}
    if "scenario" not in given:
        raise SettingError(f"scenario: must be given, such as servsim {verb} scenario=phone_shop")
    return make_settings(given, plain_values(arguments.overrides))


def scenario_from(settings: RunSettings) -> Scenario:
    """Return the scenario that settings name, overrides applied.

    Raises
    ------
    ScenarioError
        The scenario cannot be read; every problem at once.
    """
    from servsim.scenario.reader import load

    return load(settings.scenario, settings.overrides, settings.scenario_dirs)


# ---- check


def check_and_print(words: Sequence[str]) -> int:
    """Print every problem of a scenario and of its decisions (exit code 2), and warnings apart from them."""
    from servsim.scenario.decision import decision_folders, list_decisions

    arguments = sort_arguments(words, own=("decision",))
    if "decisions" in arguments.settings:
        raise SettingError(ONE_DECISION)
    settings = settings_for(arguments, "check")
    files = list_decisions(decision_folders(settings.scenario, settings.scenario_dirs))
    scenario = _checked_scenario(settings, {} if "decision" in arguments.own else files)
    if "decision" in arguments.own:
        _check_decision(str(plain_value("decision", arguments.own["decision"])), settings, scenario, files)
    elif files:
        _check_decisions(settings, scenario, files)
    return 0


def _checked_scenario(settings: RunSettings, files: Mapping[str, Path]) -> Scenario:
    """Print what there is to say of a scenario, and return it.

    Raises
    ------
    ScenarioError
        With every problem of the scenario, and then of the decision files by themselves.
    """
    from servsim.scenario.check import check
    from servsim.study.decision_check import file_problems

    try:
        scenario = scenario_from(settings)
    except ScenarioError as error:
        raise ScenarioError([*error.problems, *file_problems(files)]) from None
    found = check(scenario)
    _print_warnings(found.warnings)
    if found.problems:
        raise ScenarioError([*found.problems, *file_problems(files)])
    print(f"{settings.scenario}: no problems" + (f", {counted(len(found.warnings), 'warning')}" if found.warnings else ""))
    return scenario


def _print_warnings(warnings: Sequence[Problem], of: str = "") -> None:
    for warning in warnings:
        print(f"warning: {of}{warning}")


def _check_decision(name: str, settings: RunSettings, scenario: Scenario, files: Mapping[str, Path]) -> None:
    """Print what there is to say of one decision, or of several taken together."""
    from servsim.study.decision_check import DecisionCheck

    found = DecisionCheck(settings, scenario, files).one(name)
    _print_warnings(found.warnings, f"with {found.name}, ")
    if found.problems or found.not_due:
        raise ScenarioError(list(dict.fromkeys([*found.problems, *found.not_due])))
    print(f"decision {found.name}: no problems" + (f", {counted(len(found.warnings), 'warning')}" if found.warnings else ""))


def _check_decisions(settings: RunSettings, scenario: Scenario, files: Mapping[str, Path]) -> None:
    """Print what there is to say of all decisions of a scenario."""
    from servsim.cli.progress import ProgressLine
    from servsim.study.decision_check import DecisionCheck

    with ProgressLine("decisions") as progress:
        found = DecisionCheck(settings, scenario, files).every(progress)
    not_due = [each.name for each in found if each.not_due]
    for each in found:
        if not each.not_due:
            _print_warnings(each.warnings, f"with {each.name}, ")
    problems = list(dict.fromkeys(problem for each in found for problem in each.problems))
    if problems:
        raise ScenarioError(problems)
    print(f"decisions: {len(found)} read, no problems")
    if not_due:
        print(f"  not to be compared over these days, since their money falls on none of them: {', '.join(not_due)}")


# ---- describe


def describe_and_print(words: Sequence[str]) -> int:
    """Print a scenario in words."""
    from servsim.report.describe import describe

    sys.stdout.write(describe(scenario_from(settings_for(sort_arguments(words), "describe"))).rstrip() + "\n")
    return 0


# ---- list


def list_and_print(words: Sequence[str]) -> int:
    """Print the scenarios by name, with title and place; or the decisions of one."""
    arguments = sort_arguments(words)
    if "scenario" in arguments.settings:
        sys.stdout.write(_decisions_text(arguments))
        return 0
    return _list_scenarios(arguments)


def _list_scenarios(arguments: Arguments) -> int:
    from servsim.scenario.library import list_scenarios

    found = list_scenarios(_further(arguments))
    lines = [[name, _title(file), str(file.parent)] for name, file in found.items()]
    widest = max((len(name) for name in found), default=0)
    for name, title, folder in lines:
        print(f"{name.ljust(widest)}   {title}   ({folder})")
    if found:
        print("\nservsim list scenario=NAME lists the decisions of one.", file=sys.stderr)
    return 0


def _decisions_text(arguments: Arguments) -> str:
    """Return the decisions of a scenario as a table.

    Raises
    ------
    SettingError, ScenarioError
        Words that mean nothing here; no such scenario.
    """
    from servsim.cli.decisions import decisions_text
    from servsim.scenario.decision import decision_folders, list_decisions

    _refuse_all_but(arguments, ("scenario", "scenario_dir"), "list")
    settings = settings_for(arguments, "list")
    return decisions_text(settings.scenario, scenario_from(settings), list_decisions(decision_folders(settings.scenario, settings.scenario_dirs)))


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
