"""The table of a run: a planner's main figures by channel and team, with their intervals.

Reads summary rows and nothing else; every number that goes by several formulas carries its formula's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from servsim.cli.number import percent, with_interval
from servsim.measure.terms import Terms
from servsim.plan.plan import Names
from servsim.scenario.units import duration_text

Row = Mapping[str, Any]
By = tuple[tuple[str, str], ...]

CHANNELS_SIDE_BY_SIDE = 3
GAP = "   "


class Line(NamedTuple):
    """One line of a table: what it says, and the measure it shows."""

    says: str
    measure: str
    formula: str = ""


CHANNEL_LINES = (
    Line("offered contacts per open day", "offered_per_day"),
    Line("answered", "answered_share"),
    Line("abandoned", "abandonment_rate", "of_offered"),
    Line("message taken", "message_left_share"),
    Line("told to come back", "in_vain_share"),
    Line("left at the sight of the line", "balked_share"),
    Line("met a busy line", "blocked_share"),
    Line("ended in the menu", "contained_share"),
    Line("found it closed", "closed_share"),
    Line("sent away: nobody would come", "turned_away_share"),
    Line("cut off at closing", "disconnected_share"),
    Line("not over at the end", "open_share"),
    Line("average speed of answer", "average_speed_of_answer_s"),
    Line("mean wait of all", "mean_wait_s"),
    Line("90 % wait no longer than", "p90_wait_s"),
)
"""What is shown of each channel: its shares add up to 100 % of the offered contacts.

Lines of things that never happen are left out, but for those that always matter.
"""
ALWAYS = ("offered_per_day", "answered_share", "abandonment_rate", "average_speed_of_answer_s", "mean_wait_s")

FIRM_LINES = (
    Line("first-contact resolution", "first_contact_resolution", "of_served_cases"),
    Line("cases solved", "solved_share"),
    Line("wages", "wages"),
    Line("cost of lines", "line_cost"),
    Line("cost per answered contact", "cost_per_contact"),
    Line("cost per solved case", "cost_per_solved_case"),
)

CUSTOMER_LINES = (
    Line("customers whom the firm failed", "people_hit"),
    Line("complaints", "complaints_made"),
    Line("complaints settled", "complaints_settled"),
    Line("mean satisfaction, points of 100", "mean_satisfaction"),
    Line("the same of those whom the firm failed", "mean_satisfaction_of_hit"),
    Line("customers below 40 points", "unhappy_share"),
    Line("customers lost within the run, expected", "expected_customers_lost"),
    Line("customers lost within a year, projected", "expected_lost_projected_year"),
    Line("what these are worth", "margin_lost_projected_year"),
)
"""What is shown of customers who remember, a run: of all, and of each segment as far as it is known."""

SAID_UNITS = ("share", "s", "customers", "cases", "contacts", "points")
"""Units that numbers or the words of a line show already."""


class Figures:
    """Summary rows, found by measure, formula and group."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = {(row["measure"], row["formula"], tuple(row["by"].items())): row for row in rows}

    def of(self, measure: str, formula: str = "", **by: str) -> Row | None:
        """Return one row, ``None`` where there is none."""
        return self.rows.get((measure, formula, tuple(by.items())))


def run_table(rows: Iterable[Row], names: Names, terms: Terms) -> str:
    """Return the table of a run as text."""
    figures = Figures(rows)
    blocks = [*_channel_blocks(figures, names, terms), _team_block(figures, names), _firm_block(figures), *_customer_blocks(figures, names)]
    return "\n\n".join(aligned(block) for block in blocks if len(block) > 1) + "\n"


def _channel_blocks(figures: Figures, names: Names, terms: Terms) -> Iterator[list[list[str]]]:
    channels = [each for each in names.channels if (figures.of("offered", channel=each) or {"value": 0})["value"]]
    for begin in range(0, len(channels), CHANNELS_SIDE_BY_SIDE):
        together = channels[begin : begin + CHANNELS_SIDE_BY_SIDE]
        yield [["", *together], *_channel_lines(figures, together), *_service_levels(figures, together, names, terms)]


def _channel_lines(figures: Figures, channels: Sequence[str]) -> Iterator[list[str]]:
    for line in CHANNEL_LINES:
        found = [figures.of(line.measure, line.formula, channel=each) for each in channels]
        if line.measure in ALWAYS or any(row and row["value"] for row in found):
            yield [line.says, *(with_interval(row) for row in found)]


def _service_levels(figures: Figures, channels: Sequence[str], names: Names, terms: Terms) -> Iterator[list[str]]:
    """One line per formula in use, with the promise in each cell."""
    formula_of = dict(zip(names.channels, terms.formulas, strict=True))
    for formula in dict.fromkeys(formula_of[each] for each in channels):
        own = [each if formula_of[each] == formula else "" for each in channels]
        yield ["service level", *(with_interval(figures.of("service_level", formula, channel=each)) if each else "" for each in own)]
        yield [f"  {formula}", *(_promise(each, names, terms) if each else "" for each in own)]


def _promise(channel: str, names: Names, terms: Terms) -> str:
    number = names.channels.index(channel)
    return f"promised {percent(float(terms.target_share[number]))} within {duration_text(float(terms.within_s[number]))}"


def _team_block(figures: Figures, names: Names) -> list[list[str]]:
    lines = [["team", "occupancy", "average handling time", "paid hours a run", "of which overtime"]]
    for team in names.teams:
        found = [figures.of(name, team=team) for name in ("occupancy", "average_handling_time_s", "paid_h", "overtime_h")]
        lines.append([team, *(with_interval(row) for row in found)])
    return lines


def _firm_block(figures: Figures) -> list[list[str]]:
    found = [(line, figures.of(line.measure, line.formula)) for line in FIRM_LINES]
    return [["the whole firm", ""], *([_firm_words(line, row), with_interval(row)] for line, row in found if row and row["value"])]


def _customer_blocks(figures: Figures, names: Names) -> Iterator[list[list[str]]]:
    """Yield what customers who remember make of it; nothing where nobody remembers."""
    segments = [each for each in names.segments if figures.of("mean_satisfaction", segment=each)]
    groups = [("all", {}), *((each, {"segment": each}) for each in segments)] if len(segments) > 1 else [("all", {})]
    for begin in range(0, len(groups), CHANNELS_SIDE_BY_SIDE):
        together = groups[begin : begin + CHANNELS_SIDE_BY_SIDE]
        found = [(line, [figures.of(line.measure, **by) for _, by in together]) for line in CUSTOMER_LINES]
        lines = [[_firm_words(line, rows[0]), *(with_interval(row) for row in rows)] for line, rows in found if rows[0] is not None]
        yield [["customers who remember", *(name for name, _ in together)], *lines]


def _firm_words(line: Line, row: Row) -> str:
    details = [each for each in (line.formula, row["unit"] if row["unit"] not in SAID_UNITS else "") if each]
    return f"{line.says} ({', '.join(details)})" if details else line.says


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as text, first column to the left, the others to the right."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    padded = ((cell.ljust(w) if place == 0 else cell.rjust(w)) for line in lines for place, (cell, w) in enumerate(zip(line, widths, strict=True)))
    cells = iter(padded)
    return "\n".join(GAP.join(next(cells) for _ in line).rstrip() for line in lines)

