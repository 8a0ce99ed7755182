"""The verbs of a script: what people do. Those of the agent are beside it, in `simulator.scenario.agent_verbs`."""

from __future__ import annotations

from typing import Any

from simulator.edge.person import Person, Utterance
from simulator.scenario.agent_verbs import AgentVerbs
from simulator.scenario.window import Moment, Window

__all__ = ["AgentVerbs", "Moment", "PersonVerbs", "Window"]

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test


class PersonVerbs:
    """What a person can do. Everything is done at once, except `says` and `stays_silent`, which take their time."""

    def __init__(self, person: Person, window: Window) -> None:
        self.person = person
        self.name = person.name
        self._window = window

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

    async def says(self, clip: str) -> Moment:
        """Say a recorded clip to its end. The moment is its first voiced sample."""
        utterance = self.person.start_saying(clip)
        await utterance.done()
        self._window.mark()
        return _voiced(utterance)

    def starts_saying(self, clip: str) -> Moment:
        """Begin to say a recorded clip, and let the script go on. The moment is its first voiced sample."""
        utterance = self.person.start_saying(clip)
        self._window.mark()
        return _voiced(utterance)

    def stops_talking(self) -> Moment:
        """Break off the clip in progress."""
        self.person.stop_saying()
        return self._window.mark()

    async def plays(self, video: str) -> Moment:
        """Say the sound of a video and show its pictures, in step, until the sound ends. The moment is its first voiced
        sample."""
        utterance = self.person.start_playing(video)
        await utterance.done()
        self._window.mark()
        return _voiced(utterance)

    def starts_playing(self, video: str) -> Moment:
        """Begin to say the sound of a video and to show its pictures, and let the script go on."""
        utterance = self.person.start_playing(video)
        self._window.mark()
        return _voiced(utterance)

    def turns_camera_on(self, video: str | None = None) -> Moment:
        """Show a video, or the one they were declared with, from its beginning."""
        self.person.start_camera(video)
        return self._window.mark()

    def turns_camera_off(self) -> Moment:
        """Show nothing any more."""
        self.person.stop_camera()
        return self._window.mark()

    def shares_screen(self, video: str | None = None) -> Moment:
        """Show a video as their screen, or the one they were declared with."""
        self.person.share_screen(video)
        return self._window.mark()

    def stops_sharing(self) -> Moment:
        """Share the screen no more."""
        self.person.stop_sharing()
        return self._window.mark()

    async def stays_silent(self, for_: float) -> Moment:
        """Say nothing for ``for_`` seconds."""
        return await self._window.sleep(for_)

    def sends(self, data: dict[str, Any]) -> Moment:
        """Send a custom event to the call."""
        self.person.send_custom_event(data)
        return self._window.mark()


def _voiced(utterance: Utterance) -> Moment:
    return Moment(utterance.voiced_at_ns)
