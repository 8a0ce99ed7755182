"""How a live session is configured."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Modality(enum.Enum):
    """What the model answers with."""

    AUDIO = "AUDIO"


@dataclass
class AudioTranscriptionConfigDict:
    """Nothing to choose."""


@dataclass
class LiveConnectConfigDict:
    """All of it."""

    response_modalities: list[Modality] = field(default_factory=list)
    input_audio_transcription: AudioTranscriptionConfigDict | None = None
