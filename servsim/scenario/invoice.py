"""Invoices: what the costs and savings of decisions are on which day. Never simulates and never adds wages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from servsim.errors import Problem, ScenarioError
from servsim.scenario.decision_language import Charge, Decision
from servsim.scenario.language import Scenario
from servsim.scenario.opening import open_days


@dataclass(frozen=True)
class Invoice:
    """Money due on one day because of a decision."""

    decision: str
    name: str
    """The entry of the decision's costs or savings."""
    date: dt.date
    amount: float
    """In the scenario's currency; negative: a saving."""
    account: str
    says: str


def invoices_of(decisions: Sequence[Decision], scenario: Scenario) -> tuple[Invoice, ...]:
    """Return every invoice of some decisions in the simulated days, in the order of the files, by date.

    ``once`` and ``person`` are due on ``first_day`` (absent: the first simulated day), ``person`` times the persons;
    ``day`` on every simulated day from ``first_day`` to ``last_day`` on which some channel is open.

    Raises
    ------
    ScenarioError
        With every charge that would be due on no simulated day: money may not vanish silently.
    """
    problems: list[Problem] = []
    found: list[Invoice] = []
    for decision in decisions:
        for section, sign in (("costs", 1.0), ("savings", -1.0)):
            for name, charge in getattr(decision, section).items():
                invoices = list(_invoices(decision.name, name, charge, sign, scenario))
                found += invoices
                if not invoices:
                    problems.append(_never_due(f"decision {decision.name}, {section}.{name}", charge, scenario))
    if problems:
        raise ScenarioError(problems)
    return tuple(found)


def _invoices(decision: str, name: str, charge: Charge, sign: float, scenario: Scenario) -> Iterator[Invoice]:
    times = charge.persons if charge.per == "person" and charge.persons is not None else 1
    for date in _dates(charge, scenario):
        yield Invoice(decision, name, date, sign * charge.amount * times, charge.account, charge.says)


def _dates(charge: Charge, scenario: Scenario) -> Iterator[dt.date]:
    days = simulated_days(scenario)
    first = charge.first_day or days[0]
    if charge.per != "day":
        yield from (day for day in days if day == first)
        return
    last = charge.last_day or days[-1]
    is_open = open_days(scenario, scenario.channels)
    yield from (day for day, windows in zip(days, is_open, strict=True) if windows and first <= day <= last)


def simulated_days(scenario: Scenario) -> list[dt.date]:
    """Return the dates of a scenario's days, closed ones included."""
    return [scenario.calendar.start + dt.timedelta(days=day) for day in range(scenario.calendar.days)]


def _never_due(path: str, charge: Charge, scenario: Scenario) -> Problem:
    days = simulated_days(scenario)
    said = f"{charge.first_day or ''}{f' to {charge.last_day}' if charge.last_day else ''}".strip()
    return Problem(path, said, f"is due on no simulated day (these are {days[0]} to {days[-1]}{', open ones only' if charge.per == 'day' else ''})")
