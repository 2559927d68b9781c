"""The reference page of the scenario language, made from the one table of keys.

``python -m servsim.scenario.reference`` prints the page; a test holds the committed page equal to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from servsim.rules.distribution import DISTRIBUTIONS, Distribution
from servsim.scenario.keys import KEYS, Key
from servsim.scenario.language import RESERVED_SECTIONS, RUN_SETTINGS
from servsim.scenario.like import LIKE_KEYS
from servsim.scenario.units import UNITS_S
from servsim.scenario.value import KINDS, bounds_words

HEAD = """# Scenario files: every key

This page is made from the program's table of keys (`servsim/scenario/language.py`); do not edit it.

A scenario is a folder with a file `scenario.yaml`. Every key has a path, which is also how it is addressed on the
command line: `servsim run scenario=phone_shop teams.clerks.agents=5`. In the tables, `<team>` stands for a name of your
own (letters, digits and `_`). Order never means anything, except in lists. A key that stands in no table here does not exist.

Where a table has the columns *plausible* and *source*: the range is what sensitivity runs draw from, and the source says where the
default comes from. Numbers such as B45 are entries of the evidence list in [what customers remember](../explanation/loyalty.md);
"assumed" means that no source was found. A default that is left empty there comes from the preset.
"""

KIND_LINES: tuple[tuple[str, str], ...] = (
    ("text", "words"),
    ("yes_no", "`yes` or `no`"),
    ("count", "a whole number: `5`"),
    ("count_or_all", "a whole number or `unlimited`"),
    ("number", "a number: `1.2`"),
    ("share", "`15 %` or `0.15`"),
    ("factor", "`90 %` or `0.9`; may be above 1"),
    ("money", "`18.50`, in the scenario's currency"),
    ("duration", f"a length of time with its unit: `4 min`, `90 s`, `1 h 30 min`, `2 days` (units: {', '.join(UNITS_S)})"),
    ("law", "a duration, or a law of the table below: `{lognormal: {mean: 4 min, sd: 3 min}}`; a patience may be `unlimited`"),
    ("law_by_channel", "a law, or laws by channel: `{phone: 3 min, counter: {exponential: 5 min}}`"),
    ("date", "`2026-03-02`"),
    ("dates", "a date or a list of dates"),
    ("time", "a time of day: `9:30`"),
    ("windows", "hours: `9:00-18:00` (`22:00-6:00` runs past midnight), a list of these, `24 h` or `closed`"),
    ("week_by_channel", "by channel: windows, or windows by weekday (`{mon-fri: 9:00-18:00, sat: 10:00-14:00}`); days not named are closed"),
    ("days", "weekdays: `mon-fri`, `mon, wed, sat`, `daily`"),
    ("day_factors", "factors by weekday: `{mon: 1.2, sat-sun: 0}`; days not named have 1"),
    (
        "day_profile",
        "numbers by time of day, from each time until the next: `{9:00: 20, 12:00: 15}`; or such a mapping by weekday; or one number. "
        "The first, at 0:00, begins at opening; the last ends at closing; one number means all open hours. Weekdays not named have nothing",
    ),
    ("steps", "shares by number of people: `{5: 10 %, 10: 40 %}`, from each number until the next"),
    ("name", "a name of the section that `refers to` names"),
    ("names", "a list of such names, or one; where order matters, the list's order counts"),
    ("shares", "shares by such names, `{phone: 70 %, counter: 30 %}`, or one name"),
    ("choice", "one of the words listed"),
    ("choices", "a list of the words listed"),
    ("file", "the path of a file in the scenario's folder; CSV with a head line, also `.csv.gz`"),
    ("who", "a number of agents, a share (`80 %`), or a list of agents (`[1, 3]`, `[early-2]`)"),
)


def reference_markdown() -> str:
    """Return the reference page."""
    parts = [HEAD, "## Kinds of values\n", _table(("kind", "what to write"), [(f"`{kind}`", says) for kind, says in KIND_LINES])]
    parts += ["## Keys\n", *_sections(), "## Laws\n", LAWS_HEAD, _laws()]
    parts += ["## A scenario that is like another\n", LIKE_HEAD, _table(("key", "what it says"), [(f"`{name}`", says) for name, says in LIKE_KEYS.items()])]
    parts += ["## Names that are kept\n", _reserved()]
    return "\n".join(parts).rstrip() + "\n"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(_cell(cell) for cell in row) for row in rows)]
    return "".join(f"| {line} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _sections() -> Iterator[str]:
    by_section: dict[str, list[Key]] = {}
    for key in KEYS:
        by_section.setdefault(key.path.rpartition(".")[0], []).append(key)
    for section, keys in by_section.items():
        yield f"### {f'`{section}`' if section else 'The scenario itself'}\n\n{keys[0].section_says}\n"
        yield _table(KEY_HEAD, [_key_row(key) for key in keys]) if not any(key.source for key in keys) else _sourced_table(keys)


KEY_HEAD = ("key", "kind", "default", "allowed", "what it says", "example")


def _sourced_table(keys: list[Key]) -> str:
    """Return the table of a section whose defaults come from somewhere: with plausible ranges and sources."""
    rows = [(*_key_row(key)[:4], _plausible(key), key.says, key.source, _key_row(key)[5]) for key in keys]
    return _table((*KEY_HEAD[:4], "plausible", "what it says", "source", "example"), rows)


def parameter_table() -> str:
    """Return every key with a source or a plausible range, whatever its section: what ``docs/explanation/loyalty.md`` shows."""
    keys = [key for key in KEYS if key.source or key.plausible is not None]
    rows: list[tuple[str, ...]] = [(f"`{key.path}`", _default(key) or _untold(key), _plausible(key), key.says, key.source) for key in keys]
    return _table(("key", "default", "plausible", "what it says", "source"), rows)


def _untold(key: Key) -> str:
    return "by preset" if key.path.startswith("loyalty.") else ""


def _key_row(key: Key) -> tuple[str, ...]:
    return (f"`{key.path.rpartition('.')[2]}`", key.kind, _default(key), _allowed(key), key.says, f"`{key.example}`" if key.example else "")


def _plausible(key: Key) -> str:
    if key.plausible is None:
        return ""
    low, high = (_shown(KINDS[key.kind].write(bound)) for bound in key.plausible)
    return f"{low} to {high}"


def _default(key: Key) -> str:
    if key.is_required:
        return "**must be given**"
    if key.kind == "count_or_all" and key.default is None:
        return "unlimited"
    if key.default is None or key.default == () or key.default == "":
        return ""
    return f"`{_shown(KINDS[key.kind].write(key.default))}`"


def _shown(value: Any) -> str:
    """Return a plain value as one line of YAML."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_shown(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_shown(each) for each in value)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _allowed(key: Key) -> str:
    if key.choices:
        return ", ".join(f"`{choice}`" for choice in key.choices)
    if key.refers:
        return f"refers to `{key.refers}`"
    if key.kind == "share":
        return "from 0 % to 100 %"
    return bounds_words(key.kind, {"low": key.low, "high": key.high, "above": key.above})


LAWS_HEAD = """A plain duration is a law too: always the same. A law with one parameter may be written short, `{exponential: 3 min}`;
where a law has `mean` and `sd`, `cv` (sd divided by mean) may stand in place of `sd`. Tables may stand in a CSV of the
scenario's folder: `{quantiles: {file: talk.csv}}` with the columns `share` and `seconds`, `{empirical: {file: talk.csv}}` with the column `seconds`.
Parts of a law of laws have names of your own, so that each number has a path.
"""

LIKE_HEAD = """Instead of all the keys above, a file may name another scenario and what differs. Files that the other
scenario names are taken from its folder.
"""

LAW_EXAMPLES = {
    "points": "{quantiles: {0 %: 10 s, 50 %: 3 min, 100 %: 20 min}}",
    "samples": "{empirical: [2 min, 3 min, 5 min]}",
    "parts": "{smaller_of: {patience: {exponential: 2 min}, voicemail: 2 min}}",
    "weighted_parts": "{mixture: {short: {share: 20 %, law: 30 s}, long: {share: 80 %, law: {exponential: 5 min}}}}",
}


def _laws() -> str:
    rows: list[tuple[str, ...]] = [(f"`{each.name}`", each.says, _parameters(each), f"`{law_example(each)}`") for each in DISTRIBUTIONS]
    return _table(("law", "what it says", "parameters", "example"), rows)


def _parameters(entry: Distribution) -> str:
    return "; ".join(f"`{each.name}` ({each.kind}{_default_of(each.default)}): {each.says.rstrip('.')}" for each in entry.parameters)


def _default_of(default: float | None) -> str:
    return "" if default is None else f", default {default:g}"


def law_example(entry: Distribution) -> str:
    """Return a law of this kind as a planner may write it."""
    if entry.takes != "values":
        return LAW_EXAMPLES[entry.takes]
    durations = iter(("2 min", "3 min", "5 min"))
    others = {"number": "2", "count": "2", "share": "20 %"}
    body = ", ".join(f"{each.name}: {others.get(each.kind) or next(durations)}" for each in entry.parameters)
    return f"{{{entry.name}: {{{body}}}}}"


def _reserved() -> str:
    sections = "\n".join(f"- `{name}`: {says}" for name, says in RESERVED_SECTIONS.items())
    settings = ", ".join(f"`{name}`" for name in RUN_SETTINGS)
    return f"Sections that later versions will use:\n\n{sections}\n\nRun settings, given on the command line and never in a scenario: {settings}.\n"


if __name__ == "__main__":
    print(reference_markdown(), end="")
