"""PINs: six digits, stretched by Argon2id into half of what opens a desk (`sync.desk_key`).

A six-digit PIN has a million values and no stretching makes it strong: alone it opens nothing, and nothing that is
stored tells a right PIN from a wrong one without the second half. Parameters: 19 MiB, 2 passes, 1 lane (the OWASP
minimum; facts of the reference machine: 25-150 ms).
"""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
SALT_BYTES = 16
STRETCHED_BYTES = 32
PIN_DIGITS = 6
PIN_FORM = re.compile(rf"[0-9]{{{PIN_DIGITS}}}")


class PinNotDigits(ValueError):
    """A PIN has six digits: the screen tries one as soon as it is whole."""


def stretched(pin: str, salt: bytes) -> bytes:
    """Return 32 bytes made of a PIN and 16 random bytes. Raises PinNotDigits."""
    if PIN_FORM.fullmatch(pin) is None:
        raise PinNotDigits(f"a PIN has {PIN_DIGITS} digits")
    kdf = Argon2id(salt=salt, length=STRETCHED_BYTES, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    return kdf.derive(pin.encode())
