"""What can be expected of a turn, and what is said when it is not so."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.testing import (
    AgentMessage,
    Expectations,
    Failure,
    FunctionCall,
    FunctionResult,
    Turn,
    TurnEvent,
    called,
    said,
)

FIND = FunctionCall("find_room", {"people": 2, "view": "sea"}, "1")
BOOK = FunctionCall("book_room", {"number": 202}, "2")
STORY = """\
what happened, in 2.30 s:
  user    "A room for two, please."
  agent   "One moment."
  call    find_room(people=2, view='sea')
  result  find_room: 'room 202'
  agent   "It is room 202. Shall I book it?"
  call    book_room(number=202)
  result  book_room failed: it is taken
  agent   "I am sorry, it is taken."
"""


def turn(*events: TurnEvent, **options: Any) -> Turn:
    functions = ("find_room", "book_room", "cancel_room")
    return Turn("A room for two, please.", "user", "", events, 2.3, functions=functions, **options)


TURN = turn(
    AgentMessage("One moment."),
    FIND,
    FunctionResult(FIND, "room 202"),
    AgentMessage("It is room 202.\nShall I book it?"),
    BOOK,
    FunctionResult(BOOK, error="it is taken"),
    AgentMessage("I am sorry, it is taken."),
)
OUTAGE = ConnectionError("the line is dead")
BROKEN = turn(AgentMessage("I have"), Failure(OUTAGE, "answering"), failure=OUTAGE)


def is_large(people: int) -> bool:
    return people > 4


def knows(arguments: dict[str, Any]) -> bool:
    return bool(arguments["name"])


MET: dict[str, Callable[[Expectations], Expectations]] = {
    "a function": lambda it: it.function_called("find_room"),
    "one argument of several": lambda it: it.function_called("find_room", {"people": 2}),
    "a predicate of an argument": lambda it: it.function_called("find_room", {"people": lambda n: n < 4}),
    "a predicate of all arguments": lambda it: it.function_called("find_room", lambda a: len(a) == 2),
    "a part of a message": lambda it: it.message(containing="ROOM 202. shall"),
    "a glob of a message": lambda it: it.message(matching="it is room ???. *?"),
    "both": lambda it: it.message(containing="sorry", matching="*taken."),
    "any message": lambda it: it.message(),
    "functions in order": lambda it: it.in_order(["find_room", "book_room"]),
    "all kinds in order": lambda it: it.in_order(
        [said(containing="moment"), called("find_room", {"people": 2}), said(), "book_room"]
    ),
    "no call of one function": lambda it: it.no_function_called("cancel_room"),
    "everything": lambda it: (
        it.message()
        .function_called("book_room")
        .function_called("find_room")
        .message()
        .message()
        .nothing_else()
    ),
    "everything, in part by order": lambda it: (
        it.in_order([said(), "find_room", said(), "book_room"]).message(containing="sorry").nothing_else()
    ),
    "the vague before the specific": lambda it: (
        it.message().message(containing="moment").message(containing="room")
    ),
}


@pytest.mark.parametrize("what", MET)
def test_a_turn_meets_what_it_is(what: str) -> None:
    MET[what](TURN.expects)


NOT_MET: dict[str, tuple[Callable[[Expectations], object], str]] = {
    "a function that was not called": (
        lambda it: it.function_called("cancel_room"),
        "expected a call of cancel_room; it was not called",
    ),
    "a name that is off": (
        lambda it: it.function_called("findroom"),
        "expected a call of findroom; the model has no function 'findroom'; did you mean 'find_room'?",
    ),
    "a name like no other": (
        lambda it: it.function_called("dance"),
        "expected a call of dance; the model has no function 'dance'",
    ),
    "another argument": (
        lambda it: it.function_called("find_room", {"people": 3, "veiw": "sea"}),
        (
            "expected a call of find_room with people=3, veiw='sea'; in find_room(people=2, view='sea'), "
            "people is 2, not 3 and veiw is missing; did you mean 'view'?"
        ),
    ),
    "a predicate that does not hold": (
        lambda it: it.function_called("find_room", {"people": is_large}),
        (
            "expected a call of find_room with people=is_large; in find_room(people=2, view='sea'), "
            "people is 2, for which is_large does not hold"
        ),
    ),
    "a predicate that cannot cope": (
        lambda it: it.function_called("find_room", knows),
        (
            "expected a call of find_room with arguments for which knows holds; in find_room(people=2, view='sea'), "
            "for which knows raised KeyError: 'name'"
        ),
    ),
    "a second call": (
        lambda it: it.function_called("find_room").function_called("find_room"),
        (
            "expected a call of find_room beside those expected before in this chain; "
            "found only the call find_room(people=2, view='sea')"
        ),
    ),
    "another message": (
        lambda it: it.message(containing="room 7", matching="*."),
        'expected a message containing "room 7" and matching "*."; it said something else',
    ),
    "a glob of a part": (
        lambda it: it.message(matching="room 202"),
        'expected a message matching "room 202"; it said something else',
    ),
    "a failure": (lambda it: it.failure(), "expected a failure; nothing failed"),
    "no call": (
        lambda it: it.no_function_called(),
        "expected no call of a function; found the call find_room(people=2, view='sea')",
    ),
    "no call of a function": (
        lambda it: it.no_function_called("book_room"),
        "expected no call of book_room; found the call book_room(number=202)",
    ),
    "no call of a name that is off": (
        lambda it: it.no_function_called("bookroom"),
        "expected no call of bookroom, but the model has no such function; did you mean 'book_room'?",
    ),
    "another order": (
        lambda it: it.in_order(["book_room", "find_room"]),
        "expected a call of find_room after the call book_room(number=202); that came before",
    ),
    "an order of what did not happen": (
        lambda it: it.in_order(["find_room", "cancel_room"]),
        "expected a call of cancel_room after the call find_room(people=2, view='sea'); it was not called",
    ),
    "nothing else": (
        lambda it: it.function_called("find_room").message().message(containing="sorry").nothing_else(),
        (
            'expected nothing else; found the message "It is room 202. Shall I book it?" '
            "and the call book_room(number=202)"
        ),
    ),
}


@pytest.mark.parametrize("what", NOT_MET)
def test_a_turn_that_is_not_so_is_told_as_a_story(what: str) -> None:
    expectation, told = NOT_MET[what]
    with pytest.raises(AssertionError) as failed:
        expectation(TURN.expects)
    assert f"{failed.value}\n" == f"{told}\n{STORY}"


def test_each_chain_begins_anew() -> None:
    TURN.expects.function_called("find_room")
    TURN.expects.function_called("find_room")


def test_a_turn_in_which_nothing_happened_says_so() -> None:
    with pytest.raises(AssertionError) as failed:
        turn().expects.message()
    assert str(failed.value).splitlines() == [
        "expected a message; it said nothing",
        "what happened, in 2.30 s:",
        '  user   "A room for two, please."',
        "  agent  (nothing)",
    ]
    turn().expects.no_function_called().nothing_else()


@pytest.mark.parametrize(
    "expectation",
    [
        lambda it: it.message(),
        lambda it: it.no_function_called(),
        lambda it: it.no_function_called("book_room"),
        lambda it: it.in_order([said()]),
        lambda it: it.nothing_else(),
    ],
)
def test_an_answer_that_failed_meets_nothing_by_accident(expectation: Callable[..., object]) -> None:
    with pytest.raises(AssertionError, match="but the answer failed: ConnectionError: the line is dead"):
        expectation(BROKEN.expects)


def test_a_failure_can_be_expected() -> None:
    BROKEN.expects.failure(containing="line is dead").message().no_function_called().nothing_else()
    with pytest.raises(AssertionError, match='a failure containing "401"; something else failed'):
        BROKEN.expects.failure(containing="401")
    with pytest.raises(AssertionError, match="found the failure ConnectionError: the line is dead"):
        turn(Failure(OUTAGE, "answering")).expects.nothing_else()


def test_what_is_long_is_shortened() -> None:
    call = FunctionCall("find_room", {"text": "x" * 9000})
    story = str(turn(call, FunctionResult(call, "y" * 9000), AgentMessage("z" * 9000)))
    assert max(map(len, story.splitlines())) < 600


def test_what_cannot_be_expected_is_refused() -> None:
    for wrong in ("find_room", []):
        with pytest.raises(TypeError, match="in_order: expected a list of what happened"):
            TURN.expects.in_order(wrong)
    for options in ({"containing": ""}, {"matching": " "}):
        with pytest.raises(ValueError, match="expected a text to look for"):
            TURN.expects.message(**options)


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=5), st.lists(st.sampled_from("abc"), max_size=5))
def test_a_chain_is_met_if_each_expectation_can_have_an_event_of_its_own(
    messages: list[set[str]], wanted: list[str]
) -> None:
    texts = ["".join(sorted(letters)) or "-" for letters in messages]
    possible = any(
        all(letter in text for letter, text in zip(wanted, chosen, strict=True))
        for chosen in itertools.permutations(texts, len(wanted))
    )
    chain = turn(*map(AgentMessage, texts)).expects
    try:
        for letter in wanted:
            chain.message(containing=letter)
    except AssertionError:
        assert not possible
    else:
        assert possible
        if len(wanted) == len(texts):
            chain.nothing_else()
