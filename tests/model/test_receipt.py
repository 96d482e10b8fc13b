import binascii
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.model.case_number import CaseNumber
from sync.model.moment import wall_ms_at
from sync.model.receipt import (
    NotAReceiptCode,
    ReceiptClaim,
    ReceiptCodeDamaged,
    ReceiptCodeIsForeign,
    ReceiptCodeOfAnotherVersion,
    ReceiptToken,
    key_digest,
    parse_qr_text,
    qr_text,
)

HOST = "sunpoint.qingshan.example"
MONDAY = date(2026, 11, 23)
RECORD_HASH = bytes(range(32))
CASE_KEY = b"sixteen bytes ok"
MINUTE = wall_ms_at(MONDAY, 14, 32) // 60_000
CLAIM = ReceiptClaim(
    CaseNumber("990101102203", MONDAY, 1, 7), b"chain-id", 129, RECORD_HASH[:16], MINUTE, key_digest(CASE_KEY)
)
TOKEN = ReceiptToken(CLAIM, CASE_KEY, bytes(range(64)))


def token_of(
    number: CaseNumber, chain: bytes, seq: int, prefix: bytes, minute: int, case_key: bytes, signature: bytes
) -> ReceiptToken:
    return ReceiptToken(ReceiptClaim(number, chain, seq, prefix, minute, key_digest(case_key)), case_key, signature)


tokens = st.builds(
    token_of,
    st.builds(
        CaseNumber,
        st.text("0123456789", min_size=12, max_size=12),
        st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        st.integers(1, 99),
        st.integers(1, 9999),
    ),
    st.binary(min_size=8, max_size=8),
    st.integers(1, 2**32 - 1),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 2**32 - 1),
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=64, max_size=64),
)


def with_crc(packed: bytes) -> bytes:
    return packed + binascii.crc32(packed).to_bytes(4, "big")


def as_qr(token: bytes) -> str:
    width = len(str(256 ** len(token) - 1))
    return f"https://{HOST}/r#{int.from_bytes(token, 'big'):0{width}}"


def digits_of(text: str) -> str:
    return text.partition("#")[2]


@given(tokens)
def test_a_scanned_receipt_restores_case_chain_and_seq(token: ReceiptToken) -> None:
    text = qr_text(token, HOST)
    assert parse_qr_text(text) == token
    assert parse_qr_text(text, host=HOST) == token
    assert ReceiptToken.from_bytes(token.to_bytes()) == token


@given(tokens)
def test_every_receipt_has_the_same_number_of_digits_and_nothing_else_after_the_mark(token: ReceiptToken) -> None:
    digits = digits_of(qr_text(token, HOST))
    assert len(digits) == len(str(2 ** (8 * 127) - 1)) == 306
    assert set(digits) <= set("0123456789")


def test_the_bytes_are_laid_out_as_the_docstring_says() -> None:
    packed = (
        b"\x02"
        + int("990101102203261123010007").to_bytes(10, "big")
        + b"chain-id"
        + (129).to_bytes(4, "big")
        + RECORD_HASH[:16]
        + MINUTE.to_bytes(4, "big")
        + CASE_KEY
        + bytes(range(64))
    )
    assert len(with_crc(packed)) == 127
    assert TOKEN.to_bytes() == with_crc(packed)
    assert qr_text(TOKEN, HOST) == as_qr(with_crc(packed))


def test_a_receipt_names_its_record_and_no_other() -> None:
    assert CLAIM.names(RECORD_HASH)
    assert not CLAIM.names(bytes(16) + RECORD_HASH[16:])
    assert not CLAIM.names(RECORD_HASH[:15])


@given(tokens)
def test_what_the_terminal_signs_covers_the_claim_and_tells_nothing_of_the_case_key(token: ReceiptToken) -> None:
    signed = token.claim.to_sign()
    assert signed == b"sunpoint 2 receipt" + token.to_bytes()[1:43] + key_digest(token.case_key)


def test_the_case_key_is_not_in_what_the_terminal_signs() -> None:
    assert CASE_KEY not in CLAIM.to_sign()


def test_a_receipt_says_to_the_minute_when_its_record_was_written() -> None:
    assert CLAIM.written_ms == wall_ms_at(MONDAY, 14, 32)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "990101102203261123010007X",
        "https://example.com/",
        f"http://{HOST}/r#123",
        f"https://{HOST}/r",
        f"https://{HOST}/r/#123",
        f"https://{HOST}/pay#123",
        "WIFI:S:x;P:#1;;",
    ],
)
def test_some_other_code_is_told_from_a_receipt(text: str) -> None:
    with pytest.raises(ReceiptCodeIsForeign):
        parse_qr_text(text)


def test_a_receipt_of_another_county_is_told_so() -> None:
    with pytest.raises(ReceiptCodeIsForeign, match=HOST):
        parse_qr_text(qr_text(TOKEN, HOST), host="sunpoint.other.example")
    assert parse_qr_text(qr_text(TOKEN, HOST.upper()), host=HOST) == TOKEN


@given(tokens, st.integers(0, 305), st.integers(1, 9))
def test_one_misread_digit_is_noticed(token: ReceiptToken, place: int, shift: int) -> None:
    text = qr_text(token, HOST)
    at = text.index("#") + 1 + place
    misread = text[:at] + str((int(text[at]) + shift) % 10) + text[at + 1 :]
    with pytest.raises(NotAReceiptCode):
        parse_qr_text(misread)


@given(st.text("0123456789", max_size=340))
def test_digits_that_nobody_printed_are_refused_by_name(digits: str) -> None:
    with pytest.raises(NotAReceiptCode):
        parse_qr_text(f"https://{HOST}/r#{digits}")


@pytest.mark.parametrize("digits", ["", "1", "12a", "１２３", "+123", "1_0", "9" * 306, "0" * 5000])
def test_a_code_that_cannot_be_bytes_is_damaged(digits: str) -> None:
    with pytest.raises(ReceiptCodeDamaged):
        parse_qr_text(f"https://{HOST}/r#{digits}")


def test_a_zero_too_many_in_front_is_damaged() -> None:
    digits = digits_of(qr_text(TOKEN, HOST))
    with pytest.raises(ReceiptCodeDamaged, match="no receipt has 307 digits"):
        parse_qr_text(f"https://{HOST}/r#0{digits}")


def test_the_first_number_that_does_not_fit_its_bytes_is_damaged() -> None:
    with pytest.raises(ReceiptCodeDamaged, match="more than its bytes can hold"):
        parse_qr_text(f"https://{HOST}/r#{256**127}")


def test_a_cut_receipt_is_damaged() -> None:
    text = qr_text(TOKEN, HOST)
    for cut in range(1, 60):
        with pytest.raises(ReceiptCodeDamaged):
            parse_qr_text(text[:-cut])


def test_a_receipt_of_another_version_is_not_called_damaged() -> None:
    newer = with_crc(b"\x03" + TOKEN.to_bytes()[1:-4] + b"something more")
    with pytest.raises(ReceiptCodeOfAnotherVersion) as refusal:
        parse_qr_text(as_qr(newer))
    assert refusal.value.version == 3


@pytest.mark.parametrize(
    "packed",
    [
        TOKEN.to_bytes()[:-4] + b"\x00",
        TOKEN.to_bytes()[:11],
        b"\x02" + (10**24).to_bytes(10, "big") + TOKEN.to_bytes()[11:-4],
        b"\x02" + int("990101102203261323010007").to_bytes(10, "big") + TOKEN.to_bytes()[11:-4],
        TOKEN.to_bytes()[:19] + bytes(4) + TOKEN.to_bytes()[23:-4],
    ],
    ids=["a byte more", "bytes missing", "number too large", "month 13", "seq 0"],
)
def test_a_whole_token_with_impossible_contents_is_damaged(packed: bytes) -> None:
    with pytest.raises(ReceiptCodeDamaged):
        parse_qr_text(as_qr(with_crc(packed)))


def test_parts_that_do_not_fit_make_no_token() -> None:
    with pytest.raises(ValueError, match="chain id"):
        replace(CLAIM, chain=b"short")
    with pytest.raises(ValueError, match="prefix"):
        replace(CLAIM, hash_prefix=RECORD_HASH)
    with pytest.raises(ValueError, match="digest"):
        replace(CLAIM, key_digest=b"")
    with pytest.raises(ValueError, match="no time"):
        replace(CLAIM, minute=2**32)
    for seq in (0, 2**32):
        with pytest.raises(ValueError, match="no seq"):
            replace(CLAIM, seq=seq)
    for case_key in (b"short", bytes(16)):
        with pytest.raises(ValueError, match="case key"):
            replace(TOKEN, case_key=case_key)
    with pytest.raises(ValueError, match="signature"):
        replace(TOKEN, signature=bytes(63))
