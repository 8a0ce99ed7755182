"""What an agent's functions did in a recorded call, for a scenario in which they must not do it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from simulator.scenario.model.parts import parse_tool
from simulator.scenario.model.quantities import DAY_NS, Duration
from simulator.trace import Record

MS = 1_000_000


def tool_mocks(records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """A stand-in for each function that did the same whenever it was called.

    One that did now this and now that is left out: a scenario can only have it do one thing.
    """
    outcomes: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        if record.kind == "llm.tool_end" and _is_tool(record.text("tool_name")):
            outcomes.setdefault(record.text("tool_name"), []).append(_outcome(record))
    mocks: dict[str, dict[str, Any]] = {}
    for name, each in outcomes.items():
        took_ns = max(outcome.pop("took_ns") for outcome in each)
        if all(each) and len({json.dumps(outcome, sort_keys=True) for outcome in each}) == 1:
            mocks[name] = each[0] | ({"after": str(Duration(took_ns))} if 0 < took_ns < DAY_NS else {})
    return mocks


def _outcome(record: Record) -> dict[str, Any]:
    """What came of one call, and how long it took; no more than that where it was nothing that JSON can hold."""
    took_ns = (record.span_ns("execution_time_ms") or 0) // MS * MS
    if not record.flag("success"):
        return {
            "raises": record.text("error").removeprefix("RuntimeError: ").strip() or "it failed",
            "took_ns": took_ns,
        }
    returned = {"returns": record.data["result"]} if "result" in record.data else {}
    return returned | {"took_ns": took_ns}


def _is_tool(name: str) -> bool:
    try:
        parse_tool(name)
    except ValueError:
        return False
    return True
