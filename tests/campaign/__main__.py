"""`python -m tests.campaign [--part NAME] [--seeds A:B] [--seconds N]`: try to make the pipe lose, double or forge.

Without anything named, every part meets all its seeds; that takes hours, and can be broken off: what was met is kept
in build/campaign.json and not met again, as long as the code is the same. `loop --minutes N` kills the real programs
under load instead. docs/campaign.md says what each part does.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from provisioning.county_init import CHECKOUT
from tests.campaign.part import Part
from tests.campaign.parts import PARTS
from tests.campaign.results import NoResults, PartResults, Results

OUT = Path("build/campaign.json")
KEEP_S = 10.0
CHUNK_SEEDS = 20
NICE = 10
JOBS_MAX = 256
Met = tuple[int, dict[str, int], str, float]
"""Seed, what happened how often, why it failed or "", seconds of processor time."""


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; returns 1 when a seed failed."""
    if arguments[:1] == ["loop"]:
        from tests.campaign.loop import main as loop  # noqa: PLC0415 - needs a whole stage of programs

        return loop(arguments[1:])
    asked = _parser().parse_args(arguments)
    os.nice(NICE)
    until_s = time.monotonic() + asked.seconds if asked.seconds else None
    try:
        results = Results(asked.out, code_version())
    except NoResults as refusal:
        print(f"campaign: {refusal}", file=sys.stderr)
        return 2
    failed = 0
    for part in PARTS:
        if not asked.part or part.name in asked.part:
            failed += _run_part(part, asked, results, until_s)
    print(f"campaign: the results are in {asked.out}")
    return 1 if failed else 0


def _run_part(part: Part, asked: argparse.Namespace, results: Results, until_s: float | None) -> int:
    """Run the seeds of a part that were not met before, and return how many failed."""
    met = results.part(part.name, part.target)
    seeds = asked.seeds or range(part.target)
    wanted = [seed for seed in seeds if asked.again or seed not in met.good]
    print(f"campaign: {part.name}: {part.about}; {len(wanted)} of {len(seeds)} seeds to run", flush=True)
    failed, kept_s, began_s = 0, time.monotonic(), time.monotonic()
    count = 0
    for seed, counts, failure, cpu_s in _met(part, wanted, asked.jobs, until_s):
        met.add(seed, counts, failure, cpu_s)
        count += 1
        if failure:
            failed += 1
            _tell(part, seed, failure)
        if failure or time.monotonic() - kept_s > KEEP_S:
            kept_s = time.monotonic()
            results.keep()
    results.keep()
    took_s = time.monotonic() - began_s
    print(_summary(part, met, count, failed, took_s), flush=True)
    return failed


def _met(part: Part, wanted: Sequence[int], jobs: int, until_s: float | None) -> Iterator[Met]:
    if jobs == 1:
        yield from _seeds_met(part, wanted, until_s)
        return
    chunks = (wanted[place : place + CHUNK_SEEDS] for place in range(0, len(wanted), CHUNK_SEEDS))
    with ProcessPoolExecutor(jobs) as pool:
        for chunk in pool.map(_chunk_met, ((part.name, tuple(chunk), until_s) for chunk in chunks)):
            yield from chunk


def _chunk_met(work: tuple[str, tuple[int, ...], float | None]) -> list[Met]:
    name, seeds, until_s = work
    part = next(each for each in PARTS if each.name == name)
    return list(_seeds_met(part, seeds, until_s))


def _seeds_met(part: Part, seeds: Iterable[int], until_s: float | None) -> Iterator[Met]:
    with part.ready() as run:
        for seed in seeds:
            if until_s is not None and time.monotonic() >= until_s:
                return
            began_s = time.process_time()
            try:
                counts, failure = dict(run(seed)), ""
            except Exception:
                counts, failure = {}, traceback.format_exc()
            yield seed, counts, failure, time.process_time() - began_s


def _tell(part: Part, seed: int, failure: str) -> None:
    print(failure, file=sys.stderr)
    print(f"campaign: {part.name}: seed {seed} FAILED", file=sys.stderr)
    print(
        f"campaign: repeat it with: python -m tests.campaign --part {part.name} --seeds {seed}:{seed + 1} --again",
        file=sys.stderr,
        flush=True,
    )


def _summary(part: Part, met: PartResults, count: int, failed: int, took_s: float) -> str:
    rate = f", {count / took_s:.1f} seeds/s" if count and took_s > 0 else ""
    here = f"{count} seeds now, {failed} of them failed{rate}"
    return f"campaign: {part.name}: {here}; in all {len(met.good)} of {part.target} good, {len(met.failed)} failed"


def code_version() -> str:
    """Return which code is tried: the commit, and whether something was changed since."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return told.stdout.strip() or "unknown"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tests.campaign", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [part.name for part in PARTS]
    parser.add_argument("--part", action="append", choices=names, help="only this part; may be given again")
    parser.add_argument("--seeds", type=_range, metavar="A:B", help="from A up to before B, instead of the target")
    parser.add_argument("--seconds", type=_seconds, help="begin no further seed after so long")
    parser.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="processes at once, 1 unless said")
    parser.add_argument("--again", action="store_true", help="also seeds that were good before")
    parser.add_argument("--out", type=Path, default=OUT)
    return parser


def _range(text: str) -> range:
    first, _, end = text.partition(":")
    if not (first.isdecimal() and end.isdecimal() and int(first) < int(end)):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 0:49")
    return range(int(first), int(end))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def _jobs(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) <= JOBS_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {JOBS_MAX}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
