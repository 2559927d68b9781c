"""Measure the scenario town_hall from five-minute snapshots of ticket queues, and write it.

    python scenarios/town_hall/measure.py FOLDER_WITH_snapshots_5min.csv.gz

measures two queues of one office of the City of Warsaw, writes ``scenario.yaml`` beside this file and prints what the
README quotes. A snapshot holds open counters, people waiting and the ticket being served; nothing is known about
single customers, so arrivals and service times are inferred from differences (README.md says how).
"""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from servsim.engine.simpy_engine import simulate
from servsim.plan.compile import compile_plan
from servsim.scenario.language import Law
from servsim.scenario.reader import load

HERE = Path(__file__).resolve().parent
OFFICE = "UD_Praga_Poludnie"
FIRST, LAST = dt.date(2020, 1, 7), dt.date(2020, 1, 21)
"""Full weeks after Epiphany; before it the holidays, on the 22nd the tickets restart from 1."""
QUEUES = {"cash_desk": 175, "vehicle_papers": 168}
WORDS = {"cash_desk": "Kasy: fees and taxes are paid", "vehicle_papers": "Dowody rejestracyjne, odbiór: registration papers are collected"}
TEAMS = {"cash_desk": "cashiers", "vehicle_papers": "registry"}
GROUPS = {"mon": (0,), "tue-fri": (1, 2, 3, 4)}
HOURS = {"mon": (8.0, 18.0), "tue-fri": (8.0, 16.0)}
BUSY = 2
"""With so many waiting at both ends of a step, the counters were busy all through it."""
LONGEST_STEP_MIN = 15.0
BLOCK_MIN = 30.0
SERVICE_CV = 1.0
"""Assumed: what the busy half hours show (printed) is more, but holds the clerks' unseen pauses and shared counters too."""


WEEKS_TRIED = 30
FACTORS = np.arange(0.80, 1.041, 0.02)


@dataclass(frozen=True)
class Steps:
    """What happened between consecutive snapshots of one queue; every array has shape (steps,)."""

    date: np.ndarray
    """Proleptic ordinals."""
    since_min: np.ndarray
    until_min: np.ndarray
    """Minutes after midnight."""
    counters: np.ndarray
    """Mean of the open counters at both ends."""
    waiting: np.ndarray
    """Mean of the waiting people at both ends."""
    fewest: np.ndarray
    """The smaller number of waiting people."""
    called: np.ndarray
    """Tickets called: difference of ticket numbers."""
    came: np.ndarray
    """Arrivals: tickets called and growth of the line."""

    def where(self, keep: np.ndarray) -> Steps:
        return Steps(**{name: column[keep] for name, column in vars(self).items()})

    @property
    def minutes(self) -> np.ndarray:
        return np.asarray(self.until_min - self.since_min)


def read_steps(folder: Path, queue: int) -> Steps:
    """The steps of one queue on the chosen days, from opening on."""
    import duckdb

    rows = duckdb.connect().execute(
        """SELECT date::DATE AS date, epoch(time::TIME) / 60 AS minute, open_counters::INTEGER, waiting::INTEGER,
                  coalesce(TRY_CAST(regexp_extract(ticket, '[0-9]+$') AS INTEGER), 0) AS ticket
           FROM read_csv(?, all_varchar = true) WHERE office = ? AND queue_id = ? AND date BETWEEN ? AND ? ORDER BY date, minute""",
        [str(folder / "snapshots_5min.csv.gz"), OFFICE, str(queue), FIRST.isoformat(), LAST.isoformat()],
    ).fetchall()  # fmt: skip
    days: dict[dt.date, list[Any]] = {}
    for date, *row in rows:
        days.setdefault(date, []).append(row)
    parts = [steps_of_day(date, np.array(day, float)) for date, day in days.items()]
    return Steps(**{name: np.concatenate([vars(p)[name] for p in parts]) for name in vars(parts[0])})


def steps_of_day(date: dt.date, day: np.ndarray) -> Steps:
    """Differences of snapshots; a day begins empty at its first opening minute, tickets never fall."""
    first, last = HOURS["mon" if date.weekday() == 0 else "tue-fri"]
    day = day[day[:, 0] <= last * 60 + 30]
    day = np.vstack([[first * 60, day[0, 1], 0, 0], day[day[:, 0] > first * 60]])
    minute, counters, waiting, ticket = day.T
    ticket = np.maximum.accumulate(ticket)
    called = np.diff(ticket)
    ends = lambda x: (x[1:] + x[:-1]) / 2  # noqa: E731
    return Steps(np.full(len(called), date.toordinal()), minute[:-1], minute[1:], ends(counters), ends(waiting), np.minimum(waiting[1:], waiting[:-1]),
                 called, called + np.diff(waiting))  # fmt: skip


def of_group(steps: Steps, group: str) -> Steps:
    return steps.where(np.isin((steps.date - 1) % 7, GROUPS[group]))


def spread(steps: Steps, values: np.ndarray, edges_min: np.ndarray) -> np.ndarray:
    """Sum of values by interval of the day; a step that reaches over an edge is split by its minutes."""
    shares = [np.clip((e - steps.since_min) / steps.minutes, 0, 1) for e in edges_min]
    sums = np.array([(values * share).sum() for share in shares])
    return np.diff(sums)


def edges_of(group: str) -> np.ndarray:
    first, last = HOURS[group]
    return np.arange(first * 60, last * 60 + 1, 30.0)


def arrivals_per_h(steps: Steps, group: str) -> np.ndarray:
    """Mean arrivals per hour by half hour; noise of the snapshots can make one slightly negative: it becomes 0."""
    own = of_group(steps, group)
    days = len(np.unique(own.date))
    return np.maximum(spread(own, own.came, edges_of(group)) / days * 2, 0.0)


def open_counters(steps: Steps, group: str) -> np.ndarray:
    own = of_group(steps, group)
    edges = edges_of(group)
    return spread(own, own.counters * own.minutes, edges) / np.maximum(spread(own, own.minutes, edges), 1e-9)


def mean_waiting(steps: Steps, group: str) -> np.ndarray:
    own = of_group(steps, group)
    edges = edges_of(group)
    return spread(own, own.waiting * own.minutes, edges) / np.maximum(spread(own, own.minutes, edges), 1e-9)


def service(steps: Steps) -> tuple[float, float, float]:
    """Counter-minutes a ticket while the line is never empty, its standard error over days, and the cv of one service.

    The cv comes from the spread of tickets called in busy half hours: in a long busy time the variance of their
    number is cv squared times its mean (renewal theory).
    """
    busy = steps.where((steps.fewest >= BUSY) & (steps.counters >= 1) & (steps.minutes <= LONGEST_STEP_MIN))
    work, called = busy.counters * busy.minutes, busy.called
    mean = work.sum() / called.sum()
    dates = np.unique(busy.date)
    by_day = [np.array([x[busy.date == d].sum() for d in dates]) for x in (work, called)]
    error = float(np.std(by_day[0] - mean * by_day[1], ddof=1) * np.sqrt(len(dates)) / called.sum())
    return float(mean), error, float(np.sqrt(busy_dispersion(busy, mean)))


def busy_dispersion(busy: Steps, mean: float) -> float:
    """Variance of the tickets called in a busy block over what its counter-minutes let expect."""
    blocks: list[tuple[float, float]] = []
    for date in np.unique(busy.date):
        own = busy.where(busy.date == date)
        block = (own.since_min // BLOCK_MIN).astype(int)
        for b in np.unique(block):
            if own.minutes[block == b].sum() >= 0.8 * BLOCK_MIN:
                blocks.append((float(own.called[block == b].sum()), float((own.counters * own.minutes)[block == b].sum() / mean)))
    seen, expected = np.array(blocks).T
    print(f"  {len(seen)} busy half hours")
    return float(np.mean((seen - expected) ** 2 / expected))


def day_spread(steps: Steps) -> float:
    """Day-to-day cv of arrivals beyond Poisson, Mondays apart."""
    dates = np.unique(steps.date)
    counts = np.array([steps.came[steps.date == d].sum() for d in dates])
    monday = (dates - 1) % 7 == 0
    relative = counts / np.array([counts[monday == m].mean() for m in monday])
    print(f"  arrivals a day: Monday {counts[monday].mean():.0f}, else {counts[~monday].mean():.0f}; by day {counts.astype(int).tolist()}")
    return float(np.sqrt(max(relative.var(ddof=2) - 1 / counts.mean(), 0.0)))


def clock(minute: float) -> str:
    return f"{int(minute // 60)}:{int(minute % 60):02d}"


def flow(group: str, values: np.ndarray, digits: int, indent: int) -> str:
    parts = [f"{clock(m)}: {round(float(v), digits):g}" for m, v in zip(edges_of(group), values, strict=False)]
    lines = [", ".join(parts[i : i + 10]) for i in range(0, len(parts), 10)]
    return f"\n{' ' * indent}{group}: {{" + (",\n" + " " * (len(group) + indent + 3)).join(lines) + "}"


def print_intervals(steps: Steps) -> None:
    for group in GROUPS:
        columns = zip(edges_of(group), arrivals_per_h(steps, group), open_counters(steps, group), mean_waiting(steps, group), strict=False)
        print(f"  {group}: " + ", ".join(f"{clock(m)} {a:.1f}/h {c:.1f} open {w:.1f} waiting" for m, a, c, w in columns))


def reason_text(name: str, steps: Steps, mean_s: float) -> str:
    rates = "".join(flow(g, arrivals_per_h(steps, g), 1, 8) for g in GROUPS)
    law = f"{{gamma: {{mean: {mean_s:.0f} s, sd: {mean_s * SERVICE_CV:.0f} s}}}}"
    return f"  {name}:  # {WORDS[name]}\n    arrivals:\n      day_factor: busyness\n      per_hour:{rates}\n    talk: {law}"


def team_text(name: str, steps: Steps) -> str:
    heads = {g: np.maximum(np.rint(open_counters(steps, g)), 1) for g in GROUPS}
    most = int(max(h.max() for h in heads.values()))
    return f"  {TEAMS[name]}:\n    agents: {most}\n    head_count:" + "".join(flow(g, h, 0, 6) for g, h in heads.items()) + f"\n    skills: {{{name}: {{}}}}"


def scenario_text(queues: dict[str, Steps], means_s: dict[str, float], cv: float) -> str:
    return TEMPLATE.format(
        spread=f"{cv:.2f}",
        reasons="\n".join(reason_text(name, steps, means_s[name]) for name, steps in queues.items()),
        teams="\n".join(team_text(name, steps) for name, steps in queues.items()),
        routes="\n".join(f"  {name}: {{reasons: [{name}], teams: [{TEAMS[name]}]}}" for name in queues),
    )


# --- the service that gives the observed line --------------------------------------------------------------------------


def simulated_line(factor: float) -> dict[str, dict[str, float]]:
    """Mean number waiting in the opening hours, by queue and weekday group, with service times this much shorter or longer."""
    scenario = load(HERE, {"calendar.days": 7 * WEEKS_TRIED})
    for reason in scenario.reasons.values():
        mean, *rest = next(iter(reason.talk.values())).values
        reason.talk.update({channel: Law("gamma", (mean * factor, *(x * factor for x in rest))) for channel in reason.talk})
    log = {name: np.asarray(column) for name, column in simulate(compile_plan(scenario).plan, 1, 0).contacts.items()}
    return {name: lines_of(log, number) for number, name in enumerate(sorted(QUEUES))}


def lines_of(log: dict[str, np.ndarray], reason: int) -> dict[str, float]:
    own = log["reason"] == reason
    joined, served = log["queued_s"][own], np.nan_to_num(log["answered_s"][own], nan=np.inf)
    day = joined // 86_400
    closes = np.where(day % 7 == 0, HOURS["mon"][1], HOURS["tue-fri"][1]) * 3600 + day * 86_400
    waited = np.maximum(np.minimum(served, closes) - joined, 0.0)
    open_s = {g: WEEKS_TRIED * len(GROUPS[g]) * (HOURS[g][1] - HOURS[g][0]) * 3600 for g in GROUPS}
    return {g: float(waited[np.isin(day % 7, GROUPS[g])].sum() / open_s[g]) for g in GROUPS}


def best_factors(queues: dict[str, Steps]) -> dict[str, float]:
    """By queue, the factor on the service time with which the simulated line of a week is as long as the observed one."""
    tried = [(float(f), simulated_line(float(f))) for f in FACTORS]
    return {name: min(tried, key=lambda each: abs(week_mean(each[1][name]) - week_mean(observed_line(steps))))[0] for name, steps in queues.items()}


def observed_line(steps: Steps) -> dict[str, float]:
    return {g: float(mean_waiting(steps, g).mean()) for g in GROUPS}


def week_mean(line: dict[str, float]) -> float:
    hours = {g: len(GROUPS[g]) * (HOURS[g][1] - HOURS[g][0]) for g in GROUPS}
    return sum(line[g] * hours[g] for g in GROUPS) / sum(hours.values())


def measured(name: str, steps: Steps) -> tuple[float, float]:
    """Counter-seconds a ticket and the day factor's cv; everything is printed."""
    print(name)
    mean, error, cv = service(steps)
    spread_of_days = day_spread(steps)
    print(f"  service {mean:.2f} counter-minutes a ticket (standard error {error:.2f}), cv {cv:.2f}; day factor cv {spread_of_days:.2f}")
    print_intervals(steps)
    return mean * 60, spread_of_days


def write(queues: dict[str, Steps], means_s: dict[str, float], cv: float) -> None:
    (HERE / "scenario.yaml").write_text(scenario_text(queues, means_s, cv), encoding="utf-8")


TEMPLATE = """\
# Written by measure.py from snapshots of 7 to 21 January 2020; see README.md for the source of every number.
title: Two queues of a district office of the City of Warsaw
description: >-
  Cash desk and collection of vehicle papers, Praga Poludnie, measured from five-minute snapshots of the ticket system.
  Data: kolejkeR (MIT licence, (c) 2019 Hanna Zdulska), collected from the City of Warsaw open-data API, https://api.um.warszawa.pl/
currency: PLN
calendar:
  start: 2020-01-20
  days: 5
  interval: 30 min
  hours:
    counter: {{mon: 8:00-18:00, tue-fri: 8:00-16:00}}
channels:
  counter:
    closing: serve_inside
    service_level: {{within: 10 min, target: 80 %}}
segments:
  residents: {{}}  # patience is not in the data: they wait until they are called
day_factors:
  busyness: {{cv: {spread}}}
reasons:
{reasons}
teams:
{teams}
routes:
{routes}
"""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path, help="folder with snapshots_5min.csv.gz")
    folder = words.parse_args().folder
    queues = {name: read_steps(folder, number) for name, number in QUEUES.items()}
    found = {name: measured(name, steps) for name, steps in queues.items()}
    means_s = {name: mean for name, (mean, _) in found.items()}
    cv = float(np.mean([spread_of_days for _, spread_of_days in found.values()]))
    write(queues, means_s, cv)
    factors = best_factors(queues)
    write(queues, {name: means_s[name] * factors[name] for name in queues}, cv)
    for name, line in simulated_line(1.0).items():
        print(f"{name}: service times {factors[name]:.2f}; mean line observed {observed_line(queues[name])}, simulated {line}")


if __name__ == "__main__":
    main()
