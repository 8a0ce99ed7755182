"""The rule for custom events: JSON, and small."""

from __future__ import annotations

import json
from typing import Any

LIMIT_BYTES = 5 * 1024
"""The platform's cap on one custom event, measured on its UTF-8 JSON. Clients do not check it, so edges do."""


def encode_custom_event(data: dict[str, Any]) -> bytes:
    """The event as compact UTF-8 JSON.

    Raises `ValueError` when it is not JSON or larger than `LIMIT_BYTES`.
    """
    if not isinstance(data, dict):
        raise ValueError(f"a custom event is a dict, got {type(data).__name__}")
    try:
        encoded = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"a custom event must be JSON-serialisable: {error}") from error
    if len(encoded) > LIMIT_BYTES:
        raise ValueError(
            f"a custom event may be {LIMIT_BYTES} bytes of JSON, this one is {len(encoded)}; "
            "send less, or send a reference to where the rest can be fetched"
        )
    return encoded
