"""How playing a script can go wrong."""

from __future__ import annotations


class StepFailed(AssertionError):
    """What a step expected did not happen. ``at_ns`` is when that was certain, ``since_ns`` where its window opened.

    ``came_ns`` is when it happened all the same, too late.
    """

    def __init__(self, message: str, *, at_ns: int, since_ns: int = 0, came_ns: int | None = None) -> None:
        super().__init__(message)
        self.at_ns = at_ns
        self.came_ns = came_ns
        self.since_ns = since_ns


class UsageError(ValueError):
    """A script cannot be played as asked; the message says what to change."""
