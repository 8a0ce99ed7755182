"""What plays shares, as the sweep sees it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from simulator.sweep.gathered import Gathered
from simulator.sweep.play import Job, play
from simulator.sweep.shares import Share


class Played(NamedTuple):
    """A share has been played."""

    share: Share
    part: Gathered


class Lost(NamedTuple):
    """A share has not been played, because its process died; ``why`` completes "because ..."."""

    share: Share
    why: str


class Engine(Protocol):
    """Plays the shares of one job. Closed, it leaves nothing behind, whatever was still being played."""

    @property
    def workers(self) -> int:
        """How many shares can be played at the same time."""

    @property
    def has_room(self) -> bool:
        """Whether another share can be handed over now. An engine that plays nothing has room."""

    def submit(self, share: Share) -> None:
        """Play ``share``, when it is its turn."""

    def next(self) -> Played | Lost:
        """Wait until one of the shares handed over has been played, or lost."""

    def close(self) -> None:
        """Stop at once."""


class Here:
    """The engine that plays in this process, one run after the other."""

    workers = 1

    def __init__(self, job: Job) -> None:
        self._job = job
        self._share: Share | None = None

    @property
    def has_room(self) -> bool:
        return self._share is None

    def submit(self, share: Share) -> None:
        self._share = share

    def next(self) -> Played:
        share, self._share = self._share, None
        assert share is not None
        return Played(share, play(self._job, share))

    def close(self) -> None:
        self._share = None
