"""The parts of the campaign, in the order in which they are run. A new part gets its row here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.campaign.attacks.part import ATTACKS, HONEST
from tests.campaign.devices import DEVICES
from tests.campaign.fuzz.part import FUZZ
from tests.campaign.kills import KILLS, STOPS
from tests.campaign.part import Counts, Part, Run
from tests.campaign.power.part import POWER
from tests.campaign.village.tale import tell
from tests.campaign.wires.part import WIRES


@contextmanager
def _village() -> Iterator[Run]:
    def run(seed: int) -> Counts:
        return tell(seed).counts

    yield run


PARTS = (
    Part("village", "the whole village in one process, with everything that can go wrong", 10_000, _village),
    ATTACKS,
    HONEST,
    POWER,
    FUZZ,
    DEVICES,
    WIRES,
    KILLS,
    STOPS,
)
