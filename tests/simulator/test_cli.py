"""The command `agentkit`, as a person at a terminal meets it."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import examples
from simulator.cli import main
from simulator.trace import read_jsonl
from simulator.trace.record import digest

CHECKOUT = Path(examples.__file__).parents[1]

QUIET = """\
name: nobody speaks
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - agent: stays silent
    for: 2s
"""

TALK = """\
name: a question
agent: examples.concierge:create_agent
people: {alice: {}}
script:
  - alice: joins
  - alice: says do-something.wav
  - agent: speaks
    within: 3s
"""

TOO_SOON = TALK.replace("a question", "an impatient caller").replace("within: 3s", "within: 20ms")


@dataclass
class Ended:
    """A command that has run."""

    status: int
    out: str
    err: str


Agentkit = Callable[..., Ended]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the command is run; what it imports from there is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("agents_of_a_test",):
        monkeypatch.setitem(sys.modules, module, sys)
        monkeypatch.delitem(sys.modules, module)
    return tmp_path


@pytest.fixture
def agentkit(here: Path, capsys: pytest.CaptureFixture[str]) -> Agentkit:
    """Runs the command, in this process."""

    def run(*arguments: str) -> Ended:
        status = main(list(arguments))
        return Ended(status, *capsys.readouterr())

    return run


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def test_it_runs_the_folder_scenarios_with_a_line_for_each_and_a_sum(agentkit: Agentkit) -> None:
    write("scenarios/a.yaml", QUIET)
    write("scenarios/b.yaml", TALK)
    ended = agentkit("simulate")
    first, second, total = ended.out.splitlines()
    assert ended.status == 0
    assert first.startswith("ok    nobody speaks ")
    assert second.startswith("ok    a question ")
    assert "response" in second
    assert total.startswith("2 passed: ")
    assert ended.err == ""


def test_a_scenario_that_fails_is_told_with_its_place_its_story_and_how_to_listen(agentkit: Agentkit) -> None:
    write("a.yaml", TOO_SOON)
    write("b.yaml", QUIET)
    ended = agentkit("simulate", "a.yaml", "b.yaml", "--seed", "7")
    assert ended.status == 1
    assert ended.out.startswith("FAIL  an impatient caller ")
    assert "      a.yaml:7: expected the agent to speak between " in ended.out
    assert " 0.000 s  alice joins\n" in ended.out
    assert 's  alice starts "Go somewhere and do something."\n' in ended.out
    assert "to listen: agentkit simulate a.yaml --seed 7 --out recordings\n" in ended.out
    assert "ok    nobody speaks " in ended.out
    assert ended.out.splitlines()[-1].startswith("1 passed, 1 failed: ")


def test_files_and_folders_are_run_in_the_order_given_and_each_once(agentkit: Agentkit) -> None:
    write("z/1.yaml", QUIET.replace("nobody speaks", "one"))
    write("a/2.yaml", QUIET.replace("nobody speaks", "two"))
    ended = agentkit("simulate", "z/1.yaml", "a", "z", "./a/2.yaml")
    assert [line.split()[1] for line in ended.out.splitlines()[:-1]] == ["one", "two"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["simulat"], "did you mean"),
        (["simulate", "--sed", "1"], "no such option: --sed; did you mean --seed?"),
        (["--verson"], "no such option: --verson; did you mean --version?"),
        (["scenarios"], "did you mean `agentkit simulate scenarios`?"),
        (["simulate", "--seed", "-1"], "expected a whole number of at least 0, found -1"),
        (["simulate", "--seed", "soon"], "expected a whole number like 7, found 'soon'"),
        (["simulate", "--seed", str(2**63)], "expected a whole number of at most"),
        (["simulate", "--repeat", "0"], "expected a whole number of at least 1, found 0"),
        (["simulate", "--repeat", "1.5"], "expected a whole number like 3, found '1.5'"),
        (["simulate", "--repeat"], "requires an argument"),
        (["simulate", "--agent"], "See `agentkit simulate --help`"),
        (["scenario", "new", "x", "--agent"], "See `agentkit scenario new --help`"),
        (["simulate", "--outt", "x"], "did you mean --out or "),
        (["simulate", "--out", ""], "expected a path, found nothing"),
        (["simulate", "--report", " "], "expected a path, found nothing"),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_line(
    agentkit: Agentkit, arguments: list[str], told: str
) -> None:
    Path("scenarios").mkdir()
    ended = agentkit(*arguments)
    assert ended.status == 2
    assert told.lower() in ended.err.lower()
    assert ended.err.count("\n") == 1
    assert ended.out == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["scenarois"], "scenarois: there is no such file or folder; did you mean scenarios?"),
        (
            ["elsewhere/a.yaml"],
            "elsewhere/a.yaml: there is no such file or folder; give the path of a scenario",
        ),
        (["empty"], "empty: there is no scenario in this folder"),
        (["empty.yaml"], "empty.yaml: the file is empty"),
        (["test_it.py"], "test_it.py: this is no scenario; expected a folder or a file *.yaml or *.yml"),
        (["bad.yaml"], "bad.yaml:7:12: "),
        (["unfinished.yaml"], "unfinished.yaml:1:"),
        (
            ["homeless.yaml"],
            "homeless.yaml: the scenario names no agent; add the line `agent: module:factory`",
        ),
        (["scenarios", "--agent", "nowhere:create"], "there is no module 'nowhere'"),
        (["scenarios", "--agent", "examples.concierge:creat_agent"], "did you mean 'create_agent'?"),
        (["scenarios", "--agent", "concierge"], "'concierge' is not module:factory"),
        (["scenarios", "--json", "empty"], "--json empty: this is a folder"),
        (["scenarios", "--json", "nowhere/out.json"], "--json nowhere/out.json: there is no folder nowhere"),
        (
            ["scenarios", "--out", "empty.yaml"],
            "--out empty.yaml: empty.yaml is a file; give the path of a folder",
        ),
        (["scenarios", "--otel", "empty.yaml/x"], "--otel empty.yaml/x: empty.yaml is a file"),
        (["scenarios", "--junit", "empty.yaml/x.xml"], "--junit empty.yaml/x.xml: empty.yaml is a file"),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_runs(
    agentkit: Agentkit, arguments: list[str], told: str
) -> None:
    Path("empty").mkdir()
    write("empty.yaml", "")
    write("test_it.py", "")
    write("bad.yaml", TALK.replace("speaks", "speeks"))
    write("unfinished.yaml", "name: [")
    write("homeless.yaml", QUIET.replace("agent: examples.concierge:create_agent\n", ""))
    write("scenarios/a.yaml", QUIET)
    ended = agentkit("simulate", "scenarios/a.yaml", *arguments)
    assert ended.status == 2
    assert ended.err.startswith(told) or told in ended.err.splitlines()[0]
    assert ended.out == ""


def test_all_that_is_wrong_in_several_files_is_told_at_once(agentkit: Agentkit) -> None:
    write("scenarios/a.yaml", TALK.replace("speaks", "speeks"))
    write("scenarios/b.yaml", "")
    write("c.yaml", TALK.replace("joins", "joyns"))
    ended = agentkit("simulate", "scenarios", "c.yaml", "scenarios/a.yaml")
    assert ended.status == 2
    assert [ended.err.count(name) for name in ("a.yaml:", "b.yaml:", "c.yaml:")] == [1, 1, 1]
    assert "did you mean 'speaks'?" in ended.err
    assert "did you mean 'joins'?" in ended.err


def test_without_the_folder_scenarios_it_asks_for_a_path(agentkit: Agentkit) -> None:
    ended = agentkit("simulate")
    assert ended.status == 2
    assert ended.err == (
        "scenarios: there is no such file or folder; give the path of a scenario, or of a folder with scenarios. "
        "To write one to begin with: agentkit scenario new NAME\n"
    )


def test_only_a_name_that_is_near_is_suggested_for_a_file_that_is_not_there(agentkit: Agentkit) -> None:
    write("text.yaml", QUIET)
    write("quiet.yaml", QUIET)
    assert "did you mean" not in agentkit("simulate", "evt.yaml").err
    assert "did you mean quiet.yaml?" in agentkit("simulate", "quite.yaml").err
    assert "did you mean quiet.yaml?" in agentkit("simulate", "quiet.yml").err


def test_where_to_find_what_was_asked_for_is_said_before_the_sum(agentkit: Agentkit) -> None:
    pytest.importorskip("bokeh")
    write("a.yaml", QUIET)
    ended = agentkit("simulate", "a.yaml", "--out", "kept", "--report", "pages")
    *_, pages, calls, total = ended.out.splitlines()
    assert (pages, calls) == ("pages: pages/index.html", "calls: kept")
    assert total.startswith("1 passed")


def rows(text: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(text)
    return read


def test_the_json_has_a_row_for_each_scenario_also_when_one_failed(agentkit: Agentkit) -> None:
    write("scenarios/a.yaml", TOO_SOON)
    write("scenarios/b.yaml", TALK)
    assert agentkit("simulate", "--json", "out.json").status == 1
    failed, passed = rows(Path("out.json").read_text())
    assert [failed["name"], failed["passed"], failed["file"]] == [
        "an impatient caller",
        False,
        "scenarios/a.yaml",
    ]
    assert failed["failures"][0]["place"] == "scenarios/a.yaml:7"
    assert any("alice joins" in moment for moment in failed["failures"][0]["story"])
    assert [passed["name"], passed["passed"], passed["failures"]] == ["a question", True, []]
    assert len(passed["digest"]) == 64
    assert passed["virtual_s"] > passed["wall_s"] > 0
    assert passed["metrics"]["response_latency_ms"]["count"] == 1
    assert sorted(os.listdir()) == ["out.json", "scenarios"]


def test_the_same_scenario_has_the_same_digest_and_another_seed_another(agentkit: Agentkit) -> None:
    write("a.yaml", TALK)
    seeds = ("1", "1", "2")
    digests = [
        rows(agentkit("simulate", "a.yaml", "--seed", n, "--json", "-").out)[0]["digest"] for n in seeds
    ]
    assert digests[0] == digests[1] != digests[2]


CHATTY = """
from examples.concierge import create_agent as make

def create(**parts):
    print("hello")
    return make(**parts)
"""


def test_json_on_the_standard_output_is_alone_there(agentkit: Agentkit) -> None:
    write(
        "agents_of_a_test.py",
        CHATTY,
    )
    write("a.yaml", QUIET)
    ended = agentkit("simulate", "a.yaml", "--agent", "agents_of_a_test:create", "--json", "-")
    assert [row["name"] for row in rows(ended.out)] == ["nobody speaks"]
    assert "hello" in ended.err
    assert "1 passed" in ended.err


def test_an_older_json_stays_whole_until_the_new_one_is(agentkit: Agentkit, here: Path) -> None:
    write("a.yaml", QUIET)
    write("out.json", "[]")
    older = Path("out.json").stat().st_ino
    with Path("out.json").open() as still_open:
        assert agentkit("simulate", "a.yaml", "--json", "out.json").status == 0
        assert still_open.read() == "[]"
    assert Path("out.json").stat().st_ino != older
    assert sorted(os.listdir()) == ["a.yaml", "out.json"]


def test_runs_that_are_alike_pass_and_their_digests_are_in_the_json(agentkit: Agentkit) -> None:
    write("a.yaml", TALK)
    ended = agentkit("simulate", "a.yaml", "--repeat", "3", "--json", "out.json")
    [row] = rows(Path("out.json").read_text())
    assert ended.status == 0
    assert row["digests"] == [row["digest"]] * 3


MOODY = """
from examples.concierge import create_agent as make
from simulator.providers import ScriptedLLM

calls = []

def create(**parts):
    calls.append(1)
    return make(llm=ScriptedLLM(default="Good morning." if len(calls) < 3 else "Good evening to you."), **parts)
"""


def test_runs_that_differ_fail_and_say_where_they_part(agentkit: Agentkit) -> None:
    write("agents_of_a_test.py", MOODY)
    write("a.yaml", TALK)
    options = ["--agent", "agents_of_a_test:create", "--repeat", "3", "--json", "out.json"]
    ended = agentkit("simulate", "a.yaml", *options)
    [row] = rows(Path("out.json").read_text())
    first, second, third = row["digests"]
    assert ended.status == 1
    assert first == second != third
    assert f"run 1 has digest {first[:12]}, run 3 has {third[:12]}; they part at " in ended.out
    assert "Good morning" in ended.out
    assert "Good evening" in ended.out


def test_the_calls_are_kept_in_folders_of_their_own(agentkit: Agentkit) -> None:
    write("scenarios/a.yaml", TOO_SOON)
    write("scenarios/b.yaml", QUIET)
    ended = agentkit("simulate", "--out", "calls", "--json", "out.json")
    call = Path("calls/an-impatient-caller")
    assert "      listen: calls/an-impatient-caller/call.wav\n" in ended.out
    assert digest(read_jsonl(call / "trace.jsonl")) == rows(Path("out.json").read_text())[0]["digest"]
    assert sorted(path.name for path in (call / "stems").iterdir()) == ["agent.wav", "alice.wav"]
    with wave.open(str(call / "call.wav")) as sound:
        assert sound.getnchannels() == 2
        assert sound.getnframes() / sound.getframerate() > 1
    assert Path("calls/nobody-speaks/call.wav").is_file()


def test_a_relaunch_replaces_what_it_made_and_nothing_else(agentkit: Agentkit) -> None:
    write("a.yaml", QUIET)
    agentkit("simulate", "a.yaml", "--out", "calls")
    write("calls/mine.txt", "mine")
    write("calls/nobody-speaks/mine.txt", "mine")
    write("calls/nobody-speaks/stems/mine.wav", "mine")
    write("a.yaml", QUIET.replace("alice", "bob"))
    agentkit("simulate", "a.yaml", "--out", "calls")
    kept = sorted(str(path.relative_to("calls")) for path in Path("calls").rglob("*") if path.is_file())
    assert kept == [
        "mine.txt",
        "nobody-speaks/call.wav",
        "nobody-speaks/mine.txt",
        "nobody-speaks/stems/agent.wav",
        "nobody-speaks/stems/bob.wav",
        "nobody-speaks/stems/mine.wav",
        "nobody-speaks/trace.jsonl",
    ]


def test_an_agent_that_fails_fails_its_scenario(agentkit: Agentkit) -> None:
    write("agents_of_a_test.py", "def create(**parts):\n    raise RuntimeError('no key')\n")
    write("a.yaml", QUIET)
    ended = agentkit("simulate", "a.yaml", "--agent", "agents_of_a_test:create")
    assert ended.status == 1
    assert "RuntimeError: no key" in ended.out


NOISY = """
import logging
from examples.concierge import create_agent as make

def create(**parts):
    logging.getLogger("mine").warning("the %s is open", "door")
    return make(**parts)
"""


def test_what_an_agent_logs_is_told_only_when_its_scenario_fails(
    agentkit: Agentkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # those of pytest
    write("agents_of_a_test.py", NOISY)
    write("a.yaml", TALK)
    write("b.yaml", TOO_SOON)
    passed = agentkit("simulate", "a.yaml", "--agent", "agents_of_a_test:create")
    failed = agentkit("simulate", "b.yaml", "--agent", "agents_of_a_test:create")
    assert "door" not in passed.out + passed.err
    assert "logged:\n        WARNING mine: the door is open\n" in failed.out
    assert failed.err == ""


@pytest.mark.parametrize(("no_colour", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colour_unless_it_wants_none(
    agentkit: Agentkit, monkeypatch: pytest.MonkeyPatch, no_colour: str, coloured: bool
) -> None:
    write("a.yaml", QUIET.replace("nobody speaks", "a [bold] name"))
    monkeypatch.setenv("FORCE_COLOR", "1")  # what rich takes for a terminal
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_colour)
    ended = agentkit("simulate", "a.yaml")
    assert ("\x1b[32mok" in ended.out) is coloured
    assert "a [bold] name" in ended.out


def test_an_agent_that_exits_cannot_make_it_look_like_a_success(agentkit: Agentkit) -> None:
    write("agents_of_a_test.py", "import sys\ndef create(**parts):\n    sys.exit(0)\n")
    write("a.yaml", QUIET)
    ended = agentkit("simulate", "a.yaml", "--agent", "agents_of_a_test:create", "--json", "out.json")
    assert ended.status != 0
    assert "a.yaml" in ended.out + ended.err
    assert rows(Path("out.json").read_text()) == [] or not rows(Path("out.json").read_text())[0]["passed"]


def test_a_terminal_that_knows_only_ascii_is_no_reason_to_fail(agentkit: Agentkit, here: Path) -> None:
    write("a.yaml", QUIET.replace("nobody speaks", "niemand schwätzt"))
    ended = process("simulate", "a.yaml", environment={"PYTHONIOENCODING": "ascii"})
    assert ended.status == 0
    assert "niemand schw" in ended.out


def process(*arguments: str, environment: dict[str, str] | None = None) -> Ended:
    """The command in a process of its own, as a shell runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "simulator.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=surroundings() | (environment or {}),
        timeout=60,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def surroundings() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(CHECKOUT)}


@pytest.mark.parametrize("arguments", [["--help"], ["simulate", "--help"], ["--version"], ["simulat"]])
def test_it_answers_without_loading_what_it_does_not_need(here: Path, arguments: list[str]) -> None:
    code = (
        "import sys; from simulator.cli import main; status = main(sys.argv[1:]); "
        "heavy = {'getstream', 'numpy', 'av', 'rich', 'asyncio'} & sys.modules.keys(); "
        "sys.exit(f'loaded {heavy}' if heavy else status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=surroundings(),
    )
    assert "loaded" not in done.stderr
    assert done.returncode == (2 if arguments == ["simulat"] else 0)


@pytest.mark.parametrize("arguments", [["--help"], ["scenario", "--help"]])
def test_the_summaries_of_all_commands_are_whole_sentences(agentkit: Agentkit, arguments: list[str]) -> None:
    _, commands = agentkit(*arguments).out.split("Commands:\n")
    lines = [line for line in commands.splitlines() if line.startswith("  ") and "`" not in line]
    assert len(lines) >= 4
    assert all(line.endswith(".") and "..." not in line for line in lines)


def test_help_names_every_option(agentkit: Agentkit) -> None:
    ended = agentkit("simulate", "--help")
    assert ended.status == 0
    assert all(option in ended.out for option in ("--agent", "--seed", "--repeat", "--json", "--out", "PATH"))


def test_no_command_shows_the_help(agentkit: Agentkit) -> None:
    ended = agentkit()
    assert ended.status == 2
    assert "simulate  Run scenarios" in ended.out


def test_it_tells_its_version(agentkit: Agentkit) -> None:
    ended = agentkit("--version")
    assert ended.status == 0
    assert ended.out.startswith("agentkit ")


ENDLESS = """
import sys
from examples.concierge import create_agent as make

async def create(**parts):
    print("it has begun", file=sys.stderr, flush=True)
    return await make(**parts)
"""


def test_ctrl_c_keeps_the_results_so_far_and_leaves_no_traceback(here: Path) -> None:
    write("scenarios/a.yaml", QUIET)
    long = QUIET.replace("nobody speaks", "a long wait").replace("for: 2s", "for: 300m") + "limit: 400m\n"
    write("scenarios/b.yaml", long.replace("examples.concierge:create_agent", "endless:create"))
    write("endless.py", ENDLESS)
    with subprocess.Popen(
        [sys.executable, "-m", "simulator.cli", "simulate", "--json", "out.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
    ) as running:
        assert running.stderr is not None
        assert running.stderr.readline() == "it has begun\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert [row["name"] for row in rows(Path("out.json").read_text())] == ["nobody speaks"]
    assert out.splitlines()[-1].startswith("1 passed, 1 not played: ")
    assert "Traceback" not in out + err
