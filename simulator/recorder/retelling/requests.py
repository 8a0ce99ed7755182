"""What an agent asked of a provider in a recorded call, and what came of each request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.trace import Record
from simulator.trace.record import AGENT

BEGINS = {"llm": "llm.request_started", "tts": "tts.synthesis_started"}
COMPLETES = {"llm": ("llm.response", "first_token_ms"), "tts": ("tts.synthesis_completed", "first_audio_ms")}
FAILS = {"llm": ("llm.error", "answering"), "tts": ("tts.error", "speaking")}
"""A function that fails is reported as an error of the model, too, and is none."""

GIVES_UP = ("agent.reply_cancelled", "agent.turn_ended", "agent.finished")
"""After these nobody waits for an answer any more."""

LONGEST_MESSAGE = 200


@dataclass
class Request:
    """One request: its first piece came at ``first_ns``, if any did; it was over at ``end_ns``.

    ``failed`` is the message of the error that ended it. One that ``timed_out`` was given up by the agent.
    """

    start_ns: int
    end_ns: int
    first_ns: int | None = None
    failed: str | None = None
    timed_out: bool = False

    @property
    def waited_ns(self) -> int:
        """How long it took until something came, or until it was over."""
        return (self.end_ns if self.first_ns is None else self.first_ns) - self.start_ns


def requests_of(records: Sequence[Record], provider: str) -> Iterator[Request]:
    """The requests to ``provider`` in order; of several at once, each ends where the next begins."""
    completes, first_ms = COMPLETES[provider]
    current: Request | None = None
    for record in records:
        kind = record.kind
        if kind == BEGINS[provider]:
            if current is not None:
                current.end_ns = record.t_ns
                yield current
            current = Request(record.t_ns, record.t_ns)
        elif current is None:
            continue
        elif kind in (f"{provider}.first_piece", f"{provider}.tool_start"):
            current.first_ns = record.t_ns if current.first_ns is None else current.first_ns
        elif kind == completes or (kind, record.text("context")) == FAILS[provider] or _gives_up(record):
            if kind == completes and current.first_ns is None:
                current.first_ns = min(record.t_ns, current.start_ns + (record.span_ns(first_ms) or 0))
            if kind == FAILS[provider][0]:
                current.failed = message_of(record)
                current.timed_out = record.text("error").startswith("TimeoutError")
            current.end_ns = record.t_ns
            yield current
            current = None
    if current is not None:
        current.end_ns = records[-1].t_ns
        yield current


def _gives_up(record: Record) -> bool:
    return record.source == AGENT and record.kind in GIVES_UP


def message_of(record: Record) -> str:
    """What an error said, without the name of its class: one line, never empty."""
    name, colon, message = record.text("error").partition(": ")
    told = message if colon and name.isidentifier() else record.text("error")
    plain = "".join(char if char.isprintable() else " " for char in told)
    return " ".join(plain.split())[:LONGEST_MESSAGE].strip() or "it failed"
