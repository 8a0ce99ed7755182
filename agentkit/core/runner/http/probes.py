"""What machines ask: is it alive, is it ready, and how is it doing."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from pydantic import BaseModel

from agentkit.core.agents.launcher import LauncherState
from agentkit.core.runner.http.figures import LauncherFigures
from agentkit.core.runner.http.problems import RETRY_AFTER_S, ProblemResponse, describes
from agentkit.core.runner.http.sessions import launcher_of

public = APIRouter(tags=["probes"], responses=describes(413))
protected = APIRouter(tags=["probes"], responses=describes(413, 500))


class Alive(BaseModel):
    """The server answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Sessions can be created."""

    status: Literal["ready"] = "ready"


@public.get("/health")
async def health() -> Alive:
    """Whether the server is alive."""
    return Alive()


@public.get("/ready", response_model=Ready, responses=describes(503))
async def ready(request: Request) -> Ready | Response:
    """Whether sessions can be created: not while it warms up, and not once it was told to stop."""
    state = launcher_of(request).state
    if state is LauncherState.READY:
        return Ready()
    return ProblemResponse(503, f"the server is {state}", {"Retry-After": str(RETRY_AFTER_S)})


@protected.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """This node's figures, and whatever else the process has registered with prometheus_client."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(LauncherFigures(launcher_of(request)))
    registry.register(REGISTRY)
    # In a thread: figures of the process are read from files.
    text = await asyncio.to_thread(generate_latest, registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
