"""Cards, levers and plugs in any order: a card is read once for one laying down, and every reading ends once.

The driver itself runs, on a clock that only waiting moves, beside the module of the simulator; the pty is left out.
"""

from __future__ import annotations

import random
import select
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from devices.id_reader.card import read_address, read_text
from devices.id_reader.driver import SamVReader
from devices.id_reader.events import CardRead, CardTrouble, ReadingEnded
from devices.id_reader.model import read_reader_model
from devices.line import LineGone, OwnLine
from devices.ports import Device, DeviceEvent, DeviceState, DeviceStatus, Reason
from devices.sim import bad_wire
from devices.sim.cards import CARDS
from devices.sim.sam_v import ReaderLevers, Said, SamV

LINE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flip_bits": bad_wire.flip_bits,
    "drop_bytes": bad_wire.drop_bytes,
    "half": lambda data, _: bad_wire.half(data),
}
LEVERS = sorted({*ReaderLevers.__struct_fields__, *LINE} - {"forgetful"})
"""Whether a reader finds a card again where it lies is its nature and does not change."""
FINE = sorted(set(CARDS) - {"disagreeing", "foreign_2023", "unreadable"})

Step = tuple[str, str]
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("lay"), st.sampled_from(sorted(CARDS))),
    st.tuples(st.just("take"), st.just("")),
    st.tuples(st.sampled_from(("pull", "push")), st.sampled_from(LEVERS)),
    st.tuples(st.sampled_from(("unplug", "plug", "brown_out", "begin", "begin", "end", "noise")), st.just("")),
)
SCRIPT = st.lists(st.tuples(st.floats(0.0, 3.0), STEPS), max_size=25)


@dataclass
class World(OwnLine):
    """One reader and whoever stands in front of it. `wait` is the only thing that lets time pass."""

    script: list[tuple[float, Step]]
    forgetful: bool = False
    now_s: float = 0.0
    events: list[DeviceEvent] = field(default_factory=list)
    is_plugged: bool = True
    begun: list[str] = field(default_factory=list)
    laid_when_read: list[tuple[int, int]] = field(default_factory=list)
    power_cuts: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(7)
        self.sam = SamV(self.rng)
        self.sam.pull(forgetful=self.forgetful)
        self.spoilers = dict.fromkeys(LINE, False)
        self.driver = SamVReader(read_reader_model("sam-v"), self.hear, lambda: self.now_s)
        at_s, self.steps = 0.5, []
        for pause_s, step in self.script:
            at_s += pause_s
            self.steps.append((at_s, step))
        self.end_s = at_s + 40.0
        self.arriving: list[tuple[float, bytes]] = []

    def hear(self, event: DeviceEvent) -> None:
        """Take an event, and remember which laying down a card that was read belongs to."""
        self.events.append(event)
        if isinstance(event, CardRead):
            self.laid_when_read.append((self.sam.reads[-1], self.power_cuts))

    def run(self) -> None:
        """Do what the hub does, until everything was tried and some time has passed."""
        while self.now_s < self.end_s:
            if self.is_plugged:
                try:
                    self.driver.attend(self, lambda: self.now_s >= self.end_s)
                except LineGone:
                    self.driver.without_line(DeviceState.ABSENT, Reason.UNPLUGGED)
            else:
                self.driver.without_line(DeviceState.ABSENT, Reason.NOT_CONNECTED)
                was_s = self.now_s
                while not self.is_plugged and self.now_s < was_s + 0.25:
                    self.pass_time(was_s + 0.25 - self.now_s)
        self.driver.without_line(DeviceState.ABSENT, Reason.STOPPED, ending=True)
        self.driver.doorbell.close()

    def pass_time(self, seconds: float, mailbox_fd: int | None = None) -> None:
        """Let time pass, at most until something arrives or was asked for."""
        until_s = self.now_s + seconds
        while True:
            if mailbox_fd is not None and select.select([mailbox_fd], [], [], 0)[0]:
                return
            if any(at_s <= self.now_s for at_s, _ in self.arriving):
                return
            moments = [at_s for at_s, _ in self.steps[:1]] + [at_s for at_s, _ in self.arriving]
            next_s = min([until_s, *moments])
            self.now_s = max(self.now_s, next_s)
            while self.steps and self.steps[0][0] <= self.now_s:
                self.do(*self.steps.pop(0)[1])
            if self.now_s >= until_s or not self.is_plugged:
                return

    def do(self, what: str, which: str) -> None:
        """Do one thing in front of the reader, or ask it for a card."""
        match what:
            case "lay":
                self.sam.lay(CARDS[which])
            case "take":
                self.sam.take_away()
            case "pull" | "push":
                if which in LINE:
                    self.spoilers = {**self.spoilers, which: what == "pull"}
                else:
                    self.sam.pull(**{which: what == "pull"})
            case "brown_out" | "unplug":
                self.sam.reset()
                self.power_cuts += 1
                self.arriving = []
                self.is_plugged = self.is_plugged and what == "brown_out"
            case "plug":
                self.is_plugged = True
            case "noise" if self.is_plugged:
                self.arriving.append((self.now_s, self.rng.randbytes(30)))
            case "begin":
                self.begun.append(f"r{len(self.begun)}")
                self.driver.begin(self.begun[-1], 20)
            case "end":
                self.driver.end(self.begun[-1] if self.begun else "r0")

    # --- the line, as the driver sees it

    byte_s = 0.0

    def wait(self, timeout_s: float, mailbox_fd: int | None = None) -> None:
        self.pass_time(max(timeout_s, 0.0), mailbox_fd)

    def read(self) -> bytes:
        if not self.is_plugged:
            raise LineGone("unplugged")
        arrived = b"".join(data for at_s, data in self.arriving if at_s <= self.now_s)
        self.arriving = [(at_s, data) for at_s, data in self.arriving if at_s > self.now_s]
        return arrived

    def write(self, data: bytes, timeout_s: float) -> int:
        del timeout_s
        if not self.is_plugged:
            raise LineGone("unplugged")
        self.arriving += [self._timed(said) for said in self.sam.hear(data)]
        return len(data)

    def _timed(self, said: Said) -> tuple[float, bytes]:
        data = said.data
        for name in (name for name, pulled in self.spoilers.items() if pulled):
            data = LINE[name](data, self.rng)
        return self.now_s + said.after_s + 0.005, data

    def unsent(self) -> int:
        return 0

    def discard(self) -> None:
        self.arriving = []

    def is_current(self) -> bool:
        return self.is_plugged

    def close(self) -> None:
        """Nothing is held."""


def played(script: list[tuple[float, Step]], *, forgetful: bool) -> World:
    """Return the world after `script`."""
    world = World(script, forgetful)
    world.run()
    return world


@settings(max_examples=60)
@given(SCRIPT, st.booleans())
@example([(0.0, ("lay", "citizen")), (0.0, ("begin", "")), (3.0, ("begin", ""))], True)
@example([(0.0, ("lay", "citizen")), (0.0, ("begin", "")), (2.0, ("brown_out", "")), (0.0, ("begin", ""))], False)
@example(
    [(0.0, ("lay", "citizen")), (0.0, ("begin", "")), (1.0, ("unplug", "")), (1.0, ("plug", "")), (1.0, ("begin", ""))],
    False,
)
def test_whatever_happens_every_reading_ends_once_and_no_card_is_read_twice(
    script: list[tuple[float, Step]], forgetful: bool
) -> None:
    world = played(script, forgetful=forgetful)
    endings = [event.reading_id for event in world.events if isinstance(event, CardRead | ReadingEnded)]
    assert sorted(endings) == sorted(world.begun)
    # One laying down gives one card. A reader that lost its power meanwhile has forgotten that it gave it away, and
    # nothing that it says tells whether the card left in between.
    assert len(set(world.laid_when_read)) == len(world.laid_when_read)
    for event in world.events:
        if isinstance(event, CardTrouble):
            assert event.reading_id in world.begun


@settings(max_examples=60)
@given(SCRIPT, st.booleans(), st.sampled_from(FINE))
def test_a_card_that_is_read_is_the_one_that_lay_there_whole_or_nothing(
    script: list[tuple[float, Step]], forgetful: bool, name: str
) -> None:
    known = {}
    for card in (CARDS[each] for each in FINE):
        address = read_address(card.newest_address)
        read = read_text(card.text)
        known[read.at(address) if address else read] = card
    laid = [which for _, (what, which) in script if what == "lay"]
    calm = [(0.0, ("push", lever)) for lever in LEVERS]
    ending = [*calm, (0.0, ("take", "")), (0.0, ("plug", "")), (9.0, ("begin", "")), (2.5, ("lay", name))]
    world = played([*script, *ending], forgetful=forgetful)
    read_cards = [event.card for event in world.events if isinstance(event, CardRead)]
    assert all(known[card] in [CARDS[each] for each in (*laid, name)] for card in read_cards)
    # After everything that can go wrong the next person's card is read as ever.
    last = world.events[max(at for at, event in enumerate(world.events) if isinstance(event, CardRead | ReadingEnded))]
    assert isinstance(last, CardRead), world.events
    assert known[last.card] is CARDS[name]


@settings(max_examples=40)
@given(SCRIPT, st.booleans())
def test_what_is_said_of_the_reader_is_what_is_so(script: list[tuple[float, Step]], forgetful: bool) -> None:
    world = played(script, forgetful=forgetful)
    statuses = [event for event in world.events if isinstance(event, DeviceStatus)]
    assert statuses[-1] == DeviceStatus(Device.ID_READER, DeviceState.ABSENT, Reason.STOPPED)
    before = next((each for each in reversed(statuses[:-1])), None)
    levers = world.sam.levers
    if world.is_plugged and before is not None and not levers.slow:  # slow is both: it answers, too late
        works = levers in _WORKS and not any(world.spoilers.values())
        assert (before.state is DeviceState.READY) == works, (before, levers)


_WORKS = [
    ReaderLevers(garbage=garbage, pull_away=pull_away, forgetful=forgetful)
    for garbage in (False, True)
    for pull_away in (False, True)
    for forgetful in (False, True)
]
