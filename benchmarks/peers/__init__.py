"""Other frameworks, measured beside this one: each in a process and an environment of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """A framework on the package index. `benchmarks.peers.<name>` measures it."""

    package: str
    version: str

    @property
    def name(self) -> str:
        """What its rows begin with."""
        return self.package.replace("-", "_")

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


PEERS = (Package("vision-agents", "0.6.9"),)
