"""Brings one job to paper and says honestly what became of it.

* `NOT_STARTED` no byte of it was sent.
* `PRINTED` the printer could print before, took all bytes, and afterwards says that all is well;
  models with an end marker also that they have come to the end. No printer proves more than that.
* `UNKNOWN` something was sent and that evidence is missing. A person looks.

A job that breaks off may leave the printer inside a command, waiting for the rest of a picture: it
would take the next slip, and every question, for dots. How much of what was sent arrived nobody
knows (an unplugged adapter forgets what it held), so the driver makes up for the longest command
there is by zeros: white in a picture, nothing elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from devices.line import Flow, LineGone
from devices.ports import Outcome, Reason
from devices.printer.dialogue import Dialogue, Patience
from devices.printer.encoded import Encoded
from devices.printer.pictures import longest_command_bytes
from devices.printer.profile import DOTS_PER_MM, Profile
from devices.printer.status import END_MARKER

_SLOWNESS = 3
"""How many times slower than its model says a printer may be that still answers that it is well."""


class Ending(Struct, frozen=True):
    """How a job ended; `broke_off`: the printer may be in the middle of a command."""

    outcome: Outcome
    reason: Reason = Reason.NONE
    broke_off: bool = False


class Delivery:
    """Sends encoded slips to printers of one profile."""

    def __init__(self, profile: Profile, flow: Flow, patience: Patience, monotonic_s: Callable[[], float]) -> None:
        self._profile = profile
        self._flow = flow
        self._patience = patience
        self._monotonic_s = monotonic_s

    def deliver(self, encoded: Encoded, dialogue: Dialogue, is_stopping: Callable[[], bool]) -> Ending:
        """Send `encoded` and wait for the evidence; the printer was found able to print just before.

        An unplugged line is an ending too, with reason `UNPLUGGED`.
        """
        data = encoded.data
        paper_s = encoded.height_dots / DOTS_PER_MM / self._profile.speed_mm_s
        # Without flow control nobody says "wait": do not send faster than the paper moves.
        least_byte_s = paper_s / len(data) if data and self._flow is Flow.NONE else 0.0
        started_s = self._monotonic_s()
        dialogue.sent_bytes = 0
        try:
            dialogue.forget()
            if not dialogue.send(data, least_byte_s=least_byte_s, is_stopping=is_stopping):
                return self._broken_off(dialogue, is_stopping)
        except LineGone:
            return _ending_at(dialogue.sent_bytes, Reason.UNPLUGGED)
        try:
            reason = self._evidence(dialogue, max(started_s + paper_s, self._monotonic_s()), paper_s, is_stopping)
        except LineGone:
            reason = Reason.UNPLUGGED
        return Ending(Outcome.UNKNOWN if reason is not Reason.NONE else Outcome.PRINTED, reason)

    def _broken_off(self, dialogue: Dialogue, is_stopping: Callable[[], bool]) -> Ending:
        """The printer stopped taking bytes, or the program is ending."""
        sent_bytes = dialogue.sent_bytes
        if is_stopping():
            return _ending_at(sent_bytes, Reason.STOPPED)
        # The job is lost anyway, so a question inside it can do no harm and may tell the cause.
        cause = dialogue.health().reason if self._profile.answers else Reason.NONE
        told = cause not in (Reason.NONE, Reason.NO_ANSWER)
        return _ending_at(sent_bytes, cause if told else Reason.STALLED)

    def _evidence(
        self, dialogue: Dialogue, paper_end_s: float, paper_s: float, is_stopping: Callable[[], bool]
    ) -> Reason:
        """Return `Reason.NONE` if the printer itself says that all is printed, else what is missing."""
        if not self._profile.answers:
            dialogue.pause(paper_end_s - self._monotonic_s())
            return Reason.CANNOT_TELL
        if not self._profile.end_marker:
            dialogue.pause(paper_end_s - self._monotonic_s())
            return dialogue.health().reason
        if not dialogue.send(END_MARKER, least_byte_s=0.0, is_stopping=is_stopping):
            return Reason.STOPPED if is_stopping() else Reason.STALLED
        last_s = paper_end_s + paper_s * (_SLOWNESS - 1) + self._patience.finish_s
        while not dialogue.hear_end_marker(min(last_s, self._monotonic_s() + self._patience.answer_s)):
            if is_stopping():
                return Reason.STOPPED
            if self._monotonic_s() >= last_s:
                return Reason.NO_ANSWER
            trouble = dialogue.health().reason
            if trouble not in (Reason.NONE, Reason.NO_ANSWER):
                return trouble
        return dialogue.health().reason


def _ending_at(sent_bytes: int, reason: Reason) -> Ending:
    return Ending(Outcome.UNKNOWN, reason, broke_off=True) if sent_bytes else Ending(Outcome.NOT_STARTED, reason)


def longest_band_bytes(profile: Profile) -> int:
    """Return the length of the longest command that the encoder makes for `profile`."""
    return longest_command_bytes(profile.dots, profile.band_rows)
