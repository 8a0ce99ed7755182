"""The rows about the framework's own cost, and beside them those of other frameworks, measured in the same rounds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.peers import PEERS, Package
from benchmarks.peers.environment import PeerUnavailableError
from benchmarks.peers.process import Peer, at_work
from benchmarks.result import Result

if TYPE_CHECKING:
    from benchmarks.sounds import Sounds

ROUNDS = 3

Took = dict[str, float]
"""Microseconds, by row and by floor."""
Complain = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cost:
    """A row: microseconds of the processor, or how many of what takes them there are in a second of it.

    ``floor`` is the figure of what could not be left out.
    """

    name: str
    unit: str = "us"
    floor: str | None = None
    per_second: bool = False

    def value(self, us: float) -> float:
        """The figure in one round, in which it took ``us``."""
        return 1e6 / us if self.per_second else us


EVENT_ROWS = tuple(Cost(f"event_{kind}") for kind in ("made", "nobody", "tap", "sync", "async"))
FRAME_ROWS = tuple(Cost(f"frame_{kind}", floor="frame_floor") for kind in ("floor", "inline", "queued"))
LIVE_ROWS = (
    Cost("live_hearing", "us/frame", "hearing_floor"),
    Cost("live_calls", "calls/core", "talking_floor", per_second=True),
)
COMPARED = ("event_made", "event_nobody", "event_async", "live_hearing", "live_calls")
"""What the processes in `benchmarks.peers` measure too, with the classes of another framework."""

ROWS = {cost.name: cost for cost in (*EVENT_ROWS, *FRAME_ROWS, *LIVE_ROWS)}


def measure(names: Collection[str], peers_folder: Path, complain: Complain) -> list[Result]:
    """Measure the rows called ``names``, all in turns, and tell the medians.

    With a row of another framework comes the own one that it is to be compared with. ``complain`` is told of a
    framework that cannot be installed or measured, and its rows are left out.
    """
    others = [package for package in PEERS if any(name in names for name in rows_of(package))]
    own = [n for n in ROWS if n in names or any(f"{package.name}.{n}" in names for package in others)]
    if not own:
        return []
    from benchmarks.sounds import sounds

    sound = sounds()
    with ExitStack() as scope:
        peers = _started(others, peers_folder, sound, scope, complain)
        rounds = [_round(own, peers, sound, complain) for _ in range(ROUNDS)]
    told = [*own, *(n for peer in peers for n in rows_of(peer.package) if n in names)]
    return [_result(name, rounds) for name in told]


def rows_of(package: Package) -> list[str]:
    """The rows about another framework."""
    return [f"{package.name}.{name}" for name in COMPARED]


def _started(
    packages: Sequence[Package], folder: Path, sound: Sounds, scope: ExitStack, complain: Complain
) -> list[Peer]:
    peers = []
    for package in packages:
        try:
            peers.append(scope.enter_context(at_work(package, folder, sound)))
        except PeerUnavailableError as error:
            complain(str(error))
    return peers


def _round(own: Sequence[str], peers: list[Peer], sound: Sounds, complain: Complain) -> Took:
    """What everything took, once, by row; a peer that fails is not asked again."""
    from benchmarks import framework

    kinds = {name.partition("_")[0] for name in own}
    took: Took = {}
    if "event" in kinds:
        took |= framework.events()
    if "frame" in kinds:
        took |= framework.frames(sound)
    if "live" in kinds:
        took |= framework.calls(sound)
    for peer in list(peers):
        try:
            figures = peer.measure()
        except PeerUnavailableError as error:
            complain(str(error))
            peers.remove(peer)
        else:
            took |= {f"{peer.package.name}.{name}": us for name, us in figures.items()}
    return took


def _result(name: str, rounds: Sequence[Took]) -> Result:
    row = ROWS[name.rpartition(".")[2]]
    ratio = median(took[name] / took[row.floor] for took in rounds) if row.floor is not None else None
    return Result(name, median(row.value(took[name]) for took in rounds), row.unit, len(rounds), ratio)
