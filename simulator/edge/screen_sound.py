"""The sound of a shared screen: a track of its own, beside the microphone of whoever shares it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from getstream.video.rtc.track_util import PcmData

from agentkit.core.edge import Participant, TrackType
from agentkit.core.media.output import Samples
from simulator.edge.grid import FRAME_NS, samples_to_ns
from simulator.edge.uplink import TIME_BASE
from simulator.media.clips import Clip
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, SILENCE
from simulator.media.source import MicrophoneSource

if TYPE_CHECKING:
    from simulator.edge.call import SimulatedCall


class ScreenSound:
    """What a person shares for others to hear. Instants are nanoseconds since the call began.

    Frame n is the sound from n * 20 ms to (n + 1) * 20 ms of the call, and is sent when it has ended; after the end of
    the clip silence is. The frames' own times (pts) count from the moment the sound was shared, as those of a camera
    do. It is recorded under a name of its own, and is nobody's voice: neither muting nor a network changes it.

    ``clip`` is what is shared when nothing else is named. ``own`` says whether a screen brings the sound of its own
    file. While it is ``frozen`` its frames are lost on the way.
    """

    track_type = TrackType.SCREEN_SHARE_AUDIO

    def __init__(self, participant: Participant, call: SimulatedCall) -> None:
        self.participant = participant
        self.track_id = f"{participant.id}:screen-audio"
        self.on = False
        self.frozen = False
        self.own = True
        self.clip: Clip | None = None
        self._stem = f"{participant.id} screen"
        self._call = call
        self._first = 0
        self._sent = 0
        self._source = MicrophoneSource()

    def turn_on(self, clip: Clip, samples: Samples, tick: int, after_s: Fraction = Fraction(0)) -> None:
        """Begin to share, with frame number ``tick``; ``after_s`` seconds later the first of ``samples`` sounds."""
        self.on = True
        self._first = tick
        self._sent = 0
        begins = tick * FRAME_SAMPLES + round(after_s * SAMPLE_RATE)
        ends = self._source.start(samples, at=begins)
        self._record("audio.started", at_ns=tick * FRAME_NS)
        self._record(
            "plays",
            clip=clip.path.name,
            text=clip.text,
            at_ns=samples_to_ns(begins),
            ends_at_ns=samples_to_ns(ends),
        )

    def turn_off(self) -> None:
        """Share no more."""
        self.on = False
        self._source.stop()
        self._record("audio.stopped", sent=self._sent)

    def frame(self, number: int) -> PcmData | None:
        """Frame ``number`` as it is sent; None before it is shared, and while the connection is lost."""
        if number < self._first:
            return None
        samples, silent = self._source.frame(number * FRAME_SAMPLES)
        if self.frozen:
            samples, silent = SILENCE, True
        self._call.recording.add(self._stem, number, samples, silent)
        if self.frozen:
            return None
        self._sent += 1
        position = (number - self._first) * FRAME_SAMPLES
        return PcmData(SAMPLE_RATE, "s16", samples, position, None, TIME_BASE, 1, self.participant)

    def _record(self, kind: str, **data: str | int) -> None:
        self._call.trace.record(self.participant.id, kind, {"track": self.track_id, **data})
