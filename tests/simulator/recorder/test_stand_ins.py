"""A call of an agent whose providers are services becomes a scenario that needs none of them."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core import Agent, User
from agentkit.core.agents.events import AgentTurnEnded
from examples import concierge
from simulator.cli import main
from simulator.edge.transport import SimulatedEdge
from simulator.providers.voice import speak
from simulator.recorder import record
from simulator.recorder.capture.parts import RecordedPart
from simulator.recorder.conversion import ConversionError, convert
from simulator.recorder.retelling.recorded import RecordedCall
from simulator.recorder.stand_ins import Asked, RecordedLLM, RecordedSTT, Said, Spoken, made_with, rate_of
from simulator.recorder.stand_ins.module import module_text
from simulator.recorder.stand_ins.needed import StandInError
from simulator.scenario.model.failure import UsageError
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.runner import run_scenario
from simulator.trace import Record
from tests.simulator.recorder import cloud_desk
from tests.simulator.recorder.recorded_scenarios import heard, recorded

FACTORY = "cloud_desk:create_agent"
RECORDING = Path("recordings/tuesday-7")
COMMAND = ["scenario", "from-recording", str(RECORDING)]
GREETING = "Good evening."
ANSWER = "It is free tonight."


@asynccontextmanager
async def services() -> AsyncIterator[str]:
    """A model that calls a function, ears that hear the same whatever is said, and a voice of one tone."""

    async def think(request: web.Request) -> web.StreamResponse:
        messages = await request.json()
        pieces = [{"text": f"{word} "} for word in GREETING.split()]
        if messages[-1]["role"] == "user" and "Queen" in messages[-1]["content"]:
            call = {"type": "tool_call", "id": "1", "name": "find_room"}
            arguments = json.dumps({"card": "Queen of Clubs"})
            pieces = [{"text": "Let me see."}, {"calls": [call | {"arguments_json": arguments}]}]
        elif messages[-1]["role"] == "tool":
            pieces = [{"text": f"{word} "} for word in ANSWER.split()]
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.sleep(0.2)
        for piece in pieces:
            await response.write(json.dumps(piece).encode() + b"\n")
            await asyncio.sleep(0.01)
        return response

    async def hear(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        silent_s, words = 0.0, False
        async for message in socket:
            sound = np.frombuffer(message.data, np.int16)
            silent_s = 0.0 if np.abs(sound).max() > 1500 else silent_s + len(sound) / 16000
            if not words and silent_s == 0.0:
                words = True
                await socket.send_json({"final": False, "text": "Queen"})
            if words and silent_s > 0.35:
                words = False
                await socket.send_json({"final": True, "text": "Queen of clubs."})
        return socket

    async def speak(request: web.Request) -> web.StreamResponse:
        text = await request.text()
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.sleep(0.1)
        for _ in text.split():
            tone = 8000 * np.sin(np.arange(4000) * 0.1)
            await response.write(tone.astype(np.int16).tobytes())
        return response

    app = web.Application()
    app.add_routes([web.post("/think", think), web.get("/hear", hear), web.post("/speak", speak)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def take_a_call(folder: Path) -> None:
    """In real time: a guest hears the greeting, asks something, and hears the answer."""
    async with services() as address:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(cloud_desk.ADDRESS, address)
            edge = SimulatedEdge()
            agent = await cloud_desk.create_agent(edge=edge)
        record(agent, folder, facts={"factory": FACTORY})
        call = await agent.create_call("default", "tuesday-7")
        guest = edge.call.person("guest")
        await asyncio.to_thread(edge.call.clip, "queen-of-clubs")
        guest.join()
        async with agent.join(call):
            await agent.simple_response("Greet the guest")
            answered = asyncio.Event()
            agent.events.tap(lambda _: answered.set(), AgentTurnEnded)
            guest.start_saying("queen-of-clubs")
            await asyncio.wait_for(answered.wait(), 10)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings") / "tuesday-7"
    asyncio.run(take_a_call(folder))
    return folder


@pytest.fixture
def project(recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the agent in it, and the recording, where nothing is said of the services."""
    shutil.copy(cloud_desk.__file__, tmp_path / "cloud_desk.py")
    shutil.copytree(recording, tmp_path / "recordings" / "tuesday-7")
    (tmp_path / "scenarios").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def in_a_process_of_its_own(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as a user runs it, where nothing says where the services are."""
    environment = {name: value for name, value in os.environ.items() if name != cloud_desk.ADDRESS}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_one_command_makes_it_a_scenario_that_passes_without_the_services(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMMAND, "--out", "scenarios/queen.yaml", "--expect"]) == 0
    told = capsys.readouterr()
    assert "wrote scenarios/queen_stand_ins.py" in told.out
    assert "llm (CloudLLM), stt (CloudSTT), tts (CloudTTS)" in told.out
    assert not told.err
    assert "agent said: Let me see. It is free tonight." in Path("scenarios/queen.yaml").read_text()
    for command in (("simulator.cli", "simulate", "scenarios", "-j", "2"), ("pytest", "scenarios")):
        played = in_a_process_of_its_own(*command)
        assert played.returncode == 0, played.stdout + played.stderr


def test_beside_the_recording_the_module_has_a_name_that_python_can_import(project: Path) -> None:
    assert main(COMMAND) == 0
    assert "agent: recordings.tuesday_7_stand_ins:create_agent" in (RECORDING / "scenario.yaml").read_text()
    played = in_a_process_of_its_own("simulator.cli", "simulate", str(RECORDING))
    assert played.returncode == 0, played.stdout + played.stderr


def test_the_stand_ins_answer_as_the_services_did(project: Path) -> None:
    made = convert(RECORDING, Path("scenarios/queen.yaml"))
    assert made.stand_ins is not None
    asked = written_by(made.stand_ins.text)["ASKED"]
    assert [each.question for each in asked] == ["Greet the guest", "Queen of clubs."]
    first, then = asked[1].answer
    assert first.text == "Let me see."
    assert list(first.calls) == [("find_room", {"card": "Queen of Clubs"})]
    assert then.text == "It is free tonight."
    assert 0.2 <= first.after < 0.5
    spoken = written_by(made.stand_ins.text)["SPOKEN"]
    assert [(each.text, each.seconds) for each in spoken] == [
        ("Good evening.", 0.5),
        ("Let me see.", 0.75),
        ("It is free tonight.", 1.0),
    ]


def test_a_function_that_makes_its_own_providers_is_told_to_take_them(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("own_desk.py").write_text("def create_agent():\n    ...\n")
    assert main([*COMMAND, "--agent", "own_desk:create_agent"]) == 0
    told = capsys.readouterr().err
    assert "own_desk:create_agent() cannot be called with edge=, llm=, stt=, tts=" in told
    assert "make only what it is not given" in told


def test_without_a_function_that_makes_the_agent_one_has_to_be_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((RECORDING / "call.json").read_text())
    (RECORDING / "call.json").write_text(json.dumps(manifest | {"factory": ""}))
    trace = (RECORDING / "trace.jsonl").read_text()
    (RECORDING / "trace.jsonl").write_text(trace.replace(FACTORY, ""))
    assert main(COMMAND) == 2
    assert "name it with --agent MODULE:FACTORY" in capsys.readouterr().err
    assert not list(RECORDING.glob("*.yaml"))
    assert main([*COMMAND, "--agent", FACTORY]) == 0


def test_stand_ins_can_be_left_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMMAND, "--no-stand-ins"]) == 0
    assert not list(project.rglob("*_stand_ins.py"))
    assert f"agent: {FACTORY}" in (RECORDING / "scenario.yaml").read_text()
    assert "no stand-ins were written" in capsys.readouterr().err


def test_where_python_could_not_find_the_module_another_place_is_advised(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(StandInError, match=r"--out scenarios/tuesday-7\.yaml"):
        convert(project / RECORDING)


def test_in_a_folder_that_python_takes_for_another_package_another_place_is_advised(project: Path) -> None:
    Path("yaml").mkdir()
    with pytest.raises(StandInError, match="'yaml' is another package here"):
        convert(RECORDING, Path("yaml/incident.yaml"))
    assert not list(Path("yaml").iterdir())


def test_what_is_there_is_not_overwritten(project: Path) -> None:
    Path("recordings/tuesday_7_stand_ins.py").touch()
    with pytest.raises(ConversionError, match="exists already"):
        convert(RECORDING)
    assert not (RECORDING / "scenario.yaml").exists()


def test_a_realtime_model_has_no_stand_in_and_that_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((RECORDING / "call.json").read_text())
    manifest["parts"] = {"llm": {"class": "cloud.Realtime", "kind": "realtime", "scripted": False}}
    (RECORDING / "call.json").write_text(json.dumps(manifest))
    assert main(COMMAND) == 0
    assert "there are no stand-ins for realtime models" in capsys.readouterr().err


@pytest.mark.parametrize(
    "scenario",
    [
        "barge_in/9-eager-reply-taken-back.yaml",
        "failures/model-slow.yaml",
        "tools/books-a-table.yaml",
        "turn_taking/several-turns.yaml",
        "video/answers-what-is-shown.yaml",
    ],
)
def test_the_same_happens_again_with_stand_ins(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("as_real_" + re.sub(r"\W", "_", scenario))  # a module is imported once
    before = recorded(scenario, folder)
    manifest = json.loads((folder / "call.json").read_text())
    for part in manifest["parts"].values():
        part["scripted"] = False
    (folder / "call.json").write_text(json.dumps(manifest))
    made = convert(folder, texts=True)
    assert made.stand_ins is not None
    after = run_scenario(made.scenario)
    assert not after.failures
    assert heard(after) == heard(before)


async def answer_of(model: RecordedLLM, question: str) -> str:
    stream = model.stream_response(question)
    async for _ in stream:
        pass
    return stream.text


@pytest.mark.virtual
async def test_a_question_that_nobody_asked_is_an_error_unless_there_is_a_default() -> None:
    asked = [Asked("Is it free?", Said("It is."))]
    assert await answer_of(RecordedLLM(asked), "is it free") == "It is."
    with pytest.raises(
        LookupError, match=r"asked 'Who is there\?', which nobody asked in the recording; it knows 'Is it"
    ):
        await answer_of(RecordedLLM(asked), "Who is there?")
    assert await answer_of(RecordedLLM(asked, default="Pardon?"), "Who is there?") == "Pardon?"


@pytest.mark.virtual
async def test_a_question_that_was_asked_twice_is_answered_in_order_and_then_with_the_last_answer() -> None:
    model = RecordedLLM([Asked("Well?", Said("One.")), Asked("Well?", Said("Two."))])
    assert [await answer_of(model, "Well?") for _ in range(3)] == ["One.", "Two.", "Two."]


@pytest.mark.virtual
async def test_an_answer_takes_as_long_as_it_did() -> None:
    loop = asyncio.get_running_loop()
    model = RecordedLLM([Asked("Well?", Said("One two three.", after=0.5, lasting=0.4))])
    began = loop.time()
    stream = model.stream_response("Well?")
    came = [loop.time() - began async for _ in stream]
    assert came == pytest.approx([0.5, 0.7, 0.9])


@pytest.mark.virtual
async def test_ears_that_told_turns_do_so_again() -> None:
    async def listening(**parts: Any) -> Agent:
        return await concierge.create_agent(stt=RecordedSTT(), vad=None, **parts)

    async with CallStage(agent=listening) as call:
        alice = await call.join("alice")
        await alice.says("queen-of-clubs.wav")
        await call.wait_for("turn.ended", within=1, participant="alice")
        await call.agent.speaks(within=1)
    kinds = [record.kind for record in call.trace.records if record.kind.startswith(("turn.", "stt.t"))]
    assert kinds == ["turn.started", "stt.transcript", "turn.ended"]


@pytest.mark.virtual
async def test_a_function_that_makes_the_agent_with_other_parts_is_refused() -> None:
    async def stubborn(*, edge: Any, **parts: Any) -> Agent:
        return await concierge.create_agent(edge=edge)

    with pytest.raises(
        UsageError, match=r"was given llm=RecordedLLM, and the agent that it made has ScriptedLLM"
    ):
        await made_with(stubborn, edge=SimulatedEdge(), llm=RecordedLLM([]))


@pytest.mark.virtual
async def test_a_function_that_makes_real_providers_all_the_same_is_told_not_to() -> None:
    async def eager(*, edge: Any, llm: Any = None) -> Agent:
        parts: dict[str, Any] = {"llm": cloud_desk.CloudLLM()} | {"llm": llm}
        return Agent(edge=edge, agent_user=User(name="Desk", id="desk"), **parts)

    with pytest.raises(UsageError, match="does it make what it is given, too"):
        await made_with(eager, edge=SimulatedEdge(), llm=RecordedLLM([]))


@pytest.mark.parametrize("seconds", [0.8, 1.5, 3.0])
def test_a_text_is_spoken_for_as_long_as_it_was(seconds: float) -> None:
    text = "It is free tonight, and on Sunday."
    rate = rate_of(text, seconds, 165)
    assert speak(text, rate, 8000).samples.size / 8000 == pytest.approx(seconds, rel=0.03)


def written_by(text: str) -> dict[str, Any]:
    """The tables of a module of stand-ins, as Python reads them."""
    tree = ast.parse(text)
    tables = [node for node in tree.body if isinstance(node, ast.Assign)]
    scope: dict[str, Any] = {"Asked": Asked, "Said": Said, "Spoken": Spoken}
    exec(compile(ast.Module(tables, []), "tables", "exec"), scope)
    return scope


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    question=st.text(max_size=300),
    answer=st.text(alphabet=st.characters(), min_size=1, max_size=400).filter(str.strip),
    arguments=st.dictionaries(st.text(), json_values, max_size=3),
)
def test_whatever_was_said_is_written_as_python(
    question: str, answer: str, arguments: dict[str, Any]
) -> None:
    records = [
        Record(0, "agent", "llm.request_started", {"text": question}),
        Record(1, "agent", "llm.tool_start", {"tool_name": answer, "arguments": arguments}),
        Record(2, "agent", "llm.tool_end", {"tool_name": answer}),
        Record(3, "agent", "llm.response", {"text": answer}),
    ]
    records.insert(3, Record(3, "call", "llm.streamed", {"text": answer, "at_ns": 3, "until_ns": 3}))
    parts = {"llm": RecordedPart.model_validate({"class": answer})}
    call = RecordedCall(Path(), "", "", (), records, True, parts)
    text = module_text(call, "my_app:create_agent", ("llm",), answer)
    [asked] = written_by(text.encode("utf-8").decode("utf-8"))["ASKED"]
    called, said = asked.answer
    assert asked.question == question
    assert list(called.calls) == [(answer, arguments)]
    assert said.text == answer.strip()
