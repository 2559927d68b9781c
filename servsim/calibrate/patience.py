"""Patience: how long people wait before they give up, where most are served first (censoring). Never looks at who served.

The curve is Kaplan-Meier's; laws are fitted by censored maximum likelihood; beyond the last wait that enough people were
seen to reach, the tail is exponential with the hazard of the second half of what was seen (an assumption, said so).
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.estimated import Estimated
from servsim.calibrate.quantile import SHARES, Rows
from servsim.record.call_file import RecordedCalls
from servsim.rules.codes import Outcome

Floats = NDArray[Any]
AT_RISK = 30
"""Kaplan-Meier is followed as far as this many still wait."""
LONGEST_S = 7200.0
SHORT_S = 5.0
BALK_S = 2.0
"""Who is gone within this time of joining has not waited: it cannot be told apart from balking."""
LEAST_ABANDONED = 30
AT_S = (5.0, 20.0, 60.0, 180.0, 300.0)
DIFFERENT_P = 1e-3


@dataclass(frozen=True)
class PatienceFit:
    """One law of patience, fitted with censoring."""

    law: str
    aic: float
    mean_s: float
    median_s: float


@dataclass(frozen=True)
class Patience:
    """The patience of one class of contacts."""

    rows: Rows
    """Quantile table, tail included."""
    waited: int
    abandoned: int
    survival: dict[float, Estimated]
    """Share still waiting at some times, with its interval."""
    mean_wait_per_abandon: Estimated
    """Sum of waits over abandonments: the mean of exponential patience (maximum likelihood)."""
    short_share: Estimated
    """Of those who waited, gave up within 5 s."""
    at_once_share: float
    """Of those who waited, gone within 2 s."""
    followed_to_s: float
    """Last time at which enough people still waited."""
    lost_by_then: float
    tail_mean_s: float
    fits: tuple[PatienceFit, ...]
    """The best first, by Akaike's criterion."""
    curve: tuple[Floats, Floats, Floats, Floats]
    """Times, share still waiting, low, high: for pictures."""


def fit_patience(calls: RecordedCalls) -> Patience | None:
    """Estimate the patience of contacts that waited; ``None`` with fewer than 30 abandonments.

    Source
    ------
    Kaplan & Meier (1958) with Greenwood's variance, by ``scipy.stats.ecdf``; censored likelihood by ``scipy.stats``.
    """
    from scipy import stats

    waited = calls.wait_s > 0
    wait, served = calls.wait_s[waited], calls.outcome[waited] == Outcome.ANSWERED
    if (~served).sum() < LEAST_ABANDONED:
        return None
    survival = stats.ecdf(stats.CensoredData.right_censored(wait, served)).sf
    return _described(wait, served, survival)


def _described(wait: Floats, served: NDArray[np.bool_], survival: Any) -> Patience:
    last = _last_followed(wait, survival.quantiles)
    times, lost = survival.quantiles[: last + 1], 1 - survival.probabilities[: last + 1]
    tail_s = _tail_mean_s(times, lost)
    abandoned = int((~served).sum())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # No interval while nobody has given up, and where all have.
        band = survival.confidence_interval()
    at = {t: Estimated(float(survival.evaluate(t)), float(band.low.evaluate(t)), float(band.high.evaluate(t)), len(wait)) for t in AT_S}
    curve = (times, survival.probabilities[: last + 1], band.low.probabilities[: last + 1], band.high.probabilities[: last + 1])
    return Patience(
        rows=[(float(s), _quantile(float(s), times, lost, tail_s)) for s in SHARES],
        waited=len(wait), abandoned=abandoned, survival=at, mean_wait_per_abandon=_per_abandon(float(wait.sum()), abandoned),
        short_share=_share(int(((wait <= SHORT_S) & ~served).sum()), len(wait)), at_once_share=float(((wait <= BALK_S) & ~served).mean()),
        followed_to_s=float(times[-1]), lost_by_then=float(lost[-1]), tail_mean_s=tail_s, fits=_fits(wait, served), curve=curve,
    )  # fmt: skip


def _last_followed(wait: Floats, times: Floats) -> int:
    still = len(wait) - np.searchsorted(np.sort(wait), times, "left")
    return int(np.flatnonzero(still >= min(AT_RISK, len(wait)))[-1])


def _tail_mean_s(times: Floats, lost: Floats) -> float:
    """Return the mean of the exponential tail, from the hazard of the second half of the curve."""
    half = int(np.searchsorted(times, times[-1] / 2))
    fallen = math.log(max(1 - lost[half], 1e-9) / max(1 - lost[-1], 1e-9))
    return float((times[-1] - times[half]) / fallen) if fallen > 0 else LONGEST_S


def _quantile(share: float, times: Floats, lost: Floats, tail_s: float) -> float:
    if share <= lost[-1]:
        return float(np.interp(share, np.r_[0.0, lost], np.r_[0.0, times]))
    return float(min(times[-1] - math.log(max(1 - share, 1e-12) / (1 - lost[-1])) * tail_s, LONGEST_S))


def _per_abandon(wait_s: float, abandoned: int) -> Estimated:
    """Return waits per abandonment with its exact interval (chi-square, exponential patience)."""
    from scipy import stats

    low, high = 2 * wait_s / stats.chi2.ppf([0.975, 0.025], 2 * abandoned)
    return Estimated(wait_s / abandoned, float(low), float(high), abandoned)


def _share(count: int, of: int) -> Estimated:
    from scipy import stats

    found = stats.binomtest(count, of).proportion_ci(method="wilson")
    return Estimated(count / of, float(found.low), float(found.high), of)


MOST_TO_FIT = 3_000


def _fits(wait: Floats, served: NDArray[np.bool_]) -> tuple[PatienceFit, ...]:
    """Return laws by Akaike's criterion (per contact, of evenly chosen ones where there are very many)."""
    from scipy import stats

    order = np.argsort(wait, kind="stable")
    some = order[np.linspace(0, len(order) - 1, min(len(order), MOST_TO_FIT)).astype(int)]
    wait, served = np.maximum(wait[some], 0.5), served[some]
    data = stats.CensoredData.right_censored(wait, served)
    found = []
    for law, family in (("exponential", stats.expon), ("weibull", stats.weibull_min), ("lognormal", stats.lognorm)):
        frozen = family(*family.fit(data, floc=0.0)) if law != "exponential" else family(0.0, wait.sum() / max((~served).sum(), 1))
        likelihood = frozen.logpdf(wait[~served]).sum() + frozen.logsf(wait[served]).sum()
        free = 1 if law == "exponential" else 2
        found.append(PatienceFit(law, float(2 * free - 2 * likelihood), float(frozen.mean()), float(frozen.median())))
    return tuple(sorted(found, key=lambda fit: fit.aic))


def differs(one: RecordedCalls, other: RecordedCalls) -> bool:
    """Whether two classes differ in patience: log-rank test at the level 0.001.

    Source
    ------
    Mantel (1966), by ``scipy.stats.logrank``.
    """
    from scipy import stats

    sides = []
    for calls in (one, other):
        waited = calls.wait_s > 0
        sides.append(stats.CensoredData.right_censored(calls.wait_s[waited], calls.outcome[waited] == Outcome.ANSWERED))
    return bool(stats.logrank(*sides).pvalue < DIFFERENT_P)
