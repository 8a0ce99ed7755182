"""Where files are looked for by name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

FIXTURES = "fixtures"
"""The folder, beside scenarios and tests, that holds their recordings and videos."""


def looked_in(folders: Iterable[str | Path]) -> list[Path]:
    """Each of ``folders`` and its `FIXTURES`, in this order."""
    return [place for folder in folders for place in (Path(folder), Path(folder) / FIXTURES)]
