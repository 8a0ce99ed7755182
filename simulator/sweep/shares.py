"""Who plays what: runs split into shares, and what becomes of a share whose process died."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

MOST_RUNS = 20
"""Runs in a share. They are told of, and lost, together; more of them would make progress jerk by several seconds."""

SHARES_A_WORKER = 4
"""Shares for each worker, where there are enough runs: so none is left with much when the others are done."""


class Share(NamedTuple):
    """Runs of one scenario, ``runs`` of them from number ``first`` (from 1), to be played in one process.

    ``scenario`` is its place in the list. ``losses`` of it were left unplayed by a process that died.
    """

    scenario: int
    first: int
    runs: int
    losses: int = 0

    @property
    def numbers(self) -> range:
        """The numbers of its runs."""
        return range(self.first, self.first + self.runs)


def split(scenarios: int, repeat: int, workers: int) -> Iterator[Share]:
    """All ``repeat`` runs of ``scenarios`` scenarios in shares, in order.

    A share has at least two runs where there are two: what an agent leaves behind in its process shows in the second.
    """
    fair = -(-scenarios * repeat // (workers * SHARES_A_WORKER))
    size = min(MOST_RUNS, max(2, fair))
    for scenario in range(scenarios):
        first = 1
        while (left := repeat - first + 1) > 0:
            runs = left if left in (size, size + 1) else min(size, left)  # no last run that is alone
            yield Share(scenario, first, runs)
            first += runs


def after_loss(share: Share) -> list[Share]:
    """What to play when the process that played ``share`` has died; nothing when it has had its chances.

    It is played again once, as it was: the process may have died of something else. Lost twice, its runs are played
    one by one, so that only those that end their process are given up.
    """
    if share.losses == 0:
        return [share._replace(losses=1)]
    return [Share(share.scenario, number, 1, losses=1) for number in share.numbers] if share.runs > 1 else []
