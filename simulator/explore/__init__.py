"""Exploration: looking for the times and the chance with which a call goes wrong, and for the smallest that do."""

from __future__ import annotations

from simulator.explore.given import between, given_timings

__all__ = ["between", "given_timings"]
