"""Arguments: ``key=value`` words of the command line, one way in every verb.

::

    replications=30            a run setting        (a closed, reserved list: servsim.study.settings)
    teams.clerks.agents=5      a path of the scenario, typed bare
    hydra.searchpath=[...]     Hydra's own
    reason=walk_in             a word of the verb itself (story, list, new)

A value is Hydra's grammar where Hydra's grammar means something (``3,4,5``, ``range(100,140,10)``, ``choice(a,b)``,
``glob(*)``, quotes, ``null``) and otherwise the text as it would stand in a scenario file: ``4 min``, ``15 %``,
``{lognormal: {mean: 4 min, sd: 3 min}}``, ``9:00-18:00``. Never merges anything into a scenario: the reader does.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from servsim.errors import ScenarioError, SettingError, did_you_mean
from servsim.scenario import units
from servsim.scenario.keys import entries
from servsim.scenario.language import RESERVED_SECTIONS, Scenario
from servsim.scenario.spot import list_names, nearest_name, shown
from servsim.scenario.yaml_text import parse_yaml
from servsim.study.settings import RESERVED, SETTINGS

SWEEP_FUNCTIONS = ("choice", "range", "interval", "glob", "sort", "tag")
"""Hydra's functions; any other text before a parenthesis is just text."""
FUNCTION = re.compile(rf"\s*(?:{'|'.join(SWEEP_FUNCTIONS)})\s*\(.*\)\s*", re.DOTALL)
KEY = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")
LONGEST = 100_000


@dataclass(frozen=True)
class Arguments:
    """The words of one command line, sorted by whom they are for."""

    settings: dict[str, str] = field(default_factory=dict)
    """Run settings, as typed."""
    overrides: tuple[tuple[str, str], ...] = ()
    """Paths of the scenario and values, as typed."""
    hydra: tuple[str, ...] = ()
    """Hydra's own, whole."""
    own: dict[str, str] = field(default_factory=dict)
    """Words that the verb itself knows."""
    names: tuple[str, ...] = ()
    """Words without ``=``, where the verb takes any."""


def sort_arguments(words: Sequence[str], own: tuple[str, ...] = (), names_allowed: int = 0) -> Arguments:
    """Sort the words of a command line.

    Parameters
    ----------
    words : as the shell handed them over.
    own : further words that the verb knows.
    names_allowed : how many words without ``=`` the verb takes.

    Raises
    ------
    SettingError
        With every word that cannot be used, one a line.
    """
    found = Arguments({}, (), (), {}, ())
    problems: list[str] = []
    for word in words:
        try:
            found = _take(found, word, own, names_allowed)
        except SettingError as error:
            problems.append(str(error))
    if problems:
        raise SettingError("\n".join(problems))
    return found


def _take(found: Arguments, word: str, own: tuple[str, ...], names_allowed: int) -> Arguments:
    """Return the arguments with one more word."""
    key, equals, text = _split(word)
    if not equals:
        return _take_name(found, word, own, names_allowed)
    root = key.split(".")[0]
    if not KEY.fullmatch(key) or len(text) > LONGEST:
        raise SettingError(f"{shown(word)}: must be key=value, such as replications=30 or teams.clerks.agents=5")
    if key in own:
        return _with(found, own=_once(found.own, key, text))
    if root == "hydra":
        return _with(found, hydra=(*found.hydra, word))
    if root in RESERVED:
        return _with(found, settings=_once(found.settings, key, text))
    _refuse_stray(key, own)
    return _with(found, overrides=(*found.overrides, (key, text)))


def _refuse_stray(key: str, own: tuple[str, ...]) -> None:
    """Refuse a single word that neither a run setting nor the scenario knows: most likely a setting misspelt."""
    sections = tuple(entries(Scenario))
    if "." in key or key in (*sections, *RESERVED_SECTIONS):
        return
    known = (*SETTINGS, *own, *sections)
    hint = did_you_mean(nearest_name(key, known))
    raise SettingError(f"{key}: is neither a run setting nor a section of the scenario (known: {list_names(known, 60)}){hint}")


def _split(word: str) -> tuple[str, str, str]:
    """Split at the first ``=``; ``+path=value`` is ``path=value``, ``~path`` is ``path=null``: paths are never new."""
    if word.startswith("~"):
        return word[1:].partition("=")[0].strip(), "=", "null"
    key, equals, text = word.lstrip("+").partition("=")
    return key.strip(), equals, text.strip()


def _with(found: Arguments, **changed: Any) -> Arguments:
    return Arguments(**{**found.__dict__, **changed})


def _once(given: dict[str, str], key: str, text: str) -> dict[str, str]:
    if key in given:
        raise SettingError(f"{key}: is given twice ({shown(given[key])} and {shown(text)})")
    return {**given, key: text}


def _take_name(found: Arguments, word: str, own: tuple[str, ...], names_allowed: int) -> Arguments:
    if word.startswith("-"):
        raise SettingError(_option_words(word, own))
    if len(found.names) >= names_allowed:
        raise SettingError(_bare_words(word))
    return _with(found, names=(*found.names, word))


def _option_words(word: str, own: tuple[str, ...]) -> str:
    name, _, value = word.lstrip("-").replace("-", "_").partition("=")
    known = (*SETTINGS, *own)
    near = name if name in known else nearest_name(name, known)
    hint = f"; write {near}={value or '...'}" if near else ""
    return f"{shown(word)}: settings are written key=value, without dashes{hint}"


def _bare_words(word: str) -> str:
    from servsim.scenario.library import list_scenarios

    known = list_scenarios()
    near = difflib.get_close_matches(word, known, 1)
    hint = f"; did you mean scenario={near[0]}?" if near else ""
    return f"{shown(word)}: must be key=value, such as replications=30 or teams.clerks.agents=5{hint}"


# ---- values


def plain_values(overrides: Iterable[tuple[str, str]]) -> tuple[tuple[str, Any], ...]:
    """Return overrides with one value each, for verbs that run one scenario.

    Raises
    ------
    SettingError
        A value is a sweep.
    """
    return tuple((path, plain_value(path, text)) for path, text in overrides)


def plain_value(key: str, text: str) -> Any:
    """Return the one value of a text.

    Raises
    ------
    SettingError
        The text is a sweep over several values.
    """
    values = sweep_values(key, text)
    if values is not None:
        several = f"{key}: got {shown(text)}, which is several values; servsim sweep runs them all"
        raise SettingError(f'{several} (one value that holds commas stands in quotes: \'{key}="{shown(text)}"\')')
    return value_of(text)


def whole_number(key: str, value: Any, low: int, high: int) -> int:
    """Return a whole number between two bounds.

    Raises
    ------
    SettingError
        The value is none, or out of bounds.
    """
    words = f"must be a whole number from {low} to {high}"
    try:
        number = units.parse_count(value, words, high)
    except units.Refused:
        number = low - 1
    if not low <= number <= high:
        raise SettingError(f"{key}: got {shown(value)}; {words}")
    return number


def value_of(text: str) -> Any:
    """Return what one text means: as in a scenario file, with Hydra's quotes, escapes and missing spaces understood."""
    text = text.strip()
    if text[:1] in ("{", "["):
        return _container(text)
    if text[:1] in ("'", '"'):
        return _unquoted(text)
    if text in ("null", "~"):
        return None
    return text


def _container(text: str) -> Any:
    """Return a list or mapping, read as in a scenario file; ``{mean:4 min}``, without the space, as Hydra reads it."""
    try:
        value = parse_yaml(text, "override")
    except ScenarioError:
        value = None
    if value is None or _lacks_space(value):
        found = _hydra_value(text)
        return text if found is None else found
    return value


def _lacks_space(value: Any) -> bool:
    """Return whether YAML took ``mean:4 min`` for a name without a value."""
    if isinstance(value, dict):
        return any((each is None and ":" in key) or _lacks_space(each) for key, each in value.items())
    return isinstance(value, list) and any(_lacks_space(each) for each in value)


def _unquoted(text: str) -> Any:
    found = _hydra_value(text)
    return text if found is None else found


def _hydra_value(text: str) -> Any:
    """Return what Hydra's grammar makes of a text, ``None`` where it can make nothing of it."""
    parsed = _parsed(text)
    return None if parsed is None else _without_quotes(parsed.value())


def _parsed(text: str) -> Any:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(f"key={text}")
    except (HydraException, ValueError, RecursionError):
        return None


def _without_quotes(value: Any) -> Any:
    """Return a value of Hydra's grammar as plain data."""
    if isinstance(value, dict):
        return {str(_without_quotes(key)): _without_quotes(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_quotes(each) for each in value]
    return value.text if hasattr(value, "quote") else value


# ---- sweeps


def sweep_values(key: str, text: str) -> list[Any] | None:
    """Return the values of a sweep over one key, ``None`` where the text is one value.

    Raises
    ------
    SettingError
        The text looks like a sweep that cannot be expanded (``interval``, ``glob`` over anything but scenarios).
    """
    inner = _inside("choice", text)
    choices = split_choices(text if inner is None else inner)
    if inner is not None or len(choices) > 1:
        return [value_of(choice) for choice in choices]
    return _expanded(key, text) if FUNCTION.fullmatch(text) else None


def _inside(function: str, text: str) -> str | None:
    found = re.fullmatch(rf"\s*{function}\s*\((.*)\)\s*", text, re.DOTALL)
    return found[1] if found else None


def split_choices(text: str) -> list[str]:
    """Split a text at its outer commas: not within quotes, brackets or after a backslash."""
    parts, depth, quote, start, skip = [], 0, "", 0, False
    for place, letter in enumerate(text):
        if skip or letter == "\\":
            skip = not skip and letter == "\\"
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"" and not text[start:place].strip():
            quote = letter
        elif letter in "{[(":
            depth += 1
        elif letter in "}])":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _expanded(key: str, text: str) -> list[Any]:
    """Return what a function of Hydra's grammar stands for."""
    parsed = _parsed(text)
    if parsed is None:
        raise SettingError(f"{key}: got {shown(text)}; cannot be read as a sweep, such as 3,4,5 or range(100,140,10) or choice(a,b)")
    if parsed.is_sweep_override() and parsed.is_discrete_sweep() and not _is_glob(parsed):
        return [_without_quotes(value) for value in _limited(key, parsed)]
    if _is_glob(parsed) and key == "scenario":
        return _scenarios_like(parsed.value())
    if parsed.is_sweep_override():
        raise SettingError(f"{key}: got {shown(text)}; must be values to run one by one: 3,4,5 or range(100,140,10) or choice(a,b)")
    return [_without_quotes(parsed.value())]


MOST_VALUES = 1_000_000


def _limited(key: str, parsed: Any) -> Iterable[Any]:
    from itertools import islice

    from hydra.core.override_parser.types import Transformer

    values = list(islice(parsed.sweep_iterator(transformer=Transformer.identity), MOST_VALUES + 1))
    if not 0 < len(values) <= MOST_VALUES:
        raise SettingError(f"{key}: gives {'no value' if not values else f'more than {MOST_VALUES} values'}; a sweep has 1 to {MOST_VALUES}")
    return values


def _is_glob(parsed: Any) -> bool:
    return type(parsed.value()).__name__ == "Glob"


def _scenarios_like(glob: Any) -> list[Any]:
    from servsim.scenario.library import list_scenarios

    names = glob.filter(list(list_scenarios()))
    if not names:
        raise SettingError(f"scenario: no scenario is called like that (scenarios: {list_names(list_scenarios())})")
    return list(names)
