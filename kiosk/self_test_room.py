"""设备自检: one self-test at a time, from the first cell of the screen to the signed record of how everything came out.

The screen comes first, then the pad's keys, then the slip; the devices that nobody has to touch, the clock, the disk
and the line are judged when the slip is drawn. Written down is one record at the end; a test that is left before it is
none. There is no loudspeaker in a terminal, so there is no test of one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

from msgspec import Struct

from devices.ports import Device, DeviceStatus, KeyPressed, RatingPad, WindowEnded, WindowOpened
from devices.printer.document import Slip
from devices.self_test import PadTest, Tried, by_paper, by_status
from devices.self_test import Verdict as DeviceVerdict
from kiosk.desk import Actor, Desk
from kiosk.printing import PrintRoom
from kiosk.projections.papers import SlipRow
from sync import self_test
from sync.clock import Clock
from sync.model.county_day import CountyDay
from sync.model.facts import CheckedPart, SelfTested, SlipKind, SlipResult, Verdict
from sync.self_test_words import PARTS

CELLS = 12
"""Of the touch grid."""
_PRINTED = {SlipResult.PRINTED: True, SlipResult.NOT_PRINTED: False, SlipResult.UNKNOWN: None}
_ASKED_OTHERWISE = frozenset({Device.RECEIPT_PRINTER, Device.RATING_PAD})


class Stage(Enum):
    """What is being tried now."""

    TOUCH = "touch"
    PAD = "pad"
    PRINTER = "printer"
    DONE = "done"


class Fitted(Struct, frozen=True):
    """What a self-test asks: the pad, and how every device is; `monotonic_s` counts the devices' seconds."""

    pad: RatingPad
    statuses: Callable[[], dict[Device, DeviceStatus]]
    monotonic_s: Callable[[], float]


class LineSaid(Struct, frozen=True):
    """What is known of the way to the county.

    Attributes:
        heard_ms: when the county was last heard, ms since 1970 UTC, None: never.
        connected: whether the sync process runs and says that the line is good.
    """

    heard_ms: int | None
    connected: bool


class Around(Struct, frozen=True):
    """What is measured without a device: where records are kept, the line, and what time it is."""

    data: Path
    line: Callable[[], LineSaid]
    now: Callable[[], CountyDay]


class SelfTest(Struct):
    """A self-test under way; `results` is how every part that was tried came out."""

    began_s: float
    stage: Stage = Stage.TOUCH
    touched: frozenset[int] = frozenset()
    results: tuple[CheckedPart, ...] = ()
    pad: PadTest | None = None
    slip_seq: int | None = None
    took_ms: int = 0
    record_seq: int = 0


class SelfTestRoom:
    """Carries self-tests out."""

    def __init__(self, desk: Desk, print_room: PrintRoom, fitted: Fitted, around: Around, clock: Clock) -> None:
        """Write at `desk`, print by `print_room`, ask what is `fitted`, and look `around`."""
        self._desk = desk
        self._print_room = print_room
        self._fitted = fitted
        self._around = around
        self._clock = clock
        self._count = 0
        self.test: SelfTest | None = None

    def begin(self) -> None:
        """Begin with the screen."""
        self.forget()
        self._count += 1
        self.test = SelfTest(self._fitted.monotonic_s())

    def forget(self) -> None:
        """Leave a test that is not done: nothing is written of it, and no key is waited for."""
        test, self.test = self.test, None
        if test is not None and test.pad is not None:
            test.pad.skip()

    def touched(self, cell: int) -> None:
        """Take a touch of the grid; after the last cell the pad is asked."""
        test = self.test
        if test is None or test.stage is not Stage.TOUCH or not 0 <= cell < CELLS:
            return
        test.touched |= {cell}
        if len(test.touched) == CELLS:
            self._touch_ends(CheckedPart(part="touch", verdict=Verdict.OK))

    def skip_touch(self, *, dead: bool) -> None:
        """End the grid before every cell was touched: a cell is `dead`, or nobody wanted to touch them all."""
        if self.test is None or self.test.stage is not Stage.TOUCH:
            return
        if dead:
            self._touch_ends(CheckedPart(part="touch", verdict=Verdict.FAULT, reason="not_all_touched"))
        else:
            self._touch_ends(CheckedPart(part="touch", verdict=Verdict.NOT_CHECKED, reason="skipped"))

    def opened(self, event: WindowOpened) -> bool:
        """Take the pad's word that it asks for a key now. False when that is none of this test's."""
        return self._of_pad(lambda pad: pad.opened(event))

    def pressed(self, event: KeyPressed) -> bool:
        """Take a key of the pad. False when it is none of this test's: it may be a rating."""
        return self._of_pad(lambda pad: pad.pressed(event))

    def ended(self, event: WindowEnded) -> bool:
        """Take the pad's word that nobody pressed. False when it is none of this test's."""
        return self._of_pad(lambda pad: pad.ended(event))

    def skip_pad(self) -> None:
        """Ask for no more keys."""
        if self.test is not None and self.test.pad is not None:
            self.test.pad.skip()
            self._look_at_pad()

    def print_slip(self, actor: Actor, draw: Callable[[Sequence[CheckedPart]], Slip]) -> None:
        """Judge what nobody has to touch, and print the slip of all but the printer. Raises JournalRefused."""
        test = self.test
        if test is None or test.stage is not Stage.PRINTER or test.slip_seq is not None:
            return
        tried = {each.part: each for each in (*test.results, *self._untouched(), *self._look_around())}
        test.results = tuple(tried[part] for part in PARTS if part in tried)
        test.slip_seq = self._print_room.issue(SlipKind.SELF_TEST, None, actor, lambda _: draw(test.results))
        self.look_at_paper()

    def look_at_paper(self) -> SlipRow | None:
        """Return the slip, and take the printer's word for it once it has given one; unknown is asked about."""
        test = self.test
        row = self._print_room.state(test.slip_seq) if test is not None and test.slip_seq is not None else None
        if test is None or row is None or test.stage is not Stage.PRINTER or row.result is None:
            return row
        tried = by_paper(_PRINTED[row.result], row.reason)
        if tried is not None:
            self._paper_ends(tried)
        return row

    def answer_paper(self, row: SlipRow, actor: Actor, *, printed: bool) -> None:
        """Take what somebody saw of a slip that the printer could not tell about. Raises JournalRefused."""
        self._print_room.seen(row, actor, printed=printed)
        if self.test is not None and self.test.stage is Stage.PRINTER:
            self._paper_ends(Tried(DeviceVerdict.OK) if printed else Tried(DeviceVerdict.FAULT, "not_seen"))

    def write_down(self, actor: Actor) -> None:
        """Sign how everything came out, once; durable when this returns. Raises JournalRefused."""
        test = self.test
        if test is not None and test.stage is Stage.DONE and not test.record_seq:
            test.record_seq = self._desk.note(SelfTested(parts=test.results, took_ms=test.took_ms), actor)

    def _touch_ends(self, tried: CheckedPart) -> None:
        test = self.test
        if test is None:
            return
        test.results = (*test.results, tried)
        test.stage = Stage.PAD
        fitted = self._fitted
        test.pad = PadTest(fitted.pad, fitted.monotonic_s, f"self-test-{self._count}")
        test.pad.begin(fitted.statuses()[Device.RATING_PAD])
        self._look_at_pad()

    def _of_pad(self, take: Callable[[PadTest], bool]) -> bool:
        test = self.test
        if test is None or test.pad is None or not take(test.pad):
            return False
        self._look_at_pad()
        return True

    def _look_at_pad(self) -> None:
        test = self.test
        if test is None or test.stage is not Stage.PAD or test.pad is None or test.pad.tried is None:
            return
        test.results = (*test.results, _part(Device.RATING_PAD, test.pad.tried))
        test.stage = Stage.PRINTER

    def _paper_ends(self, tried: Tried) -> None:
        test = self.test
        if test is None:
            return
        test.results = (_part(Device.RECEIPT_PRINTER, tried), *test.results)
        test.stage = Stage.DONE
        test.took_ms = round((self._fitted.monotonic_s() - test.began_s) * 1000)

    def _untouched(self) -> list[CheckedPart]:
        """Every other device that a terminal can have, by what the hub says of it."""
        return [
            _part(device, by_status(status))
            for device, status in self._fitted.statuses().items()
            if device not in _ASKED_OTHERWISE
        ]

    def _look_around(self) -> tuple[CheckedPart, ...]:
        now_ms, line = self._clock.wall_ms(), self._around.line()
        try:
            free_bytes = shutil.disk_usage(self._around.data).free
        except OSError:
            free_bytes = None
        return (
            self_test.clock(self._around.now(), is_real=self._clock.real),
            self_test.disk(free_bytes),
            self_test.network(now_ms, line.heard_ms, is_up=line.connected),
        )


def _part(device: Device, tried: Tried) -> CheckedPart:
    return CheckedPart(part=device.value, verdict=Verdict(tried.verdict.value), reason=tried.reason)
