"""A launcher sends agents into calls, as many as there may be, and sees each of them out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.core import Agent, AgentLauncher, User
from agentkit.core.agents.sessions import (
    AgentSession,
    EndReason,
    InMemorySessionRegistry,
    LauncherNotReady,
    SessionLimitExceeded,
    SessionState,
)
from agentkit.core.edge import Call, Connection
from agentkit.plugins import silero
from simulator.clock import run
from simulator.edge.call import SimulatedCall
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS

pytestmark = pytest.mark.virtual


def create_agent(**parts: Any) -> Agent:
    return Agent(**({"edge": SimulatedEdge(), "agent_user": User(id="agent")} | parts))


async def join_call(agent: Agent, call_type: str, call_id: str) -> None:
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call, participant_wait_timeout=0):
        await agent.finish()


Launch = Callable[..., Awaitable[AgentLauncher]]


@pytest.fixture
async def ready() -> AsyncIterator[Launch]:
    """Makes launchers that are ready, and stops them after the test."""
    launchers: list[AgentLauncher] = []

    async def make(**options: Any) -> AgentLauncher:
        options = {"create_agent": create_agent, "join_call": join_call} | options
        launchers.append(AgentLauncher(**options))
        await launchers[-1].start()
        return launchers[-1]

    yield make
    for launcher in launchers:
        await launcher.stop(0)


def call_of(session: AgentSession) -> SimulatedCall:
    """The simulated call that the agent of ``session`` is in."""
    assert session.agent is not None
    assert isinstance(session.agent.edge, SimulatedEdge)
    return session.agent.edge.call


async def seconds_until(what: Awaitable[object]) -> float:
    """How long ``what`` takes, in seconds to the microsecond."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await what
    return round(loop.time() - began, 6)


# -- launching ------------------------------------------------------------------------------------------------------


async def test_a_session_lasts_from_launch_until_its_call_ends(ready: Launch) -> None:
    class Distant(SimulatedEdge):
        async def authenticate(self, user: User) -> None:
            await asyncio.sleep(1)

    launcher = await ready(create_agent=lambda: create_agent(edge=Distant()))
    session = await launcher.launch("default", "abc")
    assert session.state is SessionState.STARTING
    assert (session.call.call_type, session.call.id) == ("default", "abc")
    assert launcher.sessions == [session]
    assert launcher.session(session.id) is session

    assert await seconds_until(session.joined()) == 1
    assert session.state is SessionState.ACTIVE
    assert session.started_at.isoformat() == "2026-01-01T00:00:00+00:00"

    call_of(session).end()
    await session.wait()
    assert session.state is SessionState.ENDED
    assert session.end_reason is EndReason.FINISHED
    assert launcher.sessions == []
    assert await launcher.find(session.id) is None


async def test_a_call_without_an_id_is_a_new_one(ready: Launch) -> None:
    launcher = await ready()
    first, second = await launcher.launch(), await launcher.launch()
    assert first.call_id
    assert first.call_id != second.call_id


async def test_the_agent_may_be_made_by_a_plain_function_or_an_async_one(ready: Launch) -> None:
    async def create_slowly() -> Agent:
        await asyncio.sleep(1)
        return create_agent()

    launcher = await ready(create_agent=create_slowly)
    assert await seconds_until(launcher.launch()) == 1
    assert launcher.sessions[0].agent is not None


async def test_each_function_gets_the_keywords_that_it_takes(ready: Launch) -> None:
    seen: dict[str, object] = {}

    def create(language: str = "") -> Agent:
        seen["language"] = language
        return create_agent()

    async def join(agent: Agent, call_type: str, call_id: str, **kwargs: Any) -> None:
        seen["kwargs"] = kwargs

    launcher = await ready(create_agent=create, join_call=join)
    session = await launcher.launch(language="sv", customer=7)
    await session.wait()
    assert seen == {"language": "sv", "kwargs": {"language": "sv", "customer": 7}}


async def test_a_keyword_that_nobody_takes_is_refused(ready: Launch) -> None:
    def create() -> Agent:
        return create_agent()

    launcher = await ready(create_agent=create)
    with pytest.raises(TypeError, match="takes langauge"):
        await launcher.launch(langauge="sv")
    assert launcher.sessions == []


async def test_an_agent_that_cannot_be_made_leaves_no_session(ready: Launch) -> None:
    made: list[Agent] = []

    def create_once() -> Agent:
        if made:
            raise FileNotFoundError("model.onnx")
        made.append(create_agent())
        return made[0]

    launcher = await ready(create_agent=create_once, max_concurrent_sessions=1)
    for _ in range(2):
        with pytest.raises(FileNotFoundError, match=r"model\.onnx"):
            await launcher.launch()
    assert launcher.sessions == []


async def test_a_function_that_forgets_to_return_its_agent_is_told_so(ready: Launch) -> None:
    def create_forgetfully() -> None:
        create_agent()

    with pytest.raises(TypeError, match="create_agent returned None"):
        await ready(create_agent=create_forgetfully)


async def test_a_session_whose_call_cannot_be_joined_fails_and_its_agent_is_closed(ready: Launch) -> None:
    class Unreachable(SimulatedEdge):
        async def join(self, agent: Agent, call: Call, **kwargs: Any) -> Connection:  # type: ignore[override]
            raise ConnectionError("no route to the call")

    voice = ScriptedTTS()
    launcher = await ready(create_agent=lambda: create_agent(edge=Unreachable(), tts=voice))
    session = await launcher.launch()
    with pytest.raises(ConnectionError, match="no route"):
        await session.joined()
    with pytest.raises(ConnectionError, match="no route"):
        await session.wait()
    assert session.state is SessionState.FAILED
    assert session.end_reason is EndReason.FAILED
    assert voice.closed
    assert launcher.sessions == []


async def test_who_waits_for_an_agent_that_never_tries_to_join_is_told_so(ready: Launch) -> None:
    async def forgetful(agent: Agent, call_type: str, call_id: str) -> None:
        await agent.create_call(call_type, call_id)

    session = await (await ready(join_call=forgetful)).launch()
    with pytest.raises(RuntimeError, match=r"async with agent\.join\(call\)"):
        await session.joined()
    assert session.end_reason is EndReason.FINISHED


async def test_an_agent_is_closed_also_when_join_call_does_not_care(ready: Launch) -> None:
    async def careless(agent: Agent, call_type: str, call_id: str) -> None:
        await agent.join(await agent.create_call(call_type, call_id), participant_wait_timeout=0)

    voice = ScriptedTTS()
    session = await (await ready(create_agent=lambda: create_agent(tts=voice), join_call=careless)).launch()
    await session.wait()
    assert voice.closed


async def test_a_launch_that_is_given_up_leaves_nothing(ready: Launch) -> None:
    async def create_for_ever(warm: list[None] = []) -> Agent:  # noqa: B006 - it is to remember
        if warm:
            await asyncio.Event().wait()
        warm.append(None)
        return create_agent()

    launcher = await ready(create_agent=create_for_ever)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(launcher.launch(), 5)
    await asyncio.gather(*(session.over() for session in launcher.sessions))
    assert launcher.sessions == []


# -- limits ---------------------------------------------------------------------------------------------------------


async def test_there_are_no_more_sessions_than_there_may_be(ready: Launch) -> None:
    launcher = await ready(max_concurrent_sessions=2)
    first = await launcher.launch()
    await launcher.launch()
    with pytest.raises(SessionLimitExceeded, match="max_concurrent_sessions is 2") as refused:
        await launcher.launch()
    assert refused.value.retry_after_s > 0
    await first.close()
    await launcher.launch()


async def test_there_are_no_more_sessions_in_one_call_than_there_may_be(ready: Launch) -> None:
    launcher = await ready(max_sessions_per_call=1)
    await launcher.launch("default", "abc")
    with pytest.raises(SessionLimitExceeded, match=r"max_sessions_per_call is 1.*default/abc"):
        await launcher.launch("default", "abc")
    await launcher.launch("livestream", "abc")
    await launcher.launch("default", "xyz")


async def test_of_many_launches_at_once_as_many_succeed_as_may(ready: Launch) -> None:
    made: list[None] = []

    async def create_slowly() -> Agent:
        made.append(None)
        await asyncio.sleep(1)
        return create_agent()

    launcher = await ready(create_agent=create_slowly, max_concurrent_sessions=7)
    outcomes = await asyncio.gather(*(launcher.launch() for _ in range(100)), return_exceptions=True)
    assert sum(isinstance(outcome, AgentSession) for outcome in outcomes) == 7
    assert sum(isinstance(outcome, SessionLimitExceeded) for outcome in outcomes) == 93
    assert len(made) == 7 + 1  # and the one for the warm-up


async def test_launchers_that_share_a_registry_share_their_limits_and_their_sessions(ready: Launch) -> None:
    registry = InMemorySessionRegistry()
    here = await ready(registry=registry, max_concurrent_sessions=1)
    there = await ready(registry=registry, max_concurrent_sessions=1)
    session = await here.launch()
    with pytest.raises(SessionLimitExceeded):
        await there.launch()
    await session.joined()
    record = await there.find(session.id)
    assert record is not None
    assert (record.node, record.state) == (here.node_id, SessionState.ACTIVE)
    assert await there.close_session(session.id) is False
    await session.over()
    assert session.end_reason is EndReason.CLOSED
    assert await there.close_session(session.id) is None
    await there.launch()


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_concurrent_sessions": 0},
        {"max_sessions_per_call": -1},
        {"max_session_duration_seconds": 0},
        {"agent_idle_timeout": -1},
    ],
)
def test_limits_that_no_session_could_keep_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        AgentLauncher(create_agent, join_call, **wrong)


# -- leaving --------------------------------------------------------------------------------------------------------


async def test_an_agent_that_is_left_alone_leaves_after_the_idle_timeout(ready: Launch) -> None:
    session = await (await ready(agent_idle_timeout=60)).launch()
    await session.joined()
    alice = call_of(session).person("alice")
    alice.join()
    await asyncio.sleep(500)
    alice.leave()
    await asyncio.sleep(59)
    alice.join()
    await asyncio.sleep(70)
    assert session.state is SessionState.ACTIVE
    alice.leave()
    assert await seconds_until(session.wait()) == 60
    assert session.end_reason is EndReason.IDLE


async def test_an_agent_to_whom_nobody_comes_leaves_after_the_idle_timeout(ready: Launch) -> None:
    session = await (await ready(agent_idle_timeout=60)).launch()
    assert await seconds_until(session.wait()) == 60
    assert session.end_reason is EndReason.IDLE


@pytest.mark.parametrize("never", [None, 0])
async def test_an_agent_may_wait_for_ever(ready: Launch, never: float | None) -> None:
    session = await (await ready(agent_idle_timeout=never)).launch()
    await asyncio.sleep(3000)
    assert session.state is SessionState.ACTIVE


async def test_a_session_lasts_no_longer_than_it_may(ready: Launch) -> None:
    session = await (await ready(max_session_duration_seconds=600)).launch()
    await session.joined()
    call_of(session).person("alice").join()
    assert await seconds_until(session.wait()) == 600
    assert session.end_reason is EndReason.EXPIRED


async def test_a_session_that_is_closed_lets_join_call_come_to_its_end(ready: Launch) -> None:
    notes: list[str] = []

    async def takes_notes(agent: Agent, call_type: str, call_id: str) -> None:
        await join_call(agent, call_type, call_id)
        await asyncio.sleep(0.5)
        notes.append(f"{call_id} is over")

    session = await (await ready(join_call=takes_notes)).launch("default", "abc")
    await session.joined()
    await session.close()
    assert notes == ["abc is over"]
    assert session.end_reason is EndReason.CLOSED


async def test_a_session_is_closed_while_its_agent_is_still_being_made(ready: Launch) -> None:
    async def create_slowly() -> Agent:
        await asyncio.sleep(10)
        return create_agent()

    launcher = await ready(create_agent=create_slowly)
    launching = asyncio.ensure_future(launcher.launch())
    await asyncio.sleep(1)
    (session,) = launcher.sessions
    assert await seconds_until(session.close()) < 1
    with pytest.raises(RuntimeError, match="closed before it had an agent"):
        await launching


async def test_join_call_that_will_not_end_is_cancelled(ready: Launch) -> None:
    async def stays(agent: Agent, call_type: str, call_id: str) -> None:
        async with agent.join(await agent.create_call(call_type, call_id), participant_wait_timeout=0):
            await asyncio.Event().wait()

    session = await (await ready(join_call=stays)).launch()
    await session.joined()
    assert await seconds_until(session.close()) <= 1.1


async def test_join_call_that_cannot_be_cancelled_is_left_behind_and_its_place_is_free(ready: Launch) -> None:
    let_go = asyncio.Event()

    async def clings(agent: Agent, call_type: str, call_id: str) -> None:
        async with agent.join(await agent.create_call(call_type, call_id), participant_wait_timeout=0):
            while not let_go.is_set():
                try:
                    await let_go.wait()
                except asyncio.CancelledError:
                    continue
            raise RuntimeError("too late to matter")

    launcher = await ready(join_call=clings, max_concurrent_sessions=1)
    session = await launcher.launch()
    await session.joined()
    assert await seconds_until(session.close()) <= 7
    assert session.state is SessionState.ENDED
    assert launcher.sessions == []
    let_go.set()
    await asyncio.sleep(5)
    assert session.state is SessionState.ENDED


async def test_what_goes_wrong_after_a_session_was_told_to_close_is_no_failure_of_it(ready: Launch) -> None:
    async def fails_in_the_end(agent: Agent, call_type: str, call_id: str) -> None:
        await join_call(agent, call_type, call_id)
        raise RuntimeError("nobody to say good-bye to")

    session = await (await ready(join_call=fails_in_the_end)).launch()
    await session.joined()
    await session.close()
    await session.wait()
    assert session.state is SessionState.ENDED


@settings(max_examples=60, deadline=None)
@given(at_s=st.floats(min_value=0, max_value=12), slow_to_stop=st.sampled_from([0.0, 30.0]))
def test_a_session_can_be_closed_at_any_instant_and_leaves_nothing(at_s: float, slow_to_stop: float) -> None:
    def create() -> Agent:
        return create_agent(
            llm=ScriptedLLM(default="We open at nine, and we close when the last guest has gone home."),
            stt=ScriptedSTT(),
            tts=ScriptedTTS(stop_latency=slow_to_stop),
        )

    async def greet(agent: Agent, call_type: str, call_id: str) -> None:
        call = await agent.create_call(call_type, call_id)
        async with agent.join(call, participant_wait_timeout=2):
            await agent.simple_response("Greet the user")
            await agent.finish()

    async def close_at_some_instant() -> tuple[float, int]:
        async with AgentLauncher(create, greet) as launcher:
            session = await launcher.launch()
            await asyncio.sleep(at_s)
            took_s = await seconds_until(session.close())
            await launcher.stop(0)
        return took_s, len(asyncio.all_tasks())

    took_s, tasks = run(close_at_some_instant())
    assert took_s <= 4
    assert tasks == 1


# -- stopping -------------------------------------------------------------------------------------------------------


async def test_stopping_lets_calls_end_and_takes_no_new_ones(ready: Launch) -> None:
    launcher = await ready()
    session = await launcher.launch()
    await session.joined()
    asyncio.get_running_loop().call_later(20, call_of(session).end)
    stopping = asyncio.ensure_future(seconds_until(launcher.stop(timeout=30)))
    await asyncio.sleep(1)
    with pytest.raises(LauncherNotReady, match="stopping"):
        await launcher.launch()
    assert await stopping == 20
    assert session.end_reason is EndReason.FINISHED


async def test_stopping_closes_what_has_not_ended_in_time(ready: Launch) -> None:
    launcher = await ready()
    session = await launcher.launch()
    await session.joined()
    assert await seconds_until(launcher.stop(timeout=30)) == 30
    assert session.end_reason is EndReason.STOPPED


async def test_whoever_cannot_wait_stops_once_more(ready: Launch) -> None:
    launcher = await ready()
    await (await launcher.launch()).joined()
    patient = asyncio.ensure_future(seconds_until(launcher.stop(timeout=None)))
    await asyncio.sleep(5)
    await launcher.stop(timeout=0)
    assert await patient == 5


async def test_a_launcher_that_was_not_started_launches_nothing() -> None:
    launcher = AgentLauncher(create_agent, join_call)
    with pytest.raises(LauncherNotReady, match="not started"):
        await launcher.launch()
    await launcher.stop()


async def test_a_launcher_is_started_once(ready: Launch) -> None:
    launcher = await ready()
    with pytest.raises(RuntimeError, match="started once"):
        await launcher.start()


# -- warming up -----------------------------------------------------------------------------------------------------


class HeavyVoice(ScriptedTTS):
    """A voice whose model takes three seconds to load, once for all of its kind."""

    loaded = 0

    async def warmup(self) -> None:
        await asyncio.sleep(3)
        HeavyVoice.loaded += 1


async def test_what_is_heavy_is_got_ready_once_before_the_first_session(ready: Launch) -> None:
    HeavyVoice.loaded = 0
    agents: list[Agent] = []

    def create() -> Agent:
        agents.append(create_agent(tts=HeavyVoice()))
        return agents[-1]

    launcher = AgentLauncher(create, join_call)
    starting = asyncio.ensure_future(launcher.start())
    await asyncio.sleep(1)
    with pytest.raises(LauncherNotReady, match="warming up"):
        await launcher.launch()
    await starting
    await launcher.warmup()
    await launcher.launch()
    await launcher.launch()
    assert HeavyVoice.loaded == 1
    assert len(agents) == 3
    assert agents[0].tts is not None
    assert agents[0].tts.closed  # the trial agent
    await launcher.stop(0)


async def test_a_warm_up_that_fails_can_be_tried_again() -> None:
    class Flaky(ScriptedTTS):
        tries = 0

        async def warmup(self) -> None:
            Flaky.tries += 1
            if Flaky.tries == 1:
                raise ConnectionError("the model could not be downloaded")

    launcher = AgentLauncher(lambda: create_agent(tts=Flaky()), join_call)
    with pytest.raises(ConnectionError, match="downloaded"):
        await launcher.start()
    await launcher.start()
    await launcher.stop()


async def test_a_launcher_can_be_stopped_while_it_warms_up() -> None:
    launcher = AgentLauncher(lambda: create_agent(tts=HeavyVoice()), join_call)
    starting = asyncio.ensure_future(launcher.start())
    await asyncio.sleep(1)
    assert await seconds_until(launcher.stop()) < 1
    with pytest.raises(LauncherNotReady, match="stopped while it was warming up"):
        await starting


# -- measuring ------------------------------------------------------------------------------------------------------


async def test_a_session_says_what_happened_in_it(ready: Launch) -> None:
    def create() -> Agent:
        return create_agent(
            llm=ScriptedLLM(default="It has a balcony with a view of the harbour, and it is free tonight."),
            stt=ScriptedSTT(),
            tts=ScriptedTTS(),
            vad=silero.VAD(),
        )

    launcher = await ready(create_agent=create)
    session = await launcher.launch()
    await session.joined()
    alice = call_of(session).person("alice")
    alice.join()
    await alice.start_saying("queen-of-clubs").done()
    await asyncio.sleep(3)
    await alice.start_saying("do-something").done()
    await asyncio.sleep(10)
    measured = session.metrics
    assert measured.user_turns == measured.agent_turns == 2
    assert measured.interruptions == 1
    assert measured.errors == 0
    assert measured.agent_speech_s > 3
    assert measured.participants == 1
    assert measured.response_latency_ms is not None
    assert measured.turn_detection_delay_ms is not None
    assert 300 < measured.turn_detection_delay_ms < measured.response_latency_ms < 2000
    assert measured.llm_first_token_ms is not None
    assert measured.tts_first_audio_ms is not None
    assert measured.duration_s == measured.on_call_s > 13
    await session.close()
    await asyncio.sleep(60)
    assert session.metrics.duration_s < measured.duration_s + 5
    assert launcher.totals()["user_turns"] == 2
    assert launcher.ended == {EndReason.CLOSED: 1}


# -- all of it ------------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("launch"), st.sampled_from(["a", "b", "c"])),
        st.tuples(st.just("close"), st.integers(0, 5)),
        st.tuples(st.just("hang up"), st.integers(0, 5)),
        st.tuples(st.just("visit"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.sampled_from([0.0, 0.3, 5.0, 20.0, 45.0])),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_the_limits_hold_and_every_session_ends_once(steps: list[tuple[str, Any]]) -> None:
    async def play() -> None:
        launcher = AgentLauncher(
            create_agent,
            join_call,
            agent_idle_timeout=30,
            max_concurrent_sessions=3,
            max_sessions_per_call=2,
            max_session_duration_seconds=60,
        )
        await launcher.start()
        launched: list[AgentSession] = []
        for verb, what in steps:
            if verb == "launch":
                in_call = sum(session.call_id == what for session in launcher.sessions)
                if len(launcher.sessions) < 3 and in_call < 2:
                    launched.append(await launcher.launch("default", what))
                else:
                    with pytest.raises(SessionLimitExceeded):
                        await launcher.launch("default", what)
            elif verb == "wait":
                await asyncio.sleep(what)
            elif what < len(launched):
                session = launched[what]
                if verb == "close":
                    session.close_soon()
                elif session.state is SessionState.ACTIVE and verb == "hang up":
                    call_of(session).end()
                elif session.state is SessionState.ACTIVE and not (
                    call_of(session).people or call_of(session).ended
                ):
                    call_of(session).person("alice").join()
            assert len(launcher.sessions) <= 3
            assert await launcher.registry.sessions() == launcher.records()
            assert all(session.metrics.duration_s <= 60 + 2 for session in launched)
        await launcher.stop(0)
        assert launcher.started == launcher.ended.total() == len(launched)
        assert not await launcher.registry.sessions()

    run(play())
