"""What a bad line does to bytes on their way to a simulated device and back. The same seed does the same."""

from __future__ import annotations

import random

_SPOILT_EVERY = 40
"""About one byte of so many is hit."""


class BadWire:
    """Spoils bytes in the ways that its flags say."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing secret

    def spoil(self, data: bytes, *, flip_bits: bool, drop_bytes: bool, wrong_baud: bool, garbage: bool) -> bytes:
        """Return what arrives of `data`."""
        if wrong_baud:
            # Bits are sampled at the wrong times: nothing of a byte is left, and some are no bytes at all.
            return bytes(self._random.randrange(256) for _ in data if self._random.random() < 0.8)
        if garbage:
            return self._random.randbytes(self._random.randrange(1, 2 + 2 * len(data)))
        if drop_bytes:
            data = bytes(byte for byte in data if not self._is_hit())
        if flip_bits:
            data = bytes(byte ^ (1 << self._random.randrange(8)) if self._is_hit() else byte for byte in data)
        return data

    def _is_hit(self) -> bool:
        return self._random.randrange(_SPOILT_EVERY) == 0
