"""Providers that stall, are slow, fail or are lost for a while, put between the agent and its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core import Agent, User
from agentkit.core.edge import EdgeTransport
from agentkit.core.stt import STTTranscriptEvent
from agentkit.core.tts import TTS
from simulator.clock import run
from simulator.providers import ScriptedLLM, ScriptedSTT
from simulator.providers.voice import speak
from simulator.scenario.model.failure import UsageError
from simulator.scenario.playing.stage import Stage
from simulator.scenario.verbs.seams import EarSeam, ModelSeam, VoiceSeam
from simulator.scenario.verbs.trouble import Service

CONCIERGE = "examples.concierge:create_agent"


def told(seam: Callable[[], Any]) -> Service:
    """A service whose seam is told of changes."""
    return Service(lambda how: seam().changed(how))


class ByteTTS(TTS):
    """A voice of a plugin: bytes, a fifth of a second apart."""

    async def stream_audio(self, text: str, **kwargs: Any) -> AsyncIterator[bytes]:
        for _ in range(5):
            await asyncio.sleep(0.2)
            yield speak("hello", 165, 16000).samples[:3200].tobytes()

    async def stop_audio(self) -> None:
        """There is nothing to stop."""


class TestVoice:
    """Sound of a voice in trouble, and when it comes."""

    @staticmethod
    async def sound(trouble: Callable[[Service], None]) -> list[float | str]:
        tts = ByteTTS()
        service = Service(lambda how: None)
        seam = VoiceSeam(tts, service)
        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(0.5, trouble, service)
        came: list[float | str] = []
        try:
            async for _ in tts.synthesize("hello"):
                came.append(round(loop.time() - began, 3))  # noqa: PERF401 - until it fails
        except ConnectionError as error:
            came.append(f"{error} at {loop.time() - began:.1f}")
        seam.remove()
        assert "stream_audio" not in vars(tts)
        return came[:6]

    @pytest.mark.virtual
    async def test_a_voice_that_is_well_is_as_it_was(self) -> None:
        assert (await self.sound(lambda service: None))[:5] == [0.2, 0.4, 0.6, 0.8, 1.0]

    @pytest.mark.virtual
    async def test_a_voice_that_stalls_goes_on_where_it_was(self) -> None:
        assert (await self.sound(lambda s: s.begin("stalls", 2.0)))[:5] == [0.2, 0.4, 2.5, 2.7, 2.9]

    @pytest.mark.virtual
    async def test_a_lost_connection_breaks_off_what_is_being_said(self) -> None:
        assert await self.sound(lambda s: s.begin("disconnects")) == [
            0.2,
            0.4,
            "the connection was lost at 0.5",
        ]

    @pytest.mark.virtual
    async def test_an_error_leaves_alone_what_is_being_said(self) -> None:
        assert (await self.sound(lambda s: s.begin("errors")))[:5] == [0.2, 0.4, 0.6, 0.8, 1.0]


class TestModel:
    """Text of a model in trouble, and when it comes."""

    @staticmethod
    async def text(trouble: Callable[[Service], None], after: float) -> list[tuple[float, str]]:
        llm = ScriptedLLM(default="one two three four", first_token=0.1, per_token=0.1)
        seam: ModelSeam
        service = told(lambda: seam)
        seam = ModelSeam(llm, service)
        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(after, trouble, service)
        await asyncio.sleep(0.01)
        came: list[tuple[float, str]] = []
        try:
            async for delta in llm.stream_response("hello"):
                came.append((round(loop.time() - began, 2), delta.strip()))  # noqa: PERF401 - until it fails
        except ConnectionError as error:
            came.append((round(loop.time() - began, 2), str(error)))
        seam.remove()
        assert not {"simple_response", "_emit_response_chunk"} & set(vars(llm))
        return came

    @pytest.mark.virtual
    async def test_what_a_stalled_model_says_comes_when_that_is_over(self) -> None:
        came = await self.text(lambda s: s.begin("stalls", 1.0), after=0.15)
        assert came == [(0.11, "one"), (1.15, "two"), (1.15, "three"), (1.15, "four")]

    @pytest.mark.virtual
    async def test_a_slow_model_begins_later_and_goes_on_as_fast(self) -> None:
        came = await self.text(lambda s: s.begin("is slow", by_s=2.0), after=0)
        assert came == [(2.11, "one"), (2.21, "two"), (2.31, "three"), (2.41, "four")]

    @pytest.mark.virtual
    async def test_a_model_that_fails_says_why(self) -> None:
        came = await self.text(lambda s: s.begin("errors", message="503"), after=0)
        assert came == [(0.01, "503")]

    @pytest.mark.virtual
    async def test_a_lost_connection_breaks_off_the_answer(self) -> None:
        came = await self.text(lambda s: s.begin("disconnects"), after=0.25)
        assert came == [(0.11, "one"), (0.21, "two"), (0.25, "the connection was lost")]


Change = tuple[float, str]


@settings(max_examples=60)
@given(
    changes=st.lists(
        st.tuples(st.floats(0.01, 2), st.sampled_from(["stalls", "is slow", "errors", "well"])), max_size=5
    )
)
def test_words_arrive_in_order_and_complete_whatever_delays_them(changes: list[Change]) -> None:
    async def play() -> list[str]:
        stt = ScriptedSTT()
        seam: EarSeam
        service = told(lambda: seam)
        seam = EarSeam(stt, service)
        heard: list[str] = []
        stt.events.tap(lambda event: heard.append(event.text), STTTranscriptEvent)

        async def talk() -> None:
            for number in range(20):
                stt._emit_transcript_event(str(number))
                await asyncio.sleep(0.25)

        talking = asyncio.ensure_future(talk())
        for after, how in changes:
            await asyncio.sleep(after)
            if how == "well":
                service.recover()
            else:
                service.begin(how, by_s=0.4 if how == "is slow" else 0.0)  # type: ignore[arg-type]
        await talking
        service.recover()
        await asyncio.sleep(1)
        seam.remove()
        assert not {"process_audio"} & set(vars(stt))
        return heard

    assert run(play()) == [str(number) for number in range(20)]


@pytest.mark.virtual
async def test_a_connection_may_be_lost_again_while_a_provider_still_lets_go_of_the_last() -> None:
    service = Service(lambda how: None)

    async def answer() -> None:
        async with service.during():
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(1)

    answering = asyncio.create_task(answer())
    await asyncio.sleep(0.1)
    for _ in range(2):
        service.begin("disconnects")
        await asyncio.sleep(0.1)
    with pytest.raises(ConnectionError):
        await answering


class TestInACall:
    """The same from a test."""

    @pytest.mark.agent(CONCIERGE)
    async def test_what_is_understood_on_a_lost_connection_is_lost(self, call: Stage) -> None:
        alice = await call.join("alice")
        call.stt.disconnects(for_=3)
        await alice.says("queen-of-clubs")
        await call.wait(3)
        assert call.trace.select(kind="stt.transcript") == []
        (first, *_) = call.trace.select(kind="stt.error")
        assert first.data["error"] == "ConnectionError: the connection was lost"
        await alice.says("seven-of-clubs")
        await call.agent.says("The Seven of Clubs*", within=8)

    @pytest.mark.agent(CONCIERGE)
    async def test_a_new_trouble_takes_the_place_of_the_one_before(self, call: Stage) -> None:
        alice = await call.join("alice")
        call.llm.errors("503")
        call.llm.is_slow(by=1.5)
        await alice.says("queen-of-clubs")
        await call.agent.says("The Queen of Clubs*", within=12)
        assert call.trace.select(kind="llm.error") == []
        assert [r.data["how"] for r in call.trace.select(kind="provider.in_trouble")] == ["errors", "is slow"]

    @pytest.mark.agent("examples.realtime:create_agent")
    async def test_a_realtime_model_that_stalls_answers_later(self, call: Stage) -> None:
        alice = await call.join("alice")
        stalled = call.llm.stalls(for_=6)
        await alice.says("queen-of-clubs")
        await call.agent.stays_silent(5.5, of=stalled)
        await call.agent.speaks(within=5)

    async def test_trouble_of_a_provider_that_is_not_there_is_refused(self, call: Stage) -> None:
        with pytest.raises(UsageError, match="the agent has no tts"):
            call.tts.stalls()

    @pytest.fixture
    def create_agent(self) -> Callable[..., Agent]:
        def create(*, edge: EdgeTransport, **parts: Any) -> Agent:
            return Agent(edge=edge, agent_user=User(id="mute"), llm=ScriptedLLM(default="hello"))

        return create
