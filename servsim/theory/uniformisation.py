"""How many ticks of a Poisson clock a stretch of time may hold (Jensen's uniformisation).

Never knows what a tick does.
"""

from __future__ import annotations

import math


def ticks_until(mean_ticks: float) -> int:
    """Give a number of ticks that is exceeded with a chance below 1e-16.

    Raises
    ------
    SettingError
        Never.

    Source
    ------
    Chernoff's bound on the Poisson law: nine standard deviations and 40 more.
    """
    return math.ceil(mean_ticks + 9 * math.sqrt(mean_ticks)) + 40
