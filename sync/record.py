"""A record: one fact, numbered, chained and signed.

`compose` makes one from a fact; `restore` takes one back from its bytes. The header is all that the signature and
the chain cover directly; it covers the body by its digest, so that a body can be withheld or erased and the chain
still verifies. What a header says is checked here for its form only: whether the fact makes sense is the fold's
matter, so that a nonsensical record is parked with its case and the chain moves on.

Header keys (CBOR map): 0 version, 1 suite, 2 kind, 3 chain, 4 seq, 5 previous hash, 6 wall ms, 7 boot id, 8 boot ms,
9 hash of the last county checkpoint seen, 10 clock note, 11 actor, 12 actor class, 13 case number, 14 body digest,
15 body length, 16 number of the content key, 17 plain fields. 9, 10, 13, 16 and 17 are absent when there is nothing
to say; no other key is taken.

A body is compressed and then sealed (`sync.sealing`); digest and length are of the sealed bytes. Only a record that
tells a content key has an open body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import IntFlag
from typing import Any

from msgspec import Struct

from sync import cbor, header_fields
from sync.compression import Matter, compress
from sync.fields import FieldRefused
from sync.header_bytes import SUITE, VERSION, encode_header
from sync.keys import Signer, sign_detached, verify_detached
from sync.model.facts import ActorClass, Author, ContentKeySealed, Envelope, Fact, Kind, kind_of, to_plain
from sync.model.plain import PlainValue
from sync.sealing import TAG_BYTES, ContentKey

CHAIN_ID_BYTES = header_fields.CHAIN_ID_BYTES
HASH_BYTES = header_fields.HASH_BYTES
BOOT_ID_BYTES = header_fields.BOOT_ID_BYTES
HEADER_BYTES_MAX = 2048
BODY_BYTES_MAX = header_fields.BODY_BYTES_MAX
OPEN_BODY_BYTES_MAX = 64 * 1024
WALL_MS_MAX = header_fields.WALL_MS_MAX

NO_HASH = bytes(HASH_BYTES)
"""Stands for the hash of the record before the first."""

_HEADER_LIMITS = cbor.Limits(HEADER_BYTES_MAX, values_max=HEADER_BYTES_MAX)


class RecordRefused(ValueError):
    """Not a record as this version reads it."""


class HeaderMalformed(RecordRefused):
    """A header field is missing, unknown, of another type or out of bounds."""


class BodyTooLarge(RecordRefused):
    """The body is larger than a record may carry, closed or opened."""


class BodyChanged(RecordRefused):
    """The body is not the one that the header names."""


class BodyMalformed(RecordRefused):
    """The body is the one that was signed, but holds no fields."""


class BodyWithheld(RecordRefused):
    """The body is not here: withheld, or erased after its retention."""


class BodySealed(RecordRefused):
    """Nobody who may read this body is here."""


class ChainBroken(RecordRefused):
    """The record does not follow the one before it."""


class ClockNote(IntFlag):
    """What the writer knew about its own clock."""

    STEERED = 1  # not the machine's clock: a demonstration or a test
    MOVED = 2  # the wall clock moved against the clock of the boot since the record before


NO_NOTE = ClockNote(0)


class Link(Struct, frozen=True, gc=False):
    """Where a chain stands: the hash of its record `seq`. Seq 0 with NO_HASH before the first."""

    chain: bytes
    seq: int
    hash: bytes

    @classmethod
    def start(cls, chain: bytes) -> Link:
        """Return where a chain without records stands."""
        return cls(chain, 0, NO_HASH)


class Stamp(Struct, frozen=True):
    """When a record is written: the wall clock, and the clock of this start of the machine."""

    wall_ms: int
    boot_id: bytes
    boot_ms: int
    note: ClockNote = NO_NOTE


class Header(Struct, frozen=True, gc=False):
    """What a record says in the open. Milliseconds, hashes of 32 bytes; `chain` and `boot_id` have 8.

    `kind` may be one that this version does not know. `content_key` is the seq of the record that tells the key of the
    body, None where there is no body or it tells a key itself.
    """

    kind: int
    chain: bytes
    seq: int
    previous: bytes
    wall_ms: int
    boot_id: bytes
    boot_ms: int
    checkpoint: bytes | None
    clock_note: ClockNote
    actor: str
    actor_class: ActorClass
    case_no: str | None
    body_digest: bytes
    body_bytes: int
    content_key: int | None
    plain: Mapping[int, PlainValue]

    def to_map(self) -> dict[int, PlainValue]:
        """Return the header as its CBOR map."""
        held: dict[int, PlainValue] = {
            0: VERSION,
            1: SUITE,
            2: self.kind,
            3: self.chain,
            4: self.seq,
            5: self.previous,
            6: self.wall_ms,
            7: self.boot_id,
            8: self.boot_ms,
            9: self.checkpoint,
            10: int(self.clock_note) or None,
            11: self.actor,
            12: int(self.actor_class),
            13: self.case_no,
            14: self.body_digest,
            15: self.body_bytes,
            16: self.content_key,
            17: self.plain or None,
        }
        return {key: value for key, value in held.items() if value is not None}

    @classmethod
    def from_map(cls, value: Mapping[int, Any]) -> Header:
        """Read the CBOR map. Raises HeaderMalformed."""
        try:
            held = header_fields.judged(value)
        except FieldRefused as cause:
            raise HeaderMalformed(f"header: {cause}") from cause
        return cls(
            held.kind,
            held.chain,
            held.seq,
            held.previous,
            held.wall_ms,
            held.boot_id,
            held.boot_ms,
            held.checkpoint,
            ClockNote(held.clock_note) if held.clock_note else NO_NOTE,
            held.actor,
            held.actor_class,
            held.case_no,
            held.body_digest,
            held.body_bytes,
            held.content_key,
            held.plain or {},
        )

    def check_seal(self) -> None:
        """Check that a body is sealed, with a key that was told before, or tells one. Raises HeaderMalformed."""
        if self.content_key is not None:
            if not self.body_bytes or self.content_key >= self.seq:
                raise HeaderMalformed("header: a seal without a body, or by a key that was told later")
        elif self.body_bytes and self.kind != Kind.CONTENT_KEY_SEALED:
            raise HeaderMalformed("header: a body that is not sealed")


class Record(Struct, frozen=True, gc=False):
    """A header with its bytes, and what belongs to them.

    Attributes:
        body: compressed and sealed fields; None when withheld or erased.
        signature: 64 bytes; None where it came under the signature of a later record of its segment.
        hash: SHA-256 of the header bytes.
    """

    header: Header
    header_bytes: bytes
    body: bytes | None
    signature: bytes | None
    hash: bytes

    @property
    def link(self) -> Link:
        """Where the chain stands with this record."""
        return Link(self.header.chain, self.header.seq, self.hash)


def chain_id(public_key: bytes) -> bytes:
    """Return the id of a key's chain: the first 8 bytes of the SHA-256 of the raw public key."""
    return hashlib.sha256(public_key).digest()[:CHAIN_ID_BYTES]


def compose(
    happened: Fact,
    *,
    after: Link,
    stamp: Stamp,
    signer: Signer,
    actor: str,
    actor_class: ActorClass,
    case_no: str | None = None,
    checkpoint: bytes | None = None,
    content_key: ContentKey | None = None,
) -> Record:
    """Make the record that follows `after` on the signer's chain, its body sealed with `content_key`.

    `checkpoint` is the hash of the newest checkpoint of the county, for the first record that follows its arrival.

    Raises:
        ChainBroken: `after` is not on the signer's chain.
        BodyTooLarge: more than a record may carry.
        HeaderMalformed: a plain field, the actor or the case number is too long, or there is a body and no key for it.
    """
    if after.chain != chain_id(signer.public_key):
        raise ChainBroken("this signer's key is not that of the chain")
    plain, body_fields = to_plain(happened)
    body = close_body(body_fields)
    sealed_with = content_key if body and not isinstance(happened, ContentKeySealed) else None
    if sealed_with is not None:
        body = sealed_with.seal(body, after.seq + 1)
    header = Header(
        kind=kind_of(happened),
        chain=after.chain,
        seq=after.seq + 1,
        previous=after.hash,
        wall_ms=stamp.wall_ms,
        boot_id=stamp.boot_id,
        boot_ms=stamp.boot_ms,
        clock_note=stamp.note,
        checkpoint=checkpoint,
        actor=actor,
        actor_class=actor_class,
        case_no=case_no,
        body_digest=hashlib.sha256(body).digest(),
        body_bytes=len(body),
        plain=plain,
        content_key=sealed_with.number if sealed_with else None,
    )
    header_bytes = cbor.encode(header.to_map())
    # Read back before it is signed: what the other end would refuse never enters the chain.
    return Record(
        decode_header(header_bytes), header_bytes, body, sign_detached(signer, header_bytes), _hash(header_bytes)
    )


def has_body(happened: Fact) -> bool:
    """Whether a fact says anything in its body, so that its record needs a content key."""
    return bool(to_plain(happened)[1])


def restore(header_bytes: bytes, body: bytes | None, signature: bytes | None) -> Record:
    """Take a record back from its stored parts. The signature is not checked here.

    Raises:
        HeaderMalformed: the header bytes are not a header.
        BodyChanged: the body is not the one that the header names.
    """
    header = decode_header(header_bytes)
    check_body(header, body)
    return Record(header, header_bytes, body, signature, _hash(header_bytes))


def decode_header(header_bytes: bytes) -> Header:
    """Read header bytes. Raises HeaderMalformed."""
    try:
        # Every field but the plain ones is judged by its type and range, and all of it by coming out the same again.
        held = cbor.decode_unchecked(header_bytes, _HEADER_LIMITS)
        if not isinstance(held, dict):
            raise HeaderMalformed("header: not a map")
        if header_fields.PLAIN in held:
            held[header_fields.PLAIN] = cbor.checked(held[header_fields.PLAIN])
        header = Header.from_map(held)
        header.check_seal()
        if encode_header(header) != header_bytes:
            raise HeaderMalformed("header: another encoding of the same values, or bytes after its end")
    except (cbor.CborRefused, cbor.NotPlain) as cause:
        raise HeaderMalformed(f"header: {cause}") from cause
    return header


def check_body(header: Header, body: bytes | None) -> None:
    """Check that a body is the one that the header names; a withheld one passes. Raises BodyChanged."""
    if body is None:
        return
    if len(body) != header.body_bytes or hashlib.sha256(body).digest() != header.body_digest:
        raise BodyChanged(f"the body of record {header.seq} is not the one that was signed")


def check_follows(record: Record, after: Link) -> None:
    """Check chain, number and previous hash. Raises ChainBroken."""
    header = record.header
    if header.chain != after.chain:
        raise ChainBroken(f"record {header.seq} is of another chain")
    if header.seq != after.seq + 1:
        raise ChainBroken(f"record {header.seq} does not follow record {after.seq}")
    if header.previous != after.hash:
        raise ChainBroken(f"record {header.seq} does not name the hash of the record before it")


def check_signature(record: Record, public_key: bytes) -> None:
    """Check the record's own signature. Raises SignatureWrong, also when it has none of its own."""
    verify_detached(public_key, record.header_bytes, record.signature or b"")


def close_body(fields: Mapping[int, PlainValue]) -> bytes:
    """Return the body for these fields: their CBOR, compressed; nothing without fields. Raises BodyTooLarge."""
    if not fields:
        return b""
    opened = cbor.encode(fields)
    body = compress(Matter.BODY, opened)
    if len(opened) > OPEN_BODY_BYTES_MAX or len(body) > BODY_BYTES_MAX - TAG_BYTES:
        raise BodyTooLarge(
            f"a body of {len(opened)} bytes, {len(body)} compressed; "
            f"{OPEN_BODY_BYTES_MAX} and {BODY_BYTES_MAX - TAG_BYTES} are allowed"
        )
    return body


def envelope(record: Record, author: Author) -> Envelope:
    """Return what the fold reads. `author` is whose chain it came from, judged by the key."""
    header = record.header
    return Envelope(
        kind=header.kind,
        author=author,
        chain=header.chain,
        seq=header.seq,
        wall_ms=header.wall_ms,
        actor=header.actor,
        actor_class=header.actor_class,
        case_no=header.case_no,
        plain=header.plain,
    )


def _hash(header_bytes: bytes) -> bytes:
    return hashlib.sha256(header_bytes).digest()
