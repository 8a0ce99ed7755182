"""Choosing what plays the calls: this process, several, or a Ray cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.commands.bad_input import BadInput
from simulator.sweep.engine import Engine, Here
from simulator.sweep.play import Job

PROCESSES, RAY = "processes", "ray"


@dataclass(frozen=True)
class EngineOptions:
    """What shall play the calls. None for ``jobs`` is one process, or with Ray all there are.

    ``address`` is that of a Ray cluster; without it, one is started on this computer and ended afterwards.
    """

    kind: str = PROCESSES
    jobs: int | None = None
    address: str | None = None


ONE_PROCESS = EngineOptions()


@contextlib.contextmanager
def engine_for(job: Job, options: EngineOptions) -> Iterator[Engine]:
    """The engine that was asked for, until the block ends. Raises `BadInput` when it cannot be had."""
    with contextlib.closing(_opened(job, options)) as engine:
        yield engine


def _opened(job: Job, options: EngineOptions) -> Engine:
    if options.kind == RAY:
        from simulator.sweep.cluster import CannotUseRay, RayCluster

        try:
            return RayCluster(job, options.address, options.jobs)
        except CannotUseRay as error:
            raise BadInput(str(error)) from None
    if options.jobs is None or options.jobs == 1:
        return Here(job)
    from simulator.sweep.processes import Processes

    return Processes(job, options.jobs)
