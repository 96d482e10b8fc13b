"""PIN verifiers."""

from __future__ import annotations

import pytest

from sync.pin import PinNotDigits, make_verifier, verify


def test_the_right_pin_fits_and_no_other() -> None:
    verifier = make_verifier("246810")
    assert verify("246810", verifier)
    assert not verify("246811", verifier)
    assert not verify("2468100", verifier)
    assert "246810" not in verifier


def test_the_same_pin_never_gives_the_same_verifier() -> None:
    assert make_verifier("246810") != make_verifier("246810")


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12345a", "１２３４５６", " 1234"])
def test_what_is_not_four_to_twelve_digits_is_no_pin(pin: str) -> None:
    with pytest.raises(PinNotDigits):
        make_verifier(pin)
    assert not verify(pin, make_verifier("123456"))


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        "246810",
        "$argon2id$v=19$m=1073741824,t=100,p=1$c2FsdHNhbHRzYWx0$aGFzaA",
        "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$" + "A" * 5000,
    ],
)
def test_a_tampered_verifier_lets_nobody_in_and_costs_nothing(verifier: str) -> None:
    assert not verify("246810", verifier)
