"""The calls of a test that has many: one for each example that Hypothesis tries."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.clock import run

if TYPE_CHECKING:
    from simulator.scenario.playing.call_stage import CallStage
    from simulator.scenario.playing.stage import Stage

WANTS_CALL = "agentkit_wants_call"
"""The attribute of an explored test that says whether it asks for a ``call``."""


def wants_call(test: Callable[..., Any]) -> bool:
    """Whether a test has a parameter ``call``."""
    return "call" in inspect.signature(test).parameters


@dataclass(frozen=True)
class ExampleCalls:
    """Makes a call and a virtual loop for each example of one test.

    ``stage`` makes a call, ``begun`` is told of it, ``options`` are those of the loop. A seed among them is kept.
    """

    stage: Callable[[], CallStage]
    begun: Callable[[Stage], None]
    options: Mapping[str, Any]

    def run(self, seed: int, example: Callable[[Stage], Awaitable[None]]) -> None:
        """Play one example in a call of its own."""

        async def play() -> None:
            async with self.stage() as call:
                self.begun(call)
                await example(call)

        run(play(), **{"seed": seed, **self.options})

    def run_without_call(self, seed: int, example: Callable[[], Awaitable[None]]) -> None:
        """Play one example that needs virtual time only."""

        async def play() -> None:
            await example()

        run(play(), **{"seed": seed, **self.options})

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Let `example_calls` return these."""
        token = _in_use.set(self)
        try:
            yield
        finally:
            _in_use.reset(token)


_in_use: ContextVar[ExampleCalls] = ContextVar("agentkit_example_calls")


def example_calls() -> ExampleCalls:
    """The calls of the test that runs."""
    try:
        return _in_use.get()
    except LookupError:
        raise RuntimeError(
            "a test with @given_timings is run by pytest, which knows its agent; to explore outside of it, use "
            "`agentkit explore`"
        ) from None
