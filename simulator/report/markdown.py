"""Results as Markdown: the summary that CI services show beside a job."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.report.lines import story_lines


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """A heading, the failures with their stories, and a table of all calls; ``rows`` as for `junit_xml`."""
    return "\n".join([*_heading(rows), *_failures(rows), *_table(rows), ""])


def _heading(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    failed = sum(not row["passed"] for row in rows)
    sign = "❌" if failed else "✅"
    counts = f"{len(rows) - failed} passed" + (f", {failed} failed" if failed else "")
    virtual_s, wall_s = (sum(row[key] for row in rows) for key in ("virtual_s", "wall_s"))
    yield f"## {sign} Simulated calls: {counts}"
    yield ""
    yield f"{virtual_s:.1f} s of calls in {wall_s:.2f} s."
    yield ""


def _failures(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        if row["passed"]:
            continue
        yield f"### {_text(row['name'])}"
        yield ""
        for failure in row["failures"]:
            yield f"- {_text(failure['message'])}" + (
                f" ({_code(failure['place'])})" if failure["place"] else ""
            )
        yield ""
        story = story_lines(failure["story"] for failure in row["failures"])
        if story:
            yield "<details><summary>What happened until then</summary>"
            yield ""
            yield "<pre>"
            yield from (html.escape(line, quote=False) for line in story)
            yield "</pre>"
            yield "</details>"
            yield ""


def _table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| | scenario | length | response p95 | yield p95 | interruptions |"
    yield "|---|---|---:|---:|---:|---:|"
    for row in sorted(rows, key=lambda row: row["passed"]):
        metrics = row["metrics"]
        cells = (
            "✅" if row["passed"] else "❌",
            _text(row["name"]),
            f"{row['virtual_s']:.1f} s",
            _ms(metrics["response_latency_ms"]["p95"]),
            _ms(metrics["yield_latency_ms"]["p95"]),
            str(metrics["interruptions"]),
        )
        yield f"| {' | '.join(cells)} |"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"


def _text(text: str) -> str:
    """``text`` on one line, with nothing in it that Markdown or HTML would take for their own."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~$-])", r"\\\1", " ".join(text.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")


def _code(text: str) -> str:
    return f"<code>{html.escape(text)}</code>".replace("|", "&#124;")
