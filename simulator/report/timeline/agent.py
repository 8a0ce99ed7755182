"""The lane of the agent: its turns, what its components worked on, and how long people waited for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from simulator.report.timeline.model import Details, Lane, Mark, Span, as_details, rows
from simulator.report.timeline.pairs import Pair, pairs, stretches
from simulator.report.timeline.pictures import frames_read, published, watched
from simulator.trace import Record
from simulator.trace.metrics.compute import is_error
from simulator.trace.metrics.interruptions import yields
from simulator.trace.metrics.responses import Response, responses
from simulator.trace.metrics.turns import agent_turns
from simulator.trace.metrics.voice import Voices
from simulator.trace.record import AGENT, SCENARIO
from simulator.trace.story_sentences import ms

LONGEST_WORD_NS = 600_000_000
"""How long the last word before a pause is shown."""


def agent_lane(records: Sequence[Record], voices: Voices, end_ns: int) -> Lane:
    """All about the agent."""
    own = [record for record in records if record.source == AGENT]
    sound = (Span(s.start_ns, end_ns if s.end_ns is None else s.end_ns, "sound") for s in voices.of(AGENT))
    return Lane(
        AGENT,
        "agent",
        (
            *rows("sound", sound, end_ns),
            *rows("turn", _turns(own, end_ns), end_ns),
            *rows("words", _words(own, end_ns), end_ns),
            *rows("model", _model(own, end_ns), end_ns),
            *rows("functions", _functions(own, end_ns), end_ns),
            *rows("voice", _voice(own, end_ns), end_ns),
            *rows("watches", watched(own, end_ns), end_ns),
            *rows("reads", frames_read(records), end_ns),
            *rows("video", published(own, end_ns), end_ns),
            *rows("trouble", _trouble(records, end_ns), end_ns),
            *rows("waits", _waits(records, voices), end_ns),
            *rows("talk-over", _talk_over(voices, end_ns), end_ns),
        ),
        tuple(_marks(own)),
    )


def _turns(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    for pair in pairs(own, "agent.turn_started", "agent.turn_ended", _epoch, end_ns=end_ns):
        ended = pair.last
        if ended is None:
            yield Span(pair.first.t_ns, end_ns, "speaks", "", cut=True)
            continue
        text, heard = ended.text("text"), ended.text("heard_text")
        cut = ended.flag("interrupted")
        details: Details = (("heard", f"{len(heard.split())} of {len(text.split())} words"),)
        if cut and text.startswith(heard):
            details += (("never heard", text.removeprefix(heard).strip()),)
        if cut and ended.text("participant"):
            details += (("interrupted by", ended.text("participant")),)
        yield Span(pair.first.t_ns, ended.t_ns, "speaks", heard, details, cut=cut)


def _words(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    """What a realtime model said it was saying, each piece from when it came to when the next one did."""
    pieces = [r for r in own if r.kind == "realtime.agent_speech_transcription" and r.text("text").strip()]
    for piece, following in zip_longest(pieces, pieces[1:]):
        until_ns = end_ns if following is None else following.t_ns
        yield Span(
            piece.t_ns, min(until_ns, piece.t_ns + LONGEST_WORD_NS), "word", piece.text("text").strip()
        )


def _model(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    def gives_up(record: Record) -> bool:
        return record.kind == "llm.error" or _reply_is_over(record)

    for pair in pairs(own, "llm.request_started", "llm.response", gives_up=gives_up, end_ns=end_ns):
        answer = "" if pair.last is None else pair.last.text("text")
        details = (("asked", pair.first.text("text")), *_first(pair, "first_token_ms", "first token"))
        yield _work(pair, "model", answer or pair.first.text("text"), details, "first_token_ms")


def _functions(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    for pair in pairs(own, "llm.tool_start", "llm.tool_end", lambda r: r.text("tool_call_id"), end_ns=end_ns):
        told = {"arguments": json.dumps(pair.first.data.get("arguments"), ensure_ascii=False)}
        wrong = "" if pair.last is None else pair.last.text("error")
        if wrong:
            told["error"] = wrong
        elif pair.last is not None:
            told["result"] = json.dumps(pair.last.data.get("result"), ensure_ascii=False)
        kind = "function-failed" if wrong else "function"
        yield _work(pair, kind, pair.first.text("tool_name"), as_details(told))


def _voice(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    def sentence(record: Record) -> tuple[str, str]:
        return record.text("synthesis_id"), record.text("text")

    def gives_up(record: Record) -> bool:
        return record.kind == "tts.error" or _reply_is_over(record)

    for pair in pairs(
        own, "tts.synthesis_started", "tts.synthesis_completed", sentence, gives_up=gives_up, end_ns=end_ns
    ):
        audio_ns = None if pair.last is None else pair.last.span_ns("audio_ms")
        made: Details = () if audio_ns is None else (("sound", ms(audio_ns)),)
        details = (*_first(pair, "first_audio_ms", "first sound"), *made)
        yield _work(pair, "voice", pair.first.text("text"), details, "first_audio_ms")


def _trouble(records: Sequence[Record], end_ns: int) -> Iterator[Span]:
    """When the script had a provider fail, or be slow."""
    told = [record for record in records if record.source == SCENARIO]
    for pair in stretches(
        told, "provider.in_trouble", "provider.recovered", lambda r: r.text("provider"), end_ns=end_ns
    ):
        text = f"{pair.first.text('provider')} {pair.first.text('how')}"
        yield Span(pair.first.t_ns, pair.end_ns, "trouble", text)


def _waits(records: Sequence[Record], voices: Voices) -> Iterator[Span]:
    """What people waited for: an answer, or silence."""
    turns = agent_turns(records, voices)
    waits = responses(records, turns, voices)
    for turn in turns:
        wait, begins_ns = waits.get(turn.index, Response()), turn.voice_started_ns
        if wait.whole_ns is not None and begins_ns is not None:
            text = f"{ms(wait.whole_ns)} response"
            yield Span(begins_ns - wait.whole_ns, begins_ns, "response", text, _stages(wait))
    for decision in yields(records, turns, voices)[0]:
        silent_ns, latency_ns = decision.turn.silent_ns, decision.latency_ns
        if silent_ns is not None and latency_ns is not None:
            after_ns = decision.decision_to_silence_ns
            details: Details = () if after_ns is None else (("decision to silence", ms(after_ns)),)
            yield Span(silent_ns - latency_ns, silent_ns, "yield", f"{ms(latency_ns)} yield", details)


def _stages(wait: Response) -> Details:
    stages = {
        "endpointing": wait.endpointing_ns,
        "first token": wait.llm_first_token_ns,
        "first sound": wait.tts_first_audio_ns,
        "playout": wait.playout_ns,
    }
    return tuple((name, ms(ns)) for name, ns in stages.items() if ns is not None)


def _talk_over(voices: Voices, end_ns: int) -> Iterator[Span]:
    for person in voices.people:
        for theirs in voices.of(person):
            for ours in voices.of(AGENT):
                start_ns = max(theirs.start_ns, ours.start_ns)
                stop_ns = min(_end(theirs.end_ns, end_ns), _end(ours.end_ns, end_ns))
                if start_ns < stop_ns:
                    yield Span(start_ns, stop_ns, "talk-over", "", (("with", person),))


_TOLD = {
    "agent.joined": "agent joins",
    "agent.finished": "agent is finished",
    "agent.resumed": "agent goes on: that was no interruption",
    "edge.call_ended": "agent is told that the call is over",
    "realtime.connected": "connected to the model",
    "realtime.disconnected": "disconnected from the model",
}


def _marks(own: Sequence[Record]) -> Iterator[Mark]:
    for record in own:
        if is_error(record) or record.kind == "track.failed":
            yield Mark(
                record.t_ns,
                "error",
                record.kind,
                (("error", record.text("error")), ("while", record.text("context"))),
            )
        elif record.kind == "custom_event":
            yield Mark(record.t_ns, "custom", "agent sends an event", as_details(record.data))
        elif record.kind == "agent.yielded":
            yield Mark(record.t_ns, "yielded", f"agent yields to {record.text('participant') or 'someone'}")
        elif record.kind == "agent.reply_cancelled":
            yield Mark(
                record.t_ns, "cancelled", "agent drops an unheard reply", (("reason", record.text("reason")),)
            )
        elif record.kind in _TOLD:
            yield Mark(record.t_ns, record.kind.rpartition(".")[2], _TOLD[record.kind])


def _reply_is_over(record: Record) -> bool:
    return record.kind == "agent.reply_cancelled" or (
        record.kind == "agent.turn_ended" and record.flag("interrupted")
    )


def _work(pair: Pair, kind: str, text: str, details: Details, first: str = "") -> Span:
    """What a component worked on: until it was done, or given up."""
    took_ns = None if pair.last is None else pair.last.span_ns(first)
    first_ns = None if took_ns is None else min(pair.first.t_ns + took_ns, pair.end_ns)
    return Span(pair.first.t_ns, pair.end_ns, kind, text, details, first_ns, cut=pair.last is None)


def _first(pair: Pair, key: str, name: str) -> Details:
    took_ns = None if pair.last is None else pair.last.span_ns(key)
    return () if took_ns is None else ((name, f"after {ms(took_ns)}"),)


def _epoch(record: Record) -> int | None:
    return record.integer("epoch")


def _end(end_ns: int | None, call_ns: int) -> int:
    return call_ns if end_ns is None else end_ns
