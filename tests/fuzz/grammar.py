"""Scenarios that are nearly right, made from the words of the language, so that a new verb is tried by itself.

They keep to the story, mostly: who speaks has joined, and what is looked back at has a name.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from simulator.scenario.model.vocabulary import BESIDE, EVENTS, VERBS, Verb
from simulator.scenario.reading.expect_reader import COUNTS
from simulator.trace.metrics import metric_names

AGENTS = (
    *("concierge:create_agent", "booking:create_agent", "realtime:create_agent", "onlooker:create_agent"),
    *("barge_in:eager", "barge_in:words_only", "unstoppable:unstoppable_voice"),
)
FUNCTIONS = ("book_table", "is_free")
PEOPLE = ("alice", "bob", "Éva-2")
CLIPS = ("hmm", "okay.wav", "ten-of-clubs", "across-the-table", "do-something")
VIDEOS = ("face.mp4", "slides.mp4", "film.mp4")

TIMES = st.sampled_from(["0.000001ms", "1ms", "20ms", "333.3ms", "0.5s", "1s", "2.5s", "0.1s..2s"])
PLAIN_TIMES = st.sampled_from(["0", "1ms", "20ms", "200ms", "1s", "4s"])
TEXTS = st.sampled_from(["*", "*suite*", "okay*", "?", "*a*b*c*", "[x]", "ı", "alice", "${x}"]) | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8
)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
COMPARED = st.builds("{} {}".format, st.sampled_from(["<=", ">=", "==", "!=", "<", ">"]), st.integers(0, 3))
WHERE = st.dictionaries(
    st.sampled_from(["participant", "text", "track", "interrupted", "arguments.name", "a..b", ""]),
    TEXTS,
    min_size=1,
    max_size=2,
)
TAKES: dict[str, st.SearchStrategy[Any]] = {
    "clip": st.sampled_from(CLIPS),
    "video": st.sampled_from(VIDEOS),
    "keys": st.text("0123456789ABCD*#", min_size=1, max_size=4),
    "message": TEXTS,
    "text": TEXTS,
    "tool": st.sampled_from(FUNCTIONS),
    "error": st.sampled_from(["503 overloaded", "no", "'\""]),
    "data": st.dictionaries(TEXTS, DATA, max_size=3),
    "duration": TIMES,
    "event": st.sampled_from(EVENTS),
}
LEVELS = st.sampled_from(["-60dB", "-20dB", "0dB", "3.5 dB", "20dB"])
SHARES = st.sampled_from(["0%", "1%", "33.3%", "99.9%", "100%"])
LINE: dict[str, st.SearchStrategy[Any]] = {
    "delay": PLAIN_TIMES,
    "jitter": PLAIN_TIMES,
    "loss": SHARES,
    "duplication": SHARES,
    "outages": st.lists(
        st.fixed_dictionaries({"at": PLAIN_TIMES, "for": st.just("500ms")}), min_size=1, max_size=2
    ),
    "bandwidth": st.sampled_from(["1kbit/s", "40kbit/s", "1Mbit/s"]),
    "buffer": PLAIN_TIMES,
}
NETWORKS = st.fixed_dictionaries(
    {},
    optional=LINE
    | {
        "loss": st.just("10%"),
        "burst": st.sampled_from(["1", "2.5", "40"]),
        "up": st.just({"delay": "1s"}),
        "down": st.just({"loss": "5%"}),
    },
)
ROOMS = st.fixed_dictionaries(
    {},
    optional={
        "echo": st.fixed_dictionaries({"delay": st.sampled_from(["0", "20ms", "400ms"]), "gain": LEVELS}),
        "room": st.just("lobby"),
        "gain": LEVELS,
        "clipping": st.sampled_from(["-60dB", "-3dB", "0dB"]),
    },
)
NOISES = st.fixed_dictionaries({"noise": st.sampled_from(["pink", "restaurant"]), "snr": LEVELS})
AFTER = {"after": PLAIN_TIMES}
TOOL = st.fixed_dictionaries({"returns": DATA}, optional=AFTER) | st.fixed_dictionaries(
    {"raises": TEXTS}, optional=AFTER
)
PERSON = st.fixed_dictionaries(
    {},
    optional={
        "mic": st.sampled_from([True, "hmm"]),
        "camera": TAKES["video"],
        "screen": TAKES["video"],
        "network": NETWORKS,
        "acoustics": ROOMS | st.builds(dict.__or__, ROOMS, NOISES),
    },
)


@st.composite
def scenarios(draw: st.DrawFn) -> str:
    """The text of a scenario file."""
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    story = _Story(draw, people)
    written: dict[str, Any] = {
        "name": "a call",
        "agent": f"examples.{draw(st.sampled_from(AGENTS))}",
        "vars": {"x": "okay"},
        "limit": draw(st.sampled_from(["30s"] * 9 + ["1ms"])),
        "seed": draw(st.sampled_from([0, 7, 2**63 - 1])),
        "people": {name: draw(PERSON) for name in people}
        | draw(st.sampled_from([{}, {"deaf": {"mic": False}}])),
        "script": story.script(),
    }
    if draw(st.booleans()):
        written["tools"] = draw(st.dictionaries(st.sampled_from(FUNCTIONS), TOOL, max_size=2))
    if draw(st.booleans()):
        written["expect"] = draw(st.lists(expectations(people), max_size=3))
    # All JSON is YAML.
    return json.dumps(written, ensure_ascii=False, indent=1)


class _Story:
    """Who is in the call, and which moments have a name, while a script is being made."""

    def __init__(self, draw: st.DrawFn, people: list[str]) -> None:
        self._draw = draw
        self._people = people
        self._inside: dict[str, str] = {}
        self._talking = ""
        self._moments: list[str] = []

    def script(self) -> list[Any]:
        steps: list[Any] = [self._person(self._people[0], "joins")]
        return steps + [self._step() for _ in range(self._draw(st.integers(1, 14)))]

    def _step(self) -> Any:
        actor = self._draw(st.sampled_from(["person", "person", "agent", "wait", "provider", "everyone"]))
        if self._draw(st.integers(0, 40)) == 17:
            return {"call": "ends"}
        if actor == "person":
            return self._person(self._draw(st.sampled_from(self._people)))
        verb = self._draw(st.sampled_from(sorted(VERBS[actor].values(), key=lambda v: v.words)))  # type: ignore[index]
        subject = self._draw(st.sampled_from(["stt", "llm", "tts"])) if actor == "provider" else actor
        return self._named(self._written(subject, verb) | self._beside(verb))

    def _person(self, name: str, words: str | None = None) -> Any:
        if words is None:
            words = self._draw(st.sampled_from(sorted(self._possible(name))))
        verb = VERBS["person"][words]
        self._talking = name if words in ("starts saying", "keeps talking", "starts playing") else ""
        self._inside[name] = {"joins": "in", "drops": "dropped", "reconnects": "in", "leaves": ""}.get(
            words, self._inside.get(name, "")
        )
        return self._named(self._written(name, verb) | self._beside(verb))

    def _possible(self, name: str) -> set[str]:
        state = self._inside.get(name, "")
        if state == "dropped":
            return {"reconnects"}
        unfit = {"joins", "reconnects"} | ({"stops talking"} if self._talking != name else set())
        return set(VERBS["person"]) - unfit if state else {"joins"}

    def _written(self, subject: str, verb: Verb) -> dict[str, Any]:
        if verb.takes == "steps":
            waits = [v for v in VERBS["agent"].values() if "within" in v.beside]
            steps = st.lists(st.sampled_from(waits), min_size=2, max_size=3).map(
                lambda verbs: [self._written("agent", verb) for verb in verbs]
            )
            return {verb.words: self._draw(steps)}
        if verb.actor == "wait":
            return {verb.words: self._draw(TAKES[verb.takes])}
        if verb.takes:
            return {subject: {verb.words: self._draw(TAKES[verb.takes])}}
        return {subject: verb.words}

    def _beside(self, verb: Verb) -> dict[str, Any]:
        values: dict[str, st.SearchStrategy[Any]] = {
            "within": PLAIN_TIMES,
            "for": TIMES,
            "by": TIMES,
            "where": WHERE,
            "times": st.integers(1, 3),
            "of": st.sampled_from(self._moments or ["nowhere"]),
        }
        assert values.keys() == set(BESIDE) - {"as"}
        return {
            name: self._draw(values[name])
            for name in verb.beside
            if name in verb.needs
            or (name == "within" and self._draw(st.integers(0, 3)))
            or (name in values and (name != "of" or self._moments) and self._draw(st.booleans()))
        }

    def _named(self, step: dict[str, Any]) -> dict[str, Any]:
        if self._draw(st.integers(0, 3)) == 0:
            name = f"m{len(self._moments)}"
            self._moments.append(name)
            return step | {"as": name}
        return step


def expectations(people: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Anything that may be expected of a call."""
    one = [
        *(st.fixed_dictionaries({kind: COMPARED}) for kind in COUNTS),
        *(st.fixed_dictionaries({kind: TEXTS}) for kind in ("agent said", "agent never said")),
        *(st.fixed_dictionaries({f"heard from {name}": TEXTS}) for name in people),
        st.fixed_dictionaries({"event": TAKES["event"]}, optional={"count": COMPARED, "where": WHERE}),
        st.fixed_dictionaries({"tool called": TAKES["tool"]}, optional={"count": COMPARED}),
        st.fixed_dictionaries({"agent saw": st.just(f"{people[0]} camera")}, optional={"count": COMPARED}),
        st.builds(
            lambda name, bound: {"metric": f"{name} {bound}"},
            st.sampled_from(metric_names()),
            st.sampled_from(["<= 300ms", "> 1", "== 0"]),
        ),
        st.fixed_dictionaries(
            {
                "conversation": st.lists(
                    st.dictionaries(st.sampled_from(["user", "assistant"]), TEXTS, min_size=1, max_size=1)
                )
            }
        ),
    ]
    return st.one_of(
        *one, st.fixed_dictionaries({"any of": st.lists(st.one_of(*one), min_size=2, max_size=2)})
    )
