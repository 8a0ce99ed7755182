"""A real Redis for tests: from Debian's package, on a socket of its own."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.debian import program

PACKAGE = "redis-server"


class RedisServer:
    """A server that can be stopped and started again; it keeps nothing."""

    def __init__(self, binary: str, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self._command = [
            binary,
            "--port",
            "0",
            "--unixsocket",
            str(self._socket),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._command += ["--notify-keyspace-events", "KEA", "--dir", str(folder)]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where it can be reached."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Return when it accepts connections."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "ready to accept connections" in line.lower():
                return
        raise RuntimeError(f"{PACKAGE} did not start:\n{''.join(said)}")

    def stop(self) -> None:
        """Return when it is gone. Stopping it again does nothing."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A running server; skips the test, saying what is missing, where there can be none."""
    pytest.importorskip("redis", reason="the redis package is not installed: pip install 'agentkit[redis]'")
    binary = program(PACKAGE)
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:  # a socket's path must be short
        server = RedisServer(binary, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
