"""Facts about the terminal itself."""

from __future__ import annotations

from typing import Annotated

from sync.model.facts.declaration import Fact, Kind, fact
from sync.model.facts.parts import CheckedPart, Seal
from sync.model.facts.words import DeskEnd, DeskGift
from sync.model.plain import Body, Plain


@fact(Kind.TERMINAL_STARTED)
class TerminalStarted(Fact, frozen=True, kw_only=True):
    """The kiosk came up; `recovered` when the last run did not end by itself."""

    version: Annotated[str, Plain(0)]
    recovered: Annotated[bool, Plain(1)]


@fact(Kind.CHAIN_BEGUN)
class ChainBegun(Fact, frozen=True, kw_only=True):
    """The first record of a terminal that takes the place of another of its point.

    `predecessor` is the id of the old chain, `last_seq` and `last_hash` where it ended at the gateway as the new one
    was told, `statement` the root's word for the succession, by which alone the county believes this record.
    """

    predecessor: Annotated[bytes, Plain(0)]
    last_seq: Annotated[int, Plain(1)]
    last_hash: Annotated[bytes, Plain(2)]
    statement: Annotated[bytes, Plain(3)]


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


@fact(Kind.CONTENT_KEY_SEALED)
class ContentKeySealed(Fact, frozen=True, kw_only=True):
    """The bodies of this chain are sealed with a new key from here on; its number is the seq of this record.

    `digest` is the SHA-256 of the key, `seals` hold it for everyone who may read. It is the only fact whose body is
    not sealed itself; the county writes it on its own chains too. See `sync.sealing`.
    """

    digest: Annotated[bytes, Plain(0)]
    seals: Annotated[tuple[Seal, ...], Body(0)]


@fact(Kind.DESK_KEY_MADE)
class DeskKeyMade(Fact, frozen=True, kw_only=True):
    """The desk of this point reads with a new key: what is meant for the desk is sealed to `public_key` (X25519).

    `private_key` is its other half, for the county to keep in escrow.
    """

    public_key: Annotated[bytes, Plain(0)]
    private_key: Annotated[bytes, Body(0)]


@fact(Kind.DESK_ACCESS_GIVEN)
class DeskAccessGiven(Fact, frozen=True, kw_only=True):
    """An agent can open the desk from now on, by a new PIN and a new card or one of the two; `how` says who let them.

    `at_ms`, ms since 1970 UTC, is when the terminal's file of the desk key was changed; no two changes have the same.
    """

    at_ms: Annotated[int, Plain(0)]
    agent: Annotated[str, Plain(1)]
    how: Annotated[DeskGift, Plain(2)]


@fact(Kind.DESK_ACCESS_ENDED)
class DeskAccessEnded(Fact, frozen=True, kw_only=True):
    """An agent cannot open the desk any more by the PIN and card they had. `at_ms` as in `DeskAccessGiven`."""

    at_ms: Annotated[int, Plain(0)]
    agent: Annotated[str, Plain(1)]
    why: Annotated[DeskEnd, Plain(2)]


@fact(Kind.JOURNAL_FOUND_DAMAGED)
class JournalFoundDamaged(Fact, frozen=True, kw_only=True):
    """The terminal's own audit has found that its journal is not what was written.

    `first` is the first record of this chain that is wrong, 0 for the file itself; `part` is what of it, a
    `sync.journal.audit.Part`; `flaws` is how many things were wrong when it was told, more may be found.
    """

    first: Annotated[int, Plain(0)]
    part: Annotated[str, Plain(1)]
    flaws: Annotated[int, Plain(2)]


@fact(Kind.SELF_TESTED)
class SelfTested(Fact, frozen=True, kw_only=True):
    """设备自检: what was tried at the terminal and how it came out; `took_ms` from the beginning to the last part.

    All of it is plain: nobody has to unlock a desk to see that a terminal needs help.
    """

    parts: Annotated[tuple[CheckedPart, ...], Plain(0)]
    took_ms: Annotated[int, Plain(1)]


@fact(Kind.STICK_WRITTEN)
class StickWritten(Fact, frozen=True, kw_only=True):
    """Records were put onto a USB stick. They count as received only when the county says so.

    `first_seq` to `last_seq` of this chain, both 0 when there was nothing to carry; `left` did not fit.
    """

    first_seq: Annotated[int, Plain(0)]
    last_seq: Annotated[int, Plain(1)]
    left: Annotated[int, Plain(2)]


@fact(Kind.STICK_READ)
class StickRead(Fact, frozen=True, kw_only=True):
    """What a stick brought from the county was taken in: `news` of its records and `packs` were new.

    `acknowledged` is the seq up to which the county then held this chain, `fault` what was not good, "" for nothing.
    """

    acknowledged: Annotated[int, Plain(0)]
    news: Annotated[int, Plain(1)]
    packs: Annotated[int, Plain(2)]
    fault: Annotated[str, Plain(3)] = ""
