"""Text that arrives in numbered pieces, in any order."""

from __future__ import annotations


class Deltas:
    """Puts pieces together by their number, from 0 on.

    ``text`` is what is there without a gap; a piece that comes early waits for those before it, and one that comes
    twice counts once.
    """

    def __init__(self) -> None:
        self.text = ""
        self._next = 0
        self._early: dict[int, str] = {}

    def put(self, index: int, delta: str) -> bool:
        """Take in piece ``index``; True when ``text`` has grown. Raises `ValueError` for a negative index."""
        if index < 0:
            raise ValueError(f"pieces are numbered from 0, got {index}")
        if index < self._next or index in self._early:
            return False
        self._early[index] = delta
        before = self._next
        while self._next in self._early:
            self.text += self._early.pop(self._next)
            self._next += 1
        return self._next > before

    @property
    def missing(self) -> bool:
        """True while a later piece waits for an earlier one."""
        return bool(self._early)
