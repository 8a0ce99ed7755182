"""A JSON document that is there whole, or not at all."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from simulator.report.whole_file import write_whole

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
    write_whole(Path(target), text)
