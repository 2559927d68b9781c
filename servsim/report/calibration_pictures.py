"""Pictures of a calibration and of a backtest: arrivals, laws, patience, agents, prediction beside what happened.

Never measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.calls import Calibration
from servsim.report.canvas import BLUE, CHANNEL_COLOURS, GREEN, GREY, INK, NORMAL, PALE, SMALL, VERMILLION, new_figure
from servsim.study.backtest import Backtest, Tally, ranges_text

Floats = NDArray[np.float64]
MOST_REASONS = 6
MOST_CLASSES = 4
PLOT = (0.07, 0.19, 0.9, 0.62)
"""Left, bottom, width and height of the one plot of a picture, above the line that names the source."""


def arrivals_picture(found: Calibration, source: str) -> Any:
    """Return contacts per hour by time of day, of the largest reasons, with intervals."""
    main = found.main
    figure = new_figure("Arrivals by time of day", f"Contacts per hour on {len(main.dates)} normal days ({main.name}); bands: 95 % intervals of the mean, days as observations", source)
    axes = figure.add_axes(PLOT)
    largest = sorted(found.reasons, key=lambda r: -sum(x.per_h.value for x in found.rates[r][main.name]))[:MOST_CLASSES]
    for reason, colour in zip(largest, CHANNEL_COLOURS, strict=False):
        rates = found.rates[reason][main.name]
        edges = np.array([r.since_s for r in rates] + [rates[-1].until_s]) / 3600
        value, low, high = (np.array([getattr(r.per_h, k) for r in rates]) for k in ("value", "low", "high"))
        axes.stairs(value, edges, color=colour, linewidth=2.2, label=reason)
        axes.fill_between(edges, np.r_[low, low[-1]], np.r_[high, high[-1]], step="post", color=colour, alpha=0.18, linewidth=0)
    _hours(axes, "contacts per hour")
    axes.legend(frameon=False, fontsize=NORMAL)
    return figure


def profiles_picture(data: Mapping[str, Any], what: str, source: str) -> Any:
    """Return ``arrivals`` per hour by reason, or the ``head_count`` by team, of a scenario's first group of weekdays."""
    if what == "arrivals":
        weeks = {name: each["arrivals"]["per_hour"] for name, each in data["reasons"].items()}
    else:
        weeks = {name: each["head_count"] for name, each in data["teams"].items()}
    group = next(iter(next(iter(weeks.values()))))
    figure = new_figure({"arrivals": "Arrivals per hour", "head_count": "Agents on duty"}[what], f"By time of day, {group}", source)
    axes = figure.add_axes(PLOT)
    for (name, week), colour in zip(list(weeks.items())[:MOST_CLASSES], CHANNEL_COLOURS, strict=False):
        times = np.array([int(t.split(":")[0]) + int(t.split(":")[1]) / 60 for t in week[group]])
        edges = np.r_[times, 2 * times[-1] - times[-2] if len(times) > 1 else times[-1] + 1]
        axes.stairs(np.array(list(week[group].values()), float), edges, color=colour, linewidth=2.2, label=name)
    _hours(axes, {"arrivals": "contacts per hour", "head_count": "agents"}[what])
    axes.legend(frameon=False, fontsize=NORMAL)
    return figure


def days_picture(found: Calibration, source: str) -> Any:
    """Return the contacts of every day."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    figure = new_figure("Days", "Contacts a day by group of weekdays; crosses: days left out as low", source)
    axes = figure.add_axes(PLOT)
    dates, counts = np.unique(found.calls.date, return_counts=True)
    for group, colour in zip(found.groups, CHANNEL_COLOURS, strict=False):
        own = np.isin(dates, group.dates)
        axes.plot(_dates(dates[own]), counts[own], "o", color=colour, markersize=5, label=f"{group.name} ({own.sum()})")
        if group.low:
            axes.plot(_dates(np.array([d for d, _ in group.low])), [n for _, n in group.low], "x", color=colour)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("contacts")
    axes.set_ylim(top=1.15 * counts.max())
    axes.legend(frameon=False, fontsize=NORMAL, ncols=3, loc="upper center")
    locator = AutoDateLocator(minticks=1, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    return figure


def _dates(ordinals: NDArray[Any]) -> list[Any]:
    import datetime as dt

    return [dt.date.fromordinal(int(d)) for d in ordinals]


def talk_picture(found: Calibration, source: str) -> Any:
    """Return Q-Q pictures of talk times: quantiles of the fitted laws over those observed, on logarithmic axes."""
    figure = new_figure("Talk times: which law fits", "Q-Q: quantiles of a law (up) over the observed (right), seconds; a law that fits lies on the line", source)
    largest = sorted(found.reasons, key=lambda r: -found.handling.by_reason[r].mean.observations)[:MOST_REASONS]
    for place, reason in enumerate(largest):
        row, column = divmod(place, 3)
        axes = figure.add_axes((0.06 + 0.32 * column, 0.51 - 0.41 * row, 0.26, 0.31))
        _quantiles(axes, found, reason)
    return figure


def _quantiles(axes: Any, found: Calibration, reason: str) -> None:
    talk = found.handling.by_reason[reason]
    sample = np.maximum(talk.sample, 0.5)
    shares = (np.arange(len(sample)) + 0.5) / len(sample)
    low, high = sample[0], sample[-1] * 2
    axes.plot([low, high], [low, high], color=PALE, linewidth=1.5)
    for fit, colour in zip([f for f in talk.fits if f.law != "table"][:3], (VERMILLION, GREEN, BLUE), strict=False):
        axes.plot(sample, _law_quantiles(fit.law, fit.values, shares), ".", color=colour, markersize=3, label=fit.law)
    table = np.array(talk.rows)
    axes.plot(sample, np.maximum(np.interp(shares, table[:, 0], table[:, 1]), 0.5), "-", color=INK, linewidth=1.2, label="table")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.set_title(f"{reason} ({talk.mean.observations:,}): {talk.law}", fontsize=SMALL, loc="left")
    axes.tick_params(labelsize=SMALL - 2)
    axes.legend(frameon=False, fontsize=SMALL - 2)


def _law_quantiles(law: str, values: tuple[float, ...], shares: Floats) -> Floats:
    """Return quantiles of a law with a mean and a standard deviation."""
    from scipy import optimize, special, stats

    mean, sd = values[0], values[1] if len(values) > 1 else values[0]
    if law == "lognormal":
        sigma = np.sqrt(np.log1p((sd / mean) ** 2))
        return np.asarray(stats.lognorm(sigma, 0, mean / np.exp(sigma**2 / 2)).ppf(shares))
    if law == "gamma":
        return np.asarray(stats.gamma((mean / sd) ** 2, 0, sd**2 / mean).ppf(shares))
    if law == "weibull":
        shape = optimize.brentq(lambda k: special.gamma(1 + 2 / k) / special.gamma(1 + 1 / k) ** 2 - 1 - (sd / mean) ** 2, 0.1, 20)
        return np.asarray(stats.weibull_min(shape, 0, mean / special.gamma(1 + 1 / shape)).ppf(shares))
    return np.asarray(stats.expon(0, mean).ppf(shares))


def patience_picture(found: Calibration, source: str) -> Any:
    """Return the Kaplan-Meier curves with their bands, and the tables' tails."""
    figure = new_figure("Patience", "Share still waiting after a time in line, were nobody served (Kaplan-Meier, 95 % bands); dotted: the assumed tail", source)
    axes = figure.add_axes(PLOT)
    classes = {name: p for name, p in {**found.patience_of_segment, **found.patience_of_reason}.items() if p is not None}
    largest = sorted(classes, key=lambda n: -classes[n].abandoned)[:MOST_CLASSES]
    longest = max((classes[n].followed_to_s for n in largest), default=600.0) * 1.3
    for name, colour in zip(largest, CHANNEL_COLOURS, strict=False):
        times, share, low, high = classes[name].curve
        axes.plot(times, share, color=colour, label=f"{name} ({classes[name].abandoned:,} gave up)")
        axes.fill_between(times, low, high, color=colour, alpha=0.2, linewidth=0)
        rows = np.array(classes[name].rows)
        beyond = rows[:, 1] >= classes[name].followed_to_s
        axes.plot(rows[beyond, 1], 1 - rows[beyond, 0], ":", color=colour, linewidth=1.6)
    axes.set_xlim(0, longest)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("seconds in line")
    axes.set_ylabel("share still waiting")
    axes.legend(frameon=False, fontsize=NORMAL)
    return figure


def staff_picture(found: Calibration, source: str) -> Any:
    """Return agents on duty by half hour: mean, spread from day to day, and without rests."""
    main = found.main
    figure = new_figure("Agents on duty, inferred from the calls they took", f"{main.name}: mean, band: 10 to 90 % of days; dashed: without rests while nobody waits", source)
    axes = figure.add_axes(PLOT)
    table = found.on_duty[main.name]
    edges = np.arange(49) / 2
    axes.stairs(table.mean(axis=0), edges, color=BLUE, linewidth=2.4)
    low, high = np.quantile(table, [0.1, 0.9], axis=0)
    axes.fill_between(edges, np.r_[low, low[-1]], np.r_[high, high[-1]], step="post", color=BLUE, alpha=0.18, linewidth=0)
    axes.stairs(found.ready[main.name].mean(axis=0), edges, color=GREY, linewidth=1.6, linestyle="--")
    _hours(axes, "agents")
    axes.set_xlim(main.open_s / 3600, main.close_s / 3600)
    return figure


def _hours(axes: Any, words: str) -> None:
    axes.set_ylim(bottom=0)
    axes.set_xlabel("time of day")
    axes.set_ylabel(words)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:.0f}:00")


def backtest_picture(found: Backtest, source: str) -> Any:
    """Return mean wait and abandonment by hour: observed, simulated with interval, Erlang A."""
    settings = found.settings
    days = f"{len(found.dates)} days of {ranges_text(settings.predict)}, fitted on {ranges_text(settings.fit)}"
    figure = new_figure("Predicted and observed, by hour of the day", f"{days}; recorded arrivals; band: 90 % prediction interval", source)
    measures = (("mean wait (s)", lambda t: t.mean_wait_s, 1.0), ("given up (%)", lambda t: t.abandoned_share, 100.0))
    for place, (words, measure, factor) in enumerate(measures):
        axes = figure.add_axes((0.07 + 0.49 * place, 0.19, 0.42, 0.59))
        _compared(axes, found, measure, factor)
        axes.set_ylabel(words)
        if place == 0:
            axes.legend(frameon=False, fontsize=SMALL)
    return figure


def _compared(axes: Any, found: Backtest, measure: Any, factor: float) -> None:
    recorded = found.predictions[0]
    low, high = recorded.bounds(measure(recorded.tally.over_dates()))
    centre = found.hours + 0.5
    axes.fill_between(centre, factor * low, factor * high, color=BLUE, alpha=0.2, linewidth=0)
    lines: tuple[tuple[Tally, str, str, str], ...] = (
        (recorded.mean(), BLUE, "-", "simulator"), (found.formulas["Erlang A"], VERMILLION, "--", "Erlang A by hour"), (found.observed, INK, "o-", "observed"),
    )  # fmt: skip
    for tally, colour, style, label in lines:
        axes.plot(centre, factor * measure(tally.over_dates()), style, color=colour, label=label, markersize=5)
    _hours(axes, "")


def line_picture(times_h: Floats, observed: Floats, low: Floats, high: Floats, title: str, source: str) -> Any:
    """Return the number of people waiting by time of day: observed, and the simulated interval."""
    figure = new_figure(title, "People waiting, mean over days; band: 90 % prediction interval of the mean", source)
    axes = figure.add_axes(PLOT)
    axes.fill_between(times_h, low, high, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(times_h, observed, "o-", color=INK, markersize=5)
    _hours(axes, "people waiting")
    return figure
