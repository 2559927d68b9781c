"""The numbers of a brief for programs: one row each, in the fields of a comparison's rows and some of its own. Never computes one.

=================  ==============================================================================================
``part``           what the rows are
=================  ==============================================================================================
``first_page``     the decision against what it is judged against
``beside_nothing`` the decision against doing nothing
``segment``        the first page by segment of customers
``way``            each way to the same aim; ``gain`` is net money above the brief's decision, intervals of all hold together
``answer``         each answer to the decision, against the decision without it
``preset``         net money in each preset of how people remember
``parameter``      net money with one parameter at the low and at the high end of its range
``worlds``         share of drawn parameter worlds in which the verdict holds
=================  ==============================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from servsim.scenario.decision import NOTHING
from servsim.study.brief import Brief, FiveNumbers, SegmentHit
from servsim.study.options import Answer, Option
from servsim.study.sensitivity import Net
from servsim.study.told import LEVEL, Told

SIMULATED, PROJECTED = "simulated", "projected"
MONEY = "money"
"""Stands for the scenario's currency."""
FIELDS = ("part", "decision", "against", "name", "measure", "value", "low", "high", "level", "unit", "horizon", "replications")
"""Fields of a row. ``name``: segment, preset, or parameter and its value; empty elsewhere."""

Row = dict[str, Any]
Number = tuple[str, Told | Net | None, str, str]
"""Measure, number (``None``: it has no bounded interval, and is not told), unit, horizon."""


def brief_rows(brief: Brief) -> list[Row]:
    """Return the numbers of a brief as rows."""
    return [{name: row[name] for name in FIELDS} for row in _Rows(brief).every()]


class _Rows:
    """Writes the rows of one brief."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.currency = brief.base.world.terms.currency

    def every(self) -> Iterator[Row]:
        brief = self.brief
        own, against = brief.decision, brief.against
        yield from self._rows("first_page", own, against, "", _five(brief.numbers))
        yield from self._rows("beside_nothing", own, NOTHING, "", _five(brief.beside_nothing))
        for segment in brief.segments:
            yield from self._rows("segment", own, against, segment.segment, _of_segment(segment))
        for option in brief.options:
            yield from self._rows("way", option.name, against, "", _of_option(option))
        for answer in brief.answers:
            yield from self._rows("answer", answer.name, answer.alone, "", _of_answer(answer))
        yield from self._sensitivity()

    def _sensitivity(self) -> Iterator[Row]:
        brief = self.brief
        own, against = brief.decision, brief.against
        for preset, net in (brief.verdict.nets if brief.verdict is not None else {}).items():
            yield from self._rows("preset", own, against, preset, [("net_money", net, MONEY, PROJECTED)])
        for bar in brief.bars:
            for end, net in ((bar.parameter.low, bar.at_low), (bar.parameter.high, bar.at_high)):
                yield from self._rows("parameter", own, against, f"{bar.parameter.path}={end:g}", [("net_money", net, MONEY, PROJECTED)])
        if brief.share is not None:
            share = Told(brief.share.holds / brief.share.of, brief.share.low, brief.share.high)
            yield from self._rows("worlds", own, against, "", [("verdict_holds", share, "share", PROJECTED)])

    def _rows(self, part: str, decision: str, against: str, name: str, numbers: list[Number]) -> Iterator[Row]:
        for measure, number, unit, horizon in numbers:
            value, low, high = (number.mean if isinstance(number, Net) else number.value, number.low, number.high) if number is not None else (None, None, None)
            yield {
                "part": part, "decision": decision, "against": against, "name": name, "measure": measure, "value": value, "low": low, "high": high,
                "level": None if measure == "gain" or number is None else LEVEL, "unit": self.currency if unit == MONEY else unit, "horizon": horizon,
                "replications": self.brief.comparison.replications,
            }  # fmt: skip


def _five(numbers: FiveNumbers) -> list[Number]:
    return [
        ("people_worse_off", numbers.worse, "people", SIMULATED), ("people_better_off", numbers.better, "people", SIMULATED),
        ("customers_time_added", numbers.minutes, "min", SIMULATED), ("customers_lost_in_a_year", numbers.lost, "customers", PROJECTED),
        ("worse_off_lost_anyway", numbers.lost_anyway, "customers", PROJECTED), ("saved_inside", numbers.saving, MONEY, SIMULATED),
        ("lost_outside", numbers.loss, MONEY, PROJECTED), ("net_money", numbers.net, MONEY, PROJECTED), ("worth_of_a_customer", numbers.worth, MONEY, PROJECTED),
        ("break_even_worth", numbers.break_even, MONEY, PROJECTED), ("lost_per_unit_saved", numbers.harm_ratio, "ratio", PROJECTED),
    ]  # fmt: skip


def _of_segment(hit: SegmentHit) -> list[Number]:
    return [
        ("people_worse_off", hit.worse, "people", SIMULATED), ("people_better_off", hit.better, "people", SIMULATED),
        ("customers_time_added", hit.minutes, "min", SIMULATED), ("customers_lost_in_a_year", hit.lost, "customers", PROJECTED), ("lost_outside", hit.worth, MONEY, PROJECTED),
    ]  # fmt: skip


def _of_option(option: Option) -> list[Number]:
    return [
        ("saved_inside", option.saving, MONEY, SIMULATED), ("lost_outside", option.loss, MONEY, PROJECTED),
        ("net_money", option.net, MONEY, PROJECTED), ("gain", option.gain, MONEY, PROJECTED),
    ]  # fmt: skip


def _of_answer(answer: Answer) -> list[Number]:
    return [
        ("loss_avoided", answer.avoided, MONEY, PROJECTED), ("cost", answer.cost, MONEY, SIMULATED), ("people_spared", answer.spared, "people", SIMULATED),
        ("customers_time_added", answer.minutes, "min", SIMULATED), ("net_money", answer.net, MONEY, PROJECTED), ("loss_avoided_per_unit_of_cost", answer.per_unit, "ratio", PROJECTED),
    ]  # fmt: skip
