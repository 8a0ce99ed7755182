"""The application, put together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

from agentkit.core.agents.launcher import LauncherState
from agentkit.core.runner.http import probes, problems, sessions
from agentkit.core.runner.http.guard import Authentication, BodyLimit

if TYPE_CHECKING:
    from agentkit.core.agents.launcher import AgentLauncher

logger = logging.getLogger(__name__)

VERSION = version("agentkit")


def create_app(
    launcher: AgentLauncher,
    *,
    token: str | None = None,
    warmup_failed: Callable[[Exception], None] | None = None,
) -> FastAPI:
    """The HTTP API of ``launcher``, to be served by any ASGI server on one event loop.

    With a ``token`` every request but those to probes and documentation must show it; without one, only those to a
    loopback address are answered. Starts the launcher, answering meanwhile, unless that has been done, and stops it in
    the end.
    ``warmup_failed`` is told why it could not be started; by default that is logged.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        starting = asyncio.create_task(_start(launcher, warmup_failed or _log_failure))
        yield
        await launcher.stop(timeout=0)
        await starting

    app = FastAPI(
        title="agentkit",
        summary="Sends voice and video agents into calls.",
        version=VERSION,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.state.launcher = launcher
    problems.install(app)
    # The token is checked by `Authentication`, before bodies are read; this only describes it.
    bearer = [] if token is None else [Depends(HTTPBearer(auto_error=False))]
    refusal = problems.describes(421 if token is None else 401)
    app.include_router(probes.public)
    app.include_router(probes.protected, dependencies=bearer, responses=refusal)
    app.include_router(sessions.router, dependencies=bearer, responses=refusal)
    app.add_middleware(BodyLimit)
    app.add_middleware(Authentication, token=token)
    return app


async def _start(launcher: AgentLauncher, failed: Callable[[Exception], None]) -> None:
    if launcher.state is not LauncherState.NEW:
        return
    try:
        await launcher.start()
    except Exception as error:
        if launcher.state is LauncherState.NEW:  # and not stopped meanwhile
            failed(error)


def _log_failure(error: Exception) -> None:
    logger.error("the warm-up failed; no session can be created", exc_info=error)
