"""Facts about the terminal itself."""

from __future__ import annotations

from typing import Annotated

from sync.model.facts.declaration import Fact, Kind, fact
from sync.model.plain import Plain


@fact(Kind.TERMINAL_STARTED)
class TerminalStarted(Fact, frozen=True, kw_only=True):
    """The kiosk came up; `recovered` when the last run did not end by itself."""

    version: Annotated[str, Plain(0)]
    recovered: Annotated[bool, Plain(1)]


@fact(Kind.SHIFT_OPENED)
class ShiftOpened(Fact, frozen=True, kw_only=True):
    """An agent unlocked the desk."""


@fact(Kind.SHIFT_CLOSED)
class ShiftClosed(Fact, frozen=True, kw_only=True):
    """The desk was locked; `by_itself` after the time without a touch."""

    by_itself: Annotated[bool, Plain(0)]


@fact(Kind.SIGN_IN_REFUSED)
class SignInRefused(Fact, frozen=True, kw_only=True):
    """Wrong PINs; `tries` in a row so far."""

    tries: Annotated[int, Plain(0)]


@fact(Kind.CLOCK_MOVED)
class ClockMoved(Fact, frozen=True, kw_only=True):
    """The wall clock moved by `by_ms` against the clock of the boot (negative: set back)."""

    by_ms: Annotated[int, Plain(0)]


@fact(Kind.PACK_INSTALLED)
class PackInstalled(Fact, frozen=True, kw_only=True):
    """A pack of the county came into use."""

    name: Annotated[str, Plain(0)]
    version: Annotated[int, Plain(1)]


@fact(Kind.PACK_REFUSED)
class PackRefused(Fact, frozen=True, kw_only=True):
    """A pack was refused; the old one stays in use."""

    name: Annotated[str, Plain(0)]
    reason: Annotated[str, Plain(1)]
