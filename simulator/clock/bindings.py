"""Where certain things are bound: the names that stand for them in the globals of modules."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, NamedTuple

Globals = dict[str, Any]


def names_of(wanted: Mapping[int, object], names: Globals) -> tuple[str, ...]:
    """The names that are bound to one of ``wanted``, which are given by `id`. Dunder names are not told."""
    return tuple(
        name for name, value in list(names.items()) if id(value) in wanted and not name.startswith("__")
    )


class Search:
    """Looks through many modules again and again, and only into those that have changed.

    A module has not if every global is the very object that it was. To compare that takes a quarter of the time that
    looking takes, and an SDK has tens of thousands of globals. What the latest search saw is kept until the next.
    """

    def __init__(self) -> None:
        self._latest: tuple[tuple[object, ...], dict[str, _Look]] = ((), {})

    def find(
        self, wanted: Sequence[object], modules: Mapping[str, ModuleType]
    ) -> list[tuple[Globals, tuple[str, ...]]]:
        """The globals of each module that has names for any of ``wanted``, with these names."""
        wanted_before, before = self._latest
        if not _same(wanted, wanted_before):
            before = {}
        by_id = {id(thing): thing for thing in wanted}
        looks: dict[str, _Look] = {}
        for module_name, module in modules.items():
            names = getattr(module, "__dict__", {})
            look = before.get(module_name)
            if look is None or look.names is not names or not _same(names.values(), look.values):
                look = _Look(names, tuple(names.values()), names_of(by_id, names))
            looks[module_name] = look
        self._latest = (tuple(wanted), looks)  # at once: another simulation may be looking in its thread
        return [(look.names, look.found) for look in looks.values() if look.found]


class _Look(NamedTuple):
    """What the globals of a module were, and which of them were wanted."""

    names: Globals
    values: tuple[object, ...]
    found: tuple[str, ...]


def _same(these: Any, those: Sequence[object]) -> bool:
    """Whether both hold the same objects in the same order."""
    return len(these) == len(those) and all(map(operator.is_, these, those))
