"""No nonce of a content key ever meets two bodies, whatever fails on the way (hypothesis)."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace

from sync import cbor
from sync.clock import FixedClock
from sync.journal import Journal, TransactionOpen
from sync.keys import FileSigner
from sync.model.facts import ActorClass, Fact, Kind
from sync.reading import fact_of
from sync.record import HEADER_BYTES_MAX, BodyTooLarge, Header, decode_header, has_body
from tests.seals import READERS, keys_of
from tests.sync.village import CASE_NO, INVITED, TAKEN_IN

HOUR_MS = 3_600_000
BEFORE_MIDNIGHT_MS = 1_795_446_000_000  # 2026-11-23 23:00 +08:00
TOO_LARGE = replace(TAKEN_IN, values={"reason": "x" * (1 << 17)})


class Abandoned(Exception):
    """Something in the middle of a transaction went wrong."""


class WatchedSigner:
    """A terminal's key that sees every header before anybody else does, also of what is never committed.

    `sealed` has what was sealed at every nonce: by the digest of the content key and the seq, the digests of bodies.
    """

    def __init__(self, signer: FileSigner) -> None:
        self._signer = signer
        self._telling: dict[int, bytes] = {}
        self.public_key = signer.public_key
        self.sealed: dict[tuple[bytes, int], set[bytes]] = defaultdict(set)

    def sign(self, message: bytes) -> bytes:
        signed = cbor.decode(message, cbor.Limits(HEADER_BYTES_MAX + 64, values_max=HEADER_BYTES_MAX))
        assert isinstance(signed, tuple)
        assert isinstance(signed[3], bytes)
        self._see(decode_header(signed[3]))
        return self._signer.sign(message)

    def _see(self, header: Header) -> None:
        if header.kind == Kind.CONTENT_KEY_SEALED:
            digest = header.plain[0]
            assert isinstance(digest, bytes)
            # The newest key of a number counts: the one before it was rolled back.
            self._telling[header.seq] = digest
        elif header.content_key is not None:
            self.sealed[self._telling[header.content_key], header.seq].add(header.body_digest)


class TroubledJournal(RuleBasedStateMachine):
    """Days pass, programs start, transactions fail early and late; every body that is sealed is another."""

    def __init__(self) -> None:
        super().__init__()
        self._home = tempfile.TemporaryDirectory()
        self.path = Path(self._home.name) / "journal.db"
        self.signer = WatchedSigner(FileSigner.create(Path(self._home.name) / "key.pem"))
        self.clock = FixedClock(BEFORE_MIDNIGHT_MS)
        self.number = 0
        self.kept: list[Fact] = []
        self.start()

    def start(self) -> None:
        self.journal = Journal.open_or_create(self.path, self.signer, READERS, self.clock)
        self.journal.connection.execute("PRAGMA synchronous = OFF")  # no power is cut here
        self.journal.connection.execute("PRAGMA foreign_keys = ON")
        self.journal.connection.execute("CREATE TABLE IF NOT EXISTS slips (number INTEGER PRIMARY KEY)")
        self.journal.connection.execute(
            "CREATE TABLE IF NOT EXISTS copies (slip REFERENCES slips (number) DEFERRABLE INITIALLY DEFERRED)"
        )

    def teardown(self) -> None:
        self.journal.close()
        self._home.cleanup()

    def facts(self, bodies: list[bool]) -> list[Fact]:
        """Facts that were never written before, with a body or without."""
        made: list[Fact] = []
        for body in bodies:
            self.number += 1
            made.append(
                replace(TAKEN_IN, values={"number": self.number}) if body else replace(INVITED, visit=self.number)
            )
        return made

    def write(
        self,
        facts: list[Fact],
        statement: str = "SELECT 1",
        *,
        failure: Exception | None = None,
        swallowed: type[Exception] = Abandoned,
    ) -> None:
        """Write facts in one transaction; at its end run a statement, and fail if told to."""
        with self.journal.transaction() as writing:
            for happened in facts:
                with suppress(swallowed):
                    writing.append(happened, actor="A01", actor_class=ActorClass.AGENT, case_no=CASE_NO)
            writing.connection.execute(statement)
            if failure is not None:
                raise failure

    @rule(bodies=some.lists(some.booleans(), min_size=1, max_size=3))
    def append(self, bodies: list[bool]) -> None:
        facts = self.facts(bodies)
        self.write(facts)
        self.kept += facts

    @rule(bodies=some.lists(some.booleans(), max_size=3))
    def abandon(self, bodies: list[bool]) -> None:
        with pytest.raises(Abandoned):
            self.write(self.facts(bodies), failure=Abandoned())

    @rule(bodies=some.lists(some.booleans(), max_size=3))
    def fail_to_commit(self, bodies: list[bool]) -> None:
        """Nothing is wrong before the very end."""
        with pytest.raises(sqlite3.IntegrityError):
            self.write(self.facts(bodies), "INSERT INTO copies VALUES (-1)")

    @rule(bodies=some.lists(some.booleans(), max_size=3), swallowed=some.booleans())
    def append_too_much(self, bodies: list[bool], swallowed: bool) -> None:
        with pytest.raises(TransactionOpen if swallowed else BodyTooLarge):
            self.write([*self.facts(bodies), TOO_LARGE], swallowed=BodyTooLarge if swallowed else Abandoned)

    @rule(body=some.booleans(), action=some.sampled_from(["ROLLBACK", "ABORT"]))
    def fail_to_insert(self, body: bool, action: str) -> None:
        """SQLite does not take the record, and may roll back by itself, as on a full disk."""
        self.journal.connection.execute(
            "CREATE TEMP TRIGGER no_room BEFORE INSERT ON records WHEN new.case_no NOT NULL"
            f" BEGIN SELECT RAISE({action}, 'no room'); END"
        )
        with pytest.raises(sqlite3.IntegrityError):
            self.write(self.facts([body]))
        self.journal.connection.execute("DROP TRIGGER no_room")

    @rule()
    def start_again(self) -> None:
        self.journal.close()
        self.start()

    @rule(hours=some.sampled_from([0, 1, 5, 24]))
    def let_time_pass(self, hours: int) -> None:
        self.clock.advance(hours * HOUR_MS)

    @rule(hours=some.sampled_from([-24, -1, 1]))
    def set_the_clock(self, hours: int) -> None:
        self.clock.set_wall(self.clock.wall_ms() + hours * HOUR_MS)

    @invariant()
    def no_nonce_met_two_bodies(self) -> None:
        assert {nonce: bodies for nonce, bodies in self.signer.sealed.items() if len(bodies) > 1} == {}

    @invariant()
    def the_county_reads_what_was_written_and_nothing_else(self) -> None:
        keys = keys_of(self.journal)
        assert [fact_of(each, keys) for each in self.journal.records_of_case(CASE_NO)] == self.kept

    @invariant()
    def every_body_is_sealed_with_the_newest_key_that_was_told_before(self) -> None:
        newest = None
        for record in self.journal.read(0, 10_000):
            if record.header.kind == Kind.CONTENT_KEY_SEALED:
                newest = record.header.seq
            elif has_body(fact_of(record, keys_of(self.journal))):
                assert record.header.content_key == newest


def test_no_content_key_seals_two_bodies_with_one_number_whatever_fails() -> None:
    run_state_machine_as_test(TroubledJournal, settings=settings(max_examples=60, stateful_step_count=25))
