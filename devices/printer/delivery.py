"""Brings one job to paper and says honestly what became of it.

* `NOT_STARTED` no byte of it was sent.
* `PRINTED` the printer could print before, took all bytes, and afterwards says that all is well; models with an
  end marker also that they have come past each one that was sent. No printer proves more than that.
* `UNKNOWN` something was sent and that evidence is missing. A person looks.

A printer that stands still in the middle has, in its own buffer, what it prints as soon as it can. Only end markers
show that it came through that whole, so only with them a job is held and goes on on new paper; without them it
ends, and who wants the slip gets another, as a copy. Whatever ends so is taken out of the printer again where the
model can do that, and said to be still in it where it cannot (`keeps_rest`). docs/adr/0028 says why.

A job that breaks off may leave the printer inside a command, waiting for the rest of a picture: it would take the
next slip, and every question, for dots. How much of what was sent arrived nobody knows (an unplugged adapter
forgets what it held), so the driver makes up for the longest command there is by zeros: white in a picture, nothing
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from msgspec import Struct

from devices.line import Flow, LineGone
from devices.ports import Outcome, Paper, Reason
from devices.printer.dialogue import Dialogue, Patience
from devices.printer.encoded import Encoded
from devices.printer.passage import passage_of
from devices.printer.pictures import longest_command_bytes
from devices.printer.profile import DOTS_PER_MM, Profile
from devices.printer.status import Health

_SLOWNESS = 3
"""How many times slower than its model says a printer may be that still answers that it is well."""
_LOOK_S = 1.0
"""Between questions in the middle of a job, to a printer that does not report by itself."""
_WORD_S = 0.05
_SETTLE_S = 0.15
"""Longer than a line takes: a printer that is still at it shows itself."""
_HELD = frozenset({Reason.PAPER_OUT, Reason.STALLED, Reason.OFFLINE, Reason.OVERHEATED})
"""What a job with end markers outlives. An opened cover or a stuck knife has spoilt the line that was printed."""
_GOES_BY_ITSELF = frozenset({Reason.OVERHEATED, Reason.OFFLINE})
_GONE = frozenset({Reason.UNPLUGGED, Reason.NO_ANSWER, Reason.STOPPED, Reason.CANNOT_TELL})
_SAYS_NOTHING = frozenset({Reason.NONE, Reason.NO_ANSWER})
_CANNOT_BE_ASKED = Health(Reason.STALLED, Paper.UNKNOWN)


class Word(Enum):
    """What somebody said about a held job."""

    RESUME = auto()
    GIVE_UP = auto()


class Overseer(Protocol):
    """Who is asked, and told, while a job is under way."""

    hold_s: float

    def is_stopping(self) -> bool:
        """Return whether the program is ending."""

    def held(self, health: Health) -> None:
        """Know that the job stands still, and how the printer is now."""

    def word(self) -> Word | None:
        """Return what was said about this job since the last time; that it is given up stays said."""


class Ending(Struct, frozen=True):
    """How a job ended; `broke_off`: the printer may be in the middle of a command.

    `keeps_rest` as in `JobEnded`; `unheard` is how many answers to end markers in that rest are still to come.
    """

    outcome: Outcome
    reason: Reason = Reason.NONE
    broke_off: bool = False
    keeps_rest: bool = False
    unheard: int = 0


class Delivery:
    """Sends encoded slips to printers of one profile."""

    def __init__(self, profile: Profile, flow: Flow, patience: Patience, monotonic_s: Callable[[], float]) -> None:
        self.profile = profile
        self.flow = flow
        self.patience = patience
        self.monotonic_s = monotonic_s

    def deliver(self, encoded: Encoded, dialogue: Dialogue, overseer: Overseer) -> Ending:
        """Send `encoded` and wait for the evidence; the printer was found able to print just before.

        An unplugged line is an ending too, with reason `UNPLUGGED`.
        """
        return _Run(self, encoded, dialogue, overseer).ending()


class _Run:
    """One job on one line."""

    def __init__(self, ways: Delivery, encoded: Encoded, dialogue: Dialogue, overseer: Overseer) -> None:
        self._ways = ways
        self._patience = ways.patience
        self._now_s = ways.monotonic_s
        self._dialogue = dialogue
        self._overseer = overseer
        self._passage = passage_of(encoded.pieces, with_markers=ways.profile.end_marker)
        self._paper_s = encoded.height_dots / DOTS_PER_MM / ways.profile.speed_mm_s
        data = self._passage.data
        # Without flow control nobody says "wait": do not send faster than the paper moves.
        least_byte_s = self._paper_s / len(data) if data and ways.flow is Flow.NONE else 0.0
        self._byte_s = max(least_byte_s, dialogue.byte_s)
        self._offset = 0
        self._paced_from = (self._now_s(), 0)
        self._look_s = self._now_s() + _LOOK_S
        self._is_spoilt = False
        self._stands_still = self._was_held = False

    def ending(self) -> Ending:
        """Bring it to its end."""
        try:
            self._dialogue.begin_job()
            reason = self._through()
        except LineGone:
            reason = Reason.UNPLUGGED
        if reason is Reason.NONE:
            return Ending(Outcome.PRINTED, Reason.IN_TWO_PARTS if self._was_held else Reason.NONE)
        return self._broken_off(reason)

    def _through(self) -> Reason:
        """Send, look for the evidence, and stand still in between as often as the printer does."""
        while True:
            reason = self._send_on()
            if reason is Reason.NONE:
                reason = self._evidence()
            if not self._may_be_held(reason):
                return reason
            self._was_held = self._was_held or not (reason in _GOES_BY_ITSELF or self._has_finished())
            self._stands_still = True
            end = self._hold(reason)
            if end is not Reason.NONE:
                return end
            self._stands_still = False
            self._go_on()

    def _go_on(self) -> None:
        """Count the time anew, and the printer's last report for nothing: it was of before."""
        self._paced_from = (self._now_s(), self._offset)
        self._dialogue.forget_report()
        if self._is_between():
            self._dialogue.ask_for_reports()

    def _may_be_held(self, reason: Reason) -> bool:
        if not self._offset or self._is_spoilt or self._dialogue.is_torn:
            return False
        return reason in _HELD if self._ways.profile.end_marker else reason is Reason.OVERHEATED

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send_on(self) -> Reason:
        """Send from where it stands, not faster than the wire: what waits in a buffer nobody can count."""
        data = self._passage.data
        while self._offset < len(data):
            if self._overseer.is_stopping():
                return Reason.STOPPED
            trouble = self._trouble()
            if trouble is not Reason.NONE and self._is_between():
                return trouble
            hurries = trouble is not Reason.NONE or self._wants_to_look()
            chunk = self._passage.chunk(self._offset, self._patience.chunk_bytes, to_end=hurries)
            taken = self._dialogue.write(chunk, self._patience.answer_s if hurries else self._patience.stall_s)
            if not taken:
                return self._why_stalled()
            self._offset += taken
            from_s, from_offset = self._paced_from
            self._dialogue.pause(from_s + (self._offset - from_offset) * self._byte_s - self._now_s())
        return Reason.NONE if self._dialogue.drained() else self._why_stalled()

    def _wants_to_look(self) -> bool:
        """Whether to ask at the next end of a command; a printer that reports says so by itself."""
        unreported = self._dialogue.reported() is None
        return self._ways.profile.answers and unreported and self._now_s() >= self._look_s

    def _trouble(self) -> Reason:
        """Return what the printer says against going on: by itself, or asked where a command is complete."""
        reported = self._dialogue.reported()
        if reported is not None:
            return reported.reason
        if not self._wants_to_look() or not self._is_between():
            return Reason.NONE
        reason = self._dialogue.health(in_job=True).reason
        self._look_s = self._now_s() + _LOOK_S
        return Reason.NONE if reason in (*_SAYS_NOTHING, Reason.STALLED) else reason

    def _why_stalled(self) -> Reason:
        """Return why the printer takes no more. A job that cannot go on anyway may be spoilt by the question."""
        if self._overseer.is_stopping():
            return Reason.STOPPED
        reason = self._health().reason
        if reason is Reason.STALLED and not self._ways.profile.end_marker:
            self._is_spoilt = True
            reason = self._dialogue.health(in_job=True).reason
        return Reason.STALLED if reason in _SAYS_NOTHING else reason

    def _health(self) -> Health:
        """Return how the printer is, without a question where one would be taken for a part of the slip."""
        if self._is_between():
            return self._dialogue.health(in_job=True)
        reported = self._dialogue.reported()
        return reported if reported is not None and not reported.can_print else _CANNOT_BE_ASKED

    def _is_between(self) -> bool:
        """Whether the printer is not inside a command, as far as it got all that was sent."""
        return self._passage.is_between_commands(self._offset)

    # --- evidence ----------------------------------------------------------------------------------------------------

    def _evidence(self) -> Reason:
        """Return `Reason.NONE` if the printer itself says that all is printed, else what is missing."""
        profile = self._ways.profile
        paper_end_s = self._paced_from[0] + self._paper_s
        if not profile.end_marker:
            self._dialogue.pause(paper_end_s - self._now_s())
            reason = self._dialogue.health(in_job=True).reason
            silent = reason is Reason.NO_ANSWER and not profile.says_how_it_is
            return Reason.CANNOT_TELL if silent else reason
        last_s = max(paper_end_s, self._now_s()) + self._paper_s * (_SLOWNESS - 1) + self._patience.finish_s
        while not self._dialogue.hear_markers(
            len(self._passage.marks), min(last_s, self._now_s() + self._patience.answer_s)
        ):
            if self._overseer.is_stopping():
                return Reason.STOPPED
            trouble = self._health().reason
            if trouble not in _SAYS_NOTHING:
                return trouble
            if self._now_s() >= last_s:
                return Reason.NO_ANSWER
        reason = self._health().reason
        self._dialogue.pause(_SETTLE_S)
        return reason if reason is not Reason.NONE or self._all_answered() else Reason.NO_ANSWER

    # --- standing still ----------------------------------------------------------------------------------------------

    def _hold(self, cause: Reason) -> Reason:
        """Wait until the printer can go on and somebody wants it to; `Reason.NONE` to go on, else how the job ends."""
        end_s = self._now_s() + self._overseer.hold_s
        misses = 0
        told: Health | None = None
        look_s = self._now_s()
        while self._now_s() < end_s:
            if self._overseer.is_stopping():
                return Reason.STOPPED
            word = self._overseer.word()
            if word is Word.GIVE_UP:
                return Reason.GIVEN_UP
            if word is Word.RESUME or self._now_s() >= look_s:
                health = self._health()
                misses = misses + 1 if health.reason is Reason.NO_ANSWER else 0
                if misses > 1:  # it was switched off, and has forgotten what it held
                    return Reason.NO_ANSWER
                by_itself = cause in _GOES_BY_ITSELF or self._has_finished()
                if health.can_print and (by_itself or word is Word.RESUME):
                    return Reason.NONE
                if word is Word.RESUME and health.reason is Reason.STALLED:
                    return Reason.NONE  # nobody can tell but by trying
                if not misses and (health != told or word is Word.RESUME):
                    told = health
                    self._overseer.held(health)
                look_s = self._now_s() + self._patience.poll_s
            self._dialogue.pause(_WORD_S)
        return cause

    def _has_finished(self) -> bool:
        """Whether the printer has gone on by itself to the end, which was all in its buffer."""
        return bool(self._passage.marks) and self._offset == len(self._passage.data) and self._all_answered()

    def _all_answered(self) -> bool:
        """Whether there are as many answers as end markers; more are the rest of a report whose beginning was lost."""
        return self._dialogue.markers == len(self._passage.marks)

    # --- breaking off ------------------------------------------------------------------------------------------------

    def _broken_off(self, reason: Reason) -> Ending:
        """Leave the printer so that nobody gets the rest who is not meant to, as far as that can be done."""
        if reason is Reason.UNPLUGGED:
            return Ending(
                Outcome.UNKNOWN if self._offset else Outcome.NOT_STARTED, reason, broke_off=bool(self._offset)
            )
        # A program that ends leaves a printer alone that prints, but not one that stands still.
        holds_nothing = reason in _GONE and not (reason is Reason.STOPPED and self._stands_still)
        holds_nothing = holds_nothing or self._has_finished()
        try:
            if not holds_nothing or self._offset < len(self._passage.data):
                self._offset -= min(self._dialogue.discard(), self._offset)
            if not self._offset:
                return Ending(Outcome.NOT_STARTED, reason)
            is_open = self._is_spoilt or self._dialogue.is_torn or not self._is_between()
            if holds_nothing:
                return Ending(Outcome.UNKNOWN, reason, broke_off=is_open)
            if self._forgets(is_open=is_open):
                return Ending(Outcome.UNKNOWN, reason)
        except LineGone:
            return Ending(Outcome.UNKNOWN, reason, broke_off=True)
        unheard = max(self._passage.markers_before(self._offset) - self._dialogue.markers, 0)
        return Ending(Outcome.UNKNOWN, reason, broke_off=is_open, keeps_rest=True, unheard=unheard)

    def _forgets(self, *, is_open: bool) -> bool:
        """Whether the printer says that it has forgotten the rest; inside a command it may need its end first."""
        if not self._ways.profile.forgets:
            return False
        if self._dialogue.make_forget():
            return True
        if not is_open:
            return False
        self._dialogue.write(bytes(longest_band_bytes(self._ways.profile)), self._patience.answer_s)
        return self._dialogue.make_forget()


def longest_band_bytes(profile: Profile) -> int:
    """Return the length of the longest command that the encoder makes for `profile`."""
    return longest_command_bytes(profile.dots, profile.band_rows)
