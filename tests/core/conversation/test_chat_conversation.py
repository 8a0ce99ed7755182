"""A chat shows the conversation while it happens, and what others post there comes in."""

from __future__ import annotations

import asyncio

import pytest

from agentkit.core.conversation import ChatConversation, ChatPiece, InMemoryConversation, Message


class Chat:
    """A chat that takes 50 ms for every request, and shows what was posted."""

    def __init__(self) -> None:
        self.shown: dict[str, ChatPiece] = {}
        self.requests = 0
        self.broken = False

    async def _request(self) -> None:
        self.requests += 1
        await asyncio.sleep(0.05)
        if self.broken:
            raise ConnectionError("503")

    async def send(self, piece: ChatPiece) -> None:
        await self._request()
        assert piece.id not in self.shown
        self.shown[piece.id] = piece

    async def update(self, piece: ChatPiece) -> None:
        await self._request()
        assert piece.id in self.shown
        self.shown[piece.id] = piece

    async def delete(self, piece_id: str) -> None:
        await self._request()
        del self.shown[piece_id]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.shown.values())


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.mark.virtual
async def test_a_message_is_shown_while_it_grows_and_is_final_in_the_end(chat: Chat) -> None:
    conversation = ChatConversation(chat, "agent")
    message = conversation.add("assistant", "Hello", complete=False)
    await asyncio.sleep(0.1)
    assert [(p.text, p.final) for p in chat.shown.values()] == [("Hello", False)]
    conversation.complete(message, "Hello there.")
    await conversation.close()
    assert [(p.text, p.final, p.user_id) for p in chat.shown.values()] == [("Hello there.", True, "agent")]


@pytest.mark.virtual
async def test_a_message_that_grows_fast_costs_no_more_requests_than_the_chat_can_take(chat: Chat) -> None:
    conversation = ChatConversation(chat, "agent")
    message = conversation.add("assistant", "", complete=False)
    for index in range(500):
        conversation.put_delta(message, index, "word ")
        await asyncio.sleep(0.001)
    conversation.complete(message)
    await conversation.close()
    assert chat.text == "word " * 500
    assert chat.requests < 20


@pytest.mark.virtual
async def test_finished_pieces_are_not_sent_again(chat: Chat) -> None:
    conversation = ChatConversation(chat, "agent")
    message = conversation.add("assistant", "a " * 900, complete=False)
    await asyncio.sleep(1)
    before = chat.requests
    conversation.update(message, "a " * 900 + "b", complete=False)
    await asyncio.sleep(1)
    assert chat.requests == before + 1


@pytest.mark.virtual
async def test_a_message_nobody_heard_is_taken_back(chat: Chat) -> None:
    conversation = ChatConversation(chat, "agent")
    message = conversation.add("assistant", "Never mind", complete=False)
    await asyncio.sleep(0.1)
    conversation.remove(message)
    await conversation.close()
    assert chat.shown == {}


@pytest.mark.virtual
async def test_a_cut_message_loses_the_pieces_that_were_not_heard(chat: Chat) -> None:
    conversation = ChatConversation(chat, "agent")
    message = conversation.add("assistant", "a " * 1500, complete=False)
    await asyncio.sleep(1)
    assert len(chat.shown) == 3
    conversation.complete(message, "a a a")
    await conversation.close()
    assert chat.text == "a a a"


@pytest.mark.virtual
async def test_what_others_post_is_part_of_the_conversation_and_is_not_posted_again(chat: Chat) -> None:
    conversation = ChatConversation(chat, "agent", history=[Message("user", "Earlier", "bob", id="m0")])
    conversation.received("m1", "Hi", "alice")
    conversation.received("m1", "Hi all", "alice")
    conversation.received("m2", "Mine", "agent")
    await conversation.close()
    assert [(m.user_id, m.content) for m in conversation.messages] == [
        ("bob", "Earlier"),
        ("alice", "Hi all"),
    ]
    conversation.deleted("m1")
    assert [m.content for m in conversation.messages] == ["Earlier"]
    assert chat.requests == 0


@pytest.mark.virtual
async def test_a_chat_that_fails_does_not_stop_the_conversation(chat: Chat) -> None:
    conversation = ChatConversation(chat, "agent")
    chat.broken = True
    conversation.add("user", "Hello", "alice")
    await conversation.close()
    assert [m.content for m in conversation.messages] == ["Hello"]


def test_pieces_that_come_in_any_order_make_one_message() -> None:
    conversation = InMemoryConversation()
    message = conversation.add("assistant", "", complete=False)
    for index, delta in [(2, "you?"), (0, "How "), (1, "are ")]:
        conversation.put_delta(message, index, delta)
    assert message.content == "How are you?"
    conversation.complete(message)
    assert message.complete


@pytest.mark.parametrize("index", [0, 1])
def test_a_piece_that_comes_after_the_end_changes_nothing(index: int) -> None:
    conversation = InMemoryConversation()
    message = conversation.add("assistant", "", complete=False)
    conversation.put_delta(message, 0, "How are you?")
    conversation.complete(message)
    conversation.put_delta(message, index, "too late")
    assert (message.content, message.complete) == ("How are you?", True)
