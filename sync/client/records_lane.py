"""The lane up: the journal's tail to the county, and the county's word that it has it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sync.client.arrivals import Arrivals
from sync.client.line import Answer, Carrier, LineFailed
from sync.client.queue import named, sound_from
from sync.clock import Clock
from sync.journal.reader import JournalReader
from sync.journal.refusals import JournalDamaged
from sync.protocol.acknowledgement import ANSWER_BYTES_MAX
from sync.protocol.uploader import AskHead, Send, Uploader, stream
from sync.record import Link
from sync.transport.line_state import LineFault

UPLOAD_MS_MAX = 30_000
"""After so long no further segment is sent in one request: half of what the gateway waits."""

_log = logging.getLogger(__name__)


class RecordsLane:
    """Sends what the county does not have.

    Args:
        line: to the gateway.
        arrivals: judges the answers; its queue is what is sent.
        clock: bounds an upload in time.
        between: called between uploads, for what must not wait until a long queue is sent.

    Attributes:
        progressed: whether the last run found or brought more records at the county than were known to be there.
    """

    def __init__(self, line: Carrier, arrivals: Arrivals, clock: Clock, between: Callable[[], None]) -> None:
        self._line = line
        self._arrivals = arrivals
        self._queue = arrivals.queue
        self._clock = clock
        self._between = between
        self.progressed = False

    def changed(self) -> bool:
        """Whether the journal was written since this was last asked. Raises LineFailed when it cannot be read."""
        return self._queue.changed()

    def waiting(self) -> bool:
        """Whether a record was written that the county does not have; asked often, while others are sending."""
        try:
            journal = self._queue.journal()
            with named():
                return journal is not None and journal.changed() and journal.head().seq > self._held(journal)
        except LineFailed:
            # The next run says so.
            return True

    def catch_up(self) -> None:
        """Run again if the county was found to be put back meanwhile. Raises what `run` raises."""
        if self._arrivals.transport.doubted():
            self.run()

    def run(self) -> None:
        """Send until the county has everything. Raises LineFailed, TransportRefused, Stopped."""
        self.progressed = False
        journal = self._queue.journal()
        if journal is None:
            return
        with named():
            # What was written up to here is sent by this run and is no reason for another.
            journal.changed()
            self._run(journal)

    def _run(self, journal: JournalReader) -> None:
        uploader = self._queue.uploader(journal)
        if self._arrivals.transport.doubted():
            # Nothing is taken for stored before the county has said again how much it has.
            uploader.lost()
        gaps = 0
        held_before = self._held(journal)
        asked_after: int | None = None
        while (step := uploader.next(head := journal.head())) is not None:
            if isinstance(step, Send) and (damage := _damage_after(journal, step.after)) is not None:
                if step.after == asked_after:
                    raise damage
                # Nothing can be sent from here, but a mirror may have brought it on another road.
                asked_after = step.after
                uploader.lost()
                continue
            answer = self._carry_out(step, uploader, head, journal)
            progress = self._arrivals.acknowledgement(answer.body, journal)
            self.progressed = self.progressed or self._held(journal) > held_before
            if answer.status == 422:
                raise LineFailed(LineFault.FORKED, "the gateway holds another record under a number of this chain")
            gaps = gaps + 1 if answer.status == 409 else 0
            if isinstance(step, Send) and answer.status == 200 and not progress:
                raise LineFailed(LineFault.GARBLED, "the gateway took records and acknowledges none of them")
            if gaps > 1:
                raise LineFailed(LineFault.GARBLED, "the gateway finds a gap where there is none")
            self._between()
        held = self._held(journal)
        if held != held_before:
            _log.info("the county holds this chain to record %d", held)

    def _held(self, journal: JournalReader) -> int:
        acknowledgement = self._arrivals.transport.acknowledgement(journal.chain)
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
        read = sound_from(journal, step.after)
        frames = stream(step, head, read, lambda: self._clock.boot_ms() < until_ms)
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


def _damage_after(journal: JournalReader, seq: int) -> JournalDamaged | None:
    """Return what is wrong with the record behind a seq, None when it is whole."""
    try:
        journal.sound(seq, 1)
    except JournalDamaged as damage:
        return damage
    return None


_BREAKS = frozenset({LineFault.CUT, LineFault.TOO_SLOW})
"""Failures in the middle of an upload that shorter segments may get around."""
