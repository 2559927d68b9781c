"""A play: what happens after a move on the page, event by event, and what is kept of it to be asked about.

::

    move --> stage --> replication 0 of the day: replay, numbers --> 19 more days: faint curves, intervals narrow
                                                                 --> all days: ledger, customers lost --> done

A new move of the same browser window cancels its old play; windows never see each other's. Keeps no file.
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from servsim.engine.log import RunLog
from servsim.errors import SettingError
from servsim.kept import Kept
from servsim.page.crew import Crew, after_once, after_with_logs, day_once
from servsim.page.deadline import Stopped, TooLong, within
from servsim.page.replay import chronicle_of, replay_of
from servsim.page.shop import Overrides, Shop
from servsim.page.stage import Stage, StagedWorld, set_stage
from servsim.page.tally import AfterTally, DayTally, curve_steps, day_tally, flip_of, spreads_of
from servsim.report.agent_steps import steps_of_agent
from servsim.report.names import find_agent
from servsim.report.steps import ContactSteps, Step
from servsim.report.two_lives import Worlds, most_telling, sum_steps, two_lives

Event = tuple[str, dict[str, Any]]

MOST_KEPT, MOST_WINDOWS = 12, 64
MOST_REPLICATIONS = 50
MOST_STAGE_S, MOST_PLAY_S = 20.0, 600.0
"""For which a move may be prepared, and played in all."""
STAGE_TOO_LONG = f"It takes more than {MOST_STAGE_S:.0f} s to prepare this move, so it was stopped. For larger worlds say servsim compare."
PLAY_TOO_LONG = "This move was stopped after {limit:.0f} s: {days} of {of} replications of the day are done, and {weeks} of {of} of the days after it. What is shown is of these."


@dataclass(frozen=True)
class Move:
    """What a browser asks to be played."""

    base: str
    other: str
    typed: Overrides
    date: dt.date | None = None
    seed: int = 1
    replications: int = 20


@dataclass
class Played:
    """What can be asked about a play afterwards."""

    stage: Stage
    day: tuple[RunLog, RunLog]
    after: tuple[RunLog, RunLog] | None = None


def _latest() -> Kept[Any, Any]:
    return Kept(MOST_KEPT, lambda key, made: 1)


@dataclass
class Theatre:
    """Plays moves for every window, and keeps the latest plays."""

    shop: Shop
    crew: Crew
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: OrderedDict[str, Played] = field(default_factory=OrderedDict)
    _windows: OrderedDict[str, threading.Event] = field(default_factory=OrderedDict)
    _stages: Kept[Move, Stage] = field(default_factory=_latest)
    _days: Kept[tuple[Any, ...], RunLog] = field(default_factory=_latest)
    """Of replication 0 in worlds on the left, which many moves share."""

    # ---- plays

    def enter(self, window: str) -> threading.Event:
        """Cancel what a window played before, and return the switch that cancels the new play."""
        switch = self.crew.switch()
        with self._lock:
            old = self._windows.pop(window, None)
            if old is not None:
                old.set()
            self._windows[window] = switch
            while len(self._windows) > MOST_WINDOWS:
                self._windows.popitem(last=False)[1].set()
        return switch

    def end(self) -> None:
        """Cancel what all windows play."""
        with self._lock:
            switches = list(self._windows.values())
        for each in switches:
            each.set()

    def stage_of(self, move: Move) -> Stage:
        """Return the stage of a move; the latest are kept.

        Raises
        ------
        ScenarioError, SettingError
            With every problem.
        """
        known = self._stages.get(move)
        if known is None:
            known = within(MOST_STAGE_S, STAGE_TOO_LONG, lambda: set_stage(self.shop, move.base, move.other, move.typed, move.date))
            self._stages.put(move, known)
        return known

    def play(self, stage: Stage, move: Move, cancelled: threading.Event) -> Iterator[Event]:
        """Yield what there is to show, as it is found."""
        begun_s = time.monotonic()
        try:
            logs = self._first(stage, move, cancelled)
        except Stopped:
            return
        kept, name = Played(stage, logs), secrets.token_urlsafe(12)
        self._keep(name, kept)
        yield "stage", {"run": name, **told_stage(stage), "seed": move.seed, "replications": move.replications}
        days = [day_tally(stage, *logs)]
        yield "day", self._day(days)
        if cancelled.is_set():
            return
        yield "replay", {**replay_of(stage, *logs), "ms": round(1000 * (time.monotonic() - begun_s))}
        for found in self.crew.done(day_once, stage, move.seed, range(1, move.replications), cancelled):
            days.append(found)
            yield "day", self._day(days)
            _refuse_late(begun_s, days, [], move)
        if cancelled.is_set():
            return
        afters = []
        for tally, kept.after in self.crew.done(after_with_logs, stage, move.seed, range(1), cancelled):
            afters.append(tally)
            yield "after", _after(afters)
        for done in self.crew.done(after_once, stage, move.seed, range(1, move.replications), cancelled):
            afters.append(done)
            yield "after", _after(afters)
            _refuse_late(begun_s, days, afters, move)
        if not cancelled.is_set():
            yield "done", {"ms": round(1000 * (time.monotonic() - begun_s))}

    def _first(self, stage: Stage, move: Move, cancelled: threading.Event) -> tuple[RunLog, RunLog]:
        """Return the shown day of replication 0 in both worlds; the left one is simulated unless it was before."""
        key = (move.base, move.typed, move.seed, stage.first, stage.shown)
        known = self._days.get(key)
        if known is not None:
            return known, self.crew.simulate(stage.other.day, move.seed, 0, cancelled)
        logs = self.crew.both((stage.base.day, stage.other.day), move.seed, 0, cancelled)
        self._days.put(key, logs[0])
        return logs

    def _day(self, days: list[Any]) -> dict[str, Any]:
        latest = days[-1]
        curves = {"waiting": latest.waiting, "left": latest.left, "replication": latest.replication}
        return {"numbers": spreads_of([each.numbers for each in days]), "n": len(days), **curves}

    def _keep(self, name: str, kept: Played) -> None:
        with self._lock:
            self._kept[name] = kept
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    # ---- questions about a play

    def kept(self, name: str) -> Played:
        """Return a play that is still known.

        Raises
        ------
        SettingError
            It is not.
        """
        with self._lock:
            found = self._kept.get(name)
        if found is None:
            raise SettingError("This run is no longer kept. Press play again.")
        return found

    def lives(self, name: str, customer: str) -> dict[str, Any]:
        """Return the two lives of a customer, or of a telling one, as steps that the page puts into words.

        Raises
        ------
        SettingError
            There is nothing to tell.
        """
        kept = self.kept(name)
        logs = kept.after or kept.day
        worlds = Worlds(chronicle_of(kept.stage.base, logs[0]), chronicle_of(kept.stage.other, logs[1]), _called(kept.stage.base), _called(kept.stage.other))
        lives = two_lives(worlds, customer or most_telling(worlds))
        days = [
            {"date": day.date.isoformat(), "base": [_lived(each) for each in day.base], "other": [_lived(each) for each in day.other]} for day in lives.days
        ]
        sums = [list(sum_steps(lives.base_sum)), list(sum_steps(lives.other_sum))]
        told = {"title": lives.title_step, "customer": lives.customer, "sums": sums, "days": days, "differs": lives.differs}
        return told | {"ends": lives.end_steps, "only_this_day": kept.after is None}

    def contact(self, name: str, rows: tuple[int, int]) -> dict[str, Any]:
        """Return how one contact went in both worlds, for somebody who is not known as a person; -1: not there.

        Raises
        ------
        SettingError
            There is no such contact.
        """
        kept = self.kept(name)
        told: list[list[Step]] = []
        for world, log, row in zip((kept.stage.base, kept.stage.other), kept.day, rows, strict=True):
            if row >= len(log.contacts["root"]):
                raise SettingError("contact: there is none of this number in this run")
            told.append(ContactSteps(chronicle_of(world, log)).alone(row) if row >= 0 else [])
        return {"date": kept.stage.shown_date.isoformat(), "base": told[0], "other": told[1]}

    def agent(self, name: str, side: int, agent: str) -> dict[str, Any]:
        """Return an agent's shown day as steps.

        Raises
        ------
        SettingError
            There is no such agent.
        """
        kept = self.kept(name)
        chronicle = chronicle_of((kept.stage.base, kept.stage.other)[side], kept.day[side])
        found = steps_of_agent(chronicle, find_agent(chronicle.names, agent), kept.stage.shown)
        return {"date": kept.stage.shown_date.isoformat(), "title": found.title, "presence": found.presence, "work": found.work}


def _after(afters: list[AfterTally]) -> dict[str, Any]:
    numbers, lines = spreads_of([each.numbers for each in afters]), spreads_of([each.lines for each in afters])
    return {"numbers": numbers, "lines": lines, "flip": flip_of(afters)._asdict(), "n": len(afters)}


def _refuse_late(begun_s: float, days: list[DayTally], afters: list[AfterTally], move: Move) -> None:
    """Stop a play that has gone on for too long; what it has told stays.

    Raises
    ------
    TooLong
        It has.
    """
    if time.monotonic() - begun_s > MOST_PLAY_S and len(afters) < move.replications:
        raise TooLong(PLAY_TOO_LONG.format(limit=MOST_PLAY_S, days=len(days), weeks=len(afters), of=move.replications))


def _called(world: StagedWorld) -> str:
    return f"With {world.name}" if world.title else "Without the decision"


def _lived(lived: Any) -> dict[str, Any]:
    return {"steps": lived.steps, "same": lived.is_same, "only_here": lived.is_only_here}


def told_stage(stage: Stage) -> dict[str, Any]:
    """Return what a browser needs to know of a stage."""
    last = stage.first + dt.timedelta(days=stage.days - 1)
    return {
        "base": {"name": stage.base.name, "title": stage.base.title},
        "other": {"name": stage.other.name, "title": stage.other.title},
        "first": stage.first.isoformat(),
        "last": last.isoformat(),
        "shown": stage.shown_date.isoformat(),
        "currency": stage.base.world.scenario.currency,
        "steps": [round(each - stage.shown * 86400.0) for each in curve_steps(stage)],
        "invoices": [
            {"decision": each.decision, "name": each.name, "amount": each.amount, "account": each.account, "says": each.says}
            for each in stage.other.invoices
        ],
    }
