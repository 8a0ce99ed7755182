"""Stand-in for the plugin of OpenAI and of all services that speak like it: models that answer from rules."""

from __future__ import annotations

from simulator.providers import ScriptedLLM, ScriptedRealtime, ScriptedVLM


class ChatCompletionsLLM(ScriptedLLM):
    """A model of text."""

    def __init__(self, model: str, base_url: str | None = None, api_key: str | None = None) -> None:
        super().__init__(default=f"This is {model} at {base_url}.")


class ChatCompletionsVLM(ScriptedVLM):
    """A model that sees."""

    def __init__(self, model: str, base_url: str | None = None, fps: int = 1) -> None:
        super().__init__(default=f"This is {model} at {base_url}.", fps=fps)


class Realtime(ScriptedRealtime):
    """A model of speech."""

    def __init__(self, model: str, base_url: str | None = None) -> None:
        super().__init__(default=f"This is {model} at {base_url}.")
