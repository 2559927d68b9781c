"""The small shop of comparisons, with customers who remember, for tests of who is lost and of briefs."""

from __future__ import annotations

from pathlib import Path

from small_shop import DECISIONS, SHOP

MEMORY = """
loyalty: {preset: evidence}
complaints: {team: clerks, solved: 50 %}
recovery: {team: clerks, delay: 1 day, time: 5 min}
"""
MORE = {
    "ask_first": """
title: Half of those who would come are called the evening before
counters: [all_at_once]
set:
  absences.course.notice: {team: clerks, share: 50 %, at: "9:00"}
costs: {letters: {amount: 20, account: prevention, says: Finding the customers}}
""",
    "call_afterwards": """
title: Everybody who was failed is called within the hour
counters: [all_at_once]
set: {recovery.reaches: 100 %, recovery.delay: 1 h, recovery.solved: 90 %}
""",
    "after_hours": """
title: The course on an evening
aim: trained
reference: staggered
set: {absences.course: {team: executives, agents: 2, on: [2026-03-03], hours: "10:30-11:00"}}
costs: {trainer: {amount: 1500, account: prevention}}
""",
}


def make_remembering_shop(folder: Path, **more: str) -> Path:
    """Write the shop and its decisions (and more of them) below ``folder/scenarios`` and return the shop's folder."""
    place = folder / "scenarios" / "shop"
    (place / "decisions").mkdir(parents=True)
    (place / "scenario.yaml").write_text(SHOP + MEMORY, encoding="utf-8")
    for name, text in {**DECISIONS, **MORE, **more}.items():
        (place / "decisions" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return place
