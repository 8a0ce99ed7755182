"""Providers that answer as others did in a recorded call, and the agent that is made with them.

`agentkit scenario from-recording` writes a module that uses these. They are scripted providers which know when each
answer came, and what was asked for it.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentkit.core.edge.types import Participant
from agentkit.core.llm import LLMResponseEvent
from agentkit.core.llm.llm import Messages
from agentkit.core.processors import Processor
from simulator.providers import (
    Calls,
    Fixed,
    Latency,
    Request,
    ScriptedLLM,
    ScriptedSTT,
    ScriptedTTS,
    ScriptedVLM,
)
from simulator.providers.llm import Answer
from simulator.providers.voice import speak
from simulator.scenario.model.failure import UsageError
from simulator.scenario.playing.factory import name_of
from simulator.scenario.playing.making import make_agent
from simulator.scenario.playing.mishaps import told

if TYPE_CHECKING:
    from agentkit.core.agents import Agent

MOST_TOLD = 8
"""How many of the questions that it knows a model lists when it is asked another one."""

SLOWEST_WPM, FASTEST_WPM = 30.0, 900.0
"""Between these a voice is stretched to the length that was recorded."""


@dataclass(frozen=True)
class Said:
    """One step of an answer: the model begins to say ``text`` after so many seconds, is done ``lasting`` seconds later,
    and then makes ``calls`` of functions, each a name and its arguments.

    The seconds of the first step count from the question, those of a further one from the last result.
    """

    text: str = ""
    calls: Sequence[tuple[str, dict[str, Any]]] = ()
    after: float = 0.3
    lasting: float = 0.0


class Asked:
    """A question, and the steps in which it was answered. Words are compared, not how they are written.

    Without any, the question was given up before anything was answered, and is not answered again.
    """

    def __init__(self, question: str, *answer: Said) -> None:
        self.question = question
        self.answer = answer


class RecordedLLM(ScriptedLLM):
    """Answers each question as it was answered in a recorded call, with the same delays.

    A question that was asked several times is answered with its answers in order, and then with the last one again.
    One that nobody asked is an error, unless there is a ``default`` to answer it.
    """

    def __init__(self, asked: Iterable[Asked], default: Answer | None = None) -> None:
        super().__init__(default=default)
        self._asked: dict[str, deque[Asked]] = {}
        for each in asked:
            self._asked.setdefault(_words(each.question), deque()).append(each)

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        """Answer ``text``. Raises `LookupError` where nobody asked that, and there is no default."""
        found = self._asked.get(_words(text))
        if found is None:
            if self._default is None:
                raise LookupError(self._unknown(text))
            return await super().simple_response(text, processors, participant)
        answer = (found.popleft() if len(found) > 1 else found[0]).answer
        steps = iter(answer)

        async def ask(messages: Messages, tools: list[dict[str, Any]]) -> str | Calls:
            self.requests.append(Request(text, messages, tools))
            if not answer:
                await asyncio.get_running_loop().create_future()
            return await self._say(next(steps, Said(after=0.0)))

        return self._create_response_event(await self._ask_with_tools(ask, self._build_messages(text)))

    async def _say(self, said: Said) -> str | Calls:
        await asyncio.sleep(said.after)
        tokens = re.findall(r"\s*\S+\s*", said.text)
        pauses = len(tokens) if said.calls else len(tokens) - 1
        for number, token in enumerate(tokens):
            self._emit_response_chunk(token)
            if number < pauses:
                await asyncio.sleep(said.lasting / pauses)
        return Calls(*said.calls) if said.calls else said.text

    def _unknown(self, text: str) -> str:
        known = [repr(asked[0].question) for asked in self._asked.values()]
        listed = ", ".join(known[:MOST_TOLD]) + (", ..." if len(known) > MOST_TOLD else "")
        return (
            f"RecordedLLM: asked {text!r}, which nobody asked in the recording; it knows "
            f"{listed or 'no question'}. Add an answer, or a default"
        )


class RecordedVLM(RecordedLLM, ScriptedVLM):
    """A `RecordedLLM` that watches, as the model of the recorded call did."""


class RecordedSTT(ScriptedSTT):
    """A `ScriptedSTT` that also tells turns: from the first words of an utterance to its final transcript."""

    turn_detection = True

    def __init__(self, **delays: Any) -> None:
        """``delays`` are those of `ScriptedSTT`."""
        super().__init__(**delays)
        self._begun: set[str] = set()

    def _emit_partial_transcript_event(
        self, text: str, participant: Participant | None = None, response: Any = None
    ) -> None:
        self._begin(participant)
        super()._emit_partial_transcript_event(text, participant, response)

    def _emit_transcript_event(
        self, text: str, participant: Participant | None = None, response: Any = None
    ) -> None:
        self._begin(participant)
        super()._emit_transcript_event(text, participant, response)
        self._begun.discard(_id(participant))
        self._emit_turn_ended_event(participant, trailing_silence_ms=1000 * self.endpointing_s)

    def _begin(self, participant: Participant | None) -> None:
        if _id(participant) not in self._begun:
            self._begun.add(_id(participant))
            self._emit_turn_started_event(participant)

    def forget(self, participant: Participant) -> None:
        super().forget(participant)
        self._begun.discard(_id(participant))


@dataclass(frozen=True)
class Spoken:
    """A text that a voice spoke: for how many ``seconds``, which began ``after`` so many."""

    text: str
    seconds: float
    after: float


class RecordedTTS(ScriptedTTS):
    """Speaks each text that was spoken in a recorded call for as long as it took then, and as soon.

    Other texts are spoken as a `ScriptedTTS` does, with the ``manner`` that it is given.
    """

    def __init__(self, spoken: Iterable[Spoken] = (), **manner: Any) -> None:
        super().__init__(**manner)
        self._spoken = {_words(each.text): each for each in spoken}

    def _manner_of(self, text: str) -> tuple[float, Latency]:
        known = self._spoken.get(_words(text))
        if known is None:
            return super()._manner_of(text)
        return rate_of(text, known.seconds, self.rate_wpm), Fixed(known.after)


def rate_of(text: str, seconds: float, rate_wpm: float) -> float:
    """Words a minute at which the scripted voice takes ``seconds`` for ``text``; ``rate_wpm`` if none can be told."""
    rate = rate_wpm
    for _ in range(3):  # pauses are not quite proportional to the rate
        takes_s = speak(text, rate, 8000).samples.size / 8000
        if not (takes_s > 0 and seconds > 0):
            return rate_wpm
        rate = min(max(rate * takes_s / seconds, SLOWEST_WPM), FASTEST_WPM)
    return rate


async def made_with(factory: Callable[..., Any], **parts: Any) -> Agent:
    """The agent that ``factory(**parts)`` makes, at once or when awaited.

    Raises `UsageError` when it does not take these parts, fails, or makes an agent with others.
    """
    try:
        agent = await make_agent(factory, parts)
    except UsageError:
        raise
    except Exception as error:
        given = ", ".join(f"{name}=" for name in parts)
        raise UsageError(
            f"{name_of(factory)} raised {told(error)}; it is given {given}: does it make what it is given, too? "
            "`Agent(llm=llm or ..., ...)` does not"
        ) from error
    for name, part in parts.items():
        if name != "edge" and getattr(agent, name) is not part:
            found = getattr(agent, name)
            other = f"has {type(found).__name__}" if found is not None else "has none"
            raise UsageError(
                f"{name_of(factory)} was given {name}={type(part).__name__}, and the agent that it made {other} "
                f"in its place; hand on what it is given, as in `Agent({name}={name} or ..., ...)`"
            )
    return agent


def _words(text: str) -> str:
    """What is compared of a text: its words, without case and punctuation; all of it, where there are none."""
    return " ".join(re.findall(r"[\w']+", text.casefold())) or text.strip()


def _id(participant: Participant | None) -> str:
    return participant.id if participant is not None else ""
