"""The engine that plays on a Ray cluster. Needs the extra ``ray``."""

from __future__ import annotations

import logging
import os
import socket
from typing import Any
from urllib.parse import urlsplit

from agentkit.core.extras import how_to_install
from simulator.sweep.engine import Lost, Played
from simulator.sweep.gathered import Gathered
from simulator.sweep.play import Job, play
from simulator.sweep.shares import Share

AHEAD = 2
"""Shares handed over for each processor: one that is played, and one that begins as soon as it has been."""

REACHABLE_S = 5.0
"""Seconds within which a cluster has to take a connection."""


class CannotUseRay(Exception):
    """Ray is not installed, or the cluster cannot be reached; the message says what to do."""


class RayCluster:
    """Plays ``job`` on the cluster at ``address``, or on one of its own on this computer.

    At most ``most`` processors are used, if it is not None. Every node needs the project, and what it imports, at the
    path from which the command was given. Raises `CannotUseRay`.
    """

    def __init__(self, job: Job, address: str | None, most: int | None) -> None:
        self._ray = _connected(address, most)
        self._most = most
        # Never tried again by Ray: a loss is ours to judge, and to tell of.
        self._task = self._ray.remote(max_retries=0, num_cpus=1)(_play)
        self._job = self._ray.put(job)
        self._folder = os.getcwd()
        self._playing: dict[Any, Share] = {}

    @property
    def workers(self) -> int:
        """Processors that the cluster has now: nodes come and go."""
        found = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        return found if self._most is None else min(found, self._most)

    @property
    def has_room(self) -> bool:
        ahead = AHEAD if self._most is None else 1
        return not self._playing or len(self._playing) < self.workers * ahead

    def submit(self, share: Share) -> None:
        self._playing[self._task.remote(self._folder, self._job, share)] = share

    def next(self) -> Played | Lost:
        [done], _ = self._ray.wait(list(self._playing), num_returns=1)
        share = self._playing.pop(done)
        try:
            return Played(share, self._ray.get(done))
        except self._ray.exceptions.RayError as error:
            return Lost(share, _told(error))

    def close(self) -> None:
        for playing in self._playing:
            self._ray.cancel(playing, force=True)
        self._playing.clear()
        self._ray.shutdown()


def _connected(address: str | None, most: int | None) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ModuleNotFoundError:
        raise CannotUseRay(f"--engine ray needs Ray: {how_to_install('ray')}") from None
    if address is not None:
        _check_reachable(address)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address is None:
            ray.init(address="local", num_cpus=most, include_dashboard=False, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, ValueError, RuntimeError) as error:
        where = f"the cluster at {address}" if address is not None else "a cluster on this computer"
        first = str(error).partition("\n")[0]
        raise CannotUseRay(f"--engine ray: cannot use {where}: {first}") from None
    return ray


def _check_reachable(address: str) -> None:
    """Ask before Ray does, which tries for minutes."""
    found = urlsplit(address if "://" in address else f"//{address}")
    try:
        with socket.create_connection((found.hostname or "", found.port or 0), REACHABLE_S):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        advice = "give the HOST:PORT that `ray start --head` told"
        raise CannotUseRay(f"--engine ray: cannot use the cluster at {address}: {reason}; {advice}") from None


def _play(folder: str, job: Job, share: Share) -> Gathered:
    """What a worker of the cluster does: the same as a process of this computer would, in the same folder."""
    os.chdir(folder)
    return play(job, share)


def _told(error: Exception) -> str:
    """The first line of what Ray says, which goes on for a page."""
    cause = getattr(error, "cause", None)
    if cause is not None:
        return f"of {type(cause).__name__}: {cause}"
    first = str(error).strip().partition("\n")[0].rstrip(".")
    return f"Ray says: {first}" if first else f"of {type(error).__name__}"
