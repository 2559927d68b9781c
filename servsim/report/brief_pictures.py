"""Pictures of a decision brief, drawn at the size at which they are printed.

::

    Brief -> day_picture (the day by hour in two worlds) | ladder_picture (ways to the same aim) | tornado_picture (what moves the net)
          -> who_picture (people hit by day) | iceberg_picture (what the books show, and what they do not) | worlds_picture

Every picture says whether its numbers are simulated (within the run) or projected (to a year). Never computes an estimate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.report.brief_words import digits, plain_world
from servsim.report.canvas import BLUE, GREEN, GREY, INK, ORANGE, PALE, PURPLE, SKY, VERMILLION, look, readable
from servsim.report.sentence import date_text, plain_name, shortened
from servsim.study.brief import Brief
from servsim.study.options import Option
from servsim.study.sensitivity import Bar, Net
from servsim.study.told import Told

Floats = NDArray[np.float64]

WIDE, HALF, BACK = (7.4, 2.08), (3.64, 2.3), (7.2, 3.3)
"""Inches on A4: the whole width, half of it, and a picture behind the first page."""
SMALL, NORMAL, TITLE = 7.6, 8.2, 9.2
"""Points as printed."""
MOST_BARS = 6
WATER = 1.1
"""Rows of room at the water line of the iceberg, for what stands above and below it."""
CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
FAR = 9.0
"""Dots from which on a label needs a line to its point."""
WITHOUT, WITH = BLUE, VERMILLION


def _figure(size: tuple[float, float]) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    return figure


def _plain(axes: Any, letters: float = SMALL) -> Any:
    axes.tick_params(labelsize=letters, length=2.5, pad=2, width=0.7)
    for spine in axes.spines.values():
        spine.set_linewidth(0.7)
    return axes


def _title(figure: Any, title: str, note: str = "", left: float = 0.0, top: float = 0.995) -> None:
    inches = figure.get_size_inches()[1]
    figure.text(left, top, title, fontsize=TITLE, fontweight="bold", va="top")
    if note:
        figure.text(left, top - 0.185 / inches, note, fontsize=SMALL, color=GREY, va="top")


def _of_world(brief: Brief, name: str) -> str:
    return "nothing decided" if name == "nothing" else plain_world(name)


# ---- the day by hour


def day_picture(brief: Brief) -> Any:
    """Draw the day that is hit most and the next two by hour, in two worlds: people waiting and leaving, and the desk's minutes."""
    closer, plan = brief.closer, brief.base.world.plan
    waiting, left, desk = (closer.by_hour(each) for each in ("waiting", "left", "desk_min"))
    hours = _hours_open(plan, closer.days)
    where = "in line at the counters" if closer.is_counter else "in line on the phone"
    with look():
        figure = _figure(WIDE)
        _title(
            figure, f"The day by hour: people {where}, people who leave" + (f", and the {plain_name(closer.desk)}'s minutes" if closer.desk else ""),
            f"Simulated; means of {len(closer.looked)} replications.  Lines: waiting, mean over the hour.  Bars: gave up or turned round, in the hour.",
        )  # fmt: skip
        _key(figure, ((_of_world(brief, brief.against), WITHOUT), (_of_world(brief, brief.decision), WITH)))
        ratios = (1.55, 1.0) if closer.desk else (1.0, 0.001)
        grid = figure.add_gridspec(2, len(closer.days), left=0.062, right=0.995, top=0.67, bottom=0.12, height_ratios=ratios, hspace=0.16 if closer.desk else 0.0, wspace=0.06)
        top = 1.12 * max(float(waiting.max()), float(left.max()), 0.5)
        for place, day in enumerate(closer.days):
            upper, lower = _plain(figure.add_subplot(grid[0, place])), _plain(figure.add_subplot(grid[1, place]))
            _waiting_panel(upper, hours, waiting[:, place], left[:, place], top)
            _desk_panel(lower, hours, desk[:, place])
            upper.set_title(_day_name(brief, day) + ("" if place == 0 else ", echo"), fontsize=NORMAL, pad=2.0, color=INK, loc="left")
            _panel_edges(upper, lower, place, hours)
            if not closer.desk:
                lower.set_ylabel("")
                lower.set_yticks([])
    return figure


def _hours_open(plan: Any, days: Sequence[int]) -> list[int]:
    opens, closes = np.asarray(plan.window_from_s), np.asarray(plan.window_to_s)
    mine = np.isin(opens // 86_400.0, np.array(days, float))
    first, last = int((opens[mine] % 86_400.0).min() // 3600), int(np.ceil((closes[mine] - opens[mine] // 86_400.0 * 86_400.0).max() / 3600))
    return list(range(first, min(last + 1, 24)))


def _waiting_panel(axes: Any, hours: Sequence[int], waiting: Floats, left: Floats, top: float) -> None:
    middle = np.array(hours) + 0.5
    for shift, row, colour in ((-0.2, left[0], WITHOUT), (0.2, left[1], WITH)):
        axes.bar(middle + shift, row[list(hours)], width=0.36, color=colour, alpha=0.35, linewidth=0)
    for row, colour in ((waiting[0], WITHOUT), (waiting[1], WITH)):
        axes.plot(middle, row[list(hours)], color=colour, linewidth=1.6, marker="o", markersize=2.4)
    axes.set_ylim(0.0, top)


def _desk_panel(axes: Any, hours: Sequence[int], minutes: Floats) -> None:
    middle = np.array(hours) + 0.5
    for shift, row, colour in ((-0.2, minutes[0], WITHOUT), (0.2, minutes[1], WITH)):
        axes.bar(middle + shift, row[list(hours)], width=0.38, color=colour, linewidth=0)
    axes.axhline(60.0, color=GREY, linewidth=0.7, linestyle=(0, (2, 2)))
    axes.set_ylim(0.0, max(64.0, float(minutes.max()) * 1.05))
    axes.set_yticks([0, 30, 60])


def _panel_edges(upper: Any, lower: Any, place: int, hours: Sequence[int]) -> None:
    for axes in (upper, lower):
        axes.set_xlim(hours[0], hours[-1] + 1)
        axes.set_xticks([hour for hour in hours if (hour - hours[0]) % 2 == 0])
    upper.set_xticklabels([])
    lower.set_xticklabels([f"{hour}:00" for hour in hours if (hour - hours[0]) % 2 == 0])
    if place:
        upper.set_yticklabels([])
        lower.set_yticklabels([])
    else:
        upper.set_ylabel("people", fontsize=SMALL, labelpad=1.5)
        lower.set_ylabel("min / h", fontsize=SMALL, labelpad=1.5)


def _day_name(brief: Brief, day: int) -> str:
    return date_text(brief.base.world.scenario.calendar.start + dt.timedelta(days=day))


def _key(figure: Any, words: Sequence[tuple[str, str]]) -> None:
    """Write what the colours stand for, one after the other."""
    height, left = 1.0 - 0.42 / figure.get_size_inches()[1], 0.0
    for word, colour in words:
        figure.text(left, height, "\u25a0", fontsize=NORMAL, color=colour, va="center")
        figure.text(left + 0.016, height, word, fontsize=NORMAL, color=readable(colour), va="center", fontweight="bold")
        left += 0.045 + 0.0093 * len(word)


# ---- ladder of alternatives


def ladder_picture(brief: Brief) -> Any:
    """Draw the ways to the same aim: what each saves inside against what it loses outside."""
    currency = brief.base.world.terms.currency
    aim = brief.decided.spec.aim
    with look():
        figure = _figure(HALF)
        _title(figure, "Ways to the same aim" + (f": {plain_name(aim)}" if aim else ""), f"Each against \u201c{shortened(_of_world(brief, brief.against), 24)}\u201d; grey: dominated{'; fresh seeds' if brief.searched else ''}")
        axes = _plain(figure.add_axes((0.135, 0.15, 0.825, 0.69)))
        for each in brief.options:
            _cross(axes, each, _option_colour(brief, each))
        axes.axhline(0.0, color=PALE, linewidth=0.8, zorder=0)
        axes.axvline(0.0, color=PALE, linewidth=0.8, zorder=0)
        axes.set_xlabel(f"saved inside ({currency})", fontsize=SMALL, labelpad=1.5)
        axes.set_ylabel(f"lost outside ({currency}, projected)", fontsize=SMALL, labelpad=1.5)
        axes.margins(0.16, 0.10)
        axes.xaxis.set_major_locator(_few_ticks())
        axes.yaxis.set_major_locator(_few_ticks())
        axes.xaxis.set_major_formatter(_thousands())
        axes.yaxis.set_major_formatter(_thousands())
        _names_on_points(figure, axes, brief)
    return figure


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=5)


def _thousands() -> Any:
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: f"{value / 1000:,.3g}k".replace("-", "\u2212") if abs(value) >= 1000 else f"{value:,.3g}".replace("-", "\u2212"))


def _option_colour(brief: Brief, option: Option) -> str:
    if option.name == brief.decision:
        return WITH
    if option.is_dominated:
        return "#9A9A9A"
    return BLUE if option.is_reference else GREEN


def _cross(axes: Any, option: Option, colour: str) -> None:
    saving, loss = option.saving, option.loss
    style = {"color": colour, "linewidth": 1.1, "solid_capstyle": "butt"}
    axes.plot([saving.low, saving.high], [loss.value] * 2, **style)
    axes.plot([saving.value] * 2, [loss.low, loss.high], **style)
    axes.plot([saving.value], [loss.value], "o", color=colour, markersize=4.6, zorder=3)


def _names_on_points(figure: Any, axes: Any, brief: Brief) -> None:
    """Write each name beside its point, where it covers no other name or point."""
    figure.canvas.draw()
    box = axes.get_window_extent()
    points = [axes.transData.transform((each.saving.value, each.loss.value)) for each in brief.options]
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in points] + [arm for each in brief.options for arm in _arms(axes, each)]
    order = sorted(range(len(points)), key=lambda place: brief.options[place].is_dominated)
    for place in order:
        option = brief.options[place]
        colour = readable(_option_colour(brief, option))
        text = axes.text(0, 0, _short_name(brief, option), fontsize=SMALL, color=colour, transform=None, va="bottom", ha="left")
        size = text.get_window_extent(figure.canvas.get_renderer())
        spot = _free_spot(points[place], (size.width, size.height), taken, (box.x0, box.y0, box.x1, box.y1))
        taken.append((spot[0], spot[1], spot[0] + size.width, spot[1] + size.height))
        text.remove()
        _leader(figure, points[place], (spot[0], spot[1], spot[0] + size.width, spot[1] + size.height), colour)
        inverse = figure.transFigure.inverted().transform(spot)
        figure.text(*inverse, _short_name(brief, option), fontsize=SMALL, color=colour, va="bottom", ha="left")


Box = tuple[float, float, float, float]


def _arms(axes: Any, option: Option) -> list[Box]:
    """Return the arms of a cross as thin boxes."""
    (left, low), (right, high) = (axes.transData.transform((getattr(option.saving, end), getattr(option.loss, end))) for end in ("low", "high"))
    x, y = axes.transData.transform((option.saving.value, option.loss.value))
    return [(left, y - 3.0, right, y + 3.0), (x - 3.0, low, x + 3.0, high)]


def _leader(figure: Any, point: Floats, label: Box, colour: str) -> None:
    """Draw a thin line from a label to its point where it does not stand beside it."""
    from matplotlib.lines import Line2D

    x, y = (min(max(float(at), low), high) for at, low, high in zip(point, label[:2], label[2:], strict=True))
    if (x - point[0]) ** 2 + (y - point[1]) ** 2 > FAR**2:
        ends = figure.transFigure.inverted().transform([(x, y), tuple(point)])
        figure.add_artist(Line2D(ends[:, 0], ends[:, 1], color=colour, linewidth=0.6))


def _free_spot(point: Floats, size: tuple[float, float], taken: Sequence[Box], inside: Box) -> tuple[float, float]:
    """Return where a label of some size covers least, the nearer the better."""
    width, height = size
    best, least = (float(point[0]), float(point[1])), float("inf")
    for far in (5.0, 12.0, 20.0, 30.0, 42.0, 56.0):
        for across, up in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)):
            left = point[0] + across * far - (width if across < 0 else width / 2 if across == 0 else 0.0)
            low = point[1] + up * far - (height if up < 0 else height / 2 if up == 0 else 0.0)
            left = min(max(left, inside[0] + 2), inside[2] - width)
            low = min(max(low, inside[1] + 2), inside[3] - height)
            cost = sum(_shared((left, low, left + width, low + height), each) for each in taken) + 0.5 * far
            if cost < least:
                best, least = (left, low), cost
    return best


def _shared(one: Box, other: Box) -> float:
    """Return the area that two boxes share."""
    return max(0.0, min(one[2], other[2]) - max(one[0], other[0])) * max(0.0, min(one[3], other[3]) - max(one[1], other[1]))


def _short_name(brief: Brief, option: Option) -> str:
    """Return the name on a point; of a combination with the brief's own decision only what is added."""
    if option.name == brief.decision:
        return "this decision"
    if option.is_reference:
        return f"{shortened(_of_world(brief, option.name), 26)} (0, 0)"
    parts = option.name.split("+")
    mine = brief.decision.split("+")
    if set(mine) < set(parts):
        return "this + " + shortened(" + ".join(plain_name(part) for part in parts if part not in mine), 26)
    return shortened(_of_world(brief, option.name), 30)


# ---- tornado


def tornado_picture(brief: Brief) -> Any:
    """Draw which parameters move the net money most; where none was moved, the net in each preset."""
    currency = brief.base.world.terms.currency
    with look():
        figure = _figure(HALF)
        rows = _tornado_rows(brief)
        _title(figure, f"What moves the net money ({currency})" if brief.bars else f"Net money ({currency})", _tornado_note(brief))
        axes = _plain(figure.add_axes((0.345, 0.15, 0.64, 0.69)))
        for height, (name, low, high, low_word, high_word) in enumerate(reversed(rows)):
            _bar(axes, height, low, high, (low_word, high_word))
            axes.text(-0.03, height, name, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=SMALL, color=INK)
        _zero_and_own(axes, brief.numbers.net, len(rows))
        axes.set_yticks([])
        axes.set_xlabel(f"saved inside less lost outside ({currency})", fontsize=SMALL, labelpad=1.5)
        axes.xaxis.set_major_formatter(_thousands())
        axes.xaxis.set_major_locator(_few_ticks())
    return figure


def _tornado_note(brief: Brief) -> str:
    if brief.bars:
        return "Parameters at both ends of their ranges; projected to a year"
    return "95 % intervals in each preset; projected to a year" if brief.verdict else "95 % interval; tornado=yes moves each parameter"


Row = tuple[str, float, float, str, str]


def _tornado_rows(brief: Brief) -> list[Row]:
    """Return name, both ends and what is written at them."""
    if brief.bars:
        return [_bar_row(each) for each in brief.bars[:MOST_BARS]]
    nets = brief.verdict.nets if brief.verdict is not None else {f"as decided ({brief.settings.replications})": Net(*brief.numbers.net)}
    return [(f"preset {name}" if brief.verdict else "95 % interval", net.low, net.high, "", "") for name, net in nets.items()]


def _bar_row(bar: Bar) -> Row:
    low, high = ((bar.at_low.mean, _end(bar.parameter.low)), (bar.at_high.mean, _end(bar.parameter.high)))
    (left, left_word), (right, right_word) = sorted((low, high))
    return parameter_name(bar.parameter.path), left, right, left_word, right_word


def _end(number: float) -> str:
    return f"{number / 86_400.0:g} d" if number >= 86_400.0 else f"{number:g}"


def parameter_name(path: str) -> str:
    """Return a parameter's name for people: ``owned: leaving``, ``wait points``."""
    steps = path.split(".")
    name = plain_name(steps[-1])
    owner = f"{plain_name(steps[1])}: " if steps[0] in ("segments", "channels") else f"{steps[0]}: " if steps[0] != "loyalty" else ""
    return shortened(f"{owner}{name}", 23)


def _bar(axes: Any, height: float, low: float, high: float, words: tuple[str, str]) -> None:
    for begin, end, colour in ((low, min(high, 0.0), VERMILLION), (max(low, 0.0), high, GREEN)):
        if begin < end:
            axes.barh(height, end - begin, left=begin, height=0.56, color=colour, linewidth=0, alpha=0.85)
    axes.annotate(words[0], (low, height), xytext=(-2, 0), textcoords="offset points", ha="right", va="center", fontsize=SMALL - 0.8, color=GREY, bbox=CLEAR)
    axes.annotate(words[1], (high, height), xytext=(2, 0), textcoords="offset points", ha="left", va="center", fontsize=SMALL - 0.8, color=GREY, bbox=CLEAR)


def _zero_and_own(axes: Any, net: Told, rows: int) -> None:
    low, high = axes.get_xlim()
    low, high = min(low, 0.0, net.value), max(high, 0.0, net.value)
    axes.set_xlim(low - 0.13 * (high - low), high + 0.13 * (high - low))
    axes.set_ylim(-0.6, max(rows, 1) + 0.75)
    axes.axvline(0.0, color=INK, linewidth=1.1)
    axes.axvline(net.value, color=GREY, linewidth=0.9, linestyle=(0, (3, 2)))
    middle = sum(axes.get_xlim()) / 2.0
    axes.annotate(
        "decision flips", (0.0, max(rows, 1) + 0.4), xytext=(3 if middle >= 0 else -3, 0), textcoords="offset points", ha="left" if middle >= 0 else "right", fontsize=SMALL, color=INK, va="center",
        bbox=CLEAR)  # fmt: skip
    if abs(net.value) > 0.02 * (high - low):
        axes.annotate("as found", (net.value, max(rows, 1) - 0.2), xytext=(-2 if net.value < 0 else 2, 0), textcoords="offset points", ha="right" if net.value < 0 else "left", fontsize=SMALL - 0.6, color=GREY, va="center")


# ---- behind the first page


def who_picture(brief: Brief) -> Any:
    """Draw for how many people something got worse, by day of their first contact."""
    days = list(brief.days.items())
    with look():
        figure = _figure((7.2, 1.9))
        _title(figure, "When people are hit", f"Simulated: people for whom something got worse, by day of their first contact; against \u201c{_of_world(brief, brief.against)}\u201d, mean a run")
        axes = _plain(figure.add_axes((0.055, 0.17, 0.94, 0.56)))
        values = [value for _, value in days]
        axes.bar(range(len(days)), values, color=WITH, width=0.72, linewidth=0)
        step = max(1, len(days) // 14)
        axes.set_xticks(range(0, len(days), step), [date_text(dt.date.fromisoformat(name)).rsplit(" ", 1)[0] for name, _ in days[::step]])
        worst = int(np.argmax(values)) if values else 0
        if values and values[worst] > 0.0:
            axes.annotate(digits(values[worst], 2), (worst, values[worst]), xytext=(0, 1.5), textcoords="offset points", ha="center", fontsize=NORMAL, fontweight="bold")
        axes.set_ylabel("people", fontsize=SMALL, labelpad=1.5)
        axes.margins(x=0.01, y=0.14)
    return figure


def iceberg_picture(brief: Brief) -> Any:
    """Draw what changes in the books, and below the water line what no invoice shows."""
    currency = brief.base.world.terms.currency
    above, below = iceberg_rows(brief)
    with look():
        figure = _figure(BACK)
        _title(figure, "The iceberg: what the books show, and what they do not", f"Change against \u201c{_of_world(brief, brief.against)}\u201d, {currency}; lines: 95 % intervals.  To the right: costs more")
        axes = _plain(figure.add_axes((0.32, 0.115, 0.665, 0.72)))
        rows = [*above, *below]
        water = len(below) - 0.5 + WATER / 2.0
        axes.axhspan(-0.75, water, color="#DCEBF5", linewidth=0, zorder=0)
        for place, (name, change, colour) in enumerate(rows):
            height = len(rows) - 1 - place + (WATER if place < len(above) else 0.0)
            axes.barh(height, change.value, height=0.6, color=colour, linewidth=0, zorder=2)
            axes.plot([change.low, change.high], [height] * 2, color=INK, linewidth=1.0, zorder=3)
            axes.text(-0.012, height, name, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=NORMAL)
        axes.axvline(0.0, color=INK, linewidth=0.9, zorder=3)
        axes.axhline(water, color=BLUE, linewidth=1.6, zorder=3)
        axes.text(0.995, water + 0.1, "in the books (simulated)", transform=axes.get_yaxis_transform(), fontsize=SMALL, ha="right", va="bottom", color=readable(BLUE))
        axes.text(0.995, water - 0.12, "in nobody's books", transform=axes.get_yaxis_transform(), fontsize=SMALL, ha="right", va="top", color=readable(BLUE))
        axes.set_ylim(-0.75, len(rows) - 0.25 + WATER)
        axes.set_yticks([])
        axes.xaxis.set_major_formatter(_thousands())
        axes.set_xlabel(currency, fontsize=SMALL, labelpad=1.5)
    return figure


IceRow = tuple[str, Told, str]


def iceberg_rows(brief: Brief) -> tuple[list[IceRow], list[IceRow]]:
    """Return the rows above and below the water line."""
    colours = {"service": SKY, "prevention": GREEN, "appraisal": PURPLE, "internal_failure": ORANGE, "external_failure": VERMILLION}
    above = [(plain_name(line.account), line.difference, colours[line.account]) for line in brief.ledger if not line.says]
    named = (
        ("customers lost in the run (simulated)", "customers_lost", VERMILLION),
        ("at risk to a year (projected)", "at_risk", "#B34A00"),
        ("bad word of mouth (simulated)", "word_of_mouth", PURPLE),
        ("customers' own time (simulated)", "customers_time", GREY),
    )
    return above, [(name, brief.soft[key], colour) for name, key, colour in named if key in brief.soft]


def worlds_picture(brief: Brief) -> Any:
    """Draw the net money of every drawn parameter world."""
    assert brief.share is not None
    nets, currency = np.sort(brief.share.nets), brief.base.world.terms.currency
    with look():
        figure = _figure((7.2, 1.9))
        _title(figure, f"Net money in {brief.share.of} parameter worlds", f"Every parameter drawn from its range at once; projected to a year; {currency}.  Left of the line the decision loses")
        axes = _plain(figure.add_axes((0.055, 0.20, 0.94, 0.53)))
        edges = np.histogram_bin_edges(nets, bins=min(40, max(8, len(nets) // 5)))
        for part, colour in ((nets[nets < 0.0], VERMILLION), (nets[nets >= 0.0], GREEN)):
            axes.hist(part, bins=edges.tolist(), color=colour, linewidth=0)
        axes.axvline(0.0, color=INK, linewidth=1.1)
        axes.axvline(brief.numbers.net.value, color=GREY, linewidth=0.9, linestyle=(0, (3, 2)))
        axes.xaxis.set_major_formatter(_thousands())
        axes.set_ylabel("worlds", fontsize=SMALL, labelpad=1.5)
    return figure
