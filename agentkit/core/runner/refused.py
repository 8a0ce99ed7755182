"""What `serve` refuses to do."""

from __future__ import annotations


class ServeRefused(ValueError):
    """The API cannot be served as asked; the message says what to change."""
