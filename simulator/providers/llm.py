"""A language model that says what a script tells it to."""

from __future__ import annotations

import asyncio
import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentkit.core import clock
from agentkit.core.edge.types import Participant
from agentkit.core.llm import LLM, LLMResponseEvent
from agentkit.core.llm.llm import Messages
from agentkit.core.processors import Processor
from simulator.providers.latency import Latency, latency


@dataclass(frozen=True, slots=True)
class Hang:
    """An answer that never comes."""


@dataclass(frozen=True, slots=True)
class Then:
    """An answer that begins with ``text`` and then fails with ``error``."""

    text: str
    error: Exception


class Calls:
    """An answer that begins by calling functions, each given as ``(name, arguments)``.

    The model says ``first`` before it calls, and goes on with ``then`` when the results are there: any other answer,
    in which a text has ``{result}`` replaced by them, or a function that makes the answer of the list of them, each as
    the model reads it.

    >>> Calls(("find_room", {"people": 2}), then="I have found one: {result}.")
    """

    def __init__(
        self,
        *calls: tuple[str, dict[str, Any] | str],
        then: Answer | Callable[[list[str]], Answer] = "{result}",
        first: str = "",
    ) -> None:
        if not calls:
            raise ValueError(
                'Calls(): expected functions to call, such as Calls(("find_room", {"people": 2}))'
            )
        self.calls = calls
        self.first = first
        self.then = then if callable(then) else checked(then)

    def answer_to(self, results: list[str]) -> Answer:
        """How the model goes on once it has ``results``."""
        if isinstance(self.then, str):
            return self.then.replace("{result}", "; ".join(results))
        return checked(self.then(results)) if callable(self.then) else self.then


Answer = str | Exception | Hang | Then | Calls


@dataclass(frozen=True, slots=True)
class Request:
    """What the model was asked: the new input, and all the messages and functions a provider would have been sent.

    When functions were called there is another request with their results.
    """

    text: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] = field(default_factory=list)


class ScriptedLLM(LLM):
    """Answers from a script, token by token, with the delays of a model.

    Give ``answers`` to be used one after the other, or ``rules``: the first one whose pattern matches the
    input answers it. A pattern is a glob that ignores case and has to match the whole input (``"*opening
    hours*"``), or a compiled regular expression that has to be found in it. Where the script has nothing,
    ``default`` answers.

    An answer is a text, an exception to raise, `Hang`, `Then` or `Calls`. The first token comes after ``first_token``
    seconds and each further one after ``per_token`` (numbers, or models from `simulator.providers.latency`).
    The defaults are a hosted model's: 300 ms and 50 tokens a second. ``requests`` is what was asked.
    """

    provider_name = "scripted"

    def __init__(
        self,
        answers: Iterable[Answer] | None = None,
        rules: Mapping[str | re.Pattern[str], Answer] | None = None,
        default: Answer | None = None,
        first_token: float | Latency = 0.3,
        per_token: float | Latency = 0.02,
    ) -> None:
        """Raises `ValueError` for both answers and rules, and `TypeError` for an answer that is none."""
        super().__init__()
        if answers is not None and rules is not None:
            raise ValueError(
                "ScriptedLLM: expected answers or rules, got both; put the answers in order, or by pattern"
            )
        if isinstance(answers, str):
            raise TypeError(f"ScriptedLLM(answers): expected a list of answers, got the text {answers!r}")
        self._answers = [checked(answer) for answer in answers or ()]
        self._rules = [(Pattern(pattern), checked(answer)) for pattern, answer in (rules or {}).items()]
        self._default = None if default is None else checked(default)
        self._answered = 0
        self.first_token = latency(first_token)
        self.per_token = latency(per_token)
        self.requests: list[Request] = []

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> LLMResponseEvent:
        """Answer ``text`` as the script says. Raises `LookupError` where the script has no answer."""
        answer: Answer | None = None

        async def ask(messages: Messages, tools: list[dict[str, Any]]) -> str | Calls:
            nonlocal answer
            self.requests.append(Request(text, messages, tools))
            if isinstance(answer, Calls):
                answer = answer.answer_to([m["content"] for m in messages[-len(answer.calls) :]])
            else:
                answer = self._answer_to(text)
            return await self._give(answer)

        return self._create_response_event(await self._ask_with_tools(ask, self._build_messages(text)))

    def _extract_tool_calls_from_response(self, response: Any) -> list[dict[str, Any]]:
        """The calls of the script."""
        calls = response.calls if isinstance(response, Calls) else ()
        return [
            {"type": "tool_call", "name": name, "arguments_json": arguments, "id": clock.new_id()}
            for name, arguments in calls
        ]

    async def _give(self, answer: Answer) -> str | Calls:
        """Say what there is to say, or fail as the script has it."""
        if isinstance(answer, str):
            await self._stream(answer)
        elif isinstance(answer, Calls):
            await self._stream(answer.first)
            await asyncio.sleep((self.per_token if answer.first else self.first_token).draw())
        else:
            raise (await self._failure(answer)).with_traceback(None)
        return answer

    async def _stream(self, answer: str) -> None:
        pause = self.first_token
        for token in re.findall(r"\s*\S+\s*", answer):
            await asyncio.sleep(pause.draw())
            self._emit_response_chunk(token)
            pause = self.per_token

    async def _failure(self, answer: Exception | Hang | Then) -> Exception:
        """What to raise, once it is time to."""
        if isinstance(answer, Hang):
            never: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
            return await never
        if isinstance(answer, Then):
            await self._stream(answer.text)
            await asyncio.sleep(self.per_token.draw())
            return answer.error
        await asyncio.sleep(self.first_token.draw())
        return answer

    def _answer_to(self, text: str) -> Answer:
        if self._answered < len(self._answers):
            self._answered += 1
            return self._answers[self._answered - 1]
        for pattern, answer in self._rules:
            if pattern.matches(text):
                return answer
        if self._default is not None:
            return self._default
        if self._rules:
            patterns = ", ".join(repr(pattern.written) for pattern, _ in self._rules)
            raise LookupError(
                f"ScriptedLLM: no rule matches {text!r}; there are {patterns}. Add one, or a default"
            )
        raise LookupError(
            f"ScriptedLLM: asked {text!r} after all {len(self._answers)} answers of the script were given; "
            "add another answer, or a default"
        )


class Pattern:
    """What an input has to look like, as it was written and as it is matched."""

    def __init__(self, written: str | re.Pattern[str]) -> None:
        self.written = written if isinstance(written, str) else written.pattern
        self._expression = (
            re.compile(r"\A" + fnmatch.translate(written), re.IGNORECASE)
            if isinstance(written, str)
            else written
        )

    def matches(self, text: str) -> bool:
        """Whether ``text`` looks like that."""
        return self._expression.search(text) is not None


def checked(answer: Answer) -> Answer:
    """``answer``, if it is one. Raises `TypeError`."""
    if isinstance(answer, (str, Exception, Hang, Then, Calls)):
        return answer
    raise TypeError(
        "ScriptedLLM: expected an answer to be a text, an exception, Hang(), Then() or Calls(), "
        f"got {answer!r}"
    )
