"""The way of a person's sound into the call where the room, the microphone or the network is not ideal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from getstream.video.rtc.track_util import PcmData

from simulator.edge.acoustics import Pickup
from simulator.edge.grid import FRAME_NS
from simulator.edge.network import Link
from simulator.edge.uplink import TIME_BASE, Uplink
from simulator.media.activity import VoiceChange
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, SILENCE
from simulator.media.recording import AGENT, heard_at

if TYPE_CHECKING:
    from simulator.edge.person import Person
    from simulator.media.recording import CallRecording


class RoughUplink(Uplink):
    """An `Uplink` through a `Pickup` in a room and a `Link` of a network, or one of them.

    The voice is measured where it is spoken, clean and in time. What is recorded under the person's name is what the
    microphone sends; what arrives at the agent is recorded beside it, as ``<name> at the agent``. A frame keeps its
    place in the microphone's timeline (``pts``) however late it arrives.
    """

    def __init__(
        self,
        person: Person,
        recording: CallRecording,
        changed: Callable[[str, tuple[VoiceChange, ...]], None],
        *,
        pickup: Pickup | None,
        link: Link | None,
    ) -> None:
        super().__init__(person, recording, changed)
        self._pickup = pickup
        self._link = link
        self._arrived = recording.aside(heard_at(person.name, AGENT)) if link is not None else None

    def frame(self, number: int) -> PcmData | None:
        """Send frame ``number``, and return what arrives at the agent by its end, if anything does."""
        muted, dropped = self._person.muted, self._person.dropped
        if muted or dropped:
            samples, silent = SILENCE, True
        else:
            samples, silent = self._pick_up(number * FRAME_SAMPLES)
        changes = self._measure.feed(samples, number * FRAME_NS, silent)
        if changes:
            self._changed(self._name, changes)
        if self._pickup is not None and not (muted or dropped):
            samples, silent = self._pickup.frame(number, samples, silent)
        self._keep(self._name, number, samples, silent)
        if self._link is not None and self._arrived is not None:
            played = self._link.carry((number + 1) * FRAME_NS, None if muted else samples, silent, dropped)
            if played is None:
                return None
            samples, silent, missing = played
            if not silent:
                self._arrived.numbers.append(number)
                self._arrived.frames.append(samples)
            number -= self._link.lag
            if missing:
                self._person.speech.missed(number)
        elif muted or dropped:
            return None
        position = number * FRAME_SAMPLES
        return PcmData(SAMPLE_RATE, "s16", samples, position, None, TIME_BASE, 1, self._participant)

    def close(self) -> None:
        super().close()
        if self._link is not None:
            self._link.clear()
