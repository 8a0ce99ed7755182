"""Clips of which scripted ears understand nothing, because nobody has written down what is said in them, and when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from simulator.media.clips import Clip, MediaError, find_clip
from simulator.scenario.model.problems import Place, Problem, printable
from simulator.scenario.model.scenario import Scenario
from simulator.scenario.model.steps import KeepsTalking, Plays, Says, StartsPlaying, StartsSaying
from simulator.scenario.reading.found_later import found_later

A_NOISE = '{"text": "", "words": [], "kind": "noise"}'
"""The sidecar of a clip in which nothing is said."""


def unheard_clips(scenario: Scenario) -> dict[Path, Problem]:
    """The clips that people say in this scenario and that no scripted ears understand, each where it is said first.

    That is no mistake by itself: a recogniser needs no sidecar, nor does a noise.
    """
    found: dict[Path, Problem] = {}
    for name, place in _said(scenario):
        try:
            clip = find_clip(name, folders=scenario.folders)
            if clip.lacks_words and clip.path not in found:
                found[clip.path] = _problem(clip, place, str(scenario.path or scenario.name))
        except (MediaError, OSError):  # it cannot be played; whoever plays it is told
            continue
    return found


def told_unheard(clip: Clip) -> str:
    """Why scripted ears understand nothing of a clip that `lacks_words`, and what to write beside it."""
    return f"{printable(_what(clip))}\n    {_remedy(clip)}"


def _problem(clip: Clip, place: Place, path: str) -> Problem:
    return found_later(place, path, printable(_what(clip)), _remedy(clip))


def _said(scenario: Scenario) -> Iterator[tuple[str, Place]]:
    for person in scenario.people.values():
        if isinstance(person.mic, str):
            yield person.mic, person.place
    for step in scenario.script:
        if isinstance(step, Says | StartsSaying | KeepsTalking):
            yield step.clip, step.place
        elif isinstance(step, Plays | StartsPlaying):
            yield step.video, step.place


def _what(clip: Clip) -> str:
    name, sidecar = clip.path.name, clip.path.with_suffix(".json").name
    if clip.text:
        return f"{sidecar} has no word in its list of words, so scripted ears understand nothing of {name}"
    other = _misnamed(clip.path)
    instead = f" ({other} is none: rename it)" if other else ""
    return f"{name} has no sidecar {sidecar}{instead}, so scripted ears understand none of it"


def _misnamed(clip: Path) -> str:
    """What stands beside the clip and was meant for its sidecar."""
    meant = {f"{clip.stem}.json".lower(), f"{clip.name}.json".lower()}
    return next((file.name for file in sorted(clip.parent.iterdir()) if file.name.lower() in meant), "")


def _remedy(clip: Clip) -> str:
    """A sidecar to begin with: all that is said as if it were one word, from the first sound to the end."""
    text = clip.text or "what is said"
    word = {"text": text, "start": round(clip.first_voiced_s, 2), "end": int(clip.duration * 100) / 100}
    sidecar = json.dumps({"text": text, "words": [word]}, ensure_ascii=False)
    return (
        f"write into {clip.path.with_suffix('.json').name} what is said and when, in seconds, best word for word:\n"
        f"    {printable(sidecar)}\n"
        f"    or, if nothing is said: {A_NOISE}"
    )
