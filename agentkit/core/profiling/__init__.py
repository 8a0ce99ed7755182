"""Profiling an agent."""

from agentkit.core.profiling.profiler import Profiler

__all__ = ["Profiler"]
