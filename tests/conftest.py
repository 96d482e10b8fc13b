"""What all tests share: one seed for everything drawn at random, printed so that a failure can be repeated."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, settings

# Two busy cores: no example is too slow, and what failed is printed so that it can be pasted back.
settings.register_profile(
    "sunpoint", deadline=None, print_blob=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("sunpoint")

SEED = int(os.environ.get("SUNPOINT_SEED") or random.SystemRandom().getrandbits(32))
# The worker processes of a run draw from the same seed.
os.environ["SUNPOINT_SEED"] = str(SEED)


def pytest_report_header() -> str:
    """Name the seed at the top of every run."""
    return f"SUNPOINT_SEED={SEED}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, the programs of a whole village, so that all workers end together."""
    items.sort(key=lambda item: "village" not in item.path.parts)


@pytest.fixture
def seed() -> int:
    """The run's seed; the same one gives the same draws."""
    return SEED


@pytest.fixture
def rng(seed: int, request: pytest.FixtureRequest) -> random.Random:
    """A source of randomness of the test's own, which depends on the seed and the test's name only."""
    return random.Random(f"{seed}:{request.node.nodeid}")
