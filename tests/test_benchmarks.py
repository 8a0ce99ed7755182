"""The benchmarks: that they run, refuse what they cannot do, and tell figures that can be true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.suite import GROUPS, NAMES, USUAL
from benchmarks.voice_call import Row


def test_the_rows_that_are_asked_for_are_written_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"

    assert main(["--runs", "1", "--json", str(file), "call_floor", "call_scripted_vad"]) == 0

    rows = json.loads(file.read_text())
    assert [row["name"] for row in rows] == ["call_floor", "call_scripted_vad"]
    assert all(set(row) == {"name", "value", "unit", "runs", "ratio_to_floor"} for row in rows)
    assert rows[0]["ratio_to_floor"] == 1.0
    assert rows[1]["ratio_to_floor"] > 1.0
    assert {row["unit"] for row in rows} == {"sim_s/s"}
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]
    assert "call_scripted_vad" in capsys.readouterr().out


def test_a_call_over_a_bad_line_goes_as_written_and_takes_longer(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    assert main(["--runs", "1", "--json", str(file), "call_impaired", "call_impaired_share"]) == 0

    speed, share = json.loads(file.read_text())
    assert speed["unit"] == "sim_s/s"
    assert share["unit"] == "% of call_scripted_vad"
    assert share["value"] > 0


def test_an_interrupted_agent_is_silent_within_20_ms_though_its_voice_takes_5_s_to_stop(
    tmp_path: Path,
) -> None:
    file = tmp_path / "figures.json"

    assert main(["--json", str(file), "yield"]) == 0

    (row,) = json.loads(file.read_text())
    assert row["name"] == "yield_slow_tts"
    assert row["value"] <= 20
    assert row["ratio_to_floor"] is None


def test_an_unknown_name_is_refused_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call_flor"]) == 2

    complaint = capsys.readouterr().err
    assert "'call_flor'" in complaint
    assert "did you mean 'call_floor'?" in complaint
    assert complaint.count("\n") == 1


def test_a_file_in_a_folder_that_is_missing_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--json", str(tmp_path / "missing" / "figures.json"), "yield"]) == 2
    output = capsys.readouterr()
    assert "missing" in output.err
    assert output.out == ""


def test_every_row_is_in_one_group_and_none_is_called_like_a_group() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert set(GROUPS) == {"call", "parts", "yield", "event", "frame", "live", "clock", "peers"}


def test_every_row_is_explained() -> None:
    page = (Path(__file__).parents[1] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    own = [name for name in NAMES if name not in GROUPS and not name.startswith("vision_agents.")]
    assert [name for name in own if name not in page] == []


def test_other_frameworks_are_installed_only_when_they_are_asked_for() -> None:
    assert set(GROUPS) - set(USUAL) == {"peers"}


def test_a_frame_costs_more_than_its_resampling_and_an_event_to_nobody_less_than_to_somebody(
    tmp_path: Path,
) -> None:
    file = tmp_path / "figures.json"

    assert main(["--json", str(file), "frame", "event"]) == 0

    rows = {row["name"]: row for row in json.loads(file.read_text())}
    assert list(rows) == [*GROUPS["event"], *GROUPS["frame"]]
    assert 0 < rows["event_nobody"]["value"] < rows["event_async"]["value"]
    assert rows["frame_floor"]["ratio_to_floor"] == 1.0
    assert rows["frame_inline"]["ratio_to_floor"] > 1.0
    assert {row["unit"] for row in rows.values()} == {"us"}


def test_a_framework_that_cannot_be_installed_is_told_in_one_line_and_the_other_rows_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, no_folder = tmp_path / "figures.json", tmp_path / "file"
    no_folder.touch()

    assert main(["--json", str(file), "--peers", str(no_folder), "vision_agents.event_made"]) == 0

    assert [row["name"] for row in json.loads(file.read_text())] == ["event_made"]
    complaint = capsys.readouterr().err
    assert complaint.startswith("benchmarks: vision-agents 0.6.9 could not be installed in ")
    assert complaint.count("\n") == 1


def test_a_part_is_what_its_workload_takes_beyond_those_without_it() -> None:
    row = Row("part_speaking", "call", without=("listening", "digest"), of="call")
    took = {"call": 0.2, "listening": 0.12, "digest": 0.03, "floor": 0.01}

    assert row.value({}, took) == pytest.approx(25.0)
    assert row.workloads == {"call", "listening", "digest", "floor"}


def test_a_whole_call_is_told_in_simulated_seconds_per_second() -> None:
    assert Row("call_floor", "floor").value({"floor": 0.25}, {}) == pytest.approx(240.0)
