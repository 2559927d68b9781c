"""Service level: the share of contacts served within the promised time, by every published formula under its own name.

S answered, L abandoned, suffix t within the threshold, suffix "short" within the short-abandon threshold, F flow-outs
(waited and went otherwise: cleared at closing, turned away, sent home, message taken). Threshold and short-abandon
limit are those of the contact's own channel. Never chooses a headline.

Source: callcentrehelper.com, "Service level threshold calculations" (formulas 1 to 5); ContactCenters (L'Ecuyer), g1 and
g2; Genesys Cloud, "Configure the service level calculation" (the last four).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from servsim.errors import SettingError
from servsim.measure.facts import Amount, Amounts, Facts
from servsim.rules.codes import Outcome


@dataclass(frozen=True)
class Formula:
    """A published way to compute the service level, as sums of counts."""

    name: str
    says: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]


def amounts(facts: Facts) -> Amounts:
    """Yield the counts that the formulas are made of, ready to be added up."""
    channel, wait_s = facts.contacts["channel"], facts.wait_s
    within = wait_s <= facts.terms.within_s[channel]
    short = wait_s <= facts.terms.short_abandon_s[channel]
    answered, abandoned = facts.with_outcome(Outcome.ANSWERED), facts.with_outcome(Outcome.ABANDONED)
    yield "answered_within", Amount(answered[within[answered]])
    yield "abandoned_within", Amount(abandoned[within[abandoned]])
    yield "abandoned_later", Amount(abandoned[~within[abandoned]])
    yield "abandoned_short", Amount(abandoned[short[abandoned]])
    yield "abandoned_long", Amount(abandoned[~short[abandoned]])
    otherwise = ~np.isnan(wait_s) & ~np.isin(facts.contacts["outcome"], (Outcome.ANSWERED, Outcome.ABANDONED, Outcome.OPEN))
    yield "flowed_out", Amount(np.flatnonzero(otherwise))


def service_level(name: str, counts: Mapping[str, float]) -> float:
    """Return the service level of one cell by a named formula; 1 where the cell is empty.

    Parameters
    ----------
    name : a name of ``FORMULAS``.
    counts : answered, abandoned, answered_within, abandoned_within, abandoned_later, abandoned_short, abandoned_long,
        flowed_out; those that the formula uses.

    Raises
    ------
    SettingError
        When there is no such formula.
    """
    known = {formula.name: formula for formula in FORMULAS}
    if name not in known:
        raise SettingError(f"formula: got {name}; must be one of {', '.join(known)}")
    formula = known[name]
    below = sum(counts[part] for part in formula.denominator)
    return sum(counts[part] for part in formula.numerator) / below if below else 1.0


FORMULAS: tuple[Formula, ...] = (
    Formula("within_of_offered", "(S_t + L_t)/(S + L): abandonments within the threshold count as served in time.",
            ("answered_within", "abandoned_within"), ("answered", "abandoned")),
    Formula("answered_of_answered", "S_t/S: abandonments do not count at all.",
            ("answered_within",), ("answered",)),
    Formula("answered_of_offered", "S_t/(S + L): every abandonment counts as a failure.",
            ("answered_within",), ("answered", "abandoned")),
    Formula("abandons_within_left_out", "S_t/(S + L - L_t): abandonments within the threshold are left out.",
            ("answered_within",), ("answered", "abandoned_later")),
    Formula("short_abandons_count", "(S_t + L_short)/(S + L): short abandonments count as served in time.",
            ("answered_within", "abandoned_short"), ("answered", "abandoned")),
    Formula("genesys_flow_outs_count", "S_t/(S + L + F): those who waited and went otherwise count as failures too.",
            ("answered_within",), ("answered", "abandoned", "flowed_out")),
    Formula("genesys_short_abandons_left_out", "S_t/(S + L - L_short).",
            ("answered_within",), ("answered", "abandoned_long")),
    Formula("genesys_abandons_left_out", "S_t/(S + L - L), which is S_t/S.",
            ("answered_within",), ("answered",)),
    Formula("genesys_flow_outs_count_abandons_left_out", "S_t/(S + F).",
            ("answered_within",), ("answered", "flowed_out")),
)  # fmt: skip
"""All formulas; Genesys' plain setting is ``answered_of_offered``."""
