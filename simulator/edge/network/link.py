"""One way between a person and the agent, from where sound is sent to where it is played."""

from __future__ import annotations

from collections import deque

from simulator.edge.grid import FRAME_NS
from simulator.edge.network.concealment import concealed
from simulator.edge.network.conditions import Conditions
from simulator.edge.network.path import Path
from simulator.media.frames import SILENCE, Samples

Played = tuple[Samples, bool, bool]
"""A frame as it is played, whether it is known to be silence, and whether it is a gap that was filled."""

_NOTHING: Played = (SILENCE, True, False)
_MISSING: Played = (SILENCE, True, True)


class Link:
    """A `Path`, and at its end a receiver with a jitter buffer.

    The receiver plays every frame ``lag`` frames of 20 ms after it was sent, in the order in which they were sent and
    each once. Whatever has not arrived by then is missing, and concealed. It found its pace before the call, and
    neither stretches nor skips sound.
    """

    def __init__(self, conditions: Conditions, name: str) -> None:
        """``name`` is that of its streams of chance, such as ``network:alice:up``."""
        self.lag = conditions.lag
        self._lag_ns = self.lag * FRAME_NS
        self._path = Path(conditions, name)
        self._sent = self._late = self._concealed = 0
        self.clear()

    def clear(self) -> None:
        """Forget what is on its way."""
        self._waiting: deque[Played | None] = deque([None] * self.lag)
        self._last = _NOTHING
        self._gap = 0

    def carry(self, now_ns: int, samples: Samples | None, silent: bool, cut: bool = False) -> Played | None:
        """Send the next frame (None: nothing is sent), and return the one that is played now, if one was sent.

        Call it every 20 ms. While the connection is ``cut`` everything that is sent is lost.
        """
        waiting = self._waiting
        if samples is None:
            waiting.append(None)
        else:
            self._sent += 1
            arrivals = self._path.send(now_ns, cut)
            if arrivals and arrivals[0] <= now_ns + self._lag_ns:
                waiting.append((samples, silent, False))
            else:
                self._late += len(arrivals) > 0
                waiting.append(_MISSING)
        due = waiting.popleft()
        if due is _MISSING:
            return self._conceal()
        if due is not None:
            self._last, self._gap = due, 0
        return due

    @property
    def counts(self) -> dict[str, int]:
        """How many packets were sent and what became of them, as a JSON object; for most of it see `Path`.

        Of the frames that were played, ``concealed`` were missing: their packets had not arrived, or came ``late``.
        """
        path = self._path
        return {
            "sent": self._sent,
            "lost": path.lost,
            "cut": path.cut,
            "dropped": path.dropped,
            "late": self._late,
            "concealed": self._concealed,
            "doubled": path.doubled,
            "reordered": path.reordered,
        }

    def _conceal(self) -> Played:
        self._concealed += 1
        missing, self._gap = self._gap, self._gap + 1
        samples, silent, _ = self._last
        filled = None if silent else concealed(samples, missing)
        return _MISSING if filled is None else (filled, False, True)
