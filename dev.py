#!/usr/bin/env python3
# ruff: noqa: UP032, RUF005
"""The door on a fresh machine: makes an environment, installs agentkit into it, and runs what was asked.

Only the standard library, and only syntax that every Python since 2.7 can read (hence no f-strings, and
types in comments): an old Python is to be told what is missing, not to fall over a line it cannot parse.
"""

import collections
import difflib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

NEEDED = (3, 11)
USAGE = """\
usage: python3 dev.py COMMAND [ARGS...]

  simulate [ARGS...]  run the shipped scenarios, or the paths in ARGS; ARGS go to `agentkit simulate`
  test [ARGS...]      run the tests that need no network, on all cores; or, with ARGS, what these tell pytest to
  check [NAME...]     run lint, format, types and tests, or those that are named, and say which failed

Everything runs in this checkout, in an environment of its own: .venv, or the folder that AGENTKIT_VENV names.
It is made on first use, with uv where that is installed and with venv and pip otherwise.
"""
COMMANDS = ["simulate", "test", "check"]
CHECKS = ["lint", "format", "types", "tests"]
SIMULATE_OPTIONS_WITH_A_VALUE = ["--agent", "--seed", "--repeat", "--json", "--out"]
STAMP = "agentkit-dev.json"
SECONDS_TO_TIDY_UP = 10
STDERR = 2

Step = collections.namedtuple("Step", "name command")
"""One command to run, and what a person calls it."""

Stamp = collections.namedtuple("Stamp", "made holds")
"""What dev.py writes into an environment:

made    whether the environment is dev.py's own making, and so dev.py's to empty
holds   what is installed in it, as `State.wanted` has it; None while an installation is under way
"""

State = collections.namedtuple("State", "root venv python uv ensurepip occupied found stamp wanted")
"""What `plan` has to know of the machine:

root, venv   absolute paths of the checkout and of its environment
python       the interpreter that environments are made with
uv           path of the uv executable, or None
ensurepip    whether `python` is able to make an environment that has pip
occupied     whether the environment's folder has anything in it
found        "3.11", the Python that works inside the environment, or None
stamp        the Stamp that an earlier run left in the environment, or None
wanted       what the environment has to hold to be ready: checkout, venv, Python, sha256 of pyproject.toml
"""


class Refused(Exception):
    """What was asked for is impossible as it stands; the message says what to do."""


# ---- what to do: pure ----


def plan(argv, state):
    # type: (list[str], State) -> tuple[list[Step], list[Step]]
    """The steps that the environment lacks to be ready, and then those that do what `argv` asks for."""
    wanted = work(argv, state)
    return preparation(state), wanted


def preparation(state):
    # type: (State) -> list[Step]
    """Nothing if the environment is ready; else a step "install", after a step "make" if it is made anew."""
    stamp = stamp_of(state)
    python = state.wanted["python"]
    usable = state.found == python
    if usable and stamp.holds == state.wanted:
        return []
    if not usable and not stamp.made:
        there = "Python " + state.found if state.found else "no Python"
        raise Refused(
            "{} was not made by dev.py and has {} in it where Python {} is running: "
            "remove it, or name another folder in AGENTKIT_VENV".format(state.venv, there, python)
        )
    # A package whose copying was interrupted looks installed to pip: what is ours and half made is made anew.
    whole = stamp.holds is not None and stamp.holds["venv"] == state.venv
    if usable and (whole or not stamp.made):
        return [Step("install", installer(state))]
    return [Step("make", maker(state)), Step("install", installer(state))]


def stamp_of(state):
    # type: (State) -> Stamp
    return state.stamp or Stamp(made=not state.occupied, holds=None)


def maker(state):
    # type: (State) -> list[str]
    if state.uv:
        # With pip in it (--seed), so that the environment can be brought up to date without uv as well.
        options = ["--quiet", "--seed", "--allow-existing", "--python", state.python]
        return [state.uv, "venv"] + options + [state.venv]
    if not state.ensurepip:
        raise Refused(
            "this Python cannot make environments: run `sudo apt install python3-venv` "
            "(or python{}-venv), or install uv, and try again".format(state.wanted["python"])
        )
    return [state.python, "-m", "venv", state.venv]


def installer(state):
    # type: (State) -> list[str]
    python = tool(state.venv, "python")
    if state.uv:
        return [state.uv, "pip", "install", "--quiet", "--python", python, "--editable", ".[dev]"]
    return [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", ".[dev]"]


def tool(venv, name):
    # type: (str, str) -> str
    if os.name == "nt":
        return os.path.join(venv, "Scripts", name + ".exe")
    return os.path.join(venv, "bin", name)


def work(argv, state):
    # type: (list[str], State) -> list[Step]
    """The commands behind the words of `argv`, with the tools of the environment."""
    word, args = chosen(argv[0], COMMANDS, "command"), argv[1:]
    python = tool(state.venv, "python")
    tests = [python, "-m", "pytest", "-m", "not integration"]
    all_tests = tests + ["-n", "auto", "--dist", "loadfile"]
    if word == "simulate":
        paths = [] if names_a_path(args) else ["scenarios"]
        return [Step(word, [tool(state.venv, "agentkit"), "simulate"] + paths + args)]
    if word == "test":
        return [Step(word, tests + args if args else all_tests)]
    commands = {
        "lint": [python, "-m", "ruff", "check"],
        "format": [python, "-m", "ruff", "format", "--check"],
        "types": [python, "-m", "mypy"],
        "tests": all_tests + ["--quiet"],
    }
    return [Step(name, commands[name]) for name in [chosen(arg, CHECKS, "check") for arg in args] or CHECKS]


def chosen(word, words, kind):
    # type: (str, list[str], str) -> str
    """`word` itself if it is one of `words`; else a refusal that names the nearest of them."""
    if word in words:
        return word
    nearest = difflib.get_close_matches(word, words, 1)
    advice = "did you mean {}?".format(nearest[0]) if nearest else "there are " + ", ".join(words)
    raise Refused("there is no {} {!r}; {}".format(kind, word, advice))


def names_a_path(args):
    # type: (list[str]) -> bool
    """Whether one of `args` is a path to `agentkit simulate`, and not an option or an option's value."""
    before = [""] + args
    return any(
        not arg.startswith("-") and option not in SIMULATE_OPTIONS_WITH_A_VALUE
        for option, arg in zip(before, args, strict=False)
    )


# ---- what there is: read from the machine ----


def look_around():
    # type: () -> State
    import importlib.util

    root = os.path.dirname(os.path.abspath(__file__))
    venv = os.path.abspath(os.path.expanduser(os.environ.get("AGENTKIT_VENV") or os.path.join(root, ".venv")))
    with open(os.path.join(root, "pyproject.toml"), "rb") as file:
        pyproject = hashlib.sha256(file.read()).hexdigest()
    return State(
        root=root,
        venv=venv,
        # sys.executable may be inside a virtualenv, even inside the one that is about to be emptied.
        python=getattr(sys, "_base_executable", None) or sys.executable,
        uv=shutil.which("uv"),
        ensurepip=importlib.util.find_spec("ensurepip") is not None,
        occupied=os.path.isdir(venv) and bool(os.listdir(venv)),
        found=python_inside(venv),
        stamp=read_stamp(venv),
        wanted={
            "checkout": root,
            "pyproject": pyproject,
            "python": "{}.{}".format(*sys.version_info[:2]),
            "venv": venv,
        },
    )


def python_inside(venv):
    # type: (str) -> str | None
    """Such as "3.11"; None if there is no interpreter, or only a link to one that has been uninstalled."""
    config = os.path.join(venv, "pyvenv.cfg")
    if not os.path.exists(tool(venv, "python")) or not os.path.exists(config):
        return None
    with open(config, encoding="utf-8") as file:
        version = re.search(r"^version(?:_info)? *= *(\d+\.\d+)", file.read(), re.MULTILINE)
    return version.group(1) if version else None


def read_stamp(venv):
    # type: (str) -> Stamp | None
    path = os.path.join(venv, STAMP)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return Stamp(**json.load(file))


# ---- doing it ----


def prepare(steps, state):
    # type: (list[Step], State) -> int
    """Make the environment ready; the exit code of the step that failed, or 0."""
    if not steps:
        return 0
    anew = steps[0].name == "make"
    made = anew or stamp_of(state).made
    say(announcement(anew, state))
    write_stamp(state.venv, Stamp(made, holds=None))
    if anew:
        clear(state.venv)
    for step in steps:
        code = run(step.command, state, STDERR)
        if code:
            what = {"make": "make the environment", "install": "install agentkit"}[step.name]
            say("could not {}: put right what is said above and run the same command again".format(what))
            return code
    write_stamp(state.venv, Stamp(made, holds=state.wanted))
    return 0


def announcement(anew, state):
    # type: (bool, State) -> str
    inside = os.path.dirname(state.venv) == state.root
    name = os.path.basename(state.venv) if inside else state.venv
    if not anew:
        return "installing agentkit into {}, which is not up to date".format(name)
    if state.occupied:
        return "making {} anew for Python {} and installing agentkit".format(name, state.wanted["python"])
    return "making {} and installing agentkit (first time only)".format(name)


def write_stamp(venv, stamp):
    # type: (str, Stamp) -> None
    """Replace the stamp in one go: half a stamp would say nothing of whose environment it is."""
    path = os.path.join(venv, STAMP)
    os.makedirs(venv, exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp._asdict(), file, indent=2)
    os.replace(path + ".new", path)


def clear(venv):
    # type: (str) -> None
    """Empty the environment, but for the stamp that says it is ours to empty."""
    for name in os.listdir(venv):
        path = os.path.join(venv, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif name != STAMP:
            os.remove(path)


def perform(steps, state):
    # type: (list[Step], State) -> int
    """Run every step, whatever became of those before it."""
    if len(steps) == 1:
        return run(steps[0].command, state)
    failed = []
    for step in steps:
        say(step.name)
        if run(step.command, state):
            failed.append(step.name)
    say("failed: " + ", ".join(failed) if failed else "all passed")
    return 1 if failed else 0


def run(command, state, stdout=None):
    # type: (list[str], State, int | None) -> int
    """Run `command` in the checkout with the environment activated; its exit code, 128 + n for signal n."""
    child = subprocess.Popen(command, cwd=state.root, env=activated(state.venv), stdout=stdout)
    try:
        code = child.wait()
    except KeyboardInterrupt:
        # Ctrl-C reached the child as well: let it tidy up, so that it does not write over the next prompt.
        try:
            child.wait(SECONDS_TO_TIDY_UP)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            child.kill()
            child.wait()
        raise
    return 128 - code if code < 0 else code


def activated(venv):
    # type: (str) -> dict[str, str]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    environ["VIRTUAL_ENV"] = venv
    environ["PATH"] = os.path.dirname(tool(venv, "python")) + os.pathsep + environ.get("PATH", os.defpath)
    return environ


def say(line):
    # type: (str) -> None
    sys.stderr.write("dev.py: " + line + "\n")
    sys.stderr.flush()


def too_old(argv):
    # type: (list[str]) -> str
    needed = "{}.{}".format(*NEEDED)
    found = "{}.{}.{}".format(*sys.version_info[:3])
    command = " ".join(["py -" + needed if os.name == "nt" else "python" + needed, "dev.py"] + argv)
    return (
        "agentkit needs Python {0} or newer and this is {1}: run `{2}`; Python {0} comes from "
        "https://www.python.org/downloads, your package manager or `uv python install {0}`"
    ).format(needed, found, command)


def main(argv):
    # type: (list[str]) -> int
    if sys.version_info < NEEDED:
        say(too_old(argv))
        return 2
    if not argv or argv[0] in ("-h", "--help"):
        (sys.stdout if argv else sys.stderr).write(USAGE)
        return 0 if argv else 2
    try:
        state = look_around()
        missing, wanted = plan(argv, state)
        return prepare(missing, state) or perform(wanted, state)
    except Refused as refusal:
        say(str(refusal))
        return 2
    except OSError as error:
        say("{} (where the environment is broken, remove its folder and run this again)".format(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
