"""The registry of many nodes: in Redis.

Three kinds of keys. A node that dies without a word leaves nothing behind, because all that is its own expires:

    <prefix>nodes       set of node ids, to find the others by; the dead are taken out when they are met
    <prefix>node:<id>   hash: session id -> record as JSON, and "" so that a node without sessions is one too.
                        Expires after ``ttl_s`` unless the node's heartbeat renews it
    <prefix>inbox:<id>  list of sessions that the node is asked to close
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

from agentkit.core.agents.sessions.errors import RegistryUnavailable
from agentkit.core.agents.sessions.limits import SessionLimits
from agentkit.core.agents.sessions.record import SessionRecord
from agentkit.core.agents.sessions.registry import SessionNode, SessionRegistry
from agentkit.core.extras import how_to_install

try:
    import redis.asyncio as redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"a session registry in Redis needs the redis package: {how_to_install('redis')}", name=error.name
    ) from error

logger = logging.getLogger(__name__)

ANSWER_LIMIT_S = 2.0
"""How long Redis may take to answer before it counts as unavailable."""

BEATS_PER_TTL = 3
"""Heartbeats in the time after which a node counts as dead: it may miss two."""

_ALIVE = ""
"""The field of a node's hash that is no session."""

# In one script, so that no two nodes can take the last place.
_CLAIM = """
local nodes, prefix, own, id, record = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local most, most_in_call = tonumber(ARGV[5]), tonumber(ARGV[6])
local wanted = cjson.decode(record)
local total, in_call = 0, 0
for _, node in ipairs(redis.call('SMEMBERS', nodes)) do
    local fields = redis.call('HGETALL', prefix .. 'node:' .. node)
    if #fields == 0 and node ~= own then
        redis.call('SREM', nodes, node)
    end
    for i = 1, #fields, 2 do
        if fields[i] ~= '' and fields[i] ~= id then
            total = total + 1
            if most_in_call > 0 then
                local other = cjson.decode(fields[i + 1])
                if other.call_type == wanted.call_type and other.call_id == wanted.call_id then
                    in_call = in_call + 1
                end
            end
        end
    end
end
local refusal = ''
if most > 0 and total >= most then
    refusal = 'concurrent'
elseif most_in_call > 0 and in_call >= most_in_call then
    refusal = 'call'
end
local hash = prefix .. 'node:' .. own
if refusal ~= '' then
    redis.call('HDEL', hash, id)  -- a heartbeat may have brought it already
else
    redis.call('SADD', nodes, own)
    redis.call('HSET', hash, '', '', id, record)
    redis.call('PEXPIRE', hash, ARGV[7])
end
return refusal
"""


class RedisSessionRegistry(SessionRegistry):
    """Shares sessions among the nodes that use the same Redis and ``prefix``.

    Each node has an object of its own. What others see of a session is as old as its node's latest heartbeat, at most
    ``ttl_s / 3``; a node that dies is forgotten, with its sessions, after ``ttl_s``. One Redis server (or one with
    replicas) is meant, not a cluster.
    """

    def __init__(self, url: str, *, prefix: str = "agentkit:", ttl_s: float = 15.0) -> None:
        """``url`` is ``redis://``, ``rediss://`` (TLS) or ``unix://``. Raises `ValueError` for any other."""
        if ttl_s <= 0:
            raise ValueError(f"RedisSessionRegistry(ttl_s={ttl_s}): expected more than 0 seconds")
        self.prefix = prefix
        self.ttl_s = ttl_s
        self._url = url
        self._node: SessionNode | None = None
        self._client: Any = None
        self._listener: Any = None
        self._claim: Any = None
        self._writing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        # Wrong addresses are refused here, not when the first call comes in.
        redis.ConnectionPool.from_url(url)

    def __repr__(self) -> str:
        return f"RedisSessionRegistry(prefix={self.prefix!r}, ttl_s={self.ttl_s:g})"  # the URL may hold a password

    async def join(self, node: SessionNode) -> None:
        if self._node is not None:
            raise RuntimeError(
                "this registry belongs to a launcher already; make a RedisSessionRegistry for each"
            )
        self._node = node
        once = Retry(NoBackoff(), 1)
        limits = {"socket_timeout": ANSWER_LIMIT_S, "socket_connect_timeout": ANSWER_LIMIT_S}
        self._client = redis.from_url(self._url, decode_responses=True, retry=once, **limits)
        limits["socket_timeout"] = None  # type: ignore[assignment]
        self._listener = redis.from_url(self._url, decode_responses=True, retry=once, **limits)
        self._claim = self._client.register_script(_CLAIM)
        try:
            await self._beat(node)
        except BaseException:
            await self._disconnect()
            raise
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._keep_alive(node), name="session registry: heartbeat"),
            loop.create_task(self._read_inbox(node), name="session registry: inbox"),
        ]

    async def leave(self, node_id: str) -> None:
        if self._node is None or self._node.node_id != node_id:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        try:
            async with self._one_at_a_time(), self._client.pipeline() as pipe:
                pipe.delete(self._hash(node_id), self._inbox(node_id))
                pipe.srem(self._nodes, node_id)
                await pipe.execute()
        finally:
            await self._disconnect()

    async def claim(self, record: SessionRecord, limits: SessionLimits) -> None:
        async with self._one_at_a_time():
            refusal = await self._claim(
                keys=[self._nodes],
                args=[
                    self.prefix,
                    record.node,
                    record.id,
                    record.model_dump_json(),
                    limits.max_concurrent_sessions or 0,
                    limits.max_sessions_per_call or 0,
                    self._ttl_ms,
                ],
            )
        if refusal == "concurrent":
            raise limits.concurrent_exceeded()
        if refusal:
            raise limits.per_call_exceeded(record)

    async def release(self, record: SessionRecord) -> None:
        async with self._one_at_a_time():
            await self._client.hdel(self._hash(record.node), record.id)

    async def find(self, session_id: str) -> SessionRecord | None:
        with _translated():
            nodes = await self._client.smembers(self._nodes)
            async with self._client.pipeline(transaction=False) as pipe:
                for node in nodes:
                    pipe.hget(self._hash(node), session_id)
                found = [data for data in await pipe.execute() if data]
        return SessionRecord.model_validate_json(found[0]) if found else None

    async def sessions(self) -> list[SessionRecord]:
        with _translated():
            nodes = await self._client.smembers(self._nodes)
            async with self._client.pipeline(transaction=False) as pipe:
                for node in nodes:
                    pipe.hvals(self._hash(node))
                data = [one for of_node in await pipe.execute() for one in of_node if one]
        records = [SessionRecord.model_validate_json(one) for one in data]
        return sorted(records, key=lambda record: (record.started_at, record.id))

    async def request_close(self, session_id: str) -> bool:
        record = await self.find(session_id)
        if record is None:
            return False
        with _translated():
            async with self._client.pipeline() as pipe:
                pipe.rpush(self._inbox(record.node), session_id)
                pipe.pexpire(self._inbox(record.node), self._ttl_ms)
                await pipe.execute()
        return True

    # -- the life of this node --------------------------------------------------------------------------------

    async def _beat(self, node: SessionNode) -> None:
        """Say that the node lives, and which sessions it has: what is not among them is over."""
        async with self._one_at_a_time(), self._client.pipeline() as pipe:
            fields = {record.id: record.model_dump_json() for record in node.records()}
            pipe.sadd(self._nodes, node.node_id)
            pipe.delete(self._hash(node.node_id))
            pipe.hset(self._hash(node.node_id), mapping={_ALIVE: "", **fields})
            pipe.pexpire(self._hash(node.node_id), self._ttl_ms)
            await pipe.execute()

    async def _keep_alive(self, node: SessionNode) -> None:
        heard = True
        while True:
            await asyncio.sleep(self.ttl_s / BEATS_PER_TTL)
            try:
                await self._beat(node)
            except RegistryUnavailable as error:
                if heard:
                    logger.error("%s; calls go on, and it is tried again", error)
                heard = False
            else:
                if not heard:
                    logger.warning("the session registry in Redis answers again")
                heard = True

    async def _read_inbox(self, node: SessionNode) -> None:
        while True:
            try:
                _, session_id = await self._listener.blpop([self._inbox(node.node_id)], timeout=0)
            except (redis.RedisError, OSError):
                await asyncio.sleep(self.ttl_s / BEATS_PER_TTL)  # the heartbeat tells that it is away
            else:
                node.close_requested(session_id)

    @contextlib.asynccontextmanager
    async def _one_at_a_time(self) -> AsyncIterator[None]:
        """Keep what the node writes in order: a heartbeat must not bring back what has been released meanwhile."""
        with _translated():
            async with asyncio.timeout(ANSWER_LIMIT_S), self._writing:
                yield

    async def _disconnect(self) -> None:
        self._node = None
        for client in (self._client, self._listener):
            with contextlib.suppress(redis.RedisError, OSError):
                await client.aclose()

    @property
    def _nodes(self) -> str:
        return f"{self.prefix}nodes"

    def _hash(self, node_id: str) -> str:
        return f"{self.prefix}node:{node_id}"

    def _inbox(self, node_id: str) -> str:
        return f"{self.prefix}inbox:{node_id}"

    @property
    def _ttl_ms(self) -> int:
        return max(1, round(self.ttl_s * 1000))


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise RegistryUnavailable(f"the session registry in Redis does not answer: {error}") from error
