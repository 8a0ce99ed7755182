"""How good or bad a network is."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.edge.grid import FRAME_NS, NS_PER_SECOND

IN_TIME = 0.99
"""The share of packets that a jitter buffer waits for unless told otherwise: deeper, and every answer is late; NetEQ
aims at 0.95 to 0.97 and stretches the sound, which is not done here."""

PACKET_BITS = 8 * (80 + 40)
"""20 ms of Opus at 32 kbit/s, and the headers of IP, UDP and RTP: 48 kbit/s on the wire."""

QUEUE_NS = 200_000_000
"""What a packet waits at most in front of a bottleneck; when the queue is that long, the next one is dropped."""


LONGEST_S = 10.0
"""No packet of a live call is waited for any longer."""

LEAST_BPS = 1000


@dataclass(frozen=True, slots=True)
class Outage:
    """Nothing gets through for ``for_s`` seconds, from ``at_s`` seconds after the call began."""

    at_s: float
    for_s: float

    def __post_init__(self) -> None:
        _seconds("at", self.at_s)
        _seconds("for", self.for_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """One direction of a network. Every packet holds 20 ms.

    - ``delay_s``: what every packet takes at least.
    - ``jitter_s``: what it takes on top is drawn from an exponential distribution, that of waiting in a queue, and this
      is its mean and standard deviation. It is drawn for each packet independently, so they overtake each other.
    - ``loss``: the share that never arrives, 0 to 1.
    - ``burst``: how many are lost in a row, on average (Gilbert-Elliott: a state in which everything arrives and one in
      which nothing does). None: each for itself, which gives 1 / (1 - loss).
    - ``duplication``: the share that arrives twice.
    - ``outages``: when nothing gets through.
    - ``bandwidth_bps``: bits per second of the narrowest place, before which 200 ms may queue up. None: wide enough.
    - ``buffer_s``: how long the receiver waits for packets that take longer than the fastest. None: long enough for
      99 % of them. It is rounded up to the 20 ms on which sound moves.

    Raises `ValueError` for what cannot be; its message begins with what it is about.
    """

    delay_s: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0
    burst: float | None = None
    duplication: float = 0.0
    outages: tuple[Outage, ...] = ()
    bandwidth_bps: int | None = None
    buffer_s: float | None = None

    def __post_init__(self) -> None:
        _seconds("delay", self.delay_s, most=LONGEST_S)
        _seconds("jitter", self.jitter_s, most=LONGEST_S)
        _seconds("buffer", self.buffer_s or 0.0, most=LONGEST_S)
        _share("loss", self.loss)
        _share("duplication", self.duplication)
        if self.burst is not None:
            self._check_burst(self.burst)
        if self.bandwidth_bps is not None and self.bandwidth_bps < LEAST_BPS:
            raise ValueError(f"bandwidth: at least {LEAST_BPS} bits per second, found {self.bandwidth_bps}")

    def _check_burst(self, burst: float) -> None:
        if not 1 <= burst < math.inf:
            raise ValueError(
                f"burst: the mean number of packets that are lost in a row, at least 1, found {burst:g}"
            )
        if self.loss == 1:
            raise ValueError(
                "burst: where everything is lost there are no bursts; leave it out, or lose less than 100%"
            )
        least = self.loss / (1 - self.loss)
        if burst < least:
            raise ValueError(
                f"burst: {burst:g} in a row cannot lose {100 * self.loss:g}%, as a packet arrives between two bursts; "
                f"at least {least:.3g}, or lower the loss"
            )

    @property
    def queue_ns(self) -> int:
        """The longest wait in front of the bottleneck: 0 where there is none."""
        if self.bandwidth_bps is None:
            return 0
        crossing = self.crossing_ns
        return crossing if crossing <= FRAME_NS else QUEUE_NS + crossing

    @property
    def crossing_ns(self) -> int:
        """What a packet takes through the narrowest place."""
        return 0 if self.bandwidth_bps is None else PACKET_BITS * NS_PER_SECOND // self.bandwidth_bps

    @property
    def lag(self) -> int:
        """Frames from when a sound is sent to when the receiver plays it."""
        wait_s = -self.jitter_s * math.log(1 - IN_TIME) if self.buffer_s is None else self.buffer_s
        return -(-(to_ns(self.delay_s + wait_s) + self.queue_ns) // FRAME_NS)

    def told(self) -> dict[str, Any]:
        """All of it as a JSON object, and ``playout_s``: the seconds from sending to playing."""
        data = asdict(self)
        data["outages"] = list(data["outages"])
        return data | {"playout_s": self.lag * FRAME_NS / NS_PER_SECOND}


@dataclass(frozen=True, slots=True)
class Network:
    """The network between a person and the agent: ``up`` to the agent, ``down`` to the person."""

    up: Conditions = field(default_factory=Conditions)
    down: Conditions = field(default_factory=Conditions)

    @classmethod
    def both(cls, **conditions: Any) -> Network:
        """The same `Conditions` both ways: ``Network.both(delay_s=0.04, loss=0.01)``."""
        way = Conditions(**conditions)
        return cls(way, way)


def to_ns(seconds: float) -> int:
    """Seconds as whole nanoseconds."""
    return round(seconds * NS_PER_SECOND)


def _seconds(name: str, value: float, most: float = math.inf) -> None:
    if not 0 <= value <= most or value == math.inf:
        up_to = "" if most == math.inf else f" and at most {most:g}"
        raise ValueError(f"{name}: a number of seconds, at least 0{up_to}, found {value!r}")


def _share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name}: a share of all packets, from 0 to 1, found {value!r}")
