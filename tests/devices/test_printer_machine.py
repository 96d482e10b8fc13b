"""One printer, every lever in any order, and a desk that goes on or gives up at any moment: paper and word agree."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from devices.ports import JobEnded, Outcome, PrintJob, Reason, TooManyJobs
from devices.printer.dialogue import Patience
from devices.printer.document import Cut, Slip, Text
from devices.sim.printer import PrinterLevers
from tests.devices.bench import PrinterBench, wait_until

HASTY = Patience(answer_s=0.15, stall_s=0.2, finish_s=0.3, poll_s=0.05)
LINES = 12
LEVERS = sorted(name for name in PrinterLevers.__struct_fields__ if isinstance(getattr(PrinterLevers(), name), bool))
PAUSES_S = st.sampled_from([0.0, 0.0, 0.02, 0.1])
STILL_UNDER_WAY = {Reason.UNPLUGGED, Reason.NO_ANSWER, Reason.STOPPED}
"""After these nobody could say what the printer still does with what it has."""
MODELS = st.sampled_from([{}, {"forgets": False}, {"answers": False}, {"reports": False}, {"end_marker": False}])


class PrinterMachine(RuleBasedStateMachine):
    """Every job has lines of its own; what came out is counted when it ends, and again at the end."""

    @initialize(model=MODELS, speed_mm_s=st.sampled_from([0, 400]))
    def a_printer(self, model: dict[str, bool], speed_mm_s: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.bench = PrinterBench(
            Path(self.folder.name), "escpos-80", speed_mm_s=speed_mm_s, patience=HASTY, model=model
        )
        self.bench.printer.start()
        self.bench.hub.start()
        self.asked: list[str] = []
        self.ended: dict[str, tuple[JobEnded, int]] = {}

    @rule(pause_s=PAUSES_S, hold_s=st.sampled_from([0.2, 5.0]))
    def the_desk_prints(self, pause_s: float, hold_s: float) -> None:
        job_id = f"job{len(self.asked)}"
        slip = Slip((*(Text(f"<{job_id}>") for _ in range(LINES)), Cut()))
        try:
            self.bench.hub.printer.submit(PrintJob(job_id, slip, 0.5, hold_s))
        except TooManyJobs:
            return
        self.asked.append(job_id)
        time.sleep(pause_s)

    @precondition(lambda self: self.asked)
    @rule(pause_s=PAUSES_S)
    def the_desk_says_go_on(self, pause_s: float) -> None:
        self.bench.hub.printer.resume(self.asked[-1])
        time.sleep(pause_s)

    @precondition(lambda self: self.asked)
    @rule()
    def the_desk_gives_up(self) -> None:
        self.bench.hub.printer.give_up(self.asked[-1])

    @rule(lines=st.integers(1, 2 * LINES))
    def the_paper_will_end(self, lines: int) -> None:
        self.bench.printer.pull(lines_left=lines)

    @rule()
    def new_paper(self) -> None:
        self.bench.new_paper()

    @rule(lever=st.sampled_from(LEVERS), on=st.booleans(), pause_s=PAUSES_S)
    def a_lever_is_pulled(self, lever: str, on: bool, pause_s: float) -> None:
        self.bench.printer.pull(**{lever: on})
        time.sleep(pause_s)

    @rule()
    def somebody_mends_everything(self) -> None:
        self.bench.printer.pull(**{name: getattr(PrinterLevers(), name) for name in PrinterLevers.__struct_fields__})

    @invariant()
    def every_job_ends_once(self) -> None:
        for event in self.bench.events.rest():
            if isinstance(event, JobEnded):
                assert event.job_id in self.asked
                assert event.job_id not in self.ended, f"{event} ended twice"
                self.ended[event.job_id] = (event, self.lines_of(event.job_id))

    def lines_of(self, job_id: str) -> int:
        """How many lines of a job are on the paper."""
        return sum(piece.text.count(f"<{job_id}>") for piece in self.bench.printer.pieces())

    def teardown(self) -> None:
        """Everything is mended and comes to rest; then the paper is held against what was said."""
        self.somebody_mends_everything()
        for job_id in self.asked:
            self.bench.hub.printer.give_up(job_id)
        wait_until(lambda: self.every_job_ends_once() or len(self.ended) == len(self.asked), "a job never ended")
        self.bench.is_ready()
        wait_until(self.bench.printer.is_idle, "the printer never came to rest")
        for ended, lines in self.ended.values():
            now = self.lines_of(ended.job_id)
            assert now <= LINES, f"{ended} came out twice"
            if ended.outcome is Outcome.PRINTED:
                assert now == LINES or self.was_dipped_between_lines(now), f"{ended} has {now} lines on the paper"
            elif ended.outcome is Outcome.NOT_STARTED:
                assert not now, f"{ended} has {now} lines on the paper"
            elif not ended.keeps_rest and ended.reason not in STILL_UNDER_WAY:
                assert now == lines, f"{ended} had {lines} lines on the paper and has {now}"
        self.bench.close()
        self.folder.cleanup()

    def was_dipped_between_lines(self, lines: int) -> bool:
        """A model without end markers cannot show what a dip of its power has taken."""
        return not self.bench.profile.end_marker and lines < LINES


SETTINGS = settings(
    max_examples=4,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # threads and time: what failed once is not made smaller by trying again
)
TestPrinter = PrinterMachine.TestCase
TestPrinter.settings = SETTINGS
