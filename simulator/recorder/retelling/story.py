"""A recorded call as a script tells it: what happened, in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.media.activity import NS_PER_SECOND
from simulator.recorder.retelling.clips import CutClip
from simulator.recorder.retelling.doings import doings_of
from simulator.recorder.retelling.happenings import (
    RANK,
    AgentFellSilent,
    AgentFinished,
    AgentSpoke,
    Happening,
    Said,
    Showed,
    WentWrong,
)
from simulator.recorder.retelling.recorded import RecordedCall, RecordedPerson
from simulator.recorder.retelling.shown import Showing
from simulator.recorder.retelling.troubles import troubles_of
from simulator.scenario.model.parts import RESERVED, parse_person
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

    @property
    def fixtures(self) -> list[CutClip | Showing]:
        """All that becomes files beside the script."""
        return [*self.clips, *self.showings]


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
        story.happenings += doings_of(call, person, name, (story.begins_ns, story.ends_ns), prefix)
    story.happenings += _troubles(story, records)
    _add_agent(story, records, names)
    story.happenings.sort(key=lambda happening: (happening.at_ns, RANK.index(type(happening))))
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
        spellings = (name, *(f"{name}-{other}" for other in range(number, number + len(people))))
        names[person.source] = next(each for each in spellings if each.lower() not in taken)
    return names


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
