"""Attacks and honest villages as parts of the campaign."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.campaign.attacks.attack import check
from tests.campaign.attacks.scene import honest_scene
from tests.campaign.attacks.table import ATTACKS as TABLE
from tests.campaign.part import Counts, Part, Run
from tests.campaign.village.tale import tell

RUNS = 500
"""Of each attack."""
HONEST_RUNS = 1_000


def attack(seed: int) -> Counts:
    """Run one attack: a seed is an attack, and how it is done. Raises OutcomeNotAsStated."""
    chosen = TABLE[seed % len(TABLE)]
    with honest_scene(seed, "attack") as scene:
        chosen.strike(scene)
        check(chosen, scene)
        return {chosen.name: 1}


@contextmanager
def _attacks() -> Iterator[Run]:
    yield attack


@contextmanager
def _honest() -> Iterator[Run]:
    def run(seed: int) -> Counts:
        return tell(seed, honest=True).counts

    yield run


ATTACKS = Part("attacks", "every attack of the threat model, with the outcome it states", RUNS * len(TABLE), _attacks)
HONEST = Part("honest", "villages in which nothing goes wrong, and nobody may be accused", HONEST_RUNS, _honest)
