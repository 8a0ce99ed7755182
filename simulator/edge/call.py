"""A simulated call: people, an agent, and one clock that moves all their sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agentkit.core.media.output import Samples
from simulator.edge.acoustics import Acoustics, Room
from simulator.edge.camera import Camera
from simulator.edge.downlink import Downlink
from simulator.edge.errors import CallError
from simulator.edge.grid import FRAME_NS, NS_PER_SECOND
from simulator.edge.network import Network
from simulator.edge.person import Person
from simulator.edge.playback import Playback
from simulator.edge.rough_uplink import RoughUplink
from simulator.edge.screen_sound import ScreenSound
from simulator.edge.surroundings import Surroundings
from simulator.edge.transport import SimulatedEdge
from simulator.edge.uplink import Uplink
from simulator.media.activity import VoiceMeter
from simulator.media.clips import Clip, find_clip
from simulator.media.decode import decode_audio
from simulator.media.frames import FRAME_SAMPLES
from simulator.media.recording import CallRecording
from simulator.media.video import VideoClip, find_video, read_video
from simulator.trace.trace import Trace


class SimulatedCall:
    """One call on the running loop.

    Every 20 ms one tick sends what each microphone picked up in the 20 ms before, and takes the 20 ms the agent plays
    next. What is heard on either side is measured on the sound itself and recorded in the trace.
    """

    def __init__(self, *, trace: Trace, folders: Sequence[Path] = (), trace_frames: bool = False) -> None:
        """``folders`` are where clips are looked for first; ``trace_frames`` asks for a record of each video frame."""
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self.trace = trace
        self.trace_frames = trace_frames
        self.recording = CallRecording()
        self.people: dict[str, Person] = {}
        self.ended = False
        self._folders = tuple(folders)
        self._uplinks: dict[str, Uplink] = {}
        self._downlinks: dict[str, Downlink] = {}
        self._surroundings: list[Surroundings] = []
        self._rooms: dict[str, Room] = {}
        self._shared: tuple[ScreenSound, ...] = ()
        self._agent_meter = VoiceMeter()
        self._edge: SimulatedEdge | None = None
        self._playback: Playback | None = None
        self._ticks = 0
        self._ticker: asyncio.TimerHandle | None = self._loop.call_at(self._start, self._tick)

    @property
    def now_ns(self) -> int:
        """Nanoseconds since the call began."""
        return round((self._loop.time() - self._start) * NS_PER_SECOND)

    def call_at(self, ns: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call ``callback`` at ``ns`` nanoseconds since the call began."""
        return self._loop.call_at(self._start + ns / NS_PER_SECOND, callback)

    def person(
        self,
        name: str,
        *,
        microphone: bool = True,
        camera: str | Path | None = None,
        screen: str | Path | None = None,
        screen_sound: bool | str = True,
        network: Network | None = None,
        acoustics: Acoustics | None = None,
    ) -> Person:
        """Someone who may join. ``camera`` and ``screen`` are video files that they show from then on.

        ``screen_sound`` is the name of a clip that they share, with a screen or without one; without a name a screen
        brings the sound of its file if this is True, and none if it is False.
        ``network`` and ``acoustics`` are what their sound has to go through; without them it arrives as it was spoken,
        and at once. Raises `CallError` for a name that is taken, and `MediaError` for a file that cannot be shown.
        """
        if name in self.people or name == "agent":
            raise CallError(f"there is someone called {name!r} already")
        person = Person(name, self, microphone=microphone)
        person.camera.clip = self.video(camera) if camera is not None else None
        person.screen.clip = self.video(screen) if screen is not None else None
        if isinstance(screen_sound, str):
            person.screen_sound.clip, _ = self.clip(screen_sound)
        person.screen_sound.own = screen_sound is True
        if network is None and acoustics is None:
            self._uplinks[name] = Uplink(person, self.recording, self._note_voice)
        else:
            surroundings = Surroundings(
                person, self.trace, network, acoustics, rooms=self._rooms, folders=self._folders
            )
            self._surround(person, surroundings)
        self.people[name] = person
        return person

    def _surround(self, person: Person, surroundings: Surroundings) -> None:
        """Have the sound from and to ``person`` go through their surroundings."""
        person.pickup = surroundings.pickup
        self._surroundings.append(surroundings)
        self._uplinks[person.name] = RoughUplink(
            person, self.recording, self._note_voice, pickup=surroundings.pickup, link=surroundings.up
        )
        downlink = surroundings.downlink(self.recording)
        if downlink is not None:
            self._downlinks[person.name] = downlink

    def clip(self, clip: str | Clip) -> tuple[Clip, Samples]:
        """A clip by name and its sound. Raises `MediaError` when there is none, or it cannot be read."""
        found = find_clip(clip, folders=self._folders) if isinstance(clip, str) else clip
        return found, decode_audio(found.path).samples

    def video(self, file: str | Path) -> VideoClip:
        """A video by name. Raises `MediaError` when there is none, or it cannot be shown."""
        return read_video(find_video(file, folders=self._folders))

    def end(self, reason: str = "ended by the host") -> None:
        """End the call for everyone."""
        if not self.ended:
            self.ended = True
            if self._edge is not None:
                self._edge.call_ended(reason)
            self.trace.record("call", "call.ended", {"reason": reason})

    async def close(self) -> None:
        """Stop the clock of the call and complete its trace. Calling it again does nothing."""
        if self._ticker is None:
            return
        self._ticker.cancel()
        self._ticker = None
        for person in self.people.values():
            person.forget_drop()
            person.stop_saying()
            person.stop_camera()
            person.stop_sharing()
        for uplink in self._uplinks.values():
            uplink.close()
        self._note_voice("agent", self._agent_meter.close())
        if not self.ended:
            self.end("the scenario is over")
        for surroundings in self._surroundings:
            surroundings.close()
        stems = self.recording.digests()
        self.trace.record("call", "sound", {"sha256": self.recording.digest(stems), "stems": stems})

    # -- who is there -----------------------------------------------------------------------------------------

    def agent_joins(self, edge: SimulatedEdge) -> None:
        """An agent enters."""
        if self._edge is not None:
            raise CallError("there is an agent in this call already; a simulated call holds one")
        if self.ended:
            raise ConnectionError("the call has ended")
        self._edge = edge

    def agent_leaves(self) -> None:
        """The agent leaves; nothing of it is heard any more."""
        self._edge = None
        self._playback = None
        self._note_voice("agent", self._agent_meter.close())
        for person in self.people.values():
            person.camera.unsubscribe()
            person.screen.unsubscribe()

    def agent_speaks_through(self, playback: Playback) -> None:
        """Take the agent's sound from ``playback``."""
        self._playback = playback

    def person_joined(self, person: Person) -> None:
        """Tell the agent, and the trace, that ``person`` is here."""
        self.trace.record(person.name, "joined", {})
        if self._edge is not None:
            self._edge.person_joined(person)

    def person_left(self, person: Person) -> None:
        """Tell the agent, and the trace, that ``person`` is gone."""
        self._uplinks[person.name].close()
        if (downlink := self._downlinks.get(person.name)) is not None:
            downlink.close()
        self.trace.record(person.name, "left", {})
        if self._edge is not None:
            self._edge.person_left(person)

    def track_started(self, track: Camera | ScreenSound) -> None:
        """Tell the agent that there is a track beside the microphone."""
        if self._edge is not None:
            self._edge.track_started(track)

    def track_stopped(self, track: Camera | ScreenSound) -> None:
        """Tell the agent that the track is gone."""
        if self._edge is not None:
            self._edge.track_stopped(track)

    def sound_started(self, sound: ScreenSound) -> None:
        """Send the sound of a screen from now on."""
        self._shared = (*self._shared, sound)
        self.track_started(sound)

    def sound_stopped(self, sound: ScreenSound) -> None:
        """Send it no more."""
        self._shared = tuple(other for other in self._shared if other is not sound)
        self.track_stopped(sound)

    def person_sent(self, person: Person, data: dict[str, Any]) -> None:
        """Hand a custom event of ``person`` to the agent."""
        if self._edge is not None:
            self._edge.person_sent(person, data)

    # -- sound ------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        tick = self._ticks
        self._ticks = tick + 1
        self._ticker = self._loop.call_at(self._start + (tick + 1) * FRAME_NS / NS_PER_SECOND, self._tick)
        if tick:
            for person in self.people.values():
                if person.joined and person.has_microphone:
                    self._send_microphone(person, tick - 1)
            for sound in self._shared:
                self._send_shared(sound, tick - 1)
        if self._playback is not None:
            self._take_agent(self._playback, tick)

    def _send_microphone(self, person: Person, frame: int) -> None:
        """Send what a microphone picked up during ``frame``, which has just ended."""
        pcm = self._uplinks[person.name].frame(frame)
        if pcm is not None and self._edge is not None:
            self._edge.hear(pcm, person.participant)
        if person.saying is not None:
            person.frame_delivered((frame + 1) * FRAME_NS)

    def _send_shared(self, sound: ScreenSound, frame: int) -> None:
        """Send what a screen sounded like during ``frame``, which has just ended."""
        pcm = sound.frame(frame)
        if pcm is not None and self._edge is not None:
            self._edge.hear(pcm, sound.participant, sound.track_type)

    def _take_agent(self, playback: Playback, frame: int) -> None:
        """Take what the agent plays during ``frame``, which begins now."""
        samples = playback.pull(FRAME_SAMPLES)
        silent = samples is playback.silence
        self.recording.add("agent", frame, samples, silent)
        changes = self._agent_meter.feed(samples, frame * FRAME_NS, silent)
        if changes:
            self._note_voice("agent", changes)
        for downlink in self._downlinks.values():
            downlink.frame(frame, samples, silent)

    def _note_voice(self, source: str, changes: Sequence[tuple[str, int]]) -> None:
        for change, at_ns in changes:
            self.trace.record(source, f"voice.{change}", {"at_ns": at_ns})
