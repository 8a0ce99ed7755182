"""Why there is no session."""

from __future__ import annotations


class LaunchRefused(RuntimeError):
    """No session was started. It may be tried again in ``retry_after_s`` seconds."""

    retry_after_s = 5


class SessionLimitExceeded(LaunchRefused):
    """There are as many sessions as may be: ``limit`` names the setting, ``most`` is its value."""

    def __init__(self, limit: str, most: int, where: str = "") -> None:
        super().__init__(f"{limit} is {most}, and there are that many sessions{where} already")
        self.limit = limit
        self.most = most


class LauncherNotReady(LaunchRefused):
    """The launcher has not been started, is warming up, or is stopping."""


class RegistryUnavailable(ConnectionError):
    """The registry that nodes share cannot be reached. Calls go on; none can be started or looked up."""
