"""What happens to packets on their way: they are held up, lost, doubled, and overtake each other."""

from __future__ import annotations

from simulator.edge.grid import FRAME_NS
from simulator.edge.network.conditions import QUEUE_NS, Conditions, to_ns
from simulator.edge.network.jitter import exponential
from simulator.edge.network.loss import gilbert_elliott


class Path:
    """One direction of a network, to send packets on, one after the other. Instants are in nanoseconds.

    Jitter, loss and duplication have streams of chance of their own, named after ``name``, and go on with every packet:
    with more loss, say, the packets that arrive take as long as before.

    It counts the packets that were ``lost``, ``cut`` off by an outage, ``dropped`` before the bottleneck, ``doubled``,
    and those that were ``reordered``: they arrived before one that was sent earlier.
    """

    def __init__(self, conditions: Conditions, name: str) -> None:
        self.lost = self.cut = self.dropped = self.doubled = self.reordered = 0
        self._delay_ns = to_ns(conditions.delay_s)
        jitter_ns = to_ns(conditions.jitter_s)
        self._chance = zip(
            exponential(jitter_ns, f"{name}:jitter"),
            gilbert_elliott(conditions.loss, conditions.burst, f"{name}:loss"),
            gilbert_elliott(conditions.duplication, None, f"{name}:duplication"),
            strict=True,
        )
        self._second_later = exponential(jitter_ns, f"{name}:second")
        self._bottleneck: Bottleneck | None = None
        if conditions.crossing_ns > FRAME_NS:
            self._bottleneck = Bottleneck(conditions.crossing_ns)
        else:
            self._delay_ns += conditions.crossing_ns  # with a packet every 20 ms, nothing ever queues up
        self._outages = [(to_ns(o.at_s), to_ns(o.at_s + o.for_s)) for o in conditions.outages]
        self._latest_ns = -1

    def send(self, sent_ns: int, cut: bool = False) -> tuple[int, ...]:
        """When the packet that is sent at ``sent_ns`` arrives: never, once or, if it is doubled, twice, sorted.

        Call it in the order in which packets are sent. While a connection is ``cut`` nothing gets through.
        """
        later_ns, lost, doubled = next(self._chance)
        if cut or (self._outages and self._is_out(sent_ns)):
            self.cut += 1
            return ()
        if lost:
            self.lost += 1
            return ()
        arrives_ns = sent_ns + self._delay_ns + later_ns
        if self._bottleneck is not None:
            held_ns = self._bottleneck.hold(sent_ns)
            if held_ns is None:
                self.dropped += 1
                return ()
            arrives_ns += held_ns
        if arrives_ns < self._latest_ns:
            self.reordered += 1
        else:
            self._latest_ns = arrives_ns
        if not doubled:
            return (arrives_ns,)
        self.doubled += 1
        return arrives_ns, arrives_ns + next(self._second_later)

    def _is_out(self, ns: int) -> bool:
        return any(begins <= ns < ends for begins, ends in self._outages)


class Bottleneck:
    """The narrowest place on the way: one packet after the other, ``crossing_ns`` each, and a queue that gets full."""

    def __init__(self, crossing_ns: int) -> None:
        self._crossing_ns = crossing_ns
        self._free_at_ns = 0

    def hold(self, at_ns: int) -> int | None:
        """How long a packet that comes at ``at_ns`` is held up; None when there is no room for it."""
        wait_ns = max(0, self._free_at_ns - at_ns)
        if wait_ns > QUEUE_NS:
            return None
        self._free_at_ns = at_ns + wait_ns + self._crossing_ns
        return wait_ns + self._crossing_ns
