"""dev.py, the door on a fresh machine: what it decides, and what a person sees who runs it."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dev

SOURCE = Path(dev.__file__)
WANTED = {"checkout": "/checkout", "pyproject": "abc", "python": "3.11", "venv": "/checkout/.venv"}
OTHERWISE = [{**WANTED, "pyproject": "old"}, {**WANTED, "checkout": "/moved"}]
ELSEWHERE = [{**WANTED, "venv": "/moved/.venv"}, {**WANTED, "python": "3.12"}]


def machine(**differences: object) -> dev.State:
    """A machine where dev.py has never run, with uv, but for the differences."""
    fresh = dev.State(
        root="/checkout",
        venv="/checkout/.venv",
        python="/usr/bin/python3",
        uv="/usr/bin/uv",
        ensurepip=True,
        occupied=False,
        found=None,
        stamp=None,
        wanted=WANTED,
    )
    return fresh._replace(**differences)


def made(holds: object, found: str | None = "3.11") -> dev.State:
    """A machine where dev.py has made an environment before."""
    return machine(occupied=True, found=found, stamp=dev.Stamp(made=True, holds=holds))


def names(steps: list[dev.Step]) -> list[str]:
    return [step.name for step in steps]


# ---- the environment ----


def test_a_fresh_machine_with_uv_makes_and_installs_with_uv_and_locks_nothing() -> None:
    make, install = dev.preparation(machine())
    assert make.command[:2] == ["/usr/bin/uv", "venv"]
    assert make.command[-3:] == ["--python", "/usr/bin/python3", "/checkout/.venv"]
    assert install.command[:3] == ["/usr/bin/uv", "pip", "install"]
    assert install.command[-2:] == ["--editable", ".[dev]"]


def test_a_fresh_machine_without_uv_makes_with_venv_and_installs_with_the_pip_inside() -> None:
    make, install = dev.preparation(machine(uv=None))
    assert make.command == ["/usr/bin/python3", "-m", "venv", "/checkout/.venv"]
    assert install.command[:4] == [dev.tool("/checkout/.venv", "python"), "-m", "pip", "install"]
    assert install.command[-2:] == ["--editable", ".[dev]"]


def test_debian_without_python3_venv_is_told_which_package_is_missing() -> None:
    with pytest.raises(dev.Refused, match="apt install python3-venv") as refusal:
        dev.preparation(machine(uv=None, ensurepip=False))
    assert "\n" not in str(refusal.value)


def test_an_environment_that_is_up_to_date_is_left_alone() -> None:
    assert dev.preparation(made(WANTED)) == []


@pytest.mark.parametrize("holds", OTHERWISE)
def test_a_changed_pyproject_or_a_second_checkout_only_installs_again(holds: dict[str, str]) -> None:
    assert names(dev.preparation(made(holds))) == ["install"]


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(made(None), id="interrupted while installing"),
        pytest.param(made(None, found=None), id="interrupted while making"),
        pytest.param(made(WANTED, found=None), id="its Python was uninstalled"),
        pytest.param(made(ELSEWHERE[0]), id="the folder was moved"),
        pytest.param(made(ELSEWHERE[1], found="3.12"), id="another Python is running"),
    ],
)
def test_an_environment_of_its_own_that_cannot_be_trusted_is_made_anew(state: dev.State) -> None:
    assert names(dev.preparation(state)) == ["make", "install"]


def test_an_environment_that_a_person_made_is_used_as_it_is() -> None:
    assert names(dev.preparation(machine(occupied=True, found="3.11"))) == ["install"]


@pytest.mark.parametrize("found", [None, "3.12"])
def test_a_folder_that_a_person_made_and_that_will_not_do_is_refused(found: str | None) -> None:
    with pytest.raises(dev.Refused, match="remove it, or name another folder in AGENTKIT_VENV"):
        dev.preparation(machine(occupied=True, found=found))


stamps = st.none() | st.builds(
    dev.Stamp, made=st.booleans(), holds=st.sampled_from([None, WANTED, *OTHERWISE, *ELSEWHERE])
)
machines = st.builds(
    machine,
    uv=st.sampled_from([None, "/usr/bin/uv"]),
    ensurepip=st.booleans(),
    occupied=st.booleans(),
    found=st.sampled_from([None, "3.11", "3.12"]),
    stamp=stamps,
).map(lambda state: state if state.occupied else state._replace(found=None, stamp=None))


@given(machines)
def test_a_folder_is_emptied_only_if_dev_py_made_it_and_one_run_is_enough(state: dev.State) -> None:
    try:
        steps = names(dev.preparation(state))
    except dev.Refused:
        return
    if "make" in steps:
        assert not state.occupied or (state.stamp is not None and state.stamp.made)
    afterwards = state._replace(occupied=True, found="3.11", stamp=dev.Stamp(made=True, holds=WANTED))
    assert dev.preparation(afterwards) == []


# ---- the words ----


@pytest.mark.parametrize(
    ("args", "command"),
    [
        ("", "simulate scenarios"),
        ("--seed 7 --json out.json", "simulate scenarios --seed 7 --json out.json"),
        ("--seed=7 --out out", "simulate scenarios --seed=7 --out out"),
        ("scenarios/barge_in", "simulate scenarios/barge_in"),
        ("--repeat 3 mine.yaml", "simulate --repeat 3 mine.yaml"),
        ("mine.yaml --seed 7", "simulate mine.yaml --seed 7"),
    ],
)
def test_simulate_runs_the_shipped_scenarios_unless_a_path_is_given(args: str, command: str) -> None:
    (step,) = dev.work(["simulate", *args.split()], machine())
    assert step.command == [dev.tool("/checkout/.venv", "agentkit"), *command.split()]


def test_test_runs_everything_that_needs_no_network_on_all_cores() -> None:
    (step,) = dev.work(["test"], machine())
    assert step.command[1:] == ["-m", "pytest", "-m", "not integration", "-n", "auto", "--dist", "loadfile"]


def test_test_leaves_out_what_needs_a_network_and_hands_the_rest_to_pytest() -> None:
    (step,) = dev.work(["test", "-x", "tests/core"], machine())
    assert step.command[1:] == ["-m", "pytest", "-m", "not integration", "-x", "tests/core"]


def test_check_runs_everything_or_what_is_named() -> None:
    assert names(dev.work(["check"], machine())) == ["lint", "format", "types", "tests"]
    assert names(dev.work(["check", "types", "lint"], machine())) == ["types", "lint"]


@pytest.mark.parametrize(
    ("argv", "advice"),
    [
        (["simulat"], "did you mean simulate"),
        (["tests"], "did you mean test?"),
        (["qqq"], "simulate, test, check"),
        (["check", "type"], "did you mean types"),
    ],
)
def test_a_word_that_does_not_exist_is_answered_with_the_nearest_one(argv: list[str], advice: str) -> None:
    with pytest.raises(dev.Refused) as refusal:
        dev.plan(argv, machine())
    assert advice in str(refusal.value)


# ---- an old Python ----


def test_every_python_since_2_7_can_read_it() -> None:
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.AsyncFunctionDef, ast.Match)
    for node in ast.walk(ast.parse(SOURCE.read_bytes())):
        where = f"dev.py:{getattr(node, 'lineno', '?')}"
        assert not isinstance(node, modern), where
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None, where
            assert not node.args.kwonlyargs, where
            assert not any(arg.annotation for arg in node.args.args), where
        if isinstance(node, ast.Raise):
            assert node.cause is None, where
        if isinstance(node, (ast.List, ast.Tuple)):
            assert not any(isinstance(element, ast.Starred) for element in node.elts), where
    assert SOURCE.read_bytes().isascii()


@pytest.mark.parametrize("version", ["(2, 7, 18)", "(3, 8, 18)", "(3, 10, 13)"])
def test_an_old_python_is_told_in_one_line_what_is_needed(version: str) -> None:
    pretending = (
        f"import runpy, sys; sys.version_info = {version}; sys.argv = ['dev.py', 'test', '-x'];"
        f"runpy.run_path({str(SOURCE)!r}, run_name='__main__')"
    )
    result = subprocess.run([sys.executable, "-c", pretending], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "3.11 or newer" in line
    assert "3.11 dev.py test -x" in line


# ---- running it, with a uv and tools that only write down how they were called ----

TOOL = """\
#!/bin/sh
echo "$(basename "$0") $*" >> "$LOG"
case " $* " in
  *" ${FAILING:-never} "*) exit 3 ;;
  *" ${CRASHING:-never} "*) kill -KILL $$ ;;
  *" ${WAITING:-never} "*) echo waiting; exec cat ;;
esac
"""

UV = """\
#!/bin/sh
echo "uv $1" >> "$LOG"
for folder; do :; done
case "$1" in
  venv) mkdir -p "$folder/bin" && cp "$TOOL" "$folder/bin/python" && cp "$TOOL" "$folder/bin/agentkit"
        echo "version_info = $VERSION" > "$folder/pyvenv.cfg" ;;
  pip)  echo "no such package: acme" >&2; exit "${INSTALL_EXIT:-0}" ;;
esac
"""


class Checkout:
    """A copy of dev.py in a folder of its own, where `uv` and what it installs are shell scripts."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.root.mkdir()
        self.dev = self.root / "dev.py"
        self.dev.write_bytes(SOURCE.read_bytes())
        (self.root / "pyproject.toml").write_text("[project]\n")
        self.log = folder / "log"
        self.venv = self.root / ".venv"
        executables = folder / "bin"
        executables.mkdir()
        for name, script in {"uv": UV, "tool": TOOL}.items():
            (executables / name).write_text(script)
            (executables / name).chmod(0o755)
        self.environ = {
            "PATH": f"{executables}:/usr/bin:/bin",
            "TOOL": str(executables / "tool"),
            "LOG": str(self.log),
            "VERSION": "{}.{}.0".format(*sys.version_info[:2]),
        }

    def start(self, *argv: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.dev), *argv],
            cwd=self.root.parent,
            env={**self.environ, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *argv: str, **environ: str) -> tuple[int, str, str]:
        with self.start(*argv, **environ) as process:
            stdout, stderr = process.communicate()
        return process.returncode, stdout, stderr

    def calls(self) -> list[str]:
        """What was run since the last time this was asked."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    if os.name == "nt":
        pytest.skip("the tools that stand in are shell scripts")
    return Checkout(tmp_path)


SIMULATE = "agentkit simulate scenarios"


def test_the_first_run_says_in_one_line_what_takes_so_long_and_the_second_says_nothing(
    checkout: Checkout,
) -> None:
    code, stdout, stderr = checkout.run("simulate")
    assert code == 0
    assert stdout == ""
    assert "dev.py: making .venv and installing agentkit (first time only)" in stderr.splitlines()
    assert checkout.calls() == ["uv venv", "uv pip", SIMULATE]

    assert checkout.run("simulate") == (0, "", "")
    assert checkout.calls() == [SIMULATE]


def test_a_changed_pyproject_is_installed_before_the_next_run(checkout: Checkout) -> None:
    checkout.run("simulate")
    checkout.calls()
    (checkout.root / "pyproject.toml").write_text("[project]\nname = 'agentkit'\n")
    checkout.run("simulate")
    assert checkout.calls() == ["uv pip", SIMULATE]


def test_an_installation_that_fails_shows_why_passes_its_code_on_and_is_made_anew(checkout: Checkout) -> None:
    code, _, stderr = checkout.run("simulate", INSTALL_EXIT="7")
    assert code == 7
    assert "no such package: acme" in stderr
    assert "could not install agentkit" in stderr.splitlines()[-1]
    assert checkout.calls() == ["uv venv", "uv pip"]

    left_over = checkout.venv / "lib" / "half-copied"
    left_over.mkdir(parents=True)
    assert checkout.run("simulate")[0] == 0
    assert checkout.calls() == ["uv venv", "uv pip", SIMULATE]
    assert not left_over.exists()


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.run("simulate")
    checkout.calls()
    python = checkout.venv / "bin" / "python"
    python.unlink()
    python.symlink_to(checkout.root / "uninstalled")
    assert checkout.run("simulate")[0] == 0
    assert checkout.calls() == ["uv venv", "uv pip", SIMULATE]


def test_a_folder_of_somebody_else_is_never_touched(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "letter").write_text("dear")
    code, _, stderr = checkout.run("test", AGENTKIT_VENV="precious")
    assert code == 2
    assert len(stderr.splitlines()) == 1
    assert [path.name for path in (tmp_path / "precious").iterdir()] == ["letter"]


def test_the_environment_may_be_elsewhere_and_an_active_one_is_not_used(
    checkout: Checkout, tmp_path: Path
) -> None:
    elsewhere, active = tmp_path / "else where", tmp_path / "active"
    code, _, stderr = checkout.run("test", AGENTKIT_VENV=str(elsewhere), VIRTUAL_ENV=str(active))
    assert code == 0
    assert "active" not in stderr
    assert checkout.calls() == [
        "uv venv",
        "uv pip",
        "python -m pytest -m not integration -n auto --dist loadfile",
    ]
    assert json.loads((elsewhere / dev.STAMP).read_text())["made"]
    assert not checkout.venv.exists()
    assert not active.exists()


def test_check_runs_all_says_which_failed_and_fails(checkout: Checkout) -> None:
    code, _, stderr = checkout.run("check", FAILING="format")
    assert code == 1
    assert stderr.splitlines()[-1] == "dev.py: failed: format"
    assert [call.split()[2] for call in checkout.calls()[2:]] == ["ruff", "ruff", "mypy", "pytest"]


def test_check_says_that_all_is_well(checkout: Checkout) -> None:
    code, _, stderr = checkout.run("check")
    assert code == 0
    assert stderr.splitlines()[-1] == "dev.py: all passed"


@pytest.mark.parametrize(("fate", "code"), [("FAILING", 3), ("CRASHING", 128 + signal.SIGKILL)])
def test_the_exit_code_is_that_of_what_was_run(checkout: Checkout, fate: str, code: int) -> None:
    assert checkout.run("simulate", **{fate: "scenarios"})[0] == code


def test_ctrl_c_ends_with_130_and_no_traceback(checkout: Checkout) -> None:
    with checkout.start("simulate", WAITING="scenarios") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in stderr


@pytest.mark.parametrize("argv", [("--help",), ("-h",)])
def test_help_needs_no_environment(checkout: Checkout, argv: tuple[str, ...]) -> None:
    code, stdout, stderr = checkout.run(*argv)
    assert (code, stderr) == (0, "")
    assert all(f"  {word} " in stdout for word in dev.COMMANDS)
    assert not checkout.venv.exists()


@pytest.mark.parametrize("argv", [(), ("simulat",), ("check", "everything")])
def test_bad_usage_exits_with_2_before_anything_is_made(checkout: Checkout, argv: tuple[str, ...]) -> None:
    code, stdout, _ = checkout.run(*argv)
    assert (code, stdout) == (2, "")
    assert not checkout.venv.exists()


def test_a_checkout_that_cannot_be_read_is_answered_in_one_line(checkout: Checkout) -> None:
    (checkout.root / "pyproject.toml").unlink()
    code, _, stderr = checkout.run("test")
    assert code == 1
    (line,) = stderr.splitlines()
    assert "pyproject.toml" in line
