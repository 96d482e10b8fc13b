"""Records, their sealed bodies, and the segments that carry them: `sync/README.md`, "Record" to "Frame and segment"."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.second import cbor
from tests.second.primitives import Compression, hpke_open, hpke_seal, sha256, sign_detached, verify_detached

VERSION, SUITE, KIND, CHAIN, SEQ, PREVIOUS, WALL, BOOT, BOOT_MS, CHECKPOINT, CLOCK = range(11)
ACTOR, ACTOR_CLASS, CASE, DIGEST, LENGTH, KEY, PLAIN = range(11, 18)
COLUMNS = (KIND, BOOT, CHECKPOINT, CLOCK, ACTOR, ACTOR_CLASS, CASE, KEY, PLAIN)
REQUIRED = {VERSION, SUITE, KIND, CHAIN, SEQ, PREVIOUS, WALL, BOOT, BOOT_MS, ACTOR, ACTOR_CLASS, DIGEST, LENGTH}
CONTENT_KEY_KIND, DESK_KEY_KIND = 8, 9
SYSTEM = 5
HEADER_BYTES_MAX, BODY_BYTES_MAX, BODY_TEXT_MAX, HEADERS_TEXT_MAX = 2048, 16_384, 65_536, 105_600
SEGMENT_RECORDS_MAX, SEGMENT_BYTES_MAX, SEGMENT_BYTES_CUT = 50, 18_688, 4096
NO_HASH = bytes(32)


class SegmentMalformed(ValueError):
    """These bytes are no segment of the protocol."""


class BodyNotReadable(ValueError):
    """The body is not what its header or its content key says."""


class Matters:
    """The two dictionaries of the protocol."""

    def __init__(self, directory: Path) -> None:
        self.body = Compression(
            directory / "body-1.zdict", "7cbdd474eacc55ffe8c2d4ec908309f29510b37d4cdf97822e9765726fde17c7"
        )
        self.headers = Compression(
            directory / "headers-1.zdict", "7044827d6fa8873698c19115b2acf0d66fc46fa3fd79518c9f4086b0499c8822"
        )


@dataclass(frozen=True)
class Record:
    """A header, its body as carried and its signature; body None: withheld."""

    header: bytes
    body: bytes | None
    signature: bytes

    @property
    def fields(self) -> dict[int, Any]:
        """The header's map."""
        found: dict[int, Any] = cbor.decode(self.header)
        return found

    @property
    def hash(self) -> bytes:
        """What the next record and the county's acknowledgement name."""
        return sha256(self.header)


def chain_of(public_key: bytes) -> bytes:
    """Return the 8 bytes that name the chain of a raw Ed25519 key."""
    return sha256(public_key)[:8]


def short(public_key: bytes) -> bytes:
    """Return the 8 bytes that name a reader's X25519 key."""
    return sha256(public_key)[:8]


def _nonce(seq: int) -> bytes:
    return seq.to_bytes(12, "big")


def _place(chain: bytes, seq: int) -> bytes:
    return chain + seq.to_bytes(8, "big")


class Journal:
    """A terminal's own chain, in memory: it takes down facts, and knows its newest content key."""

    def __init__(self, signer: Ed25519PrivateKey, matters: Matters) -> None:
        self.signer = signer
        self.matters = matters
        self.public_key = signer.public_key().public_bytes_raw()
        self.chain = chain_of(self.public_key)
        self.records: list[Record] = []
        self.boot = os.urandom(8)
        self.content_key: tuple[int, bytes] | None = None
        self.checkpoint_hash: bytes | None = None

    @property
    def head(self) -> tuple[int, bytes]:
        """Seq and hash of the newest record; (0, 32 zero bytes) before the first."""
        return len(self.records), self.records[-1].hash if self.records else NO_HASH

    def tell_content_key(self, readers: list[bytes]) -> Record:
        """Take a new content key and tell it to the raw X25519 keys of its readers."""
        seq, key = len(self.records) + 1, os.urandom(32)
        info = b"sunpoint 1 content key" + _place(self.chain, seq)
        told = [{0: short(reader), 1: hpke_seal(reader, info, key)} for reader in readers]
        body = self.matters.body.pack(cbor.encode({0: told}))
        self.content_key = (seq, key)
        return self._append(CONTENT_KEY_KIND, {0: sha256(key)}, body, None)

    def write(self, kind: int, plain: dict[int, Any] | None = None, body: dict[int, Any] | None = None) -> Record:
        """Write one fact, its body sealed."""
        if not body:
            return self._append(kind, plain, b"", None)
        if self.content_key is None:
            raise BodyNotReadable("no content key was told")
        number, key = self.content_key
        seq = len(self.records) + 1
        packed = self.matters.body.pack(cbor.encode(body))
        return self._append(kind, plain, AESGCM(key).encrypt(_nonce(seq), packed, _place(self.chain, seq)), number)

    def _append(self, kind: int, plain: dict[int, Any] | None, body: bytes, key: int | None) -> Record:
        seq, previous = self.head
        fields = {
            VERSION: 1, SUITE: 1, KIND: kind, CHAIN: self.chain, SEQ: seq + 1, PREVIOUS: previous,
            WALL: time.time_ns() // 1_000_000, BOOT: self.boot,
            BOOT_MS: time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000,
            ACTOR: "second", ACTOR_CLASS: SYSTEM, DIGEST: sha256(body), LENGTH: len(body),
        }  # fmt: skip
        fields |= {PLAIN: plain} if plain else {}
        fields |= {KEY: key} if key is not None else {}
        if self.checkpoint_hash is not None:
            fields[CHECKPOINT], self.checkpoint_hash = self.checkpoint_hash, None
        header = cbor.encode(fields)
        record = Record(header, body, sign_detached(self.signer, header))
        self.records.append(record)
        return record


# --- reading ---------------------------------------------------------------------------------------------------------


def open_content_key(record: Record, reader: X25519PrivateKey, matters: Matters) -> bytes:
    """Return the content key that a record of kind 8 tells to this reader; BodyNotReadable."""
    fields = record.fields
    told = cbor.decode(matters.body.unpack(_body_of(record), BODY_TEXT_MAX))[0]
    mine = short(reader.public_key().public_bytes_raw())
    for entry in told:
        if entry[0] == mine:
            info = b"sunpoint 1 content key" + _place(fields[CHAIN], fields[SEQ])
            key = hpke_open(reader, info, entry[1])
            if sha256(key) == fields[PLAIN][0]:
                return key
            raise BodyNotReadable("the key that was told is not the one of the digest")
    raise BodyNotReadable("the key is not told to this reader")


def open_body(record: Record, key: bytes, matters: Matters) -> dict[int, Any]:
    """Return the body's fields; BodyNotReadable, or InvalidTag of `cryptography`."""
    fields = record.fields
    sealed = _body_of(record)
    packed = AESGCM(key).decrypt(_nonce(fields[SEQ]), sealed, _place(fields[CHAIN], fields[SEQ]))
    opened: dict[int, Any] = cbor.decode(matters.body.unpack(packed, BODY_TEXT_MAX))
    return opened


def _body_of(record: Record) -> bytes:
    fields = record.fields
    if record.body is None or (sha256(record.body), len(record.body)) != (fields[DIGEST], fields[LENGTH]):
        raise BodyNotReadable("the body is withheld, or not the one that was signed")
    return record.body


# --- segments --------------------------------------------------------------------------------------------------------


def encode_segment(records: list[Record], matters: Matters) -> bytes:
    """Return a segment of consecutive records."""
    first = records[0].fields
    headers = matters.headers.pack(cbor.encode(_columns(records)))
    bodies = b"".join(record.body or b"" for record in records)
    return cbor.encode(
        [2, first[CHAIN], first[SEQ], first[PREVIOUS], headers, bodies, records[-1].signature]
    )  # fmt: skip


def cut(records: list[Record], matters: Matters) -> list[bytes]:
    """Return the segments of consecutive records, none longer than a sender may send."""
    segments: list[bytes] = []
    at = 0
    while at < len(records):
        count = min(SEGMENT_RECORDS_MAX, len(records) - at)
        while len(encode_segment(records[at : at + count], matters)) > SEGMENT_BYTES_CUT and count > 1:
            count -= 1
        segments.append(encode_segment(records[at : at + count], matters))
        at += count
    return segments


def frame(content: bytes) -> bytes:
    """Return length and content."""
    return len(content).to_bytes(4, "big") + content


def frames(stream: bytes) -> list[bytes]:
    """Return the contents of whole frames; SegmentMalformed for a stream that ends inside one."""
    contents: list[bytes] = []
    at = 0
    while at < len(stream):
        end = at + 4 + int.from_bytes(stream[at : at + 4], "big")
        if end > len(stream):
            raise SegmentMalformed("the stream ends inside a frame")
        contents.append(stream[at + 4 : end])
        at = end
    return contents


def _columns(records: list[Record]) -> dict[int, Any]:
    rows = [record.fields for record in records]
    columns: dict[int, Any] = {}
    for key in COLUMNS:
        values: list[Any] = []
        for row in rows:
            if row.get(key) not in values:
                values.append(row.get(key))
        if values != [None]:
            columns[key] = [values, bytes(values.index(row.get(key)) for row in rows)]
    columns[WALL] = _differences([row[WALL] for row in rows])
    columns[BOOT_MS] = _differences([row[WALL] - row[BOOT_MS] for row in rows])
    columns[LENGTH] = [row[LENGTH] for row in rows]
    withheld = {place: row[DIGEST] for place, row in enumerate(rows) if records[place].body is None}
    return columns | ({DIGEST: withheld} if withheld else {})


def _differences(numbers: list[int]) -> list[int]:
    return [number - before for number, before in zip(numbers, [0, *numbers], strict=False)]


def decode_segment(segment: bytes, public_key: bytes, matters: Matters) -> list[Record]:
    """Return the records of a segment whose last one this key signed; SegmentMalformed or NotSigned."""
    if len(segment) > SEGMENT_BYTES_MAX:
        raise SegmentMalformed("longer than a receiver takes")
    version, chain, seq, previous, packed, bodies, signature = cbor.decode(segment)
    if version != 2 or chain != chain_of(public_key):
        raise SegmentMalformed("another version, or another chain")
    columns = cbor.decode(matters.headers.unpack(packed, HEADERS_TEXT_MAX))
    count = len(columns[LENGTH])
    if not 0 < count <= SEGMENT_RECORDS_MAX:
        raise SegmentMalformed("more records than a receiver takes, or none")
    records: list[Record] = []
    wall = since = at = 0
    for place in range(count):
        length, withheld = columns[LENGTH][place], columns.get(DIGEST, {}).get(place)
        body = None if withheld else bodies[at : at + length]
        at += len(body or b"")
        wall, since = wall + columns[WALL][place], since + columns[BOOT_MS][place]
        fields = {key: columns[key][0][columns[key][1][place]] for key in COLUMNS if key in columns}
        fields = {key: value for key, value in fields.items() if value is not None} | {
            VERSION: 1, SUITE: 1, CHAIN: chain, SEQ: seq + place, PREVIOUS: previous, WALL: wall,
            BOOT_MS: wall - since, DIGEST: sha256(body) if body is not None else withheld, LENGTH: length,
        }  # fmt: skip
        _check_header(fields)
        record = Record(cbor.encode(fields), body, b"")
        previous = record.hash
        records.append(record)
    if at != len(bodies) or _columns(records) != columns:
        raise SegmentMalformed("bytes behind the bodies, or columns that nobody writes")
    verify_detached(public_key, records[-1].header, signature)
    return [*records[:-1], signed(records[-1], signature)]


def signed(record: Record, signature: bytes) -> Record:
    """Return the record with its signature."""
    return Record(record.header, record.body, signature)


def _check_header(fields: dict[int, Any]) -> None:
    if not set(fields) >= REQUIRED:
        raise SegmentMalformed(f"a header lacks {REQUIRED - set(fields)}")
    sealed = fields[LENGTH] > 0 and fields[KIND] != CONTENT_KEY_KIND
    if sealed != (KEY in fields) or fields.get(KEY, 0) >= fields[SEQ]:
        raise SegmentMalformed("a body and its content key do not go together")
