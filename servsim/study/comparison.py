"""What a comparison found: differences with intervals, verdicts in words, and expectations that held or failed.

Headline measures are judged together: their intervals are wide enough for all of them to hold at once (Bonferroni over
decisions, comparators and headline measures). Every other row stands for itself, at the plain level. Never simulates.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.errors import Problem, ScenarioError, SettingError, did_you_mean
from servsim.measure.group import PARTS
from servsim.measure.registry import MONEY, measures_of
from servsim.plan.plan import Plan
from servsim.scenario.decision import NOTHING, Margin, read_margin
from servsim.scenario.decision_language import ACCOUNTS, Expectation
from servsim.scenario.spot import list_names, nearest_name
from servsim.scenario.units import Refused, parse_number
from servsim.study.difference import (
    Differences,
    Gain,
    Sample,
    adjusted,
    differences,
    equivalence_level,
    gain_of,
    replications_to_tell,
)
from servsim.study.folder import write_json
from servsim.study.paired import PAIRED
from servsim.study.run import Ending
from servsim.study.settings import RunSettings
from servsim.study.worlds import DecidedWorld, is_set_by

Column = NDArray[Any]
Floats = NDArray[np.float64]

ROWS_BY = ("overall", "channel", "reason", "segment", "team")
"""Breakdowns of the rows that are made at once; days and intervals are many, and made when they are asked for."""

MOST_MEASURES = 12
"""Names of measures in a message."""

class WithInvoices(NamedTuple):
    """A sum of money that only a comparison has: some measures of a world, and invoices of its decisions."""

    name: str
    of: tuple[str, ...]
    """Measures; those that a world does not have are 0."""
    accounts: tuple[str, ...] = ACCOUNTS
    """Whose invoices."""
    needs: str = ""
    """The measure without which a world does not have the sum."""


INVOICES, COST, COST_AND_LOSS = "invoices", "cost_with_invoices", "cost_and_lost_margin"
WITH_INVOICES: tuple[WithInvoices, ...] = (
    WithInvoices(INVOICES, ()),
    WithInvoices(COST, ("wages", "line_cost", "remedies")),
    WithInvoices(COST_AND_LOSS, ("wages", "line_cost", "remedies", "margin_lost_projected_year"), needs="margin_lost_projected_year"),
    *(WithInvoices(f"{account}_with_invoices", (f"ledger_{account}",), (account,), f"ledger_{account}") for account in ACCOUNTS),
)
"""What decisions cost beside payroll; that and all that the firm pays; that and the margin of customers expected to leave within
a year (projected); and the accounts of the ledger, which add up to the second."""


class Headline(NamedTuple):
    """A measure that every decision is judged by."""

    says: str
    measure: str
    formula: str = ""
    better: str = ""
    """``less``, ``more``, or empty: the number is told, and no verdict on it."""


HEADLINE: tuple[Headline, ...] = (
    Headline("people for whom something got worse", "people_worse_off"),
    Headline("people for whom something got better", "people_better_off"),
    Headline("customers' own time, added", "customers_time_added_s", better="less"),
    Headline("mean wait of all", "mean_wait_s", better="less"),
    Headline("abandoned", "abandonment_rate", "of_offered", "less"),
    Headline("visits in vain", "told_to_come_back", better="less"),
    Headline("cases solved", "solved_share", better="more"),
    Headline("complaints", "complaints_made", better="less"),
    Headline("customers lost within the run, expected", "expected_customers_lost", better="less"),
    Headline("customers lost within a year, projected", "expected_lost_projected_year", better="less"),
    Headline("cost: payroll, lines, remedies, invoices", COST, better="less"),
    Headline("the same, and margin lost in a year (projected)", COST_AND_LOSS, better="less"),
)
"""The headline; a measure that a scenario does not have is left out of it."""


@dataclass(frozen=True)
class Row:
    """One difference between two worlds."""

    decision: str
    """Name of the world."""
    against: str
    """Name of the world it is compared with."""
    measure: str
    formula: str
    by: dict[str, str]
    """Of which group: {} the whole, {"channel": "phone"}."""
    unit: str
    value_base: float | None
    """In the world it is compared with; ``None``: no data, or a paired number, which is a difference itself."""
    value: float | None
    difference: float | None
    low: float | None
    high: float | None
    level: float
    """Of the interval; higher in the headline, where several statements are to hold together."""
    replications: int
    is_headline: bool = False
    verdict: str = ""
    """``worse``, ``better`` (headline) or ``more``, ``less``, where told ``..., but within the margin``; else ``the same``
    (exactly), ``within the margin``, ``cannot tell`` or ``no data``."""
    needed: int | None = None
    """Where nothing can be told: about how many replications would (four times out of five, were the difference as seen)."""


ROW_SAYS = {
    "decision": "Name of the world with the decision.",
    "against": "Name of the world it is compared with: its reference, what it answers, or `nothing`.",
    "measure": "Name of the measure, of the sum of money, or of the paired number.",
    "formula": "Which formula, where several go by the name.",
    "unit": "Unit; of money the scenario's currency.",
    "by": "Kind of group; the columns `channel`, `reason`, `segment`, `team`, `interval`, `day` name it.",
    "value_base": "Value in the world it is compared with; empty for paired numbers, which are differences themselves.",
    "value": "Value in the world with the decision.",
    "difference": "`value` less `value_base`.",
    "low": "Lower end of the interval of the difference.",
    "high": "Upper end.",
    "level": "Level of the interval.",
    "replications": "How many replications it is from.",
    "is_headline": "Whether it belongs to the statements that hold together.",
    "verdict": "`worse`, `better` (headline), `more`, `less`, any of them `..., but within the margin`; `the same` (exactly), `within the margin`, `cannot tell`, `no data`.",
    "needed": "Where nothing can be told: about how many replications would tell, four times out of five, were the difference as seen.",
}
"""Every field of a row, as files have them."""


@dataclass(frozen=True)
class Expected:
    """What the author of a decision expected, and what came of it."""

    decision: str
    against: str
    expectation: Expectation
    row: Row
    outcome: str
    """``held``, ``failed`` or ``cannot tell``."""


@dataclass(frozen=True)
class PairingGain:
    """How much meeting the same people in both worlds is worth, for the mean wait."""

    decision: str
    against: str
    gain: Gain


# ---- samples


class Samples:
    """Numerators and denominators of every world, and paired numbers, replication by replication."""

    def __init__(
        self,
        worlds: Sequence[DecidedWorld],
        measure_words: Sequence[Mapping[str, Column]],
        pairs: Sequence[tuple[int, int]],
        paired_words: Sequence[Mapping[str, Column]],
    ) -> None:
        self.worlds, self.pairs = tuple(worlds), tuple(pairs)
        self.names = [each.spec.name for each in worlds]
        currency = worlds[0].world.terms.currency
        self.rows = tuple(_row_names(words, currency) for words in measure_words)
        self.paired_rows = tuple(_paired_names(words) for words in paired_words)
        self._money = tuple(_places(rows) for rows in self.rows)
        self._invoiced = tuple(
            np.array([_invoiced(world, each.accounts) for each in _with_invoices(rows)]) for world, rows in zip(worlds, self.rows, strict=True)
        )
        self._above: list[tuple[Floats, ...]] = []
        self._below: list[tuple[Floats, ...]] = []
        self._paired: list[tuple[Floats, ...]] = []

    def add(self, done: Any) -> None:
        """Take in one replication (``servsim.study.compare.ComparedOnce``)."""
        worlds = zip(done.above, self._money, self._invoiced, strict=True)
        self._above.append(tuple(np.append(found, invoiced + [found[rows].sum() for rows in money]) for found, money, invoiced in worlds))
        self._below.append(tuple(np.append(found, np.ones(len(money))) for found, money in zip(done.below, self._money, strict=True)))
        self._paired.append(done.paired)

    @property
    def replications(self) -> int:
        """How many there are."""
        return len(self._above)

    def world(self, place: int, rows: Sequence[int] | None = None) -> Sample:
        """Return rows of one world, (rows, replications)."""
        above = np.stack([each[place] for each in self._above], axis=-1)
        below = np.stack([each[place] for each in self._below], axis=-1)
        return Sample(above, below) if rows is None else Sample(above[rows], below[rows])

    def paired(self, number: int) -> Floats:
        """Return the paired numbers of one pair of worlds, (rows, replications)."""
        return np.stack([each[number] for each in self._paired], axis=-1)

    # ---- names

    def pair(self, decision: str, against: str) -> int:
        """Return the number of a pair of worlds."""
        return self.pairs.index((self.names.index(decision), self.names.index(against)))

    def check_expectations(self) -> None:
        """Refuse expectations about measures that there are not.

        Raises
        ------
        ScenarioError
            With every one.
        """
        problems = [problem for world in self.worlds for problem in self.unknown(world.spec.name, [each for each, _ in world.spec.expects])]
        if problems:
            raise ScenarioError(problems)

    def unknown(self, decision: str, expects: Sequence[Expectation]) -> Iterator[Problem]:
        """Yield a problem for each expectation about a measure that there is not."""
        for each in expects:
            try:
                self.row_name(each.measure, each.formula)
            except SettingError as error:
                yield Problem(f"decision {decision}, expects", each.measure, str(error))

    @cached_property
    def _known(self) -> list[RowName]:
        return list(dict.fromkeys([*self.rows[0], *(self.paired_rows[0] if self.paired_rows else ())]))

    def row_name(self, text: str, formula: str = "") -> RowName:
        """Return the row that a text means: ``mean_wait``, ``phone.mean_wait_s``, ``owned.people_worse_off``, ``executives.occupancy``.

        Raises
        ------
        SettingError
            There is no such measure or group.
        """
        group, _, name = text.rpartition(".")
        known = self._known
        groups = [each for each in known if (any(word == group for _, word in each.by) if group else not each.by)]
        found = [each for each in groups if each.measure in _spellings(name) and formula in ("", each.formula)]
        if not found:
            measures = list(dict.fromkeys(each.measure for each in groups or known))
            what = f"of {group} " if group else ""
            near = nearest_name(name, measures)
            hint = did_you_mean(text.replace(name, near) if near else "")
            raise SettingError(f"there is no measure {what}called {name}{' by ' + formula if formula else ''} (measures: {list_names(measures, MOST_MEASURES)}; servsim's reference page of measures has all){hint}")
        return found[0]


def _spellings(name: str) -> tuple[str, ...]:
    """Return the measures that a word may mean: units and ``share`` need not be written."""
    return name, f"{name}_s", f"{name}_share"


class RowName(NamedTuple):
    """What names a row: measure, formula and group."""

    measure: str
    formula: str = ""
    by: tuple[tuple[str, str], ...] = ()
    unit: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowName) and self[:3] == other[:3]

    def __hash__(self) -> int:
        return hash(self[:3])


def _row_names(words: Mapping[str, Column], currency: str) -> dict[RowName, int]:
    """Return the place of every row by its name, the measures of comparisons behind."""
    found = {}
    columns = [words[part].tolist() for part in PARTS]
    facts = zip(words["measure"].tolist(), words["formula"].tolist(), words["unit"].tolist(), *columns, strict=True)
    for number, (name, formula, unit, *groups) in enumerate(facts):
        by = tuple((part, word) for part, word in zip(PARTS, groups, strict=True) if word)
        found[RowName(name, formula, by, unit)] = number
    for each in _with_invoices(found):
        found[RowName(each.name, unit=currency)] = len(found)
    return found


def _places(rows: Mapping[RowName, int]) -> list[list[int]]:
    """Return the rows of measures that each sum with invoices adds up."""
    return [[rows[RowName(name)] for name in each.of if RowName(name) in rows] for each in _with_invoices(rows)]


def _with_invoices(rows: Mapping[RowName, int]) -> tuple[WithInvoices, ...]:
    """Return the sums with invoices that a world has."""
    return tuple(each for each in WITH_INVOICES if not each.needs or RowName(each.needs) in rows)


def _invoiced(world: DecidedWorld, accounts: Sequence[str]) -> float:
    return float(sum(each.amount for each in world.invoices if each.account in accounts))


def _paired_names(words: Mapping[str, Column]) -> dict[RowName, int]:
    found = {}
    for number, (name, unit, segment, day) in enumerate(zip(*(words[each].tolist() for each in ("measure", "unit", "segment", "day")), strict=True)):
        by = tuple((part, word) for part, word in (("segment", segment), ("day", day)) if word)
        found[RowName(name, "", by, unit)] = number
    return found


# ---- a comparison


@dataclass(frozen=True)
class Comparison:
    """What comparing decisions found."""

    settings: RunSettings
    worlds: tuple[DecidedWorld, ...]
    """``nothing`` first, then the decisions asked for, then references that were not."""
    rows: list[Row]
    """Every measure of every decision, against its reference and against nothing; by day and interval see ``broken_down``."""
    paired: list[Row]
    """What became of the same people: ``servsim.study.paired.PAIRED``, whole, by segment and by day."""
    expectations: list[Expected]
    gains: list[PairingGain]
    statements: int
    """How many headline statements hold together at the confidence asked for."""
    replications: int
    ending: Ending
    folder: Path | None
    seconds: float
    samples: Samples
    """What all of it was made from."""

    @cached_property
    def _places(self) -> dict[tuple[str, str, RowName], Row]:
        return {(each.decision, each.against, RowName(each.measure, each.formula, tuple(each.by.items()))): each for each in (*self.rows, *self.paired)}

    def row(self, decision: str, measure: str, against: str = NOTHING, formula: str = "", **by: str) -> Row:
        """Return the difference of one measure (or one paired number) between two worlds; no group: the whole.

        Raises
        ------
        SettingError
            There is none.
        """
        name = RowName(measure, formula, tuple((part, by[part]) for part in PARTS if part in by))
        found = self._places.get((decision, against, name))
        if found is None:
            raise SettingError(f"comparison: has no {measure} {formula} {by or ''} of {decision} against {against}")
        return found

    def world(self, name: str) -> DecidedWorld:
        """Return a world by its name.

        Raises
        ------
        SettingError
            There is none.
        """
        for each in self.worlds:
            if each.spec.name == name:
                return each
        raise SettingError(f"comparison: has no world {name} (worlds: {list_names(self.samples.names)})")

    def sample(self, world: str, measure: str, formula: str = "", **by: str) -> Sample:
        """Return numerators and denominators of one measure of one world, (replications,) each."""
        place = self.samples.names.index(world)
        name = RowName(measure, formula, tuple((part, by[part]) for part in PARTS if part in by))
        found = self.samples.world(place, [self.samples.rows[place][name]])
        return Sample(found.above[0], found.below[0])

    def paired_sample(self, decision: str, measure: str, against: str = NOTHING, **by: str) -> Floats:
        """Return one paired number of two worlds, (replications,)."""
        number = self.samples.pair(decision, against)
        name = RowName(measure, "", tuple((part, by[part]) for part in PARTS if part in by))
        return np.asarray(self.samples.paired(number)[self.samples.paired_rows[number][name]])

    def broken_down(self, by: str) -> list[Row]:
        """Return every measure by ``day`` or by ``interval``, as ``rows`` has the others."""
        judge = _Judge(self.settings, self.samples)
        return [row for number in judge.found for row in judge.measure_rows(number, (by,))]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may be a slip in the scenario or in what a decision sets, each once; not what a decision leaves idle elsewhere."""
        own = self.worlds[0].world.warnings
        decided = [f"with {each.spec.name}, {warning}" for each in self.worlds[1:] for warning in each.world.warnings if warning not in own and is_set_by(each.spec, warning)]
        return tuple(dict.fromkeys([*map(str, own), *decided]))

    @property
    def told(self) -> list[dict[str, Any]]:
        """Rows for programs: what holds of the whole, and of channels."""
        return [dict(vars(each)) for each in (*self.rows, *self.paired) if set(each.by) <= {"channel"}]

    def write(self, folder: Path) -> None:
        """Write ``compare.csv``, ``paired.csv``, ``expectations.csv`` and, for programs, ``summary.json``."""
        _write_csv(folder / "compare.csv", [_flat(each) for each in self.rows])
        _write_csv(folder / "paired.csv", [_flat(each) for each in self.paired])
        _write_csv(folder / "expectations.csv", [_flat_expected(each) for each in self.expectations])
        write_json(folder / "summary.json", self.told)
        (folder / "summary.csv").unlink(missing_ok=True)


def compared(settings: RunSettings, samples: Samples, ending: Ending, folder: Path | None, seconds: float) -> Comparison:
    """Judge what the replications found."""
    judge = _Judge(settings, samples)
    return Comparison(
        settings=settings,
        worlds=samples.worlds,
        rows=judge.rows,
        paired=judge.paired,
        expectations=judge.expectations(),
        gains=judge.gains(),
        statements=judge.statements,
        replications=samples.replications,
        ending=ending,
        folder=folder,
        seconds=seconds,
        samples=samples,
    )


def refuse_margins(settings: RunSettings, plan: Plan) -> None:
    """Refuse margins, before anything is simulated.

    Raises
    ------
    SettingError : there is no such measure, or the margin is not in its unit.
    """
    known = {each.name: each.unit for each in measures_of(plan)} | {each.name: each.unit for each in PAIRED} | {COST: MONEY, COST_AND_LOSS: MONEY}
    for text, margin in settings.margin:
        name = text.rpartition(".")[2]
        found = next((each for each in _spellings(name) if each in known), "")
        if name and not found:
            near = nearest_name(name, known)
            raise SettingError(f"margin: got {text}; there is no measure called {name} (servsim's reference page of measures has all){did_you_mean(near)}")
        if found and not read_margin(margin).is_share:
            _refuse_unit(text, margin, known[found])


def _refuse_unit(name: str, margin: str, unit: str) -> None:
    """Refuse a margin that is not in the unit of its measure."""
    try:
        number = parse_number(margin)
    except Refused:
        number = math.nan  # a length of time
    if unit == "s" and not math.isnan(number):
        raise SettingError(f"margin: got {name}: {margin}; must have a unit, such as {margin} s or {margin} min, or be a share of the comparator such as 5 %")
    if unit == "share" and not number <= 1.0:
        raise SettingError(f"margin: got {name}: {margin}; must be a share of 1, such as 0.02, or of the comparator, such as 5 %")
    if unit != "s" and math.isnan(number):
        raise SettingError(f"margin: got {name}: {margin}; must be a number of {unit}, or a share of the comparator such as 5 %")


# ---- judging


class _Judge:
    """Makes rows of samples: differences, intervals and verdicts."""

    def __init__(self, settings: RunSettings, samples: Samples) -> None:
        self.settings, self.samples = settings, samples
        self.margins = {samples.row_name(name) if name else None: read_margin(text) for name, text in settings.margin}
        known = {(each.measure, each.formula) for rows in (*samples.rows[:1], *samples.paired_rows[:1]) for each in rows if not each.by}
        self.headline = {RowName(each.measure, each.formula): each for each in HEADLINE if (each.measure, each.formula) in known}
        self.statements = len(self.headline) * len(samples.pairs)
        self.level = settings.confidence
        self.headline_level = adjusted(settings.confidence, self.statements)
        enough = samples.replications >= 2
        self.found = {number: self._differences(number) for number in range(len(samples.pairs))} if enough else {}
        self.rows = [row for number in self.found for row in self.measure_rows(number, ROWS_BY)]
        self.paired = [row for number in self.found for row in self._paired_rows(number)]

    # ---- numbers

    def _differences(self, number: int) -> tuple[list[RowName], Differences]:
        """Return the measures that both worlds have, and their differences."""
        world, base = self.samples.pairs[number]
        there, here = self.samples.rows[world], self.samples.rows[base]
        names = [name for name in there if name in here]
        found = differences(self.samples.world(base, [here[name] for name in names]), self.samples.world(world, [there[name] for name in names]))
        return names, found

    def _paired_differences(self, number: int) -> tuple[list[RowName], Differences]:
        values = self.samples.paired(number)
        ones = np.ones_like(values)
        return list(self.samples.paired_rows[number]), differences(Sample(np.zeros_like(values), ones), Sample(values, ones))

    # ---- rows

    def measure_rows(self, number: int, by: Sequence[str]) -> Iterator[Row]:
        """Yield the measures of one pair of worlds in some breakdowns, as far as there are data in either."""
        names, found = self.found[number]
        wanted = np.array([("_".join(part for part, _ in name.by) or "overall") in by for name in names])
        yield from self._rows(number, names, found, wanted & ~(np.isnan(found.base) & np.isnan(found.value)))

    def _paired_rows(self, number: int) -> Iterator[Row]:
        names, found = self._paired_differences(number)
        for row in self._rows(number, names, found, np.ones(len(names), bool)):
            yield Row(**{**row.__dict__, "value_base": None, "value": None})

    def _rows(self, number: int, names: Sequence[RowName], found: Differences, kept: NDArray[np.bool_]) -> Iterator[Row]:
        world, base = (self.samples.names[place] for place in self.samples.pairs[number])
        halves = {level: found.half_widths(level).tolist() for level in {self.level, self.headline_level}}
        columns = (found.base.tolist(), found.value.tolist(), found.difference.tolist(), found.spread.tolist())
        for place in np.flatnonzero(kept).tolist():
            name = names[place]
            headline = self.headline.get(name)
            level = self.headline_level if headline else self.level
            here, there, difference, spread = (column[place] for column in columns)
            half = halves[level][place]
            verdict = self._verdict(name, headline, here, difference, half, spread, level)
            needed = replications_to_tell(difference, spread, level) if verdict == "cannot tell" and headline else None
            interval = (_or_none(difference - half), _or_none(difference + half))
            numbers = (_or_none(here), _or_none(there), _or_none(difference), *interval, level, found.replications)
            yield Row(world, base, name.measure, name.formula, dict(name.by), name.unit, *numbers, headline is not None, verdict, needed)

    def _verdict(self, name: RowName, headline: Headline | None, base: float, difference: float, half: float, spread: float, level: float) -> str:
        if math.isnan(difference) or math.isnan(half):
            return "no data"
        if difference == 0.0 and half == 0.0:
            return "the same"
        margin = self.margins.get(name, self.margins.get(None) if headline and headline.better and name.measure not in (COST, COST_AND_LOSS) else None)
        is_within = margin is not None and self.is_within(margin, base, difference, spread, level)
        if abs(difference) <= half:
            return "within the margin" if is_within else "cannot tell"
        word = "more" if difference > 0.0 else "less"
        if headline is not None and headline.better:
            word = "better" if word == headline.better else "worse"
        return f"{word}, but within the margin" if is_within else word

    def is_within(self, margin: Margin, base: float, difference: float, spread: float, level: float) -> bool:
        """Return whether two one-sided tests find the difference within a margin."""
        reach = abs(difference) + _half_width(spread, equivalence_level(level), self.samples.replications)
        return reach < margin_amount(margin, base)

    # ---- expectations and gains

    def expectations(self) -> list[Expected]:
        """Return what was expected of each decision asked for, and what came of it."""
        if not self.found:
            return []
        return [self._expected(world, *each) for world in self.samples.worlds for each in world.spec.expects]

    def _expected(self, world: DecidedWorld, expectation: Expectation, against: str) -> Expected:
        number = self.samples.pair(world.spec.name, against)
        name = self.samples.row_name(expectation.measure, expectation.formula)
        is_paired = name in self.samples.paired_rows[number]
        names, found = self._paired_differences(number) if is_paired else self.found[number]
        place = names.index(name)
        one = found.only(place)
        row = self._plain_row(number, names[place], one)
        return Expected(world.spec.name, against, expectation, row, self._outcome(expectation, one))

    def _plain_row(self, number: int, name: RowName, one: Differences) -> Row:
        """Return a row at the plain level: what was expected beforehand is one statement each."""
        world, base = (self.samples.names[place] for place in self.samples.pairs[number])
        difference, half = float(one.difference[0]), float(one.half_widths(self.level)[0])
        values = (_or_none(float(one.base[0])), _or_none(float(one.value[0])), _or_none(difference))
        interval = (_or_none(difference - half), _or_none(difference + half))
        return Row(world, base, name.measure, name.formula, dict(name.by), name.unit, *values, *interval, self.level, one.replications)

    def _outcome(self, expectation: Expectation, one: Differences) -> str:
        difference, half = float(one.difference[0]), float(one.half_widths(self.level)[0])
        if math.isnan(difference) or math.isnan(half):
            return "cannot tell"
        if expectation.sign == "same":
            return self._outcome_of_same(expectation, one, difference, half)
        if abs(difference) <= half:
            return "failed" if half == 0.0 else "cannot tell"
        return "held" if (difference > 0.0) == (expectation.sign == "up") else "failed"

    def _outcome_of_same(self, expectation: Expectation, one: Differences, difference: float, half: float) -> str:
        """Being the same is shown by keeping within a margin, never by failing to see a difference."""
        if difference == 0.0 and half == 0.0:
            return "held"
        if not expectation.margin:
            return "failed" if abs(difference) > half else "cannot tell"
        margin, base = read_margin(expectation.margin), float(one.base[0])
        if self.is_within(margin, base, difference, float(one.spread[0]), self.level):
            return "held"
        return "failed" if abs(difference) - half > margin_amount(margin, base) else "cannot tell"

    def gains(self) -> list[PairingGain]:
        """Return what pairing gains for the mean wait of each pair of worlds."""
        name = RowName("mean_wait_s")
        found = []
        for world, base in self.samples.pairs if self.found else ():
            here, there = (self.samples.world(place, [self.samples.rows[place][name]]) for place in (base, world))
            gain = gain_of(Sample(here.above[0], here.below[0]), Sample(there.above[0], there.below[0]))
            found.append(PairingGain(self.samples.names[world], self.samples.names[base], gain))
        return found


def margin_amount(margin: Margin, base: float) -> float:
    """Return a margin in the unit of its measure; a share is one of the comparator's value."""
    return margin.amount * abs(base) if margin.is_share else margin.amount


def _half_width(spread: float, level: float, replications: int) -> float:
    one = np.array([spread])
    return float(Differences(one, one, one, one, replications).half_widths(level)[0])


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else number


# ---- files

CSV_FIELDS = (
    "decision", "against", "measure", "formula", "unit", "by", *PARTS, "value_base", "value", "difference", "low", "high", "level", "replications",
    "is_headline", "verdict", "needed",
)  # fmt: skip
EXPECTED_FIELDS = ("expected", "outcome", "margin", "says")


def _flat(row: Row) -> dict[str, Any]:
    return {**{name: value for name, value in vars(row).items() if name in CSV_FIELDS}, "by": "_".join(row.by) or "overall", **row.by}


def _flat_expected(each: Expected) -> dict[str, Any]:
    told = {"expected": each.expectation.sign, "outcome": each.outcome, "margin": each.expectation.margin, "says": each.expectation.says}
    return {**_flat(each.row), **told}


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    fields = (*CSV_FIELDS, *(EXPECTED_FIELDS if path.stem == "expectations" else ()))
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # the mark lets Excel read UTF-8
        writer = csv.DictWriter(file, fields)
        writer.writeheader()
        writer.writerows({name: each.get(name, "") for name in fields} for each in rows)
