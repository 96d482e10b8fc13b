"""PIN verifiers: Argon2id, so that a copied disk gives the PINs away slowly, though not never.

A six-digit PIN has a million values and no verifier makes it strong; what protects it is the lock-out on the
screen. Parameters: 19 MiB, 2 passes, 1 lane (the OWASP minimum; facts of the reference machine: 25-150 ms).
"""

from __future__ import annotations

import os
import re

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
SALT_BYTES = 16
HASH_BYTES = 32
PIN_DIGITS = 6
PIN_FORM = re.compile(rf"[0-9]{{{PIN_DIGITS}}}")
# Longer or dearer verifiers than our own are not computed: the file may have been tampered with.
_VERIFIER_LIMIT_CHARS = 200
_VERIFIER_FORM = re.compile(rf"\$argon2id\$v=19\$m={MEMORY_KIB},t={PASSES},p={LANES}\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")


class PinNotDigits(ValueError):
    """A PIN has six digits: the screen tries one as soon as it is whole."""


def make_verifier(pin: str) -> str:
    """The verifier of a new PIN, as a PHC string with a fresh salt. Raises PinNotDigits."""
    if PIN_FORM.fullmatch(pin) is None:
        raise PinNotDigits(f"a PIN has {PIN_DIGITS} digits")
    kdf = Argon2id(
        salt=os.urandom(SALT_BYTES), length=HASH_BYTES, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB
    )
    return kdf.derive_phc_encoded(pin.encode())


def is_verifier(text: str) -> bool:
    """Whether the text has the form of what `make_verifier` writes."""
    return len(text) <= _VERIFIER_LIMIT_CHARS and _VERIFIER_FORM.fullmatch(text) is not None


def verify(pin: str, verifier: str) -> bool:
    """Whether the PIN is the verifier's; also False for a verifier that `make_verifier` did not write."""
    if PIN_FORM.fullmatch(pin) is None or not is_verifier(verifier):
        return False
    try:
        Argon2id.verify_phc_encoded(pin.encode(), verifier)
    except (InvalidKey, ValueError):
        return False
    return True
