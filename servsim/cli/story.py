"""The verb ``story``: one contact's, customer's or agent's day in sentences, out of a replication. Never measures.

With ``decision=`` it tells one customer's two lives: without the decision, and with it.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from servsim.cli.argument import Arguments, plain_value, sort_arguments, whole_number
from servsim.cli.configuration import settings_of
from servsim.errors import ResultsError, SettingError, did_you_mean
from servsim.report.names import Chronicle, find_agent, find_customer
from servsim.report.story import Story, story_of_agent, story_of_case, story_of_contact, story_of_customer, story_of_run
from servsim.rules.clock import DAY_S
from servsim.scenario.spot import list_names, nearest_name, shown

if TYPE_CHECKING:
    from servsim.report.two_lives import Worlds

USUAL_WIDTH = 118
CHOSEN = "\nChosen as the strongest story of this replication, not as a typical one; how many fare like that: servsim compare.\n"
OWN = ("customer", "contact", "case", "agent", "reason", "day", "replication", "decision")
WHOM = ("customer", "contact", "case", "agent", "reason")
NOT_WITH_DECISION = ("contact", "case", "agent", "reason", "day")


def story_and_print(words: Sequence[str]) -> int:
    """Tell the story that the words ask for."""
    arguments = sort_arguments(words, OWN)
    asked = {key: str(plain_value(key, text)).strip() for key, text in arguments.own.items()}
    chosen = [key for key in WHOM if key in asked]
    if len(chosen) > 1:
        raise SettingError(f"{chosen[1]}: one story at a time; {chosen[0]} is given already")
    replication = whole_number("replication", asked.get("replication", "0"), 0, 10**6)
    if "decision" in asked:
        sys.stdout.write(_two_lives(arguments, asked, replication))
        return 0
    told = _told(_chronicle(arguments, replication), asked)
    sys.stdout.write(told.text)
    return 0


# ---- two lives


def _two_lives(arguments: Arguments, asked: Mapping[str, str], replication: int) -> str:
    """Return one customer's two lives, side by side."""
    from servsim.report.two_lives import most_telling, two_lives

    _refuse_other_stories(arguments, asked)
    worlds = _worlds(arguments, asked, replication)
    lives = two_lives(worlds, asked.get("customer") or most_telling(worlds))
    note = "" if "customer" in asked else CHOSEN
    note += "" if lives.differs else "\nThe two lives do not differ: the decision changes nothing for this customer in this replication.\n"
    return lives.text(shutil.get_terminal_size((USUAL_WIDTH, 0)).columns) + note


def _refuse_other_stories(arguments: Arguments, asked: Mapping[str, str]) -> None:
    other = next((key for key in NOT_WITH_DECISION if key in asked), "")
    if other:
        raise SettingError(f"{other}: with decision= the two lives of one customer are told; say customer=owned/12, or leave it out for a telling one")
    if "study" in arguments.settings:
        raise SettingError("study: two lives are simulated anew, in both worlds; leave study= out and name the scenario")
    if "decisions" in arguments.settings:
        raise SettingError("decisions: one decision at a time here: decision=course_all_at_once (several taken together: decision=a+b)")


def _worlds(arguments: Arguments, asked: Mapping[str, str], replication: int) -> Worlds:
    """Return the replication in the world without the decision and in the one with it."""
    from servsim.engine.choice import simulate
    from servsim.report.two_lives import Worlds
    from servsim.scenario.decision import NOTHING
    from servsim.study.worlds import decided_worlds

    if asked["decision"] in ("", NOTHING):
        raise SettingError("decision: must be the name of a decision, such as decision=course_all_at_once")
    settings = replace(settings_of(arguments), decisions=(asked["decision"],))
    base, decided, *_ = decided_worlds(settings, "decision")
    if "customer" in asked:
        find_customer(base.world.plan, base.world.names, asked["customer"])
    logs = [simulate(each.world.plan, settings.seed, replication, settings.engine) for each in (base, decided)]
    chronicles = [Chronicle(log, each.world.plan, each.world.names, each.world.scenario) for log, each in zip(logs, (base, decided), strict=True)]
    return Worlds(chronicles[0], chronicles[1], "Without the decision", f"With {decided.spec.name}")


# ---- one story


def _chronicle(arguments: Arguments, replication: int) -> Chronicle:
    """Return one replication: read from a finished study where one is named, else simulated."""
    if "study" in arguments.settings:
        return _of_study(arguments, replication)
    from servsim.engine.choice import simulate
    from servsim.study.run import make_world

    settings = settings_of(arguments)
    world = make_world(settings)
    return Chronicle(simulate(world.plan, settings.seed, replication, settings.engine), world.plan, world.names, world.scenario)


def _of_study(arguments: Arguments, replication: int) -> Chronicle:
    from servsim.study.log_file import read_log
    from servsim.study.results import load_results
    from servsim.study.run import world_of_study

    root = str(plain_value("results_dir", arguments.settings.get("results_dir", "results")))
    for key in (*(set(arguments.settings) - {"study", "results_dir"}), *(path for path, _ in arguments.overrides)):
        raise SettingError(f"{key}: cannot be changed in a study that is finished; leave study= out to run the scenario anew")
    results = load_results(str(plain_value("study", arguments.settings["study"])), root)
    world = world_of_study(results)
    if replication not in results.manifest["replications"]:
        raise ResultsError(f"{results.folder}: has no replication {replication}; it has 0 to {len(results.manifest['replications']) - 1}")
    return Chronicle(read_log(results.folder, replication, world.names, int(results.manifest["seed"])), world.plan, world.names, world.scenario)


def _told(chronicle: Chronicle, asked: Mapping[str, str]) -> Story:
    day = _day(asked["day"], chronicle) if "day" in asked else None
    if "customer" in asked:
        return story_of_customer(chronicle, find_customer(chronicle.plan, chronicle.names, asked["customer"]))
    if "contact" in asked:
        return story_of_contact(chronicle, whole_number("contact", asked["contact"], 0, 2**62))
    if "case" in asked:
        return story_of_case(chronicle, whole_number("case", asked["case"], 0, 2**62))
    if "agent" in asked:
        agent = find_agent(chronicle.names, asked["agent"])
        return story_of_agent(chronicle, agent, _first_day(chronicle, agent) if day is None else day)
    if "reason" in asked or day is not None:
        return story_of_case(chronicle, _longest_wait(chronicle, asked.get("reason"), day))
    return story_of_run(chronicle)


def _first_day(chronicle: Chronicle, agent: int) -> int:
    """Return the first day on which an agent answers somebody, or day 0."""
    contacts = chronicle.log.contacts
    answered_s = contacts["answered_s"][(contacts["agent"] == agent) & ~np.isnan(contacts["answered_s"])]
    return int(answered_s.min() // DAY_S) if answered_s.size else 0


def _longest_wait(chronicle: Chronicle, reason: str | None, day: int | None) -> int:
    """Return the contact that waited longest, among those of a reason and of a day."""
    from servsim.measure.facts import wait_in_line_s

    contacts = chronicle.log.contacts
    fits = ~np.isnan(contacts["arrived_s"])
    if reason is not None:
        fits &= contacts["reason"] == _place("reason", reason, chronicle.names.reasons)
    if day is not None:
        fits &= contacts["arrived_s"] // DAY_S == day
    rows = np.flatnonzero(fits)
    if not rows.size:
        raise SettingError("story: nobody came like that in this replication; choose another day, reason or replication")
    return int(rows[np.argmax(np.nan_to_num(wait_in_line_s(contacts)[rows], nan=-1.0))])


def _day(text: str, chronicle: Chronicle) -> int:
    """Return the number of a day, from 0, out of its date or its number from 1."""
    start, days = chronicle.scenario.calendar.start, chronicle.plan.days
    words = f"day: got {shown(text)}; must be a number from 1 to {days}, or a date from {start} to {start + dt.timedelta(days=days - 1)}"
    try:
        number = (dt.date.fromisoformat(text) - start).days if "-" in text[1:] else whole_number("day", text, 0, days) - 1
    except (ValueError, SettingError):
        raise SettingError(words) from None
    if not 0 <= number < days:
        raise SettingError(words)
    return number


def _place(key: str, text: str, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text)
    raise SettingError(f"{key}: got {shown(text)}; must be one of {list_names(names)}{did_you_mean(nearest_name(text, names))}")
