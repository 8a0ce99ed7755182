"""Figures of a call, computed from its trace alone, so that an old trace can be measured again.

Latencies are measured on the waveform: from where the sound of a person began or ended to where the sound
of the agent did, never from when a component said so. The components' own events only explain them.
"""

from simulator.trace.metrics.compute import compute
from simulator.trace.metrics.distribution import Distribution
from simulator.trace.metrics.metrics import Metrics, TurnMetrics, metric_name, metric_names

__all__ = ["Distribution", "Metrics", "TurnMetrics", "compute", "metric_name", "metric_names"]
