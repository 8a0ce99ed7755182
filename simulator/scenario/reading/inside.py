"""Files that a scenario may name: beside it, below it, or in its fixtures, and nowhere else."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path, PureWindowsPath

from simulator.media.folders import looked_in


def leads_out(name: str) -> bool:
    """Whether a name begins at a root or climbs with ``..``, in the spelling of any system."""
    if name.startswith("/") or "\\" in name or PureWindowsPath(name).anchor:
        return True
    return posixpath.normpath(name).split("/")[0] == ".."


def is_link_out(file: Path, folder: Path) -> bool:
    """Whether a file in the scenario's folder is a link to something that lies elsewhere."""
    if not file.is_relative_to(folder):
        return False
    real, *roots = (Path(os.path.realpath(path)) for path in (file, *looked_in([folder])))
    return not any(real.is_relative_to(root) for root in roots)
