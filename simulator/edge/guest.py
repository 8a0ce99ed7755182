"""A simulated call that nobody wrote a script for: it has its own life, and a recorded guest who may visit."""

from __future__ import annotations

import asyncio

from simulator.edge.call import SimulatedCall
from simulator.edge.grid import NS_PER_SECOND
from simulator.trace.trace import Trace

QUESTION = "queen-of-clubs"
"""What the guest says: a recording that is shipped."""

PATIENCE_S = 10.0
"""How long the guest waits for the agent to begin to speak."""

PAUSE_S = 1.0
"""Silence after which the agent has said what it had to say: longer than between two sentences."""


def call_of_its_own() -> SimulatedCall:
    """A call in the time of the running loop, real or virtual."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    return SimulatedCall(trace=Trace(lambda: round((loop.time() - start) * NS_PER_SECOND)))


async def visit(call: SimulatedCall) -> None:
    """Have a guest come, hear the agent's greeting, ask something, hear the answer, and go."""
    question, _ = await asyncio.to_thread(call.clip, QUESTION)  # which keeps its sound at hand
    guest = call.person("guest")
    guest.join()
    await _agent_has_spoken(call)
    await guest.start_saying(question).done()
    await _agent_has_spoken(call)
    guest.leave()


async def _agent_has_spoken(call: SimulatedCall) -> None:
    """Return when the agent, having spoken, is silent for a while; or if it does not speak at all."""
    patience_s = PATIENCE_S
    while await _agent_voice(call, "voice.started", patience_s):
        await _agent_voice(call, "voice.stopped", None)
        patience_s = PAUSE_S


async def _agent_voice(call: SimulatedCall, change: str, within_s: float | None) -> bool:
    until_ns = None if within_s is None else call.now_ns + round(within_s * NS_PER_SECOND)
    found = await call.trace.wait_for(
        lambda record: record.source == "agent" and record.kind == change,
        since_index=len(call.trace),
        until_ns=until_ns,
    )
    return found is not None
