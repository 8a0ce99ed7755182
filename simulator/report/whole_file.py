"""Files that are there whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path``: a reader sees what was there before, or all of it, whatever comes between.

    A pipe or a terminal is written to as it is. Raises `OSError`; then nothing has changed.
    """
    if path.exists() and not path.is_file():  # such as /dev/stderr
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()
    unfinished = path.with_name(f".{os.getpid()}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
