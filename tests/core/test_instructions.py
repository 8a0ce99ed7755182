from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.agents import Agent
from agentkit.core.agents.instructions import MAX_CHARS, Instructions
from agentkit.core.edge import EdgeTransport, User
from simulator.clock import run
from simulator.providers import ScriptedLLM
from simulator.scenario.playing.call_stage import CallStage


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with what a concierge has to know."""
    base = tmp_path / "house"
    (base / "rules").mkdir(parents=True)
    (base / "rooms.md").write_text("Seven of Clubs: third floor.\n")
    (base / "rules" / "pets.md").write_text("# Pets\n\nWelcome. See @rules/noise.md.\n")
    (base / "prices.txt").write_text("80 euros")
    (tmp_path / "secret.md").write_text("1234")
    return base


def test_instructions_without_files_are_what_was_written() -> None:
    assert Instructions("Be kind.").full_reference == "Be kind."
    assert Instructions().full_reference == ""
    assert str(Instructions("Be kind.")) == "Be kind."


def test_the_files_follow_the_text_that_mentions_them_each_once_in_order(house: Path) -> None:
    told = Instructions("Follow @rules/pets.md. Offer @rooms.md (see @./rooms.md).", base=house)
    assert told.full_reference == (
        "Follow @rules/pets.md. Offer @rooms.md (see @./rooms.md).\n\n"
        "## @rules/pets.md\n\n# Pets\n\nWelcome. See @rules/noise.md.\n\n"
        "## @rooms.md\n\nSeven of Clubs: third floor."
    )
    assert list(told.files) == ["rules/pets.md", "rooms.md"]


def test_paths_are_relative_to_the_working_directory(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(house)
    assert "third floor" in Instructions("@rooms.md").full_reference


def test_addresses_and_handles_are_no_files(house: Path) -> None:
    text = "Write to desk@rooms.md or info@hotel.com, and greet @alice, @bob.smith and @@rooms.md."
    assert Instructions(text, base=house).full_reference == text


def test_a_missing_file_is_refused_with_its_path_and_the_nearest_ones(house: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        Instructions("Read @room.md.", base=house)
    assert str(error.value) == (
        f"instructions mention @room.md: expected a file at {house}/room.md, found none; did you mean @rooms.md?"
    )


def test_the_nearest_file_may_be_in_another_folder(house: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"did you mean @rules/pets\.md\?"):
        Instructions("Read @pets.md.", base=house)


def test_where_nothing_is_near_it_says_what_paths_are_relative_to(house: Path) -> None:
    with pytest.raises(FileNotFoundError, match="relative to the working directory unless Instructions"):
        Instructions("Read @xyzzy.md.", base=house)


@pytest.mark.parametrize("mention", ["@../secret.md", "@rules/../../secret.md", "@leak.md"])
def test_no_path_leads_out_of_the_folder(house: Path, mention: str) -> None:
    (house / "leak.md").symlink_to(house.parent / "secret.md")
    with pytest.raises(ValueError, match=f"expected a file in {house}, found that it leads to .*/secret.md"):
        Instructions(f"Read {mention}", base=house)


def test_absolute_paths_lead_out_too(house: Path) -> None:
    with pytest.raises(ValueError, match="expected a file in"):
        Instructions("Read @/etc/hosts.md", base=house)


def test_a_file_that_is_not_markdown_is_refused(house: Path) -> None:
    with pytest.raises(
        ValueError, match=r"expected a Markdown file, whose name ends in \.md, found .*prices\.txt"
    ):
        Instructions("Read @prices.txt", base=house)


def test_a_folder_is_no_file(house: Path) -> None:
    (house / "old.md").mkdir()
    with pytest.raises(FileNotFoundError, match="expected a file at"):
        Instructions("Read @old.md", base=house)


def test_what_is_not_text_is_refused(house: Path) -> None:
    (house / "picture.md").write_bytes(b"\x89PNG\xff")
    with pytest.raises(ValueError, match=r"expected UTF-8 text in .*picture\.md"):
        Instructions("Read @picture.md", base=house)


def test_all_files_together_have_a_limit(house: Path) -> None:
    for name in "ab":
        (house / f"{name}.md").write_text("x" * (MAX_CHARS // 2 + 1))
    Instructions("@a.md", base=house)
    with pytest.raises(ValueError, match="expected at most 200,000 characters in all files, found 200,002"):
        Instructions("@a.md @b.md", base=house)


def test_instructions_are_text(house: Path) -> None:
    with pytest.raises(TypeError, match="expected text, found PosixPath"):
        Instructions(house)  # type: ignore[arg-type]


def test_an_agent_gives_its_model_and_its_conversation_all_of_it(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house)
    llm = ScriptedLLM()

    def create_agent(*, edge: EdgeTransport) -> Agent:
        return Agent(edge=edge, agent_user=User(name="Desk"), instructions="Offer @rooms.md.", llm=llm)

    async def main() -> None:
        async with CallStage(agent=create_agent) as call:
            told = call.the_agent.instructions.full_reference
            assert told == "Offer @rooms.md.\n\n## @rooms.md\n\nSeven of Clubs: third floor."
            assert llm.instructions == told
            assert call.conversation is not None
            assert call.conversation.instructions == told

    run(main())


@given(st.text(alphabet="@./a b\n~md-", max_size=30))
def test_any_text_is_taken_or_refused_and_never_reads_outside(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    base = tmp_path_factory.getbasetemp() / "within" / "base"
    base.mkdir(parents=True, exist_ok=True)
    (base.parent / "a.md").write_text("secret")
    (base / "a.md").write_text("known")
    try:
        told = Instructions(text, base=base)
    except (FileNotFoundError, ValueError):
        return
    assert "secret" not in told.full_reference
    assert told.full_reference.startswith(text)
