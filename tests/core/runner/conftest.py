"""An API that is really served, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from agentkit.core import Agent, AgentLauncher, User
from simulator.edge.transport import SimulatedEdge


@dataclass
class Service:
    """A server, and a client that has its address and its token."""

    url: str
    client: Any
    launcher: AgentLauncher
    server: Any
    running: asyncio.Task[None]

    async def until_ready(self) -> Service:
        """Return when the launcher is warm."""
        await self.launcher.warmup()
        return self


Serve = Callable[..., AbstractAsyncContextManager[Service]]


def create_agent() -> Agent:
    """An agent that neither hears nor speaks."""
    return Agent(edge=SimulatedEdge(), agent_user=User(id="agent"))


async def join_call(agent: Agent, call_type: str, call_id: str) -> None:
    """Be there until the call ends."""
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call, participant_wait_timeout=0):
        await agent.finish()


@pytest.fixture
def serve() -> Serve:
    """``async with serve(token=..., max_concurrent_sessions=...) as service:``"""
    httpx = pytest.importorskip("httpx")
    for package in ("fastapi", "uvicorn", "prometheus_client"):
        pytest.importorskip(package)
    from agentkit.core.runner.serve import GracefulServer, listen

    @contextlib.asynccontextmanager
    async def serving(
        *, token: str | None = None, grace_s: float = 0.0, warm: bool = True, **options: Any
    ) -> AsyncIterator[Service]:
        launcher = AgentLauncher(**({"create_agent": create_agent, "join_call": join_call} | options))
        server = GracefulServer(launcher, token, grace_s)
        listener = listen("127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        running = asyncio.create_task(server.serve(sockets=[listener]))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        limits = httpx.Limits(max_connections=None)
        try:
            async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=20) as client:
                service = Service(url, client, launcher, server, running)
                if warm:
                    await client.get("/health")
                    await service.until_ready()
                yield service
        finally:
            server.drain()
            server.drain()
            await running

    return serving
