"""Gathers what a terminal knows of the time, from what it holds: see `sync.model.county_day`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sync.clock import Clock
from sync.journal import JournalDamaged, JournalReader, JournalRefused
from sync.model.county_day import AHEAD_MS, CountyDay
from sync.protocol.acknowledgement import Acknowledgement
from sync.record import Record
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused

PAGE_RECORDS = 200


class KnownDay:
    """Knows the newest moment that has certainly passed.

    That is the latest of: the county's newest acknowledgement and its newest checkpoint, whose signatures were checked
    before they were stored; the day the newest pack was issued; what this terminal wrote and the county has not
    acknowledged. What it has acknowledged was written before it did, whatever a clock of that day said. The newest
    word of the county counts and not the largest, so that a mistake of the county's clock ends with its next word;
    of the terminal's own records, one from a clock that was years ahead counts for nothing.

    Args:
        clock: what the terminal goes by.
        journal: the terminal's records; None where there are none yet.
        county: what the sync process has stored.
        issued_ms: returns when the newest pack in use was issued, ms since 1970 UTC.
    """

    def __init__(
        self, clock: Clock, journal: JournalReader | None, county: TransportReader, issued_ms: Callable[[], int]
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._county = county
        self._issued_ms = issued_ms
        self._county_ms = 0
        self._own_ms = self._own_seq = 0
        self._seen = 0
        self.look()

    def look(self) -> None:
        """Take in what has come since the last time; what cannot be read now is taken in at another."""
        with suppress(TransportRefused):
            checkpoint = self._county.checkpoint()
            self._county_ms = checkpoint.at_ms if checkpoint is not None else 0
            if self._journal is not None:
                self._look_at_own(self._journal, self._county.acknowledgement(self._journal.chain))

    def now(self) -> CountyDay:
        """Return what the clock shows now, against what is certain."""
        return CountyDay(self._clock.wall_ms(), max(self._told_ms(), self._own_ms))

    def _told_ms(self) -> int:
        return max(self._county_ms, self._issued_ms())

    def _look_at_own(self, journal: JournalReader, acknowledged: Acknowledgement | None) -> None:
        if acknowledged is not None:
            self._county_ms = max(self._county_ms, acknowledged.at_ms)
            self._seen = max(self._seen, acknowledged.link.seq)
            if self._own_seq <= acknowledged.link.seq:
                self._own_ms = 0
        with suppress(JournalRefused):
            head = journal.head().seq
            while self._seen < head:
                for record in _headers(journal, self._seen):
                    self._take(record)
                self._seen = min(self._seen + PAGE_RECORDS, head)

    def _take(self, record: Record) -> None:
        told_ms = self._told_ms()
        wall_ms = record.header.wall_ms
        if wall_ms > self._own_ms and (not told_ms or wall_ms <= told_ms + AHEAD_MS):
            self._own_ms, self._own_seq = wall_ms, record.header.seq


def _headers(journal: JournalReader, after: int) -> list[Record]:
    """Return a page without what is damaged in it: the audit tells of that."""
    try:
        return journal.headers(after, PAGE_RECORDS)
    except JournalDamaged:
        return [record for seq in range(after, after + PAGE_RECORDS) for record in _header(journal, seq)]


def _header(journal: JournalReader, after: int) -> list[Record]:
    try:
        return journal.headers(after, 1)
    except JournalDamaged:
        return []
