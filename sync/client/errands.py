"""Errands with a stick, done by the sync process between its other work, and what became of them."""

from __future__ import annotations

import logging
from pathlib import Path

from msgspec.structs import replace

from sync.bundle.closing import ClosingNotTrusted
from sync.bundle.envelope import BundleRefused
from sync.bundle.stick import StickFailed, StickFull, StickGone, StickLies, StickMissing, StickReadOnly
from sync.client.line import LineFailed
from sync.client.queue import Queue
from sync.client.stick_road import STICK_FAULTS, NoStickKey, NothingForUs, StickRoad
from sync.clock import Clock
from sync.errand import Errand, ErrandUnreadable, What, find_errand
from sync.key_files import KeyFileRefused
from sync.transport.line_state import LineFault
from sync.transport.said import STICK, StickFault, StickSaid, StickStage, encode_said, stick_said
from sync.transport.schema import TransportRefused
from sync.transport.transport import Transport

_log = logging.getLogger(__name__)


class Errands:
    """Looks for an errand, does it, and says what became of it.

    Args:
        data: the terminal's data directory, where errands are left.
        road: does them.
        queue: what is acknowledged of it is said beside the result.
        transport: where it is said.
        clock: dates what is said.
    """

    def __init__(self, data: Path, road: StickRoad, queue: Queue, transport: Transport, clock: Clock) -> None:
        self._data = data
        self._road = road
        self._queue = queue
        self._transport = transport
        self._clock = clock
        self._unreadable = ""

    def look(self) -> None:
        """Do the errand that was left, unless it was done before. Raises nothing: a stick must not end the process."""
        try:
            errand = find_errand(self._data)
            said = stick_said(self._transport)
            if errand is not None and (said is None or said.errand != errand.id or said.stage is StickStage.WORKING):
                self.carry_out(errand)
        except ErrandUnreadable as cause:
            if str(cause) != self._unreadable:
                self._unreadable = str(cause)
                _log.error("%s", cause)
        except TransportRefused as cause:
            _log.error("%s", cause)

    def carry_out(self, errand: Errand) -> StickSaid:
        """Do an errand and return what was said of it. Raises TransportRefused."""
        working = StickSaid(errand.id, errand.what, StickStage.WORKING, self._clock.wall_ms())
        self._transport.say(STICK, encode_said(working))
        try:
            done = self._done(errand, working)
        except STICK_FAULTS as cause:
            done = replace(working, stage=StickStage.FAILED, fault=_fault_of(cause), sentence=str(cause))
        done = replace(done, at_ms=self._clock.wall_ms(), acknowledged=self._acknowledged())
        self._transport.say(STICK, encode_said(done))
        _log.info(
            "stick, %s: %s, records %d to %d, %d left, %d from the county%s", done.what, done.stage,
            done.first_seq, done.last_seq, done.left, done.news, f" ({done.sentence})" if done.sentence else "",
        )  # fmt: skip
        return done

    def _done(self, errand: Errand, working: StickSaid) -> StickSaid:
        stick = Path(errand.stick)
        if errand.what is What.EXPORT:
            written = self._road.export(stick)
            return replace(
                working,
                stage=StickStage.DONE,
                first_seq=written.first_seq,
                last_seq=written.last_seq,
                left=written.left,
            )
        brought = self._road.take(stick)
        done = replace(working, stage=StickStage.DONE, news=brought.news, packs=brought.packs)
        if brought.fault is None:
            return done
        # What fitted is kept and counted; that something did not is said beside it.
        return replace(done, stage=StickStage.FAILED, fault=_fault_of(brought.fault), sentence=str(brought.fault))

    def _acknowledged(self) -> int:
        try:
            journal = self._queue.journal()
        except LineFailed:
            return 0
        held = self._transport.acknowledgement(journal.chain) if journal is not None else None
        return held.link.seq if held is not None else 0


def _fault_of(cause: BaseException) -> StickFault:
    for kind, fault in _FAULTS:
        if isinstance(cause, kind):
            return fault
    return _LINE_FAULTS.get(cause.fault, StickFault.DISAGREES) if isinstance(cause, LineFailed) else StickFault.GONE


_FAULTS: tuple[tuple[type[BaseException], StickFault], ...] = (
    (StickMissing, StickFault.MISSING),
    (StickGone, StickFault.GONE),
    (StickFull, StickFault.FULL),
    (StickReadOnly, StickFault.READ_ONLY),
    (StickLies, StickFault.LIES),
    (StickFailed, StickFault.GONE),
    (ClosingNotTrusted, StickFault.NOT_TRUSTED),
    (BundleRefused, StickFault.DAMAGED),
    (NoStickKey, StickFault.NO_KEY),
    (NothingForUs, StickFault.NOTHING_HERE),
    (KeyFileRefused, StickFault.NOT_READY),
    (OSError, StickFault.DISK_REFUSED),
)
"""The first that fits."""
_LINE_FAULTS = {
    LineFault.GARBLED: StickFault.DAMAGED,
    LineFault.NOT_SIGNED: StickFault.NOT_TRUSTED,
    LineFault.REVOKED: StickFault.NOT_TRUSTED,
    LineFault.DISK_REFUSED: StickFault.DISK_REFUSED,
    LineFault.JOURNAL_UNREADABLE: StickFault.JOURNAL_UNREADABLE,
}
