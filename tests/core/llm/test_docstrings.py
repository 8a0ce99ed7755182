from __future__ import annotations

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.llm.docstrings import describe, parse


def test_the_description_is_all_that_is_said_before_and_after_the_sections() -> None:
    def book(people: int, when: str) -> str:
        """Book a table.

        Tables are held
          for fifteen minutes.

        Args:
            people: How many come.
            when (str): The time,
                such as 20:00.

        Returns:
            The number of the table.

        Only call it once the guest has agreed.
        """
        return f"{people} {when}"

    assert describe(book) == (
        "Book a table.\n\nTables are held\n  for fifteen minutes.\n\nOnly call it once the guest has agreed.",
        {"people": "How many come.", "when": "The time, such as 20:00."},
    )


def test_a_function_that_says_nothing_of_itself_has_no_description() -> None:
    assert describe(lambda: None) == ("", {})


def test_a_line_that_describes_no_argument_is_passed_over() -> None:
    assert parse("Book.\n\nArgs:\n    Nothing here\n        or here\n    people: Guests") == (
        "Book.",
        {"people": "Guests"},
    )


NAMES = st.lists(st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True), unique=True, max_size=5)
SENTENCES = st.lists(st.text("abcde", min_size=1, max_size=6), min_size=1, max_size=5).map(" ".join)


@given(SENTENCES, NAMES, st.data())
def test_what_is_written_of_each_argument_is_what_is_read(
    summary: str, names: list[str], data: st.DataObject
) -> None:
    texts = {name: data.draw(SENTENCES) for name in names}
    lines = [
        f"{name}: {textwrap.fill(text, 12, subsequent_indent='    ', break_long_words=False)}"
        for name, text in texts.items()
    ]
    docstring = f"{summary}\n\nArgs:\n{textwrap.indent(chr(10).join(lines), '    ')}"
    assert parse(docstring) == (summary, texts)


@given(st.text(alphabet="Args:Returns \n\tab():", max_size=80))
def test_no_docstring_is_too_strange_to_read(docstring: str) -> None:
    parse(docstring)
