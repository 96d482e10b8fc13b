"""A receipt printer on a pty: takes bytes at the line's speed, prints at its own, and can fail.

Two threads, as in the real thing: one receives into a small buffer and answers DLE EOT at once, one
works the buffer off. With no paper or an open cover the second stops and the buffer fills up; what is
in it is printed when the paper is back, as real printers do, unless DLE DC4 8 has made it forget that.
`dead` is a printer without power: it takes bytes and forgets them. `brown_out` is a dip of its power,
over at once: it goes on with the next byte, with an empty buffer and the modes of the factory.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random
from threading import Condition, Event, Thread

from msgspec import Struct
from msgspec.structs import replace

from devices.printer.profile import DOTS_PER_MM, CutForm, Profile, QrForm
from devices.sim.bad_wire import half
from devices.sim.escpos_reader import EscPosReader, Op, Operation
from devices.sim.paper import PaperRoll, PieceOfPaper
from devices.sim.pty_port import PtyPort
from devices.sim.tcp_port import TcpPort
from devices.typeface import Typeface

BUFFER_BYTES = 4096
PIECES_MAX = 200
_SLOWNESS = 10
_TICK_S = 0.02
_QR_OPS = frozenset({Op.QR_MODULE, Op.QR_CORRECTION, Op.QR_STORE, Op.QR_PRINT})


class PrinterLevers(Struct, frozen=True):
    """What is wrong with the printer; what is wrong with its line is `noisy_port.LineLevers`.

    `lines_left` is paper for so many lines, None for plenty. `busy`: it takes no bytes. `garbage`: what it answers
    is nonsense; `half_status`: of what it answers the end is missing; `no_reports`: it never reports by itself.
    """

    paper_out: bool = False
    near_end: bool = False
    cover_open: bool = False
    cutter_jam: bool = False
    overheat: bool = False
    offline: bool = False
    dead: bool = False
    slow: bool = False
    busy: bool = False
    unplug: bool = False
    brown_out: bool = False
    garbage: bool = False
    half_status: bool = False
    no_reports: bool = False
    lines_left: int | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether the print head stands still."""
        return self.paper_out or self.cover_open or self.cutter_jam or self.overheat or self.offline


@dataclass(slots=True)
class _Buffer:
    operations: deque[Operation] = field(default_factory=deque)
    size_bytes: int = 0


class SimulatedPrinter:
    """A printer of `profile` behind `port`. With `speed_mm_s` 0 it prints in no time."""

    def __init__(
        self, profile: Profile, port: PtyPort | TcpPort, typeface: Typeface, speed_mm_s: int, *, xonxoff: bool = False
    ) -> None:
        """With `xonxoff` it says by XOFF and XON when its buffer is full and when it has room again."""
        self._profile = profile
        self._port = port
        self._speed_mm_s = speed_mm_s
        self._reader = EscPosReader(profile.coding.value)
        self._roll = PaperRoll(profile.dots, typeface)
        self._levers = PrinterLevers()
        self._buffer = _Buffer()
        self._rng = Random(0)  # noqa: S311 - draws faults, not secrets
        self._reports = 0
        self._reported = b""
        self._used_dots = 0
        self._xonxoff = xonxoff
        self._says_wait = False
        self._pieces: deque[PieceOfPaper] = deque(maxlen=PIECES_MAX)
        self._changed = Condition()
        self._stop = Event()
        self._threads = [Thread(target=job, daemon=True) for job in (self._receive, self._print)]

    @property
    def levers(self) -> PrinterLevers:
        """The levers as they stand."""
        return self._levers

    def start(self) -> None:
        """Plug in and switch on."""
        self._port.plug()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Switch off and unplug."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(5)
        self._port.unplug()

    def pull(self, **levers: bool | int | None) -> None:
        """Set levers by the names of `PrinterLevers`. Raises `TypeError` for an unknown one."""
        with self._changed:
            self._levers = replace(self._levers, **levers)
            if self._levers.dead or self._levers.brown_out:
                self._lose_power()
                self._levers = replace(self._levers, brown_out=False)
            self._report_changes()
            self._changed.notify_all()
        if self._levers.unplug:
            self._port.unplug()
        else:
            self._port.plug()

    def _lose_power(self) -> None:
        self._reader.power_off()
        self._roll.power_off()
        self._buffer = _Buffer()
        self._reports = 0

    def hurry(self, speed_mm_s: int) -> None:
        """Print at another speed from now on, 0 for at once."""
        self._speed_mm_s = speed_mm_s

    def pieces(self) -> list[PieceOfPaper]:
        """Return the paper, newest first; the piece still in the printer is not complete."""
        with self._changed:
            hanging = [] if self._roll.is_blank() else [self._roll.look()]
            return hanging + list(reversed(self._pieces))

    def is_idle(self) -> bool:
        """Return whether everything received has been printed."""
        with self._changed:
            return not self._buffer.operations

    def is_reading_a_command(self) -> bool:
        """Return whether the rest of a command is still to come."""
        with self._changed:
            return self._reader.is_inside

    def _receive(self) -> None:
        while not self._stop.is_set():
            is_full = self._levers.busy or self._buffer.size_bytes >= BUFFER_BYTES
            self._say_wait(so=is_full)
            if is_full:
                self._stop.wait(_TICK_S)  # busy: the sender has to wait
                continue
            byte_s = 10 / self._port.baud()
            data = self._port.read(max(1, int(_TICK_S / byte_s)), _TICK_S)
            if data:
                self._stop.wait(len(data) * byte_s)
                self._take_in(data)

    def _say_wait(self, *, so: bool) -> None:
        if self._xonxoff and so is not self._says_wait:
            self._says_wait = so
            self._port.write(b"\x13" if so else b"\x11")

    def _take_in(self, data: bytes) -> None:
        with self._changed:
            if self._levers.dead:
                return
            for operation in self._reader.feed(data):
                if operation.op is Op.STATUS:
                    self._answer(operation.numbers[0])
                elif operation.op is Op.FORGET:
                    self._forget()
                else:
                    self._buffer.operations.append(operation)
                    self._buffer.size_bytes += len(operation.raw)
            self._changed.notify_all()

    def _say(self, data: bytes) -> None:
        levers = self._levers
        if levers.half_status:
            data = half(data)
        if levers.garbage:
            data = self._rng.randbytes(len(data))
        if data and not levers.dead:
            self._port.write(data)

    def _forget(self) -> None:
        if self._profile.forgets:
            self._buffer = _Buffer()
            self._roll.forget_line()
            self._say(b"\x37\x25\x00")

    def _answer(self, question: int) -> None:
        levers = self._levers
        is_error = levers.cutter_jam or levers.overheat
        answers = {
            1: 0x12 | (0x08 if levers.is_stopped else 0),
            2: 0x12
            | (0x04 if levers.cover_open else 0)
            | (0x20 if levers.paper_out else 0)
            | (0x40 if is_error else 0),
            3: 0x12 | (0x08 if levers.cutter_jam else 0) | (0x40 if levers.overheat else 0),
            4: 0x12 | (0x6C if levers.paper_out else 0x0C if levers.near_end else 0),
        }
        if self._profile.answers and question in answers:
            self._say(bytes((answers[question],)))

    def _report(self) -> bytes:
        levers = self._levers
        return bytes(
            (
                0x10 | (0x08 if levers.is_stopped else 0) | (0x20 if levers.cover_open else 0),
                (0x08 if levers.cutter_jam else 0) | (0x40 if levers.overheat else 0),
                0x0F if levers.paper_out else 0x03 if levers.near_end else 0,
                0,
            )
        )

    def _report_changes(self) -> None:
        """Report by itself, if it was told to and something is not as it was last reported."""
        report = self._report()
        if self._reports and report != self._reported and not self._levers.no_reports:
            self._reported = report
            self._say(report)

    def _print(self) -> None:
        while not self._stop.is_set():
            with self._changed:
                self._changed.wait_for(self._may_print, 1.0)
                if not self._may_print() or self._stop.is_set():
                    continue
                operation = self._buffer.operations.popleft()
                self._buffer.size_bytes -= len(operation.raw)
                moved_dots = self._execute(operation)
                factor = _SLOWNESS if self._levers.slow else 1
            if moved_dots and self._speed_mm_s:
                self._stop.wait(moved_dots / DOTS_PER_MM / self._speed_mm_s * factor)

    def _may_print(self) -> bool:
        return self._stop.is_set() or (bool(self._buffer.operations) and not self._levers.is_stopped)

    def _execute(self, operation: Operation) -> int:
        """Do one operation that the model has; return how far the paper moved."""
        if operation.op is Op.END_MARKER:
            if self._profile.end_marker:
                self._say(bytes((0x03 if self._levers.near_end else 0x00,)))
            return 0
        if operation.op is Op.REPORTS:
            self._reports, self._reported = operation.numbers[0] if self._profile.reports else 0, b""
            self._report_changes()
            return 0
        if operation.op in _QR_OPS and self._profile.qr is not QrForm.NATIVE:
            return 0
        if operation.op is Op.INIT and not self._roll.is_blank():
            self._pieces.append(self._roll.tear())  # without a knife, the next slip begins a new piece
        moved_dots = self._roll.execute(operation)
        if operation.op is Op.CUT and self._profile.cut is not CutForm.NONE and not self._roll.is_blank():
            self._pieces.append(self._roll.tear())
        self._use_up(moved_dots)
        return moved_dots

    def _use_up(self, moved_dots: int) -> None:
        left = self._levers.lines_left
        if left is None or not moved_dots:
            return
        lines, self._used_dots = divmod(self._used_dots + moved_dots, self._profile.line_dots)
        self._levers = replace(self._levers, lines_left=max(left - lines, 0), paper_out=left <= lines)
        self._report_changes()
