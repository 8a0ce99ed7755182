"""The trace: everything observable in a call, its identity, its measures and its story."""

from simulator.trace.encode import attach, event_data
from simulator.trace.jsonl import TraceFileError, read_jsonl, write_jsonl
from simulator.trace.metrics import Distribution, Metrics, compute, metric_name
from simulator.trace.record import Record, digest
from simulator.trace.story import tell
from simulator.trace.trace import Trace
from simulator.trace.watch import Watch

__all__ = [
    "Distribution",
    "Metrics",
    "Record",
    "Trace",
    "TraceFileError",
    "Watch",
    "attach",
    "compute",
    "digest",
    "event_data",
    "metric_name",
    "read_jsonl",
    "tell",
    "write_jsonl",
]
