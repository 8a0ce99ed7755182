"""Voice-activity detection that knows when simulated people speak."""

from __future__ import annotations

from agentkit.core.edge.types import Participant
from agentkit.core.vad import VAD
from simulator.providers.hearing import Heard
from simulator.providers.latency import duration
from simulator.providers.listening import ScriptedListener
from simulator.providers.timing import Deadline


class ScriptedVAD(ScriptedListener, VAD):
    """Says that speech started ``onset_s`` after a first word began, and ended after ``silence_s`` without
    one.

    It costs next to nothing, for measuring everything else. The defaults are those of
    `agentkit.plugins.silero.VAD`. A cough or a breath is no word, so this detector is deaf to it.
    """

    def __init__(self, onset_s: float = 0.064, silence_s: float = 0.256) -> None:
        """Raises `ValueError` or `TypeError` for what is not a number of seconds."""
        super().__init__()
        self.onset_s = duration(onset_s, "ScriptedVAD(onset_s)")
        self.silence_s = self.end_delay_s = duration(silence_s, "ScriptedVAD(silence_s)")

    def _listen(self, participant: Participant | None) -> _Voice:
        return _Voice(self, participant)


class _Voice:
    """When one person's voice is there."""

    def __init__(self, vad: ScriptedVAD, participant: Participant | None) -> None:
        self._vad = vad
        self._participant = participant
        self._onset = Deadline(self._start)
        self._silence = Deadline(self._end)
        self._began: float | None = None
        self._started = False
        self._voice_until = 0.0

    def heard(self, heard: Heard) -> None:
        if self._began is None:
            self._began = heard.at(heard.voice_from_s)
            self._onset.put_off(self._began + self._vad.onset_s)
        self._voice_until = heard.at(heard.voice_until_s)
        self._silence.put_off(self._voice_until + self._vad.silence_s)

    def close(self) -> None:
        self._onset.cancel()
        self._silence.cancel()

    def _start(self) -> None:
        self._started = True
        self._vad._emit_speech_started_event(self._participant, speech_ms=1000 * self._vad.onset_s)

    def _end(self) -> None:
        assert self._began is not None
        if self._started:
            self._vad._emit_speech_ended_event(
                self._participant,
                silence_ms=1000 * self._vad.silence_s,
                speech_ms=1000 * (self._voice_until - self._began),
            )
        self._onset.cancel()
        self._began = None
        self._started = False
