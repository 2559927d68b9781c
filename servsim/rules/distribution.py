"""The probability laws of the scenario language: what each is called, what it needs, and what it means.

::

    Law (what the planner wrote) --compile_laws--> LawTable (flat arrays) --as_lists--> LawLists (for plain Python)
            |                                          |
            +-- mean_of, sd_of, cdf_of (theory)        +-- servsim.draws.law.sample (draws)

A law is known by its kind, the name of an entry of ``DISTRIBUTIONS`` at the end of this module. Never draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from servsim.rules.portable import exp, log, log_gamma

Floats = npt.NDArray[np.float64]

LARGEST_NUMBER_OF_PARTS = 31
"""Parts of one mixture or smaller_of: the draws of nested parts are named by numerals of base 32."""
DEEPEST_NESTING = 8
SHARE_TOLERANCE = 1e-9
CERTAIN_BELOW_CV = 1e-9
"""A gamma law with less spread than this counts as certain: its shape would leave the range of numbers."""
LARGEST_CV = 30.0
LONGEST = 1e10
"""Seconds, about 300 years: no parameter in seconds may be longer, but a certain value may be infinite (for ever)."""


class Law(Protocol):
    """What this module reads of a law; ``servsim.scenario.language.Law`` is one."""

    @property
    def kind(self) -> str: ...
    @property
    def values(self) -> tuple[float, ...]: ...
    @property
    def parts(self) -> tuple[Any, ...]: ...
    @property
    def weights(self) -> tuple[float, ...]: ...
    @property
    def points(self) -> tuple[tuple[float, float], ...]: ...


class LawKind(IntEnum):
    """Codes of ``LawTable.kind``. Those up to TRIANGULAR are a formula of one uniform; the others need more."""

    DETERMINISTIC = 0
    EXPONENTIAL = 1
    LOGNORMAL = 2
    HYPEREXPONENTIAL = 3
    WEIBULL = 4
    UNIFORM = 5
    TRIANGULAR = 6
    QUANTILES = 7
    EMPIRICAL = 8
    GAMMA = 9
    ERLANG = 10
    MIXTURE = 11
    SMALLER_OF = 12


class LawTable(NamedTuple):
    """Laws as flat arrays; a law's number is its row."""

    kind: npt.NDArray[np.int8]
    """(laws,) codes of LawKind."""
    p: Floats
    """(laws, 4) numbers that the formula of the kind uses; see ``Row``."""
    offset: npt.NDArray[np.int32]
    """(laws,) where the law's own table begins in ``x`` and ``f``."""
    length: npt.NDArray[np.int32]
    """(laws,) how many rows of ``x`` and ``f`` are its own."""
    x: Floats
    """Values of quantile tables and samples in rising order; for mixture and smaller_of the law numbers of the parts."""
    f: Floats
    """Shares that belong to ``x``: of a quantile table, or the summed weights of a mixture; otherwise 0."""


class LawLists(NamedTuple):
    """The same as plain Python lists, because a numpy scalar costs seven times as much to read."""

    kind: list[int]
    p: list[tuple[float, float, float, float]]
    offset: list[int]
    length: list[int]
    x: list[float]
    f: list[float]


class Row(NamedTuple):
    """One compiled law before its parts have numbers."""

    kind: LawKind
    p: tuple[float, ...] = ()
    x: tuple[float, ...] = ()
    f: tuple[float, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """One number of a law."""

    name: str
    kind: str
    """``duration``, ``number``, ``count`` or ``share``, as in the scenario language."""
    says: str
    low: float | None = None
    """Smallest allowed value."""
    above: float | None = None
    """The value must be more than this."""
    high: float | None = None
    """Largest allowed value."""
    default: float | None = None
    """Used when the planner leaves it out; ``None``: it must be given."""

    def problem(self, value: float) -> str:
        """Return what is wrong with a value, as the end of a sentence, or an empty text."""
        if value != value or (self.low is not None and value < self.low):
            return f"{self.name} must be {self.low or 0:g} or more, got {value:g}"
        if self.above is not None and value <= self.above:
            return f"{self.name} must be more than {self.above:g}, got {value:g}"
        if self.high is not None and value > self.high:
            return f"{self.name} must be at most {self.high:g}, got {value:g}"
        if self.kind == "count" and value != math.floor(value):
            return f"{self.name} must be a whole number, got {value:g}"
        return ""


def no_problems(law: Law) -> list[str]:
    """Return that nothing is wrong between the parameters."""
    return []


def no_breaks(law: Law) -> tuple[float, ...]:
    """Return that the distribution function has neither jumps nor kinks."""
    return ()


@dataclass(frozen=True)
class Distribution:
    """One law of the scenario language."""

    name: str
    says: str
    parameters: tuple[Parameter, ...]
    takes: str
    """Where the numbers stand in a Law: ``values`` (one per parameter), ``points`` (share, value), ``samples`` (raw
    values, in ``values``), ``parts``, or ``weighted_parts`` (``parts`` with ``weights``)."""
    row: Callable[[Law], Row]
    mean: Callable[[Law], float]
    variance: Callable[[Law], float]
    cdf: Callable[[Law, Floats], Floats]
    breaks: Callable[[Law], tuple[float, ...]] = no_breaks
    """Where the distribution function jumps or bends, for numeric integration."""
    between: Callable[[Law], list[str]] = no_problems
    """What is wrong between the parameters."""

    def problems(self, law: Law) -> list[str]:
        """Return everything that is wrong with a law of this kind, one sentence each; parts included."""
        found = self._problems_of_shape(law) or self._problems_of_bounds(law) or self.between(law)
        return found + [f"part {i}: {text}" for i, part in enumerate(law.parts, 1) for text in problems_of(part)]

    def _problems_of_shape(self, law: Law) -> list[str]:
        if self.takes == "values" and len(law.values) != len(self.parameters):
            names = ", ".join(p.name for p in self.parameters)
            return [f"{self.name} takes {len(self.parameters)} numbers ({names}), got {len(law.values)}"]
        if self.takes == "samples" and not law.values:
            return [f"{self.name} needs at least one value"]
        return []

    def _problems_of_bounds(self, law: Law) -> list[str]:
        if self.takes != "values":
            return []
        checked = (p.problem(v) for p, v in zip(self.parameters, law.values, strict=True))
        return [text for text in checked if text]


def duration(name: str, says: str, **bounds: float) -> Parameter:
    """Declare a parameter in seconds, of 0 or more unless ``above`` says otherwise."""
    return Parameter(name, "duration", says, **{"high": LONGEST, **(bounds or {"low": 0.0})})


MEAN = duration("mean", "Mean.", above=0.0)
SD = duration("sd", "Standard deviation.", low=0.0)


# ---- deterministic


def _certain(law: Law) -> Row:
    return Row(LawKind.DETERMINISTIC, (law.values[0],))


def _deterministic_cdf(law: Law, x: Floats) -> Floats:
    return np.where(x >= law.values[0], 1.0, 0.0)


# ---- exponential


def _exponential_row(law: Law) -> Row:
    return Row(LawKind.EXPONENTIAL, (law.values[0],))


def _exponential_cdf(law: Law, x: Floats) -> Floats:
    return -np.expm1(-np.maximum(x, 0.0) / law.values[0])


# ---- lognormal: mean * exp(sigma z - sigma^2 / 2)


def _lognormal_row(law: Law) -> Row:
    mean, sd = law.values
    if sd == 0.0:
        return _certain(law)
    variance = log(1.0 + (sd / mean) * (sd / mean))
    return Row(LawKind.LOGNORMAL, (mean, math.sqrt(variance), -0.5 * variance))


def _lognormal_cdf(law: Law, x: Floats) -> Floats:
    from scipy.stats import lognorm

    mean, sd = law.values
    if sd == 0.0:
        return _deterministic_cdf(law, x)
    s = math.sqrt(math.log1p((sd / mean) ** 2))
    return np.asarray(lognorm.cdf(x, s, scale=mean * math.exp(-s * s / 2)))


# ---- gamma: p = scale, d, c, 1 / shape when the shape is below 1 (else 0); Marsaglia and Tsang (2000)


def gamma_numbers(shape: float) -> tuple[float, float, float]:
    """Return (d, c, boost) of Marsaglia and Tsang's method for a gamma law of scale 1; boost 0: none needed."""
    d = (shape if shape >= 1.0 else shape + 1.0) - 1.0 / 3.0
    return d, 1.0 / math.sqrt(9.0 * d), 0.0 if shape >= 1.0 else 1.0 / shape


def _gamma_row(law: Law) -> Row:
    mean, sd = law.values
    if sd <= CERTAIN_BELOW_CV * mean:
        return _certain(law)
    shape = (mean / sd) * (mean / sd)
    return Row(LawKind.GAMMA, (mean / shape, *gamma_numbers(shape)))


def _gamma_cdf(law: Law, x: Floats) -> Floats:
    from scipy.stats import gamma

    mean, sd = law.values
    return _deterministic_cdf(law, x) if sd == 0.0 else np.asarray(gamma.cdf(x, (mean / sd) ** 2, scale=sd * sd / mean))


def _sd_breaks(law: Law) -> tuple[float, ...]:
    return (law.values[0],) if law.values[1] == 0.0 else ()


def _spread_problems(law: Law) -> list[str]:
    mean, sd = law.values
    too_much = sd > LARGEST_CV * mean
    return [f"sd must be at most {LARGEST_CV:g} times the mean, got {sd:g} for mean {mean:g}"] if too_much else []


# ---- erlang


def _erlang_row(law: Law) -> Row:
    mean, k = law.values
    return Row(LawKind.ERLANG, (mean / k, k))


def _erlang_cdf(law: Law, x: Floats) -> Floats:
    from scipy.stats import gamma

    mean, k = law.values
    return np.asarray(gamma.cdf(x, k, scale=mean / k))


# ---- hyperexponential with balanced means: p = share of the first phase, its mean, the other's mean


def _phases(law: Law) -> tuple[float, float, float]:
    mean, cv = law.values
    first = 0.5 * (1.0 + math.sqrt((cv * cv - 1.0) / (cv * cv + 1.0)))
    return first, mean / (2.0 * first), mean / (2.0 * (1.0 - first))


def _hyperexponential_row(law: Law) -> Row:
    return Row(LawKind.HYPEREXPONENTIAL, _phases(law))


def _hyperexponential_cdf(law: Law, x: Floats) -> Floats:
    first, short, long = _phases(law)
    x = np.maximum(x, 0.0)
    return -first * np.expm1(-x / short) - (1.0 - first) * np.expm1(-x / long)


# ---- weibull: p = scale, 1 / shape


def _weibull_row(law: Law) -> Row:
    mean, shape = law.values
    return Row(LawKind.WEIBULL, (mean * exp(-log_gamma(1.0 + 1.0 / shape)), 1.0 / shape))


def _weibull_variance(law: Law) -> float:
    mean, shape = law.values
    return mean * mean * math.expm1(math.lgamma(1.0 + 2.0 / shape) - 2.0 * math.lgamma(1.0 + 1.0 / shape))


def _weibull_cdf(law: Law, x: Floats) -> Floats:
    mean, shape = law.values
    scale = mean / math.gamma(1.0 + 1.0 / shape)
    return -np.expm1(-((np.maximum(x, 0.0) / scale) ** shape))


# ---- uniform and triangular: p = low, width; or low, mode, high, share below the mode


def _uniform_row(law: Law) -> Row:
    low, high = law.values
    return Row(LawKind.UNIFORM, (low, high - low))


def _uniform_cdf(law: Law, x: Floats) -> Floats:
    low, high = law.values
    return np.clip((x - low) / (high - low), 0.0, 1.0) if high > low else np.where(x >= low, 1.0, 0.0)


def _rising(*names: str) -> Callable[[Law], list[str]]:
    def problems(law: Law) -> list[str]:
        pairs = pairwise(zip(names, law.values, strict=True))
        return [f"{a} must be at most {b}, got {x:g} and {y:g}" for (a, x), (b, y) in pairs if x > y]

    return problems


def _triangular_row(law: Law) -> Row:
    low, mode, high = law.values
    if low == high:
        return _certain(law)
    return Row(LawKind.TRIANGULAR, (low, mode, high, (mode - low) / (high - low)))


def _triangular_variance(law: Law) -> float:
    a, m, b = law.values
    return ((b - a) ** 2 - (b - m) * (m - a)) / 18.0


def _triangular_cdf(law: Law, x: Floats) -> Floats:
    low, mode, high = law.values
    if low == high:
        return _deterministic_cdf(law, x)
    x = np.clip(x, low, high)
    below = (x - low) ** 2 / ((high - low) * max(mode - low, 1e-300))
    above = 1.0 - (high - x) ** 2 / ((high - low) * max(high - mode, 1e-300))
    return np.where(x < mode, below, above)


# ---- quantiles: linear between (share, value) points from 0 % to 100 %


def _point_problems(law: Law) -> list[str]:
    shares, values = [s for s, _ in law.points], [v for _, v in law.points]
    if len(shares) < 2 or shares[0] != 0.0 or shares[-1] != 1.0:
        return ["quantiles must begin at 0 % and end at 100 %"]
    found = [f"shares must rise, got {a:g} then {b:g}" for a, b in pairwise(shares) if not b > a]
    found += [f"values must not fall, got {a:g} then {b:g}" for a, b in pairwise(values) if not b >= a]
    return found + [f"values must be 0 to {LONGEST:g}, got {v:g}" for v in values if not 0.0 <= v <= LONGEST]


def _point_row(law: Law) -> Row:
    return Row(LawKind.QUANTILES, (), tuple(float(v) for _, v in law.points), tuple(float(s) for s, _ in law.points))


def _segments(law: Law) -> list[tuple[float, float, float]]:
    return [(t - s, a, b) for (s, a), (t, b) in pairwise(law.points)]


def _point_mean(law: Law) -> float:
    return math.fsum(w * (a + b) / 2.0 for w, a, b in _segments(law))


def _point_variance(law: Law) -> float:
    mean = _point_mean(law)
    return math.fsum(w * (((a + b) / 2.0 - mean) ** 2 + (b - a) ** 2 / 12.0) for w, a, b in _segments(law))


def _point_cdf(law: Law, x: Floats) -> Floats:
    total = np.zeros(np.shape(x))
    for w, a, b in _segments(law):
        total = total + w * (np.clip((x - a) / (b - a), 0.0, 1.0) if b > a else np.where(x >= a, 1.0, 0.0))
    return total


def _point_breaks(law: Law) -> tuple[float, ...]:
    return tuple(v for _, v in law.points)


# ---- empirical: every sample as likely as any other


def _sample_problems(law: Law) -> list[str]:
    return [f"values must be 0 or more, got {v:g}" for v in law.values if not v >= 0.0]


def _sample_row(law: Law) -> Row:
    return Row(LawKind.EMPIRICAL, (float(len(law.values)),), tuple(sorted(float(v) for v in law.values)))


def _sample_mean(law: Law) -> float:
    return math.fsum(law.values) / len(law.values)


def _sample_variance(law: Law) -> float:
    mean = _sample_mean(law)
    return math.fsum((v - mean) ** 2 for v in law.values) / len(law.values)


def _sample_cdf(law: Law, x: Floats) -> Floats:
    return np.searchsorted(np.sort(np.asarray(law.values, np.float64)), x, side="right") / len(law.values)


# ---- mixture


def _mixture_problems(law: Law) -> list[str]:
    found = _part_problems(law)
    if len(law.weights) != len(law.parts):
        return [*found, f"mixture needs one weight for each part, got {len(law.weights)} for {len(law.parts)}"]
    found += [f"weights must be more than 0, got {w:g}" for w in law.weights if not w > 0.0]
    total = math.fsum(law.weights)
    return found if abs(total - 1.0) <= SHARE_TOLERANCE else [*found, f"weights must add up to 100 %, got {total:.4%}"]


def _mixture_row(law: Law) -> Row:
    total, summed = 0.0, []
    for weight in law.weights:
        total += weight
        summed.append(total)
    summed[-1] = 1.0
    return Row(LawKind.MIXTURE, (), (), tuple(summed))


def _mixture_mean(law: Law) -> float:
    return math.fsum(w * mean_of(part) for w, part in zip(law.weights, law.parts, strict=True))


def _mixture_variance(law: Law) -> float:
    mean = _mixture_mean(law)
    if math.isinf(mean):
        return math.nan
    pairs = zip(law.weights, law.parts, strict=True)
    return math.fsum(w * (_variance_of(part) + (mean_of(part) - mean) ** 2) for w, part in pairs)


def _mixture_cdf(law: Law, x: Floats) -> Floats:
    total = np.zeros(np.shape(x))
    for w, part in zip(law.weights, law.parts, strict=True):
        total = total + w * np.asarray(cdf_of(part, x))
    return total


def _part_breaks(law: Law) -> tuple[float, ...]:
    return tuple(b for part in law.parts for b in entry_of(part).breaks(part))


def _part_problems(law: Law) -> list[str]:
    found = [f"{law.kind} needs at least two parts, got {len(law.parts)}"] if len(law.parts) < 2 else []
    if len(law.parts) > LARGEST_NUMBER_OF_PARTS:
        found.append(f"{law.kind} takes at most {LARGEST_NUMBER_OF_PARTS} parts, got {len(law.parts)}")
    if _depth(law) > DEEPEST_NESTING:
        found.append(f"laws may be nested {DEEPEST_NESTING} deep, got {_depth(law)}")
    return found


def _depth(law: Law) -> int:
    return 1 + max(map(_depth, law.parts)) if law.parts else 0


# ---- smaller_of: the parts are drawn independently and the smallest counts


def _smaller_row(law: Law) -> Row:
    return Row(LawKind.SMALLER_OF, (), (), (0.0,) * len(law.parts))


def _smaller_cdf(law: Law, x: Floats) -> Floats:
    survival = np.ones(np.shape(x))
    for part in law.parts:
        survival = survival * (1.0 - np.asarray(cdf_of(part, x)))
    return 1.0 - survival


def _smaller_mean(law: Law) -> float:
    return _survival_integral(law, lambda x: np.ones_like(x))


def _smaller_variance(law: Law) -> float:
    mean = _smaller_mean(law)
    return max(_survival_integral(law, lambda x: 2.0 * x) - mean * mean, 0.0)


def _survival_integral(law: Law, factor: Callable[[Floats], Floats]) -> float:
    """Return the integral of ``factor(x) * P(more than x)`` by Gauss-Legendre sums between doubling bounds and breaks."""
    finite = [mean for mean in map(mean_of, law.parts) if 0.0 < mean < math.inf]
    breaks = [b for b in _part_breaks(law) if 0.0 < b < math.inf]
    unit = min(finite + breaks, default=1.0)
    bounds = np.unique([0.0, *breaks, *(unit * 2.0 ** (0.25 * j) for j in range(-160, 241))])
    nodes, weights = np.polynomial.legendre.leggauss(16)
    half = np.diff(bounds)[:, None] / 2.0
    x = bounds[:-1, None] + half * (1.0 + nodes[None, :])
    survival = 1.0 - np.asarray(cdf_of(law, x))
    return float(np.sum(half * weights[None, :] * factor(x) * survival)) if survival[-1].max() < 1e-12 else math.inf


# ---- what the rest of servsim asks


def entry_of(law: Law) -> Distribution:
    """Return the declaration of a law's kind; raises ``KeyError`` for an unknown one."""
    return BY_NAME[law.kind]


def problems_of(law: Law) -> list[str]:
    """Return everything that is wrong with a law, one sentence each."""
    return entry_of(law).problems(law)


def mean_of(law: Law) -> float:
    """Return the mean; exact, except for smaller_of (numeric, relative error below 1e-9 for laws with a density)."""
    return entry_of(law).mean(law)


def _variance_of(law: Law) -> float:
    return entry_of(law).variance(law)


def sd_of(law: Law) -> float:
    """Return the standard deviation; as exact as ``mean_of``. Not-a-number when the mean is infinite."""
    return math.sqrt(_variance_of(law))


def cdf_of(law: Law, x: Any) -> Any:
    """Return the chance that a draw is at most ``x``; ``x`` a number or an array of any shape."""
    values = np.asarray(x, np.float64)
    result = entry_of(law).cdf(law, values)
    return float(result) if values.ndim == 0 else result


def compile_laws(laws: Sequence[Law]) -> LawTable:
    """Return the table of laws: row i is ``laws[i]``; the parts of mixture and smaller_of follow after the last law.

    All numbers come from portable functions, so the table has the same bits on every machine. The laws must be free of
    problems. Equal laws get rows of their own.
    """
    queue, rows = list(laws), []
    for law in queue:  # grows while it is walked: parts are appended at its end
        row = entry_of(law).row(law)
        if law.parts:
            row = row._replace(x=tuple(float(len(queue) + j) for j in range(len(law.parts))))
            queue.extend(law.parts)
        rows.append(row._replace(f=row.f or (0.0,) * len(row.x)))
    return _flat(rows)


def _flat(rows: list[Row]) -> LawTable:
    length = np.array([len(row.x) for row in rows], np.int32)
    p = np.zeros((len(rows), 4))
    for i, row in enumerate(rows):
        p[i, : len(row.p)] = row.p
    return LawTable(
        kind=np.array([row.kind for row in rows], np.int8),
        p=p,
        offset=(np.cumsum(length) - length).astype(np.int32),
        length=length,
        x=np.array([v for row in rows for v in row.x], np.float64),
        f=np.array([v for row in rows for v in row.f], np.float64),
    )


def as_lists(table: LawTable) -> LawLists:
    """Return the table as plain Python lists."""
    return LawLists(
        kind=table.kind.tolist(),
        p=[tuple(row) for row in table.p.tolist()],
        offset=table.offset.tolist(),
        length=table.length.tolist(),
        x=table.x.tolist(),
        f=table.f.tolist(),
    )


DISTRIBUTIONS = (
    Distribution(
        "deterministic",
        "Always the same value.",
        (duration("value", "The value; may be infinite.", low=0.0, high=math.inf),),
        "values",
        _certain,
        lambda law: law.values[0],
        lambda law: 0.0,
        _deterministic_cdf,
        lambda law: law.values,
    ),
    Distribution(
        "exponential",
        "Memoryless: what has passed says nothing about what is left.",
        (MEAN,),
        "values",
        _exponential_row,
        lambda law: law.values[0],
        lambda law: law.values[0] ** 2,
        _exponential_cdf,
    ),
    Distribution(
        "lognormal",
        "Its logarithm is normal: the usual law of handling times.",
        (MEAN, SD),
        "values",
        _lognormal_row,
        lambda law: law.values[0],
        lambda law: law.values[1] ** 2,
        _lognormal_cdf,
        _sd_breaks,
        _spread_problems,
    ),
    Distribution(
        "gamma",
        "From nearly certain (small sd) over exponential (sd = mean) to very uneven.",
        (MEAN, SD),
        "values",
        _gamma_row,
        lambda law: law.values[0],
        lambda law: law.values[1] ** 2,
        _gamma_cdf,
        _sd_breaks,
        _spread_problems,
    ),
    Distribution(
        "erlang",
        "The sum of k exponential steps of equal mean.",
        (MEAN, Parameter("k", "count", "Number of steps.", low=1.0, high=1000.0)),
        "values",
        _erlang_row,
        lambda law: law.values[0],
        lambda law: law.values[0] ** 2 / law.values[1],
        _erlang_cdf,
    ),
    Distribution(
        "hyperexponential",
        "Two kinds of exponential durations, a short and a long one, that take up equal time in all (balanced means).",
        (MEAN, Parameter("cv", "number", "Standard deviation divided by the mean.", low=1.0, high=100.0)),
        "values",
        _hyperexponential_row,
        lambda law: law.values[0],
        lambda law: (law.values[0] * law.values[1]) ** 2,
        _hyperexponential_cdf,
    ),
    Distribution(
        "weibull",
        "Patience that runs out faster (shape above 1) or slower (below 1) the longer it has lasted.",
        (MEAN, Parameter("shape", "number", "1 is exponential.", low=0.1, high=100.0)),
        "values",
        _weibull_row,
        lambda law: law.values[0],
        _weibull_variance,
        _weibull_cdf,
    ),
    Distribution(
        "uniform",
        "Every value between two bounds is as likely as any other.",
        (duration("low", "Smallest value."), duration("high", "Largest value.")),
        "values",
        _uniform_row,
        lambda law: (law.values[0] + law.values[1]) / 2.0,
        lambda law: (law.values[1] - law.values[0]) ** 2 / 12.0,
        _uniform_cdf,
        lambda law: law.values,
        _rising("low", "high"),
    ),
    Distribution(
        "triangular",
        "Least, most likely and largest value, straight lines between.",
        (duration("low", "Smallest value."), duration("mode", "Most likely value."), duration("high", "Largest value.")),
        "values",
        _triangular_row,
        lambda law: math.fsum(law.values) / 3.0,
        _triangular_variance,
        _triangular_cdf,
        lambda law: law.values,
        _rising("low", "mode", "high"),
    ),
    Distribution(
        "quantiles",
        "A table of shares and values, straight lines between; from 0 % to 100 %.",
        (
            Parameter("share", "share", "Share of the durations that are at most the value.", low=0.0, high=1.0),
            duration("value", "The value."),
        ),
        "points",
        _point_row,
        _point_mean,
        _point_variance,
        _point_cdf,
        _point_breaks,
        _point_problems,
    ),
    Distribution(
        "empirical",
        "Measured values, each as likely as any other; nothing between them.",
        (duration("values", "The measured values."),),
        "samples",
        _sample_row,
        _sample_mean,
        _sample_variance,
        _sample_cdf,
        lambda law: law.values,
        _sample_problems,
    ),
    Distribution(
        "mixture",
        "One of several laws, chosen by chance.",
        (Parameter("weight", "share", "Chance of the part; all add up to 100 %.", above=0.0, high=1.0),),
        "weighted_parts",
        _mixture_row,
        _mixture_mean,
        _mixture_variance,
        _mixture_cdf,
        _part_breaks,
        _mixture_problems,
    ),
    Distribution(
        "smaller_of",
        "Several laws drawn independently; the smallest counts.",
        (),
        "parts",
        _smaller_row,
        _smaller_mean,
        _smaller_variance,
        _smaller_cdf,
        _part_breaks,
        _part_problems,
    ),
)
"""Every law of the scenario language."""

BY_NAME = {entry.name: entry for entry in DISTRIBUTIONS}
