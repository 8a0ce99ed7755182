"""``python -m benchmarks [--json FILE] [--runs N] [--peers DIR] [NAME...]``: how fast it is, and why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks.peers.environment import cache_folder
from benchmarks.result import Result, show
from benchmarks.suite import GROUPS, NAMES, USUAL, measure
from simulator.report.json_file import write_json
from simulator.scenario.model.problems import suggestion

RUNS = 7
BAD_INPUT = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmarks that are asked for; returns the exit status: 2 for a name or a file that cannot be used."""
    arguments = _parser().parse_args(argv)
    for name in arguments.names:
        if name not in NAMES:
            return _refuse(f"there is no benchmark {name!r}; {suggestion(name, NAMES, 'there are')}")
    if arguments.json is not None and not Path(arguments.json).resolve().parent.is_dir():
        return _refuse(f"cannot write {arguments.json}: there is no such folder")
    try:
        results = measure(arguments.names or USUAL, arguments.runs, arguments.peers, _complain)
    except ModuleNotFoundError as error:
        return _refuse(f"{error}; `pip install -e '.[dev]'` installs what is compared with")
    show(results, Console())
    if arguments.json is not None:
        return _write(arguments.json, results)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure how fast calls are simulated, and what the framework takes in a real one. "
        "docs/benchmarks.md says what each row means.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"a row, or a group: {', '.join(GROUPS)}")
    parser.add_argument(
        "--json", metavar="FILE", help="write the rows to FILE too (-: to the standard output)"
    )
    parser.add_argument(
        "--runs", type=_count, default=RUNS, metavar="N", help=f"rounds of the voice call ({RUNS})"
    )
    parser.add_argument(
        "--peers",
        type=Path,
        default=cache_folder(),
        metavar="DIR",
        help="where `peers` installs the frameworks that it compares with (%(default)s)",
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def _write(target: str, results: Sequence[Result]) -> int:
    try:
        write_json(target, [asdict(result) for result in results])
    except OSError as error:
        return _refuse(f"cannot write {target}: {error.strerror}")
    return 0


def _refuse(message: str) -> int:
    _complain(message)
    return BAD_INPUT


def _complain(message: str) -> None:
    print(f"benchmarks: {message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
