"""Arguments that a verb does not have, and which of its own is likely to be meant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from inspect import Parameter, signature
from typing import Any

from simulator.scenario.model.globs import Glob
from simulator.scenario.model.problems import listed, nearest
from simulator.scenario.verbs.arguments import found

__tracebackhide__ = True  # of what is refused, pytest shows the line of the test

TIMES = ("for_", "within", "by", "after", "seconds", "timeout", "duration")
"""What a length of time is called by verbs, and by those who do not look it up."""


class Keywords:
    """The names by which a verb can be given something."""

    def __init__(self, verb: Callable[..., Any]) -> None:
        parameters = list(signature(verb).parameters.values())[1:]
        named = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        self._verb = verb.__name__
        self._names = [parameter.name for parameter in parameters if parameter.kind in named]
        self._needed = {p.name for p in parameters if p.kind in named and p.default is Parameter.empty}
        self._takes_fields = any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters)

    def check(self, args: Collection[object], options: Mapping[str, object]) -> None:
        """Raises `TypeError` for a name that the verb does not have, with the one that may be meant.

        Where it takes fields of an event by any name, one is a slip that no field can be.
        """
        free = [name for name in self._names[len(args) :] if name not in options]
        for name, given in options.items():
            if name in self._names or (self._takes_fields and not _is_slip(given)):
                continue
            meant = self._meant(name, free)
            if meant is None and self._takes_fields:
                continue
            hint = f"did you mean {meant!r}?" if meant else f"it takes {listed(self._names) or 'nothing'}"
            raise TypeError(f"{self._verb}({name}={found(given)}): there is no {name!r}; {hint}")

    def _meant(self, name: str, free: Sequence[str]) -> str | None:
        times = [known for known in free if known in TIMES] if name in TIMES else []
        needed = [known for known in times if known in self._needed]
        return next(iter(needed or times), None) or nearest(name, free)


def _is_slip(given: object) -> bool:
    """Whether a field of an event can look like that: it is compared with a text."""
    return not isinstance(given, str | Glob)
