"""How devices come out of a self-test: what nobody tried is never well."""

from __future__ import annotations

import pytest

from devices.ports import Device, DeviceState, DeviceStatus, KeyPressed, Reason, WindowEnd, WindowEnded, WindowOpened
from devices.rating_pad.key_word import KeyWord
from devices.self_test import PAD_S_MAX, PadTest, Tried, Verdict, by_paper, by_status

READY = DeviceStatus(Device.RATING_PAD, DeviceState.READY)
FIVE = (
    KeyWord.VERY_SATISFIED,
    KeyWord.SATISFIED,
    KeyWord.BASICALLY_SATISFIED,
    KeyWord.DISSATISFIED,
    KeyWord.VERY_DISSATISFIED,
)
BEST = FIVE[0]


class NotedPad:
    """A pad that notes which windows were opened and closed."""

    def __init__(self, words: tuple[KeyWord, ...]) -> None:
        self.words = words
        self.windows: list[str] = []
        self.closed: list[str] = []

    def open_window(self, window_id: str, window_s: float, staff: str = "") -> None:
        assert 1 <= window_s <= 10
        assert not staff
        self.windows.append(window_id)

    def close_window(self, window_id: str) -> None:
        self.closed.append(window_id)


class Hand:
    """A pad test with somebody at the pad, and a clock that stands until it is moved."""

    def __init__(self, words: tuple[KeyWord, ...] = FIVE, status: DeviceStatus = READY) -> None:
        self.now_s = 0.0
        self.pad = NotedPad(words)
        self.test = PadTest(self.pad, lambda: self.now_s, "self-test-1")
        self.test.begin(status)
        self.wait()

    def wait(self) -> None:
        """Let the pad ask, if it was told to."""
        for window in self.pad.windows[-1:]:
            self.test.opened(WindowOpened(window))

    def press(self, word: KeyWord, window: str | None = None) -> bool:
        """Press a key in the newest window, or in another, and wait until the pad asks for the next."""
        taken = self.test.pressed(KeyPressed(window or self.pad.windows[-1], 9, word, 800))
        self.wait()
        return taken


@pytest.mark.parametrize("device", list(Device))
@pytest.mark.parametrize("state", list(DeviceState))
@pytest.mark.parametrize("reason", list(Reason))
def test_only_a_ready_device_is_well_by_its_status(device: Device, state: DeviceState, reason: Reason) -> None:
    tried = by_status(DeviceStatus(device, state, reason))
    assert (tried.verdict is Verdict.OK) == (state is DeviceState.READY)
    if state is DeviceState.UNKNOWN:
        assert tried.verdict is Verdict.NOT_CHECKED


def test_a_device_that_is_not_fitted_was_not_checked_and_one_that_is_gone_is_at_fault() -> None:
    absent = [by_status(DeviceStatus(Device.RATING_PAD, DeviceState.ABSENT, each)) for each in Reason]
    assert [tried.reason for tried in absent if tried.verdict is Verdict.NOT_CHECKED] == ["not_configured"]


def test_a_slip_is_evidence_only_when_the_printer_says_so() -> None:
    assert by_paper(True, "none") == Tried(Verdict.OK)
    assert by_paper(False, "paper_out") == Tried(Verdict.FAULT, "paper_out")
    assert by_paper(False, "not_configured") == Tried(Verdict.NOT_CHECKED, "not_configured")
    assert by_paper(None, "cannot_tell") is None, "somebody has to look"
    assert by_paper(None, "given_up") == Tried(Verdict.FAULT, "given_up"), "who gave up has seen it"


@pytest.mark.parametrize("words", [FIVE, FIVE[::-1], FIVE[1:4], (KeyWord.AVERAGE, KeyWord.QUITE_SATISFIED)])
def test_every_key_that_the_pad_has_is_asked_for_from_the_left(words: tuple[KeyWord, ...]) -> None:
    hand = Hand(words)
    for word in words:
        assert hand.test.asked is word
        assert hand.test.tried is None
        assert hand.press(word)
    assert hand.test.tried == Tried(Verdict.OK)
    assert len(set(hand.pad.windows)) == len(words)


def test_a_wrong_a_silent_and_a_skipped_key_each_end_it_in_their_way() -> None:
    wrong, silent, skipped = Hand(), Hand(), Hand()
    wrong.press(BEST)
    wrong.press(BEST)
    assert wrong.test.tried == Tried(Verdict.FAULT, "key_satisfied_wrong")
    silent.test.ended(WindowEnded(silent.pad.windows[-1], WindowEnd.TIMED_OUT))
    assert silent.test.tried == Tried(Verdict.FAULT, "key_very_satisfied_silent")
    skipped.press(BEST)
    skipped.test.skip()
    assert skipped.test.tried == Tried(Verdict.NOT_CHECKED, "skipped")
    assert skipped.pad.closed == skipped.pad.windows[-1:]


def test_a_pad_that_is_pulled_out_in_the_middle_is_at_fault() -> None:
    hand = Hand()
    hand.press(BEST)
    hand.test.ended(WindowEnded(hand.pad.windows[-1], WindowEnd.PAD_ABSENT))
    assert hand.test.tried == Tried(Verdict.FAULT, "pad_absent")


def test_keys_of_other_windows_are_none_of_its_business() -> None:
    hand = Hand()
    assert not hand.press(BEST, "a case")
    assert not hand.test.ended(WindowEnded("a case", WindowEnd.CLOSED))
    assert hand.test.asked is BEST
    hand.test.skip()
    assert not hand.press(BEST)


def test_nobody_is_asked_to_press_before_the_pad_itself_asks() -> None:
    hand = Hand()
    first, *_ = hand.pad.windows
    assert hand.test.pressed(KeyPressed(first, 9, BEST, 800))
    assert hand.test.asked is None
    assert not hand.test.opened(WindowOpened(first))
    assert hand.test.asked is None
    assert hand.test.opened(WindowOpened(hand.pad.windows[-1]))
    assert hand.test.asked is FIVE[1]


def test_no_key_is_asked_for_when_the_minute_runs_out() -> None:
    hand = Hand()
    hand.now_s = PAD_S_MAX + 0.1
    hand.press(BEST)
    assert hand.test.tried == Tried(Verdict.NOT_CHECKED, "no_time")


def test_a_pad_that_is_not_there_is_not_asked() -> None:
    for reason, verdict in ((Reason.NOT_CONFIGURED, Verdict.NOT_CHECKED), (Reason.UNPLUGGED, Verdict.FAULT)):
        hand = Hand(status=DeviceStatus(Device.RATING_PAD, DeviceState.ABSENT, reason))
        assert hand.test.tried == Tried(verdict, reason.value)
        assert hand.pad.windows == []
