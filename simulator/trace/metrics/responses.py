"""How long a person waits for the agent's answer, and where that time goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.trace.metrics.turns import AgentTurn
from simulator.trace.metrics.voice import Voices
from simulator.trace.record import AGENT, Record


@dataclass(frozen=True, slots=True)
class Response:
    """The wait before one turn, in nanoseconds.

    The stages are cut from one time line, each from what the one before it left over, and ``playout_ns`` is
    the rest, so they are never negative and sum to ``whole_ns``. What an eager reply did before the turn
    was accepted thus counts as endpointing: nobody waited for it. A stage that did not take place is None.
    So is one that began and was cut before it could tell its duration, and then ``playout_ns`` is unknown
    as well.
    """

    whole_ns: int | None = None
    endpointing_ns: int | None = None
    llm_first_token_ns: int | None = None
    tts_first_audio_ns: int | None = None
    playout_ns: int | None = None


@dataclass(frozen=True, slots=True)
class _Stage:
    """When a component worked on a reply. ``end_ns`` is None if it was asked and never said."""

    start_ns: int
    end_ns: int | None


def responses(records: Sequence[Record], turns: Sequence[AgentTurn], voices: Voices) -> dict[int, Response]:
    """The wait before each turn that answers a person, by the ``index`` of the turn.

    A turn that follows an answer to a person who has said nothing since is part of that answer.
    """
    found: dict[int, Response] = {}
    answered: dict[str, AgentTurn] = {}
    for turn in turns:
        if turn.participant is None:
            continue
        previous = answered.get(turn.participant)
        answered[turn.participant] = turn
        begins_ns = turn.voice_started_ns
        if begins_ns is None:
            continue
        stopped_ns = _last_stop(voices, turn.participant, _answered_until(previous), begins_ns)
        if stopped_ns is not None:
            after = -1 if previous is None else previous.index
            found[turn.index] = _measure(records, turn, stopped_ns, begins_ns, after)
    return found


def _answered_until(previous: AgentTurn | None) -> int | None:
    """Speech that ended before this is answered already."""
    if previous is None:
        return None
    begins_ns = previous.voice_started_ns
    return previous.started_ns if begins_ns is None else begins_ns


def _last_stop(voices: Voices, participant: str, since_ns: int | None, until_ns: int) -> int | None:
    stops = [
        span.end_ns
        for span in voices.of(participant)
        if span.end_ns is not None
        and span.end_ns <= until_ns
        and (since_ns is None or span.end_ns > since_ns)
    ]
    return max(stops, default=None)


def _measure(
    records: Sequence[Record], turn: AgentTurn, stopped_ns: int, begins_ns: int, after: int
) -> Response:
    stages = (
        _endpointing(records, turn, stopped_ns, after),
        _llm_first_token(records, turn),
        _tts_first_audio(records, turn),
    )
    reached_ns = stopped_ns

    def take(stage: _Stage | None) -> int | None:
        nonlocal reached_ns
        if stage is None or stage.end_ns is None:
            return None
        start_ns = max(stage.start_ns, reached_ns)
        end_ns = min(stage.end_ns, begins_ns)
        reached_ns = max(reached_ns, end_ns)
        return max(0, end_ns - start_ns)

    endpointing_ns, llm_ns, tts_ns = (take(stage) for stage in stages)
    whole_ns = begins_ns - stopped_ns
    told = all(stage is None or stage.end_ns is not None for stage in stages)
    rest_ns = whole_ns - sum(ns or 0 for ns in (endpointing_ns, llm_ns, tts_ns))
    return Response(whole_ns, endpointing_ns, llm_ns, tts_ns, rest_ns if told else None)


def _endpointing(records: Sequence[Record], turn: AgentTurn, stopped_ns: int, after: int) -> _Stage | None:
    """From where the person fell silent to where the turn was accepted for good."""
    for record in reversed(records[after + 1 : turn.index]):
        accepted = record.kind == "agent.user_turn_ended" and not record.flag("eager")
        if accepted and record.source == AGENT and record.text("participant") == turn.participant:
            return _Stage(stopped_ns, record.t_ns)
    return None


def _llm_first_token(records: Sequence[Record], turn: AgentTurn) -> _Stage | None:
    """From the request to the first piece of the answer, as the model's own events tell it."""
    asked = _first_in_reply(records, turn, "llm.request_started")
    if asked is None:
        return None
    for record in records[asked + 1 :]:
        if record.kind == "llm.request_started":
            break
        if record.kind == "llm.response":
            return _stage(records[asked], record.span_ns("first_token_ms"))
    return _stage(records[asked], None)


def _tts_first_audio(records: Sequence[Record], turn: AgentTurn) -> _Stage | None:
    """From the first text given to the synthesiser to the first sound it gave, as its own events tell it."""
    asked = _first_in_reply(records, turn, "tts.synthesis_started")
    if asked is None:
        return None
    request = records[asked]
    for record in records[asked + 1 :]:
        if record.kind == "tts.synthesis_completed" and all(
            record.text(key) == request.text(key) for key in ("synthesis_id", "text")
        ):
            return _stage(request, record.span_ns("first_audio_ms"))
    return _stage(request, None)


def _first_in_reply(records: Sequence[Record], turn: AgentTurn, kind: str) -> int | None:
    """The place of the first record of ``kind`` between the start of the reply and that of its turn."""
    if turn.reply_index is None:
        return None
    for index in range(turn.reply_index, turn.index):
        if records[index].kind == kind and records[index].source == AGENT:
            return index
    return None


def _stage(request: Record, took_ns: int | None) -> _Stage:
    return _Stage(request.t_ns, None if took_ns is None else request.t_ns + took_ns)
