"""What the kiosk may ask of a device, and what a device may say: the seam of this package.

Rules that every implementation keeps:

* Nothing blocks. Requests return at once; answers come as events through the hub's one queue.
* Every submitted job ends with exactly one `JobEnded`, and never prints after it.
* Every window that is asked for ends with exactly one `KeyPressed` (rated) or one `WindowEnded` (未评).
* Every begun reading ends with exactly one `CardRead` or one `ReadingEnded`.
* What is not known is said to be unknown. Silence of a printer is never "paper ok", silence of a
  pad never a rating.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeAlias

from msgspec import Struct

from devices.code_scanner.events import CodeScanned, ScanTrouble
from devices.id_reader.events import CardRead, CardTrouble, ReadingEnded
from devices.printer.document import Slip
from devices.rating_pad.key_word import KeyWord


class Device(StrEnum):
    """The devices a service point can have."""

    RATING_PAD = "rating_pad"
    RECEIPT_PRINTER = "receipt_printer"
    CODE_SCANNER = "code_scanner"
    ID_READER = "id_reader"


class DeviceState(StrEnum):
    """How a device is. `UNKNOWN` means: its line is open, but it has not said how it is."""

    ABSENT = "absent"
    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    FAULT = "fault"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a state or an outcome is what it is. The values are stable: they are written in records."""

    NONE = "none"
    NOT_CONFIGURED = "not_configured"
    NOT_CONNECTED = "not_connected"
    UNPLUGGED = "unplugged"
    HELD_BY_ANOTHER_PROGRAM = "held_by_another_program"
    NOT_PERMITTED = "not_permitted"
    NEVER_ANSWERED = "never_answered"
    NO_ANSWER = "no_answer"
    CANNOT_TELL = "cannot_tell"
    """The model gives no status at all: nobody but a person can say whether paper came out."""
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"
    OVERHEATED = "overheated"
    """The print head is too hot; the printer goes on by itself when it has cooled."""
    OFFLINE = "offline"
    DEVICE_ERROR = "device_error"
    STALLED = "stalled"
    """The device stopped taking bytes."""
    WAITED_TOO_LONG = "waited_too_long"
    GIVEN_UP = "given_up"
    """Somebody said that the rest is not wanted, or who wanted it has gone."""
    IN_TWO_PARTS = "in_two_parts"
    """Printed to its end, but the paper was changed in the middle."""
    CANNOT_PRINT_THIS = "cannot_print_this"
    """The job itself is at fault, for example a QR text too long for the paper."""
    FONT_UNUSABLE = "font_unusable"
    """The file that draws what the printer has no characters for is missing or damaged."""
    NOISE = "noise"
    """Bytes arrived that no key sends."""
    NOT_UNDERSTOOD = "not_understood"
    """Bytes arrive that make no sense: its speed, or a scanner's suffix, prefix or coding, are set otherwise."""
    ALT_CODES = "alt_codes"
    """A scanner types characters as numbers with Alt held: it must be set to the US keyboard, or to a serial port."""
    STUCK_KEY = "stuck_key"
    """One key is sent again and again, though nobody was asked."""
    SELF_TEST_FAILED = "self_test_failed"
    """The reader's SAM says that it is broken."""
    NOT_AUTHORISED = "not_authorised"
    """The reader's SAM may not read cards: its maker has to have it released."""
    STUCK = "stuck"
    """Its driver has stopped moving and was given up; nobody knows how the device is."""
    STOPPED = "stopped"
    """The program is ending."""


class Paper(StrEnum):
    """The paper as the printer reports it. A pad is always `UNKNOWN`."""

    OK = "ok"
    NEAR_END = "near_end"
    OUT = "out"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """How a print job ended. `NOT_STARTED`: not one byte of it reached the printer's line."""

    PRINTED = "printed"
    NOT_STARTED = "not_started"
    UNKNOWN = "unknown"


class Stray(StrEnum):
    """Bytes from a pad that are not a rating.

    `EARLY` a key before or at the prompt, `LATE` a key after the window closed unrated, `EXTRA` a
    key after the first one, `NOISE` bytes that are no single press of a known key.
    """

    EARLY = "early"
    LATE = "late"
    EXTRA = "extra"
    NOISE = "noise"


class WindowEnd(StrEnum):
    """Why a window closed without a rating."""

    TIMED_OUT = "timed_out"
    CLOSED = "closed"
    REPLACED = "replaced"
    PAD_ABSENT = "pad_absent"
    NOISE = "noise"
    STUCK_KEY = "stuck_key"
    STOPPED = "stopped"


class DeviceStatus(Struct, frozen=True):
    """A device changed its state, its reason or its paper.

    `keeps_rest`: a printer may still hold a part of a slip that has ended, and prints it when it can.
    """

    device: Device
    state: DeviceState
    reason: Reason = Reason.NONE
    paper: Paper = Paper.UNKNOWN
    keeps_rest: bool = False


class JobHeld(Struct, frozen=True):
    """A job stands still in the middle, and nothing more of it is sent; told again when the cause changes.

    `reason` `NONE` means that the printer can go on. Who wants that says `resume`, who does not `give_up`; a
    printer that was too hot or off-line goes on by itself. The job ends when nobody has said anything for
    `PrintJob.hold_s`.
    """

    job_id: str
    reason: Reason


class JobEnded(Struct, frozen=True):
    """The one and only end of a print job.

    `keeps_rest`: the printer stood still with a part of it and could not be made to forget it. It prints that
    part as soon as it can, unless somebody switches it off before.
    """

    job_id: str
    outcome: Outcome
    reason: Reason = Reason.NONE
    keeps_rest: bool = False


class WindowOpened(Struct, frozen=True):
    """The pad has been asked, and a key counts from now on.

    That may be some seconds after it was wanted: a pad is set up first, and nothing is asked while a key of the window
    before may still be on its way.
    """

    window_id: str


class KeyPressed(Struct, frozen=True):
    """The rating of a window: its first valid key.

    `key` is the number of the key by the pad's model file, `word` what stands on it, `ms_after_prompt` the
    milliseconds from the prompt to the press.
    """

    window_id: str
    key: int
    word: KeyWord
    ms_after_prompt: int


class StrayKey(Struct, frozen=True):
    """Bytes that are not a rating; `window_id` is the window they belong to, empty before any.

    Which key it was is not told: it must not influence anybody.
    """

    kind: Stray
    count: int
    window_id: str = ""


class WindowEnded(Struct, frozen=True):
    """A window closed and nobody rated: 未评, never a default."""

    window_id: str
    reason: WindowEnd


DeviceEvent: TypeAlias = (
    DeviceStatus
    | JobHeld
    | JobEnded
    | WindowOpened
    | KeyPressed
    | StrayKey
    | WindowEnded
    | CodeScanned
    | ScanTrouble
    | CardRead
    | CardTrouble
    | ReadingEnded
)


def ended_by(event: DeviceEvent) -> str | None:
    """Return the job, window or reading that `event` ends, None for an event that ends nothing."""
    match event:
        case JobEnded(job_id):
            return job_id
        case KeyPressed(window_id) | WindowEnded(window_id):
            return window_id
        case CardRead(reading_id) | ReadingEnded(reading_id):
            return reading_id
    return None


class PrintJob(Struct, frozen=True):
    """One slip for the printer.

    `job_id` is made and stored by the caller before it submits and is never used twice (a reprint
    has an id of its own). `content` is a document, or bytes that are already encoded for the
    printer's profile. A job that could not start within `start_within_s` seconds ends as
    `NOT_STARTED`: it is never kept for later. One that stands still in the middle is held for at most
    `hold_s` seconds (`JobHeld`).
    """

    job_id: str
    content: Slip | bytes
    start_within_s: float = 8.0
    hold_s: float = 180.0


class JobAlreadySubmitted(Exception):
    """The job id was used before. Paper may come twice only under two ids."""


class TooManyJobs(Exception):
    """More jobs are waiting than the printer takes; nothing was accepted."""


class WindowNotPossible(Exception):
    """The pad cannot be asked in this way: the length or the staff number is outside its limits."""


class ReadingNotPossible(Exception):
    """The reader cannot be asked in this way; nothing was begun."""


class ReceiptPrinter(Protocol):
    """A printer for slips."""

    def submit(self, job: PrintJob) -> None:
        """Take `job`; one `JobEnded` follows. Raises `JobAlreadySubmitted` or `TooManyJobs`."""

    def resume(self, job_id: str) -> None:
        """Let a held job go on. While its printer cannot, that is told again by `JobHeld`."""

    def give_up(self, job_id: str) -> None:
        """Want no more of a job: one that waits is not started, one that is held, or would be, ends.

        What prints without trouble is finished. Nothing happens to a job that has ended.
        """


class RatingPad(Protocol):
    """A pad with keys on which the villager rates the service."""

    @property
    def words(self) -> tuple[KeyWord, ...]:
        """What its keys say, as they stand on it from the left; none if there is no pad."""

    def open_window(self, window_id: str, window_s: float, staff: str = "") -> None:
        """Ask for one rating for `window_s` seconds; ends any window that is still open.

        `window_id` is the caller's own, never used twice. `staff` is the card number of who served, up to 32
        letters and digits, for pads that want it; "" for nobody. Raises `WindowNotPossible`.
        """

    def close_window(self, window_id: str) -> None:
        """End the window if it is still open (`WindowEnded`, reason `CLOSED`)."""


class IdReader(Protocol):
    """A reader of identity cards."""

    @property
    def sam_number(self) -> str:
        """The number of its SAM with the middle hidden, "" until it has said it."""

    def begin(self, reading_id: str, wait_s: float) -> None:
        """Read the next card that is laid down within `wait_s` seconds; ends any reading that is still going on.

        `reading_id` is the caller's own, never used twice. Raises `ReadingNotPossible`.
        """

    def end(self, reading_id: str) -> None:
        """End the reading if it is still going on (`ReadingEnded`, reason `CLOSED`)."""
