"""The envelope of a bundle: bytes sealed to one key, of which somebody else can tell only the county and the direction.

A file is a preface, then chunks. Preface: `SUNBNDL` and a version byte 1, direction (1 byte: 1 up, 2 down), county (6
digits), first 8 bytes of the SHA-256 of the recipient's X25519 key, a fresh 32-byte key sealed to it by HPKE as in
`sync.sealing`, with the info `sunpoint 1 bundle` and all of the preface before. Chunks: AES-256-GCM under that key of
65,536 bytes each, of fewer in the last; nonce the number of the chunk from 0 in 11 bytes, then a byte that is 1 for
the last chunk and else 0 (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015). So no chunk can be
changed, moved, repeated or left out, and a file that was cut anywhere is known to be cut.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from sync.sealing import RECIPIENT_BYTES, SEAL_BYTES, TAG_BYTES, Opener, Recipient, SealBroken, seal_to

CHUNK_BYTES = 64 * 1024
_MAGIC = b"SUNBNDL\x01"
_COUNTY_BYTES = 6
_HEAD_BYTES = len(_MAGIC) + 1 + _COUNTY_BYTES + RECIPIENT_BYTES
PREFACE_BYTES = _HEAD_BYTES + SEAL_BYTES
_CONTEXT = b"sunpoint 1 bundle"
_KEY_BYTES = 32

Read = Callable[[int], bytes]
"""Returns so many bytes, fewer only at the end."""


class BundleRefused(ValueError):
    """Not a bundle that can be taken; the types of this family say why. Nothing of it is used."""


class NotABundle(BundleRefused):
    """Another file."""


class BundleOfAnotherDirection(BundleRefused):
    """What a terminal wrote where an answer is wanted, or the other way round."""


class BundleOfAnotherCounty(BundleRefused):
    """It was made for another county."""


class BundleForAnotherKey(BundleRefused):
    """It is sealed to somebody else, or to a key that is no longer here."""


class BundleDamaged(BundleRefused):
    """Cut off or changed."""


class BundleTooLarge(BundleRefused):
    """More bytes than are taken."""


class BundleMalformed(BundleRefused):
    """Sealed by somebody who does not speak this protocol."""


class Direction(IntEnum):
    """Which way a bundle goes."""

    UP = 1
    DOWN = 2


class Preface(Struct, frozen=True):
    """What anybody can read of a bundle. `recipient` is the id of the key that opens it."""

    direction: Direction
    county: str
    recipient: bytes

    @property
    def head(self) -> bytes:
        """Its bytes, which the seal of the key is bound to."""
        return _MAGIC + bytes([self.direction]) + self.county.encode() + self.recipient

    @classmethod
    def decode(cls, head: bytes) -> Preface:
        """Read the first bytes of a file. Raises NotABundle."""
        county = head[len(_MAGIC) + 1 : len(_MAGIC) + 1 + _COUNTY_BYTES]
        if len(head) < _HEAD_BYTES or not head.startswith(_MAGIC) or not county.isdigit():
            raise NotABundle("this is not a file of this system")
        try:
            direction = Direction(head[len(_MAGIC)])
        except ValueError as cause:
            raise NotABundle("a bundle of a direction that is not known here") from cause
        return cls(direction, county.decode(), head[_HEAD_BYTES - RECIPIENT_BYTES : _HEAD_BYTES])


def seal_stream(direction: Direction, county: str, recipient: Recipient, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a bundle that holds `pieces`, which may have any size."""
    preface = Preface(direction, county, recipient.id)
    key = os.urandom(_KEY_BYTES)
    yield preface.head + seal_to(recipient, key, _CONTEXT + preface.head)
    cipher = AESGCM(key)
    held = bytearray()
    number = 0
    for piece in pieces:
        held += piece
        # More than a chunk: the one that is left at the end, full or not, is the last.
        while len(held) > CHUNK_BYTES:
            yield cipher.encrypt(_nonce(number, last=False), bytes(held[:CHUNK_BYTES]), None)
            del held[:CHUNK_BYTES]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(held), None)


def open_stream(read: Read, direction: Direction, county: str, opener: Opener, bytes_max: int) -> Iterator[bytes]:
    """Yield what a bundle holds, chunk by chunk.

    Only when it has ended is the whole known to be whole: nothing may be used before. Raises BundleRefused by its
    kinds, and what `read` raises.
    """
    head = read(PREFACE_BYTES)
    preface = Preface.decode(head)
    if preface.direction is not direction:
        raise BundleOfAnotherDirection(f"this bundle goes {preface.direction.name.lower()}")
    if preface.county != county:
        raise BundleOfAnotherCounty(f"this bundle is of county {preface.county}, not of {county}")
    if preface.recipient != opener.recipient.id:
        raise BundleForAnotherKey("this bundle is sealed to another key")
    try:
        key = opener.open(head[_HEAD_BYTES:], _CONTEXT + preface.head)
        cipher = AESGCM(key)
    except (SealBroken, ValueError) as cause:
        raise BundleDamaged("the beginning of the bundle was cut off or changed") from cause
    left = bytes_max - PREFACE_BYTES
    number = 0
    chunk = read(CHUNK_BYTES + TAG_BYTES)
    while True:
        following = read(CHUNK_BYTES + TAG_BYTES) if len(chunk) == CHUNK_BYTES + TAG_BYTES else b""
        left -= len(chunk)
        if left < 0:
            raise BundleTooLarge(f"a bundle of more than {bytes_max} bytes")
        try:
            yield cipher.decrypt(_nonce(number, last=not following), chunk, None)
        except (InvalidTag, ValueError) as cause:
            raise BundleDamaged("the bundle was cut off or changed") from cause
        if not following:
            return
        chunk = following
        number += 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
