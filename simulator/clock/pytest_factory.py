"""Event loops for pytest-asyncio: a test marked `virtual` gets a VirtualLoop, every other one a real loop.

For the hook `pytest_asyncio_loop_factories` of pytest-asyncio 1.5, whose implementation passes its arguments on.
"""

from __future__ import annotations

import asyncio
import difflib
import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from simulator.clock.loop import VirtualLoop

if TYPE_CHECKING:
    LoopFactory = Callable[[], asyncio.AbstractEventLoop]

MARKER = "virtual(**options): run the test on a VirtualLoop; the options are those of VirtualLoop"


def loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, LoopFactory]:
    """The loop for `item`, by the name under which `@pytest.mark.asyncio(loop_factories=[...])` selects it.

    Tests with equal options share one factory *object*: pytest-asyncio gives tests of a wider loop scope one loop only
    if their factory is the same. Options that VirtualLoop does not have fail the collection.
    """
    marker = item.get_closest_marker("virtual")
    if marker is None:
        return {"real": asyncio.new_event_loop}
    try:
        return {"virtual": _factory(_checked(item, marker))}
    except TypeError as error:
        pytest.fail(f"{item.nodeid}: @pytest.mark.virtual: {error}; options must be hashable", pytrace=False)


def _checked(item: pytest.Item, marker: pytest.Mark) -> tuple[tuple[str, Any], ...]:
    known = list(inspect.signature(VirtualLoop).parameters)
    if marker.args:
        pytest.fail(
            f"{item.nodeid}: @pytest.mark.virtual takes options by name: {', '.join(known)}", pytrace=False
        )
    for name in marker.kwargs:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else f"expected one of {', '.join(known)}"
            pytest.fail(f"{item.nodeid}: @pytest.mark.virtual has no option {name!r}; {hint}", pytrace=False)
    return tuple(sorted(marker.kwargs.items()))


@functools.cache
def _factory(options: tuple[tuple[str, Any], ...]) -> LoopFactory:
    return functools.partial(VirtualLoop, **dict(options))
