"""kill -9 of a program in the middle of the main job, and its start again: same end, no fact lost or twice."""

from __future__ import annotations

import random

from tests.village.ends import Ends
from tests.village.scene import Scene
from tests.village.story import Blow, Story, check_end

LOOKS_MAX = 25
"""Of `LOOK_S` each: somewhere within the time that an answer takes to come."""
ACTS = {
    "gateway": ("line_up", "accept", "ask_for_paper", "bring_paper", "approve", "hand_over", "close"),
    "county": ("line_up", "accept", "ask_for_paper", "bring_paper", "approve", "hand_over", "close"),
    "sync": ("take_in", "line_up", "accept", "ask_for_paper", "bring_paper", "approve", "hand_over", "close"),
}


def test_gateway_county_and_sync_process_killed_or_stopped_at_some_step_change_nothing(
    scene: Scene, rng: random.Random
) -> None:
    blows = [Blow(name, rng.choice(acts), rng.randrange(LOOKS_MAX)) for name, acts in ACTS.items()]
    print(f"killed: {blows}")
    frozen = rng.choice(sorted(ACTS))
    blows.append(Blow(frozen, rng.choice(ACTS[frozen]), rng.randrange(LOOKS_MAX), frozen_s=2.0))
    print(f"stopped for a while: {blows[-1]}")
    scene.start("simulators", "county", "sync")
    story = Story(scene)
    story.tell(*blows)
    check_end(Ends(scene.stage), story.case_no)
