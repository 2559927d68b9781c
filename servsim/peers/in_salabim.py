"""The line in salabim: a component per customer, with ``yield`` (its quicker way)."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import salabim

from servsim.peers.line import Line, Told


def run(line: Line, contacts: int, seed: int) -> Told:
    """Simulate so many customers."""
    salabim.yieldless(False)
    env = salabim.Environment(trace=False, random_seed=seed)
    agents = salabim.Resource("agents", capacity=line.agents, monitor=False)
    rng = random.Random(seed)
    waited, abandoned = 0.0, 0

    class Customer(salabim.Component):  # type: ignore[misc]
        def process(self) -> Generator[Any, Any, None]:
            nonlocal waited, abandoned
            arrived = env.now()
            patience = {"fail_delay": rng.expovariate(line.hang_ups)} if line.hang_ups else {}
            yield self.request(agents, **patience)
            waited += env.now() - arrived
            if self.failed():
                abandoned += 1
            else:
                yield self.hold(rng.expovariate(1.0))
                self.release()

    class Arrivals(salabim.Component):  # type: ignore[misc]
        def process(self) -> Generator[Any, Any, None]:
            for _ in range(contacts):
                yield self.hold(rng.expovariate(line.arrivals))
                Customer("")

    Arrivals("")
    env.run()
    return Told(contacts, waited / contacts, abandoned / contacts)
