"""The devices as the kiosk holds them: requests are promised an ending before the driver is asked."""

from __future__ import annotations

from devices.guard import Guard
from devices.id_reader.events import ReadingEnd, ReadingEnded
from devices.ports import (
    IdReader,
    JobAlreadySubmitted,
    JobEnded,
    Outcome,
    PrintJob,
    RatingPad,
    ReadingNotPossible,
    Reason,
    ReceiptPrinter,
    TooManyJobs,
    WindowEnd,
    WindowEnded,
    WindowNotPossible,
)
from devices.rating_pad.key_word import KeyWord


class PromisedPrinter:
    """A `ReceiptPrinter` every job of which ends, even if its driver does not."""

    def __init__(self, printer: ReceiptPrinter, guard: Guard) -> None:
        self._printer = printer
        self._guard = guard

    def submit(self, job: PrintJob) -> None:
        """See `ReceiptPrinter`."""
        if self._guard.owes(job.job_id):
            raise JobAlreadySubmitted(job.job_id)
        if not self._guard.promise(job.job_id, JobEnded(job.job_id, Outcome.UNKNOWN, Reason.STUCK)):
            raise TooManyJobs(job.job_id)
        if self._guard.is_given_up:
            self._guard.publish(JobEnded(job.job_id, Outcome.NOT_STARTED, Reason.STUCK))
            return
        try:
            self._printer.submit(job)
        except BaseException:
            self._guard.withdraw(job.job_id)
            raise

    def resume(self, job_id: str) -> None:
        """See `ReceiptPrinter`."""
        self._printer.resume(job_id)

    def give_up(self, job_id: str) -> None:
        """See `ReceiptPrinter`."""
        self._printer.give_up(job_id)


class PromisedPad:
    """A `RatingPad` every window of which ends, even if its driver does not."""

    def __init__(self, pad: RatingPad, guard: Guard) -> None:
        self._pad = pad
        self._guard = guard

    @property
    def words(self) -> tuple[KeyWord, ...]:
        """See `RatingPad`."""
        return self._pad.words

    def open_window(self, window_id: str, window_s: float, staff: str = "") -> None:
        """See `RatingPad`."""
        if self._guard.owes(window_id):
            raise WindowNotPossible(f"the window {window_id} is open already")
        unrated = WindowEnded(window_id, WindowEnd.PAD_ABSENT)
        if not self._guard.promise(window_id, unrated):
            raise WindowNotPossible("too many windows have ended that nobody has asked about")
        if self._guard.is_given_up:
            self._guard.publish(unrated)
            return
        try:
            self._pad.open_window(window_id, window_s, staff)
        except BaseException:
            self._guard.withdraw(window_id)
            raise

    def close_window(self, window_id: str) -> None:
        """See `RatingPad`."""
        self._pad.close_window(window_id)


class PromisedReader:
    """An `IdReader` every reading of which ends, even if its driver does not."""

    def __init__(self, reader: IdReader, guard: Guard) -> None:
        self._reader = reader
        self._guard = guard

    @property
    def sam_number(self) -> str:
        """See `IdReader`."""
        return self._reader.sam_number

    def begin(self, reading_id: str, wait_s: float) -> None:
        """See `IdReader`."""
        if self._guard.owes(reading_id):
            raise ReadingNotPossible(f"the reading {reading_id} is going on already")
        without = ReadingEnded(reading_id, ReadingEnd.READER_FAULT)
        if not self._guard.promise(reading_id, without):
            raise ReadingNotPossible("too many readings have ended that nobody has asked about")
        if self._guard.is_given_up:
            self._guard.publish(without)
            return
        try:
            self._reader.begin(reading_id, wait_s)
        except BaseException:
            self._guard.withdraw(reading_id)
            raise

    def end(self, reading_id: str) -> None:
        """See `IdReader`."""
        self._reader.end(reading_id)
