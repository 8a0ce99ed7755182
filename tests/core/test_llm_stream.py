"""A model's answer as a stream, whichever way a plugin hands its pieces on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent
from agentkit.core.llm import LLM, LLMResponseChunkEvent
from agentkit.core.processors import Processor
from simulator.clock import run

Respond = Callable[["AcmeLLM", str], Coroutine[Any, Any, Any]]


class AcmeLLM(LLM):
    """A plugin that answers in the way a test gives it."""

    def __init__(self, respond: Respond) -> None:
        super().__init__()
        self.respond = respond

    async def simple_response(
        self,
        text: str,
        processors: Sequence[Processor] | None = None,
        participant: Participant | None = None,
    ) -> Any:
        return await self.respond(self, text)


async def with_the_helper(llm: AcmeLLM, text: str) -> Any:
    for word in ("Hello ", "", "there."):
        llm._emit_response_chunk(word)
        await asyncio.sleep(0.01)
    return llm._create_response_event("Hello there.")


async def with_events(llm: AcmeLLM, text: str) -> Any:
    for word in ("Hello ", "there."):
        llm.events.send(LLMResponseChunkEvent(delta=word))
        await asyncio.sleep(0.01)


async def from_a_task(llm: AcmeLLM, text: str) -> Any:
    async def read() -> None:
        await with_the_helper(llm, text)

    await asyncio.create_task(read())
    return llm._create_response_event(None)


async def from_a_thread(llm: AcmeLLM, text: str) -> Any:
    def read() -> None:
        llm._emit_response_chunk("Hello ")
        llm._emit_response_chunk("there.")

    await asyncio.to_thread(read)


async def in_one_piece(llm: AcmeLLM, text: str) -> Any:
    return llm._create_response_event("Hello there.")


class Completion:
    """What a chat client returns."""

    class Choice:
        class Message:
            content = "Hello there."

        message = Message()

    choices = (Choice(),)


async def as_its_client_has_it(llm: AcmeLLM, text: str) -> Any:
    return Completion()


WAYS = [with_the_helper, with_events, from_a_task, from_a_thread, in_one_piece, as_its_client_has_it]


async def read(llm: LLM, text: str = "hi") -> str:
    return "".join([piece async for piece in llm.stream_response(text)])


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_way_gives_the_same_text(way: Respond) -> None:
    async def answer() -> tuple[str, list[Any]]:
        llm, events = AcmeLLM(way), list[BaseEvent]()
        llm.events.tap(events.append)
        return await read(llm), events

    text, events = run(answer())
    assert text == "Hello there."
    assert events[0].type == "llm.request_started"
    (whole,) = [e for e in events if e.type == "llm.response"]
    assert whole.text == "Hello there."
    chunks = [e for e in events if e.type == "llm.response_chunk" and e.delta]
    if way is with_the_helper:
        assert [e.chunk_index for e in chunks] == [0, 1]


def test_pieces_come_as_soon_as_they_are_there() -> None:
    async def times() -> list[float]:
        llm = AcmeLLM(with_the_helper)
        loop = asyncio.get_running_loop()
        began = loop.time()
        return [round(loop.time() - began, 3) async for _ in llm.stream_response("hi")]

    assert run(times()) == [0.0, 0.02]


def test_what_the_model_raises_is_raised_after_what_it_said() -> None:
    async def fails(llm: AcmeLLM, text: str) -> Any:
        llm._emit_response_chunk("Hello")
        raise ConnectionError("reset")

    async def answer() -> list[str]:
        stream = AcmeLLM(fails).stream_response("hi")
        pieces = [await anext(stream)]
        with pytest.raises(ConnectionError, match="reset"):
            await anext(stream)
        return pieces

    assert run(answer()) == ["Hello"]


@pytest.mark.parametrize("response", [None, "", 42, object(), []])
def test_an_answer_without_text_is_an_empty_stream(response: Any) -> None:
    async def nothing(llm: AcmeLLM, text: str) -> Any:
        return response

    assert run(read(AcmeLLM(nothing))) == ""


def test_a_cancelled_stream_ends_at_once_and_its_model_too() -> None:
    ended: list[str] = []

    async def slow(llm: AcmeLLM, text: str) -> Any:
        try:
            for _ in range(100):
                llm._emit_response_chunk("word ")
                await asyncio.sleep(0.1)
        finally:
            ended.append(text)

    async def cancel() -> list[str]:
        llm = AcmeLLM(slow)
        stream = llm.stream_response("hi")
        pieces = []
        async for piece in stream:
            pieces.append(piece)
            if len(pieces) == 3:
                stream.cancel()
        await stream.aclose()
        await stream.aclose()
        return pieces

    assert run(cancel()) == ["word "] * 3
    assert ended == ["hi"]


def test_whoever_waits_for_a_piece_is_told_when_the_stream_is_cancelled() -> None:
    async def silent(llm: AcmeLLM, text: str) -> Any:
        await asyncio.get_running_loop().create_future()

    async def cancel() -> None:
        stream = AcmeLLM(silent).stream_response("hi")
        waiting = asyncio.ensure_future(anext(stream, None))
        await asyncio.sleep(1)
        stream.cancel()
        assert await asyncio.wait_for(waiting, 0.001) is None
        await stream.aclose()

    run(cancel())


def test_a_model_that_cannot_be_cancelled_says_nothing_more() -> None:
    async def stubborn(llm: AcmeLLM, text: str) -> Any:
        for _ in range(5):
            llm._emit_response_chunk(text)
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                continue

    async def ask_again() -> str:
        llm = AcmeLLM(stubborn)
        first = llm.stream_response("old ")
        await anext(first)
        first.cancel()
        text = await read(llm, "new ")
        await first.aclose()
        return text

    assert run(ask_again()) == "new " * 5


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=2, max_size=12))
def test_two_answers_at_once_do_not_mix(pieces: list[tuple[bool, int]]) -> None:
    """Each piece belongs to one of two answers and comes after some milliseconds."""

    async def in_turn(llm: AcmeLLM, text: str) -> Any:
        for number, (first, ms) in enumerate(pieces):
            await asyncio.sleep(ms / 1000)
            if first == (text == "first"):
                llm._emit_response_chunk(f"{text} {number}.")

    async def both() -> list[str]:
        llm = AcmeLLM(in_turn)
        return list(await asyncio.gather(read(llm, "first"), read(llm, "second")))

    assert run(both()) == [
        "".join(f"first {n}." for n, (first, _) in enumerate(pieces) if first),
        "".join(f"second {n}." for n, (first, _) in enumerate(pieces) if not first),
    ]


def test_pieces_from_a_reader_of_its_own_belong_to_the_latest_question() -> None:
    """A client that reads its socket in one task, begun when it connected, knows nothing of questions."""

    async def ask() -> str:
        arrived: asyncio.Queue[str] = asyncio.Queue()

        async def answer(llm: AcmeLLM, text: str) -> Any:
            for word in ("from ", "the ", "socket"):
                arrived.put_nowait(word)
            await asyncio.sleep(0.1)

        llm = AcmeLLM(answer)

        async def reader() -> None:
            while True:
                llm._emit_response_chunk(await arrived.get())

        reading = asyncio.create_task(reader())
        text = await read(llm)
        reading.cancel()
        return text

    assert run(ask()) == "from the socket"


def test_a_model_asked_by_another_model_answers_for_itself() -> None:
    """As a function does that asks a second model."""

    async def asks_another(llm: AcmeLLM, text: str) -> Any:
        llm._emit_response_chunk("Let me see. ")
        answer = await AcmeLLM(with_the_helper).simple_response(text)
        assert answer.text == "Hello there."
        llm._emit_response_chunk("It is so.")

    assert run(read(AcmeLLM(asks_another))) == "Let me see. It is so."


def test_a_model_whose_own_request_was_cancelled_has_failed() -> None:
    async def cancelled(llm: AcmeLLM, text: str) -> Any:
        request = asyncio.ensure_future(asyncio.sleep(10))
        asyncio.get_running_loop().call_soon(request.cancel)
        await request

    async def ask() -> None:
        with pytest.raises(Exception, match="cancelled"):
            await read(AcmeLLM(cancelled))

    run(ask())
