"""Another framework at work in a process of its own, which measures one round whenever it is asked to."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np

from benchmarks.peers import Package
from benchmarks.peers.environment import PeerUnavailableError, last_line, python_with
from benchmarks.sounds import Sounds

ROOT = Path(__file__).parents[2]


@contextmanager
def at_work(package: Package, folder: Path, sounds: Sounds) -> Iterator[Peer]:
    """Install ``package`` below ``folder`` if need be, and have its module wait in a process until the block ends.

    The module gets the sounds as two files of NumPy arrays. For every line that it reads it measures one round and
    writes its figures, in microseconds, as a line of JSON. Raises `PeerUnavailableError`.
    """
    python = python_with(package, folder)
    with tempfile.TemporaryDirectory() as name:
        files = Path(name)
        np.save(files / "frames.npy", np.stack(sounds.frames))
        np.save(files / "pieces.npy", np.stack(sounds.pieces))
        command = [str(python), "-m", f"benchmarks.peers.{package.name}", str(files)]
        with (
            (files / "errors.txt").open("w+") as errors,
            subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process,
        ):
            try:
                yield Peer(package, process, errors)
            except BaseException:
                process.kill()
                raise


class Peer:
    """A framework that is ready to be measured."""

    def __init__(self, package: Package, process: subprocess.Popen[str], errors: TextIO) -> None:
        self.package = package
        self._process = process
        self._errors = errors

    def measure(self) -> dict[str, float]:
        """Measure one round. Raises `PeerUnavailableError` when the process ends instead."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write("measure\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self._process.wait()
            self._errors.seek(0)
            why = last_line(self._errors.read()) or f"its process ended with {self._process.returncode}"
            raise PeerUnavailableError(f"{self.package} could not be measured: {why}")
        figures: dict[str, float] = json.loads(line)
        return figures
