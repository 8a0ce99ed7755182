"""What all verbs have in common that are written in Python."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Coroutine
from inspect import isfunction
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from simulator.scenario.model.problems import suggestion
from simulator.scenario.verbs.done_at_once import DoneAtOnce
from simulator.scenario.verbs.keywords import Keywords

if TYPE_CHECKING:
    from simulator.scenario.verbs.window import Window

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test

Who = TypeVar("Who", bound="Verbs")
Given = ParamSpec("Given")
Result = TypeVar("Result")


class Verbs(DoneAtOnce):
    """Somebody with verbs. Who asks for one that they do not have is told the nearest."""

    _who = ""
    """Whose verbs these are, as messages have it."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def __init_subclass__(cls) -> None:
        for name, verb in list(vars(cls).items()):
            if isfunction(verb) and not name.startswith("_") and not hasattr(verb, "__wrapped__"):
                setattr(cls, name, _told_what_it_lacks(verb))

    if not TYPE_CHECKING:  # else any name would pass for a verb

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            known = [verb for verb in (*dir(self), *self._elsewhere()) if not verb.startswith("_")]
            told = f"{self._who} has no {name!r}; {suggestion(name, known, 'there are')}"
            raise AttributeError(told, obj=self)  # without a name, or Python adds a suggestion of its own

    def _elsewhere(self) -> list[str]:
        """Verbs of somebody else who is known here, and might be meant."""
        return []


def takes_time(
    verb: Callable[Concatenate[Who, Given], Coroutine[Any, Any, Result]],
) -> Callable[Concatenate[Who, Given], Coroutine[Any, Any, Result]]:
    """A verb that has to be awaited: the call keeps in mind that it was begun, and where."""

    known = Keywords(verb)

    @functools.wraps(verb)
    def begun(self: Who, /, *args: Given.args, **options: Given.kwargs) -> Coroutine[Any, Any, Result]:
        known.check(args, options)
        doing = verb(self, *args, **options)
        given = (*args, *options.values())
        self._window.unawaited.note(doing, verb.__name__, given, sys._getframe(1))
        return doing

    return begun


def _told_what_it_lacks(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The same verb; whoever gives it what it does not have is told what it has."""
    known = Keywords(verb)

    @functools.wraps(verb)
    def done(self: Verbs, /, *args: Any, **options: Any) -> Any:
        known.check(args, options)
        return verb(self, *args, **options)

    return done
