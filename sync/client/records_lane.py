"""The lane up: the journal's tail to the county, and the county's word that it has it."""

from __future__ import annotations

import logging
from pathlib import Path

from sync.client.line import Answer, Line, LineFailed
from sync.clock import Clock
from sync.journal.reader import JournalReader
from sync.journal.refusals import JournalMissing, JournalRefused
from sync.keys import Trust
from sync.protocol.acknowledgement import (
    ANSWER_BYTES_MAX,
    Acknowledgement,
    AnswerMalformed,
    AnswerNotTrusted,
    verify_answer,
)
from sync.protocol.uploader import (
    AcknowledgementOfAnotherChain,
    AskHead,
    ChainForked,
    CountyIsAhead,
    Send,
    Uploader,
    stream,
)
from sync.record import Link
from sync.transport.line_state import LineFault
from sync.transport.transport import Transport

UPLOAD_MS_MAX = 30_000
"""After so long no further segment is sent in one request: half of what the gateway waits."""

_log = logging.getLogger(__name__)


class RecordsLane:
    """Sends what the county does not have.

    Args:
        line: to the gateway.
        transport: where acknowledgements are kept.
        trust: the county's root.
        journal: path of journal.db, which the kiosk writes and which may not be there yet.
        clock: bounds an upload in time.

    Attributes:
        progressed: whether the last run found or brought more records at the county than were known to be there.
    """

    def __init__(self, line: Line, transport: Transport, trust: Trust, journal: Path, clock: Clock) -> None:
        self._line = line
        self._transport = transport
        self._trust = trust
        self._path = journal
        self._clock = clock
        self._journal: JournalReader | None = None
        self._uploader: Uploader | None = None
        self.progressed = False

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def journal(self) -> JournalReader | None:
        """Return the journal, None while there is none. Raises LineFailed when it cannot be read."""
        if self._journal is None:
            try:
                self._journal = JournalReader.open(self._path)
            except JournalMissing:
                # The kiosk has not run yet: there is nothing to send, and nothing wrong.
                return None
            except JournalRefused as cause:
                raise _unreadable(cause) from cause
        return self._journal

    def changed(self) -> bool:
        """Whether the journal was written since this was last asked. Raises LineFailed when it cannot be read."""
        journal = self.journal()
        try:
            return journal is not None and journal.changed()
        except JournalRefused as cause:
            raise _unreadable(cause) from cause

    def catch_up(self) -> None:
        """Run again if the county was found to be put back meanwhile. Raises what `run` raises."""
        if self._transport.doubted():
            self.run()

    def run(self) -> None:
        """Send until the county has everything. Raises LineFailed, TransportRefused, Stopped."""
        self.progressed = False
        journal = self.journal()
        if journal is None:
            return
        try:
            # What was written up to here is sent by this run and is no reason for another.
            journal.changed()
            self._run(journal)
        except JournalRefused as cause:
            raise _unreadable(cause) from cause
        except ChainForked as cause:
            raise LineFailed(LineFault.FORKED, str(cause)) from cause
        except CountyIsAhead as cause:
            raise LineFailed(LineFault.COUNTY_AHEAD, str(cause)) from cause
        except AcknowledgementOfAnotherChain as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause

    def _run(self, journal: JournalReader) -> None:
        if self._uploader is None:
            self._uploader = Uploader(journal.chain, self._transport.acknowledgement(journal.chain))
        if self._transport.doubted():
            # Nothing is taken for stored before the county has said again how much it has.
            self._uploader.lost()
        gaps = 0
        held_before = self._held(journal)
        while (step := self._uploader.next(head := journal.head())) is not None:
            answer = self._carry_out(step, self._uploader, head, journal)
            acknowledgement = self._verified(answer)
            progress = self._uploader.acknowledged(acknowledgement, lambda seq: _hash_at(journal, seq))
            self._transport.keep_acknowledgement(acknowledgement, answer.body)
            self.progressed = self.progressed or acknowledgement.link.seq > held_before
            if answer.status == 422:
                raise LineFailed(LineFault.FORKED, "the gateway holds another record under a number of this chain")
            gaps = gaps + 1 if answer.status == 409 else 0
            if isinstance(step, Send) and answer.status == 200 and not progress:
                raise LineFailed(LineFault.GARBLED, "the gateway took records and acknowledges none of them")
            if gaps > 1:
                raise LineFailed(LineFault.GARBLED, "the gateway finds a gap where there is none")
        held = self._held(journal)
        if held != held_before:
            _log.info("the county holds this chain to record %d", held)

    def _held(self, journal: JournalReader) -> int:
        acknowledgement = self._transport.acknowledgement(journal.chain)
        return 0 if acknowledgement is None else acknowledgement.link.seq

    def _carry_out(self, step: AskHead | Send, uploader: Uploader, head: Link, journal: JournalReader) -> Answer:
        """Do what the uploader wants and return the gateway's answer, which has a status of the protocol."""
        if isinstance(step, AskHead):
            answer = self._line.ask(f"/v1/head/{head.chain.hex()}", ANSWER_BYTES_MAX)
        else:
            answer = self._upload(step, uploader, head, journal)
        if answer.broken is not None:
            raise answer.broken
        if answer.status == 403:
            raise LineFailed(LineFault.NOT_ADMITTED, f"the gateway does not take this terminal ({answer.refusal})")
        if answer.status not in (200, 409, 422):
            refused = f"the gateway refused records ({answer.status} {answer.refusal})"
            raise LineFailed(LineFault.REQUEST_REFUSED, refused)
        return answer

    def _upload(self, step: Send, uploader: Uploader, head: Link, journal: JournalReader) -> Answer:
        until_ms = self._clock.boot_ms() + UPLOAD_MS_MAX
        frames = stream(step, head, journal.read, lambda: self._clock.boot_ms() < until_ms)
        try:
            answer = self._line.send("/v1/segments", frames, ANSWER_BYTES_MAX)
        except LineFailed as failure:
            if failure.fault in _BREAKS:
                uploader.broke()
            else:
                uploader.lost()
            raise
        if answer.broken is None and answer.status == 200:
            uploader.sent()
        else:
            uploader.lost()
        return answer

    def _verified(self, answer: Answer) -> Acknowledgement:
        try:
            return verify_answer(answer.body, self._trust)
        except AnswerMalformed as cause:
            raise LineFailed(LineFault.GARBLED, str(cause)) from cause
        except AnswerNotTrusted as cause:
            raise LineFailed(LineFault.NOT_SIGNED, str(cause)) from cause


_BREAKS = frozenset({LineFault.CUT, LineFault.TOO_SLOW})
"""Failures in the middle of an upload that shorter segments may get around."""


def _hash_at(journal: JournalReader, seq: int) -> bytes | None:
    record = journal.record(seq)
    return None if record is None else record.hash


def _unreadable(cause: JournalRefused) -> LineFailed:
    return LineFailed(LineFault.JOURNAL_UNREADABLE, f"the journal cannot be read: {cause}")
