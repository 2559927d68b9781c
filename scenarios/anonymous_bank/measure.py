"""Measure the scenario anonymous_bank from the bank's call files, and write it.

    python scenarios/anonymous_bank/measure.py FOLDER_OF_CALL_FILES

reads ``calls_*.tsv.gz``, measures everything on the days up to --fit-until, writes beside this file ``scenario.yaml``,
the tables ``talk_*.csv``, ``patience_*.csv``, ``menu.csv``, ``redial.csv`` and ``staff_<first>_<last>.csv`` (agents on duty on the days
after --fit-until, for replays of those days), and prints what the README quotes. Later days enter nothing else; they
are only compared (Erlang A by hour, at the end of the print).
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from servsim.record.call_file import RecordedCalls, read_calls
from servsim.record.layout import load_layout
from servsim.record.observed import observed_by_interval
from servsim.record.on_duty import DutyRule, agents_on_duty
from servsim.rules.codes import Outcome
from servsim.theory import erlang_a, patience

HERE = Path(__file__).resolve().parent
LAYOUT = HERE.parents[1] / "conf" / "layout" / "anonymous_bank.yaml"

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GROUPS = {"sun-thu": (6, 0, 1, 2, 3), "fri": (4,), "sat": (5,)}
HOURS = {"sun-thu": (6.5, 24.0), "fri": (6.5, 14.0), "sat": (19.0, 24.0)}
"""Opening hours: from the first half hour in which calls were answered on most days."""
REASONS = {
    "regular": "PS: regular activity",
    "english": "PE: regular activity in English",
    "internet_support": "IN: internet consulting",
    "stock_exchange": "NE: stock exchange activity",
    "new_customer": "NW: potential customer asking for information",
    "returned_call": "TT: the bank called back, on the customer's message",
}
OWN_PATIENCE = ("new_customer", "internet_support")
"""Reasons whose patience is measured by reason; nearly all of their callers are regular customers."""
INTERNET_AGENTS = 2
NORMAL_DAY_SHARE = 0.6
"""A day with fewer calls than this share of its group's median is a holiday or a hole in the log."""
CREDIT_S = 90.0
WRAP_UP_S = 5.0
SHORT_TALK_S = 10.0
RULE = DutyRule(longest_gap_s=1800.0, longest_neglect_s=180.0)
AT_RISK = 30
"""Kaplan-Meier is followed as far as this many still wait."""
LONGEST_PATIENCE_S = 7200.0
REDIAL_WINDOW_S = 7200.0
SHARES = np.array([0, .001, .0025, .005, .01, .02, .03, .04, .05, .06, .08, .1, .125, .15, .175, .2, .25, .3, .35, .4, .45, .5, .55, .6, .65, .7, .75,
                   .8, .85, .875, .9, .92, .94, .95, .96, .97, .98, .985, .99, .993, .996, .998, .999, 1.0])  # fmt: skip


# --- choosing days and contacts ---------------------------------------------------------------------------------------


def weekday(date: Any) -> Any:
    """Monday 0, of an ordinal or an array of ordinals."""
    return (date - 1) % 7


def normal_dates(calls: RecordedCalls, group: str) -> list[int]:
    """Dates of a weekday group without those that have far too few calls; what is left out is printed."""
    sought = calls.seeking_an_agent()
    dates, counts = np.unique(sought.date, return_counts=True)
    inside = np.isin(weekday(dates), GROUPS[group])
    enough = counts >= NORMAL_DAY_SHARE * np.median(counts[inside])
    left_out = [f"{dt.date.fromordinal(int(d))} ({n})" for d, n in zip(dates[inside & ~enough], counts[inside & ~enough], strict=True)]
    print(f"{group}: {int((inside & enough).sum())} normal days; left out: {', '.join(left_out) or 'none'}")
    return [int(d) for d in dates[inside & enough]]


def of_reason(calls: RecordedCalls, reason: str) -> RecordedCalls:
    return calls.where(calls.reason == calls.reason_names.index(reason))


def of_segment(calls: RecordedCalls, segment: str) -> RecordedCalls:
    return calls.where(calls.segment == calls.segment_names.index(segment))


def answered(calls: RecordedCalls) -> np.ndarray:
    return np.asarray(calls.outcome == Outcome.ANSWERED)


# --- laws -------------------------------------------------------------------------------------------------------------


def quantile_rows(values: np.ndarray) -> list[tuple[float, float]]:
    """Quantiles of a sample; the last point is set so that the few longest values keep their mean, not their maximum."""
    seconds = np.quantile(values, SHARES)
    longest = values[values >= seconds[-2]].mean()
    seconds[-1] = max(2 * longest - seconds[-2], seconds[-2])
    return [(float(s), float(v)) for s, v in zip(SHARES, seconds, strict=True)]


def table_mean(rows: list[tuple[float, float]]) -> float:
    shares, seconds = np.array(rows).T
    return float(np.trapezoid(seconds, shares))


def with_mean(rows: list[tuple[float, float]], mean: float) -> list[tuple[float, float]]:
    """Scale a table, by about a per cent, so that straight lines between its points keep the sample's mean."""
    assert abs(mean / table_mean(rows) - 1) < 0.05
    return [(share, seconds * mean / table_mean(rows)) for share, seconds in rows]


@dataclass(frozen=True)
class Fit:
    """Kolmogorov-Smirnov distances, on later days, of laws fitted on earlier days."""

    table: float
    lognormal: float
    lognormal_and_short: float


def talk_fit(early: np.ndarray, late: np.ndarray) -> Fit:
    """Fit on some days, judge on others: table, lognormal of all, lognormal of the long with a share of short ones."""
    rows = np.array(quantile_rows(early))
    logs, long_logs = np.log(np.maximum(early, 0.5)), np.log(early[early >= SHORT_TALK_S])
    short = float(np.mean(early < SHORT_TALK_S))

    def lognormal(x: np.ndarray, mu: float, sigma: float) -> np.ndarray:
        return np.asarray(stats.norm.cdf((np.log(np.maximum(x, 1e-9)) - mu) / sigma))

    def both(x: np.ndarray) -> np.ndarray:
        cut = lognormal(np.array([SHORT_TALK_S]), long_logs.mean(), long_logs.std())[0]
        tail = np.clip((lognormal(x, long_logs.mean(), long_logs.std()) - cut) / (1 - cut), 0, 1)
        return np.asarray(short * np.clip(x / SHORT_TALK_S, 0, 1) + (1 - short) * tail)

    def distance(cdf: Callable[[np.ndarray], np.ndarray]) -> float:
        return float(stats.kstest(late + np.linspace(-0.5, 0.5, len(late)), cdf).statistic)

    return Fit(distance(lambda x: np.interp(x, rows[:, 1], rows[:, 0])), distance(lambda x: lognormal(x, logs.mean(), logs.std())), distance(both))


def patience_rows(calls: RecordedCalls, name: str) -> list[tuple[float, float]]:
    """Kaplan-Meier of the wait until giving up; beyond the last well-observed wait an exponential tail."""
    waited = calls.where(calls.wait_s > 0)
    served = answered(waited)
    survival = stats.ecdf(stats.CensoredData.right_censored(waited.wait_s, served)).sf
    still = np.array([(waited.wait_s >= t).sum() for t in survival.quantiles])
    last = int(np.flatnonzero(still >= AT_RISK)[-1])
    times, lost = survival.quantiles[: last + 1], 1 - survival.probabilities[: last + 1]
    half = int(np.searchsorted(times, times[-1] / 2))
    rate = float(np.log((1 - lost[half]) / (1 - lost[-1])) / (times[-1] - times[half]))
    print_patience(name, waited, survival, times[-1], lost[-1], rate)
    return [(float(s), patience_at(float(s), times, lost, rate)) for s in SHARES]


def patience_at(share: float, times: np.ndarray, lost: np.ndarray, rate: float) -> float:
    if share <= lost[-1]:
        return float(np.interp(share, np.concatenate([[0.0], lost]), np.concatenate([[0.0], times])))
    tail = times[-1] - np.log(max(1 - share, 1e-12) / (1 - lost[-1])) / rate
    return float(min(tail, LONGEST_PATIENCE_S))


def print_patience(name: str, waited: RecordedCalls, survival: Any, last_s: float, lost: float, rate: float) -> None:
    gave_up = int((~answered(waited)).sum())
    band = survival.confidence_interval()
    at = ", ".join(f"S({t}) {survival.evaluate(t):.3f} [{band.low.evaluate(t):.3f}, {band.high.evaluate(t):.3f}]" for t in (5, 60, 300))
    print(f"patience {name}: {len(waited)} waited, {gave_up} gave up, sum of waits / abandons {waited.wait_s.sum() / gave_up:.0f} s; {at};"
          f" observed to {last_s:.0f} s (lost {lost:.3f}), then exponential, mean {1 / rate:.0f} s")  # fmt: skip


def redials(calls: RecordedCalls) -> tuple[float, list[tuple[float, float]]]:
    """Share who call again after giving up, net of those who call again after being served, and how soon."""
    known = calls.seeking_an_agent()
    known = known.where(known.customer >= 0)
    start = known.date * 86_400.0 + known.arrived_s
    order = np.lexsort((start, known.customer))
    same = known.customer[order][1:] == known.customer[order][:-1]
    end = start[order] + (known.menu_s + known.wait_s + np.nan_to_num(known.talk_s))[order]
    gap = np.where(same, np.maximum(start[order][1:] - end[:-1], 0.0), np.inf)
    was_served = answered(known)[order][:-1]
    grid = np.concatenate([np.arange(0, 600, 15), np.arange(600, REDIAL_WINDOW_S + 1, 60)])
    again, background = (np.array([(gap[keep] <= t).mean() for t in grid]) for keep in (~was_served, was_served))
    net = np.maximum.accumulate(np.clip((again - background) / (1 - background), 0, 1))
    for t in (300, 600, 3600, 7200):
        at = int(np.searchsorted(grid, t))
        print(f"redial within {t} s: {again[at]:.3f} after giving up, {background[at]:.3f} after service, net {net[at]:.3f}")
    shares = net / net[-1]
    rows = [(float(s), float(np.interp(s, shares, grid))) for s in SHARES]
    return float(net[-1]), rows


# --- arrivals and staff -----------------------------------------------------------------------------------------------


def hourly_rate(calls: RecordedCalls, dates: list[int], since_h: float, until_h: float) -> float:
    inside = np.isin(calls.date, dates) & (calls.arrived_s >= since_h * 3600) & (calls.arrived_s < until_h * 3600)
    return float(inside.sum() / len(dates) / (until_h - since_h))


def profile(calls: RecordedCalls, dates: list[int], group: str, step_h: float, fresh: float) -> dict[str, float]:
    first, last = HOURS[group]
    edges = [first] + [h for h in np.arange(step_h, 24, step_h) if first < h < last] + [last]
    return {clock(a): round(hourly_rate(calls, dates, a, b) * fresh, 2) for a, b in pairwise(edges)}


def clock(hours: float) -> str:
    return f"{int(hours)}:{round(hours % 1 * 60):02d}"


def print_dispersion(calls: RecordedCalls, dates: list[int]) -> float:
    """Day-to-day spread beyond Poisson, weekday means removed; with a bootstrap interval."""
    counts = np.array([(calls.date == d).sum() for d in dates], float)
    days = weekday(np.array(dates))
    for day in GROUPS["sun-thu"]:
        print(f"  offered on {WEEKDAYS[day]}: mean {counts[days == day].mean():.0f}, sd {counts[days == day].std(ddof=1):.0f}")

    def cv(pick: np.ndarray) -> float:
        c, w = counts[pick], days[pick]
        relative = c / np.array([c[w == x].mean() for x in w])
        return float(np.sqrt(max(relative.var(ddof=len(np.unique(w))) - 1 / c.mean(), 0.0)))

    draw = np.random.default_rng(1)
    again = [cv(draw.integers(0, len(counts), len(counts))) for _ in range(500)]
    found = cv(np.arange(len(counts)))
    print(f"  day factor: cv {found:.3f}, 90 % interval {np.quantile(again, 0.05):.3f} to {np.quantile(again, 0.95):.3f}")
    return found


def head_count(calls: RecordedCalls, dates: list[int], group: str) -> dict[str, int]:
    duty = agents_on_duty(calls.where(np.isin(calls.date, dates)), 1800.0, RULE)
    mean, spread = duty.agents.mean(axis=0), duty.agents.std(axis=0, ddof=1)
    first, last = HOURS[group]
    inside = [i for i, s in enumerate(duty.start_s) if first * 3600 <= s < last * 3600]
    print(f"agents on duty, {group}: " + ", ".join(f"{clock(i / 2)} {mean[i]:.1f} (sd {spread[i]:.1f})" for i in inside))
    return {clock(i / 2): max(round(mean[i]), 1) for i in inside}


def write_staff(calls: RecordedCalls, dates: Iterable[int]) -> str:
    """Agents on duty on given days, as a head_count_file."""
    duty = agents_on_duty(calls.where(np.isin(calls.date, list(dates))), 1800.0, RULE)
    names = [dt.date.fromordinal(int(d)).isoformat() for d in duty.date]
    rows = [(name, clock(s / 3600), round(n)) for name, day in zip(names, duty.agents, strict=True) for s, n in zip(duty.start_s, day, strict=True)]
    file = f"staff_{names[0]}_{names[-1]}.csv"
    write_csv(file, ("date", "start", "agents"), rows)
    return file


def write_csv(file: str, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    with open(HERE / file, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def write_law(file: str, rows: list[tuple[float, float]]) -> str:
    write_csv(file, ("share", "seconds"), [(f"{share:g}", f"{seconds:.1f}") for share, seconds in rows])
    return f"{{quantiles: {{file: {file}}}}}"


# --- the scenario -----------------------------------------------------------------------------------------------------


def flow(values: dict[str, Any], indent: int) -> str:
    """A mapping in braces, ten entries a line."""
    parts = [f"{k}: {v:g}" for k, v in values.items()]
    lines = [", ".join(parts[i : i + 10]) for i in range(0, len(parts), 10)]
    return "{" + (",\n" + " " * (indent + 1)).join(lines) + "}"


def week(by_group: dict[str, dict[str, Any]], indent: int) -> str:
    return "".join(f"\n{' ' * indent}{group}: {flow(values, indent + len(group) + 2)}" for group, values in by_group.items())


STEP_H = {"regular": 0.5, "new_customer": 0.5, "stock_exchange": 0.5, "returned_call": 1.0, "english": 4.0, "internet_support": 4.0}


def reason_text(name: str, calls: RecordedCalls, dates: dict[str, list[int]], redial: float) -> str:
    """The section of one reason; what it rests on is printed."""
    own = of_reason(calls, name)
    sought = own.seeking_an_agent()
    lost = 1 - answered(sought).mean()
    known = sought.where((sought.segment >= 0) & (sought.wait_s > 0))
    is_priority = float((known.segment == calls.segment_names.index("priority")).mean())
    talk = sought.talk_s[answered(sought) & np.isfinite(sought.talk_s)]
    print(f"{name}: {len(sought)} sought an agent, {lost:.3f} gave up, mean wait {sought.wait_s.mean():.0f} s, priority {is_priority:.3f} of {len(known)} who waited,"
          f" left in menu {1 - len(sought) / len(own):.3f}, talk mean {talk.mean():.0f} sd {talk.std():.0f} median {np.median(talk):.0f} s, under 10 s {np.mean(talk < 10):.3f}")  # fmt: skip
    rates = {group: profile(sought, dates[group], group, STEP_H[name], 1 - redial * lost) for group in GROUPS}
    segments = "regular" if is_priority < 0.01 else f"{{priority: {is_priority:.3f}, regular: {1 - is_priority:.3f}}}"
    lines = [f"  {name}:  # {REASONS[name]}", f"    segments: {segments}", "    arrivals:", "      day_factor: busyness"]
    lines += [f"      per_hour:{week(rates, 8)}", f"    talk: {write_law(f'talk_{name}.csv', with_mean(quantile_rows(talk), float(talk.mean())))}"]
    lines += [f"    wrap_up: {WRAP_UP_S:g} s"]
    if name in OWN_PATIENCE:
        lines += [f"    patience: {write_law(f'patience_{name}.csv', patience_rows(sought, name))}"]
    return "\n".join(lines)


def scenario_text(calls: RecordedCalls) -> str:
    """The scenario measured on these calls."""
    sought = calls.seeking_an_agent()
    dates = {group: normal_dates(calls, group) for group in GROUPS}
    spread = print_dispersion(sought, dates["sun-thu"])
    redial, delays = redials(calls)
    shared = sought.where(~np.isin(sought.reason, [calls.reason_names.index(n) for n in OWN_PATIENCE]))
    patience_of = {s: write_law(f"patience_{s}.csv", patience_rows(of_segment(shared, s), s)) for s in ("priority", "regular")}
    staff = {group: head_count(calls, dates[group], group) for group in GROUPS}
    return TEMPLATE.format(
        busyness=f"{spread:.2f}",
        menu=write_law("menu.csv", with_mean(quantile_rows(sought.menu_s), float(sought.menu_s.mean()))),
        redial=f"{redial:.2f}",
        delay=write_law("redial.csv", delays),
        hours="".join(f"\n      {g}: {clock(a)}-{clock(b)}" for g, (a, b) in HOURS.items()),
        priority=patience_of["priority"],
        regular=patience_of["regular"],
        reasons="\n".join(reason_text(name, calls, dates, redial) for name in REASONS),
        members="\n      ".join(f"{n}: {{skills: {{internet_support: {{}}}}}}" for n in range(1, INTERNET_AGENTS + 1)),
        head_count=week(staff, 6),
        credit=f"{CREDIT_S:g}",
    )


TEMPLATE = """\
# Written by measure.py from the call files of January to March 1999; see README.md for the source of every number.
title: Phone line of an Israeli bank, 1999 ("Anonymous Bank")
description: >-
  Measured on January to March 1999; April and May are left for judging.
  Data: "Anonymous Bank" call-center data, I. Guedj and A. Mandelbaum, Technion.
  Analysis paper: Brown, Gans, Mandelbaum, Sakov, Shen, Zeltyn, Zhao, JASA 100 (2005) 36-50.
currency: ILS
calendar:
  start: 1999-05-02
  days: 28
  interval: 30 min
  hours:
    phone:{hours}
channels:
  phone:
    lines: unlimited
    menu: {{time: {menu}}}
    try_again: {{after_abandonment: {redial}, tries: unlimited, delay: {delay}}}
    service_level: {{within: 20 s, target: 80 %, formula: answered_of_offered}}
segments:
  priority: {{patience: {priority}}}
  regular: {{patience: {regular}}}
day_factors:
  busyness: {{cv: {busyness}}}
reasons:
{reasons}
teams:
  agents:
    head_count:{head_count}
    lacks: [internet_support]  # few know it
    members:
      {members}
routes:
  everybody: {{teams: [agents]}}
  priority_customers: {{segments: [priority], teams: [agents], credit: {credit} s}}
  returned_calls: {{reasons: [returned_call], segments: [priority, regular], teams: [agents], priority: 1}}
"""


# --- how well it fits -------------------------------------------------------------------------------------------------


def print_talk_fits(calls: RecordedCalls) -> None:
    """Which law of talk times fits better: fitted on the first two thirds of the days, judged on the last third."""
    sought = calls.seeking_an_agent()
    sought = sought.where(answered(sought) & np.isfinite(sought.talk_s))
    cut = np.quantile(np.unique(sought.date), 2 / 3)
    for name in REASONS:
        own = of_reason(sought, name)
        fit = talk_fit(own.talk_s[own.date <= cut], own.talk_s[own.date > cut])
        print(f"talk {name}: Kolmogorov-Smirnov distance on later days: table {fit.table:.3f}, lognormal {fit.lognormal:.3f}, lognormal and short {fit.lognormal_and_short:.3f}")


def print_erlang_a(calls: RecordedCalls) -> None:
    """Erlang A by hour as a planner computes it, with the staff inferred for the same days, against what was observed."""
    print("days after the fit, Sunday to Thursday, by hour: offered a day, agents, talk | observed wait, abandoned | Erlang A wait, abandoned")
    dates = normal_dates(calls, "sun-thu")
    these = calls.where(np.isin(calls.date, dates))
    seen = observed_by_interval(these, 3600.0, 20.0)
    duty = agents_on_duty(these, 3600.0, RULE).agents.mean(axis=0)
    mean_patience_s = float(seen.wait_s.sum() / seen.abandoned.sum())
    errors = []
    for hour in range(7, 24):
        agents = max(round(duty[hour]), 1)
        model = erlang_a.solve(seen.offered[hour] / seen.days / 3600, seen.mean_talk_s[hour] + WRAP_UP_S, agents, patience.exponential(mean_patience_s))
        errors.append((abs(model.mean_wait_s - seen.mean_wait_s[hour]), abs(model.abandoned_share - seen.abandoned_share[hour])))
        print(f"  {hour:2d} {seen.offered[hour] / seen.days:6.1f} {duty[hour]:5.1f} {seen.mean_talk_s[hour]:5.0f} | {seen.mean_wait_s[hour]:5.0f} {seen.abandoned_share[hour]:.3f}"
              f" | {model.mean_wait_s:5.0f} {model.abandoned_share:.3f}")  # fmt: skip
    print(f"  mean absolute error of Erlang A: wait {np.mean([e for e, _ in errors]):.1f} s, abandonment {np.mean([e for _, e in errors]):.3f}")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path, help="folder with calls_*.tsv.gz")
    words.add_argument("--fit-until", type=dt.date.fromisoformat, default=dt.date(1999, 3, 31), help="last day that is measured")
    given = words.parse_args()
    calls = read_calls(sorted(given.folder.glob("calls_*.tsv*")), load_layout(LAYOUT))
    for kind in calls.rejected + calls.mended:
        print(f"{kind.count:7d} lines: {kind.kind} (first: {Path(kind.file).name} line {kind.line})")
    is_fit = calls.date <= given.fit_until.toordinal()
    fit, later = calls.where(is_fit), calls.where(~is_fit)
    (HERE / "scenario.yaml").write_text(scenario_text(fit), encoding="utf-8")
    print_talk_fits(fit)
    if len(later):
        print(f"staff of the later days: {write_staff(calls, np.unique(later.date))}")
        print_erlang_a(later)


if __name__ == "__main__":
    main()
