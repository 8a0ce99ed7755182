"""From records to figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from simulator.trace.metrics.distribution import Distribution
from simulator.trace.metrics.interruptions import Yield, post_interruption_ns, yields
from simulator.trace.metrics.metrics import Metrics, TurnMetrics
from simulator.trace.metrics.responses import Response, responses
from simulator.trace.metrics.turns import AgentTurn, agent_turns
from simulator.trace.metrics.voice import Voices
from simulator.trace.record import AGENT, Record


def compute(records: Iterable[Record]) -> Metrics:
    """Measure a call. Whatever is missing from ``records`` gives nothing measured, never an exception."""
    told = list(records)
    voices = Voices(told)
    turns = agent_turns(told, voices)
    waits = responses(told, turns, voices)
    real, taken_back = yields(told, turns, voices)
    cuts = {cut.turn.index: cut for cut in real}
    each = tuple(
        _turn_metrics(
            told, turn, waits.get(turn.index, Response()), _Cut.of(cuts.get(turn.index), turns, voices)
        )
        for turn in turns
    )
    generated, heard = sum(t.generated_words for t in each), sum(t.heard_words for t in each)
    return Metrics(
        response_latency_ms=_known(t.response_latency_ms for t in each),
        endpointing_ms=_known(t.endpointing_ms for t in each),
        llm_first_token_ms=_known(t.llm_first_token_ms for t in each),
        tts_first_audio_ms=_known(t.tts_first_audio_ms for t in each),
        playout_ms=_known(t.playout_ms for t in each),
        time_to_first_audio_ms=_known(t.time_to_first_audio_ms for t in each),
        yield_latency_ms=_known(t.yield_latency_ms for t in each),
        decision_to_silence_ms=_known(t.decision_to_silence_ms for t in each),
        post_interruption_latency_ms=_known(t.post_interruption_latency_ms for t in each),
        talk_over_ms=voices.together_ns([AGENT], voices.people) / 1e6,
        interruptions=_interrupted_by_people(told, real),
        false_interruptions=taken_back,
        agent_turns=sum(_is_agents(r, "agent.turn_started") for r in told),
        generated_words=generated,
        heard_words=heard,
        heard_ratio=heard / generated if generated else None,
        errors=sum(is_error(r) for r in told),
        turns=each,
    )


def is_error(record: Record) -> bool:
    """Whether a record is an error the agent reported."""
    return record.source == AGENT and (
        record.kind == "exception"
        or record.kind.rpartition(".")[2] == "error"
        or {"error", "context"} <= record.data.keys()
    )


class _Cut(NamedTuple):
    """The figures of the interruption that ended a turn, in nanoseconds; nothing where none did."""

    latency_ns: int | None = None
    decision_to_silence_ns: int | None = None
    post_interruption_ns: int | None = None

    @classmethod
    def of(cls, cut: Yield | None, turns: Sequence[AgentTurn], voices: Voices) -> _Cut:
        if cut is None:
            return cls()
        return cls(cut.latency_ns, cut.decision_to_silence_ns, post_interruption_ns(cut, turns, voices))


def _turn_metrics(records: Sequence[Record], turn: AgentTurn, wait: Response, cut: _Cut) -> TurnMetrics:
    generated, heard = len(turn.text.split()), len(turn.heard_text.split())
    begins_ns = turn.voice_started_ns
    asked_ns = None if turn.reply_index is None else records[turn.reply_index].t_ns
    return TurnMetrics(
        epoch=turn.epoch,
        participant=turn.participant,
        interrupted=turn.interrupted,
        response_latency_ms=_ms(wait.whole_ns),
        endpointing_ms=_ms(wait.endpointing_ns),
        llm_first_token_ms=_ms(wait.llm_first_token_ns),
        tts_first_audio_ms=_ms(wait.tts_first_audio_ns),
        playout_ms=_ms(wait.playout_ns),
        time_to_first_audio_ms=_ms(
            None if begins_ns is None or asked_ns is None else max(0, begins_ns - asked_ns)
        ),
        yield_latency_ms=_ms(cut.latency_ns),
        decision_to_silence_ms=_ms(cut.decision_to_silence_ns),
        post_interruption_latency_ms=_ms(cut.post_interruption_ns),
        generated_words=generated,
        heard_words=heard,
        heard_ratio=heard / generated if generated else None,
    )


def _interrupted_by_people(records: Sequence[Record], real: Sequence[Yield]) -> int:
    yielded_to_somebody = {y.turn.epoch for y in real if y.participant is not None}
    return sum(
        _is_agents(record, "agent.turn_ended")
        and record.flag("interrupted")
        and (bool(record.text("participant")) or record.integer("epoch") in yielded_to_somebody)
        for record in records
    )


def _is_agents(record: Record, kind: str) -> bool:
    return record.source == AGENT and record.kind == kind


def _ms(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e6


def _known(values: Iterable[float | None]) -> Distribution:
    return Distribution.of(value for value in values if value is not None)
