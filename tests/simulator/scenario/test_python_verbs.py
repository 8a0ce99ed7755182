"""Verbs as they are written in Python: what they take, and how slips are told."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.edge.errors import CallError
from simulator.scenario.model.failure import StepFailed, UsageError
from simulator.scenario.model.quantities import Duration
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage
from simulator.scenario.verbs.arguments import MOST_S, duration_of

CONCIERGE = "examples.concierge:create_agent"
pytestmark = pytest.mark.agent(CONCIERGE)


class TestTimes:
    @given(st.floats(0, MOST_S, exclude_max=True))
    def test_a_number_is_seconds_to_the_nanosecond(self, seconds: float) -> None:
        assert duration_of("within", seconds).ns == round(seconds * 1e9)

    @given(st.builds(Duration, st.integers(0, 86_399_999_999_999)))
    def test_a_text_is_a_time_as_in_a_scenario_file(self, time: Duration) -> None:
        assert duration_of("within", str(time)) == time == duration_of("within", time)

    @given(st.floats(MOST_S, 86_399, exclude_min=False))
    def test_a_number_that_must_be_milliseconds_is_refused_with_the_seconds_they_are(
        self, number: float
    ) -> None:
        with pytest.raises(UsageError) as refused:
            duration_of("within", number)
        assert f"did you mean {number / 1000:g}?" in str(refused.value)
        assert str(refused.value).startswith("within=")

    @pytest.mark.parametrize(
        ("time", "told"),
        [
            (3000, 'within=3000: expected seconds, .* did you mean 3[?] If they are meant, write "3000s"'),
            (-1, "within=-1: expected seconds, 0 or more"),
            (math.nan, "within=nan: expected seconds"),
            (math.inf, "within=inf: expected seconds"),
            (True, 'within=True: expected seconds, like 1.5, or a text, like "800ms"; found bool'),
            ([3], r"within=\[3\]: expected seconds, .*; found list"),
            ("3", "within='3': '3' has no unit: did you mean 3s or 3ms[?]"),
            ("soon", "within='soon': 'soon' is not a time; write it like 800ms"),
            ("-3s", "a time cannot be negative"),
        ],
    )
    async def test_what_is_no_time_is_refused_by_every_verb_that_takes_one(
        self, call: Stage, time: Any, told: str
    ) -> None:
        alice = await call.join("alice")
        with pytest.raises(UsageError, match=told):
            await call.agent.speaks(within=time)
        with pytest.raises(UsageError, match=told):
            await call.wait_for("turn.ended", within=time)
        told = told.replace("within=", "for_=")
        for step in (call.agent.stays_silent, alice.stays_silent, call.everyone_is_silent):
            with pytest.raises(UsageError, match=told):
                await step(for_=time)
        with pytest.raises(UsageError, match=told):
            await call.never("turn.ended", for_=time)
        with pytest.raises(UsageError, match=told):
            alice.keeps_talking("queen-of-clubs", for_=time)
        with pytest.raises(UsageError, match=told):
            call.tts.stalls(for_=time)
        with pytest.raises(UsageError, match=told.replace("for_=", "by=")):
            call.llm.is_slow(by=time)
        with pytest.raises(UsageError, match=told.replace("for_=", "after=")):
            call.mock_tool("find_room", after=time)
        with pytest.raises(UsageError, match=told.replace("for_=", "seconds=")):
            await call.wait(time)
        assert call.trace.now_ns() == 0

    async def test_a_text_lets_as_much_time_pass_as_the_number(self, call: Stage) -> None:
        await call.wait("800ms")
        assert call.trace.now_ns() == 800_000_000
        await call.wait("2m")
        assert call.trace.now_ns() == 120_800_000_000


class TestWhatElseIsGiven:
    async def test_a_moment_is_one_that_a_step_returned(self, call: Stage) -> None:
        for given_ in ("barge-in", 1.5, 0):
            with pytest.raises(UsageError, match=r"of=.*: expected the moment that a step returned"):
                await call.agent.speaks(of=given_)  # type: ignore[arg-type]

    async def test_a_moment_that_was_not_awaited_is_told_as_that(self, call: Stage) -> None:
        alice = await call.join("alice")
        said = alice.says("queen-of-clubs")
        with pytest.raises(UsageError, match=r"found a step that was not awaited; put `await` before it"):
            await call.agent.speaks(of=said)  # type: ignore[arg-type]
        await said

    async def test_a_misspelt_event_is_refused_at_once_with_the_nearest(self, call: Stage) -> None:
        for step in (call.wait_for("agent.turn_startd"), call.never("agent.turn_startd", for_=1)):
            with pytest.raises(
                UsageError, match=r"no event 'agent.turn_startd'; did you mean 'agent.turn_started'"
            ):
                await step
        with pytest.raises(UsageError, match=r'event=7: expected the type of an event, like "turn.ended"'):
            await call.wait_for(7)  # type: ignore[arg-type]
        assert call.trace.now_ns() == 0

    async def test_an_event_of_a_plugin_is_waited_for(self, call: Stage) -> None:
        await call.never("acme.weather_changed", for_=0.1)

    @pytest.mark.parametrize("times", [0, -1, True, 1.5])
    async def test_how_often_something_happens_is_a_whole_number(self, call: Stage, times: Any) -> None:
        with pytest.raises(UsageError, match=r"times=.*: expected a whole number, 1 or more"):
            await call.wait_for("turn.ended", times=times)

    async def test_a_text_to_match_is_a_text(self, call: Stage) -> None:
        with pytest.raises(UsageError, match=r"text=7: expected a text to match, .* found int"):
            await call.agent.says(7)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match=r"text='': a text to match cannot be empty"):
            await call.agent.has_said("")
        with pytest.raises(UsageError, match=r'write interrupted="true"'):
            await call.wait_for("agent.turn_ended", interrupted=True)  # type: ignore[arg-type]

    async def test_a_clip_can_be_a_path(self, call: Stage) -> None:
        alice = await call.join("alice")
        clip = Path(__file__).parents[3] / "fixtures" / "people" / "hmm.wav"
        await alice.says(clip)
        assert call.trace.select("alice", "says")[0].data["clip"] == "hmm"

    async def test_what_a_person_is_given_is_of_its_kind(self, call: Stage) -> None:
        anybody: Any = call
        alice: Any = await call.join("alice")
        with pytest.raises(UsageError, match=r"name=7: expected a text, found int"):
            await anybody.join(7)
        with pytest.raises(UsageError, match=r"name='': expected a text, found an empty text"):
            await call.join("")
        with pytest.raises(
            UsageError, match=r"mic='a.wav': expected True or False; to have bob speak, write"
        ):
            await anybody.join("bob", mic="a.wav")
        with pytest.raises(UsageError, match=r"camera=7: expected the name of a recording"):
            await anybody.join("bob", camera=7)
        with pytest.raises(UsageError, match=r"text=7: expected a text"):
            alice.types(7)
        with pytest.raises(UsageError, match=r"keys=1234: expected a text, found int"):
            await alice.presses(1234)
        with pytest.raises(UsageError, match=r"'xyz' are no keys of a telephone"):
            await alice.presses("xyz")
        with pytest.raises(UsageError, match=r"data='poke': expected a dict, like .*, found a text"):
            alice.sends("poke")
        assert list(call.simulated.people) == ["alice"]

    async def test_what_the_agent_is_expected_to_call_is_named(self, call: Stage) -> None:
        agent: Any = call.agent
        with pytest.raises(UsageError, match=r"tool=7: expected a text, found int"):
            await agent.calls(7)
        with pytest.raises(UsageError, match=r"where='Clubs': expected fields and what they look like"):
            await agent.calls("find_room", where="Clubs")

    async def test_alternatives_are_steps_that_begin_together(self, call: Stage) -> None:
        anybody: Any = call
        moment = await call.agent.stays_silent(for_=0.1)
        for waits, told in (((), "none"), ((moment,), "Moment"), (([],), "list")):
            with pytest.raises(
                UsageError, match=rf"any_of: expected steps, .* without `await` .*found {told}"
            ):
                await anybody.any_of(*waits)

    @pytest.mark.parametrize("clip", [7, None, "", b"hmm.wav"])
    async def test_what_is_no_clip_is_refused(self, call: Stage, clip: Any) -> None:
        alice = await call.join("alice")
        told = 'expected the name of a recording, like "hello.wav"'
        with pytest.raises(UsageError, match=f"clip=.*: {told}"):
            await alice.says(clip)
        with pytest.raises(UsageError, match=f"video=.*: {told}"):
            alice.starts_playing(clip)


class TestWhatGoesOnAtOnce:
    async def test_awaiting_it_is_a_slip_that_a_type_checker_finds_too(self, call: Stage) -> None:
        alice = await call.join("alice")
        with pytest.raises(UsageError, match=r"`alice.leaves\(\)` goes on at once, .* remove `await`"):
            await alice.leaves()  # type: ignore[misc]

    async def test_what_is_kept_of_it_is_no_step(self, call: Stage) -> None:
        moment = call.end()
        with pytest.raises(UsageError, match=r"`moment` goes on at once"):
            await moment  # type: ignore[misc]
        with pytest.raises(UsageError, match=r"goes on at once was given to be awaited"):
            await asyncio.gather(moment)  # type: ignore[call-overload]


class TestArgumentsThatThereAreNot:
    async def test_the_one_that_is_meant_is_named(self, call: Stage) -> None:
        anybody: Any = call
        agent: Any = call.agent
        with pytest.raises(TypeError, match=r"speaks\(for_=3\): there is no 'for_'; did you mean 'within'"):
            await agent.speaks(for_=3)
        with pytest.raises(
            TypeError, match=r"speaks\(withn='3s'\): there is no 'withn'; did you mean 'within'"
        ):
            await agent.speaks(withn="3s")
        with pytest.raises(TypeError, match=r"is_slow\(for=1\): there is no 'for'; did you mean 'for_'"):
            anybody.llm.is_slow(by=1, **{"for": 1})
        with pytest.raises(
            TypeError, match=r"join\(video='a.mp4'\): there is no 'video'; it takes name, mic, cam"
        ):
            await anybody.join("bob", video="a.mp4")
        with pytest.raises(TypeError, match=r"metrics\(turn=1\): there is no 'turn'; it takes nothing"):
            anybody.metrics(turn=1)

    async def test_among_the_fields_of_an_event_too_where_none_can_look_like_that(self, call: Stage) -> None:
        anybody: Any = call
        with pytest.raises(TypeError, match=r"never\(within=3\): there is no 'within'; did you mean 'for_'"):
            await anybody.never("turn.ended", within=3)
        with pytest.raises(
            TypeError, match=r"wait_for\(witin=3\): there is no 'witin'; did you mean 'within'"
        ):
            await anybody.wait_for("turn.ended", witin=3)
        await call.never("acme.rang", for_=0.1, duration="3*")

    async def test_a_room_is_written_as_one(self, call: Stage) -> None:
        anybody: Any = call
        with pytest.raises(
            UsageError, match=r"acoustics='kitchen': expected acoustics=Acoustics\(gain_db=-12\)"
        ):
            await anybody.join("bob", acoustics="kitchen")


class TestVerbsThatThereAreNot:
    async def test_the_nearest_is_named(self, call: Stage) -> None:
        alice: Any = await call.join("alice")
        anybody: Any = call
        with pytest.raises(AttributeError, match=r"a person has no 'say'; did you mean 'says'"):
            alice.say("queen-of-clubs")
        with pytest.raises(
            AttributeError, match=r"the agent has no 'fall_silent'; did you mean 'falls_silent'"
        ):
            anybody.agent.fall_silent()
        with pytest.raises(AttributeError, match=r"a call has no 'speaks'; did you mean 'agent.speaks'"):
            anybody.speaks()
        with pytest.raises(AttributeError, match=r"a provider has no 'stall'; did you mean 'stalls'"):
            anybody.tts.stall()
        with pytest.raises(
            AttributeError, match=r"a person has no 'dances'; there are: coughs, drops, joins"
        ):
            alice.dances()

    async def test_it_can_be_asked_whether_there_is_one(self, call: Stage) -> None:
        alice = await call.join("alice")
        assert hasattr(alice, "says")
        assert not hasattr(alice, "say")
        assert not hasattr(alice, "__deepcopy__")
        assert getattr(call, "speak", None) is None


class TestAfterTheCall:
    async def test_nobody_can_speak_in_a_call_that_has_ended(self, call: Stage) -> None:
        alice = await call.join("alice")
        await call.wait(1)
        call.end()
        for begin in (alice.starts_saying, alice.starts_playing):
            with pytest.raises(CallError, match=r"alice cannot .*: the call ended at 1.000 s"):
                begin("queen-of-clubs")
        with pytest.raises(CallError, match=r"alice cannot press keys: the call ended at 1.000 s"):
            await alice.presses("1")
        with pytest.raises(CallError, match=r"the call has ended; bob can join it no more"):
            await call.join("bob")

    async def test_what_is_waited_for_in_vain_is_told_with_the_end(self, call: Stage) -> None:
        await call.join("alice")
        call.end()
        with pytest.raises(StepFailed, match=r"it was never heard; the call ended at 0.000 s"):
            await call.agent.speaks(within=1)

    async def test_who_talks_on_when_the_call_ends_is_just_not_heard(self, call: Stage) -> None:
        alice = await call.join("alice")
        alice.keeps_talking("hmm", for_=5)
        await call.wait(1)
        call.end()
        await call.wait(6)

    async def test_a_person_joins_once(self, call: Stage) -> None:
        await call.join("alice")
        with pytest.raises(CallError, match=r"alice has joined already; they can leave and join again"):
            await call.join("alice")


class TestTwoAgents:
    async def test_each_has_a_call_of_its_own(self, call: Stage) -> None:
        async with CallStage(agent="examples.realtime:create_agent") as other:
            bob = await other.join("bob")
            await bob.says("queen-of-clubs")
            await other.agent.speaks(within=4)
            assert not call.simulated.people
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        await call.agent.speaks(within=4)


class TestStepsThatNobodyAwaits:
    @pytest.mark.virtual
    async def test_a_call_that_is_made_by_hand_refuses_to_have_been_fine(self) -> None:
        with pytest.raises(UsageError, match=r"test_python_verbs.py:\d+: `call.wait\(1\)` was never awaited"):
            async with CallStage(agent=CONCIERGE) as call:
                call.wait(1)  # type: ignore[unused-coroutine]

    @pytest.mark.virtual
    async def test_what_went_wrong_first_is_not_hidden_by_them(self) -> None:
        with pytest.raises(ZeroDivisionError) as raised:
            async with CallStage(agent=CONCIERGE) as call:
                call.wait(1)  # type: ignore[unused-coroutine]
                _ = 1 / 0
        assert "`call.wait(1)` was never awaited" in raised.value.__notes__[0]

    async def test_each_is_told_with_its_line_and_what_to_write(self, call: Stage) -> None:
        alice = await call.join("alice")
        alice.says("hmm")  # type: ignore[unused-coroutine]
        call.agent.says(  # type: ignore[unused-coroutine]
            "*", within=3
        )
        with pytest.raises(AttributeError):
            call.agent.speaks().at_ns  # type: ignore[attr-defined]  # noqa: B018
        first, second, third = call.window.unawaited.tell().splitlines()
        assert first.endswith(
            '`alice.says("hmm")` was never awaited, so it did nothing; write `await alice.says("hmm")`'
        )
        assert "await call.agent.says(" in second
        assert second.endswith('"*", within=3 )`')
        assert third.endswith("write `(await call.agent.speaks())`")
        assert not call.window.unawaited.tell()

    async def test_of_steps_within_a_step_the_outer_is_told(self, call: Stage) -> None:
        call.any_of(call.agent.speaks(), call.wait_for("turn.ended"))  # type: ignore[unused-coroutine]
        (told,) = call.window.unawaited.tell().splitlines()
        assert "write `await call.any_of(call.agent.speaks()" in told

    async def test_whatever_is_awaited_in_another_way_is_awaited(self, call: Stage) -> None:
        alice, bob = await call.join("alice"), await call.join("bob")
        task = asyncio.create_task(alice.says("hmm"))
        assert not call.window.unawaited.tell()
        await task
        await asyncio.gather(alice.says("hmm"), bob.stays_silent(0.1))
        await call.any_of(call.wait_for("turn.ended"), call.wait_for("voice.stopped"))
        later = call.wait(1)
        later.close()
        assert not call.window.unawaited.tell()

    @pytest.mark.virtual
    async def test_a_task_that_nobody_waits_for_is_no_end_of_a_call_that_is_made_by_hand(self) -> None:
        with pytest.raises(UsageError, match=r"`call.wait\(9\)` still went on when the test was over"):
            async with CallStage(agent=CONCIERGE) as call:
                task = asyncio.create_task(call.wait(9))
        await task
