"""Serves one ESC/POS printer: takes jobs, watches its health, and ends every job exactly once.

A job is over when it ends. One that could not start is not kept for when the printer comes back: the
screen has told its outcome by then, and a second slip would be a lie. How one job is brought to
paper, and what counts as printed, is in `delivery`.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from msgspec import Struct

from devices.announcer import Announcer
from devices.font_file import FontUnusable
from devices.line import Flow, Line, LineGone
from devices.mailbox import Mailbox
from devices.ports import (
    Device,
    DeviceEvent,
    DeviceState,
    DeviceStatus,
    JobAlreadySubmitted,
    JobEnded,
    Outcome,
    Paper,
    PrintJob,
    Reason,
    TooManyJobs,
)
from devices.printer.delivery import Delivery, Ending, longest_band_bytes
from devices.printer.dialogue import Dialogue, Patience
from devices.printer.document import Slip, Text
from devices.printer.encoded import PLACEHOLDER, Encoded, QrTooLarge
from devices.printer.profile import Profile
from devices.printer.status import Health
from devices.typeface import Typeface

JOBS_MAX = 16
_REMEMBERED_IDS = 4096
_log = logging.getLogger(__name__)


class _Waiting(Struct, frozen=True):
    job: PrintJob
    end_s: float


class EscPosPrinter:
    """A `ReceiptPrinter`; `submit` from any thread, everything else in the hub's thread."""

    def __init__(
        self,
        profile: Profile,
        flow: Flow,
        typeface: Typeface,
        publish: Callable[[DeviceEvent], None],
        monotonic_s: Callable[[], float],
        patience: Patience,
    ) -> None:
        self._mailbox: Mailbox[_Waiting] = Mailbox(JOBS_MAX)
        self._profile = profile
        self._typeface = typeface
        self._publish = publish
        self._monotonic_s = monotonic_s
        self._patience = patience
        self._delivery = Delivery(profile, flow, patience, monotonic_s)
        self._announcer = Announcer(Device.RECEIPT_PRINTER, publish)
        self._submitted: OrderedDict[str, None] = OrderedDict()
        self._submit_lock = Lock()
        # A program that was killed while it printed has left the same trap as a job that broke off.
        self._owed_bytes = 0 if profile.answers else longest_band_bytes(profile)
        self._has_answered = False

    @property
    def doorbell(self) -> Mailbox[_Waiting]:
        """Where requests arrive."""
        return self._mailbox

    @property
    def status(self) -> DeviceStatus:
        """The status as last published."""
        return self._announcer.status

    def submit(self, job: PrintJob) -> None:
        """See `ReceiptPrinter`."""
        with self._submit_lock:
            if job.job_id in self._submitted:
                raise JobAlreadySubmitted(f"job {job.job_id} was submitted before")
            if not self._mailbox.put(_Waiting(job, self._monotonic_s() + job.start_within_s)):
                raise TooManyJobs(f"{JOBS_MAX} jobs are waiting for the printer")
            self._submitted[job.job_id] = None
            if len(self._submitted) > _REMEMBERED_IDS:
                self._submitted.popitem(last=False)

    def encode(self, slip: Slip) -> Encoded:
        """Return the bytes that this printer would get for `slip`. Raises `QrTooLarge`, `FontUnusable`."""
        from devices.printer.encoder import encode  # noqa: PLC0415 - draws, and the first screen need not wait for that

        return encode(slip, self._profile, self._typeface)

    def without_line(self, state: DeviceState, reason: Reason, *, ending: bool = False) -> None:
        """Say that the printer cannot be reached, and end the jobs that wait: none is kept."""
        self._has_answered = False
        while waiting := self._mailbox.take():
            self._end(waiting.job, Ending(Outcome.NOT_STARTED, Reason.STOPPED if ending else reason))
        self._announcer.say(state, reason)

    def attend(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Serve the printer on `line` until `is_stopping`.

        Raises `LineGone` when it is unplugged, `FontUnusable` when nothing could be drawn.
        """
        self._get_ready_to_draw()
        self._announcer.say(DeviceState.STARTING)
        dialogue = Dialogue(line, self._patience, self._monotonic_s)
        health = self._look(dialogue)
        if health is not None and health.reason is Reason.NO_ANSWER:
            self._owed_bytes = longest_band_bytes(self._profile)
        look_s = self._monotonic_s()
        while not is_stopping():
            if waiting := self._mailbox.take():
                self._serve(waiting, dialogue, is_stopping)
                look_s = self._monotonic_s()
            elif self._monotonic_s() >= look_s:
                self._look(dialogue)
                look_s = self._monotonic_s() + self._patience.poll_s
            else:
                line.wait(look_s - self._monotonic_s(), self._mailbox.fileno())
                dialogue.listen()
            if not line.is_current():
                raise LineGone("the printer's path leads elsewhere now")

    def _get_ready_to_draw(self) -> None:
        """Read whatever drawing needs now, not while somebody waits for paper. Raises `FontUnusable`."""
        self.encode(Slip((Text(PLACEHOLDER),)))
        self._typeface.check()

    def _look(self, dialogue: Dialogue) -> Health | None:
        """Ask how the printer is and announce it; None for a printer that never says."""
        if self._owed_bytes and not self._make_up(dialogue):
            self._announcer.say(DeviceState.FAULT, Reason.STALLED)
            return Health(Reason.STALLED, Paper.UNKNOWN)
        if not self._profile.answers:
            self._announcer.say(DeviceState.UNKNOWN, Reason.CANNOT_TELL)
            return None
        health = dialogue.health()
        self._announce(health)
        return health

    def _announce(self, health: Health) -> None:
        if health.reason is Reason.NO_ANSWER:
            never = Reason.NO_ANSWER if self._has_answered else Reason.NEVER_ANSWERED
            self._announcer.say(DeviceState.UNKNOWN, never)
            return
        self._has_answered = True
        state = DeviceState.READY if health.can_print else DeviceState.FAULT
        self._announcer.say(state, health.reason, health.paper)

    def _make_up(self, dialogue: Dialogue) -> bool:
        """Finish a command that a broken job left open; False if the printer takes nothing."""
        sent = dialogue.send(bytes(self._owed_bytes), least_byte_s=0.0, is_stopping=lambda: False)
        self._owed_bytes = 0 if sent else self._owed_bytes - dialogue.sent_bytes
        return sent

    def _serve(self, waiting: _Waiting, dialogue: Dialogue, is_stopping: Callable[[], bool]) -> None:
        job = waiting.job
        if self._monotonic_s() > waiting.end_s:
            self._end(job, Ending(Outcome.NOT_STARTED, Reason.WAITED_TOO_LONG))
            return
        try:
            ending = self._attempt(job, dialogue, is_stopping)
        except QrTooLarge:
            ending = Ending(Outcome.NOT_STARTED, Reason.CANNOT_PRINT_THIS)
        except FontUnusable as unusable:  # a slip is drawn before its first byte is sent
            _log.error("receipt printer: %s", unusable)
            ending = Ending(Outcome.NOT_STARTED, Reason.FONT_UNUSABLE)
        except LineGone:
            self._end(job, Ending(Outcome.NOT_STARTED, Reason.UNPLUGGED))
            raise
        except Exception:
            self._end(job, Ending(Outcome.UNKNOWN, Reason.DEVICE_ERROR))
            raise
        self._end(job, ending)
        if ending.reason is Reason.UNPLUGGED:
            raise LineGone("the printer was unplugged while it printed")

    def _attempt(self, job: PrintJob, dialogue: Dialogue, is_stopping: Callable[[], bool]) -> Ending:
        """Return how the job ended; `LineGone` is raised only before its first byte."""
        encoded = self._encoded(job.content)
        health = self._look(dialogue)
        if health is not None and not health.can_print:
            return Ending(Outcome.NOT_STARTED, health.reason)
        self._announcer.say(DeviceState.BUSY, paper=self._announcer.status.paper)
        ending = self._delivery.deliver(encoded, dialogue, is_stopping)
        if ending.broke_off:
            self._owed_bytes = longest_band_bytes(self._profile)
        return ending

    def _encoded(self, content: Slip | bytes) -> Encoded:
        if isinstance(content, Slip):
            return self.encode(content)
        return Encoded((content,), height_dots=content.count(b"\n") * self._profile.line_dots)

    def _end(self, job: PrintJob, ending: Ending) -> None:
        self._publish(JobEnded(job.job_id, ending.outcome, ending.reason))
