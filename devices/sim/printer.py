"""A receipt printer on a pty: takes bytes at the line's speed, prints at its own, and can fail.

Two threads, as in the real thing: one receives into a small buffer and answers DLE EOT at once, one
works the buffer off. With no paper or an open cover the second stops and the buffer fills up; what is
in it is printed when the paper is back, as real printers do. `dead` is a printer without power: it
takes bytes and forgets them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Condition, Event, Thread

from msgspec import Struct
from msgspec.structs import replace

from devices.printer.profile import DOTS_PER_MM, CutForm, Profile, QrForm
from devices.sim.escpos_reader import EscPosReader, Op, Operation
from devices.sim.paper import PaperRoll, PieceOfPaper
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface

BUFFER_BYTES = 4096
PIECES_MAX = 200
_SLOWNESS = 10
_TICK_S = 0.02
_QR_OPS = frozenset({Op.QR_MODULE, Op.QR_CORRECTION, Op.QR_STORE, Op.QR_PRINT})


class PrinterLevers(Struct, frozen=True):
    """What is wrong with the printer. `lines_left`: paper for so many lines, None for plenty."""

    paper_out: bool = False
    near_end: bool = False
    cover_open: bool = False
    cutter_jam: bool = False
    dead: bool = False
    slow: bool = False
    unplug: bool = False
    lines_left: int | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether the print head stands still."""
        return self.paper_out or self.cover_open or self.cutter_jam


@dataclass(slots=True)
class _Buffer:
    operations: deque[Operation] = field(default_factory=deque)
    size_bytes: int = 0


class SimulatedPrinter:
    """A printer of `profile` behind `port`. With `speed_mm_s` 0 it prints in no time."""

    def __init__(self, profile: Profile, port: PtyPort, typeface: Typeface, speed_mm_s: int) -> None:
        self._profile = profile
        self._port = port
        self._speed_mm_s = speed_mm_s
        self._reader = EscPosReader(profile.coding.value)
        self._roll = PaperRoll(profile.dots, typeface)
        self._levers = PrinterLevers()
        self._buffer = _Buffer()
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
            if self._levers.dead:
                self._reader.power_off()
                self._roll.power_off()
                self._buffer = _Buffer()
            self._changed.notify_all()
        if self._levers.unplug:
            self._port.unplug()
        else:
            self._port.plug()

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
            if self._buffer.size_bytes >= BUFFER_BYTES:
                self._stop.wait(_TICK_S)  # busy: the sender has to wait
                continue
            byte_s = 10 / self._port.baud()
            data = self._port.read(max(1, int(_TICK_S / byte_s)), _TICK_S)
            if data:
                self._stop.wait(len(data) * byte_s)
                self._take_in(data)

    def _take_in(self, data: bytes) -> None:
        with self._changed:
            if self._levers.dead:
                return
            for operation in self._reader.feed(data):
                if operation.op is Op.STATUS:
                    self._answer(operation.numbers[0])
                else:
                    self._buffer.operations.append(operation)
                    self._buffer.size_bytes += len(operation.raw)
            self._changed.notify_all()

    def _answer(self, question: int) -> None:
        levers = self._levers
        answers = {
            1: 0x12 | (0x08 if levers.is_stopped else 0),
            2: 0x12
            | (0x04 if levers.cover_open else 0)
            | (0x20 if levers.paper_out else 0)
            | (0x40 if levers.cutter_jam else 0),
            3: 0x12 | (0x08 if levers.cutter_jam else 0),
            4: 0x12 | (0x6C if levers.paper_out else 0x0C if levers.near_end else 0),
        }
        if self._profile.answers and question in answers:
            self._port.write(bytes((answers[question],)))

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
                self._port.write(bytes((0x03 if self._levers.near_end else 0x00,)))
            return 0
        if operation.op in _QR_OPS and self._profile.qr is not QrForm.NATIVE:
            return 0
        if operation.op is Op.INIT and not self._roll.is_blank():
            self._pieces.append(self._roll.tear())  # without a knife, the next slip begins a new piece
        moved_dots = self._roll.execute(operation)
        if operation.op is Op.CUT and self._profile.cut is not CutForm.NONE and not self._roll.is_blank():
            self._pieces.append(self._roll.tear())
        if operation.op is Op.LINE_FEED:
            self._use_up_line()
        return moved_dots

    def _use_up_line(self) -> None:
        left = self._levers.lines_left
        if left is not None:
            self._levers = replace(self._levers, lines_left=max(left - 1, 0), paper_out=left <= 1)
