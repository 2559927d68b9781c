"""Stretches of time and the intervals they fall into. Never knows what the stretches are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Grid(NamedTuple):
    """The intervals of a run, from its start: ``bins`` of ``length_s`` each, watched from ``from_s`` on."""

    bins: int
    length_s: float
    from_s: float

    @property
    def to_s(self) -> float:
        """End of the last interval."""
        return self.bins * self.length_s


def seconds_in_bins(from_s: Floats, to_s: Floats, owner: Ints, owners: int, grid: Grid) -> Floats:
    """Return how many seconds of all stretches fall into each interval, by owner.

    Parameters
    ----------
    from_s, to_s : (stretches,) float, seconds.
    owner : (stretches,) int, 0 to ``owners`` - 1: the channel, the team.
    grid : the intervals; what lies before ``grid.from_s`` or after the last interval is left out.

    Returns
    -------
    (owners * bins,) float, seconds, by owner and interval.
    """
    ended = seconds_since(to_s, owner, owners, grid)
    # Rounding may leave -1e-10 where nothing happened.
    return np.maximum(seconds_since(from_s, owner, owners, grid) - ended, 0.0)


def seconds_since(time_s: Floats, owner: Ints, owners: int, grid: Grid) -> Floats:
    """Return, by owner and interval, the seconds that lie after each moment, added over the owner's moments.

    The seconds of stretches are the difference between those since their beginnings and those since their ends.
    """
    width = grid.bins + 1
    time_s = np.clip(time_s, grid.from_s, grid.to_s)
    cell = (time_s / grid.length_s).astype(np.int64)
    rest_s = (cell + 1) * grid.length_s - time_s
    place = owner * width + cell
    part_s = np.bincount(place, weights=rest_s, minlength=owners * width).reshape(owners, width)
    number = np.bincount(place, minlength=owners * width).reshape(owners, width)
    earlier = np.cumsum(number, axis=1) - number
    return np.asarray((part_s + earlier * grid.length_s)[:, :-1].ravel())


def number_at_starts(from_s: Floats, to_s: Floats, owner: Ints, owners: int, grid: Grid) -> Floats:
    """Return how many stretches are under way at the first instant of each interval, by owner: begun by then, not yet over."""
    return _over_by(from_s, owner, owners, grid) - _over_by(to_s, owner, owners, grid)


def _over_by(time_s: Floats, owner: Ints, owners: int, grid: Grid) -> Floats:
    width = grid.bins + 1
    cell = np.clip(np.ceil(time_s / grid.length_s), 0, grid.bins).astype(np.int64)
    number = np.bincount(owner * width + cell, minlength=owners * width).reshape(owners, width)
    return np.asarray(np.cumsum(number, axis=1)[:, :-1].ravel().astype(float))
