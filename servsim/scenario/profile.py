"""Profiles by time of day on the run's clock: arrivals and head counts share one meaning.

An entry lasts until the next one. The first, at 0:00, begins at opening; the last ends at closing. One number from
0:00 on means all open hours, lunch breaks left out. Nothing happens on a day without open hours.
"""

from __future__ import annotations

from typing import NamedTuple

from servsim.scenario.units import Profile

Window = tuple[float, float]


class Stretch(NamedTuple):
    """A time of one day in which a profile has one value."""

    from_s: float
    to_s: float
    weight: float
    """The profile's number."""


def stretches_of(profile: Profile | None, midnight_s: float, windows: list[Window]) -> list[Stretch]:
    """Return the stretches of a day's profile on the run's clock; windows are the open hours of that day.

    Nothing comes on a day without open hours. No profile, or one number from 0:00 on, means all open hours.
    """
    if not windows or profile == ():
        return []
    if profile is None or (len(profile) == 1 and profile[0][0] == 0.0):
        weight = 1.0 if profile is None else profile[0][1]
        return [Stretch(begin, end, weight) for begin, end in windows]
    starts = [midnight_s + time for time, _ in profile]
    if starts[0] == midnight_s:
        starts[0] = min(windows[0][0], starts[1])
    ends = [*starts[1:], max(windows[-1][1], starts[-1])]
    return [Stretch(begin, end, weight) for begin, end, (_, weight) in zip(starts, ends, profile, strict=True) if begin < end]
