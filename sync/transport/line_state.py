"""How the line is, and what was wrong with it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class LineFault(StrEnum):
    """What is wrong with the line, or what it brought. The kiosk has a sentence for each."""

    NO_LINE = "no_line"  # the gateway cannot be reached
    TOO_SLOW = "too_slow"  # it does not answer in time
    CUT = "cut"  # the connection ended in the middle
    NOT_TRUSTED = "not_trusted"  # whoever answers is not this county's gateway
    NOT_ADMITTED = "not_admitted"  # the gateway does not take this terminal
    REDIRECTED = "redirected"  # a portal or a proxy answers
    GATEWAY_FAILED = "gateway_failed"  # 5xx
    NOT_VOUCHED = "not_vouched"  # 503: the root does not vouch now for the key that would acknowledge
    REQUEST_REFUSED = "request_refused"  # another status than the protocol has here
    GARBLED = "garbled"  # not the protocol
    NOT_SIGNED = "not_signed"  # the protocol, but not under the county's signature
    REVOKED = "revoked"  # under a key that the county has revoked
    OUT_OF_ORDER = "out_of_order"  # the county's records do not follow those that are here
    FORKED = "forked"  # the county holds another record under a number of this chain
    COUNTY_AHEAD = "county_ahead"  # the county holds records that this journal does not
    LOG_WENT_BACK = "log_went_back"  # the county's log is shorter than it was: put back from a backup, or an old answer
    LOG_FORKED = "log_forked"  # the county's log does not go on from the one that was seen here
    JOURNAL_UNREADABLE = "journal_unreadable"
    DISK_REFUSED = "disk_refused"  # what came cannot be kept


class LineState(Struct, frozen=True):
    """How the line is; times by the program's clock, milliseconds since 1970 UTC.

    Attributes:
        last_try_ms: when the gateway was last asked; None: never.
        last_success_ms: when it was last asked and all went well; None: never.
        fault: what was wrong at the last try; None: nothing, or there was none yet.
        sentence: what was wrong, in English, for the log and the technician; without personal data.
        next_try_ms: when it will be asked again; None: that is not known.
    """

    last_try_ms: int | None = None
    last_success_ms: int | None = None
    fault: LineFault | None = None
    sentence: str = ""
    next_try_ms: int | None = None

    @property
    def up(self) -> bool:
        """Whether the last try went well."""
        return self.last_success_ms is not None and self.fault is None

    def overdue(self, now_ms: int, grace_ms: int = 120_000) -> bool:
        """Whether the next try should have been long ago: the sync process is not running, or the clock was moved."""
        return self.next_try_ms is not None and now_ms > self.next_try_ms + grace_ms


class LogFork(Struct, frozen=True):
    """Evidence that the county's log is not the one that was seen here before.

    Attributes:
        seen_ms: when, by this terminal's clock.
        fault: LOG_WENT_BACK or LOG_FORKED.
        sentence: what was wrong, in English.
        answer: as it came, under the county's signature.
        held: the answer that it does not go on from; filled in when it is kept.
    """

    seen_ms: int
    fault: LineFault
    sentence: str
    answer: bytes
    held: bytes = b""
