"""A terminal takes the place of another: the county gives it the open cases, with all that happened in them.

Nobody asks for it. As soon as the new terminal has told the key of its desk, every case that has not ended and that a
terminal before it had is told to it record by record, sealed to that desk, and then said to be its own. What comes to
count of the old chain later, or counts no longer, is told in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress

from county.casefile import read_case_file
from county.library import Library
from county.papers import paper_of
from county.pen import Pen, PointCannotRead, PointNotGranted, keep
from county.projection import project
from county.store.cases import CaseTable
from county.store.database import Database
from county.store.ledger import Ledger, StoredRecord
from county.store.successions import Lineage, Successions
from sync import giving
from sync.model.case import Case
from sync.model.facts import Author, CaseGiven, ChainEnd, Kind, RecordGiven
from sync.model.plain import FactDoesNotFit, field_of
from sync.reading import Keys, open_body
from sync.record import BodyTooLarge, RecordRefused, decode_header
from sync.sealing import Recipient

CASES_AT_ONCE = 20
"""In one transaction; a clerk's answer never waits for more."""
_NOT_FOR_DESKS = frozenset({Kind.RATING_GIVEN, Kind.RATING_REASONS_GIVEN})
"""What villagers said of the point: no desk reads it, so none is told."""
_log = logging.getLogger(__name__)


class TooLargeToGive(Exception):
    """A record of the case does not fit into another one."""


class CaseGiver:
    """Gives cases; to be called between pulling and sending.

    Args:
        database: the store.
        pen: writes on the county's chains.
    """

    def __init__(self, database: Database, pen: Pen) -> None:
        self._database = database
        self._pen = pen
        self._too_large: set[str] = set()

    def tend(self, library: Library) -> int:
        """Give what waits to be given, those that run out first before the others; returns how many cases.

        Nothing while the store catches up after a backup: what was given since is not here yet.
        """
        with self._database.reading() as connection:
            ledger, successions = Ledger(connection), Successions(connection)
            if ledger.catching_up():
                return 0
            waiting = [
                (lineage, number)
                for lineage in successions.lineages()
                if ledger.desk_key(lineage.region, lineage.heir) is not None
                for number in successions.not_given(lineage)
            ]
        given = 0
        for at in range(0, len(waiting), CASES_AT_ONCE):
            with self._pen.answer_keys.whole(), self._database.writing() as connection:
                for lineage, number in waiting[at : at + CASES_AT_ONCE]:
                    given += self._give(Ledger(connection), number, lineage, library)
        return given

    def _give(self, ledger: Ledger, number: str, lineage: Lineage, library: Library) -> int:
        keys = self._database.keyring.among(ledger.record_at)
        try:
            give(self._pen, ledger, keys, number, lineage.heir)
        except (PointCannotRead, PointNotGranted):
            return 0
        except TooLargeToGive as refusal:
            if number not in self._too_large:
                _log.error("case %s stays with the county: %s", number, refusal)
                self._too_large.add(number)
            return 0
        CaseTable(ledger.connection).write(project(read_case_file(number, ledger.of_case(number), keys), library))
        return 1


def holder_of(case: Case) -> tuple[str, str]:
    """Return region and number of the terminal that has a case: the one it was given to last, or that took it in."""
    return case.number[:12], case.given_to or case.number[18:20]


def give_again(pen: Pen, ledger: Ledger, keys: Keys, numbers: Iterable[str]) -> None:
    """Tell the terminals that were given these cases what has come to count in them, or counts no longer.

    To be called as `Pen.compose`. Raises PointNotGranted, PointCannotRead.
    """
    for number in numbers:
        case = read_case_file(number, ledger.of_case(number), keys).case
        if case.given_to:
            with suppress(TooLargeToGive):  # then it stays parked with the case
                give(pen, ledger, keys, number, case.given_to)


def give(pen: Pen, ledger: Ledger, keys: Keys, number: str, terminal: str) -> None:
    """Tell a terminal what it does not know of a case, and that the case is its own.

    To be called as `Pen.compose`. Raises PointNotGranted, PointCannotRead, TooLargeToGive; nothing is written then.
    """
    held = ledger.of_case(number)
    file = read_case_file(number, held, keys)
    # What was rated afterwards is settled by the county alone, wherever it was written.
    records = [each for each in held if each.record.header.kind != Kind.RATED_LATER]
    to = number[:12], terminal
    whose = {chain: known.terminal for chain in _chains(records) if (known := ledger.chain(chain)) is not None}
    if ledger.desk_key(*to) is None:
        raise PointCannotRead("-".join(to))
    told = _told(records, whose, terminal)
    facts = [
        (_again(each, keys), paper_of(file) if each.author is Author.COUNTY else None)
        for each in records
        if each.record.header.kind != Kind.RECORD_GIVEN
        and whose[each.record.header.chain] != terminal
        and (each.record.header.chain, each.record.header.seq) not in told
    ]
    for fact, paper in facts:
        _write(pen, ledger, to, number, fact, paper)
    own = [each.record.header for each in records if each.author is Author.TERMINAL]
    seen = max(((each.seq, each.chain) for each in own if whose[each.chain] == terminal), default=(0, b""))
    given = CaseGiven(
        seen_chain=seen[1],
        seen_seq=seen[0],
        terminal=terminal,
        times=file.case.given + (file.case.given_to != terminal),
        until=_until(records, whose, terminal),
    )
    keep(ledger, pen.compose(ledger, to, given, case_no=number))


def _write(
    pen: Pen, ledger: Ledger, to: tuple[str, str], number: str, fact: RecordGiven, paper: Recipient | None
) -> None:
    try:
        record = pen.compose(ledger, to, fact, case_no=number, paper=paper)
    except BodyTooLarge:
        # As large as a record may be: it goes without its body, as one whose body was erased.
        record = pen.compose(ledger, to, RecordGiven(author=fact.author, header=fact.header), case_no=number)
    keep(ledger, record)


def _again(stored: StoredRecord, keys: Keys) -> RecordGiven:
    """Return the fact that tells a record again. Raises TooLargeToGive."""
    record = stored.record
    if len(record.header_bytes) > giving.HEADER_BYTES_MAX:
        raise TooLargeToGive(f"record {record.header.seq} has {len(record.header_bytes)} bytes in its header")
    try:
        body = None if record.header.kind in _NOT_FOR_DESKS else open_body(record, keys)
    except RecordRefused:
        body = None
    return giving.tell(record, stored.author, body)


def _told(records: list[StoredRecord], whose: dict[bytes, str], terminal: str) -> set[tuple[bytes, int]]:
    """Return chain and seq of all that a terminal was told again of a case."""
    found = set()
    for each in records:
        header = each.record.header
        if header.kind == Kind.RECORD_GIVEN and whose[header.chain] == terminal:
            inner = decode_header(field_of(RecordGiven, "header", header.plain))
            found.add((inner.chain, inner.seq))
    return found


def _until(records: list[StoredRecord], whose: dict[bytes, str], terminal: str) -> tuple[ChainEnd, ...]:
    """Return up to where the other terminals' chains count in a case.

    A chain that was named before and has nothing here any more is named with 0.
    """
    ends: dict[bytes, int] = {}
    for each in records:
        header = each.record.header
        if header.kind == Kind.CASE_GIVEN and each.author is Author.COUNTY:
            try:
                ends |= dict.fromkeys((end.chain for end in field_of(CaseGiven, "until", header.plain)), 0)
            except FactDoesNotFit:
                continue
    for each in records:
        header = each.record.header
        if each.author is Author.TERMINAL and whose[header.chain] != terminal:
            ends[header.chain] = max(ends.get(header.chain, 0), header.seq)
    return tuple(ChainEnd(chain=chain, seq=seq) for chain, seq in ends.items())


def _chains(records: list[StoredRecord]) -> set[bytes]:
    return {each.record.header.chain for each in records}
