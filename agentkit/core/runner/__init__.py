"""Running agents from the command line: one in this terminal, or many behind an HTTP API."""

from __future__ import annotations

from agentkit.core.runner.runner import Runner

__all__ = ["Runner"]
