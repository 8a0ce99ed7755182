"""A trace in a file: one canonical line of JSON a record, so that the file's sha256 is the run's digest."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

from simulator.trace.record import MAX_NS, Record, canonical_line, is_deeper

_SHAPE = {"t_ns": int, "source": str, "kind": str, "data": dict}
DEEPEST = 100
"""Levels of lists and objects in a record. What compares and tells records goes down into them."""
_EXPECTED = 'an object like {"data":{},"kind":"voice.started","source":"alice","t_ns":0}'


class TraceFileError(ValueError):
    """A file is not a trace. The message names the file, the line, what was expected and what was found."""


def write_jsonl(path: str | PathLike[str], records: Iterable[Record]) -> None:
    """Write ``records`` to ``path``. Raises `ValueError` for data that is not JSON, `OSError` as `open`
    does."""
    with Path(path).open("w", encoding="ascii", newline="\n") as file:
        for record in records:
            file.write(canonical_line(record))
            file.write("\n")


def read_jsonl(path: str | PathLike[str], *, cut_off: bool = False) -> list[Record]:
    """The records in ``path``, whose digest is that of the records written.

    Of a file that may be ``cut_off``, a last line that does not end is left out: whoever wrote it got no further.
    Raises `TraceFileError` where the file is not a trace, `OSError` where it cannot be read.
    """
    records: list[Record] = []
    latest_ns = 0
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, start=1):
            if cut_off and not line.endswith(b"\n"):
                break
            try:
                record = _parse(line)
                if record.t_ns < latest_ns:
                    raise ValueError(
                        f"expected t_ns of at least {latest_ns}, as in the line before, found {record.t_ns}"
                    )
            except (ValueError, RecursionError) as error:
                raise TraceFileError(f"{path}, line {number}: {error}") from error
            latest_ns = record.t_ns
            records.append(record)
    return records


def _parse(line: bytes) -> Record:
    try:
        found = _decoder.decode(line.decode("utf-8").strip())
    except UnicodeDecodeError as error:
        raise ValueError(
            f"expected JSON in UTF-8, found the byte {line[error.start]:#04x}; is it a text file?"
        ) from error
    except (ValueError, RecursionError) as error:
        cut = "" if line.endswith(b"\n") else " (the file ends here: was it cut short?)"
        raise ValueError(f"expected {_EXPECTED}, found {_show(line)}: {error}{cut}") from error
    if not isinstance(found, dict) or found.keys() != _SHAPE.keys():
        raise ValueError(f"expected {_EXPECTED}, found {_show(line)}")
    for key, kind in _SHAPE.items():
        if type(found[key]) is not kind:
            raise ValueError(f"expected {key} to be of type {kind.__name__}, found {found[key]!r:.80}")
    if is_deeper(found["data"], DEEPEST):
        raise ValueError(f"expected data of at most {DEEPEST} levels, found deeper ones")
    if not 0 <= found["t_ns"] <= MAX_NS:
        raise ValueError(f"expected t_ns between 0 and {MAX_NS}, found {found['t_ns']!r:.80}")
    return Record(found["t_ns"], found["source"], found["kind"], found["data"])


def _show(line: bytes) -> str:
    text = line.decode("utf-8", "replace").strip()
    return repr(text if len(text) <= 80 else text[:77] + "...") if text else "an empty line"


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text:.20} is no finite number")
    return number


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder: Any = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)
