"""A turn detector that knows what simulated people say."""

from __future__ import annotations

from agentkit.core.edge.types import Participant
from agentkit.core.turn_detection import TurnDetector
from simulator.providers.hearing import Heard
from simulator.providers.latency import duration
from simulator.providers.listening import ScriptedListener
from simulator.providers.timing import Deadline


class ScriptedTurnDetector(ScriptedListener, TurnDetector):
    """Says that a turn starts with a person's first word and ends once no word has followed for ``final_s``.

    With ``eager_s`` it also guesses: an eager end of turn comes after that many seconds without a word, and a
    new start if the person goes on after all.
    """

    def __init__(self, final_s: float = 0.5, eager_s: float | None = None) -> None:
        """Raises `ValueError` unless 0 <= ``eager_s`` < ``final_s``."""
        super().__init__()
        self.final_s = duration(final_s, "ScriptedTurnDetector(final_s)")
        self.eager_s = None if eager_s is None else duration(eager_s, "ScriptedTurnDetector(eager_s)")
        if self.eager_s is not None and self.eager_s >= self.final_s:
            raise ValueError(
                f"ScriptedTurnDetector: expected eager_s below final_s, the guess before the certainty; "
                f"got eager_s={eager_s} and final_s={final_s}"
            )

    def _listen(self, participant: Participant | None) -> _Turns:
        return _Turns(self, participant)


class _Turns:
    """The turns of one person."""

    def __init__(self, detector: ScriptedTurnDetector, participant: Participant | None) -> None:
        self._detector = detector
        self._participant = participant
        self._silence = Deadline(self._silent)
        self._began: float | None = None
        self._voice_until = 0.0
        self._guessed = False

    def heard(self, heard: Heard) -> None:
        if self._began is None:
            self._began = heard.at(heard.voice_from_s)
            self._detector._emit_turn_started_event(self._participant)
        elif self._guessed:
            self._guessed = False
            self._detector._emit_turn_started_event(self._participant)
        self._voice_until = heard.at(heard.voice_until_s)
        eager_s, final_s = self._detector.eager_s, self._detector.final_s
        self._silence.put_off(self._voice_until + (final_s if eager_s is None else eager_s))

    def close(self) -> None:
        self._silence.cancel()

    def _silent(self) -> None:
        eager_s, final_s = self._detector.eager_s, self._detector.final_s
        if eager_s is not None and not self._guessed:
            self._guessed = True
            self._end(eager_s, eager=True)
            self._silence.put_off(self._voice_until + final_s)
        else:
            self._guessed = False
            self._end(final_s, eager=False)
            self._began = None

    def _end(self, silence_s: float, eager: bool) -> None:
        assert self._began is not None
        self._detector._emit_turn_ended_event(
            self._participant,
            eager_end_of_turn=eager,
            trailing_silence_ms=1000 * silence_s,
            duration_ms=1000 * (self._voice_until - self._began),
        )
