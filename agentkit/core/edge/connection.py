"""The agent's presence in one call."""

from __future__ import annotations

import abc


class Connection(abc.ABC):
    """An active session of the agent in a call."""

    @abc.abstractmethod
    async def close(self) -> None:
        """Leave the call and release what the session holds. Calling it again does nothing."""

    @abc.abstractmethod
    async def wait_for_participant(self, timeout: float | None = None) -> None:
        """Return when someone besides the agent is in the call.

        Raises `TimeoutError` when nobody came within ``timeout`` seconds.
        """

    @abc.abstractmethod
    def idle_since(self) -> float:
        """When the last participant left, on the clock of ``loop.time()``; 0.0 while someone is here."""
