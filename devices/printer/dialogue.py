"""What is said to a printer and heard from it on an open line: questions, reports, and bytes that were taken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from devices.line import Line
from devices.ports import Paper, Reason
from devices.printer.profile import Profile
from devices.printer.status import (
    ASKED,
    FORGET,
    REPORT_CHANGES,
    SILENT,
    Health,
    Said,
    StatusReader,
    health_in,
    health_of,
    question,
)

_DEAF = Health(Reason.STALLED, Paper.UNKNOWN)
"""A printer whose line says "wait", even to a question: many do that when they are off-line for any cause."""
_TOUCH_S = 0.01


class Patience(Struct, frozen=True):
    """How long a printer is waited for, in seconds, and how much it is given at once.

    `answer_s` for one status byte; `stall_s` for taking the next bytes; `finish_s` after the
    time that printing takes; `poll_s` between looks at a printer that is idle or stands still.
    """

    answer_s: float = 0.5
    stall_s: float = 5.0
    finish_s: float = 4.0
    poll_s: float = 1.0
    chunk_bytes: int = 128


class Dialogue:
    """One open line to a printer of `profile`. All methods raise `LineGone` when it is unplugged."""

    def __init__(self, line: Line, profile: Profile, patience: Patience, monotonic_s: Callable[[], float]) -> None:
        self._line = line
        self._profile = profile
        self._patience = patience
        self._monotonic_s = monotonic_s
        self._reader = StatusReader(reports=profile.reports)
        self._answers: deque[int] = deque(maxlen=16)
        self._report: bytes | None = None
        self._forgotten = 0
        self.markers = 0
        """Answers to GS r since `begin_job`."""
        self.is_torn = False
        """Whether the line took a part of a question since `begin_job`, and no more."""

    @property
    def byte_s(self) -> float:
        """Seconds that the wire takes for a byte."""
        return self._line.byte_s

    def begin_job(self) -> None:
        """Forget what was heard, so that all of it is of the job that begins."""
        self.listen()
        self._answers.clear()
        self.markers = 0
        self.is_torn = False

    def ask_for_reports(self) -> None:
        """Let the printer report changes by itself, where its model does; a printer that was off has forgotten it."""
        if self._profile.reports:
            self.forget_report()
            self._line.write(REPORT_CHANGES, self._patience.answer_s)

    def forget_report(self) -> None:
        """Count the last report for nothing until the next."""
        self._report = None

    def listen(self) -> None:
        """Take in what has arrived."""
        for heard in self._reader.feed(self._line.read()):
            match heard.said:
                case Said.ANSWER:
                    self._answers.append(heard.data[0])
                case Said.REPORT:
                    self._report = heard.data
                case Said.MARKER:
                    self.markers += 1
                case Said.FORGOTTEN:
                    self._forgotten += 1

    def reported(self) -> Health | None:
        """Return what the printer has last reported by itself, None if it has not since it was asked to."""
        return health_in(self._report) if self._report is not None else None

    def health(self, *, in_job: bool = False) -> Health:
        """Ask how the printer is: never inside a command, which would take the question for its own.

        With `in_job` nothing is thrown away that waits for the printer: it belongs to the job.
        What the port itself tells comes second, and only against the printer: silence of a model that
        gives no status is `SILENT`, or paper out.
        """
        health = self._told_health(in_job=in_job) if self._profile.says_how_it_is else SILENT
        if health.reason is Reason.NO_ANSWER and self._line.says_paper_out():
            return Health(Reason.PAPER_OUT, Paper.OUT)
        return health

    def _told_health(self, *, in_job: bool) -> Health:
        health = self._asked_health() if self._profile.answers else self._health_by_report()
        if health in (SILENT, _DEAF) and not in_job:
            # Questions that pile up in a dead line would all be answered at once some day.
            self._line.discard()
        return health

    def _asked_health(self) -> Health:
        self.listen()
        self._answers.clear()
        answers: dict[int, int] = {}
        for number in ASKED:
            text = question(number)
            taken = self._line.write(text, self._patience.answer_s)
            if taken < len(text):
                self.is_torn = self.is_torn or bool(taken)
                return _DEAF
            if not self._wait_for(lambda: bool(self._answers)):
                return SILENT
            answers[number] = self._answers.popleft()
        return health_of(answers)

    def _health_by_report(self) -> Health:
        """Asking for reports brings one at once, unless the printer is off-line: then the last one says why."""
        before = self.reported()
        self.ask_for_reports()
        if self._wait_for(lambda: self._report is not None):
            return self.reported() or SILENT
        return before if before is not None and not before.can_print else SILENT

    def make_forget(self) -> bool:
        """Make the printer forget all that it holds; True if it says that it has."""
        before = self._forgotten
        self._line.write(FORGET, self._patience.answer_s)
        return self._wait_for(lambda: self._forgotten > before)

    def write(self, data: bytes, timeout_s: float) -> int:
        """Return how many bytes the line took, 0 if none for `timeout_s`."""
        return self._line.write(data, timeout_s)

    def drained(self) -> bool:
        """Wait until nothing is left in the system; False when that stops getting less."""
        left = self._line.unsent()
        end_s = self._monotonic_s() + self._patience.stall_s
        while left:
            if self._monotonic_s() > end_s:
                return False
            self.pause(_TOUCH_S)
            now_left = self._line.unsent()
            if now_left < left:
                end_s = self._monotonic_s() + self._patience.stall_s
            left = now_left
        return True

    def discard(self) -> int:
        """Throw away what was taken and has not left this computer; return how many bytes that were."""
        unsent = self._line.unsent()
        self._line.discard()
        return unsent

    def hear_markers(self, count: int, until_s: float) -> bool:
        """Wait for so many answers to GS r, at most until `until_s`; return whether they came."""
        return self._wait_for(lambda: self.markers >= count, until_s)

    def pause(self, pause_s: float) -> None:
        """Let time pass, listening, so that an unplugged line is noticed at once."""
        self._wait_for(lambda: False, self._monotonic_s() + pause_s)

    def _wait_for(self, so: Callable[[], bool], until_s: float | None = None) -> bool:
        """Listen until something is so, for the time of an answer unless `until_s` says another."""
        end_s = self._monotonic_s() + self._patience.answer_s if until_s is None else until_s
        while not so():
            left_s = end_s - self._monotonic_s()
            if left_s <= 0:
                return False
            self._line.wait(left_s)
            self.listen()
        return True
