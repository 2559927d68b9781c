"""The verb ``backtest`` for queue snapshots: the line of some days, predicted from others. Predicts nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from servsim.cli.table import aligned
from servsim.record.plain_file import read_table
from servsim.record.table_layout import load_table_layout
from servsim.study.backtest import BacktestSettings, ranges_text
from servsim.study.backtest_counters import LinePrediction, backtest_counters

HEAD = ["queue", "arrivals", "half hours", "waiting, mean", "simulated", "error by time of day", "error by half hour", "90 % covers", "Erlang C error", "Erlang C no line"]


def backtest_snapshots(paths: Sequence[Path], layout: Path, settings: BacktestSettings, own: dict[str, str]) -> int:
    """Fit, predict, compare, write the page and return the exit code."""
    from servsim.calibrate.snapshots import choose, text_of
    from servsim.report.counters_page import counters_page

    form = load_table_layout(layout)
    table = choose(read_table(paths, form.form, form.wanted), own.get("office", ""), own.get("queues", ""))
    found, predictions = backtest_counters(table, settings.fit, settings.predict, settings.replications, settings.seed)
    rows = [row_of(p) for p in predictions]
    print(f"Fitted on {ranges_text(settings.fit)}, predicted {ranges_text(settings.predict)}\n\n{text_of(found)}\n")
    print(aligned([HEAD, *rows]))
    print("\n" + "\n".join(sentence(p) for p in predictions))
    where = Path(own.get("out") or "backtest.html")
    where.write_text(counters_page(predictions, HEAD, rows, [sentence(p) for p in predictions]), encoding="utf-8")
    print(f"\nWritten: {where}")
    return 0


def row_of(found: LinePrediction) -> list[str]:
    """Return a prediction as a row of the table."""
    error, without = found.erlang_error
    return [
        found.queue, found.arrivals.value, f"{len(found.observed)}", f"{found.observed.mean():.1f}", f"{found.simulated.mean():.1f}", f"{found.error_by_time:.1f}",
        f"{found.error:.1f}", f"{100 * found.coverage:.0f} %", f"{error:.1f}", f"{without}",
    ]  # fmt: skip


def sentence(found: LinePrediction) -> str:
    """Return what a prediction says."""
    error, without = found.erlang_error
    closer = "closer than" if found.error < error or without else "no closer than"
    return (
        f"{found.queue}, {found.arrivals.value}: the simulated line is off by {found.error:.1f} people a half hour, {closer} Erlang C"
        f" ({error:.1f} where it has a line; in {without} of {len(found.observed)} half hours more comes than the counters can do and it has none)."
    )
