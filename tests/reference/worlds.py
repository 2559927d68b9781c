"""Reference models in the words of the scenario language.

Two shapes cover nearly all: a line in steady state, cut into 20 days of equal length after one day of warm-up (the
case's unit of time is stretched so that as many contacts come as wanted, and a day is ten times as long as the line
remembers), and a day that opens empty and is left empty, repeated. Never runs anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from .run import DAY_S, World

Data = dict[str, Any]

BATCHES = 20
"""Days that count in a long run."""
WARM_UP_DAYS = 1
PERIODIC_WARM_UP_DAYS = 2

Law = Callable[[float], Any]
"""A law, given the seconds in a unit of time."""


def span(units: float, unit_s: float) -> str:
    """Write a length of time."""
    return f"{units * unit_s:.9f} s"


# ---- laws


def exponential(mean: float) -> Law:
    """Memoryless, by its mean in units."""
    return lambda unit_s: {"exponential": span(mean, unit_s)}


def certain(value: float) -> Law:
    """Always the same."""
    return lambda unit_s: span(value, unit_s)


def erlang(mean: float, steps: int) -> Law:
    """Sum of equal exponential steps."""
    return lambda unit_s: {"erlang": {"mean": span(mean, unit_s), "k": steps}}


def hyperexponential(mean: float, scv: float) -> Law:
    """Two exponentials, by mean and squared coefficient of variation."""
    return lambda unit_s: {"hyperexponential": {"mean": span(mean, unit_s), "cv": math.sqrt(scv)}}


def lognormal(mean: float, sd: float) -> Law:
    """Lognormal, by mean and standard deviation."""
    return lambda unit_s: {"lognormal": {"mean": span(mean, unit_s), "sd": span(sd, unit_s)}}


def uniform(high: float) -> Law:
    """Between 0 and a bound."""
    return lambda unit_s: {"uniform": {"low": "0 s", "high": span(high, unit_s)}}


def smaller(one: Law, other: Law) -> Law:
    """The smaller of two independent lengths."""
    return lambda unit_s: {"smaller_of": {"one": one(unit_s), "other": other(unit_s)}}


def either(share: float, law: Law, otherwise: Law) -> Law:
    """One law by chance, else the other."""
    return lambda unit_s: {
        "mixture": {"one": {"share": share, "law": law(unit_s)}, "other": {"share": 1.0 - share, "law": otherwise(unit_s)}}
    }


def endless(_: float) -> Any:
    """Patience without end."""
    return "unlimited"


# ---- long lines


def unit_for(rate: float, contacts: int, batches: int = BATCHES) -> float:
    """Return the length of a unit of time, in seconds, at which so many contacts come in the days that count."""
    return batches * DAY_S * rate / contacts


def per_hour(rate: float, unit_s: float) -> float:
    """Return a rate per unit as a rate per hour."""
    return rate * 3600.0 / unit_s


def long_run(batches: int = BATCHES) -> Data:
    """Return the calendar of a line in steady state, open round the clock."""
    return {"days": batches + WARM_UP_DAYS, "warm_up": f"{WARM_UP_DAYS} days", "interval": "24 h"}


def long_line(
    rate: float,
    talk: Law,
    agents: int,
    contacts: int,
    *,
    patience: Law | None = None,
    lines: int | None = None,
    within: float = 1.0,
    batches: int = BATCHES,
    channel: Callable[[float], Data] | None = None,
    reason: Callable[[float], Data] | None = None,
) -> World:
    """Return one line with one team; ``channel`` and ``reason`` add keys, given the seconds in a unit."""
    unit_s = unit_for(rate, contacts, batches)
    call: Data = {"arrivals": {"per_hour": per_hour(rate, unit_s)}, "talk": talk(unit_s)}
    if patience is not None:
        call["patience"] = patience(unit_s)
    phone: Data = {"service_level": {"within": span(within, unit_s)}}
    if lines is not None:
        phone["lines"] = lines
    return World(
        {
            "calendar": long_run(batches),
            "channels": {"phone": {**phone, **(channel(unit_s) if channel else {})}},
            "reasons": {"call": {**call, **(reason(unit_s) if reason else {})}},
            "teams": {"agents": {"agents": agents}},
        },
        unit_s,
    )


def classes(rates: list[float], talk: Law, agents: int, contacts: int, *, ranked: bool) -> World:
    """Return one line with several classes, the first of highest priority when they are ranked."""
    unit_s = unit_for(sum(rates), contacts)
    names = [f"class_{number}" for number in range(len(rates))]
    world: Data = {
        "calendar": long_run(),
        "channels": {"phone": {}},
        "reasons": {n: {"arrivals": {"per_hour": per_hour(r, unit_s)}, "talk": talk(unit_s)} for n, r in zip(names, rates, strict=True)},
        "teams": {"agents": {"agents": agents}},
    }
    if ranked:
        world["routes"] = {n: {"reasons": [n], "teams": ["agents"], "priority": -k} for k, n in enumerate(names)}
    return World(world, unit_s)


def with_endless_work(rate: float, talk: Law, work: Law, contacts: int) -> World:
    """Return a line whose agent turns to another piece of work whenever nobody waits, and finishes it first.

    The work is one contact of lowest priority that comes again at once each time it is done.
    """
    world = long_line(rate, talk, 1, contacts)
    world.data["reasons"]["away"] = {
        "arrivals": {"trace": "away.csv"},
        "talk": work(world.unit_s),
        "solved": 0,
        "unsolved": {"returns": 1, "delay": "0 s", "contacts": 16_000_000},
    }
    world.data["routes"] = {"calls": {"reasons": ["call"], "teams": ["agents"], "priority": 1}, "rest": {"teams": ["agents"]}}
    return World(world.data, world.unit_s, {"away.csv": "date,time\n2026-03-02,0:00\n"})


def called_away(rate: float, talk: Law, patience: Law, agents: int, away: Law, present: Law, contacts: int) -> World:
    """Return a line whose agents are each called away at a constant rate, finish the call in hand, and return.

    What calls an agent away is a contact of high priority for this agent alone; it comes again some time after it is done.
    """
    world = long_line(rate, talk, 1, contacts, patience=patience)
    teams = [f"agent_{number}" for number in range(agents)]
    world.data["teams"] = {team: {"agents": 1} for team in teams}
    world.data["routes"] = {"calls": {"reasons": ["call"], "teams": teams}}
    for team in teams:
        world.data["reasons"][f"away_{team}"] = {
            "arrivals": {"trace": "away.csv"},
            "talk": away(world.unit_s),
            "solved": 0,
            "unsolved": {"returns": 1, "delay": present(world.unit_s), "contacts": "unlimited"},
        }
        world.data["routes"][team] = {"reasons": [f"away_{team}"], "teams": [team], "priority": 1}
    return World(world.data, world.unit_s, {"away.csv": "date,time\n2026-03-02,0:00\n"})


def in_batches(batch_rate: float, sizes: list[int], talk: Law, contacts: int, seed: int) -> World:
    """Return a line whose arrivals are a recorded list: batches of random size at random times."""
    import numpy as np

    mean = sum(sizes) / len(sizes)
    unit_s = unit_for(batch_rate * mean, contacts)
    horizon_s = (BATCHES + WARM_UP_DAYS) * DAY_S
    luck = np.random.Generator(np.random.Philox(key=[seed, 0x6261746368]))
    batches = luck.poisson(batch_rate * horizon_s / unit_s)
    times = np.sort(luck.uniform(0.0, horizon_s, batches))
    rows = [row for at_s, size in zip(times.tolist(), luck.choice(sizes, batches).tolist(), strict=True) for row in [at_s] * size]
    world = long_line(1.0, talk, 1, 1)
    world.data["reasons"]["call"] = {"arrivals": {"trace": "calls.csv"}, "talk": talk(unit_s)}
    return World(world.data, unit_s, {"calls.csv": recorded(rows)})


def recorded(times_s: list[float], **columns: list[Any]) -> str:
    """Write recorded arrivals, seconds from midnight of the first day, as a trace file."""
    import datetime as dt

    start = dt.date(2026, 3, 2)
    days = [start + dt.timedelta(days=day) for day in range(int(max(times_s) // DAY_S) + 1)]
    lines = [",".join(("date", "time", *columns))]
    for number, at_s in enumerate(times_s):
        day, second = divmod(at_s, DAY_S)
        minute, rest = divmod(second, 60.0)
        clock = f"{int(minute) // 60}:{int(minute) % 60:02d}:{min(rest, 59.999999):09.6f}"
        lines.append(",".join((days[int(day)].isoformat(), clock, *(str(column[number]) for column in columns.values()))))
    return "\n".join(lines) + "\n"


# ---- rates that change


def clock(second: float) -> str:
    """Write a time of day on whole minutes."""
    return f"{round(second) // 3600}:{round(second) // 60 % 60:02d}"


def sinusoid(mean: float, amplitude: float, period_s: float, step_s: float, until_s: float) -> Iterator[tuple[str, float]]:
    """Yield steps of a sinusoidal rate whose first harmonic is that of the sinusoid, exactly.

    The steps take the value at their middle; holding it damps the harmonic by sin(x)/x, which is made good.
    """
    x = math.pi * step_s / period_s
    for number in range(round(until_s / step_s)):
        middle = (number + 0.5) * step_s
        yield clock(number * step_s), mean + amplitude * x / math.sin(x) * math.sin(2.0 * math.pi * middle / period_s)


def daily_wave(mean: float, amplitude: float, unit_s: float, step_s: float, talk: Law, agents: int, days: int, patience: Law | None = None) -> World:
    """Return a line open round the clock with a rate that is a sinusoid of one day."""
    rates = {at: per_hour(rate, unit_s) for at, rate in sinusoid(mean, amplitude, DAY_S, step_s, DAY_S)}
    call: Data = {"arrivals": {"per_hour": rates}, "talk": talk(unit_s)}
    if patience is not None:
        call["patience"] = patience(unit_s)
    return World(
        {
            "calendar": {"days": days + PERIODIC_WARM_UP_DAYS, "warm_up": f"{PERIODIC_WARM_UP_DAYS} days", "interval": f"{step_s} s"},
            "channels": {"phone": {}},
            "reasons": {"call": call},
            "teams": {"agents": {"agents": agents}},
        },
        unit_s,
    )


def short_days(
    arrivals: Data, talk: Law, team: Data, hours: float, unit_s: float, days: int, interval: str, patience: Law | None = None, **channel: Any
) -> World:
    """Return days that open empty at midnight, close after some hours, and are drained before the next."""
    call: Data = {"arrivals": arrivals, "talk": talk(unit_s)}
    if patience is not None:
        call["patience"] = patience(unit_s)
    return World(
        {
            "calendar": {"days": days, "interval": interval, "hours": {"phone": f"0:00-{clock(hours * 3600.0)}"}},
            "channels": {"phone": channel},
            "reasons": {"call": call},
            "teams": {"agents": team},
        },
        unit_s,
    )
