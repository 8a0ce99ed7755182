"""`--report DIR`: a page for each call, to look at and to listen to, and an index of them.

A page holds all that it shows, sound and scripts included, and loads nothing; it can be mailed as it is. What is
needed to make pages comes with the extra ``report``; without it, this package cannot be imported or used.
"""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

from simulator.report.folder import write_call
from simulator.report.html.comparison import Alone, comparison_index, pair_page
from simulator.report.html.index import Played, index_page, played
from simulator.report.html.library import packed_library
from simulator.report.html.page import call_page
from simulator.report.html.render import GENERATOR
from simulator.report.kept import Pair
from simulator.report.result import Result
from simulator.report.whole_file import write_whole

__all__ = ["HtmlComparison", "HtmlReport"]

INDEX = "index.html"

HEAD = 2000
"""Bytes of a page among which it says who made it."""


class _Pages:
    """A folder of pages. Those of an earlier report are replaced where they have the same name; a file that is none
    is left alone.

    Raises `ImportError` when nothing can be drawn here, and `OSError` where ``folder`` cannot be made, or its index
    would take the place of somebody else's.
    """

    def __init__(self, folder: Path) -> None:
        packed_library()
        folder.mkdir(parents=True, exist_ok=True)
        _check_ours(folder / INDEX)
        self._folder = folder

    def _write(self, name: str, page: str) -> Path:
        """Write the page called ``name``, one of `simulator.report.folder.slugs`."""
        href = f"{name}.html" if f"{name}.html" != INDEX else "index-.html"  # what no other slug ends with
        return self._put(href, page)

    def _write_index(self, page: str) -> Path:
        return self._put(INDEX, page)

    def _put(self, href: str, page: str) -> Path:
        path = self._folder / href
        _check_ours(path)
        write_whole(path, page)
        return path


def _check_ours(path: Path) -> None:
    """Raises `FileExistsError` if there is something at ``path`` that was not written here."""
    if not path.exists():
        return
    with path.open("rb") as file:
        if GENERATOR.encode() not in file.read(HEAD):
            advice = f"{path.name} is there already and is no page of a report; give the report a folder of its own"
            raise FileExistsError(errno.EEXIST, advice, str(path))


class HtmlReport(_Pages):
    """The pages of one run, in which there are to be ``planned`` calls."""

    def __init__(self, folder: Path, planned: int) -> None:
        super().__init__(folder)
        self._planned = planned
        self._played: list[Played] = []

    def add(self, result: Result, name: str, kept: Path | None = None) -> Path:
        """Write the page of ``result`` and return its path; ``kept`` is where the call was written, if it was.

        Raises `OSError`.
        """
        with tempfile.TemporaryDirectory() as temporary:
            folder = kept or write_call(Path(temporary), result.outcome).parent
            page = self._write(name, call_page(result, folder))
        self._played.append(played(result, page.name))
        return page

    def write_index(self) -> Path:
        """Write the index of what was added so far. Raises `OSError`."""
        return self._write_index(index_page(self._played, self._planned))


class HtmlComparison(_Pages):
    """The pages of two runs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._pairs: list[tuple[Pair, str]] = []

    def add(self, pair: Pair, name: str) -> Path:
        """Write the page of two calls and return its path. Raises `OSError`."""
        page = self._write(name, pair_page(pair))
        self._pairs.append((pair, page.name))
        return page

    def write_index(self, lead: str, alone: Alone) -> Path:
        """Write the index of what was added so far; ``lead`` says what was compared, ``alone`` what could not be.

        Raises `OSError`.
        """
        return self._write_index(comparison_index(self._pairs, lead, alone))
