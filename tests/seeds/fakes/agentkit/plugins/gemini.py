"""Stand-in for the plugin of Gemini: models that answer from rules."""

from __future__ import annotations

from simulator.providers import ScriptedLLM, ScriptedRealtime

ANSWERS = {
    "Greet the user": "Hello! What can I do for you?",
    "*queen of clubs*": "The Queen of Clubs is a good card.",
}
DEFAULT = "I only know about cards."


class LLM(ScriptedLLM):
    """A model of text."""

    def __init__(self, model: str = "gemini-2.5-flash") -> None:
        super().__init__(rules=ANSWERS, default=DEFAULT)
        self.model = model


class Realtime(ScriptedRealtime):
    """A model of speech."""

    def __init__(self) -> None:
        super().__init__(rules=ANSWERS, default=DEFAULT)
