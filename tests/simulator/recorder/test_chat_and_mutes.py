"""Who mutes, is lost for a while, or writes into the chat does so again in the scenario of a recorded call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.conversation import InMemoryConversation
from agentkit.core.conversation.chat import ChatConversation, ChatPiece
from agentkit.core.events import EventManager
from simulator.recorder.capture.chat import Overheard
from simulator.recorder.conversion import convert
from simulator.recorder.retelling.happenings import Typed
from simulator.recorder.retelling.script import ScriptWriter, Tolerance
from simulator.recorder.retelling.story import Story
from simulator.recorder.retelling.writing import as_yaml
from simulator.scenario.playing.runner import run_scenario
from simulator.scenario.reading.reader import finished, read_draft
from tests.simulator.recorder.recorded_scenarios import heard, recorded


def again(scenario: str, folder: Path) -> list[str]:
    """What people do in the scenario of a recorded call, which has to pass, and to sound as the call did."""
    before = recorded(scenario, folder)
    made = convert(folder, texts=True)
    after = run_scenario(made.scenario)
    assert not after.failures
    assert heard(after) == heard(before)
    return [line.strip() for line in made.path.read_text().splitlines() if line.startswith("  - alice:")]


def test_a_microphone_that_was_closed_is_closed_again(tmp_path: Path) -> None:
    assert again("turn_taking/muted.yaml", tmp_path / "call") == [
        "- alice: joins",
        "- alice: mutes",
        "- alice: unmutes",
        "- alice: says alice-1.wav",
    ]


def test_who_was_lost_in_mid_sentence_is_not_heard_to_end_it(tmp_path: Path) -> None:
    assert again("joins_leaves/lost-and-back.yaml", tmp_path / "call") == [
        "- alice: joins",
        "- alice: says alice-1.wav",
        "- alice: mutes",
        "- alice: leaves",
        "- alice: joins",
        "- alice: unmutes",
        "- alice: starts saying alice-2.wav",
    ]


def test_what_was_written_into_the_chat_is_written_again(tmp_path: Path) -> None:
    assert again("multi_party/spelt-in-the-chat.yaml", tmp_path / "call")[1] == (
        '- alice: types "My name is Alys, with a y."'
    )


@pytest.mark.parametrize("scenario", ["turn_taking/several-turns.yaml", "realtime/1-silent-first.yaml"])
def test_what_is_said_is_not_taken_for_writing(scenario: str, tmp_path: Path) -> None:
    assert not any("types" in line for line in again(scenario, tmp_path / "call"))


class Nowhere:
    """A chat that nobody reads."""

    async def send(self, piece: ChatPiece) -> None: ...

    async def update(self, piece: ChatPiece) -> None: ...

    async def delete(self, piece_id: str) -> None: ...


async def test_of_a_chat_new_messages_of_others_are_overheard_and_afterwards_nothing() -> None:
    chat, wrote = ChatConversation(Nowhere(), "agent"), []
    detach = Overheard(chat, lambda *message: wrote.append(message)).attach(EventManager())
    chat.received("1", "hello", "alice")
    chat.received("1", "hello!", "alice")
    chat.received("2", "I am the agent", "agent")
    detach()
    chat.received("3", "nobody listens", "alice")
    assert wrote == [("alice", "hello")]
    assert [message.content for message in chat.messages] == ["hello!", "nobody listens"]
    await chat.close()


async def test_a_conversation_is_as_it_was_when_nobody_listens_any_more() -> None:
    conversation = InMemoryConversation()
    Overheard(conversation, lambda user_id, text: None).attach(EventManager())()
    assert "add" not in vars(conversation)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60).filter(str.strip))
def test_a_message_may_say_whatever_it_likes(text: str) -> None:
    story = Story(0, 0, happenings=[Typed(0, "alice", text)])
    script: list[dict[str, Any]] = [{"alice": "joins"}, *ScriptWriter(story, Tolerance()).write()]
    draft = read_draft(as_yaml({"people": {"alice": {"mic": True}}, "script": script}).encode(), "call.yaml")
    assert getattr(finished(draft, Path("call.yaml")).script[1], "message", None) == text


def test_control_characters_do_not_make_a_file_that_is_refused() -> None:
    script = [{"alice": "joins"}, {"alice": {"sends": {"\x1b[31m": "\x00\x1f${x}"}}}]
    draft = read_draft(as_yaml({"people": {"alice": {"mic": True}}, "script": script}).encode(), "call.yaml")
    sent = finished(draft, Path("call.yaml")).script[1]
    assert getattr(sent, "data", None) == {"\ufffd[31m": "\ufffd\ufffd${x}"}
