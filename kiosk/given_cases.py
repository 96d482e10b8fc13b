"""Cases that the county gave to this terminal, as it took the place of another: their records lie in the inbox."""

from __future__ import annotations

import logging
from typing import Protocol

from kiosk.projections.given import GivenRecords
from sync.giving import Given, NotARecordGiven, read
from sync.model.facts import Fact, RecordGiven, from_plain
from sync.model.plain import FactDoesNotFit
from sync.reading import Keys, open_body
from sync.record import Record, RecordRefused

_log = logging.getLogger(__name__)


class Inbox(Protocol):
    """The county's records as the sync process keeps them: verified, in order."""

    def records(self, after: int, limit: int) -> list[tuple[int, Record]]:
        """Return (place, record) pairs behind a place, oldest first."""
        ...


class GivenCases:
    """Finds what was told again.

    Args:
        places: where it lies.
        inbox: what lies there.
        keys: those of the desk; they open nothing while it is locked.
    """

    def __init__(self, places: GivenRecords, inbox: Inbox, keys: Keys) -> None:
        self._places = places
        self._inbox = inbox
        self._keys = keys

    def wait(self, place: int, record: Record) -> None:
        """Keep a record that was told again until its case is given. One that cannot be read changes nothing."""
        try:
            given = _read(record, self._keys)
        except (FactDoesNotFit, NotARecordGiven) as refusal:
            _log.error("the county's record %d gives nothing: %s", place, refusal)
            return
        header = given.record.header
        self._places.wait(header.chain, header.seq, record.header.case_no or "", place)

    def take(self, case_no: str) -> list[Given]:
        """Return what has waited for a case."""
        return [given for place in self._places.take(case_no) if (given := self._at(place, self._keys)) is not None]

    def find(self, chain: bytes, seq: int, keys: Keys | None = None) -> Given | None:
        """Return a record that was told again, opened with the desk's keys or with others; None for any other."""
        place = self._places.place(chain, seq)
        return None if place is None else self._at(place, keys or self._keys)

    def fact(self, chain: bytes, seq: int, keys: Keys | None = None) -> Fact | None:
        """Return what a record says that was told again; None when nobody here may know."""
        given = self.find(chain, seq, keys)
        if given is None or given.body is None:
            return None
        try:
            return from_plain(given.envelope.kind, given.envelope.plain, given.body)
        except FactDoesNotFit:
            return None

    def _at(self, place: int, keys: Keys) -> Given | None:
        found = self._inbox.records(place - 1, 1)
        return _read(found[0][1], keys) if found else None


def _read(record: Record, keys: Keys) -> Given:
    """Read a record of the county that tells another again. Raises FactDoesNotFit, NotARecordGiven."""
    try:
        body = open_body(record, keys)
    except RecordRefused:
        # Sealed, withheld or erased: the header alone is folded.
        body = {}
    fact = from_plain(record.header.kind, record.header.plain, body)
    if not isinstance(fact, RecordGiven):
        raise NotARecordGiven("a record of another kind")
    return read(fact, record.header.case_no)
