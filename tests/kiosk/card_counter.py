"""A counter with a reader of identity cards, at the form of an item."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from devices.config import parse_devices
from devices.ports import Device, DeviceState
from devices.sim.id_reader import SimulatedIdReader
from devices.sim.pty_port import PtyPort
from kiosk.intents import Next
from kiosk.pages import Fields, FieldView
from sync.model.facts import CaseTakenIn
from sync.model.profile import Cards
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CHOOSE_ELDER_ALLOWANCE,
    SIGN_IN,
)
from tests.kiosk.point import AtThePoint, Point, demo_packs

TO_THE_FORM = (*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next())


@dataclass
class Counter(AtThePoint):
    """A point with a reader of identity cards that looks often."""

    point: Point
    reader: SimulatedIdReader

    def hears(self, words: str) -> None:
        """Wait for a sentence on the page."""
        self.until(lambda: any(words in each for each in self.point.notices), words)

    def lay(self, card: str) -> None:
        """Lay a card down and wait until it is read."""
        self.reader.lay(card)
        self.hears("身份证读好了")

    def field(self, code: str) -> FieldView:
        """A question as it stands."""
        blocks = [block for block in self.point.page.blocks if isinstance(block, Fields)]
        return next(field for block in blocks for field in block.fields if field.field == code)

    def taken_in(self) -> CaseTakenIn:
        """The newest case, as it was written down."""
        story = self.point.desk.story(self.point.session.case_no or "")
        return next(fact for _, fact in story if isinstance(fact, CaseTakenIn))


def opened(tmp_path: Path, *, expired_days_max: int = 0) -> Counter:
    """Open a point whose reader is ready."""
    reader = SimulatedIdReader(PtyPort(tmp_path / "reader"), random.Random(1), time.monotonic)
    reader.start()
    config = parse_devices({"reader": {"model": "sam-v", "path": "reader"}}, tmp_path)
    assert config.reader is not None
    model = replace(config.reader.model, poll_ms=20, answer_ms=100, read_ms=400)
    packs = demo_packs()
    profile = replace(packs.profile, cards=Cards(expired_days_max))
    point = Point(
        tmp_path / "point",
        replace(config, reader=replace(config.reader, model=model)),
        packs=replace(packs, profile=profile),
        monotonic_s=time.monotonic,
    )
    made = Counter(point, reader)
    made.until(lambda: point.hub.statuses()[Device.ID_READER].state is DeviceState.READY, "the reader")
    return made
