"""Serves one ESC/POS printer: takes jobs, watches its health, and ends every job exactly once.

A job is over when it ends. One that could not start is not kept for when the printer comes back: the
screen has told its outcome by then, and a second slip would be a lie. How one job is brought to
paper, and what counts as printed, is in `delivery`.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
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
    JobAlreadySubmitted,
    JobEnded,
    JobHeld,
    Outcome,
    Paper,
    PrintJob,
    Reason,
    TooManyJobs,
)
from devices.printer.delivery import Delivery, Ending, Word, longest_band_bytes
from devices.printer.dialogue import Dialogue, Patience
from devices.printer.document import Cut, Slip, Text
from devices.printer.encoded import PLACEHOLDER, Encoded, QrTooLarge
from devices.printer.passage import passage_of
from devices.printer.profile import Profile
from devices.printer.status import Health
from devices.typeface import Typeface

JOBS_MAX = 16
_REMEMBERED_IDS = 4096
_log = logging.getLogger(__name__)


class _Waiting(Struct, frozen=True):
    job: PrintJob
    end_s: float


class _Words:
    """What was said about jobs, from any thread: the newest ids are kept, as long as anybody could mean them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._resumed: set[str] = set()
        self._given_up: OrderedDict[str, None] = OrderedDict()

    def say(self, job_id: str, word: Word) -> None:
        with self._lock:
            if word is Word.RESUME:
                self._resumed = {job_id}
                return
            self._given_up[job_id] = None
            if len(self._given_up) > _REMEMBERED_IDS:
                self._given_up.popitem(last=False)

    def take(self, job_id: str) -> Word | None:
        with self._lock:
            if job_id in self._given_up:
                return Word.GIVE_UP
            if job_id in self._resumed:
                self._resumed.clear()
                return Word.RESUME
            return None


class EscPosPrinter:
    """A `ReceiptPrinter`; `submit`, `resume`, `give_up` from any thread, everything else in the hub's thread."""

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
        self._words = _Words()
        self._later: deque[_Waiting] = deque()
        # A program that was killed while it printed has left the same trap as a job that broke off.
        self._owed_bytes = 0 if profile.says_how_it_is else longest_band_bytes(profile)
        self._has_answered = False
        self._keeps_rest = False
        self._unheard = 0

    @property
    def doorbell(self) -> Mailbox[_Waiting]:
        """Where requests arrive."""
        return self._mailbox

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

    def resume(self, job_id: str) -> None:
        """See `ReceiptPrinter`."""
        self._words.say(job_id, Word.RESUME)

    def give_up(self, job_id: str) -> None:
        """See `ReceiptPrinter`."""
        self._words.say(job_id, Word.GIVE_UP)

    def encode(self, slip: Slip) -> Encoded:
        """Return the bytes that this printer would get for `slip`. Raises `QrTooLarge`, `FontUnusable`."""
        from devices.printer.encoder import encode  # noqa: PLC0415 - draws, and the first screen need not wait for that

        return encode(slip, self._profile, self._typeface)

    def without_line(self, state: DeviceState, reason: Reason, *, ending: bool = False) -> None:
        """Say that the printer cannot be reached, and end the jobs that wait: none is kept."""
        self._has_answered = False
        while waiting := self._next():
            self._end(waiting.job, Ending(Outcome.NOT_STARTED, Reason.STOPPED if ending else reason))
        self._announcer.say(state, reason, keeps_rest=self._keeps_rest)

    def _next(self) -> _Waiting | None:
        return self._later.popleft() if self._later else self._mailbox.take()

    def attend(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Serve the printer on `line` until `is_stopping`.

        Raises `LineGone` when it is unplugged, `FontUnusable` when nothing could be drawn.
        """
        self._get_ready_to_draw()
        self._announcer.say(DeviceState.STARTING)
        dialogue = Dialogue(line, self._profile, self._patience, self._monotonic_s)
        self._meet(dialogue)
        line.rest()
        look_s = self._next_look_s(line)
        reported = dialogue.reported()
        while not is_stopping():
            waiting = self._next()
            if waiting or self._monotonic_s() >= look_s or dialogue.reported() != reported:
                self._take_line(line, waiting)
                if waiting:
                    self._serve(waiting, dialogue, is_stopping)
                self._look(dialogue)
                line.rest()
                look_s = self._next_look_s(line)
                reported = dialogue.reported()
            else:
                line.wait(look_s - self._monotonic_s(), self._mailbox.fileno())
                dialogue.listen()
            if not line.is_current():
                raise LineGone("the printer's path leads elsewhere now")

    def _next_look_s(self, line: Line) -> float:
        """A shared line is left alone for longer, unless somebody may be mending something."""
        ready = self._announcer.status.state is DeviceState.READY
        return self._monotonic_s() + (max(self._patience.poll_s, line.look_s) if ready else self._patience.poll_s)

    def _take_line(self, line: Line, waiting: _Waiting | None) -> None:
        """Have the line; a job that was to be served on it waits on for its ending. Raises `LineGone`."""
        try:
            line.take()
        except LineGone:
            if waiting:
                self._later.appendleft(waiting)
            raise

    def _get_ready_to_draw(self) -> None:
        """Read whatever drawing needs now, not while somebody waits for paper. Raises `FontUnusable`."""
        self.encode(Slip((Text(PLACEHOLDER),)))
        self._typeface.check()

    def _meet(self, dialogue: Dialogue) -> None:
        """Look for the first time. A printer that stands still may hold what a run that was killed has sent."""
        health = self._look(dialogue)
        if health is None:
            return
        if health.reason is Reason.NO_ANSWER:
            self._owed_bytes = longest_band_bytes(self._profile)
        elif not health.can_print and self._profile.forgets:
            dialogue.make_forget()

    def _look(self, dialogue: Dialogue) -> Health | None:
        """Ask how the printer is and announce it; None for a printer that never says."""
        if self._owed_bytes and not self._make_up(dialogue):
            self._announcer.say(DeviceState.FAULT, Reason.STALLED, keeps_rest=self._keeps_rest)
            return Health(Reason.STALLED, Paper.UNKNOWN)
        health = dialogue.health()
        if health.reason is Reason.NO_ANSWER and not self._profile.says_how_it_is:
            self._announcer.say(DeviceState.UNKNOWN, Reason.CANNOT_TELL)
            return None
        if health.can_print and not self._has_answered:
            dialogue.ask_for_reports()
        if health.reason is Reason.NO_ANSWER:
            self._keeps_rest = False  # it has no power, and holds nothing any more
        elif health.can_print and self._keeps_rest:
            self._let_rest_out(dialogue)
            health = dialogue.health()
        self._announce(health)
        return health

    def _let_rest_out(self, dialogue: Dialogue) -> None:
        """What the printer kept of an ended slip comes out now: cut it off, so that the next begins on its own."""
        self._announcer.say(DeviceState.BUSY, paper=self._announcer.status.paper, keeps_rest=True)
        dialogue.begin_job()
        end_s = self._monotonic_s() + self._patience.finish_s
        pieces = self.encode(Slip((Cut(),))).pieces
        dialogue.write(passage_of(pieces, with_markers=self._profile.end_marker).data, self._patience.stall_s)
        if self._profile.end_marker:
            dialogue.hear_markers(self._unheard + 1, end_s)
        else:
            dialogue.pause(end_s - self._monotonic_s())
        self._keeps_rest = False

    def _announce(self, health: Health) -> None:
        if health.reason is Reason.NO_ANSWER:
            never = Reason.NO_ANSWER if self._has_answered else Reason.NEVER_ANSWERED
            self._announcer.say(DeviceState.UNKNOWN, never)
            return
        self._has_answered = True
        state = DeviceState.READY if health.can_print else DeviceState.FAULT
        self._announcer.say(state, health.reason, health.paper, keeps_rest=self._keeps_rest)

    def _make_up(self, dialogue: Dialogue) -> bool:
        """Finish a command that a broken job left open; False if the printer takes nothing."""
        while self._owed_bytes:
            chunk = bytes(min(self._owed_bytes, self._patience.chunk_bytes))
            taken = dialogue.write(chunk, self._patience.stall_s)
            if not taken:
                dialogue.discard()
                return False
            self._owed_bytes -= taken
            dialogue.pause(taken * dialogue.byte_s)
        return dialogue.drained()

    def _serve(self, waiting: _Waiting, dialogue: Dialogue, is_stopping: Callable[[], bool]) -> None:
        job = waiting.job
        if self._is_over(waiting):
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
        dialogue.ask_for_reports()
        ending = self._delivery.deliver(encoded, dialogue, _Overseen(self, job, is_stopping))
        if ending.broke_off:
            self._owed_bytes = longest_band_bytes(self._profile)
        self._keeps_rest, self._unheard = ending.keeps_rest, ending.unheard
        return ending

    def word(self, job: PrintJob) -> Word | None:
        """Return what was said about a job since the last time."""
        return self._words.take(job.job_id)

    def held(self, job: PrintJob, health: Health) -> None:
        """Tell that a job stands still, and how the printer is."""
        state = DeviceState.BUSY if health.can_print else DeviceState.FAULT
        self._announcer.say(state, health.reason, health.paper)
        self._publish(JobHeld(job.job_id, health.reason))

    def look_after_waiting(self) -> None:
        """End the jobs that wait behind a held one when their time is over."""
        while waiting := self._mailbox.take():
            self._later.append(waiting)
        self._later = deque(waiting for waiting in self._later if not self._is_over(waiting))

    def _is_over(self, waiting: _Waiting) -> bool:
        """Whether a job must not start any more; it is ended then."""
        if self._words.take(waiting.job.job_id) is Word.GIVE_UP:
            self._end(waiting.job, Ending(Outcome.NOT_STARTED, Reason.GIVEN_UP))
        elif self._monotonic_s() > waiting.end_s:
            self._end(waiting.job, Ending(Outcome.NOT_STARTED, Reason.WAITED_TOO_LONG))
        else:
            return False
        return True

    def _encoded(self, content: Slip | bytes) -> Encoded:
        if isinstance(content, Slip):
            return self.encode(content)
        return Encoded((content,), height_dots=content.count(b"\n") * self._profile.line_dots)

    def _end(self, job: PrintJob, ending: Ending) -> None:
        self._publish(JobEnded(job.job_id, ending.outcome, ending.reason, ending.keeps_rest))


class _Overseen:
    """One job under the eyes of its driver: `delivery.Overseer`."""

    def __init__(self, driver: EscPosPrinter, job: PrintJob, is_stopping: Callable[[], bool]) -> None:
        self._driver = driver
        self._job = job
        self.is_stopping = is_stopping
        self.hold_s = job.hold_s

    def held(self, health: Health) -> None:
        self._driver.held(self._job, health)

    def word(self) -> Word | None:
        self._driver.look_after_waiting()
        return self._driver.word(self._job)
