"""What the agent is expected to do, told from the trace."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator.media.activity import HANGOVER_NS
from simulator.scenario.model.failure import StepFailed
from simulator.scenario.model.globs import Glob, fields_match, told_where
from simulator.scenario.verbs.arguments import Time, glob_of, globs_of, length_ns, text_of
from simulator.scenario.verbs.heard_words import HeardWords
from simulator.scenario.verbs.verb import Verbs, takes_time
from simulator.scenario.verbs.window import LATE_NS, Moment, Window, seconds
from simulator.trace import Record
from simulator.trace.metrics.voice import Span, Voices
from simulator.trace.record import AGENT

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test


class AgentVerbs(Verbs):
    """What the agent is expected to do. Each returns the moment at which it was seen.

    A window opens at ``of`` or where the step before ended, and closes ``within`` a time of it. What the agent
    does is told from the sound of the call, not from what it says about itself.
    """

    _who = "the agent"

    def __init__(self, window: Window, heard: HeardWords, lacks: Callable[[], Sequence[str]]) -> None:
        super().__init__(window)
        self._heard = heard
        self._lacks = lacks

    @takes_time
    async def speaks(self, within: Time | None = None, of: Moment | None = None) -> Moment:
        """Is audible, or becomes audible."""
        opens = self._window.opens(of)
        if await self._is_audible_at(opens):
            return self._window.mark(opens)
        return await self._window.first(
            "the agent to speak", _is_agent("voice.started"), within=within, of=of, instead=self._silence
        )

    @takes_time
    async def falls_silent(self, within: Time | None = None, of: Moment | None = None) -> Moment:
        """Stops being audible."""
        return await self._window.first(
            "the agent to fall silent", _is_agent("voice.stopped"), within=within, of=of, instead=self._noise
        )

    @takes_time
    async def stays_silent(self, for_: Time, of: Moment | None = None) -> Moment:
        """Is not audible at any instant of the time ``for_``."""
        opens = self._window.opens(of)
        closes = opens + length_ns("for_", for_)
        if await self._is_audible_at(opens):
            message = f"expected the agent to stay silent from {seconds(opens)} on; it was speaking then"
            raise StepFailed(message, at_ns=opens, since_ns=opens)
        spoke = await self._window.trace.wait_for(
            lambda r: _is_agent("voice.started")(r) and opens <= r.at_ns < closes,
            until_ns=closes,
        )
        if spoke is not None:
            at_ns = spoke.at_ns
            message = (
                f"expected the agent to stay silent until {seconds(closes)}; it spoke at {seconds(at_ns)}"
            )
            raise StepFailed(message, at_ns=at_ns, since_ns=opens)
        return self._window.mark(closes)

    @takes_time
    async def finishes_speaking(self, within: Time | None = None, of: Moment | None = None) -> Moment:
        """Its reply is over: heard to the end, or cut."""
        return await self._window.event("agent.turn_ended", {}, within=within, of=of)

    @takes_time
    async def says(self, text: str | Glob, within: Time | None = None, of: Moment | None = None) -> Moment:
        """Ends a reply of which what was heard matches ``text``, a glob."""
        glob = glob_of("text", text)

        def instead(opens: int, closes: int) -> str:
            turns = self._window.trace.select(kind="agent.turn_ended", since_ns=opens)
            heard = [f'"{turn.data["heard_text"]}"' for turn in turns if turn.t_ns <= closes]
            told = f"what was heard of it is {' and '.join(heard)}" if heard else "no reply of it ended"
            return "; ".join([told, *self._lacks()])

        return await self._window.first(
            f'the agent to say "{glob}"',
            lambda r: _ended_with(glob, r),
            within=within,
            of=of,
            instead=instead,
        )

    @takes_time
    async def has_said(
        self, text: str | Glob, within: Time | None = None, of: Moment | None = None
    ) -> Moment:
        """What has been heard of a reply so far matches ``text``, a glob, whether it goes on or is over."""
        glob = glob_of("text", text)
        self._heard.listen()

        def instead(opens: int, closes: int) -> str:
            heard = [r for r in self._window.trace.select(AGENT, "heard") if opens <= r.t_ns <= closes]
            told = (
                f'what was heard of it is "{heard[-1].data["text"]}"' if heard else "no word of it was heard"
            )
            return "; ".join([told, *self._lacks()])

        return await self._window.first(
            f'the agent to have said "{glob}"',
            lambda r: (r.kind == "heard" and glob.matches(r.data["text"])) or _ended_with(glob, r),
            within=within,
            of=of,
            instead=instead,
        )

    @takes_time
    async def calls(
        self,
        tool: str,
        where: Mapping[str, str | Glob] | None = None,
        within: Time | None = None,
        of: Moment | None = None,
    ) -> Moment:
        """Its model calls the function ``tool``, with arguments that match the globs in ``where``."""
        tool, globs = text_of("tool", tool), globs_of(where)
        return await self._window.first(
            f"the agent to call {tool}{told_where(globs)}",
            lambda r: (
                r.kind == "llm.tool_start"
                and r.data["tool_name"] == tool
                and fields_match(globs, r.data["arguments"])
            ),
            within=within,
            of=of,
            instead=self._instead(
                "llm.tool_start", lambda r: f"{r.data['tool_name']}({_json(r.data['arguments'])})"
            ),
        )

    @takes_time
    async def sends(
        self,
        where: Mapping[str, str | Glob] | None = None,
        within: Time | None = None,
        of: Moment | None = None,
    ) -> Moment:
        """Sends a custom event to the call, with fields that match the globs in ``where``."""
        globs = globs_of(where)
        return await self._window.first(
            f"the agent to send an event{told_where(globs)}",
            lambda r: _is_agent("custom_event")(r) and fields_match(globs, r.data["data"]),
            within=within,
            of=of,
            instead=self._instead("custom_event", lambda r: _json(r.data["data"])),
        )

    def _instead(self, kind: str, tell: Callable[[Record], str]) -> Callable[[int, int], str]:
        """What there was of this kind in place of what was expected."""

        def instead(opens: int, closes: int) -> str:
            found = self._window.trace.select(AGENT, kind, since_ns=opens)
            others = [tell(record) for record in found if record.t_ns <= closes]
            return f"there was {' and '.join(others)}" if others else "it never did"

        return instead

    def _spans(self) -> Sequence[Span]:
        """When the agent was audible, in order."""
        return Voices(self._window.trace.select(source=AGENT)).of(AGENT)

    async def _is_audible_at(self, ns: int) -> bool:
        """Whether the agent was audible then. A silence is told after the hang-over: where the agent says that it
        stopped, that is waited for."""
        trace = self._window.trace
        since = next((span.start_ns for span in reversed(self._spans()) if span.end_ns is None), None)
        if since is not None and any(
            r.kind in _STOPPED and r.t_ns <= ns for r in trace.select(AGENT, since_ns=since)
        ):
            await trace.wait_for(
                lambda r: _is_agent("voice.stopped")(r) and since < r.at_ns <= ns,
                until_ns=ns + HANGOVER_NS + LATE_NS,
            )
        return self._audible_at(ns)

    def _audible_at(self, ns: int) -> bool:
        return any(
            span.start_ns <= ns and (span.end_ns is None or ns < span.end_ns) for span in self._spans()
        )

    def _silence(self, opens: int, closes: int) -> str:
        last = next((span.end_ns for span in reversed(self._spans()) if span.start_ns < opens), None)
        errors = [
            r for r in self._window.trace.select(since_ns=opens) if "error" in r.data and r.t_ns <= closes
        ]
        told = "it was never heard" if last is None else f"it was last heard at {seconds(last)}"
        what = [f"{r.kind} at {seconds(r.t_ns)}: {r.data['error']}" for r in errors[:3]]
        return "; ".join([told, *what, *self._lacks()])

    def _noise(self, opens: int, closes: int) -> str:
        return (
            f"it was still speaking at {seconds(closes)}"
            if self._audible_at(closes)
            else f"it was not speaking at {seconds(opens)} and did not begin to"
        )


_STOPPED = ("agent.turn_ended", "agent.yielded")


def _is_agent(kind: str) -> Callable[[Record], bool]:
    return lambda record: record.source == AGENT and record.kind == kind


def _ended_with(glob: Glob, record: Record) -> bool:
    return record.kind == "agent.turn_ended" and glob.matches(record.data["heard_text"])


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)
