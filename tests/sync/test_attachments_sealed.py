"""The sealed form of an attachment: what opens, and what does not."""

from __future__ import annotations

import hashlib
import random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.attachments.media import MediaType, media_type
from sync.attachments.sealed import (
    CHUNK_BYTES,
    CONTENT_BYTES_MAX,
    SEALED_BYTES_MAX,
    TAG_BYTES,
    AttachmentChanged,
    AttachmentEmpty,
    AttachmentNotOpened,
    AttachmentTooLarge,
    open_sealed,
    seal,
    sealed_bytes,
)

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
WHOLE = CHUNK_BYTES + TAG_BYTES
SIZES = [1, 15, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7]


def content_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def reopened(sealed: bytes, key: bytes = KEY) -> bytes:
    """Open bytes under their own digest: what a liar who may also write the record can try."""
    return open_sealed(sealed, key, hashlib.sha256(sealed).digest())


def chunks_of(sealed: bytes) -> list[bytes]:
    return [sealed[at : at + WHOLE] for at in range(0, len(sealed), WHOLE)]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_comes_back_and_has_the_size_that_is_told(size: int) -> None:
    sealed = seal(content_of(size), KEY)
    assert len(sealed.content) == sealed_bytes(size)
    assert open_sealed(sealed.content, KEY, sealed.digest) == content_of(size)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4 * CHUNK_BYTES), st.binary(min_size=32, max_size=32))
def test_every_size_comes_back(size: int, key: bytes) -> None:
    content = content_of(size)
    sealed = seal(content, key)
    assert len(sealed.content) == sealed_bytes(size)
    assert open_sealed(sealed.content, key, sealed.digest) == content


def test_the_largest_is_sealed_and_one_byte_more_is_not() -> None:
    content = bytes(CONTENT_BYTES_MAX)
    sealed = seal(content, KEY)
    assert len(sealed.content) == SEALED_BYTES_MAX
    assert open_sealed(sealed.content, KEY, sealed.digest) == content
    with pytest.raises(AttachmentTooLarge):
        seal(content + b"\0", KEY)
    with pytest.raises(AttachmentTooLarge):
        reopened(sealed.content + b"\0")


def test_nothing_is_no_attachment() -> None:
    with pytest.raises(AttachmentEmpty):
        seal(b"", KEY)
    with pytest.raises(AttachmentNotOpened):
        reopened(b"")
    # An honest writer never makes an empty chunk; somebody who holds the key could.
    empty = AESGCM(KEY).encrypt(bytes(11) + b"\1", b"", b"sunpoint 1 attachment")
    with pytest.raises(AttachmentNotOpened, match="empty"):
        reopened(empty)


def test_other_bytes_than_the_record_names_are_not_opened() -> None:
    sealed = seal(content_of(CHUNK_BYTES + 1), KEY)
    for place in (0, WHOLE - 1, WHOLE, len(sealed.content) - 1):
        changed = bytearray(sealed.content)
        changed[place] ^= 1
        with pytest.raises(AttachmentChanged):
            open_sealed(bytes(changed), KEY, sealed.digest)
        with pytest.raises(AttachmentNotOpened):
            reopened(bytes(changed))


@pytest.mark.parametrize("size", SIZES)
def test_another_key_opens_nothing(size: int) -> None:
    sealed = seal(content_of(size), KEY)
    for key in (OTHER_KEY, b"", KEY[:16], KEY + b"\0"):
        with pytest.raises(AttachmentNotOpened):
            reopened(sealed.content, key)


@pytest.mark.parametrize("size", [2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7])
def test_chunks_taken_away_put_in_another_order_doubled_or_added_do_not_open(size: int) -> None:
    chunks = chunks_of(seal(content_of(size), KEY).content)
    others = chunks_of(seal(content_of(size + 1), OTHER_KEY).content)
    wrong = [
        chunks[:-1],
        chunks[1:],
        [chunks[1], chunks[0], *chunks[2:]],
        [chunks[0], *chunks],
        [*chunks, chunks[-1]],
        [*chunks, others[-1]],
        [*chunks[:-1], others[-1]],
    ]
    for each in wrong:
        with pytest.raises(AttachmentNotOpened):
            reopened(b"".join(each))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 3 * WHOLE), st.integers(1, 3 * CHUNK_BYTES))
def test_an_attachment_cut_anywhere_does_not_open(cut: int, size: int) -> None:
    sealed = seal(content_of(size), KEY).content
    if cut < len(sealed):
        with pytest.raises(AttachmentNotOpened):
            reopened(sealed[:cut])


def test_what_a_file_is_is_told_by_its_beginning() -> None:
    assert media_type(b"\xff\xd8\xff\xe0rest") is MediaType.JPEG
    assert media_type(b"\x89PNG\r\n\x1a\nrest") is MediaType.PNG
    assert media_type(b"%PDF-1.7 rest") is MediaType.PDF
    for other in (b"", b"\xff\xd8", b"MZ\x90", b"<html>", b" %PDF-1.7", b"GIF89a", b"PK\x03\x04"):
        assert media_type(other) is None
