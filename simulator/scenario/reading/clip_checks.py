"""Whether the clips of a scenario exist, and lie where a scenario may look for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from simulator.edge.acoustics import PINK
from simulator.edge.surroundings import noise_called
from simulator.media.clips import MediaError, find_clip
from simulator.media.decode import decode_audio
from simulator.media.folders import looked_in
from simulator.media.video import find_video, read_video
from simulator.scenario.model.problems import shown
from simulator.scenario.model.steps import (
    KeepsTalking,
    Plays,
    Says,
    SharesScreen,
    SharesSound,
    StartsPlaying,
    StartsSaying,
    TurnsCameraOn,
)
from simulator.scenario.reading.draft import Draft, Location
from simulator.scenario.reading.inside import is_link_out, leads_out

Find = Callable[[str, Path], Path]
"""Finds a file by its name in a scenario's folder. Raises `MediaError` when there is none that will do."""


def check_clips(draft: Draft, folder: Path) -> None:
    """Notes in the draft which clips are missing, unreadable, or outside of ``folder`` and its fixtures.

    ``folder`` is where the scenario lies.
    """
    complaints: dict[tuple[str, Find], tuple[str, str] | None] = {}
    named = [
        *((*sound, _sound) for sound in _sounds(draft)),
        *_videos(draft),
        *((*noise, _noise) for noise in _noises(draft)),
    ]
    for location, name, find in named:
        if (name, find) not in complaints:
            complaints[name, find] = _complaint(name, folder, find)
        if (complaint := complaints[name, find]) is not None:
            draft.problems.add(draft.places.of(*location), *complaint)


def _videos(draft: Draft) -> list[tuple[Location, str, Find]]:
    people = draft.people or {}

    def find(who: str, on_screen: bool) -> Find:
        return _film if on_screen and who in people and people[who].screen_sound is True else _video

    found: list[tuple[Location, str, Find]] = [
        (("people", name, track), file, find(name, track == "screen"))
        for name, person in people.items()
        for track, file in (("camera", person.camera), ("screen", person.screen))
        if file is not None
    ]
    found += [
        (("script", index, "video"), step.video, find(step.who, isinstance(step, SharesScreen)))
        for index, step in enumerate(draft.script)
        if isinstance(step, Plays | StartsPlaying | TurnsCameraOn | SharesScreen) and step.video is not None
    ]
    return found


def _sounds(draft: Draft) -> list[tuple[Location, str]]:
    found: list[tuple[Location, str]] = [
        (("people", name, key), clip)
        for name, person in (draft.people or {}).items()
        for key, clip in (("mic", person.mic), ("screen_sound", person.screen_sound))
        if isinstance(clip, str)
    ]
    found += [
        (("script", index, "clip"), step.clip)
        for index, step in enumerate(draft.script)
        if isinstance(step, Says | StartsSaying | KeepsTalking | SharesSound) and step.clip is not None
    ]
    return found


def _noises(draft: Draft) -> list[tuple[Location, str]]:
    return [
        (("people", name, "acoustics", "noise"), person.acoustics.noise)
        for name, person in (draft.people or {}).items()
        if person.acoustics is not None and person.acoustics.noise not in (None, PINK)
    ]


def _sound(name: str, folder: Path) -> Path:
    return find_clip(name, folders=[folder]).path


def _video(name: str, folder: Path) -> Path:
    return read_video(find_video(name, folders=[folder])).path


def _film(name: str, folder: Path) -> Path:
    """A video of which the sound, if it has any, will be shared too."""
    video = read_video(find_video(name, folders=[folder]))
    if video.has_sound:
        decode_audio(find_clip(str(video.path)).path)
    return video.path


def _noise(name: str, folder: Path) -> Path:
    noise_called(name, [folder])
    return _sound(name, folder)


def _complaint(name: str, folder: Path, find: Find) -> tuple[str, str] | None:
    outside = (
        f"the clip {shown(name)} lies outside of the scenario's folder",
        "put it beside the scenario or in fixtures/ there, and write only its name",
    )
    if leads_out(name) or any(is_link_out(file, folder) for file in _looked_for(name, folder)):
        return outside
    try:
        find(name, folder)
    except (MediaError, OSError) as error:
        return str(error), ""
    return None


def _looked_for(name: str, folder: Path) -> Iterator[Path]:
    """The files of a scenario that are opened for a clip of this name: the clip, and its sidecar."""
    for place in looked_in([folder]):
        for spelling in (name, f"{name}.wav"):
            yield place / spelling
            yield place / f"{os.path.splitext(spelling)[0]}.json"
