"""Every benchmark by name, and the groups they come in."""

from __future__ import annotations

from collections.abc import Collection

from benchmarks import voice_call
from benchmarks.result import Result

YIELD = "yield_slow_tts"

GROUPS: dict[str, tuple[str, ...]] = {
    "call": tuple(row.name for row in voice_call.CALL_ROWS),
    "parts": tuple(row.name for row in voice_call.PART_ROWS),
    "yield": (YIELD,),
    "clock": (
        "clock.virtual_loop",
        "clock.virtual_loop_shared_ticker",
        "clock.looptime",
        "clock.trio_autojump",
        "clock.floor",
    ),
}
"""The rows of each group, in the order in which they are shown."""

NAMES = (*GROUPS, *(name for rows in GROUPS.values() for name in rows))


def measure(names: Collection[str], runs: int) -> list[Result]:
    """Measure the rows and groups called ``names``, the voice call ``runs`` times over."""
    wanted = {row for name in names for row in GROUPS.get(name, (name,))}
    results: list[Result] = []
    rows = [row for row in (*voice_call.CALL_ROWS, *voice_call.PART_ROWS) if row.name in wanted]
    if rows:
        results += voice_call.measure(rows, runs)
    if YIELD in wanted:
        from benchmarks import yielding

        results.append(yielding.measure())
    if wanted.intersection(GROUPS["clock"]):
        results += [result for result in _clock() if result.name in wanted]
    return results


def _clock() -> list[Result]:
    from benchmarks import clock  # imports the clocks it compares with, which only developers install

    results = [Result(**row) for row in clock.measure()]
    # It tells speeds as a part of the floor's; here a ratio says how many times as long something takes.
    return [
        Result(r.name, r.value, r.unit, r.runs, 1 / r.ratio_to_floor) for r in results if r.ratio_to_floor
    ]
