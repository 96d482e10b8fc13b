"""Gathers what a terminal knows of the time, from what it holds: see `sync.model.county_day`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from sync.clock import Clock
from sync.journal import JournalDamaged, JournalReader, JournalRefused
from sync.model.county_day import ClockStanding, CountyDay
from sync.model.moment import wall_ms_at
from sync.protocol.acknowledgement import Acknowledgement
from sync.record import Record
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused

PAGE_RECORDS = 200


class Sealed(Struct, frozen=True):
    """What the packs in use say of the time: when the newest was issued, ms since 1970 UTC, and until when the calendar
    knows the working days; 0 and None where there is none.
    """

    issued_ms: int
    calendar_until: date | None


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
        sealed: returns what the packs in use say.
    """

    def __init__(
        self, clock: Clock, journal: JournalReader | None, county: TransportReader, sealed: Callable[[], Sealed]
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._county = county
        self._sealed = sealed
        self._county_ms = 0
        self._own_ms = self._own_seq = 0
        self._seen = 0
        self.look()

    def look(self) -> None:
        """Take in what has come since the last time; what cannot be read now is taken in at another."""
        acknowledged: Acknowledgement | None = None
        with suppress(TransportRefused):
            checkpoint = self._county.checkpoint()
            if self._journal is not None:
                acknowledged = self._county.acknowledgement(self._journal.chain)
            self._county_ms = max(word.at_ms if word is not None else 0 for word in (checkpoint, acknowledged))
        if self._journal is not None:
            self._look_at_own(self._journal, acknowledged)

    @property
    def county_ms(self) -> int:
        """The moment of the county's newest word, ms since 1970 UTC; 0: none yet.

        So much has passed whatever a clock here shows: what may only go after some time goes by this.
        """
        return self._county_ms

    def now(self) -> CountyDay:
        """Return what the clock shows now, against what is certain."""
        told = self._told()
        return replace(told, certain_ms=max(told.certain_ms, self._own_ms))

    def _told(self) -> CountyDay:
        """Return the same by the county's word alone."""
        sealed = self._sealed()
        until = sealed.calendar_until
        foreseen_ms = wall_ms_at(until) if until is not None else 0
        certain_ms, is_told = max(self._county_ms, sealed.issued_ms), self._county_ms > 0
        return CountyDay(self._clock.wall_ms(), certain_ms, foreseen_ms, is_told)

    def _look_at_own(self, journal: JournalReader, acknowledged: Acknowledgement | None) -> None:
        if acknowledged is not None:
            self._seen = max(self._seen, acknowledged.link.seq)
            if self._own_seq <= acknowledged.link.seq:
                self._own_ms = 0
        with suppress(JournalRefused):
            head, told = journal.head().seq, self._told()
            while self._seen < head:
                for record in _headers(journal, self._seen):
                    self._take(record, told)
                self._seen = min(self._seen + PAGE_RECORDS, head)

    def _take(self, record: Record, told: CountyDay) -> None:
        wall_ms = record.header.wall_ms
        if wall_ms > self._own_ms and replace(told, clock_ms=wall_ms).standing is not ClockStanding.AHEAD:
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
