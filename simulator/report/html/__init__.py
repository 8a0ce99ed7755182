"""`--report DIR`: a page for each call, to look at and to listen to, and an index of them.

A page holds all that it shows, sound and scripts included, and loads nothing; it can be mailed as it is.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from simulator.report.folder import write_call
from simulator.report.html.index import Entry, entry, index_page
from simulator.report.html.library import LibraryMissing, packed_library
from simulator.report.html.page import call_page
from simulator.report.result import Result

__all__ = ["HtmlReport", "LibraryMissing"]

INDEX = "index.html"


class HtmlReport:
    """A folder of pages. Those of an earlier report are replaced where they have the same name.

    ``planned`` is how many calls there are to be. Raises `LibraryMissing` when nothing can be drawn here, and
    `OSError` where ``folder`` cannot be made.
    """

    def __init__(self, folder: Path, planned: int) -> None:
        packed_library()
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._planned = planned
        self._entries: list[Entry] = []

    @property
    def index(self) -> Path:
        """The page to begin with."""
        return self._folder / INDEX

    def add(self, result: Result, name: str, kept: Path | None = None) -> Path:
        """Write the page of ``result`` as ``<name>.html`` and return its path. Raises `OSError`.

        ``name`` is one of `simulator.report.folder.slugs`; ``kept`` is where the call was written already, if it was.
        """
        href = f"{name}.html" if f"{name}.html" != INDEX else "index-.html"  # what no other slug ends with
        with tempfile.TemporaryDirectory() as temporary:
            folder = kept or write_call(Path(temporary), result.outcome).parent
            (self._folder / href).write_text(call_page(result, folder), encoding="utf-8")
        self._entries.append(entry(result, href))
        return self._folder / href

    def write_index(self) -> None:
        """Write the index of what was added so far. Raises `OSError`."""
        self.index.write_text(index_page(self._entries, self._planned), encoding="utf-8")
