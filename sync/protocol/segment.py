"""Segments: consecutive records of one chain under one signature, the unit of sending, verifying and retrying.

On the wire: CBOR [version, chain, first seq, previous hash, [[header, body], ...], signature of the last record].
The headers travel without chain, seq, previous hash and body digest (keys 3, 4, 5, 14): the receiver recomputes
them, and the one signature covers them all through the chain. A body that is withheld is null, and its header then
carries the digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sync import cbor
from sync.fields import WHOLE_MOST, FieldRefused, Fields
from sync.keys import SIGNATURE_BYTES, SignatureWrong
from sync.model.plain import PlainValue
from sync.protocol.frame import FrameReader
from sync.record import (
    BODY_BYTES_MAX,
    CHAIN_ID_BYTES,
    HASH_BYTES,
    HEADER_BYTES_MAX,
    Header,
    HeaderMalformed,
    Link,
    Record,
    RecordRefused,
    chain_id,
    check_body,
    check_follows,
    check_signature,
)

SEGMENT_VERSION = 1
SEGMENT_RECORDS_MAX = 50
SEGMENT_BYTES_MAX = 4096
"""Of a segment of more than one record: so much gets through on any line that carries a handshake."""
SEGMENT_BYTES_MOST = HEADER_BYTES_MAX + BODY_BYTES_MAX + 256
"""Of a segment of one record, which may be as large as a record may be."""
DIGEST_ENTRY_BYTES = 35
"""By which a segment of more than one record may be larger for each body that is withheld: a key, a head, 32 bytes."""

_LIMITS = cbor.Limits(SEGMENT_BYTES_MOST, values_max=SEGMENT_BYTES_MOST)
_NAMES = {0: "version", 1: "chain", 2: "first seq", 3: "previous hash", 4: "records", 5: "signature"}
_OVERHEAD_BYTES = 128
"""More than what a segment holds beside its entries: ids, two hashes' worth, the heads of its arrays."""
_RECOMPUTED = (3, 4, 5)
_DIGEST = 14


class SegmentRefused(ValueError):
    """Not a segment that may be stored; the types of this family say why."""


class SegmentMalformed(SegmentRefused):
    """Not the encoding of a segment, or one of its headers is none."""


class SegmentTooLarge(SegmentRefused):
    """More records or bytes than a segment may have."""


class SegmentNotSigned(SegmentRefused):
    """The chain's key did not sign the last record, so that nothing of the segment is to be believed."""


class SegmentOfAnotherKey(SegmentRefused):
    """The key at hand is not that of the segment's chain."""


Entry = tuple[dict[int, PlainValue], bytes | None]
"""One record as it travels: the header's map without what is recomputed, and the body."""


class Segment(Struct, frozen=True):
    """A segment as it travels; nothing in it is to be believed before `open`.

    Attributes:
        after: where the chain must stand for the segment to follow.
        entries: the records.
        signature: of the last record, 64 bytes.
    """

    after: Link
    entries: tuple[Entry, ...]
    signature: bytes

    @property
    def last_seq(self) -> int:
        """The seq of its last record."""
        return self.after.seq + len(self.entries)

    @classmethod
    def of(cls, records: list[Record]) -> Segment:
        """Make a segment of consecutive records of which the last has its signature. Raises ChainBroken, ValueError."""
        first, last = records[0].header, records[-1]
        if last.signature is None:
            raise ValueError(f"record {last.header.seq} has no signature of its own")
        after = link = Link(first.chain, first.seq - 1, first.previous)
        for record in records:
            check_follows(record, link)
            link = record.link
        return cls(after, tuple(_entry(record) for record in records), last.signature)

    def encode(self) -> bytes:
        """Return its CBOR, to be put in a frame. Raises SegmentTooLarge."""
        content = cbor.encode(
            (
                SEGMENT_VERSION,
                self.after.chain,
                self.after.seq + 1,
                self.after.hash,
                self.entries,
                self.signature,
            )
        )
        _check_size(len(content), self.entries)
        return content

    def open(self, public_key: bytes) -> tuple[Record, ...]:
        """Recompute the records and check the signature that covers them.

        Whether they follow what the receiver holds is for the caller to compare with `after`.

        Raises:
            SegmentOfAnotherKey, SegmentMalformed, SegmentNotSigned.
        """
        if chain_id(public_key) != self.after.chain:
            raise SegmentOfAnotherKey("the key at hand is not that of the segment's chain")
        records: list[Record] = []
        link = self.after
        try:
            for entry in self.entries:
                records.append(_restored(entry, link))
                link = records[-1].link
            last = replace(records[-1], signature=self.signature)
            check_signature(last, public_key)
        except RecordRefused as cause:
            raise SegmentMalformed(str(cause)) from cause
        except SignatureWrong as cause:
            raise SegmentNotSigned(
                f"records {self.after.seq + 1} to {self.last_seq} are not what was signed"
            ) from cause
        return (*records[:-1], last)


def decode_segment(content: bytes) -> Segment:
    """Read a segment. Raises SegmentMalformed, SegmentTooLarge."""
    try:
        held = Fields(cbor.decode(content, _LIMITS), _NAMES)
        held.whole(0, SEGMENT_VERSION, SEGMENT_VERSION)
        entries = held.array(4, SEGMENT_RECORDS_MAX)
        first_seq = held.whole(2, 1, WHOLE_MOST - SEGMENT_RECORDS_MAX)
        after = Link(held.raw(1, CHAIN_ID_BYTES), first_seq - 1, held.raw(3, HASH_BYTES))
        segment = Segment(after, tuple(map(_decode_entry, entries)), held.raw(5, SIGNATURE_BYTES))
    except cbor.CborTooLarge as cause:
        raise SegmentTooLarge(str(cause)) from cause
    except (cbor.CborRefused, FieldRefused) as cause:
        raise SegmentMalformed(f"not a segment: {cause}") from cause
    if not entries:
        raise SegmentMalformed("a segment of no records")
    _check_size(len(content), segment.entries)
    return segment


def cut(
    records: Iterable[Record], records_max: int = SEGMENT_RECORDS_MAX, bytes_max: int = SEGMENT_BYTES_MAX
) -> Iterator[Segment]:
    """Cut consecutive records into segments within the limits; one signature's records at least, however large.

    Records after the last signed one are left out: they wait for the signature that covers them.
    Raises ChainBroken when the records are not consecutive.
    """
    held: list[Record] = []
    held_bytes = _OVERHEAD_BYTES
    for group in _signed_groups(records):
        group_bytes = sum(len(cbor.encode(_entry(record))) for record in group)
        if held and (len(held) + len(group) > records_max or held_bytes + group_bytes > bytes_max):
            yield Segment.of(held)
            held, held_bytes = [], _OVERHEAD_BYTES
        held += group
        held_bytes += group_bytes
    if held:
        yield Segment.of(held)


class SegmentReader:
    """Reads segments from a stream that arrives in any pieces."""

    def __init__(self) -> None:
        self._frames = FrameReader(SEGMENT_BYTES_MOST)

    def feed(self, piece: bytes) -> list[Segment]:
        """Return the segments that `piece` completes. Raises FrameRefused, SegmentMalformed, SegmentTooLarge."""
        return [decode_segment(content) for content in self._frames.feed(piece)]

    def finish(self) -> None:
        """Say that the stream has ended. Raises FrameCut when that is inside a segment."""
        self._frames.finish()


def _signed_groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield runs of records that end with a signature."""
    group: list[Record] = []
    for record in records:
        group.append(record)
        if record.signature is not None:
            yield group
            group = []


def _check_size(content_bytes: int, entries: Sequence[Entry]) -> None:
    records = len(entries)
    # A body that was erased later is shorter than the digest that stands for it: what was sent once can be sent again.
    withheld = sum(body is None for _, body in entries)
    bytes_max = SEGMENT_BYTES_MAX + withheld * DIGEST_ENTRY_BYTES if records > 1 else SEGMENT_BYTES_MOST
    if records > SEGMENT_RECORDS_MAX or content_bytes > bytes_max:
        raise SegmentTooLarge(f"a segment of {records} records in {content_bytes} bytes")


def _entry(record: Record) -> Entry:
    header = record.header.to_map()
    for key in _RECOMPUTED if record.body is None else (*_RECOMPUTED, _DIGEST):
        del header[key]
    return header, record.body


def _decode_entry(value: PlainValue) -> Entry:
    held = Fields(value, {0: "header", 1: "body"})
    header = dict(held.map(0))
    body = held.blob_or_none(1, BODY_BYTES_MAX)
    if any(key in header for key in _RECOMPUTED) or (_DIGEST in header) is not (body is None):
        raise FieldRefused("a header that holds what is recomputed, or lacks what is not")
    return header, body


def _restored(entry: Entry, after: Link) -> Record:
    """Return the record that an entry stands for, unsigned. Raises RecordRefused."""
    fields, body = entry
    whole = {**fields, 3: after.chain, 4: after.seq + 1, 5: after.hash}
    if body is not None:
        whole[_DIGEST] = hashlib.sha256(body).digest()
    header_bytes = cbor.encode(whole)
    if len(header_bytes) > HEADER_BYTES_MAX:
        raise HeaderMalformed(f"header: {len(header_bytes)} bytes")
    header = Header.from_map(whole)
    check_body(header, body)
    return Record(header, header_bytes, body, None, hashlib.sha256(header_bytes).digest())
