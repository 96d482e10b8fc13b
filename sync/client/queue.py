"""The queue: the journal's tail behind the county's last acknowledgement. No second table, so nothing can drift."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sync.client.line import LineFailed
from sync.journal.reader import JournalReader
from sync.journal.refusals import JournalDamaged, JournalMissing, JournalRefused
from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.uploader import AcknowledgementOfAnotherChain, ChainForked, CountyIsAhead, Uploader
from sync.record import Record
from sync.transport.line_state import LineFault
from sync.transport.transport import Transport


class Queue:
    """What this terminal has written and the county has not acknowledged yet, for whatever road carries it.

    Args:
        path: of journal.db, which the kiosk writes and which may not be there yet.
        transport: where acknowledgements are kept.
    """

    def __init__(self, path: Path, transport: Transport) -> None:
        self._path = path
        self._transport = transport
        self._journal: JournalReader | None = None
        self._uploader: Uploader | None = None

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def journal(self) -> JournalReader | None:
        """Return the journal, None while there is none. Raises LineFailed when it cannot be read."""
        if self._journal is None:
            try:
                with named():
                    self._journal = JournalReader.open(self._path)
            except JournalMissing:
                # The kiosk has not run yet: there is nothing to send, and nothing wrong.
                return None
        return self._journal

    def changed(self) -> bool:
        """Whether the journal was written since this was last asked. Raises LineFailed when it cannot be read."""
        journal = self.journal()
        with named():
            return journal is not None and journal.changed()

    def uploader(self, journal: JournalReader) -> Uploader:
        """Return what decides about sending, one for the life of the process."""
        if self._uploader is None:
            self._uploader = Uploader(journal.chain, self._transport.acknowledgement(journal.chain))
        return self._uploader

    def acknowledged(self, acknowledgement: Acknowledgement, answer: bytes, journal: JournalReader) -> bool:
        """Take in a verified acknowledgement and keep the answer it came in; see `Uploader.acknowledged`.

        Raises LineFailed when it cannot be about this journal, TransportRefused.
        """
        with named():
            progress = self.uploader(journal).acknowledged(acknowledgement, lambda seq: _hash_at(journal, seq))
        self._transport.keep_acknowledgement(acknowledgement, answer)
        return progress


def sound_from(journal: JournalReader, begin: int) -> Callable[[int, int], Sequence[Record]]:
    """Return how to read what goes on a road, beginning behind seq `begin`: a damaged record ends it.

    Reading raises JournalDamaged where it would end before it has begun.
    """

    def read(after: int, limit: int) -> Sequence[Record]:
        try:
            return journal.sound(after, limit)
        except JournalDamaged:
            if after == begin:
                raise
            return []

    return read


@contextmanager
def named() -> Iterator[None]:
    """Name what a journal that cannot be read, or that the county contradicts, means to the screen: LineFailed.

    JournalMissing goes through.
    """
    try:
        yield
    except JournalMissing:
        raise
    except JournalRefused as cause:
        raise LineFailed(LineFault.JOURNAL_UNREADABLE, f"the journal cannot be read: {cause}") from cause
    except ChainForked as cause:
        raise LineFailed(LineFault.FORKED, str(cause)) from cause
    except CountyIsAhead as cause:
        raise LineFailed(LineFault.COUNTY_AHEAD, str(cause)) from cause
    except AcknowledgementOfAnotherChain as cause:
        raise LineFailed(LineFault.GARBLED, str(cause)) from cause


def _hash_at(journal: JournalReader, seq: int) -> bytes | None:
    # Without the body: what is damaged here may have reached the county by way of a mirror.
    found = journal.headers(seq - 1, 1)
    return found[0].hash if found and found[0].header.seq == seq else None
