"""`python -m tests.bench [--only NAME ...]`: measure speed and memory, write build/bench.jsonl, print a table.

Each figure is a median of at least five runs, or a percentile over all of them, beside a peer or a floor measured in
the same run. Another program that works meanwhile makes every figure worse: run it alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.bench import history
from tests.bench.attachment import AttachmentBench
from tests.bench.crowd import CrowdBench
from tests.bench.figure import Figure, median, percentile, table, write
from tests.bench.lines import LinesBench
from tests.bench.million import MillionBench
from tests.bench.paper import PaperBench
from tests.bench.pipe import PipeBench
from tests.bench.plugs import plug_figures
from tests.bench.point import BenchPoint
from tests.bench.programs import idle, start_and_rss
from tests.bench.wire import NoNamespaces

OUT = Path("build/bench.jsonl")
RUNS = 5
SUBMITS, RATINGS, LISTS, SWITCH_ROUNDS, PLUGS = 40, 40, 8, 1, 4
FEW_RECORDS, MANY_RECORDS = 1_000, 100_000
FEW_CASES, MANY_CASES = 20, 2_000
THANKS_MS_MAX = 50.0
SUBMIT_MS_MAX, SUBMIT_RATIO_MAX, SWITCH_MS_MAX, LIST_MS_MAX = 60.0, 1.3, 120.0, 200.0


@dataclass(frozen=True)
class Bench:
    """Where it is measured, and how often."""

    work: Path
    runs: int
    absent: list[str] = field(default_factory=list)
    """What was not measured, and why."""

    @cached_property
    def point(self) -> BenchPoint:
        """The service point, set up when the first measure needs it."""
        return BenchPoint.made(self.work / "stage")

    def programs(self) -> list[Figure]:
        """Start and memory."""
        return start_and_rss(self.point, self.runs)

    def idle(self) -> list[Figure]:
        """What the kiosk burns while nothing happens."""
        return idle(self.point, self.runs)

    def switches(self) -> list[Figure]:
        """From any screen to any other."""
        point = self.point.copied(self.work / "switches")
        runs = [point.glass("screens", SWITCH_ROUNDS) for _ in range(self.runs)]
        p95_ms = median(percentile(run["switches"], 0.95) for run in runs)
        floor_ms = median(median(run["floor"]) for run in runs)
        return [
            Figure(
                "screen_switch", p95_ms, "ms p95", floor_ms, p95_ms / floor_ms, "the same screen drawn again",
                f"value <= {SWITCH_MS_MAX:.0f}", p95_ms <= SWITCH_MS_MAX,
            )
        ]  # fmt: skip

    def case_list(self) -> list[Figure]:
        """The desk with two thousand cases that are going on."""
        opened: dict[int, list[float]] = {}
        for cases in (FEW_CASES, MANY_CASES):
            point = self.point.copied(self.work / f"list-{cases}")
            history.open_cases(point.terminal, cases)
            opened[cases] = [median(point.glass("list", LISTS)["opened"]) for _ in range(self.runs)]
        many_ms, few_ms = median(opened[MANY_CASES]), median(opened[FEW_CASES])
        return [
            Figure(
                "case_list_2000", many_ms, "ms", few_ms, many_ms / few_ms, f"with {FEW_CASES} cases",
                f"value <= {LIST_MS_MAX:.0f}", many_ms <= LIST_MS_MAX,
            )
        ]  # fmt: skip

    def pipe(self, name: str) -> list[Figure]:
        """Something of the pipe beside its peers."""
        measure: Callable[[PipeBench], list[Figure]] = vars(PipeBench)[name]
        return measure(PipeBench(self.work / f"pipe-{name}", self.runs, self.absent.append))

    def lines(self, name: str) -> list[Figure]:
        """The pipe and its peers on bad lines."""
        measure: Callable[[LinesBench], list[Figure]] = vars(LinesBench)[name]
        return measure(LinesBench(self.work / f"lines-{name}", self.absent.append, _say))

    def attachment(self) -> list[Figure]:
        """A megabyte on a line that breaks."""
        return AttachmentBench(self.work / "attachment", self.absent.append, _say).resets()

    def journal(self) -> list[Figure]:
        """A journal of a million records."""
        return MillionBench(self.work / "million", self.runs).journal()

    def crowd(self) -> list[Figure]:
        """A county's terminals at once."""
        return CrowdBench(self.work / "crowd").crowd()

    def paper(self) -> list[Figure]:
        """A receipt on the printer's line."""
        return PaperBench(self.work / "paper", self.absent.append).paper()

    def plugs(self) -> list[Figure]:
        """Devices unplugged and plugged in again under a running kiosk."""
        return plug_figures(self.point.copied(self.work / "plugs"), self.runs, PLUGS)

    def ratings(self) -> list[Figure]:
        """From a key on the pad to the thanks on the screen, the fact durable before."""
        point = self.point.copied(self.work / "pad")
        runs = [point.glass("pad", RATINGS) for _ in range(self.runs)]
        p99_ms = percentile([each for run in runs for each in run["thanked"]], 0.99)
        floor_ms = median(median(run["floor"]) for run in runs)
        return [
            Figure(
                "key_to_thanks", p99_ms, "ms p99", floor_ms, p99_ms / floor_ms,
                "the silence around a key and a bare commit", f"value <= {THANKS_MS_MAX:.0f}", p99_ms <= THANKS_MS_MAX,
            )
        ]  # fmt: skip

    def submits(self) -> list[Figure]:
        """From the touch on "submit" to the bytes for the printer, the records durable before."""
        medians: dict[int, float] = {}
        figures = []
        for records in (FEW_RECORDS, MANY_RECORDS):
            point = self.point.copied(self.work / f"submit-{records}")
            history.grow_to(point.terminal, records)
            with point.devices():
                runs = [point.glass("submit", SUBMITS) for _ in range(self.runs)]
            taken = [each for run in runs for each in run["paper"]]
            p99_ms, floor_ms = percentile(taken, 0.99), median(median(run["floor"]) for run in runs)
            medians[records] = median(taken)
            figures.append(
                Figure(
                    f"submit_to_paper_{records}", p99_ms, "ms p99", floor_ms, p99_ms / floor_ms,
                    "bare commits and encoding", f"value <= {SUBMIT_MS_MAX:.0f}", p99_ms <= SUBMIT_MS_MAX,
                )
            )  # fmt: skip
        few_ms, many_ms = medians[FEW_RECORDS], medians[MANY_RECORDS]
        ratio = many_ms / few_ms
        return [
            *figures,
            Figure(
                "submit_to_paper", many_ms, f"ms median, {MANY_RECORDS} records", few_ms, ratio,
                f"{FEW_RECORDS} records", f"ratio <= {SUBMIT_RATIO_MAX}", ratio <= SUBMIT_RATIO_MAX,
            ),
        ]  # fmt: skip


MEASURES: dict[str, Callable[[Bench], list[Figure]]] = {
    "start": Bench.programs,
    "submit": Bench.submits,
    "pad": Bench.ratings,
    "switch": Bench.switches,
    "list": Bench.case_list,
    "idle": Bench.idle,
    "paper": Bench.paper,
    "plugs": Bench.plugs,
    "drain": lambda bench: bench.pipe("drain"),
    "gateway_cpu": lambda bench: bench.pipe("gateway_cpu"),
    "syncs": lambda bench: bench.pipe("syncs"),
    "case_bytes": lambda bench: bench.pipe("case_bytes"),
    "journal": Bench.journal,
    "crowd": Bench.crowd,
    "slow_line": lambda bench: bench.lines("slow"),
    "line_resets": lambda bench: bench.lines("resets"),
    "line_many_resets": lambda bench: bench.lines("many_resets"),
    "line_swings": lambda bench: bench.lines("swings"),
    "line_attachment": Bench.attachment,
}


MINUTES = {
    "start": 1, "submit": 5, "pad": 2, "switch": 1, "list": 2, "idle": 3, "plugs": 2, "paper": 1,
    "drain": 8, "gateway_cpu": 2, "syncs": 1, "case_bytes": 1, "journal": 1, "crowd": 1,
    "slow_line": 6, "line_resets": 12, "line_many_resets": 18, "line_swings": 30, "line_attachment": 20,
}  # fmt: skip
"""About what each takes on a machine with 2 cores, the peers that never finish waited for to the end."""


def _say(said: str) -> None:
    print(f"bench: {said}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure, write and print; returns 0 also when a target is missed: a busy machine misses some."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", nargs="+", choices=sorted(MEASURES), default=list(MEASURES))
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of each measure ({RUNS})")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    print(f"bench: about {sum(MINUTES[name] for name in asked.only)} minutes", file=sys.stderr, flush=True)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="sunpoint-bench-") as name:
        work = Path(name)
        bench = Bench(work, asked.runs)
        for measure in asked.only:
            _say(f"measuring {measure}, about {MINUTES[measure]} minutes")
            try:
                figures += MEASURES[measure](bench)
            except NoNamespaces as cause:
                bench.absent.append(f"{measure}: {cause}")
            write(figures, asked.out)
    print(table(figures))
    for each in bench.absent:
        print(f"NOT MEASURED: {each}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
