"""What happens when a person speaks while the agent does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.trace.metrics.turns import AgentTurn
from simulator.trace.metrics.voice import Span, Voices
from simulator.trace.record import AGENT, Record


@dataclass(frozen=True, slots=True)
class Yield:
    """The agent decided at ``decided_ns`` to fall silent, and it did not go on afterwards.

    ``participant`` interrupted it (None: a program did), with ``cause``, the last of their sound to begin
    before the decision.
    """

    turn: AgentTurn
    decided_ns: int
    participant: str | None
    cause: Span | None

    @property
    def latency_ns(self) -> int | None:
        """From where both began to sound at once to where the agent no longer did."""
        silent_ns, cause = self.turn.silent_ns, self.cause
        if silent_ns is None or cause is None:
            return None
        return max(0, silent_ns - max(cause.start_ns, self.turn.voice[0].start_ns))

    @property
    def decision_to_silence_ns(self) -> int | None:
        """From the decision to the silence. None while the agent was never heard, or never fell silent."""
        silent_ns = self.turn.silent_ns
        return None if silent_ns is None else max(0, silent_ns - self.decided_ns)


def yields(records: Sequence[Record], turns: Sequence[AgentTurn], voices: Voices) -> tuple[list[Yield], int]:
    """The yields that ended in an interrupted turn, and how many others were taken back by
    ``agent.resumed``."""
    by_index = {turn.index: turn for turn in turns}
    speaking: dict[int, AgentTurn] = {}
    undecided: dict[int, Record] = {}
    real: list[Yield] = []
    taken_back = 0
    for index, record in enumerate(records):
        epoch = record.integer("epoch")
        if record.source != AGENT or epoch is None:
            continue
        if record.kind == "agent.turn_started":
            speaking[epoch] = by_index[index]
        elif record.kind == "agent.yielded":
            undecided.setdefault(epoch, record)
        elif record.kind == "agent.resumed":
            taken_back += undecided.pop(epoch, None) is not None
        elif record.kind == "agent.turn_ended":
            decision, turn = undecided.pop(epoch, None), speaking.pop(epoch, None)
            if decision is not None and turn is not None and record.flag("interrupted"):
                real.append(_yield(turn, decision, voices))
    return real, taken_back


def post_interruption_ns(decision: Yield, turns: Sequence[AgentTurn], voices: Voices) -> int | None:
    """From where the interrupting person's speech ended to the agent's next word.

    The speech is all that person says until then. An agent that speaks up in the middle of it has not
    answered it: the first turn whose sound begins after some of the interrupting speech has ended counts.
    """
    cause = decision.cause
    if cause is None or cause.end_ns is None:
        return None
    for turn in turns:
        begins_ns = turn.voice_started_ns
        if turn.index > decision.turn.index and begins_ns is not None and begins_ns >= cause.end_ns:
            ends = (
                span.end_ns for span in voices.of(decision.participant) if span.start_ns >= cause.start_ns
            )
            return begins_ns - max(end for end in ends if end is not None and end <= begins_ns)
    return None


def cause_of(participant: str | None, decided_ns: int, voices: Voices) -> Span | None:
    """The last sound of ``participant`` that began before the decision."""
    began = [span for span in voices.of(participant) if span.start_ns <= decided_ns]
    return max(began, key=lambda span: span.start_ns, default=None)


def _yield(turn: AgentTurn, decision: Record, voices: Voices) -> Yield:
    participant = decision.text("participant") or None
    return Yield(turn, decision.t_ns, participant, cause_of(participant, decision.t_ns, voices))
