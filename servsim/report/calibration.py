"""The calibration report: what was measured, in one page. Never measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from servsim.calibrate.account import Line, lines_of, reading_text
from servsim.calibrate.calls import Calibration
from servsim.record.call_file import RecordedCalls
from servsim.report.calibration_pictures import (
    arrivals_picture,
    days_picture,
    patience_picture,
    profiles_picture,
    staff_picture,
    talk_picture,
)
from servsim.report.page import heading, page, paragraph, picture, table


def table_page(data: Mapping[str, Any], lines: Sequence[Line], name: str, source: str) -> str:
    """Return the report of a calibration from intervals or snapshots: arrivals and head counts of its scenario, every number."""
    numbers = table(("what", "value [95 % interval]", "how it was measured"), lines)
    draws = [lambda week=week: profiles_picture(data, week, f"servsim calibrate; {source}") for week in ("arrivals", "head_count")]
    return page(f"Calibration of {name}", [paragraph(f"From {source}."), *(picture(draw) for draw in draws), heading("Every number"), numbers])


def calibration_page(found: Calibration, read: RecordedCalls, name: str, source: str) -> str:
    """Return the report of a calibration as one page of HTML."""
    words = f"servsim calibrate; {source}"
    draws = (arrivals_picture, days_picture, talk_picture, patience_picture, staff_picture)
    numbers = table(("what", "value [95 % interval]", "how it was measured"), lines_of(found))
    return page(
        f"Calibration of {name}",
        [paragraph(f"{len(read):,} contacts from {source}."), heading("How the log was read"), paragraph(reading_text(read)), heading("Pictures"),
         *(picture(lambda draw=draw: draw(found, words)) for draw in draws), heading("Every number"), numbers],  # type: ignore[misc]
    )  # fmt: skip
