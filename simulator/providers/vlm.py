"""A model that sees, and says what a script tells it to say about it."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentkit.core.edge.types import Participant
from agentkit.core.llm import LLMResponseEvent, VideoLLM
from agentkit.core.media.cadence import time_of
from agentkit.core.media.forwarder import VideoForwarder
from agentkit.core.processors import Processor, states_of
from simulator.providers.latency import Latency
from simulator.providers.llm import Answer, Pattern, ScriptedLLM, checked

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack
    from av import VideoFrame

_PALETTE = {
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
    "green": (0, 128, 0),
    "cyan": (0, 255, 255),
    "blue": (0, 0, 255),
    "magenta": (255, 0, 255),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame the model was given: when (loop time), of which track, and what it showed on average.

    ``pts_s`` is the frame's own time in seconds; None if it had none.
    """

    at_s: float
    track_id: str
    pts_s: float | None
    width: int
    height: int
    colour: str


class ScriptedVLM(ScriptedLLM, VideoLLM):
    """A `ScriptedLLM` that watches.

    It looks at ``fps`` frames a second and has the last ``frame_buffer_seconds`` of them in view. What is in view is
    described in words: ``"nothing"``, ``"1 frame, red"`` or ``"10 frames, blue"``, where the colour is that of the
    latest frame on average. ``views`` are rules for those words, in the form of ``rules``, and answer every input
    that no rule for text answers::

        ScriptedVLM(views={"nothing": "I cannot see you.", "*, red": "That is red."}, default="I see something.")

    ``seen`` is every frame it was given, ``watching`` the id of the track it watches, and ``states`` what the
    processors had to say at each request.
    """

    def __init__(
        self,
        answers: Iterable[Answer] | None = None,
        rules: Mapping[str | re.Pattern[str], Answer] | None = None,
        default: Answer | None = None,
        views: Mapping[str | re.Pattern[str], Answer] | None = None,
        fps: int = 1,
        frame_buffer_seconds: int = 10,
        first_token: float | Latency = 0.3,
        per_token: float | Latency = 0.02,
    ) -> None:
        super().__init__(answers, rules, default, first_token, per_token)
        self._rules += [
            (_InView(pattern, self), checked(answer)) for pattern, answer in (views or {}).items()
        ]
        self.fps = fps
        self.seen: list[Sight] = []
        self.states: list[dict[str, Any]] = []
        self.watching: str | None = None
        self._buffer: deque[Sight] = deque(maxlen=fps * frame_buffer_seconds)
        self._forwarder: VideoForwarder | None = None
        self._handler_id = 0

    @property
    def view(self) -> str:
        """What is in view, in words."""
        if not self._buffer:
            return "nothing"
        count = len(self._buffer)
        return f"{count} frame{'s' if count > 1 else ''}, {self._buffer[-1].colour}"

    async def watch_video_track(
        self, track: MediaStreamTrack, shared_forwarder: VideoForwarder | None = None
    ) -> None:
        await self.stop_watching_video_track()
        self.watching = track.id
        self._forwarder = shared_forwarder or VideoForwarder(track)
        await self._forwarder.start()
        self._handler_id = self._forwarder.add_frame_handler(self._see, fps=self.fps, name="scripted vlm")

    async def stop_watching_video_track(self) -> None:
        forwarder, self._forwarder = self._forwarder, None
        if forwarder is None:
            return
        self.watching = None
        self._buffer.clear()
        forwarder.remove_frame_handler(self._handler_id)
        if not forwarder.shared:
            await forwarder.stop()

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        """Answer ``text`` as the script says. Raises `LookupError` where the script has no answer."""
        self.states.append(states_of(processors))
        return await super().simple_response(text, processors, participant)

    async def close(self) -> None:
        await self.stop_watching_video_track()
        await super().close()

    def _see(self, frame: VideoFrame) -> None:
        pts_s = time_of(frame)
        sight = Sight(
            asyncio.get_running_loop().time(),
            self.watching or "",
            None if pts_s is None else float(pts_s),
            frame.width,
            frame.height,
            colour_of(frame),
        )
        self.seen.append(sight)
        self._buffer.append(sight)


class _InView(Pattern):
    """A rule for what is in view, whatever the input says."""

    def __init__(self, written: str | re.Pattern[str], vlm: ScriptedVLM) -> None:
        super().__init__(written)
        self._vlm = vlm

    def matches(self, text: str) -> bool:
        return super().matches(self._vlm.view)


def colour_of(frame: VideoFrame) -> str:
    """The colour of the palette that is nearest to the frame's average."""
    average = frame.reformat(width=1, height=1, format="rgb24", interpolation="AREA").to_ndarray()[0, 0]
    return min(
        _PALETTE,
        key=lambda name: sum((int(a) - b) ** 2 for a, b in zip(average, _PALETTE[name], strict=True)),
    )
