"""A recorded call becomes a scenario in which the same happens again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.recorder.conversion import ConversionError, Converted, convert
from simulator.recorder.retelling.recorded import RecordingError
from simulator.recorder.retelling.script import Tolerance
from simulator.scenario.model.quantities import Duration
from simulator.scenario.playing.runner import Outcome, run_scenario
from tests.simulator.recorder.recorded_scenarios import SCENARIOS, heard, recorded

FACTORY = "examples.concierge:create_agent"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings") / "call"
    recorded("barge_in/1-silent-first.yaml", folder)
    return folder


@pytest.fixture
def folder(recording: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recording, tmp_path / "call"))


@pytest.mark.parametrize(
    "scenario",
    [
        "acoustics/hears-itself.yaml",
        "barge_in/1-silent-first.yaml",
        "barge_in/5-back-channels.yaml",
        "barge_in/6-both-are-heard.yaml",
        "failures/ears-disconnect.yaml",
        "failures/ears-stall.yaml",
        "failures/model-overloaded.yaml",
        "failures/model-stalls-mid-answer.yaml",
        "failures/voice-disconnects.yaml",
        "joins_leaves/hangs-up-mid-answer.yaml",
        "network/bad-line.yaml",
        "realtime/6-both-are-answered.yaml",
        "turn_taking/hangs-up-mid-sentence.yaml",
        "turn_taking/several-turns.yaml",
        "turn_taking/two-people.yaml",
    ],
)
def test_the_same_happens_again(scenario: str, tmp_path: Path) -> None:
    before = recorded(scenario, tmp_path / "call")
    made = convert(tmp_path / "call", texts=True)
    after = run_scenario(made.scenario)
    assert not after.failures
    assert after.metrics.agent_turns == before.metrics.agent_turns
    assert after.metrics.interruptions == before.metrics.interruptions
    assert heard(after) == heard(before)
    assert understood(after) == understood(before)
    assert errors(after) == errors(before)


def understood(outcome: Outcome) -> list[tuple[str, str]]:
    """Who was understood to say what."""
    found = outcome.trace.select(kind="stt.transcript")
    return [(record.text("participant"), record.text("text").lower()) for record in found]


def errors(outcome: Outcome) -> list[tuple[str, str]]:
    """What went wrong, in order."""
    return [
        (record.kind, record.text("error"))
        for record in outcome.trace.records
        if record.kind.endswith(".error")
    ]


def test_functions_do_what_they_did_without_being_called_again(tmp_path: Path) -> None:
    before = recorded("tools/function-fails.yaml", tmp_path / "call")
    made = convert(tmp_path / "call", texts=True)
    assert made.scenario.tools["book_table"].raises == "the restaurant does not answer"
    after = run_scenario(made.scenario)
    assert not after.failures
    assert heard(after) == heard(before)


def test_a_clip_says_whose_it_is_and_what_is_said_in_it(folder: Path) -> None:
    convert(folder)
    sidecar = json.loads((folder / "fixtures" / "alice-1.json").read_text())
    assert sidecar["text"] == "Go somewhere and do something."
    assert sidecar["licence"] == "recorded; not for redistribution"
    shipped = json.loads((SCENARIOS.parent / "fixtures" / "people" / "do-something.json").read_text())
    offsets = [
        found["end"] - word["end"] for found, word in zip(sidecar["words"], shipped["words"], strict=True)
    ]
    assert max(offsets) - min(offsets) < 0.15, "words are where the partial transcripts had them"


def test_a_recording_without_partial_transcripts_spreads_the_words_over_the_sound(folder: Path) -> None:
    trace = folder / "trace.jsonl"
    lines = trace.read_text().splitlines(keepends=True)
    trace.write_text("".join(line for line in lines if "partial_transcript" not in line))
    made = convert(folder, texts=True)
    assert not run_scenario(made.scenario).failures


def test_waits_can_be_left_to_exploration(folder: Path) -> None:
    made = convert(folder, tolerance=Tolerance(vary=Duration.parse("200ms")))
    assert "wait: 1.9s..2.1s" in made.path.read_text()
    assert not run_scenario(made.scenario).failures


def test_a_recording_that_was_cut_off_is_used_as_far_as_it_got(folder: Path) -> None:
    (folder / "call.json").unlink()
    trace = (folder / "trace.jsonl").read_bytes()
    (folder / "trace.jsonl").write_bytes(trace[: len(trace) * 3 // 4])
    made = convert(folder)
    assert not made.complete
    assert not run_scenario(made.scenario).failures


def test_the_scenario_and_its_clips_can_go_among_others(folder: Path, tmp_path: Path) -> None:
    made: Converted = convert(folder, tmp_path / "scenarios" / "incident.yaml")
    assert sorted(path.name for path in (tmp_path / "scenarios" / "fixtures").glob("*.wav")) == [
        "incident-alice-1.wav",
        "incident-alice-2.wav",
    ]
    assert not run_scenario(made.scenario).failures
    with pytest.raises(ConversionError, match="exists already"):
        convert(folder, tmp_path / "scenarios" / "incident.yaml")


def test_a_sidecar_that_is_somebody_elses_is_not_written_over(folder: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "fixtures" / "incident-alice-1.json"
    theirs.parent.mkdir()
    theirs.write_text("{}")
    with pytest.raises(ConversionError, match=r"incident-alice-1\.json exists already"):
        convert(folder, tmp_path / "incident.yaml")
    assert [path.name for path in theirs.parent.iterdir()] == [theirs.name]
    assert theirs.read_text() == "{}"


@pytest.mark.parametrize("name", ["my call.yaml", "v1.2.yaml", "it's late.yaml", "17.yaml"])
def test_a_scenario_with_an_interruption_may_have_any_name(name: str, folder: Path, tmp_path: Path) -> None:
    made = convert(folder, tmp_path / name)
    assert "of: alice-2" in made.path.read_text()
    assert not run_scenario(made.scenario).failures


def spoil(folder: Path, name: str, data: bytes | None) -> None:
    path = folder / name
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)


HOSTILE = [
    ("trace.jsonl", None, "no recording"),
    ("trace.jsonl", b"", "it is empty"),
    ("trace.jsonl", b"\x00\xff", "trace.jsonl, line 1"),
    ("trace.jsonl", b"[" * 100_000, "trace.jsonl, line 1"),
    ("call.json", b"{", "expected JSON"),
    ("call.json", b"[" * 100_000, "expected JSON"),
    ("call.json", b"[]", "call.json"),
    ("call.json", b"\xff", "expected JSON"),
    ("call.json", b'{"format": 99}', "format 99"),
    ("call.json", b" " * 2_000_000, "larger than"),
    ("call.json", b'{"format": 1, "people": [{"id": 7}]}', "people.0.id"),
    (
        "call.json",
        b'{"format": 1, "people": [{"id": "a", "stem": "../../x.wav"}]}',
        "expected a file in stems/",
    ),
    ("call.json", b'{"format": 1, "people": [{"id": "a", "stem": "stems/no.wav"}]}', "is missing"),
    ("call.json", b'{"format": 1, "people": [{"id": "a"}, {"id": "a"}]}', "two people"),
    ("call.json", b'{"format": 1, "factory": "rm -rf"}', "factory"),
    ("stems/alice.wav", None, "is missing"),
    ("stems/alice.wav", b"", "expected a WAV"),
    ("stems/alice.wav", b"RIFF\x24\x00\x00\x00WAVE", "expected a WAV"),
]


@pytest.mark.parametrize(("name", "data", "told"), HOSTILE)
def test_a_damaged_recording_is_refused_in_one_line(
    folder: Path, name: str, data: bytes | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder, name, data)
    assert main(["scenario", "from-recording", str(folder)]) == 2
    printed = capsys.readouterr().err
    assert told in printed
    assert printed.count("\n") == 1
    assert not (folder / "scenario.yaml").exists()


def test_a_stem_that_was_cut_off_in_copying_is_refused(folder: Path) -> None:
    stem = folder / "stems" / "alice.wav"
    stem.write_bytes(stem.read_bytes()[:100_000])
    with pytest.raises(RecordingError, match="cut off"):
        convert(folder)


@pytest.mark.parametrize("where", ["nowhere", "file"])
def test_a_folder_that_is_none_is_refused(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="expected the folder of a recording"):
        convert(tmp_path / where)


def test_people_get_names_that_a_scenario_can_use(folder: Path) -> None:
    names = {"agent": "person-agent", "77": "person1", "Jörg Müller": "Jörg-Müller", "a:b/c": "a-b-c"}
    manifest = json.loads((folder / "call.json").read_text())
    for user_id, name in names.items():
        manifest["people"][0]["user_id"] = user_id
        (folder / "call.json").write_text(json.dumps(manifest))
        made = convert(folder, folder.parent / f"{name}.yaml")
        assert list(made.scenario.people) == [name]


def test_two_people_never_share_a_name(folder: Path) -> None:
    manifest = json.loads((folder / "call.json").read_text())
    guests = [("a", "bob-3"), ("b", "bob"), ("c", "bob"), ("d", "Bob-4"), ("e", "bob")]
    manifest["people"] = [
        *({"id": name, "user_id": user, "stem": None} for name, user in guests),
        *manifest["people"],
    ]
    (folder / "call.json").write_text(json.dumps(manifest))
    people = convert(folder).scenario.people
    assert len({name.lower() for name in people}) == len(guests) + 1


def test_a_function_that_failed_without_a_word_fails_again(tmp_path: Path) -> None:
    recorded("tools/function-fails.yaml", tmp_path / "call")
    trace = tmp_path / "call" / "trace.jsonl"
    trace.write_text(
        trace.read_text().replace("RuntimeError: the restaurant does not answer", "RuntimeError:   ")
    )
    made = convert(tmp_path / "call")
    assert made.scenario.tools["book_table"].raises == "it failed"


def test_an_agent_without_an_edge_of_its_own_cannot_be_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "--agent", FACTORY]) == 2
    assert "needs edge" in capsys.readouterr().err
