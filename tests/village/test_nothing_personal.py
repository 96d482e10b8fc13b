"""What a stolen disk shows: the files of terminal and gateway after the whole story, byte by byte."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from sync.model.facts import Kind
from sync.reading import NO_KEYS, fact_of
from sync.record import BodySealed
from tests.tour.walk import IDENTITY
from tests.village.conftest import Told
from tests.village.ends import Ends

PERSONAL = ("李秀兰", IDENTITY, "000-5550-123", "00055500123", "6200000000000001")
"""What the story's applicant told: name, identity number, telephone as shown and as typed, bank account."""
MASKED = "李＊兰"


@pytest.fixture
def copied(told: Told, tmp_path: Path) -> Ends:
    """A copy of everything that the main job left."""
    return told.copied(tmp_path / "stage")


def shown(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, with what SQLite still keeps in pages that nothing refers to."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def found(directory: Path) -> set[tuple[str, str]]:
    """Which file shows what."""
    packs = ("packs/",)  # published to everybody; an agent's name or an example may stand there
    return {
        (name, word)
        for name, content in shown(directory).items()
        if not name.startswith(packs)
        for word in PERSONAL
        if word.encode() in content
    }


def test_the_gateways_disk_names_nobody(copied: Ends) -> None:
    assert found(copied.stage.gateway_dir) == set()


def test_the_terminals_disk_names_nobody_but_in_masks(copied: Ends) -> None:
    assert found(copied.stage.terminal_dir) == set()
    assert MASKED.encode() in b"".join(shown(copied.stage.terminal_dir).values()), "the desk lists masked names"


def test_a_journal_that_is_cleaned_up_names_nobody_either(copied: Ends) -> None:
    with sqlite3.connect(copied.journal) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert found(copied.stage.terminal_dir) == set()


def test_the_search_would_find_what_is_not_sealed(copied: Ends, tmp_path: Path) -> None:
    shutil.copytree(copied.stage.gateway_dir, tmp_path / "gateway")
    (tmp_path / "gateway" / "note.txt").write_text("李秀兰", "utf-8")
    assert found(tmp_path / "gateway") == {("note.txt", "李秀兰")}


def test_whoever_has_no_key_reads_headers_only(copied: Ends) -> None:
    [taken_in, *_] = [each for each in copied.terminal_records() if each.header.kind == Kind.CASE_TAKEN_IN]
    with pytest.raises(BodySealed):
        fact_of(taken_in, NO_KEYS)
    assert fact_of(taken_in, copied.keys(copied.county)) == fact_of(taken_in, copied.keys(copied.gateway))
