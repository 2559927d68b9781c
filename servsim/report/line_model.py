"""A channel of the user's own scenario as a line of queueing theory, or the reasons why theory has no formula for it.

Every assumption of the exact formulas is checked by a function of its own, which yields a sentence where it fails.
Never computes a formula and never reads a log.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.report.sentence import plain_name, plain_number
from servsim.rules.distribution import cdf_of, entry_of, mean_of, sd_of
from servsim.scenario.demand import law_on, patience_on
from servsim.scenario.language import Law, Scenario
from servsim.scenario.route import contacts_of
from servsim.theory import patience as patience_laws
from servsim.theory.patience import Patience, PatienceLaw
from servsim.theory.registry import LineModel, Rank, ServiceLaw, applicable

CLOSE = 1e-9


class Kind(NamedTuple):
    """One kind of contact of a channel."""

    reason: int
    segment: int
    rate_per_s: float
    """In the long run, those contained by the menu left out."""
    mean_s: float
    """Of the agent's work, at the agents' speed."""
    sd_s: float
    service: ServiceLaw
    patience: Law | None
    """``None``: for ever."""
    queue: int
    priority: int


class ChannelLine(NamedTuple):
    """A channel as theory sees it."""

    channel: str
    team: str
    """Who serves; '' where it is not one team."""
    model: LineModel | None
    """``None`` where an assumption fails."""
    fails: tuple[str, ...]
    """Why there is no formula, a clause each."""
    classes: tuple[tuple[str, str], ...]
    """By rank, highest first: the noun and name of the group that measures the class (``reason``, ``bill``); or empty."""


class Seen(NamedTuple):
    """What the checks look at."""

    scenario: Scenario
    plan: Plan
    names: Names
    channel: int
    kinds: tuple[Kind, ...]
    agents: tuple[int, ...]
    """Who sees the lines of the channel."""

    @property
    def reasons(self) -> list[int]:
        """Reasons that come by the channel."""
        return sorted({kind.reason for kind in self.kinds})

    @property
    def capacity(self) -> int:
        """Lines or places; -1 unlimited."""
        return int(self.plan.channel_capacity[self.channel])

    @property
    def somebody_gives_up(self) -> bool:
        """Whether anybody's patience ends."""
        return any(kind.patience is not None for kind in self.kinds)


def channel_lines(scenario: Scenario, plan: Plan, names: Names, terms: Terms) -> list[ChannelLine]:
    """Return every channel by which somebody comes, as theory sees it."""
    seen = [_seen(scenario, plan, names, channel) for channel in range(len(names.channels))]
    return [_line(each, float(terms.within_s[each.channel])) for each in seen if each.kinds]


def _line(seen: Seen, within_s: float) -> ChannelLine:
    name, teams = seen.names.channels[seen.channel], {int(seen.plan.agent_team[agent]) for agent in seen.agents}
    team = seen.names.teams[teams.pop()] if len(teams) == 1 else ""
    fails = tuple(dict.fromkeys(text for check in ASSUMPTIONS for text in check(seen)))
    if fails:
        return ChannelLine(name, team, None, fails, ())
    model = _model(seen, within_s)
    unknown = _no_formula(model)
    return ChannelLine(name, team, None if unknown else model, unknown, _classes(seen))


def _no_formula(model: LineModel) -> tuple[str, ...]:
    if applicable(model):
        return ()
    if model.patience.law is PatienceLaw.ENDLESS and model.capacity is None and not model.can_empty:
        return (f"the line grows without end: {plain_number(model.offered_load_erlang)} Erlang for {model.agents} agents",)
    return (f"no exact formula is known for {kendall(model)}",)


def kendall(model: LineModel) -> str:
    """Return a line in Kendall's notation: ``M/G/20/30+M``."""
    service = {ServiceLaw.EXPONENTIAL: "M", ServiceLaw.DETERMINISTIC: "D", ServiceLaw.GENERAL: "G"}[model.service_law]
    gives_up = {PatienceLaw.ENDLESS: "", PatienceLaw.EXPONENTIAL: "+M", PatienceLaw.GENERAL: "+G"}[model.patience.law]
    places = "" if model.capacity is None else f"/{model.capacity}"
    ranks = "" if model.has_one_queue else " with ranks"
    return f"M/{service}/{model.agents}{places}{gives_up}{ranks}"


# ---- what is there


def _seen(scenario: Scenario, plan: Plan, names: Names, channel: int) -> Seen:
    kinds = tuple(_kinds(scenario, plan, names, channel))
    queues = {kind.queue for kind in kinds}
    agents = tuple(agent for agent in range(len(names.agents)) if queues & set(_queues_of(plan, agent)))
    return Seen(scenario, plan, names, channel, kinds, agents)


def _queues_of(plan: Plan, agent: int) -> list[int]:
    return [int(q) for q in plan.agent_queue[plan.agent_queue_offset[agent] : plan.agent_queue_offset[agent + 1]]]


def _kinds(scenario: Scenario, plan: Plan, names: Names, channel: int) -> Iterator[Kind]:
    for reason, reason_name in enumerate(names.reasons):
        rate_per_s = float(plan.cell_mean[plan.cell_reason == reason].sum()) / plan.horizon_s
        for contact in contacts_of(scenario, reason_name):
            if contact.channel == names.channels[channel] and rate_per_s > 0.0:
                yield _kind(scenario, plan, names, reason, names.segments.index(contact.segment), channel, rate_per_s * contact.share)


def _kind(scenario: Scenario, plan: Plan, names: Names, reason: int, segment: int, channel: int, rate_per_s: float) -> Kind:
    name = names.reasons[reason]
    each, channel_name = scenario.reasons[name], names.channels[channel]
    queue = int(plan.queue_of[(channel * len(names.reasons) + reason) * len(names.segments) + segment])
    place = (channel * len(names.reasons) + reason) * len(names.segments) + segment
    parts = [law for law in (law_on(work, channel_name) for work in (each.talk, each.search, each.wrap_up)) if law is not None and mean_of(law) > 0.0]
    speed = _speed_of_queue(plan, queue, reason)
    patience = patience_on(scenario, name, names.segments[segment], channel_name)
    return Kind(
        reason,
        segment,
        rate_per_s * (1.0 - float(plan.contained[reason * len(names.channels) + channel])),
        math.fsum(mean_of(law) for law in parts) / speed,
        math.sqrt(math.fsum(sd_of(law) ** 2 for law in parts)) / speed,
        _service_law(parts),
        None if patience is None or _is_endless(patience) else patience,
        queue,
        int(plan.priority[place]),
    )


def _speed_of_queue(plan: Plan, queue: int, reason: int) -> float:
    """Return the speed of the first agent who serves a line; whether all are alike is a check of its own."""
    if queue < 0:
        return 1.0
    team = int(plan.step_team[plan.step_offset[queue]])
    first = int(plan.team_first[team])
    return float(plan.speed[first * len(plan.asks_own) + reason]) if first < int(plan.team_first[team + 1]) else 1.0


def _service_law(parts: list[Law]) -> ServiceLaw:
    if all(law.kind == "deterministic" for law in parts):
        return ServiceLaw.DETERMINISTIC
    return ServiceLaw.EXPONENTIAL if len(parts) == 1 and parts[0].kind == "exponential" else ServiceLaw.GENERAL


def _is_endless(law: Law) -> bool:
    return law.kind == "deterministic" and math.isinf(law.values[0])


# ---- the model


def _model(seen: Seen, within_s: float) -> LineModel:
    rates = np.array([kind.rate_per_s for kind in seen.kinds])
    means, sds = np.array([kind.mean_s for kind in seen.kinds]), np.array([kind.sd_s for kind in seen.kinds])
    mean_s = float(rates @ means / rates.sum())
    second = float(rates @ (sds**2 + means**2) / rates.sum())
    laws = {kind.service for kind in seen.kinds}
    alike = len(laws) == 1 and float(np.ptp(means)) <= CLOSE * mean_s
    by_rank = _by_rank(seen)
    return LineModel(
        rate_per_s=float(rates.sum()),
        service_mean_s=mean_s,
        agents=len(seen.agents),
        service_law=laws.pop() if alike else ServiceLaw.GENERAL,
        service_scv=max(second / mean_s**2 - 1.0, 0.0),
        patience=_patience(seen.kinds),
        capacity=None if seen.capacity < 0 else seen.capacity,
        class_rates_per_s=_class_rates(by_rank, float(rates.sum())),
        rank=Rank.NON_PREEMPTIVE if len(by_rank) > 1 else Rank.FIRST_COME,
        within_s=within_s,
    )


def _by_rank(seen: Seen) -> list[list[Kind]]:
    """Return the kinds of each rank, highest first; one list where agents take who has waited longest."""
    if any(int(seen.plan.team_picks[int(seen.plan.agent_team[agent])]) for agent in seen.agents):
        return [list(seen.kinds)]
    ranks = sorted({kind.priority for kind in seen.kinds}, reverse=True)
    return [[kind for kind in seen.kinds if kind.priority == rank] for rank in ranks]


def _class_rates(by_rank: list[list[Kind]], total_per_s: float) -> tuple[float, ...]:
    if len(by_rank) < 2:
        return ()
    rates = [math.fsum(kind.rate_per_s for kind in kinds) for kinds in by_rank]
    return (*rates[:-1], total_per_s - math.fsum(rates[:-1]))


def _classes(seen: Seen) -> tuple[tuple[str, str], ...]:
    """Return which reason (or segment) measures each rank; empty where none does exactly."""
    by_rank = _by_rank(seen)
    if len(by_rank) < 2:
        return ()
    for noun, names in (("reason", seen.names.reasons), ("segment", seen.names.segments)):
        numbers = [{int(getattr(kind, noun)) for kind in kinds} for kinds in by_rank]
        single = all(len(each) == 1 for each in numbers) and len(set().union(*numbers)) == len(numbers)
        if single and all(_comes_only_here(seen, noun, names[next(iter(each))]) for each in numbers):
            return tuple((noun, names[next(iter(each))]) for each in numbers)
    return ()


def _comes_only_here(seen: Seen, noun: str, name: str) -> bool:
    channel = seen.names.channels[seen.channel]
    contacts = (contact for reason in seen.scenario.reasons for contact in contacts_of(seen.scenario, reason))
    return all(contact.channel == channel for contact in contacts if getattr(contact, noun) == name)


def _patience(kinds: tuple[Kind, ...]) -> Patience:
    """Return the patience of a line; of several laws, their mixture."""
    laws = {kind.patience for kind in kinds}
    if len(laws) == 1:
        return patience_of(laws.pop())
    weight = math.fsum(kind.rate_per_s for kind in kinds)
    parts = [(kind.rate_per_s / weight, patience_of(kind.patience)) for kind in kinds]

    def survival(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(sum(share * np.asarray(part.survival(x)) for share, part in parts))

    breaks = tuple(sorted({at for _, part in parts for at in part.breakpoints_s}))
    return patience_laws.general(survival, sum(share * part.mean_s for share, part in parts), breaks)


def patience_of(law: Law | None) -> Patience:
    """Return a scenario's law of patience as theory takes it; ``None`` is for ever."""
    if law is None or _is_endless(law):
        return patience_laws.endless()
    if law.kind == "exponential":
        return patience_laws.exponential(law.values[0])
    breaks = tuple(at for at in entry_of(law).breaks(law) if math.isfinite(at))
    return patience_laws.general(lambda x: 1.0 - np.asarray(cdf_of(law, x)), mean_of(law), breaks)


# ---- the assumptions


def arrivals_are_steady(seen: Seen) -> Iterator[str]:
    """Poisson arrivals at one rate, for ever."""
    plan = seen.plan
    if any(seen.scenario.reasons[seen.names.reasons[reason]].arrivals.trace for reason in seen.reasons):  # type: ignore[union-attr]
        yield "arrivals are recorded ones"
    for reason in seen.reasons:
        cells = plan.cell_reason == reason
        rates = plan.cell_mean[cells] / plan.cell_length_s[cells]
        if abs(float(plan.cell_length_s[cells].sum()) - plan.horizon_s) > 1.0 or float(np.ptp(rates)) > CLOSE * float(rates.max()):
            yield "arrivals change with the time of day"
        factors = {int(factor) for factor in plan.cell_factor[cells]} - {-1}
        if any(plan.factor_cv[factor] > 0.0 for factor in factors):
            yield "the day's busy-ness varies"


def doors_stay_open(seen: Seen) -> Iterator[str]:
    """The channel is never closed."""
    plan = seen.plan
    part = slice(int(plan.window_offset[seen.channel]), int(plan.window_offset[seen.channel + 1]))
    if not (len(plan.window_from_s[part]) == 1 and plan.window_from_s[part][0] <= 0.0 and plan.window_to_s[part][0] >= plan.horizon_s):
        yield "the channel opens and closes"


def nobody_asks_for_one_agent(seen: Seen) -> Iterator[str]:
    """Every agent will do."""
    if any(int(seen.plan.asks_own[reason]) for reason in seen.reasons):
        yield "some people ask for their own executive"


def one_team_serves(seen: Seen) -> Iterator[str]:
    """One team of equal agents sees all of the channel's lines at once, and no other lines."""
    plan, queues = seen.plan, {kind.queue for kind in seen.kinds}
    steps = [range(int(plan.step_offset[queue]), int(plan.step_offset[queue + 1])) for queue in queues]
    if any(plan.step_after_s[step] > 0.0 or plan.step_length[step] > 0 for each in steps for step in each):
        yield "another team helps when it gets long"
    elif len({int(plan.step_team[step]) for each in steps for step in each}) > 1:
        yield "more than one team serves"
    shared = {queue for agent in seen.agents for queue in _queues_of(plan, agent)} - queues
    if shared:
        yield f"its agents serve other lines too ({plain_name(seen.names.queues[min(shared)])})"


def agents_are_alike(seen: Seen) -> Iterator[str]:
    """All agents serve everything at the same speed."""
    reasons = len(seen.names.reasons)
    teams = {int(seen.plan.agent_team[agent]) for agent in seen.agents}
    if len(seen.agents) < sum(int(seen.plan.team_first[team + 1] - seen.plan.team_first[team]) for team in teams):
        yield "not every agent serves everything"
    for reason in seen.reasons:
        places = [agent * reasons + reason for agent in seen.agents]
        if len({float(seen.plan.speed[place]) for place in places}) > 1:
            yield "agents work at different speeds"
        if not all(int(seen.plan.may_serve[place]) for place in places):
            yield "not every agent serves everything"


def staff_is_constant(seen: Seen) -> Iterator[str]:
    """The same number of agents all the time."""
    plan, mine = seen.plan, set(seen.agents)
    for agent in seen.agents:
        own = np.flatnonzero(plan.duty_agent == agent)
        if not (len(own) == 1 and plan.duty_from_s[own[0]] <= 0.0 and plan.duty_to_s[own[0]] >= plan.horizon_s):
            yield "the number of agents changes"
    if mine & set(plan.break_agent.tolist()):
        yield "agents take breaks"
    if mine & set(plan.away_agent.tolist()):
        yield "agents may be absent"


def nobody_tries_again(seen: Seen) -> Iterator[str]:
    """Who leaves unserved does not come again."""
    plan, channel = seen.plan, seen.channel
    if seen.somebody_gives_up and plan.again_after_abandonment[channel] > 0.0:
        yield "redials feed back"
    if (seen.capacity >= 0 or _balking(seen)) and plan.again_after_busy[channel] > 0.0:
        yield "redials after a busy line feed back"
    places = [reason * len(seen.names.channels) + channel for reason in seen.reasons]
    if any(plan.contained[place] > 0.0 and plan.false_containment[place] > 0.0 for place in places):
        yield "who the menu did not help calls again"


def everybody_is_helped(seen: Seen) -> Iterator[str]:
    """Served contacts do not come again."""
    plan, reasons = seen.plan, len(seen.names.reasons)
    for reason in seen.reasons:
        solved = [float(plan.agent_solved[agent * reasons + reason]) for agent in seen.agents]
        least = min((float(plan.solved[3 * reason]) if math.isnan(each) else each for each in solved), default=1.0)
        if plan.returns[reason] > 0.0 and least < 1.0:
            yield "unsolved contacts come again"


def nobody_balks(seen: Seen) -> Iterator[str]:
    """Nobody leaves at the sight of the line."""
    if _balking(seen):
        yield "some leave at the sight of the line"


def _balking(seen: Seen) -> bool:
    return bool(seen.plan.balk_offset[seen.channel + 1] > seen.plan.balk_offset[seen.channel])


def order_is_simple(seen: Seen) -> Iterator[str]:
    """Order of arrival, or ranks."""
    place = [(seen.channel * len(seen.names.reasons) + kind.reason) * len(seen.names.segments) + kind.segment for kind in seen.kinds]
    if len({float(seen.plan.credit_s[each]) for each in place}) > 1:
        yield "waiting credit changes the order"


def times_are_as_written(seen: Seen) -> Iterator[str]:
    """Handling times do not change from interval to interval."""
    mine = np.isin(seen.plan.cell_reason, seen.reasons)
    if np.any(seen.plan.cell_scale[mine] != 1.0):
        yield "handling times follow a forecast"


def a_line_is_held_as_long_as_an_agent(seen: Seen) -> Iterator[str]:
    """Where lines or places are limited, they are held exactly while somebody waits or is served."""
    if seen.capacity < 0:
        return
    if int(seen.plan.menu_law[seen.channel]) >= 0:
        yield "lines are held during the menu too"
    places = [reason * len(seen.names.channels) + seen.channel for reason in seen.reasons]
    if any(int(seen.plan.wrap_up_law[place]) >= 0 for place in places):
        yield "a line is free again before the agent is (wrap-up)"


ASSUMPTIONS: tuple[Callable[[Seen], Iterator[str]], ...] = (
    arrivals_are_steady,
    doors_stay_open,
    nobody_asks_for_one_agent,
    one_team_serves,
    agents_are_alike,
    staff_is_constant,
    nobody_tries_again,
    everybody_is_helped,
    nobody_balks,
    order_is_simple,
    times_are_as_written,
    a_line_is_held_as_long_as_an_agent,
)
"""What every exact formula assumes; each function yields a clause where the scenario breaks it."""
