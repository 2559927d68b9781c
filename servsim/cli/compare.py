"""The verb ``compare``: decisions beside doing nothing, on the same customers. Never simulates by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from servsim.cli.argument import Arguments, sort_arguments
from servsim.cli.configuration import settings_of
from servsim.cli.number import LENGTHS, PEOPLES_TIME, percent, plain, with_interval
from servsim.cli.output import print_json
from servsim.cli.progress import ProgressLine
from servsim.cli.table import aligned
from servsim.errors import counted
from servsim.scenario.spot import typed_text
from servsim.study.compare import DEFAULTS, run_comparison
from servsim.study.comparison import HEADLINE, Comparison, Expected, Row
from servsim.study.difference import adjusted
from servsim.study.run import Again, Ending
from servsim.study.settings import RunSettings

INTERRUPTED = 130
ROUGH_BELOW = 10
"""With fewer replications a ratio of variances is rough."""
ADDED_UP = ("customers_time_added_s", "wait_added_s", "wait_saved_s")
"""Times of many people, added up."""
MOST_NEEDED = 10_000
"""Beyond so many replications their number is of no use to anybody."""

VERDICTS = (
    "Worse, better: the whole interval lies on one side of 0. Cannot tell: it holds 0, which is not \"no harm\"; margin=5 % (or"
    " 'margin={mean_wait: 1 min}')\nsays how small a difference counts as none."
)

DETAILS = (
    ("needs unsolved that were solved", "solved_only_without"),
    ("visits in vain", "in_vain_only_with"),
    ("waits given up", "abandoned_only_with"),
    ("waits over 5 min longer", "waits_much_longer"),
    ("solutions over a day later", "solved_over_a_day_later"),
)
"""What getting worse consists of, in the words of the line below the table."""


def compare_and_print(words: Sequence[str]) -> int:
    """Compare the decisions that the words name, print what was found and return the exit code."""
    settings = compare_settings(sort_arguments(words))
    with ProgressLine("replications of all worlds") as progress:
        result = run_comparison(settings, progress, Again.SHOW_SAVED)
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print_comparison(result)
    print(_ending_words(result), end="", file=sys.stderr)
    return INTERRUPTED if result.ending is Ending.INTERRUPTED else 0


def compare_settings(arguments: Arguments) -> RunSettings:
    """Return the settings of a comparison: ``decisions=a,b`` is a list, and logs are kept only when asked for.

    Raises
    ------
    SettingError
        With everything wrong with the settings, one a line.
    """
    typed = {**DEFAULTS, **arguments.settings}
    if "decisions" in typed and typed["decisions"].strip()[:1] not in ("[", "'", '"'):
        typed["decisions"] = f"[{typed['decisions']}]"
    settings = settings_of(replace(arguments, settings=typed))
    return settings if settings.study else replace(settings, study=f"{settings.study_name}_compare")


def print_comparison(result: Comparison) -> None:
    """Print a comparison as its settings ask."""
    output = result.settings.output
    if output == "json":
        print_json(result.told)
    elif output == "csv" and result.folder is not None:
        sys.stdout.write((result.folder / "compare.csv").read_text(encoding="utf-8-sig"))
    elif output == "table" and result.rows:
        sys.stdout.write(comparison_text(result))


def comparison_text(result: Comparison) -> str:
    """Return a comparison as a manager reads it."""
    parts = [_heading(result)]
    for each in result.worlds:
        if each.spec.is_asked:
            parts += [_block(result, each.spec.name, against) for against in each.spec.against]
    parts += [VERDICTS, _gain_text(result), _expectations_text(result)]
    where = f"Results: {result.folder} (compare.csv, paired.csv, expectations.csv, measures.parquet ...)" if result.folder else ""
    return "\n\n".join(part for part in (*parts, where) if part) + "\n"


def _heading(result: Comparison) -> str:
    settings, scenario = result.settings, result.worlds[0].world.scenario
    each = percent(adjusted(settings.confidence, result.statements))
    run = f"{counted(scenario.calendar.days, 'day')} from {scenario.calendar.start}, {counted(result.replications, 'replication')}, seed {settings.seed}"
    changed = "".join(f"{path} = {typed_text(value)}, in every world\n" for path, value in settings.overrides)
    return (
        f"{scenario.title or settings.scenario}\n{run}; the same customers in every world\n{changed}"
        f"In brackets: intervals. The {counted(result.statements, 'statement')} below hold together with {percent(settings.confidence)},"
        f" so each is a {each} interval (Bonferroni)."
    )


# ---- one decision against another world


def _block(result: Comparison, decision: str, against: str) -> str:
    world = result.world(decision)
    aim = f" (aim: {world.spec.aim})" if world.spec.aim else ""
    title = f"{decision}: {world.spec.title}{aim}\nagainst {against}: {result.world(against).spec.title}"
    lines = [["", "comparator", "decision", "difference", ""], *_lines(result, decision, against)]
    return "\n".join(part for part in (title, "", _table(lines), _people_text(result, decision, against)) if part is not None)


def _table(lines: list[list[str]]) -> str:
    """Return rows of cells, the verdict to the left like the first column."""
    verdicts = [line[-1] for line in lines]
    return "\n".join(f"{row}   {verdict}".rstrip() for row, verdict in zip(aligned([line[:-1] for line in lines]).split("\n"), verdicts, strict=True))


def _lines(result: Comparison, decision: str, against: str) -> Iterator[list[str]]:
    rows = {(each.measure, each.formula): each for each in (*result.rows, *result.paired) if each.is_headline and (each.decision, each.against) == (decision, against)}
    for headline in HEADLINE:
        row = rows.get((headline.measure, headline.formula))
        if row is not None:
            yield [_says(headline.says, row.unit), *_values(row), difference_text(row), _verdict(row) if headline.better else ""]


def _says(says: str, unit: str) -> str:
    """Return what a line says, with the unit of its numbers where these do not show it."""
    if unit in ("s", "share", "people", "contacts", "cases", "customers"):
        return says
    return f"{says[:-1]}, {unit})" if says.endswith(")") else f"{says} ({unit})"


def _values(row: Row) -> tuple[str, str]:
    """Return both worlds' values, in one unit."""
    values = (row.value_base, row.value)
    if row.unit != "s":
        return _value(values[0], row.unit), _value(values[1], row.unit)
    largest = max(abs(value or 0.0) for value in values)
    scale, name = next((scale, name) for least, scale, name in LENGTHS if largest >= least)
    first, second = ("" if value is None else f"{plain(value / scale, 1 if scale == 1.0 else 2)} {name}" for value in values)
    return first, second


def _value(value: float | None, unit: str) -> str:
    return "" if value is None else with_interval({"value": value, "low": None, "high": None, "unit": unit})


def difference_text(row: Row) -> str:
    """Return a difference and its interval, with its sign; of shares in points: ``+0.4 points [0.1, 0.7]``."""
    if row.difference is None:
        return "-"
    if row.difference == 0.0 and row.low == row.high == 0.0:
        return "0"
    unit = PEOPLES_TIME if row.measure in ADDED_UP else row.unit
    text = with_interval({"value": row.difference, "low": row.low, "high": row.high, "unit": unit})
    signed = f"+{text}" if row.difference > 0.0 and text.split(maxsplit=1)[0].strip("0.") else text
    return signed.replace(" %", " points", 1) if row.unit == "share" else signed


def _verdict(row: Row) -> str:
    if row.verdict != "cannot tell" or not row.needed:
        return row.verdict
    if row.needed > MOST_NEEDED:
        return f"cannot tell (over {MOST_NEEDED:,} replications would)"
    return f"cannot tell (about {counted(row.needed, 'replication')} would)"


def _people_text(result: Comparison, decision: str, against: str) -> str:
    def mean(measure: str) -> float:
        return result.row(decision, measure, against).difference or 0.0

    worse = ", ".join(f"{_count(mean(measure))} {says}" for says, measure in DETAILS if mean(measure))
    where = f"{_count(mean('contacts_paired'))} contacts in both worlds, {_count(mean('contacts_only_without'))} only in {against}, {_count(mean('contacts_only_with'))} only in {decision}"
    return (f"Got worse, a run: {worse}.\n" if worse else "") + f"{where}."


def _count(number: float) -> str:
    return plain(number, 0 if number >= 100 or number == int(number) else 1)


# ---- below the tables


def _gain_text(result: Comparison) -> str:
    lines = []
    for each in result.gains:
        factor = each.gain.factor
        if factor == float("inf"):
            said = "is exactly 0 in every replication"
        elif factor != factor:
            said = "has no noise in either world"
        elif factor >= 1.0:
            said = f"varies {plain(factor, 1 if factor < 10 else 0)} times less than it would between independent runs"
        else:
            said = f"varies {plain(1.0 / factor, 1)} times more than it would between independent runs"
        lines.append(f"  {each.decision} against {each.against}: {said}")
    rough = f" (rough, from {result.replications} replications)" if result.replications < ROUGH_BELOW else ""
    return f"The same customers in both worlds: the difference in mean wait of a replication{rough}\n" + "\n".join(lines)


def _expectations_text(result: Comparison) -> str:
    if not result.expectations:
        return ""
    lines = [["expected beforehand", "of", "against", "found", ""], *(_expected_line(each) for each in result.expectations)]
    return f"{_table(lines)}\n(each at {percent(result.settings.confidence)}; published whichever way it falls)"


def _expected_line(each: Expected) -> list[str]:
    margin = f" within {each.expectation.margin}" if each.expectation.margin else ""
    return [f"{each.expectation.measure} {each.expectation.sign}{margin}", each.decision, each.against, difference_text(each.row), each.outcome]


def _ending_words(result: Comparison) -> str:
    if result.ending is Ending.INTERRUPTED:
        kept = f"Interrupted: {counted(result.replications, 'replication')} finished and kept; the same command goes on from there.\n"
        return kept if result.replications else "Interrupted before a replication was finished.\n"
    if result.ending is Ending.SAVED:
        return f"Nothing was simulated: {result.folder} was finished earlier with the same worlds, seed and version (overwrite=yes runs it anew).\n"
    return ""
