"""One-time codes as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.crockford import CodeMistyped
from sync.one_time_code import OneTimeCode, secret_digest

CODES = st.builds(OneTimeCode.make, st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))


@given(CODES)
def test_a_code_reads_back_however_it_is_typed(code: OneTimeCode) -> None:
    text = code.text()
    assert OneTimeCode.read(text) == code
    assert OneTimeCode.read(text.lower().replace("-", " ")) == code
    assert OneTimeCode.read(text.replace("0", "o").replace("1", "l").replace("-", "—")) == code
    assert all(len(group) <= 6 for group in text.split("-"))


@given(CODES, st.data())
def test_nearly_every_slip_of_one_sign_is_found_before_a_try_is_spent(code: OneTimeCode, data: st.DataObject) -> None:
    text = code.text()
    at = data.draw(st.sampled_from([at for at, sign in enumerate(text) if sign != "-"]))
    slips = {text[:at] + sign + text[at + 1 :] for sign in "0123456789ABCDEFGHJKMNPQRSTVWXYZ"} - {text}
    found = 0
    for slip in slips:
        try:
            OneTimeCode.read(slip)
        except CodeMistyped:
            found += 1
    # 10 bits of check: one slip in a thousand passes, and is then a wrong secret.
    assert found >= len(slips) - 2


@pytest.mark.parametrize("text", ["", "ABC", "U" * 50, "你好", "A" * 4000])
def test_what_is_no_code_is_named(text: str) -> None:
    with pytest.raises(CodeMistyped):
        OneTimeCode.read(text)


def test_a_secret_is_hashed_with_its_id() -> None:
    assert secret_digest("AAAAAA", bytes(10)) != secret_digest("AAAAAB", bytes(10))


def test_too_little_randomness_makes_no_code() -> None:
    with pytest.raises(ValueError, match="randomness"):
        OneTimeCode.make(bytes(12), bytes(16))
