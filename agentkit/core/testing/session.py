"""A conversation in text: the agent's model and functions as in a call, without sound, people or a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from agentkit.core.agents import Agent
from agentkit.core.agents.bounded import STOP_LIMIT_S, all_within, no_longer_than
from agentkit.core.agents.instructions import Instructions
from agentkit.core.agents.spoken_reply import ReplyLimits
from agentkit.core.conversation import InMemoryConversation, Message
from agentkit.core.edge.types import Participant
from agentkit.core.llm import LLM, Realtime, ResponseStream
from agentkit.core.testing.mocks import NOT_GIVEN, MockedTool, Mocks
from agentkit.core.testing.recorder import Recorder
from agentkit.core.testing.turn import Turn


class TextSession:
    """``async with TextSession(llm_or_agent) as session:`` and then ``turn = await session.user_says("Hello!")``.

    The model is started, given its instructions and a conversation, and closed at the end of the block, as in a call;
    so is the agent, which however joins none: it can call functions, but neither hear nor speak. An agent and its
    MCP servers, processors and `ReplyLimits` are used as they are. ``instructions`` replace what the agent, or the
    model, would be told.

    Runs on any event loop, in real or in virtual time. Raises `TypeError` for what has no model that takes text.
    """

    def __init__(self, llm_or_agent: LLM | Agent, instructions: str | Instructions | None = None) -> None:
        self.agent = llm_or_agent if isinstance(llm_or_agent, Agent) else None
        self.llm = _text_model(llm_or_agent)
        self.conversation = InMemoryConversation(self._told(instructions))
        self._mocks = Mocks(self.llm.functions)
        self._limit_s = (self.agent.reply_limits if self.agent is not None else ReplyLimits()).llm_s
        self._recorder: Recorder | None = None
        self._stop_forwarding: Callable[[], None] | None = None
        self._stream: ResponseStream | None = None
        self._answering = False

    async def user_says(self, text: str, *, who: str = "user") -> Turn:
        """Let the agent answer what the user with the id ``who`` says, and return all that came of it.

        What goes wrong meanwhile is an event of the turn, as it would be in a call.
        """
        return await self._take_turn(text, Participant(None, user_id=who, id=who))

    async def simple_response(self, text: str) -> Turn:
        """Let the agent speak unasked, as with `Agent.simple_response`: ``text`` is a prompt that nobody has said."""
        return await self._take_turn(text, None)

    def mock_tool(
        self,
        name: str,
        *,
        returns: Any = NOT_GIVEN,
        raises: Exception | type[Exception] = NOT_GIVEN,
        calls: Callable[..., Any] = NOT_GIVEN,
    ) -> MockedTool:
        """Until the session ends, let the function ``name`` return or raise this, or call that in its place.

        ``calls`` may be async. A function that was mocked before behaves anew. Raises `LookupError`, with the nearest
        name, when the model has no such function.
        """
        self._joined()
        return self._mocks.add(name, returns=returns, raises=raises, calls=calls)

    # -- a turn -----------------------------------------------------------------------------------------------

    async def _take_turn(self, text: str, participant: Participant | None) -> Turn:
        recorder = self._joined()
        if self._answering:
            raise RuntimeError("the agent is still answering; await its turn before the next one")
        loop = asyncio.get_running_loop()
        began, before = loop.time(), tuple(replace(message) for message in self.conversation.messages)
        functions = tuple(tool["name"] for tool in self.llm.get_available_functions())
        who = participant.user_id if participant is not None else ""
        if participant is not None:
            self.conversation.add("user", text, who)
        self._answering = True
        try:
            said, failure = await self._answer(text, participant, recorder)
        finally:
            self._answering = False
            events = recorder.take()
        return Turn(text, who, said, events, loop.time() - began, failure, functions, before)

    async def _answer(
        self, text: str, participant: Participant | None, recorder: Recorder
    ) -> tuple[str, Exception | None]:
        """What the agent says, and what kept it from saying more."""
        processors = list(self.agent.processors) if self.agent is not None else []
        stream = self._stream = self.llm.stream_response(text, processors, participant)
        recorder.follow(stream)
        said, message = "", None
        try:
            while True:
                async with no_longer_than(self._limit_s, "text") as patience:
                    with stream.calls.suspending(patience):
                        delta = await anext(stream, None)
                if delta is None:
                    self._stream = None
                    return said, None
                said += delta
                message = self._grow(message, said)
        except Exception as error:
            self.llm._emit_error_event(error, context="answering")
            stream.cancel()
            return said, error
        except asyncio.CancelledError:
            stream.cancel()
            raise
        finally:
            if message is not None:
                self.conversation.update(message, said, complete=True)

    def _grow(self, message: Message | None, said: str) -> Message:
        if message is None:
            return self.conversation.add("assistant", said, complete=False)
        self.conversation.update(message, said, complete=False)
        return message

    # -- before and after -------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        agent = self.agent
        if agent is not None and agent.conversation is not None:
            raise RuntimeError(
                "this agent has been in a call, or in a session, already; make an agent for each"
            )
        self.llm.set_instructions(self.conversation.instructions)
        self.llm.set_conversation(self.conversation)
        if agent is not None:
            agent.conversation = self.conversation
            self._stop_forwarding = self.llm.events.forward_to(agent.events)
        self._recorder = Recorder(agent.events if agent is not None else self.llm.events)
        try:
            if agent is not None and agent.mcp is not None:
                await agent.mcp.start()
            await self.llm.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, problem in (await self._close()).items():
            if error is None:
                problem.add_note(f"while closing the {name}")
                raise problem

    async def _close(self) -> dict[str, BaseException]:
        """Let go of everything. Returns what failed, by name."""
        self._mocks.restore()
        work = {"answer": self._stream.aclose()} if self._stream is not None else {}
        if self.agent is None:
            work |= {"functions": self.llm.tools.close(), "LLM": self.llm.close()}
        failures = await all_within(STOP_LIMIT_S, work)
        if self.agent is not None:
            await self.agent.close()
        if self._recorder is not None:
            self._recorder.detach()
            self._recorder = None
        if self._stop_forwarding is not None:
            self._stop_forwarding()
        return failures

    def _joined(self) -> Recorder:
        if self._recorder is None:
            raise RuntimeError(
                "the session is not open; use it inside `async with TextSession(...) as session:`"
            )
        return self._recorder

    def _told(self, instructions: str | Instructions | None) -> str:
        if instructions is None:
            return self.agent.instructions.full_reference if self.agent is not None else self.llm.instructions
        if isinstance(instructions, str):
            instructions = Instructions(instructions)
        return instructions.full_reference


def _text_model(subject: object) -> LLM:
    llm = subject.llm if isinstance(subject, Agent) else subject
    if isinstance(llm, Realtime):
        raise TypeError(
            f"TextSession: expected a model that takes text, found {type(llm).__name__}, which takes speech; "
            "test it in a simulated call"
        )
    if not isinstance(llm, LLM):
        found = f"an Agent with llm={llm!r}" if isinstance(subject, Agent) else repr(subject)
        raise TypeError(f"TextSession: expected an LLM, or an Agent that has one, found {found}")
    return llm
