"""`@given_timings`: a test of a call, with times that Hypothesis draws and shrinks.

@given_timings(pause=between("500ms", "2s"))
async def test_a_caller_may_interrupt_at_any_time(call, pause):
    alice = await call.join("alice")
    ...
    await call.wait(pause)
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.explore.calls import WANTS_CALL, example_calls, wants_call
from simulator.explore.grid import seeds, times
from simulator.scenario.model.failure import UsageError
from simulator.scenario.model.problems import suggestion
from simulator.scenario.model.quantities import Duration
from simulator.scenario.verbs.arguments import Time, duration_of, found

__tracebackhide__ = True  # of a wrong argument, pytest shows the line of the test

AsyncTest = Callable[..., Awaitable[None]]

SEED = "call_seed"
"""The name under which Hypothesis reports the seed of a call."""


def between(lo: Time, hi: Time) -> st.SearchStrategy[float]:
    """Times from ``lo`` to ``hi``, written like ``"500ms"`` or in seconds, on a grid of 1 ms, as seconds.

    They shrink towards ``lo``. Raises `UsageError` for what is not a time, and for a range that runs backwards.
    """
    first, last = duration_of("lo", lo), duration_of("hi", hi)
    if first > last:
        raise UsageError(f"between({lo!r}, {hi!r}) runs backwards: write between({hi!r}, {lo!r})")
    return times(first, last).map(_seconds)


def given_timings(
    how: settings | None = None, /, **timings: st.SearchStrategy[float]
) -> Callable[[AsyncTest], Any]:
    """Run an ``async def`` test again and again in virtual time, each time with other ``timings`` and another seed.

    Every example has a loop, and if the test asks for it a ``call``, of its own; other fixtures are shared by all
    examples, as they are with Hypothesis. ``how`` are Hypothesis' settings, such as ``settings(max_examples=30)``; a
    deadline is never among them, for it would be one of real time. The seed is drawn as ``call_seed``, unless
    ``@pytest.mark.virtual(seed=...)`` or ``--agentkit-seed`` gives one.
    """
    if how is not None and not isinstance(how, settings):
        raise TypeError(
            f'given_timings({found(how)}): expected @given_timings(pause=between("500ms", "2s")) above the test, with '
            "settings(...) before the times if there are to be any"
        )
    for name, strategy in timings.items():
        if not isinstance(strategy, st.SearchStrategy):
            raise TypeError(f'given_timings({name}={strategy!r}): expected {name}=between("500ms", "2s")')

    def decorate(test: AsyncTest) -> Any:
        import pytest  # only here: `agentkit explore` does without

        if not inspect.iscoroutinefunction(test):
            raise TypeError(f"@given_timings is for an `async def` test, and {test.__name__} is none")
        _check_names(test, timings)
        explored = given(**timings, **{SEED: seeds()})(_one_example(test))
        explored = settings(how or settings(), deadline=None)(explored)
        vars(explored)[WANTS_CALL] = wants_call(test)
        return pytest.mark.usefixtures("agentkit_example_calls")(explored)

    return decorate


def _check_names(test: AsyncTest, timings: Iterable[str]) -> None:
    parameters = list(inspect.signature(test).parameters)
    for name in timings:
        if name not in parameters:
            hint = suggestion(name, [parameter for parameter in parameters if parameter != "call"], "it has")
            raise TypeError(
                f"@given_timings draws {name!r}, but {test.__name__}({', '.join(parameters)}) has no such parameter"
                + (f"; {hint}" if hint else f"; add it: {test.__name__}({', '.join([*parameters, name])})")
            )


def _one_example(test: AsyncTest) -> Callable[..., None]:
    """``test`` as a plain function that brings the loop and the call of one example with it."""
    written = inspect.signature(test).parameters.values()
    kept = [parameter for parameter in written if parameter.name != "call"]
    signature = inspect.Signature([*kept, inspect.Parameter(SEED, inspect.Parameter.KEYWORD_ONLY)])

    @functools.wraps(test)
    def example(*args: Any, **options: Any) -> None:
        given = signature.bind(*args, **options).arguments
        seed = given.pop(SEED)
        if wants_call(test):
            example_calls().run(seed, lambda call: test(**given, call=call))
        else:
            example_calls().run_without_call(seed, lambda: test(**given))

    del example.__wrapped__  # or pytest would look through it, at an async function
    vars(example)["__signature__"] = signature
    return example


def _seconds(time: Duration) -> float:
    return time.seconds
