"""Numbers and sentences of a decision brief, in a manager's words. Never computes a number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from servsim.report.sentence import begun_large, counted, listed, number_word
from servsim.study.brief import Brief, FiveNumbers
from servsim.study.options import Answer
from servsim.study.sensitivity import Bar, Verdict
from servsim.study.told import Told

MINUS = "\u2212"
TIMES_A_YEAR = 12
"""Once a month."""
NEARLY_ALL, MOST = 0.85, 0.5
CLAIMS = {
    "loyalty.weaker_of_two": "that the weaker of service and recovery counts",
    "loyalty.bonus_chance": "that good recovery surprises people",
    "loyalty.bonus": "how much a good surprise is worth",
    "loyalty.loss_aversion": "that a disappointment counts double",
    "loyalty.silent_minor": "what silence costs",
    "loyalty.silent_major": "what silence costs where it was serious",
}
"""What presets differ in, as a claim."""
PRESET_CLAIMS = {
    "story": "that silence costs as much and surprise pays as often as in the study of 1979",
    "strict": "that service and recovery count by their mean, losses like gains, and nobody is surprised",
    "evidence": "that the weaker of service and recovery counts and losses count double",
}


# ---- numbers


def digits(number: float, significant: int = 3) -> str:
    """Write a number with a few significant digits: ``1,230``, ``0.62``; a true minus."""
    if number == 0 or math.isnan(number):
        return "0" if number == 0 else "no value"
    places = max(0, significant - 1 - math.floor(math.log10(abs(number))))
    rounded = round(number, significant - 1 - math.floor(math.log10(abs(number))))
    text = f"{abs(rounded):,.{places}f}"
    return f"{MINUS if rounded < 0 else ''}{text}"


def span(told: Told, significant: int = 2) -> str:
    """Write an interval: ``[1,210 to 1,490]``; a single number where it has no width."""
    if told.low == told.high:
        return "the same in every replication"
    return f"{digits(told.low, significant)} to {digits(told.high, significant)}"


def money(amount: float, currency: str = "") -> str:
    """Write money: ``USD 1,000``, ``\u2212USD 85``, ``USD 2.50``; three significant digits from a thousand on."""
    size = abs(amount)
    text = f"{_rounded(size):,}" if size >= 1000.0 else f"{size:.0f}" if size >= 10.0 or size == 0.0 else f"{size:.2f}"
    return f"{MINUS if amount < 0.0 and text.strip('0.') else ''}{currency}{' ' if currency else ''}{text}"


def _rounded(amount: float) -> int:
    places = 2 - math.floor(math.log10(amount))
    return int(round(amount, places))


def money_span(told: Told, currency: str = "") -> str:
    """Write an interval of money."""
    if told.low == told.high:
        return "the same in every replication"
    return f"{money(told.low, currency)} to {money(told.high, currency)}"


def lost_words(lost: float) -> str:
    """Write a number of customers lost: in words below one, never with more than two significant digits."""
    if lost == 0.0:
        return "none"
    if abs(lost) < 1.0:
        return "less than one" if lost > 0 else "less than one fewer"
    return digits(lost, 2) if lost > 0 else f"{digits(-lost, 2)} fewer"


def lost_sentence(lost: float) -> str:
    """Write a number of customers lost with what it would be, were the same done every month."""
    if lost == 0.0:
        return "none"
    if abs(lost) >= 1.0:
        return lost_words(lost)
    monthly = digits(abs(lost) * TIMES_A_YEAR, 2)
    return f"{lost_words(lost)} (per year if done monthly: about {monthly}{'' if lost > 0 else ' fewer'})"


def title_of(brief: Brief, name: str) -> str:
    """Return the title of a world that was compared."""
    return brief.comparison.world(name).spec.title


def plain_world(name: str) -> str:
    """Write the name of a world as words: ``course all at once + call ahead``."""
    return name.replace("_", " ").replace("+", " + ")


# ---- headline and verdict


class Headline(NamedTuple):
    """The sentences at the top of the page."""

    facts: str
    instead: str
    """What to do; bold."""


def headline(brief: Brief) -> Headline:
    """Return what the decision does and what to do instead."""
    numbers, currency = brief.numbers, _currency(brief)
    judged = f"against {quoted(brief.against)}"
    inside = f"{'saves' if numbers.saving.value >= 0 else 'costs'} {money(abs(numbers.saving.value), currency)} inside"
    worse = f"makes it worse for {digits(numbers.worse.value, 2)} people and better for {digits(numbers.better.value, 2)}"
    facts = f"\u201c{title_of(brief, brief.decision)}\u201d {inside} {judged}, {worse}, and {_leaving(numbers.lost.value)} within a year (projected)."
    return Headline(f"{facts} {_answer_sentence(brief)}".strip(), instead(brief))


def quoted(name: str) -> str:
    """Name a world within a sentence."""
    return "doing nothing" if name == "nothing" else f"\u201c{plain_world(name)}\u201d"


def _leaving(lost: float) -> str:
    """Say how many more or fewer of our customers leave."""
    if lost == 0.0:
        return "nobody more leaves"
    if abs(lost) < 1.0:
        return f"less than one {'more' if lost > 0 else 'fewer'} of our customers leaves"
    return f"{digits(abs(lost), 2)} {'more' if lost > 0 else 'fewer'} of our customers leave"


def _answer_sentence(brief: Brief) -> str:
    """Say what the best answer to the decision does, where one is told to help."""
    mine = [each for each in brief.answers if each.alone == brief.decision and each.avoided.sign > 0]
    if not mine or brief.numbers.loss.value <= 0.0:
        return ""
    best = max(mine, key=lambda each: each.net.value)
    share = best.avoided.value / brief.numbers.loss.value
    what = "all of that loss and more" if share > 1.0 else "nearly all of that loss" if share >= NEARLY_ALL else "most of that loss" if share >= MOST else "a part of that loss"
    cost = money(abs(best.cost.value), _currency(brief))
    price = f"for {cost}" if best.cost.value > 0 else f"saves {cost} and"
    added = plain_world("+".join(part for part in best.name.split("+") if part not in best.alone.split("+")))
    return f"\u201c{begun_large(added)}\u201d {price} removes {what}."


def instead(brief: Brief) -> str:
    """Return what to do, in one sentence."""
    best, own, looked = brief.best, brief.own, len(brief.options)
    if looked < 2 or (looked == 2 and best.is_reference and brief.against == "nothing"):
        return "Better to do nothing." if best.is_reference and best.gain.sign > 0 else _alone_sentence(brief)
    if best.name == own.name:
        return f"Do it: none of the {number_word(looked)} ways that were looked at comes out better."
    gain = f"{money(best.gain.value, _currency(brief))} better over a year than this"
    if best.gain.sign > 0:
        return f"Rather do {quoted(best.name)}: it comes out {gain}."
    name = "Doing nothing" if best.name == "nothing" else f"\u201c{begun_large(plain_world(best.name))}\u201d"
    return f"{name} looks best ({gain}), but {counted(brief.comparison.replications, 'replication')} cannot tell the two apart yet."


def _alone_sentence(brief: Brief) -> str:
    sign = brief.numbers.net.sign
    if sign > 0:
        return "Do it: it comes out better than doing nothing."
    return "Better not." if sign < 0 else "Whether it pays cannot be told yet: ask for more replications."


def _currency(brief: Brief) -> str:
    return brief.comparison.worlds[0].world.terms.currency


class Badge(NamedTuple):
    """One word of the verdict and whether it is good."""

    text: str
    tone: str
    """``good``, ``bad`` or ``open``."""


def badges(brief: Brief) -> list[Badge]:
    """Return the verdict in three words, and whether it hangs on a claim that nobody has proved."""
    return [_inside(brief.numbers), _outside(brief.numbers), _alternative(brief), *_standing(brief)]


def _inside(numbers: FiveNumbers) -> Badge:
    return {1: Badge("saves inside", "good"), -1: Badge("costs inside", "bad")}.get(numbers.saving.sign, Badge("inside: no difference told", "open"))


def _outside(numbers: FiveNumbers) -> Badge:
    return {1: Badge("costs outside", "bad"), -1: Badge("gains outside", "good")}.get(numbers.loss.sign, Badge("outside: cannot be told yet", "open"))


def _alternative(brief: Brief) -> Badge:
    others = [each for each in brief.options if each.name != brief.decision]
    if not others:
        return Badge("no alternative was looked at", "open")
    if brief.best.gain.sign > 0 and brief.best.name != brief.decision:
        return Badge("better alternative exists", "bad")
    if brief.best.name == brief.decision:
        return Badge(f"best of {number_word(len(brief.options))} ways", "good")
    return Badge("perhaps a better alternative", "open")


def _standing(brief: Brief) -> list[Badge]:
    verdict = brief.verdict
    if verdict is None:
        return [Badge("presets not judged yet" if brief.asked.presets else "presets not asked for", "open")]
    if verdict.depends:
        return [Badge(f"depends on an unproven claim: {claim_of(verdict, brief.bars)}", "bad")]
    if next(iter(verdict.nets.values())).sign == 0:
        return [Badge(f"net money cannot be told in {number_word(_untold(verdict))} of {number_word(len(verdict.nets))} presets", "open")]
    return [Badge(f"holds in {verdict.holds_in} of {len(verdict.nets)} presets", "good" if verdict.holds_in == len(verdict.nets) else "open")]


def _untold(verdict: Verdict) -> int:
    return sum(net.sign == 0 for net in verdict.nets.values())


def claim_of(verdict: Verdict, bars: Sequence[Bar]) -> str:
    """Name the claim on which the verdict hangs: of those that presets differ in, the ones that flip it alone; else the preset's."""
    flips = [CLAIMS[each.parameter.path] for each in bars if each.parameter.path in CLAIMS and each.flips]
    if flips:
        return listed(flips[:2])
    names = list(verdict.nets)
    own = verdict.nets[names[0]].sign
    other = next((name for name in names[1:] if verdict.nets[name].sign not in (own, 0)), names[-1])
    return PRESET_CLAIMS[other]


# ---- options and answers


def per_unit_words(answer: Answer, currency: str) -> str:
    """Write what an answer avoids per unit of its cost."""
    if answer.cost.value <= 0.0:
        return "costs nothing"
    if answer.per_unit is None:
        return "cost not told from 0"
    return f"{digits(answer.per_unit.value, 2)} {currency} per {currency} [{span(answer.per_unit)}]"
