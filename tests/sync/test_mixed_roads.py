"""Line and stick in any mixture and order, with everything going wrong that can: the same end, no false alarm.

Nothing is lost, nothing is there twice, nothing is claimed that is not so. A failure names its seed.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sync.bundle.envelope import BundleRefused
from sync.bundle.stick import StickFailed
from sync.client.line import LineFailed
from sync.client.stick_road import NothingForUs
from tests.sync.two_roads import TwoRoads
from tests.sync.village import INVITED, TAKEN_IN, write

SEEDS = range(24)
STEPS = 60


class Days:
    """What happens to one village in some days, by a seed: every step is one of its methods."""

    def __init__(self, roads: TwoRoads, seed: int) -> None:
        self._roads = roads
        self._chance = random.Random(seed)
        self._on_the_way_up: list[bytes] = []
        self._on_the_way_down: list[bytes] = []
        self._acknowledged = 0
        self._told: list[str] = []

    def step(self) -> None:
        """Let one thing happen."""
        happening = self._chance.choice(
            [self.work, self.work, self.line, self.line, self.cut_line, self.export, self.export,
             self.carry, self.carry, self.bring, self.bring, self.county, self.damage, self.kill_sync, self.pull_out,
             self.time]
        )  # fmt: skip
        self._told.append(happening.__name__)
        happening()
        acknowledged = self._roads.terminal.acknowledged_seq
        assert acknowledged >= self._acknowledged, f"an acknowledgement was taken back after {self._told}"
        assert acknowledged <= len(self._roads.gateway.stored(self._roads.terminal.journal.chain)), "claimed and not so"
        self._acknowledged = acknowledged

    def work(self) -> None:
        write(self._roads.terminal.journal, *[self._chance.choice([TAKEN_IN, INVITED])] * self._chance.randint(1, 20))

    def time(self) -> None:
        self._roads.clock.advance(self._chance.choice([500, 61_000, 3_600_000]))

    def line(self) -> None:
        assert self._roads.terminal.round() is None, f"a false alarm after {self._told}"

    def cut_line(self) -> None:
        self._roads.line.cut_at = self._chance.randint(0, 6_000)
        self._roads.terminal.round()
        self._roads.line.cut_at = None

    def county(self) -> None:
        roads = self._roads
        roads.gateway.county_writes(roads.village.county_records(self._chance.randint(1, 6), after=roads.county_link()))

    def export(self) -> None:
        self._clear()
        if self._roads.terminal.journal.head().seq:
            bytes_max = self._chance.choice([1 << 24, (1 << 20) + 3_000])
            self._roads.terminal.road.export(self._roads.stick, bytes_max)
            self._on_the_way_up.append(self._roads.terminal.up_file(self._roads.stick).read_bytes())

    def pull_out(self) -> None:
        """The stick goes while it is written: what was on it before is what is carried."""
        self._clear()
        with pytest.raises((StickFailed, NothingForUs, LineFailed)):
            self._roads.terminal.road.export(self._roads.stick / "gone")

    def carry(self) -> None:
        """Any of the sticks that were ever written reaches the township, also again."""
        if self._on_the_way_up:
            answered = self._roads.gateway.carry(self._chance.choice(self._on_the_way_up))
            assert answered.down is not None
            with answered.down as down:
                self._on_the_way_down.append(down.read())

    def bring(self) -> None:
        """Any of the answers that were ever given comes back, also again, also two on one stick."""
        self._clear()
        if self._on_the_way_down:
            for number in range(self._chance.randint(1, 2)):
                answer = self._chance.choice(self._on_the_way_down)
                (self._roads.stick / f"sunpoint-down ({number}).sun").write_bytes(answer)
            brought = self._roads.terminal.road.take(self._roads.stick)
            assert brought.fault is None, f"{brought.fault} after {self._told}"

    def damage(self) -> None:
        self._clear()
        for bundles, take in ((self._on_the_way_up, self._carry_this), (self._on_the_way_down, self._bring_this)):
            if bundles:
                damaged = bytearray(self._chance.choice(bundles))
                damaged[self._chance.randrange(len(damaged))] ^= 1 << self._chance.randrange(8)
                with pytest.raises((BundleRefused, NothingForUs)):
                    take(bytes(damaged))

    def _carry_this(self, bundle: bytes) -> None:
        self._roads.gateway.carry(bundle)

    def _bring_this(self, bundle: bytes) -> None:
        (self._roads.stick / "damaged.sun").write_bytes(bundle)
        self._roads.terminal.road.take(self._roads.stick)

    def kill_sync(self) -> None:
        self._roads.terminal.stop()
        self._roads.terminal.start()

    def _clear(self) -> None:
        for file in self._roads.stick.iterdir():
            file.unlink()

    def end(self) -> None:
        """At last one of the roads works, whichever."""
        self._roads.clock.advance(61_000)
        if self._chance.random() < 0.5:
            self.line()
        else:
            for _ in range(40):
                self._clear()
                written = self._roads.terminal.road.export(self._roads.stick)
                self._roads.bring_back(
                    self._roads.gateway.carry(self._roads.terminal.up_file(self._roads.stick).read_bytes())
                )
                assert self._roads.terminal.road.take(self._roads.stick).fault is None
                if not written.first_seq:
                    break


@pytest.mark.parametrize("seed", SEEDS)
def test_both_roads_in_any_mixture_end_alike(tmp_path: Path, seed: int) -> None:
    with TwoRoads(tmp_path / "village") as roads:
        days = Days(roads, seed)
        write(roads.terminal.journal, TAKEN_IN)
        for _ in range(STEPS):
            days.step()
        days.end()
        journal = roads.terminal.journal
        written = [each.hash for each in journal.read(0, 100_000)]
        assert [each.hash for each in roads.gateway.stored(journal.chain)] == written
        assert roads.terminal.acknowledged_seq == len(written)
        admitted = [each.hash for one in roads.gateway.store.admitted_after(0, 1 << 30) for each in one.records]
        assert len(admitted) == len(set(admitted)), "something was admitted twice"
        assert roads.terminal.transport.inbox_link() == roads.county_link()
        assert roads.gateway.store.forks() == []
        assert roads.terminal.transport.log_forks() == []
