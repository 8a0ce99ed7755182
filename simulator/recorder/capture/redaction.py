"""Keeping keys out of recordings."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping

_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
SHORTEST = 8
"""A shorter value is no key, and may be a word that somebody says."""


def redaction(environment: Mapping[str, str] | None = None) -> Callable[[str], str]:
    """A function that blanks, in a line of JSON, what is in variables called like ``DEEPGRAM_API_KEY``.

    People do not say keys, but the message of an error may hold an address that does.
    """
    variables = os.environ if environment is None else environment
    values = {
        json.dumps(value)[1:-1]
        for name, value in variables.items()
        if len(value) >= SHORTEST and any(word in name.upper() for word in _SECRET)
    }
    ordered = sorted(values, key=lambda value: (-len(value), value))  # a key may be the beginning of another

    def blanked(line: str) -> str:
        for value in ordered:
            if value in line:
                line = line.replace(value, "***")
        return line

    return blanked
