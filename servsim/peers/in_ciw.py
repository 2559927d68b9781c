"""The line in Ciw: a network of one node, in which customers may renege."""

from __future__ import annotations

import ciw

from servsim.peers.line import Line, Told


def run(line: Line, contacts: int, seed: int) -> Told:
    """Simulate so many customers."""
    reneging = {"reneging_time_distributions": [ciw.dists.Exponential(line.hang_ups)]} if line.hang_ups else {}
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(line.arrivals)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[line.agents],
        **reneging,
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(contacts, method="Finish")
    records = simulation.get_all_records()
    waits = sum(record.waiting_time for record in records)
    reneged = sum(record.record_type == "renege" for record in records)
    return Told(len(records), waits / len(records), reneged / len(records))
