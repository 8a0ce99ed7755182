"""What `agentkit simulate` leaves for people and programs to look at afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentkit.core.extras import how_to_install
from simulator.commands.bad_input import BadInput, told_as_bad_input
from simulator.report.result import Result
from simulator.report.whole_file import write_whole

if TYPE_CHECKING:
    from simulator.report.html import HtmlReport


@dataclass(frozen=True)
class ReportOptions:
    """Where to put which report; None for those that nobody wants."""

    html: Path | None = None
    junit: Path | None = None
    summary: Path | None = None
    perfetto: Path | None = None
    otel: Path | None = None


NO_REPORTS = ReportOptions()


class Reports:
    """The reports on ``planned`` scenarios. Raises `BadInput` where one of them cannot be written.

    ``index`` is the page that leads to all others, if pages are wanted.
    """

    def __init__(self, options: ReportOptions, planned: int) -> None:
        self._options = options
        for name, file in (("--junit", options.junit), ("--summary", options.summary)):
            check_file(name, file)
        for name, folder in (("--perfetto", options.perfetto), ("--otel", options.otel)):
            if folder is not None:
                make_folder(name, folder)
        self._html: HtmlReport | None = None
        self.index: Path | None = None
        if options.html is not None:
            with writing_pages(options.html):
                from simulator.report.html import INDEX, HtmlReport

                self._html = HtmlReport(options.html, planned)
                self.index = options.html / INDEX

    def add(self, result: Result, name: str, kept: Path | None) -> Path | None:
        """Write what there is to write of one call, and return its page if it has one.

        ``name`` is what its files are called, ``kept`` where the call itself was written, if it was.
        """
        options, records = self._options, result.outcome.trace.records
        if options.perfetto is not None:
            from simulator.report.perfetto import perfetto_json

            _write(options.perfetto / f"{name}.perfetto.json", perfetto_json(records))
        if options.otel is not None:
            from simulator.report.otel import otlp_json

            _write(options.otel / f"{name}.otlp.json", otlp_json(records))
        if self._html is None or options.html is None:
            return None
        with writing_pages(options.html):
            return self._html.add(result, name, kept)

    @contextmanager
    def finished_with(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[None]:
        """However the block ends, write the reports on all of what is in ``rows`` by then."""
        try:
            yield
        finally:
            self._finish(rows)

    def _finish(self, rows: Sequence[Mapping[str, Any]]) -> None:
        options = self._options
        if self._html is not None and options.html is not None:
            with writing_pages(options.html):
                self._html.write_index()
        if options.junit is not None:
            from simulator.report.junit import junit_xml

            _write(options.junit, junit_xml(rows))
        if options.summary is not None:
            from simulator.report.markdown import summary

            with (
                told_as_bad_input(f"cannot write {options.summary}"),
                options.summary.open("a", encoding="utf-8") as file,
            ):
                file.write(summary(rows))


@contextmanager
def writing_pages(folder: Path) -> Iterator[None]:
    """Raises `BadInput` where pages cannot be written to ``folder``, or what they are made with is not there."""
    try:
        with told_as_bad_input(f"--report {folder}: cannot write the pages"):
            yield
    except ImportError as error:
        raise BadInput(f"--report: {error}; {how_to_install('report')}") from None


def check_file(option: str, file: Path | None) -> None:
    """Raises `BadInput` unless there can be such a file."""
    if file is None:
        return
    if file.is_dir():
        raise BadInput(f"{option} {file}: this is a folder; give the path of a file")
    _refuse_file(f"{option} {file}", file.parent)
    if not file.parent.is_dir():
        raise BadInput(f"{option} {file}: there is no folder {file.parent}; make it first")


def make_folder(option: str, folder: Path) -> None:
    """Raises `BadInput` unless there is such a folder now."""
    _refuse_file(f"{option} {folder}", folder)
    with told_as_bad_input(f"{option} {folder}: cannot make this folder"):
        folder.mkdir(parents=True, exist_ok=True)


def _refuse_file(asked: str, folder: Path) -> None:
    """Raises `BadInput` where a file has the place of ``folder``, or of one that it would lie in."""
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise BadInput(f"{asked}: {place} is a file; give the path of a folder in its place")


def _write(path: Path, text: str) -> None:
    with told_as_bad_input(f"cannot write {path}"):
        write_whole(path, text)
