"""What the county says to the terminal itself, not to a case: whom to seal to now, and which bodies are to be erased.

It comes with the inbox and is verified like every answer. A word is heeded once and in order; the place up to which it
was heeded is kept in the journal's file, in one transaction with what an erasure changes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kiosk.desk import INBOX_PAGE_RECORDS
from kiosk.given_cases import Inbox
from kiosk.projections.heeded import SCHEMA, Heeded
from sync.attachments.shelf import AttachmentShelf
from sync.durable import replace_file
from sync.journal import Journal
from sync.key_files import KeyFileRefused
from sync.keys import StatementRefused
from sync.model.facts import AttachmentAdded, BodiesErased, Fact, Kind, ReadersChanged, from_plain
from sync.model.plain import FactDoesNotFit, field_of
from sync.record import Record
from sync.revocation_file import RevocationFile
from sync.sealing import NotAReader, Recipient
from sync.terminal import TerminalConfig, desk_among, readers_of, trust_of

_PAGE_RECORDS = 200
_log = logging.getLogger(__name__)


class CountyWord:
    """Heeds the county's word about keys and bodies.

    Args:
        inbox: the county's records.
        journal: of this terminal; its readers and bodies are what changes.
        shelf: where the attachments lie that its records name.
        data: the terminal's data directory.
        config: where its files lie.
        acknowledged: returns the last seq of the journal under the county's signature.
    """

    def __init__(
        self,
        inbox: Inbox,
        journal: Journal,
        shelf: AttachmentShelf,
        data: Path,
        config: TerminalConfig,
        acknowledged: Callable[[], int],
    ) -> None:
        self._inbox = inbox
        self._journal = journal
        self._shelf = shelf
        self._data = data
        self._config = config
        self._acknowledged = acknowledged
        with journal.transaction():
            journal.connection.execute(SCHEMA)
        self._heeded = Heeded(journal.connection)
        self._revocations: RevocationFile | None = None
        self._heeded_list = self._newest_list()

    def heed(self) -> None:
        """Do what the county has said since the last time. Raises JournalRefused, TransportRefused, OSError."""
        self._let_go_of_revoked()
        erased = 0
        while page := self._inbox.records(self._heeded.place(), INBOX_PAGE_RECORDS):
            told = self._journal.readers
            with self._journal.transaction():
                for place, record in page:
                    said = self._said(record)
                    if isinstance(said, ReadersChanged):
                        told = self._vouched(said) or told
                    elif isinstance(said, BodiesErased) and said.chain == self._journal.chain:
                        # What the county has not acknowledged it cannot have: that stays, whoever says otherwise.
                        erased += self._erase(said.first_seq, min(said.last_seq, self._acknowledged()))
                    self._heeded.move_to(place)
            if told != self._journal.readers:
                self._journal.seal_for(told)
        if erased:
            self._journal.wipe()
            _log.info("%d bodies were erased on the county's word", erased)

    def _erase(self, first_seq: int, last_seq: int) -> int:
        """Erase bodies and the attachments they name, inside a transaction; files go first, it may be done again."""
        after = first_seq - 1
        while after < last_seq and (page := self._journal.read(after, min(_PAGE_RECORDS, last_seq - after))):
            after = page[-1].header.seq
            for record in page:
                if record.header.kind == Kind.ATTACHMENT_ADDED:
                    with suppress(FactDoesNotFit):
                        self._shelf.remove(field_of(AttachmentAdded, "digest", record.header.plain))
        return self._journal.erase_bodies(first_seq, last_seq)

    def _newest_list(self) -> int:
        """The number of the newest list of revocations, 0 before the first. Raises KeyFileRefused."""
        path = self._data / self._config.revocations
        if self._revocations is None and path.exists():
            self._revocations = RevocationFile(path, trust_of(self._data, self._config))
        return 0 if self._revocations is None else self._revocations.held().number

    def _let_go_of_revoked(self) -> None:
        """Seal no more to a key of the county that the root has revoked since this program started."""
        number = self._newest_list()
        if number == self._heeded_list:
            return
        try:
            desk = desk_among(self._data, self._config, self._journal.readers)
            readers = readers_of(self._data, self._config, desk)
        except (StatementRefused, NotAReader, KeyFileRefused) as refusal:
            _log.error("list %d of revocations leaves nobody to seal to: %s", number, refusal)
        else:
            self._journal.seal_for(readers)
        self._heeded_list = number

    def _said(self, record: Record) -> Fact | None:
        header = record.header
        if header.kind not in (Kind.READERS_CHANGED, Kind.BODIES_ERASED):
            return None
        try:
            return from_plain(header.kind, header.plain, {})
        except FactDoesNotFit as refusal:
            _log.error("the county's record %d cannot be heeded: %s", header.seq, refusal)
            return None

    def _vouched(self, said: ReadersChanged) -> tuple[Recipient, ...] | None:
        """Keep the statements for new readers and return these, if the root vouches for both."""
        held = {self._config.opening_statement: said.opening, self._config.escrow_statement: said.escrow}
        try:
            desk = desk_among(self._data, self._config, self._journal.readers)
            readers = readers_of(self._data, self._config, desk, (said.opening, said.escrow))
        except (StatementRefused, NotAReader, KeyFileRefused) as refusal:
            _log.error("new reading keys of the county are refused: %s", refusal)
            return None
        for name, statement in held.items():
            replace_file(self._data / name, statement, mode=0o644)
        return readers
