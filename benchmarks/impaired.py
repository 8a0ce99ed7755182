"""The measured call over a bad line, out of a noisy room: every impairment there is, both ways."""

from __future__ import annotations

from benchmarks.calls import scripted_agent, whole_call
from benchmarks.conversation import converse
from simulator.edge.acoustics import Acoustics, Echo
from simulator.edge.call import SimulatedCall
from simulator.edge.network import Network

LINE = Network.both(delay_s=0.04, jitter_s=0.015, loss=0.01, burst=3, duplication=0.005, bandwidth_bps=64_000)

ROOM = Acoustics(
    noise="restaurant", snr_db=10, echo=Echo(delay_s=0.123, gain_db=-20), gain_db=-3, clipping_db=-1
)


def impaired_call() -> SimulatedCall:
    """Run the whole pipeline on it. Raises `RuntimeError` when the conversation did not go as written."""
    return whole_call(scripted_agent, _over_a_bad_line)


async def _over_a_bad_line(call: SimulatedCall) -> None:
    await converse(call, LINE, ROOM)
