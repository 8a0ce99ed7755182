from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.trace import Record, tell

BARGE_IN = """
0.000 call call.started scenario="caller interrupts" seed=7
0.000 agent agent.joined
0.100 alice joined
0.100 alice says clip=opening-hours.wav text="When do you open?" at=0.12 voiced_at=0.25 ends_at=1.6
0.260 alice voice.started at=0.25
0.300 agent vad.speech_started participant=alice speech_ms=100
0.600 agent stt.partial_transcript participant=alice text="When"
0.900 agent stt.partial_transcript participant=alice text="When do"
1.000 alice voice.stopped at=0.8
1.020 alice voice.started at=1.02
1.200 agent stt.partial_transcript participant=alice text="When do you open"
1.600 alice said clip=opening-hours.wav at=1.6
1.700 agent stt.transcript participant=alice text="When do you open?"
1.700 agent vad.speech_ended participant=alice silence_ms=300
1.700 alice voice.stopped at=1.5
2.000 agent turn.ended participant=alice confidence=1.0
2.000 agent agent.user_turn_ended participant=alice text="When do you open?" eager=false
2.000 agent agent.reply_started epoch=1 participant=alice text="When do you open?" eager=false
2.000 agent llm.request_started text="When do you open?"
2.300 agent tts.synthesis_started text="We open at nine."
2.400 agent agent.turn_started epoch=1
2.420 agent voice.started at=2.412
3.500 agent voice.stopped at=3.3
3.560 agent voice.started at=3.55
4.200 alice says clip=wait-stop.wav text="Wait, stop" at=4.22 voiced_at=4.32 ends_at=5.1
4.200 scenario moment name=barge-in at=4.32
4.340 alice voice.started at=4.32
4.560 agent agent.yielded epoch=1 participant=alice
4.560 agent agent.turn_ended epoch=1 interrupted=true text="At nine. Not on Sundays." heard_text="At nine. Not"
4.780 agent voice.stopped at=4.571
5.100 alice said clip=wait-stop.wav at=5.1
5.200 alice voice.stopped at=5.0
6.000 scenario step index=7 line=14 text="agent: speaks" outcome=failed took=1 why="it never came"
9.000 alice left
9.000 call call.ended reason="the script is over"
9.000 call sound sha256=abc
"""


def test_a_failed_call_is_told_from_its_beginning_to_its_end(written) -> None:
    assert tell(written(BARGE_IN)) == [
        "  0.000 s  the call begins: caller interrupts (seed 7)",
        "  0.000 s  agent joins",
        "  0.100 s  alice joins",
        '  0.250 s  alice starts "When do you open?"',
        "  0.300 s  agent notices alice",
        '  0.600 s  agent begins to understand alice: "When"',
        "  1.500 s  alice stops",
        '  1.700 s  agent has understood alice: "When do you open?"',
        "  2.000 s  alice's turn has ended",
        "  2.000 s  agent prepares a reply",
        "  2.412 s  agent starts to speak (912 ms after alice)",
        '  4.320 s  alice starts "Wait, stop"',
        '  4.320 s  moment "barge-in"',
        "  4.560 s  agent yields to alice",
        '  4.560 s  agent was cut off after 3 of 5 words: "At nine. Not"',
        "  4.571 s  agent falls silent (251 ms after alice)",
        "  5.000 s  alice stops",
        '  6.000 s  step "agent: speaks" (line 14) failed: it never came',
        "  9.000 s  alice leaves",
        "  9.000 s  the call ends (the script is over)",
    ]


def test_where_a_breath_comes_before_the_first_word_the_onset_that_is_measured_is_named(written) -> None:
    breath = BARGE_IN.replace("4.340 alice voice.started at=4.32", "4.340 alice voice.started at=4.304")
    assert "  4.571 s  agent falls silent (267 ms after alice was heard from 4.304 s on)" in tell(
        written(breath)
    )


def test_a_story_ends_where_it_is_told_to(written) -> None:
    assert tell(written(BARGE_IN), until_ns=4_571_000_000)[-1].endswith("falls silent (251 ms after alice)")


def test_a_false_interruption_is_told_with_its_silence_and_its_return(written) -> None:
    story = tell(
        written(
            """
            1.0 agent agent.turn_started epoch=1
            1.0 agent voice.started at=1.0
            2.0 alice says clip=cough.wav text="" at=1.9 voiced_at=2.0 ends_at=2.3
            2.0 alice voice.started at=2.0
            2.2 agent agent.yielded epoch=1 participant=alice
            2.4 agent voice.stopped at=2.21
            2.5 alice voice.stopped at=2.3
            3.0 agent agent.resumed epoch=1 participant=alice
            3.0 agent voice.started at=3.01
            5.0 agent agent.turn_ended epoch=1 interrupted=false text="One two." heard_text="One two."
            5.2 agent voice.stopped at=5.0
            """
        )
    )
    assert story == [
        "  1.000 s  agent starts to speak",
        "  2.000 s  alice starts cough.wav",
        "  2.200 s  agent yields to alice",
        "  2.210 s  agent falls silent (210 ms after alice)",
        "  2.300 s  alice stops",
        "  3.000 s  agent goes on: that was no interruption",
        "  3.010 s  agent speaks on",
        '  5.000 s  agent has said "One two."',
        "  5.000 s  agent falls silent",
    ]


def test_sound_that_no_clip_and_no_turn_accounts_for_is_told_too(written) -> None:
    story = tell(
        written(
            """
            1.0 bob voice.started at=1.0
            1.5 agent voice.started at=1.5
            2.2 bob voice.stopped at=2.0
            """
        )
    )
    assert story == [
        "  1.000 s  bob is heard",
        "  1.500 s  agent is heard outside any turn",
        "  2.000 s  bob stops",
    ]


def test_errors_and_custom_events_are_told(written) -> None:
    story = tell(
        written(
            """
            1 agent tts.error error="TimeoutError: no sound for 10 s" context=speaking
            2 agent agent.reply_cancelled epoch=1 reason="alice goes on"
            3 alice custom_event data={\\"topic\\":\\"menu\\"}
            4 alice muted
            5 alice dropped
            6 alice reconnected
            """
        )
    )
    assert story == [
        "  1.000 s  tts.error: TimeoutError: no sound for 10 s (speaking)",
        "  2.000 s  agent drops an unheard reply (alice goes on)",
        '  3.000 s  alice sends {"topic": "menu"}',
        "  4.000 s  alice is muted",
        "  5.000 s  alice drops out",
        "  6.000 s  alice is back",
    ]


def test_partials_are_told_once_for_each_thing_said(written) -> None:
    partial = "{} agent stt.partial_transcript participant={} text=word"
    final = "{} agent stt.transcript participant={} text=words"
    story = tell(
        written(
            *(partial.format(n, "alice") for n in range(3)),
            partial.format(3, "bob"),
            final.format(4, "alice"),
            partial.format(5, "alice"),
        )
    )
    assert [line.split("agent ")[1] for line in story] == [
        'begins to understand alice: "word"',
        'begins to understand bob: "word"',
        'has understood alice: "words"',
        'begins to understand alice: "word"',
    ]


def test_of_a_long_turn_that_was_cut_the_last_words_are_told(written) -> None:
    heard = "word " * 30 + "at the harbour"
    (line,) = tell(
        written(f'1 agent agent.turn_ended interrupted=true text="{heard} now" heard_text="{heard}"')
    )
    assert "after 33 of 34 words" in line
    assert line.endswith('word at the harbour"')
    assert len(line) < 120


def test_a_long_text_is_shortened_and_kept_on_one_line(written) -> None:
    (line,) = tell(written('1 alice says text="' + "very\\n long " * 20 + '" at=1'))
    assert line.endswith('..."')
    assert len(line) < 100


def test_what_the_script_does_to_a_provider_is_told(written) -> None:
    story = tell(
        written(
            """
            1 scenario provider.in_trouble provider=llm how=errors
            4 scenario provider.recovered provider=llm
            """
        )
    )
    assert story == ["  1.000 s  from here on llm errors", "  4.000 s  llm is well again"]


def test_keys_chat_and_a_lost_connection_are_told(written) -> None:
    story = tell(
        written(
            """
            1.0 alice typed text="My name is Alys, with a y."
            2.0 alice presses keys=12# at=2.0 ends_at=2.5
            2.1 alice voice.started at=2.0
            2.6 alice voice.stopped at=2.5
            3.0 alice dropped
            8.0 alice lost
            9.0 alice reconnected in_time=false
            """
        )
    )
    assert story == [
        '  1.000 s  alice writes "My name is Alys, with a y."',
        "  2.000 s  alice presses 12#",
        "  2.500 s  alice stops",
        "  3.000 s  alice drops out",
        "  8.000 s  alice is given up as lost",
        "  9.000 s  alice is back and joins anew",
    ]


def test_functions_and_pictures_are_told(written) -> None:
    story = tell(
        written(
            """
            1 alice shows clip=slides.mp4 track=alice:screen
            2 agent agent.watching participant=alice track_id=alice:screen
            3 agent llm.tool_start tool_name=book_table arguments={\\"people\\":2}
            4 agent llm.tool_end tool_name=book_table result=gone error=""
            5 agent llm.tool_end tool_name=is_free error="the book is closed"
            6 alice video.stopped track=alice:screen
            7 agent agent.watching track_id=""
            """
        )
    )
    assert [line[11:] for line in story] == [
        "alice's screen shows slides.mp4",
        "agent looks at alice's screen",
        "agent calls book_table(people=2)",
        'book_table gives "gone"',
        "alice's screen is off",
        "agent looks at nothing",
    ]


def test_a_bad_line_and_a_loud_room_are_told_and_what_they_cost() -> None:
    ideal = {"delay_s": 0.03, "loss": 0.0, "outages": []}
    bad = {"delay_s": 0.03, "jitter_s": 0.02, "loss": 0.02, "burst": 1.5}
    room = {"noise": "pink", "snr_db": 15.0, "echo": {"delay_s": 0.12, "gain_db": -30.0}, "gain_db": -6.0}
    up = {"sent": 100, "concealed": 9, "lost": 5, "late": 4, "cut": 0, "dropped": 0}
    records = [
        Record(0, "alice", "network", {"up": ideal, "down": bad}),
        Record(0, "bob", "network", {"up": ideal, "down": ideal}),
        Record(0, "bob", "acoustics", room),
        Record(0, "carol", "network", {"up": {}, "down": {"outages": [{"at_s": 4, "for_s": 0.7}]}}),
        Record(0, "dave", "network", {"up": {}, "down": {}}),
        Record(10**9, "alice", "network.counts", {"up": up, "down": {"sent": 100, "concealed": 0}}),
    ]
    assert [line[11:] for line in tell(records)] == [
        "alice's line: 30 ms delay to the agent; 30 ms delay, 20 ms jitter, 2 % loss in bursts of 1.5 back",
        "bob's line: 30 ms delay",
        "bob's room: pink noise 15 dB below the voice, echo after 120 ms at -30 dB, microphone at -6 dB",
        "carol's line: nothing from 4 to 4.7 s back",
        "alice's line: 9 of 100 packets to the agent were missing (5 lost, 4 late)",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["up", "down", "outages", "at_s", "for_s", "loss", "burst", "noise", "echo"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    kind=st.sampled_from(["network", "acoustics", "network.counts", "shows", "typed", "reconnected"]),
    data=st.dictionaries(
        st.sampled_from(["up", "down", "noise", "snr_db", "echo", "gain_db", "track", "text", "in_time"]),
        JSON,
    ),
)
def test_no_record_is_too_odd_for_a_story(kind: str, data: dict[str, object]) -> None:
    tell([Record(0, "alice", kind, data)])
