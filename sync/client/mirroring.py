"""Keeps the mirror, beside the rounds of the sync process: a line that hangs must not leave records on one disk only.

A thread of its own with a reader of its own. A medium that is slow, full or gone holds up nobody: it is said, and tried
again with the next look.
"""

from __future__ import annotations

import errno
import logging
import threading
from itertools import islice
from pathlib import Path

from sync.bundle.stick import is_another_medium
from sync.client.queue import sound_from
from sync.clock import Clock
from sync.journal.reader import JournalReader
from sync.journal.refusals import JournalMissing, JournalRefused
from sync.mirror import (
    ACKNOWLEDGED,
    ROOT,
    STICK_STATEMENT,
    About,
    MirrorFull,
    MirrorUnreadable,
    MirrorWriter,
)
from sync.protocol.segment import cut
from sync.protocol.uploader import records_between
from sync.record import Link
from sync.terminal import TerminalConfig
from sync.transport.said import MIRROR, MirrorFault, MirrorSaid, encode_said, mirror_said
from sync.transport.schema import TransportRefused
from sync.transport.transport import Transport

LOOK_S = 0.5
SAID_AGAIN_MS = 5_000
"""How often it is said how far the mirror is; what is wrong with it is said at once."""
_SEGMENTS_AT_ONCE = 200

_log = logging.getLogger(__name__)


class _Trouble(Exception):
    """The mirror cannot be written now."""

    def __init__(self, fault: MirrorFault, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = fault


class Mirroring:
    """Copies what the journal has and the mirror has not.

    Args:
        data: the terminal's data directory.
        config: says where the mirror is; `config.mirror` must be set.
        clock: dates what is said.
    """

    def __init__(self, data: Path, config: TerminalConfig, clock: Clock) -> None:
        self._data = data
        self._config = config
        self._medium = data / (config.mirror or "")
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self._transport: Transport | None = None
        self._journal: JournalReader | None = None
        self._writer: MirrorWriter | None = None
        self._said: MirrorSaid | None = None

    def start(self) -> None:
        """Look again and again, in a thread of its own; `look` is then not for anybody else to call."""
        self._thread.start()

    def close(self) -> None:
        """End; a medium that hangs is not waited for."""
        self._stop.set()
        if self._thread.ident is None:
            self._end()
        else:
            self._thread.join(LOOK_S * 4)

    def look(self) -> None:
        """Copy what is new, and say how it is. Raises nothing: a medium must not end the sync process."""
        try:
            if self._transport is None:
                self._transport = Transport.open_or_create(self._data / "transport.db")
                self._said = mirror_said(self._transport)
            seq = self._said.seq if self._said else 0
            try:
                seq = self._copied(self._transport)
                said = MirrorSaid(seq, self._clock.wall_ms())
            except _Trouble as trouble:
                self._let_go()
                said = MirrorSaid(seq, self._clock.wall_ms(), trouble.fault, str(trouble))
            self._say(said, self._transport)
        except TransportRefused as cause:
            _log.error("mirror: %s", cause)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(LOOK_S)
        self._end()

    def _end(self) -> None:
        self._let_go()
        for each in (self._journal, self._transport):
            if each is not None:
                each.close()

    def _let_go(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _copied(self, transport: Transport) -> int:
        """Copy, and return the last record that is safe. Raises _Trouble, TransportRefused."""
        if not is_another_medium(self._medium, self._data):
            if self._medium.is_dir():
                raise _Trouble(MirrorFault.SAME_DISK, f"{self._medium} lies on this machine's own disk")
            raise _Trouble(MirrorFault.MISSING, f"there is no second medium at {self._medium}")
        try:
            journal = self._journal = self._journal or JournalReader.open(self._data / "journal.db")
            if self._writer is not None and not journal.changed():
                return self._writer.link.seq if self._writer.link else 0
            writer = self._opened(journal)
            return self._appended(writer, journal, transport)
        except JournalMissing:
            return 0
        except JournalRefused as cause:
            raise _Trouble(MirrorFault.JOURNAL_UNREADABLE, f"the journal cannot be read: {cause}") from cause
        except MirrorFull as cause:
            raise _Trouble(MirrorFault.FULL, "the second medium is full") from cause
        except MirrorUnreadable as cause:
            raise _Trouble(MirrorFault.FAILED, str(cause)) from cause
        except OSError as cause:
            fault = MirrorFault.READ_ONLY if cause.errno in _NOT_WRITABLE else MirrorFault.FAILED
            raise _Trouble(fault, f"the second medium: {cause.strerror or cause}") from cause

    def _opened(self, journal: JournalReader) -> MirrorWriter:
        if self._writer is None:
            config = self._config
            # A directory for each chain: a swapped box goes on beside the old one's records, never over them.
            name = f"sunpoint-{config.region}-{config.terminal_number}-{journal.chain.hex()}"
            about = About(config.subject, config.county, journal.public_key.hex())
            self._writer = MirrorWriter(self._medium / name, about)
            self._writer.keep_beside(ROOT, (self._data / config.root_certificate).read_bytes())
        statement = self._data / self._config.stick_statement
        if statement.exists():
            self._writer.keep_beside(STICK_STATEMENT, statement.read_bytes())
        return self._writer

    def _appended(self, writer: MirrorWriter, journal: JournalReader, transport: Transport) -> int:
        head = journal.head()
        acknowledged = transport.acknowledgement(journal.chain)
        known = acknowledged.link.seq if acknowledged else 0
        if acknowledged is not None:
            answer = transport.acknowledgement_answer(journal.chain)
            if answer is not None:
                writer.keep_beside(ACKNOWLEDGED, answer)
        _check_same(writer.link, journal)
        after = max(known, writer.link.seq if writer.link else 0)
        segments = cut(records_between(after, head.seq, sound_from(journal, after)))
        while batch := list(islice(segments, _SEGMENTS_AT_ONCE)):
            writer.append(batch, known)
        copied = writer.link.seq if writer.link else known
        if max(known, copied) < head.seq:
            journal.sound(max(known, copied), 1)  # raises what keeps the rest from being copied
        return copied

    def _say(self, said: MirrorSaid, transport: Transport) -> None:
        before, self._said = self._said, said
        if before is not None and before.fault is said.fault:
            if said.seq == before.seq or said.at_ms - before.at_ms < SAID_AGAIN_MS:
                self._said = before
                return
        elif said.fault is not None:
            _log.warning("mirror: %s: %s", said.fault.value, said.sentence)
        else:
            _log.info("mirror: records to %d are on the second medium", said.seq)
        transport.say(MIRROR, encode_said(said))


def _check_same(link: Link | None, journal: JournalReader) -> None:
    """Check that what the mirror ends with is a record of this journal. Raises _Trouble."""
    if link is None:
        return
    found = journal.headers(link.seq - 1, 1)
    if not found or found[0].link != link:
        raise _Trouble(
            MirrorFault.AHEAD, f"the mirror holds another record {link.seq} than the journal, which was put back"
        )


_NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)
