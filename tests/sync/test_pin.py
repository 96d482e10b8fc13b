"""PINs, stretched."""

from __future__ import annotations

import pytest

from sync.pin import SALT_BYTES, PinNotDigits, stretched

SALT = bytes(range(SALT_BYTES))


def test_a_pin_gives_the_same_key_with_the_same_salt_only() -> None:
    assert stretched("246810", SALT) == stretched("246810", SALT)
    assert len({stretched("246810", SALT), stretched("246811", SALT), stretched("246810", bytes(SALT_BYTES))}) == 3


@pytest.mark.parametrize("pin", ["", "123", "12345", "1" * 13, "12345a", "１２３４５６", " 12345"])
def test_what_is_not_six_digits_is_no_pin(pin: str) -> None:
    with pytest.raises(PinNotDigits):
        stretched(pin, SALT)
