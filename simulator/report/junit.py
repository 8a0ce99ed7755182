"""Results as JUnit XML, which every CI service reads.

A suite for each folder of scenarios, a case for each scenario. The elements and attributes are those that the schema
of Ant's JUnit task and the one of Jenkins' xUnit plugin have in common, in the order that both demand.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any
from xml.etree import ElementTree as ET

from agentkit.core import clock

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, not even escaped."""


def junit_xml(rows: Sequence[Mapping[str, Any]]) -> str:
    """The document for ``rows``, each a `simulator.report.result.Result.as_row`."""
    root = ET.Element("testsuites")
    timestamp = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for number, (name, members) in enumerate(_suites(rows).items()):
        root.append(_suite(number, name, members, timestamp))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suites(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    suites: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        suites.setdefault(str(PurePath(row["file"] or "scenarios/-").parent), []).append(row)
    return suites


def _suite(number: int, name: str, rows: Sequence[Mapping[str, Any]], timestamp: str) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        {
            "id": str(number),
            "name": _clean(name),
            "package": _clean(name),
            "timestamp": timestamp,
            "hostname": _clean(socket.gethostname()) or "localhost",
            "tests": str(len(rows)),
            "failures": str(sum(not row["passed"] for row in rows)),
            "errors": "0",
            "time": _seconds(sum(row["wall_s"] for row in rows)),
        },
    )
    simulated = _seconds(sum(row["virtual_s"] for row in rows))
    ET.SubElement(ET.SubElement(suite, "properties"), "property", {"name": "virtual_s", "value": simulated})
    suite.extend(_case(row) for row in rows)
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
    return suite


def _case(row: Mapping[str, Any]) -> ET.Element:
    file = PurePath(row["file"] or "scenarios")
    named = {
        "name": _clean(row["name"]),
        "classname": _clean(".".join(file.with_suffix("").parts).lstrip("./")),
    }
    case = ET.Element("testcase", named | {"time": _seconds(row["wall_s"])})
    if row["failures"]:
        messages = [failure["message"] for failure in row["failures"]]
        failure = ET.SubElement(case, "failure", {"type": "failed", "message": _clean("\n".join(messages))})
        failure.text = _clean("\n\n".join(_told(each) for each in row["failures"]))
    return case


def _told(failure: Mapping[str, Any]) -> str:
    """A failure as the console tells it: where, what, and the story until then."""
    place = f"{failure['place']}: " if failure["place"] else ""
    return "\n".join([f"{place}{failure['message']}", "", *failure["story"]])


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


def _seconds(time: float) -> str:
    return f"{time:.3f}"
