"""What a backtest found, as a table and a sentence. Never predicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from servsim.calibrate.days import date_text
from servsim.study.backtest import MEASURES, Backtest, Errors, Prediction, Tally, ranges_text

OUTLYING_TIMES = 1.5
"""A day with this many times the contacts of the median day is also shown left out."""
FAR_LEVEL = 0.05
"""A mean level of talk this far from 1 is named as an assumption that fails."""


def table_rows(found: Backtest, prediction: Prediction) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table by hour of the day, all dates together."""
    head = ["hour", "agents", "offered", "answered", "wait s", "simulated [90 %]", "Erlang A", "Erlang C", "given up", "simulated [90 %] ", "Erlang A ", "in 20 s", "simulated [90 %]  "]
    seen, told = found.observed.over_dates(), prediction.mean().over_dates()
    spread = prediction.tally.over_dates()
    erlang_a, erlang_c = (found.formulas[name].over_dates() for name in ("Erlang A", "Erlang C"))
    bounds = {name: prediction.bounds(measure(spread)) for name, measure in MEASURES}
    lost = prediction.bounds(spread.abandoned_share)
    rows = []
    for i, hour in enumerate(found.hours):
        rows.append([
            f"{hour}:00", f"{found.agents[:, i].mean():.1f}", f"{seen.offered[i]:,.0f}", f"{seen.answered[i]:,.0f}",
            f"{seen.mean_wait_s[i]:.0f}", _with(told.mean_wait_s[i], *(b[i] for b in bounds["mean wait"])), _number(erlang_a.mean_wait_s[i]), _number(erlang_c.mean_wait_s[i]),
            _percent(seen.abandoned_share[i]), _with(100 * told.abandoned_share[i], *(100 * b[i] for b in lost)), _percent(erlang_a.abandoned_share[i]),
            _percent(seen.service_level[i]), _with(100 * told.service_level[i], *(100 * b[i] for b in bounds["service level"])),
        ])  # fmt: skip
    return head, rows


def _number(value: float) -> str:
    return f"{value:.0f}" if math.isfinite(value) else "no end"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _with(value: float, low: float, high: float) -> str:
    return f"{value:.0f} [{low:.0f}, {high:.0f}]"


def error_rows(found: Backtest) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the errors of every way of predicting."""
    head = ["mean absolute error", "wait by hour s", "given up by hour", "wait by date and hour s", "given up by date and hour", *(f"covers {name}" for name, _ in MEASURES)]
    rows = []
    for prediction in found.predictions:
        covers = prediction.coverage(found.observed)
        cells = [f"{100 * covers[name]:.0f} %" for name, _ in MEASURES]
        rows.append([f"simulator, {prediction.arrivals.value}", *_errors(found.errors(prediction.mean())), *cells])
    rows += [[name, *_errors(found.errors(tally)), *("" for _ in MEASURES)] for name, tally in found.formulas.items()]
    return head, rows


def _errors(errors: Errors) -> list[str]:
    values = (errors.wait_s, errors.wait_of_date_s)
    shares = (errors.abandoned_share, errors.abandoned_of_date_share)
    wait, wait_of_date = (f"{v:.1f}" if math.isfinite(v) else "no end" for v in values)
    lost, lost_of_date = (f"{v:.3f}" for v in shares)
    return [wait, lost, wait_of_date, lost_of_date]


def outlying(found: Backtest) -> tuple[int, ...]:
    """Return the predicted dates with far more contacts than the median day."""
    totals = found.observed.offered.sum(axis=1)
    far = totals >= OUTLYING_TIMES * np.median(totals)
    return tuple(d for d, is_far in zip(found.dates, far, strict=True) if is_far)


def sentences(found: Backtest) -> list[str]:
    """Return where the simulator is closer, where not, and why."""
    return list(_sentences(found))


def _sentences(found: Backtest) -> Iterator[str]:
    recorded = found.predictions[0]
    yield _closer(found, recorded.mean())
    yield _covered(found, recorded)
    level = found.talk_level
    weight = found.observed.answered.sum(axis=1)
    mean, rms = float(np.average(level, weights=weight)), float(np.sqrt(np.average((level - 1) ** 2, weights=weight)))
    words = "the assumption that the level stays fails" if abs(mean - 1) >= FAR_LEVEL else "the fitted level holds"
    yield f"Talk times were {100 * (mean - 1):+.1f} % against what the fit expects of the same agents, reasons and hours (days: {100 * rms:.0f} % rms, fitted spread {100 * found.found.variation.talk_day:.0f} %): {words}."
    if found.surges:
        yield f"{found.surges:,} recorded contacts came in surges; they are simulated with the talk and patience of the surges of the fit days."
    if found.low_days:
        yield "Not judged, hardly anybody came: " + ", ".join(f"{date_text(d)} ({n})" for d, n in found.low_days) + "."
    if found.foreign:
        yield f"{found.foreign:,} recorded contacts are of reasons that the fit days do not have; left out."


def _closer(found: Backtest, told: Tally) -> str:
    seen, formula = found.observed.over_dates(), found.formulas["Erlang A"].over_dates()
    parts = []
    measures: tuple[tuple[str, Callable[[Tally], Any]], ...] = (("mean wait", lambda t: t.mean_wait_s), ("abandonment", lambda t: t.abandoned_share))
    for words, measure in measures:
        ours, theirs = (np.abs(measure(t) - measure(seen)) for t in (told.over_dates(), formula))
        worse = [f"{h}:00" for h, a, b in zip(found.hours, ours, theirs, strict=True) if a > b]
        parts.append(f"{words} in {int((ours < theirs).sum())} of {len(found.hours)} hours" + (f" (not at {', '.join(worse)})" if worse else ""))
    return f"With recorded arrivals and the same inferred staff the simulator is closer than Erlang A by hour in {' and '.join(parts)}."


def _covered(found: Backtest, prediction: Prediction) -> str:
    parts = ", ".join(f"{name} {100 * share:.0f} %" for name, share in prediction.coverage(found.observed).items())
    return f"{100 * prediction.level:.0f} % prediction intervals cover, of {found.observed.offered.size:,} dates and hours: {parts}."


def heading(found: Backtest) -> str:
    """Return what was fitted and predicted."""
    settings = found.settings
    return (
        f"Fitted on {ranges_text(settings.fit)}; predicted {len(found.dates)} days ({found.group.name}) of {ranges_text(settings.predict)},"
        f" {settings.replications} replications, seed {settings.seed}"
    )
