"""What a command cannot work with."""

from __future__ import annotations


class BadInput(Exception):
    """The command was asked for something impossible; the message says what was found and what to do instead."""
