"""Draws from compiled laws: one by one for an engine, or many at once for a plan, with the same bits.

A law is drawn from the uniform ``u`` that the caller already has (word ``w`` of trial 0 of the draw's block). Laws that
need more luck take word ``w`` of further trials of the same key and counter, so that they never touch another purpose.

**Trials.** The last counter word is ``path << 24 | number``. The law itself has path 0; part j (from 0) of a law of
path q has path ``32 q + j + 1``, so parts of parts never meet. Number 0 is a part's own ``u`` (part 0 of a smaller_of
and the chosen part of a mixture take over their parent's). Numbers from 1: the further uniforms of an erlang law; of a
gamma law, 1 is the boost for shapes below 1, and attempt a (from 0) uses normal ``2 a + 1`` (attempt 0: ``u``) and
acceptance ``2 a + 2``.

Scales multiply: the same luck under a mean 15 % higher is 15 % longer (R12). Never decides what a draw is for.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from servsim.draws import portable_array as pa
from servsim.draws.philox import as_words, block, blocks, uniform, uniforms
from servsim.rules.distribution import LARGEST_NUMBER_OF_PARTS, LawKind, LawLists, LawTable
from servsim.rules.portable import exp, log, normal_quantile, power

Floats = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.intp]

# Plain whole numbers: comparing with members of an IntEnum costs an engine five times as much.
DETERMINISTIC, EXPONENTIAL, LOGNORMAL, HYPEREXPONENTIAL = 0, 1, 2, 3
WEIBULL, UNIFORM, TRIANGULAR, QUANTILES, EMPIRICAL = 4, 5, 6, 7, 8
GAMMA, ERLANG, MIXTURE, SMALLER_OF = 9, 10, 11, 12
assert [k.value for k in LawKind] == list(range(13)) and LawKind.GAMMA == GAMMA and LawKind.SMALLER_OF == SMALLER_OF

NUMBER_BITS = 24
PATH_BASE = LARGEST_NUMBER_OF_PARTS + 1
SMALLEST_U = 2.0**-53
LARGEST_U = 1.0 - 2.0**-53


# ---- one draw


def inverse(kind: int, p: tuple[float, float, float, float], u: float) -> float:
    """Return the draw of a law that is one formula of one uniform (kinds up to TRIANGULAR)."""
    if kind == LOGNORMAL:
        return p[0] * exp(p[1] * normal_quantile(u) + p[2])
    if kind == EXPONENTIAL:
        return -log(1.0 - u) * p[0]
    if kind == DETERMINISTIC:
        return p[0]
    if kind == UNIFORM:
        return p[0] + p[1] * u
    if kind == WEIBULL:
        return power(-log(1.0 - u), p[1]) * p[0]
    if kind == HYPEREXPONENTIAL:
        return hyperexponential(p, u)
    return triangular(p, u)


def hyperexponential(p: tuple[float, float, float, float], u: float) -> float:
    """Return a draw of two phases: the lower part of ``u`` chooses the first, and the rest of ``u`` is its luck."""
    if u < p[0]:
        return -log(1.0 - within(u, 0.0, p[0])) * p[1]
    return -log(1.0 - within(u, p[0], 1.0)) * p[2]


def triangular(p: tuple[float, float, float, float], u: float) -> float:
    """Return a draw between p[0] and p[2] ; p[3] is the share below the mode p[1]."""
    low, high, below = p[0], p[2], p[3]
    if u < below:
        return low + (high - low) * math.sqrt(u * below)
    return high - (high - low) * math.sqrt((1.0 - u) * (1.0 - below))


def within(u: float, start: float, end: float) -> float:
    """Return where ``u`` lies between two bounds, as a uniform of its own strictly between 0 and 1."""
    v = (u - start) / (end - start)
    return SMALLEST_U if v < SMALLEST_U else LARGEST_U if v > LARGEST_U else v


def sample(
    laws: LawLists, law_id: int, u: float, k0: int, k1: int, c0: int, c1: int, c2: int, word: int, path: int = 0
) -> float:
    """Return one draw of law ``law_id``.

    Parameters
    ----------
    u : the draw's own uniform: word ``word`` of ``block(k0, k1, c0, c1, c2, 0)``.
    k0, k1, c0, c1, c2, word : the name of the draw, for laws that need more than one uniform.
    path : which part of a nested law this is; see the module.
    """
    if laws.kind[law_id] >= MIXTURE:
        return nested(laws, law_id, u, k0, k1, c0, c1, c2, word, path)
    return simple(laws, law_id, u, k0, k1, c0, c1, c2, word, path)


def simple(
    laws: LawLists, law_id: int, u: float, k0: int, k1: int, c0: int, c1: int, c2: int, word: int, path: int
) -> float:
    """Return one draw of a law that has no parts."""
    kind = laws.kind[law_id]
    if kind <= TRIANGULAR:
        return inverse(kind, laws.p[law_id], u)
    if kind == QUANTILES:
        return between_quantiles(laws, law_id, u)
    if kind == EMPIRICAL:
        return laws.x[laws.offset[law_id] + int(u * laws.length[law_id])]
    if kind == GAMMA:
        return gamma(laws.p[law_id], u, k0, k1, c0, c1, c2, word, path)
    return erlang(laws.p[law_id], u, k0, k1, c0, c1, c2, word, path)


def between_quantiles(laws: LawLists, law_id: int, u: float) -> float:
    """Return the value at share ``u`` of a quantile table."""
    start = laws.offset[law_id]
    x, f = laws.x, laws.f
    i = bisect_right(f, u, start, start + laws.length[law_id]) - 1
    return x[i] + (x[i + 1] - x[i]) * ((u - f[i]) / (f[i + 1] - f[i]))


def gamma(
    p: tuple[float, float, float, float], u: float, k0: int, k1: int, c0: int, c1: int, c2: int, word: int, path: int
) -> float:
    """Return a gamma draw of scale p[0] by rejection.

    Source: Marsaglia and Tsang (2000), "A simple method for generating gamma variables", ACM TOMS 26.
    """
    scale, d, c, boost = p[0], p[1], p[2], p[3]
    trial = path << NUMBER_BITS
    while True:
        x = normal_quantile(u)
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if log(uniform(block(k0, k1, c0, c1, c2, trial + 2)[word])) < 0.5 * x * x + d - d * v + d * log(v):
                break
        trial += 2
        u = uniform(block(k0, k1, c0, c1, c2, trial + 1)[word])
    if boost == 0.0:
        return d * v * scale
    return d * v * power(uniform(block(k0, k1, c0, c1, c2, (path << NUMBER_BITS) + 1)[word]), boost) * scale


def erlang(
    p: tuple[float, float, float, float], u: float, k0: int, k1: int, c0: int, c1: int, c2: int, word: int, path: int
) -> float:
    """Return the sum of p[1] exponential draws of mean p[0]; the first takes ``u``."""
    total = -log(1.0 - u)
    trial = path << NUMBER_BITS
    for number in range(1, int(p[1])):
        total -= log(1.0 - uniform(block(k0, k1, c0, c1, c2, trial + number)[word]))
    return total * p[0]


def nested(
    laws: LawLists, law_id: int, u: float, k0: int, k1: int, c0: int, c1: int, c2: int, word: int, path: int
) -> float:
    """Return a draw of a law that has parts, which may have parts: the smallest of all parts that count.

    A mixture counts as the part in whose share ``u`` lies; of a smaller_of every part counts, the first with ``u``.
    NOTE: a list of open laws instead of functions that call each other, which would not compile.
    """
    smallest = math.inf
    waiting = [(law_id, u, path)]
    while len(waiting) > 0:
        law_id, u, path = waiting.pop()
        if laws.kind[law_id] == MIXTURE:
            waiting.append(chosen_part(laws, law_id, u, path))
        elif laws.kind[law_id] == SMALLER_OF:
            for j in range(laws.length[law_id]):
                part_path = path * PATH_BASE + j + 1
                own = u if j == 0 else uniform(block(k0, k1, c0, c1, c2, part_path << NUMBER_BITS)[word])
                waiting.append((int(laws.x[laws.offset[law_id] + j]), own, part_path))
        else:
            smallest = min(smallest, simple(laws, law_id, u, k0, k1, c0, c1, c2, word, path))
    return smallest


def chosen_part(laws: LawLists, law_id: int, u: float, path: int) -> tuple[int, float, int]:
    """Return the part of a mixture in whose share ``u`` lies, and its uniform: where in that share it lies."""
    first = laws.offset[law_id]
    i = bisect_right(laws.f, u, first, first + laws.length[law_id])
    start = laws.f[i - 1] if i > first else 0.0
    return int(laws.x[i]), within(u, start, laws.f[i]), path * PATH_BASE + i - first + 1


# ---- many draws


class DrawNames(NamedTuple):
    """Keys and counters of many draws, and which word of their blocks is meant."""

    columns: tuple[npt.NDArray[np.uint64], ...]
    """k0, k1, c0, c1, c2: each with one row a draw, or a single row for all of them."""
    word: int

    def rows(self, index: Indexes) -> DrawNames:
        """Return the names of some of the draws."""
        return DrawNames(tuple(c if c.size == 1 else c[index] for c in self.columns), self.word)

    def uniforms(self, n: int, path: int, number: int) -> Floats:
        """Return one further uniform for each of the n draws."""
        trial = (path << NUMBER_BITS) + number
        words = blocks(*(*self.columns, trial))[:, self.word]
        return np.broadcast_to(uniforms(words), n)


def sample_array(
    table: LawTable, law_ids: Any, u: Floats, k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, word: int
) -> Floats:
    """Return one draw for each row; the same bits as ``sample`` row by row.

    Parameters
    ----------
    law_ids : (n,) whole numbers, or one for all rows.
    u : (n,) float, the draws' own uniforms.
    k0, k1, c0, c1, c2 : (n,) whole numbers, or one for all rows: keys and counters.
    word : which word of every block.
    """
    names = DrawNames(tuple(np.atleast_1d(as_words(v)) for v in (k0, k1, c0, c1, c2)), word)
    u = np.asarray(u, np.float64)
    ids = np.broadcast_to(np.asarray(law_ids), u.shape)
    if not u.size:
        return np.empty(0)
    if (ids == ids[0]).all():
        return _one_law(table, int(ids[0]), u, names, 0)
    return _by_group(ids, u, names, lambda law_id, part_u, part_names: _one_law(table, law_id, part_u, part_names, 0))


def _by_group(groups: npt.NDArray[Any], u: Floats, names: DrawNames, draw: Any) -> Floats:
    out = np.empty_like(u)
    order = np.argsort(groups, kind="stable")
    values, starts = np.unique(groups[order], return_index=True)
    for value, index in zip(values.tolist(), np.split(order, starts[1:]), strict=True):
        out[index] = draw(int(value), u[index], names.rows(index))
    return out


def _one_law(table: LawTable, law_id: int, u: Floats, names: DrawNames, path: int) -> Floats:
    kind = int(table.kind[law_id])
    p = table.p[law_id].tolist()
    if kind <= TRIANGULAR:
        return _inverse_array(kind, p, u)
    if kind == GAMMA:
        return _gamma_array(p, u, names, path)
    if kind == ERLANG:
        return _erlang_array(p, u, names, path)
    own = slice(int(table.offset[law_id]), int(table.offset[law_id] + table.length[law_id]))
    x, f = table.x[own], table.f[own]
    if kind == QUANTILES:
        return _quantiles_array(x, f, u)
    if kind == EMPIRICAL:
        return x[(u * len(x)).astype(np.intp)]
    if kind == MIXTURE:
        return _mixture_array(table, x, f, u, names, path)
    return _smaller_array(table, x, u, names, path)


def _inverse_array(kind: int, p: list[float], u: Floats) -> Floats:
    if kind == LOGNORMAL:
        return p[0] * pa.exp(p[1] * pa.normal_quantile(u) + p[2])
    if kind == EXPONENTIAL:
        return -pa.log(1.0 - u) * p[0]
    if kind == DETERMINISTIC:
        return np.full_like(u, p[0])
    if kind == UNIFORM:
        return p[0] + p[1] * u
    if kind == WEIBULL:
        return pa.power(-pa.log(1.0 - u), p[1]) * p[0]
    if kind == HYPEREXPONENTIAL:
        first = u < p[0]
        v = _within_array(u, np.where(first, 0.0, p[0]), np.where(first, p[0], 1.0))
        return -pa.log(1.0 - v) * np.where(first, p[1], p[2])
    low, _, high, below = p
    rising = low + (high - low) * np.sqrt(u * below)
    falling = high - (high - low) * np.sqrt((1.0 - u) * (1.0 - below))
    return np.where(u < below, rising, falling)


def _within_array(u: Floats, start: Floats, end: Floats) -> Floats:
    return np.clip((u - start) / (end - start), SMALLEST_U, LARGEST_U)


def _quantiles_array(x: Floats, f: Floats, u: Floats) -> Floats:
    i = np.searchsorted(f, u, side="right") - 1
    return x[i] + (x[i + 1] - x[i]) * ((u - f[i]) / (f[i + 1] - f[i]))


def _gamma_array(p: list[float], u: Floats, names: DrawNames, path: int) -> Floats:
    scale, d, c, boost = p
    accepted = np.empty_like(u)
    open_rows = np.arange(len(u))
    number = 0
    while open_rows.size:
        here = names.rows(open_rows)
        x = pa.normal_quantile(u if number == 0 else here.uniforms(open_rows.size, path, number + 1))
        v = 1.0 + c * x
        v = v * v * v
        luck = pa.log(here.uniforms(open_rows.size, path, number + 2))
        fits = (v > 0.0) & (luck < 0.5 * x * x + d - d * v + d * pa.log(v))
        accepted[open_rows[fits]] = v[fits]
        open_rows = open_rows[~fits]
        number += 2
    if boost == 0.0:
        return d * accepted * scale
    return d * accepted * pa.power(names.uniforms(len(u), path, 1), boost) * scale


def _erlang_array(p: list[float], u: Floats, names: DrawNames, path: int) -> Floats:
    total = -pa.log(1.0 - u)
    for number in range(1, int(p[1])):
        total = total - pa.log(1.0 - names.uniforms(len(u), path, number))
    return total * p[0]


def _mixture_array(table: LawTable, parts: Floats, f: Floats, u: Floats, names: DrawNames, path: int) -> Floats:
    chosen = np.searchsorted(f, u, side="right")
    own = _within_array(u, np.concatenate(([0.0], f))[chosen], f[chosen])

    def draw(j: int, part_u: Floats, part_names: DrawNames) -> Floats:
        return _one_law(table, int(parts[j]), part_u, part_names, path * PATH_BASE + j + 1)

    return _by_group(chosen, own, names, draw)


def _smaller_array(table: LawTable, parts: Floats, u: Floats, names: DrawNames, path: int) -> Floats:
    smallest = _one_law(table, int(parts[0]), u, names, path * PATH_BASE + 1)
    for j in range(1, len(parts)):
        part_path = path * PATH_BASE + j + 1
        own = names.uniforms(len(u), part_path, 0)
        smallest = np.minimum(smallest, _one_law(table, int(parts[j]), own, names, part_path))
    return smallest
