"""Each kind of reference case as worlds to be run and claims about them.

A *trial* is one world with the claims that are made about it; a case is a list of trials. Expected numbers come from
the case; what is only an input (rates, agents) is not claimed. Never runs anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from servsim.rules.codes import Outcome

from . import worlds
from .claim import RARE, Claim, Ratio, Scale, batches_for
from .run import DAY_S, Run, World

Case = dict[str, Any]
MINUTE_S = 60.0


@dataclass(frozen=True)
class Trial:
    """A world and what is claimed about it."""

    world: Callable[[float], World]
    """The world for a sample so many times the usual one."""
    claims: tuple[Claim, ...]
    label: str = ""
    """What tells the trials of one case apart."""
    first: bool = True
    """Whether the trial belongs to the small sample, too."""


# ---- one line: what is measured under which name


def _of(name: str, formula: str = "") -> Callable[[Run], Ratio]:
    return lambda run: run.measure(name, formula)


def _time(name: str) -> Callable[[Run], Ratio]:
    return lambda run: run.time(name)


def _ratio(above: tuple[str, ...], below: tuple[str, ...]) -> Callable[[Run], Ratio]:
    return lambda run: Ratio(sum(run.amount(name) for name in above), sum(run.amount(name) for name in below))


def _mean_number(*amounts: str) -> Callable[[Run], Ratio]:
    return lambda run: run.mean_over_time(*amounts)


LINE: dict[str, Callable[[Run], Ratio]] = {
    "offered_load": _mean_number("busy_s"),
    "mean_busy": _mean_number("busy_s"),
    "rho": _mean_number("busy_s"),
    "occupancy": _of("occupancy"),
    "P_idle": lambda run: Ratio(run.amount("signed_in_s") - run.amount("busy_s"), run.amount("signed_in_s")),
    "P_block": _of("blocked_share"),
    "P_wait": _of("wait_probability"),
    "P_wait_given_admitted": _of("wait_probability"),
    "P_abandon": _of("abandonment_rate", "of_answered_and_abandoned"),
    "P_abandon_given_admitted": _of("abandonment_rate", "of_answered_and_abandoned"),
    "P_abandon_of_offered": _of("abandonment_rate", "of_offered"),
    "P_served_of_offered": _of("answered_share"),
    "P_abandon_within_t": _ratio(("abandoned_within",), ("answered", "abandoned")),
    "EW": _time("mean_wait_s"),
    "EW_admitted": _time("mean_wait_s"),
    "EW_all": _time("mean_wait_s"),
    "EW_fcfs": _time("mean_wait_s"),
    "EW_per_visit": _time("mean_wait_s"),
    "ASA": _time("average_speed_of_answer_s"),
    "EW_abandoned": _time("mean_time_to_abandon_s"),
    "EW_given_wait": lambda run: run.mean(run.wait_s, run.wait_s > 0.0),
    "E_offered_wait": lambda run: run.mean(run.offered_wait_s, ~np.isnan(run.offered_wait_s)),
    "Lq": _of("mean_waiting"),
    "L": _mean_number("waiting_s", "busy_s"),
    "E_number": _mean_number("waiting_s", "busy_s"),
    "mean_talking": _mean_number("talking_s"),
    "mean_wrapping": _mean_number("wrapping_up_s"),
    "SL_served": _of("service_level", "answered_of_offered"),
    "SL_excl": _of("service_level", "abandons_within_left_out"),
    "SL_waitonly": _of("service_level", "within_of_offered"),
    "SL_served_of_offered": _ratio(("answered_within",), ("offered",)),
    "SL_served_given_admitted": _of("service_level", "answered_of_offered"),
    "SL_excl_short_abandons_given_admitted": _of("service_level", "abandons_within_left_out"),
}
"""Every result of a single line by the name the cases give it; by day, in the case's units of time."""


def claims_of(expected: dict[str, Any], known: dict[str, Callable[[Run], Ratio]]) -> tuple[Claim, ...]:
    """Return a claim for each expected number that ``known`` can measure; quantiles become shares of waits beyond them."""
    found = [Claim(name, value, known[name]) for name, value in expected.items() if name in known]
    for level, quantile in expected.get("W_quantiles", {}).items():
        found.append(_quantile_claim(float(level), quantile, expected))
    return tuple(found)


def _quantile_claim(level: float, quantile: float, expected: dict[str, Any]) -> Claim:
    """Claim that the share of waits beyond a quantile is what it leaves; beyond a quantile of 0, the share that waits."""
    share = 1.0 - level if quantile > 0.0 else expected["P_wait"]

    def measured(run: Run) -> Ratio:
        return run.share(run.wait_s > quantile * run.unit_s, run.everybody)

    return Claim(f"P(W > quantile {level:g})", share, measured)


def _line(known: dict[str, Callable[[Run], Ratio]], expected: dict[str, Any], world: Callable[[int], World], contacts: int) -> list[Trial]:
    return [Trial(lambda size: world(round(contacts * size)), claims_of(expected, known))]


def _unlimited_line(known: dict[str, Callable[[Run], Ratio]], expected: dict[str, Any], world: Callable[[int], World], contacts: int) -> list[Trial]:
    return [replace(trial, claims=unlimited(trial.claims)) for trial in _line(known, expected, world, contacts)]


GROWING = (
    "EW", "ASA", "EW_given_wait", "Lq", "L", "E_number", "EW_all", "EW_fcfs", "EW_per_visit", "E_queue_time_per_customer",
    "E_total_time_per_customer", "E_orbit", "E_orbit_closed_form", "E_sum_delays", "mean_delay_per_customer", "E_in_queue_at_close",
    "mean_queue_while_open",
)  # fmt: skip
"""What nothing limits where nobody gives up."""


def unlimited(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Return claims about a line in which nobody gives up: waits, lengths and shares of long waits on the reciprocal scale."""
    return tuple(_unlimited(claim) for claim in claims)


def _unlimited(claim: Claim) -> Claim:
    if claim.name in GROWING or claim.name.startswith(("EW of class", "P(W >")):
        return replace(claim, scale=Scale.RECIPROCAL)
    if not claim.name.startswith("SL_"):
        return claim

    def late(run: Run) -> Ratio:
        above, below = claim.measured(run)
        return Ratio(below - above, below)

    return replace(claim, name=f"1 - {claim.name}", value=1.0 - claim.value, measured=late, scale=Scale.RECIPROCAL)


# ---- lines in steady state


def loss(case: Case, contacts: int = 20_000) -> list[Trial]:
    """Erlang B: as many lines as agents."""
    load, agents = case["inputs"]["offered_load"], case["inputs"]["c"]
    return _line(
        LINE, case["expected"], lambda n: worlds.long_line(load, worlds.lognormal(1.0, 1.0), agents, n, lines=agents), contacts
    )


FEW_BATCHES = 10
"""Batches of the small sample where a line remembers so long that more of them would each be too short."""


def batches_at(size: float, few: int) -> int:
    """Return how many batches a sample is cut into; a large sample is long enough for the usual number."""
    return few if size <= 1.0 else worlds.BATCHES


def delay(case: Case, contacts: int = 20_000, few: int = worlds.BATCHES) -> list[Trial]:
    """Erlang C."""
    given = case["inputs"]
    talk = worlds.exponential(1.0 / given["mu"])

    def world(size: float) -> World:
        return worlds.long_line(given["lam"], talk, given["c"], round(contacts * size), within=given["t"], batches=batches_at(size, few))

    return [Trial(world, unlimited(claims_of(case["expected"], LINE)))]


def staffing(case: Case, contacts: int = 20_000, few: int = worlds.BATCHES) -> list[Trial]:
    """Erlang C at the fewest agents that keep the promise, and at one agent less."""
    given, expected = case["inputs"], case["expected"]
    talk, within = worlds.exponential(1.0), given["within_s"] / given["aht_s"]

    def trial(name: str, agents: int, first: bool) -> Trial:
        def world(size: float) -> World:
            return worlds.long_line(given["offered_load"], talk, agents, round(contacts * size), within=within, batches=batches_at(size, few))

        return Trial(world, unlimited((Claim(name, expected[name], LINE["SL_served"]),)), f"{agents} agents", first)

    quick = few == worlds.BATCHES
    return [trial("SL_at_min", expected["min_agents"], True), trial("SL_one_less", expected["min_agents"] - 1, quick)]


def patience_law(given: dict[str, Any]) -> worlds.Law:
    """Return the patience of a case."""
    if "patience" not in given:
        return worlds.exponential(1.0 / given["theta"])
    law = given["patience"]
    if law["kind"] == "exp":
        return worlds.exponential(1.0 / law["rate"])
    if law["kind"] == "uniform":
        return worlds.uniform(law["b"])
    return worlds.smaller(worlds.exponential(1.0 / law["rate"]), worlds.certain(law["cap"]))


def abandonment(case: Case, contacts: int = 24_000) -> list[Trial]:
    """Erlang A, and the same with other laws of patience."""
    given = case["inputs"]
    talk, patience = worlds.exponential(1.0 / given["mu"]), patience_law(given)
    return _line(
        LINE, case["expected"], lambda n: worlds.long_line(given["lam"], talk, given["c"], n, patience=patience, within=given["t"]), contacts
    )


def few_lines(case: Case, contacts: int = 20_000) -> list[Trial]:
    """A limited number of lines; those who wait hold one, too."""
    given = case["inputs"]
    patience = worlds.exponential(1.0 / given["theta"]) if given["theta"] else None
    talk = worlds.exponential(1.0 / given["mu"])
    return _line(
        LINE,
        case["expected"],
        lambda n: worlds.long_line(given["lam"], talk, given["c"], n, patience=patience, lines=given["K"], within=given["t"]),
        contacts,
    )


SERVICE_BY_SCV = {
    0: worlds.certain(1.0),
    0.5: worlds.erlang(1.0, 2),
    1: worlds.exponential(1.0),
    4.0: worlds.hyperexponential(1.0, 4.0),
}


def one_agent(case: Case, contacts: int = 30_000) -> list[Trial]:
    """M/G/1."""
    given = case["inputs"]
    return _unlimited_line(LINE, case["expected"], lambda n: worlds.long_line(given["lam"], SERVICE_BY_SCV[given["scv"]], 1, n), contacts)


def equal_service(case: Case, contacts: int = 40_000) -> list[Trial]:
    """M/D/c."""
    given = case["inputs"]
    return _unlimited_line(LINE, case["expected"], lambda n: worlds.long_line(given["lam"], worlds.certain(given["service"]), given["c"], n), contacts)


def priorities(case: Case, contacts: int = 30_000) -> list[Trial]:
    """Two classes, the higher first; and the same people first come, first served."""
    given, expected = case["inputs"], case["expected"]
    rates, talk = given["lam_by_class_high_first"], worlds.exponential(1.0 / given["mu"])

    def of_class(number: int) -> Callable[[Run], Ratio]:
        return lambda run: run.mean(run.wait_s, run.reason(f"class_{number}"))

    waits = [Claim(f"EW of class {k + 1}", value, of_class(k)) for k, value in enumerate(expected["EW_by_class"])]

    def world(size: float, ranked: bool) -> World:
        return worlds.classes(rates, talk, given["c"], round(contacts * size), ranked=ranked)

    return [
        Trial(lambda size: world(size, True), unlimited((*waits, Claim("EW_all", expected["EW_all"], LINE["EW"]))), "ranked"),
        Trial(lambda size: world(size, False), unlimited((Claim("EW_fcfs", expected["EW_fcfs"], LINE["EW"]),)), "first come first served"),
    ]


def feedback(case: Case, contacts: int = 20_000) -> list[Trial]:
    """A share of the served joins the line again at once."""
    given = case["inputs"]
    again = {"solved": 1.0 - given["p_repeat"], "unsolved": {"returns": 1, "delay": "0 s", "contacts": 100}}
    known = {
        **LINE,
        "effective_lam": lambda run: Ratio(run.amount("offered"), run.amount("watched_s") / run.unit_s),
        "E_queue_time_per_customer": lambda run: _per_case(run, run.wait_s),
        "E_total_time_per_customer": lambda run: _per_case(run, run.gone_s - run.contacts["queued_s"]),
    }
    return _unlimited_line(
        known,
        case["expected"],
        lambda n: worlds.long_line(given["lam"], worlds.exponential(1.0 / given["mu"]), given["c"], n, reason=lambda _: again),
        contacts,
    )


def _per_case(run: Run, seconds: Any) -> Ratio:
    return Ratio(run.by_day(~np.isnan(seconds), np.nan_to_num(seconds)) / run.unit_s, run.by_day(run.fresh))


def retrials(case: Case, contacts: int = 16_000) -> list[Trial]:
    """No room to wait; who finds the line busy tries again until served."""
    given = case["inputs"]
    known = {
        **LINE,
        "P_blocked_first_attempt": lambda run: run.share(run.contacts["outcome"] == Outcome.BLOCKED, run.fresh),
        "E_orbit": _between_tries,
        "E_orbit_closed_form": _between_tries,
        "P_served": _ratio(("cases_served",), ("cases_served", "cases_given_up")),
    }

    def channel(unit_s: float) -> worlds.Data:
        return {"try_again": {"after_busy": 1, "delay": worlds.exponential(1.0 / given["nu"])(unit_s), "tries": "unlimited"}}

    return _unlimited_line(
        known,
        case["expected"],
        lambda n: worlds.long_line(given["lam"], worlds.exponential(1.0 / given["mu"]), given["c"], n, lines=given["c"], channel=channel),
        contacts,
    )


def _between_tries(run: Run) -> Ratio:
    """Return how many people are between a busy line and their next try, mean over time."""
    contacts = run.contacts
    blocked = contacts["outcome"] == Outcome.BLOCKED
    again_s = np.where(contacts["next_row"] >= 0, contacts["arrived_s"][contacts["next_row"]], np.nan)
    return run.number(contacts["ended_s"], again_s, blocked)


def discouraged(case: Case, contacts: int = 20_000) -> list[Trial]:
    """Arrivals fewer the more people are inside: they join with probability 1 / (inside + 1).

    Half of them leave unless served at once, which tells a busy agent from an idle one; of the others, the share that
    leaves at the sight of n waiting people is n / (n + 2).
    """
    given = case["inputs"]
    balking = {n: n / (n + 2) for n in range(1, 31)}
    return _line(
        LINE,
        case["expected"],
        lambda n: worlds.long_line(
            given["lam"],
            worlds.exponential(1.0 / given["mu"]),
            1,
            n,
            patience=worlds.either(0.5, worlds.certain(0.0), worlds.endless),
            channel=lambda _: {"balking": balking},
        ),
        contacts,
    )


def batch_arrivals(case: Case, contacts: int = 30_000) -> list[Trial]:
    """Several people at once: a recorded list of arrivals."""
    given = case["inputs"]
    low, high = given["batch"]["uniform"]
    sizes = list(range(low, high + 1))
    world = lambda size: worlds.in_batches(given["batch_rate"], sizes, worlds.exponential(1.0 / given["mu"]), round(contacts * size), 1)  # noqa: E731
    return [Trial(world, unlimited(claims_of(case["expected"], LINE)))]


def talk_and_wrap_up(case: Case, contacts: int = 56_000) -> list[Trial]:
    """Agents are busy through talk and wrap-up."""
    given = case["inputs"]
    return _unlimited_line(
        LINE,
        case["expected"],
        lambda n: worlds.long_line(
            given["lam"],
            worlds.exponential(given["talk_mean"]),
            given["c"],
            n,
            reason=lambda unit_s: {"wrap_up": worlds.exponential(given["acw_mean"])(unit_s)},
        ),
        contacts,
    )


def vacations(case: Case, contacts: int = 20_000) -> list[Trial]:
    """The agent is away for some time whenever nobody waits."""
    given = case["inputs"]
    work = worlds.certain(given["vacation"]["value"])
    talk = SERVICE_BY_SCV[given["scv"]]
    claim = Claim("EW", case["expected"]["EW"], lambda run: run.mean(run.wait_s, run.reason("call")))
    return [Trial(lambda size: worlds.with_endless_work(given["lam"], talk, work, round(contacts * size)), unlimited((claim,)))]


def finish_first(case: Case, contacts: int = 30_000) -> list[Trial]:
    """Agents are called away at a constant rate and finish the call in hand first."""
    given = case["inputs"]
    known = {
        "P_abandon": lambda run: run.share(run.contacts["outcome"] == Outcome.ABANDONED, run.reason("call")),
        "P_arrival_waits": lambda run: run.share(run.wait_s > 0.0, run.reason("call")),
        "Lq": lambda run: run.number(run.contacts["queued_s"], run.left_line_s, run.reason("call")),
        "mean_busy": lambda run: run.number(run.contacts["answered_s"], run.contacts["released_s"], run.reason("call")),
        "mean_away": lambda run: run.number(run.contacts["answered_s"], run.contacts["released_s"], ~run.reason("call")),
        "occupancy_of_present": lambda run: _busy_of_present(run, given["c"]),
    }

    def world(size: float) -> World:
        return worlds.called_away(
            given["lam"],
            worlds.exponential(1.0 / given["mu"]),
            worlds.exponential(1.0 / given["theta"]),
            given["c"],
            worlds.exponential(1.0 / given["return_rate"]),
            worlds.exponential(1.0 / given["leave_rate_per_agent"]),
            round(contacts * size),
        )

    return [Trial(world, claims_of(case["expected"], known))]


def _busy_of_present(run: Run, agents: int) -> Ratio:
    busy = run.number(run.contacts["answered_s"], run.contacts["released_s"], run.reason("call")).above
    away = run.number(run.contacts["answered_s"], run.contacts["released_s"], ~run.reason("call")).above
    return Ratio(busy, agents * DAY_S - away)


WHITT_LAWS = {"M": worlds.exponential(1.0), "E2": worlds.erlang(1.0, 2), "LN4": worlds.lognormal(1.0, 2.0)}


def _simulated(expected: dict[str, Any]) -> tuple[Claim, ...]:
    """Return claims about numbers that were simulated elsewhere: ten runs, Student 95 % half widths."""
    from scipy.special import stdtrit

    quantile = float(stdtrit(9, 0.975))
    return tuple(Claim(name, each["mean"], LINE[name], each["ci95_half_width"] / quantile, 9.0) for name, each in expected.items())


def many_agents(case: Case, contacts: int = 25_000) -> list[Trial]:
    """M/GI/100/200+GI."""
    given = case["inputs"]
    talk, patience = WHITT_LAWS[given["service"]], WHITT_LAWS[given["patience"]]
    lines = given["c"] + given["r"]
    return [
        Trial(
            lambda size: worlds.long_line(given["lam"], talk, given["c"], round(contacts * size), patience=patience, lines=lines),
            _simulated(case["expected"]),
        )
    ]


def bank_hour(case: Case) -> list[Trial]:
    """M/LN/7+M."""
    given = case["inputs"]
    talk = worlds.lognormal(given["service"]["lognormal_mean"], given["service"]["sd"])
    patience = worlds.exponential(given["patience_mean"])
    return [
        Trial(
            lambda size: worlds.long_line(given["lam_per_s"], talk, given["c"], round(25_000 * size), patience=patience),
            _simulated(case["expected"]),
        )
    ]


# ---- days that open empty


def bank_day(case: Case) -> list[Trial]:
    """A bank whose doors close after eight hours; all inside are served.

    One line for all tellers: nobody is idle while somebody waits, as with lines between which people jockey.
    """
    given = case["inputs"]
    closes_s = given["open_min"] * MINUTE_S
    known = {
        "E_sum_delays": lambda run: Ratio(run.by_day(run.everybody, run.wait_s) / MINUTE_S, np.ones(run.plan.days)),
        "mean_delay_per_customer": lambda run: run.mean(run.wait_s, run.everybody),
        "E_in_queue_at_close": lambda run: Ratio(_waiting_at(run, closes_s), np.ones(run.plan.days)),
        "mean_queue_while_open": lambda run: _mean_while_open(run, closes_s),
    }

    def world(size: float) -> World:
        rate = {"per_hour": 60.0 * given["lam"]}
        talk = worlds.exponential(given["mean_service"])
        return worlds.short_days(rate, talk, {"agents": given["c"]}, given["open_min"] / 60.0, MINUTE_S, round(120 * size), "24 h")

    claims = unlimited(claims_of(case["expected"], known))
    return [Trial(world, tuple(replace(c, least=400) if c.name == "E_in_queue_at_close" else c for c in claims))]


def _waiting_at(run: Run, second_of_day: float) -> Any:
    return run.inside_at(run.contacts["queued_s"], run.left_line_s, second_of_day)


def _mean_while_open(run: Run, closes_s: float) -> Ratio:
    seconds = run.seconds(run.contacts["queued_s"], run.left_line_s, run.everybody, closes_s)
    return Ratio(seconds.reshape(run.plan.days, -1)[:, 0], np.full(run.plan.days, closes_s))


def call_centre_day(case: Case) -> list[Trial]:
    """Thirteen hours with their own rates and agents."""
    given, expected = case["inputs"], case["expected"]
    hours = len(given["rates_per_h"])
    talk = worlds.exponential(given["mean_service_s"])
    patience = worlds.either(given["p_zero_patience"], worlds.certain(0.0), worlds.exponential(given["mean_patience_s"]))
    clocks = [worlds.clock(hour * 3600.0) for hour in range(hours)]

    def world(size: float) -> World:
        rates = {"per_hour": dict(zip(clocks, given["rates_per_h"], strict=True))}
        team = {"head_count": dict(zip(clocks, given["agents"], strict=True))}
        return worlds.short_days(rates, talk, team, hours, 1.0, round(100 * size), "1 h", patience)

    whole = {
        "E_arrivals": lambda run: Ratio(run.by_day(run.everybody), np.ones(run.plan.days)),
        "mean_wait_all_s": LINE["EW"],
        "P_abandon": LINE["P_abandon_of_offered"],
        "P_delay": lambda run: run.share(run.contacts["queue"] >= 0, run.everybody),
        "occupancy": lambda run: Ratio(_hourly_busy(run)[:, :hours].sum(axis=1), np.full(run.plan.days, sum(given["agents"]) * 3600.0)),
    }
    periods = [claim for hour, row in enumerate(expected["by_period"]) for claim in _period_claims(hour, row)]
    return [Trial(world, (*claims_of(expected, whole), *periods))]


def _hourly_busy(run: Run) -> Any:
    return run.seconds(run.contacts["answered_s"], run.contacts["released_s"], run.everybody, 3600.0).reshape(run.plan.days, 24)


def _period_claims(hour: int, row: dict[str, float]) -> list[Claim]:
    def in_hour(run: Run, time_s: Any) -> Any:
        return (np.nan_to_num(time_s, nan=-1.0) % DAY_S // 3600.0 == hour) & ~np.isnan(time_s)

    def waiting(run: Run) -> Ratio:
        seconds = run.seconds(run.contacts["queued_s"], run.left_line_s, run.everybody, 3600.0)
        return Ratio(seconds.reshape(run.plan.days, 24)[:, hour], np.full(run.plan.days, 3600.0))

    def abandoned(run: Run) -> Ratio:
        gone = (run.contacts["outcome"] == Outcome.ABANDONED) & in_hour(run, run.contacts["ended_s"])
        return Ratio(run.by_day(gone), np.ones(run.plan.days))

    known = {
        "mean_queue": waiting,
        "mean_busy": lambda run: Ratio(_hourly_busy(run)[:, hour], np.full(run.plan.days, 3600.0)),
        "P_delay_arriving": lambda run: run.share(run.contacts["queue"] >= 0, in_hour(run, run.contacts["arrived_s"])),
        "E_abandoned": abandoned,
        "E_queue_end": lambda run: Ratio(_waiting_at(run, (hour + 1) * 3600.0), np.ones(run.plan.days)),
    }
    rare = {"E_queue_end": batches_for(row["P_delay_arriving"])}
    return [Claim(f"{name}, hour {hour + 1}", value, known[name], least=rare.get(name, 0)) for name, value in row.items() if name in known]


def telethon(case: Case) -> list[Trial]:
    """Five mornings; the line is cleared at closing. Published means of 1000 replications with 95 % intervals."""
    given, expected = case["inputs"], case["expected"]
    cap_s, mornings = given["voicemail_after_min"] * MINUTE_S, given["days"]
    at_once = given["awt_min"] * MINUTE_S

    def number(mask: Callable[[Run], Any]) -> Callable[[Run], Ratio]:
        return lambda run: Ratio(mornings * run.by_day(mask(run)), np.ones(run.plan.days))

    def ended(run: Run, outcome: Outcome) -> Any:
        return run.contacts["outcome"] == outcome

    def within(run: Run) -> Any:
        return ended(run, Outcome.ANSWERED) & (run.wait_s <= at_once)

    planned_s = given["agents"] * given["hours"] * 3600.0
    known = {
        "arrivals": number(lambda run: run.everybody),
        "served": number(lambda run: ended(run, Outcome.ANSWERED)),
        "abandoned": number(lambda run: ended(run, Outcome.ABANDONED) & (run.contacts["patience_s"] < cap_s)),
        "messages": number(lambda run: ended(run, Outcome.ABANDONED) & (run.contacts["patience_s"] >= cap_s)),
        "disconnected_at_close": number(lambda run: ended(run, Outcome.DISCONNECTED)),
        "served_within_awt": number(within),
        "speed_of_answer_min": LINE["ASA"],
        "service_level_pct_of_expected_arrivals": lambda run: Ratio(
            100.0 * run.by_day(within(run)), np.full(run.plan.days, given["lam_per_h"] * given["hours"])
        ),
        "occupancy_pct": lambda run: Ratio(100.0 * run.amount("busy_s"), np.full(run.plan.days, planned_s)),
    }

    def world(size: float) -> World:
        talk = worlds.exponential(given["mean_service_min"])
        patience = worlds.smaller(worlds.exponential(given["mean_patience_min"]), worlds.certain(given["voicemail_after_min"]))
        channel = {"lines": given["lines"], "closing": "clear", "service_level": {"within": f"{at_once} s"}}
        return worlds.short_days(
            {"per_hour": given["lam_per_h"]}, talk, {"agents": given["agents"]}, given["hours"], MINUTE_S, round(250 * size), "24 h", patience, **channel
        )

    return [Trial(world, tuple(_published(name, *triple, known[name]) for name, triple in expected.items()))]


def _published(name: str, mean: float, low: float, high: float, measured: Callable[[Run], Ratio]) -> Claim:
    """Return a claim about a printed mean with a printed 95 % interval of 1000 replications."""
    least = 1500 if name == "disconnected_at_close" else 0  # three of a hundred mornings
    return Claim(name, mean, measured, (high - low) / 2.0 / 1.96, 999.0, 0.0005, least)


# ---- rates that change


def wave_from_empty(case: Case) -> list[Trial]:
    """A sinusoidal rate, constant staff, from an empty line: a unit of time is half an hour, each day starts anew."""
    given, expected = case["inputs"], case["expected"]
    unit_s, step_s, agents = 1800.0, 300.0, given["s"]
    hours = max(row["t"] for row in expected["at"]) * unit_s / 3600.0

    def world(size: float) -> World:
        steps = worlds.sinusoid(given["lam_bar"], given["amplitude"], given["period"] * unit_s, step_s, hours * 3600.0)
        rates = {"per_hour": {at: worlds.per_hour(rate, unit_s) for at, rate in steps}}
        return worlds.short_days(rates, worlds.exponential(1.0 / given["mu"]), {"agents": agents}, hours, unit_s, round(150 * size), f"{step_s} s")

    return [Trial(world, tuple(claim for row in expected["at"] for claim in _instant_claims(f"t = {row['t']}", row["t"] * unit_s, agents, row)))]


def _instant_claims(label: str, at_s: float, agents: int, expected: dict[str, float]) -> list[Claim]:
    """Return claims about one time of day: how many are inside and wait, and how often every agent is busy."""

    def ones(run: Run) -> Any:
        return np.ones(run.plan.days - run.first_day)

    def busy(run: Run) -> Any:
        return run.inside_at(run.contacts["answered_s"], run.contacts["released_s"], at_s)

    known = {
        "E_number": lambda run: Ratio(run.inside_at(run.contacts["queued_s"], run.gone_s, at_s), ones(run)),
        "P_delay": lambda run: Ratio((busy(run) >= agents).astype(float), ones(run)),
        "E_queue": lambda run: Ratio(_waiting_at(run, at_s), ones(run)),
    }
    needed = {"P_delay": batches_for(expected["P_delay"]), "E_queue": math.ceil(RARE / expected["P_delay"])}
    return [Claim(f"{name}, {label}", expected[name], known[name], least=needed.get(name, 0)) for name in known if name in expected]


def wave_with_abandonment(case: Case) -> list[Trial]:
    """Patience as short as service: the number inside is a Poisson variable whatever the staff.

    So each staffing of the table is run as a constant one, and looked at where the table has it; a period is a day.
    Staff that follows the table would need calls to be handed over when an agent leaves (R22).
    """
    given, rows = case["inputs"], case["expected"]["rows"]
    unit_s = DAY_S / (2.0 * math.pi)
    at: dict[tuple[str, int], list[dict[str, float]]] = {}
    for row in rows:
        for alpha in ("0.1", "0.5", "0.9"):
            at.setdefault((alpha, row[f"s_alpha_{alpha}"]), []).append(row)

    def claims(alpha: str, agents: int) -> tuple[Claim, ...]:
        found: list[Claim] = []
        for row in at[alpha, agents]:
            at_s = round(row["t_mod_2pi"] * unit_s)
            expected = {"P_delay": row[f"P_delay_alpha_{alpha}"], "E_queue": row[f"E_queue_alpha_{alpha}"]}
            if alpha == "0.5":
                expected["E_number"] = row["offered_load"]
            found += _instant_claims(f"t = {row['t_mod_2pi']:.2f}, {agents} agents", at_s, agents, expected)
        return tuple(found)

    def trial(alpha: str, agents: int) -> Trial:
        def world(size: float) -> World:
            law = worlds.exponential(1.0)
            return worlds.daily_wave(given["lam_bar"], given["amplitude"], unit_s, 300.0, law, agents, round(70 * size), law)

        return Trial(world, claims(alpha, agents), f"{agents} agents", agents in (88, 101, 114))

    return [trial(*key) for key in sorted(at)]


def wave_without_limit(case: Case) -> list[Trial]:
    """More agents than ever needed: size and lag of the wave of calls in progress behind the wave of arrivals.

    The first harmonic of the number busy is split along the expected wave and across it: along is the amplitude,
    across is the lag.
    """
    given, expected = case["inputs"], case["expected"]
    talks = {"exponential": worlds.exponential(given["mean_service_h"]), "deterministic": worlds.certain(given["mean_service_h"])}
    omega = 2.0 * math.pi / (given["period_h"] * 3600.0)

    def harmonic(run: Run, phase: float) -> Any:
        """Return, by arrival day, the busy time weighted with a sine wave of amplitude 2 / day."""
        begin, end = run.contacts["answered_s"], run.contacts["ended_s"]
        over = np.where(np.isnan(end), run.plan.horizon_s, end)
        weighted = (np.cos(omega * begin - phase) - np.cos(omega * over - phase)) / omega
        return run.by_day(run.everybody, weighted) * 2.0 / DAY_S

    def trial(name: str) -> Trial:
        wave, lag = expected[name]["amplitude"], expected[name]["lag_h"]
        phase = omega * lag * 3600.0

        def world(size: float) -> World:
            return worlds.daily_wave(given["lam_bar"], given["amplitude"], 3600.0, 900.0, talks[name], 430, round(12 * size))

        def along(run: Run) -> Ratio:
            days = run.plan.days - run.first_day - 1
            return Ratio(harmonic(run, phase)[:-1], np.ones(days))

        def lag_h(run: Run) -> Ratio:
            days = run.plan.days - run.first_day - 1
            across = harmonic(run, phase + math.pi / 2.0)[:-1]
            return Ratio(lag + across / wave / omega / 3600.0, np.ones(days))

        return Trial(world, (Claim(f"amplitude, {name}", wave, along), Claim(f"lag_h, {name}", lag, lag_h)), name)

    return [trial(name) for name in talks]


def day_counts(case: Case) -> list[Trial]:
    """How many arrive in a day when the day itself is busy or quiet."""
    given, expected = case["inputs"], case["expected"]

    def world(size: float) -> World:
        factor = {"busy_day": {"cv": 1.0 / math.sqrt(given["gamma_shape"])}}
        rate = {"per_day": given["mean"], "day_factor": "busy_day"}
        plain = worlds.short_days(rate, worlds.certain(1.0), {"agents": 1}, 13, MINUTE_S, round(400 * size), "1 h")
        return World({**plain.data, "day_factors": factor}, MINUTE_S, arrivals_only=True)

    def counts(run: Run) -> Any:
        return run.by_day(run.everybody)

    def squares(run: Run) -> Any:
        found = counts(run)
        return (found - found.mean()) ** 2 * len(found) / (len(found) - 1)

    def spread(run: Run) -> Any:
        sd = math.sqrt(squares(run).mean())
        return sd + (squares(run) - sd**2) / (2.0 * sd)  # the delta method, day by day

    known = {"mean": counts, "variance": squares, "sd": spread}
    claims = tuple(Claim(name, value, lambda run, of=known[name]: Ratio(of(run), np.ones(run.plan.days))) for name, value in expected.items())
    return [Trial(world, claims)]
