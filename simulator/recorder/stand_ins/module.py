"""The module that makes an agent with stand-ins for the providers it had in a recorded call: Python, to be read."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator
from typing import Any

from simulator.recorder.capture.parts import VIDEO
from simulator.recorder.retelling.recorded import RecordedCall
from simulator.recorder.stand_ins.answers import Exchange, exchanges_of
from simulator.recorder.stand_ins.manners import Ears, Voice, ears_of, voice_of
from simulator.recorder.stand_ins.providers import Said

WIDTH = 100
"""Of a line; a longer text goes on in the next one."""


def module_text(call: RecordedCall, factory: str, parts: Collection[str], scenario: str) -> str:
    """A module with a function ``create_agent``: what ``factory`` makes when it is given stand-ins for ``parts``."""
    records = call.records
    made: dict[str, str] = {}
    tables: list[str] = []
    scripted: set[str] = set()
    recorded = {"made_with"}
    if "llm" in parts:
        model = "RecordedVLM" if call.parts["llm"].kind == VIDEO else "RecordedLLM"
        recorded |= {model, "Asked", "Said"}
        made["llm"] = f"{model}(ASKED)"
        tables.append("\n".join(_asked(exchanges_of(records))))
    if "stt" in parts:
        ears = ears_of(records)
        tells_turns = ears.tells_turns and "turn_detection" not in call.parts
        recogniser = "RecordedSTT" if tells_turns else "ScriptedSTT"
        (recorded if tells_turns else scripted).add(recogniser)
        made["stt"] = _stt(recogniser, ears)
    if "tts" in parts:
        voice = voice_of(records)
        recorded |= {"RecordedTTS", "Spoken"}
        made["tts"] = _tts(voice)
        tables.append("\n".join(_spoken(voice)))
    imports = [("simulator.providers", scripted), ("simulator.recorder.stand_ins", recorded)]
    stand_ins = "\n".join(f'        "{name}": {made[name]},' for name in made)
    others = [name for name in call.parts if name not in parts]
    return _MODULE.format(
        about=_about(call, factory, parts, others, scenario),
        imports="\n".join(
            f"from {room} import {', '.join(sorted(names))}" for room, names in imports if names
        ),
        theirs=_import_of(factory),
        tables="".join(f"\n{table}\n" for table in tables),
        stand_ins=stand_ins,
    )


_MODULE = '''\
"""{about}
"""

from __future__ import annotations

import functools
from typing import Any

from agentkit.core import Agent
from agentkit.core.edge import EdgeTransport
{imports}

{theirs}
{tables}

@functools.wraps(the_agent)  # so that it counts as that one: what it does in a call, and whose time it is made in
async def create_agent(*, edge: EdgeTransport, **parts: Any) -> Agent:
    stand_ins = {{
{stand_ins}
    }}
    return await made_with(the_agent, edge=edge, **(stand_ins | parts))
'''


def _about(
    call: RecordedCall, factory: str, parts: Collection[str], others: Collection[str], scenario: str
) -> str:
    were = ", ".join(f"{name} ({call.parts[name].name})" for name in parts)
    kept = f" Its {' and '.join(others)} {'is' if len(others) == 1 else 'are'} its own." if others else ""
    told = [
        f"The agent of {scenario}, with stand-ins for the providers of the recorded call.",
        f"{factory} makes it. In place of its {were} it is given what answers as these did, without key or network."
        + kept,
        "This file is yours to change.",
        'A question that is not here is an error; RecordedLLM(ASKED, default="...") answers those, too.',
    ]
    paragraphs = told if "llm" in parts else told[:-1]
    return _docstring("\n\n".join(textwrap.fill(each, WIDTH) for each in paragraphs))


def _import_of(factory: str) -> str:
    module, _, name = factory.partition(":")
    first, dot, rest = name.partition(".")
    if dot:
        return f"from {module} import {first} as owner\n\nthe_agent = owner.{rest}"
    return f"from {module} import {name} as the_agent"


def _asked(exchanges: Collection[Exchange]) -> Iterator[str]:
    yield "ASKED = ["
    for exchange in exchanges:
        yield "    Asked("
        yield from _lines(exchange.asked.question, 8)
        for said in exchange.asked.answer:
            yield from _said(said)
        if not exchange.asked.answer:
            yield "        # It was given up before anything was answered, and is not answered here either."
        elif exchange.cut:
            yield "        # It was cut off there. Nobody knows what else it would have said."
        yield "    ),"
    yield "]"


def _said(said: Said) -> Iterator[str]:
    text = [said.text] if said.text or not said.calls else []
    calls = [f"calls=[{', '.join(f'({_literal(name)}, {_literal(given)})' for name, given in said.calls)}]"]
    delays = [f"after={said.after}", f"lasting={said.lasting}"]
    yield from _call("Said", 8, text, [*(calls if said.calls else []), *delays])


def _spoken(voice: Voice) -> Iterator[str]:
    yield "SPOKEN = ["
    for each in voice.spoken:
        yield from _call("Spoken", 4, [each.text], [f"seconds={each.seconds}", f"after={each.after}"])
    yield "]"


def _stt(name: str, ears: Ears) -> str:
    interim = "" if ears.interim else ", interim=False"
    return (
        f"{name}(partial_latency={ears.partial_s}, final_latency={ears.final_s}, "
        f"endpointing_s={ears.endpointing_s}{interim})"
    )


def _tts(voice: Voice) -> str:
    return (
        f"RecordedTTS(SPOKEN, rate_wpm={voice.rate_wpm}, first_audio={voice.after}, "
        f"realtime_factor={voice.factor})"
    )


def _call(name: str, indent: int, texts: Collection[str], others: Collection[str]) -> Iterator[str]:
    """A call in one line if it fits, else with a line for each argument."""
    margin = " " * indent
    whole = f"{margin}{name}({', '.join([*map(_literal, texts), *others])}),"
    if len(whole) <= WIDTH:
        yield whole
        return
    yield f"{margin}{name}("
    for text in texts:
        yield from _lines(text, indent + 4)
    yield from (f"{margin}    {other}," for other in others)
    yield f"{margin}),"


def _lines(text: str, indent: int) -> Iterator[str]:
    """A text as an argument, on as many lines as it needs."""
    margin = " " * indent
    pieces = textwrap.wrap(text, WIDTH - indent - 6, drop_whitespace=False, replace_whitespace=False)
    if len(pieces) <= 1 or "".join(pieces) != text:
        yield f"{margin}{_literal(text)},"
        return
    yield f"{margin}("
    yield from (f"{margin}    {_literal(piece)}" for piece in pieces)
    yield f"{margin}),"


def _literal(value: Any) -> str:
    """What JSON can hold, as Python has it; texts in double quotes where that needs nothing else."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(key)}: {_literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    written = repr(value)
    return f'"{written[1:-1]}"' if written.startswith("'") and '"' not in written else written


def _docstring(text: str) -> str:
    """Without what would end it or mean something else in it: names of files and classes are anybody's."""
    plain = "".join(char if char.isprintable() or char == "\n" else "?" for char in text)
    return plain.replace("\\", "/").replace('"""', "'''")
