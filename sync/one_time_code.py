"""The one-time code a technician types or pastes to enrol a terminal: `ID-SECRET-FINGERPRINT`.

It proves to the gateway that the county granted this terminal, and to the terminal that the gateway is the
county's: the fingerprint names the county root. It is written as `sync.crockford` says, so that slips are found before
a try is spent.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct

from sync import crockford
from sync.certificates import FINGERPRINT_BYTES

ID_CHARACTERS = 6
SECRET_BYTES = 10


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
        payload = self.token_id + crockford.encoded(self.secret) + crockford.encoded(self.fingerprint)
        signs = payload + crockford.check(payload)
        groups = (signs[:_SECRET_AT], crockford.grouped(signs[_SECRET_AT:_PRINT_AT]))
        return "-".join((*groups, crockford.grouped(signs[_PRINT_AT:])))

    @classmethod
    def read(cls, text: str) -> OneTimeCode:
        """Read a code as somebody typed it: any case, any spaces and dashes. Raises `crockford.CodeMistyped`."""
        signs = crockford.read_signs(crockford.typed_signs(text), _CHARACTERS)
        payload = crockford.without_check(signs)
        return cls(
            token_id=payload[:_SECRET_AT],
            secret=crockford.decoded(payload[_SECRET_AT:_PRINT_AT], SECRET_BYTES),
            fingerprint=crockford.decoded(payload[_PRINT_AT:], FINGERPRINT_BYTES),
        )

    @classmethod
    def make(cls, randomness: bytes, fingerprint: bytes) -> OneTimeCode:
        """A new code from 16 random bytes, which nobody else may see."""
        token_id = "".join(crockford.ALPHABET[byte % len(crockford.ALPHABET)] for byte in randomness[:ID_CHARACTERS])
        secret = randomness[ID_CHARACTERS : ID_CHARACTERS + SECRET_BYTES]
        if len(secret) != SECRET_BYTES:
            raise ValueError("too little randomness for a code")
        return cls(token_id, secret, fingerprint)


def secret_digest(token_id: str, secret: bytes) -> bytes:
    """What the gateway keeps of a secret. 80 random bits need no slow hash."""
    return hashlib.sha256(b"sunpoint one-time code\0" + token_id.encode() + b"\0" + secret).digest()


_SECRET_AT = ID_CHARACTERS
_PRINT_AT = _SECRET_AT + crockford.length(SECRET_BYTES)
_CHARACTERS = _PRINT_AT + crockford.length(FINGERPRINT_BYTES) + crockford.CHECK_CHARACTERS
