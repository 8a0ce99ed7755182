"""Whatever a trace says, converting it ends in a scenario or in one line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from simulator.recorder.conversion import ConversionError, convert
from simulator.recorder.retelling.recorded import RecordingError
from simulator.trace import Record, write_jsonl

KINDS = [
    "joined",
    "left",
    "custom_event",
    "call.started",
    "call.ended",
    "agent.joined",
    "agent.finished",
    "agent.turn_started",
    "agent.turn_ended",
    "agent.reply_started",
    "agent.yielded",
    "voice.started",
    "voice.stopped",
    "stt.transcript",
    "stt.partial_transcript",
    "llm.tool_end",
    "typed",
    "edge.track_added",
    "edge.track_removed",
    "recording.missing",
    "recording.kept",
    "llm.request_started",
    "llm.first_piece",
    "llm.paused",
    "llm.error",
    "stt.error",
]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=8)
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=5,
).filter(lambda value: "Infinity" not in json.dumps(value))

KEYS = [
    "at_ns",
    "epoch",
    "participant",
    "text",
    "heard_text",
    "interrupted",
    "data",
    "factory",
    "call_id",
    "tool_name",
    "result",
    "success",
    "error",
    "execution_time_ms",
    "track_type",
    "file",
    "context",
]
likely = st.sampled_from(
    ["alice", "agent", 0, 1, 500_000_000, True, "a.b:c", {"kind": "poke"}, "book", "VIDEO", "answering"]
)
fields = st.dictionaries(st.sampled_from(KEYS), likely | json_values, max_size=6)
traces = st.lists(
    st.tuples(
        st.integers(0, 5_000_000_000),
        st.sampled_from(["alice", "bob", "agent", "call", ""]),
        st.sampled_from(KINDS),
        fields,
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=200, deadline=None)
@given(traces, st.lists(st.text(min_size=1, max_size=6), max_size=3, unique=True), st.booleans())
def test_no_trace_is_too_strange(
    drawn: list[tuple[int, str, str, dict[str, Any]]], others: list[str], texts: bool
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        records = [Record(*each) for each in sorted(drawn, key=lambda each: each[0])]
        write_jsonl(folder / "trace.jsonl", [Record(0, "alice", "joined", {}), *records])
        people = [{"id": name, "user_id": name} for name in dict.fromkeys(["alice", "bob", *others])]
        (folder / "call.json").write_text(json.dumps({"format": 1, "people": people}))
        try:
            made = convert(folder, texts=texts)
        except (RecordingError, ConversionError) as error:
            event(" ".join(w for w in str(error).split() if "/" not in w)[:90])
            told = str(error)
        else:
            told = made.scenario.name
    assert "\n" not in told
