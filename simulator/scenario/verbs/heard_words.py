"""What has been heard of the agent so far, noted while it is heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agentkit.core.media.output import Samples
from simulator.trace import Trace

if TYPE_CHECKING:
    from agentkit.core.agents import Agent


class HeardWords:
    """Records ``heard`` each time that another word of the agent's reply has been played, once somebody listens.

    It looks when the call takes the agent's next 20 ms, which is the only time that anything is heard.
    """

    def __init__(self, agent: Agent, trace: Trace) -> None:
        self._agent = agent
        self._trace = trace
        self._listening = False
        self._last = (0, "")
        self._pull: Callable[[int], Samples] = agent.output.pull
        agent.output.pull = self._pulled  # type: ignore[method-assign]

    def listen(self) -> None:
        """From now on, and what was heard already of the reply that is being said."""
        if not self._listening:
            self._listening = True
            self._look()

    def remove(self) -> None:
        """Let the call take the agent's sound directly again."""
        del self._agent.output.pull

    def _pulled(self, n: int) -> Samples:
        frame = self._pull(n)
        if self._listening:
            self._look()
        return frame

    def _look(self) -> None:
        reply = self._agent.reply
        if reply is None or not reply.audible:
            return
        heard = (reply.epoch, reply.heard_text)
        if heard[1] and heard != self._last:
            self._last = heard
            self._trace.record("agent", "heard", {"epoch": reply.epoch, "text": reply.heard_text})
