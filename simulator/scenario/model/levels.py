"""Shares, levels and rates, as they are written in a scenario: ``1%``, ``-20dB``, ``40kbit/s``.

They are kept as decimal numbers, exactly as they are written. Whatever cannot be read raises `ValueError`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from simulator.scenario.model.problems import shown

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_SHARE = re.compile(rf"({_NUMBER})\s*%")
_LEVEL = re.compile(rf"([-+]?{_NUMBER})\s*dB(?:FS)?", re.IGNORECASE)
_RATE = re.compile(rf"({_NUMBER})\s*([kM])(?:bit/s|bps)", re.IGNORECASE)
_UNITS = {"k": 1_000, "m": 1_000_000}
_LOUDEST_DB = 100


@dataclass(frozen=True)
class Share:
    """A part of a whole, in percent."""

    percent: Decimal

    @classmethod
    def parse(cls, text: str) -> Share:
        """``"1%"`` or ``"0.5%"``, at most 100 %."""
        if not (match := _SHARE.fullmatch(text.strip())) or Decimal(match[1]) > 100:
            raise ValueError(f"{shown(text)} is not a percentage; write it like 1% or 0.5%, at most 100%")
        return cls(Decimal(match[1]))

    @property
    def fraction(self) -> float:
        """From 0 to 1."""
        return float(self.percent / 100)

    def __str__(self) -> str:
        return f"{plain(self.percent)}%"


@dataclass(frozen=True)
class Level:
    """A ratio of loudness, in decibels."""

    db: Decimal

    @classmethod
    def parse(cls, text: str) -> Level:
        """``"10dB"`` or ``"-20 dB"``."""
        if not (match := _LEVEL.fullmatch(text.strip())) or abs(Decimal(match[1])) > _LOUDEST_DB:
            raise ValueError(
                f"{shown(text)} is not a level; write it like 10dB or -20dB, up to {_LOUDEST_DB} dB"
            )
        return cls(Decimal(match[1]))

    def __str__(self) -> str:
        return f"{plain(self.db)}dB"


@dataclass(frozen=True)
class Rate:
    """How much a line carries, in bits per second."""

    bps: Decimal

    @classmethod
    def parse(cls, text: str) -> Rate:
        """``"40kbit/s"``, ``"40kbps"`` or ``"1Mbit/s"``."""
        if not (match := _RATE.fullmatch(text.strip())):
            raise ValueError(f"{shown(text)} is not a bandwidth; write it like 40kbit/s or 1Mbit/s")
        return cls(Decimal(match[1]) * _UNITS[match[2].lower()])

    def __str__(self) -> str:
        return f"{plain(self.bps / 1000)}kbit/s"


def plain(number: Decimal) -> str:
    """Without an exponent, and without zeros that say nothing."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
