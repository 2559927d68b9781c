"""The scenario that a calibration means: ``scenario.yaml`` and its tables, as texts by file name. Never writes a file.

Two scenarios come out of one calibration. The *planning* scenario is what a planner gets: agents are alike, their number
follows the weekday's half hours. The *replay* scenario knows every agent of the log by number, speed and skills; who is on
duty when is then put into the plan day by day (``servsim.study.backtest``).
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from servsim.calibrate.calls import Calibration
from servsim.calibrate.days import clock, date_text
from servsim.calibrate.patience import Patience
from servsim.calibrate.quantile import Rows, table_mean
from servsim.calibrate.scenario_files import ScenarioFiles
from servsim.calibrate.surge import SUFFIX

TEAM = "agents"
CHANNEL = "phone"
FACTOR = "busyness"
PLANNED_DAYS = 28
LEAST_FOR_TABLE = 200
"""Talk times of fewer contacts are written as the best-fitting law, not as a table."""


def planning_scenario(found: Calibration, title: str, description: str) -> ScenarioFiles:
    """Return the scenario for planners."""
    writer = _Writer(found, AgentsAlike(found))
    start = max(g.dates[-1] for g in found.groups) + 1
    return writer.files(title, description, {"start": date_text(start), "days": PLANNED_DAYS, "interval": "30 min", "hours": {CHANNEL: _hours(found)}})


def replay_scenario(found: Calibration, first: int, last: int) -> ScenarioFiles:
    """Return the scenario of single agents for the dates first to last; who is on duty is not in it."""
    calendar = {"start": date_text(first), "days": last - first + 1, "interval": "30 min", "hours": {CHANNEL: _hours(found)}}
    return _Writer(found, SingleAgents(found)).files("replay", "", calendar)


def _hours(found: Calibration) -> dict[str, str]:
    return {g.name: g.hours_text for g in found.groups}


@dataclass(frozen=True)
class AgentsAlike:
    """Agents without a face: a head count by half hour."""

    found: Calibration

    def talk_rows(self, reason: str) -> Rows:
        """Talk times as they were."""
        return self.found.handling.by_reason[reason].rows

    def hour_factor(self) -> list[float]:
        """Factors by hour, the differences between agents left in."""
        return [float(x) for x in self.found.handling.plain_hour_factor]

    def team(self) -> dict[str, Any]:
        """The team, its head count and who lacks which reason."""
        heads = {g.name: _head_count(self.found, n) for n, g in enumerate(self.found.groups)}
        most = max(max(h.values()) for h in heads.values())
        members = {str(n): {"lacks": lacks} for n in range(1, most + 1) if (lacks := self._lacks(n))}
        return {"agents": most, "head_count": heads, **({"members": members} if members else {})}

    def _lacks(self, number: int) -> list[str]:
        """Return the reasons that agent ``number`` lacks: every reason keeps its share of agents among the first n."""
        shares = skill_shares(self.found)
        return [name for name, share in shares.items() if math.ceil(number * share) == math.ceil((number - 1) * share)]


@dataclass(frozen=True)
class SingleAgents:
    """Every agent of the log."""

    found: Calibration

    def talk_rows(self, reason: str) -> Rows:
        """Talk times of a mean agent at a mean hour."""
        return self.found.handling.by_reason[reason].rows_at_1

    def hour_factor(self) -> list[float]:
        """Factors by hour of one and the same agent."""
        return [float(x) for x in self.found.handling.hour_factor]

    def team(self) -> dict[str, Any]:
        """The team with each agent's speed and skills, numbered as in the log."""
        names = self.found.calls.agent_names or ("nobody",)
        return {"agents": len(names), "at_closing": "leave", "members": {str(n + 1): self._member(n, name) for n, name in enumerate(names)}}

    def _member(self, number: int, name: str) -> dict[str, Any]:
        factor = self.found.handling.agent_factor.get(name)
        speed = round(1.0 / factor.value, 4) if factor else 1.0
        reasons = self.found.calls.reason_names
        lacks = [n for n in self.found.reasons if len(self.found.serves) and not self.found.serves[number, reasons.index(base_of(n, reasons))]]
        return {"speed": speed, **({"lacks": lacks} if lacks else {})}


def base_of(reason: str, names: tuple[str, ...]) -> str:
    """Return the reason whose surge a reason is, or itself."""
    base = reason.removesuffix(SUFFIX)
    return base if base in names else reason


def skill_shares(found: Calibration) -> dict[str, float]:
    """Return by reason the share of the time on duty of agents who serve it."""
    stretches, names = found.stretches, found.calls.reason_names
    if not len(stretches.date):
        return {}
    time_s = np.bincount(stretches.agent, stretches.until_s - stretches.since_s, len(found.calls.agent_names))
    of = {name: names.index(base_of(name, names)) for name in found.reasons}
    shares = {name: float(time_s @ found.serves[:, number] / time_s.sum()) for name, number in of.items()}
    return {name: share for name, share in shares.items() if share < 0.95}


def _head_count(found: Calibration, group: int) -> dict[str, int]:
    """Return agents ready by half hour (on duty, rests left out), rounded, at least one while open."""
    own = found.groups[group]
    mean = found.ready[own.name].mean(axis=0) if len(own.dates) else np.ones(48)
    halves = range(int(own.open_s // 1800), math.ceil(own.close_s / 1800))
    return {clock(max(h * 1800.0, own.open_s)): max(round(float(mean[h])), 1) for h in halves}


class _Writer:
    def __init__(self, found: Calibration, agents: AgentsAlike | SingleAgents) -> None:
        self.found, self.agents = found, agents
        self.tables: dict[str, str] = {}

    def files(self, title: str, description: str, calendar: dict[str, Any]) -> ScenarioFiles:
        found = self.found
        cv = found.day_factor.cv.value
        data = {
            "title": title, **({"description": description} if description else {}), "calendar": calendar, "channels": {CHANNEL: self._channel()},
            "segments": {name: self._segment(name) for name in found.segments}, "day_factors": {FACTOR: {"cv": round(cv, 3)}},
            "reasons": {name: self._reason(name) for name in found.reasons}, "teams": {TEAM: self.agents.team()}, "routes": self._routes(),
        }  # fmt: skip
        return ScenarioFiles(data, self.tables)

    def _table(self, name: str, rows: Rows) -> dict[str, Any]:
        """Keep a table and return the law that names its file."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("share", "seconds"))
        writer.writerows((f"{share:g}", f"{seconds:.1f}") for share, seconds in rows)
        self.tables[f"{name}.csv"] = text.getvalue()
        return {"quantiles": {"file": f"{name}.csv"}}

    def _channel(self) -> dict[str, Any]:
        found = self.found
        channel: dict[str, Any] = {"kind": "phone", "lines": "unlimited"}
        if found.menu:
            channel["menu"] = {"time": self._table("menu", found.menu.rows)}
        if found.redial:
            delay = self._table("redial", found.redial.rows)
            channel["try_again"] = {"after_abandonment": round(found.redial.share.value, 3), "tries": "unlimited", "delay": delay}
        return channel

    def _segment(self, name: str) -> dict[str, Any]:
        patience = self.found.patience_of_segment.get(name)
        return {} if patience is None else {"patience": self._patience(name, patience)}

    def _patience(self, name: str, patience: Patience) -> dict[str, Any]:
        return self._table(f"patience_{name}", patience.rows)

    def _reason(self, name: str) -> dict[str, Any]:
        found = self.found
        own = found.patience_of_reason.get(name)
        shares = found.segment_share[name]
        return {
            "segments": next(iter(shares)) if len(shares) == 1 else shares, **self._arrivals(name), "talk": self._talk(name), **self._wrap_up(),
            "handling_profile": self._profile(), **({"patience": self._patience(name, own)} if own else {}),
        }  # fmt: skip

    def _arrivals(self, name: str) -> dict[str, Any]:
        """Return the arrivals of a reason; a surge comes when nobody knows, so it has none."""
        found = self.found
        if name.endswith(SUFFIX) and base_of(name, found.calls.reason_names) != name:
            return {}
        fresh = found.fresh_share(name)
        week = {g: {clock(r.since_s): round(r.per_h.value * fresh, 3) for r in rates} for g, rates in found.rates[name].items()}
        return {"arrivals": {"day_factor": FACTOR, "per_hour": week}}

    def _talk(self, name: str) -> dict[str, Any] | str:
        talk, rows = self.found.handling.by_reason[name], self.agents.talk_rows(name)
        if talk.mean.observations >= LEAST_FOR_TABLE or not talk.fits or talk.law == "table":
            return self._table(f"talk_{name}", rows)
        mean, *sd = next(fit for fit in talk.fits if fit.law == talk.law).values
        ratio = table_mean(rows) / max(mean, 1e-9)
        if talk.law == "exponential":
            return {"exponential": f"{mean * ratio:.1f} s"}
        law = talk.law if talk.law in ("lognormal", "gamma") else "gamma"
        return {law: {"mean": f"{mean * ratio:.1f} s", "sd": f"{sd[0] * ratio:.1f} s"}}

    def _wrap_up(self) -> dict[str, Any]:
        return {"wrap_up": self._table("wrap_up", self.found.wrap_up.rows)} if self.found.wrap_up else {}

    def _profile(self) -> dict[str, float]:
        """Return the hour factors of the opening hours, equal neighbours once."""
        first, last = min(g.open_s for g in self.found.groups), max(g.close_s for g in self.found.groups)
        factor = self.agents.hour_factor()
        return {clock(h * 3600.0): round(factor[h], 3) for h in range(int(first // 3600), math.ceil(last / 3600))}

    def _routes(self) -> dict[str, Any]:
        routes: dict[str, Any] = {"everybody": {"teams": [TEAM]}}
        for (reason, segment), credit in class_credits(self.found).items():
            if credit > 0:
                routes[f"{reason}_{segment}"[:64]] = {"reasons": [reason], "segments": [segment], "teams": [TEAM], "credit": f"{credit:g} s"}
        return routes


def class_credits(found: Calibration) -> dict[tuple[str, str], float]:
    """Return the waiting credit of every reason and segment; a class with too few pairs has that of its segment's largest."""
    calls = found.calls
    known = {(calls.reason_names[r], calls.segment_names[s]): credit for (r, s), credit in found.credits_s.items()}
    size = {name: int((calls.reason == calls.reason_names.index(name)).sum()) for name in found.reasons}
    credits = {}
    for name in found.reasons:
        for segment in found.segment_share[name]:
            base = (base_of(name, calls.reason_names), segment)
            like = max((r for r, s in known if s == segment), key=lambda r: size.get(r, 0), default=None)
            credits[name, segment] = known.get(base, known.get((like, segment), 0.0) if like else 0.0)
    return credits
