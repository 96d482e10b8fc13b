"""Tries devices for a self-test: what the hub says of them, and every key of the pad asked for in turn. Pure but for
the pad that is asked; time comes in.

What nobody tried is `NOT_CHECKED`: a device that is not fitted, one that cannot say how it is, a key that was skipped.
Nothing of a self-test is a rating: its windows have names of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from devices.ports import (
    DeviceState,
    DeviceStatus,
    KeyPressed,
    RatingPad,
    Reason,
    WindowEnd,
    WindowEnded,
    WindowNotPossible,
    WindowOpened,
)
from devices.rating_pad.key_word import KeyWord

KEY_WINDOW_S = 8.0
"""How long somebody has for one key."""
PAD_S_MAX = 40.0
"""No key is asked for after so long, so that the whole self-test stays under a minute."""


class Verdict(StrEnum):
    """How a try came out. The values are stable: they are written in records."""

    OK = "ok"
    FAULT = "fault"
    NOT_CHECKED = "not_checked"


class Tried(Struct, frozen=True):
    """How one device came out; `reason` is a `Reason`, or a word of this module, "" for what is well."""

    verdict: Verdict
    reason: str = ""


def by_status(status: DeviceStatus) -> Tried:
    """Judge a device by what the hub says of it: enough for readers and scanners, where nobody is asked to do anything.

    A device that does not say how it is was not checked.
    """
    reason = status.reason.value
    match status.state:
        case DeviceState.READY:
            return Tried(Verdict.OK)
        case DeviceState.FAULT:
            return Tried(Verdict.FAULT, reason)
        case DeviceState.ABSENT if status.reason is not Reason.NOT_CONFIGURED:
            return Tried(Verdict.FAULT, reason)
        case DeviceState.ABSENT | DeviceState.UNKNOWN:
            return Tried(Verdict.NOT_CHECKED, reason)
        case DeviceState.STARTING | DeviceState.BUSY:
            return Tried(Verdict.NOT_CHECKED, status.state.value)


def by_paper(printed: bool | None, reason: str) -> Tried | None:
    """Judge the printer by what it said of the slip that it was given, and why; None: somebody has to look.

    Args:
        printed: None when the printer could not tell.
        reason: a `Reason`. After `GIVEN_UP` nobody has to look: who gave up saw that it stood still in the middle.
    """
    if printed is None:
        return Tried(Verdict.FAULT, reason) if reason == Reason.GIVEN_UP else None
    if printed:
        return Tried(Verdict.OK)
    return Tried(Verdict.NOT_CHECKED if reason == Reason.NOT_CONFIGURED else Verdict.FAULT, reason)


class PadTest:
    """Asks for every key of a pad, from the left, and ends at the first that is wrong, silent or skipped.

    `asked` is what the key says that is to be pressed now, None before the pad itself asks: whoever pressed sooner
    would press for nothing. `tried` is how it came out, None before that.
    """

    def __init__(self, pad: RatingPad, monotonic_s: Callable[[], float], name: str) -> None:
        """Ask `pad` for its keys; `name` begins the windows' ids and is never used twice."""
        self._pad = pad
        self._words = pad.words
        self._monotonic_s = monotonic_s
        self._name = name
        self._began_s = monotonic_s()
        self._window = ""
        self._next = 0
        self.asked: KeyWord | None = None
        self.tried: Tried | None = None

    def begin(self, status: DeviceStatus) -> None:
        """Ask for the first key, unless the pad is not fitted, absent or at fault."""
        state = by_status(status)
        if state.verdict is Verdict.FAULT or status.reason is Reason.NOT_CONFIGURED:
            self._end(state)
        elif not self._words:
            self._end(Tried(Verdict.NOT_CHECKED, Reason.NOT_CONFIGURED.value))
        else:
            self._ask()

    def opened(self, event: WindowOpened) -> bool:
        """Take the word that the pad asks now. False when it belongs to no window of this test."""
        if not self._is_mine(event.window_id):
            return False
        self.asked = self._words[self._next]
        return True

    def pressed(self, event: KeyPressed) -> bool:
        """Take a key, and ask for the next. False when it belongs to no window of this test."""
        if not self._is_mine(event.window_id):
            return False
        wanted = self._words[self._next]
        self._next += 1
        if event.word is not wanted:
            self._end(Tried(Verdict.FAULT, _of_key(wanted, "wrong")))
        elif self._next == len(self._words):
            self._end(Tried(Verdict.OK))
        else:
            self._ask()
        return True

    def ended(self, event: WindowEnded) -> bool:
        """Take the word that nobody pressed. False when it belongs to no window of this test."""
        if not self._is_mine(event.window_id):
            return False
        silent = event.reason is WindowEnd.TIMED_OUT
        reason = _of_key(self._words[self._next], "silent") if silent else event.reason.value
        self._end(Tried(Verdict.FAULT, reason))
        return True

    def skip(self) -> None:
        """End it here: a pad of which one key was not pressed was not checked."""
        if self.tried is None:
            window = self._window
            self._end(Tried(Verdict.NOT_CHECKED, "skipped"))
            if window:
                self._pad.close_window(window)

    def _is_mine(self, window_id: str) -> bool:
        return self._window != "" and window_id == self._window

    def _ask(self) -> None:
        if self._monotonic_s() - self._began_s > PAD_S_MAX:
            self._end(Tried(Verdict.NOT_CHECKED, "no_time"))
            return
        self.asked, self._window = None, f"{self._name}.{self._next + 1}"
        try:
            self._pad.open_window(self._window, KEY_WINDOW_S)
        except WindowNotPossible:
            self._end(Tried(Verdict.FAULT, "window_not_possible"))

    def _end(self, tried: Tried) -> None:
        self.asked, self._window, self.tried = None, "", tried


def _of_key(word: KeyWord, what: str) -> str:
    return f"key_{word.name.lower()}_{what}"
