"""What a scenario says of the network and the room of a person."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator

from simulator.edge import acoustics, network
from simulator.scenario.model.parts import ClipName, Decibels, Name, Part, Percentage, Speed, Time


class Outage(Part):
    """``{at: 3s, for: 500ms}``: nothing gets through, from that long after the call began."""

    at: Time
    for_: Time


class Line(Part):
    """One direction of a network, as far as something is said of it."""

    delay: Time | None = None
    jitter: Time | None = None
    loss: Percentage | None = None
    burst: Annotated[float, WithJsonSchema({"type": ["string", "number"]})] | None = Field(
        default=None, ge=1, le=1_000_000
    )
    duplication: Percentage | None = None
    outages: tuple[Outage, ...] | None = None
    bandwidth: Speed | None = None
    buffer: Time | None = None

    def said(self) -> dict[str, Any]:
        """What is said of it, as `simulator.edge.network.Conditions` takes it."""
        told: dict[str, Any] = {
            "delay_s": self.delay and self.delay.seconds,
            "jitter_s": self.jitter and self.jitter.seconds,
            "loss": self.loss and self.loss.fraction,
            "burst": self.burst,
            "duplication": self.duplication and self.duplication.fraction,
            "bandwidth_bps": self.bandwidth and int(self.bandwidth.bps),
            "buffer_s": self.buffer and self.buffer.seconds,
        }
        if self.outages is not None:
            told["outages"] = tuple(network.Outage(o.at.seconds, o.for_.seconds) for o in self.outages)
        return {name: value for name, value in told.items() if value is not None}


class Network(Line):
    """What lies between a person and the agent, the same both ways; ``up``, to the agent, and ``down``, from it, may
    differ in some of it."""

    up: Line | None = None
    down: Line | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        self.conditions()
        return self

    def conditions(self) -> network.Network:
        """The same for the edge. Raises `ValueError` for what cannot be."""
        both = self.said()
        up, down = (
            network.Conditions(**both | (way.said() if way is not None else {}))
            for way in (self.up, self.down)
        )
        return network.Network(up, down)


class Echo(Part):
    """``{delay: 120ms, gain: -20dB}``: the agent gets from the loudspeaker into the microphone."""

    delay: Time
    gain: Decibels


class Acoustics(Part):
    """The room in which a person speaks, and their microphone. ``noise`` is a clip, or ``pink``; who names the same
    ``room`` is in one."""

    noise: ClipName | None = None
    snr: Decibels | None = None
    echo: Echo | None = None
    room: Name | None = None
    gain: Decibels | None = None
    clipping: Decibels | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        self.conditions()
        return self

    def conditions(self) -> acoustics.Acoustics:
        """The same for the edge. Raises `ValueError` for what cannot be."""
        return acoustics.Acoustics(
            noise=self.noise,
            snr_db=float(self.snr.db) if self.snr is not None else None,
            echo=acoustics.Echo(self.echo.delay.seconds, float(self.echo.gain.db)) if self.echo else None,
            room=self.room,
            gain_db=float(self.gain.db) if self.gain is not None else 0.0,
            clipping_db=float(self.clipping.db) if self.clipping is not None else 0.0,
        )
