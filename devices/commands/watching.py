"""`watch`: says everything the devices say, and at the end how each has been; `--learn`: every byte of a port."""

from __future__ import annotations

import argparse
from contextlib import suppress

from devices.code_scanner.events import CodeScanned
from devices.commands import NOT_WELL, OK, CommandRefused
from devices.commands.asked import (
    DEVICE_OPTIONS,
    SECONDS_MAX,
    add_device_arguments,
    add_show_codes,
    config_of,
    hub_of,
    refuse_beside,
    seconds,
    serial_port,
)
from devices.hub import Hub
from devices.line import LineGone, LineNotOpened, Parity, SerialLine, SerialSettings
from devices.ports import DeviceState, Reason
from devices.rating_pad.bursts import Burst, BurstDecoder
from devices.sentences import health_sentence, reason_words, sentence

LEARN_BAUD = 9600
LEARN_QUIET_MS = 20
_NOT_WELL = (DeviceState.ABSENT, DeviceState.FAULT)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser("watch", help="say everything the devices say, until Ctrl-C")
    add_device_arguments(command)
    command.add_argument("--seconds", type=seconds, default=SECONDS_MAX)
    add_show_codes(command)
    command.add_argument("--learn", type=serial_port, metavar="PORT", help="say every byte of this serial port instead")
    command.add_argument("--parity", choices=[each.value for each in Parity], help="of the port that --learn names")
    command.add_argument("--stop-bits", type=int, choices=(1, 2), help="of the port that --learn names")
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    if asked.learn is not None:
        refuse_beside(asked, "--learn", "--config", *DEVICE_OPTIONS, "--models", "--font")
        return _learn(asked)
    if asked.parity or asked.stop_bits:
        raise CommandRefused("--parity and --stop-bits go together with --learn; of a device its model tells them")
    hub = hub_of(config_of(asked), asked)
    hub.start()
    try:
        with suppress(KeyboardInterrupt):
            _say_events(hub, asked)
        healths = [each for each in hub.health().values() if each.status.reason is not Reason.NOT_CONFIGURED]
        for health in healths:
            print(health_sentence(health), flush=True)
    finally:
        hub.close()
    return NOT_WELL if any(health.status.state in _NOT_WELL for health in healths) else OK


def _say_events(hub: Hub, asked: argparse.Namespace) -> None:
    end_s = asked.monotonic_s() + asked.seconds
    while (left_s := end_s - asked.monotonic_s()) > 0:
        if (event := hub.events.get(left_s)) is not None:
            print(sentence(event), flush=True)
            if asked.show_codes and isinstance(event, CodeScanned):
                print(event.text, flush=True)


def _learn(asked: argparse.Namespace) -> int:
    """Say what comes over a port, in bursts, so that a key's bytes can be copied into a model file."""
    parity = Parity(asked.parity) if asked.parity else Parity.NONE
    settings = SerialSettings(asked.baud or LEARN_BAUD, parity=parity, stop_bits=asked.stop_bits or 1)
    try:
        line = SerialLine(asked.learn, settings)
    except LineNotOpened as refused:
        print(f"{asked.learn} cannot be opened: {reason_words(refused.reason)}.")
        return NOT_WELL
    began_s = asked.monotonic_s()
    bursts = BurstDecoder(LEARN_QUIET_MS)
    try:
        print(f"Listening on {asked.learn} at {settings.baud} baud. Press one key after the other, slowly.", flush=True)
        while (now_s := asked.monotonic_s()) < began_s + asked.seconds:
            now_ms = int((now_s - began_s) * 1000)
            for burst in bursts.feed(line.read(), now_ms) + bursts.due(now_ms):
                print(_learnt(burst), flush=True)
            line.wait(LEARN_QUIET_MS / 1000)
    except LineGone:
        print(f"{asked.learn} was unplugged.")
        return NOT_WELL
    except KeyboardInterrupt:
        return OK
    finally:
        line.close()
    return OK


def _learnt(burst: Burst) -> str:
    size = f"{len(burst.data)} byte{'s' if len(burst.data) > 1 else ''}"
    return f"{burst.at_ms / 1000:9.3f} s  {size}: {burst.data.hex(' ').upper()}"
