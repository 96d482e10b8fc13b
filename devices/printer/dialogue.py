"""What is said to a printer and heard from it on an open line: questions, bytes with their offsets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from devices.line import Line
from devices.printer.status import ASKED, SILENT, Health, health_of, is_end_marker, is_status, question


class Patience(Struct, frozen=True):
    """How long a printer is waited for, in seconds, and how much it is given at once.

    `answer_s` for one status byte; `stall_s` for taking the next bytes; `finish_s` after the
    time that printing takes; `poll_s` between looks at an idle printer.
    """

    answer_s: float = 0.5
    stall_s: float = 5.0
    finish_s: float = 4.0
    poll_s: float = 1.0
    chunk_bytes: int = 128


class Dialogue:
    """One open line to a printer. All methods raise `LineGone` when it is unplugged."""

    def __init__(self, line: Line, patience: Patience, monotonic_s: Callable[[], float]) -> None:
        self._line = line
        self._patience = patience
        self._monotonic_s = monotonic_s
        self._statuses: deque[int] = deque(maxlen=16)
        self.sent_bytes = 0
        """Bytes of the current sending that the line took and the system did not get back."""
        self.end_markers = 0
        """Answers to GS r since `forget`."""

    def forget(self) -> None:
        """Throw away everything heard so far."""
        self.listen()
        self._statuses.clear()
        self.end_markers = 0

    def listen(self) -> None:
        """Take in what has arrived."""
        for byte in self._line.read():
            if is_status(byte):
                self._statuses.append(byte)
            elif is_end_marker(byte):
                self.end_markers += 1

    def health(self) -> Health:
        """Ask how the printer is; only between jobs, a question inside one may be taken for data."""
        self.listen()
        self._statuses.clear()
        answers: dict[int, int] = {}
        for number in ASKED:
            answer = self._answer(number)
            if answer is None:
                # Questions that pile up in a dead line would all be answered at once some day.
                self._line.discard()
                return SILENT
            answers[number] = answer
        return health_of(answers)

    def _answer(self, number: int) -> int | None:
        text = question(number)
        if self._line.write(text, self._patience.answer_s) < len(text):
            return None
        end_s = self._monotonic_s() + self._patience.answer_s
        while not self._statuses:
            left_s = end_s - self._monotonic_s()
            if left_s <= 0:
                return None
            self._line.wait(left_s)
            self.listen()
        return self._statuses.popleft()

    def send(self, data: bytes, *, least_byte_s: float, is_stopping: Callable[[], bool]) -> bool:
        """Send `data` in chunks, not faster than `least_byte_s` seconds a byte, nor than the wire.

        What is sent faster than the wire only waits in a buffer, where nobody can count it. Returns
        False when the printer stopped taking bytes or the program is ending; `sent_bytes` is then how
        far it came, and what the system still held has been thrown away.
        """
        self.sent_bytes = 0
        byte_s = max(least_byte_s, self._line.byte_s)
        start_s = self._monotonic_s()
        while self.sent_bytes < len(data):
            if is_stopping():
                return self._give_up()
            chunk = data[self.sent_bytes : self.sent_bytes + self._patience.chunk_bytes]
            taken = self._line.write(chunk, self._patience.stall_s)
            if not taken:
                return self._give_up()
            self.sent_bytes += taken
            self.pause(start_s + self.sent_bytes * byte_s - self._monotonic_s())
        return self._drained() or self._give_up()

    def _drained(self) -> bool:
        """Wait until nothing is left in the system; False when that stops getting less."""
        left = self._line.unsent()
        end_s = self._monotonic_s() + self._patience.stall_s
        while left:
            if self._monotonic_s() > end_s:
                return False
            self.pause(0.01)
            now_left = self._line.unsent()
            if now_left < left:
                end_s = self._monotonic_s() + self._patience.stall_s
            left = now_left
        return True

    def _give_up(self) -> bool:
        self.sent_bytes -= min(self._line.unsent(), self.sent_bytes)
        self._line.discard()
        return False

    def hear_end_marker(self, until_s: float) -> bool:
        """Wait for an answer to GS r, at most until `until_s`; return whether it came."""
        while not self.end_markers and (left_s := until_s - self._monotonic_s()) > 0:
            self._line.wait(left_s)
            self.listen()
        return self.end_markers > 0

    def pause(self, pause_s: float) -> None:
        """Let time pass, listening, so that an unplugged line is noticed at once."""
        end_s = self._monotonic_s() + pause_s
        while (left_s := end_s - self._monotonic_s()) > 0:
            self._line.wait(left_s)
            self.listen()
