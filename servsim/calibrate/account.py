"""The account of a calibration: every number with its interval and how it was measured, as lines for a README and a page.

Never measures anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from servsim.calibrate.calls import Calibration
from servsim.calibrate.days import DayGroup, clock, date_text
from servsim.calibrate.estimated import Estimated
from servsim.calibrate.patience import Patience
from servsim.calibrate.scenario_text import class_credits, skill_shares
from servsim.record.call_file import RecordedCalls
from servsim.record.reading import reading_sentences

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Line(NamedTuple):
    """One measured thing."""

    what: str
    value: str
    """With its 95 % interval in brackets."""
    how: str


def number(found: Estimated, digits: int = 0, unit: str = "") -> str:
    """Return a number with its interval: ``188 s [184, 192]``."""
    text = f"{found.value:,.{digits}f}{unit}"
    return text if found.low != found.low else f"{text} [{found.low:,.{digits}f}, {found.high:,.{digits}f}]"


def share(found: Estimated, digits: int = 1) -> str:
    """Return a share with its interval in per cent."""
    return number(found.scaled(100.0), digits, " %")


def lines_of(found: Calibration) -> list[Line]:
    """Return the account of a calibration."""
    parts = (_days, _arrivals, _talk, _agents, _patience, _redial, _menu, _staff, _assumed)
    return [line for part in parts for line in part(found)]


def _days(found: Calibration) -> Iterator[Line]:
    for group in found.groups:
        low = ", ".join(f"{date_text(d)} ({n})" for d, n in group.low) or "none"
        how = "weekdays with like volume (within 30 %) and hours (within 1 h); opening: half hours in which contacts were answered on most days"
        yield Line(f"days {group.name}", f"{len(group.dates)} days, {group.hours_text}", f"{how}; left out as low (under 60 % of the median): {low}")
    if found.surges:
        parts = ", ".join(f"{e.reason} {date_text(e.date)} {clock(e.since_s)}-{clock(e.until_s)} ({e.contacts})" for e in found.surges[:12])
        more = "" if len(found.surges) <= 12 else f" and {len(found.surges) - 12} more"
        yield Line("surges", f"{len(found.surges)}", f"quarter hours with 3 times the usual contacts of a reason and 20 more; their contacts are reasons of their own: {parts}{more}")


def _arrivals(found: Calibration) -> Iterator[Line]:
    main = found.main
    for reason in found.reasons:
        rates = found.rates[reason][main.name]
        hours = sum((r.until_s - r.since_s) / 3600 * r.per_h.value for r in rates)
        top = max(rates, key=lambda r: r.per_h.value)
        yield Line(
            f"arrivals of {reason}", f"{hours:,.1f} a day ({main.name}); most at {clock(top.since_s)}: {number(top.per_h, 1, '/h')}",
            f"mean counts over normal days by {(rates[0].until_s - rates[0].since_s) / 60:.0f} min or so; in the scenario times {found.fresh_share(reason):.3f}:"
            " redials come by themselves",
        )  # fmt: skip
    factor = found.day_factor
    by_day = ", ".join(f"{WEEKDAYS[w]} {number(e)}" for w, e in factor.mean_by_weekday.items())
    yield Line("day factor (busyness)", f"cv {number(factor.cv, 3)}", f"day totals of {main.name}, weekday means and Poisson part taken out; gamma; bootstrap over {factor.days} days. {by_day}")
    yield Line("spread left", f"{factor.dispersion_left:.1f} x Poisson", "half-hour counts about day total x profile; the scenario has 1: campaigns and hours are not modelled")
    yield Line("Poisson within intervals", "rejected" if found.poisson.p_value < 0.01 else "not rejected", f"{found.poisson.sentence}; Brown et al. (2005), section 4.1")


def _talk(found: Calibration) -> Iterator[Line]:
    for reason, talk in found.handling.by_reason.items():
        fits = ", ".join(f"{f.law} {f.distance:.3f}" for f in talk.fits) or "too few times to compare laws"
        yield Line(f"talk of {reason}", number(talk.mean, 0, " s"), f"{talk.mean.observations:,} answered; distance to the last third of the days (Kolmogorov-Smirnov): {fits}")
    hours = ", ".join(f"{h}:00 {x:.2f}" for h, x in enumerate(found.handling.plain_hour_factor) if found.main.open_s <= h * 3600 < found.main.close_s)
    yield Line("talk by time of day", "handling_profile", f"observed over expected by hour, drawn towards 1: {hours}")
    varies = found.variation
    yield Line(
        "levels that vary", f"talk: day {varies.talk_day:.3f}, hour {varies.talk_hour:.3f}; hazard of giving up: day {varies.patience_day:.3f}, hour {varies.patience_hour:.3f}",
        "standard deviations of factors with mean 1, counting noise taken out; not in the scenario, but in the intervals of servsim backtest",
    )  # fmt: skip


def _agents(found: Calibration) -> Iterator[Line]:
    known = sorted((x for x in found.handling.agent_factor.items() if x[1].observations >= 100), key=lambda x: x[1].value)
    if known:
        text = f"{known[0][0]} {number(known[0][1], 2)} to {known[-1][0]} {number(known[-1][1], 2)}"
        yield Line("talk by agent", text, f"{len(known)} agents with 100 calls or more; factor on talk times, same reasons and hours; in the replay of servsim backtest, not in the scenario")
    for reason, part in skill_shares(found).items():
        yield Line(f"who serves {reason}", f"{100 * part:.0f} % of the time on duty", "agents who take under 15 % of their colleagues' mix, beyond chance, lack the skill")


def _patience(found: Calibration) -> Iterator[Line]:
    for name, patience in {**found.patience_of_reason, **found.patience_of_segment}.items():
        if patience is not None:
            yield Line(f"patience of {name}", _patience_text(patience), _patience_how(patience))


def _patience_text(patience: Patience) -> str:
    at = ", ".join(f"{t:.0f} s {share(patience.survival[t])}" for t in (60.0, 300.0))
    return f"still waiting after {at}; waits/abandonments {number(patience.mean_wait_per_abandon, 0, ' s')}"


def _patience_how(patience: Patience) -> str:
    best = ", ".join(f"{f.law} {f.aic:,.0f}" for f in patience.fits)
    return (
        f"Kaplan-Meier of {patience.waited:,} who waited, {patience.abandoned:,} gave up; {share(patience.short_share)} within 5 s,"
        f" {100 * patience.at_once_share:.1f} % within 2 s (not to be told from balking); followed to {patience.followed_to_s:.0f} s,"
        f" then exponential with mean {patience.tail_mean_s:.0f} s (assumed). Akaike: {best}"
    )


def _redial(found: Calibration) -> Iterator[Line]:
    if found.redial is None:
        yield Line("redials", "none", "too few identified callers who gave up; an assumption")
        return
    again = found.redial
    yield Line(
        "redial after giving up", share(again.share), f"{again.known:,} identified: {100 * again.after_giving_up:.1f} % call again within 2 h, after service"
        f" {100 * again.after_service:.1f} %; net of that background. Delay: the net curve. Tries unlimited (assumed)",
    )  # fmt: skip


def _menu(found: Calibration) -> Iterator[Line]:
    if found.menu:
        yield Line("menu time", number(found.menu.mean, 1, " s"), "contacts that seek an agent; who left in the menu is not in the scenario")


def _staff(found: Calibration) -> Iterator[Line]:
    if found.wrap_up:
        wrap = found.wrap_up
        how = f"gaps between two calls of an agent while somebody waits, up to {found.rule.longest_neglect_s:.0f} s; Kaplan-Meier, {wrap.censored:,} censored (the line emptied)"
        yield Line("wrap-up", f"{number(wrap.mean, 1, ' s')}, median {wrap.median_s:.0f} s", how)
    if found.rests:
        how = f"{found.rests.gaps:,} gaps that began with an empty line, in {found.rests.noticed:,} of them somebody waited in vain; Turnbull's estimate"
        yield Line("rests when nobody waits", f"mean {found.rests.mean_s:.0f} s", f"{how}; taken off the head count")
    for group in found.groups:
        yield Line(f"agents on duty, {group.name}", _heads(found, group), f"from calls taken: {_rule(found)}; in brackets the spread from day to day (sd)")
    if len(found.stretches.date):
        yield Line("occupancy", f"{100 * found.occupancy_share:.0f} %", "talk and wrap-up of the inferred time on duty")


def _heads(found: Calibration, group: DayGroup) -> str:
    table = found.on_duty[group.name]
    if not len(table):
        return "unknown"
    mean, spread = table.mean(axis=0), table.std(axis=0)
    halves = range(int(group.open_s // 1800), int(group.close_s // 1800), 2)
    return ", ".join(f"{clock(h * 1800.0)} {mean[h]:.1f} ({spread[h]:.1f})" for h in halves)


def _rule(found: Calibration) -> str:
    rule = found.rule
    return f"on duty from first to last call; a gap over {rule.longest_gap_s / 60:.0f} min, or with over {rule.longest_neglect_s:.0f} s of waiting in it, was an absence"


def _assumed(found: Calibration) -> Iterator[Line]:
    credits = ", ".join(f"{r}/{s} {c:.0f} s" for (r, s), c in class_credits(found).items() if c > 0)
    if credits:
        yield Line("waiting credit", credits, "median difference of waits of pairs that joined within 20 s, both served, both agents able to serve both; a class with under 50 pairs as its segment")
    yield Line("trunk lines", "unlimited", "busy signals are not in the log: an assumption")
    yield Line("service level", "80 % in 20 s", "not in the log: the usual yardstick")


def readme(found: Calibration, name: str, source: str, read: RecordedCalls) -> str:
    """Return the README of a calibrated scenario."""
    table = "\n".join(f"| {line.what} | {line.value} | {line.how} |" for line in lines_of(found))
    first, last = (date_text(d) for d in (min(read.date), max(read.date)))
    return README.format(name=name, source=source, first=first, last=last, contacts=f"{len(read):,}", bad=reading_text(read), table=table)


def reading_text(read: RecordedCalls) -> str:
    """Return what was left out, mended or repeated in reading, one line a kind with an example."""
    return "\n".join(f"- {sentence}" for sentence in reading_sentences(read)) or "- nothing was left out"


README = """\
# {name}: measured from a log

Written by `servsim calibrate` from {source}: {contacts} contacts of {first} to {last}.

    servsim run scenario={name}

`report.html` shows the pictures: arrivals, laws of talk times with Q-Q plots, patience, agents on duty.

## How the log was read

{bad}

## Where each number comes from

95 % intervals in brackets; days, not contacts, are the independent observations.

| what | value | how it was measured |
|---|---|---|
{table}

## What this scenario does not know

- Agents are alike in it and their number is the same on every day of a group of weekdays; in the log they differ and come and go.
  `servsim backtest` predicts with the single agents of the log, day by day.
- Surges have no arrivals: nobody knows when they come. Give `reasons.<name>_surge.arrivals` to see one.
- Nothing before the first and after the last call of an agent can be seen, nor a rest while nobody waits.
"""
