"""Real processes, killed (kill -9) or stopped for a while (SIGSTOP) at every step of the main job.

One seed is one pair of process and step, struck at a moment that the seed draws; a killed program is started again,
and the main job must come to the same end, with no fact lost and none there twice. Seeds 0 to the number of pairs meet
every pair once; seeds beyond meet them again at other moments.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from sync.model.facts import Kind
from tests.campaign.part import Counts, Part, Run
from tests.village.attendant import Death
from tests.village.ends import Ends, check_equal, check_once
from tests.village.scene import Scene, set_up
from tests.village.story import Blow, Story, check_end
from tests.village.window import at_the_window

KEPT = Path("build/campaign")
"""Where a failed seed leaves its files."""
LOOKS_MAX = 30
"""How often somebody looks for what they wait for, before the kill: of 0.05 s each."""
AFTER_S_MAX = 0.6
"""From the agent's touch to the kill of the kiosk."""
FROZEN_S = (0.5, 3.0, 12.0)
TURNS = 24
"""So many turns the main job takes at the window at least."""
_FROM_LINE_UP = ("line_up", "accept", "ask_for_paper", "bring_paper", "approve", "hand_over", "close")
ACTS = {
    "gateway": _FROM_LINE_UP,
    "county": ("take_in", "rate", *_FROM_LINE_UP),
    "sync": ("take_in", "rate", *_FROM_LINE_UP),
}


class Pair(Struct, frozen=True):
    """A process and the step in which it is struck: an act of the story, or a turn at the window for the kiosk."""

    process: str
    step: str

    def __str__(self) -> str:
        return f"{self.process} in {self.step}"


BLOWS = tuple(Pair(process, act) for process, acts in ACTS.items() for act in acts)
PAIRS = (*BLOWS, *(Pair("kiosk", f"turn {turn}") for turn in range(1, TURNS + 1)))


def through_the_pipe(made: Path, directory: Path, blow: Blow) -> None:
    """The whole story without a window; the kiosk lives, another program is struck."""
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


def kill(made: Path, seed: int) -> Counts:
    """Kill one process in one step."""
    pair = PAIRS[seed % len(PAIRS)]
    rng = random.Random(seed)
    with _kept_if_failed(f"kill-{seed}") as directory:
        if pair.process == "kiosk":
            at_the_glass(made, directory, Death(int(pair.step.split()[1]), rng.uniform(0, AFTER_S_MAX)))
        else:
            through_the_pipe(made, directory, Blow(pair.process, pair.step, rng.randrange(LOOKS_MAX)))
    return {str(pair): 1}


def stop(made: Path, seed: int) -> Counts:
    """Stop one process for a while in one step."""
    pair = BLOWS[seed % len(BLOWS)]
    rng = random.Random(f"stop {seed}")
    blow = Blow(pair.process, pair.step, rng.randrange(LOOKS_MAX), rng.choice(FROZEN_S))
    with _kept_if_failed(f"stop-{seed}") as directory:
        through_the_pipe(made, directory, blow)
    return {str(pair): 1}


@contextmanager
def _kept_if_failed(name: str) -> Iterator[Path]:
    directory = KEPT / name
    shutil.rmtree(directory, ignore_errors=True)
    yield directory
    shutil.rmtree(directory)


@contextmanager
def _made() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sunpoint-campaign-") as name:
        made = Path(name) / "stage"
        set_up(made)
        yield made


@contextmanager
def _kills() -> Iterator[Run]:
    with _made() as made:
        yield lambda seed: kill(made, seed)


@contextmanager
def _stops() -> Iterator[Run]:
    with _made() as made:
        yield lambda seed: stop(made, seed)


KILLS = Part("kills", "kill -9 of every process at every step of the main job", len(PAIRS), _kills)
STOPS = Part("stops", "SIGSTOP of gateway, county and sync process at every step of the main job", len(BLOWS), _stops)
