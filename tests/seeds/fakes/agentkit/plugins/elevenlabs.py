"""Stand-in for the plugin of ElevenLabs: a voice of harmonics."""

from __future__ import annotations

from simulator.providers import ScriptedTTS as TTS

__all__ = ["TTS"]
