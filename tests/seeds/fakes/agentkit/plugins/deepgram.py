"""Stand-in for the plugin of Deepgram: it knows what simulated people say."""

from __future__ import annotations

from simulator.providers import ScriptedSTT as STT

__all__ = ["STT"]
