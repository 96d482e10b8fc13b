"""A hub, its devices and the kiosk that listens to them: what is promised of every device, whatever happens to it."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any, Protocol

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from devices.config import DevicesConfig, parse_devices
from devices.hub import EVENTS_MAX, Hub
from devices.ports import Device, DeviceEvent, DeviceState, DeviceStatus, Reason, ended_by
from devices.printer.dialogue import Patience
from devices.sim.noisy_port import LineLevers, NoisyLine
from tests.devices.bench import FONT, PATIENCE_S, NeverHappened
from tests.devices.point.haste import make_haste
from tests.devices.point.possessions import Possessions
from tests.devices.point.state_order import breach

HASTY = Patience(answer_s=0.15, stall_s=0.2, finish_s=0.3, poll_s=0.05)
PAUSES_S = st.sampled_from([0.0, 0.0, 0.02, 0.1, 0.3])
LINE_LEVERS = sorted(name for name in LineLevers.__struct_fields__ if isinstance(getattr(LineLevers(), name), bool))
LINGERS_S = 2.0
"""So long what was spoilt on its way may still arrive after the lever is back."""
SETTLE_S = 0.4
"""What is on its way over the slowest line has come by then, and a device that was heard wrongly is asked again."""
TRIES = 3
CLOSING_S_MAX = 6.0
MOVES_UNTIL_MENDED = 8


class Simulated(Protocol):
    """A simulated device, as far as all of them are the same."""

    def start(self) -> None:
        """Plug in and switch on."""

    def close(self) -> None:
        """Switch off and unplug."""


class Log(logging.Handler):
    """Keeps what the devices' code has to complain of, and endings that nobody was owed."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.complaints: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.levelno >= logging.WARNING or "not owed" in said:
            self.complaints.append(f"{said} {record.exc_info or ''}")


class Point(RuleBasedStateMachine):
    """What all devices have in common. A device's own rules are added by inheriting from its class as well.

    Each such class says what is fitted (`fit`), hears its own events (`hear`), can mend what it has broken (`mend`)
    and then have its device do one good piece of work (`work`).
    """

    def __init__(self) -> None:
        super().__init__()
        self.before = Possessions.now()
        self.haste = make_haste()
        self.log, self.crashes = Log(), list[str]()
        self.logger = logging.getLogger("devices")
        self.level_before, self.hook_before = self.logger.level, threading.excepthook
        self.logger.setLevel(logging.INFO)
        self.logger.addHandler(self.log)
        threading.excepthook = lambda crash: self.crashes.append(repr(crash.exc_value))
        self.tempfolder = tempfile.TemporaryDirectory()
        self.folder = Path(self.tempfolder.name)
        self.lines: dict[str, NoisyLine] = {}
        self.simulated: list[Simulated] = []
        self.begun: dict[str, float] = {}
        self.ended: dict[str, DeviceEvent] = {}
        self.statuses: dict[Device, DeviceStatus] = {}
        self.seen_s: dict[str, float] = {}
        self.told: Counter[str] = Counter()
        self.deaf_moves = self.moves = 0
        self.hub: Hub
        self.is_open, self.is_well = False, True

    # What each device adds

    def fit(self) -> dict[str, Any]:
        """Make the simulated devices; return the table `devices` of the terminal's configuration."""
        return {}

    def fitted(self, config: DevicesConfig) -> DevicesConfig:
        """Return the configuration with the times of the models made short."""
        return config

    def troubles(self) -> Iterable[str]:
        """Name what is wrong just now, each as `device.lever`."""
        for name, line in self.lines.items():
            for lever in LineLevers.__struct_fields__:
                if getattr(line.levers, lever):
                    yield f"line/{name}.{lever}"

    def hear(self, event: DeviceEvent) -> None:
        """Take one event."""

    def mend(self) -> None:
        """Push all levers back and plug everything in."""
        for line in self.lines.values():
            line.pull(**{name: getattr(LineLevers(), name) for name in LineLevers.__struct_fields__})

    def work(self) -> None:
        """Let the device do one good piece of work. Raises AssertionError."""

    def use_after_the_end(self) -> None:
        """Ask for something, and touch the device, when the hub has been closed."""

    # What happens to all

    @initialize(seed=st.integers(0, 1 << 16))
    def a_service_point(self, seed: int) -> None:
        self.chance = Random(seed)
        section = self.fit()
        config = self.fitted(parse_devices(section, self.folder))
        self.hub = Hub(config, FONT, time.monotonic, patience=HASTY)
        self.is_open = True
        self.statuses = self.hub.statuses()
        for each in self.chance.sample(self.simulated, len(self.simulated)):
            each.start()
        self.hub.start()

    @rule(line=st.integers(0, 3), lever=st.sampled_from(LINE_LEVERS), on=st.booleans(), pause_s=PAUSES_S)
    def a_line_goes_bad_or_well(self, line: int, lever: str, on: bool, pause_s: float) -> None:
        self.line_at(line).pull(**{lever: on})
        self.pause(pause_s)

    @rule(line=st.integers(0, 3), latency_ms=st.sampled_from([0, 0, 40, 250]))
    def a_line_is_slow(self, line: int, latency_ms: int) -> None:
        self.line_at(line).pull(latency_ms=latency_ms)

    @precondition(lambda self: not self.deaf_moves)
    @rule(moves=st.integers(1, 4))
    def the_kiosk_does_not_listen_for_a_while(self, moves: int) -> None:
        self.deaf_moves = moves

    @precondition(lambda self: self.moves >= MOVES_UNTIL_MENDED)
    @rule()
    def everything_is_mended_and_works(self) -> None:
        self.moves = 0
        self.mend()
        time.sleep(SETTLE_S)
        self.until(lambda: self.begun.keys() == self.ended.keys(), "something that was begun never ends")
        self.work()

    def line_at(self, at: int) -> NoisyLine:
        """Return one of the lines that there are."""
        names = sorted(self.lines)
        return self.lines[names[at % len(names)]]

    def pause(self, pause_s: float) -> None:
        """Let time pass after a lever was moved: what was wrong before is known to have been wrong until now."""
        self.look_for_troubles()
        time.sleep(pause_s)

    def begin(self, request_id: str, ask: Callable[[], None], refusal: type[Exception]) -> bool:
        """Ask for something that has to end; False when it was refused, and must never end."""
        self.begun[request_id] = time.monotonic()
        try:
            ask()
        except refusal:
            del self.begun[request_id]
            self.told[f"refused: {refusal.__name__}"] += 1
            return False
        return True

    # What must always hold

    @invariant()
    def what_is_told_is_what_is_promised(self) -> None:
        self.moves += 1
        if self.deaf_moves:
            self.deaf_moves -= 1
            self.look_for_troubles()
            return
        self.listen()

    def look_for_troubles(self) -> None:
        """Note what is wrong now."""
        now_s = time.monotonic()
        for trouble in self.troubles():
            self.seen_s[trouble] = now_s
            self.told[f"with {trouble}"] += 1

    def was_wrong(self, since_s: float, *troubles: str) -> bool:
        """Whether one of these was wrong since then, or so short a time before that it may still have worked."""
        return any(
            at_s >= since_s - LINGERS_S
            for seen, at_s in self.seen_s.items()
            if seen in troubles or seen.partition(".")[0] in troubles
        )

    def listen(self) -> None:
        """Take all events, and hold each against the promises that are made of every device."""
        self.is_well = False
        self.look_for_troubles()
        events = self.hub.events.drain()
        assert len(events) <= EVENTS_MAX, f"{len(events)} events were kept"
        for event in events:
            self.told[type(event).__name__] += 1
            if isinstance(event, DeviceStatus):
                self.follow(event)
            if (request_id := ended_by(event)) is not None:
                assert request_id in self.begun, f"{event} ends what nobody has begun"
                assert request_id not in self.ended, f"{event} ends what had ended by {self.ended.get(request_id)}"
                self.ended[request_id] = event
            self.hear(event)
        assert not self.log.complaints, self.log.complaints
        assert not self.crashes, self.crashes
        for device, health in self.hub.health().items():
            assert not health.failed, f"the driver of the {device} has failed"
        self.is_well = True

    def follow(self, status: DeviceStatus) -> None:
        """Hold a status against the one before."""
        before = self.statuses[status.device]
        self.statuses[status.device] = status
        wrong = breach(before, status)
        assert wrong is None, f"{wrong}: {before}, then {status}"

    def until(self, so: Callable[[], bool], what: str) -> None:
        """Listen until something is so."""
        end_s = time.monotonic() + PATIENCE_S
        self.deaf_moves = 0
        self.listen()
        while not so():
            if time.monotonic() > end_s:
                owed = sorted(self.begun.keys() - self.ended.keys())
                raise NeverHappened(f"{what}; {self.statuses}, not ended: {owed}")
            time.sleep(0.005)
            self.listen()

    def work_well(self, attempt: Callable[[], str]) -> None:
        """Let a piece of work succeed; `attempt` returns why it did not, "" if it did.

        As people do it is tried again: all times are short here, and the computer itself may be held up for longer.
        """
        trouble = ""
        for _ in range(TRIES):
            trouble = attempt()
            if not trouble:
                return
            self.told["worked when it was tried again"] += 1
            time.sleep(SETTLE_S)
        raise AssertionError(f"mended, and yet {trouble}")

    def lasted_s(self, request_id: str) -> float:
        """How long ago something was begun."""
        return time.monotonic() - self.begun[request_id]

    def state(self, device: Device) -> DeviceState:
        """How a device was last said to be."""
        return self.statuses[device].state

    def ending(self, request_id: str) -> DeviceEvent:
        """Wait for the ending of a request."""
        self.until(lambda: request_id in self.ended, f"{request_id} never ends")
        return self.ended[request_id]

    # The end

    def teardown(self) -> None:
        """Mended or not, the program ends: everything that was begun has ended, and everything held is given back."""
        try:
            if self.is_open and self.is_well:
                if self.chance.random() < 0.7:
                    self.everything_is_mended_and_works()
                self.the_program_ends()
            elif self.is_open:
                self.hub.close()
        finally:
            for each in self.simulated:
                each.close()
            self.haste.undo()
            self.logger.removeHandler(self.log)
            self.logger.setLevel(self.level_before)
            threading.excepthook = self.hook_before
            self.tempfolder.cleanup()
        end_s = time.monotonic() + PATIENCE_S
        while more := Possessions.now().more_than(self.before):
            assert time.monotonic() < end_s, f"not given back: {more}"
            time.sleep(0.05)

    def the_program_ends(self) -> None:
        """Close the hub, and see that nothing comes after it."""
        began_s = time.monotonic()
        self.hub.close()
        took_s = time.monotonic() - began_s
        self.listen()
        assert took_s < CLOSING_S_MAX, f"closing took {took_s:.1f} s"
        assert self.ended.keys() == self.begun.keys(), f"never ended: {self.begun.keys() - self.ended.keys()}"
        for status in self.statuses.values():
            if status.reason is Reason.NOT_CONFIGURED:
                continue
            assert (status.state, status.reason) == (DeviceState.ABSENT, Reason.STOPPED), status
        self.use_after_the_end()
        time.sleep(0.02)
        assert not self.hub.events.drain(), "something is told after the end"


SETTINGS = settings(
    max_examples=2,  # the first is always the shortest that there is
    stateful_step_count=16,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # threads and time: what failed once is not made smaller by trying again
)
