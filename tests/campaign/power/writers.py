"""`python -m tests.campaign.power.writers DIRECTORY NAME`: a real writer of the product, to be traced.

After everything that it would report to somebody it writes a line to the report: what must be there after any cut.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from kiosk.desk import SYSTEM, Actor, Desk
from sync.clock import FixedClock
from sync.durable import create_file, replace_file
from sync.gateway.store import Grant, Submission
from sync.gateway.store.sqlite import SqliteStore
from sync.journal import Journal
from sync.keys import Purpose
from sync.model.county_day import CountyDay
from sync.peer_name import PeerName, PeerRole
from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.checkpoint import Checkpoint
from sync.record import Link, Record
from sync.sealing import Recipient
from sync.transport.reader import TransportReader
from sync.transport.transport import Transport
from tests.campaign.power.carried import CARRIED, Report
from tests.campaign.power.trace import REPORT
from tests.campaign.village import chance, estate
from tests.county.village import NOON_MS, number_of
from tests.sync.village import INVITED, TAKEN_IN, chain_of

NAME = PeerName(estate.COUNTY, PeerRole.TERMINAL, "990101102203", "01")
CASE_NO = number_of(1)
TRANSACTIONS = 240
RESTARTS = 3
"""SQLite moves the log into the file when it is closed, and after 1,000 pages: both happen."""


def journal(directory: Path, report: Report) -> None:
    """A desk writes facts, in transactions of one to three, and is started again now and then."""
    clock = FixedClock(NOON_MS)
    killed = []
    for start in range(RESTARTS):
        opened = open_journal(directory, clock)
        inbox = TransportReader(directory / "transport.db")
        desk = Desk(opened, inbox, estate.desk_key(NAME).recipient, lambda: CountyDay(clock.wall_ms()), NAME.region, 1)
        for number in range(TRANSACTIONS // RESTARTS):
            clock.advance(60_000)
            fact = TAKEN_IN if number % 3 == 0 else INVITED
            seq = desk.note(fact, SYSTEM if fact is INVITED else Actor("A01"), CASE_NO)
            written = opened.record(seq)
            report(f"{seq} {written.hash.hex() if written else ''}")
        if start % 2:
            opened.close()
        else:
            # As a kill would: the log stays and is found by the next start.
            os.close(opened._lock._handle)
            opened._lock._handle = -1
            killed.append(opened)


def _readers() -> tuple[Recipient, ...]:
    return (*estate.county_readers(0), estate.desk_key(NAME).recipient)


def open_journal(directory: Path, clock: FixedClock) -> Journal:
    """The journal as the kiosk opens it."""
    return Journal.open_or_create(directory / "journal.db", estate.signer("record"), _readers(), clock)


def transport(directory: Path, report: Report) -> None:
    """A sync process keeps acknowledgements, checkpoints and the county's records."""
    answers = county_records()
    kept = Transport.open_or_create(directory / "transport.db")
    for number, record in enumerate(answers, 1):
        kept.keep_records([record])
        report(f"inbox {number}")
        kept.keep_acknowledgement(Acknowledgement(Link(b"terminal", number, bytes(32)), NOON_MS), b"answer" * 60)
        report(f"acknowledgement {number}")
        kept.keep_checkpoint(Checkpoint(number, bytes(32), NOON_MS + number, 1), b"answer" * 200)
        report(f"checkpoint {number}")
        if number == len(answers) // 2:
            kept.close()
            kept = Transport.open_or_create(directory / "transport.db")
    kept.close()


@cache
def county_records() -> tuple[Record, ...]:
    """Records of one chain, the same in every process."""
    with chance.drawn_from(Random("power")):
        return tuple(chain_of(estate.signer("county chain"), 40))


def gateway(directory: Path, report: Report) -> None:
    """A gateway appends segments and lets the tree grow."""
    store = SqliteStore(directory / "gateway.db")
    enrol(store)
    records = terminal_records()
    for first in range(0, len(records), 3):
        part = records[first : first + 3]
        (decision,) = store.append([Submission(part, NAME, b"wire")], NOON_MS + first)
        assert decision.head is not None
        report(f"head {decision.head.seq}")
        stated = store.grow_tree(NOON_MS + first)
        report(f"tree {stated.size if stated else 0}")
        if first == len(records) // 2 // 3 * 3:
            store.close()
            store = SqliteStore(directory / "gateway.db")
    store.close()


def enrol(store: SqliteStore) -> None:
    """Let the one terminal in."""
    key, county = estate.signer("record").public_key, estate.signer("county chain").public_key
    statement = estate.statement(Purpose.TERMINAL_CHAIN, key, NAME.urn())
    store.add_grant(Grant("token", b"digest", NAME, "点", estate.FOREVER_MS), county, statement)
    store.use_grant("token", b"request", b"answer", key, statement)


@cache
def terminal_records() -> tuple[Record, ...]:
    """What the terminal sends, the same in every process."""
    with chance.drawn_from(Random("power")):
        return tuple(chain_of(estate.signer("record"), 90))


def files(directory: Path, report: Report) -> None:
    """Keys are created, and configuration is replaced, again and again."""
    for number in range(40):
        create_file(directory / f"key-{number}", content_of(number))
        report(f"created {number}")
        replace_file(directory / "config", content_of(number))
        report(f"replaced {number}")


def content_of(number: int) -> bytes:
    """The content of the file of a number: several sectors that tell which they are."""
    return b"".join(b"%06d %06d\n" % (number, line) for line in range(90))


WRITERS: dict[str, Callable[[Path, Report], None]] = {
    "journal": journal,
    "transport": transport,
    "gateway": gateway,
    "files": files,
    **{name: each.write for name, each in CARRIED.items()},
}


def main(arguments: list[str]) -> None:
    """Write, and report."""
    directory, name = Path(arguments[0]), arguments[1]
    handle = os.open(directory / REPORT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def report(line: str) -> None:
        os.write(handle, line.encode() + b"\n")

    WRITERS[name](directory, report)
    os.close(handle)


if __name__ == "__main__":
    main(sys.argv[1:])
