"""What a terminal sends next. No sockets, no clock, no database: whoever drives it asks, sends and reports back.

- What the gateway holds is known only from a verified acknowledgement. After a connection that broke it is not
  known, and is asked for before anything is sent: what arrived before the break is stored and need not go again.
- The unit of retry shrinks with every break that let too few of them through, down to one record, and grows again with
  every success. So any line that carries a handshake and one record makes progress, and a line that carries several
  segments before it breaks does not pay for signatures that it does not need.
- An acknowledgement that names a record of this chain with another hash is a fork, one beyond the end of this
  journal means that the journal was lost: both end the sending until somebody has looked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from msgspec import Struct

from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.columns import SEGMENT_RECORDS_MAX
from sync.protocol.frame import encode_frame
from sync.protocol.segment import SEGMENT_BYTES_MAX, cut_encoded
from sync.record import NO_HASH, Link, Record

POST_BYTES = 960 * 1024
"""Sent in one request, then the answer is awaited: with one segment more, however large, less than what the gateway
takes. While both ends sync for an answer nothing is sent."""
PAGE_RECORDS = 200
_SEGMENT_BYTES_LEAST = 256
_PAUSES_GROW, _FAILURES_COUNTED = 1.25, 100
_SEGMENTS_ENOUGH = 3
"""As many whole segments through before a break cost a sixth in what was lost of the next one."""


class AcknowledgementRefused(ValueError):
    """A verified acknowledgement that cannot be about this journal; the types of this family say why."""


class AcknowledgementOfAnotherChain(AcknowledgementRefused):
    """It is about another chain."""


class ChainForked(AcknowledgementRefused):
    """The county holds another record under a number of this chain."""


class CountyIsAhead(AcknowledgementRefused):
    """The county holds records that this journal does not have."""


class AskHead(Struct, frozen=True):
    """Ask the gateway where the chain stands there."""


class Send(Struct, frozen=True):
    """Send the records after `after`, in segments of at most so many records and bytes (one record at least)."""

    after: int
    records_max: int
    bytes_max: int


class Uploader:
    """Decides what to ask or send, for one chain.

    Args:
        chain: the terminal's chain.
        known: the newest acknowledgement that was kept, None when there is none.
    """

    def __init__(self, chain: bytes, known: Acknowledgement | None) -> None:
        self._chain = chain
        self._stored = known.link if known else Link.start(chain)
        self._certain = known is not None
        self._shrunk = 0
        self._broke = False

    @property
    def stored(self) -> Link:
        """How far the county is known to hold the chain; it may hold more."""
        return self._stored

    def next(self, head: Link) -> AskHead | Send | None:
        """Return what to do while the journal stands at `head`; None: the county has everything.

        Raises CountyIsAhead or ChainForked when the journal is not the one that was acknowledged.
        """
        if not self._certain:
            return AskHead() if head.seq else None
        if head.seq < self._stored.seq:
            raise CountyIsAhead(f"the county holds record {self._stored.seq} of this chain, the journal does not")
        if head.seq == self._stored.seq:
            if head.hash != self._stored.hash:
                raise ChainForked(f"the county holds another record {head.seq} of this chain")
            return None
        return Send(
            self._stored.seq,
            max(1, SEGMENT_RECORDS_MAX >> self._shrunk),
            max(_SEGMENT_BYTES_LEAST, SEGMENT_BYTES_MAX >> self._shrunk),
        )

    def acknowledged(self, acknowledgement: Acknowledgement, hash_at: Callable[[int], bytes | None]) -> bool:
        """Take in a verified acknowledgement, whether it answers an upload, a gap or a question for the head.

        Args:
            acknowledgement: what `verify_answer` returned.
            hash_at: the hash of a record of the journal by its seq, None when there is none.

        Returns:
            Whether the county holds more than was known before, or its standing was not known.

        Raises:
            AcknowledgementRefused: by its kinds; what is known stays as it was.
        """
        stored = acknowledgement.link
        if stored.chain != self._chain:
            raise AcknowledgementOfAnotherChain("the acknowledgement is about another chain")
        held = hash_at(stored.seq) if stored.seq else NO_HASH
        if held is None:
            raise CountyIsAhead(f"the county holds record {stored.seq} of this chain, the journal does not")
        if held != stored.hash:
            raise ChainForked(f"the county holds another record {stored.seq} of this chain")
        if self._broke:
            self._broke = False
            self._shrink_after(stored.seq - self._stored.seq)
        progress = not self._certain or stored.seq > self._stored.seq
        self._stored = stored
        self._certain = True
        return progress

    def sent(self) -> None:
        """An upload was answered: the line carries segments of this size, so try larger ones."""
        self._shrunk = max(0, self._shrunk - 1)

    def lost(self) -> None:
        """An upload was begun and not acknowledged: what is stored is not known."""
        self._certain = False

    def broke(self) -> None:
        """The connection ended in the middle of an upload: the segments may have been too long for it."""
        self.lost()
        self._broke = True

    def _shrink_after(self, carried: int) -> None:
        """Choose the next size, now that it is known how many records a connection carried before it broke."""
        if carried >= _SEGMENTS_ENOUGH * (SEGMENT_RECORDS_MAX >> self._shrunk):
            return
        if SEGMENT_RECORDS_MAX >> self._shrunk > 1 or SEGMENT_BYTES_MAX >> self._shrunk > _SEGMENT_BYTES_LEAST:
            self._shrunk += 1


def stream(
    send: Send,
    head: Link,
    read: Callable[[int, int], Sequence[Record]],
    go_on: Callable[[], bool],
    bytes_most: int = POST_BYTES,
) -> Iterator[bytes]:
    """Yield the frames of one upload: segments of the records after `send.after`, up to `head`.

    Args:
        send: where to begin and how small to cut.
        head: where the journal stood when the upload was decided on.
        read: returns at most so many records behind a seq, in order.
        go_on: whether there is time for another segment.
        bytes_most: after so many bytes the upload ends; at least one segment is sent.
    """
    left = bytes_most
    for _, content in cut_encoded(records_between(send.after, head.seq, read), send.records_max, send.bytes_max):
        frame = encode_frame(content)
        yield frame
        left -= len(frame)
        if left <= 0 or not go_on():
            return


def records_between(after: int, last: int, read: Callable[[int, int], Sequence[Record]]) -> Iterator[Record]:
    """Yield the records behind seq `after` to seq `last`, read in pages."""
    while after < last:
        page = read(after, min(PAGE_RECORDS, last - after))
        if not page:
            return
        yield from page
        after = page[-1].header.seq


class Backoff:
    """How long to wait after failures in a row: growing, bounded, and different for every terminal.

    A pause is about a quarter of what has been waited already. So a line that was away a minute is found again before
    it was there for as long as a quarter of one, and one that is away for hours is not tried all the time.

    Args:
        random: so that terminals which lost one line do not all come back at once.
        first_s: about the first pause.
        most_s: no pause is longer.
    """

    def __init__(self, random: Random, first_s: float, most_s: float) -> None:
        self._random = random
        self._first_s = first_s
        self._most_s = most_s
        self._failures = 0

    def failed(self) -> float:
        """Return how many seconds to wait after one more failure: between a half and the whole of the step."""
        step_s = min(self._most_s, self._first_s * _PAUSES_GROW**self._failures)
        self._failures = min(self._failures + 1, _FAILURES_COUNTED)
        return step_s * self._random.uniform(0.5, 1.0)

    def succeeded(self) -> None:
        """Begin anew."""
        self._failures = 0
