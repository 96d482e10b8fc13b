"""What else travels: receipts, pages of the log, relays, offers, attachments, strokes (`sync/README.md`)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.second import cbor
from tests.second.county import Trust, signed_by_county
from tests.second.primitives import leaf_hash, sha256, tree_root, verify_detached
from tests.second.records import Matters, Record, decode_segment

PAGE_BYTES_MAX = 6 * 1024 * 1024
CHUNK_BYTES, TAG_BYTES = 65_536, 16
TOKEN_BYTES, TOKEN_DIGITS = 127, 306


class ReceiptUnreadable(ValueError):
    """No code of a receipt, or a damaged one."""


class PageDiffers(ValueError):
    """A page of the log whose leaves do not have the roots of its checkpoints."""


@dataclass(frozen=True)
class Receipt:
    """What the code on a receipt says."""

    case_digits: str
    chain: bytes
    seq: int
    hash_head: bytes
    minute: int
    case_key: bytes
    signature: bytes
    signed: bytes

    def verify(self, public_key: bytes) -> None:
        """NotSigned, unless the record key of its chain signed it."""
        verify_detached(public_key, self.signed, self.signature)


def read_receipt(code: str) -> Receipt:
    """Read `https://<host>/r#<digits>`. ReceiptUnreadable."""
    digits = code.partition("/r#")[2]
    if len(digits) != TOKEN_DIGITS or not (digits.isascii() and digits.isdigit()) or int(digits) >> 8 * TOKEN_BYTES:
        raise ReceiptUnreadable("another number of digits")
    token = int(digits).to_bytes(TOKEN_BYTES, "big")
    if token[0] != 2 or zlib.crc32(token[:-4]).to_bytes(4, "big") != token[-4:]:
        raise ReceiptUnreadable("another version, or a damaged code")
    key = token[43:59]
    return Receipt(
        f"{int.from_bytes(token[1:11], 'big'):024}", token[11:19], int.from_bytes(token[19:23], "big"), token[23:39],
        int.from_bytes(token[39:43], "big"), key, token[59:123], b"sunpoint 2 receipt" + token[1:43] + sha256(key)[:16],
    )  # fmt: skip


def reading_key(case_key: bytes, identity_tail: str) -> bytes:
    """Return the X25519 private key of a paper."""
    return sha256(b"sunpoint 1 case key" + case_key + identity_tail.upper().encode())


def read_page(answer: bytes, trust: Trust) -> list[list[Any]]:
    """Return the checkpoints of a page that begins the log, every root computed again. PageDiffers and refusals."""
    if len(answer) > PAGE_BYTES_MAX:
        raise PageDiffers("longer than a page may be")
    version, statement, message = cbor.decode(answer)
    said = signed_by_county(trust, statement, message, range(5), 4)
    if (version, said[0], said[1]) != (1, 1, 0):
        raise PageDiffers("another version, or not the beginning")
    hashes = [leaf_hash(cbor.encode(leaf)) for leaf in said[2]]
    checkpoints: list[list[Any]] = said[3]
    for size, root, _, _ in checkpoints:
        if size > len(hashes) or tree_root(hashes[:size]) != root:
            raise PageDiffers(f"the first {size} leaves have another root")
    return checkpoints


def read_relay(relay: bytes, trust: Trust, purpose: str, matters: Matters) -> list[Record]:
    """Return the records of a relay whose chain's key is vouched for."""
    _version, _place, statement, segment = cbor.decode(relay)
    return decode_segment(segment, trust.vouched(statement, purpose, None), matters)


def seal_attachment(key: bytes, content: bytes) -> bytes:
    """Return the content sealed chunk by chunk."""
    chunks = [content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES)]
    nonces = [bytes(7) + n.to_bytes(4, "big") + bytes([n == len(chunks) - 1]) for n in range(len(chunks))]
    sealer = AESGCM(key)
    return b"".join(
        sealer.encrypt(nonce, chunk, b"sunpoint 1 attachment") for nonce, chunk in zip(nonces, chunks, strict=True)
    )


def offers(answer: bytes) -> list[list[Any]]:
    """Return [name, version, bytes, SHA-256] of each pack that is offered."""
    _version, rows = cbor.decode(answer)
    return list(rows)


def pack_strokes(strokes: list[list[int]]) -> bytes:
    """Return strokes, each its coordinates one after the other (x, y, x, y, ...), as a body carries them."""
    unit = 1 if any(number % 2 for stroke in strokes for number in stroke) else 2
    packed = bytearray([unit])
    before = [0, 0]
    for stroke in strokes:
        packed += _groups_of_7(len(stroke))
        for number in stroke:
            difference = (number - before[0]) // unit
            packed += _groups_of_7(2 * difference if difference >= 0 else -2 * difference - 1)
            before = [before[1], number]
    return bytes(packed)


def _groups_of_7(number: int) -> bytes:
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])
