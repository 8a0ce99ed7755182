"""What one person did in a recorded call."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.core.edge import TrackType
from simulator.media.activity import NS_PER_SECOND
from simulator.media.frames import SAMPLE_RATE
from simulator.recorder.capture.recording import MISSING
from simulator.recorder.retelling.clips import clips_of
from simulator.recorder.retelling.cutting import Span
from simulator.recorder.retelling.happenings import (
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
)
from simulator.recorder.retelling.recorded import RecordedCall, RecordedPerson
from simulator.recorder.retelling.shown import Showing, showings_of
from simulator.trace import Record

LONGEST_TYPED = 2000
"""Characters of one message; see `simulator.scenario.model.parts.parse_message`."""

Stretches = Sequence[tuple[int, int]]
"""From when to when, each in nanoseconds since the call began."""


def doings_of(
    call: RecordedCall, person: RecordedPerson, name: str, within: tuple[int, int], prefix: str
) -> list[Happening]:
    """What ``person``, whom the scenario calls ``name``, did while it goes on; clips are named after ``prefix`` too.

    Raises `RecordingError` for sound or pictures that cannot be used.
    """
    records, ends_ns = call.records, within[1]
    presences = _presences(records, person.source, *within)
    done: list[Happening] = [Joined(start, name) for start, _ in presences]
    done += [Left(end, name) for _, end in presences if end < ends_ns]
    gaps = _gaps(records, person.source, presences) if person.stem is not None else []
    done += _mutes(name, gaps, presences)
    heard = [Span(_samples(start), _samples(end)) for start, end in _without(presences, gaps)]
    done += [Said(clip.start_ns, clip) for clip in clips_of(call, person, name, heard, prefix)]
    done += _sent(records, person.source, name, presences)
    done += _shown(showings_of(call, person, name, presences, prefix), presences)
    return done


def _presences(records: Sequence[Record], source: str, begins_ns: int, ends_ns: int) -> list[tuple[int, int]]:
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
        presences.append((since, ends_ns))
    here = [(max(start, begins_ns), min(end, ends_ns)) for start, end in presences]
    return [(start, end) for start, end in here if start < end]


def _sent(records: Sequence[Record], source: str, name: str, presences: Stretches) -> list[Happening]:
    """What somebody sent to the call, and wrote into its chat."""
    found: list[Happening] = []
    for record in records:
        if record.source != source or not any(start <= record.t_ns < end for start, end in presences):
            continue
        if record.kind == "custom_event" and isinstance(record.data.get("data"), dict):
            found.append(Sent(record.t_ns, name, record.data["data"]))
        elif record.kind == "typed" and record.text("text").strip():
            found.append(Typed(record.t_ns, name, record.text("text")[:LONGEST_TYPED]))
    return found


def _gaps(records: Sequence[Record], source: str, presences: Stretches) -> list[tuple[int, int]]:
    """When nothing came of somebody's microphone while they were there."""
    missing = [(r.at_ns, r.t_ns) for r in records if r.kind == MISSING and r.text("participant") == source]
    within = [(max(gap[0], here[0]), min(gap[1], here[1])) for gap in missing for here in presences]
    return sorted((start, end) for start, end in within if start < end)


def _mutes(name: str, gaps: Stretches, presences: Stretches) -> list[Happening]:
    """Somebody who leaves with the microphone closed opens it when they are back."""
    found: list[Happening] = []
    gone = {end_ns for _, end_ns in presences}
    for start_ns, end_ns in gaps:
        back = [begins_ns for begins_ns, _ in presences if begins_ns >= end_ns]
        opens_ns = end_ns if end_ns not in gone else next(iter(back), None)
        found.append(Muted(start_ns, name))
        if opens_ns is not None:
            found.append(Unmuted(opens_ns, name))
    return found


def _without(presences: Stretches, gaps: Stretches) -> list[tuple[int, int]]:
    """``presences``, without ``gaps``."""
    rest: list[tuple[int, int]] = []
    for start_ns, end_ns in presences:
        for gap_start_ns, gap_end_ns in gaps:
            if start_ns <= gap_start_ns < end_ns:
                rest.append((start_ns, gap_start_ns))
                start_ns = gap_end_ns
        rest.append((start_ns, end_ns))
    return [(start_ns, end_ns) for start_ns, end_ns in rest if start_ns < end_ns]


def _shown(showings: Sequence[Showing], presences: Stretches) -> list[Happening]:
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


def _samples(ns: int) -> int:
    return -(-ns * SAMPLE_RATE // NS_PER_SECOND)
