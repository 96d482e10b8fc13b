"""The printer of a service point: jobs at any moment, paper that ends, and in the end its paper beside its word."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from msgspec.structs import replace

from devices.config import DevicesConfig
from devices.ports import Device, DeviceEvent, DeviceState, JobEnded, Outcome, PrintJob, Reason, TooManyJobs
from devices.printer.document import Cut, Slip, Text
from devices.printer.profile import read_profile
from devices.sim.noisy_port import NoisyPort
from devices.sim.printer import PrinterLevers, SimulatedPrinter
from devices.typeface import Typeface
from tests.devices.bench import FONT, wait_until
from tests.devices.point.point import PAUSES_S, Point

LINES = 8
LEVERS = sorted(name for name in PrinterLevers.__struct_fields__ if isinstance(getattr(PrinterLevers(), name), bool))
STILL_UNDER_WAY = {Reason.UNPLUGGED, Reason.NO_ANSWER, Reason.STOPPED}
"""After these nobody could say what the printer still does with what it has."""
MODELS: tuple[dict[str, bool], ...] = (
    {}, {"forgets": False}, {"answers": False}, {"reports": False}, {"end_marker": False},
)  # fmt: skip
TYPEFACE = Typeface(FONT)


class PrinterActs(Point):
    """Every job has lines of its own; what came out is counted when it ends, and again at the end."""

    def fit(self) -> dict[str, Any]:
        model = self.chance.choice(MODELS)
        self.profile = replace(read_profile("escpos-80"), speed_mm_s=500, **model)
        self.speed_mm_s = self.chance.choice((0, 400))
        port = NoisyPort(self.folder / "printer", seed=7)
        self.printer = SimulatedPrinter(self.profile, port, TYPEFACE, self.speed_mm_s)
        self.lines["printer"] = port
        self.simulated.append(self.printer)
        self.jobs = 0
        self.job_ends: dict[str, tuple[JobEnded, int, bool]] = {}
        return super().fit() | {"printer": {"profile": "escpos-80", "path": "printer", "baud": 115_200}}

    def fitted(self, config: DevicesConfig) -> DevicesConfig:
        config = super().fitted(config)
        assert config.printer is not None
        return replace(config, printer=replace(config.printer, profile=self.profile))

    def troubles(self) -> Iterable[str]:
        yield from super().troubles()
        for name in PrinterLevers.__struct_fields__:
            if getattr(self.printer.levers, name) != getattr(PrinterLevers(), name):
                yield f"printer.{name}"

    # What happens to it

    @rule(pause_s=PAUSES_S, hold_s=st.sampled_from([0.2, 5.0]))
    def the_desk_prints(self, pause_s: float, hold_s: float) -> None:
        self.print_one(hold_s)
        time.sleep(pause_s)

    def print_one(self, hold_s: float, start_within_s: float = 0.5) -> str | None:
        """Print a slip whose lines can be told from all others; return its job."""
        self.jobs += 1
        job_id = f"job{self.jobs}"
        slip = Slip((*(Text(f"<{job_id}>") for _ in range(LINES)), Cut()))
        job = PrintJob(job_id, slip, start_within_s, hold_s)
        return job_id if self.begin(job_id, lambda: self.hub.printer.submit(job), TooManyJobs) else None

    @precondition(lambda self: self.jobs)
    @rule(pause_s=PAUSES_S)
    def the_desk_says_go_on(self, pause_s: float) -> None:
        self.hub.printer.resume(f"job{self.jobs}")
        time.sleep(pause_s)

    @precondition(lambda self: self.jobs)
    @rule()
    def the_desk_gives_up(self) -> None:
        self.hub.printer.give_up(f"job{self.jobs}")

    @rule(lines=st.integers(1, 2 * LINES))
    def the_paper_will_end(self, lines: int) -> None:
        self.printer.pull(lines_left=lines)

    @rule()
    def new_paper(self) -> None:
        self.printer.pull(cover_open=True)
        self.printer.pull(lines_left=None, paper_out=False, cover_open=False)

    @rule(lines=st.integers(1, LINES - 1), hold_s=st.sampled_from([0.2, 5.0]))
    def the_paper_ends_in_a_slip(self, lines: int, hold_s: float) -> None:
        self.printer.pull(lines_left=lines)
        self.print_one(hold_s)
        time.sleep(0.5)

    @rule(lever=st.sampled_from(["unplug", "dead", "cover_open", "busy"]), at_s=st.sampled_from([0.02, 0.04, 0.08]))
    def something_happens_in_a_slip(self, lever: str, at_s: float) -> None:
        self.printer.hurry(80)
        self.print_one(0.2)
        time.sleep(at_s)
        self.a_lever_of_the_printer_is_pulled(lever, True, 0.3)
        self.printer.hurry(self.speed_mm_s)

    @rule(lever=st.sampled_from(LEVERS), on=st.booleans(), pause_s=PAUSES_S)
    def a_lever_of_the_printer_is_pulled(self, lever: str, on: bool, pause_s: float) -> None:
        self.told[f"with printer.{lever}"] += on
        self.printer.pull(**{lever: on})
        self.pause(pause_s)

    # What must hold

    def hear(self, event: DeviceEvent) -> None:
        super().hear(event)
        if isinstance(event, JobEnded):
            self.told[f"{event.outcome.value}, {event.reason.value}"] += 1
            was_spoilt = self.was_wrong(self.begun[event.job_id], "line/printer")
            self.job_ends[event.job_id] = (event, self.lines_of(event.job_id), was_spoilt)

    def lines_of(self, job_id: str) -> int:
        """How many lines of a job are on the paper."""
        return sum(piece.text.count(f"<{job_id}>") for piece in self.printer.pieces())

    def mend(self) -> None:
        super().mend()
        self.printer.pull(**{name: getattr(PrinterLevers(), name) for name in PrinterLevers.__struct_fields__})
        for number in range(self.jobs):
            self.hub.printer.give_up(f"job{number + 1}")

    def work(self) -> None:
        super().work()
        self.until(lambda: self.state(Device.RECEIPT_PRINTER) is DeviceState.READY, "the printer is never ready")
        self.work_well(self.print_well)

    def print_well(self) -> str:
        """Print a slip as a mended printer has to."""
        job_id = self.print_one(5.0, 5.0)
        if job_id is None:
            return "no job is taken"
        ended = self.ending(job_id)
        assert isinstance(ended, JobEnded)
        if ended.outcome is not Outcome.PRINTED:
            return str(ended)
        wait_until(self.printer.is_idle, "the printer never came to rest")
        assert self.lines_of(job_id) == LINES, "what a mended printer has printed is not whole"
        return ""

    def use_after_the_end(self) -> None:
        super().use_after_the_end()
        assert self.print_one(1.0) is None, "a job was taken after the end"
        if not self.printer.levers.is_stopped:
            wait_until(self.printer.is_idle, "the printer never came to rest")
        for ended, lines, was_spoilt in self.job_ends.values():
            if not was_spoilt:
                self.hold_against_the_paper(ended, lines)

    def hold_against_the_paper(self, ended: JobEnded, lines: int) -> None:
        """Compare what was said of a job with its lines: those of the moment when it ended, and those now."""
        now = self.lines_of(ended.job_id)
        assert now <= LINES, f"{ended} came out twice"
        if ended.outcome is Outcome.PRINTED:
            # A model without end markers cannot show what a dip of its power has taken.
            assert now == LINES or not self.profile.end_marker, f"{ended} has {now} lines on the paper"
        elif ended.outcome is Outcome.NOT_STARTED:
            assert not now, f"{ended} has {now} lines on the paper"
        elif not ended.keeps_rest and ended.reason not in STILL_UNDER_WAY:
            assert now == lines, f"{ended} had {lines} lines on the paper and has {now}"
