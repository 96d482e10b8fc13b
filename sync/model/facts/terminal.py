"""Facts about the terminal itself."""

from __future__ import annotations

from sync.model.facts.declaration import Fact, Kind, fact
from sync.model.plain import plain


@fact(Kind.TERMINAL_STARTED)
class TerminalStarted(Fact):
    """The kiosk came up; `recovered` when the last run did not end by itself."""

    version: str = plain(0)
    recovered: bool = plain(1)


@fact(Kind.SHIFT_OPENED)
class ShiftOpened(Fact):
    """An agent unlocked the desk."""


@fact(Kind.SHIFT_CLOSED)
class ShiftClosed(Fact):
    """The desk was locked; `by_itself` after the time without a touch."""

    by_itself: bool = plain(0)


@fact(Kind.SIGN_IN_REFUSED)
class SignInRefused(Fact):
    """Wrong PINs; `tries` in a row so far."""

    tries: int = plain(0)


@fact(Kind.CLOCK_MOVED)
class ClockMoved(Fact):
    """The wall clock moved by `by_ms` against the clock of the boot (negative: set back)."""

    by_ms: int = plain(0)


@fact(Kind.PACK_INSTALLED)
class PackInstalled(Fact):
    """A pack of the county came into use."""

    name: str = plain(0)
    version: int = plain(1)


@fact(Kind.PACK_REFUSED)
class PackRefused(Fact):
    """A pack was refused; the old one stays in use."""

    name: str = plain(0)
    reason: str = plain(1)
