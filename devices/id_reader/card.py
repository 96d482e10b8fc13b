"""What an identity card says, as a value. Pure.

A text of 256 bytes, UTF-16LE, padded with spaces, becomes an `IdCard` or is refused whole: what does not agree with
itself fills nothing. Whether the number belongs to a place that there is, and whether the card is still valid today,
is the caller's to judge; so is what to do about it.

    citizen, residence permit   name 0,30  sex 30,2  nation 32,4  birth 36,16  address 52,70  number 122,36
    (offset,length in bytes)    issuer 158,30  from 188,16  until 204,16  pass 220,18  issues 238,4  type 248,2
    foreign permanent resident  English name 0,120  sex 120,2  number 122,30  nationality 152,6
    (2017)                      Chinese name 158,30  from 188,16  until 204,16  birth 220,16  type 248,2

Types: blank a citizen, J a residence permit of Hong Kong, Macao or Taiwan, I a foreign permanent resident. How the text
of the foreign card of 2023 lies (18 digits that begin with 9, type Y) is not confirmed, so it is not read.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from devices.id_reader.frames import TEXT_BYTES
from devices.id_reader.nations import NATIONS

_TYPE_AT = 248
_LONG_TERM = "长期"
_DAY = re.compile(r"[0-9]{8}")
_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_FOREIGN_NUMBER_2017 = re.compile(r"[A-Z0-9]{15}")
_PERMIT_REGIONS = frozenset({"810000", "820000", "830000"})
_WEIGHTS = tuple(2**power % 11 for power in range(17, 0, -1))


class Sex(StrEnum):
    """As the card says it (GB/T 2261.1)."""

    MALE = "male"
    FEMALE = "female"


class CardKind(StrEnum):
    """Whose card it is."""

    CITIZEN = "citizen"  # 居民身份证
    RESIDENCE_PERMIT = "residence_permit"  # 港澳台居民居住证
    FOREIGN_RESIDENT = "foreign_resident"  # 外国人永久居留身份证, 2017


class IdCard(Struct, frozen=True):
    """A card that agrees with itself. Nothing of it shows when it is printed or logged.

    `nation` is "" unless a citizen's, `valid_until` None: long-term. `pass_number` is that of a residence permit's
    holder, `nationality` a foreigner's three letters; both "" otherwise. `name` of a foreigner is the Chinese one, if
    the card has it.
    """

    kind: CardKind
    name: str
    number: str
    sex: Sex
    birth: date
    valid_from: date
    valid_until: date | None
    nation: str = ""
    address: str = ""
    issuer: str = ""
    pass_number: str = ""
    nationality: str = ""

    def __repr__(self) -> str:
        return f"IdCard({self.kind.value}, hidden)"

    def at(self, address: str) -> IdCard:
        """Return the card with an address that was written onto it later."""
        return replace(self, address=address)


class CardFault(StrEnum):
    """Why a text is no card. The values are stable."""

    NOT_READABLE = "not_readable"
    """It is not a text, or something that every card says is not in it."""
    FIELDS_DISAGREE = "fields_disagree"
    OTHER_CARD_KIND = "other_card_kind"


class CardRefused(Exception):
    """A text that is no card; it says why, and nothing of what the card said."""

    def __init__(self, fault: CardFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def read_text(text: bytes) -> IdCard:
    """Return the card whose text this is. Raises `CardRefused`."""
    if len(text) != TEXT_BYTES:
        raise CardRefused(CardFault.NOT_READABLE)
    match _field(text, _TYPE_AT, 2):
        case "":
            card = _chinese(text, CardKind.CITIZEN)
        case "J":
            card = _chinese(text, CardKind.RESIDENCE_PERMIT)
        case "I":
            card = _foreign(text)
        case _:
            raise CardRefused(CardFault.OTHER_CARD_KIND)
    if not card.name:
        raise CardRefused(CardFault.NOT_READABLE)
    if not card.birth <= card.valid_from or (card.valid_until is not None and card.valid_until < card.valid_from):
        raise CardRefused(CardFault.FIELDS_DISAGREE)
    return card


def read_address(data: bytes) -> str:
    """Return an address that was written onto a card later. Raises `CardRefused`."""
    return _text(data)


def check_character(digits: str) -> str:
    """Return the last character of an identity number from its first 17 (GB 11643: weights, modulo 11)."""
    return "10X98765432"[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11]


def _chinese(text: bytes, kind: CardKind) -> IdCard:
    number = _field(text, 122, 36)
    if not _NUMBER.fullmatch(number):
        raise CardRefused(CardFault.NOT_READABLE)
    if (
        number[0] == "9" and "11" <= number[1:3] <= "65"
    ):  # a foreigner's; 99, which is nowhere, is for trying things out
        raise CardRefused(CardFault.OTHER_CARD_KIND)
    citizen = kind is CardKind.CITIZEN
    nation = _field(text, 32, 4)
    if citizen and nation not in NATIONS:
        raise CardRefused(CardFault.FIELDS_DISAGREE)
    card = IdCard(
        kind=kind,
        name=_field(text, 0, 30),
        number=number,
        sex=_sex(_field(text, 30, 2)),
        birth=_day(_field(text, 36, 16)),
        valid_from=_day(_field(text, 188, 16)),
        valid_until=_until(_field(text, 204, 16)),
        nation=NATIONS[nation] if citizen else "",
        address=_field(text, 52, 70),
        issuer=_field(text, 158, 30),
        pass_number="" if citizen else _field(text, 220, 18),
    )
    _refuse_disagreeing(card)
    return card


def _refuse_disagreeing(card: IdCard) -> None:
    """Refuse a card whose number says another birthday, sex or kind of place than the card, or has a wrong digit."""
    number = card.number
    male = int(number[16]) % 2 == 1
    agrees = (
        check_character(number[:17]) == number[17]
        and number[6:14] == card.birth.isoformat().replace("-", "")
        and male == (card.sex is Sex.MALE)
        and (number[:6] in _PERMIT_REGIONS) == (card.kind is CardKind.RESIDENCE_PERMIT)
    )
    if not agrees:
        raise CardRefused(CardFault.FIELDS_DISAGREE)


def _foreign(text: bytes) -> IdCard:
    number = _field(text, 122, 30)
    if not _FOREIGN_NUMBER_2017.fullmatch(number):
        raise CardRefused(CardFault.OTHER_CARD_KIND)
    return IdCard(
        kind=CardKind.FOREIGN_RESIDENT,
        name=_field(text, 158, 30) or _field(text, 0, 120),
        number=number,
        sex=_sex(_field(text, 120, 2)),
        birth=_day(_field(text, 220, 16)),
        valid_from=_day(_field(text, 188, 16)),
        valid_until=_until(_field(text, 204, 16)),
        nationality=_field(text, 152, 6),
    )


def _field(text: bytes, offset: int, length: int) -> str:
    return _text(text[offset : offset + length])


def _text(data: bytes) -> str:
    """Return text without its padding. Half of a character, or a sign that no card has, makes the card unreadable."""
    try:
        text = data.decode("utf-16-le").rstrip("\0").strip()
    except UnicodeDecodeError:
        text = "\n"
    if any(sign < " " or "\x7f" <= sign <= "\x9f" for sign in text):
        # Raised out of the handler: its cause would quote the bytes.
        raise CardRefused(CardFault.NOT_READABLE)
    return text


def _sex(text: str) -> Sex:
    match text:
        case "1":
            return Sex.MALE
        case "2":
            return Sex.FEMALE
    raise CardRefused(CardFault.FIELDS_DISAGREE)


def _until(text: str) -> date | None:
    return None if text == _LONG_TERM else _day(text)


def _day(text: str) -> date:
    day = None
    if _DAY.fullmatch(text):
        try:
            day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            day = None
    if day is None:
        raise CardRefused(CardFault.FIELDS_DISAGREE)
    return day
