"""Whether the clips of a scenario exist, and lie where a scenario may look for them."""

from __future__ import annotations

import posixpath
from pathlib import Path, PureWindowsPath

from simulator.media.clips import MediaError, find_clip
from simulator.scenario.draft import Draft, Location
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
    if _leads_out(name):
        return outside
    try:
        clip = find_clip(name, folders=[folder])
    except (MediaError, OSError) as error:
        return str(error), ""
    return outside if _is_link_out(clip.path, folder) else None


def _leads_out(name: str) -> bool:
    """Whether a name begins at a root or climbs with ``..``, in the spelling of any system."""
    if name.startswith("/") or "\\" in name or PureWindowsPath(name).anchor:
        return True
    return posixpath.normpath(name).split("/")[0] == ".."


def _is_link_out(clip: Path, folder: Path) -> bool:
    """Whether a clip of the scenario's own is a link to something that lies elsewhere."""
    if not clip.is_relative_to(folder):
        return False
    real = clip.resolve()
    return not any(real.is_relative_to(root.resolve()) for root in (folder, folder / "fixtures"))
