"""A simulated person: comes, speaks with a recorded voice, interrupts, goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentkit.core.edge import Participant, TrackType
from agentkit.core.edge.custom_events import encode_custom_event
from simulator.edge.camera import Camera
from simulator.edge.errors import CallError
from simulator.edge.grid import FRAME_NS, NS_PER_SECOND, next_tick
from simulator.edge.screen_sound import ScreenSound
from simulator.edge.speech import Speech
from simulator.edge.utterance import SaidWord, Utterance
from simulator.media.clips import Clip
from simulator.media.frames import FRAME_SAMPLES, Samples
from simulator.media.source import MicrophoneSource
from simulator.media.video import VideoClip

if TYPE_CHECKING:
    from simulator.edge.acoustics import Pickup
    from simulator.edge.call import SimulatedCall


LOST_AFTER_S = 5.0
"""After how long without a packet an edge takes someone for lost. RFC 7675 lets consent expire after 30 s; edges for
live calls give up sooner."""

_VOICES = ("speech", "back-channel")
"""Kinds of clips that tell how loud somebody speaks; a cough does not."""


class Person:
    """Someone in a simulated call. Made by `SimulatedCall.person`; times are the call's."""

    def __init__(self, name: str, call: SimulatedCall, *, microphone: bool = True) -> None:
        self.name = name
        self.has_microphone = microphone
        self.joined = False
        self.muted = False
        self.dropped = False
        self.participant = Participant(original=self, user_id=name, id=name)
        self.microphone_track = f"{name}:audio"
        self.microphone = MicrophoneSource()
        self.pickup: Pickup | None = None
        self.camera = Camera(self.participant, TrackType.VIDEO, call)
        self.screen = Camera(self.participant, TrackType.SCREEN_SHARE, call)
        self.screen_sound = ScreenSound(self.participant, call)
        self.saying: Utterance | None = None
        self.speech = Speech()
        self._call = call
        self._noticed: asyncio.TimerHandle | None = None

    @property
    def speaking(self) -> bool:
        """True while a clip of theirs is playing."""
        return self.saying is not None

    def join(self) -> None:
        """Enter the call, with the camera on, the screen shared and its sound if they were declared with a file."""
        if self.joined:
            raise CallError(f"{self.name} has joined already; they can leave and join again")
        if self._call.ended:
            raise CallError(f"the call has ended; {self.name} can join it no more")
        self.joined = True
        self._call.person_joined(self)
        if self.camera.clip is not None:
            self.start_camera()
        if self.screen.clip is not None:
            self.share_screen()
        elif self.screen_sound.clip is not None:
            self.share_sound()

    def leave(self) -> None:
        """Leave the call; a clip in progress is cut short."""
        self._must_be_here("leave")
        self._stop_noticing()
        self.stop_saying()
        self.stop_camera()
        self.stop_sharing()
        self.joined = False
        self._call.person_left(self)

    def drop(self, lost_after_s: float = LOST_AFTER_S) -> None:
        """Lose the connection: nothing is sent any more, and nobody is told of it.

        After ``lost_after_s`` seconds the edge takes them for lost, and they have left.
        """
        self._must_be_here("lose the connection")
        if self.dropped:
            raise CallError(f"{self.name} has lost the connection already; reconnect first")
        self._set_dropped(True)
        self._call.trace.record(self.name, "dropped", {})
        self._noticed = self._call.call_at(
            self._call.now_ns + round(lost_after_s * NS_PER_SECOND), self._is_lost
        )

    def reconnect(self) -> None:
        """Have the connection again. If the edge had noticed that it was lost, they join anew."""
        if not self.dropped:
            raise CallError(f"{self.name} is connected; only who has dropped can reconnect")
        self.forget_drop()
        self._call.trace.record(self.name, "reconnected", {"in_time": self.joined})
        if not self.joined:
            self.join()

    def forget_drop(self) -> None:
        """Whatever became of the connection, nobody waits for it any more."""
        self._stop_noticing()
        self._set_dropped(False)

    def mute(self) -> None:
        """Close the microphone: no sound is sent, though the person may go on talking."""
        self._must_be_here("mute")
        self.muted = True
        self._call.trace.record(self.name, "muted", {})

    def unmute(self) -> None:
        """Open the microphone again."""
        self._must_be_here("unmute")
        self.muted = False
        self._call.trace.record(self.name, "unmuted", {})

    def start_saying(self, clip: str | Clip) -> Utterance:
        """Begin to say a recorded clip, given by name. Its first sample sounds on the call's next 20 ms."""
        self._must_be_here("speak")
        if not self.has_microphone:
            raise CallError(f"{self.name} has no microphone; declare them with mic: true")
        if self.saying is not None:
            raise CallError(
                f"{self.name} is still saying {self.saying.clip.name!r}; wait until that is done, or stop it first"
            )
        clip, samples = self._call.clip(clip)
        tick = next_tick(self._call.now_ns)
        self.microphone.start(samples, at=tick * FRAME_SAMPLES)
        if self.pickup is not None:
            self.pickup.voice_begins(samples, tick, speaks=clip.kind in _VOICES)
        utterance = Utterance(clip, tick * FRAME_NS, len(samples))
        self.saying = utterance
        self.speech.begin(utterance)
        self._call.trace.record(
            self.name,
            "says",
            {
                "clip": clip.name,
                "text": clip.text,
                "at_ns": utterance.at_ns,
                "voiced_at_ns": utterance.voiced_at_ns,
                "ends_at_ns": utterance.ends_at_ns,
                **({"lacks_words": True} if clip.lacks_words else {}),
            },
        )
        return utterance

    def stop_saying(self) -> None:
        """Break off the clip in progress, if there is one."""
        if self.saying is not None:
            self.microphone.stop()
            self._finished(cut=True)

    def start_camera(self, file: str | Path | None = None) -> None:
        """Turn the camera on, to show a file, or the one it was declared with: from its beginning."""
        self._turn_on(self.camera, self._video(self.camera, file))

    def stop_camera(self) -> None:
        """Turn the camera off, if it is on."""
        self._turn_off(self.camera)

    def share_screen(self, file: str | Path | None = None) -> None:
        """Share the screen: it shows a file, or the one it was declared with, from its beginning.

        With it goes the sound that they were declared with, or else that of the file, in step; unless a sound is
        shared already.
        """
        video = self._video(self.screen, file)
        if self.screen_sound.on:
            self._turn_on(self.screen, video)
        elif self.screen_sound.clip is not None:
            self._turn_on(self.screen, video)
            self.share_sound()
        elif self.screen_sound.own and video.has_sound:
            sound = self._call.clip(str(video.path))
            begins_s = min(video.starts_s, video.sound_starts_s)
            self._turn_on(self.screen, video, begins_s)
            self._play(*sound, after_s=video.sound_starts_s - begins_s)
        else:
            self._turn_on(self.screen, video)

    def share_sound(self, clip: str | Clip | None = None) -> None:
        """Share a sound, given by name, or the one they were declared with, from its beginning: whatever the screen
        shows, and whether it is shared or not."""
        self._must_be_here("share a sound")
        if self.screen_sound.on:
            raise CallError(f"{self.screen_sound.track_id!r} is on already; stop it first")
        if clip is None and (clip := self.screen_sound.clip) is None:
            raise CallError(
                f"there is no sound for {self.name} to share; name a clip, or declare them with one"
            )
        self._play(*self._call.clip(clip))

    def stop_sharing(self) -> None:
        """Share neither screen nor sound any more, if they are shared."""
        self._turn_off(self.screen)
        if self.screen_sound.on:
            self.screen_sound.turn_off()
            self._call.sound_stopped(self.screen_sound)

    def start_playing(self, file: str | Path) -> Utterance:
        """Say the sound of a video and show its pictures, in step. The camera is turned on, or shows it instead."""
        self._must_be_here("play a video")
        video = self._call.video(file)
        utterance = self.start_saying(str(video.path))
        if self.camera.on:
            self.camera.show(video, utterance.at_ns, video.sound_starts_s)
        else:
            self._turn_on(self.camera, video, video.sound_starts_s)
        return utterance

    def send_custom_event(self, data: dict[str, Any]) -> None:
        """Send ``data`` to the call, as JSON of at most 5 KB."""
        self._must_be_here("send an event")
        if self.dropped:
            raise CallError(f"{self.name} cannot send an event without a connection; reconnect first")
        encode_custom_event(data)
        self._call.trace.record(self.name, "custom_event", {"data": data})
        self._call.person_sent(self, data)

    def transcript_at(self, start_s: float, end_s: float) -> Sequence[SaidWord]:
        """The words that scripted providers hear between two instants of the call: see `Speech.between`."""
        return self.speech.between(start_s, end_s)

    def frame_delivered(self, end_ns: int) -> None:
        """The call has sent this person's sound up to ``end_ns``."""
        if self.saying is not None and end_ns >= self.saying.ends_at_ns:
            self._finished(cut=False)

    def _set_dropped(self, dropped: bool) -> None:
        self.dropped = self.camera.frozen = self.screen.frozen = self.screen_sound.frozen = dropped

    def _stop_noticing(self) -> None:
        if self._noticed is not None:
            self._noticed.cancel()
            self._noticed = None

    def _is_lost(self) -> None:
        self._call.trace.record(self.name, "lost", {})
        self.leave()

    def _finished(self, *, cut: bool) -> None:
        assert self.saying is not None
        utterance, self.saying = self.saying, None
        data: dict[str, Any] = {
            "clip": utterance.clip.name,
            "at_ns": min(utterance.ends_at_ns, self._call.now_ns),
        }
        if cut:
            data["cut"] = True
            utterance.words = tuple(
                w for w in utterance.words if w.end_s * NS_PER_SECOND <= self._call.now_ns
            )
        self._call.trace.record(self.name, "said", data)
        utterance.finish()

    def _video(self, camera: Camera, file: str | Path | None) -> VideoClip:
        if file is not None:
            return self._call.video(file)
        if camera.clip is None:
            raise CallError(
                f"there is nothing for {camera.track_id!r} to show; name a file, or declare {self.name} with one"
            )
        return camera.clip

    def _turn_on(self, camera: Camera, clip: VideoClip, from_s: Fraction | None = None) -> None:
        self._must_be_here("show video")
        if camera.on:
            raise CallError(f"{camera.track_id!r} is on already; stop it first")
        at_ns = next_tick(self._call.now_ns) * FRAME_NS
        camera.turn_on(clip, at_ns, clip.starts_s if from_s is None else from_s)
        self._call.track_started(camera)

    def _turn_off(self, camera: Camera) -> None:
        if camera.on:
            camera.turn_off()
            self._call.track_stopped(camera)

    def _play(self, clip: Clip, samples: Samples, after_s: Fraction = Fraction(0)) -> None:
        self.screen_sound.turn_on(clip, samples, next_tick(self._call.now_ns), after_s)
        self._call.sound_started(self.screen_sound)

    def _must_be_here(self, to: str) -> None:
        if not self.joined:
            raise CallError(f"{self.name} cannot {to} before joining the call")
