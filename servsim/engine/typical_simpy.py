"""M/M/20+M as SimPy's documentation teaches it: a generator per customer and a ``simpy.Resource``.

The measure that the SimPy engine is held against (``servsim bench``): the same line, written by hand, with ordinary
random numbers, no names, no log and no second channel. Never used to simulate anything for a user.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import simpy

AGENTS = 20
ARRIVALS_PER_MIN = 20.0
HANG_UPS_PER_MIN = 0.5


def run(customers: int, seed: int) -> tuple[float, float]:
    """Return mean wait in minutes and share abandoned of so many customers; service takes 1 minute on average."""
    rng = random.Random(seed)
    env = simpy.Environment()
    agents = simpy.Resource(env, AGENTS)
    waits: list[float] = []
    abandoned = 0

    def customer() -> Generator[Any, Any, None]:
        nonlocal abandoned
        arrived = env.now
        with agents.request() as request:
            result = yield request | env.timeout(rng.expovariate(HANG_UPS_PER_MIN))
            waits.append(env.now - arrived)
            if request in result:
                yield env.timeout(rng.expovariate(1.0))
            else:
                abandoned += 1

    def arrivals() -> Generator[Any, Any, None]:
        for _ in range(customers):
            yield env.timeout(rng.expovariate(ARRIVALS_PER_MIN))
            env.process(customer())

    env.process(arrivals())
    env.run()
    return sum(waits) / customers, abandoned / customers
