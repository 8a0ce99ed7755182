"""Recording real calls: an edge that keeps what people and agent said, and the way from there to a scenario."""

from simulator.recorder.capture.edge import RecordingEdge, RecordingStoppedEvent, record

__all__ = ["RecordingEdge", "RecordingStoppedEvent", "record"]
