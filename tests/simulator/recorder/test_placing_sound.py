"""Sound is put where it was heard: in order, without overlap, and with the gaps that there were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.recorder.capture.placing import Placing

pieces = st.lists(
    st.tuples(st.integers(1, 4800), st.integers(-5000, 500_000), st.none() | st.integers(-(2**40), 2**40)),
    max_size=40,
)


@given(pieces)
def test_whatever_arrives_never_overlaps_and_never_goes_back(
    drawn: list[tuple[int, int, int | None]],
) -> None:
    placing, end = Placing(), 0
    for count, arrived, pts in drawn:
        start = placing.place(count, arrived, pts)
        if start is not None:
            assert start >= end
            end = start + count


@given(st.lists(st.integers(-1500, 1500), min_size=1, max_size=60))
def test_frames_that_jitter_on_their_way_follow_each_other_without_a_gap(jitter: list[int]) -> None:
    placing = Placing()
    first = placing.place(960, 48_000, None)
    assert first == 48_000
    for number, late in enumerate(jitter, start=1):
        assert placing.place(960, 48_000 + number * 960 + late, None) == 48_000 + number * 960


def test_a_pause_in_sending_is_a_pause_in_the_recording() -> None:
    placing = Placing()
    assert placing.place(960, 0, None) == 0
    assert placing.place(960, 96_000, None) == 96_000


def test_a_stream_keeps_its_own_time_and_a_repeated_frame_is_left_out() -> None:
    placing = Placing()
    assert placing.place(960, 1000, 77_000) == 1000
    assert placing.place(960, 5000, 77_000 + 1920) == 2920
    assert placing.place(960, 5100, 77_000 + 1920) is None


def test_a_stream_that_begins_anew_is_placed_by_its_arrival() -> None:
    placing = Placing()
    assert placing.place(960, 1000, 77_000_000) == 1000
    assert placing.place(960, 480_000, 0) == 480_000
