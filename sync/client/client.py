"""The rounds of the sync process: its lanes, one after the other; and the truth about the line.

Errands with a stick are done between its exchanges.
"""

from __future__ import annotations

import logging

from msgspec import Struct
from msgspec.structs import replace

from sync.client.attachments_lane import AttachmentsLane
from sync.client.checkpoint_lane import CheckpointLane
from sync.client.errands import Errands
from sync.client.inbox_lane import InboxLane
from sync.client.interrupts import Interrupts, Stopped
from sync.client.line import Carrier, LineFailed
from sync.client.packs_lane import PacksLane
from sync.client.records_lane import RecordsLane
from sync.client.revocations_lane import RevocationsLane
from sync.client.stick_key_lane import StickKeyLane
from sync.clock import Clock
from sync.protocol.uploader import Backoff
from sync.transport.line_state import LineFault
from sync.transport.schema import TransportRefused
from sync.transport.transport import Transport

JOURNAL_POLL_S = 0.5
PACKS_POLL_MS = 600_000
CONNECTION_IDLE_MS = 20_000
"""The gateway closes a connection that was silent for 30 s; a new one is surer than one that is about to go."""

_log = logging.getLogger(__name__)


class Lanes(Struct, frozen=True):
    """What is carried, in this order; what attachments there are is noted before all else."""

    records: RecordsLane
    checkpoints: CheckpointLane
    inbox: InboxLane
    packs: PacksLane
    stick_key: StickKeyLane
    revocations: RevocationsLane
    attachments: AttachmentsLane


class Client:
    """Carries records, checkpoints, inbox, packs and attachments, round after round.

    Args:
        line: to the gateway; shared by the lanes.
        lanes: what it carries.
        transport: where the state of the line is kept.
        backoff: how long to wait after failures.
        clock: the program's clock.
        interrupts: says when to stop.
        errands: what was asked to be done with a stick; looked for between exchanges.
        poll_s: how often the gateway is asked when nothing happens here.
    """

    def __init__(
        self,
        line: Carrier,
        lanes: Lanes,
        transport: Transport,
        backoff: Backoff,
        clock: Clock,
        interrupts: Interrupts,
        errands: Errands,
        poll_s: float,
    ) -> None:
        self._line = line
        self._lanes = lanes
        self._errands = errands
        self._more_to_send = False
        self._transport = transport
        self._backoff = backoff
        self._clock = clock
        self._interrupts = interrupts
        self._poll_s = poll_s
        self._packs_due_ms = 0
        self._revocations_due_ms = 0
        self._line_used_ms = 0
        self._state = transport.line()

    def run(self) -> None:
        """Go on until told to stop."""
        while not self._interrupts.stopping:
            pause_s = self.round()
            self._wait(pause_s, may_shorten=self._state.fault is None or self._state.fault in _OF_THE_LOG)

    def round(self) -> float:
        """Do one round, say how the line is, and return how many seconds to wait for the next."""
        began_ms = self._clock.wall_ms()
        failure = self._carried()
        if failure is None or failure.fault in _OF_THE_LOG:
            self._backoff.succeeded()
            pause_s = 0.0 if self._more_to_send else self._poll_s
        else:
            self._line.close()
            if self._lanes.records.progressed:
                # A line that breaks and carries is no line to wait for: pauses grow only while nothing comes through.
                self._backoff.succeeded()
            pause_s = self._backoff.failed()
        if self._interrupts.stopping:
            return 0.0
        self._say(began_ms, failure, pause_s)
        return pause_s

    @property
    def fault(self) -> LineFault | None:
        """What was wrong in the last round."""
        return self._state.fault

    def _carried(self) -> LineFailed | None:
        """Run the lanes and return what was wrong first.

        A fault of one lane does not stop the next, a fault of the line does.
        """
        first: LineFailed | None = None
        if self._clock.boot_ms() - self._line_used_ms > CONNECTION_IDLE_MS:
            self._line.close()
        lanes = self._lanes
        for lane in (
            lanes.attachments.take_note, lanes.records.run, lanes.checkpoints.run, lanes.records.catch_up,
            lanes.inbox.run, self._run_revocations, self._run_packs, self._run_attachments,
        ):  # fmt: skip
            self._errands.look()
            try:
                lane()
            except Stopped:
                return first
            except TransportRefused as cause:
                return first or LineFailed(LineFault.DISK_REFUSED, str(cause))
            except LineFailed as failure:
                first = first or failure
                if failure.fault not in _OF_ONE_LANE:
                    return first
        self._line_used_ms = self._clock.boot_ms()
        return first

    def _run_attachments(self) -> None:
        self._more_to_send = False
        self._more_to_send = self._lanes.attachments.run()

    def _run_revocations(self) -> None:
        """Before the packs: a key may have to be ended that signed one. What it had acknowledged is asked again."""
        if self._clock.boot_ms() < self._revocations_due_ms:
            return
        self._lanes.revocations.run()
        self._lanes.records.catch_up()
        self._revocations_due_ms = self._clock.boot_ms() + PACKS_POLL_MS

    def _run_packs(self) -> None:
        if self._clock.boot_ms() < self._packs_due_ms:
            return
        self._lanes.packs.run(self._lanes.records.run)
        self._lanes.stick_key.run()
        self._packs_due_ms = self._clock.boot_ms() + PACKS_POLL_MS

    def _wait(self, pause_s: float, *, may_shorten: bool) -> None:
        """Wait for the next round; a record written meanwhile ends the wait while the line is good."""
        until_ms = self._clock.boot_ms() + int(pause_s * 1000)
        while not self._interrupts.stopping and (left_ms := until_ms - self._clock.boot_ms()) > 0:
            self._interrupts.wait(min(JOURNAL_POLL_S, left_ms / 1000))
            self._errands.look()
            if may_shorten and self._journal_changed():
                return

    def _journal_changed(self) -> bool:
        try:
            return self._lanes.records.changed()
        except LineFailed:
            # The round says so.
            return True

    def _say(self, began_ms: int, failure: LineFailed | None, pause_s: float) -> None:
        before = self._state
        self._state = replace(
            before,
            last_try_ms=began_ms,
            last_success_ms=began_ms if failure is None else before.last_success_ms,
            fault=failure.fault if failure else None,
            sentence=str(failure) if failure else "",
            next_try_ms=self._clock.wall_ms() + int(pause_s * 1000),
        )
        if failure is not None:
            _log.warning("%s: %s; next try in %.0f s", failure.fault.value, failure, pause_s)
        elif before.fault is not None or before.last_success_ms is None:
            _log.info("the line is good")
        try:
            self._transport.keep_line(self._state)
        except TransportRefused as cause:
            # The screen will find the next try overdue and say that it does not know.
            _log.error("%s", cause)


_OF_THE_LOG = frozenset({LineFault.LOG_FORKED, LineFault.LOG_WENT_BACK})
"""What the county's log is reproached with. The line is good, and records shall not wait for somebody to look."""
_OF_ONE_LANE = _OF_THE_LOG | frozenset(
    {
        LineFault.REQUEST_REFUSED,
        LineFault.GARBLED,
        LineFault.NOT_SIGNED,
        LineFault.REVOKED,
        LineFault.NOT_VOUCHED,
        LineFault.OUT_OF_ORDER,
        LineFault.FORKED,
        LineFault.COUNTY_AHEAD,
        LineFault.JOURNAL_UNREADABLE,
        LineFault.DISK_REFUSED,
    }
)
