"""Real MCP servers: a process, and a web server on this machine. They run in real time."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import mcp.server
import pytest
import uvicorn

from agentkit.core.events import BaseEvent, EventManager
from agentkit.core.mcp import MCPFunctions, MCPServer, MCPServerLocal, MCPServerRemote
from simulator.providers import ScriptedLLM

SCRIPT = str(Path(__file__).with_name("desk_server.py"))
StoryOf = Callable[[list[BaseEvent]], list[tuple[str, str]]]


class Guest:
    """A model with the functions of one server, and the events that tell of it."""

    def __init__(self, server: MCPServer) -> None:
        self.llm = ScriptedLLM()
        self.told: list[BaseEvent] = []
        self._news = asyncio.Event()
        events = EventManager()
        events.tap(self._note)
        self.functions = MCPFunctions([server], self.llm, events)

    def _note(self, event: BaseEvent) -> None:
        self.told.append(event)
        self._news.set()

    async def __aenter__(self) -> Guest:
        await self.functions.start()
        return self

    async def __aexit__(self, *problem: object) -> None:
        began = asyncio.get_running_loop().time()
        await self.functions.close()
        assert asyncio.get_running_loop().time() - began < 1.0

    @property
    def offered(self) -> list[str]:
        return [tool["name"] for tool in self.llm.get_available_functions()]

    async def asks(self, name: str, **arguments: Any) -> str:
        (result,) = await self.llm._execute_tools([{"name": name, "arguments_json": json.dumps(arguments)}])
        return str(result)

    async def hears(self, kind: str) -> BaseEvent:
        """The first event of this kind that comes from now on."""
        seen = len(self.told)
        async with asyncio.timeout(5):
            while not (found := [event for event in self.told[seen:] if event.type == kind]):
                self._news.clear()
                await self._news.wait()
        return found[0]


def local(*args: str, **options: Any) -> MCPServerLocal:
    return MCPServerLocal(sys.executable, [SCRIPT, *args], name="desk", env={"HOTEL": "the Ritz"}, **options)


def is_alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


async def test_a_program_is_started_asked_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "1234")
    async with Guest(local()) as guest:
        assert guest.offered == ["find_room", "ring", "process_id", "burn_down"]
        assert await guest.asks("find_room", people=2) == "room 2 at the Ritz without the secret"
        process = int(await guest.asks("process_id"))
        assert is_alive(process)
    assert not is_alive(process)
    assert len(asyncio.all_tasks()) == 1


async def test_a_program_that_ends_during_a_call_is_reported_with_its_last_words_and_started_again(
    story_of: StoryOf,
) -> None:
    async with Guest(local()) as guest:
        first = await guest.asks("process_id")
        lost = asyncio.ensure_future(guest.hears("mcp.disconnected"))
        answer = await guest.asks("burn_down")
        assert (
            answer == "Error: the MCP server 'desk' went away; whether burn_down was carried out is not known"
        )
        assert guest.offered == []
        await lost
        await guest.hears("mcp.connected")
        assert await guest.asks("process_id") != first
        assert story_of(guest.told)[1] == (
            "desk",
            "it ended with exit code 3; it last said: the desk is on fire",
        )


async def test_a_program_that_will_not_end_is_killed_in_time() -> None:
    async with Guest(local("stubborn")) as guest:
        process = int(await guest.asks("process_id"))
        ringing = asyncio.ensure_future(guest.asks("ring"))
        await asyncio.sleep(0)
        await guest.llm.tools.close()
    assert (await ringing).startswith("Error: ")
    assert not is_alive(process)
    assert len(asyncio.all_tasks()) == 1


async def test_a_program_that_fails_to_start_is_reported_with_its_last_words(story_of: StoryOf) -> None:
    async with Guest(MCPServerLocal(sys.executable, ["-c", "import nowhere"], name="desk")) as guest:
        ((kind, problem),) = story_of(guest.told)
        assert kind == "error"
        assert problem.startswith(
            "ConnectionError: MCP server 'desk': it ended with exit code 1; it last said: "
        )
        assert problem.endswith("ModuleNotFoundError: No module named 'nowhere'")


async def test_a_program_that_talks_nonsense_is_given_up_in_time(story_of: StoryOf) -> None:
    server = MCPServerLocal("yes", name="desk", connect_timeout_s=0.3)
    async with Guest(server) as guest:
        assert story_of(guest.told) == [
            ("error", "ConnectionError: MCP server 'desk': it took longer than 0.3 s to tell its functions")
        ]


async def test_a_program_that_is_not_there_keeps_the_agent_from_joining() -> None:
    guest = Guest(MCPServerLocal("no-such-program", ["--really"]))
    with pytest.raises(
        FileNotFoundError, match="expected a program called 'no-such-program', found none on the PATH"
    ):
        await guest.functions.start()
    await guest.functions.close()


# -- over the network ----------------------------------------------------------------------------------------------


class Web:
    """A hotel on the web. ``headers`` are those of the last request."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.rings = asyncio.Event()
        self.port = 0

    @asynccontextmanager
    async def open(self, **options: Any) -> AsyncIterator[str]:
        """Serve, at the same address as before."""
        hotel = mcp.server.MCPServer("hotel", log_level="ERROR")

        @hotel.tool()
        async def find_room(people: int) -> str:
            """Find a free room."""
            return f"room {people}"

        @hotel.tool()
        async def ring() -> str:
            """Ring until somebody comes."""
            self.rings.set()
            await asyncio.sleep(60)
            return "somebody came"

        app = hotel.streamable_http_app(**options)

        async def noting(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            await app(scope, receive, send)

        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(noting, log_level="error", ws="none", timeout_graceful_shutdown=0)
        server = uvicorn.Server(config)
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{self.port}/mcp"
        finally:
            for connection in list(server.server_state.connections):
                connection.transport.abort()  # type: ignore[union-attr]
            server.should_exit = True
            await serving
            listening.close()


@pytest.mark.parametrize("options", [{}, {"json_response": True}, {"stateless_http": True}])
async def test_a_web_server_is_asked_with_the_headers_it_wants(options: dict[str, Any]) -> None:
    web = Web()
    async with web.open(**options) as url:
        async with Guest(
            MCPServerRemote(url, headers={"Authorization": "Bearer 1234"}, name="hotel")
        ) as guest:
            assert guest.offered == ["find_room", "ring"]
            assert await guest.asks("find_room", people=2) == "room 2"
            assert web.headers["authorization"] == "Bearer 1234"


async def test_a_web_server_that_goes_away_during_a_call_is_reported_and_called_back(
    story_of: StoryOf,
) -> None:
    web = Web()
    async with web.open() as url:
        guest = Guest(MCPServerRemote(url, name="hotel"))
        await guest.functions.start()
        call = asyncio.ensure_future(guest.asks("ring"))
        await web.rings.wait()
    async with asyncio.timeout(2):
        answer = await call
    assert answer == "Error: the MCP server 'hotel' went away; whether ring was carried out is not known"
    assert guest.offered == []
    async with web.open():
        await guest.hears("mcp.connected")
        assert await guest.asks("find_room", people=1) == "room 1"
        kinds = [event.type for event in guest.told]
        assert kinds[:2] == ["mcp.connected", "mcp.disconnected"]
        await guest.functions.close()
    assert len(asyncio.all_tasks()) == 1


async def test_a_web_server_that_is_not_there_is_reported(story_of: StoryOf) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    async with Guest(MCPServerRemote(f"http://127.0.0.1:{port}/mcp", name="hotel")) as guest:
        ((_, problem),) = story_of(guest.told)
        assert problem.startswith("ConnectionError: MCP server 'hotel': ConnectError: ")


async def test_a_web_server_that_refuses_us_is_reported(story_of: StoryOf) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Guest(MCPServerRemote(f"http://127.0.0.1:{port}/mcp", name="hotel")) as guest:
        ((_, problem),) = story_of(guest.told)
        assert problem.startswith("ConnectionError: MCP server 'hotel': ")


# -- what is said of them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["example.com/mcp", "ftp://example.com", "https://", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected an address such as https://example\.com/mcp, found"):
        MCPServerRemote(url)


def test_no_secret_shows() -> None:
    shown = repr(MCPServerLocal("uvx", ["desk"], env={"KEY": "secret"}))
    shown += repr(
        MCPServerRemote("https://user:secret@example.com/mcp?key=secret", {"Authorization": "secret"})
    )
    assert "secret" not in shown


def test_servers_are_called_by_their_program_or_host_unless_named() -> None:
    assert MCPServerLocal("/usr/bin/uvx", ["desk"]).name == "uvx"
    assert MCPServerRemote("https://example.com/mcp").name == "example.com"
    assert MCPServerRemote("https://example.com/mcp", name="hotel").name == "hotel"


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mcp")
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ImportError, match=r"need the package 'mcp': .*extra 'mcp'"):
        MCPServerRemote("https://example.com/mcp")
