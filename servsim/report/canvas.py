"""The common look of all pictures: size, letters, colours, titles, source line, and how files are written.

One layout of 12 x 6.75 inches serves slides (1600 x 900) and print (16 cm wide). Colours are those of Okabe and Ito
(2008), distinct to the colour-blind. matplotlib is imported late. Never reads a measure.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servsim.report.sentence import shortened

SIZE_IN = (12.0, 6.75)
PNG_DPI = 200
LABEL_LETTERS = 17
"""Letters that fit right of the axes."""
SMALL, NORMAL, LARGE = 11.5, 14.0, 19.0
"""Points on a canvas 12 inches wide; 10.5 of these are 14 points on a slide of 1600 x 900."""

BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
INK, GREY, PALE = "#1A1A1A", "#595959", "#D9D9D9"
CHANNEL_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE)
TEAM_COLOURS = (INK, ORANGE, PURPLE, SKY, GREEN, VERMILLION)

LOOK: dict[str, Any] = {
    "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": NORMAL, "axes.titlesize": NORMAL, "axes.labelsize": NORMAL,
    "xtick.labelsize": NORMAL, "ytick.labelsize": NORMAL, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY,
    "axes.labelcolor": INK, "xtick.color": GREY, "ytick.color": GREY, "text.color": INK, "axes.grid": False, "lines.linewidth": 2.4,
    "svg.hashsalt": "servsim", "svg.fonttype": "path", "path.simplify": False, "figure.facecolor": "white", "axes.unicode_minus": True,
}  # fmt: skip


@contextmanager
def look() -> Iterator[None]:
    """Apply the common look while a picture is made or written; the user's own settings play no part."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOK)  # type: ignore[arg-type,unused-ignore]
        yield


def new_figure(title: str, subtitle: str, source: str) -> Any:
    """Return an empty figure with its title, what it shows in small, and where it comes from."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_IN)
    FigureCanvasAgg(figure)
    figure.text(0.02, 0.965, _cut(title, 84), fontsize=LARGE, fontweight="bold", va="top")
    figure.text(0.02, 0.898, _cut(subtitle, 132), fontsize=NORMAL - 1.0, color=GREY, va="top")
    figure.text(0.02, 0.02, "\n".join(_cut(line, 150) for line in source.split("\n")), fontsize=SMALL, color=GREY, va="bottom")
    return figure


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 2].rstrip() + " ..."


def says(figure: Any, text: str) -> Any:
    """Write in the middle of a picture why there is nothing to see."""
    figure.text(0.5, 0.5, text, fontsize=NORMAL + 2.0, color=GREY, ha="center", va="center", wrap=True)
    return figure


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart: at least ``gap`` between neighbours, within bounds, order kept, as near to their places as can be.

    Where they do not fit, they are spread evenly.
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    if not order:
        return []
    if gap * (len(order) - 1) >= high - low:
        step = (high - low) / max(len(order) - 1, 1)
        moved = [low + step * k for k in range(len(order))]
    else:
        moved = _pushed([min(max(places[k], low), high) for k in order], gap, low, high)
    found = [0.0] * len(order)
    for place, k in zip(moved, order, strict=True):
        found[k] = place
    return found


def _pushed(sorted_places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Pool neighbours that are too near into groups around their mean (isotonic regression of the places)."""
    groups: list[tuple[float, int]] = []
    for k, place in enumerate(sorted_places):
        groups.append((place - k * gap, 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (a, m), (b, n) = groups[-2], groups[-1]
            groups[-2:] = [((a * m + b * n) / (m + n), m + n)]
    flat = [value for value, count in groups for _ in range(count)]
    top = high - (len(flat) - 1) * gap
    return [min(max(value, low), top) + k * gap for k, value in enumerate(flat)]


def right_labels(axes: Any, labels: Sequence[tuple[str, float, float, str]], letters: float = NORMAL - 1.0) -> None:
    """Write (text, place and height in data units, colour) right of the axes, moved apart, with a thin line to the place."""
    low, high = axes.get_ylim()
    height_pt = axes.get_position().height * SIZE_IN[1] * 72.0
    unit = (high - low) / height_pt
    heights = spread([height for _, _, height, _ in labels], 1.25 * letters * unit, low + 0.5 * letters * unit, high - 0.3 * letters * unit)
    for (text, place, true_height, colour), height in zip(labels, heights, strict=True):
        axes.annotate(
            shortened(text, LABEL_LETTERS), xy=(place, true_height), xycoords="data", xytext=(1.035, height), textcoords=("axes fraction", "data"),
            fontsize=letters, color=readable(colour), va="center", ha="left", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.9, "shrinkA": 2.0, "shrinkB": 0.0, "relpos": (0.0, 0.5)},
        )  # fmt: skip


def colour_key(figure: Any, words: Sequence[tuple[str, str]], left: float, height: float) -> None:
    """Write a line of coloured squares with what they stand for."""
    for word, colour in words:
        figure.text(left, height, "\u25a0", fontsize=NORMAL + 2.0, color=colour, va="center")
        figure.text(left + 0.018, height, word, fontsize=NORMAL - 1.0, va="center")
        left += 0.04 + 0.0095 * len(word)


def readable(colour: str) -> str:
    """Return a colour dark enough for letters on white."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    dim = min(1.0, 105.0 / light) if light else 1.0
    return f"#{round(red * dim):02X}{round(green * dim):02X}{round(blue * dim):02X}"


def save(figure: Any, folder: Path, name: str) -> list[Path]:
    """Write a picture as PNG (200 dots per inch) and SVG; the same picture gives the same bytes. Returns the files."""
    found = []
    for ending, options in (("png", {"dpi": PNG_DPI, "metadata": {"Software": None}}), ("svg", {"metadata": {"Date": None, "Creator": None}})):
        picture = io.BytesIO()
        with look():
            figure.savefig(picture, format=ending, **options)
        found.append(_written(folder / f"{name}.{ending}", picture.getvalue()))
    return found


def _written(path: Path, content: bytes) -> Path:
    """Write beside and rename, so that a killed run leaves no half picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(content)
    os.replace(beside, path)
    return path
