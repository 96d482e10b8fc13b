"""The bytes of a header, put together by hand: ten thousands pass through a gateway in a second.

`sync.cbor` makes the same bytes of `Header.to_map`, in three times the time; the tests hold one against the other.
"""

from __future__ import annotations

import functools
import struct
from typing import TYPE_CHECKING

import cbor2

from sync.model.facts import ActorClass

if TYPE_CHECKING:
    from sync.record import Header

VERSION = 1
SUITE = 1
"""Ed25519, SHA-256, AES-256-GCM, HPKE with X25519; one number fixes every algorithm, none is negotiated by itself."""
_FIELDS, _OPTIONAL = 18, 5


def encode_header(header: Header) -> bytes:
    """Return the header's CBOR.

    The fields must be what `Header` says, and maps among the plain ones in the order of their keys, as everything is
    that was decoded.
    """
    absent, checkpoint, note, case_no, content_key, plain = _OPTIONAL, b"", b"", b"", b"", b""
    if header.checkpoint is not None:
        absent, checkpoint = absent - 1, b"\x09\x58\x20" + header.checkpoint
    if header.clock_note:
        absent, note = absent - 1, b"\x0a" + _known(int(header.clock_note))
    if header.case_no is not None:
        absent, case_no = absent - 1, b"\x0d" + _known(header.case_no)
    if header.content_key is not None:
        absent, content_key = absent - 1, b"\x10" + _whole(header.content_key)
    if header.plain:
        absent, plain = absent - 1, b"\x11" + cbor2.dumps(header.plain)
    return b"%b%b\x03\x48%b\x04%b\x05\x58\x20%b\x06%b\x07\x48%b\x08%b%b%b\x0b%b\x0c%b%b\x0e\x58\x20%b\x0f%b%b%b" % (
        _HEADS[absent], _known(header.kind),
        header.chain, _whole(header.seq), header.previous,
        _whole(header.wall_ms), header.boot_id, _whole(header.boot_ms), checkpoint, note,
        _known(header.actor), _ACTOR_CLASSES[header.actor_class], case_no,
        header.body_digest, _known(header.body_bytes), content_key, plain,
    )  # fmt: skip


_HEADS = [bytes((0xA0 + _FIELDS - absent, 0, VERSION, 1, SUITE, 2)) for absent in range(_OPTIONAL + 1)]
"""By the number of absent fields: the head of the map, its first two fields, and the key of the third."""
_ACTOR_CLASSES = {each: cbor2.dumps(int(each)) for each in ActorClass}
_known = functools.lru_cache(4096)(cbor2.dumps)
"""Of what comes again and again: actors, case numbers, small numbers."""
_LONG, _LONGEST = struct.Struct(">BI").pack, struct.Struct(">BQ").pack


def _whole(number: int) -> bytes:
    """Return the encoding of a number that is another every time."""
    if number > 0xFFFFFFFF:
        return _LONGEST(0x1B, number)
    return _LONG(0x1A, number) if number > 0xFFFF else _known(number)
