"""Sessions over HTTP: created, listed, read, closed; and what is said to those who ask for the impossible."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentkit.core import Agent
from agentkit.core.agents.sessions import InMemorySessionRegistry, RegistryUnavailable, SessionRecord

MALFORMED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"abc"',
    b"\xff\xfe\x00",
    b'{"call_id": 7}',
    b'{"call_id": ""}',
    b'{"call_id": "a b"}',
    b'{"call_id": "abc\\n"}',
    b'{"call_id": NaN}',
    b'{"call_id": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"call_id": "' + b"x" * 200 + b'"}',
    b'{"call_ide": "abc"}',
    b"[" * 30_000,
]


async def created(service: Any, **body: str) -> dict[str, Any]:
    response = await service.client.post("/sessions", json=body)
    assert response.status_code == 201, response.text
    session: dict[str, Any] = response.json()
    return session


async def test_a_session_is_created_read_and_closed(serve: Any) -> None:
    async with serve() as service:
        response = await service.client.post("/sessions", json={"call_type": "default", "call_id": "abc"})
        assert response.status_code == 201
        session = response.json()
        assert (session["call_type"], session["call_id"]) == ("default", "abc")
        await service.launcher.sessions[0].joined()

        assert response.headers["location"] == f"/sessions/{session['id']}"
        read = (await service.client.get(response.headers["location"])).json()
        assert read["state"] == "active"
        assert read["started_at"] == session["started_at"]
        measured = (await service.client.get(f"/sessions/{session['id']}/metrics")).json()
        assert measured["duration_s"] >= measured["on_call_s"] > 0

        assert (await service.client.delete(f"/sessions/{session['id']}")).status_code == 204
        assert (await service.client.get(f"/sessions/{session['id']}")).status_code == 404
        assert service.launcher.sessions == []


async def test_sessions_are_listed_all_or_by_call(serve: Any) -> None:
    async with serve() as service:
        for call_id in ("a", "b", "b"):
            await created(service, call_id=call_id)
        everything = (await service.client.get("/sessions")).json()["sessions"]
        assert [session["call_id"] for session in everything] == ["a", "b", "b"]
        some = (await service.client.get("/sessions", params={"call_id": "b", "call_type": "default"})).json()
        assert some["sessions"] == [
            {**one, "metrics": some["sessions"][i]["metrics"]} for i, one in enumerate(everything[1:])
        ]
        none = (await service.client.get("/sessions", params={"call_type": "livestream"})).json()
        assert none["sessions"] == []


async def test_a_session_without_a_call_gets_a_new_one(serve: Any) -> None:
    async with serve() as service:
        first, second = await created(service), await created(service)
        assert first["call_id"] != second["call_id"]


@pytest.mark.parametrize("path", ["/sessions/nobody", "/sessions/nobody/metrics", "/sessions/%00%ff%22"])
async def test_what_is_not_known_is_not_found(serve: Any, path: str) -> None:
    async with serve() as service:
        for method in ("GET", "DELETE") if not path.endswith("metrics") else ("GET",):
            response = await service.client.request(method, path)
            assert response.status_code == 404
            assert "no session" in response.json()["detail"]


async def test_a_malformed_request_is_refused_with_a_reason(serve: Any) -> None:
    async with serve() as service:
        for body in MALFORMED:
            response = await service.client.post(
                "/sessions", content=body, headers={"Content-Type": "application/json"}
            )
            assert response.status_code == 422, body
            assert response.json()["detail"], body
        assert service.launcher.started == 0


async def test_a_body_that_is_not_json_is_refused(serve: Any) -> None:
    async with serve() as service:
        response = await service.client.post("/sessions", data={"call_id": "abc"})
        assert response.status_code == 422


async def test_a_method_that_a_path_does_not_have_is_refused_with_those_it_has(serve: Any) -> None:
    async with serve() as service:
        for path, allowed in (
            ("/sessions", "GET, POST"),
            ("/sessions/abc", "DELETE, GET"),
            ("/health", "GET"),
        ):
            response = await service.client.patch(path)
            assert response.status_code == 405
            assert response.headers["allow"] == allowed


async def test_limits_are_answered_with_429_and_when_to_try_again(serve: Any) -> None:
    async with serve(max_concurrent_sessions=2, max_sessions_per_call=1) as service:
        session = await created(service, call_id="abc")
        for call_id, limit in (
            ("abc", "max_sessions_per_call"),
            ("xyz", None),
            ("new", "max_concurrent_sessions"),
        ):
            response = await service.client.post("/sessions", json={"call_id": call_id})
            if limit is not None:
                assert response.status_code == 429
                assert limit in response.json()["detail"]
                assert int(response.headers["retry-after"]) > 0
        await service.client.delete(f"/sessions/{session['id']}")
        await created(service, call_id="new")


async def test_a_session_is_read_on_any_node_and_closed_by_its_own(serve: Any) -> None:
    registry = InMemorySessionRegistry()
    async with serve(registry=registry) as here, serve(registry=registry) as there:
        session = await created(here, call_id="abc")
        own = here.launcher.sessions[0]
        assert (await there.client.get(f"/sessions/{session['id']}")).json()["node"] == here.launcher.node_id
        assert len((await there.client.get("/sessions")).json()["sessions"]) == 1
        assert (await there.client.delete(f"/sessions/{session['id']}")).status_code == 202
        await own.over()
        assert (await there.client.delete(f"/sessions/{session['id']}")).status_code == 404


async def test_500_requests_at_once_are_all_answered_and_the_limit_holds(serve: Any) -> None:
    async with serve(max_concurrent_sessions=20) as service:
        answers = await asyncio.gather(*(service.client.post("/sessions", json={}) for _ in range(500)))
        statuses = [answer.status_code for answer in answers]
        assert (statuses.count(201), statuses.count(429)) == (20, 480)
        assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 20


async def test_an_agent_that_cannot_be_made_is_our_fault_and_says_nothing_about_us(serve: Any) -> None:
    made: list[Agent] = []

    def create_once() -> Agent:
        from tests.core.runner.conftest import create_agent

        if made:
            raise RuntimeError("key sk-1234 was refused")
        made.append(create_agent())
        return made[0]

    async with serve(create_agent=create_once) as service:
        response = await service.client.post("/sessions", json={})
        assert response.status_code == 500
        assert "sk-1234" not in response.text
        assert (await service.client.get("/sessions")).json() == {"sessions": []}


async def test_a_registry_that_does_not_answer_is_said_to_be_unavailable(serve: Any) -> None:
    class Gone(InMemorySessionRegistry):
        async def find(self, session_id: str) -> SessionRecord | None:
            raise RegistryUnavailable("redis://:secret@10.0.0.1 is down")

    async with serve(registry=Gone()) as service:
        response = await service.client.get("/sessions/elsewhere")
        assert response.status_code == 503
        assert "secret" not in response.text
        assert int(response.headers["retry-after"]) > 0
