"""A launcher's figures, as Prometheus wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from agentkit.core.agents.launcher import AgentLauncher, LauncherState
from agentkit.core.agents.sessions import EndReason, SessionState

# Not "agentkit_errors" and so on: these names are OpenTelemetry's, whose figures may be exported beside ours.
_TOTALS = {
    "user_turns": "Turns of people that ended.",
    "agent_turns": "Turns of agents of which something was heard.",
    "interruptions": "Turns of agents that somebody cut.",
    "false_interruptions": "Times that agents paused for nothing.",
    "errors": "Failures of providers, processors and event handlers.",
}


class LauncherFigures(Collector):
    """What a launcher has to tell at this moment; read at once, so that any thread may collect it."""

    def __init__(self, launcher: AgentLauncher) -> None:
        self._metrics = list(_figures(launcher))

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _figures(launcher: AgentLauncher) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "agentkit_ready", "1 if sessions can be created.", value=launcher.state is LauncherState.READY
    )
    states = Counter(session.state for session in launcher.sessions)
    sessions = GaugeMetricFamily("agentkit_sessions", "Sessions on this node.", labels=["state"])
    for state in (SessionState.STARTING, SessionState.ACTIVE, SessionState.CLOSING):
        sessions.add_metric([state], states[state])
    yield sessions
    yield CounterMetricFamily("agentkit_sessions_started", "Sessions launched here.", value=launcher.started)
    ended = CounterMetricFamily("agentkit_sessions_ended", "Sessions that ended here.", labels=["reason"])
    for reason in EndReason:
        ended.add_metric([reason], launcher.ended[reason])
    yield ended
    refused = CounterMetricFamily(
        "agentkit_launches_refused", "Sessions that were not launched.", labels=["reason"]
    )
    for why in ("max_concurrent_sessions", "max_sessions_per_call", "not_ready"):
        refused.add_metric([why], launcher.refused[why])
    yield refused
    totals = launcher.totals()
    for name, what in _TOTALS.items():
        yield CounterMetricFamily(f"agentkit_sessions_{name}", what, value=totals[name])
