"""The kinds of values: how each is read at its spot, what is allowed, and how it is written back.

One entry of ``KINDS`` per kind of the table in ``language.py``. Reading leaves problems at the spot and returns
``None``; writing returns a plain value (text, number, list, mapping) that reads back equal. It never opens a section.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from servsim.scenario import units
from servsim.scenario.law import read_law, read_law_by_channel, write_law, write_law_by_channel
from servsim.scenario.spot import Spot, list_names, nearest_name
from servsim.scenario.table import inside_folder

Meta = Mapping[str, Any]
Read = Callable[[Any, Meta, Spot], Any]


@dataclass(frozen=True)
class Kind:
    """How values of one kind are read and written."""

    read: Read
    write: Callable[[Any], Any]
    noun: str = ""
    """What a value is, for "must be ..."; empty where the reader words it alone."""
    show: Callable[[float], str] = lambda bound: str(int(bound)) if bound == int(bound) else repr(bound)
    """How its bounds are printed."""


def allowed_words(kind: str, meta: Meta) -> str:
    """Return what a value may be, as the end of a sentence, with its bounds: ``must be a whole number of 0 or more``."""
    bounds = bounds_words(kind, meta)
    return f"must be {KINDS[kind].noun}{' ' + bounds if bounds else ''}"


def bounds_words(kind: str, meta: Meta) -> str:
    """Return the bounds of a key in words; empty where it has none."""
    show, low, high, above = KINDS[kind].show, meta["low"], meta["high"], meta["above"]
    if low is not None and high is not None:
        return f"from {show(low)} to {show(high)}"
    if above is not None:
        return f"of more than {show(above)}" + (f" and at most {show(high)}" if high is not None else "")
    if low is not None:
        return f"of {show(low)} or more"
    return f"of at most {show(high)}" if high is not None else ""


def is_within(number: float, meta: Meta) -> bool:
    """Return whether a number keeps the bounds of its key."""
    low, high, above = meta["low"], meta["high"], meta["above"]
    return (low is None or number >= low) and (high is None or number <= high) and (above is None or number > above)


# ---- single values


def _bounded(kind: str, parser: Callable[[Any], Any]) -> Read:
    """Return a reader of a number that names what is allowed, bounds included, whatever is wrong."""

    def read(value: Any, meta: Meta, spot: Spot) -> Any:
        before = len(spot.reading.problems)
        number = spot.take(parser, value, allowed_words(kind, meta))
        if len(spot.reading.problems) == before and number is not None and not is_within(number, meta):
            spot.refuse(value, allowed_words(kind, meta))
        return number

    return read


def _parsed(parser: Callable[[Any], Any]) -> Read:
    def read(value: Any, meta: Meta, spot: Spot) -> Any:
        return spot.take(parser, value)

    return read


def parse_text(value: Any) -> str:
    """Read words; whole numbers count (``buddy: 2``)."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    if not isinstance(value, str) or not all(letter.isprintable() or letter in "\n\t" for letter in value):
        raise units.Refused("must be text")
    return value


def parse_yes_no(value: Any) -> bool:
    """Read ``yes`` or ``no``; YAML's truth values count."""
    if isinstance(value, bool):
        return value
    if value not in ("yes", "no"):
        raise units.Refused("must be yes or no", nearest_name(value, ("yes", "no")) if isinstance(value, str) else "")
    return bool(value == "yes")


def parse_count_or_all(value: Any) -> int | None:
    """Read a whole number, or ``unlimited`` as ``None``."""
    return None if value == "unlimited" else units.parse_count(value)


def _read_file(value: Any, meta: Meta, spot: Spot) -> Any:
    spot.reading.files.append(str(value))
    path = spot.take(lambda name: inside_folder(name, spot.reading.folder), value)
    return None if path is None else value


# ---- names and choices


def _read_name(value: Any, meta: Meta, spot: Spot) -> Any:
    return _known(value, spot.reading.names.get(meta["refers"], ()), meta["refers"], spot)


def _known(name: Any, names: tuple[str, ...], section: str, spot: Spot) -> str | None:
    name = str(name) if isinstance(name, int) and not isinstance(name, bool) else name
    if isinstance(name, str) and name in names:
        return name
    words = f"must be one of the {section}: {list_names(names)}" if names else f"names one of the {section}, but the scenario has none"
    spot.refuse(name, words, nearest_name(name, names) if isinstance(name, str) else "")
    return None


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, a text with commas as its parts, anything else as a list of one."""
    if isinstance(value, (list, tuple)):
        return list(value)
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else [value]


def _read_names(value: Any, meta: Meta, spot: Spot) -> Any:
    names = spot.reading.names.get(meta["refers"], ())
    found = [_known(each, names, meta["refers"], spot) for each in as_list(value)]
    return _each_once(found, value, spot)


def _each_once(found: list[Any], value: Any, spot: Spot) -> tuple[Any, ...]:
    if not found:
        spot.refuse(value, "must have at least one entry, or be left out")
    if len(set(found)) < len(found) and None not in found:
        spot.refuse(value, "must name each one once")
    return tuple(found)


def _read_shares(value: Any, meta: Meta, spot: Spot) -> Any:
    names = spot.reading.names.get(meta["refers"], ())
    if not isinstance(value, Mapping):
        name = _known(value, names, meta["refers"], spot)
        return {name: 1.0}
    if not value:
        spot.refuse(value, f"must give shares by name, such as {{{(names or ('name',))[0]}: 100 %}}")
    pairs = [(_known_key(name, names, meta["refers"], spot), spot.at(name).take(units.parse_share, each)) for name, each in value.items()]
    return {name: share for name, share in sorted(pairs)} if all(name and share is not None for name, share in pairs) else {}


def _known_key(name: str, names: tuple[str, ...], section: str, spot: Spot) -> str | None:
    if name in names:
        return name
    spot.at(name).refuse(None, f"is not one of the {section} (allowed: {list_names(names) or 'none'})", nearest_name(name, names))
    return None


def _read_choice(value: Any, meta: Meta, spot: Spot) -> Any:
    if isinstance(value, str) and value in meta["choices"]:
        return value
    spot.refuse(value, f"must be one of {list_names(meta['choices'])}", nearest_name(value, meta["choices"]))
    return None


def _read_choices(value: Any, meta: Meta, spot: Spot) -> Any:
    return _each_once([_read_choice(each, meta, spot) for each in as_list(value)], value, spot)


def _read_who(value: Any, meta: Meta, spot: Spot) -> Any:
    if isinstance(value, (list, tuple)):
        return _each_once([spot.take(_parse_agent, each) for each in value], value, spot)
    if isinstance(value, float) or (isinstance(value, str) and ("%" in value or "." in value)):
        return spot.take(units.parse_share, value, "must be a number of agents, a share such as 80 %, or a list of agents such as [1, 3]")
    if isinstance(value, int) or (isinstance(value, str) and value.strip().isdecimal()):
        return _bounded("count", units.parse_count)(value, {"low": 0, "high": 100_000, "above": None}, spot)
    spot.refuse(value, "must be a number of agents, a share such as 80 %, or a list of agents such as [1, 3]")
    return None


def _parse_agent(value: Any) -> str:
    """Read an agent of a team: ``3``, ``early-2``, or with the team's name before it, ``clerks/3``."""
    return parse_text(value).rpartition("/")[2]


def _write_who(who: Any) -> Any:
    if isinstance(who, tuple):
        return list(who)
    return units.share_text(who) if isinstance(who, float) else who


# ---- weekdays and times of day


def by_weekday(value: Mapping[str, Any], spot: Spot, read: Callable[[Any, Spot], Any]) -> list[Any]:
    """Return what stands for each weekday, Monday first; ``None`` for a day that is not named."""
    found: list[Any] = [None] * 7
    owners: dict[int, str] = {}
    for words, each in value.items():
        days = spot.at(words).take(units.parse_days, words) or ()
        result = read(each, spot.at(words))
        for day in days:
            if day in owners:
                spot.at(words).refuse(None, f"gives {units.WEEKDAYS[day]} again (already in {owners[day]})")
            owners[day], found[day] = words, result
    return found


def are_days(value: Any) -> bool:
    """Return whether a mapping is by weekday (``mon-fri``) rather than by time of day (``9:00``)."""
    return isinstance(value, Mapping) and bool(value) and not any(str(word)[:1].isdigit() for word in value)


def _read_week(value: Any, spot: Spot) -> Any:
    if not isinstance(value, Mapping):
        return (spot.take(units.parse_windows, value) or (),) * 7
    if not value:
        spot.refuse(value, "must give hours by weekday, such as {mon-fri: 9:00-18:00}")
    return tuple(each or () for each in by_weekday(value, spot, lambda each, below: below.take(units.parse_windows, each)))


def _read_week_by_channel(value: Any, meta: Meta, spot: Spot) -> Any:
    names = spot.reading.names.get("channels", ())
    if not isinstance(value, Mapping) or not value:
        spot.refuse(value, "must give hours by channel, such as {phone: {mon-fri: 9:00-18:00}}")
        return None
    pairs = [(_known_key(name, names, "channels", spot), _read_week(each, spot.at(name))) for name, each in value.items()]
    return dict(sorted((name, week) for name, week in pairs if name))


def _read_day_factors(value: Any, meta: Meta, spot: Spot) -> Any:
    if not are_days(value):
        spot.refuse(value, "must give factors by weekday, such as {mon: 1.2, tue-fri: 1, sat-sun: 0}")
        return None
    found = by_weekday(value, spot, lambda each, below: below.take(_parse_amount_factor, each))
    return tuple(1.0 if each is None else each for each in found)


def _parse_amount_factor(value: Any) -> float:
    factor = units.parse_factor(value)
    if factor < 0:
        raise units.Refused("must be a factor of 0 or more, such as 1.2 or 120 %")
    return factor


def _read_day_profile(value: Any, meta: Meta, spot: Spot) -> Any:
    if not are_days(value):
        return (_read_profile(value, spot),) * 7
    return tuple(each or () for each in by_weekday(value, spot, _read_profile))


def _read_profile(value: Any, spot: Spot) -> units.Profile:
    if not isinstance(value, Mapping):
        number = spot.take(_parse_amount, value, "must be a number of 0 or more, or numbers by time of day, such as {9:00: 20, 12:00: 15}")
        return ((0.0, number or 0.0),)
    if not value:
        spot.refuse(value, "must give numbers by time of day, such as {9:00: 20, 12:00: 15}")
    points = [(spot.at(time).take(units.parse_time, time), spot.at(time).take(_parse_amount, each)) for time, each in value.items()]
    known = sorted((time, number) for time, number in points if time is not None and number is not None)
    if len({time for time, _ in known}) < len(known):
        spot.refuse(value, "must name each time once")
    return tuple(known)


def _parse_amount(value: Any) -> float:
    number = units.parse_number(value)
    if number < 0:
        raise units.Refused("must be a number of 0 or more")
    return number


def _read_steps(value: Any, meta: Meta, spot: Spot) -> Any:
    if not isinstance(value, Mapping) or not value:
        spot.refuse(value, "must give shares by number of waiting people, such as {5: 10 %, 10: 40 %}")
        return ()
    steps = [(spot.at(count).take(_parse_step, count), spot.at(count).take(units.parse_share, each)) for count, each in value.items()]
    known = sorted((count, share) for count, share in steps if count is not None and share is not None)
    if len({count for count, _ in known}) < len(known):
        spot.refuse(value, "must name each number once")
    return tuple(known)


def _parse_step(value: Any) -> int:
    allowed = "must be a whole number of 0 or more (waiting people)"
    count = units.parse_count(value, allowed)
    if count < 0:
        raise units.Refused(allowed)
    return count


# ---- writing


def write_week(week: tuple[units.Windows, ...]) -> Any:
    """Return a week of hours as a plain value; equal days stand together, closed days are left out."""
    if len(set(week)) == 1:
        return units.windows_text(week[0])
    return {days: units.windows_text(windows) for days, windows in _grouped(week) if windows}


def write_profile(profile: units.Profile) -> Any:
    """Return numbers by time of day as a plain mapping."""
    return {units.time_text(time): number for time, number in profile}


def write_day_profile(week: tuple[units.Profile, ...]) -> Any:
    """Return profiles by weekday as a plain value; days without a profile are left out."""
    if len(set(week)) == 1:
        return write_profile(week[0])
    return {days: write_profile(profile) for days, profile in _grouped(week) if profile}


def _grouped(week: Iterable[Any]) -> list[tuple[str, Any]]:
    days: dict[Any, list[int]] = {}
    for day, each in enumerate(week):
        days.setdefault(each, []).append(day)
    return [(units.days_text(tuple(group)), each) for each, group in days.items()]


def _same(value: Any) -> Any:
    return value


KINDS: dict[str, Kind] = {
    "text": Kind(_parsed(parse_text), _same),
    "yes_no": Kind(_parsed(parse_yes_no), lambda each: "yes" if each else "no"),
    "count": Kind(_bounded("count", units.parse_count), _same, "a whole number"),
    "count_or_all": Kind(_bounded("count_or_all", parse_count_or_all), lambda each: "unlimited" if each is None else each, "unlimited or a whole number"),
    "number": Kind(_bounded("number", units.parse_number), _same, "a number"),
    "share": Kind(_parsed(units.parse_share), units.share_text),
    "factor": Kind(_bounded("factor", units.parse_factor), _same, "a factor such as 0.9 or 90 %,"),
    "money": Kind(_bounded("money", units.parse_number), _same, "an amount in the scenario's currency, without its name,"),
    "duration": Kind(_bounded("duration", units.parse_duration), units.duration_text, "a length of time with its unit (s, min, h, days), such as 4 min,", units.duration_text),
    "law": Kind(lambda value, meta, spot: read_law(value, spot), write_law),
    "law_by_channel": Kind(lambda value, meta, spot: read_law_by_channel(value, spot), write_law_by_channel),
    "date": Kind(_parsed(units.parse_date), lambda date: date.isoformat()),
    "dates": Kind(_parsed(units.parse_dates), units.dates_text),
    "time": Kind(_parsed(units.parse_time), units.time_text),
    "windows": Kind(_parsed(units.parse_windows), units.windows_text),
    "week_by_channel": Kind(_read_week_by_channel, lambda weeks: {name: write_week(week) for name, week in weeks.items()}),
    "day_factors": Kind(_read_day_factors, lambda factors: dict(_grouped(factors))),
    "days": Kind(_parsed(units.parse_days), units.days_text),
    "day_profile": Kind(_read_day_profile, write_day_profile),
    "steps": Kind(_read_steps, lambda steps: {str(count): units.share_text(share) for count, share in steps}),
    "name": Kind(_read_name, _same),
    "names": Kind(_read_names, list),
    "shares": Kind(_read_shares, lambda shares: {name: units.share_text(share) for name, share in shares.items()}),
    "choice": Kind(_read_choice, _same),
    "choices": Kind(_read_choices, list),
    "file": Kind(_read_file, _same),
    "who": Kind(_read_who, _write_who),
}
