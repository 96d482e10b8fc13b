"""The bell between the devices' threads and the window's."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.doorbell import Doorbell


def test_what_is_rung_before_anybody_is_home_waits_for_the_tick() -> None:
    Doorbell().ring()


def test_a_bell_rung_again_before_it_is_answered_is_answered_once_and_then_again() -> None:
    bell = Doorbell()
    posted: list[Callable[[], None]] = []
    answers: list[int] = []
    bell.answer(posted.append, lambda: answers.append(1))
    bell.ring()
    bell.ring()
    assert len(posted) == 1
    posted.pop()()
    assert answers == [1]
    bell.ring()
    posted.pop()()
    assert answers == [1, 1]


def test_what_a_device_says_while_it_is_being_answered_rings_again() -> None:
    bell = Doorbell()
    posted: list[Callable[[], None]] = []
    bell.answer(posted.append, bell.ring)
    bell.ring()
    posted.pop()()
    assert len(posted) == 1
