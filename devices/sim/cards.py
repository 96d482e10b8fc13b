"""Cards of people whom nobody is: every number has a right last digit and a place or a birthday that there is not."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from devices.id_reader.frames import FINGERPRINT_BYTES_MAX, PHOTO_BYTES, Status

NOWHERE = "990101"
PHOTO = (b"WLf no photograph of anybody " * 40)[:PHOTO_BYTES]
FINGERPRINT = (b"no finger of anybody " * 50)[:FINGERPRINT_BYTES_MAX]
_CHECK = dict(enumerate("10X98765432"))
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class SimulatedCard(Struct, frozen=True):
    """A card as it answers a reader. `title` is what the panel calls it; `refusal` is said in place of its text."""

    title: str
    text: bytes
    newest_address: bytes = b""
    photo: bytes = PHOTO
    fingerprint: bytes = b""
    refusal: Status | None = None


def number(region: str, birth: str, sequence: int) -> str:
    """Return the 18 characters of an identity number: six digits, YYYYMMDD, 0 to 999."""
    digits = f"{region}{birth}{sequence:03}"
    return digits + _CHECK[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11]


def chinese(
    name: str,
    sex: str,
    nation: str,
    identity: str,
    address: str,
    *,
    birth: str | None = None,
    valid: tuple[str, str] = ("20200101", "20400101"),
    kind: str = "",
    holder: str = "",
) -> bytes:
    """Return the text of a citizen's card or, with kind J, of a residence permit; `birth` is that of the number."""
    first = _laid((name, 15), (sex, 1), (nation, 2), (birth or identity[6:14], 8), (address, 35), (identity, 18))
    rest = _laid(("青山县公安局", 15), (valid[0], 8), (valid[1], 8), (holder, 9), ("01" if kind else "", 2))
    return first + rest + _laid(("", 3), (kind, 1), ("", 3))


def foreign(name: str, chinese_name: str, sex: str, identity: str, birth: str, kind: str = "I") -> bytes:
    """Return the text of a foreign permanent resident's card as of 2017."""
    first = _laid((name, 60), (sex, 1), (identity, 15), ("XXA", 3), (chinese_name, 15))
    return first + _laid(("20200101", 8), ("20300101", 8), (birth, 8), ("01", 2), ("1500", 4), (kind, 1), ("", 3))


def _laid(*fields: tuple[str, int]) -> bytes:
    return b"".join(text.ljust(length)[:length].encode("utf-16-le") for text, length in fields)


_LI = chinese("李秀兰", "2", "01", number(NOWHERE, "19410512", 2), "青山县柳溪乡柳溪村3组12号")
_ZHANG = chinese("张卫东", "1", "15", number(NOWHERE, "19680722", 5), "青山县柳溪乡柳溪村3组12号")

CARDS: Mapping[str, SimulatedCard] = {
    "citizen": SimulatedCard("李秀兰 居民身份证", _LI),
    "long_term": SimulatedCard(
        "周福生 长期",
        chinese("周福生", "1", "01", number(NOWHERE, "19380301", 1), "青山县柳溪村1组", valid=("20050601", "长期")),
    ),
    "moved": SimulatedCard(
        "张卫东 住址变更过", _ZHANG, newest_address=_laid(("青山县青山镇解放路8号", 35)), fingerprint=FINGERPRINT
    ),
    "permit": SimulatedCard(
        "港澳台居民居住证",
        chinese("陈大文", "1", "", number("810000", "18500101", 1), "青山县青山镇", kind="J", holder="H00000000"),
    ),
    "foreign": SimulatedCard(
        "外国人永久居留 2017", foreign("NOBODY, NEMO ALICE", "聂末", "2", "XXA990118500101", "18500101")
    ),
    "foreign_2023": SimulatedCard(
        "外国人永久居留 2023", foreign("NOBODY, NEMO", "", "1", number("999156", "18500101", 1), "18500101", "Y")
    ),
    "expired": SimulatedCard(
        "李秀兰 已过期",
        chinese("李秀兰", "2", "01", number(NOWHERE, "19410512", 2), "青山县柳溪村", valid=("20050101", "20250101")),
    ),
    "disagreeing": SimulatedCard(
        "性别和号码对不上", chinese("李秀兰", "1", "01", number(NOWHERE, "19410512", 2), "青山县柳溪村")
    ),
    "unreadable": SimulatedCard("读不出的卡", _LI, refusal=Status.CARD_NOT_VERIFIED),
}
"""By the name that the panel and tests lay them down with."""


def by_hand(card: SimulatedCard, at: int, text: str) -> SimulatedCard:
    """Return a card with other characters at an offset of bytes, for what no card should say."""
    data = text.encode("utf-16-le")
    return replace(card, text=card.text[:at] + data + card.text[at + len(data) :])
