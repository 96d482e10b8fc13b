"""What a card says: every kind, and everything that must not agree with itself."""

from __future__ import annotations

import traceback
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from devices.id_reader.card import (
    CardFault,
    CardKind,
    CardRefused,
    IdCard,
    Sex,
    check_character,
    read_address,
    read_text,
)
from devices.id_reader.nations import NATIONS
from devices.sim.cards import CARDS, NOWHERE, by_hand, chinese, number
from sync.model.check_character import mod_11_2


def fault(text: bytes) -> CardFault:
    """Return why a text is no card."""
    with pytest.raises(CardRefused) as refused:
        read_text(text)
    return refused.value.fault


def test_a_citizens_card_is_read_field_by_field() -> None:
    assert read_text(CARDS["moved"].text) == IdCard(
        kind=CardKind.CITIZEN,
        name="张卫东",
        number="990101196807220054",
        sex=Sex.MALE,
        birth=date(1968, 7, 22),
        valid_from=date(2020, 1, 1),
        valid_until=date(2040, 1, 1),
        nation="土家族",
        address="青山县柳溪乡柳溪村3组12号",
        issuer="青山县公安局",
    )
    assert read_address(CARDS["moved"].newest_address) == "青山县青山镇解放路8号"


def test_the_fields_lie_where_they_are_published() -> None:
    """Offsets and lengths in bytes of the published table, put together by hand."""
    text = bytearray(" ".encode("utf-16-le") * 128)
    for offset, value in (
        (0, "王建国"), (30, "1"), (32, "56"), (36, "19700101"), (52, "某省某县"), (122, "990101197001010011"),
        (158, "某局"), (188, "20100101"), (204, "长期"),
    ):  # fmt: skip
        text[offset : offset + 2 * len(value)] = value.encode("utf-16-le")
    last = check_character("99010119700101001")
    text[156:158] = last.encode("utf-16-le")
    card = read_text(bytes(text))
    assert (card.name, card.nation, card.address, card.valid_until) == ("王建国", "基诺族", "某省某县", None)


def test_a_residence_permit_has_a_pass_and_no_nation() -> None:
    card = read_text(CARDS["permit"].text)
    assert (card.kind, card.nation, card.pass_number) == (CardKind.RESIDENCE_PERMIT, "", "H00000000")
    assert card.number.startswith("810000")


def test_a_foreigners_card_of_2017_has_a_nationality_and_a_chinese_name() -> None:
    card = read_text(CARDS["foreign"].text)
    assert (card.kind, card.name, card.nationality) == (CardKind.FOREIGN_RESIDENT, "聂末", "XXA")
    assert (card.number, card.sex, card.birth) == ("XXA990118500101", Sex.FEMALE, date(1850, 1, 1))
    without = by_hand(CARDS["foreign"], 158, "  ")
    assert read_text(without.text).name == "NOBODY, NEMO ALICE"


def test_a_foreigners_card_of_2023_is_known_and_not_read() -> None:
    assert fault(CARDS["foreign_2023"].text) is CardFault.OTHER_CARD_KIND
    # Told by its number alone, whatever letter it carries: 9, a province, 18 characters.
    foreign = number("911156", "18500101", 1)
    assert fault(chinese("某某", "1", "01", foreign, "")) is CardFault.OTHER_CARD_KIND
    assert fault(by_hand(CARDS["citizen"], 248, "Z").text) is CardFault.OTHER_CARD_KIND


@pytest.mark.parametrize(
    ("at", "text", "expected"),
    [
        (30, "1", CardFault.FIELDS_DISAGREE),
        (30, "9", CardFault.FIELDS_DISAGREE),
        (32, "57", CardFault.FIELDS_DISAGREE),
        (32, "  ", CardFault.FIELDS_DISAGREE),
        (36, "19410513", CardFault.FIELDS_DISAGREE),
        (36, "19411312", CardFault.FIELDS_DISAGREE),
        (122, "990101194105120026", CardFault.FIELDS_DISAGREE),
        (122, "99010119410512002 ", CardFault.NOT_READABLE),
        (122, "ABCDEFGHIJKLMNOPQR", CardFault.NOT_READABLE),
        (122, "９９０１０１194105120025", CardFault.NOT_READABLE),
        (188, "20410101", CardFault.FIELDS_DISAGREE),
        (188, "19400101", CardFault.FIELDS_DISAGREE),
        (188, "长期", CardFault.FIELDS_DISAGREE),
        (204, "2040010 ", CardFault.FIELDS_DISAGREE),
        (204, "永久", CardFault.FIELDS_DISAGREE),
        (0, "   ", CardFault.NOT_READABLE),
        (0, "\x07", CardFault.NOT_READABLE),
        (248, "J", CardFault.FIELDS_DISAGREE),
    ],
)
def test_a_card_whose_fields_disagree_is_refused(at: int, text: str, expected: CardFault) -> None:
    assert fault(by_hand(CARDS["citizen"], at, text).text) is expected


def test_a_number_of_hong_kong_is_no_citizens() -> None:
    assert fault(chinese("某某", "1", "01", number("810000", "18500101", 1), "")) is CardFault.FIELDS_DISAGREE


@pytest.mark.parametrize("text", [b"", bytes(255), bytes(257), b"\x00\xd8" * 128])
def test_what_is_no_text_is_not_readable(text: bytes) -> None:
    assert fault(text) is CardFault.NOT_READABLE


def test_a_refused_card_says_nothing_of_what_was_on_it() -> None:
    for name in ("disagreeing", "foreign_2023"):
        with pytest.raises(CardRefused) as refused:
            read_text(CARDS[name].text)
        told = "".join(traceback.format_exception(refused.value))
        assert refused.value.__context__ is None
        assert "李秀兰" not in told
        assert "19410512" not in told
    half_a_character = CARDS["citizen"].text[:2] + b"\x00\xd8" + CARDS["citizen"].text[4:]
    with pytest.raises(CardRefused) as refused:
        read_text(half_a_character)
    assert refused.value.__context__ is None


def test_a_card_shows_nothing_when_it_is_printed() -> None:
    card = read_text(CARDS["citizen"].text)
    assert repr(card) == str(card) == "IdCard(citizen, hidden)"
    assert f"{card!r:.80}" == "IdCard(citizen, hidden)"


@given(st.binary(min_size=256, max_size=256))
def test_no_bytes_at_all_upset_the_reading(text: bytes) -> None:
    with pytest.raises(CardRefused):
        read_text(text)


@given(st.sampled_from(sorted(set(CARDS) - {"disagreeing", "foreign_2023"})), st.integers(0, 255), st.integers(0, 255))
def test_a_byte_that_is_wrong_makes_no_card_with_another_number(name: str, at: int, byte: int) -> None:
    text = bytearray(CARDS[name].text)
    right = read_text(bytes(text))
    text[at] = byte
    try:
        card = read_text(bytes(text))
    except CardRefused:
        return
    same = (card.birth, card.sex) == (right.birth, right.sex) or card.kind is CardKind.FOREIGN_RESIDENT
    assert same
    assert card.number == right.number or card.kind is CardKind.FOREIGN_RESIDENT


@given(st.from_regex(r"[0-9]{17}", fullmatch=True))
def test_the_last_digit_is_that_of_gb_11643_as_others_reckon_it(digits: str) -> None:
    assert check_character(digits) == ric.calc_check_digit(digits + "0") == mod_11_2(digits)


def test_there_are_fifty_six_nations_and_two_more_codes() -> None:
    assert len(NATIONS) == 58
    known = {
        "01": "汉族",
        "15": "土家族",
        "22": "畲族",
        "23": "高山族",
        "41": "塔吉克族",
        "54": "门巴族",
        "56": "基诺族",
    }
    assert {code: NATIONS[code] for code in known} == known


def test_the_cards_for_trying_things_out_belong_to_nobody() -> None:
    for card in CARDS.values():
        if card.refusal is None and card.text[248:250] == " ".encode("utf-16-le"):
            identity = card.text[122:158].decode("utf-16-le")
            assert identity.startswith(NOWHERE)
            assert identity[17] == ric.calc_check_digit(identity)
