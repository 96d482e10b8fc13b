import binascii
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.model.case_number import CaseNumber
from sync.model.deadline import Term, promise
from sync.model.facts import Urgency
from sync.model.moment import wall_ms_at
from sync.model.receipt import (
    NotAReceiptCode,
    Receipt,
    ReceiptCodeDamaged,
    ReceiptCodeIsForeign,
    ReceiptCodeTooNew,
    ReceiptToken,
    parse_qr_text,
    qr_text,
)
from sync.model.working_calendar import WorkingCalendar

HOST = "sunpoint.qingshan.example"
MONDAY = date(2026, 11, 23)
RECORD_HASH = bytes(range(32))
TOKEN = ReceiptToken(CaseNumber("990101102203", MONDAY, 1, 7), b"chain-id", 129, RECORD_HASH[:16])

tokens = st.builds(
    ReceiptToken,
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
    assert len(digits) == len(str(2 ** (8 * 43) - 1)) == 104
    assert set(digits) <= set("0123456789")


def test_the_bytes_are_laid_out_as_the_docstring_says() -> None:
    packed = (
        b"\x01"
        + int("990101102203261123010007").to_bytes(10, "big")
        + b"chain-id"
        + (129).to_bytes(4, "big")
        + RECORD_HASH[:16]
    )
    assert TOKEN.to_bytes() == with_crc(packed)
    assert qr_text(TOKEN, HOST) == as_qr(with_crc(packed))


def test_a_receipt_names_its_record_and_no_other() -> None:
    assert TOKEN.names(RECORD_HASH)
    assert not TOKEN.names(bytes(16) + RECORD_HASH[16:])
    assert not TOKEN.names(RECORD_HASH[:15])


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


@given(tokens, st.integers(0, 103), st.integers(1, 9))
def test_one_misread_digit_is_noticed(token: ReceiptToken, place: int, shift: int) -> None:
    text = qr_text(token, HOST)
    at = text.index("#") + 1 + place
    misread = text[:at] + str((int(text[at]) + shift) % 10) + text[at + 1 :]
    with pytest.raises(NotAReceiptCode):
        parse_qr_text(misread)


@given(st.text("0123456789", max_size=140))
def test_digits_that_nobody_printed_are_refused_by_name(digits: str) -> None:
    with pytest.raises(NotAReceiptCode):
        parse_qr_text(f"https://{HOST}/r#{digits}")


@pytest.mark.parametrize("digits", ["", "1", "12a", "１２３", "+123", "1_0", "9" * 104, "0" * 5000])
def test_a_code_that_cannot_be_bytes_is_damaged(digits: str) -> None:
    with pytest.raises(ReceiptCodeDamaged):
        parse_qr_text(f"https://{HOST}/r#{digits}")


def test_a_zero_too_many_in_front_is_damaged() -> None:
    digits = digits_of(qr_text(TOKEN, HOST))
    with pytest.raises(ReceiptCodeDamaged, match="no receipt has 105 digits"):
        parse_qr_text(f"https://{HOST}/r#0{digits}")


def test_the_first_number_that_does_not_fit_its_bytes_is_damaged() -> None:
    with pytest.raises(ReceiptCodeDamaged, match="more than its bytes can hold"):
        parse_qr_text(f"https://{HOST}/r#{256**43}")


def test_a_cut_receipt_is_damaged() -> None:
    text = qr_text(TOKEN, HOST)
    for cut in range(1, 60):
        with pytest.raises(ReceiptCodeDamaged):
            parse_qr_text(text[:-cut])


def test_a_receipt_of_a_newer_program_is_not_called_damaged() -> None:
    newer = with_crc(b"\x02" + TOKEN.to_bytes()[1:-4] + b"case-key-16bytes" + bytes(64))
    with pytest.raises(ReceiptCodeTooNew) as refusal:
        parse_qr_text(as_qr(newer))
    assert refusal.value.version == 2


@pytest.mark.parametrize(
    "packed",
    [
        TOKEN.to_bytes()[:-4] + b"\x00",
        TOKEN.to_bytes()[:11],
        b"\x01" + (10**24).to_bytes(10, "big") + TOKEN.to_bytes()[11:-4],
        b"\x01" + int("990101102203261323010007").to_bytes(10, "big") + TOKEN.to_bytes()[11:-4],
        TOKEN.to_bytes()[:19] + bytes(4) + TOKEN.to_bytes()[23:-4],
    ],
    ids=["a byte more", "bytes missing", "number too large", "month 13", "seq 0"],
)
def test_a_whole_token_with_impossible_contents_is_damaged(packed: bytes) -> None:
    with pytest.raises(ReceiptCodeDamaged):
        parse_qr_text(as_qr(with_crc(packed)))


def test_parts_that_do_not_fit_make_no_token() -> None:
    with pytest.raises(ValueError, match="chain id"):
        replace(TOKEN, chain=b"short")
    with pytest.raises(ValueError, match="prefix"):
        replace(TOKEN, hash_prefix=RECORD_HASH)
    for seq in (0, 2**32):
        with pytest.raises(ValueError, match="no seq"):
            replace(TOKEN, seq=seq)


def test_the_slip_says_the_same_case_in_figures_and_in_its_code() -> None:
    calendar = WorkingCalendar(date(2026, 1, 1), date(2026, 12, 31), frozenset(), frozenset())
    slip = Receipt(
        point_name="柳溪村便民服务点",
        urgency=Urgency.ORDINARY,
        item_name="高龄津贴申请",
        applicant_name="李＊兰",
        agent_name="王建国",
        taken_in_ms=wall_ms_at(MONDAY, 14, 32),
        promise=promise(MONDAY, Term(5), calendar),
        token=TOKEN,
        host=HOST,
        county_has_it=False,
        complaint_phone="12345",
    )
    assert parse_qr_text(slip.qr_text, HOST).case_number == slip.case_number
    assert slip.case_number.serial == 7
    assert slip.record_seq == 129
    assert slip.copy == 0
