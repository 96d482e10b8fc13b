"""Stand where a device is not fitted, and answer at once that it is not there."""

from __future__ import annotations

from collections.abc import Callable

from devices.id_reader.events import ReadingEnd, ReadingEnded
from devices.ports import DeviceEvent, JobEnded, Outcome, PrintJob, Reason, WindowEnd, WindowEnded
from devices.rating_pad.key_word import KeyWord


class NoPrinter:
    """A `ReceiptPrinter` that is not fitted."""

    def __init__(self, publish: Callable[[DeviceEvent], None]) -> None:
        self._publish = publish

    def submit(self, job: PrintJob) -> None:
        """End the job: not started."""
        self._publish(JobEnded(job.job_id, Outcome.NOT_STARTED, Reason.NOT_CONFIGURED))

    def resume(self, job_id: str) -> None:
        """No job is ever held here."""

    def give_up(self, job_id: str) -> None:
        """No job ever waits here."""


class NoPad:
    """A `RatingPad` that is not fitted."""

    def __init__(self, publish: Callable[[DeviceEvent], None]) -> None:
        self._publish = publish

    @property
    def words(self) -> tuple[KeyWord, ...]:
        """It has no keys."""
        return ()

    def open_window(self, window_id: str, window_s: float, staff: str = "") -> None:  # noqa: ARG002 - the port's
        """End the window: nobody can rate here."""
        self._publish(WindowEnded(window_id, WindowEnd.PAD_ABSENT))

    def close_window(self, window_id: str) -> None:
        """Nothing is open, so there is nothing to do."""


class NoReader:
    """An `IdReader` that is not fitted."""

    sam_number = ""

    def __init__(self, publish: Callable[[DeviceEvent], None]) -> None:
        self._publish = publish

    def begin(self, reading_id: str, wait_s: float) -> None:  # noqa: ARG002 - the port's
        """End the reading: no card can be read here."""
        self._publish(ReadingEnded(reading_id, ReadingEnd.READER_ABSENT))

    def end(self, reading_id: str) -> None:
        """Nothing is going on, so there is nothing to do."""
