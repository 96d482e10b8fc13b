"""The sealed form of an attachment. Pure: the key is an argument.

The content is cut into chunks of 64 KiB, the last one shorter or whole and never empty. Each is AES-256-GCM under the
attachment's key: nonce 7 zero bytes, the chunk's number in 4 bytes, big-endian, and one byte that is 1 for the last
chunk and else 0; additional data `sunpoint 1 attachment`. This is the construction STREAM of Hoang, Reyhanitabar,
Rogaway and Vizar ("Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015): chunks that are
taken away, put in another order or added do not open. The nonces repeat from one attachment to the next, so a key
MUST be random and seal one attachment only.

What is sealed is named by the SHA-256 of the whole, which the header of its record says together with the size: so
whoever carries it can tell that it has arrived whole, and nothing else.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

KEY_BYTES = 32
DIGEST_BYTES = 32
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
CONTENT_BYTES_MAX = 8 * 1024 * 1024
"""Of what is sealed: a scanned page of a few hundred KB, a longer document in PDF."""

_CONTEXT = b"sunpoint 1 attachment"
_SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


class AttachmentRefused(ValueError):
    """Not an attachment that can be sealed or opened; the types of this family say why."""


class AttachmentEmpty(AttachmentRefused):
    """There is nothing in it."""


class AttachmentTooLarge(AttachmentRefused):
    """More than CONTENT_BYTES_MAX, or a sealed form of more than that makes."""


class AttachmentChanged(AttachmentRefused):
    """The bytes are not those that the record names."""


class AttachmentNotOpened(AttachmentRefused):
    """The bytes were not sealed with this key, or not in this order, or not all of them are here."""


class Sealed(Struct, frozen=True):
    """A sealed attachment: its bytes, and their SHA-256."""

    digest: bytes
    content: bytes


def sealed_bytes(content_bytes: int) -> int:
    """Return how many bytes so many bytes are when they are sealed."""
    return content_bytes + TAG_BYTES * -(-content_bytes // CHUNK_BYTES)


SEALED_BYTES_MIN = sealed_bytes(1)
SEALED_BYTES_MAX = sealed_bytes(CONTENT_BYTES_MAX)


def seal(content: bytes, key: bytes) -> Sealed:
    """Seal an attachment under a key that was never used before. Raises AttachmentEmpty, AttachmentTooLarge."""
    if not content:
        raise AttachmentEmpty("an attachment without content")
    if len(content) > CONTENT_BYTES_MAX:
        raise AttachmentTooLarge(f"an attachment has at most {CONTENT_BYTES_MAX} bytes")
    cipher = AESGCM(key)
    count = -(-len(content) // CHUNK_BYTES)
    chunks = (content[at * CHUNK_BYTES : (at + 1) * CHUNK_BYTES] for at in range(count))
    sealed = b"".join(
        cipher.encrypt(_nonce(at, last=at + 1 == count), chunk, _CONTEXT) for at, chunk in enumerate(chunks)
    )
    return Sealed(hashlib.sha256(sealed).digest(), sealed)


def open_sealed(sealed: bytes, key: bytes, digest: bytes) -> bytes:
    """Return what was sealed.

    Raises:
        AttachmentChanged: the bytes are not those of `digest`.
        AttachmentTooLarge, AttachmentNotOpened: they are, and hold no attachment of this key.
    """
    if hashlib.sha256(sealed).digest() != digest:
        raise AttachmentChanged("these are not the bytes that the record names")
    if len(sealed) > SEALED_BYTES_MAX:
        raise AttachmentTooLarge(f"a sealed attachment has at most {SEALED_BYTES_MAX} bytes")
    if len(key) != KEY_BYTES or not sealed:
        raise AttachmentNotOpened("without a key of 32 bytes, or without content, nothing opens")
    cipher = AESGCM(key)
    count = -(-len(sealed) // _SEALED_CHUNK_BYTES)
    chunks = (sealed[at * _SEALED_CHUNK_BYTES : (at + 1) * _SEALED_CHUNK_BYTES] for at in range(count))
    opened = []
    try:
        for at, chunk in enumerate(chunks):
            opened.append(cipher.decrypt(_nonce(at, last=at + 1 == count), chunk, _CONTEXT))
    except (InvalidTag, ValueError) as cause:
        raise AttachmentNotOpened("sealed with another key, cut off, put in another order or longer") from cause
    if not opened[-1]:
        raise AttachmentNotOpened("the last chunk is empty, which no writer makes")
    return b"".join(opened)


def _nonce(number: int, *, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4, "big") + bytes([last])
