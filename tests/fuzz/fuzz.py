"""Looks for bytes for which a reader does not keep its promise, guided by what of it has been run.

    pip install atheris
    python tests/fuzz/fuzz.py scenario /tmp/corpus -max_total_time=600

The readers are those in ``readers.CHECKS``; what follows goes to libFuzzer. It keeps in ``/tmp/corpus`` what reached
something new, and writes an input that fails to ``crash-*`` here: mend it, and put it into ``corpus/<reader>`` under a
name that says what it is.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

NAME, *ARGUMENTS = sys.argv[1:]
GUIDED_BY = ["simulator.scenario", "simulator.trace", "simulator.media.sidecar", "simulator.explore"]
if NAME == "yaml":  # elsewhere it would only make every run slower
    GUIDED_BY.append("yaml")
with atheris.instrument_imports(include=GUIDED_BY):
    from tests.fuzz import readers

SCENARIOS = ROOT / "scenarios"
SIGNS = r"""
    ${ $${ &a *a <<: ? | > --- ... % dB kbit/s ../ 1e999 NaN 1..2 \xef\xbb\xbf \x0d\x0a \x00 \xe2\x80\xa8 \xe2\x80\xae
    \x1b[31m \\e[31m \\ud800 !!python/object:os.system \x0aextends:\x20common.yaml \x0aextends:\x20base.yaml
    \x0aextends:\x20out.yaml says\x20clip says\x20out \x0a####\x20common.yaml\x0a \x0a####\x20fixtures/base.yaml\x0a
    \x0a####\x20clip.json\x0a \x0a####\x20call.jsonl\x0a
""".split()
"""What is not a word and means something, as libFuzzer writes it."""


def words() -> list[str]:
    """What means something to a reader."""
    files = [ROOT / "simulator/scenario/schema.json", *SCENARIOS.rglob("*.yaml")]
    found = {word for file in files for word in re.findall(r"[A-Za-z][\w.-]{1,30}", file.read_text("utf-8"))}
    return [*SIGNS, *sorted(found)]


def main() -> None:
    check = readers.CHECKS[NAME]
    scratch = Path(tempfile.mkdtemp(prefix="fuzz-"))
    folder, outside, dictionary = scratch / "in", scratch / "out", scratch / "words.dict"
    folder.mkdir()
    outside.mkdir()
    readers.furnish(folder, outside)
    dictionary.write_text("".join(f'"{word}"\n' for word in words()), "utf-8")
    seeds = [HERE / "corpus" / NAME, *([SCENARIOS] if NAME in ("yaml", "scenario") else [])]
    limits = ["-timeout=20", "-rss_limit_mb=1000", "-max_len=3000", f"-dict={dictionary}"]
    atheris.Setup([sys.argv[0], *limits, *ARGUMENTS, *map(str, seeds)], lambda data: check(data, folder))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
