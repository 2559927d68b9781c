"""The verb ``story``: one contact's, customer's or agent's day in sentences, out of a replication. Never measures."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from servsim.cli.argument import Arguments, plain_value, sort_arguments, whole_number
from servsim.cli.configuration import settings_of
from servsim.errors import ResultsError, SettingError, did_you_mean
from servsim.report.names import Chronicle, find_agent, find_customer
from servsim.report.story import Story, story_of_agent, story_of_case, story_of_contact, story_of_customer, story_of_run
from servsim.rules.clock import DAY_S
from servsim.scenario.spot import list_names, nearest_name, shown

OWN = ("customer", "contact", "case", "agent", "reason", "day", "replication")
WHOM = ("customer", "contact", "case", "agent", "reason")


def story_and_print(words: Sequence[str]) -> int:
    """Tell the story that the words ask for."""
    arguments = sort_arguments(words, OWN)
    asked = {key: str(plain_value(key, text)).strip() for key, text in arguments.own.items()}
    chosen = [key for key in WHOM if key in asked]
    if len(chosen) > 1:
        raise SettingError(f"{chosen[1]}: one story at a time; {chosen[0]} is given already")
    replication = whole_number("replication", asked.get("replication", "0"), 0, 10**6)
    told = _told(_chronicle(arguments, replication), asked)
    sys.stdout.write(told.text)
    return 0


def _chronicle(arguments: Arguments, replication: int) -> Chronicle:
    """Return one replication: read from a finished study where one is named, else simulated."""
    if "study" in arguments.settings:
        return _of_study(arguments, replication)
    from servsim.engine.simpy_engine import simulate
    from servsim.study.run import make_world

    settings = settings_of(arguments)
    world = make_world(settings)
    return Chronicle(simulate(world.plan, settings.seed, replication), world.plan, world.names, world.scenario)


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
