"""Carries records both ways between the gateway and the store, for as long as the program runs.

When the line fails it is tried again, later and later up to half a minute, and the console says so. Nothing waits for
the courier but the answers themselves.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from county.gateway_line import FeedMoved, GatewayAway
from county.intake import Intake, Taken
from county.outbox import Outbox, PushRefused
from sync.clock import Clock
from sync.protocol.relay import Marked, Relay

INTERVAL_S = 2.0
RETRY_S_MAX = 30.0
_log = logging.getLogger(__name__)


class LineStatus(Struct, frozen=True):
    """How the county stands with its gateway.

    Attributes:
        up: whether the last exchange succeeded.
        as_of_ms: when an exchange last succeeded, milliseconds since 1970 UTC; None for never.
        problem: why the last one failed, in Chinese; empty when it did not.
        notice: what at the gateway somebody has to see to soon, in Chinese; empty when there is nothing.
    """

    up: bool
    as_of_ms: int | None
    problem: str = ""
    notice: str = ""


class FeedLine(Protocol):
    """Reads the gateway's feed."""

    def feed(self, after: int, read: Marked | None = None) -> list[Relay]:
        """Return what was admitted after a place, having read a place with its mark. Raises GatewayAway, FeedMoved."""

    def late(self, after: int) -> list[Relay]:
        """Return what came for closed chains after a place. Raises GatewayAway."""


class Attachments(Protocol):
    """Fetches attachments."""

    def fetch(self) -> bool:
        """Fetch some; True when there is more. Raises GatewayAway, OSError."""


class Evidence(Protocol):
    """Knows when records were written."""

    def look(self, *, news: bool) -> None:
        """Read on in the gateway's log, at once when records have come or gone. Raises GatewayAway."""


class Courier:
    """Pulls and pushes.

    Args:
        line: to the gateway.
        intake: takes in what comes.
        outbox: sends what waits.
        attachments: fetches what has arrived beside the records.
        upkeep: called before each exchange; keeps the lists in step with newly published packs.
        answer: called between pulling and sending; writes what the county answers by itself.
        evidence: reads the gateway's log after each exchange that it has something to say about.
        notice: asked after each exchange what at the gateway somebody has to see to soon.
        clock: of this program.
        jitter: gives a number from 0 to 1, so that many counties do not come back at the same moment.
        interval_s: pause between two exchanges while all is well.
    """

    def __init__(
        self,
        line: FeedLine,
        intake: Intake,
        outbox: Outbox,
        attachments: Attachments,
        upkeep: Callable[[], None],
        answer: Callable[[], None],
        evidence: Evidence,
        *,
        notice: Callable[[], str] = lambda: "",
        clock: Clock,
        jitter: Callable[[], float],
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._line = line
        self._intake = intake
        self._outbox = outbox
        self._attachments = attachments
        self._upkeep = upkeep
        self._answer = answer
        self._evidence = evidence
        self._notice = notice
        self._clock = clock
        self._jitter = jitter
        self._interval_s = interval_s
        self._status = LineStatus(up=False, as_of_ms=intake.exchanged_ms())
        self._wake = threading.Event()
        self._stopping = False

    def status(self) -> LineStatus:
        """How the line is; safe to ask from any thread."""
        return self._status

    def nudge(self) -> None:
        """Exchange now: something waits to be sent."""
        self._wake.set()

    def stop(self) -> None:
        """Make `run` return after the exchange that it is in."""
        self._stopping = True
        self._wake.set()

    def exchange(self) -> bool:
        """Pull all there is and push all that waits; False when the line failed, which `status` then says."""
        try:
            taken = self._pull()
            if self._intake.doubt_unreturned():
                _log.warning("the gateway has lost answers that it had confirmed: they are sent again")
            self._answer()
            sent, refused = self._sent()
            self._evidence.look(news=bool(taken.stored or sent))
        except GatewayAway as failure:
            return self._failed(str(failure))
        if refused:
            self._fetch_attachments()
            return self._failed(refused)
        now_ms = self._clock.wall_ms()
        self._intake.note_exchange(now_ms)
        self._status = LineStatus(up=True, as_of_ms=now_ms, notice=self._notice())
        if taken.stored or taken.refused or sent:
            _log.info("taken in %d records, %d segments refused; %d sent", taken.stored, taken.refused, sent)
        self._fetch_attachments()
        return True

    def run(self) -> None:
        """Exchange again and again until `stop`."""
        failures = 0
        while not self._stopping:
            try:
                self._upkeep()
                failures = 0 if self.exchange() else failures + 1
            except Exception:
                # One bad round (a full disk, say) must not end the courier: the next one may go well.
                failures += 1
                self._status = LineStatus(up=False, as_of_ms=self._status.as_of_ms, problem="县里的系统出错")
                _log.exception("an exchange with the gateway failed")
            self._wake.wait(self._pause_s(failures))
            self._wake.clear()

    def _sent(self) -> tuple[int, str]:
        """Send what waits; returns how many records were confirmed, and why a chain was not taken. The rest goes on."""
        try:
            return self._outbox.send(), ""
        except PushRefused as refusal:
            return 0, str(refusal)

    def _failed(self, problem: str) -> bool:
        self._status = LineStatus(up=False, as_of_ms=self._status.as_of_ms, problem=problem)
        _log.warning("the line to the gateway failed: %s", problem)
        return False

    def _pause_s(self, failures: int) -> float:
        if failures == 0:
            return self._interval_s
        longest = min(self._interval_s * float(1 << min(failures, 10)), RETRY_S_MAX)
        return longest * (1 + self._jitter()) / 2

    def _fetch_attachments(self) -> None:
        """Records have been exchanged, whatever becomes of this."""
        try:
            if self._attachments.fetch():
                self._wake.set()
        except GatewayAway as failure:
            _log.warning("attachments could not be fetched: %s", failure)

    def _pull(self) -> Taken:
        taken = Taken()
        begun_anew = False
        while not self._stopping:
            try:
                relays = self._line.feed(self._intake.cursor(), self._intake.read_mark())
            except FeedMoved:
                if begun_anew:
                    raise GatewayAway("网关的收件次序一直在变") from None
                begun_anew = True
                _log.warning("the gateway numbers its feed anew, as after a backup: everything is compared again")
                self._intake.begin_anew()
                continue
            if not relays:
                break
            before = self._intake.cursor()
            taken += self._intake.take(relays)
            if self._intake.cursor() == before:
                raise GatewayAway("网关重复送来同样的记录")
        while not self._stopping and (late := self._line.late(self._intake.late_cursor())):
            self._intake.put_by(late)
        return taken
