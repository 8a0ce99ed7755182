"""What is raised for a recording that cannot be used."""

from __future__ import annotations


class MediaError(ValueError):
    """A clip is missing, or is not what it should be. The message says what was expected, found, and helps."""
