"""Audits the journal in the background: every record from the first to the last, in small slices, again and again.

A thread of its own with a reader of its own. A slice is one short read and some milliseconds of work, then comes a
pause: neither the screen nor the line is held up, and nothing of the journal is held in between. It goes on where the
last start of the machine ended. Bodies, headers, signatures and their order are looked at; the structure of the file
under them is the doctor's to judge, because SQLite can only do that in one piece.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from msgspec.structs import replace

from sync.clock import Clock
from sync.journal.audit import FLAWS_MAX, Flaw, Part, Walk
from sync.journal.reader import JournalReader
from sync.journal.refusals import JournalDamaged, JournalMissing, JournalRefused
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner
from sync.transport.said import AUDIT, AuditSaid, audit_said, encode_said
from sync.transport.schema import TransportRefused
from sync.transport.transport import Transport

SLICE_RECORDS = 20
PAUSE_S = 0.05
"""About 2 ms of work in 50: a million records take the better part of an hour, and nobody notices."""
REST_S = 60.0
"""How long nothing is looked at after the start, between two looks whether a round is due, and after a failure."""
AGAIN_MS = 7 * 24 * 3_600_000
"""A sound round begins again after so long; disks forget. One that found something begins again with every start."""
SAID_AGAIN_MS = 60_000
"""How often it is said how far the round is; what is found is said at once."""

_END_S = 5.0
"""A disk that hangs is not waited for."""

_log = logging.getLogger(__name__)


class Auditing:
    """Walks through the journal and says what it finds.

    Args:
        data: the terminal's data directory.
        record_key: file of the terminal's record key, which every signature has to be of.
        clock: dates what is said.
    """

    def __init__(self, data: Path, record_key: Path, clock: Clock) -> None:
        self._data = data
        self._record_key = record_key
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._transport: Transport | None = None
        self._journal: JournalReader | None = None
        self._walk: Walk | None = None
        self._before = 0  # records that this round looked at before this start
        self._found = 0  # flaws of this round
        self._said = AuditSaid(0)
        self._told_ms = 0
        self._due_at_once = False

    def start(self) -> None:
        """Look again and again, in a thread of its own; `look` is then not for anybody else to call."""
        self._thread.start()

    def close(self) -> None:
        """End, and keep how far it came."""
        self._stop.set()
        if self._thread.ident is None:
            self._end()
        else:
            self._thread.join(_END_S)

    def look(self) -> bool:
        """Look at one slice; whether there is more to look at now. Raises nothing: it must not end the sync process."""
        try:
            if self._transport is None:
                transport = Transport.open_or_create(self._data / "transport.db")
                self._begin(audit_said(transport))
                self._transport = transport
            if self._walk is None and not self._due():
                return False
            return self._slice(self._transport)
        except JournalMissing:
            return False
        except (JournalRefused, TransportRefused, KeyFileRefused) as cause:
            _log.error("audit: %s", cause)
            self._walk = None
            return False

    def _run(self) -> None:
        pause_s = REST_S
        while not self._stop.wait(pause_s):
            pause_s = PAUSE_S if self.look() else REST_S
        self._end()

    def _begin(self, said: AuditSaid | None) -> None:
        """Go on where the last start ended; after something was found, anew: it may have been mended."""
        self._said = said or AuditSaid(0)
        if self._said.flaws:
            self._said = replace(self._said, seq=0)
            self._due_at_once = True

    def _due(self) -> bool:
        ended_ms = self._said.ended_ms
        if self._due_at_once or self._said.seq or ended_ms is None:
            return True
        return not 0 <= self._clock.wall_ms() - ended_ms < AGAIN_MS

    def _slice(self, transport: Transport) -> bool:
        journal = self._journal = self._journal or JournalReader.open(self._data / "journal.db")
        walk = self._walk
        if walk is None:
            # The record that was looked at last is looked at again: it has to be there still.
            self._before = max(0, self._said.seq - 1)
            self._found = 0
            walk = self._walk = journal.walk(self._before, FileSigner.load(self._record_key).public_key)
        try:
            found = walk.step(SLICE_RECORDS)
        except JournalDamaged as cause:
            # What SQLite cannot read it cannot read past.
            found = [Flaw(walk.seq + 1, Part.FILE, str(cause))]
            walk.done = True
        self._say(walk, found, transport)
        return self._walk is not None

    def _say(self, walk: Walk, found: list[Flaw], transport: Transport) -> None:
        before, now_ms = self._said, self._clock.wall_ms()
        said = replace(before, at_ms=now_ms, seq=walk.seq)
        if found and not self._found:
            said = replace(said, first=found[0].seq, part=found[0].part.value, sentence=str(found[0]))
            _log.error("audit: %s", found[0])
        self._found += len(found)
        if self._found:
            said = replace(said, flaws=self._found)
        if walk.done or self._found >= FLAWS_MAX:
            # What an earlier round found is said until a whole one has found nothing.
            said = replace(said, seq=0, ended_ms=now_ms, records=self._before + walk.records, flaws=self._found)
            said = said if self._found else replace(said, first=0, part="", sentence="")
            self._walk, self._due_at_once = None, False
            _log.info("audit: %d records looked at, %d flaws", said.records, said.flaws)
        self._said = said
        if found or self._walk is None or not 0 <= now_ms - self._told_ms < SAID_AGAIN_MS:
            self._tell(transport)

    def _tell(self, transport: Transport) -> None:
        transport.say(AUDIT, encode_said(self._said))
        self._told_ms = self._said.at_ms

    def _end(self) -> None:
        if self._transport is not None:
            try:
                self._tell(self._transport)
            except TransportRefused as cause:
                _log.error("audit: %s", cause)
            self._transport.close()
        if self._journal is not None:
            self._journal.close()
