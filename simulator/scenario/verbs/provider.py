"""What an agent's providers can do wrong for a while: ``call.tts.stalls(for_=2)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agentkit.core.llm import Realtime
from simulator.scenario.model.failure import UsageError
from simulator.scenario.verbs.arguments import Time, duration_of, found
from simulator.scenario.verbs.seams import EarSeam, ModelSeam, Seam, VoiceSeam
from simulator.scenario.verbs.trouble import How, Service
from simulator.scenario.verbs.verb import Verbs
from simulator.scenario.verbs.window import Moment, Window

if TYPE_CHECKING:
    from agentkit.core.agents import Agent

__tracebackhide__ = True  # of what is refused, pytest shows the line of the test


class ProviderVerbs(Verbs):
    """Trouble with one provider of the agent, scripted or real. Everything begins at once and the script goes on.

    A trouble lasts ``for_`` a time, or until the provider `recovers`; a new one takes the place of the one before.
    Each raises `UsageError` when the agent has no such provider.
    """

    _who = "a provider"

    def __init__(
        self, name: str, window: Window, component: Any, seam: Callable[[Any, Service], Seam]
    ) -> None:
        self.name = name
        super().__init__(window)
        self._service = Service(self._changed)
        self._seam = seam(component, self._service) if component is not None else None

    def stalls(self, for_: Time | None = None) -> Moment:
        """Nothing comes of it; what would have come comes when that is over."""
        return self._begin("stalls", for_)

    def disconnects(self, for_: Time | None = None) -> Moment:
        """The connection is lost: what is under way fails, what is sent is lost, and nobody gets through."""
        return self._begin("disconnects", for_)

    def errors(self, message: str | None = None, for_: Time | None = None) -> Moment:
        """Whatever it is asked fails with this message. What is under way goes on."""
        return self._begin("errors", for_, message=message)

    def is_slow(self, by: Time, for_: Time | None = None) -> Moment:
        """Each answer begins so much later than it would."""
        return self._begin("is slow", for_, by_s=duration_of("by", by).seconds)

    def recovers(self) -> Moment:
        """It is well again."""
        self._there()
        self._service.recover()
        return self._window.mark()

    def remove(self) -> None:
        """The provider is asked directly again."""
        self._service.close()
        if self._seam is not None:
            self._seam.remove()

    def _begin(self, how: How, for_: Time | None, **details: Any) -> Moment:
        self._there()
        for_s = None if for_ is None else duration_of("for_", for_).seconds
        self._service.begin(how, for_s, **details)
        return self._window.mark()

    def _there(self) -> None:
        if self._seam is None:
            raise UsageError(f"the agent has no {self.name} that could have any trouble")

    def _changed(self, how: How | None) -> None:
        kind = "provider.recovered" if how is None else "provider.in_trouble"
        details = {} if how is None else {"how": how}
        self._window.trace.record("scenario", kind, {"provider": self.name, **details})
        if self._seam is not None:
            self._seam.changed(how)


class Providers(dict[str, ProviderVerbs]):
    """The providers of an agent that can have trouble, by name."""

    def __missing__(self, name: object) -> ProviderVerbs:
        raise UsageError(f"providers[{found(name)}]: expected one of {', '.join(map(repr, self))}")


def providers_of(agent: Agent, window: Window) -> Providers:
    """The agent's ``stt``, ``llm`` and ``tts``. A realtime model is listened to as speech-to-text is."""
    model = EarSeam if isinstance(agent.llm, Realtime) else ModelSeam
    seams: dict[str, Callable[[Any, Service], Seam]] = {"stt": EarSeam, "llm": model, "tts": VoiceSeam}
    return Providers(
        (name, ProviderVerbs(name, window, getattr(agent, name), seam)) for name, seam in seams.items()
    )
