"""What the report of a test says of its call: the story, and where it is kept or how to have it kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.pytest_plugin import options
from simulator.report.folder import write_call
from simulator.report.lines import LONGEST_STORY
from simulator.scenario.playing.runner import Outcome, has_scripted_ears
from simulator.scenario.playing.stage import Stage
from simulator.scenario.reading.unheard import told_unheard
from simulator.scenario.verbs.lacking import as_told
from simulator.trace import compute, tell

EVERYTHING = 2
"""How often ``-v`` is given by those who want to see all."""


def story(item: pytest.Item, call: Stage) -> str:
    """What has happened in the call: the end of it, or with ``-vv`` the whole."""
    lines = tell(call.trace.records, notes=as_told(call.the_agent, call.trace.records))
    untold = len(lines) - LONGEST_STORY
    if untold > 0 and item.config.get_verbosity() < EVERYTHING:
        lines = [f"     ...   {untold} earlier moments; -vv shows them", *lines[untold:]]
    folder = options.out(item.config)
    kept = (
        f"listen: {_folder(folder, item) / 'call.wav'}"
        if folder is not None
        else f'to listen: pytest "{item.nodeid}" --agentkit-out recordings'
    )
    return "\n".join([*lines, "", kept, *_unheard(call)])


def _unheard(call: Stage) -> list[str]:
    """What to write beside clips that were said, so that the agent understands them."""
    if not has_scripted_ears(call.the_agent):
        return []
    return [f"warning: {told_unheard(clip)}" for clip in call.window.without_words.values()]


def keep(item: pytest.Item, call: Stage) -> None:
    """Write the trace and the sound of the call, as far as it has come, if they are wanted."""
    folder = options.out(item.config)
    if folder is None:
        return
    records = call.trace.records
    outcome = Outcome(
        name=item.name,
        digest=call.trace.digest(),
        virtual_s=call.trace.now_ns() / 1e9,
        metrics=compute(records),
        trace=call.trace,
        recording=call.simulated.recording,
    )
    write_call(_folder(folder, item), outcome)


def _folder(out: Path, item: pytest.Item) -> Path:
    """One for each test: the path of its file, and its name with nothing in it that a file system would not take."""
    root = item.config.rootpath
    file = item.path.relative_to(root) if item.path.is_relative_to(root) else Path(item.path.name)
    name = item.nodeid.partition("::")[2] or item.name
    return out / file.with_suffix("") / (re.sub(r"\W+", "-", name).strip("-")[:200] or "call")
