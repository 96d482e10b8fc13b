"""Which checkpoint of the county a record names: the newest, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.clock import FixedClock
from sync.journal import Journal
from sync.journal.reader import JournalReader
from sync.keys import FileSigner
from sync.model.facts import ActorClass
from sync.record import HeaderMalformed
from tests.seals import READERS
from tests.sync.village import INVITED

NOW_MS = 1_795_415_520_000
HOUR_MS = 3_600_000


class Abandoned(Exception):
    """Something in the middle of a transaction went wrong."""


@pytest.fixture
def signer(tmp_path: Path) -> FileSigner:
    return FileSigner.create(tmp_path / "key.pem")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW_MS, boot_ms=50_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


class Seen:
    """The newest checkpoint as the kiosk would read it."""

    hash: bytes | None = None

    def __call__(self) -> bytes | None:
        return self.hash


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def named(path: Path, signer: FileSigner, clock: FixedClock, seen: Seen) -> Iterator[Journal]:
    opened = Journal.open_or_create(path, signer, READERS, clock, checkpoint=seen)
    yield opened
    opened.close()


def append(journal: Journal) -> None:
    with journal.transaction() as writing:
        writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT)


def abandon(journal: Journal) -> None:
    with journal.transaction() as writing:
        writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT)
        raise Abandoned


def names(journal: Journal) -> list[bytes | None]:
    """Which checkpoint each record names."""
    return [record.header.checkpoint for record in journal.read(0, 100)]


def test_before_the_first_checkpoint_no_record_names_one(named: Journal) -> None:
    append(named)
    assert names(named) == [None]
    assert 9 not in named.read(0, 1)[0].header.to_map()


def test_the_first_record_after_a_new_checkpoint_names_it(named: Journal, seen: Seen) -> None:
    append(named)
    seen.hash = b"\x01" * 32
    append(named)
    append(named)
    seen.hash = b"\x02" * 32
    append(named)
    seen.hash = None
    append(named)
    assert names(named) == [None, b"\x01" * 32, None, b"\x02" * 32, None]


def test_two_records_of_one_transaction_name_it_once_and_a_clock_that_moved_too(
    named: Journal, seen: Seen, clock: FixedClock
) -> None:
    append(named)
    seen.hash = b"\x01" * 32
    clock.set_wall(clock.wall_ms() + HOUR_MS)
    append(named)
    assert names(named) == [None, b"\x01" * 32, None]


def test_a_checkpoint_that_was_rolled_back_with_its_record_is_named_by_the_next(named: Journal, seen: Seen) -> None:
    seen.hash = b"\x01" * 32
    with pytest.raises(Abandoned):
        abandon(named)
    append(named)
    assert names(named) == [b"\x01" * 32]


def test_after_a_restart_the_first_record_names_the_newest_again(
    path: Path, signer: FileSigner, clock: FixedClock, seen: Seen
) -> None:
    seen.hash = b"\x01" * 32
    held: list[bytes | None] = []
    for _ in range(2):
        journal = Journal.open_or_create(path, signer, READERS, clock, checkpoint=seen)
        append(journal)
        append(journal)
        journal.close()
    reader = JournalReader.open(path)
    held = [record.header.checkpoint for record in reader.read(0, 100)]
    reader.close()
    assert held == [b"\x01" * 32, None, b"\x01" * 32, None]


def test_what_is_no_hash_never_enters_the_chain(named: Journal, seen: Seen) -> None:
    seen.hash = b"short"
    with pytest.raises(HeaderMalformed):
        append(named)
    seen.hash = None
    append(named)
    assert names(named) == [None]
