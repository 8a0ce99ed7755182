"""The lane of a person: what they said, and what the agent noticed and understood of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from simulator.report.timeline.model import Lane, Mark, Span, as_details, as_object, rows
from simulator.report.timeline.pairs import Pair, pairs
from simulator.report.timeline.pictures import shown
from simulator.trace import Record
from simulator.trace.metrics.voice import Voices
from simulator.trace.record import AGENT
from simulator.trace.story_conditions import line_in_words, missing_in_words, outages, room_in_words

FORGOTTEN_NS = 4_000_000_000
"""Speech after a longer pause in which nothing was noticed is a turn of its own."""

_PRESENCE = {"joined": True, "reconnected": True, "left": False, "dropped": False, "lost": False}
_TOLD = {
    "joined": "joins",
    "left": "leaves",
    "dropped": "drops out",
    "lost": "is given up as lost",
    "reconnected": "is back",
    "muted": "is muted",
    "unmuted": "is unmuted",
}
_CONDITIONS = {
    "network": ("line", "conditions", line_in_words),
    "acoustics": ("room", "conditions", room_in_words),
    "network.counts": ("line", "arrived", missing_in_words),
}
_NOTICED = ("vad.speech_started", "turn.started", "stt.partial_transcript", "stt.transcript")
_FINAL = ("stt.transcript", "realtime.user_speech_transcription")


def person_lane(name: str, records: Sequence[Record], voices: Voices, end_ns: int) -> Lane:
    """All about the person called ``name``."""
    own = [record for record in records if record.source == name]
    about = [r for r in records if r.source == AGENT and r.text("participant") == name]
    sound = (Span(s.start_ns, end_ns if s.end_ns is None else s.end_ns, "sound") for s in voices.of(name))
    noticed = pairs(about, "vad.speech_started", "vad.speech_ended", gives_up=_has_left, end_ns=end_ns)
    return Lane(
        name,
        "person",
        (
            *rows("in the call", _presence(own, end_ns), end_ns),
            *rows(
                "muted", (Span(p.first.t_ns, p.end_ns, "muted", "muted") for p in _mutes(own, end_ns)), end_ns
            ),
            *rows("sound", sound, end_ns),
            *rows("line", _outages(own, end_ns), end_ns),
            *rows("says", _clips(own, end_ns), end_ns),
            *rows("keys", _keys(own), end_ns),
            *rows("shows", shown(own, end_ns), end_ns),
            *rows("plays", _shared_sound(own, end_ns), end_ns),
            *rows("noticed", (Span(p.first.t_ns, p.end_ns, "noticed") for p in noticed), end_ns),
            *rows("words", _words(about, end_ns), end_ns),
            *rows("turn", _named_later(_turns(about), about), end_ns),
        ),
        tuple(sorted([*_acts(own), *_understood(about)], key=lambda mark: mark.at_ns)),
    )


def _presence(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    since_ns: int | None = None
    for record in own:
        inside = _PRESENCE.get(record.kind)
        if inside and since_ns is None:
            since_ns = record.t_ns
        elif inside is False and since_ns is not None:
            yield Span(since_ns, record.t_ns, "presence")
            since_ns = None
    if since_ns is not None:
        yield Span(since_ns, end_ns, "presence")


def _mutes(own: Sequence[Record], end_ns: int) -> Iterator[Pair]:
    return pairs(own, "muted", "unmuted", gives_up=lambda record: record.kind == "left", end_ns=end_ns)


def _outages(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    """When nothing got through: a network that was out, or a connection that was lost."""
    for record in own:
        if record.kind == "network":
            up, down = (frozenset(outages(as_object(record.data.get(way)))) for way in ("up", "down"))
            for begins_ns, ends_ns in sorted(up | down):
                ways = [
                    way for way, out in (("to the agent", up), ("back", down)) if (begins_ns, ends_ns) in out
                ]
                which = "both ways" if len(ways) == 2 else ways[0]
                if begins_ns < end_ns:
                    yield Span(begins_ns, ends_ns, "outage", "nothing gets through", (("way", which),))
    for pair in pairs(own, "dropped", "reconnected", end_ns=end_ns):
        yield Span(pair.first.t_ns, pair.end_ns, "outage", "connection lost")


def _has_left(record: Record) -> bool:
    return record.kind == "edge.participant_left"


def _clips(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    for pair in pairs(own, "says", "said", lambda record: record.text("clip"), end_ns=end_ns):
        clip = pair.first
        over_ns = pair.last.at_ns if pair.last is not None else clip.integer("ends_at_ns") or pair.end_ns
        cut = pair.last is not None and pair.last.flag("cut")
        details = (("clip", clip.text("clip")), ("ended", "broken off" if cut else "as recorded"))
        yield Span(clip.at_ns, over_ns, "clip", clip.text("text") or clip.text("clip"), details, cut=cut)


def _shared_sound(own: Sequence[Record], end_ns: int) -> Iterator[Span]:
    """The sound of a screen, as long as it plays and is shared."""
    for pair in pairs(own, "plays", "audio.stopped", lambda record: record.text("track"), end_ns=end_ns):
        sound = pair.first
        over_ns = min(pair.end_ns, sound.integer("ends_at_ns") or pair.end_ns)
        details = (("clip", sound.text("clip")),)
        yield Span(sound.at_ns, over_ns, "clip", sound.text("text") or sound.text("clip"), details)


def _keys(own: Sequence[Record]) -> Iterator[Span]:
    for record in own:
        if record.kind == "presses":
            yield Span(
                record.at_ns, record.integer("ends_at_ns") or record.at_ns, "clip", record.text("keys")
            )


def _words(about: Sequence[Record], end_ns: int) -> Iterator[Span]:
    """Each piece of a transcript from when it was known to when the next one was."""
    known, pending, since_ns = "", "", 0
    for record in about:
        final = record.kind in _FINAL
        if not final and record.kind != "stt.partial_transcript":
            continue
        if pending:
            yield Span(since_ns, record.t_ns, "word", pending)
        text = record.text("text")
        pending = "" if final else text.removeprefix(known).strip() if text.startswith(known) else text
        known, since_ns = "" if final else text, record.t_ns
    if pending:
        yield Span(since_ns, end_ns, "word", pending)


@dataclass
class _Stretch:
    """Speech of a person of which it is not yet known whether the agent takes it for a turn."""

    start_ns: int
    latest_ns: int
    finals: list[str] = field(default_factory=list)

    def unanswered(self) -> Span:
        return Span(self.start_ns, self.latest_ns, "unanswered", " ".join(self.finals), (("answered", "no"),))


def _turns(about: Sequence[Record]) -> Iterator[Span]:
    """From where the agent first noticed the person to where it took their turn to have ended.

    Speech that never became a turn, such as a back-channel, is a span of its own kind.
    """
    stretch: _Stretch | None = None
    for record in about:
        if record.kind == "agent.user_turn_ended" and not record.flag("eager"):
            start_ns = record.t_ns if stretch is None else stretch.start_ns
            yield Span(start_ns, record.t_ns, "turn", record.text("text"), (("answered", "yes"),))
            stretch = None
        elif record.kind in _NOTICED:
            if stretch is not None and record.t_ns - stretch.latest_ns > FORGOTTEN_NS:
                yield stretch.unanswered()
                stretch = None
            stretch = stretch or _Stretch(record.t_ns, record.t_ns)
            stretch.latest_ns = record.t_ns
            if record.kind == "stt.transcript":
                stretch.finals.append(record.text("text"))
        elif record.kind == "vad.speech_ended" and stretch is not None:
            stretch.latest_ns = record.t_ns
    if stretch is not None:
        yield stretch.unanswered()


def _named_later(turns: Iterable[Span], about: Sequence[Record]) -> Iterator[Span]:
    """A speech-to-speech model tells what it understood when it answers: the turn was over by then."""
    told = [r for r in about if r.kind == "realtime.user_speech_transcription"]
    for turn in turns:
        text = turn.text
        if not text and told and told[0].t_ns >= turn.start_ns:
            text = told.pop(0).text("text")
        yield replace(turn, text=text)


def _acts(own: Sequence[Record]) -> Iterator[Mark]:
    for record in own:
        if record.kind in _TOLD:
            yield Mark(record.t_ns, record.kind, f"{record.source} {_TOLD[record.kind]}")
        elif record.kind == "custom_event":
            yield Mark(record.t_ns, "custom", f"{record.source} sends an event", as_details(record.data))
        elif record.kind == "typed":
            yield Mark(record.t_ns, "custom", f"{record.source} writes", (("text", record.text("text")),))
        elif record.kind == "video.failed":
            yield Mark(record.t_ns, "error", record.kind, (("error", record.text("error")),))
        elif record.kind in _CONDITIONS:
            what, name, in_words = _CONDITIONS[record.kind]
            told = in_words(record.data) or ("all of it" if name == "arrived" else "ideal")
            yield Mark(record.t_ns, "conditions", f"{record.source}'s {what}", ((name, told),))


def _understood(about: Sequence[Record]) -> Iterator[Mark]:
    for record in about:
        if record.kind in _FINAL:
            yield Mark(record.t_ns, "final", "understood", (("text", record.text("text")),))
        elif record.kind == "agent.user_turn_ended" and record.flag("eager"):
            yield Mark(record.t_ns, "eager", "the turn may have ended", (("text", record.text("text")),))
