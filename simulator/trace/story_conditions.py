"""A line and a room in words, from what a trace holds of them. Nothing here fails, whatever is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Data = Mapping[str, Any]

LOSSES = ("lost", "late", "cut", "dropped")
"""Why a packet can be missing where it should be played: what `simulator.edge.network` counts."""

LARGEST = 1e9
"""A number beyond it, or one that is none, is no figure of a line or a room."""


def line_in_words(network: Data) -> str:
    """A ``network`` record: ``80 ms delay, 2 % loss``, once for both ways or once for each; empty for an ideal line."""
    up, down = (way_in_words(_object(network.get(way))) for way in ("up", "down"))
    if up == down:
        return up
    return "; ".join(f"{told} {way}" for told, way in ((up, "to the agent"), (down, "back")) if told)


def way_in_words(way: Data) -> str:
    """One direction of a network: ``80 ms delay, 20 ms jitter, 2 % loss in bursts of 1.5``; empty for an ideal one."""
    return ", ".join(_way(way))


def missing_in_words(counts: Data) -> str:
    """A ``network.counts`` record: ``31 of 1117 packets to the agent were missing (22 lost, 9 late)``, and from it."""
    told = []
    for name, where in (("up", "to the agent"), ("down", "back")):
        way = _object(counts.get(name))
        missing, sent = _number(way, "concealed"), _number(way, "sent")
        if missing:
            why = ", ".join(f"{_number(way, each):g} {each}" for each in LOSSES if _number(way, each))
            told.append(
                f"{missing:g} of {sent:g} packets {where} were missing" + (f" ({why})" if why else "")
            )
    return ", ".join(told)


def room_in_words(acoustics: Data) -> str:
    """An ``acoustics`` record: ``pink noise 15 dB below the voice, echo after 120 ms at -30 dB``; empty for none."""
    return ", ".join(_room(acoustics))


def outages(way: Data) -> list[tuple[int, int]]:
    """When nothing gets through: from and until, in nanoseconds since the call began."""
    listed = way.get("outages")
    told = [_object(each) for each in listed] if isinstance(listed, Sequence) else []
    spans = [(_number(each, "at_s"), _number(each, "for_s")) for each in told]
    return [(round(at_s * 1e9), round((at_s + for_s) * 1e9)) for at_s, for_s in spans if for_s > 0]


def _way(way: Data) -> Iterator[str]:
    for key, name in (("delay_s", "delay"), ("jitter_s", "jitter")):
        if _number(way, key):
            yield f"{1000 * _number(way, key):g} ms {name}"
    if _number(way, "loss"):
        burst = _number(way, "burst")
        yield f"{100 * _number(way, 'loss'):g} % loss" + (f" in bursts of {burst:g}" if burst else "")
    if _number(way, "duplication"):
        yield f"{100 * _number(way, 'duplication'):g} % twice"
    if _number(way, "bandwidth_bps"):
        yield f"{_number(way, 'bandwidth_bps') / 1000:g} kbit/s"
    for begins_ns, ends_ns in outages(way):
        yield f"nothing from {begins_ns / 1e9:g} to {ends_ns / 1e9:g} s"


def _room(acoustics: Data) -> Iterator[str]:
    noise, room = acoustics.get("noise"), acoustics.get("room")
    if isinstance(noise, str):
        kind = "pink noise" if noise == "pink" else noise
        yield f"{kind} {_number(acoustics, 'snr_db'):g} dB below the voice"
    echo = _object(acoustics.get("echo"))
    if echo:
        yield f"echo after {1000 * _number(echo, 'delay_s'):g} ms at {_number(echo, 'gain_db'):g} dB"
    if isinstance(room, str):
        yield f"shared as {room!r}"
    if _number(acoustics, "gain_db"):
        yield f"microphone at {_number(acoustics, 'gain_db'):+g} dB"
    if _number(acoustics, "clipping_db"):
        yield f"clips at {_number(acoustics, 'clipping_db'):g} dB"


def _object(value: Any) -> Data:
    return value if isinstance(value, Mapping) else {}


def _number(data: Data, key: str) -> float:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return value if abs(value) <= LARGEST else 0
