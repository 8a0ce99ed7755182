"""What a simulated call refuses."""

from __future__ import annotations


class CallError(ValueError):
    """Something that cannot happen in a call was asked of a simulated one; the message says what to do instead."""
