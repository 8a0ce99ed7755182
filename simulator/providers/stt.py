"""Speech to text that knows what simulated people say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from agentkit.core.edge.types import Participant
from agentkit.core.stt import STT
from simulator.providers.hearing import Heard
from simulator.providers.latency import Latency, duration, latency
from simulator.providers.listening import ScriptedListener
from simulator.providers.timing import Deadline, Outbox


class ScriptedSTT(ScriptedListener, STT):
    """Transcribes the sound of simulated people without a recogniser, with the delays of one.

    Each word gives a partial transcript ``partial_latency`` after its end was heard, unless ``interim`` is
    False. When no word has followed for ``endpointing_s`` the utterance is over: its final transcript comes
    ``final_latency`` later. Delays are in seconds, fixed or a model (see `simulator.providers.latency`).

    The defaults are those of a fast streaming service: first words after 100 ms, 300 ms of endpointing. Words
    of frames that never arrived are missing from the transcript.
    """

    def __init__(
        self,
        partial_latency: float | Latency = 0.1,
        final_latency: float | Latency = 0.1,
        endpointing_s: float = 0.3,
        interim: bool = True,
    ) -> None:
        """Raises `ValueError` or `TypeError` for what is not a number of seconds."""
        super().__init__()
        self.partial_latency = latency(partial_latency)
        self.final_latency = latency(final_latency)
        self.endpointing_s = duration(endpointing_s, "ScriptedSTT(endpointing_s)")
        self.interim = interim

    def _listen(self, participant: Participant | None) -> _Utterances:
        return _Utterances(
            self,
            partial=partial(self._emit_partial_transcript_event, participant=participant),
            final=partial(self._emit_transcript_event, participant=participant),
        )


class _Utterances:
    """What one person says, cut into utterances."""

    def __init__(
        self, stt: ScriptedSTT, partial: Callable[[str], None], final: Callable[[str], None]
    ) -> None:
        self._stt = stt
        self._partial = partial
        self._final = final
        self._words: list[str] = []
        self._silence = Deadline(self._end)
        self._outbox = Outbox()

    def heard(self, heard: Heard) -> None:
        for word in heard.ended:
            self._words.append(word.text)
            if self._stt.interim:
                when = heard.at(word.end_s) + self._stt.partial_latency.draw()
                self._outbox.post(when, self._partial, " ".join(self._words))
        self._silence.put_off(heard.at(heard.voice_until_s) + self._stt.endpointing_s)

    def close(self) -> None:
        self._silence.cancel()
        self._outbox.clear()

    def _end(self) -> None:
        text = " ".join(self._words)
        self._words.clear()
        when = asyncio.get_running_loop().time() + self._stt.final_latency.draw()
        self._outbox.post(when, self._final, text)
