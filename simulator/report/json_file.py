"""A JSON document that is there whole, or not at all."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

STDOUT = "-"


def write_json(target: str, document: Any) -> None:
    """Write ``document`` to the file ``target``, or to the standard output for ``-``.

    A reader of the file sees what was there before or all of the new document. Raises `OSError`.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if target == STDOUT:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(target)
    if path.exists() and not path.is_file():  # a pipe or a terminal, such as /dev/stderr
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
