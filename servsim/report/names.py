"""What the numbers of a plan and a log are called in sentences: customers, agents, channels, reasons, days.

Never tells what happened.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from typing import NamedTuple

from servsim.engine.log import RunLog
from servsim.errors import SettingError, did_you_mean
from servsim.plan.plan import Names, Plan
from servsim.report.sentence import date_of, plain_name
from servsim.rules.codes import ChannelKind
from servsim.scenario.language import Scenario
from servsim.scenario.spot import nearest_name


class Chronicle(NamedTuple):
    """One replication's log, with what is needed to tell it."""

    log: RunLog
    plan: Plan
    names: Names
    scenario: Scenario


class Called:
    """Names for the numbers of one plan."""

    def __init__(self, plan: Plan, names: Names, scenario: Scenario) -> None:
        self.plan, self.names = plan, names
        self.start = scenario.calendar.start
        self.segment_first = [int(first) for first in plan.segment_first]

    def agent(self, agent: int) -> str:
        """Return ``executives/3``."""
        return self.names.agents[agent]

    def team_of(self, agent: int) -> str:
        """Return the name of an agent's team."""
        return self.names.teams[int(self.plan.agent_team[agent])]

    def reason(self, reason: int) -> str:
        """Return the reason as the scenario calls it."""
        return self.names.reasons[reason]

    def is_phone(self, channel: int) -> bool:
        """Whether people call, or come in person."""
        return int(self.plan.channel_kind[channel]) == ChannelKind.PHONE

    def place(self, channel: int) -> str:
        """Return ``the counter``, ``the front desk``."""
        return f"the {plain_name(self.names.channels[channel])}"

    def customer_number(self, customer: int) -> tuple[str, int]:
        """Return the segment of a customer and the number in it, from 1."""
        segment = bisect_right(self.segment_first, customer) - 1
        while not self.plan.segment_size[segment]:
            segment -= 1
        return self.names.segments[segment], customer - self.segment_first[segment] + 1

    def customer(self, customer: int, segment: int) -> str:
        """Return ``customer owned/1204``; somebody unknown as a person is ``a customer of private``."""
        return f"a customer of {self.names.segments[segment]}" if customer < 0 else f"customer {self.customer_name(customer)}"

    def customer_name(self, customer: int) -> str:
        """Return ``owned/1204``, as the command line takes it."""
        segment, number = self.customer_number(customer)
        return f"{segment}/{number}"

    def date(self, time_s: float) -> dt.date:
        """Return the date of a moment."""
        return date_of(self.start, time_s)


def find_agent(names: Names, text: str) -> int:
    """Return the number of the agent with a name.

    Raises
    ------
    SettingError
        There is none; the nearest name is given.
    """
    if text in names.agents:
        return names.agents.index(text)
    raise SettingError(f"agent: got '{text}'; must be one of {_some(names.agents)}{_hint(text, names.agents)}")


def find_customer(plan: Plan, names: Names, text: str) -> int:
    """Return the number of the customer that ``owned/1204`` names, or of a plain number counted over all segments.

    Raises
    ------
    SettingError
        There is no such customer.
    """
    segment, _, number = text.rpartition("/")
    if not number.isdecimal() or (segment and segment not in names.segments):
        raise SettingError(f"customer: got '{text}'; must be a segment and a number in it, such as {names.segments[0]}/1{_hint(segment, names.segments)}")
    if not segment:
        return _within(text, int(number), 0, int(plan.segment_size.sum()) - 1)
    place = names.segments.index(segment)
    return int(plan.segment_first[place]) + _within(text, int(number), 1, int(plan.segment_size[place])) - 1


def _within(text: str, number: int, low: int, high: int) -> int:
    if high < low:
        raise SettingError(f"customer: got '{text}'; the scenario's customers are not known as persons (segments have no number of customers)")
    if not low <= number <= high:
        raise SettingError(f"customer: got '{text}'; must be a number from {low} to {high}")
    return number


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")


def _hint(text: str, names: tuple[str, ...]) -> str:
    return did_you_mean(nearest_name(text, names))
