"""The words of the language: which verb belongs to whom, what it takes, and what may stand beside it.

The models of the steps are the table; here it is turned the way a reader needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from simulator.scenario.model.problems import CLOSE_ENOUGH, likeness, nearest
from simulator.scenario.model.steps import BaseStep, Step

Actor = Literal["person", "agent", "provider", "everyone", "call", "wait"]
Takes = Literal[
    "clip", "text", "data", "duration", "event", "tool", "error", "steps", "video", "keys", "message", ""
]

BESIDE = ("within", "of", "for", "by", "as", "where", "times")
"""What may stand beside a verb, in the order in which messages name it."""

EVENTS = (
    "acoustics",
    "agent.finished",
    "agent.joined",
    "agent.reply_cancelled",
    "agent.reply_started",
    "agent.resumed",
    "agent.turn_ended",
    "agent.turn_started",
    "agent.user_turn_ended",
    "agent.watching",
    "agent.yielded",
    "audio.started",
    "audio.stopped",
    "call.ended",
    "call.started",
    "custom_event",
    "dropped",
    "edge.call_ended",
    "edge.custom_event",
    "edge.participant_joined",
    "edge.participant_left",
    "edge.track_added",
    "edge.track_removed",
    "exception",
    "heard",
    "joined",
    "left",
    "llm.error",
    "llm.request_started",
    "llm.response",
    "llm.tool_end",
    "llm.tool_start",
    "lost",
    "muted",
    "network",
    "network.counts",
    "plays",
    "presses",
    "provider.in_trouble",
    "provider.recovered",
    "realtime.agent_speech_transcription",
    "realtime.audio_output_done",
    "realtime.connected",
    "realtime.disconnected",
    "realtime.error",
    "realtime.user_speech_transcription",
    "reconnected",
    "said",
    "says",
    "shows",
    "stt.error",
    "stt.partial_transcript",
    "stt.transcript",
    "track.failed",
    "tts.error",
    "tts.synthesis_completed",
    "tts.synthesis_started",
    "turn.ended",
    "turn.error",
    "turn.started",
    "typed",
    "unmuted",
    "vad.error",
    "vad.speech_ended",
    "vad.speech_started",
    "video.failed",
    "video.frame",
    "video.started",
    "video.stopped",
    "voice.started",
    "voice.stopped",
)
"""What the framework and the simulator record, to recognise a slip of the pen. Plugins may have any others."""

_SLIP = 0.85


@dataclass(frozen=True)
class Verb:
    """What one verb is made of.

    ``takes`` names the field of ``step`` that follows the verb, if one does. ``beside`` are the keys that may stand
    beside it, ``needs`` those of them that have to.
    """

    actor: Actor
    words: str
    step: type[BaseStep]
    takes: Takes
    beside: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def takes_something(self) -> bool:
        """Whether something has to follow the verb."""
        return bool(self.takes) and self.step.model_fields[self.takes].is_required()


_SUBJECTS = ("person", "agent", "provider", "everyone", "call")
"""Actors that are written before the verb, or whose name is. Who waits is not written."""


def _verb(step: type[BaseStep]) -> Verb:
    kind = str(step.model_fields["kind"].default)
    actor, _, words = kind.partition(" ") if kind.split()[0] in _SUBJECTS else ("wait", "", kind)
    takes = next((name for name in get_args(Takes) if name in step.model_fields), "")
    fields = {name.rstrip("_"): field for name, field in step.model_fields.items()}
    beside = tuple(name for name in BESIDE if name in fields)
    needs = tuple(name for name in beside if fields[name].is_required())
    return Verb(cast(Actor, actor), words, step, cast(Takes, takes), beside, needs)


_STEPS: tuple[type[BaseStep], ...] = get_args(get_args(Step)[0])

VERBS: dict[Actor, dict[str, Verb]] = {
    actor: {verb.words: verb for verb in map(_verb, _STEPS) if verb.actor == actor}
    for actor in get_args(Actor)
}
"""For each actor: the verbs, by the words that are written."""


def split_verb(text: str, verbs: dict[str, Verb]) -> tuple[Verb | None, str]:
    """The longest verb that ``text`` begins with, and what follows it."""
    words = text.split()
    for count in (3, 2, 1):
        if verb := verbs.get(" ".join(words[:count])):
            rest = text.split(None, count)
            return verb, rest[count].strip() if len(rest) > count else ""
    return None, text


def nearest_verb(text: str, verbs: dict[str, Verb]) -> str | None:
    """The verb most like the beginning of ``text``, if one is like it at all."""
    words = text.split()
    alike = {verb: likeness(" ".join(words[: len(verb.split())]), verb) for verb in verbs}
    best = max(alike, key=lambda verb: alike[verb], default=None)
    return best if best is not None and alike[best] >= CLOSE_ENOUGH else None


def misspelt_event(event: str) -> str | None:
    """The framework's event that was surely meant by one it does not have."""
    if event in EVENTS or (meant := nearest(event, EVENTS)) is None:
        return None
    return meant if likeness(event, meant) >= _SLIP else None
