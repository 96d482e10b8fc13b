"""The devices as a part of the campaign: a seed is a run of the point's state machine, with all levers and plugs.

Threads and time take part, so the same seed makes the same moves, and not always the same outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import seed as seeded
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.campaign.part import Counts, Part, Run
from tests.devices.test_hub_machine import SETTINGS, PointMachine

STORIES, MOVES = 6, 60
"""The first story of a seed is always the shortest that there is."""


def play(seed: int) -> Counts:
    """Play one point through. Raises whatever the machine finds."""
    told: dict[str, int] = {}

    class Told(PointMachine):
        def teardown(self) -> None:
            super().teardown()
            for event in self.events:
                name = type(event).__name__
                told[name] = told.get(name, 0) + 1

    run_state_machine_as_test(
        seeded(seed)(Told), settings=settings(SETTINGS, max_examples=STORIES, stateful_step_count=MOVES, database=None)
    )
    return told


@contextmanager
def _points() -> Iterator[Run]:
    yield play


DEVICES = Part("devices", "printer and pad at a service point, with every lever, plug and bad line", 1_000, _points)
