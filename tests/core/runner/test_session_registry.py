"""What nodes know of each other's sessions: the same in memory and in Redis."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from agentkit.core import AgentLauncher
from agentkit.core.agents.sessions import (
    EndReason,
    InMemorySessionRegistry,
    RegistryUnavailable,
    SessionLimitExceeded,
    SessionLimits,
    SessionRecord,
    SessionRegistry,
    SessionState,
)
from tests.core.runner.conftest import create_agent, join_call
from tests.core.runner.redis_server import RedisServer, redis_server

NO_LIMITS = SessionLimits()
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Node:
    """A node whose sessions are what the test says."""

    def __init__(self, node_id: str) -> None:
        self.node_id = node_id
        self.running: list[SessionRecord] = []
        self.asked_to_close: asyncio.Queue[str] = asyncio.Queue()

    def session(self, session_id: str, call_id: str = "abc") -> SessionRecord:
        """A record of a session here."""
        return SessionRecord(
            id=session_id,
            node=self.node_id,
            call_type="default",
            call_id=call_id,
            state=SessionState.STARTING,
            started_at=NOON,
        )

    def records(self) -> list[SessionRecord]:
        return self.running

    def close_requested(self, session_id: str) -> None:
        self.asked_to_close.put_nowait(session_id)


MakeRegistry = Callable[..., SessionRegistry]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def prefix() -> str:
    """What tells the keys of one test from those of another."""
    return f"test-{next(_numbers)}:"


_numbers = itertools.count()


@pytest.fixture(params=["memory", "redis"])
def registry_for(request: pytest.FixtureRequest, prefix: str) -> MakeRegistry:
    """Gives each node its registry; they share what there is to know."""
    if request.param == "memory":
        shared = InMemorySessionRegistry()
        return lambda: shared
    server: RedisServer = request.getfixturevalue("redis")
    from agentkit.core.agents.sessions import RedisSessionRegistry

    return lambda: RedisSessionRegistry(server.url, prefix=prefix)


@contextlib.asynccontextmanager
async def joined(registry: SessionRegistry, node: Node) -> AsyncIterator[SessionRegistry]:
    await registry.join(node)
    try:
        yield registry
    finally:
        await registry.leave(node.node_id)


# -- either ---------------------------------------------------------------------------------------------------------


async def test_a_session_is_known_on_all_nodes_until_it_is_over(registry_for: MakeRegistry) -> None:
    a, b = Node("a"), Node("b")
    async with joined(registry_for(), a) as here, joined(registry_for(), b) as there:
        session = a.session("1")
        await here.claim(session, NO_LIMITS)
        assert await there.find("1") == session
        assert await there.sessions() == [session]
        assert await there.find("2") is None
        await here.release(session)
        assert await there.find("1") is None
        assert await here.sessions() == []
        await here.release(session)


async def test_limits_count_the_sessions_of_all_nodes(registry_for: MakeRegistry) -> None:
    a, b = Node("a"), Node("b")
    limits = SessionLimits(max_concurrent_sessions=3, max_sessions_per_call=2)
    async with joined(registry_for(), a) as here, joined(registry_for(), b) as there:
        await here.claim(a.session("1", "abc"), limits)
        await there.claim(b.session("2", "abc"), limits)
        with pytest.raises(SessionLimitExceeded, match=r"max_sessions_per_call is 2.*default/abc"):
            await here.claim(a.session("3", "abc"), limits)
        await here.claim(a.session("3", "xyz"), limits)
        with pytest.raises(SessionLimitExceeded, match="max_concurrent_sessions is 3"):
            await there.claim(b.session("4", "new"), limits)
        await there.release(b.session("2", "abc"))
        await there.claim(b.session("4", "abc"), limits)


async def test_of_many_nodes_that_want_the_last_places_as_many_get_one(registry_for: MakeRegistry) -> None:
    a, b = Node("a"), Node("b")
    limits = SessionLimits(max_concurrent_sessions=5)
    async with joined(registry_for(), a) as here, joined(registry_for(), b) as there:
        claims = [here.claim(a.session(f"a{i}"), limits) for i in range(50)]
        claims += [there.claim(b.session(f"b{i}"), limits) for i in range(50)]
        outcomes = await asyncio.gather(*claims, return_exceptions=True)
        assert outcomes.count(None) == 5
        assert sum(isinstance(outcome, SessionLimitExceeded) for outcome in outcomes) == 95
        assert len(await here.sessions()) == 5


async def test_a_session_is_closed_by_the_node_that_runs_it(registry_for: MakeRegistry) -> None:
    a, b = Node("a"), Node("b")
    async with joined(registry_for(), a) as here, joined(registry_for(), b) as there:
        await here.claim(a.session("1"), NO_LIMITS)
        assert await there.request_close("1")
        assert await asyncio.wait_for(a.asked_to_close.get(), 5) == "1"
        assert not await there.request_close("2")
        assert b.asked_to_close.empty()


async def test_a_node_that_leaves_takes_its_sessions_along(registry_for: MakeRegistry) -> None:
    a, b = Node("a"), Node("b")
    async with joined(registry_for(), b) as there:
        async with joined(registry_for(), a) as here:
            await here.claim(a.session("1"), NO_LIMITS)
            await there.claim(b.session("2"), NO_LIMITS)
        assert await there.sessions() == [b.session("2")]
        assert not await there.request_close("1")


async def test_launchers_on_two_nodes_share_limits_and_close_each_others_sessions(
    registry_for: MakeRegistry,
) -> None:
    def launcher() -> AgentLauncher:
        return AgentLauncher(create_agent, join_call, max_concurrent_sessions=1, registry=registry_for())

    async with launcher() as here, launcher() as there:
        session = await here.launch("default", "abc")
        with pytest.raises(SessionLimitExceeded):
            await there.launch()
        found = await there.find(session.id)
        assert found is not None
        assert (found.node, found.call_id) == (here.node_id, "abc")
        assert await there.close_session(session.id) is False
        await asyncio.wait_for(session.over(), 10)
        assert session.end_reason is EndReason.CLOSED
        await (await there.launch()).close()


# -- Redis ----------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def keyspace_events(server: RedisServer, event: str, key: str) -> AsyncIterator[Callable[[], Any]]:
    """Waits, each time it is called, for ``event`` to befall ``key``."""
    import redis.asyncio

    client = redis.asyncio.from_url(server.url, decode_responses=True, socket_timeout=10)
    async with client, client.pubsub() as pubsub:
        await pubsub.subscribe(f"__keyspace@0__:{key}")

        async def wait() -> None:
            async for message in pubsub.listen():
                if message["data"] == event:
                    return

        yield wait


DOOMED = """
import asyncio, sys
from agentkit.core.agents.sessions import RedisSessionRegistry, SessionLimits, SessionRecord

class Node:
    node_id = "doomed"
    def records(self):
        return [session]
    def close_requested(self, session_id):
        pass

session = SessionRecord(
    id="1", node="doomed", call_type="default", call_id="abc", state="active", started_at="2026-01-01T12:00:00Z"
)

async def main():
    registry = RedisSessionRegistry(sys.argv[1], prefix=sys.argv[2], ttl_s=0.6)
    await registry.join(Node())
    await registry.claim(session, SessionLimits())
    print("running", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_the_sessions_of_a_node_that_dies_expire(redis: RedisServer, prefix: str) -> None:
    from agentkit.core.agents.sessions import RedisSessionRegistry

    b = Node("b")
    limits = SessionLimits(max_concurrent_sessions=1)
    async with (
        joined(RedisSessionRegistry(redis.url, prefix=prefix), b) as there,
        keyspace_events(redis, "expired", f"{prefix}node:doomed") as expired,
    ):
        node = await asyncio.create_subprocess_exec(
            sys.executable, "-c", DOOMED, redis.url, prefix, stdout=asyncio.subprocess.PIPE
        )
        assert node.stdout is not None
        assert await node.stdout.readline() == b"running\n"
        assert await there.find("1") is not None
        with pytest.raises(SessionLimitExceeded):
            await there.claim(b.session("2"), limits)

        node.send_signal(signal.SIGKILL)
        await node.communicate()
        await asyncio.wait_for(expired(), 10)
        assert await there.find("1") is None
        assert await there.sessions() == []
        assert not await there.request_close("1")
        await there.claim(b.session("2"), limits)


async def test_a_node_that_lives_keeps_its_sessions_and_tells_how_they_are(
    redis: RedisServer, prefix: str
) -> None:
    from agentkit.core.agents.sessions import RedisSessionRegistry

    a, b = Node("a"), Node("b")
    async with (
        joined(RedisSessionRegistry(redis.url, prefix=prefix, ttl_s=0.3), a) as here,
        joined(RedisSessionRegistry(redis.url, prefix=prefix, ttl_s=0.3), b) as there,
        keyspace_events(redis, "hset", f"{prefix}node:a") as heartbeat,
    ):
        a.running = [a.session("1")]
        await here.claim(a.running[0], NO_LIMITS)
        a.running = [a.session("1").model_copy(update={"state": SessionState.ACTIVE})]
        for _ in range(6):
            await asyncio.wait_for(heartbeat(), 10)
        found = await there.find("1")
        assert found is not None
        assert found.state is SessionState.ACTIVE
        a.running = []  # though its release was not heard of
        for _ in range(2):
            await asyncio.wait_for(heartbeat(), 10)
        assert await there.find("1") is None


async def test_calls_go_on_while_redis_is_away_and_are_known_again_when_it_is_back(prefix: str) -> None:
    from agentkit.core.agents.sessions import RedisSessionRegistry

    with redis_server() as server:
        registry = RedisSessionRegistry(server.url, prefix=prefix, ttl_s=0.3)
        other = RedisSessionRegistry(server.url, prefix=prefix, ttl_s=0.3)
        async with AgentLauncher(create_agent, join_call, registry=registry) as launcher:
            session = await launcher.launch()
            await session.joined()
            await asyncio.to_thread(server.stop)
            with pytest.raises(RegistryUnavailable):
                await launcher.launch()
            with pytest.raises(RegistryUnavailable):
                await launcher.find("elsewhere")
            own = await launcher.find(session.id)
            assert own is not None
            assert own.state is SessionState.ACTIVE

            await asyncio.to_thread(server.start)
            async with (
                keyspace_events(server, "hset", f"{prefix}node:{launcher.node_id}") as heartbeat,
                joined(other, Node("b")),
            ):
                await asyncio.wait_for(heartbeat(), 10)
                assert await other.find(session.id) is not None
                assert await other.request_close(session.id)
                await asyncio.wait_for(session.over(), 10)


async def test_a_launcher_does_not_start_without_its_redis(prefix: str) -> None:
    pytest.importorskip("redis")
    from agentkit.core.agents.sessions import RedisSessionRegistry

    registry = RedisSessionRegistry("unix:///nowhere/redis.sock", prefix=prefix)
    launcher = AgentLauncher(create_agent, join_call, registry=registry)
    with pytest.raises(RegistryUnavailable, match="does not answer"):
        await launcher.start()


def test_a_registry_shows_no_password() -> None:
    pytest.importorskip("redis")
    from agentkit.core.agents.sessions import RedisSessionRegistry

    assert "hunter2" not in repr(RedisSessionRegistry("redis://:hunter2@localhost"))


@pytest.mark.parametrize("url", ["", "localhost:6379", "http://localhost"])
def test_an_address_that_is_not_of_a_redis_is_refused_at_once(url: str) -> None:
    pytest.importorskip("redis")
    from agentkit.core.agents.sessions import RedisSessionRegistry

    with pytest.raises(ValueError, match="redis://"):
        RedisSessionRegistry(url)
