"""A sidecar is read, or refused with the place and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.media.errors import MediaError
from simulator.media.sidecar import MOST_BYTES, Sidecar, Word, read_sidecar


def word(text: Any = "wait", start: Any = 0.1, end: Any = 0.4) -> dict[str, Any]:
    return {"text": text, "start": start, "end": end}


def test_a_complete_sidecar_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wait.json"
    path.write_text(
        json.dumps(
            {
                "text": "wait",
                "words": [word()],
                "kind": "back-channel",
                "voice": "Ada",
                "licence": "CC0-1.0",
                "duration": 0.5,
                "sha256": "not read here",
            }
        )
    )
    assert read_sidecar(path) == Sidecar(
        "wait", (Word("wait", 0.1, 0.4),), "back-channel", "Ada", "CC0-1.0", 0.5
    )


REFUSED = {
    "not JSON": ("{text: wait}", "is JSON"),
    "not UTF-8": (b"\xff\xfe{}", "is JSON in UTF-8"),
    "cut off": ('{"text": "wait", "words": [', "is JSON"),
    "empty": ("", "is JSON"),
    "a list": ("[]", "expected an object with text and words"),
    "no text": ({"words": []}, "text: expected a text, found nothing"),
    "text of the wrong type": ({"text": 7, "words": []}, "text: expected a text, found 7"),
    "no words": ({"text": ""}, "words: expected a list"),
    "words of the wrong type": ({"text": "", "words": {"a": 1}}, "words: expected a list"),
    "a bare word": ({"text": "", "words": ["wait"]}, r"words\[0\]: expected an object"),
    "a word without text": ({"text": "", "words": [word(text="")]}, r"words\[0\]\.text"),
    "a start that is text": (
        {"text": "", "words": [word(start="0.1")]},
        r"words\[0\]\.start.*found \"0\.1\"",
    ),
    "a negative start": ({"text": "", "words": [word(start=-1)]}, r"words\[0\]\.start"),
    "a start that is true": ({"text": "", "words": [word(start=True)]}, r"words\[0\]\.start"),
    "an endless word": (
        '{"text": "", "words": [{"text": "a", "start": 0, "end": Infinity}]}',
        r"words\[0\]\.end",
    ),
    "a word that ends first": (
        {"text": "", "words": [word(start=0.5)]},
        r"words\[0\]\.end.*not before its start",
    ),
    "words out of order": ({"text": "", "words": [word(), word("no", 0, 0.2)]}, r"words\[1\].*in the order"),
    "no list of words, which is none of a clip that speaks": (
        {"text": "wait"},
        r'each like \{"text": "wait", "start": 0.12, "end": 0.4\}, found nothing; only that of a noise is empty',
    ),
    "an earlier word after the end": (
        {"text": "", "words": [word(end=0.9), word("no", 0.2, 0.3)], "duration": 0.5},
        r"words\[0\].*after the clip.*lasts 0\.5 s",
    ),
    "a word after the end": (
        {"text": "", "words": [word()], "duration": 0.3},
        r"after the clip.*lasts 0\.3 s",
    ),
    "an unknown kind": (
        {"text": "", "words": [], "kind": "song"},
        "kind: expected one of speech, back-channel",
    ),
    "a kind of the wrong type": ({"text": "", "words": [], "kind": ["speech"]}, "kind: expected one of"),
    "a negative duration": ({"text": "", "words": [], "duration": -1}, "duration: expected seconds"),
    "nested without end": ("[" * 100_000, "is JSON in UTF-8, this is not"),
    "half a character": ('{"text": "\\ud800", "words": []}', "is JSON in UTF-8, this is not"),
    "larger than a sidecar is": (b" " * (MOST_BYTES + 1), "too large; at most 4,000,000 bytes"),
    "a start that is larger than any float": (
        {"text": "", "words": [word(start=10**400, end=10**400)]},
        r"words\[0\]\.start: expected seconds.*found 1000",
    ),
    "a duration that is larger than any float": (
        {"text": "", "words": [], "duration": 10**400},
        r"duration: expected seconds, found 1000.*\.\.\.$",
    ),
    "colours for a terminal": ('{"text": ["\x9b31m\u202e"], "words": []}', r'found \[" 31m "\]'),
    "a long word out of order": (
        {"text": "", "words": [word("a" * 900, 2, 3), word()]},
        r'before "a{40,60}\.\.\. at',
    ),
    "a voice that is a number": ({"text": "", "words": [], "voice": 1}, "voice: expected a text"),
}


@pytest.mark.parametrize(("content", "says"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_sidecar_is_refused_with_its_place(tmp_path: Path, content: Any, says: str) -> None:
    path = tmp_path / "wait.json"
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    path.write_bytes(content)
    with pytest.raises(MediaError, match=says) as refusal:
        read_sidecar(path)
    assert str(path) in str(refusal.value)


def test_a_folder_in_the_place_of_a_sidecar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        read_sidecar(tmp_path)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
sidecar_shaped = st.fixed_dictionaries(
    {
        "text": st.text() | anything,
        "words": st.lists(st.fixed_dictionaries(word(st.text(), anything, anything))),
    },
    optional={"kind": anything, "duration": anything},
)


@given(content=anything | sidecar_shaped)
def test_any_json_is_either_read_in_order_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(content))
    try:
        sidecar = read_sidecar(path)
    except MediaError:
        return
    starts = [word.start for word in sidecar.words]
    assert starts == sorted(starts)
    assert all(0 <= word.start <= word.end for word in sidecar.words)


def test_the_sidecar_that_the_docs_show_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text("utf-8")
    shown = page.split("```json\n", 1)[1].split("```", 1)[0]
    (tmp_path / "hello.json").write_text(shown)
    known = read_sidecar(tmp_path / "hello.json")
    assert " ".join(word.text for word in known.words) == known.text
