"""What the agent says on its way to the call: nothing lost, nothing twice, nothing out of order, all of it counted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agentkit.core.media.output import BACKLOG_S, AudioOutput, PlayoutShare
from simulator.clock import run


def sound(*values: int) -> np.ndarray[Any, Any]:
    return np.array(values, np.int16)


def nothing() -> None:
    """For those who need not know."""


def opened(output: AudioOutput, calls: list[str] | None = None, name: str = "") -> PlayoutShare:
    calls = [] if calls is None else calls
    return output.begin(
        1,
        on_started=lambda: calls.append(f"{name}started"),
        on_finished=lambda: calls.append(f"{name}finished"),
    )


def test_what_was_written_is_played_and_then_there_is_silence() -> None:
    output = AudioOutput()
    share = opened(output)
    share.write(sound(1, 2, 3, 4, 5))
    assert output.pull(3).tolist() == [1, 2, 3]
    assert output.pull(3).tolist() == [4, 5, 0]
    assert output.pull(3).tolist() == [0, 0, 0]
    assert share.played == 5


def test_a_turn_begins_with_its_first_sample_and_ends_after_its_last() -> None:
    output, calls = AudioOutput(), list[str]()
    share = opened(output, calls)
    output.pull(2)
    assert calls == []
    share.write(sound(1, 2))
    share.finish()
    output.pull(2)
    assert calls == ["started"]
    output.pull(2)
    assert calls == ["started", "finished"]


def test_one_reply_is_played_after_the_other() -> None:
    output, calls = AudioOutput(), list[str]()
    first, second = opened(output, calls, "1 "), opened(output, calls, "2 ")
    second.write(sound(7, 8))
    first.write(sound(1))
    first.finish()
    assert [output.pull(2).tolist() for _ in range(2)] == [[1, 0], [7, 8]]
    assert calls == ["1 started", "1 finished", "2 started"]


def test_silence_is_recognised_by_identity() -> None:
    output = AudioOutput()
    assert output.pull(960) is output.silence(960)
    with pytest.raises(ValueError, match="read-only"):
        output.pull(960)[0] = 1


def test_what_is_held_goes_on_with_the_next_sample() -> None:
    output = AudioOutput()
    share = opened(output)
    share.write(sound(1, 2, 3, 4))
    output.pull(2)
    share.hold()
    assert not output.speaking
    assert output.pull(2).tolist() == [0, 0]
    share.resume()
    assert output.pull(2).tolist() == [3, 4]


@pytest.mark.parametrize("do", ["hold", "cut"])
def test_a_reply_may_be_silenced_at_the_very_moment_it_begins(do: str) -> None:
    output, calls = AudioOutput(), list[str]()

    def started() -> None:
        calls.append("started")
        getattr(share, do)()

    share = output.begin(1, on_started=started, on_finished=lambda: calls.append("finished"))
    share.write(sound(1, 2))
    share.finish()
    assert output.pull(2).tolist() == [0, 0]
    assert (share.played, share.queued) == (0, 2 if do == "hold" else 0)
    share.resume()
    assert output.pull(2).tolist() == ([1, 2] if do == "hold" else [0, 0])
    output.pull(2)
    assert calls == (["started", "finished"] if do == "hold" else ["started"])


def test_after_a_cut_everything_is_dropped_and_counted() -> None:
    output, calls = AudioOutput(), list[str]()
    share = opened(output, calls)
    share.write(sound(1, 2, 3))
    output.pull(2)
    share.cut()
    share.cut()
    assert output.pull(2).tolist() == [0, 0]
    assert not share.write(sound(4))
    share.finish()
    output.pull(2)
    assert (share.played, output.dropped) == (2, 2)
    assert calls == ["started"]


def test_mono_may_come_in_either_shape() -> None:
    output = AudioOutput()
    share = opened(output)
    share.write(np.array([[1, 2, 3]], np.int16))
    assert share.written == 3
    assert output.pull(3).tolist() == [1, 2, 3]


def test_whoever_is_far_ahead_waits_until_playout_has_come_closer() -> None:
    async def write_ahead() -> tuple[bool, bool]:
        output = AudioOutput(sample_rate=1000)
        share = opened(output)
        limit = round(BACKLOG_S * 1000)
        share.write(np.ones(limit + 10, np.int16))
        room = asyncio.ensure_future(share.room())
        await asyncio.sleep(1)
        output.pull(9)
        await asyncio.sleep(1)
        early = room.done()
        output.pull(1)
        await asyncio.sleep(0)
        await room
        return early, share.queued == limit

    assert run(write_ahead()) == (False, True)


def test_nobody_waits_for_a_reply_that_was_cut() -> None:
    async def cut() -> None:
        output = AudioOutput(sample_rate=1000)
        share = opened(output)
        share.write(np.ones(20_000, np.int16))
        room = asyncio.ensure_future(share.room())
        await asyncio.sleep(1)
        share.cut()
        await asyncio.wait_for(room, 0.001)

    run(cut())


@dataclass
class Model:
    """What a share should be, in the simplest words."""

    share: PlayoutShare
    when_started: str
    calls: list[str] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    played: list[int] = field(default_factory=list)
    held: bool = False
    complete: bool = False
    over: bool = False
    finished: bool = False


class Playout(RuleBasedStateMachine):
    """`AudioOutput` beside a model of it."""

    def __init__(self) -> None:
        super().__init__()
        self.output = AudioOutput()
        self.models: list[Model] = []
        self.number = 0
        self.dropped = 0

    def one(self, which: int) -> Model:
        return self.models[which % len(self.models)]

    @rule(when_started=st.sampled_from(["", "", "", "hold", "cut"]))
    def begin(self, when_started: str) -> None:
        def started() -> None:
            model.calls.append("started")
            if model.when_started:
                getattr(model.share, model.when_started)()

        def finished() -> None:
            model.calls.append("finished")

        share = self.output.begin(len(self.models), on_started=started, on_finished=finished)
        model = Model(share, when_started)
        self.models.append(model)

    @precondition(lambda self: self.models)
    @rule(which=st.integers(0, 5), count=st.integers(0, 12))
    def write(self, which: int, count: int) -> None:
        model = self.one(which)
        if model.complete:
            return
        values = list(range(self.number + 1, self.number + count + 1))
        self.number += count
        cut = model.share.cut_off
        assert model.share.write(sound(*values)) is not cut
        if cut:
            self.dropped += count
        else:
            model.waiting += values

    @precondition(lambda self: self.models)
    @rule(which=st.integers(0, 5), do=st.sampled_from(["hold", "resume", "finish", "cut"]))
    def do(self, which: int, do: str) -> None:
        model = self.one(which)
        getattr(model.share, do)()
        if do == "hold":
            model.held = True
        elif do == "resume":
            model.held = False
        elif do == "finish":
            model.complete = True
        elif not model.over:
            self.cut(model)

    def cut(self, model: Model) -> None:
        self.dropped += len(model.waiting)
        model.waiting.clear()
        model.over = True

    @rule(n=st.integers(1, 10))
    def pull(self, n: int) -> None:
        expected = self.expected(n)
        assert self.output.pull(n).tolist() == expected + [0] * (n - len(expected))

    def expected(self, n: int) -> list[int]:
        for model in self.models:
            if model.over:
                continue
            if model.held:
                return []
            if model.waiting:
                if "started" not in model.calls and not model.played:
                    if model.when_started == "hold":
                        model.held = True
                    if model.when_started == "cut":
                        self.cut(model)
                    if model.when_started:
                        return []
                taken, model.waiting = model.waiting[:n], model.waiting[n:]
                model.played += taken
                return taken
            if not model.complete:
                return []
            model.over = model.finished = True
        return []

    @invariant()
    def everything_is_counted(self) -> None:
        assert self.output.dropped == self.dropped
        for model in self.models:
            assert model.share.played == len(model.played)
            assert model.share.queued == len(model.waiting)

    @invariant()
    def each_is_told_once_and_never_after_a_cut(self) -> None:
        for model in self.models:
            assert model.calls in ([], ["started"], ["finished"], ["started", "finished"])
            assert ("finished" in model.calls) == model.finished
            if model.played:
                assert "started" in model.calls


TestPlayout = Playout.TestCase
TestPlayout.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
