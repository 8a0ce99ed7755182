"""What a network does to sound between a person and the agent: each way apart, seeded, and free of any clock.

A `Path` loses, delays, doubles and reorders packets; a `Link` has one, and a receiver at its end who puts what arrives
back in order and fills the gaps. `Network` says how bad it is.
"""

from simulator.edge.network.conditions import Conditions, Network, Outage
from simulator.edge.network.link import Link
from simulator.edge.network.path import Path

__all__ = ["Conditions", "Link", "Network", "Outage", "Path"]
