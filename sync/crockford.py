"""Bytes that people read out and type: Crockford's base 32, which has no I, L, O or U.

What people write for 1 and 0 is read as such, case, spaces and dashes do not count, and a check of 10 bits at the end
finds slips.
"""

from __future__ import annotations

import hashlib
import re

CHECK_CHARACTERS = 2
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_BETWEEN = re.compile(r"[\s\-_.‐-―－]")
_GROUP = 4


class CodeMistyped(ValueError):
    """The code is too short or too long, has a sign it cannot have, or its check characters do not fit."""


def typed_signs(text: str) -> str:
    """Return what somebody typed without what stands between the signs, in upper case."""
    return _BETWEEN.sub("", text).upper()


def read_signs(signs: str, count: int) -> str:
    """Return `count` signs of the alphabet as `typed_signs` gave them, their check included. Raises CodeMistyped."""
    read = signs.translate(READ_AS)
    if len(read) != count:
        raise CodeMistyped(f"the code has {len(read)} letters and digits; it should have {count}")
    wrong = next((sign for sign in read if sign not in ALPHABET), None)
    if wrong is not None:
        raise CodeMistyped(f"the code contains {wrong!r}, which no code contains")
    return read


def length(byte_count: int) -> int:
    """Return how many signs so many bytes take."""
    return -(-byte_count * 8 // 5)


def encoded(raw: bytes) -> str:
    """Return bytes as signs; bits that are to spare in the last one are 0."""
    count = length(len(raw))
    number = int.from_bytes(raw, "big") << (count * 5 - len(raw) * 8)
    return "".join(ALPHABET[number >> 5 * (count - 1 - at) & 31] for at in range(count))


def decoded(signs: str, byte_count: int) -> bytes:
    """Return what `encoded` was given. Raises CodeMistyped when a spare bit is set."""
    number = 0
    for sign in signs:
        number = number << 5 | ALPHABET.index(sign)
    spare_bits = len(signs) * 5 - byte_count * 8
    if number & ((1 << spare_bits) - 1):
        raise CodeMistyped("the code was mistyped somewhere; compare it sign by sign")
    return (number >> spare_bits).to_bytes(byte_count, "big")


def check(payload: str) -> str:
    """Return the check characters of what stands before them."""
    digest = int.from_bytes(hashlib.sha256(payload.encode()).digest()[:2], "big")
    return ALPHABET[digest >> 11] + ALPHABET[digest >> 6 & 31]


def without_check(signs: str) -> str:
    """Return what stands before the check characters. Raises CodeMistyped when they do not fit."""
    payload = signs[:-CHECK_CHARACTERS]
    if check(payload) != signs[-CHECK_CHARACTERS:]:
        raise CodeMistyped("the code was mistyped somewhere; compare it sign by sign")
    return payload


def grouped(signs: str) -> str:
    """Return signs in groups of four."""
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))
