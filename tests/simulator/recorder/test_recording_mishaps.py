"""Recordings as they go wrong in practice: killed, interrupted, in each other's way, in a folder that is not there."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.recorder.capture.files import Batch, RecordingFiles
from simulator.recorder.conversion import convert
from simulator.scenario.playing.runner import run_scenario

PROGRAM = """
from examples.main import create_agent as make


async def create_agent(**parts):
    return await make(**parts)


async def join_call(agent, call_type, call_id):
    call = await agent.create_call(call_type, call_id)
    async with agent.join(call):
        await agent.say("Good morning, and welcome.")
        await agent.finish()
"""


def begin_recording(folder: Path) -> subprocess.Popen[str]:
    """`agentkit record` in a process of its own; returns when the agent has begun to speak and something is on disk."""
    (folder / "short_call.py").write_text(PROGRAM)
    command = [sys.executable, "-u", "-m", "simulator.cli", "record", "--agent", "short_call:create_agent"]
    process = subprocess.Popen(
        [*command, "--out", "call"], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Assistant: "):
            return process
    raise AssertionError(process.communicate()[1])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_of_a_process_that_is_killed_what_was_recorded_until_then_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = begin_recording(tmp_path)
    process.kill()
    process.communicate(timeout=30)
    assert not (tmp_path / "call" / "call.json").exists()
    made = convert(tmp_path / "call")
    assert not made.complete
    assert list(made.scenario.people) == ["guest"]
    monkeypatch.syspath_prepend(tmp_path)
    assert not run_scenario(made.scenario).failures


def test_one_command_records_a_call_and_another_makes_it_a_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = begin_recording(tmp_path)
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "recorded in call; make it a test" in told
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["scenario", "from-recording", str(tmp_path / "call")]) == 0
    assert main(["simulate", str(tmp_path / "call" / "scenario.yaml")]) == 0


async def test_recordings_that_begin_at_once_do_not_share_a_folder(tmp_path: Path) -> None:
    begun = await asyncio.gather(*(asyncio.to_thread(RecordingFiles, tmp_path / "call") for _ in range(8)))
    for files in begun:
        files.close({}, 0)
    names = {files.folder.name for files in begun}
    assert names == {"call", *(f"call-{number}" for number in range(2, 9))}


def test_a_recording_is_suggested_for_a_slip_of_the_pen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = RecordingFiles(tmp_path / "tuesday")
    files.close({}, 0)
    assert main(["scenario", "from-recording", str(tmp_path / "teusday")]) == 2
    assert f"did you mean {files.folder}?" in capsys.readouterr().err
    assert main(["scenario", "from-recording", str(tmp_path)]) == 2
    assert f"did you mean {files.folder}?" in capsys.readouterr().err


def test_a_place_where_nothing_can_be_written_is_refused_before_the_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert (
        main(["record", "--agent", "examples.main:create_agent", "--out", str(tmp_path / "file" / "x")]) == 2
    )
    assert "nothing can be written there" in capsys.readouterr().err


def test_a_file_is_no_place_for_a_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.py").write_text("")
    assert main(["record", "--agent", "examples.main:create_agent", "--out", str(tmp_path / "main.py")]) == 2
    assert "main.py: this is a file; give the path of a folder" in capsys.readouterr().err
    assert not (tmp_path / "main.py-2").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at open files as Linux lists them")
def test_a_folder_that_cannot_be_completed_is_let_go_of(tmp_path: Path) -> None:
    import resource

    files = RecordingFiles(tmp_path / "call")
    sound = {f"stems/{name}.wav": [(0, b"\1\0" * 100)] for name in ("agent", "alice")}
    files.write(Batch(sound))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            files.close({}, 48_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    still_open = [link for link in Path("/proc/self/fd").iterdir() if tmp_path in link.resolve().parents]
    assert not still_open
    assert not (tmp_path / "call" / "call.json").exists()
