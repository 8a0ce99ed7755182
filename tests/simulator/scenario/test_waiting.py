"""Waiting for words, for silence, for the n-th time, for one of several things, and for nothing at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario import load_scenario
from simulator.scenario.model.failure import StepFailed
from simulator.scenario.playing.runner import Outcome, run_scenario
from simulator.scenario.playing.stage import Stage
from simulator.scenario.verbs.everyone import first_silence
from simulator.trace.metrics.voice import Span

CONCIERGE = "examples.concierge:create_agent"
pytestmark = pytest.mark.agent(CONCIERGE)


def play(steps: str, tmp_path: Path, expect: str = "") -> Outcome:
    file = tmp_path / "call.yaml"
    file.write_text(
        f"people: {{alice: {{mic: true}}, bob: {{mic: true}}}}\nscript:\n{steps}\nexpect: [{expect}]\n"
    )
    return run_scenario(load_scenario(file), agent=CONCIERGE)


class TestDeadlines:
    TALK_OVER = """\
  - alice: joins
  - alice: says do-something.wav
  - agent: speaks
  - wait: 1s
  - alice: starts saying seven-of-clubs.wav
    as: barge-in
  - agent: falls silent
    within: 20ms
    of: barge-in"""

    def test_a_deadline_that_was_missed_is_told_with_by_how_much(self, tmp_path: Path) -> None:
        outcome = play(self.TALK_OVER, tmp_path)
        closes_ns = next(r.data["at_ns"] for r in outcome.trace.select(kind="moment")) + 20_000_000
        silent_ns = next(r.data["at_ns"] for r in outcome.trace.select("agent", "voice.stopped"))
        (failure,) = outcome.failures
        assert failure.message.endswith(
            f"; it came at {silent_ns / 1e9:.3f} s, {(silent_ns - closes_ns) / 1e6:.0f} ms too late"
        )
        assert failure.at_s == closes_ns / 1e9

    def test_the_story_goes_on_to_where_it_came_and_says_when_it_should_have(self, tmp_path: Path) -> None:
        (failure,) = play(self.TALK_OVER, tmp_path).failures
        step = '"agent: falls silent, within: 20ms, of: barge-in" (line 9)'
        assert f"{failure.at_s:7.3f} s  the time for {step} is over" in failure.story[:-1]
        assert "agent falls silent" in failure.story[-1]

    def test_what_comes_long_after_its_deadline_is_told_as_it_was_at_the_deadline(
        self, tmp_path: Path
    ) -> None:
        steps = self.TALK_OVER.replace("seven-of-clubs", "huff")
        (failure,) = play(steps, tmp_path).failures
        assert "; it was still speaking at " in failure.message

    def test_a_call_does_not_go_on_beyond_its_limit_to_see_how_late_something_is(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "call.yaml"
        file.write_text("limit: 2s\nscript:\n  - agent: speaks\n    within: 1500ms\n")
        (failure,) = run_scenario(load_scenario(file), agent=CONCIERGE).failures
        assert failure.message.endswith("; it was never heard")


class TestWords:
    async def test_words_count_as_heard_when_their_last_sample_was_played(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        spoke = await call.agent.speaks(within=4)
        words = await call.agent.has_said("The Queen of Clubs", of=spoke)
        more = await call.agent.has_said("*balcony*", of=spoke)
        whole = await call.agent.says("*free tonight.", of=spoke)
        assert spoke.at_ns < words.at_ns < more.at_ns < whole.at_ns
        heard = call.trace.select("agent", "heard")
        assert [len(r.data["text"].split()) for r in heard] == list(range(1, len(heard) + 1))

    async def test_words_that_were_heard_before_anybody_listened_count(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        spoke = await call.agent.speaks(within=4)
        await call.wait(2)
        now = call.trace.now_ns()
        assert (await call.agent.has_said("The Queen*", of=spoke)).at_ns == now

    async def test_a_reply_that_is_over_has_said_its_words(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        spoke = await call.agent.speaks(within=4)
        await call.agent.finishes_speaking()
        await call.agent.has_said("*balcony*", of=spoke)

    async def test_what_was_heard_instead_is_told(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        with pytest.raises(
            StepFailed, match=r'to have said ".lighthouse." .*; what was heard of it is "The Queen'
        ):
            await call.agent.has_said("*lighthouse*", within=3)
        with pytest.raises(StepFailed, match="no word of it was heard"):
            await call.agent.has_said("*lighthouse*", within=0.001)

    @pytest.mark.agent("examples.realtime:create_agent")
    async def test_words_of_a_realtime_model_are_heard_as_well(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        spoke = await call.agent.speaks(within=4)
        half = await call.agent.has_said("The Queen of Clubs*", of=spoke)
        assert half.at_ns < (await call.agent.finishes_speaking(of=spoke)).at_ns


class TestTimes:
    def test_the_second_time_is_waited_for(self, tmp_path: Path) -> None:
        steps = """\
  - alice: joins
    as: start
  - bob: joins
  - wait for: edge.participant_joined
    times: 2
    of: start
  - wait for: edge.participant_joined
    times: 3
    of: start
    within: 1s"""
        (failure,) = play(steps, tmp_path).failures
        assert failure.message == (
            "expected edge.participant_joined, 3 times, between 0.000 s and 1.000 s; it came 2 times"
        )


class TestAbsence:
    def test_what_must_not_happen_and_does_is_told_with_its_time(self, tmp_path: Path) -> None:
        steps = """\
  - alice: joins
  - alice: starts saying okay.wav
  - never: stt.transcript
    for: 4s
    where: {participant: alice}"""
        (failure,) = play(steps, tmp_path).failures
        assert failure.message.startswith(
            "expected no stt.transcript with participant: alice between 0.000 s"
        )
        assert "there was one at 0.820 s" in failure.message

    async def test_what_does_not_happen_takes_all_its_time(self, call: Stage) -> None:
        since = call.trace.now_ns()
        assert (await call.never("turn.started", 2.0)).at_ns == since + 2_000_000_000


class TestAlternatives:
    async def test_the_first_that_happens_counts_and_the_others_are_let_go(self, call: Stage) -> None:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs")
        heard = await call.any_of(call.wait_for("llm.error"), call.agent.has_said("*balcony*"))
        assert heard.at_ns == call.trace.now_ns()

    def test_when_none_of_them_happens_each_is_told(self, tmp_path: Path) -> None:
        steps = """\
  - alice: joins
  - any of:
      - agent: speaks
      - wait for: llm.error
        within: 2s
    within: 1s"""
        (failure,) = play(steps, tmp_path).failures
        assert "expected the agent to speak between 0.000 s and 1.000 s" in failure.message
        assert "; and expected llm.error between 0.000 s and 2.000 s" in failure.message

    @pytest.mark.parametrize(
        "kinds", [("voice.stopped", "agent.turn_ended"), ("agent.turn_ended", "voice.stopped")]
    )
    def test_of_several_things_that_have_happened_the_first_counts_however_they_are_written(
        self, kinds: tuple[str, str], tmp_path: Path
    ) -> None:
        steps = """\
  - alice: joins
  - alice: says queen-of-clubs.wav
  - agent: falls silent
    as: silence
  - any of: [{wait for: %s}, {wait for: %s}]
    as: first"""
        outcome = play(steps % kinds, tmp_path)
        silence, first = (moment.at_ns for moment in outcome.trace.select(kind="moment"))
        assert outcome.trace.select(kind="agent.turn_ended")[0].t_ns > silence
        assert first == silence

    def test_of_several_expectations_one_has_to_hold(self, tmp_path: Path) -> None:
        assert play("  - wait: 1s", tmp_path, "{any of: [{errors: 3}, {errors: 0}]}").passed
        (failure,) = play("  - wait: 1s", tmp_path, "{any of: [{errors: 3}, {errors: 2}]}").failures
        assert failure.message.startswith("none of these holds: errors: expected == 3, found 0; errors:")


class TestSilence:
    async def test_everyone_is_silent_when_the_last_of_them_is(self, call: Stage) -> None:
        alice, bob = await call.join("alice"), await call.join("bob")
        alice.starts_saying("okay")
        await call.wait(0.3)
        bob.starts_saying("leisure-to-consider")
        silent = await call.everyone_is_silent(0.5, within=20)
        stops = [r.at_ns for r in call.trace.select(kind="voice.stopped") if r.at_ns < silent.at_ns]
        assert silent.at_ns - max(stops) >= 500_000_000
        assert not [r for r in call.trace.select("bob", "voice.started") if r.at_ns > max(stops)]

    async def test_a_silence_that_does_not_come_in_time_is_told_with_who_was_heard(self, call: Stage) -> None:
        alice = await call.join("alice")
        alice.starts_saying("leisure-to-consider")
        await call.wait(0.5)
        with pytest.raises(
            StepFailed, match=r"expected everyone to be silent for 1 s .*; alice was heard from"
        ):
            await call.everyone_is_silent(1, within=1.5)

    @given(
        spans=st.lists(st.tuples(st.integers(0, 50), st.one_of(st.none(), st.integers(1, 20))), max_size=8),
        opens=st.integers(0, 40),
        length=st.integers(1, 15),
    )
    def test_the_first_silence_is_the_first(
        self, spans: list[tuple[int, int | None]], opens: int, length: int
    ) -> None:
        told = sorted(
            (Span("x", start, None if n is None else start + n) for start, n in spans),
            key=lambda span: span.start_ns,
        )

        def silent(at: int) -> bool:
            return all(
                span.start_ns >= at + length or (span.end_ns is not None and span.end_ns <= at)
                for span in told
            )

        expected = next((at for at in range(opens, 200) if silent(at)), None)
        assert first_silence(told, opens, length) == expected
