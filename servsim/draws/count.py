"""Counts: how many cases a cell has, and how busy a day is.

The count is a quantile of keyed uniforms, not the length of a sequence of gaps: a lower rate removes the cases with the
highest numbers and moves nobody (R2). Never decides on a key.
"""

from __future__ import annotations

from servsim.draws.law import gamma
from servsim.draws.philox import block, uniform
from servsim.draws.purpose import BUSY_NESS, COUNT_OF_CELL
from servsim.rules.distribution import CERTAIN_BELOW_CV, LARGEST_CV, gamma_numbers
from servsim.rules.portable import exp

CHUNK_MEAN = 500.0
"""Largest mean of one quantile search: exp(-500) is still an ordinary number, and the search still short."""


def poisson_quantile(u: float, mean: float) -> int:
    """Return the smallest count that a Poisson variate of this mean stays at or below with chance ``u`` or more.

    Searches from 0 upwards, so it takes about ``mean`` steps; ``mean`` from 0 to 500.

    Raises
    ------
    ValueError : the mean is negative, above 500, or not a number.
    """
    if not 0.0 <= mean <= CHUNK_MEAN:
        raise ValueError(f"mean: got {mean}; must be 0 to {CHUNK_MEAN:g}")
    return count_up_to(u, mean)


def count_up_to(u: float, mean: float) -> int:
    """Return ``poisson_quantile`` of a mean that is known to be within its bounds."""
    chance = exp(-mean)
    total = chance
    count = 0
    while total < u:
        count += 1
        chance *= mean / count
        if total + chance == total and count > mean:
            break  # the rest of the tail is below the last bit of the sum, which may stop just short of the largest u
        total += chance
    return count


def poisson_count(mean: float, k0: int, k1: int, c0: int) -> int:
    """Return how many cases a cell has: a Poisson count of any mean.

    Parameters
    ----------
    mean : 0 or more, and finite.
    k0, k1, c0 : the cell's name: key of group COUNT and root with number 0.

    Raises
    ------
    ValueError : the mean is negative or not finite.
    """
    if not 0.0 <= mean < float("inf"):
        raise ValueError(f"mean: got {mean}; must be 0 or more and finite")
    return number_of_cases(mean, k0, k1, c0)


def number_of_cases(mean: float, k0: int, k1: int, c0: int) -> int:
    """Return ``poisson_count`` of a mean that is known to be within its bounds: chunks of mean 500, and the remainder.

    Each chunk has its own uniform, chunk 0 the cell's. A lower mean never gives a higher count: it makes
    the last chunk smaller or drops chunks, and leaves the others as they are. (Exactly so but for a chance of about
    1e-13, where rounding in the sum decides.)
    """
    full = int(mean / CHUNK_MEAN)
    count = 0
    for chunk in range(full):
        count += count_up_to(uniform(block(k0, k1, c0, 0, 0, chunk)[COUNT_OF_CELL]), CHUNK_MEAN)
    rest = mean - full * CHUNK_MEAN
    if rest > 0.0:
        count += count_up_to(uniform(block(k0, k1, c0, 0, 0, full)[COUNT_OF_CELL]), rest)
    return count


def gamma_factor(cv: float, k0: int, k1: int, c0: int) -> float:
    """Return the busy-ness of a day: gamma distributed with mean 1 and standard deviation ``cv``; 1 for cv 0.

    Key of group DAY_FACTOR and the factor's name, ``c0`` the day.

    Raises
    ------
    ValueError : ``cv`` is negative, above 30, or not a number.
    """
    if not 0.0 <= cv <= LARGEST_CV:
        raise ValueError(f"cv: got {cv}; must be 0 to {LARGEST_CV:g}")
    return day_factor(cv, k0, k1, c0)


def day_factor(cv: float, k0: int, k1: int, c0: int) -> float:
    """Return ``gamma_factor`` of a ``cv`` that is known to be within its bounds."""
    if cv <= CERTAIN_BELOW_CV:
        return 1.0
    shape = 1.0 / (cv * cv)
    u = uniform(block(k0, k1, c0, 0, 0, 0)[BUSY_NESS])
    d, c, boost = gamma_numbers(shape)
    return gamma((1.0 / shape, d, c, boost), u, k0, k1, c0, 0, 0, BUSY_NESS, 0)
