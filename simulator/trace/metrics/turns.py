"""The agent's turns, put together again from what was recorded about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from simulator.trace.metrics.voice import Span, Voices
from simulator.trace.record import AGENT, Record

FRAME_NS = 20_000_000
"""One audio frame. A turn is known to start when its first frame is taken, its sound is measured by the
sample: the two may lie this far apart."""


@dataclass(slots=True)
class AgentTurn:
    """One turn of the agent. ``index`` is the place of ``agent.turn_started`` among the records.

    ``participant`` is whom it answers, ``reply_index`` the place of its ``agent.reply_started``; both are
    None where nobody asked. ``voice`` is the agent's sound from the start of this turn to the start of the
    next.
    """

    index: int
    epoch: int
    started_ns: int
    participant: str | None = None
    reply_index: int | None = None
    interrupted: bool = False
    text: str = ""
    heard_text: str = ""
    voice: list[Span] = field(default_factory=list)

    @property
    def voice_started_ns(self) -> int | None:
        """Where its sound began, unless it was never heard or ran on from the turn before."""
        starts = (span.start_ns for span in self.voice if span.start_ns >= self.started_ns - FRAME_NS)
        return next(starts, None)

    @property
    def silent_ns(self) -> int | None:
        """Where its sound ended for good, if it was heard and did end."""
        return self.voice[-1].end_ns if self.voice else None


def agent_turns(records: Sequence[Record], voices: Voices) -> list[AgentTurn]:
    """The agent's turns in order. A turn without an epoch cannot be put together and is left out."""
    turns: list[AgentTurn] = []
    replies: dict[int, tuple[int, str | None]] = {}
    latest: dict[int, AgentTurn] = {}
    for index, record in enumerate(records):
        epoch = record.integer("epoch")
        if record.source != AGENT or epoch is None:
            continue
        if record.kind == "agent.reply_started":
            replies[epoch] = index, record.text("participant") or None
        elif record.kind == "agent.turn_started":
            reply_index, participant = replies.get(epoch, (None, None))
            turn = AgentTurn(index, epoch, record.t_ns, participant, reply_index)
            turns.append(turn)
            latest[epoch] = turn
        elif record.kind == "agent.turn_ended" and epoch in latest:
            turn = latest[epoch]
            turn.interrupted = record.flag("interrupted")
            turn.text, turn.heard_text = record.text("text"), record.text("heard_text")
    _give_voice(turns, voices)
    return turns


def _give_voice(turns: Sequence[AgentTurn], voices: Voices) -> None:
    spans = voices.of(AGENT)
    for turn, following in zip_longest(turns, turns[1:]):
        begins_ns = turn.started_ns - FRAME_NS
        turn.voice = [
            span
            for span in spans
            if (span.end_ns is None or span.end_ns > begins_ns)
            and (following is None or span.start_ns < following.started_ns - FRAME_NS)
        ]
