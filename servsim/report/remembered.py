"""What a customer remembers, in sentences and in steps: how each case was felt as it closed, and where the customer stands at the end.

Reads the closings and customers of a log; says nothing where nobody remembers. Scores are points of 100. Never changes a score.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from servsim.report.names import Called, Chronicle
from servsim.report.sentence import date_text, duration_words, listed, share_text
from servsim.report.steps import Step, day, step
from servsim.rules.clock import DAY_S
from servsim.rules.codes import Hit
from servsim.rules.loyalty import YEAR_S, leaving_rate, satisfaction

HIT_WORDS = {
    Hit.UNSOLVED: "the problem was not solved",
    Hit.NO_FILE: "nobody had the file",
    Hit.TOLD: "the customer was sent home",
}

HIT_STEPS = {Hit.UNSOLVED: "hit_unsolved", Hit.NO_FILE: "hit_no_file", Hit.TOLD: "hit_told"}


class Remembered:
    """What one customer of one replication remembers."""

    def __init__(self, chronicle: Chronicle, customer: int) -> None:
        self.called = Called(chronicle.plan, chronicle.names, chronicle.scenario)
        self.plan, self.closed, self.people = chronicle.plan, chronicle.log.closings, chronicle.log.customers
        self.customer, self.currency = customer, chronicle.scenario.currency

    @property
    def is_there(self) -> bool:
        """Whether customers of this world remember, and this one is known by name."""
        return bool(self.people) and 0 <= self.customer < len(self.people["account"])

    def rows(self) -> list[int]:
        """Return the customer's closings, in order of time."""
        return [int(row) for row in np.flatnonzero(self.closed["customer"] == self.customer)] if self.is_there else []

    def closings(self) -> list[tuple[float, str]]:
        """Return (moment, sentence) of each case that closed."""
        return [(float(self.closed["closed_s"][row]), self._closing(row)) for row in self.rows()]

    def _closing(self, row: int) -> str:
        closed = self.closed
        what = self.called.reason(int(closed["reason"][row]))
        when = f"{date_text(self.called.date(float(closed['closed_s'][row])))}"
        late_s = float(closed["late_s"][row])
        after = f" after {duration_words(late_s)}" if late_s >= DAY_S / 2.0 else ""
        settled = "settled" if closed["solved"][row] else "given up"
        return f"The case of {what} closed on {when}, {settled}{after}: {self.felt(row)}"

    def felt(self, row: int) -> str:
        """Say how one case was felt, and what it did to satisfaction."""
        closed = self.closed
        before, after, leaving = (float(closed[name][row]) for name in ("before", "after", "leaving"))
        failed = _failed(closed, row)
        moved = f"satisfaction {'stayed at' if round(before) == round(after) else f'went from {before:.0f} to'} {after:.0f}"
        gone = ", and the customer left for good" if closed["lost"][row] else f", chance to leave on the spot {share_text(leaving)}" if leaving > 0.0 else ""
        paid = f" Paid to the customer: {float(closed['remedy'][row]):,.0f} {self.currency}." if closed["remedy"][row] > 0.0 else ""
        return f"felt quality {float(closed['quality'][row]):.0f} of 100{failed}; {moved}{gone}.{paid}"

    def felt_steps(self, row: int) -> Iterator[Step]:
        """Tell how one case was felt, and what it did to satisfaction, in steps."""
        closed = self.closed
        before, after, leaving, paid = (float(closed[name][row]) for name in ("before", "after", "leaving", "remedy"))
        yield step("case_closed", quality_n=round(float(closed["quality"][row])))
        yield from _failed_steps(closed, row)
        is_unmoved = round(before) == round(after)
        yield step("satisfaction_stayed", n=round(after)) if is_unmoved else step("satisfaction_moved", before_n=round(before), after_n=round(after))
        if closed["lost"][row]:
            yield step("left_for_good")
        elif leaving > 0.0:
            yield step("may_leave", leaving_share=round(leaving, 6))
        if paid > 0.0:
            yield step("paid", paid_money=round(paid))

    def at_the_end(self) -> list[str]:
        """Say where the customer stands at the end of the run."""
        if not self.is_there:
            return []
        lost_s = float(self.people["lost_s"][self.customer])
        if not math.isnan(lost_s):
            return [f"The customer left for good on {date_text(self.called.date(lost_s))}."]
        account, recovery, mood = (float(self.people[name][self.customer]) for name in ("account", "recovery", "mood"))
        handled = "no problem so far" if math.isnan(recovery) else f"handling of problems {recovery:.0f}"
        expected = float(self.people["expected"][self.customer])
        return [
            f"At the end: satisfaction {self.satisfaction():.0f} of 100 (ordinary service {account:.0f}, {handled}, mood {_signed(mood)}).",
            f"Chance to have left within the run: {share_text(expected)}; within a year from then, as things stand: {share_text(self.leaves_within_year())}.",
        ]

    def end_steps(self) -> Iterator[Step]:
        """Tell where the customer stands at the end of the run, in steps."""
        if not self.is_there:
            return
        lost_s = float(self.people["lost_s"][self.customer])
        if not math.isnan(lost_s):
            yield step("lost_for_good", date=day(self.called, lost_s))
            return
        account, recovery, mood = self._scores
        yield step("end_satisfaction", n=round(self.satisfaction()))
        yield step("end_ordinary", n=round(account))
        yield step("end_no_problem") if math.isnan(recovery) else step("end_handled", n=round(recovery))
        yield step("end_mood", n=round(mood))
        yield step("end_left_by_now", share=round(self.chance_to_have_left(), 6))
        yield step("end_leaves_within_year", share=round(self.leaves_within_year(), 6))

    def satisfaction(self) -> float:
        """Return S at the end of the run."""
        return satisfaction(self._memory, *self._scores)

    def leaves_within_year(self) -> float:
        """Return the chance to leave within a year if nothing more happens and the mood stays."""
        return 1.0 - math.exp(-leaving_rate(self._memory, self.satisfaction()) * YEAR_S)

    def chance_to_have_left(self) -> float:
        """Return the sum of the chances to leave over the run."""
        return float(self.people["expected"][self.customer])

    @property
    def _memory(self) -> Any:
        segment = self.called.names.segments.index(self.called.customer_number(self.customer)[0])
        return self.plan.memory[segment]

    @property
    def _scores(self) -> tuple[float, float, float]:
        account, recovery, mood = (float(self.people[name][self.customer]) for name in ("account", "recovery", "mood"))
        return account, recovery, mood


def _failed(closed: dict[str, Any], row: int) -> str:
    """Say that a case was a problem, and why."""
    if not closed["problem"][row]:
        return ""
    why = [HIT_WORDS[Hit(int(closed["hit"][row]))]] if int(closed["hit"][row]) != Hit.NONE else []
    why += ["the customer complained"] if closed["complained"][row] else []
    serious = "a serious problem" if closed["major"][row] else "a problem"
    return f" ({': '.join(part for part in (serious, listed(why)) if part)})"


def _failed_steps(closed: dict[str, Any], row: int) -> Iterator[Step]:
    """Tell that a case was a problem, and why."""
    if not closed["problem"][row]:
        return
    yield step("problem_serious" if closed["major"][row] else "problem")
    hit = Hit(int(closed["hit"][row]))
    if hit in HIT_STEPS:
        yield step(HIT_STEPS[hit])
    if closed["complained"][row]:
        yield step("hit_spoken")


def _signed(points: float) -> str:
    rounded = round(points)
    return f"\u2212{-rounded}" if rounded < 0 else str(rounded)
