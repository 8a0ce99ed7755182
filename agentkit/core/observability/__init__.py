"""What a running agent tells its operators: spans, metrics, logs."""

from agentkit.core.observability.broadcast import broadcast_metrics
from agentkit.core.observability.figures import Figure, Figures
from agentkit.core.observability.logs import configure_logs
from agentkit.core.observability.metrics import record_metrics
from agentkit.core.observability.spans import record_spans

__all__ = ["Figure", "Figures", "broadcast_metrics", "configure_logs", "record_metrics", "record_spans"]
