import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.masking import masked_identity, masked_name, masked_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("李秀兰", "李＊兰"),
        ("张伟", "张＊"),
        ("欧阳春华", "欧＊＊华"),
        ("阿依古丽·买买提", "阿＊＊＊＊＊＊提"),
        ("王", "＊"),
        ("", ""),
        (" 李秀兰 ", "李＊兰"),
        ("𬱖䶮娜", "𬱖＊娜"),
        ("葛\U000e0100明", "葛\U000e0100＊"),
    ],
)
def test_a_name_on_paper_keeps_its_first_and_last_character(name: str, masked: str) -> None:
    assert masked_name(name) == masked


def test_of_an_identity_number_only_the_last_four_are_shown() -> None:
    assert masked_identity("11010519491231002X") == "**************002X"


@given(st.text("0123456789X", max_size=4))
def test_too_short_an_identity_number_shows_nothing(number: str) -> None:
    assert masked_identity(number) == "*" * len(number)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("000-5550-123", "000****123"),
        ("13812345678", "138****5678"),
        ("5550123", "****123"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_a_phone_number_hides_its_middle(number: str, masked: str) -> None:
    assert masked_phone(number) == masked


@given(st.text("0123456789", min_size=1, max_size=15))
def test_a_masked_phone_number_always_hides_four_digits_or_all(number: str) -> None:
    assert masked_phone(number).count("*") >= min(4, len(number))
