"""The way of the agent's sound to one person, where somebody looks at what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.edge.acoustics import EchoPath
from simulator.edge.grid import FRAME_NS
from simulator.edge.network import Link
from simulator.media.frames import Samples
from simulator.media.recording import AGENT, heard_at

if TYPE_CHECKING:
    from simulator.edge.person import Person
    from simulator.media.recording import CallRecording


class Downlink:
    """Takes what the agent plays through a network, if there is one, and to a loudspeaker, if a microphone hears it.

    What arrives through a network is recorded, as ``agent at <name>``.
    """

    def __init__(
        self,
        person: Person,
        recording: CallRecording,
        *,
        link: Link | None,
        echo: EchoPath | None,
    ) -> None:
        self._person = person
        self._link = link
        self._echo = echo
        self._arrived = recording.aside(heard_at(AGENT, person.name)) if link is not None else None

    def frame(self, number: int, samples: Samples, silent: bool) -> None:
        """The agent plays frame ``number``, which begins now."""
        person = self._person
        if not person.joined:
            return
        if self._link is not None and self._arrived is not None:
            played = self._link.carry(number * FRAME_NS, samples, silent, person.dropped)
            if played is None:
                return
            samples, silent, _ = played
            if not silent:
                self._arrived.numbers.append(number)
                self._arrived.frames.append(samples)
        elif person.dropped:
            return
        if not silent and self._echo is not None:
            self._echo.play(number, samples)

    def close(self) -> None:
        """Nothing more is heard, or not for now."""
        if self._link is not None:
            self._link.clear()
