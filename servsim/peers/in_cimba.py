# cimba reads the annotations of its models while they run, so this module may not postpone them.
"""The line in the cimba package, which compiles Python classes onto a C engine; compiled before the clock starts.

A single line without patience is a process that serves one customer after the other (its quickest way); with patience, a
process per customer.
"""

import cimba
from cimba import random

from servsim.peers.line import LINES, Line, Told


class OneAgent(cimba.Model):  # type: ignore[misc]
    """Customers queue; the agent takes one after the other."""

    contacts: cimba.Param[int]
    arrivals: cimba.Param[float]
    waiting: cimba.Store[float] = cimba.Store()
    waited: cimba.Output[float]
    count: cimba.Output[float]
    abandoned: cimba.Output[float]

    @cimba.process
    def come(self):  # type: ignore[no-untyped-def]
        for _ in range(self.contacts):
            cimba.hold(random.exponential(1.0 / self.arrivals))
            self.waiting.put(cimba.now())

    @cimba.process
    def serve(self):  # type: ignore[no-untyped-def]
        self.waited = 0.0
        self.count = 0.0
        self.abandoned = 0.0
        while True:
            arrived = self.waiting.get()
            self.waited = self.waited + cimba.now() - arrived
            self.count = self.count + 1.0
            cimba.hold(random.exponential(1.0))


class ImpatientLine(cimba.Model):  # type: ignore[misc]
    """Customers who hang up, twenty agents."""

    contacts: cimba.Param[int]
    arrivals: cimba.Param[float]
    hang_ups: cimba.Param[float]
    agents: cimba.Resource = cimba.Resource(capacity=20)
    waited: cimba.Output[float]
    count: cimba.Output[float]
    abandoned: cimba.Output[float]

    @cimba.process
    def come(self):  # type: ignore[no-untyped-def]
        self.waited = 0.0
        self.count = 0.0
        self.abandoned = 0.0
        for _ in range(self.contacts):
            cimba.hold(random.exponential(1.0 / self.arrivals))
            cimba.spawn(ImpatientCustomer, line=self)


class ImpatientCustomer(cimba.Model):  # type: ignore[misc]
    """One customer of the line."""

    line: cimba.Ref[ImpatientLine]

    @cimba.process
    def live(self):  # type: ignore[no-untyped-def]
        arrived = cimba.now()
        me = cimba.this_process()
        me.timer_set(random.exponential(1.0 / self.line.hang_ups), 7)
        signal = self.line.agents.acquire()
        me.timers_clear()
        self.line.waited = self.line.waited + cimba.now() - arrived
        self.line.count = self.line.count + 1.0
        if signal == 0:
            cimba.hold(random.exponential(1.0))
            self.line.agents.release()
        else:
            self.line.abandoned = self.line.abandoned + 1.0


def run(line: Line, contacts: int, seed: int) -> Told:
    """Simulate so many customers.

    Raises
    ------
    ValueError : another line than those of ``LINES``: its agents stand in the class.
    RuntimeError : cimba failed; its reasons are in the message.
    """
    if line == LINES["M/M/1"]:
        model = OneAgent()
    elif line == LINES["M/M/20+M"]:
        model = ImpatientLine()
        model.hang_ups = line.hang_ups
    else:
        raise ValueError(f"{line}: cimba's classes know {list(LINES)} only")
    model.contacts, model.arrivals = contacts, line.arrivals
    experiment = cimba.Experiment(model, seed=seed)
    outcome = experiment.run(workers=1)
    if outcome.failed.any():
        raise RuntimeError(str(outcome.failure_reasons))
    told = outcome[model]
    count = float(told.count.values.ravel()[0])
    return Told(int(count), float(told.waited.values.ravel()[0]) / count, float(told.abandoned.values.ravel()[0]) / count)
