"""A call, before and while anyone is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """A place where participants meet: its id, its type and the transport's own object."""

    id: str
    call_type: str = "default"
    response: Any = field(default=None, repr=False)
    custom: dict[str, Any] = field(default_factory=dict)
