"""Segments: consecutive records of one chain under one signature, the unit of sending, verifying and retrying.

On the wire: CBOR [version, chain, first seq, previous hash, headers, bodies, signature of the last record]. The headers
travel as compressed columns (`sync.protocol.columns`) without chain, seq, previous hash and body digest (keys 3, 4, 5,
14): the receiver recomputes them, and the one signature covers them all through the chain. The bodies follow one after
the other. Where one is withheld, the columns carry its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from sync import cbor
from sync.compression import CompressedMalformed
from sync.fields import WHOLE_MOST, FieldRefused, Fields
from sync.header_bytes import encode_header
from sync.keys import SIGNATURE_BYTES, SignatureWrong
from sync.protocol.columns import SEGMENT_RECORDS_MAX, Entry, pack, unpack
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
    check_follows,
    check_signature,
)

SEGMENT_VERSION = 2
SEGMENT_BYTES_MAX = 4096
"""Of a segment of more than one record, as a sender cuts it: so much gets through on any line that carries a handshake.
"""
SEGMENT_BYTES_MOST = HEADER_BYTES_MAX + BODY_BYTES_MAX + 256
"""Of any segment: one of a single record may be as large as a record may be."""

_LIMITS = cbor.Limits(SEGMENT_BYTES_MOST, values_max=16)
_NAMES = {
    0: "version",
    1: "chain",
    2: "first seq",
    3: "previous hash",
    4: "headers",
    5: "bodies",
    6: "signature",
}
_OVERHEAD_BYTES = 128
"""What a segment holds beside headers and bodies: ids, a hash, a signature, the heads of its array."""
_HEADER_BYTES_FIRST = 12.0
"""About what a header of ours becomes; the next segments go by what those before them had."""


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
        return cls(after, tuple(map(Entry.of, records)), last.signature)

    def encode(self) -> bytes:
        """Return its CBOR, to be put in a frame. Raises SegmentTooLarge."""
        if len(self.entries) > SEGMENT_RECORDS_MAX:
            raise SegmentTooLarge(f"a segment of {len(self.entries)} records")
        headers, bodies = pack(self.entries)
        after = self.after
        content = cbor.encode(
            (SEGMENT_VERSION, after.chain, after.seq + 1, after.hash, headers, bodies, self.signature)
        )
        if len(content) > SEGMENT_BYTES_MOST:
            raise SegmentTooLarge(f"a segment of {len(content)} bytes")
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
        chain, seq, previous = self.after.chain, self.after.seq, self.after.hash
        try:
            for entry in self.entries:
                seq += 1
                records.append(_restored(entry, chain, seq, previous))
                previous = records[-1].hash
            records[-1] = replace(records[-1], signature=self.signature)
            check_signature(records[-1], public_key)
        except RecordRefused as cause:
            raise SegmentMalformed(str(cause)) from cause
        except SignatureWrong as cause:
            raise SegmentNotSigned(
                f"records {self.after.seq + 1} to {self.last_seq} are not what was signed"
            ) from cause
        return tuple(records)


def decode_segment(content: bytes) -> Segment:
    """Read a segment. Raises SegmentMalformed, SegmentTooLarge."""
    try:
        held = Fields(cbor.decode(content, _LIMITS), _NAMES)
        held.whole(0, SEGMENT_VERSION, SEGMENT_VERSION)
        first_seq = held.whole(2, 1, WHOLE_MOST - SEGMENT_RECORDS_MAX)
        after = Link(held.raw(1, CHAIN_ID_BYTES), first_seq - 1, held.raw(3, HASH_BYTES))
        entries = unpack(held.blob(4, SEGMENT_BYTES_MOST), held.blob(5, SEGMENT_BYTES_MOST))
        return Segment(after, entries, held.raw(6, SIGNATURE_BYTES))
    except cbor.CborTooLarge as cause:
        raise SegmentTooLarge(str(cause)) from cause
    except (cbor.CborRefused, cbor.NotPlain, FieldRefused, CompressedMalformed) as cause:
        raise SegmentMalformed(f"not a segment: {cause}") from cause


def cut(
    records: Iterable[Record], records_max: int = SEGMENT_RECORDS_MAX, bytes_max: int = SEGMENT_BYTES_MAX
) -> Iterator[Segment]:
    """Cut consecutive records into segments within the limits; one signature's records at least, however large.

    Records after the last signed one are left out: they wait for the signature that covers them.
    Raises ChainBroken when the records are not consecutive.
    """
    return (segment for segment, _ in cut_encoded(records, records_max, bytes_max))


def cut_encoded(
    records: Iterable[Record], records_max: int = SEGMENT_RECORDS_MAX, bytes_max: int = SEGMENT_BYTES_MAX
) -> Iterator[tuple[Segment, bytes]]:
    """Like `cut`; each segment comes with its encoding, which had to be made to see how long it is."""
    groups: list[list[Record]] = []
    count, body_bytes, header_bytes = 0, 0, _HEADER_BYTES_FIRST
    for group in _signed_groups(records):
        group_bytes = sum([len(record.body or b"") for record in group])
        about_bytes = _OVERHEAD_BYTES + body_bytes + group_bytes + header_bytes * (count + len(group))
        if groups and (count + len(group) > records_max or about_bytes > bytes_max):
            for segment, content in _within(groups, bytes_max):
                yield segment, content
                header_bytes = _header_bytes(segment, content)
            groups, count, body_bytes = [], 0, 0
        groups.append(group)
        count += len(group)
        body_bytes += group_bytes
    if groups:
        yield from _within(groups, bytes_max)


def _within(groups: list[list[Record]], bytes_max: int) -> Iterator[tuple[Segment, bytes]]:
    """Yield what was expected to fit into one segment as that segment, or as more if it does not fit."""
    segment = Segment.of([record for group in groups for record in group])
    if len(groups) == 1:
        yield segment, segment.encode()
        return
    with suppress(SegmentTooLarge):
        content = segment.encode()
        if len(content) <= bytes_max:
            yield segment, content
            return
    half = len(groups) // 2
    yield from _within(groups[:half], bytes_max)
    yield from _within(groups[half:], bytes_max)


def _header_bytes(segment: Segment, content: bytes) -> float:
    """What a header became in a segment."""
    bodies_bytes = sum(len(entry.body or b"") for entry in segment.entries)
    return (len(content) - _OVERHEAD_BYTES - bodies_bytes) / len(segment.entries) + 0.5


def _signed_groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield runs of records that end with a signature."""
    group: list[Record] = []
    for record in records:
        group.append(record)
        if record.signature is not None:
            yield group
            group = []


def _restored(entry: Entry, chain: bytes, seq: int, previous: bytes) -> Record:
    """Return the record that an entry stands for at this place of a chain, unsigned. Raises RecordRefused."""
    body = entry.body
    header = Header(
        entry.kind,
        chain,
        seq,
        previous,
        entry.wall_ms,
        entry.boot_id,
        entry.boot_ms,
        entry.checkpoint,
        entry.clock_note,
        entry.actor,
        entry.actor_class,
        entry.case_no,
        entry.body_digest or hashlib.sha256(body or b"").digest(),
        entry.body_bytes,
        entry.content_key,
        entry.plain,
    )
    header.check_seal()
    header_bytes = encode_header(header)
    if len(header_bytes) > HEADER_BYTES_MAX:
        raise HeaderMalformed(f"header: {len(header_bytes)} bytes")
    return Record(header, header_bytes, body, None, hashlib.sha256(header_bytes).digest())
