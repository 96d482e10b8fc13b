"""ISO 7064 MOD 11-2: the check character of identity numbers (GB 11643) and of case numbers."""

from __future__ import annotations


def mod_11_2(digits: str) -> str:
    """Return the check character, `0`-`9` or `X`, that follows `digits`.

    It finds every single wrong digit and every swap of two neighbours.
    Source: ISO 7064, pure system MOD 11-2, recursive method.
    """
    product = 0
    for digit in digits:
        product = (product + int(digit)) * 2 % 11
    return "0123456789X"[(12 - product) % 11]
