"""The two lines that every peer simulates, and what it tells of a run.

The unit of time is the mean talk. Each peer uses its own random numbers and keeps sums only; servsim's engines draw by
name and keep a full log of the same line.
"""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """A line with agents, Poisson arrivals and exponential talks and patience."""

    agents: int
    arrivals: float
    """A mean talk."""
    hang_ups: float
    """Rate of losing patience, a mean talk; 0: nobody hangs up."""


class Told(NamedTuple):
    """What one run came to."""

    contacts: int
    mean_wait: float
    """Of all contacts, in mean talks."""
    abandoned: float
    """Share of all contacts."""


LINES = {"M/M/1": Line(1, 0.9, 0.0), "M/M/20+M": Line(20, 20.0, 0.5)}
"""By name. Source: ``docs/explanation/speed.md``."""
