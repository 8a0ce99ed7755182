from dataclasses import dataclass

from agentkit.core.events import PluginBaseEvent


@dataclass
class AcmeCustomEvent(PluginBaseEvent):
    type: str = "acme.custom"
    custom_field: str = ""
