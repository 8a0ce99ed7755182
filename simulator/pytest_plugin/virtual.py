"""Which tests run in virtual time, and what pytest-asyncio has to know about them.

A test does if it is marked ``virtual`` or uses our fixture ``call``. Every other test is left as it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from simulator.pytest_plugin import options

if TYPE_CHECKING:
    from simulator.scenario.playing.stage import Stage

    LoopFactories = Mapping[str, Callable[[], Any]]

CALL: pytest.StashKey[Stage] = pytest.StashKey()
"""The call of a test, once it has begun."""

FAILED: pytest.StashKey[bool] = pytest.StashKey()
"""Set once a test has failed."""

_CALL_FIXTURE = "simulator.pytest_plugin.call"
_GUARD_FIXTURE = "agentkit_no_task_left"


def is_possible(config: pytest.Config) -> bool:
    """Whether pytest-asyncio is there, and lets us choose the event loop of a test."""
    hook = getattr(config.hook, "pytest_asyncio_loop_factories", None)
    return hook is not None and hook.has_spec()


def what_is_missing() -> str:
    """What to say where virtual time is not possible."""
    from agentkit.core.extras import how_to_install

    return f"a test in virtual time needs pytest-asyncio 1.5 or later: {how_to_install('testing')}"


def is_virtual(item: object) -> bool:
    """Whether ``item`` is an ``async def`` test that runs in virtual time."""
    if not isinstance(item, pytest.Function) or not _is_async(item.obj):
        return False
    return item.get_closest_marker("virtual") is not None or uses_call(item)


def make_asyncio_test(item: object) -> None:
    """Spare a virtual test the marker that pytest-asyncio demands in its strict mode."""
    if not isinstance(item, pytest.Function) or not is_virtual(item) or not is_possible(item.config):
        return
    if item.get_closest_marker("asyncio") is None:
        item.add_marker(pytest.mark.asyncio)


def loop_factories(config: pytest.Config, item: pytest.Item, theirs: LoopFactories | None) -> LoopFactories:
    """The event loops to run ``item`` on. ``theirs`` are those that the project chose; ordinary tests keep them."""
    if not is_virtual(item):
        import asyncio

        return {"default": asyncio.new_event_loop} if theirs is None else theirs
    from simulator.clock import pytest_factory

    marker = item.get_closest_marker("virtual")
    args, chosen = (marker.args, dict(marker.kwargs)) if marker is not None else ((), {})
    if (seed := options.seed(config)) is not None:
        chosen.setdefault("seed", seed)
    item.add_marker(pytest.mark.virtual.with_args(*args, **chosen), append=False)
    return pytest_factory.loop_factories(config, item)


def guard(item: pytest.Item) -> None:
    """Have a virtual test fail for what it leaves behind, unless it shares its loop with others."""
    if not is_virtual(item) or not is_possible(item.config) or loop_scope(item) != "function":
        return
    assert isinstance(item, pytest.Function)
    if _GUARD_FIXTURE not in item.fixturenames:
        # Before all that is set up for this test alone, and so after all of that has been torn down.
        wider = [name for name in item.fixturenames if _scope(item, name) != "function"]
        item.fixturenames.insert(len(wider), _GUARD_FIXTURE)


def check(item: pytest.Item) -> None:
    """Fail a virtual test that cannot be one."""
    if isinstance(item, pytest.Function) and not _is_async(item.obj) and uses_call(item):
        pytest.fail(_not_async(item), pytrace=False)
    if not is_virtual(item):
        return
    if not is_possible(item.config):
        pytest.fail(what_is_missing(), pytrace=False)
    if uses_call(item) and (scope := loop_scope(item)) != "function":
        pytest.fail(
            f"the fixture `call` lives on an event loop of its own, but this test runs on that of its {scope}; "
            f'remove loop_scope="{scope}" (or asyncio_default_test_loop_scope from the configuration)',
            pytrace=False,
        )


def _not_async(item: pytest.Function) -> str:
    name = item.originalname
    parameters = ", ".join(inspect.signature(item.obj).parameters)
    return (
        f"{name} uses the fixture `call`, and a call goes on only while its test awaits; write\n"
        f"    async def {name}({parameters}):"
    )


def loop_scope(item: pytest.Item) -> str:
    """How far the event loop of ``item`` is shared: "function", "class", "module", "package" or "session"."""
    marker = item.get_closest_marker("asyncio")
    scope = marker.kwargs.get("loop_scope") or marker.kwargs.get("scope") if marker is not None else None
    return str(scope or item.config.getini("asyncio_default_test_loop_scope"))


def _is_async(function: Any) -> bool:
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    return inspect.iscoroutinefunction(inner)


def uses_call(item: pytest.Item) -> bool:
    """Whether the fixture ``call`` of ``item`` is ours, or is built on ours; other projects have one too."""
    for fixture in reversed(_fixtures(item, "call")):
        if fixture.func.__module__ == _CALL_FIXTURE:
            return True
        if "call" not in fixture.argnames:
            return False
    return False


def _scope(item: pytest.Item, name: str) -> str:
    fixtures = _fixtures(item, name)
    return fixtures[-1].scope if fixtures else "function"


def _fixtures(item: Any, name: str) -> Any:
    return item._fixtureinfo.name2fixturedefs.get(name, ())
