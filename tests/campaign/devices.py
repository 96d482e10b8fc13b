"""The devices as a part of the campaign: a seed is a run of a state machine, with all levers, plugs and bad lines.

Seeds go round the machines: the whole point, and each device alone. Threads and time take part, so the same seed makes
the same moves, and not always the same outcome.
"""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import seed as seeded
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.campaign.part import Counts, Part, Run
from tests.devices.point.machines import MACHINES
from tests.devices.point.point import SETTINGS

STORIES, MOVES = 3, 40
"""The first story of a seed is always the shortest that there is."""
GROWTH_BYTES_MAX = 64 * 1024 * 1024
"""So much more memory than after its first seed a run may have after any other."""


class MemoryGrows(AssertionError):
    """The devices hold more and more memory."""


def play(seed: int) -> Counts:
    """Play one machine through. Raises whatever it finds."""
    told: Counter[str] = Counter()
    name = list(MACHINES)[seed % len(MACHINES)]

    machine = MACHINES[name]

    class Told(machine):  # type: ignore[misc,valid-type]  # one of several
        def teardown(self) -> None:
            super().teardown()
            told.update(self.told)
            told[f"stories: {name}"] += 1

    run_state_machine_as_test(
        seeded(seed)(Told), settings=settings(SETTINGS, max_examples=STORIES, stateful_step_count=MOVES, database=None)
    )
    return told


@contextmanager
def _points() -> Iterator[Run]:
    first_bytes: dict[str, int] = {}

    def run(seed: int) -> Counts:
        told = play(seed)
        now_bytes = _memory_bytes()
        grown = now_bytes - first_bytes.setdefault("after the first seed", now_bytes)
        if grown > GROWTH_BYTES_MAX:
            raise MemoryGrows(f"{grown} bytes more than after the first seed")
        return told

    yield run


def _memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


DEVICES = Part("devices", "all devices of a point, with every lever, plug and bad line in any order", 1_000, _points)
