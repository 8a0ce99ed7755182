"""What a record says, in words."""

from __future__ import annotations

import json
from collections.abc import Callable

from simulator.trace.metrics.compute import is_error
from simulator.trace.record import AGENT, NOT_PEOPLE, Record
from simulator.trace.story_conditions import line_in_words, missing_in_words, room_in_words

TEXT_LIMIT = 60
"""Characters of a quotation before it is shortened."""


def sentence(record: Record) -> str:
    """``record`` in words; empty when it is not worth a line."""
    if record.source == AGENT:
        if is_error(record):
            context = record.text("context")
            return f"{record.kind}: {_short(record.text('error'))}" + (f" ({context})" if context else "")
        say = _OF_THE_AGENT.get(record.kind)
    elif record.source in NOT_PEOPLE:
        say = _OF_THE_CALL.get(record.kind)
    else:
        say = _OF_A_PERSON.get(record.kind)
    return say(record) if say else ""


def failed(record: Record) -> bool:
    """Whether the record is a step of the script that failed."""
    return record.source in NOT_PEOPLE and record.kind == "step" and record.text("outcome") == "failed"


def ms(ns: int) -> str:
    """``240 ms``."""
    return f"{ns / 1e6:.0f} ms"


def picture(track: str) -> str:
    """The track of somebody's camera or screen, ``alice:screen``, as ``alice's screen``."""
    who, _, which = track.rpartition(":")
    return f"{who}'s {'camera' if which == 'video' else which}" if who else track


def _turn_ended(record: Record) -> str:
    if not record.flag("interrupted"):
        return f"agent has said {_quote(record)}"
    heard, words = len(record.text("heard_text").split()), len(record.text("text").split())
    last = " ".join(record.text("heard_text").split())
    if len(last) > TEXT_LIMIT:
        last = "..." + last[3 - TEXT_LIMIT :]
    return f'agent was cut off after {heard} of {words} words: "{last}"'


def _step(record: Record) -> str:
    if not failed(record):
        return ""
    line = record.integer("line")
    where = "" if line is None else f" (line {line})"
    return f"step {_quote(record)}{where} failed: {_short(record.text('why'), 200)}"


def _call_started(record: Record) -> str:
    scenario, seed = record.text("scenario"), record.integer("seed")
    return (
        "the call begins"
        + (f": {scenario}" if scenario else "")
        + ("" if seed is None else f" (seed {seed})")
    )


def _call_ended(record: Record) -> str:
    return "the call ends" + (f" ({record.text('reason')})" if record.text("reason") else "")


def _line(record: Record) -> str:
    line = line_in_words(record.data)
    return f"{record.source}'s line: {line}" if line else ""


def _missing(record: Record) -> str:
    missing = missing_in_words(record.data)
    return f"{record.source}'s line: {missing}" if missing else ""


def _room(record: Record) -> str:
    room = room_in_words(record.data)
    return f"{record.source}'s room: {room}" if room else ""


def _starts(record: Record) -> str:
    unheard = (
        " (its words are not known, so scripted ears understand none)" if record.flag("lacks_words") else ""
    )
    return f"{record.source} starts {_words_or_clip(record)}{unheard}"


def _is_back(record: Record) -> str:
    anew = record.data.get("in_time") is False
    return f"{record.source} is back" + (" and joins anew" if anew else "")


def _watching(record: Record) -> str:
    track = record.text("track_id")
    return f"agent looks at {picture(track)}" if track else "agent looks at nothing"


def _calls(record: Record) -> str:
    arguments = record.data.get("arguments")
    told = arguments if isinstance(arguments, dict) else {}
    listed = ", ".join(f"{name}={_json(value)}" for name, value in told.items())
    return f"agent calls {record.text('tool_name')}({_short(listed)})"


def _returned(record: Record) -> str:
    if record.text("error"):  # an error has a record of its own
        return ""
    return f"{record.text('tool_name')} gives {_short(_json(record.data.get('result')))}"


def _disconnected(record: Record) -> str:
    if record.data.get("was_clean") is not False:
        return ""
    reason = record.text("reason")
    return "agent loses the connection to its model" + (f": {_short(reason)}" if reason else "")


def _who(record: Record) -> str:
    return record.text("participant") or "someone"


def _quote(record: Record, key: str = "text") -> str:
    return f'"{_short(record.text(key))}"'


def _words_or_clip(record: Record) -> str:
    return _quote(record) if record.text("text") else _short(record.text("clip"))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(text: str, limit: int = TEXT_LIMIT) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3].rstrip() + "..."


_Say = Callable[[Record], str]

_OF_THE_CALL: dict[str, _Say] = {
    "call.started": _call_started,
    "call.ended": _call_ended,
    "moment": lambda r: f"moment {_quote(r, 'name')}",
    "step": _step,
    "provider.in_trouble": lambda r: f"from here on {r.text('provider')} {r.text('how')}",
    "provider.recovered": lambda r: f"{r.text('provider')} is well again",
}

_OF_A_PERSON: dict[str, _Say] = {
    "network": _line,
    "acoustics": _room,
    "network.counts": _missing,
    "joined": lambda r: f"{r.source} joins",
    "left": lambda r: f"{r.source} leaves",
    "muted": lambda r: f"{r.source} is muted",
    "unmuted": lambda r: f"{r.source} is unmuted",
    "dropped": lambda r: f"{r.source} drops out",
    "lost": lambda r: f"{r.source} is given up as lost",
    "reconnected": _is_back,
    "says": _starts,
    "presses": lambda r: f"{r.source} presses {_short(r.text('keys'))}",
    "typed": lambda r: f"{r.source} writes {_quote(r)}",
    "shows": lambda r: f"{picture(r.text('track'))} shows {_short(r.text('clip'))}",
    "plays": lambda r: f"{r.source} shares the sound {_words_or_clip(r)}",
    "audio.stopped": lambda r: f"{r.source} shares no sound any more",
    "video.stopped": lambda r: f"{picture(r.text('track'))} is off",
    "video.failed": lambda r: f"{r.source}'s video fails: {_short(r.text('error'))}",
    "custom_event": lambda r: f"{r.source} sends {_short(_json(r.data.get('data')))}",
}

_OF_THE_AGENT: dict[str, _Say] = {
    "agent.joined": lambda r: "agent joins",
    "agent.finished": lambda r: "agent is finished",
    "vad.speech_started": lambda r: f"agent notices {_who(r)}",
    "stt.partial_transcript": lambda r: f"agent begins to understand {_who(r)}: {_quote(r)}",
    "stt.transcript": lambda r: f"agent has understood {_who(r)}: {_quote(r)}",
    "realtime.user_speech_transcription": lambda r: f"agent has understood {_who(r)}: {_quote(r)}",
    "realtime.disconnected": _disconnected,
    "agent.user_turn_ended": lambda r: (
        f"{_who(r)}'s turn {'may have ended' if r.flag('eager') else 'has ended'}"
    ),
    "agent.reply_started": lambda r: "agent prepares a reply" + (" in advance" if r.flag("eager") else ""),
    "agent.reply_cancelled": lambda r: (
        f"agent drops an unheard reply ({_short(r.text('reason')) or 'no reason'})"
    ),
    "agent.yielded": lambda r: f"agent yields to {_who(r)}" if r.text("participant") else "agent breaks off",
    "agent.resumed": lambda r: "agent goes on: that was no interruption",
    "agent.turn_ended": _turn_ended,
    "agent.watching": _watching,
    "llm.tool_start": _calls,
    "llm.tool_end": _returned,
    "custom_event": lambda r: f"agent sends {_short(_json(r.data.get('data')))}",
    "edge.call_ended": lambda r: "agent is told that the call is over",
}
