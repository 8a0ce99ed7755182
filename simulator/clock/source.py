"""What `agentkit.core.clock` answers with while a simulation runs: virtual time, counted ids, seeded chance."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

NS = 1_000_000_000


class Chance:
    """The ids and random numbers of a simulation, or of one executor job in it.

    A job has streams of its own, numbered by the order in which jobs are submitted: jobs that run in parallel threads
    would otherwise take each other's numbers.
    """

    def __init__(self, seed: int, job: int = 0) -> None:
        self._seed = seed
        self._job = job
        self._ids = 0
        self._streams: dict[str, random.Random] = {}

    def new_id(self) -> str:
        # The count stands at both ends, because people shorten ids by cutting off either.
        self._ids += 1
        return f"{self._ids:08x}-0000-4000-8000-{self._job:04x}{self._ids:08x}"

    def rng(self, name: str) -> random.Random:
        stream = self._streams.get(name)
        if stream is None:
            # Not hash(): it differs from process to process.
            words = f"{self._seed}\0{self._job}\0{name}"
            seed = int.from_bytes(hashlib.sha256(words.encode()).digest(), "big")
            stream = self._streams[name] = random.Random(seed)
        return stream


class VirtualClock:
    """The `agentkit.core.clock.Clock` of a simulation.

    `monotonic_ns` tells the time. `chance_of_job` gives the ids and chance of the executor job in which it is asked,
    None outside of jobs, where they come from `seed`.
    """

    def __init__(
        self,
        *,
        seed: int,
        monotonic_ns: Callable[[], int],
        wall_offset_ns: int,
        chance_of_job: Callable[[], Chance | None] = lambda: None,
    ) -> None:
        self._chance = Chance(seed)
        self._chance_of_job = chance_of_job
        self._monotonic_ns = monotonic_ns
        self._wall_offset_ns = wall_offset_ns

    def now(self) -> float:
        return (self._wall_offset_ns + self._monotonic_ns()) / NS

    def now_ns(self) -> int:
        """Wall time in nanoseconds since 1970-01-01T00:00Z."""
        return self._wall_offset_ns + self._monotonic_ns()

    def monotonic(self) -> float:
        return self._monotonic_ns() / NS

    def new_id(self) -> str:
        return (self._chance_of_job() or self._chance).new_id()

    def rng(self, name: str) -> random.Random:
        return (self._chance_of_job() or self._chance).rng(name)
