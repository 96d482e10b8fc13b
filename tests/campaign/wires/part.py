"""The devices' wires as a part of the campaign: a seed is some thousand bytes for each that reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.campaign.part import Counts, Part, Run
from tests.campaign.wires.eater import feed_to
from tests.campaign.wires.table import EATERS

BYTES_A_SEED = 25_000
SEEDS = 400
"""Times `BYTES_A_SEED`: ten million bytes for each."""


def _seed(seed: int) -> Counts:
    told: Counter[str] = Counter()
    for eater in EATERS:
        told.update(feed_to(eater, seed, BYTES_A_SEED))
    return told


@contextmanager
def _ready() -> Iterator[Run]:
    yield _seed


WIRES = Part("wires", "ten million bytes into each that reads the bytes of a device", SEEDS, _ready)
