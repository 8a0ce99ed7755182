"""Which response of a model something belongs to, and what of it is stale: told without an agent."""

from __future__ import annotations

from typing import Any

import numpy as np
from getstream.video.rtc.track_util import PcmData
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.agents.responses import Response, Responses

RATE = 48000


class Mouth:
    """Collects what it is given to speak."""

    def __init__(self) -> None:
        self.sound: list[int] = []
        self.text = ""
        self.finished = 0

    def take_sound(self, samples: Any) -> None:
        self.sound += samples.tolist()

    def take_text(self, delta: str) -> None:
        self.text += delta

    def finish(self) -> None:
        self.finished += 1


def pcm(*values: int, rate: int = RATE) -> PcmData:
    return PcmData(rate, "s16", np.array(values, np.int16))


def begun(responses: Responses, response_id: str = "") -> Response:
    response = responses.of_sound(response_id)
    assert response is not None
    response.begun = True
    return response


def test_what_came_before_the_floor_was_free_is_spoken_first() -> None:
    response, mouth = Response(RATE), Mouth()
    response.take_text("Hel")
    response.take_sound(pcm(1, 2))
    response.spoken_by(mouth)
    response.take_text("lo.")
    response.take_sound(pcm(3))
    assert (mouth.sound, mouth.text) == ([1, 2, 3], "Hello.")


def test_the_end_of_a_response_is_not_held_back_by_a_filter() -> None:
    response, mouth = Response(RATE), Mouth()
    response.spoken_by(mouth)
    for _ in range(10):
        response.take_sound(pcm(*[1000] * 240, rate=24000))
    assert len(mouth.sound) < 4800
    response.finish()
    assert len(mouth.sound) == 4800
    assert mouth.finished == 1


def test_it_ends_once() -> None:
    response, mouth = Response(RATE), Mouth()
    response.spoken_by(mouth)
    response.finish()
    response.finish()
    assert mouth.finished == 1


def test_sound_without_a_name_belongs_to_the_response_being_received() -> None:
    responses = Responses(RATE)
    first = begun(responses)
    assert responses.of_sound("") is first
    responses.done()
    assert responses.of_sound("") is not first


def test_a_new_name_is_a_new_response_and_ends_the_one_before() -> None:
    responses = Responses(RATE)
    first = begun(responses, "a")
    second = begun(responses, "b")
    assert first.over
    assert not second.over
    assert responses.of_sound("b") is second


def test_a_transcript_may_come_before_its_sound() -> None:
    responses = Responses(RATE)
    for name in "ab":
        ahead = responses.of_text()
        assert ahead is not None
        ahead.take_text("ahead")
        assert begun(responses, name) is ahead
        responses.done(name)


def test_a_transcript_may_come_after_its_sound() -> None:
    responses = Responses(RATE)
    for name in "ab":
        behind = begun(responses, name)
        responses.done(name)
        assert responses.of_text() is behind
        behind.take_text("behind")


def test_a_late_transcript_of_a_cut_response_begins_no_other() -> None:
    responses = Responses(RATE)
    responses.cut(begun(responses, "a"), unanswered=False)
    responses.done("a")
    assert responses.of_text() is None
    assert begun(responses, "b").text == ""
    responses.done("b")
    assert responses.of_text() is not None


def test_a_late_end_of_another_response_ends_nothing() -> None:
    responses = Responses(RATE)
    begun(responses, "a")
    second = begun(responses, "b")
    responses.done("a")
    assert not second.over
    responses.done()
    assert second.over


def test_after_a_cut_a_named_response_is_dropped_by_its_name() -> None:
    responses = Responses(RATE)
    cut = begun(responses, "a")
    responses.cut(cut, unanswered=False)
    assert responses.of_sound("a") is None
    assert responses.of_text() is None
    fresh = begun(responses, "b")
    assert responses.of_sound("a") is None
    assert responses.of_text() is fresh


def test_after_a_cut_an_unnamed_response_is_dropped_until_it_is_done() -> None:
    responses = Responses(RATE)
    responses.cut(begun(responses), unanswered=False)
    assert responses.of_sound("") is None
    responses.done()
    assert responses.of_sound("") is not None


def test_or_until_somebody_may_be_answered() -> None:
    responses = Responses(RATE)
    responses.cut(begun(responses), unanswered=False)
    responses.expect()
    assert responses.of_sound("") is not None


def test_a_response_that_had_come_whole_leaves_nothing_to_drop() -> None:
    responses = Responses(RATE)
    cut = begun(responses)
    responses.done()
    responses.cut(cut, unanswered=False)
    assert responses.of_sound("") is not None


def test_the_answer_to_a_prompt_that_was_taken_back_is_recognised_by_its_name() -> None:
    responses = Responses(RATE)
    responses.cut(None, unanswered=True)
    assert responses.of_sound("a") is None
    responses.expect()
    assert responses.of_sound("a") is None
    assert responses.of_sound("b") is not None


def test_a_transcript_told_ahead_of_stale_sound_is_stale() -> None:
    responses = Responses(RATE)
    ahead = responses.of_text()
    assert ahead is begun(responses, "a")
    ahead.take_text("ahead")
    responses.cut(ahead, unanswered=False)
    responses.expect()
    text = responses.of_text()
    assert text is not None
    text.take_text("stale")
    assert responses.of_sound("a") is None
    assert begun(responses, "b").text == ""


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["sound", "done", "cut"]))))
def test_every_sound_is_heard_in_its_response_unless_that_was_cut(sent: list[tuple[str, str]]) -> None:
    responses = Responses(RATE)
    mouths: dict[int, tuple[str, Mouth]] = {}
    latest: Response | None = None
    cut: set[str] = set()
    expected: dict[str, list[int]] = {name: [] for name in "abc"}
    for number, (name, what) in enumerate(sent):
        if what == "done":
            responses.done(name)
        elif what == "cut" and latest is not None:
            responses.cut(latest, unanswered=False)
            cut.add(latest.id)
        elif what == "sound":
            response = responses.of_sound(name)
            assert (response is None) == (name in cut)
            if response is not None:
                if not response.begun:
                    response.begun = True
                    mouths[number] = (name, Mouth())
                    response.spoken_by(mouths[number][1])
                assert response.id == name
                response.take_sound(pcm(number % 1000))
                expected[name].append(number % 1000)
                latest = response
    for name in "abc":
        assert [s for n, mouth in mouths.values() if n == name for s in mouth.sound] == expected[name]
    assert all(mouth.finished <= 1 for _, mouth in mouths.values())
