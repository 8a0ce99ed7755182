"""A throw-away environment with one package of one version in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.peers import Package


class PeerUnavailableError(Exception):
    """Another framework cannot be measured; the message says in one line what kept it."""


def cache_folder() -> Path:
    """Where environments are kept unless a folder is named: as the XDG base directories have it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentkit-benchmarks"


def python_with(package: Package, folder: Path) -> Path:
    """The interpreter of an environment below ``folder`` that has ``package``; made if it is not there yet.

    Raises `PeerUnavailableError` when it cannot be made, and leaves nothing half made.
    """
    place = folder / f"{package.name}-{package.version}-py{sys.version_info.major}.{sys.version_info.minor}"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = place / "complete"
    if complete.exists() and python.exists():
        return python
    shutil.rmtree(place, ignore_errors=True)
    try:
        _run([sys.executable, "-m", "venv", str(place)])
        _run([str(python), "-m", "pip", "install", "--quiet", f"{package.package}=={package.version}"])
        complete.touch()
    except (OSError, PeerUnavailableError) as error:
        shutil.rmtree(place, ignore_errors=True)
        raise PeerUnavailableError(f"{package} could not be installed in {place}: {error}") from error
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        told = last_line(done.stderr or done.stdout)
        raise PeerUnavailableError(told or f"{command[0]} ended with {done.returncode}")


def last_line(text: str) -> str:
    """The last line that says something: of a traceback or of pip's output, what went wrong."""
    lines = [line.strip() for line in text.splitlines()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return next((line for line in reversed(errors or lines) if line), "")
