"""The agent: its parts, and its life in one call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from agentkit.core.agents.closing import CONNECTION_LIMIT_S, close_all, close_within
from agentkit.core.agents.events import AgentFinishEvent, AgentJoinedEvent
from agentkit.core.agents.filters import AudioFilter
from agentkit.core.agents.hearing import Hearing
from agentkit.core.agents.instructions import Instructions
from agentkit.core.agents.joining import Joining
from agentkit.core.agents.parts import check_parts
from agentkit.core.agents.pipeline import Pipeline
from agentkit.core.agents.realtime import RealtimePipeline
from agentkit.core.agents.reply import Prompt, Reply, Spoken
from agentkit.core.agents.spoken_reply import ReplyLimits, Voice
from agentkit.core.agents.transcribing import TranscribingPipeline
from agentkit.core.agents.watching import Watching
from agentkit.core.component import Component
from agentkit.core.conversation import Conversation
from agentkit.core.edge import Call, Connection, EdgeTransport, User
from agentkit.core.edge.events import CallEndedEvent
from agentkit.core.events import EventManager, ExceptionEvent
from agentkit.core.llm import LLM, Realtime
from agentkit.core.mcp import MCPFunctions, MCPServer
from agentkit.core.media.output import AudioOutput
from agentkit.core.observability import broadcast_metrics, record_metrics, record_spans
from agentkit.core.observability.logs import about as log_context
from agentkit.core.processors import AudioProcessor, Processor, VideoPublisher, name_of
from agentkit.core.profiling import Profiler
from agentkit.core.stt import STT
from agentkit.core.tts import TTS
from agentkit.core.turn_detection import TurnDetector
from agentkit.core.turns import Floor, Signals, TurnPolicy
from agentkit.core.vad import VAD

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Agent:
    """An AI participant of a call.

    Give it an edge to reach calls through and the components it hears, thinks and speaks with; then
    ``async with agent.join(call)``. An agent is in one call, once. ``agent.events`` carries what it and all of its
    components have to say.
    """

    def __init__(
        self,
        *,
        edge: EdgeTransport,
        agent_user: User,
        instructions: str | Instructions = "",
        llm: LLM | None = None,
        stt: STT | None = None,
        tts: TTS | None = None,
        vad: VAD | None = None,
        turn_detection: TurnDetector | None = None,
        processors: Sequence[Processor] = (),
        mcp_servers: Sequence[MCPServer] = (),
        audio_filter: AudioFilter | None = None,
        turn_policy: TurnPolicy | None = None,
        reply_limits: ReplyLimits | None = None,
        video_track_override: str | Path | None = None,
        broadcast_metrics: bool = False,
        profiler: Profiler | None = None,
    ) -> None:
        """``mcp_servers`` are connected to when the agent joins; their functions are the model's as long as they last.
        Without a call, ``await agent.mcp.start()`` connects to them.

        ``video_track_override`` is a file to watch, over and over, in place of all video in the call: to debug.

        ``broadcast_metrics`` sends figures to everyone in the call, as a custom event after each turn of the agent.

        Raises `TypeError` for a part that is something else than it should be.
        """
        check_parts(
            {
                "edge": edge,
                "agent_user": agent_user,
                "llm": llm,
                "stt": stt,
                "tts": tts,
                "vad": vad,
                "turn_detection": turn_detection,
            },
            processors,
        )
        self.edge = edge
        self.agent_user = agent_user
        self.instructions = (
            instructions if isinstance(instructions, Instructions) else Instructions(instructions)
        )
        self.llm = llm
        self.stt = stt
        self.tts = tts
        self.vad = vad
        self.turn_detection = turn_detection
        self.processors = list(processors)
        if mcp_servers and llm is None:
            raise ValueError("mcp_servers offer functions to a model: give the agent llm=... too")
        self.audio_filter = audio_filter
        self.turn_policy = turn_policy or TurnPolicy()
        self.reply_limits = reply_limits or ReplyLimits()
        self.video_track_override = video_track_override
        self.events = EventManager()
        self.mcp = MCPFunctions(mcp_servers, llm, self.events) if llm is not None else None
        self.output = AudioOutput()
        self.call: Call | None = None
        self.conversation: Conversation | None = None
        self._connection: Connection | None = None
        self._pipeline: Pipeline | None = None
        self._watching: Watching | None = None
        self._authenticated = False
        self._joined_at: float | None = None
        self._ended: asyncio.Future[None] | None = None
        self._underway: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None
        self._broadcasts = broadcast_metrics
        self._detach: list[Callable[[], None]] = []
        if profiler is not None:
            profiler.attach(self.events)

    # -- the call ---------------------------------------------------------------------------------------------

    async def create_call(self, call_type: str = "default", call_id: str = "", **kwargs: Any) -> Call:
        """Create the call, or fetch it; authenticates first if that has not happened yet."""

        async def create() -> Call:
            await self._authenticate()
            return await self.edge.create_call(call_id, call_type=call_type, **kwargs)

        return await self._unless_closed(create(), "creating a call")

    def join(self, call: Call, participant_wait_timeout: float | None = 10.0) -> Joining:
        """Join ``call``: ``async with agent.join(call):`` leaves and closes at the end of the block.

        Waits up to ``participant_wait_timeout`` seconds for someone else to be there (None: for ever; 0: not at
        all) and goes on if nobody comes. Raises `ConnectionError` when the call cannot be joined.
        """
        return Joining(lambda: self._join(call, participant_wait_timeout), self._begin_closing)

    async def wait_for_participant(self, timeout: float | None = None) -> None:
        """Return when someone besides the agent is in the call.

        Raises `TimeoutError` after ``timeout`` seconds and `ConnectionError` when the call is over before.
        """
        connection = self._joined_connection()
        assert self._ended is not None
        company = asyncio.ensure_future(connection.wait_for_participant(timeout))
        try:
            await asyncio.wait([company, self._ended], return_when=asyncio.FIRST_COMPLETED)
            if not company.done():
                raise ConnectionError("the call was over before anybody came")
            company.result()
        finally:
            company.cancel()

    async def finish(self) -> None:
        """Return when the call is over: it ended for everyone, or the agent was closed."""
        if self._ended is None:
            raise RuntimeError("finish() waits for the end of a call, and this agent has not joined one")
        await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Leave the call and release every component. Ends within `CLOSE_LIMIT_S`, whatever a provider does.

        Calling it again, also at the same time, waits for the first.
        """
        await asyncio.shield(self._begin_closing())

    def idle_for(self) -> float:
        """Seconds since the last participant left; 0.0 while someone is there, or before joining."""
        since = self._connection.idle_since() if self._connection is not None else 0.0
        return asyncio.get_running_loop().time() - since if since else 0.0

    def on_call_for(self) -> float:
        """Seconds since the agent joined; 0.0 before."""
        return asyncio.get_running_loop().time() - self._joined_at if self._joined_at is not None else 0.0

    @property
    def publish_audio(self) -> bool:
        """Whether the agent has a voice to publish."""
        return self.tts is not None or isinstance(self.llm, Realtime)

    @property
    def publish_video(self) -> bool:
        """Whether one of its processors shows something."""
        return any(isinstance(processor, VideoPublisher) for processor in self.processors)

    # -- speaking ---------------------------------------------------------------------------------------------

    async def simple_response(self, text: str, *, interruptible: bool = True) -> Spoken:
        """Have the model answer ``text`` and say the answer. Returns when it was said, or cut."""
        return await self._joined_pipeline().speak(Prompt(text, interruptible=interruptible))

    async def say(self, text: str, *, interruptible: bool = True) -> Spoken:
        """Say exactly ``text``. Returns when it was said, or cut; nobody can cut it if it is not interruptible."""
        if self.tts is None:
            raise RuntimeError("say() needs a voice: give the agent tts=..., or use simple_response()")
        return await self._joined_pipeline().speak(Prompt(text, verbatim=True, interruptible=interruptible))

    def interrupt(self) -> None:
        """Fall silent now and give up what was being said."""
        self._joined_pipeline().interrupt()

    @property
    def reply(self) -> Reply | None:
        """What the agent is saying or about to say, and how much of it was heard; None while there is no such thing."""
        return self._pipeline.reply if self._pipeline is not None else None

    # -- joining ----------------------------------------------------------------------------------------------

    async def _join(self, call: Call, participant_wait_timeout: float | None) -> None:
        if self.call is not None:
            raise RuntimeError(
                f"this agent has joined call {self.call.id!r} already; make an agent for each call"
            )
        self.call = call
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        log_context.set({"call_id": call.id, "agent_id": self.agent_user.id})
        try:
            await self._unless_closed(self._enter(call), "joining the call")
        except BaseException:
            await self.close()
            raise
        self._joined_at = loop.time()
        self.events.send(AgentJoinedEvent())
        if participant_wait_timeout != 0 and not self._ended.done():
            try:
                await self.wait_for_participant(participant_wait_timeout)
            except TimeoutError:
                logger.info("nobody came to the call within %s s", participant_wait_timeout)
            except ConnectionError:
                logger.info("the call was over before anybody came")

    async def _enter(self, call: Call) -> None:
        await self._authenticate()
        instructions = self.instructions.full_reference
        self.conversation = await self.edge.create_conversation(call, self.agent_user, instructions)
        self.conversation.report = self._conversation_failed
        if self.llm is not None:
            self.llm.set_instructions(instructions)
            self.llm.set_conversation(self.conversation)
        if self.tts is not None:
            self.tts.set_output_format(self.output.sample_rate)
        self._pipeline = self._build_pipeline(self.conversation)
        self._watching = Watching(
            self.edge, self.llm, self.processors, self.events, self.video_track_override
        )
        self._attach(self._pipeline, self._watching)
        if self.mcp is not None:
            await self.mcp.start()  # first: some models are told their functions on connecting
        for component in self._components():
            await component.start()
        self._connection = await self.edge.join(self, call)
        await self._publish(self._watching)
        await self._watching.start()

    async def _unless_closed(self, work: Coroutine[Any, Any, T], doing: str) -> T:
        """The result of ``work``. Closing the agent gives it up and raises `ConnectionError` here."""
        if self._closing is not None:
            work.close()
            raise ConnectionError("the agent has been closed; make another one for another call")
        task = asyncio.get_running_loop().create_task(work)
        self._underway.add(task)
        task.add_done_callback(self._underway.discard)
        try:
            return await task
        except asyncio.CancelledError:
            asking = asyncio.current_task()
            if asking is not None and asking.cancelling():
                raise
            raise ConnectionError(f"{doing} was given up: the agent has been closed") from None

    async def _authenticate(self) -> None:
        if not self._authenticated:
            await self.edge.authenticate(self.agent_user)
            self._authenticated = True

    async def _publish(self, watching: Watching) -> None:
        video = await watching.published_track()
        if self.publish_audio or video is not None:
            from agentkit.core.media.track import OutputTrack

            await self.edge.publish_tracks(OutputTrack(self.output) if self.publish_audio else None, video)

    def _build_pipeline(self, conversation: Conversation) -> Pipeline:
        realtime = self.llm if isinstance(self.llm, Realtime) else None
        signals = Signals(
            transcripts=self.stt is not None,
            turn_ends=self.turn_detection is not None or (self.stt is not None and self.stt.turn_detection),
            voice_end_delay_s=self.vad.end_delay_s if self.vad is not None else 0.0,
            model_replies=realtime is not None,
        )
        listeners = dict.fromkeys((self.vad, self.turn_detection, self.stt, realtime))
        audio_processors = [p for p in self.processors if isinstance(p, AudioProcessor)]
        parts: dict[str, Any] = {
            "floor": Floor(self.turn_policy, signals),
            "hearing": Hearing(
                [part for part in listeners if part is not None],
                audio_processors,
                self.audio_filter,
                self.events,
            ),
            "voice": Voice(self.llm, self.tts, self.output, self.processors, self.reply_limits),
            "conversation": conversation,
            "events": self.events,
            "fell_silent": self.edge.discard_playout,
        }
        if realtime is None:
            return TranscribingPipeline(**parts)
        return RealtimePipeline(model=realtime, **parts)

    def _attach(self, pipeline: Pipeline, watching: Watching) -> None:
        """Connect the parts: the call and the components to the pipeline, and all of them to `events`."""
        edge, components = self.edge.events, self._components()
        self._detach = [
            *(component.events.forward_to(self.events) for component in components),
            *pipeline.attach(edge, components),
            edge.tap(self._call_ended, CallEndedEvent),
            edge.forward_to(self.events),
            *watching.attach(),
            record_spans(self.events, call_id=self.call.id if self.call else ""),
            record_metrics(self.events),
        ]
        if self._broadcasts:
            self._detach.append(broadcast_metrics(self.edge, self.events))

    def _conversation_failed(self, error: Exception) -> None:
        where = type(self.conversation).__name__
        self.events.send(ExceptionEvent(error=error, where=where, context="keeping the conversation"))

    # -- leaving ----------------------------------------------------------------------------------------------

    def _call_ended(self, event: CallEndedEvent) -> None:
        if self._pipeline is not None:
            self._pipeline.hang_up()
        self._call_is_over()

    def _call_is_over(self) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    def _begin_closing(self) -> asyncio.Task[None]:
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        return self._closing

    async def _close(self) -> None:
        for task in self._underway:
            task.cancel()
        await close_all(self._parts_to_close(), self.events, self._finished)

    def _parts_to_close(self) -> dict[str, Awaitable[Any]]:
        work: dict[str, Awaitable[Any]] = {}
        for n, part in enumerate(self._components(), 1):
            work[f"component {n} ({type(part).__name__})"] = part.close()
        work |= {f"processor {n} ({name_of(p)})": p.close() for n, p in enumerate(self.processors, 1)}
        if self._underway:
            work["joining"] = asyncio.wait(self._underway)
        if self._pipeline is not None:
            self._pipeline.hang_up()
            work["replies"] = self._pipeline.close()
        if self._watching is not None:
            work["video"] = self._watching.close()
        if self.llm is not None:
            work["functions"] = self.llm.tools.close()
        if self.mcp is not None:
            work["MCP servers"] = self.mcp.close()
        if self.conversation is not None:
            work["conversation"] = self.conversation.close()
        work["edge"] = self._leave_the_call()
        return work

    async def _leave_the_call(self) -> None:
        if self._connection is not None:
            leaving = {"connection": self._connection.close()}
            await close_within(CONNECTION_LIMIT_S, leaving, self.events)
        await self.edge.close()

    def _finished(self) -> None:
        self.events.send(AgentFinishEvent())
        for detach in self._detach:
            detach()
        self._call_is_over()

    # -- what there is ----------------------------------------------------------------------------------------

    def _components(self) -> list[Component]:
        parts = (self.stt, self.vad, self.turn_detection, self.llm, self.tts)
        return [part for part in dict.fromkeys(parts) if part is not None]  # one may be two of them

    def _joined_connection(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("the agent is not in a call; use it inside `async with agent.join(call):`")
        return self._connection

    def _joined_pipeline(self) -> Pipeline:
        if self._pipeline is None or self._connection is None:
            raise RuntimeError("the agent is not in a call; use it inside `async with agent.join(call):`")
        return self._pipeline
