"""MCP servers, and how each is reached."""

from __future__ import annotations

import abc
import importlib.util
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agentkit.core.extras import how_to_install

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

CONNECT_TIMEOUT_S = 10.0
"""How long a server may take until it has told its functions."""


class MCPServer(abc.ABC):
    """A server to connect to. One description serves any number of agents: each opens a connection of its own.

    ``name`` is what events call it, and what tells its functions from others of the same name.
    ``call_timeout_s`` is how long a call may take; None leaves it to the model's ``tool_timeout_s``.
    """

    def __init__(self, name: str, connect_timeout_s: float, call_timeout_s: float | None) -> None:
        if importlib.util.find_spec("mcp") is None:
            raise ImportError(f"MCP servers need the package 'mcp': {how_to_install('mcp')}")
        self.name = name
        self.connect_timeout_s = connect_timeout_s
        self.call_timeout_s = call_timeout_s

    def check(self) -> None:  # noqa: B027 - most have nothing to check
        """Raise what connecting again and again would not mend."""

    @abc.abstractmethod
    def open(self) -> AbstractAsyncContextManager[TransportStreams]:
        """A way to the server, as the package ``mcp`` defines it: entered for one connection, once."""


class MCPServerLocal(MCPServer):
    """A program that is started, and spoken to over its standard input and output.

    It gets a few harmless environment variables (such as PATH and HOME) and ``env``, and nothing else: no keys that
    happen to be in the environment.
    """

    def __init__(
        self,
        command: str,
        args: Sequence[str] = (),
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        name: str = "",
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        call_timeout_s: float | None = None,
    ) -> None:
        super().__init__(name or Path(command).stem, connect_timeout_s, call_timeout_s)
        self.command = command
        self.args = list(args)
        self.env = dict(env or {})
        self.cwd = cwd

    def __repr__(self) -> str:
        return f"MCPServerLocal({self.command!r}, {self.args!r})"  # without the keys in env

    def check(self) -> None:
        """Raises `FileNotFoundError` when there is no such program."""
        if shutil.which(self.command, path=self.env.get("PATH")) is None:
            raise FileNotFoundError(
                f"MCP server {self.name!r}: expected a program called {self.command!r}, found none on the PATH"
            )

    def open(self) -> AbstractAsyncContextManager[TransportStreams]:
        """Start the program; leaving ends it."""
        from agentkit.core.mcp.process import ServerProcess

        return ServerProcess(self.command, self.args, env=self.env, cwd=self.cwd)


class MCPServerRemote(MCPServer):
    """A server at an address, spoken to over streamable HTTP. ``headers`` go with every request.

    Raises `ValueError` for what is no address.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        name: str = "",
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        call_timeout_s: float | None = None,
    ) -> None:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(
                f"MCP server: expected an address such as https://example.com/mcp, found {url!r}"
            )
        super().__init__(name or address.hostname, connect_timeout_s, call_timeout_s)
        self.url = url
        self.headers = dict(headers or {})

    def __repr__(self) -> str:
        address = urlsplit(self.url)  # without a password or a key in it
        return f"MCPServerRemote('{address.scheme}://{address.hostname}{address.path}')"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[TransportStreams]:
        """Connect; leaving ends the session."""
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        # A server may take its time to answer a call: how long, the call's own limit says.
        patience = httpx2.Timeout(self.connect_timeout_s, read=None)
        async with httpx2.AsyncClient(headers=self.headers, timeout=patience) as client:
            async with streamable_http_client(self.url, http_client=client) as streams:
                yield streams
