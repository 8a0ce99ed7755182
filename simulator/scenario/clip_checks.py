"""Whether the clips of a scenario exist, and lie where a scenario may look for them."""

from __future__ import annotations

from pathlib import Path

from simulator.media.clips import MediaError, find_clip
from simulator.scenario.draft import Draft, Location
from simulator.scenario.inside import is_link_out, leads_out
from simulator.scenario.problems import shown
from simulator.scenario.steps import Says, StartsSaying


def check_clips(draft: Draft, folder: Path) -> None:
    """Notes in the draft which clips are missing, unreadable, or outside of ``folder`` and its fixtures.

    ``folder`` is where the scenario lies.
    """
    complaints: dict[str, tuple[str, str] | None] = {}
    for location, name in _clips(draft):
        if name not in complaints:
            complaints[name] = _complaint(name, folder)
        if (complaint := complaints[name]) is not None:
            draft.problems.add(draft.places.of(*location), *complaint)


def _clips(draft: Draft) -> list[tuple[Location, str]]:
    found: list[tuple[Location, str]] = [
        (("people", name, "mic"), person.mic)
        for name, person in (draft.people or {}).items()
        if isinstance(person.mic, str)
    ]
    found += [
        (("script", index, "clip"), step.clip)
        for index, step in enumerate(draft.script)
        if isinstance(step, Says | StartsSaying)
    ]
    return found


def _complaint(name: str, folder: Path) -> tuple[str, str] | None:
    outside = (
        f"the clip {shown(name)} lies outside of the scenario's folder",
        "put it beside the scenario or in fixtures/ there, and write only its name",
    )
    if leads_out(name):
        return outside
    try:
        clip = find_clip(name, folders=[folder])
    except (MediaError, OSError) as error:
        return str(error), ""
    return outside if is_link_out(clip.path, folder) else None
