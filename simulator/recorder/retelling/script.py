"""From what happened in a call to the steps of a scenario in which it happens again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agentkit.core.edge import TrackType
from simulator.recorder.retelling.clips import CutClip
from simulator.recorder.retelling.happenings import (
    AgentFellSilent,
    AgentFinished,
    AgentSpoke,
    Happening,
    Hid,
    Joined,
    Left,
    Muted,
    Said,
    Sent,
    Showed,
    Typed,
    Unmuted,
    WentWrong,
)
from simulator.recorder.retelling.story import Story
from simulator.recorder.retelling.troubles import Trouble
from simulator.scenario.model.quantities import Duration

MS = 1_000_000
ROUND_UP_TO = 100 * MS
"""A time limit is read by people."""

LATE = Duration(500 * MS)
"""A model that answers half a second later than it did is no other agent yet."""

AT_ONCE = 100 * MS

_SHOWS = {
    TrackType.VIDEO: "turns camera on",
    TrackType.SCREEN_SHARE: "shares screen",
    TrackType.SCREEN_SHARE_AUDIO: "shares sound",
}

Step = dict[str, Any]


@dataclass(frozen=True)
class Tolerance:
    """How much later than in the recording the agent may do something, and how much waits may grow when explored."""

    late: Duration = field(default_factory=lambda: LATE)
    vary: Duration = field(default_factory=lambda: Duration(0))


class ScriptWriter:
    """Writes the steps one by one, and follows what the time will be when they are played."""

    def __init__(self, story: Story, tolerance: Tolerance) -> None:
        self.steps: list[Step] = []
        self._story = story
        self._tolerance = tolerance
        self._now = self._opens = story.begins_ns
        self._finished_ns: int | None = None
        self._barge_ins = {h.clip.name for h in story.happenings if isinstance(h, AgentFellSilent)}

    def write(self) -> list[Step]:
        """All steps, up to the end of the story."""
        happenings = self._story.happenings
        for index, happening in enumerate(happenings):
            if not isinstance(happening, AgentSpoke | AgentFinished | AgentFellSilent):
                self._wait_until(happening.at_ns)
            if isinstance(happening, Said):
                following = happenings[index + 1] if index + 1 < len(happenings) else None
                self._say(happening.clip, following)
            else:
                self._note(happening)
        self._wait_until(self._story.ends_ns)
        return self.steps

    def _wait_until(self, at_ns: int) -> None:
        """Let time pass, in whole milliseconds."""
        gap = (at_ns - self._now + MS // 2) // MS * MS
        if gap > 0:
            longest = f"..{Duration(gap + self._tolerance.vary.ns)}" if self._tolerance.vary.ns else ""
            self.steps.append({"wait": f"{Duration(gap)}{longest}"})
            self._now = self._opens = self._now + gap

    def _say(self, clip: CutClip, following: Happening | None) -> None:
        alone = clip.end_ns <= self._story.ends_ns and (following is None or following.at_ns >= clip.end_ns)
        step: Step = {clip.person: f"{'says' if alone else 'starts saying'} {clip.name}.wav"}
        if clip.name in self._barge_ins:
            step["as"] = clip.moment
        self.steps.append(step)
        if alone:
            self._now = max(self._now, clip.end_ns)
        self._opens = self._now

    def _note(self, happening: Happening) -> None:
        match happening:
            case Joined(_, person):
                self._act({person: "joins"})
            case Left(_, person):
                self._act({person: "leaves"})
            case Sent(_, person, data):
                self._act({person: {"sends": data}})
            case Typed(_, person, text):
                self._act({person: _with_text("types", text)})
            case Muted(_, person):
                self._act({person: "mutes"})
            case Unmuted(_, person):
                self._act({person: "unmutes"})
            case Showed(_, showing):
                self._act({showing.person: f"{_SHOWS[showing.track_type]} {showing.name}"})
            case Hid(_, person, track_type):
                self._act({person: "turns camera off" if track_type is TrackType.VIDEO else "stops sharing"})
            case WentWrong(at_ns, trouble):
                self._act(_trouble(trouble, at_ns))
            case AgentSpoke(at_ns, None) if at_ns - self._opens < AT_ONCE:
                pass  # the turn before went over into this one: there is no instant between them to wait for
            case AgentSpoke(at_ns, voice_ns):
                step = {"agent": "speaks"} if voice_ns is not None else {"wait for": "agent.turn_started"}
                self._watch(step, at_ns, voice_ns)
            case AgentFinished(at_ns):
                if (
                    self._finished_ns == self._opens
                ):  # else the end of the turn before would count for this one
                    self._wait_until(min(self._opens + AT_ONCE, at_ns))
                self._finished_ns = at_ns
                self._watch({"agent": "finishes speaking"}, at_ns, None)
            case AgentFellSilent(at_ns, voice_ns, clip):
                within = self._within(voice_ns - clip.voiced_ns)
                self.steps.append({"agent": "falls silent", "within": within, "of": clip.moment})
                self._now, self._opens = max(self._now, at_ns), voice_ns

    def _act(self, step: Step) -> None:
        self.steps.append(step)
        self._opens = self._now

    def _watch(self, step: Step, at_ns: int, seen_ns: int | None) -> None:
        self.steps.append(step | {"within": self._within(at_ns - self._opens)})
        self._now = max(self._now, at_ns)
        self._opens = at_ns if seen_ns is None else seen_ns

    def _within(self, took_ns: int) -> str:
        most = max(0, took_ns) + self._tolerance.late.ns
        return str(Duration(-(-most // ROUND_UP_TO) * ROUND_UP_TO))


def _trouble(trouble: Trouble, at_ns: int) -> Step:
    told = _with_text("errors", trouble.message) if trouble.how == "errors" else trouble.how
    by = {"by": str(Duration(trouble.by_ns))} if trouble.by_ns else {}
    return {trouble.provider: told, **by, "for": str(Duration(max(MS, (trouble.end_ns - at_ns) // MS * MS)))}


def _with_text(verb: str, text: str) -> str | dict[str, str]:
    """A verb and what follows it, as somebody would write it; where quotes would be in the way, one below the other."""
    return {verb: text} if '"' in text else f'{verb} "{text}"'


def expectations(story: Story, interruptions: int, false_interruptions: int, *, texts: bool) -> list[Step]:
    """What was true of the call; with ``texts`` also what was heard of each turn of the agent."""
    expected: list[Step] = [
        {"interruptions": interruptions},
        {"false interruptions": false_interruptions},
        {"agent turns": len(story.turns)},
    ]
    if texts:
        heard = [turn for turn in story.turns if turn not in story.unfinished]
        globs = [_glob(turn.heard_text, interrupted=turn.interrupted) for turn in heard]
        expected += [{"agent said": glob} for glob in dict.fromkeys(globs) if glob]
    return expected


def _glob(text: str, *, interrupted: bool, longest: int = 400, fuzzy_words: int = 2) -> str:
    """What was heard, to compare with: where it was cut, the last words are left open."""
    words: Sequence[str] = text.split()
    if interrupted:
        words = words[: max(1, len(words) - fuzzy_words)]
    whole = " ".join(words)
    if len(whole) > longest or (interrupted and whole):
        return f"{whole[:longest].rstrip()}*"
    return whole
