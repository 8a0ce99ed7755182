"""The set-ups that the documentation shows work against real collectors on this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent import futures
from contextlib import closing
from typing import Any

import pytest

grpc = pytest.importorskip("grpc")
pytest.importorskip("opentelemetry.exporter.otlp.proto.grpc")
pytest.importorskip("opentelemetry.exporter.prometheus")

from opentelemetry.proto.collector.trace.v1 import (  # noqa: E402
    trace_service_pb2,
    trace_service_pb2_grpc,
)

A_CALL = """
from simulator.clock import run
from simulator.scenario.playing.call_stage import CallStage

async def main():
    async with CallStage(agent="examples.concierge:create_agent") as call:
        alice = await call.join("alice")
        await alice.says("go-forward.wav")
        await call.agent.finishes_speaking()

run(main())
"""

JAEGER = """
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

resource = Resource.create(
    {
        "service.name": "agents",
    }
)
tp = TracerProvider(resource=resource)
exporter = OTLPSpanExporter(endpoint="localhost:4317", insecure=True)

tp.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(tp)
"""

PROMETHEUS = """
from opentelemetry import metrics
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from prometheus_client import start_http_server

resource = Resource.create(
    {
        "service.name": "my-service-name",
    }
)

reader = PrometheusMetricReader()
metrics.set_meter_provider(
    MeterProvider(resource=resource, metric_readers=[reader])
)

start_http_server(port=9464)
"""


class Collector(trace_service_pb2_grpc.TraceServiceServicer):  # type: ignore[misc]
    """Takes spans in, as a Jaeger does."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def Export(self, request: Any, context: Any) -> Any:
        self.requests.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()

    @property
    def spans(self) -> list[str]:
        return [
            span.name
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


def must_be_free(port: int) -> None:
    with closing(socket.socket()) as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            pytest.skip(f"port {port}, which the documentation uses, is taken on this machine")


@pytest.fixture
def collector() -> Iterator[Collector]:
    must_be_free(4317)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    collector = Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    server.add_insecure_port("localhost:4317")
    server.start()
    yield collector
    server.stop(None).wait()


def run_script(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_spans_reach_jaeger(collector: Collector) -> None:
    run_script(JAEGER + A_CALL + "tp.shutdown()")
    assert {"user.turn", "stt", "agent.turn", "llm", "tts", "playout"} <= set(collector.spans)


def test_figures_reach_prometheus() -> None:
    must_be_free(9464)
    page = run_script(
        PROMETHEUS
        + A_CALL
        + "import urllib.request\nprint(urllib.request.urlopen('http://localhost:9464/metrics').read().decode())"
    )
    assert "agentkit_response_latency_milliseconds_count" in page
    assert "agentkit_agent_turns_total" in page
