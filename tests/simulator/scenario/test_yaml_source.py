from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.scenario.model.problems import ScenarioError
from simulator.scenario.reading.yaml_source import MOST_BYTES, Entries, Items, Scalar, read_yaml


def _refusal(data: bytes | str) -> ScenarioError:
    with pytest.raises(ScenarioError) as refused:
        read_yaml(data.encode() if isinstance(data, str) else data, "call.yaml")
    return refused.value


def test_every_key_and_value_knows_its_place() -> None:
    root, _ = read_yaml(b"name: a call\nscript:\n  - alice: joins\n    as: start\n", "call.yaml")
    assert isinstance(root, Entries)
    (name, title), (script, steps) = root.entries
    assert (name.text, name.place.line, name.place.column) == ("name", 1, 1)
    assert isinstance(title, Scalar)
    assert (title.text, title.place.line, title.place.column) == ("a call", 1, 7)
    assert script.place.line == 2
    assert isinstance(steps, Items)
    step = steps.items[0]
    assert isinstance(step, Entries)
    assert [(key.text, key.place.line, key.place.column) for key, _ in step.entries] == [
        ("alice", 3, 5),
        ("as", 4, 5),
    ]


def test_an_alias_repeats_what_it_names_in_its_own_place() -> None:
    root, _ = read_yaml(b"a: &soon 300ms\nb: *soon\n", "call.yaml")
    assert isinstance(root, Entries)
    again = root.entries[1][1]
    assert isinstance(again, Scalar)
    assert (again.text, again.place.line, again.place.column) == ("300ms", 2, 4)


def test_plain_and_quoted_texts_can_be_told_apart() -> None:
    root, _ = read_yaml(b"[true, 'true', \"true\"]", "call.yaml")
    assert isinstance(root, Items)
    assert [item.quoted for item in root.items if isinstance(item, Scalar)] == [False, True, True]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    root, _ = read_yaml(b"\xef\xbb\xbfname: x\r\nseed: 1\r\n", "call.yaml")
    assert isinstance(root, Entries)
    assert [(key.text, key.place.line, key.place.column) for key, _ in root.entries] == [
        ("name", 1, 1),
        ("seed", 2, 1),
    ]


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 10)}]\n" for i in range(8)
)


@pytest.mark.parametrize(
    ("data", "line", "column", "words"),
    [
        ("", 0, 0, ["empty"]),
        ("# nothing but a comment\n", 0, 0, ["empty"]),
        ("name: a\nseed: 1\nname: b", 3, 1, ["'name' comes twice", "line 1"]),
        ("name: a\n---\nname: b", 2, 1, ["second document"]),
        ("- " * 40, 1, 65, ["deeper than 32"]),
        ("a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20, 2, 24, ["deeper than 32"]),
        ("[" * 100_000, 1, 33, ["deeper than 32"]),
        (LAUGHS, 5, 8, ["expands to more than 20,000 values"]),
        ('a: &a "' + "x" * 150_000 + '"\nb: [*a, *a, *a, *a, *a, *a]', 2, 25, ["expands to more than"]),
        ("a: &a [*a]", 1, 8, ["never end"]),
        ("said: *open", 1, 7, ["nothing above is named &open", "in quotes"]),
        ("said: *open*", 1, 12, ["in quotes"]),
        ("said: *open now", 1, 7, ["in quotes"]),
        ("x: !!python/object/apply:os.system [ls]", 1, 4, ["tags", "remove it"]),
        ("!x y", 1, 1, ["tags"]),
        ("? [a]\n: b", 1, 3, ["a key has to be a word"]),
        ("a:\n\t- b", 2, 1, ["tab", "spaces"]),
        ("count: >= 2", 1, 9, ["comparison in quotes"]),
        ('alice: sends {"a": 1}', 1, 18, ["': '", "in quotes"]),
        ("a: @b", 1, 4, ["'@'", "in quotes"]),
        ("a: 'b\nc: d\n", 1, 4, ["never closed"]),
        ("a: [1, 2\nb: 1", 2, 2, ["']' is missing"]),
        ("a: [", 1, 5, ["value is missing"]),
        ("a: - b", 1, 4, ["a list cannot begin here"]),
        ("- a: 1\n b: 2", 2, 2, ["indentation"]),
        ("a: 1\nb\n", 2, 1, ["': ' after it"]),
        ("a: x\x07y", 1, 5, ["'\\x07'", "remove it"]),
        ('a: "\\ud800"', 1, 4, ["half a character"]),
        ('a: "b\\e[31m"', 1, 4, ["'\\x1b'", "remove it"]),
        ('a: "b\\0"', 1, 4, ["'\\x00'", "remove it"]),
        ('a: "\\Uffffffff"', 0, 0, ["out of range"]),
        (f"%YAML {'9' * 5000}.1\n--- a", 0, 0, ["out of range"]),
        (b"name: caf\xe9\n", 1, 10, ["0xe9", "UTF-8"]),
        ("name: x".encode("utf-16"), 1, 1, ["UTF-8"]),
        (b"#" * (MOST_BYTES + 1), 0, 0, ["too large", "200,000"]),
    ],
)
def test_a_file_that_is_no_single_small_document_is_refused(
    data: bytes | str, line: int, column: int, words: list[str]
) -> None:
    refused = _refusal(data)
    assert (refused.line, refused.column) == (line, column), str(refused)
    for word in words:
        assert word in str(refused)


def test_the_offending_line_is_shown_with_a_caret_below_it() -> None:
    lines = str(_refusal("name: x\nsaid: *open now\n")).splitlines()
    assert lines[0].startswith("call.yaml:2:7: ")
    assert lines[1].index("*") == lines[2].index("^")


def test_a_very_long_line_is_shown_around_the_place() -> None:
    lines = str(_refusal("[" + "a, " * 500 + "*nobody, " + "b, " * 500 + "]")).splitlines()
    assert len(lines[1]) < 120
    assert lines[1][lines[2].index("^")] == "*"


@given(st.binary(max_size=200))
@example(b"\xff\xfe\x00")
@example(b'"\\U99999999"')
def test_whatever_the_bytes_only_a_scenario_error_is_raised(data: bytes) -> None:
    with contextlib.suppress(ScenarioError):
        read_yaml(data, "call.yaml")


@given(st.text(alphabet="-:{}[]&*!|>'\"%@`#,? \n\tab~\\0", max_size=80))
def test_whatever_the_punctuation_only_a_scenario_error_is_raised(text: str) -> None:
    with contextlib.suppress(ScenarioError):
        read_yaml(text.encode(), "call.yaml")
