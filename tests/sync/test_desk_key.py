"""The desk key: opened by PIN and card together, by neither alone, by nobody who lost access."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from sync.agent_card import AgentCard
from sync.desk_key import (
    CHANGES_KEPT,
    DeskKey,
    DeskKeyChanged,
    DeskKeyDamaged,
    DeskKeyMissing,
    Given,
    NotThisCard,
    NoWrap,
    OpenDesk,
    WrongPin,
)
from sync.desk_key_file import DeskKeyFile, decode, encode
from sync.lock import ProcessLock
from sync.model.facts import DeskEnd, DeskGift
from sync.pin import PinNotDigits
from sync.sealing import KeyOpener, SealBroken, seal_to

HERE = "urn:sunpoint:990101:terminal:990101102203:01"
PIN, OTHER_PIN = "246810", "135790"
CARD = AgentCard("A01", HERE, bytes(range(16)))
OTHER_CARD = AgentCard("B02", HERE, bytes(range(16, 32)))


AT_MS = 1_795_413_120_000


def given(how: DeskGift) -> Given:
    return Given(how, AT_MS)


@cache
def two_agents() -> tuple[DeskKey, OpenDesk]:
    """A desk that A01 and B02 can open."""
    opened = OpenDesk(KeyOpener.fresh())
    key = DeskKey.begin(HERE, opened).gave(opened, "A01", PIN, CARD, given(DeskGift.FIRST))
    return key.gave(opened, "B02", OTHER_PIN, OTHER_CARD, given(DeskGift.AGENT)), opened


@pytest.fixture
def key() -> DeskKey:
    return two_agents()[0]


@pytest.fixture
def opened() -> OpenDesk:
    return two_agents()[1]


def secrets(opened: OpenDesk) -> list[bytes]:
    return [each.secret() for each in opened.openers]


def test_each_agent_opens_the_same_desk_with_their_own_pin_and_card(key: DeskKey, opened: OpenDesk) -> None:
    assert secrets(key.open("A01", PIN, CARD)) == secrets(key.open("B02", OTHER_PIN, OTHER_CARD)) == secrets(opened)


def test_the_card_without_its_pin_opens_nothing(key: DeskKey) -> None:
    for pin in ("246811", OTHER_PIN, "000000"):
        with pytest.raises(WrongPin):
            key.open("A01", pin, CARD)
    with pytest.raises(PinNotDigits):
        key.open("A01", "", CARD)


def test_the_pin_without_its_card_opens_nothing(key: DeskKey) -> None:
    for card in (OTHER_CARD, AgentCard("A01", HERE, bytes(16))):
        with pytest.raises(NotThisCard):
            key.open("A01", PIN, card)


def test_a_card_that_only_has_the_right_mark_does_not_try_the_pin(key: DeskKey) -> None:
    class Marked:
        """What a thief can make of the file: the mark, and a guess of the secret."""

        mark = CARD.mark
        secret = bytes(16)

    for pin in (PIN, OTHER_PIN):
        with pytest.raises(WrongPin):
            key.open("A01", pin, Marked())


def test_a_new_pin_ends_the_old_one(key: DeskKey, opened: OpenDesk) -> None:
    renewed = key.gave(opened, "A01", "111222", CARD, given(DeskGift.OWN))
    assert secrets(renewed.open("A01", "111222", CARD)) == secrets(opened)
    with pytest.raises(WrongPin):
        renewed.open("A01", PIN, CARD)


def test_a_new_card_ends_the_old_one(key: DeskKey, opened: OpenDesk) -> None:
    fresh = AgentCard.fresh("A01", HERE)
    renewed = key.gave(opened, "A01", PIN, fresh, given(DeskGift.AGENT))
    assert secrets(renewed.open("A01", PIN, fresh)) == secrets(opened)
    with pytest.raises(NotThisCard):
        renewed.open("A01", PIN, CARD)


def test_who_leaves_is_locked_out_at_once_and_the_others_are_not(key: DeskKey) -> None:
    left = key.ended("B02", DeskEnd.LEFT, AT_MS)
    assert left.rotation_due
    with pytest.raises(NoWrap):
        left.open("B02", OTHER_PIN, OTHER_CARD)
    assert secrets(left.open("A01", PIN, CARD)) == secrets(two_agents()[1])


def test_a_new_key_reaches_agents_who_are_not_there_and_nobody_who_left(key: DeskKey) -> None:
    three = key.gave(two_agents()[1], "C03", "333333", AgentCard("C03", HERE, bytes(16)), given(DeskGift.AGENT))
    left = three.ended("C03", DeskEnd.LEFT, AT_MS)
    rotated, now = left.rotated(left.open("A01", PIN, CARD))
    assert rotated.public_key != key.public_key
    assert not rotated.rotation_due
    assert secrets(rotated.open("B02", OTHER_PIN, OTHER_CARD)) == secrets(now)
    copied_before = three.open("C03", "333333", AgentCard("C03", HERE, bytes(16)))
    answer = seal_to(rotated.recipient, b"for the desk", b"here")
    assert now.key.open(answer, b"here") == b"for the desk"
    for each in copied_before.openers:
        with pytest.raises(SealBroken):
            each.open(answer, b"here")


def test_what_was_written_before_ten_rotations_is_still_read(key: DeskKey, opened: OpenDesk) -> None:
    old = seal_to(key.recipient, b"an old draft", b"here")
    now = opened
    for _ in range(10):
        key, now = key.rotated(now)
    again = key.open("A01", PIN, CARD)
    assert len(again.openers) == 11
    assert again.openers[-1].open(old, b"here") == b"an old draft"


def test_a_wrap_put_in_from_outside_gets_no_key(key: DeskKey, opened: OpenDesk) -> None:
    thief = OpenDesk(KeyOpener.fresh())
    [foreign] = DeskKey.begin(HERE, thief).gave(thief, "T99", "999999", CARD, given(DeskGift.AGENT)).wraps
    changed = replace(key, wraps=(*key.wraps, foreign))
    rotated, _ = changed.rotated(opened)
    assert [each.agent for each in rotated.wraps] == ["A01", "B02"]


def test_a_file_that_somebody_put_in_the_place_of_ours_is_noticed(key: DeskKey) -> None:
    thief = OpenDesk(KeyOpener.fresh())
    swapped = replace(key, public_key=thief.key.recipient.public_key)
    with pytest.raises(DeskKeyDamaged):
        swapped.open("A01", PIN, CARD)


def test_a_wrap_opens_at_no_other_terminal(key: DeskKey) -> None:
    with pytest.raises(WrongPin):
        replace(key, terminal=HERE[:-1] + "2").open("A01", PIN, CARD)


def test_a_key_that_was_changed_meanwhile_is_not_written_over(key: DeskKey, opened: OpenDesk) -> None:
    _, other = key.rotated(opened)
    with pytest.raises(DeskKeyChanged):
        key.gave(other, "A01", PIN, CARD, given(DeskGift.OWN))


def test_no_two_changes_have_one_time_and_the_oldest_are_forgotten(key: DeskKey) -> None:
    many = key
    for _ in range(CHANGES_KEPT):
        many = replace(many, changes=many._changed("A01", AT_MS, DeskGift.OWN, None))
    assert [each.at_ms for each in many.changes] == list(range(AT_MS + 2, AT_MS + 2 + CHANGES_KEPT))


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_gives_back_what_was_written(key: DeskKey, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    file = DeskKeyFile(tmp_path, HERE)
    with pytest.raises(DeskKeyMissing):
        file.read()
    file.write(None, key)
    assert file.read() == key
    assert file.path.stat().st_mode & 0o777 == 0o600
    later = key.ended("B02", DeskEnd.CARD_LOST, AT_MS)
    file.write(key, later)
    assert file.read() == later


def test_two_who_change_the_file_do_not_undo_each_other(key: DeskKey, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    file = DeskKeyFile(tmp_path, HERE)
    file.write(None, key)
    file.write(key, key.ended("B02", DeskEnd.LEFT, AT_MS))
    for stale in (key, None):
        with pytest.raises(DeskKeyChanged):
            file.write(stale, key)
    held = ProcessLock(file.path.with_name("desk.key.lock"))
    with pytest.raises(DeskKeyChanged):
        file.write(file.read(), key)
    held.release()


def test_every_damaged_byte_is_told_from_a_wrong_pin(key: DeskKey) -> None:
    whole = encode(key)
    for place in range(len(whole)):
        damaged = whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :]
        with pytest.raises(DeskKeyDamaged):
            decode(damaged, HERE)
    for cut in (0, 1, 31, 32, 33, len(whole) // 2, len(whole) - 1):
        with pytest.raises(DeskKeyDamaged):
            decode(whole[:cut], HERE)


def test_the_file_of_another_terminal_is_refused(key: DeskKey) -> None:
    with pytest.raises(DeskKeyDamaged, match="another terminal"):
        decode(encode(key), HERE[:-1] + "2")


def test_the_file_holds_no_private_key_no_pin_and_no_card(key: DeskKey, opened: OpenDesk) -> None:
    written = encode(key.rotated(opened)[0])
    held = (opened.key.secret(), CARD.secret, OTHER_CARD.secret, PIN.encode(), OTHER_PIN.encode())
    assert [each for each in held if each in written] == []
