"""The reference cases: which are run, which are worked out by hand, which the language cannot express.

Every case of ``reference_cases.json`` must stand in exactly one of ``SIMULATED``, ``BY_HAND`` and ``NOT_EXPRESSED``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from servsim.scenario import language

from . import models, worlds
from .claim import Finding, judge
from .models import Case, Trial
from .run import Run, World, simulate

FILE = Path(__file__).resolve().parents[3] / "shared" / "reference_cases.json"

SIMULATED: dict[str, Callable[[Case], list[Trial]]] = {
    "erlang_b_a1_c1": models.loss,
    "erlang_b_a1_c2": models.loss,
    "erlang_b_a10_c10": models.loss,
    "erlang_b_a100_c110": models.loss,
    "erlang_c_mm1_rho08": lambda case: models.delay(case, 80_000),
    "erlang_c_pyworkforce_100per30_aht3_c14": models.delay,
    "erlang_c_contactcenters_mmc": models.delay,
    "erlang_c_mm50_48permin": lambda case: models.delay(case, 240_000, models.FEW_BATCHES),
    "erlang_c_staffing_a10_80_20": models.staffing,
    "erlang_c_staffing_a100_80_20": lambda case: models.staffing(case, 115_000, models.FEW_BATCHES),
    "erlang_a_48permin_c50_patience2min": models.abandonment,
    "erlang_a_48permin_c48_patience2min": models.abandonment,
    "erlang_a_48permin_c44_patience2min": models.abandonment,
    "mmn_g_c100_lam102_exp": models.abandonment,
    "mmn_g_c100_lam102_uniform0_2": lambda case: models.abandonment(case, 42_000),
    "telethon_patience_min_exp2_cap2": models.abandonment,
    "mmcK_trunks17_balkfree": models.few_lines,
    "mmcK_small_bank": models.few_lines,
    "mg1_rho08_deterministic": models.one_agent,
    "mg1_rho08_erlang2": models.one_agent,
    "mg1_rho08_exponential": models.one_agent,
    "mg1_rho08_hyper_scv4": lambda case: models.one_agent(case, 50_000),
    "mdc_c1": models.equal_service,
    "mdc_c5": models.equal_service,
    "priority_nonpreemptive_mm1": models.priorities,
    "priority_nonpreemptive_mm5_two": models.priorities,
    "mg1_multiple_vacations": models.vacations,
    "mmc_absences_finish_call_c5": models.finish_first,
    "fcr_feedback_mmc": models.feedback,
    "retrial_mm1": models.retrials,
    "retrial_mm5": models.retrials,
    "retrial_mm10": models.retrials,
    "discouraged_arrivals": models.discouraged,
    "batch_arrivals_mx_m1": models.batch_arrivals,
    "talk_plus_wrapup_no_abandon": models.talk_and_wrap_up,
    "mt_m_st_m_sinusoid_isa": models.wave_with_abandonment,
    "mt_m_s_constant_staff_no_abandon": models.wave_from_empty,
    "mt_g_inf_offered_load_lag": models.wave_without_limit,
    "law_kelton_bank_jockeying_4": models.bank_day,
    "law_kelton_bank_jockeying_7": models.bank_day,
    "callcc_fixed_busyness": models.call_centre_day,
    "gamma_poisson_day_counts": models.day_counts,
    "published_contactcenters_telethon": models.telethon,
    "whitt2005_M_E2_E2": lambda case: models.many_agents(case, 60_000),
    "whitt2005_M_E2_LN4": models.many_agents,
    "whitt2005_M_E2_M": models.many_agents,
    "anonymous_bank_like_hour": models.bank_hour,
}
"""Cases that are simulated and compared within an interval."""

class Lack(NamedTuple):
    """What the language would need for a case."""

    feature: str
    section: type
    key: str
    """A key of that section which would say so; once it is there, the case must be simulated."""


HAND_OVER = Lack(
    "an absence that begins at a random moment and takes the agent away in mid-call: the call goes back to the head of its line (R22)",
    language.Absence,
    "in_hand",
)
NOT_EXPRESSED: dict[str, Lack] = {
    "priority_preemptive_resume_mm1": Lack("a contact of higher class that interrupts one of a lower class (R21)", language.Route, "preempts"),
    "mm1_breakdowns_time_dependent": HAND_OVER._replace(
        feature="an absence that begins at a random moment and interrupts the call in hand, which goes on when the agent is back (R22)"
    ),
    "mmc_absences_c5": HAND_OVER,
    "mmc_absences_c10": HAND_OVER,
}
"""Cases that the language cannot express, with the feature each needs."""


class Exact(NamedTuple):
    """A number that must be met to the digits printed."""

    name: str
    expected: float
    found: float


@lru_cache(maxsize=1)
def reference_cases() -> dict[str, Case]:
    """Return the cases by name; none where the file is not there."""
    if not FILE.exists():
        return {}
    return {case["id"]: case for case in json.loads(FILE.read_text(encoding="utf-8"))["cases"]}


@lru_cache(maxsize=1)
def number_of_claims() -> int:
    """Return how many numbers are compared within intervals, over all cases: what the false-alarm rate is divided by."""
    cases = reference_cases()
    return sum(len(trial.claims) for name, trials in SIMULATED.items() if name in cases for trial in trials(cases[name]))


def seed_of(name: str, seed: int) -> int:
    """Return a seed of the case's own: with one seed for all, cases would share their luck."""
    return 1000 * seed + list(SIMULATED).index(name)


def findings(name: str, engine: Any, seed: int, size: float, folder: Path) -> list[Finding]:
    """Simulate a case and judge all its claims; a sample of size below or equal to 1 leaves out trials marked so."""
    found: list[Finding] = []
    for trial in SIMULATED[name](reference_cases()[name]):
        if trial.first or size > 1.0:
            run = simulate(trial.world(size), engine, seed_of(name, seed), folder)
            batches = run.plan.days - run.first_day
            found += [judge(claim, run, number_of_claims()) for claim in trial.claims if batches >= claim.least]
    return found


# ---- worked out by hand


def _by_the_event(world: World, engine: Any, folder: Path) -> tuple[Run, Any]:
    """Run a trace; return the run and its contacts in the order of arrival."""
    import numpy as np

    run = simulate(world, engine, 1, folder)
    return run, np.argsort(run.contacts["arrived_s"], kind="stable")


def _trace(case: Case, engine: Any, folder: Path) -> list[Exact]:
    """One agent, everything known."""
    given, expected = case["inputs"], case["expected"]
    world = worlds.World(
        {
            "calendar": {"days": 1, "interval": "24 h"},
            "channels": {"phone": {}},
            "reasons": {"call": {"arrivals": {"trace": "calls.csv"}, "talk": "1 min"}},
            "teams": {"agents": {"agents": given["c"]}},
        },
        1.0,
        {"calls.csv": worlds.recorded([float(at) for at in given["arrivals"]], talk_s=given["services"])},
    )
    run, order = _by_the_event(world, engine, folder)
    contacts = run.contacts
    found = [
        *_listed("start", expected["starts"], contacts["answered_s"][order]),
        *_listed("wait", expected["waits"], run.wait_s[order]),
        *_listed("departure", expected["departures"], contacts["ended_s"][order]),
    ]
    waiting = run.seconds(contacts["queued_s"], run.left_line_s, run.everybody, 12.0)[0]
    busy = run.seconds(contacts["answered_s"], contacts["released_s"], run.everybody, 12.0)[0]
    return [*found, Exact("Lq", expected["Lq_time_average_0_12"], waiting / 12.0), Exact("occupancy", expected["occupancy_0_12"], busy / 12.0)]


def _priority_trace(case: Case, engine: Any, folder: Path) -> list[Exact]:
    """One agent, two classes, everything known."""
    given, expected = case["inputs"], case["expected"]
    classes = sorted(set(given["classes"]))
    rows = {each: [k for k, name in enumerate(given["classes"]) if name == each] for each in classes}
    world = worlds.World(
        {
            "calendar": {"days": 1, "interval": "24 h"},
            "channels": {"phone": {}},
            "reasons": {each: {"arrivals": {"trace": f"{each}.csv"}, "talk": "1 min"} for each in classes},
            "teams": {"agents": {"agents": given["c"]}},
            "routes": {each: {"reasons": [each], "teams": ["agents"], "priority": int(each == "high")} for each in classes},
        },
        1.0,
        {
            f"{each}.csv": worlds.recorded([float(given["arrivals"][k]) for k in numbers], talk_s=[given["services"][k] for k in numbers])
            for each, numbers in rows.items()
        },
    )
    run, order = _by_the_event(world, engine, folder)
    starts = run.contacts["answered_s"][order]
    return [
        *_listed("start", expected["starts"], starts),
        *_listed("wait", expected["waits"], run.wait_s[order]),
        *_listed("start order", expected["start_order"], starts.argsort(kind="stable")),
    ]


def _listed(name: str, expected: list[float], found: Any) -> list[Exact]:
    return [Exact(f"{name} of contact {number}", value, float(got)) for number, (value, got) in enumerate(zip(expected, found, strict=True))]


def _service_levels(case: Case, engine: Any, folder: Path) -> list[Exact]:
    """One interval, by every formula, of the measures and of theory."""
    from servsim.measure.service_level import service_level
    from servsim.theory.service_level import Counts, service_level_share

    given, expected = case["inputs"], case["expected"]
    at_once, late = given["abandoned_le_20s"], given["abandoned"] - given["abandoned_le_20s"]
    counts = {
        "answered": given["answered"], "abandoned": given["abandoned"], "answered_within": given["answered_le_20s"], "abandoned_within": at_once,
        "abandoned_later": late, "abandoned_short": given["abandoned_le_5s"], "abandoned_long": given["abandoned"] - given["abandoned_le_5s"],
        "flowed_out": 0,
    }  # fmt: skip
    measured = {
        "f1_all_within_over_offered": "within_of_offered",
        "f2_answered_within_over_answered": "answered_of_answered",
        "f3_answered_within_over_offered": "answered_of_offered",
        "f4_answered_within_over_offered_less_abandons_within": "abandons_within_left_out",
        "f5_answered_within_plus_short_abandons_over_offered": "short_abandons_count",
        "genesys_short_abandons_excluded": "genesys_short_abandons_left_out",
        "genesys_abandons_excluded": "genesys_abandons_left_out",
    }
    of_theory = Counts(given["answered"], given["abandoned"], given["answered_le_20s"], at_once, given["abandoned_le_5s"])
    return [
        *(Exact(name, value, service_level(measured[name], counts)) for name, value in expected.items()),
        *(Exact(f"{name} (theory)", value, service_level_share(measured[name].removeprefix("genesys_"), of_theory)) for name, value in expected.items()),
    ]


def _rostered(case: Case, engine: Any, folder: Path) -> list[Exact]:
    """Shrinkage divides."""
    from servsim.theory.staffing import rostered_agents

    given, expected = case["inputs"], case["expected"]
    pairs = zip(given["required"], given["shrinkage"], expected["right"], strict=True)
    return [Exact(f"{required} agents, {share:.1%} shrinkage", right, rostered_agents(required, share)) for required, share, right in pairs]


BY_HAND: dict[str, Callable[[Case, Any, Path], list[Exact]]] = {
    "trace_dd1": _trace,
    "trace_priority": _priority_trace,
    "service_level_formulas": _service_levels,
    "shrinkage_gross_up": _rostered,
}
"""Cases without chance: met to the digits printed."""


def staffing_by_theory(name: str) -> list[Exact]:
    """Return the whole numbers of staffing cases, which a simulation cannot meet within an interval."""
    from servsim.theory import erlang_c
    from servsim.theory.time_varying import agents_for_delay

    case = reference_cases()[name]
    given, expected = case["inputs"], case["expected"]
    if "min_agents" in expected:
        aht_s = given["aht_s"]
        agents = erlang_c.min_agents(given["offered_load"], aht_s, target=given["target"], within_s=given["within_s"])
        return [Exact("min_agents", expected["min_agents"], agents)]
    return [
        Exact(f"agents for P(delay) <= {alpha}, t = {row['t_mod_2pi']:.2f}", row[f"s_alpha_{alpha}"], agents_for_delay(row["offered_load"], alpha))
        for row in expected["rows"]
        for alpha in (0.1, 0.5, 0.9)
    ]


