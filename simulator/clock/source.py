"""What `agentkit.core.clock` answers with while a simulation runs: virtual time, counted ids, seeded chance."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

NS = 1_000_000_000


def stream_seed(seed: int, *names: object) -> int:
    """A 256-bit seed for the stream `names` of the run `seed`, the same on every host and hash seed."""
    words = "\0".join(str(word) for word in (seed, *names))
    return int.from_bytes(hashlib.sha256(words.encode()).digest(), "big")


class VirtualClock:
    """The clock of one simulation, or of one executor job in it.

    A job draws ids and chance from streams of its own, numbered by the order in which jobs were submitted, so that
    jobs that run in parallel threads cannot take each other's numbers.
    """

    def __init__(
        self,
        *,
        seed: int,
        monotonic_ns: Callable[[], int],
        wall_offset_ns: int,
        job: int = 0,
    ) -> None:
        self.seed = seed
        self.job = job
        self.monotonic_ns = monotonic_ns
        self._wall_offset_ns = wall_offset_ns
        self._ids = 0
        self._streams: dict[str, random.Random] = {}

    def for_job(self, number: int, monotonic_ns: Callable[[], int]) -> VirtualClock:
        """The clock that the executor job `number` sees."""
        return VirtualClock(
            seed=self.seed, monotonic_ns=monotonic_ns, wall_offset_ns=self._wall_offset_ns, job=number
        )

    def now(self) -> float:
        return self.wall_ns() / NS

    def wall_ns(self) -> int:
        """Wall time in nanoseconds since 1970-01-01T00:00Z."""
        return self._wall_offset_ns + self.monotonic_ns()

    def monotonic(self) -> float:
        return self.monotonic_ns() / NS

    def new_id(self) -> str:
        # The count stands at both ends, because people shorten ids by cutting either.
        self._ids += 1
        return f"{self._ids:08x}-0000-4000-8000-{self.job:04x}{self._ids:08x}"

    def rng(self, name: str) -> random.Random:
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = random.Random(stream_seed(self.seed, self.job, name))
        return stream
