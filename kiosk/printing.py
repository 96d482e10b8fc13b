"""Papers: a fact before, a fact after, and nothing claimed in between.

"Issued" is durable before the first byte goes to the printer; how it ended becomes a fact when the printer has said it.
One that stands still in the middle waits for a person, only while it is shown to one. A paper whose end nobody knows,
because the program ended in between, is asked about and never printed by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from devices.ports import JobEnded, JobHeld, Outcome, PrintJob, ReceiptPrinter, TooManyJobs
from devices.printer.document import Slip
from kiosk.desk import SYSTEM, Actor, Desk
from kiosk.projections.papers import SlipRow
from sync.journal import JournalDamaged
from sync.model.facts import SlipEnded, SlipIssued, SlipKind, SlipResult

_RESULTS = {
    Outcome.PRINTED: SlipResult.PRINTED,
    Outcome.NOT_STARTED: SlipResult.NOT_PRINTED,
    Outcome.UNKNOWN: SlipResult.UNKNOWN,
}
HOLD_S = 180.0
"""Long enough to fetch a roll and put it in; the visitor stands there."""
RUN_ENDED = "run_ended"
SEEN_BY_AGENT = "seen_by_agent"
SEEN_IN_PART = "seen_in_part"
RECORD_DAMAGED = "record_damaged"


class Issued(Struct, frozen=True):
    """What a slip is drawn from: its own seq is not yet known to the one who asks for it."""

    seq: int
    copy: int


class PrintRoom:
    """Issues slips and writes down what became of them."""

    def __init__(self, desk: Desk, printer: ReceiptPrinter) -> None:
        """Print on `printer`, remember at `desk`."""
        self._desk = desk
        self._printer = printer
        self._running: dict[str, tuple[int, str | None]] = {}
        self._unwritten: dict[str, SlipEnded] = {}
        self._held: dict[int, JobHeld] = {}
        self._kept: set[int] = set()

    def issue(
        self,
        kind: SlipKind,
        case_no: str | None,
        actor: Actor,
        draw: Callable[[Issued], Slip],
        *,
        hold_s: float = HOLD_S,
    ) -> int:
        """Print a slip; a slip of this kind that the case had before makes it a marked reprint.

        One that stands still in the middle is held for `hold_s` seconds, as long as it is shown. Returns the seq of
        the fact that it was issued; the end follows as another fact.
        """
        earlier = [row for row in self._desk.papers.slips(case_no) if row.slip is kind] if case_no else []
        printed = [row for row in earlier if row.result is not SlipResult.NOT_PRINTED]
        copy = len(printed)
        seq = self._desk.note(SlipIssued(slip=kind, copy=copy), actor, case_no)
        job_id = str(seq)
        self._running[job_id] = (seq, case_no)
        try:
            self._printer.submit(PrintJob(job_id, draw(Issued(seq, copy)), hold_s=hold_s))
        except TooManyJobs:
            self._end(job_id, SlipResult.NOT_PRINTED, "too_many_jobs")
        except JournalDamaged:
            self._end(job_id, SlipResult.NOT_PRINTED, RECORD_DAMAGED)
        return seq

    def ended(self, event: JobEnded) -> bool:
        """Write down how a job ended. False when it is none of this run's."""
        if event.job_id not in self._running:
            return False
        if event.keeps_rest:
            self._kept.add(self._running[event.job_id][0])
        self._end(event.job_id, _RESULTS[event.outcome], event.reason.value)
        return True

    def stands_still(self, event: JobHeld) -> None:
        """Know that a paper stands still, or that it can go on again."""
        if event.job_id in self._running:
            self._held[self._running[event.job_id][0]] = event

    def held(self) -> list[JobHeld]:
        """Return the papers that stand still."""
        return list(self._held.values())

    def held_as(self, issued_seq: int) -> JobHeld | None:
        """Return how a paper stands still, None when it does not."""
        return self._held.get(issued_seq)

    def keeps_rest(self, issued_seq: int) -> bool:
        """Return whether the printer may still hold the rest of a paper that has ended."""
        return issued_seq in self._kept

    def resume(self, issued_seq: int) -> None:
        """Let a paper that stands still go on; while it cannot, the printer says so again."""
        self._held.pop(issued_seq, None)
        self._printer.resume(str(issued_seq))

    def give_up(self, issued_seq: int) -> None:
        """Want no more of a paper that stands still, or comes to."""
        self._printer.give_up(str(issued_seq))

    def settle_last_run(self) -> None:
        """Mark the papers that were under way when the last run ended as unknown; `unanswered` has them then.

        To be called once, before the first `issue`. Raises JournalRefused; `write_ends` tries again.
        """
        for row in self._desk.papers.unfinished():
            job_id = str(row.issued_seq)
            self._running[job_id] = (row.issued_seq, row.case_no)
            self._unwritten[job_id] = SlipEnded(issued_seq=row.issued_seq, result=SlipResult.UNKNOWN, reason=RUN_ENDED)
        self.write_ends()

    def write_ends(self) -> bool:
        """Write down the ends that the disk has not taken yet; whether there were any. Raises JournalRefused."""
        any_came = bool(self._unwritten)
        while self._unwritten:
            job_id, ended = next(iter(self._unwritten.items()))
            self._desk.note(ended, SYSTEM, self._running[job_id][1])
            del self._unwritten[job_id], self._running[job_id]
        return any_came

    def unanswered(self) -> list[SlipRow]:
        """Return the papers of cases that a run left open and nobody has answered for yet."""
        return self._desk.papers.left_open(RUN_ENDED)

    def seen(self, row: SlipRow, actor: Actor, *, printed: bool) -> None:
        """Write down what the agent saw of a paper that the printer could not tell about."""
        result = SlipResult.PRINTED if printed else SlipResult.NOT_PRINTED
        self._desk.note(SlipEnded(issued_seq=row.issued_seq, result=result, reason=SEEN_BY_AGENT), actor, row.case_no)

    def seen_in_part(self, row: SlipRow, actor: Actor) -> None:
        """Write down that the agent saw a part of a paper: it exists, so what follows is a copy."""
        self._desk.note(
            SlipEnded(issued_seq=row.issued_seq, result=SlipResult.UNKNOWN, reason=SEEN_IN_PART), actor, row.case_no
        )

    def state(self, issued_seq: int) -> SlipRow | None:
        """Return what is known of a paper."""
        return self._desk.papers.slip(issued_seq)

    def _end(self, job_id: str, result: SlipResult, reason: str) -> None:
        seq, _ = self._running[job_id]
        self._held.pop(seq, None)
        self._unwritten[job_id] = SlipEnded(issued_seq=seq, result=result, reason=reason)
        self.write_ends()
