"""A line as SimPy's documentation teaches it: a generator per customer and a ``simpy.Resource``.

What both engines are held against: the same line, written by hand, with ordinary random numbers, no names and no log.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import simpy

from servsim.peers.line import Line, Told


def run(line: Line, contacts: int, seed: int) -> Told:
    """Simulate so many customers."""
    rng = random.Random(seed)
    env = simpy.Environment()
    agents = simpy.Resource(env, line.agents)
    waits: list[float] = []
    abandoned = 0

    def customer() -> Generator[Any, Any, None]:
        arrived = env.now
        with agents.request() as request:
            yield request
            waits.append(env.now - arrived)
            yield env.timeout(rng.expovariate(1.0))

    def impatient_customer() -> Generator[Any, Any, None]:
        nonlocal abandoned
        arrived = env.now
        with agents.request() as request:
            result = yield request | env.timeout(rng.expovariate(line.hang_ups))
            waits.append(env.now - arrived)
            if request in result:
                yield env.timeout(rng.expovariate(1.0))
            else:
                abandoned += 1

    def arrivals() -> Generator[Any, Any, None]:
        comes = impatient_customer if line.hang_ups else customer
        for _ in range(contacts):
            yield env.timeout(rng.expovariate(line.arrivals))
            env.process(comes())

    env.process(arrivals())
    env.run()
    return Told(contacts, sum(waits) / contacts, abandoned / contacts)
