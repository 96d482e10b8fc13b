"""Whatever is changed in what the main job left behind is refused and named; what is thrown away is made again."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from county.intake import Intake
from county.pack_reading import PublishedLibrary
from county.store.database import Database
from county.verification import verify
from sync import county_config
from sync.clock import FixedClock
from sync.county_config import CountyConfig
from sync.gateway.store.sqlite import SqliteStore
from sync.journal import JournalReader
from sync.protocol.relay import Relay
from sync.protocol.segment import Segment
from sync.record import RecordRefused
from tests.village.conftest import Told
from tests.village.ends import Ends, select
from tests.village.scene import AFTERNOON_MS

PARTS = ("header", "body", "signature")
BYTES_MAX = 1 << 30


@pytest.fixture
def spoiled(told: Told, tmp_path: Path) -> Ends:
    """A copy of everything that the main job left, to be spoiled."""
    ends = told.copied(tmp_path / "stage")
    for path in (ends.journal, ends.gateway, ends.county, ends.transport):
        # Into one file: a change must not hide behind what still stands in the log beside it.
        change(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    return ends


def change(path: Path, statement: str, *arguments: object) -> None:
    """Change a file behind the back of its program."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement, arguments).fetchall()
    connection.close()


def flipped(path: Path, table: str, rng: random.Random) -> Iterator[tuple[bytes | None, int, str]]:
    """Change one byte of each stored part of each record, one at a time; yields (chain, seq, part) and puts it back."""
    has_chain = any(row[1] == "chain" for row in select(path, f"PRAGMA table_info({table})"))
    chain_column = "chain" if has_chain else "NULL"
    for part in PARTS:
        rows = select(path, f"SELECT rowid, {chain_column}, seq, {part} FROM {table}")
        for row_id, chain, seq, held in rows:
            if not held:
                continue
            assert isinstance(held, bytes)
            changed = bytearray(held)
            changed[rng.randrange(len(changed))] ^= rng.randrange(1, 256)
            change(path, f"UPDATE {table} SET {part} = ? WHERE rowid = ?", bytes(changed), row_id)
            yield chain if isinstance(chain, bytes) else None, int(str(seq)), part
            change(path, f"UPDATE {table} SET {part} = ? WHERE rowid = ?", held, row_id)


def test_any_byte_changed_in_the_journal_is_named(spoiled: Ends, rng: random.Random) -> None:
    reader = JournalReader.open(spoiled.journal)
    tried = 0
    for _, seq, part in flipped(spoiled.journal, "records", rng):
        flaws = [str(flaw) for flaw in reader.audit().flaws]
        assert len(flaws) == 1, (seq, part, flaws)
        assert flaws[0].startswith(f"record {seq}, "), (seq, part, flaws)
        assert part in flaws[0], (seq, part, flaws)
        tried += 1
    assert tried > 2 * len(spoiled.terminal_records())
    assert reader.audit().flaws == ()
    reader.close()


def test_any_byte_changed_at_the_county_is_named(spoiled: Ends, rng: random.Random) -> None:
    database = Database(spoiled.county, spoiled.keyring)
    for chain, seq, part in flipped(spoiled.county, "records", rng):
        faults = list(verify(database))
        assert len(faults) == 1, (seq, part, faults)
        assert chain is not None
        assert chain.hex() in faults[0], (seq, part, faults)
        # A header that is another one shows at the record that names it.
        assert f"record {seq}" in faults[0] or f"record {seq + 1}" in faults[0], (seq, part, faults)
    assert list(verify(database)) == []
    database.close()


def test_any_byte_changed_at_the_gateway_is_believed_by_nobody(
    spoiled: Ends, tmp_path: Path, rng: random.Random
) -> None:
    trust = CountyConfig.load(spoiled.stage.county_dir).trust(spoiled.stage.county_dir)
    library = PublishedLibrary(spoiled.stage.county_dir / county_config.PACKS_DIRECTORY, trust)

    def hand_on(to: Path) -> list[str]:
        """Let a county that has nothing yet take in what the gateway hands on; return what it says against it."""
        store, database = SqliteStore(spoiled.gateway), Database(to, spoiled.keyring)
        try:
            admitted = store.admitted_after(0, BYTES_MAX)
            # A place whose records are not whole any more is handed on empty.
            segments = [Segment.of(list(each.records)).encode() if each.records else b"" for each in admitted]
            relays = [
                Relay(each.admission, each.statement, segment) for each, segment in zip(admitted, segments, strict=True)
            ]
            taken = Intake(database, library.current, trust, FixedClock(AFTERNOON_MS)).take(relays)
            assert taken.refused or taken.stored == sum(len(each.records) for each in admitted)
            return [str(reason) for (reason,) in select(to, "SELECT reason FROM alarms")]
        except RecordRefused as refusal:
            return [str(refusal)]
        finally:
            store.close()
            database.close()

    assert hand_on(tmp_path / "sound.db") == []
    for chain, seq, part in flipped(spoiled.gateway, "records", rng):
        assert chain is not None
        assert hand_on(tmp_path / f"{chain.hex()}-{seq}-{part}.db"), (seq, part)
