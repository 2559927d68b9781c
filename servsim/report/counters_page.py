"""The page of a backtest of queue lengths. Never predicts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from servsim.report.calibration_pictures import line_picture
from servsim.report.page import heading, page, paragraph, picture, table
from servsim.study.backtest_counters import LinePrediction


def counters_page(found: Sequence[LinePrediction], head: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[str]) -> str:
    """Return the page as HTML."""
    pictures = [picture(lambda p=p: _picture(p)) for p in found]  # type: ignore[misc]
    return page("Backtest of queue lengths", [*(paragraph(w) for w in words), table(head, rows), heading("By time of day"), *pictures])


def _picture(found: LinePrediction) -> object:
    times = np.unique(found.since_s)
    simulated = np.stack([found.simulated[:, found.since_s == t].mean(axis=1) for t in times], axis=1)
    observed = np.array([found.observed[found.since_s == t].mean() for t in times])
    low, high = np.quantile(simulated, [0.05, 0.95], axis=0)
    return line_picture(times / 3600 + 0.25, observed, low, high, f"{found.queue}: people waiting", f"servsim backtest; {found.arrivals.value}")
