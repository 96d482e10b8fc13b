"""The bytes of a header, put together and taken apart by hand: ten thousands pass through a gateway in a second.

`sync.cbor` makes the same bytes of `Header.to_map`, and `Header.from_map` judges the same fields, in three times the
time; the tests hold one against the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cbor2

from sync.fields import WHOLE_MOST
from sync.model.facts import ActorClass

if TYPE_CHECKING:
    from sync.record import Header

VERSION = 1
SUITE = 1
"""Ed25519, SHA-256, AES-256-GCM, HPKE with X25519; one number fixes every algorithm, none is negotiated by itself."""
_OBLIGATORY = 13
"""Fields that every header has."""


def encode_header(header: Header) -> bytes:
    """Return the header's CBOR. Ten thousands of headers pass in a second, so it is put together by hand.

    The fields must be what `Header` says, and maps among the plain ones in the order of their keys, as everything is
    that was decoded.
    """
    whole = cbor2.dumps
    checkpoint, note, case_no, content_key = header.checkpoint, header.clock_note, header.case_no, header.content_key
    plain = header.plain
    optional = (checkpoint is not None, bool(note), case_no is not None, content_key is not None, bool(plain))
    return b"".join(
        (
            _HEADS[sum(optional)], whole(header.kind),
            b"\x03\x48", header.chain,
            b"\x04", whole(header.seq),
            b"\x05\x58\x20", header.previous,
            b"\x06", whole(header.wall_ms),
            b"\x07\x48", header.boot_id,
            b"\x08", whole(header.boot_ms),
            b"\x09\x58\x20" + checkpoint if checkpoint is not None else b"",
            b"\x0a" + whole(int(note)) if note else b"",
            b"\x0b", whole(header.actor),
            b"\x0c", whole(int(header.actor_class)),
            b"\x0d" + whole(case_no) if case_no is not None else b"",
            b"\x0e\x58\x20", header.body_digest,
            b"\x0f", whole(header.body_bytes),
            b"\x10" + whole(content_key) if content_key is not None else b"",
            b"\x11" + whole(plain) if plain else b"",
        )
    )  # fmt: skip


_HEADS = [bytes((0xA0 + _OBLIGATORY + optional, 0, VERSION, 1, SUITE, 2)) for optional in range(6)]
"""By the number of optional fields: the head of the map, its first two fields, and the key of the third."""


_FIELDS = frozenset(range(18))
_NEEDED = _FIELDS - {9, 10, 13, 16, 17}
_KIND_MOST, _WALL_MS_MOST, _BODY_BYTES_MOST = 0xFFFF, (1 << 47) - 1, 16 * 1024
_ACTOR_MOST, _CASE_MOST, _ID, _HASH = 64, 40, 8, 32
_ACTOR_CLASSES = {int(each): each for each in ActorClass}


def usual_fields(held: object) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """Return the fields of a header before and behind its clock note, of a map in which all is right and no note is.

    None for any other map: `Header.from_map` reads it, or says what is wrong with it.
    """
    if type(held) is not dict or not _NEEDED <= held.keys() <= _FIELDS or 10 in held:
        return None
    wholes = (held[2], held[4], held[6], held[8], held[12], held[15], held.get(16, 1), held[0], held[1])
    kind, seq, wall_ms, boot_ms, actor_class, body_bytes, content_key, version, suite = wholes
    raws = (held[3], held[7], held[5], held[14], held.get(9, held[5]))
    texts = (held[11], held.get(13, ""))
    plain = held.get(17, _NOTHING)
    if not (
        set(map(type, wholes)) == _WHOLE
        and set(map(type, raws)) == _RAW
        and set(map(type, texts)) == _TEXT
        and min(wholes) >= 0
        and (version, suite) == (VERSION, SUITE)
        and kind <= _KIND_MOST
        and 0 < seq <= WHOLE_MOST
        and wall_ms <= _WALL_MS_MOST
        and boot_ms <= WHOLE_MOST
        and actor_class in _ACTOR_CLASSES
        and body_bytes <= _BODY_BYTES_MOST
        and 0 < content_key <= WHOLE_MOST
        and tuple(map(len, raws)) == _LENGTHS
        and len(texts[0]) <= _ACTOR_MOST
        and len(texts[1]) <= _CASE_MOST
        and type(plain) is dict
        and set(map(type, plain)) <= _WHOLE
    ):
        return None
    return (
        (
            kind, held[3], seq, held[5], wall_ms, held[7], boot_ms, texts[0], _ACTOR_CLASSES[actor_class], held[14],
            body_bytes, plain, held.get(13),
        ),
        (held.get(9), held.get(16)),
    )  # fmt: skip


_NOTHING: dict[int, Any] = {}
_WHOLE, _RAW, _TEXT = {int}, {bytes}, {str}
_LENGTHS = (_ID, _ID, _HASH, _HASH, _HASH)
