"""Who may use the API, and how much they may send: decided before anything of a request is read."""

from __future__ import annotations

import hmac

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agentkit.core.runner.address import is_loopback
from agentkit.core.runner.http.problems import ProblemResponse

PUBLIC = frozenset({"/health", "/ready", "/docs", "/openapi.json"})
"""What machines ask that hold no token, and how to use the API: nothing that is secret."""

BODY_LIMIT = 64 * 1024
"""Bytes a request may have; the longest that makes sense has a few hundred."""

LINGER_BYTES = 16 * 1024 * 1024
"""Bytes of a request that are read at all."""


class Authentication:
    """Lets requests pass that show the token.

    Without a token the API is for this machine only, and then a request must be addressed to it: a web page that has
    its own host name point to 127.0.0.1 (DNS rebinding) is turned away.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._expected = None if token is None else f"Bearer {token}".encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._app
        if scope["type"] == "http" and scope["path"] not in PUBLIC:
            app = self._refusal(dict(scope["headers"])) or app
        await app(scope, receive, send)

    def _refusal(self, headers: dict[bytes, bytes]) -> ProblemResponse | None:
        if self._expected is None:
            host = _host(headers.get(b"host", b"").decode("latin-1"))
            return None if is_loopback(host) else ProblemResponse(421, "this API serves 127.0.0.1 only")
        scheme, _, credentials = headers.get(b"authorization", b"").partition(b" ")
        shown = scheme.capitalize() + b" " + credentials.strip()
        if hmac.compare_digest(shown, self._expected):
            return None
        detail = (
            "show the bearer token: `Authorization: Bearer <token>`" if not shown.strip() else "wrong token"
        )
        return ProblemResponse(401, detail, {"WWW-Authenticate": "Bearer"})


def _host(header: str) -> str:
    """The host of a ``Host`` header, without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


class BodyLimit:
    """Reads bodies for the application, and refuses those that are too large."""

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(receive)
        if len(body) > self._limit:
            refusal = ProblemResponse(413, f"a body may have {self._limit} bytes", {"Connection": "close"})
            await refusal(scope, receive, send)
            return
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> bytes:
        """The body, or more of it than there may be.

        What is too much is not kept, but read on for a while: a connection that is closed while the client sends is
        reset, and the client never sees the answer.
        """
        kept, read = bytearray(), 0
        more = True
        while more and read < LINGER_BYTES:
            message = await receive()
            part = message.get("body", b"")
            read += len(part)
            more = message.get("more_body", False)
            if len(kept) <= self._limit:
                kept += part
        return bytes(kept)
