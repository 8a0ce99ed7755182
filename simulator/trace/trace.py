"""The record of a call: append-only, and something to wait on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from simulator.trace.record import Record, digest
from simulator.trace.watch import Predicate, Watch


class Trace:
    """Everything observable in a call, in the order it happened.

    ``now_ns`` gives the nanoseconds of virtual time since the call began; it stamps what is recorded
    without an instant of its own. Use it from the loop's thread only.
    """

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.now_ns = now_ns
        self._records: list[Record] = []
        self._watches: list[Watch] = []
        self._latest_ns = 0

    def record(
        self, source: str, kind: str, data: dict[str, Any] | None = None, *, t_ns: int | None = None
    ) -> Record:
        """Append what happened and wake whoever waited for it.

        ``data`` is a JSON object and belongs to the trace from now on. ``t_ns`` is now unless given. Raises
        `ValueError` when it lies before the latest record.
        """
        if t_ns is None:
            t_ns = self.now_ns()
        if t_ns < self._latest_ns:
            raise ValueError(
                f"{kind!r} of {source!r} recorded at {t_ns} ns, after a record at {self._latest_ns} ns; time "
                "only goes forward here: put the instant of something noticed late into its data as at_ns"
            )
        self._latest_ns = t_ns
        record = Record(t_ns, source, kind, {} if data is None else data)
        self._records.append(record)
        if self._watches:
            for watch in tuple(self._watches):
                watch.see(len(self._records) - 1, record)
        return record

    @property
    def records(self) -> Sequence[Record]:
        """All records so far, and those still to come: a view, not a copy."""
        return self._records

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled, a trace is its records: nobody waits for anything in it, and its clock stands still."""
        return _finished, (self._records,)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def select(
        self, source: str | None = None, kind: str | None = None, since_ns: int | None = None
    ) -> list[Record]:
        """The records of ``source``, of ``kind``, recorded at ``since_ns`` or later; None leaves a question
        open."""
        return [
            record
            for record in self._records
            if (source is None or record.source == source)
            and (kind is None or record.kind == kind)
            and (since_ns is None or record.t_ns >= since_ns)
        ]

    def digest(self) -> str:
        """The identity of this run: see `simulator.trace.record.digest`."""
        return digest(self._records)

    def watch(self, predicate: Predicate, *, since_ns: int = 0, since_index: int = 0) -> Watch:
        """Look for the first record for which ``predicate`` holds, among those already here and those to
        come.

        Only records at ``since_ns`` or later count, and only from ``since_index`` on (``len(trace)``: only
        new ones). Close the watch when it is no longer wanted, or use it in ``with``.
        """
        return Watch(self, self._watches, predicate, since_ns=since_ns, since_index=since_index)

    async def wait_for(
        self,
        predicate: Predicate,
        *,
        since_ns: int = 0,
        since_index: int = 0,
        until_ns: int | None = None,
    ) -> Record | None:
        """The first record for which ``predicate`` holds (see `watch`), as soon as it is there.

        None once the clock has passed ``until_ns`` (nanoseconds since the call began): a record at that very
        instant still counts. What ``predicate`` raises is raised here.
        """
        with self.watch(predicate, since_ns=since_ns, since_index=since_index) as watch:
            return await watch.wait(until_ns)


def _finished(records: list[Record]) -> Trace:
    trace = Trace(lambda: records[-1].t_ns if records else 0)
    for t_ns, source, kind, data in records:
        trace.record(source, kind, data, t_ns=t_ns)
    return trace
