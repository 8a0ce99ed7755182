"""Every benchmark by name, and the groups they come in."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from benchmarks import costs, voice_call
from benchmarks.peers import PEERS
from benchmarks.result import Result

YIELD = "yield_slow_tts"
PEERS_GROUP = "peers"

GROUPS: dict[str, tuple[str, ...]] = {
    "call": tuple(row.name for row in voice_call.CALL_ROWS),
    "parts": tuple(row.name for row in voice_call.PART_ROWS),
    "yield": (YIELD,),
    "event": tuple(row.name for row in costs.EVENT_ROWS),
    "frame": tuple(row.name for row in costs.FRAME_ROWS),
    "live": tuple(row.name for row in costs.LIVE_ROWS),
    "clock": (
        "clock.virtual_loop",
        "clock.virtual_loop_shared_ticker",
        "clock.looptime",
        "clock.trio_autojump",
        "clock.floor",
    ),
    PEERS_GROUP: tuple(row for package in PEERS for row in costs.rows_of(package)),
}
"""The rows of each group, in the order in which they are shown."""

NAMES = (*GROUPS, *(name for rows in GROUPS.values() for name in rows))
USUAL = tuple(group for group in GROUPS if group != PEERS_GROUP)
"""What is measured unless something is asked for. Other frameworks have to be installed first."""


def measure(
    names: Collection[str], runs: int, peers_folder: Path, complain: Callable[[str], None]
) -> list[Result]:
    """Measure the rows and groups called ``names``, the voice call ``runs`` times over.

    Other frameworks are installed below ``peers_folder``; ``complain`` is told, in a line, of one that cannot be.
    """
    wanted = {row for name in names for row in GROUPS.get(name, (name,))}
    results: list[Result] = []
    rows = [row for row in (*voice_call.CALL_ROWS, *voice_call.PART_ROWS) if row.name in wanted]
    if rows:
        results += voice_call.measure(rows, runs)
    if YIELD in wanted:
        from benchmarks import yielding

        results.append(yielding.measure())
    results += costs.measure(wanted, peers_folder, complain)
    if wanted.intersection(GROUPS["clock"]):
        from benchmarks import clock  # imports the clocks it compares with, which only developers install

        results += [result for result in clock.measure() if result.name in wanted]
    return results
