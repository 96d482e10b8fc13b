"""The one-time code a technician types or pastes to enrol a terminal: `ID-SECRET-FINGERPRINT`.

It proves to the gateway that the county granted this terminal, and to the terminal that the gateway is the
county's: the fingerprint names the county root. Letters are Crockford's base 32, which has no I, L, O or U;
what people write for 1 and 0 is read as such, and a check of 10 bits finds slips before a try is spent.
"""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct

from sync.certificates import FINGERPRINT_BYTES

ID_CHARACTERS = 6
SECRET_BYTES = 10
CHECK_CHARACTERS = 2
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_GROUP = 4


class CodeMistyped(ValueError):
    """The code is too short or too long, has a sign it cannot have, or its check characters do not fit."""


class OneTimeCode(Struct, frozen=True):
    """What a code carries.

    Attributes:
        token_id: public; the gateway looks the grant up by it.
        secret: 10 random bytes; the gateway keeps only their hash.
        fingerprint: of the county root, see `sync.certificates.root_fingerprint`.
    """

    token_id: str
    secret: bytes
    fingerprint: bytes

    def text(self) -> str:
        """The code in groups of four, upper case."""
        payload = self.token_id + _encoded(self.secret) + _encoded(self.fingerprint)
        signs = payload + _check(payload)
        secret_at = ID_CHARACTERS
        print_at = secret_at + _length(SECRET_BYTES)
        return "-".join((signs[:secret_at], _grouped(signs[secret_at:print_at]), _grouped(signs[print_at:])))

    @classmethod
    def read(cls, text: str) -> OneTimeCode:
        """Read a code as somebody typed it: any case, any spaces and dashes. Raises CodeMistyped."""
        signs = re.sub(r"[\s\-_.‐-―－]", "", text).upper().translate(_READ_AS)
        expected = ID_CHARACTERS + _length(SECRET_BYTES) + _length(FINGERPRINT_BYTES) + CHECK_CHARACTERS
        if len(signs) != expected:
            raise CodeMistyped(f"the code has {len(signs)} letters and digits; it should have {expected}")
        wrong = next((sign for sign in signs if sign not in _ALPHABET), None)
        if wrong is not None:
            raise CodeMistyped(f"the code contains {wrong!r}, which no code contains")
        payload, check = signs[:-CHECK_CHARACTERS], signs[-CHECK_CHARACTERS:]
        if _check(payload) != check:
            raise CodeMistyped("the code was mistyped somewhere; compare it sign by sign")
        print_at = ID_CHARACTERS + _length(SECRET_BYTES)
        return cls(
            token_id=payload[:ID_CHARACTERS],
            secret=_decoded(payload[ID_CHARACTERS:print_at], SECRET_BYTES),
            fingerprint=_decoded(payload[print_at:], FINGERPRINT_BYTES),
        )

    @classmethod
    def make(cls, randomness: bytes, fingerprint: bytes) -> OneTimeCode:
        """A new code from 16 random bytes, which nobody else may see."""
        token_id = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in randomness[:ID_CHARACTERS])
        secret = randomness[ID_CHARACTERS : ID_CHARACTERS + SECRET_BYTES]
        if len(secret) != SECRET_BYTES:
            raise ValueError("too little randomness for a code")
        return cls(token_id, secret, fingerprint)


def secret_digest(token_id: str, secret: bytes) -> bytes:
    """What the gateway keeps of a secret. 80 random bits need no slow hash."""
    return hashlib.sha256(b"sunpoint one-time code\0" + token_id.encode() + b"\0" + secret).digest()


def _length(byte_count: int) -> int:
    return -(-byte_count * 8 // 5)


def _encoded(raw: bytes) -> str:
    length = _length(len(raw))
    number = int.from_bytes(raw, "big") << (length * 5 - len(raw) * 8)
    return "".join(_ALPHABET[number >> 5 * (length - 1 - at) & 31] for at in range(length))


def _decoded(signs: str, byte_count: int) -> bytes:
    number = 0
    for sign in signs:
        number = number << 5 | _ALPHABET.index(sign)
    spare_bits = len(signs) * 5 - byte_count * 8
    if number & ((1 << spare_bits) - 1):
        raise CodeMistyped("the code was mistyped somewhere; compare it sign by sign")
    return (number >> spare_bits).to_bytes(byte_count, "big")


def _check(payload: str) -> str:
    digest = int.from_bytes(hashlib.sha256(payload.encode()).digest()[:2], "big")
    return _ALPHABET[digest >> 11] + _ALPHABET[digest >> 6 & 31]


def _grouped(signs: str) -> str:
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))
