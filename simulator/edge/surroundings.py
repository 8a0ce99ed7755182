"""What lies between one person and the call: their room and microphone, and a network each way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.edge.acoustics import PINK, Acoustics, EchoPath, Pickup, Room
from simulator.edge.acoustics.noise import Noise, endless, pink
from simulator.edge.downlink import Downlink
from simulator.edge.network import Link, Network
from simulator.media.clips import find_clip
from simulator.media.decode import decode_audio

if TYPE_CHECKING:
    from simulator.edge.person import Person
    from simulator.media.recording import CallRecording
    from simulator.trace.trace import Trace


class Surroundings:
    """Made for somebody whose sound does not arrive as it was spoken. What they are goes into the trace at once.

    Raises `MediaError` for a noise that cannot be found or used.
    """

    def __init__(
        self,
        person: Person,
        trace: Trace,
        network: Network | None,
        acoustics: Acoustics | None,
        *,
        rooms: dict[str, Room],
        folders: Sequence[Path],
    ) -> None:
        """``rooms`` are those of the call, by name; one that is not there yet is added."""
        self._person = person
        self._trace = trace
        self.up: Link | None = None
        self.down: Link | None = None
        self.pickup: Pickup | None = None
        self._echo: EchoPath | None = None
        if acoustics is not None:
            self._furnish(acoustics, rooms, folders)
        if network is not None:
            name = person.name
            trace.record(name, "network", {"up": network.up.told(), "down": network.down.told()})
            self.up = Link(network.up, f"network:{name}:up")
            self.down = Link(network.down, f"network:{name}:down")

    def _furnish(self, acoustics: Acoustics, rooms: dict[str, Room], folders: Sequence[Path]) -> None:
        noise = others = None
        if acoustics.noise is not None:
            noise = noise_called(acoustics.noise, folders)
        if acoustics.echo is not None:
            self._echo = EchoPath(acoustics.echo, acoustics.gain_db)
        if acoustics.room is not None:
            room = rooms.setdefault(acoustics.room, Room())
            others = room.enter(self._person.microphone, acoustics.gain_db)
        stream = f"acoustics:{self._person.name}:noise"
        self.pickup = Pickup(acoustics, stream, noise=noise, echo=self._echo, others=others)
        self._trace.record(self._person.name, "acoustics", acoustics.told())

    def downlink(self, recording: CallRecording) -> Downlink | None:
        """How the agent gets to this person; None where nothing depends on it."""
        if self.down is None and self._echo is None:
            return None
        return Downlink(self._person, recording, link=self.down, echo=self._echo)

    def close(self) -> None:
        """The call is over: record what became of the packets."""
        if self.up is not None and self.down is not None:
            counts = {"up": self.up.counts, "down": self.down.counts}
            self._trace.record(self._person.name, "network.counts", counts)


def noise_called(name: str, folders: Sequence[Path] = ()) -> Noise:
    """Noise by name: that of a clip, or ``"pink"``. Raises `MediaError` for a clip that is not there or will not do."""
    return pink() if name == PINK else endless(decode_audio(find_clip(name, folders=folders).path))
