"""Wrong scenarios, each with « where the complaint has to point."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import pytest

from simulator.media.clips import find_clip
from simulator.scenario import ScenarioError, load_scenario

CLIP = "go-forward.wav"


def _script(steps: str, people: str = "{alice: {mic: true}, bob: {mic: true}}") -> str:
    return (
        f"name: a call\npeople: {people}\nscript:\n{textwrap.indent(textwrap.dedent(steps).strip(), '  ')}\n"
    )


def _expect(expectation: str) -> str:
    body = textwrap.indent(textwrap.dedent(expectation).strip(), "  ")
    return _script("- wait: 1s") + f"expect:\n{body}\n"


WRONG: dict[str, tuple[str, list[str]]] = {
    # -- the whole
    "a list": ("«- alice: joins", ["a list", "under script:"]),
    "a word": ("«hello", ["'hello'", "name:"]),
    "no script": ("«name: a call", ["no script", "- alice: joins"]),
    "an empty script": ("script: «[]", ["empty", "- alice: joins"]),
    "a script that is a mapping": ("script: «{alice: joins}", ["a list of steps", "'- '"]),
    "an unknown key": ("«scrip:\n  - wait: 1s", ["'scrip'", "did you mean 'script'?"]),
    "a key that is like none": ("script:\n  - wait: 1s\n«colour: red", ["'colour'", "a scenario has: name"]),
    "an agent that is no factory": ("agent: «concierge.py\nscript: [wait: 1s]", ["module:factory"]),
    "a name over two lines": ('name: «"a\\nb"\nscript: [wait: 1s]', ["one line"]),
    "a negative seed": ("seed: «-1\nscript: [wait: 1s]", ["'-1'", "whole number"]),
    "a limit without unit": ("limit: «60\nscript: [wait: 1s]", ["60s or 60ms"]),
    "no limit at all": ("limit: «0\nscript: [wait: 1s]", ["can do nothing"]),
    # -- people
    "people as a list": ("people: «[alice]\nscript: [wait: 1s]", ["alice: {mic: true}"]),
    "a person who is a word": (
        "people: {alice: «here}\nscript: [wait: 1s]",
        ["'here'", "alice: {mic: true}"],
    ),
    "an unknown key of a person": (
        "people: {alice: {«mik: true}}\nscript: [wait: 1s]",
        ["did you mean 'mic'?"],
    ),
    "a network that is a number": (
        "people: {alice: {network: «1}}\nscript: [wait: 1s]",
        ["what a network does", "network: {delay: 40ms"],
    ),
    "a microphone that is a list": ("people: {alice: {mic: «[1]}}\nscript: [wait: 1s]", ["a list", "clip"]),
    "a person called agent": ("people: {«agent: {}}\nscript: [wait: 1s]", ["word of the language"]),
    "a person with two words": ("people: {«old bob: {}}\nscript: [wait: 1s]", ["not a name"]),
    "a microphone that plays nothing there is": (
        "people: {alice: {mic: «go-foreward}}\nscript: [wait: 1s]",
        ["go-foreward", "go-forward"],
    ),
    "a camera without a file": (
        "people: {alice: {camera: «true}}\nscript: [wait: 1s]",
        ["no video called 'true'"],
    ),
    "a camera that plays nothing there is": (
        "people: {alice: {camera: «../face.mp4}}\nscript: [wait: 1s]",
        ["outside"],
    ),
    "a person without a colon": (
        "people:\n  «alice {mic: true}\nscript:\n  - alice: joins\n  - alice: leaves",
        ["a ': ' is missing after 'alice'", "alice: {mic: true}"],
    ),
    # -- steps
    "a step without a colon": (_script("- «wait 1s"), ["did you mean 'wait: 1s'?"]),
    "a step that is nothing": (_script("-«"), ["expected a step", "nothing"]),
    "a step without a verb": (_script("- «within: 1s"), ["no verb"]),
    "a person without a verb": (_script("- alice:«"), ["a verb for alice", "nothing"]),
    "an unknown verb": (
        _script("- alice: joins\n- alice: «starst saying hmm"),
        ["did you mean 'starts saying'?"],
    ),
    "a verb like none": (_script("- alice: «dances"), ["'dances'", "a person: joins, leaves"]),
    "a verb of the agent": (_script("- alice: «speaks"), ["for the agent", "did you mean 'says'?"]),
    "what a person begins to say": (_script("- agent: «starts saying hello"), ["did you mean 'says'?"]),
    "a verb of a person": (_script("- agent: «joins"), ["for a person", "agent: speaks"]),
    "a call that does what people do": (_script("- call: «joins"), ["for a person", "call: ends"]),
    "an unknown person": (_script("- «alise: joins"), ["'alise'", "did you mean 'alice'?"]),
    "an unknown person like nobody": (
        _script("- «zed: joins"),
        ["'zed'", "add 'zed' to people", "alice, bob"],
    ),
    "an undeclared person who looks like a word of the language": (
        _script("- «carol: joins"),
        ["'carol'", "add 'carol' to people", "carol: {mic: true}"],
    ),
    "a step without its dash": (
        _script("- alice: joins\n  «alice: says go-forward.wav"),
        ["'alice' comes twice", "line 4", "'- '"],
    ),
    "a step without a colon and with something beside it": (
        _script("- alice: joins\n- «alice says go-forward.wav\n  as: question"),
        ["no ': '", "did you mean 'alice: says go-forward.wav'?"],
    ),
    "a quote that is never closed": (_script('- agent: says «"*rye'), ["a quote stands alone", "close it"]),
    "a quote that is never opened": (_script('- agent: says «*rye"'), ["a quote stands alone", "close it"]),
    "a single quote that is never closed": (_script("- agent: says «'*rye"), ["a quote stands alone"]),
    "a misspelt agent": (_script("- «agnet: speaks"), ["did you mean 'agent'?"]),
    "a call that does something else": (_script("- call: «hangs up"), ["'hangs up'", "call: ends"]),
    "words after a verb that takes none": (_script("- alice: joins «the call"), ["'the call'", "alone"]),
    "a mapping after a verb that takes none": (_script("- alice: {joins: «late}"), ["'late'", "alone"]),
    "an unknown verb in a mapping": (_script("- alice: {«says it: hmm}"), ["did you mean 'says'?"]),
    "a person who does two things": (
        _script("- alice: «{says: a, sends: b}"),
        ["a verb for alice", "a mapping"],
    ),
    "a clip that is a mapping": (
        _script("- alice: joins\n- alice: {says: «{a: b}}"),
        ["a clip", "a mapping"],
    ),
    "a clip that is missing": (_script("- alice: joins\n- alice: «says"), ["needs something after it"]),
    "a second step in one item": (_script("- alice: joins\n  «bob: joins"), ["second step", "'- '"]),
    "an unknown key beside a verb": (_script("- agent: speaks\n  «withn: 1s"), ["did you mean 'within'?"]),
    "a key that does not go with the verb": (
        _script("- wait: 1s\n  «within: 2s"),
        ["'within'", "'wait'", "as"],
    ),
    "silence without end": (_script("- «agent: stays silent"), ["needs 'for'", "for: 2s"]),
    "silence of no length": (_script("- agent: stays silent\n  for: «0"), ["longer than 0"]),
    "a deadline that is a range": (
        _script("- agent: speaks\n  within: «1s..2s"),
        ["one time", "'wait' and 'for'"],
    ),
    "a negative time": (_script("- wait: «-800ms"), ["negative", "800ms"]),
    "a time without unit": (_script("- wait: «800"), ["800s or 800ms"]),
    "a time that is a mapping": (_script("- wait: «{s: 1}"), ["a time", "a mapping"]),
    "a range that runs backwards": (_script("- wait: «2s..1s"), ["write 1s..2s"]),
    "an event that is none": (_script("- wait for: «turn.startd"), ["did you mean 'turn.started'?"]),
    "an event with blanks": (_script("- wait for: «turn started"), ["turn.ended"]),
    "a where that is a word": (_script("- wait for: turn.ended\n  where: «alice"), ["{participant: alice}"]),
    "a custom event that is a word": (
        _script("- alice: joins\n- alice: sends «hello"),
        ["not JSON", "{sends:"],
    ),
    "a custom event that is a list": (_script("- alice: joins\n- alice: {sends: «[1]}"), ["is a mapping"]),
    "a custom event that is too large": (
        _script("- alice: joins\n- alice: {sends: «{text: " + "x" * 6000 + "}}"),
        ["5120 bytes"],
    ),
    "a custom event that is not finite": (
        _script("- alice: joins\n- alice: 'sends «{\"n\": 1e999}'"),
        ["JSON"],
    ),
    "a custom event that is nested without end": (
        _script('- alice: joins\n- alice: \'sends «{"a": ' + "[" * 500 + "]" * 500 + "}'"),
        ["deeper than 32 levels"],
    ),
    "a custom event with a key twice": (
        _script('- alice: joins\n- alice: \'sends «{"a": 1, "a": 2}\''),
        ["'a' comes twice"],
    ),
    "a custom event with half a character": (
        _script('- alice: joins\n- alice: \'sends «{"a": "\\ud800"}\''),
        ["JSON"],
    ),
    # -- waiting
    "one alternative": (_script("- any of: «[{agent: speaks}]"), ["two steps or more"]),
    "alternatives that are a text": (_script("- any of: «agent speaks"), ["two steps or more", "as a list"]),
    "an alternative that is done at once": (
        _script("- any of:\n    - agent: speaks\n    - «alice: joins"),
        ["cannot be one of several"],
    ),
    "an alternative that is misspelt": (
        _script("- any of:\n    - agent: speaks\n    - agent: «speeks"),
        ["did you mean 'speaks'?"],
    ),
    "a moment of an alternative": (
        _script("- any of:\n    - agent: speaks\n    - «agent: speaks\n      as: now"),
        ["beside 'any of' itself"],
    ),
    "an unknown moment in an alternative": (
        _script("- any of:\n    - agent: speaks\n    - agent: speaks\n      of: «now"),
        ["no earlier step is named 'now'"],
    ),
    "the zeroth time": (_script("- wait for: turn.ended\n  times: «0"), ["begins at 1", "'never'"]),
    "absence without end": (_script("- «never: turn.ended"), ["needs 'for'"]),
    "absence of a misspelt event": (
        _script("- never: «turn.endd\n  for: 1s"),
        ["did you mean 'turn.ended'?"],
    ),
    "everyone does what one does": (_script("- everyone: «speaks"), ["for the agent, not for everyone"]),
    # -- providers
    "a person called like a provider": ("people: {«tts: {}}\nscript: [wait: 1s]", ["word of the language"]),
    "a verb of a provider for a person": (_script("- alice: «stalls"), ["for a provider"]),
    "a misspelt trouble": (_script("- tts: «stals"), ["did you mean 'stalls'?"]),
    "an error without a message": (_script("- llm: «errors"), ["needs something after it", "503"]),
    "slowness by nothing": (_script("- «llm: is slow"), ["needs 'by'", "by: 2s"]),
    "trouble for no time": (_script("- tts: stalls\n  for: «0"), ["longer than 0"]),
    # -- tools
    "tools as a list": ("tools: «[a]\nscript: [wait: 1s]", ["functions by name"]),
    "a function with a strange name": (
        "tools: {«book table: {returns: 1}}\nscript: [wait: 1s]",
        ["'book table'", "book_table"],
    ),
    "a function that does nothing": ("tools: {«a: {after: 1s}}\nscript: [wait: 1s]", ["return or to raise"]),
    "a function that does both": (
        "tools: {a: {returns: 1, «raises: no}}\nscript: [wait: 1s]",
        ["either returns or raises"],
    ),
    "an unknown key of a function": (
        "tools: {a: {«return: 1}}\nscript: [wait: 1s]",
        ["did you mean 'returns'?"],
    ),
    "a function that takes no time at all": (
        "tools: {a: {returns: 1, after: «2}}\nscript: [wait: 1s]",
        ["2s or 2ms"],
    ),
    "a call of no function": (_script("- agent: calls «book table"), ["'book table'", "book_table"]),
    # -- from step to step
    "speaking before joining": (_script(f"- «alice: says {CLIP}\n- alice: joins"), ["not in the call yet"]),
    "speaking after leaving": (
        _script(f"- alice: joins\n- alice: leaves\n- «alice: says {CLIP}"),
        ["left in line 5", "alice: joins"],
    ),
    "joining twice": (_script("- alice: joins\n- «alice: joins"), ["already, since line 4", "alice: leaves"]),
    "stopping what nobody began": (_script("- alice: joins\n- «alice: stops talking"), ["not talking"]),
    "acting without a connection": (
        _script(f"- alice: joins\n- alice: drops\n- «alice: says {CLIP}"),
        ["lost the connection", "alice: reconnects"],
    ),
    "reconnecting what is connected": (
        _script("- alice: joins\n- «alice: reconnects"),
        ["has not lost", "alice: drops"],
    ),
    "keys that are none": (_script("- alice: joins\n- alice: presses «1x"), ["no keys", "0-9"]),
    "keys that are a comment": (_script("- alice: joins\n- alice: «presses #"), ["needs something after it"]),
    "an empty message": (_script("- alice: joins\n- alice: {types: «''}"), ["a message", "''"]),
    "talking without end": (_script(f"- alice: joins\n- «alice: keeps talking {CLIP}"), ["needs 'for'"]),
    "showing nothing": (
        _script("- alice: joins\n- «alice: turns camera on"),
        ["nothing to show", "{camera: clip.mp4}"],
    ),
    "sharing a video that does not exist": (
        _script("- alice: joins\n- alice: shares screen «slides.mp4"),
        ["no video called 'slides.mp4'"],
    ),
    "playing without a video": (_script("- alice: joins\n- alice: «plays"), ["needs something after it"]),
    "speaking without a microphone": (
        _script(f"- alice: joins\n- «alice: says {CLIP}", people="{alice: {mic: no}}"),
        ["no microphone", "mic: true"],
    ),
    "acting after the end": (_script("- call: ends\n- «alice: joins"), ["ended in line 4"]),
    "ending twice": (_script("- call: ends\n- «call: ends"), ["ended in line 4"]),
    "an unknown moment": (
        _script("- wait: 1s\n  as: barge-in\n- agent: speaks\n  of: «bargein"),
        ["'bargein'", "did you mean 'barge-in'?"],
    ),
    "a moment that comes later": (
        _script("- agent: speaks\n  of: «start\n- wait: 1s\n  as: start"),
        ["comes later", "further up"],
    ),
    "a moment of its own": (_script("- agent: speaks\n  of: «now\n  as: now"), ["'now'"]),
    "a moment named twice": (_script("- wait: 1s\n  as: a\n- wait: 1s\n  as: «a"), ["twice", "line 5"]),
    "a moment with a strange name": (_script("- wait: 1s\n  as: «'!'"), ["not a name"]),
    "more waiting than the limit": (_script("- wait: 50s\n- «wait: 11s"), ["61s", "1m", "raise the limit"]),
    # -- clips
    "a clip that does not exist": (
        _script("- alice: joins\n- alice: says «go-foreward.wav"),
        ["go-foreward.wav", "go-forward"],
    ),
    "a clip with an absolute path": (_script("- alice: joins\n- alice: says «/etc/passwd"), ["outside"]),
    "a clip that climbs out": (
        _script("- alice: joins\n- alice: says «a/../../b.wav"),
        ["outside", "fixtures/"],
    ),
    "a clip on another drive": (_script("- alice: joins\n- alice: says «C:\\b.wav"), ["outside"]),
    "a clip with a zero in its name": (
        _script('- alice: joins\n- alice: «"says a\\0b"'),
        ["'\\x00' cannot be in a scenario"],
    ),
    "a clip with an endless name": (
        _script("- alice: joins\n- alice: says «" + "a" * 300),
        ["name of a clip"],
    ),
    # -- expectations
    "expectations as a mapping": (
        "script: [wait: 1s]\nexpect: «{errors: 0}",
        ["a list of expectations", "'- '"],
    ),
    "one alternative expectation": (_expect("- any of: «[{errors: 0}]"), ["two expectations or more"]),
    "a wrong alternative expectation": (
        _expect("- any of: [{errors: 0}, {«erors: 1}]"),
        ["did you mean 'errors'?"],
    ),
    "an unknown expectation": (_expect("- «interuptions: 1"), ["did you mean 'interruptions'?"]),
    "an expectation like none": (_expect("- «mood: good"), ["'mood'", "interruptions, false interruptions"]),
    "two expectations in one": (_expect("- errors: 0\n  «interruptions: 1"), ["'- '"]),
    "a count that is none": (_expect("- interruptions: «some"), ["not a count"]),
    "a count with a slip": (_expect("- errors: «'=< 1'"), ["did you mean '<='?"]),
    "a text that is empty": (_expect("- agent said:«"), ["nothing"]),
    "hearing from nobody": (_expect("- «heard from: hello"), ["needs a name"]),
    "hearing from an unknown person": (_expect("- «heard from alise: hello"), ["did you mean 'alice'?"]),
    "a conversation that is a text": (_expect("- conversation: «hello"), ["a list of messages"]),
    "a role that is none": (_expect("- conversation:\n    - «agent: hello"), ["'agent'", "user, assistant"]),
    "a key that does not go with an event": (
        _expect("- event: turn.ended\n  «counts: 1"),
        ["did you mean 'count'?"],
    ),
    "seeing no track": (_expect("- agent saw: «alice"), ["no camera and no screen", "alice camera"]),
    "seeing nobody": (_expect("- agent saw: «alise screen"), ["did you mean 'alice'?"]),
    "seeing with fields": (
        _expect("- agent saw: alice screen\n  «where: {a: b}"),
        ["unknown key 'where'"],
    ),
    "an unknown metric": (
        _expect("- metric: «yeild_latency.p95 <= 1s"),
        ["did you mean 'yield_latency.p95'?"],
    ),
    "an unknown statistic": (_expect("- metric: «yield_latency <= 1s"), ["yield_latency.p50, "]),
    "a metric without a bound": (_expect("- metric: «yield_latency.p95"), ["yield_latency.p95 <= 300ms"]),
    "a time held against a number": (_expect("- metric: yield_latency.p95 «<= 300"), ["is a time", "300ms"]),
    "a number held against a time": (_expect("- metric: errors «<= 300ms"), ["is a number"]),
}


def _marked(text: str) -> tuple[str, int, int]:
    before, _, after = text.partition("«")
    return before + after, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_scenario_is_refused_at_its_place_and_in_clear_words(case: str, tmp_path: Path) -> None:
    marked, words = WRONG[case]
    text, line, column = _marked(marked)
    file = tmp_path / "call.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    error = refused.value
    assert (error.line, error.column) == (line, column), str(error)
    assert str(error).startswith(f"{file}:{line}:{column}: ")
    assert len(error.problems) == 1, str(error)
    for word in words:
        assert word in f"{error.message}\n{error.hint}", str(error)


def test_all_that_is_wrong_in_a_file_is_told_at_once_in_its_order(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(
        textwrap.dedent(
            """\
            name: a call
            people: {alice: {mik: true}}
            expect:
              - interuptions: 1
            script:
              - alice: jins
              - alice: says go-foreward
              - agent: speaks
                within: 300
              - agent: falls silent
                of: nowhere
            limit: -1s
            """
        )
    )
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    assert [problem.line for problem in refused.value.problems] == [2, 4, 6, 7, 9, 11, 12]


def test_only_ten_problems_are_told_of_many(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text("script:\n" + "  - wait: x\n" * 30)
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    told = str(refused.value)
    assert told.count("not a time") == 10
    assert told.endswith("... and 20 more")


def test_one_mistake_is_one_complaint(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(
        _script(
            """
            - alice: jons
              as: start
            - alice: says go-forward
            - agent: speaks
              of: start
            - alice: leaves
            """
        )
    )
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    assert [problem.hint for problem in refused.value.problems] == ["did you mean 'joins'?"]


TERMINAL = {
    "in a step": 'script: ["alice \\u2066\\nsays x"]',
    "in a key": 'people: {"\\u2066": {mic: 1}}\nscript: ["\\u2066": "\\u202ewaves"]',
    "in people who cannot be told": 'peple: {}\nscript: ["\\u2066": "waves"]',
    "in a comparison": 'script: [wait: 1s]\nexpect: [metric: "errors = \\u2067"]',
    "in the file itself": "script: [wiat: 1s] # \u202e\u2066",
}


@pytest.mark.parametrize("text", TERMINAL.values(), ids=TERMINAL)
def test_nothing_in_a_file_can_command_the_terminal_that_shows_what_is_wrong(
    text: str, tmp_path: Path
) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    assert all(line.isprintable() for line in str(refused.value).split("\n"))


@pytest.mark.parametrize("text", ["it's *", "\"it's 5'\"", '*5" long*', "'*rye*'", '"*rye*"'])
def test_an_apostrophe_is_no_quote(text: str, tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(_script(f"- agent: says {text}"))
    (step,) = load_scenario(file).script
    assert str(step.text) == (text[1:-1] if text[0] in "\"'" else text)  # type: ignore[union-attr]


def test_a_clip_that_is_named_as_an_example_is_one_that_ships(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(_script("- alice: joins\n- alice: says"))
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    assert find_clip(refused.value.hint.split()[-1])


def test_an_empty_file_is_told_what_it_lacks(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text("# nothing yet\n")
    with pytest.raises(ScenarioError, match="is empty") as refused:
        load_scenario(file)
    assert "at least a script" in refused.value.hint
    assert "scenario new" in refused.value.hint


def test_of_very_many_people_the_first_are_named(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    people = ", ".join(f"guest{number}: " for number in range(3000))
    file.write_text(f"people: {{{people}}}\nscript:\n  - zed: joins\n")
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    assert "guest38, guest39, and 2962 more" in refused.value.hint


def test_a_sidecar_that_is_a_link_to_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"text": "secret", "words": []}')
    here = tmp_path / "here"
    here.mkdir()
    shutil.copy(find_clip(CLIP).path, here / "mine.wav")
    (here / "mine.json").symlink_to(tmp_path / "secret.json")
    (here / "call.yaml").write_text("people: {alice: {mic: mine}}\nscript: [wait: 1s]\n")
    with pytest.raises(ScenarioError, match="outside of the scenario's folder"):
        load_scenario(here / "call.yaml")


def test_a_name_that_is_a_link_to_itself_is_no_clip(tmp_path: Path) -> None:
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    (tmp_path / "call.yaml").write_text("people: {alice: {mic: loop}}\nscript: [wait: 1s]\n")
    with pytest.raises(ScenarioError, match="no recording called 'loop'"):
        load_scenario(tmp_path / "call.yaml")


def test_whom_the_agent_saw_has_a_name_though_nobody_knows_who_is_there(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text("people: [alice]\nscript: [wait: 1s]\nexpect:\n  - agent saw: 12 camera\n")
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    assert [problem.line for problem in refused.value.problems] == [1, 4]
