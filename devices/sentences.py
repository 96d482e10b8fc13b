"""States and outcomes in plain English, for a technician's terminal. The kiosk has words of its own."""

from __future__ import annotations

from devices.code_scanner.events import CodeScanned, ScanFault, ScanTrouble
from devices.health import DeviceHealth
from devices.id_reader.events import CardRead, CardTrouble, CardTroubleKind, ReadingEnd, ReadingEnded
from devices.ports import (
    Device,
    DeviceEvent,
    DeviceState,
    DeviceStatus,
    JobEnded,
    JobHeld,
    KeyPressed,
    Outcome,
    Paper,
    Reason,
    Stray,
    StrayKey,
    WindowEnd,
    WindowEnded,
    WindowOpened,
)

_DEVICES = {
    Device.RATING_PAD: "The rating pad",
    Device.RECEIPT_PRINTER: "The receipt printer",
    Device.CODE_SCANNER: "The code scanner",
    Device.ID_READER: "The ID-card reader",
}
_REASONS = {
    Reason.NONE: "",
    Reason.NOT_CONFIGURED: "none is configured",
    Reason.NOT_CONNECTED: "nothing is connected at its path",
    Reason.UNPLUGGED: "it was unplugged",
    Reason.HELD_BY_ANOTHER_PROGRAM: "another program has its port",
    Reason.NOT_PERMITTED: "this user may not open its port (group dialout, lp or input)",
    Reason.NEVER_ANSWERED: "its port is open but it has never answered",
    Reason.NO_ANSWER: "it does not answer any more",
    Reason.CANNOT_TELL: "this model never says how it is",
    Reason.PAPER_OUT: "it has no paper",
    Reason.COVER_OPEN: "its cover is open",
    Reason.CUTTER: "its knife is stuck",
    Reason.OVERHEATED: "its print head is too hot",
    Reason.OFFLINE: "it is off-line",
    Reason.DEVICE_ERROR: "it reports an error, or its port cannot be set up",
    Reason.STALLED: "it stopped taking bytes",
    Reason.WAITED_TOO_LONG: "it was busy for too long",
    Reason.GIVEN_UP: "the rest was not wanted any more",
    Reason.IN_TWO_PARTS: "in two parts, the paper was changed in between",
    Reason.CANNOT_PRINT_THIS: "the slip itself cannot be printed",
    Reason.FONT_UNUSABLE: "the font file that draws rare characters is missing or damaged",
    Reason.NOISE: "its line carries bytes that no key sends",
    Reason.NOT_UNDERSTOOD: "what it sends makes no sense: its speed (baud) or its settings are others",
    Reason.ALT_CODES: "it types characters as numbers with Alt; set it to the US keyboard, or to a serial port",
    Reason.STUCK_KEY: "one of its keys is sent again and again",
    Reason.SELF_TEST_FAILED: "its SAM failed its self-test, the reader must be repaired",
    Reason.NOT_AUTHORISED: "its SAM is not authorised, the maker must have it released",
    Reason.STUCK: "its driver has stopped moving; start the program again if it does not come back",
    Reason.STOPPED: "the program ended",
}
_KEEPS_REST = "it still holds the rest of a slip, and prints it when it can, unless it is switched off before"
_STATES = {
    DeviceState.ABSENT: "is absent",
    DeviceState.STARTING: "is being opened",
    DeviceState.READY: "is ready",
    DeviceState.BUSY: "is printing",
    DeviceState.FAULT: "has a fault",
    DeviceState.UNKNOWN: "is in an unknown state",
}
_PAPERS = {
    Paper.OK: "there is paper",
    Paper.NEAR_END: "the paper is near its end",
    Paper.OUT: "there is no paper",
    Paper.UNKNOWN: "",
}
_OUTCOMES = {
    Outcome.PRINTED: "was printed",
    Outcome.NOT_STARTED: "was not printed, nothing of it was sent",
    Outcome.UNKNOWN: "may or may not have been printed, please look",
}
_STRAYS = {
    Stray.EARLY: "too early, before anybody was asked",
    Stray.LATE: "too late, after the window had closed",
    Stray.EXTRA: "after the rating had been given",
    Stray.NOISE: "bytes that are no key",
}
_SCAN_FAULTS = {
    ScanFault.TOO_LONG: "it is longer than 512 bytes",
    ScanFault.NOT_TEXT: "it is no text in the configured coding",
    ScanFault.NOT_ENDED: "it broke off, or the configured suffix is not sent",
    ScanFault.WRONG_PREFIX: "it does not begin as configured",
    ScanFault.KEYS_LOST: "keys were lost on the way",
    ScanFault.ALT_CODES: "it was typed as numbers with Alt",
}
_SYMBOLOGIES = {
    "A": "Code 39", "C": "Code 128", "E": "EAN or UPC", "F": "Codabar", "G": "Code 93", "I": "Interleaved 2 of 5",
    "L": "PDF417", "Q": "QR code", "d": "Data Matrix", "e": "GS1 DataBar", "z": "Aztec",
}  # fmt: skip
_WINDOW_ENDS = {
    WindowEnd.TIMED_OUT: "nobody pressed a key",
    WindowEnd.CLOSED: "it was closed",
    WindowEnd.REPLACED: "another one was opened",
    WindowEnd.PAD_ABSENT: "the pad cannot be used",
    WindowEnd.NOISE: "there was too much noise on the line",
    WindowEnd.STUCK_KEY: "one of its keys is sent again and again",
    WindowEnd.STOPPED: "the program ended",
}

_CARD_TROUBLES = {
    CardTroubleKind.MOVED_TOO_SOON: "it was moved too soon",
    CardTroubleKind.NOT_READABLE: "it cannot be read",
    CardTroubleKind.FIELDS_DISAGREE: "what it says does not agree with itself",
    CardTroubleKind.OTHER_CARD_KIND: "this kind of card cannot be read here",
    CardTroubleKind.LIFT_AND_PUT_AGAIN: "it was read already, it has to be lifted and put down again",
}
_READING_ENDS = {
    ReadingEnd.TIMED_OUT: "no card was laid down",
    ReadingEnd.CLOSED: "it was closed",
    ReadingEnd.REPLACED: "another one was begun",
    ReadingEnd.READER_ABSENT: "the reader is absent",
    ReadingEnd.READER_FAULT: "the reader has a fault",
    ReadingEnd.NO_ANSWER: "the reader does not answer",
    ReadingEnd.STOPPED: "the program ended",
}


def sentence(event: DeviceEvent) -> str:
    """Return one sentence that says what `event` means. What was scanned is personal and is not in it."""
    match event:
        case DeviceStatus(device, state, reason, paper, keeps_rest):
            details = [text for text in (_REASONS[reason], _PAPERS[paper]) if text]
            if reason is Reason.PAPER_OUT:
                details = details[:1]
            if keeps_rest:
                details.append(_KEEPS_REST)
            return f"{_DEVICES[device]} {_STATES[state]}{': ' if details else ''}{'; '.join(details)}."
        case JobHeld(job_id, reason):
            because = _REASONS[reason] or "the printer can go on"
            return f"Slip {job_id} stands still in the middle: {because}."
        case JobEnded(job_id, outcome, reason, keeps_rest):
            details = [text for text in (_REASONS[reason], _KEEPS_REST if keeps_rest else "") if text]
            because = f" ({'; '.join(details)})" if details else ""
            return f"Slip {job_id} {_OUTCOMES[outcome]}{because}."
        case WindowOpened(window_id):
            return f"Window {window_id}: the pad has been asked."
        case KeyPressed(window_id, key, word, after_ms):
            return f"Window {window_id}: key {key} says {word}, {after_ms} ms after the prompt."
        case StrayKey(kind, count, _):
            return f"The pad sent {count} byte{'s' if count > 1 else ''} that do not count: {_STRAYS[kind]}."
        case WindowEnded(window_id, end):
            return f"Window {window_id} ended unrated: {_WINDOW_ENDS[end]}."
        case CodeScanned(text, symbology):
            looks = "a web address" if "://" in text else "digits" if text.isdecimal() else "text"
            kinds = ", ".join(each for each in (looks, _SYMBOLOGIES.get(symbology, symbology)) if each)
            return f"A code of {len(text)} characters was scanned: {kinds}."
        case ScanTrouble(fault):
            return f"What was scanned was dropped: {_SCAN_FAULTS[fault]}."
        case CardRead(reading_id, card):
            return f"Reading {reading_id}: a card was read ({card.kind.value}); what it says is not shown."
        case CardTrouble(reading_id, kind):
            return f"Reading {reading_id}: a card was not read: {_CARD_TROUBLES[kind]}."
        case ReadingEnded(reading_id, end):
            return f"Reading {reading_id} ended without a card: {_READING_ENDS[end]}."


def reason_words(reason: Reason) -> str:
    """Return the words of a reason, "" for none."""
    return _REASONS[reason]


def health_sentence(health: DeviceHealth) -> str:
    """Return what a technician is told of one device: how it is, since when, and how it has been."""
    heard = "it has never been heard" if health.heard_s is None else f"last heard {_ago(health.heard_s)} ago"
    counts = [f"{count} {word}" for count, word in (
        (health.lost, "times lost"), (health.reopened, "times opened again"), (health.failed, "failures of its driver"),
    ) if count]  # fmt: skip
    status = sentence(health.status).removesuffix(".")
    return f"{'; '.join([f'{status}, for {_ago(health.since_s)}', *counts, heard])}."


def _ago(seconds: float) -> str:
    """Return a time in the largest unit of which there are two: 90 s, 5 min, 3 h."""
    for unit_s, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * unit_s:
            return f"{seconds // unit_s:.0f} {unit}"
    return f"{seconds:.0f} s"
