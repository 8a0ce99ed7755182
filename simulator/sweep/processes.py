"""The engine that plays in several processes of this computer."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import warnings
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, cast

from simulator.sweep.engine import Lost, Played
from simulator.sweep.play import Job, play
from simulator.sweep.shares import Share

START_METHOD = "fork" if sys.platform == "linux" else "spawn"
"""A forked worker begins at once, with everything imported; a spawned one takes a second of processor time for it.
This process has no thread of its own that a fork could harm. Elsewhere, system libraries have."""


class _Worker:
    """A process that plays the shares it is sent, one after the other, until its pipe is closed."""

    def __init__(self, job: Job) -> None:
        context: Any = multiprocessing.get_context(START_METHOD)
        self.connection, theirs = context.Pipe()
        inherited = self.connection if START_METHOD == "fork" else None
        self.process: BaseProcess = context.Process(
            target=_work, args=(theirs, inherited, job, sys.stdout is sys.stderr), daemon=True
        )
        with _no_interruption(), warnings.catch_warnings():
            # Python counts the threads of numerical libraries, which know how to be forked.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        theirs.close()
        self.share: Share | None = None

    def end(self) -> int | None:
        """End it, if it has not ended; returns its exit code."""
        self.connection.close()
        self.process.kill()
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        return code


class Processes:
    """Plays ``job`` in as many as ``workers`` processes. One that dies is replaced."""

    def __init__(self, job: Job, workers: int) -> None:
        self.workers = workers
        self._job = job
        self._started: list[_Worker] = []

    @property
    def has_room(self) -> bool:
        return sum(worker.share is not None for worker in self._started) < self.workers

    def submit(self, share: Share) -> None:
        for worker in [worker for worker in self._started if worker.share is None]:
            try:
                worker.connection.send(share)
            except OSError:  # it has died with nothing to do
                self._end(worker)
            else:
                worker.share = share
                return
        worker = _Worker(self._job)
        self._started.append(worker)
        worker.share = share
        with contextlib.suppress(OSError):  # one that is dead already is found out by `next`
            worker.connection.send(share)

    def next(self) -> Played | Lost:
        busy = {worker.connection: worker for worker in self._started if worker.share is not None}
        ready = wait(list(busy))
        worker = busy[cast(Connection, ready[0])]
        share, worker.share = worker.share, None
        assert share is not None
        try:
            return Played(share, worker.connection.recv())
        except (EOFError, OSError):
            worker.process.join()
            return Lost(share, _told(self._end(worker)))

    def close(self) -> None:
        for worker in list(self._started):
            self._end(worker)

    def _end(self, worker: _Worker) -> int | None:
        self._started.remove(worker)
        return worker.end()


def _work(connection: Connection, inherited: Connection | None, job: Job, printed_to_stderr: bool) -> None:
    """What a worker does. Ctrl-C is for the process that started it, which then ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if inherited is not None:
        inherited.close()  # else its own copy of the other end would keep the pipe open for ever
    if printed_to_stderr:
        sys.stdout = sys.stderr
    with contextlib.suppress(EOFError, ConnectionError):  # the process that wants the results is gone
        while True:
            share = connection.recv()
            connection.send(play(job, share))


def _told(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        try:
            name = signal.Signals(-exit_code).name
        except ValueError:
            name = f"signal {-exit_code}"
        return f"it was ended by {name}"
    return f"it exited with status {exit_code}"


@contextlib.contextmanager
def _no_interruption() -> Iterator[None]:
    """Hold Ctrl-C back: a worker that is just beginning does not ignore it yet."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
