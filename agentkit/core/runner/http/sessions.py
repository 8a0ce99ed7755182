"""``/sessions``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from agentkit.core.agents.launcher import AgentLauncher
from agentkit.core.agents.sessions import SessionMetrics, SessionRecord
from agentkit.core.runner.http.problems import describes

Name = Annotated[str, Field(pattern="^[A-Za-z0-9_.:-]+$", min_length=1, max_length=128)]
SessionId = Annotated[str, Path(min_length=1, max_length=128)]

router = APIRouter(prefix="/sessions", tags=["sessions"], responses=describes(413, 422, 500, 503))


class NewSession(BaseModel):
    """Which call to send an agent into."""

    model_config = ConfigDict(extra="forbid")

    call_type: Name = "default"
    call_id: Name | None = Field(default=None, description="A new call if it is left out.")


class Sessions(BaseModel):
    """The sessions of all nodes."""

    sessions: list[SessionRecord]


def launcher_of(request: Request) -> AgentLauncher:
    """The launcher that the application serves."""
    launcher: AgentLauncher = request.app.state.launcher
    return launcher


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_description="The agent has been made and is on its way.",
    responses={
        201: {"headers": {"Location": {"required": True, "schema": {"type": "string"}}}},
        **describes(429),
    },
)
async def create_session(wanted: NewSession, request: Request, response: Response) -> SessionRecord:
    """Make an agent and send it into a call."""
    session = await launcher_of(request).launch(wanted.call_type, wanted.call_id)
    response.headers["Location"] = str(request.app.url_path_for("read_session", session_id=session.id))
    return session.record()


@router.get("")
async def list_sessions(
    request: Request,
    call_type: Annotated[Name | None, Query(description="Only those in calls of this type.")] = None,
    call_id: Annotated[Name | None, Query(description="Only those in calls of this id.")] = None,
) -> Sessions:
    """The sessions of all nodes, oldest first."""
    return Sessions(
        sessions=[
            record
            for record in await launcher_of(request).registry.sessions()
            if call_type in (None, record.call_type) and call_id in (None, record.call_id)
        ]
    )


@router.get("/{session_id}", responses=describes(404))
async def read_session(session_id: SessionId, request: Request) -> SessionRecord:
    """One session. Of one on another node, this is what that node last said."""
    record = await launcher_of(request).find(session_id)
    if record is None:
        raise _unknown(session_id)
    return record


@router.get("/{session_id}/metrics", responses=describes(404))
async def read_session_metrics(session_id: SessionId, request: Request) -> SessionMetrics:
    """What has been measured in a session so far."""
    return (await read_session(session_id, request)).metrics


@router.delete(
    "/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    response_description="The agent has left the call.",
    responses={
        202: {"description": "The session is on another node, which has been asked to close it."},
        **describes(404),
    },
)
async def close_session(session_id: SessionId, request: Request) -> Response:
    """Have the agent leave its call."""
    closed = await launcher_of(request).close_session(session_id)
    if closed is None:
        raise _unknown(session_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT if closed else status.HTTP_202_ACCEPTED)


def _unknown(session_id: str) -> HTTPException:
    return HTTPException(404, f"there is no session {session_id!r}; it may have ended")
