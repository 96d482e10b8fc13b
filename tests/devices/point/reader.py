"""The reader of identity cards at a service point: cards laid down and taken away, readings begun at any moment."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from msgspec.structs import replace

from devices.config import DevicesConfig
from devices.id_reader.card import IdCard, read_address, read_text
from devices.id_reader.events import CardRead, CardTrouble, ReadingEnd, ReadingEnded
from devices.ports import Device, DeviceEvent, DeviceState, ReadingNotPossible
from devices.sim.cards import CARDS, SimulatedCard
from devices.sim.id_reader import SimulatedIdReader, levers_of
from devices.sim.noisy_port import NoisyPort
from devices.sim.sam_v import ReaderLevers
from tests.devices.point.point import PAUSES_S, TRIES, Point

LEVERS = sorted({*ReaderLevers.__struct_fields__, "unplug"} - {"forgetful"})
"""Whether a reader finds a card again where it lies is its nature, drawn when it is fitted."""
UNREADABLE = {"disagreeing", "foreign_2023", "unreadable"}


def read(card: SimulatedCard) -> IdCard:
    """Return what a card says."""
    address = read_address(card.newest_address)
    return read_text(card.text).at(address) if address else read_text(card.text)


KNOWN: Mapping[str, IdCard] = {name: read(card) for name, card in CARDS.items() if name not in UNREADABLE}


@dataclass
class Laying:
    """A card that lies on the reader, or lay there until some time of the clock; it may be read so often."""

    name: str
    until_s: float | None = None
    may_be_read: int = 1


class ReaderActs(Point):
    """Readings, cards and power."""

    def fit(self) -> dict[str, Any]:
        port = NoisyPort(self.folder / "reader", seed=8)
        self.reader = SimulatedIdReader(port, random.Random(self.chance.random()), time.monotonic)
        self.is_forgetful = self.chance.random() < 0.5
        self.reader.pull(forgetful=self.is_forgetful)
        self.lines["reader"] = port
        self.simulated.append(self.reader)
        self.readings = 0
        self.wait_s: dict[str, float] = {}
        self.withdrawn_readings: set[str] = set()
        self.card_troubles: list[CardTrouble] = []
        self.layings: list[Laying] = []
        self.lies: Laying | None = None
        return super().fit() | {"reader": {"model": "sam-v", "path": "reader"}}

    def fitted(self, config: DevicesConfig) -> DevicesConfig:
        config = super().fitted(config)
        assert config.reader is not None
        model = replace(config.reader.model, poll_ms=20, answer_ms=120, read_ms=400)
        return replace(config, reader=replace(config.reader, model=model))

    def troubles(self) -> Iterable[str]:
        yield from super().troubles()
        for name, pulled in levers_of(self.reader.face()).items():
            if pulled and name != "forgetful":
                yield f"reader.{name}"

    # What happens to it

    @rule(wait_s=st.sampled_from([1.0, 1.0, 5.0]), pause_s=PAUSES_S)
    def the_desk_reads_a_card(self, wait_s: float, pause_s: float) -> None:
        self.begin_reading(wait_s)
        time.sleep(pause_s)

    def begin_reading(self, wait_s: float) -> str | None:
        """Begin a reading; return its id."""
        self.readings += 1
        reading_id = f"reading{self.readings}"
        self.wait_s[reading_id] = wait_s
        began = self.begin(reading_id, lambda: self.hub.reader.begin(reading_id, wait_s), ReadingNotPossible)
        return reading_id if began else None

    @precondition(lambda self: self.readings)
    @rule()
    def the_desk_ends_the_reading(self) -> None:
        self.withdrawn_readings.add(f"reading{self.readings}")
        self.hub.reader.end(f"reading{self.readings}")

    @rule(name=st.sampled_from(sorted(CARDS)), pause_s=PAUSES_S)
    def somebody_lays_a_card_down(self, name: str, pause_s: float) -> None:
        self.lay(name)
        time.sleep(pause_s)

    @rule(name=st.sampled_from(sorted(KNOWN)))
    def the_desk_reads_twice_while_a_card_lies_there(self, name: str) -> None:
        """Nobody takes it away, and the desk reads twice."""
        for _ in range(2):
            self.begin_reading(5.0)
            time.sleep(0.1)
            if self.lies is None or self.lies.name != name:
                self.lay(name)
            time.sleep(0.3)

    def lay(self, name: str) -> None:
        """Lay a card down in place of any other."""
        self.note_taken()
        self.lies = Laying(name)
        self.layings.append(self.lies)
        self.reader.lay(name)

    @rule(pause_s=PAUSES_S)
    def somebody_takes_the_card_away(self, pause_s: float) -> None:
        self.take_away()
        time.sleep(pause_s)

    def take_away(self) -> None:
        """Take the card away."""
        self.reader.take_away()
        self.note_taken()

    def note_taken(self) -> None:
        """Remember until when the card that lies there has lain there."""
        if self.lies is not None:
            self.lies.until_s = time.monotonic()
            self.lies = None

    @rule(pause_s=PAUSES_S)
    def the_reader_loses_its_power_for_a_moment(self, pause_s: float) -> None:
        self.note_power_cut()
        self.reader.brown_out()
        time.sleep(pause_s)

    @rule(lever=st.sampled_from(LEVERS), on=st.booleans(), pause_s=PAUSES_S)
    def a_lever_of_the_reader_is_pulled(self, lever: str, on: bool, pause_s: float) -> None:
        if lever == "unplug" and on:
            self.note_power_cut()
        self.reader.pull(**{lever: on})
        self.pause(pause_s)

    # What must hold

    def hear(self, event: DeviceEvent) -> None:
        super().hear(event)
        if isinstance(event, CardTrouble):
            assert event.reading_id in self.begun, f"{event} belongs to no reading"
            assert event.reading_id not in self.ended, f"{event} comes after its reading has ended"
            self.card_troubles.append(event)
        elif isinstance(event, ReadingEnded):
            self.told[f"reading ended: {event.reason.value}"] += 1
            self.reading_ended_for_a_reason(event)
        elif isinstance(event, CardRead):
            self.account_for_card(event)

    def reading_ended_for_a_reason(self, ended: ReadingEnded) -> None:
        """Hold the reason why a reading ended against what the desk has done with it."""
        reading_id = ended.reading_id
        is_so = {
            ReadingEnd.CLOSED: reading_id in self.withdrawn_readings,
            ReadingEnd.REPLACED: reading_id != f"reading{self.readings}",
            ReadingEnd.TIMED_OUT: self.lasted_s(reading_id) >= self.wait_s[reading_id] * 0.99,
        }
        assert is_so.get(ended.reason, True), f"{ended} after {self.lasted_s(reading_id):.2f} s"

    def account_for_card(self, card_read: CardRead) -> None:
        """Find the card: it lay there in the time of its reading, and one laying down is read once.

        A reader that lost its power meanwhile has forgotten that it gave the card away.
        """
        began_s = self.begun[card_read.reading_id]
        for laying in self.layings:
            lay_there = laying.until_s is None or laying.until_s >= began_s
            if lay_there and laying.may_be_read > 0 and KNOWN.get(laying.name) == card_read.card:
                laying.may_be_read -= 1
                return
        raise AssertionError(f"{card_read.reading_id} read a card that did not lie there, or for the second time")

    def note_power_cut(self) -> None:
        """Know that the reader does not know any more whether it gave away the card that lies there."""
        if self.lies is not None:
            self.lies.may_be_read += 1

    def mend(self) -> None:
        super().mend()
        self.reader.pull(unplug=False, **dict.fromkeys(ReaderLevers.__struct_fields__, False))
        self.reader.pull(forgetful=self.is_forgetful)
        self.take_away()

    def work(self) -> None:
        super().work()
        self.until(lambda: self.state(Device.ID_READER) is DeviceState.READY, "the reader is never ready")
        self.work_well(self.read_well)

    def read_well(self) -> str:
        """Read a card as a mended reader has to; whoever is told to takes it away and lays it down again."""
        reading_id = self.begin_reading(5.0)
        if reading_id is None:
            return "no reading is begun"
        name = self.chance.choice(sorted(KNOWN))
        for _ in range(TRIES):
            self.take_away()
            time.sleep(0.1)  # the desk asks, and then the card is laid down
            told = len(self.card_troubles)
            self.lay(name)
            self.until(
                lambda told=told: reading_id in self.ended or len(self.card_troubles) > told,  # type: ignore[misc]  # bound here
                "nothing is said of a card",
            )
            if reading_id in self.ended:
                break
        ended = self.ending(reading_id)
        self.take_away()
        if not isinstance(ended, CardRead):
            return str(ended)
        assert ended.card == KNOWN[name], "a mended reader has read another card"
        return ""

    def use_after_the_end(self) -> None:
        super().use_after_the_end()
        self.lay("citizen")
        assert self.begin_reading(1.0) is None, "a reading was begun after the end"
