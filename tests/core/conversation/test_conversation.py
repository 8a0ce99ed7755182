"""The messages of a call, and a place to keep them that fails."""

from __future__ import annotations

import pytest

from agentkit.core import Agent, User
from agentkit.core.conversation import Conversation, InMemoryConversation, Message
from agentkit.core.edge import Call
from examples.concierge import ANSWERS
from simulator.edge.transport import SimulatedEdge
from simulator.providers import ScriptedLLM, ScriptedSTT, ScriptedTTS
from simulator.scenario.playing.call_stage import CallStage

QUEEN = "The Queen of Clubs is our largest suite. It has a balcony, and it is free tonight."


def contents(conversation: Conversation) -> list[str]:
    return [message.content for message in conversation.messages]


def test_messages_are_in_order_and_may_be_put_before_others() -> None:
    conversation = InMemoryConversation()
    conversation.add("user", "one", "alice")
    answer = conversation.add("assistant", "three", complete=False)
    conversation.add("user", "two", "alice", before=answer)
    assert contents(conversation) == ["one", "two", "three"]
    assert conversation.messages[1].user_id == "alice"
    assert not answer.complete


def test_before_a_message_that_is_gone_means_at_the_end() -> None:
    conversation = InMemoryConversation()
    gone = conversation.add("assistant", "unheard")
    conversation.remove(gone)
    conversation.add("user", "late", before=gone)
    assert contents(conversation) == ["late"]


def test_of_two_messages_that_say_the_same_the_right_one_goes() -> None:
    conversation = InMemoryConversation()
    first, second = conversation.add("user", "yes"), conversation.add("user", "yes")
    conversation.remove(second)
    assert conversation.messages[0] is first
    assert len(conversation.messages) == 1


def test_a_message_may_still_change() -> None:
    conversation = InMemoryConversation()
    message = conversation.add("assistant", "The red", complete=False)
    conversation.update(message, "The red one.", complete=True)
    assert (message.content, message.complete) == ("The red one.", True)


class Archive(InMemoryConversation):
    """Keeps nothing, ever."""

    def changed(self, message: Message) -> None:
        raise OSError("disk full")

    def removed(self, message: Message) -> None:
        raise OSError("disk full")


def test_what_cannot_be_kept_is_reported_and_remembered_here() -> None:
    conversation, errors = Archive(), list[Exception]()
    conversation.report = errors.append
    message = conversation.add("user", "one")
    conversation.update(message, "two", complete=True)
    assert contents(conversation) == ["two"]
    conversation.remove(message)
    assert contents(conversation) == []
    assert [str(error) for error in errors] == ["disk full"] * 3


class ArchivedEdge(SimulatedEdge):
    async def create_conversation(self, call: Call, user: User, instructions: str) -> Archive:
        return Archive(instructions)


@pytest.mark.virtual
async def test_in_a_call_nobody_notices() -> None:
    def create_agent(*, edge: SimulatedEdge) -> Agent:
        edge.__class__ = ArchivedEdge
        parts = {"llm": ScriptedLLM(rules=ANSWERS), "stt": ScriptedSTT(), "tts": ScriptedTTS()}
        return Agent(edge=edge, agent_user=User(id="agent"), **parts)

    async with CallStage(agent=create_agent) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.agent.says(QUEEN, within=10)
        assert [turn.data["heard_text"] for turn in call.trace.select(kind="agent.turn_ended")] == [QUEEN]
        assert call.conversation is not None
        assert contents(call.conversation) == ["Queen of clubs.", QUEEN]
        failed = call.trace.select(kind="exception")
        assert {record.data["where"] for record in failed} == {"Archive"}
