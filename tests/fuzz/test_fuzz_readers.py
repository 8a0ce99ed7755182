"""Everything that fuzzing has found, or that was worth a try, stays harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.readers import CHECKS, furnish

CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("in")
    furnish(found, tmp_path_factory.mktemp("out"))
    return found


@pytest.mark.parametrize(
    "file", sorted(CORPUS.rglob("*.*")), ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_a_reader_keeps_its_promise(file: Path, folder: Path) -> None:
    CHECKS[file.parent.name](file.read_bytes(), folder)
