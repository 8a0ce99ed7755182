"""Edges by a second name: ``from agentkit.edge import getstream`` is ``from agentkit.plugins import getstream``."""

from __future__ import annotations

import importlib
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    if name.startswith("__"):  # import itself asks for those
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return importlib.import_module(f"agentkit.plugins.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"agentkit.plugins.{name}":
            raise
        raise AttributeError(
            f"there is no edge {name!r}: expected a plugin agentkit.plugins.{name}; is it installed?"
        ) from None
