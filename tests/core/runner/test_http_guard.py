"""Who may use the API, and how much they may send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

TOKEN = "correct-horse"


async def test_without_the_token_nothing_but_probes_and_documentation_answers(serve: Any) -> None:
    async with serve(token=TOKEN) as service:
        for wrong in (
            "",
            "Bearer",
            "Bearer wrong",
            f"Basic {TOKEN}",
            TOKEN,
            f"Bearer {TOKEN}x",
            "Bearer é",
        ):
            for method, path in (
                ("GET", "/sessions"),
                ("POST", "/sessions"),
                ("DELETE", "/sessions/abc"),
                ("GET", "/metrics"),
                ("GET", "/nowhere"),
            ):
                response = await service.client.request(
                    method, path, headers={"Authorization": wrong.encode("latin-1")}, content=b"{"
                )
                assert response.status_code == 401, (wrong, method, path)
                assert response.headers["www-authenticate"] == "Bearer"
                assert TOKEN not in response.text
        for path in ("/health", "/ready", "/docs", "/openapi.json"):
            assert (await service.client.get(path, headers={"Authorization": ""})).status_code == 200
        assert service.launcher.started == 0


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_with_the_token_everything_answers(serve: Any, scheme: str) -> None:
    async with serve(token=TOKEN) as service:
        headers = {"Authorization": f"{scheme} {TOKEN}"}
        assert (await service.client.post("/sessions", json={}, headers=headers)).status_code == 201
        assert (await service.client.get("/metrics", headers=headers)).status_code == 200


async def test_without_a_token_only_this_machine_is_answered_under_its_own_name(serve: Any) -> None:
    async with serve() as service:
        for host, status in (
            ("localhost:8000", 200),
            ("127.0.0.1", 200),
            ("[::1]:8000", 200),
            ("rebound.example.com", 421),
            ("127.0.0.1.example.com", 421),
            ("[", 421),
        ):
            response = await service.client.get("/sessions", headers={"Host": host})
            assert response.status_code == status, host


async def test_a_body_that_is_too_large_is_refused(serve: Any) -> None:
    async def drips() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 65_536

    async with serve() as service:
        for content in (b" " * 65_537, b" " * 5_000_000, drips()):
            response = await service.client.post("/sessions", content=content)
            assert response.status_code == 413
            assert "65536 bytes" in response.json()["detail"]
        padded = b"{" + b" " * 60_000 + b"}"
        headers = {"Content-Type": "application/json"}
        assert (await service.client.post("/sessions", content=padded, headers=headers)).status_code == 201


async def test_a_client_that_leaves_in_the_middle_of_its_request_harms_nobody(serve: Any) -> None:
    import asyncio

    async with serve() as service:
        host, port = service.url.removeprefix("http://").split(":")
        for sent in (
            b"POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n{",
            b"nonsense\r\n\r\n",
            b"\x16\x03\x01",
        ):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(sent)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        assert (await service.client.get("/health")).status_code == 200
        assert service.launcher.started == 0
