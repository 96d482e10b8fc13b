"""States and outcomes in plain English, for a technician's terminal. The kiosk has words of its own."""

from __future__ import annotations

from devices.health import DeviceHealth
from devices.ports import (
    Device,
    DeviceEvent,
    DeviceState,
    DeviceStatus,
    JobEnded,
    KeyPressed,
    Outcome,
    Paper,
    Reason,
    Stray,
    StrayKey,
    WindowEnd,
    WindowEnded,
)

_DEVICES = {Device.RATING_PAD: "The rating pad", Device.RECEIPT_PRINTER: "The receipt printer"}
_REASONS = {
    Reason.NONE: "",
    Reason.NOT_CONFIGURED: "none is configured",
    Reason.NOT_CONNECTED: "nothing is connected at its path",
    Reason.UNPLUGGED: "it was unplugged",
    Reason.HELD_BY_ANOTHER_PROGRAM: "another program has its port",
    Reason.NOT_PERMITTED: "this user may not open its port (group dialout or lp)",
    Reason.NEVER_ANSWERED: "its port is open but it has never answered",
    Reason.NO_ANSWER: "it does not answer any more",
    Reason.CANNOT_TELL: "this model never says how it is",
    Reason.PAPER_OUT: "it has no paper",
    Reason.COVER_OPEN: "its cover is open",
    Reason.CUTTER: "its knife is stuck",
    Reason.OFFLINE: "it is off-line",
    Reason.DEVICE_ERROR: "it reports an error, or its port cannot be set up",
    Reason.STALLED: "it stopped taking bytes",
    Reason.WAITED_TOO_LONG: "it was busy for too long",
    Reason.CANNOT_PRINT_THIS: "the slip itself cannot be printed",
    Reason.FONT_UNUSABLE: "the font file that draws rare characters is missing or damaged",
    Reason.NOISE: "its line carries bytes that no key sends",
    Reason.STUCK_KEY: "one of its keys is sent again and again",
    Reason.STUCK: "its driver has stopped moving; start the program again if it does not come back",
    Reason.STOPPED: "the program ended",
}
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
_WINDOW_ENDS = {
    WindowEnd.TIMED_OUT: "nobody pressed a key",
    WindowEnd.CLOSED: "it was closed",
    WindowEnd.REPLACED: "another one was opened",
    WindowEnd.PAD_ABSENT: "the pad is absent",
    WindowEnd.NOISE: "there was too much noise on the line",
    WindowEnd.STUCK_KEY: "one of its keys is sent again and again",
    WindowEnd.STOPPED: "the program ended",
}


def sentence(event: DeviceEvent) -> str:
    """Return one sentence that says what `event` means."""
    match event:
        case DeviceStatus(device, state, reason, paper):
            details = [text for text in (_REASONS[reason], _PAPERS[paper]) if text]
            if reason is Reason.PAPER_OUT:
                details = details[:1]
            return f"{_DEVICES[device]} {_STATES[state]}{': ' if details else ''}{'; '.join(details)}."
        case JobEnded(job_id, outcome, reason):
            because = f" ({_REASONS[reason]})" if _REASONS[reason] else ""
            return f"Slip {job_id} {_OUTCOMES[outcome]}{because}."
        case KeyPressed(window_id, key, word, after_ms):
            return f"Window {window_id}: key {key} says {word}, {after_ms} ms after the prompt."
        case StrayKey(kind, count, _):
            return f"The pad sent {count} byte{'s' if count > 1 else ''} that do not count: {_STRAYS[kind]}."
        case WindowEnded(window_id, end):
            return f"Window {window_id} ended unrated: {_WINDOW_ENDS[end]}."


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
