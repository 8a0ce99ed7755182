"""Runs the command `agentkit` on a framework that is broken on purpose: ``explore_mutated.py EDITS ARGUMENT...``

EDITS is a JSON list of ``{"file", "find", "put"}``, made at import as tests/mutations/run_mutated.py makes them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "mutations")]

if __name__ == "__main__":
    from run_mutated import EditingFinder

    finder = EditingFinder(json.loads(sys.argv[1]))
    sys.meta_path.insert(0, finder)
    from simulator.cli import main

    status = main(sys.argv[2:])
    if finder.waiting:
        sys.exit(f"never loaded: {finder.waiting}")
    sys.exit(status)
