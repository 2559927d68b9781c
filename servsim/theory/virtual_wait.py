"""The law of the wait that M/M/c+G offers: what an arrival would wait if it never gave up.

Its density is proportional to exp(lambda H(x) - c mu x), a single smooth hill. It is cut into panels around the top
of that hill and integrated by Gauss-Legendre; heights are kept relative to the top, so thousands of agents do not
overflow. Never knows what a planner calls its integrals; see ``erlang_a``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre

from servsim.theory.argument import refuse
from servsim.theory.patience import Array, Patience

_NODES, _WEIGHTS = legendre.leggauss(10)
_DROP = 60.0
"""Below exp(-60) of its top the hill is left out: less than a double can see."""
_PANELS = 64
_OCTAVES = np.arange(-40, 100)


def _running_integral() -> Array:
    """Give the matrix that turns values at the nodes of [-1, 1] into integrals from -1 to each node."""
    order = len(_NODES)
    antiderivatives = [legendre.legval(_NODES, legendre.legint(unit, lbnd=-1)) for unit in np.eye(order)]
    return np.column_stack(antiderivatives) @ np.linalg.inv(legendre.legvander(_NODES, order - 1))


_RUNNING = _running_integral()


@dataclass(frozen=True)
class Busy:
    """What happens while all agents of M/M/c+G are busy.

    Greek: lambda = ``rate_per_s``, c mu = ``service_per_s``.
    """

    rate_per_s: float
    service_per_s: float
    """Services completed per second by all agents together."""
    patience: Patience

    def height(self, x: Array, integrated: Array) -> Array:
        """Give the logarithm of the unscaled density: lambda H(x) - c mu x, written so that endless patience is exact."""
        return (self.rate_per_s - self.service_per_s) * x - self.rate_per_s * (x - integrated)

    def integrated_at(self, edges: Array) -> Array:
        """Give E[min(patience, x)] at rising edges that begin at 0."""
        if self.patience.integrated_survival is not None:
            return np.asarray(self.patience.integrated_survival(edges), dtype=float)
        half = np.diff(edges)[:, None] / 2
        pieces = np.asarray(self.patience.survival(edges[:-1, None] + half * (1 + _NODES)), dtype=float) * half
        return np.concatenate(([0.0], np.cumsum(pieces @ _WEIGHTS)))


@dataclass(frozen=True, eq=False)
class VirtualWait:
    """A quadrature rule for the offered wait of those who find all agents busy."""

    wait_s: Array
    """(nodes,) offered waits, seconds, rising."""
    weight: Array
    """(nodes,) their probabilities given that all agents are busy; they sum to 1."""
    survival: Array
    """(nodes,) share of people who would wait so long."""
    integrated_survival: Array
    """(nodes,) mean wait of people who are offered this wait, seconds."""
    top: float
    """Logarithm of the hill's height."""
    area_s: float
    """Area under the hill divided by its height, seconds."""

    def mean(self, values: Array) -> float:
        """Average values at the nodes over those who find all agents busy."""
        return float(self.weight @ values)


def hill(busy: Busy) -> Array:
    """Give the edges of panels, from 0, that resolve the density where it matters, seconds.

    Raises
    ------
    SettingError
        When even the patience left at the end lets the line grow without end.

    Source
    ------
    The exponent is concave because the survival function falls: Baccelli & Hebuterne (1981).
    """
    fixed = np.concatenate(([0.0], np.ldexp(1 / busy.service_per_s, _OCTAVES), busy.patience.breakpoints_s))
    edges, width = np.unique(fixed), math.inf
    while True:
        first, last = _around_top(busy, edges)
        edges = np.unique(np.concatenate((fixed, np.linspace(first, last, _PANELS + 1))))
        if last - first > width / 2:
            return edges[edges <= last]
        width = last - first


def _around_top(busy: Busy, edges: Array) -> tuple[float, float]:
    height = busy.height(edges, busy.integrated_at(edges))
    seen = np.flatnonzero(height >= height.max() - _DROP)
    if seen[-1] + 1 == len(edges):
        raise refuse(
            "patience", busy.patience.law.value, "must let the line shrink: with these rates it grows without end"
        )
    return float(edges[max(seen[0] - 1, 0)]), float(edges[seen[-1] + 1])


def offered(busy: Busy, edges: Array, cut_s: float = 0.0) -> VirtualWait:
    """Give the quadrature rule over the panels of :func:`hill`, cut once more at a threshold.

    Raises
    ------
    SettingError
        Never; the panels were accepted before.

    Source
    ------
    Baccelli & Hebuterne (1981); Zeltyn & Mandelbaum, Queueing Systems 51 (2005), section 4.
    """
    edges = np.unique(np.append(edges, cut_s)) if 0 < cut_s < edges[-1] else edges
    half = np.diff(edges)[:, None] / 2
    x = edges[:-1, None] + half * (1 + _NODES)
    survival = np.asarray(busy.patience.survival(x), dtype=float)
    if busy.patience.integrated_survival is not None:
        integrated = np.asarray(busy.patience.integrated_survival(x), dtype=float)
    else:
        integrated = busy.integrated_at(edges)[:-1, None] + half * (survival @ _RUNNING.T)
    height = busy.height(x, integrated)
    top = max(float(height.max()), 0.0)
    mass = half * _WEIGHTS * np.exp(height - top)
    area = float(mass.sum())
    return VirtualWait(x.ravel(), (mass / area).ravel(), survival.ravel(), integrated.ravel(), top, area)
