"""``serve``: the HTTP API on a socket, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import typer

from agentkit.core.extras import how_to_install
from agentkit.core.runner.address import is_loopback
from agentkit.core.runner.refused import ServeRefused

try:
    import uvicorn

    from agentkit.core.runner.http.app import create_app
except ModuleNotFoundError as error:
    raise ServeRefused(f"serving needs {error.name}: {how_to_install('serve')}") from error

if TYPE_CHECKING:
    from agentkit.core.agents.launcher import AgentLauncher

logger = logging.getLogger(__name__)

CLOSE_LIMIT_S = 5
"""How long connections may take to end once the server closes."""


async def serve(
    launcher: AgentLauncher,
    host: str,
    port: int,
    *,
    token: str | None,
    grace_s: float,
    say: Callable[[str], None] = typer.echo,
) -> None:
    """Serve until SIGINT or SIGTERM, then let calls end. Raises what made the warm-up fail.

    Raises `ServeRefused` for a public address without a token, a token that no header can carry, and an address that
    cannot be listened at.
    """
    check_token(host, token)
    listener = listen(host, port)
    server = GracefulServer(launcher, token, grace_s)
    shown = f"[{host}]" if ":" in host else host
    say(f"serving on http://{shown}:{listener.getsockname()[1]} (the API is described at /docs)")
    await server.serve(sockets=[listener])
    if server.warmup_error is not None:
        raise server.warmup_error


class GracefulServer(uvicorn.Server):
    """When it is told to stop it goes on answering while calls end; told again, it ends them."""

    def __init__(self, launcher: AgentLauncher, token: str | None, grace_s: float) -> None:
        app = create_app(launcher, token=token, warmup_failed=self._warmup_failed)
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=CLOSE_LIMIT_S,
            )
        )
        self.warmup_error: Exception | None = None
        self._launcher = launcher
        self._grace_s = grace_s
        self._loop = asyncio.get_running_loop()
        self._draining: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        self._loop.call_soon_threadsafe(self.drain)

    def drain(self) -> None:
        """Let calls end within the time of grace and then stop; called again, stop now."""
        if self._draining is None:
            logger.info("stopping: calls may go on for %g s", self._grace_s)
            self._draining = self._loop.create_task(self._drain())
        else:
            self.should_exit = True

    async def _drain(self) -> None:
        await self._launcher.stop(self._grace_s)
        self.should_exit = True

    def _warmup_failed(self, error: Exception) -> None:
        self.warmup_error = error
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket that accepts connections; requests wait in it until they are served."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        reason = error.strerror or error
        raise ServeRefused(
            f"cannot listen at {host} port {port}: {reason}; choose another with --host and --port"
        ) from error


def check_token(host: str, token: str | None) -> None:
    """Raise `ServeRefused` unless ``token`` protects ``host`` as it has to be."""
    if token is not None and not (
        token.isascii() and token.isprintable() and token.strip() and " " not in token
    ):
        raise ServeRefused(
            "the token has characters that no HTTP header can carry: use ASCII, without spaces"
        )
    if token is None and not is_loopback(host):
        raise ServeRefused(
            f"{host} can be reached by others, so callers must show a token: set AGENTKIT_API_TOKEN "
            '(such as to the output of `python -c "import secrets; print(secrets.token_urlsafe())"`), '
            "or listen at 127.0.0.1"
        )
