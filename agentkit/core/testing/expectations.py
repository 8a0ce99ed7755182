"""What a turn is expected to be, and what is said when it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, Self

from agentkit.core.testing.events import AgentMessage, FunctionCall, FunctionResult
from agentkit.core.testing.expected import Arguments, Expected, called, failure, said
from agentkit.core.testing.story import failed, shown_event
from agentkit.core.testing.texts import nearest

if TYPE_CHECKING:
    from agentkit.core.testing.judge import Judge
    from agentkit.core.testing.turn import Turn

__tracebackhide__ = True  # of a failed expectation, pytest shows the line of the test


class Expectations:
    """A chain of expectations of one turn. Each raises `AssertionError` when the turn is not so.

    Each call and message that is expected accounts for one that happened, so that expecting two calls expects two; in
    which order they are written does not matter. `nothing_else` says that nothing is left to account for.

    A turn whose answer was broken off meets no expectation, unless the chain begins with `failure`.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._taken: dict[int, Expected] = {}
        self._accounted: set[int] = set()
        self._may_fail = False

    def function_called(self, name: str, arguments: Arguments | None = None) -> Self:
        """The model called the function ``name``.

        ``arguments`` are those that matter, by name: each a value to be equal to or, if it is a function, a predicate.
        Or it is one predicate, which is given all arguments as a dict.
        """
        return self._expect(called(name, arguments))

    def message(self, *, containing: str | None = None, matching: str | None = None) -> Self:
        """The agent said something: with ``containing`` in it, the whole of it ``matching`` a glob of ``*`` and ``?``.

        Capitals and line breaks do not count. What is said before and after a function is called are two messages.
        """
        return self._expect(said(containing=containing, matching=matching))

    def failure(self, *, containing: str | None = None) -> Self:
        """Something failed, other than a function, with ``containing`` in the error's class and message."""
        self._may_fail = True
        return self._expect(failure(containing=containing))

    def in_order(self, expected: Sequence[str | Expected]) -> Self:
        """These happened in this order, with anything in between: names of functions, `called` or `said`.

        It is about order alone: what another expectation of the chain accounts for may be among them.
        """
        if isinstance(expected, str) or not expected:
            raise TypeError(f"in_order: expected a list of what happened, found {expected!r}")
        self._must_be_whole("events in order")
        position, before = 0, ""
        events = self._turn.events
        for one in expected:
            wanted = called(one) if isinstance(one, str) else one
            found = next((i for i in range(position, len(events)) if wanted.fits(events[i])), None)
            if found is None:
                earlier = any(wanted.fits(event) for event in events[:position])
                why = "that came before" if earlier else wanted.instead(self._turn)
                self._fail(f"expected {wanted}{before}; {why}")
            self._accounted.add(found)
            position, before = found + 1, f" after {shown_event(events[found])}"
        return self

    def no_function_called(self, name: str | None = None) -> Self:
        """The model called no function, or not the one called ``name``."""
        calls = [event for event in self._turn.events if isinstance(event, FunctionCall)]
        self._must_be_whole("no call of a function")
        known = [*self._turn.functions, *(call.name for call in calls)]
        if name is not None and name not in known:
            self._fail(
                f"expected no call of {name}, but the model has no such function{nearest(name, known)}"
            )
        for call in calls:
            if name is None or call.name == name:
                self._fail(f"expected no call of {name or 'a function'}; found {shown_event(call)}")
        return self

    def nothing_else(self) -> Self:
        """Every message, call and failure is accounted for by an expectation before. Results belong to their calls."""
        self._must_be_whole("nothing else")
        left = [
            shown_event(event)
            for index, event in enumerate(self._turn.events)
            if not isinstance(event, FunctionResult) and index not in {*self._taken, *self._accounted}
        ]
        if left:
            self._fail(f"expected nothing else; found {' and '.join(left)}")
        return self

    async def judged(self, judge: Judge, criterion: str) -> Self:
        """``judge`` finds that the turn meets ``criterion``, which accounts for all its messages.

        Raises `JudgeError` when there is no verdict.
        """
        self._must_be_whole(f"a turn that {criterion}")
        verdict = await judge.judge(self._turn, criterion)
        if not verdict.passed:
            self._fail(f"expected a turn that {criterion}; the judge disagrees: {verdict.reason}")
        events = enumerate(self._turn.events)
        self._accounted |= {index for index, event in events if isinstance(event, AgentMessage)}
        return self

    def _expect(self, expected: Expected) -> Self:
        self._must_be_whole(str(expected))
        if not self._place(expected, set()):
            fitting = [shown_event(event) for event in self._turn.events if expected.fits(event)]
            if not fitting:
                self._fail(f"expected {expected}; {expected.instead(self._turn)}")
            self._fail(
                f"expected {expected} beside those expected before in this chain; found only {' and '.join(fitting)}"
            )
        return self

    def _place(self, expected: Expected, tried: set[int]) -> bool:
        """Let ``expected`` take an event of its own; who has taken it takes another one if that is possible."""
        for index, event in enumerate(self._turn.events):
            if index in tried or not expected.fits(event):
                continue
            tried.add(index)
            other = self._taken.get(index)
            if other is None or self._place(other, tried):
                self._taken[index] = expected
                return True
        return False

    def _must_be_whole(self, what: str) -> None:
        error = self._turn.failure
        if error is not None and not self._may_fail:
            self._fail(f"expected {what}, but the answer failed: {type(error).__name__}: {error}")

    def _fail(self, what: str) -> NoReturn:
        raise failed(what, self._turn)
