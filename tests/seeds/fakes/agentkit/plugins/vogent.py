"""Stand-in for the plugin of Vogent: it knows when simulated people have finished."""

from __future__ import annotations

from simulator.providers import ScriptedTurnDetector as TurnDetection

__all__ = ["TurnDetection"]
