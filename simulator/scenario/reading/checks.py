"""What can be told to be wrong with a script before anything runs: people who speak before they join, moments
nobody named, waits that cannot end in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.scenario.model.problems import Refusal, nearest, shown
from simulator.scenario.model.quantities import Duration
from simulator.scenario.model.scenario import DEFAULT_LIMIT
from simulator.scenario.model.steps import (
    AgentStaysSilent,
    AnyOf,
    BaseStep,
    CallEnds,
    Coughs,
    Drops,
    EveryoneIsSilent,
    Joins,
    KeepsTalking,
    Leaves,
    Never,
    PersonStep,
    Plays,
    Presses,
    Reconnects,
    Says,
    SharesScreen,
    SharesSound,
    StartsPlaying,
    StartsSaying,
    StaysSilent,
    StopsTalking,
    TurnsCameraOn,
    Wait,
    WatchingStep,
)
from simulator.scenario.reading.draft import Draft, Location, Unreadable


def check_story(draft: Draft) -> None:
    """Notes in the draft what does not hold together from step to step."""
    _check_presence(draft)
    _check_moments(draft)
    _check_limit(draft)


@dataclass
class _Presence:
    """Where one person is in the script. ``known`` is False after a step of theirs that could not be read."""

    inside: bool = False
    talking: bool = False
    dropped: bool = False
    line: int = 0
    known: bool = True


class _Company:
    """Follows who is in the call, step by step."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._presences: dict[str, _Presence] = {}
        self._ended_at = 0

    def follow(self, index: int, step: BaseStep | Unreadable) -> None:
        people = self._draft.people or {}
        if isinstance(step, Unreadable):
            for name in [step.who] if step.who in people else people:
                self._presences[name] = _Presence(known=False)
        elif isinstance(step, CallEnds):
            if self._ended_at:
                raise self._refusal(
                    index, f"the call ended in line {self._ended_at} already", "remove one of them"
                )
            self._ended_at = self._draft.places.of("script", index).line
        elif isinstance(step, PersonStep):
            if self._ended_at:
                message = f"{step.who} cannot act any more: the call ended in line {self._ended_at}"
                raise self._refusal(index, message, "move this step up, or remove it")
            presence = self._presences.setdefault(step.who, _Presence())
            if presence.known:
                self._act(index, step, presence)

    def _act(self, index: int, step: PersonStep, presence: _Presence) -> None:
        line = self._draft.places.of("script", index).line
        if presence.dropped or isinstance(step, Reconnects):
            self._check_connection(index, step, presence)
            presence.dropped = False
            return
        if isinstance(step, Joins):
            if presence.inside:
                hint = f"remove this, or let them leave first: - {step.who}: leaves"
                raise self._refusal(
                    index, f"{step.who} is in the call already, since line {presence.line}", hint
                )
            self._presences[step.who] = _Presence(inside=True, line=line)
            return
        if not presence.inside:
            self._presences[step.who] = _Presence(known=False)
            left = f": they left in line {presence.line}" if presence.line else ""
            hint = f"put this before it: - {step.who}: joins"
            raise self._refusal(index, f"{step.who} is not in the call{left or ' yet'}", hint)
        if isinstance(step, Leaves):
            self._presences[step.who] = _Presence(line=line)
        elif isinstance(step, Drops):
            presence.dropped, presence.talking = True, False
        elif isinstance(step, TurnsCameraOn | SharesScreen):
            self._check_video(index, step)
        elif isinstance(step, SharesSound):
            self._check_shared_sound(index, step)
        elif isinstance(step, Plays | StartsPlaying):
            self._check_microphone(index, step)
            presence.talking = isinstance(step, StartsPlaying)
        elif isinstance(step, Says | StartsSaying | KeepsTalking | Coughs | Presses):
            self._check_microphone(index, step)
            presence.talking = isinstance(step, StartsSaying | KeepsTalking)
        elif isinstance(step, StopsTalking):
            if not presence.talking:
                hint = "'stops talking' breaks off what 'starts saying' began"
                raise self._refusal(index, f"{step.who} is not talking here", hint)
            presence.talking = False

    def _check_connection(self, index: int, step: PersonStep, presence: _Presence) -> None:
        if not presence.dropped:
            hint = f"'reconnects' is for someone who dropped: - {step.who}: drops"
            raise self._refusal(index, f"{step.who} has not lost the connection", hint)
        if not isinstance(step, Reconnects):
            hint = f"put this before it: - {step.who}: reconnects"
            raise self._refusal(index, f"{step.who} has lost the connection and cannot do this", hint)

    def _check_video(self, index: int, step: TurnsCameraOn | SharesScreen) -> None:
        person = (self._draft.people or {}).get(step.who)
        track = "camera" if isinstance(step, TurnsCameraOn) else "screen"
        if step.video is None and person is not None and getattr(person, track) is None:
            hint = f"name a video after the verb, or write {step.who}: {{{track}: clip.mp4}} under people"
            raise self._refusal(index, f"{step.who} has nothing to show", hint)

    def _check_shared_sound(self, index: int, step: SharesSound) -> None:
        person = (self._draft.people or {}).get(step.who)
        if step.clip is None and person is not None and not isinstance(person.screen_sound, str):
            hint = f"name a clip after the verb, or write {step.who}: {{screen_sound: clip.wav}} under people"
            raise self._refusal(index, f"{step.who} has no sound to share", hint)

    def _check_microphone(self, index: int, step: PersonStep) -> None:
        person = (self._draft.people or {}).get(step.who)
        if person is not None and person.mic is False:
            hint = f"write {step.who}: {{mic: true}} under people"
            raise self._refusal(index, f"{step.who} has no microphone to speak into", hint)

    def _refusal(self, index: int, message: str, hint: str) -> Refusal:
        return Refusal(self._draft.places.of("script", index), message, hint)


def _check_presence(draft: Draft) -> None:
    company = _Company(draft)
    for index, step in enumerate(draft.script):
        with draft.problems.collecting():
            company.follow(index, step)


def _check_moments(draft: Draft) -> None:
    """Every ``of`` looks back at an ``as``, and no two moments share a name."""
    named: dict[str, int] = {}
    later = {step.as_ for step in draft.script if step.as_}
    for index, step in enumerate(draft.script):
        for location, watching in _watching(step, ("script", index)):
            if not watching.of or watching.of in named:
                continue
            place = draft.places.of(*location, "of")
            if watching.of in later:
                draft.problems.add(
                    place, f"the moment {watching.of!r} comes later", "'of' looks back: name it further up"
                )
            else:
                hint = f"did you mean {meant!r}?" if (meant := nearest(watching.of, named)) else ""
                hint = hint or f"name a moment with as: {watching.of} beside an earlier step"
                draft.problems.add(place, f"no earlier step is named {shown(watching.of)}", hint)
        if step.as_:
            place = draft.places.of("script", index, "as")
            if step.as_ in named:
                message = f"the moment {shown(step.as_)} is named twice, first in line {named[step.as_]}"
                draft.problems.add(place, message, "give it another name")
            named.setdefault(step.as_, place.line)


def _watching(
    step: BaseStep | Unreadable, location: Location
) -> Iterator[tuple[Location, WatchingStep | AgentStaysSilent | Never]]:
    """The step, if it looks at a window of time, and the alternatives in it."""
    if isinstance(step, WatchingStep | AgentStaysSilent | Never):
        yield location, step
    if isinstance(step, AnyOf):
        for index, alternative in enumerate(step.steps):
            yield (*location, "steps", index), alternative


def _check_limit(draft: Draft) -> None:
    """What is waited for in any case has to fit into the limit."""
    limit: Duration = draft.header.get("limit", DEFAULT_LIMIT)
    waited = 0
    for index, step in enumerate(draft.script):
        if isinstance(step, Wait):
            waited += step.duration.ns
        elif isinstance(step, StaysSilent | AgentStaysSilent | Never | EveryoneIsSilent):
            waited += step.for_.ns
        if waited > limit.ns:
            place = draft.places.of("script", index)
            message = f"by here the script has waited {waited / 1e9:g}s, and the call may last {limit}"
            draft.problems.add(place, message, "raise the limit: of the scenario, or wait for less")
            return
