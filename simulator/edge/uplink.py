"""The way of one person's sound from the microphone into the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from getstream.video.rtc.track_util import PcmData

from simulator.edge.grid import FRAME_NS
from simulator.media.activity import VoiceChange, VoiceMeter
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, SILENCE

if TYPE_CHECKING:
    from simulator.edge.person import Person
    from simulator.media.recording import CallRecording

TIME_BASE = 1 / SAMPLE_RATE


class Uplink:
    """Takes 20 ms after 20 ms from a microphone, keeps and measures them, and hands them on.

    Frame n is the sound from n * 20 ms to (n + 1) * 20 ms of the call, and is sent when it has ended.
    """

    def __init__(
        self,
        person: Person,
        recording: CallRecording,
        changed: Callable[[str, tuple[VoiceChange, ...]], None],
    ) -> None:
        self._person = person
        self._name = person.name
        self._participant = person.participant
        self._pick_up = person.microphone.frame
        self._measure = VoiceMeter()
        self._keep = recording.add
        self._changed = changed

    def frame(self, number: int) -> PcmData | None:
        """Frame ``number`` as it is sent; None when nothing is sent: from a muted microphone, or while the
        connection is lost."""
        position = number * FRAME_SAMPLES
        samples, silent = self._pick_up(position)
        pcm = None
        if self._person.muted or self._person.dropped:
            samples, silent = SILENCE, True
        else:
            pcm = PcmData(SAMPLE_RATE, "s16", samples, position, None, TIME_BASE, 1, self._participant)
        self._keep(self._name, number, samples, silent)
        changes = self._measure.feed(samples, number * FRAME_NS, silent)
        if changes:
            self._changed(self._name, changes)
        return pcm

    def close(self) -> None:
        """Nothing more will be sent, or not for now: a sound that is still going on ends here."""
        self._changed(self._name, self._measure.close())
