"""What an agent's model was asked in a recorded call, and what it answered when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from simulator.media.activity import NS_PER_SECOND
from simulator.recorder.capture.traffic import STREAMED
from simulator.recorder.retelling.troubles import PATIENCE_NS, USUAL_NS
from simulator.recorder.stand_ins.providers import Asked, Said
from simulator.trace import Record


@dataclass(frozen=True)
class Exchange:
    """A question with its answer; one that was ``cut`` ends where the model was given up."""

    asked: Asked
    cut: bool


@dataclass
class _Step:
    """A step of an answer while it is read; see `Said`. ``since_ns`` is what its delay counts from."""

    since_ns: int
    text: str = ""
    first_ns: int | None = None
    last_ns: int = 0
    paused_ns: int = 0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def begins(self, at_ns: int) -> None:
        self.first_ns = at_ns if self.first_ns is None else self.first_ns
        self.last_ns = max(self.last_ns, at_ns)

    @property
    def waited_ns(self) -> int:
        return max(0, (self.since_ns if self.first_ns is None else self.first_ns) - self.since_ns)

    def said(self, usual_ns: int) -> Said:
        """Without what a scenario tells as trouble of the provider, which comes on top."""
        waited_ns = usual_ns if self.waited_ns >= usual_ns + PATIENCE_NS else self.waited_ns
        first_ns = self.since_ns if self.first_ns is None else self.first_ns
        lasting_ns = max(0, self.last_ns - first_ns - self.paused_ns)
        return Said(
            self.text.strip(), tuple(self.calls), after=_seconds(waited_ns), lasting=_seconds(lasting_ns)
        )


@dataclass
class _Question:
    """A question while its answer is read."""

    text: str
    steps: list[_Step]
    working: int = 0
    complete: bool = False

    def read(self, record: Record) -> None:
        """Take in one more record of the time until the next question."""
        match record.kind:
            case _ if self.complete:
                pass
            case "llm.tool_start":
                self._step().begins(record.t_ns)
                self._step().calls.append((record.text("tool_name"), _arguments(record)))
                self.working += 1
            case "llm.tool_end" if self.working:
                self.working -= 1
                if not self.working:
                    self.steps.append(_Step(record.t_ns))
            case "llm.paused" if not self.working and record.t_ns - record.at_ns >= PATIENCE_NS:
                if self._step().since_ns <= record.at_ns:
                    self._step().paused_ns += record.t_ns - record.at_ns
            case "llm.response":
                self._complete(record)
            case kind if kind == STREAMED:
                self._step().text += record.text("text")
                self._step().begins(record.at_ns)
                self._step().begins(record.integer("until_ns") or record.at_ns)

    def answer(self) -> list[_Step]:
        """Its steps, as far as anything came of them."""
        return [step for step in self.steps if step.text.strip() or step.calls]

    def _step(self) -> _Step:
        return self.steps[-1]

    def _complete(self, record: Record) -> None:
        self.complete = True
        if not self.answer() and record.text("text").strip():  # it came in one piece
            self._step().text = record.text("text")
            self._step().begins(self._step().since_ns + (record.span_ns("first_token_ms") or 0))


def exchanges_of(records: Sequence[Record]) -> list[Exchange]:
    """What was asked and answered, in order.

    A question that was given up before its answer was whole is left out if it was asked again at once, and one that
    nothing was answered to if it was answered at another time.
    """
    questions = list(_questions(records))
    quick = [question.answer()[0].waited_ns for question in questions if question.answer()]
    answered = {question.text for question in questions if question.answer()}
    usual_ns = min([*quick, USUAL_NS])
    exchanges: list[Exchange] = []
    for question, following in zip_longest(questions, questions[1:]):
        again = following is not None and following.text == question.text
        if question.complete or not (again or (question.text in answered and not question.answer())):
            said = [step.said(usual_ns) for step in question.answer()]
            exchanges.append(Exchange(Asked(question.text, *said), cut=not question.complete))
    return exchanges


def _questions(records: Sequence[Record]) -> Iterator[_Question]:
    question: _Question | None = None
    for record in records:
        if record.kind == "llm.request_started":
            if question is not None:
                yield question
            question = _Question(record.text("text"), [_Step(record.t_ns)])
        elif question is not None:
            question.read(record)
    if question is not None:
        yield question


def _arguments(record: Record) -> dict[str, Any]:
    """What was passed, without the numbers that only Python's JSON knows."""
    arguments = json.loads(json.dumps(record.data.get("arguments")), parse_constant=str)
    return arguments if isinstance(arguments, dict) else {}


def _seconds(ns: int) -> float:
    return round(ns / NS_PER_SECOND, 3)
