"""The verb ``backtest``: fit on some days of a log, predict others, print the comparison. Predicts nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from servsim.cli.argument import sort_arguments
from servsim.cli.log_words import date_ranges, log_files, only_own, required
from servsim.cli.progress import ProgressLine
from servsim.cli.table import aligned
from servsim.errors import SettingError
from servsim.record.layout_files import layout_file
from servsim.record.table_layout import kind_of_layout
from servsim.study.backtest import LEAST_REPLICATIONS, Backtest, BacktestSettings, backtest

OWN = ("log", "layout", "fit", "predict", "out", "office", "queues", "threshold_s")
SETTINGS = ("replications", "seed", "workers", "overwrite")


def backtest_and_print(words: Sequence[str]) -> int:
    """Fit, predict, compare, write the page and return the exit code."""
    given = sort_arguments(words, own=OWN)
    only_own(given.settings, given.overrides, OWN + SETTINGS)
    own = given.own
    paths, layout = log_files(required(own, "log", "calls.csv")), layout_file(required(own, "layout", "generic_calls"))
    fit, predict = (date_ranges(key, required(own, key, f"[{example}]")) for key, example in (("fit", "1999-01-01..1999-03-31"), ("predict", "1999-04-01..1999-05-31")))
    settings = BacktestSettings(
        fit, predict, _count(given.settings, "replications", LEAST_REPLICATIONS), _count(given.settings, "seed", 1), _workers(given.settings), _seconds(own),
    )  # fmt: skip
    kind = kind_of_layout(layout)
    if kind == "intervals":
        raise SettingError("layout: a backtest needs single contacts or queue snapshots; a file of intervals has neither")
    if kind == "snapshots":
        from servsim.cli.backtest_snapshots import backtest_snapshots

        return backtest_snapshots(paths, layout, settings, own)
    return _of_calls(paths, layout, settings, own)


def _of_calls(paths: Sequence[Path], layout: Path, settings: BacktestSettings, own: dict[str, str]) -> int:
    from servsim.record.call_file import LOG, read_calls
    from servsim.record.layout import load_layout
    from servsim.report.backtest_page import backtest_page

    calls = read_calls(paths, load_layout(layout, LOG.layout), LOG)
    with ProgressLine("replications") as progress:
        found = backtest(calls, settings, progress)
    print(text_of(found))
    where = Path(own.get("out") or "backtest.html")
    where.write_text(backtest_page(found, ", ".join(p.name for p in paths)), encoding="utf-8")
    print(f"\nWritten: {where}")
    return 0


def text_of(found: Backtest) -> str:
    """Return a backtest as text."""
    from servsim.calibrate.days import date_text
    from servsim.study import backtest_text as text

    parts = [text.heading(found)]
    for prediction in found.predictions:
        parts += [f"By hour of the day, {prediction.arrivals.value}:", _table(*text.table_rows(found, prediction))]
    parts.append(_table(*text.error_rows(found)))
    far = text.outlying(found)
    if far:
        parts += [f"Without {', '.join(date_text(d) for d in far)} (far more contacts than usual):", _table(*text.error_rows(found.without(far)))]
    return "\n\n".join([*parts, "\n".join(text.sentences(found))])


def _table(head: list[str], rows: list[list[str]]) -> str:
    return aligned([[cell.strip() for cell in head], *rows])


def _count(given: dict[str, str], key: str, default: int) -> int:
    text = given.get(key)
    if text is None:
        return default
    if not text.isdigit():
        raise SettingError(f"{key}: got {text!r}; must be a whole number")
    return int(text)


def _workers(given: dict[str, str]) -> int | None:
    return None if given.get("workers", "all") == "all" else _count(given, "workers", 1)


def _seconds(own: dict[str, str]) -> float:
    try:
        return float(own.get("threshold_s", "20"))
    except ValueError:
        raise SettingError(f"threshold_s: got {own['threshold_s']!r}; must be a number of seconds") from None
