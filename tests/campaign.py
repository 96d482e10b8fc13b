"""`python -m tests.campaign [--seconds N] [--seeds A:B]`: kill -9 of every process at every step of the main job.

One seed is one pair of process and step, killed at a moment that the seed draws; the program is started again, and the
main job must come to the same end, with no fact lost and none there twice. Seeds 0 to the number of pairs meet every
pair once; seeds beyond meet them again at other moments. What was done is kept in build/campaign.json, so that a
campaign that was broken off goes on where it ended, as long as the code is the same.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.county_init import CHECKOUT
from sync.durable import replace_file
from sync.model.facts import Kind
from tests.village.attendant import Death
from tests.village.ends import Ends, check_equal, check_once
from tests.village.scene import Scene, set_up
from tests.village.story import Blow, Story, check_end
from tests.village.window import at_the_window

OUT = Path("build/campaign.json")
KEPT = Path("build/campaign")
LOOKS_MAX = 30
"""How often somebody looks for what they wait for, before the kill: of 0.05 s each."""
AFTER_S_MAX = 0.6
"""From the agent's touch to the kill of the kiosk."""
TURNS = 24
"""So many turns the main job takes at the window at least."""
_FROM_LINE_UP = ("line_up", "accept", "ask_for_paper", "bring_paper", "approve", "hand_over", "close")
ACTS = {
    "gateway": _FROM_LINE_UP,
    "county": ("take_in", "rate", *_FROM_LINE_UP),
    "sync": ("take_in", "rate", *_FROM_LINE_UP),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A process and the step in which it is killed: an act of the story, or a turn at the window for the kiosk."""

    process: str
    step: str

    def __str__(self) -> str:
        return f"{self.process} in {self.step}"


PAIRS = (
    *(Pair(process, act) for process, acts in ACTS.items() for act in acts),
    *(Pair("kiosk", f"turn {turn}") for turn in range(1, TURNS + 1)),
)


@dataclass
class Campaign:
    """Runs seeds and keeps what came of them in a file."""

    out: Path
    made: Path
    code: str
    results: dict[int, dict[str, object]] = field(default_factory=dict)

    def resume(self) -> None:
        """Take over what was done with the same code."""
        try:
            held = json.loads(self.out.read_text("utf-8"))
        except (OSError, ValueError):
            return
        if held.get("code") == self.code:
            self.results = {int(seed): result for seed, result in held["seeds"].items()}

    def is_done(self, seed: int) -> bool:
        """Whether a seed has come to the right end before."""
        return self.results.get(seed, {}).get("ok") is True

    def run(self, seed: int) -> bool:
        """Run one seed and say how it ended."""
        pair = PAIRS[seed % len(PAIRS)]
        rng = random.Random(seed)
        began_s = time.monotonic()
        directory = KEPT / f"seed-{seed}"
        shutil.rmtree(directory, ignore_errors=True)
        failure = ""
        try:
            if pair.process == "kiosk":
                at_the_glass(self.made, directory, Death(int(pair.step.split()[1]), rng.uniform(0, AFTER_S_MAX)))
            else:
                through_the_pipe(self.made, directory, Blow(pair.process, pair.step, rng.randrange(LOOKS_MAX)))
        except Exception:
            failure = traceback.format_exc()
        else:
            shutil.rmtree(directory)
        took_s = time.monotonic() - began_s
        self.results[seed] = {"pair": str(pair), "ok": not failure, "seconds": round(took_s, 1), "failure": failure}
        self._keep()
        print(f"campaign: seed {seed}, {pair}: {'FAILED' if failure else 'same end'} ({took_s:.0f} s)", flush=True)
        if failure:
            print(failure, file=sys.stderr)
            print(f"campaign: repeat it with: python -m tests.campaign --seeds {seed}:{seed + 1}", file=sys.stderr)
            print(f"campaign: what it left is in {directory}", file=sys.stderr)
        return not failure

    def _keep(self) -> None:
        self.out.parent.mkdir(parents=True, exist_ok=True)
        met = {result["pair"] for result in self.results.values() if result["ok"]}
        held = {
            "code": self.code,
            "pairs": len(PAIRS),
            "pairs_met": len(met),
            "failed": sorted(seed for seed, result in self.results.items() if not result["ok"]),
            "seeds": {str(seed): self.results[seed] for seed in sorted(self.results)},
        }
        replace_file(self.out, json.dumps(held, ensure_ascii=False, indent=2).encode() + b"\n", mode=0o644)


def through_the_pipe(made: Path, directory: Path, blow: Blow) -> None:
    """The whole story without a window; the kiosk lives, another program dies."""
    scene = Scene.copied(made, directory)
    try:
        scene.start("simulators", "county", "sync")
        story = Story(scene)
        story.tell(blow)
        check_end(Ends(scene.stage), story.case_no)
    finally:
        scene.close()


def at_the_glass(made: Path, directory: Path, death: Death) -> None:
    """The whole main job at the real window; the kiosk dies under the agent's hands."""
    with at_the_window(made, directory, death) as attendant:
        for goal in (
            attendant.take_in,
            attendant.rate,
            attendant.line_up,
            attendant.county_asks,
            attendant.bring_paper,
            attendant.county_approves,
            attendant.hand_over,
            attendant.county_closes,
            attendant.until_all_is_told,
        ):
            goal()
        ends, number = attendant.ends, attendant.case_no
        assert attendant.death is None, f"the kiosk was never killed: {attendant.turns}"
        check_equal(ends)
        check_once(ends, number, Kind.CASE_TAKEN_IN, Kind.SUPPLEMENT_RECEIVED, Kind.RESULT_DELIVERED)
        assert ends.status_at_desk(number) == ends.status_at_county(number) == "closed"


def main() -> int:
    """Run the seeds that are asked for; returns 1 when one came to another end."""
    parser = argparse.ArgumentParser(prog="tests.campaign", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=_range, default=range(len(PAIRS)), metavar="A:B", help="from A up to before B")
    parser.add_argument("--seconds", type=float, help="begin no further seed after so long")
    parser.add_argument("--again", action="store_true", help="also those that came to the right end before")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sunpoint-campaign-") as name:
        campaign = Campaign(asked.out, Path(name) / "stage", code_version())
        campaign.resume()
        wanted = [seed for seed in asked.seeds if asked.again or not campaign.is_done(seed)]
        print(f"campaign: {len(wanted)} of {len(asked.seeds)} seeds to run, {len(PAIRS)} pairs in all", flush=True)
        if wanted:
            set_up(campaign.made)
        failed = 0
        for seed in wanted:
            if asked.seconds is not None and time.monotonic() - began_s > asked.seconds:
                break
            failed += not campaign.run(seed)
    done = sum(campaign.is_done(seed) for seed in asked.seeds)
    print(f"campaign: {done} of {len(asked.seeds)} seeds came to the same end, {failed} did not; see {asked.out}")
    return 1 if failed else 0


def code_version() -> str:
    """Return which code is tried: the commit, and whether something was changed since."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return told.stdout.strip() or "unknown"


def _range(text: str) -> range:
    first, _, end = text.partition(":")
    if not (first.isdecimal() and end.isdecimal() and int(first) < int(end)):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 0:49")
    return range(int(first), int(end))


if __name__ == "__main__":
    sys.exit(main())
