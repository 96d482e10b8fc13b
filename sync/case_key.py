"""The case key: what the paper opens.

Every case that is taken in has 16 random bytes of its own, in the code on its receipt. Together with the last four
signs of the applicant's identity number they make a private key (X25519), for whom the county seals its answers about
the case beside everybody else. So the paper alone opens nothing, the last four alone open nothing, and both together do
at a terminal that nobody has unlocked.

    private key = SHA-256("sunpoint 1 case key", case key, last four in ASCII, upper case)

The id of its public key stands in the header of the record that made the case key: whoever holds paper and last four
can be told from whoever guesses, and nobody else learns anything from it. When a paper is lost the case gets another
key; the old paper opens what was sealed before, and nothing newer.
"""

from __future__ import annotations

import hashlib
import os

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import Struct

from sync.model.receipt import CASE_KEY_BYTES, NO_CASE_KEY
from sync.sealing import KeyOpener

_CONTEXT = b"sunpoint 1 case key"
LAST_SIGNS = 4


class CaseKey(Struct, frozen=True):
    """A case key with the other half: `secret` has 16 bytes, `last_four` is empty for who has no identity number.

    Raises ValueError for another length, or for no key.
    """

    secret: bytes
    last_four: str

    def __post_init__(self) -> None:
        if len(self.secret) != CASE_KEY_BYTES or self.secret == NO_CASE_KEY:
            raise ValueError("this is no case key")

    @classmethod
    def fresh(cls, last_four: str) -> CaseKey:
        """Make a new one at random."""
        return cls(os.urandom(CASE_KEY_BYTES), last_four)

    def opener(self) -> KeyOpener:
        """Who opens what is sealed to the paper."""
        half = self.last_four.upper().encode("ascii", "replace")
        return KeyOpener(X25519PrivateKey.from_private_bytes(hashlib.sha256(_CONTEXT + self.secret + half).digest()))


def last_four(identity_number: str | None) -> str:
    """Return the other half of a case key, from an identity number; empty without one."""
    return (identity_number or "")[-LAST_SIGNS:].upper()
