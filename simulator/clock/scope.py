"""Give the code under test virtual time and seeded chance, and leave everybody else theirs.

Names are rebound in the modules of the scope and nowhere else: pytest, logging, telemetry and certificates keep real
time. What is rebound are the globals of a module that *are* one of the real things (`time`, `monotonic`,
`datetime`, `uuid4`, ...). Not seen: copies kept elsewhere, such as a default argument (`def f(now=time.time)`), a
dataclass's `default_factory=time.time` or a class attribute, bound methods (`now = datetime.now`), and C code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from simulator.clock import outside, tasks
from simulator.clock.bindings import Globals, Search, names_of
from simulator.clock.chance import chance_modules
from simulator.clock.importhook import after_import
from simulator.clock.standin import replacements
from simulator.clock.timepatch import time_modules

if TYPE_CHECKING:
    from simulator.clock.loop import VirtualLoop

#: These keep real time whatever the scope says: they are what makes the virtual one.
_OURS = "simulator.clock"

_active: list[tuple[VirtualLoop, tuple[str, ...]]] = []
_search = Search()


@contextmanager
def virtual_time(loop: VirtualLoop, prefixes: Sequence[str]) -> Iterator[None]:
    """Until the block ends, `time`, `datetime`, `random`, `uuid`, `secrets` and `os.urandom` are the loop's.

    `prefixes` names packages and modules, each with all that is below it: the code under test and its SDKs. Modules of
    the scope that are imported inside the block are included as soon as they have been executed.

        with virtual_time(loop, prefixes=("my_agent", "acme_sdk")):
            ...

    Raises ValueError if `prefixes` is empty or a single string, RuntimeError if a part of the scope is already on
    another loop's time.
    """
    scope = _checked(loop, prefixes)
    rebinding = _Rebinding(loop)
    _active.append((loop, scope))
    try:
        rebinding.apply_to_all(_modules_within(scope))
        with after_import(lambda name: _within(name, scope), rebinding.apply):
            yield
    finally:
        _active.remove((loop, scope))
        rebinding.undo()


class _Rebinding:
    """What stands in for what, and where it was put."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._pairs: list[tuple[Any, Any]] = [
            (outside.real_sleep, outside.sleep),
            (tasks.stock_as_completed, tasks.as_completed),
        ]
        for stand_in in [*time_modules(loop), *chance_modules(loop)]:
            self._pairs += replacements(stand_in)
        self._by_id = {id(real): virtual for real, virtual in self._pairs}
        self._undo: list[tuple[dict[str, Any], str, Any, Any]] = []

    def apply_to_all(self, modules: Mapping[str, ModuleType]) -> None:
        for names, found in _search.find([real for real, _ in self._pairs], modules):
            self._rebind(names, found)

    def apply(self, module: ModuleType) -> None:
        names = getattr(module, "__dict__", {})
        self._rebind(names, names_of(self._by_id, names))

    def undo(self) -> None:
        for names, name, value, virtual in self._undo:
            if names.get(name) is virtual:
                names[name] = value

    def _rebind(self, names: Globals, found: Sequence[str]) -> None:
        for name in found:
            real = names[name]
            virtual = names[name] = self._by_id[id(real)]
            self._undo.append((names, name, real, virtual))


def _checked(loop: VirtualLoop, prefixes: Sequence[str]) -> tuple[str, ...]:
    if isinstance(prefixes, str) or not prefixes or not all(prefixes):
        raise ValueError(
            f"virtual_time(prefixes={prefixes!r}): expected the names of the packages under test, such as ('my_agent',)"
        )
    scope = tuple(prefixes)
    for other, names in _active:
        shared = [name for name in scope if _within(name, names)] + [
            name for name in names if _within(name, scope)
        ]
        if shared and other is not loop:
            raise RuntimeError(
                f"virtual_time: {shared[0]!r} is already on the time of another loop; end that block first, "
                "or run the two simulations one after the other"
            )
    return scope


def _modules_within(scope: tuple[str, ...]) -> dict[str, ModuleType]:
    # startswith() alone passes a few too many, but a thousand modules in no time
    near = [item for item in sys.modules.copy().items() if item[0].startswith(scope)]
    return {name: module for name, module in near if _within(name, scope)}


def _within(name: str, scope: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in scope) and not (
        name == _OURS or name.startswith(f"{_OURS}.")
    )
