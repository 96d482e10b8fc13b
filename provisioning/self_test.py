"""`self-test`: what a technician runs where the screen does not work: every device but the screen.

It writes the same signed record as the page on the screen, so it belongs to the tool that may read a terminal's key,
and not to `devices`, which knows no records. A journal has one writer: while the screen runs, it is done there.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from devices.commands import CommandRefused
from devices.commands.asked import font_of
from devices.config import parse_devices
from devices.config_fields import DevicesConfigRefused
from devices.font_file import FontUnusable
from devices.hub import Hub
from devices.ports import Device, DeviceState, JobEnded, KeyPressed, Outcome, PrintJob, WindowEnded, WindowOpened
from devices.self_test import PadTest, Tried, by_paper, by_status
from devices.self_test import Verdict as DeviceVerdict
from devices.self_test_slip import Heading, Line, self_test_slip
from provisioning.command import DONE, NOT_DONE, say
from provisioning.known_day import county_day
from provisioning.own_journal import own_journal
from provisioning.speech import Refused, Sentence
from sync import self_test
from sync.clock import Clock
from sync.model.facts import ActorClass, CheckedPart, SelfTested, Verdict
from sync.model.moment import moment_in_words
from sync.self_test_words import PARTS, line_words
from sync.terminal import TerminalConfig, TerminalConfigRefused
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused

SETTLE_S = 6.0
"""How long the devices have to say how they are."""
PRINT_S = 30.0
_LOOK_S = 0.05
_WHILE_RUNNING = Sentence(
    "屏幕程序正在运行：请在屏幕上做（联络员登录后点“设备自检”），或者先停下屏幕程序",
    "the screen has the journal open: do the self-test on the screen, or stop it first",
)
_TRIED_BY_HAND = frozenset({Device.RECEIPT_PRINTER, Device.RATING_PAD})
_OUTCOMES = {Outcome.PRINTED: True, Outcome.NOT_STARTED: False, Outcome.UNKNOWN: None}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Describe the command."""
    command.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    command.add_argument("--skip-pad", action="store_true", help="ask for no keys; the pad then counts as not checked")


def try_devices(asked: argparse.Namespace, clock: Clock, monotonic_s: Callable[[], float]) -> int:
    """Carry a self-test out and return the exit code: 1 when a part is at fault.

    Args:
        asked: what `add_arguments` took.
        clock: what the terminal goes by.
        monotonic_s: counts seconds, also while `clock` stands.

    Raises Refused.
    """
    try:
        config = TerminalConfig.load(asked.data)
        fitted = parse_devices(config.devices or {}, asked.data)
        font = font_of(None)
    except (TerminalConfigRefused, DevicesConfigRefused) as cause:
        raise Refused("terminal.json 不能用，请先做 doctor", str(cause)) from cause
    except CommandRefused as cause:
        raise Refused("没有找到中文字库", str(cause)) from cause
    with own_journal(asked.data, config, clock, _WHILE_RUNNING) as journal:
        try:
            hub = Hub(fitted, font, monotonic_s)
        except FontUnusable as cause:
            raise Refused("本机字库坏了", str(cause)) from cause
        hub.start()
        try:
            parts, took_ms = _Bench(config, hub, clock, monotonic_s).try_all(asked)
        finally:
            hub.close()
        with journal.transaction() as writing:
            told = SelfTested(parts=tuple(parts), took_ms=took_ms)
            record = writing.append(told, actor="technician", actor_class=ActorClass.TECHNICIAN)
    for part in parts:
        _say_part(part)
    seq = record.header.seq
    say(Sentence(f"结果已签名存下：本机第 {seq} 条", f"signed and kept as record {seq}"))
    return NOT_DONE if any(part.verdict is Verdict.FAULT for part in parts) else DONE


class _Bench:
    """The devices of a terminal and whoever stands before them."""

    def __init__(self, config: TerminalConfig, hub: Hub, clock: Clock, monotonic_s: Callable[[], float]) -> None:
        self._config = config
        self._hub = hub
        self._clock = clock
        self._monotonic_s = monotonic_s
        self._began_s = monotonic_s()

    def try_all(self, asked: argparse.Namespace) -> tuple[Sequence[CheckedPart], int]:
        """Return how every part came out, and how long it took in ms."""
        self._settle()
        tried = {
            Device.RATING_PAD.value: self._pad(skip=asked.skip_pad),
            "touch": Tried(DeviceVerdict.NOT_CHECKED, "no_screen"),
        }
        for device, status in self._hub.statuses().items():
            if device not in _TRIED_BY_HAND:
                tried[device.value] = by_status(status)
        parts = {name: _part(name, each) for name, each in tried.items()}
        parts |= {part.part: part for part in self._look_around(asked.data)}
        tested = [parts[name] for name in PARTS if name in parts]
        printer = _part(Device.RECEIPT_PRINTER.value, self._print(tested))
        return [printer, *tested], round((self._monotonic_s() - self._began_s) * 1000)

    def _settle(self) -> None:
        end_s = self._monotonic_s() + SETTLE_S
        unsettled = (DeviceState.STARTING, DeviceState.BUSY)
        while any(each.state in unsettled for each in self._hub.statuses().values()) and self._monotonic_s() < end_s:
            time.sleep(_LOOK_S)

    def _pad(self, *, skip: bool) -> Tried:
        test = PadTest(self._hub.pad, self._monotonic_s, f"self-test-{self._clock.wall_ms()}")
        test.begin(self._hub.statuses()[Device.RATING_PAD])
        if skip:
            test.skip()
        while test.tried is None:
            match self._hub.events.get(_LOOK_S):
                case WindowOpened() as event:
                    test.opened(event)
                    if (key := test.asked) is not None:
                        say(Sentence(f"请按评价器上的“{key.value}”键", f"press the key {key.name}"))
                case KeyPressed() as event:
                    test.pressed(event)
                case WindowEnded() as event:
                    test.ended(event)
        return test.tried

    def _print(self, parts: Sequence[CheckedPart]) -> Tried:
        now_ms, config = self._clock.wall_ms(), self._config
        name = f"{config.region}-{config.terminal_number}"
        heading = Heading(config.point_name, name, moment_in_words(now_ms, with_year=True))
        lines = [Line(DeviceVerdict(part.verdict.value), line_words(part)) for part in parts]
        slip = self_test_slip(heading, lines, self_test.code_text(name, now_ms, parts))
        job_id = f"self-test-{now_ms}"
        self._hub.printer.submit(PrintJob(job_id, slip))
        end_s = self._monotonic_s() + PRINT_S
        while self._monotonic_s() < end_s:
            event = self._hub.events.get(_LOOK_S)
            if isinstance(event, JobEnded) and event.job_id == job_id:
                tried = by_paper(_OUTCOMES[event.outcome], event.reason.value)
                # Nobody is asked here: what the printer could not tell was not checked.
                return tried or Tried(DeviceVerdict.NOT_CHECKED, event.reason.value)
        return Tried(DeviceVerdict.FAULT, "waited_too_long")

    def _look_around(self, data: Path) -> Iterator[CheckedPart]:
        now_ms = self._clock.wall_ms()
        with closing(TransportReader(data / "transport.db")) as county:
            heard_ms, is_up = None, False
            with suppress(TransportRefused):
                line = county.line()
                heard_ms, is_up = line.last_success_ms, line.up and not line.overdue(now_ms)
        yield self_test.clock(county_day(data, self._config, self._clock), is_real=self._clock.real)
        yield self_test.disk(shutil.disk_usage(data).free)
        yield self_test.network(now_ms, heard_ms, is_up=is_up)


def _part(name: str, tried: Tried) -> CheckedPart:
    return CheckedPart(part=name, verdict=Verdict(tried.verdict.value), reason=tried.reason)


def _say_part(part: CheckedPart) -> None:
    english = " ".join(filter(None, (part.part, part.verdict.value, part.reason)))
    say(Sentence(line_words(part), english))
