"""Passwords of web pages: Argon2id verifiers, and how long a name waits after wrong ones.

Parameters are the OWASP minimum for Argon2id: 19 MiB, two passes, one lane; 20-150 ms on the machines we measured.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

CHARACTERS_MIN = 10
CHARACTERS_MAX = 200
TRIES = 5
FIRST_WAIT_MS = 15_000
WAIT_MS_MAX = 3_600_000
_MEMORY_KIB = 19 * 1024
_PASSES = 2
_SALT_BYTES = 16
_HASH_BYTES = 32


class PasswordTooWeak(ValueError):
    """A new password is too short or too long."""


def make_verifier(password: str) -> str:
    """Return the verifier of a new password, with a fresh salt, as a PHC string. Raises PasswordTooWeak."""
    if not CHARACTERS_MIN <= len(password) <= CHARACTERS_MAX:
        raise PasswordTooWeak(f"a password has {CHARACTERS_MIN} to {CHARACTERS_MAX} characters, not {len(password)}")
    return _derivation().derive_phc_encoded(password.encode())


def fits(password: str, verifier: str | None) -> bool:
    """Whether a password is the verifier's.

    Without a verifier (nobody has the name) the same work is done, so that the answer takes as long and names
    cannot be guessed by timing.
    """
    if len(password) > CHARACTERS_MAX:
        return False
    if verifier is None:
        _derivation().derive(password.encode())
        return False
    try:
        Argon2id.verify_phc_encoded(password.encode(), verifier)
    except InvalidKey:
        return False
    return True


def wait_ms(wrong: int) -> int:
    """How long a name waits after `wrong` wrong passwords in a row: nothing up to the fourth, then 15 s, doubling."""
    if wrong < TRIES:
        return 0
    return min(FIRST_WAIT_MS << min(wrong - TRIES, 20), WAIT_MS_MAX)


def _derivation() -> Argon2id:
    return Argon2id(
        salt=os.urandom(_SALT_BYTES), length=_HASH_BYTES, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIB
    )
