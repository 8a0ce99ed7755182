"""The quick start as a program: ``python examples/main.py run`` and ``serve``, in real time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentkit.core import Agent, AgentLauncher, Runner
from agentkit.core.runner.address import is_loopback
from tests.core.runner.conftest import create_agent, join_call

ROOT = Path(__file__).parents[3]


@contextlib.asynccontextmanager
async def quick_start(*args: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "examples" / "main.py"),
        *args,
        cwd=ROOT,
        env={**os.environ, "AGENTKIT_API_TOKEN": "", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()


async def test_run_prints_a_join_link_holds_a_call_and_leaves_cleanly() -> None:
    async with quick_start("run", "--call-id", "abc") as process:
        assert await line(process) == "Assistant is in call default/abc"
        assert await line(process) == "join link: simulated:default/abc"
        process.send_signal(signal.SIGINT)
        _, errors = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
        assert errors == b""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_and_is_no_error(how: signal.Signals) -> None:
    left: list[str] = []

    async def join(agent: Agent, call_type: str, call_id: str) -> None:
        call = await agent.create_call(call_type, call_id)
        async with agent.join(call, participant_wait_timeout=0):
            signal.raise_signal(how)
            await agent.finish()
        left.append(call_id)

    with pytest.raises(SystemExit) as end:
        Runner(AgentLauncher(create_agent, join)).cli(["run", "--call-id", "abc"])
    assert end.value.code == 0
    assert left == ["abc"]


async def test_serve_answers_lets_a_call_end_and_leaves_cleanly() -> None:
    httpx = pytest.importorskip("httpx")
    pytest.importorskip("uvicorn")
    token = "correct-horse"
    async with quick_start("serve", "--port", "0", "--grace", "20", AGENTKIT_API_TOKEN=token) as process:
        said = await line(process)
        assert token not in said
        url = said.split()[2]
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client:
            await client.get("/health")  # answered before it is warm
            response = await client.post("/sessions", json={"call_id": "abc"})
            while response.status_code == 503:
                response = await client.post("/sessions", json={"call_id": "abc"})
            assert response.status_code == 201
            assert (await client.get("/sessions", headers={"Authorization": ""})).status_code == 401

            process.send_signal(signal.SIGTERM)
            response = await client.get("/ready")
            while response.status_code == 200:
                response = await client.get("/ready")
            assert response.json() == {"detail": "the server is stopping"}
            (session,) = (await client.get("/sessions")).json()["sessions"]
            assert (await client.delete(f"/sessions/{session['id']}")).status_code == 204
        assert await asyncio.wait_for(process.wait(), 30) == 0


# -- refusals -------------------------------------------------------------------------------------------------------


def told(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    """The exit status of a command line, and what it says on stderr."""
    with pytest.raises(SystemExit) as end:
        Runner(AgentLauncher(create_agent, join_call)).cli(args)
    assert isinstance(end.value.code, int)
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "agents.example.com"])
def test_nothing_is_served_to_others_without_a_token(
    host: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGENTKIT_API_TOKEN", raising=False)
    status, errors = told(capsys, "serve", "--host", host)
    assert status == 2
    assert errors.count("\n") == 1
    assert "AGENTKIT_API_TOKEN" in errors


@pytest.mark.parametrize("token", ["two words", "schlüssel", "new\nline", " "])
def test_a_token_that_no_header_can_carry_is_refused(token: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, errors = told(capsys, "serve", "--token", token)
    assert status == 2
    assert "header" in errors


def test_an_address_in_use_is_refused_with_advice(capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, errors = told(capsys, "serve", "--port", str(taken.getsockname()[1]))
    assert status == 2
    assert "--port" in errors


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["rnu"], "rnu"),
        (["run", "--bogus"], "--bogus"),
        (["run", "abc"], "abc"),
        (["run", "--log-level", "loud"], "warning"),
        (["serve", "--port", "ninety"], "--port"),
        (["serve", "--port", "70000"], "65535"),
        (["serve", "--grace", "-1"], "--grace"),
    ],
)
def test_a_wrong_command_line_is_refused_in_one_line(
    args: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, errors = told(capsys, *args)
    assert status == 2
    assert errors.count("\n") == 1
    assert word in errors
    assert "--help" in errors


def test_without_a_command_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        Runner(AgentLauncher(create_agent, join_call)).cli([])
    assert end.value.code == 2
    said = capsys.readouterr().out
    assert "run" in said
    assert "serve" in said


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("2130706433", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, is_one: bool) -> None:
    assert is_loopback(host) is is_one
