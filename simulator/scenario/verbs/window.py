"""How a step looks at the trace: from when on, until when, and what it finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.media.activity import HANGOVER_NS, NS_PER_SECOND
from simulator.media.clips import Clip
from simulator.scenario.model.failure import StepFailed, UsageError
from simulator.scenario.model.globs import Glob, fields_match, told_where
from simulator.scenario.verbs.arguments import (
    Time,
    duration_of,
    event_of,
    found,
    globs_of,
    kind_of,
    length_ns,
    times_of,
)
from simulator.scenario.verbs.awaiting import Unawaited
from simulator.scenario.verbs.done_at_once import DoneAtOnce
from simulator.trace import Record, Trace

WITHIN_S = 30.0
"""How long something is waited for when a step does not say."""

LATE_NS = 40_000_000
"""Sound is measured a frame at a time, so its end may be known two frames after the hang-over."""

LOOKS_ON_NS = NS_PER_SECOND
"""How long a call goes on after a deadline was missed, to see by how much."""

__tracebackhide__ = True  # of a failed step, pytest shows the line of the test


@dataclass(frozen=True, slots=True)
class Moment(DoneAtOnce):
    """An instant of the call that later steps can refer to: nanoseconds since it began."""

    at_ns: int
    name: str = ""

    @property
    def at_s(self) -> float:
        """The same in seconds."""
        return self.at_ns / NS_PER_SECOND


class Window:
    """From when on, and until when, a step looks at the trace.

    A window opens at a named moment, or where the step before ended, and what has already happened in it counts.
    ``ends_ns`` is when the call may last no longer.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._opens_ns = 0
        self.ends_ns: int | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self.unawaited = Unawaited()
        self.without_words: dict[Path, Clip] = {}
        """The clips that were said so far of which scripted ears understand nothing."""

    def mark(self, at_ns: int | None = None) -> Moment:
        """A step has ended, now or at ``at_ns``: the next window opens there."""
        self._opens_ns = self.trace.now_ns() if at_ns is None else at_ns
        return Moment(self._opens_ns)

    def opens(self, of: Moment | None) -> int:
        """Where the window of a step that refers to ``of`` opens."""
        if of is None:
            return self._opens_ns
        given: object = of
        if not isinstance(given, Moment):
            raise UsageError(
                f"of={found(given)}: expected the moment that a step returned, as in "
                f"`barge_in = alice.starts_saying(...)` and then `of=barge_in`; found {kind_of(given)}"
            )
        return given.at_ns

    def closes(self, opens: int, within: Time | None) -> int:
        """Where a window closes that opens at ``opens``."""
        return opens + length_ns("within", WITHIN_S if within is None else within)

    def ended_ns(self) -> int | None:
        """When the call ended, if it has."""
        return next((record.t_ns for record in self.trace.select("call", "call.ended")), None)

    def beside(self, doing: Coroutine[Any, Any, None]) -> None:
        """Let something go on beside the script, until the call is over."""
        task = asyncio.get_running_loop().create_task(doing)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def close(self) -> None:
        """Nothing goes on any more."""
        for task in self._beside:
            task.cancel()

    async def sleep(self, name: str, time: Time) -> Moment:
        """Let the ``time`` pass that was given as ``name``."""
        await asyncio.sleep(duration_of(name, time).seconds)
        return self.mark()

    async def event(
        self,
        kind: str,
        where: Mapping[str, str | Glob],
        *,
        within: Time | None,
        of: Moment | None,
        times: int = 1,
    ) -> Moment:
        """Wait for a record of ``kind`` whose fields match, or for the one that makes it so many."""
        kind, globs, times = event_of(kind), globs_of(where), times_of(times)
        came = 0

        def holds(record: Record) -> bool:
            nonlocal came
            came += record.kind == kind and fields_match(globs, record.data)
            return came == times

        def instead(opens: int, closes: int) -> str:
            return f"it came {came} time{'' if came == 1 else 's'}" if came else "it never came"

        return await self.first(
            f"{kind}{told_where(globs)}" + (f", {times} times," if times > 1 else ""),
            holds,
            within=within,
            of=of,
            instead=instead,
        )

    async def nothing(
        self, kind: str, where: Mapping[str, str | Glob], for_: Time, *, of: Moment | None
    ) -> Moment:
        """Let the time ``for_`` pass in which no record of ``kind`` has such fields."""
        kind, globs, opens = event_of(kind), globs_of(where), self.opens(of)
        closes = opens + length_ns("for_", for_)
        record = await self.trace.wait_for(
            lambda r: r.kind == kind and opens <= r.at_ns < closes and fields_match(globs, r.data),
            until_ns=closes,
        )
        if record is not None:
            message = f"expected no {kind}{told_where(globs)} between {seconds(opens)} and {seconds(closes)}"
            raise StepFailed(
                f"{message}; there was one at {seconds(record.at_ns)}", at_ns=record.at_ns, since_ns=opens
            )
        return self.mark(closes)

    async def first(
        self,
        what: str,
        holds: Callable[[Record], bool],
        *,
        within: Time | None,
        of: Moment | None,
        instead: Callable[[int, int], str] | None = None,
    ) -> Moment:
        """Wait for the first record in the window for which ``holds``; raise `StepFailed` when none comes.

        A record counts at its ``at_ns``, if it has one: a silence is noticed only after the hang-over, but it began
        before. ``instead(opens_ns, closes_ns)`` says what happened in place of it.
        """
        opens = self.opens(of)
        closes = self.closes(opens, within)
        record = await self.trace.wait_for(
            lambda record: record.at_ns >= opens and holds(record),
            until_ns=self._looks_until(closes, whether_late=within is not None),
        )
        if record is None or record.at_ns > closes:
            raise StepFailed(
                self._missed(what, opens, closes, record, instead),
                at_ns=closes,
                since_ns=opens,
                came_ns=record.at_ns if record is not None else None,
            )
        return self.mark(record.at_ns)

    def _looks_until(self, closes: int, *, whether_late: bool) -> int:
        """Until when a record can be there that counts at ``closes``, or a little later: then it is told how late."""
        known = closes + HANGOVER_NS + LATE_NS
        if not whether_late:
            return known
        later = known + LOOKS_ON_NS
        return later if self.ends_ns is None else max(known, min(later, self.ends_ns - LATE_NS))

    def _missed(
        self,
        what: str,
        opens: int,
        closes: int,
        late: Record | None,
        instead: Callable[[int, int], str] | None,
    ) -> str:
        told = f"expected {what} between {seconds(opens)} and {seconds(closes)}"
        if late is not None:
            return f"{told}; it came at {seconds(late.at_ns)}, {(late.at_ns - closes) / 1e6:.0f} ms too late"
        told += f"; {instead(opens, closes) if instead is not None else 'it never came'}"
        ended = self.ended_ns()
        return told if ended is None or ended > closes else f"{told}; the call ended at {seconds(ended)}"


def seconds(ns: int) -> str:
    """An instant in words."""
    return f"{ns / NS_PER_SECOND:.3f} s"
