"""Tries devices for a self-test: what the hub says of them, and every key of the pad asked for in turn. Pure but for
the pad that is asked; time comes in.

What nobody tried is `NOT_CHECKED`: a device that is not fitted, one that cannot say how it is, a key that was skipped.
Nothing of a self-test is a rating: its windows have names of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
)

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
        reason: a `Reason`.
    """
    if printed is None:
        return None
    if printed:
        return Tried(Verdict.OK)
    return Tried(Verdict.NOT_CHECKED if reason == Reason.NOT_CONFIGURED else Verdict.FAULT, reason)


class PadTest:
    """Asks for every key of a pad, one after the other, and ends at the first that is wrong, silent or skipped.

    `asked` is the level whose key is to be pressed now, None before and after. `tried` is how it came out, None before.
    """

    def __init__(self, pad: RatingPad, levels: Sequence[int], monotonic_s: Callable[[], float], name: str) -> None:
        """Ask `pad` for the keys of `levels`; `name` begins the windows' ids and is never used twice."""
        self._pad = pad
        self._levels = sorted(set(levels), reverse=True)
        self._monotonic_s = monotonic_s
        self._name = name
        self._began_s = monotonic_s()
        self._window = ""
        self.asked: int | None = None
        self.tried: Tried | None = None

    def begin(self, status: DeviceStatus) -> None:
        """Ask for the first key, unless the pad is not fitted, absent or at fault."""
        state = by_status(status)
        cannot_ask = state.verdict is Verdict.FAULT or status.reason is Reason.NOT_CONFIGURED
        if cannot_ask or not self._levels:
            self._end(state if cannot_ask else Tried(Verdict.NOT_CHECKED, Reason.NOT_CONFIGURED.value))
            return
        self._ask(self._levels[0])

    def pressed(self, event: KeyPressed) -> bool:
        """Take a key. False when it belongs to no window of this test."""
        if not self._window or event.window_id != self._window:
            return False
        asked = self.asked
        if event.level != asked:
            self._end(Tried(Verdict.FAULT, f"key_{asked}_wrong"))
        elif asked == self._levels[-1]:
            self._end(Tried(Verdict.OK))
        else:
            self._ask(self._levels[self._levels.index(asked) + 1])
        return True

    def ended(self, event: WindowEnded) -> bool:
        """Take the word that nobody pressed. False when it belongs to no window of this test."""
        if not self._window or event.window_id != self._window:
            return False
        silent = event.reason is WindowEnd.TIMED_OUT
        self._end(Tried(Verdict.FAULT, f"key_{self.asked}_silent" if silent else event.reason.value))
        return True

    def skip(self) -> None:
        """End it here: a pad of which one key was not pressed was not checked."""
        if self.tried is None:
            window = self._window
            self._end(Tried(Verdict.NOT_CHECKED, "skipped"))
            if window:
                self._pad.close_window(window)

    def _ask(self, level: int) -> None:
        if self._monotonic_s() - self._began_s > PAD_S_MAX:
            self._end(Tried(Verdict.NOT_CHECKED, "no_time"))
            return
        self.asked, self._window = level, f"{self._name}.{level}"
        try:
            self._pad.open_window(self._window, KEY_WINDOW_S, tuple(self._levels))
        except WindowNotPossible:
            self._end(Tried(Verdict.FAULT, "window_not_possible"))

    def _end(self, tried: Tried) -> None:
        self.asked, self._window, self.tried = None, "", tried
