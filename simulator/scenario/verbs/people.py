"""What people do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator.edge.errors import CallError
from simulator.edge.grid import FRAME_NS, NS_PER_SECOND, next_tick, samples_to_ns
from simulator.edge.person import Person
from simulator.edge.utterance import Utterance
from simulator.media.dtmf import tones
from simulator.media.frames import FRAME_SAMPLES
from simulator.scenario.model.failure import UsageError
from simulator.scenario.model.parts import parse_keys
from simulator.scenario.verbs.arguments import Time, duration_of, file_of, found, kind_of, text_of
from simulator.scenario.verbs.verb import Verbs, takes_time
from simulator.scenario.verbs.window import Moment, Window, seconds

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test


COUGH = "huff.wav"
"""A short noise that is shipped."""


class PersonVerbs(Verbs):
    """What a person can do. Everything is done at once, except `says` and `stays_silent`, which take their time."""

    _who = "a person"

    def __init__(self, person: Person, window: Window, write: Callable[[str, str], None]) -> None:
        """``write(who, text)`` puts something into the chat of the call."""
        self.person = person
        self.name = person.name
        super().__init__(window)
        self._write = write

    def joins(self) -> Moment:
        """Enter the call."""
        self.person.join()
        return self._window.mark()

    def leaves(self) -> Moment:
        """Hang up."""
        self.person.leave()
        return self._window.mark()

    def drops(self) -> Moment:
        """Lose the connection: nothing arrives any more, and after a while the edge takes them for lost."""
        self.person.drop()
        return self._window.mark()

    def reconnects(self) -> Moment:
        """Have the connection again; whoever was taken for lost joins anew."""
        self.person.reconnect()
        return self._window.mark()

    def mutes(self) -> Moment:
        """Close the microphone."""
        self.person.mute()
        return self._window.mark()

    def unmutes(self) -> Moment:
        """Open the microphone."""
        self.person.unmute()
        return self._window.mark()

    @takes_time
    async def says(self, clip: str | Path) -> Moment:
        """Say a recorded clip to its end. The moment is its first voiced sample."""
        utterance = self._begins(clip)
        await utterance.done()
        self._window.mark()
        return _voiced(utterance)

    def starts_saying(self, clip: str | Path) -> Moment:
        """Begin to say a recorded clip, and let the script go on. The moment is its first voiced sample."""
        utterance = self._begins(clip)
        self._window.mark()
        return _voiced(utterance)

    def keeps_talking(self, clip: str | Path, for_: Time) -> Moment:
        """Say a recorded clip over and over for that long, and let the script go on. The moment is its first
        voiced sample."""
        length = duration_of("for_", for_)
        utterance = self._begins(clip)
        self._window.mark()
        self._window.beside(self._keep_talking(file_of("clip", clip), utterance, length.seconds))
        return _voiced(utterance)

    async def _keep_talking(self, clip: str, utterance: Utterance, for_s: float) -> None:
        try:
            async with asyncio.timeout(for_s):
                while self.person.saying is utterance:
                    await utterance.done()
                    if self._window.trace.now_ns() < utterance.ends_at_ns:
                        return  # broken off by somebody
                    utterance = self.person.start_saying(clip)
        except TimeoutError:
            if self.person.saying is utterance:
                self.person.stop_saying()

    def _begins(self, clip: str | Path) -> Utterance:
        self._call_goes_on("say anything")
        return self._heard(self.person.start_saying(file_of("clip", clip)))

    def _plays(self, video: str | Path) -> Utterance:
        self._call_goes_on("play anything")
        return self._heard(self.person.start_playing(file_of("video", video)))

    def _heard(self, utterance: Utterance) -> Utterance:
        if utterance.clip.lacks_words:
            self._window.without_words[utterance.clip.path] = utterance.clip
        return utterance

    def _call_goes_on(self, to: str) -> None:
        if (ended := self._window.ended_ns()) is not None:
            raise CallError(f"{self.name} cannot {to}: the call ended at {seconds(ended)}")

    @takes_time
    async def coughs(self) -> Moment:
        """Make a short noise that is no word: a recording that is shipped."""
        return await self.says(COUGH)

    @takes_time
    async def presses(self, keys: str) -> Moment:
        """Press keys of the telephone: tones in the microphone, until the last of them. The moment is the first."""
        self._call_goes_on("press keys")
        try:
            samples = tones(parse_keys(text_of("keys", keys)))
        except ValueError as error:
            raise UsageError(str(error)) from None
        if not self.person.joined or not self.person.has_microphone:
            raise CallError(f"{self.name} has no microphone in the call, so nobody would hear the keys")
        tick = next_tick(self._window.trace.now_ns())
        self.person.microphone.start(samples, at=tick * FRAME_SAMPLES)
        if self.person.pickup is not None:
            self.person.pickup.voice_begins(samples, tick, speaks=False)
        begins, ends = tick * FRAME_NS, tick * FRAME_NS + samples_to_ns(len(samples))
        self._window.trace.record(self.name, "presses", {"keys": keys, "at_ns": begins, "ends_at_ns": ends})
        await asyncio.sleep((ends - self._window.trace.now_ns()) / NS_PER_SECOND)
        self._window.mark()
        return Moment(begins)

    def types(self, text: str) -> Moment:
        """Write ``text`` into the chat of the call: it is in the conversation that the model is given."""
        if not self.person.joined:
            raise CallError(f"{self.name} cannot write before joining the call")
        self._window.trace.record(self.name, "typed", {"text": text_of("text", text)})
        self._write(self.name, text)
        return self._window.mark()

    def stops_talking(self) -> Moment:
        """Break off the clip in progress."""
        self.person.stop_saying()
        return self._window.mark()

    @takes_time
    async def plays(self, video: str | Path) -> Moment:
        """Say the sound of a video and show its pictures, in step, until the sound ends. The moment is its first voiced
        sample."""
        utterance = self._plays(video)
        await utterance.done()
        self._window.mark()
        return _voiced(utterance)

    def starts_playing(self, video: str | Path) -> Moment:
        """Begin to say the sound of a video and to show its pictures, and let the script go on."""
        utterance = self._plays(video)
        self._window.mark()
        return _voiced(utterance)

    def turns_camera_on(self, video: str | Path | None = None) -> Moment:
        """Show a video, or the one they were declared with, from its beginning."""
        self.person.start_camera(video if video is None else file_of("video", video))
        return self._window.mark()

    def turns_camera_off(self) -> Moment:
        """Show nothing any more."""
        self.person.stop_camera()
        return self._window.mark()

    def shares_screen(self, video: str | Path | None = None) -> Moment:
        """Show a video as their screen, or the one they were declared with, with its sound if it has any."""
        self.person.share_screen(video if video is None else file_of("video", video))
        return self._window.mark()

    def shares_sound(self, clip: str | Path | None = None) -> Moment:
        """Share a sound as that of their screen, or the one they were declared with, with a screen or without."""
        self.person.share_sound(clip if clip is None else file_of("clip", clip))
        return self._window.mark()

    def stops_sharing(self) -> Moment:
        """Share neither the screen nor its sound any more."""
        self.person.stop_sharing()
        return self._window.mark()

    @takes_time
    async def stays_silent(self, for_: Time) -> Moment:
        """Say nothing for that long."""
        return await self._window.sleep("for_", for_)

    def sends(self, data: dict[str, Any]) -> Moment:
        """Send a custom event to the call."""
        given: object = data
        if not isinstance(given, dict):
            example = '{"kind": "poke"}'
            raise UsageError(f"data={found(given)}: expected a dict, like {example}, found {kind_of(given)}")
        self.person.send_custom_event(given)
        return self._window.mark()


def _voiced(utterance: Utterance) -> Moment:
    return Moment(utterance.voiced_at_ns)
