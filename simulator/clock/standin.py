"""A module in place of another."""

from __future__ import annotations

from types import ModuleType
from typing import Any


class StandIn(ModuleType):
    """Passes for `real`: what it does not define itself, it takes from there."""

    def __init__(self, real: ModuleType, **own: Any) -> None:
        super().__init__(real.__name__, real.__doc__)
        self.__dict__.update(own, __real__=real, __own__=own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["__real__"], name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self.__dict__["__real__"])})


def replacements(stand_in: StandIn) -> list[tuple[Any, Any]]:
    """Each real thing that the stand-in has an own version of, itself first, with that version."""
    real, own = stand_in.__dict__["__real__"], stand_in.__dict__["__own__"]
    return [(real, stand_in), *((getattr(real, name), version) for name, version in own.items())]
