"""Reads the script: ``<who>: <verb> [what]`` with ``within``, ``of``, ``for``, ``as`` and ``where`` beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast, get_args

from simulator.scenario.model.parts import PROVIDERS, parse_person
from simulator.scenario.model.problems import Place, Refusal, listed, nearest, shown
from simulator.scenario.model.steps import Alternative, Step
from simulator.scenario.model.vocabulary import BESIDE, VERBS, Actor, Verb, nearest_verb, split_verb
from simulator.scenario.reading.arguments import EXAMPLES, read_argument, read_beside
from simulator.scenario.reading.draft import Draft, Location, Unreadable
from simulator.scenario.reading.fields import (
    described,
    items_of,
    parsed,
    step_as_written,
    text_of,
    unknown_key,
)
from simulator.scenario.reading.yaml_source import Entries, Items, Node, Scalar

_OWNERS: dict[Actor, str] = {
    "person": "a person",
    "agent": "the agent",
    "provider": "a provider",
    "everyone": "everyone",
    "call": "the call",
}
_SUBJECTS: dict[str, Actor] = {
    "agent": "agent",
    "everyone": "everyone",
    "call": "call",
    **dict.fromkeys(PROVIDERS, "provider"),
}
"""Who acts besides people."""

_ALTERNATIVES: tuple[type, ...] = get_args(get_args(Alternative)[0])


def read_script(node: Node, draft: Draft) -> None:
    """Adds the steps to the draft; a step that cannot be read is replaced by an `Unreadable`."""
    items = items_of(node, "a list of steps", "begin every step with '- '")
    if not items:
        raise Refusal(node.place, "the script is empty", "write at least one step: - alice: joins")
    for index, item in enumerate(items):
        draft.places.mark(item.place, "script", index)
        draft.script.append(_unreadable(item))
        with draft.problems.collecting():
            draft.script[index] = _StepReader(draft, ("script", index)).read(item)


def _unreadable(node: Node) -> Unreadable:
    if not isinstance(node, Entries):
        return Unreadable()
    texts = {key.text: value.text for key, value in node.entries if isinstance(value, Scalar)}
    who = next((key.text for key, _ in node.entries if key.text not in BESIDE), "")
    return Unreadable(who, texts.get("as", ""))


class _StepReader:
    """Reads one step."""

    def __init__(self, draft: Draft, location: Location) -> None:
        self._draft = draft
        self._location = location

    def read(self, node: Node) -> Step:
        if not isinstance(node, Entries):
            raise self._not_a_step(node)
        subject, value = self._subject(node)
        verb, what, place = self._verb(subject, value)
        values: dict[str, Any] = {"place": replace(node.place, text=step_as_written(node))}
        if verb.actor == "person":
            values["who"] = parsed(subject.place, subject.text, parse_person)
        if verb.actor == "provider":
            values["provider"] = subject.text
        if verb.takes and what != "":
            self._mark(place, verb.takes)
            values[verb.takes] = self._what(verb, what, place)
        for key, beside in node.entries:
            if key is not subject:
                values[key.text] = self._beside(key, beside, verb)
        for name in verb.needs:
            if name not in values:
                raise Refusal(
                    subject.place, f"{verb.words!r} needs '{name}' beside it", f"add a line: {name}: 2s"
                )
        return cast(Step, verb.step.model_validate(values))

    def _mark(self, place: Place, name: str) -> None:
        self._draft.places.mark(place, *self._location, name)

    def _not_a_step(self, node: Node) -> Refusal:
        words = node.text.split(None, 1) if isinstance(node, Scalar) else []
        hint = "write it like alice: joins"
        if len(words) == 2 and words[0] in (*(self._draft.people or ()), *_SUBJECTS, "wait"):
            hint = f"did you mean {shown(': '.join(words))}?"
        return Refusal(node.place, f"expected a step, found {described(node)}", hint)

    def _subject(self, node: Entries) -> tuple[Scalar, Node]:
        """The key that says who does something, and its value."""
        found = [(key, value) for key, value in node.entries if key.text not in BESIDE]
        if not found:
            hint = "write who does what: agent: speaks"
            raise Refusal(node.place, "this step has no verb", hint)
        for extra, _ in found[1:]:
            if extra.text in (*(self._draft.people or ()), *VERBS["wait"], *_SUBJECTS):
                raise Refusal(
                    extra.place, f"a second step begins here: {shown(extra.text)}", "begin it with '- '"
                )
            raise unknown_key(extra, BESIDE, "beside a verb may stand")
        return found[0]

    def _actor(self, subject: Scalar, value: Node) -> Actor:
        if (actor := _SUBJECTS.get(subject.text)) is not None:
            return actor
        people = self._draft.people
        if people is None or subject.text in people:
            return "person"
        if (meant := nearest(subject.text, _who_could(_verb_text(value), people))) is not None:
            hint = f"did you mean {meant!r}?"
        else:
            name, known = shown(subject.text), listed([*people, "agent", "call"])
            hint = f"add {name} to people, as {name[1:-1]}: {{mic: true}}, or use one of: {known}"
        raise Refusal(subject.place, f"nobody here is called {shown(subject.text)}", hint)

    def _verb(self, subject: Scalar, value: Node) -> tuple[Verb, Node | str, Place]:
        """The verb, what follows it, and where that stands."""
        if subject.text in VERBS["wait"]:
            return VERBS["wait"][subject.text], value, value.place
        actor = self._actor(subject, value)
        if isinstance(value, Entries) and len(value.entries) == 1:
            (key, what), *_ = value.entries
            if (verb := VERBS[actor].get(key.text)) is None:
                raise self._unknown_verb(subject, key, actor)
            if not verb.takes:
                raise self._too_much(verb, described(what), what.place)
            return verb, what, what.place
        text = text_of(value, f"a verb for {subject.text}")
        verb, rest = split_verb(text, VERBS[actor])
        if verb is None:
            raise self._unknown_verb(subject, value, actor)
        place = self._draft.problems.find(rest, value.place)
        if rest and not verb.takes:
            raise self._too_much(verb, shown(rest), place)
        if verb.takes_something and not rest:
            example = EXAMPLES[verb.takes]
            raise Refusal(value.place, f"{verb.words!r} needs something after it", f"write it like {example}")
        return verb, rest, place

    def _too_much(self, verb: Verb, found: str, place: Place) -> Refusal:
        return Refusal(place, f"nothing follows {verb.words!r}, found {found}", f"write {verb.words!r} alone")

    def _unknown_verb(self, subject: Scalar, node: Node, actor: Actor) -> Refusal:
        text = node.text if isinstance(node, Scalar) else ""
        message = f"unknown verb {shown(text)} for {subject.text}"
        for other, owner in _OWNERS.items():
            if other != actor and split_verb(text, VERBS[other])[0] is not None:
                message = f"{shown(text)} is for {owner}, not for {subject.text}"
        hint = f"{'a person' if actor == 'person' else subject.text}: {', '.join(VERBS[actor])}"
        meant = nearest_verb(text, VERBS[actor])
        if actor == "agent" and (verb := split_verb(text, VERBS["person"])[0]) is not None:
            meant = _AGENTS_WORD.get(verb.words, meant)
        if meant is not None:
            hint = f"did you mean {meant!r}?"
        return Refusal(node.place, message, hint)

    def _what(self, verb: Verb, what: Node | str, place: Place) -> Any:
        if verb.takes == "steps":
            return self._alternatives(what, place)
        return read_argument(verb.takes, what, place)

    def _alternatives(self, what: Node | str, place: Place) -> tuple[Step, ...]:
        example = "any of: [{agent: speaks}, {wait for: llm.error}]"
        if isinstance(what, str) or not isinstance(what, Items) or len(what.items) < 2:
            raise Refusal(place, "'any of' needs two steps or more, as a list", f"write them like {example}")
        steps = []
        for index, item in enumerate(what.items):
            step = _StepReader(self._draft, (*self._location, "steps", index)).read(item)
            if not isinstance(step, _ALTERNATIVES):
                hint = "only what is waited for: what the agent does, 'wait for', and everyone's silence"
                raise Refusal(item.place, "this cannot be one of several things to wait for", hint)
            if step.as_:
                raise Refusal(item.place, "'as' goes beside 'any of' itself", "move it there")
            steps.append(step)
        return tuple(steps)

    def _beside(self, key: Scalar, value: Node, verb: Verb) -> Any:
        name = key.text
        if name not in verb.beside:
            hint = f"{verb.words!r} takes: {', '.join(verb.beside)}"
            raise Refusal(key.place, f"{name!r} does not go with {verb.words!r}", hint)
        self._mark(value.place, name)
        return read_beside(name, value)


_AGENTS_WORD = {"starts saying": "says", "keeps talking": "speaks", "stops talking": "falls silent"}
"""What the agent is waited for to do where a person is told to."""


def _verb_text(value: Node) -> str:
    """What seems to be the verb of a step."""
    if isinstance(value, Entries) and len(value.entries) == 1:
        return value.entries[0][0].text
    return value.text if isinstance(value, Scalar) else ""


def _who_could(verb: str, people: Iterable[str]) -> list[str]:
    """Those who do such things, by name; everybody, where that is no verb at all."""
    doing = {actor for actor, verbs in VERBS.items() if split_verb(verb, verbs)[0] is not None}
    named = [*((name, "person") for name in people), *_SUBJECTS.items()]
    waits = [] if doing else list(VERBS["wait"])
    return [name for name, actor in named if not doing or actor in doing] + waits
