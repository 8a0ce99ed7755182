"""Holding what a scenario expects against what happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from agentkit.core.conversation import Message
from simulator.scenario.model.expectations import (
    AgentNeverSaidExpectation,
    AgentSaidExpectation,
    AgentSawExpectation,
    AnyExpectation,
    ConversationExpectation,
    CountExpectation,
    EventExpectation,
    Expectation,
    HeardFromExpectation,
    MetricExpectation,
    ToolCalledExpectation,
)
from simulator.scenario.model.globs import fields_match, told_where
from simulator.scenario.model.quantities import Duration
from simulator.trace import Metrics, Trace

NS_PER_MS = 1_000_000


CUT_OFF = "the script ended while the agent was speaking; end it with `- agent: finishes speaking`"


class Judge:
    """Says of each expectation what is wrong with it, if anything is.

    ``lacks`` says which parts the agent does not have, and ``cut_off`` that the end of the script cut it off.
    """

    def __init__(
        self,
        trace: Trace,
        metrics: Metrics,
        messages: Sequence[Message],
        lacks: Sequence[str] = (),
        *,
        cut_off: bool = False,
    ) -> None:
        self._trace = trace
        self._metrics = metrics
        self._messages = messages
        self._hints = [*lacks, *([CUT_OFF] if cut_off else ())]

    def judge(self, expectation: Expectation) -> str | None:
        """None if it holds; else what was expected, what was found, and what may be why."""
        problem = self._judge(expectation)
        hints = self._hints if problem is not None and _is_about_words(expectation) else ()
        return None if problem is None else "; ".join([problem, *hints])

    def _judge(self, expectation: Expectation) -> str | None:
        return _JUDGE[type(expectation)](self, expectation)

    def _count(self, what: CountExpectation) -> str | None:
        found = self._metrics.lookup(what.kind.replace(" ", "_")) or 0
        return None if what.count.holds(found) else f"{what.kind}: expected {what.count}, found {found:g}"

    def _said(self, what: AgentSaidExpectation) -> str | None:
        heard = self._heard()
        if any(what.text.matches(text) for text in heard):
            return None
        return f'agent said: expected "{what.text}"; what was heard of it: {_quoted(heard)}'

    def _never_said(self, what: AgentNeverSaidExpectation) -> str | None:
        wrong = [text for text in self._heard() if what.text.matches(text)]
        return f'agent never said: "{what.text}", but {_quoted(wrong)} was heard' if wrong else None

    def _heard_from(self, what: HeardFromExpectation) -> str | None:
        texts = [
            r.data["text"]
            for r in self._trace.select(kind="stt.transcript")
            if r.data.get("participant") == what.person
        ]
        if any(what.text.matches(text) for text in texts):
            return None
        return f'heard from {what.person}: expected "{what.text}", understood {_quoted(texts)}'

    def _conversation(self, what: ConversationExpectation) -> str | None:
        found = [(m.role, m.content) for m in self._messages]
        fits = len(found) == len(what.lines) and all(
            line.role == role and line.text.matches(content)
            for line, (role, content) in zip(what.lines, found, strict=True)
        )
        if fits:
            return None
        expected = "; ".join(f'{line.role}: "{line.text}"' for line in what.lines)
        return f"conversation: expected {expected}; found " + (
            "; ".join(f'{role}: "{content}"' for role, content in found) or "nothing"
        )

    def _event(self, what: EventExpectation) -> str | None:
        found = sum(fields_match(what.where, r.data) for r in self._trace.select(kind=what.event))
        if what.count.holds(found):
            return None
        return f"event {what.event}{told_where(what.where)}: expected {what.count}, found {found}"

    def _tool_called(self, what: ToolCalledExpectation) -> str | None:
        calls = [r.data for r in self._trace.select(kind="llm.tool_start")]
        fitting = [
            call
            for call in calls
            if call["tool_name"] == what.tool and fields_match(what.where, call["arguments"])
        ]
        if what.count.holds(len(fitting)):
            return None
        made = ", ".join(
            f"{call['tool_name']}({json.dumps(call['arguments'], ensure_ascii=False)})" for call in calls
        )
        expected = f"tool called: {what.tool}{told_where(what.where)}: expected {what.count}"
        return f"{expected}, found {len(fitting)}; the model called {made or 'nothing'}"

    def _metric(self, what: MetricExpectation) -> str | None:
        name = what.metric
        found = self._metrics.lookup(name)
        if found is None:
            return f"metric {name}: expected {what.bound}, but there was nothing to measure"
        timed = isinstance(what.bound.value, Duration)
        if what.bound.holds(found * NS_PER_MS if timed else found):
            return None
        return f"metric {name}: expected {what.bound}, found {found:g}{' ms' if timed else ''}"

    def _saw(self, what: AgentSawExpectation) -> str | None:
        stops = [
            r.data
            for r in self._trace.select(what.person, "video.stopped")
            if r.data["track"] == what.track_id
        ]
        found = sum(stop["read"] for stop in stops)
        if what.count.holds(found):
            return None
        sent = sum(stop["sent"] for stop in stops)
        told = f"agent saw: {what.person} {what.track}: expected {what.count} frames, found {found}"
        return f"{told}; {sent} were sent" if stops else f"{told}; nothing was shown there"

    def _any(self, what: AnyExpectation) -> str | None:
        problems = [self._judge(expectation) for expectation in what.expectations]
        return None if None in problems else f"none of these holds: {'; '.join(filter(None, problems))}"

    def _heard(self) -> list[str]:
        return [r.data["heard_text"] for r in self._trace.select(kind="agent.turn_ended")]


def _is_about_words(expectation: Expectation) -> bool:
    """Whether it depends on what the agent got to say, or on how often it spoke."""
    match expectation:
        case AnyExpectation(expectations=expectations):
            return any(map(_is_about_words, expectations))
        case CountExpectation(kind=kind):
            return kind == "agent turns"
        case EventExpectation(event=event):
            return event == "agent.turn_ended"
    return isinstance(expectation, AgentSaidExpectation | HeardFromExpectation | ConversationExpectation)


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts) or "nothing"


_JUDGE: dict[type, Callable[[Judge, Any], str | None]] = {
    CountExpectation: Judge._count,
    AgentSaidExpectation: Judge._said,
    AgentNeverSaidExpectation: Judge._never_said,
    HeardFromExpectation: Judge._heard_from,
    ConversationExpectation: Judge._conversation,
    EventExpectation: Judge._event,
    ToolCalledExpectation: Judge._tool_called,
    MetricExpectation: Judge._metric,
    AgentSawExpectation: Judge._saw,
    AnyExpectation: Judge._any,
}
