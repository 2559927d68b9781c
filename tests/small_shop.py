"""A small shop with account executives, and decisions for it, for tests that compare. It takes hundredths of a second a run."""

from __future__ import annotations

from pathlib import Path

SHOP = """
title: A small shop
calendar: {start: 2026-03-02, days: 3, hours: {counter: {mon-fri: 9:00-11:00}}}
channels: {counter: {try_again: {after_abandonment: 50 %, delay: {exponential: {mean: 20 min}}, tries: 2}}}
segments:
  owned: {customers: 60, own_executive: {team: executives}, patience: {weibull: {mean: 20 min, shape: 2}}, margin: 400}
  private: {customers: 200, patience: {weibull: {mean: 10 min, shape: 2}}, margin: 100}
reasons:
  account_visit:
    segments: owned
    asks_for: own
    cover: visits
    arrivals: {per_hour: 8}
    talk: {lognormal: {mean: 12 min, sd: 8 min}}
    solved: 80 %
    unsolved: {returns: 80 %, delay: 1 day}
  walk_in: {segments: private, arrivals: {per_hour: 18}, talk: {lognormal: {mean: 6 min, sd: 4 min}}, solved: 90 %}
teams:
  executives: {agents: 3, wage: 30}
  clerks: {agents: 2, wage: 20}
routes:
  account: {reasons: [account_visit], teams: [executives]}
  counter: {reasons: [walk_in], teams: [clerks]}
cover:
  visits:
    busy: [wait]
    away: [buddy, come_back]
    buddy: {has_file: 60 %, longest_line: 2}
    come_back: {returns: 90 %}
"""

DECISIONS = {
    "all_at_once": """
title: All but one on a course on Tuesday
why: One trainer, one day.
aim: trained
reference: staggered
set:
  absences.course: {team: executives, agents: 2, on: [2026-03-03]}
costs:
  trainer: {amount: 1000, per: day, first_day: 2026-03-03, last_day: 2026-03-03, account: prevention}
  lunch: {amount: 15, per: person, persons: 2, first_day: 2026-03-03}
expects:
  - {measure: told_to_come_back, sign: up}
  - {measure: mean_wait, sign: same, margin: 1 s, against: nothing}
  - {measure: cost_with_invoices, sign: "-"}
  - {measure: wages, sign: 0, margin: 5 %, against: nothing}
""",
    "staggered": """
title: One executive a day on a course
aim: trained
set:
  absences.course_1: {team: executives, agents: [1], on: [2026-03-03]}
  absences.course_2: {team: executives, agents: [2], on: [2026-03-04]}
costs:
  trainer: {amount: 1000, per: day, first_day: 2026-03-03, last_day: 2026-03-04, account: prevention}
savings:
  hotel: {amount: 120}
""",
    "one_more_clerk": """
title: One more clerk
set: {teams.clerks.agents: 3}
expects:
  - {measure: clerks.occupancy, sign: down}
  - {measure: mean_wait, sign: down}
""",
    "as_it_is": """
title: Two clerks, as there are
set: {teams.clerks.agents: 2, reasons.walk_in.solved: 90 %}
""",
    "a_tenth_of_a_day": """
title: One clerk is away for twenty minutes a day
set: {absences.errand: {team: clerks, agents: [2], hours: 10:00-10:20}}
""",
    "half_day": """
title: The course ends at ten
counters: [all_at_once]
set: {absences.course.hours: 9:00-10:00}
expects:
  - {measure: told_to_come_back, sign: down}
""",
}


def make_shop(folder: Path, **more: str) -> Path:
    """Write the shop and its decisions (and more of them) below ``folder/scenarios`` and return the shop's folder."""
    place = folder / "scenarios" / "shop"
    (place / "decisions").mkdir(parents=True)
    (place / "scenario.yaml").write_text(SHOP, encoding="utf-8")
    for name, text in {**DECISIONS, **more}.items():
        (place / "decisions" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return place
