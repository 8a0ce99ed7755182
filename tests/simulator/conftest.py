"""Traces written by hand: one line a record, as a person would note it down."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from simulator.trace import Record

Written = Callable[..., list[Record]]


def _value(key: str, text: str) -> Any:
    if key.endswith("at"):
        return round(float(text) * 1e9)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _record(line: str) -> Record:
    seconds, source, kind, *pairs = shlex.split(line)
    data = {}
    for pair in pairs:
        key, _, text = pair.partition("=")
        data[f"{key}_ns" if key.endswith("at") else key] = _value(key, text)
    return Record(round(float(seconds) * 1e9), source, kind, data)


@pytest.fixture
def written() -> Written:
    """Reads lines like ``2.2 alice voice.stopped at=2.0`` (seconds; names ending in "at" are instants)."""

    def read(*texts: str) -> list[Record]:
        lines = [line for text in texts for line in text.strip().splitlines() if line.strip()]
        return [_record(line) for line in lines]

    return read
