"""What machines ask the server: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulator.providers import ScriptedTTS
from tests.core.runner.conftest import create_agent


async def test_the_server_is_ready_once_it_is_warm(serve: Any) -> None:
    loaded = asyncio.Event()

    class HeavyVoice(ScriptedTTS):
        async def warmup(self) -> None:
            await loaded.wait()

    def create() -> Any:
        agent = create_agent()
        agent.tts = HeavyVoice()
        return agent

    async with serve(create_agent=create, warm=False) as service:
        assert (await service.client.get("/health")).json() == {"status": "ok"}
        response = await service.client.get("/ready")
        assert response.status_code == 503
        assert response.json() == {"detail": "the server is warming up"}
        response = await service.client.post("/sessions", json={})
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) > 0
        loaded.set()
        await service.until_ready()
        assert (await service.client.get("/ready")).json() == {"status": "ready"}
        assert (await service.client.post("/sessions", json={})).status_code == 201


async def test_a_server_that_cannot_warm_up_ends_with_the_reason(serve: Any) -> None:
    def create() -> Any:
        raise FileNotFoundError("model.onnx")

    async with serve(create_agent=create, warm=False) as service:
        await service.running
        assert isinstance(service.server.warmup_error, FileNotFoundError)


async def test_a_server_that_was_told_to_stop_lets_calls_end_and_answers_meanwhile(serve: Any) -> None:
    async with serve(grace_s=30) as service:
        session = (await service.client.post("/sessions", json={})).json()
        await service.launcher.sessions[0].joined()
        service.server.drain()
        await asyncio.sleep(0)  # the launcher hears of it in this turn of the loop
        assert (await service.client.get("/ready")).status_code == 503
        assert (await service.client.post("/sessions", json={})).status_code == 503
        assert (await service.client.get(f"/sessions/{session['id']}")).json()["state"] == "active"
        service.launcher.sessions[0].agent.edge.call.end()
        await service.running
        assert service.launcher.ended.total() == 1


async def test_prometheus_reads_what_happened(serve: Any) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    async with serve(max_concurrent_sessions=2) as service:
        first = (await service.client.post("/sessions", json={})).json()
        for _ in range(3):
            await service.client.post("/sessions", json={})
        await service.client.delete(f"/sessions/{first['id']}")
        response = await service.client.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain")
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in parser.text_string_to_metric_families(response.text)
            for sample in family.samples
        }
        assert samples["agentkit_ready",] == 1
        assert samples["agentkit_sessions", "active"] + samples["agentkit_sessions", "starting"] == 1
        assert samples["agentkit_sessions_started_total",] == 2
        assert samples["agentkit_sessions_ended_total", "closed"] == 1
        assert samples["agentkit_launches_refused_total", "max_concurrent_sessions"] == 2
        assert samples["agentkit_sessions_user_turns_total",] == 0
        assert any(name == "python_info" for name, *_ in samples)  # what else the process has to tell


async def test_figures_of_opentelemetry_are_exported_beside_ours(serve: Any) -> None:
    exporter = pytest.importorskip("opentelemetry.exporter.prometheus")
    parser = pytest.importorskip("prometheus_client.parser")
    from opentelemetry.sdk.metrics import MeterProvider

    from agentkit.core.agents.events import AgentTurnEnded
    from agentkit.core.edge import Participant
    from agentkit.core.events import EventManager
    from agentkit.core.observability import record_metrics

    provider = MeterProvider(metric_readers=[exporter.PrometheusMetricReader()])
    events = EventManager()
    record_metrics(events, provider.get_meter("agentkit"))
    alice = Participant(original=None, user_id="alice", id="alice")
    events.send(AgentTurnEnded(interrupted=True, heard_ms=900, participant=alice))
    try:
        async with serve() as service:
            text = (await service.client.get("/metrics")).text
    finally:
        provider.shutdown()
    families = [family.name for family in parser.text_string_to_metric_families(text)]
    assert len(families) == len(set(families))
    assert "agentkit_interruptions" in families
    assert "agentkit_sessions_interruptions" in families
