"""A front desk whose providers are services: they need an address, and a network to reach it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from agentkit.core import Agent, User
from agentkit.core.llm import LLM
from agentkit.core.stt import STT
from agentkit.core.tts import TTS

ADDRESS = "CLOUD_DESK_ADDRESS"


class CloudLLM(LLM):
    """A line of JSON for each piece of the answer, or with functions to call."""

    def __init__(self) -> None:
        super().__init__()
        self.address = os.environ[ADDRESS]

    async def simple_response(self, text: str, processors: Any = None, participant: Any = None) -> Any:
        async def ask(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> dict[str, Any]:
            said: dict[str, Any] = {"text": "", "calls": []}
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{self.address}/think", json=messages) as answer,
            ):
                async for line in answer.content:
                    piece = json.loads(line)
                    said["calls"] += piece.get("calls", [])
                    if delta := piece.get("text"):
                        said["text"] += delta
                        self._emit_response_chunk(delta)
            return said

        return self._create_response_event(
            None, (await self._ask_with_tools(ask, self._build_messages(text)))["text"]
        )

    def _extract_tool_calls_from_response(self, response: Any) -> list[dict[str, Any]]:
        return list(response["calls"])


class CloudSTT(STT):
    """Sends sound through a WebSocket, from which transcripts come."""

    def __init__(self) -> None:
        super().__init__()
        self.address = os.environ[ADDRESS]

    async def start(self) -> None:
        await super().start()
        self.session = aiohttp.ClientSession()
        self.socket = await self.session.ws_connect(f"{self.address}/hear")
        self.someone: Any = None
        self.reading = asyncio.create_task(self.read())

    async def read(self) -> None:
        async for message in self.socket:
            heard = json.loads(message.data)
            emit = self._emit_transcript_event if heard["final"] else self._emit_partial_transcript_event
            emit(heard["text"], self.someone)

    async def process_audio(self, pcm: Any, participant: Any = None) -> None:
        self.someone = participant
        await self.socket.send_bytes(pcm.samples.tobytes())

    async def close(self) -> None:
        await super().close()
        await self.socket.close()
        await self.session.close()
        await self.reading


class CloudTTS(TTS):
    """Gets sound in pieces."""

    sample_rate = 16000

    def __init__(self) -> None:
        super().__init__()
        self.address = os.environ[ADDRESS]

    async def stream_audio(self, text: str, **kwargs: Any) -> AsyncIterator[bytes]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.address}/speak", data=text.encode()) as answer,
        ):
            async for sound in answer.content.iter_chunked(3200):
                yield sound

    async def stop_audio(self) -> None:
        """It ends when nobody reads on."""


async def create_agent(*, edge: Any = None, llm: Any = None, stt: Any = None, tts: Any = None) -> Agent:
    model = llm or CloudLLM()

    @model.register_function(on_interrupt="cancel")
    async def find_room(card: str) -> str:
        """Find the room that is named after a card."""
        return f"the {card} is free tonight"

    return Agent(
        edge=edge,
        agent_user=User(name="Desk", id="desk"),
        llm=model,
        stt=stt or CloudSTT(),
        tts=tts or CloudTTS(),
    )


async def join_call(agent: Agent, call_type: str, call_id: str) -> None:
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call):
        await agent.simple_response("Greet the guest")
        await agent.finish()
