"""An expression as it stands in its file, found by the instruction that it became."""

from __future__ import annotations

import linecache
from itertools import islice
from types import CodeType

from simulator.scenario.model.problems import cut

LONGEST = 100
"""Characters of it that are told."""


def as_written(code: CodeType, instruction: int) -> tuple[str, str] | None:
    """The expression, and what follows it on its last line; None where the source or the place is not known.

    ``instruction`` is its offset in bytes, as ``f_lasti`` of a frame.
    """
    place = next(islice(code.co_positions(), instruction // 2, None), (None,) * 4)
    first, last, start, end = place
    if first is None or last is None or start is None or end is None:
        return None
    lines = [linecache.getline(code.co_filename, line).encode() for line in range(first, last + 1)]
    follows = lines[-1][end:].decode(errors="replace").strip()
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    written = cut(" ".join(b"".join(lines).decode(errors="replace").split()), LONGEST)
    return (written, follows) if written else None
