"""What happened in a recorded call, in the order in which a script has to tell it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agentkit.core.edge import TrackType
from simulator.media.activity import NS_PER_SECOND
from simulator.media.frames import SAMPLE_RATE
from simulator.recorder.clips import CutClip, clips_of
from simulator.recorder.cutting import Span
from simulator.recorder.recorded import RecordedCall, RecordedPerson
from simulator.recorder.shown import Showing, showings_of
from simulator.recorder.troubles import Trouble, troubles_of
from simulator.scenario.parts import RESERVED, parse_person
from simulator.trace import Record
from simulator.trace.metrics.turns import AgentTurn, agent_turns
from simulator.trace.metrics.voice import Voices
from simulator.trace.record import AGENT

AFTERWARDS_NS = 3 * NS_PER_SECOND
"""How long a scenario goes on after the last thing that happened, if the call did."""


LEAD_NS = NS_PER_SECOND // 5
"""How long before it was noticed a trouble begins, where nobody did anything: the agent may be quicker next time."""

OVER = ("call.ended", "edge.call_ended", "agent.finished")
"""What ends a call for the agent."""


@dataclass(frozen=True)
class Happening:
    """Something at ``at_ns``, since the call began: when a script does it, or comes to know of it."""

    at_ns: int


@dataclass(frozen=True)
class Joined(Happening):
    person: str


@dataclass(frozen=True)
class Left(Happening):
    person: str


@dataclass(frozen=True)
class Sent(Happening):
    person: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Said(Happening):
    clip: CutClip


@dataclass(frozen=True)
class Showed(Happening):
    """Somebody turned the camera on, or began to share."""

    showing: Showing


@dataclass(frozen=True)
class Hid(Happening):
    """Somebody turned the camera off, or shares no more."""

    person: str
    track_type: TrackType


@dataclass(frozen=True)
class WentWrong(Happening):
    """Something is wrong with a provider from here on, until ``trouble.end_ns``."""

    trouble: Trouble


@dataclass(frozen=True)
class AgentSpoke(Happening):
    """The agent became audible at ``voice_ns``; None where its sound ran on from the turn before."""

    voice_ns: int | None


@dataclass(frozen=True)
class AgentFinished(Happening):
    """A turn of the agent was over."""


@dataclass(frozen=True)
class AgentFellSilent(Happening):
    """The agent was cut by ``clip``, and last heard at ``voice_ns``; known a moment later, at ``at_ns``."""

    voice_ns: int
    clip: CutClip


_RANK: tuple[type[Happening], ...] = (
    AgentFellSilent,
    AgentFinished,
    AgentSpoke,
    Hid,
    Left,
    Joined,
    Showed,
    WentWrong,
    Said,
    Sent,
)
"""What comes first of things that happen in one instant."""


@dataclass
class Story:
    """A call as a script tells it: it begins when the agent listens."""

    begins_ns: int
    ends_ns: int
    people: dict[str, bool] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)
    turns: list[AgentTurn] = field(default_factory=list)
    unfinished: list[AgentTurn] = field(default_factory=list)

    @property
    def showings(self) -> list[Showing]:
        """Everything that was shown."""
        return [happening.showing for happening in self.happenings if isinstance(happening, Showed)]

    @property
    def clips(self) -> list[CutClip]:
        """Everything that was said."""
        return [happening.clip for happening in self.happenings if isinstance(happening, Said)]


def story_of(call: RecordedCall, prefix: str) -> Story:
    """What happened in ``call``; clips are named after ``prefix`` and who says them.

    Raises `RecordingError` for a stem that cannot be used.
    """
    records = call.records
    begins_ns = next((r.t_ns for r in records if r.kind == "agent.joined"), 0)
    over = [r.t_ns for r in records if r.kind in OVER and r.t_ns > begins_ns]
    story = Story(begins_ns, min(over, default=records[-1].t_ns))
    names = _names(call.people)
    for person in call.people:
        name = names[person.source]
        story.people[name] = person.stem is not None
        presences = _presences(records, person.source, story)
        story.happenings += [Joined(start, name) for start, _ in presences]
        story.happenings += [Left(end, name) for _, end in presences if end < story.ends_ns]
        samples = [Span(_samples(start), _samples(end)) for start, end in presences]
        clips = clips_of(call, person, name, samples, prefix)
        story.happenings += [Said(clip.start_ns, clip) for clip in clips]
        story.happenings += _sent(records, person.source, name, presences)
        story.happenings += _shown(showings_of(call, person, name, presences, prefix), presences)
    story.happenings += _troubles(story, records)
    _add_agent(story, records, names)
    story.happenings.sort(key=lambda happening: (happening.at_ns, _RANK.index(type(happening))))
    if not story.unfinished:
        last_ns = max((_over_at(happening) for happening in story.happenings), default=begins_ns)
        story.ends_ns = max(begins_ns, min(story.ends_ns, last_ns + AFTERWARDS_NS))
    return story


def _names(people: Sequence[RecordedPerson]) -> dict[str, str]:
    """A name that a scenario can use for each person, by what the trace calls them."""
    names: dict[str, str] = {}
    for number, person in enumerate(people, start=1):
        plain = re.sub(r"[^\w-]+|_{2,}", "-", person.user_id or person.source)[:30].strip("-_")
        try:
            name = parse_person(plain)
        except ValueError:
            name = f"person-{plain}" if plain.lower() in RESERVED else f"person{number}"
        taken = {each.lower() for each in names.values()}
        names[person.source] = f"{name}-{number}" if name.lower() in taken else name
    return names


def _presences(records: Sequence[Record], source: str, story: Story) -> list[tuple[int, int]]:
    """From when to when a person was there, as far as a script can tell: since it begins, in nanoseconds."""
    presences: list[tuple[int, int]] = []
    since: int | None = None
    for record in records:
        if record.source != source or record.kind not in ("joined", "left"):
            continue
        if record.kind == "joined":
            since = record.t_ns if since is None else since
        elif since is not None:
            presences.append((since, record.t_ns))
            since = None
    if since is not None:
        presences.append((since, story.ends_ns))
    here = [(max(start, story.begins_ns), min(end, story.ends_ns)) for start, end in presences]
    return [(start, end) for start, end in here if start < end]


def _sent(
    records: Sequence[Record], source: str, name: str, presences: Sequence[tuple[int, int]]
) -> list[Happening]:
    found = [r for r in records if r.source == source and r.kind == "custom_event"]
    return [
        Sent(r.t_ns, name, r.data["data"])
        for r in found
        if isinstance(r.data.get("data"), dict) and any(start <= r.t_ns < end for start, end in presences)
    ]


def _shown(showings: Sequence[Showing], presences: Sequence[tuple[int, int]]) -> list[Happening]:
    """What somebody showed, and when they ceased to. A screen and its sound end together; who leaves ends all."""
    found: list[Happening] = [Showed(showing.start_ns, showing) for showing in showings]
    gone = {end_ns for _, end_ns in presences}
    for showing in showings:
        shared = [each for each in showings if each.track_type is not TrackType.VIDEO]
        goes_on = showing in shared and any(each.start_ns <= showing.end_ns < each.end_ns for each in shared)
        hid = Hid(showing.end_ns, showing.person, showing.track_type)
        if showing.end_ns not in gone and not goes_on and hid not in found:
            found.append(hid)
    return found


def _troubles(story: Story, records: Sequence[Record]) -> list[WentWrong]:
    """What was wrong with providers, told from where it may as well have begun: when somebody did something."""
    done = sorted(happening.at_ns for happening in story.happenings)
    told: list[WentWrong] = []
    for trouble in troubles_of(records):
        if trouble.end_ns <= story.begins_ns or trouble.start_ns >= story.ends_ns:
            continue
        earliest_ns = max(trouble.well_ns, story.begins_ns)
        natural = [at_ns for at_ns in done if earliest_ns <= at_ns <= trouble.start_ns]
        lead_ns = max(0, min(LEAD_NS, (trouble.start_ns - earliest_ns) // 2))
        told.append(
            WentWrong(natural[-1] if natural else max(story.begins_ns, trouble.start_ns - lead_ns), trouble)
        )
    return told


def _add_agent(story: Story, records: Sequence[Record], names: dict[str, str]) -> None:
    """What the agent did, for as long as the script goes on."""
    voices = Voices(records)
    noticed = {
        (r.kind, r.at_ns): r.t_ns
        for r in records
        if r.source == AGENT and r.kind in ("voice.started", "voice.stopped")
    }
    ended = {r.integer("epoch"): r for r in records if r.source == AGENT and r.kind == "agent.turn_ended"}
    story.turns = [
        turn for turn in agent_turns(records, voices) if story.begins_ns <= turn.started_ns < story.ends_ns
    ]
    for turn in story.turns:
        voice_ns = turn.voice_started_ns
        known_ns = turn.started_ns if voice_ns is None else noticed.get(("voice.started", voice_ns), voice_ns)
        story.happenings.append(AgentSpoke(max(known_ns, turn.started_ns), voice_ns))
        over = ended.get(turn.epoch)
        if over is None or (
            over.t_ns >= story.ends_ns and turn.interrupted and "participant" not in over.data
        ):
            story.unfinished.append(turn)
            continue
        clip = _interrupter(story, names.get(over.text("participant"), ""), over.t_ns)
        silent_ns = turn.silent_ns
        if turn.interrupted and clip is not None and silent_ns is not None and silent_ns > clip.voiced_ns:
            stops = [span.end_ns for span in voices.of(AGENT) if span.end_ns is not None]
            first = min((stop for stop in stops if stop >= clip.voiced_ns), default=None)
            known_ns = noticed.get(("voice.stopped", silent_ns), silent_ns)
            if first == silent_ns and known_ns < story.ends_ns:
                story.happenings.append(AgentFellSilent(known_ns, silent_ns, clip))
                continue
        story.happenings.append(AgentFinished(over.t_ns))


def _interrupter(story: Story, person: str, at_ns: int) -> CutClip | None:
    """What ``person`` was saying, or had just said, then."""
    said = [clip for clip in story.clips if clip.person == person and clip.start_ns <= at_ns]
    return said[-1] if said else None


def _over_at(happening: Happening) -> int:
    return happening.clip.end_ns if isinstance(happening, Said) else happening.at_ns


def _samples(ns: int) -> int:
    return -(-ns * SAMPLE_RATE // NS_PER_SECOND)
