"""The verbs of a script: what people do, and what the agent is expected to do, told from the trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.edge.person import Person, Utterance
from simulator.media.activity import HANGOVER_NS
from simulator.scenario.failure import StepFailed
from simulator.scenario.globs import Glob, fields_match
from simulator.trace import Record, Trace

WITHIN_S = 30.0
"""How long the agent is waited for when a step does not say."""

NS = 1_000_000_000

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant of the call that later steps can refer to: nanoseconds since it began."""

    at_ns: int
    name: str = ""

    @property
    def at_s(self) -> float:
        """The same in seconds."""
        return self.at_ns / NS


class Window:
    """From when on, and until when, a step looks at the trace.

    A window opens at a named moment, or where the step before ended, and what has already happened in it counts.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._opens_ns = 0

    def mark(self, at_ns: int | None = None) -> Moment:
        """A step has ended, now or at ``at_ns``: the next window opens there."""
        self._opens_ns = self.trace.now_ns() if at_ns is None else at_ns
        return Moment(self._opens_ns)

    def opens(self, of: Moment | None) -> int:
        """Where the window of a step that refers to ``of`` opens."""
        return self._opens_ns if of is None else of.at_ns

    async def sleep(self, seconds: float) -> Moment:
        """Let ``seconds`` pass."""
        await asyncio.sleep(seconds)
        return self.mark()

    async def event(
        self, kind: str, where: Mapping[str, str | Glob], *, within: float | None, of: Moment | None
    ) -> Moment:
        """Wait for a record of ``kind`` whose fields match."""
        globs = {name: Glob(text) if isinstance(text, str) else text for name, text in where.items()}
        told = f"{kind} with {', '.join(f'{k}: {v}' for k, v in where.items())}" if where else kind
        return await self.first(
            told,
            lambda record: record.kind == kind and fields_match(globs, record.data),
            within=within,
            of=of,
        )

    async def first(
        self,
        what: str,
        holds: Callable[[Record], bool],
        *,
        within: float | None,
        of: Moment | None,
        instead: Callable[[int, int], str] | None = None,
    ) -> Moment:
        """Wait for the first record in the window for which ``holds``; raise `StepFailed` when none comes.

        A record counts at its ``at_ns``, if it has one: a silence is noticed only after the hang-over, but it began
        before. ``instead(opens_ns, closes_ns)`` says what happened in place of it.
        """
        opens = self.opens(of)
        closes = opens + round((WITHIN_S if within is None else within) * NS)
        record = await self.trace.wait_for(
            lambda record: record.data.get("at_ns", record.t_ns) >= opens and holds(record),
            until_ns=closes + HANGOVER_NS + LATE_NS,
        )
        at_ns = None if record is None else record.data.get("at_ns", record.t_ns)
        if at_ns is None or at_ns > closes:
            raise StepFailed(self._missed(what, opens, closes, at_ns, instead), at_ns=closes, since_ns=opens)
        return self.mark(at_ns)

    def _missed(
        self,
        what: str,
        opens: int,
        closes: int,
        at_ns: int | None,
        instead: Callable[[int, int], str] | None,
    ) -> str:
        told = f"expected {what} between {_s(opens)} and {_s(closes)}"
        if at_ns is not None:
            return f"{told}; it came at {_s(at_ns)}, {(at_ns - closes) / 1e6:.0f} ms too late"
        return f"{told}; {instead(opens, closes) if instead is not None else 'it never came'}"


LATE_NS = 40_000_000
"""Sound is measured a frame at a time, so its end may be known two frames after the hang-over."""


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

    async def stays_silent(self, for_: float) -> Moment:
        """Say nothing for ``for_`` seconds."""
        return await self._window.sleep(for_)

    def sends(self, data: dict[str, Any]) -> Moment:
        """Send a custom event to the call."""
        self.person.send_custom_event(data)
        return self._window.mark()


class AgentVerbs:
    """What the agent is expected to do. Times in seconds; each returns the moment at which it was seen.

    A window opens at ``of`` or where the step before ended, and closes ``within`` seconds later. What the agent
    does is told from the sound of the call, not from what it says about itself.
    """

    def __init__(self, window: Window) -> None:
        self._window = window

    async def speaks(self, within: float | None = None, of: Moment | None = None) -> Moment:
        """Is audible, or becomes audible."""
        opens = self._window.opens(of)
        if await self._is_audible_at(opens):
            return self._window.mark(opens)
        return await self._window.first(
            "the agent to speak", _is_agent("voice.started"), within=within, of=of, instead=self._silence
        )

    async def falls_silent(self, within: float | None = None, of: Moment | None = None) -> Moment:
        """Stops being audible."""
        return await self._window.first(
            "the agent to fall silent", _is_agent("voice.stopped"), within=within, of=of, instead=self._noise
        )

    async def stays_silent(self, for_: float, of: Moment | None = None) -> Moment:
        """Is not audible at any instant of ``for_`` seconds."""
        opens = self._window.opens(of)
        closes = opens + round(for_ * NS)
        if await self._is_audible_at(opens):
            message = f"expected the agent to stay silent from {_s(opens)} on; it was speaking then"
            raise StepFailed(message, at_ns=opens, since_ns=opens)
        spoke = await self._window.trace.wait_for(
            lambda r: _is_agent("voice.started")(r) and opens <= r.data["at_ns"] < closes,
            until_ns=closes,
        )
        if spoke is not None:
            at_ns = spoke.data["at_ns"]
            message = f"expected the agent to stay silent until {_s(closes)}; it spoke at {_s(at_ns)}"
            raise StepFailed(message, at_ns=at_ns, since_ns=opens)
        return self._window.mark(closes)

    async def finishes_speaking(self, within: float | None = None, of: Moment | None = None) -> Moment:
        """Its reply is over: heard to the end, or cut."""
        return await self._window.event("agent.turn_ended", {}, within=within, of=of)

    async def says(self, text: str | Glob, within: float | None = None, of: Moment | None = None) -> Moment:
        """Ends a reply of which what was heard matches ``text``, a glob."""
        glob = Glob(text) if isinstance(text, str) else text

        def instead(opens: int, closes: int) -> str:
            turns = self._window.trace.select(kind="agent.turn_ended", since_ns=opens)
            heard = [f'"{turn.data["heard_text"]}"' for turn in turns if turn.t_ns <= closes]
            return f"what was heard of it is {' and '.join(heard)}" if heard else "no reply of it ended"

        return await self._window.first(
            f'the agent to say "{glob}"',
            lambda r: r.kind == "agent.turn_ended" and glob.matches(r.data["heard_text"]),
            within=within,
            of=of,
            instead=instead,
        )

    def _spans(self) -> list[tuple[int, int | None]]:
        """When the agent was audible: from, until (None: still is)."""
        spans: list[tuple[int, int | None]] = []
        for record in self._window.trace.select(source="agent"):
            if record.kind == "voice.started":
                spans.append((record.data["at_ns"], None))
            elif record.kind == "voice.stopped":
                spans[-1] = (spans[-1][0], record.data["at_ns"])
        return spans

    async def _is_audible_at(self, ns: int) -> bool:
        """Whether the agent was audible then. A silence is told after the hang-over: where the agent says that it
        stopped, that is waited for."""
        trace = self._window.trace
        since = next((start for start, stop in reversed(self._spans()) if stop is None), None)
        if since is not None and any(
            r.kind in _STOPPED and r.t_ns <= ns for r in trace.select("agent", since_ns=since)
        ):
            await trace.wait_for(
                lambda r: _is_agent("voice.stopped")(r) and since < r.data["at_ns"] <= ns,
                until_ns=ns + HANGOVER_NS + LATE_NS,
            )
        return self._audible_at(ns)

    def _audible_at(self, ns: int) -> bool:
        return any(start <= ns and (stop is None or ns < stop) for start, stop in self._spans())

    def _silence(self, opens: int, closes: int) -> str:
        last = next((stop for start, stop in reversed(self._spans()) if start < opens), None)
        errors = [
            r for r in self._window.trace.select(since_ns=opens) if "error" in r.data and r.t_ns <= closes
        ]
        told = "it was never heard" if last is None else f"it was last heard at {_s(last)}"
        return told + "".join(f"; {r.kind} at {_s(r.t_ns)}: {r.data['error']}" for r in errors[:3])

    def _noise(self, opens: int, closes: int) -> str:
        return (
            f"it was still speaking at {_s(closes)}"
            if self._audible_at(closes)
            else f"it was not speaking at {_s(opens)} and did not begin to"
        )


_STOPPED = ("agent.turn_ended", "agent.yielded")


def _is_agent(kind: str) -> Callable[[Record], bool]:
    return lambda record: record.source == "agent" and record.kind == kind


def _voiced(utterance: Utterance) -> Moment:
    return Moment(utterance.voiced_at_ns)


def _s(ns: int) -> str:
    return f"{ns / NS:.3f} s"
