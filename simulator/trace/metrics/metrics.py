"""All figures of a call in one place: what each means, and what it is called."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, get_type_hints

from simulator.trace.metrics.distribution import Distribution


@dataclass(frozen=True, slots=True)
class TurnMetrics:
    """The figures of one turn of the agent, defined as in `Metrics`; None where nothing was measured."""

    epoch: int
    participant: str | None
    interrupted: bool
    response_latency_ms: float | None
    endpointing_ms: float | None
    llm_first_token_ms: float | None
    tts_first_audio_ms: float | None
    playout_ms: float | None
    time_to_first_audio_ms: float | None
    yield_latency_ms: float | None
    decision_to_silence_ms: float | None
    post_interruption_latency_ms: float | None
    generated_words: int
    heard_words: int
    heard_ratio: float | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one call; times in milliseconds of virtual time."""

    response_latency_ms: Distribution
    """From where the person answered last fell silent before a turn of the agent to where the sound of that
    turn began, for each turn that answers a person. (tau-voice: response latency.) A pause of the person of
    less than the 200 ms hang-over of the measurement is no end of speech; one that is longer is. The four
    that follow are its stages and sum to it in each turn."""

    endpointing_ms: Distribution
    """Stage: from where the person fell silent to ``agent.user_turn_ended`` that is not eager; 0 where the
    turn was accepted earlier. (Endpointing delay, as speech recognition has it.)"""

    llm_first_token_ms: Distribution
    """Stage: the model's time to first token, as far as it came after the stage before. (Common
    usage: TTFT.)"""

    tts_first_audio_ms: Distribution
    """Stage: the first synthesis' time to first audio, as far as it came after the stages before. (TTFB of
    speech synthesis, common usage.)"""

    playout_ms: Distribution
    """Stage: the rest. Waiting for the first sentence to be whole, queues, silence before the first word."""

    time_to_first_audio_ms: Distribution
    """From ``agent.reply_started`` to where the sound of that reply began. (Common usage.)"""

    yield_latency_ms: Distribution
    """From where the interrupting sound began to where the agent fell silent, for each ``agent.yielded``
    that led to an interrupted turn. A person who was already speaking when the agent began counts from
    there. (tau-voice: yield latency; Full-Duplex-Bench: stop latency.)"""

    decision_to_silence_ms: Distribution
    """From ``agent.yielded`` to where the agent fell silent, for the same interruptions; 0 where it was
    pausing just then. (Ours: what the framework alone answers for.)"""

    post_interruption_latency_ms: Distribution
    """From where the interrupting speech ended to where the agent's next turn began to sound, for the same
    interruptions. (EVA: post-interruption latency.)"""

    talk_over_ms: float
    """For how long the agent and at least one person sounded at once. (Talk-over time, call-centre usage.)"""

    interruptions: int
    """Turns of the agent that a person cut short. One cut by the program, or by the end of the call, is none."""

    false_interruptions: int
    """Times the agent yielded and then went on with the same turn. (LiveKit: false interruption.)"""

    agent_turns: int
    """Turns the agent began, heard to the end or not."""

    generated_words: int
    """Words of the agent's turns as they were generated, separated by white space."""

    heard_words: int
    """Those of them that were played."""

    heard_ratio: float | None
    """``heard_words / generated_words``, 0 to 1; None where nothing was generated."""

    errors: int
    """Errors and exceptions reported as events."""

    turns: tuple[TurnMetrics, ...]
    """The agent's turns one by one, in order."""

    if not TYPE_CHECKING:  # else any name would pass for a figure

        def __getattr__(self, name: str) -> Any:
            __tracebackhide__ = True  # pytest shows the line of the test
            known = [field.name for field in fields(self)]
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
            told = f"there is no metric {name!r}; {hint}"
            raise AttributeError(told, obj=self)  # without a name, or Python adds a suggestion of its own

    def lookup(self, name: str) -> float | None:
        """The figure called ``name``, one of `metric_names`: ``"yield_latency.p95"`` is in milliseconds.

        None where there was nothing to measure. Raises `ValueError` for an unknown name, with the nearest
        known.
        """
        base, _, statistic = metric_name(name).partition(".")
        found = next(getattr(self, f.name) for f in fields(self) if f.name.removesuffix("_ms") == base)
        value: float | None = getattr(found, statistic) if statistic else found
        return value

    def as_dict(self) -> dict[str, Any]:
        """A JSON object in a stable order, times and ratios rounded to 0.001."""
        return _as_dict(self)


@functools.cache
def metric_names() -> tuple[str, ...]:
    """Every name that `Metrics.lookup` knows, in the order of the fields: ``response_latency.count``, ..."""
    names: list[str] = []
    for name, kind in get_type_hints(Metrics).items():
        if kind is Distribution:
            names += [f"{_short(name)}.{statistic.name}" for statistic in fields(Distribution)]
        elif name != "turns":
            names.append(_short(name))
    return tuple(names)


def metric_name(name: str) -> str:
    """``name`` as `metric_names` spells it: ``yield_latency_ms.p95`` is accepted for ``yield_latency.p95``.

    Raises `ValueError` for an unknown name, with the nearest known.
    """
    base, dot, statistic = name.strip().partition(".")
    short = _short(base) + dot + statistic
    known = metric_names()
    if short in known:
        return short
    parts = [k for k in known if k.startswith(f"{_short(base)}.")]
    near = parts or difflib.get_close_matches(short, known, n=3, cutoff=0.4) or known
    raise ValueError(f"there is no metric {name!r}; expected one of {', '.join(near)}")


def _short(name: str) -> str:
    return name.removesuffix("_ms")


def _as_dict(of: Metrics | TurnMetrics) -> dict[str, Any]:
    return {field.name: _plain(getattr(of, field.name)) for field in fields(of)}


def _plain(value: Any) -> Any:
    if isinstance(value, Distribution):
        return value.as_dict()
    if isinstance(value, tuple):
        return [_as_dict(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value
