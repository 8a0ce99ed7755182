"""How the API says what is wrong: always ``{"detail": "..."}``."""

from __future__ import annotations

import json
import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from agentkit.core.agents.sessions import LauncherNotReady, LaunchRefused, RegistryUnavailable

RETRY_AFTER_S = LaunchRefused.retry_after_s


class Problem(BaseModel):
    """What is wrong with a request, or with the server."""

    detail: str = Field(description="One sentence that says what is wrong.")


class ProblemResponse(JSONResponse):
    """A `Problem`. What it quotes may not even be Unicode; its JSON is ASCII."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__({"detail": detail}, status, headers)

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode("ascii")


def describes(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The part of the OpenAPI document about these answers."""
    return {status: _DESCRIBED[status] for status in statuses}


def install(app: FastAPI) -> None:
    """Have every error answered with a `Problem`."""

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> ProblemResponse:
        if error.status_code == 400:  # FastAPI's answer to a body that cannot even be decoded
            return ProblemResponse(422, "body: expected JSON in UTF-8")
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(request))
        return ProblemResponse(error.status_code, str(error.detail), headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> ProblemResponse:
        return ProblemResponse(422, "; ".join(_sentence(one) for one in error.errors()))

    @app.exception_handler(LaunchRefused)
    async def _refused(request: Request, error: LaunchRefused) -> ProblemResponse:
        status = 503 if isinstance(error, LauncherNotReady) else 429
        return ProblemResponse(status, str(error), {"Retry-After": str(math.ceil(error.retry_after_s))})

    @app.exception_handler(RegistryUnavailable)
    async def _unavailable(request: Request, error: RegistryUnavailable) -> ProblemResponse:
        return ProblemResponse(
            503, "the session registry does not answer", {"Retry-After": str(RETRY_AFTER_S)}
        )

    @app.exception_handler(Exception)
    async def _failed(request: Request, error: Exception) -> ProblemResponse:
        return ProblemResponse(500, "something went wrong here; the server's log says what")


def _allowed(request: Request) -> list[str]:
    """The methods that the path of ``request`` has; Starlette names only those of the first route for it."""
    return [
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


def _sentence(error: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}"


def _problem(description: str, *, retry: bool = False) -> dict[str, Any]:
    described: dict[str, Any] = {"model": Problem, "description": description}
    if retry:
        described["headers"] = {
            "Retry-After": {
                "description": "Seconds after which trying again may help.",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return described


_DESCRIBED = {
    401: {
        **_problem("The bearer token is missing or wrong."),
        "headers": {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}},
    },
    404: _problem("There is no such session."),
    413: _problem("The body is too large."),
    421: _problem("Without a token, only requests to the loopback address are answered."),
    422: _problem("The request is malformed."),
    429: _problem("There are as many sessions as may be.", retry=True),
    500: _problem("The agent could not be made, or something else went wrong."),
    503: _problem(
        "The server is warming up or stopping, or its session registry does not answer.", retry=True
    ),
}
