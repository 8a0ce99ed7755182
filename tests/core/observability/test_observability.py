"""An operator sees turns, stages and figures of a call, in the call's own time."""

from __future__ import annotations

import io
import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agentkit.core.observability import configure_logs, record_metrics, record_spans
from agentkit.core.observability.logs import about
from agentkit.core.profiling import Profiler
from examples.concierge import create_agent
from simulator.clock import run
from simulator.scenario.playing.call_stage import CallStage
from simulator.scenario.playing.stage import Stage

pytest.importorskip("opentelemetry.sdk")

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


async def interrupted_call(call: Stage) -> None:
    alice = await call.join("alice")
    await alice.says("do-something.wav")
    await call.agent.speaks(within=3)
    await call.wait(3)
    alice.starts_saying("are-they-suing.wav")
    await call.agent.falls_silent(within=1)
    await call.agent.speaks(within=4)
    await call.agent.finishes_speaking()


def spans_of_a_call() -> list[ReadableSpan]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    async def main() -> None:
        async with CallStage(agent=create_agent) as call:
            record_spans(call.the_agent.events, provider.get_tracer("test"), call_id="c1")
            await interrupted_call(call)

    run(main())
    return list(exporter.get_finished_spans())


def test_every_turn_is_a_span_with_its_stages_inside() -> None:
    spans = spans_of_a_call()
    turns = [span for span in spans if span.name == "agent.turn"]
    assert [turn.attributes["interrupted"] for turn in turns if turn.attributes] == [True, False]
    assert Counter(span.name for span in spans)["user.turn"] == 2
    for turn in turns:
        assert turn.context is not None
        inside = [s for s in spans if s.parent is not None and s.parent.span_id == turn.context.span_id]
        assert {s.name for s in inside} == {"llm", "tts", "playout"}
        assert all(turn.start_time <= s.start_time <= s.end_time <= turn.end_time for s in inside)  # type: ignore[operator]


def test_spans_tell_nothing_of_what_was_said() -> None:
    assert "suing" not in " ".join(str(span.attributes) for span in spans_of_a_call())


def test_spans_of_a_simulated_call_have_its_virtual_times() -> None:
    first, second = spans_of_a_call(), spans_of_a_call()
    assert [(s.name, s.start_time, s.end_time) for s in first] == [
        (s.name, s.start_time, s.end_time) for s in second
    ]


def test_figures_become_metrics() -> None:
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader], shutdown_on_exit=False).get_meter("test")

    async def main() -> None:
        async with CallStage(agent=create_agent) as call:
            record_metrics(call.the_agent.events, meter)
            await interrupted_call(call)

    run(main())
    points = points_by_name(reader)
    assert points["agentkit.response_latency"].count == 2
    assert 0 < points["agentkit.response_latency"].sum < 3000
    assert points["agentkit.llm_first_token"].count == 2
    assert points["agentkit.interruptions"].value == 1
    assert points["agentkit.agent_turns"].value == 2
    assert points["agentkit.participants"].value in (0, 1)


def points_by_name(reader: InMemoryMetricReader) -> dict[str, Any]:
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: next(iter(metric.data.data_points))
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_figures_are_broadcast_after_every_turn_of_the_agent() -> None:
    sent: list[dict[str, Any]] = []

    async def create_broadcaster(**parts: Any) -> Any:
        return await create_agent(**parts, broadcast_metrics=True)

    async def main() -> None:
        async with CallStage(agent=create_broadcaster) as call:
            await interrupted_call(call)
            await call.wait(0.1)
            sent.extend(call.edge.custom_events)

    run(main())
    assert [(s["type"], s["agent_turns"], s["interruptions"]) for s in sent] == [
        ("agent_metrics", 1, 1),
        ("agent_metrics", 2, 1),
    ]
    assert sent[0]["response_latency_ms"] > 0


def test_the_profile_is_a_page_written_when_the_agent_has_finished(tmp_path: Path) -> None:
    page = tmp_path / "profile.html"

    async def create_profiled(**parts: Any) -> Any:
        return await create_agent(**parts, profiler=Profiler(output_path=page))

    async def main() -> None:
        async with CallStage(agent=create_profiled) as call:
            await call.wait(1)
            assert not page.exists()

    run(main())
    assert "<html" in page.read_text().lower()


def test_logs_say_which_call_they_are_about() -> None:
    stream = io.StringIO()
    handler = configure_logs(as_json=True, stream=stream)
    token = about.set({"call_id": "c1", "agent_id": "a1"})
    try:
        logging.getLogger("agentkit.test").info("hello %s", "you", extra={"epoch": 3})
    finally:
        about.reset(token)
        logging.getLogger("agentkit").removeHandler(handler)
    line = json.loads(stream.getvalue())
    assert (line["message"], line["call_id"], line["agent_id"], line["epoch"]) == ("hello you", "c1", "a1", 3)


def test_setting_up_logs_twice_does_not_say_everything_twice() -> None:
    configure_logs(stream=io.StringIO())
    stream = io.StringIO()
    handler = configure_logs(stream=stream)
    logging.getLogger("agentkit.test").info("once")
    logging.getLogger("agentkit").removeHandler(handler)
    assert stream.getvalue().count("once") == 1
