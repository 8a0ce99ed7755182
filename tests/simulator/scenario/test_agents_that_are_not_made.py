"""Agents that cannot be found or made, as whoever wrote them meets that on the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.cli import main

FACTORIES = """\
import asyncio, os, socket, time

async def raises(*, edge, **parts):
    return _deep()

def _deep():
    raise RuntimeError("no API key")

async def lacks_a_key(*, edge, **parts):
    return os.environ["THERE_IS_NO_SUCH_KEY"]

async def nothing(*, edge, **parts):
    pass

async def no_edge():
    pass

async def never(*, edge, **parts):
    await asyncio.sleep(1000)

async def blocks(*, edge, **parts):
    time.sleep(3)

async def calls_home(*, edge, **parts):
    socket.getaddrinfo("example.com", 80)

async def lacks_a_user(*, edge, **parts):
    from agentkit.core.agents import Agent
    return Agent(edge=edge, agent_user="Desk")
"""

MODULES = ("shop_of_a_test", "broken_of_a_test", "unwritten_of_a_test")

Told = Callable[..., tuple[int, str]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """Simulates a scenario with an agent, and gives the status and all that was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for module in MODULES:
        monkeypatch.setitem(sys.modules, module, sys)
        monkeypatch.delitem(sys.modules, module)
    (tmp_path / "shop_of_a_test.py").write_text(FACTORIES)
    (tmp_path / "broken_of_a_test.py").write_text("\nimport there_is_no_such_module\n")
    (tmp_path / "unwritten_of_a_test.py").write_text("\n\ndef create(:\n")

    def told(agent: str, *options: str) -> tuple[int, str]:
        (tmp_path / "calls").mkdir(exist_ok=True)
        text = "people: {alice: {}}\nscript: [alice: joins]\n"
        (tmp_path / "calls" / "a.yaml").write_text(f"agent: examples.concierge:create_agent\n{text}")
        (tmp_path / "calls" / "b.yaml").write_text(f"name: b\nagent: {agent}\n{text}")
        status = main(["simulate", "calls", *options])
        out, err = capsys.readouterr()
        return status, out + err

    return told


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "shop_of_a_test:raises",
            ["shop_of_a_test:raises raised RuntimeError: no API key, at shop_of_a_test.py:7"],
        ),
        ("shop_of_a_test:lacks_a_key", ["KeyError: 'THERE_IS_NO_SUCH_KEY', at shop_of_a_test.py:10"]),
        ("shop_of_a_test:nothing", ["shop_of_a_test:nothing", "None", "expected an Agent"]),
        ("shop_of_a_test:no_edge", ["shop_of_a_test:no_edge", "'edge'", "create_agent(*, edge, **parts)"]),
        (
            "shop_of_a_test:lacks_a_user",
            ["TypeError: agent_user: expected a User", "at shop_of_a_test.py:29"],
        ),
        ("shop_of_a_test:never", ["no agent after 30 s", "waits at shop_of_a_test.py:19"]),
    ],
)
def test_a_factory_that_gives_no_agent_is_told_with_the_line_that_names_it(
    told: Told, agent: str, words: list[str]
) -> None:
    status, text = told(agent)
    assert status == 1
    assert "calls/b.yaml:2: making the agent failed" in text
    for word in words:
        assert word in text
    assert "listen" not in text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("shop_of_a_test:blocks", ["time.sleep(3)", "shop_of_a_test.py:22", "await asyncio.sleep(3)"]),
        ("shop_of_a_test:calls_home", ["getaddrinfo", "shop_of_a_test.py:25", "no network", "scripted"]),
    ],
)
def test_what_a_simulated_call_cannot_do_is_told_in_words_of_the_agent(
    told: Told, agent: str, words: list[str]
) -> None:
    _, text = told(agent)
    for word in words:
        assert word in text
    for jargon in ("_tick", "max_virtual", "_Run", "timer at", "loop."):
        assert jargon not in text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("shop_of_a_tst:raises", ["no module 'shop_of_a_tst'", "did you mean 'shop_of_a_test:raises'?"]),
        ("shop_of_a_test.py:raises", ["no module", "did you mean 'shop_of_a_test:raises'?"]),
        ("shop_of_a_test:rises", ["no 'rises'", "did you mean 'raises'?"]),
        ("broken_of_a_test:create", ["'there_is_no_such_module'", "at broken_of_a_test.py:2"]),
        ("unwritten_of_a_test:create", ["SyntaxError", "at unwritten_of_a_test.py:3"]),
    ],
)
def test_an_agent_that_is_not_there_is_told_of_the_line_that_names_it(
    told: Told, agent: str, words: list[str]
) -> None:
    status, text = told(agent)
    assert status == 2
    assert text.startswith("calls/b.yaml:2:8: ")
    assert f"    agent: {agent}\n" in text
    for word in words:
        assert word in text


def test_an_agent_of_the_command_line_is_told_of_there(told: Told) -> None:
    status, text = told("shop_of_a_test:raises", "--agent", "shop_of_a_tst:raises")
    assert status == 2
    assert text.startswith("--agent: there is no module 'shop_of_a_tst'")
