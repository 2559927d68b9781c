"""The backtest's page: sentences, errors, tables by hour, a picture. Never predicts."""

from __future__ import annotations

from servsim.calibrate.days import date_text
from servsim.report.calibration_pictures import backtest_picture
from servsim.report.page import heading, page, paragraph, picture, table
from servsim.study import backtest_text as text
from servsim.study.backtest import Backtest


def backtest_page(found: Backtest, source: str) -> str:
    """Return a backtest as one page of HTML."""
    parts = [paragraph(f"{text.heading(found)}. Log: {source}."), *(paragraph(s) for s in text.sentences(found))]
    parts += [picture(lambda: backtest_picture(found, f"servsim backtest; {source}")), heading("Errors"), table(*text.error_rows(found))]
    far = text.outlying(found)
    if far:
        parts += [heading(f"Errors without {', '.join(date_text(d) for d in far)}"), table(*text.error_rows(found.without(far)))]
    for prediction in found.predictions:
        parts += [heading(f"By hour, {prediction.arrivals.value}"), table(*text.table_rows(found, prediction))]
    return page("Backtest", parts)
