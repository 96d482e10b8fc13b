"""The last lane: attachments, a turn at a time, by tus (`sync.protocol.tus`).

- Never ahead of records: an attachment goes once the record that names it is acknowledged.
- Records never wait for it. A request is a stream of small slices; when a record was written meanwhile the stream ends
  there, in good order, and the record goes first.
- Where an upload stands is asked of the gateway whenever it is not certain. What had arrived before a line died is not
  sent again. A line that dies again and again is used again at once as long as every time brings some bytes more.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from typing import BinaryIO

from msgspec.structs import replace

from sync.attachments.sealed import DIGEST_BYTES, SEALED_BYTES_MAX, SEALED_BYTES_MIN
from sync.attachments.shelf import AttachmentShelf
from sync.client.arrivals import Arrivals
from sync.client.line import Answer, Carrier, LineFailed
from sync.client.records_lane import RecordsLane
from sync.clock import Clock
from sync.journal.reader import JournalReader
from sync.journal.refusals import JournalRefused
from sync.model.facts import AttachmentAdded, Kind
from sync.model.plain import FactDoesNotFit, field_of
from sync.protocol import tus
from sync.protocol.pace import Pace
from sync.protocol.recovery import BACKUP_WINDOW_MS
from sync.record import Record
from sync.transport.line_state import LineFault
from sync.transport.outgoing import Outgoing, OutgoingState

TURN_BYTES = 256 * 1024
"""After so many the other lanes have their turn: inbox, checkpoints, packs."""
TURN_ATTACHMENTS = 64
PATCH_MS_MAX = 30_000
"""After so long no further slice is sent in one request: half of what the gateway waits."""
NOTED_RECORDS_MAX = 5_000
"""Of the journal looked through in one turn; only what was not looked through before."""
NOTED_PAGE = 200
IDLE_MAX = 3
"""After so many requests in a row of which nothing was taken the other lanes have their turn."""
BEGUN_ANEW_MAX = 3
"""How often what the gateway has thrown away is sent again before the program is started anew."""
_ANSWER_BYTES_MAX = 4 * 1024

_log = logging.getLogger(__name__)


class _Later(Exception):
    """The gateway does not take this attachment now; the message says why."""


class AttachmentsLane:
    """Sends sealed attachments.

    Args:
        line: to the gateway.
        arrivals: whose transport remembers how far each has come, and whose journal names them.
        records: the lane of records, which goes before.
        shelf: where the files are.
        clock: bounds a request in time.
    """

    def __init__(
        self, line: Carrier, arrivals: Arrivals, records: RecordsLane, shelf: AttachmentShelf, clock: Clock
    ) -> None:
        self._line = line
        self._transport = arrivals.transport
        self._queue = arrivals.queue
        self._records = records
        self._shelf = shelf
        self._clock = clock
        self._pace = Pace()
        self._sound: set[bytes] = set()
        self._begun_anew: dict[bytes, int] = {}
        self._noted_all = True

    def run(self) -> bool:
        """Send for one turn, and return whether there is more that could go at once.

        Raises LineFailed, TransportRefused, Stopped.
        """
        journal = self._queue.journal()
        if journal is None:
            return False
        acknowledged = self._transport.acknowledgement(journal.chain)
        stored = acknowledged.link.seq if acknowledged else 0
        left = TURN_BYTES
        for each in self._transport.outgoing(OutgoingState.WAITING, TURN_ATTACHMENTS):
            if each.chain == journal.chain and each.seq > stored:
                continue
            try:
                left -= self._send(each, left)
            except _Later as why:
                _log.warning("attachment %s goes later: %s", each.digest.hex()[:16], why)
            if left <= 0:
                return True
        return not self._noted_all

    def take_note(self) -> None:
        """Look which attachments were named since the last time; needs no line. Raises LineFailed, TransportRefused."""
        journal = self._queue.journal()
        self._noted_all = journal is None or self._looked_through(journal)

    def _looked_through(self, journal: JournalReader) -> bool:
        """Look through what was written since the last time; False when there is more than one turn's share of it."""
        after = self._transport.outgoing_noted(journal.chain)
        until = after + NOTED_RECORDS_MAX
        try:
            while after < until:
                page = journal.headers(after, NOTED_PAGE)
                if not page:
                    return True
                after = page[-1].header.seq
                named = [found for record in page if (found := _named_by(record)) is not None]
                self._transport.note_outgoing(journal.chain, after, named)
        except JournalRefused as cause:
            raise LineFailed(LineFault.JOURNAL_UNREADABLE, f"the journal cannot be read: {cause}") from cause
        return False

    def _send(self, each: Outgoing, bytes_max: int) -> int:
        """Send up to so many bytes of an attachment and return how many went. Raises _Later."""
        if not self._is_sound(each):
            return 0
        path = tus.location(each.chain, each.digest)
        begun_at = offset = self._standing(each, path)
        idle = 0
        while offset < each.size and offset - begun_at < bytes_max:
            if idle == IDLE_MAX:
                raise _Later("nothing that is sent of it is taken")
            before = offset
            failure: LineFailed | None = None
            # What was written meanwhile goes before every request.
            self._records.run()
            try:
                answer = self._append(each, path, offset, min(self._pace.piece_bytes, bytes_max - offset + begun_at))
                self._pace.answered()
                offset = self._after(each, path, answer)
            except LineFailed as broken:
                if broken.fault not in _BREAKS:
                    raise
                failure = broken
                self._line.close()
                offset = self._standing(replace(each, sent=before), path)
                self._pace.broke(offset - before)
            if failure is not None and offset <= before:
                raise failure
            idle = idle + 1 if offset <= before else 0
        return max(0, offset - begun_at)

    def _is_sound(self, each: Outgoing) -> bool:
        """Whether the file is what its record names; looked at once a run of the program, before the first byte."""
        if each.digest in self._sound:
            return True
        state = OutgoingState.DAMAGED
        try:
            with self._shelf.path(each.digest).open("rb") as file:
                content = file.read(SEALED_BYTES_MAX + 1)
            if len(content) == each.size and hashlib.sha256(content).digest() == each.digest:
                self._sound.add(each.digest)
                return True
        except FileNotFoundError:
            state = OutgoingState.MISSING
        except OSError as cause:
            raise LineFailed(LineFault.DISK_REFUSED, f"an attachment cannot be read: {cause.strerror}") from cause
        if state is OutgoingState.MISSING:
            if self._is_erased(each):
                self._transport.keep_outgoing(replace(each, state=OutgoingState.ERASED))
                return False
            if self._has_arrived(each):
                return False
            if each.kept_ms is not None and self._county_ms(each) - each.kept_ms >= BACKUP_WINDOW_MS:
                _log.warning("attachment %s is not at the gateway any more; it was for long", each.digest.hex()[:16])
                self._transport.keep_outgoing(replace(each, state=OutgoingState.GIVEN_UP))
                return False
        _log.error("attachment %s of record %d is %s and cannot be sent", each.digest.hex()[:16], each.seq, state)
        self._transport.keep_outgoing(replace(each, state=state))
        return False

    def _county_ms(self, each: Outgoing) -> int:
        """Return the moment of the county's newest word, which came in this round or with the attachment's record.

        A clock that is wrong here lets nothing go too early.
        """
        words = (self._transport.checkpoint(), self._transport.acknowledgement(each.chain))
        return max((word.at_ms for word in words if word is not None), default=self._clock.wall_ms())

    def _is_erased(self, each: Outgoing) -> bool:
        """Whether its key went with the body of its record, on the county's word."""
        journal = self._queue.journal()
        try:
            record = journal.record(each.seq) if journal is not None and journal.chain == each.chain else None
        except JournalRefused as cause:
            raise LineFailed(LineFault.JOURNAL_UNREADABLE, f"the journal cannot be read: {cause}") from cause
        return record is not None and record.body is None

    def _has_arrived(self, each: Outgoing) -> bool:
        """Whether the gateway has all of an attachment whose file is gone, as it may be long after it was sent."""
        try:
            return self._standing(each, tus.location(each.chain, each.digest)) == each.size
        except _Later:
            return False

    def _standing(self, each: Outgoing, path: str) -> int:
        """Ask where an upload stands, begin it if nobody has, and keep what is said. Raises _Later."""
        if each.sent is not None:
            answer = self._line.exchange("HEAD", path, _ANSWER_BYTES_MAX, {tus.RESUMABLE: tus.VERSION})
            if answer.status == 200:
                return self._said(each, answer)
            if answer.status != 404:
                raise _refused(answer)
        headers = {
            tus.RESUMABLE: tus.VERSION,
            tus.LENGTH: str(each.size),
            tus.METADATA: tus.Named(each.chain, each.seq).encode(),
        }
        answer = self._line.exchange("POST", tus.ROOT, _ANSWER_BYTES_MAX, headers)
        if answer.status != 201:
            raise _refused(answer)
        return self._said(each, answer)

    def _append(self, each: Outgoing, path: str, offset: int, piece_bytes: int) -> Answer:
        headers = {tus.RESUMABLE: tus.VERSION, tus.OFFSET: str(offset), "Content-Type": tus.CONTENT_TYPE}
        try:
            with self._shelf.path(each.digest).open("rb") as file:
                file.seek(offset)
                return self._line.exchange("PATCH", path, _ANSWER_BYTES_MAX, headers, self._slices(file, piece_bytes))
        except FileNotFoundError as cause:
            self._sound.discard(each.digest)
            raise _Later("its file was taken away") from cause

    def _slices(self, file: BinaryIO, piece_bytes: int) -> Iterator[bytes]:
        until_ms = self._clock.boot_ms() + PATCH_MS_MAX
        while piece_bytes > 0 and self._clock.boot_ms() < until_ms and not self._records.waiting():
            part = file.read(min(self._pace.slice_bytes, piece_bytes))
            if not part:
                return
            yield part
            piece_bytes -= len(part)

    def _after(self, each: Outgoing, path: str, answer: Answer) -> int:
        """Return where the upload stands after a request was answered. Raises _Later."""
        if answer.status == 204:
            return self._said(each, answer)
        if answer.status == tus.CHECKSUM_MISMATCH:
            times = self._begun_anew[each.digest] = self._begun_anew.get(each.digest, 0) + 1
            _log.error("the gateway has thrown away attachment %s: %s", each.digest.hex()[:16], answer.refusal)
            # The file may have changed under the reading.
            self._sound.discard(each.digest)
            self._transport.keep_outgoing(replace(each, sent=0))
            if times > BEGUN_ANEW_MAX or not self._is_sound(each):
                raise _Later("the gateway finds that it is not what its record names")
            return self._standing(each, path)
        if answer.status in (404, 409):
            return self._standing(replace(each, sent=0), path)
        raise _refused(answer)

    def _said(self, each: Outgoing, answer: Answer) -> int:
        """Keep where the gateway says that the upload stands."""
        if answer.broken is not None:
            raise answer.broken
        offset = answer.upload_offset
        if offset is None or offset > each.size:
            raise LineFailed(LineFault.GARBLED, "the gateway does not say where an upload stands")
        kept = offset == each.size
        state = OutgoingState.KEPT if kept else OutgoingState.WAITING
        kept_ms = self._county_ms(each) if kept else None
        self._transport.keep_outgoing(replace(each, sent=offset, state=state, kept_ms=kept_ms))
        if kept:
            _log.info("attachment %s of record %d has arrived", each.digest.hex()[:16], each.seq)
        return offset


_BREAKS = frozenset({LineFault.CUT, LineFault.TOO_SLOW})
"""Ends of a line after which some of what was sent has arrived."""
_LATER = frozenset({"not-named", "busy", "quota", "gateway-full", "another-size", "too-long"})


def _refused(answer: Answer) -> Exception:
    """What a refusal of the gateway leads to: this attachment waits, or something is wrong with the line."""
    if answer.refusal in _LATER:
        return _Later(f"the gateway says {answer.refusal}")
    if answer.status == 403:
        return LineFailed(LineFault.NOT_ADMITTED, f"the gateway does not take this terminal ({answer.refusal})")
    return LineFailed(
        LineFault.REQUEST_REFUSED, f"the gateway refused an attachment ({answer.status} {answer.refusal})"
    )


def _named_by(record: Record) -> Outgoing | None:
    """The attachment that a record names; None for others, and for what no attachment can be."""
    header = record.header
    if header.kind != Kind.ATTACHMENT_ADDED:
        return None
    try:
        digest = field_of(AttachmentAdded, "digest", header.plain)
        size = field_of(AttachmentAdded, "size", header.plain)
    except FactDoesNotFit:
        return None
    if len(digest) != DIGEST_BYTES or not SEALED_BYTES_MIN <= size <= SEALED_BYTES_MAX:
        return None
    return Outgoing(digest, header.chain, header.seq, size)
