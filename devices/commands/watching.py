"""`watch`: says everything the devices say, and at the end how each has been; `--learn`: every byte of a port."""

from __future__ import annotations

import argparse
from pathlib import Path

from devices.code_scanner.events import CodeScanned
from devices.commands import NOT_WELL, OK
from devices.commands.asked import SECONDS_MAX, add_device_arguments, add_show_codes, config_of, hub_of, seconds
from devices.line import LineGone, LineNotOpened, Parity, SerialLine, SerialSettings
from devices.ports import Reason
from devices.rating_pad.bursts import Burst, BurstDecoder
from devices.sentences import health_sentence, sentence

LEARN_BAUD = 9600
LEARN_QUIET_MS = 20


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser("watch", help="say everything the devices say, until Ctrl-C")
    add_device_arguments(command)
    command.add_argument("--seconds", type=seconds, default=SECONDS_MAX)
    add_show_codes(command)
    command.add_argument("--learn", type=Path, metavar="PORT", help="say every byte of this serial port instead")
    command.add_argument("--parity", choices=[each.value for each in Parity], default=Parity.NONE.value)
    command.add_argument("--stop-bits", type=int, choices=(1, 2), default=1)
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    if asked.learn is not None:
        return _learn(asked)
    hub = hub_of(config_of(asked), asked)
    hub.start()
    end_s = asked.monotonic_s() + asked.seconds
    try:
        while (left_s := end_s - asked.monotonic_s()) > 0:
            if (event := hub.events.get(left_s)) is not None:
                print(sentence(event), flush=True)
                if asked.show_codes and isinstance(event, CodeScanned):
                    print(event.text, flush=True)
    finally:
        for health in hub.health().values():
            if health.status.reason is not Reason.NOT_CONFIGURED:
                print(health_sentence(health), flush=True)
        hub.close()
    return OK


def _learn(asked: argparse.Namespace) -> int:
    """Say what comes over a port, in bursts, so that a key's bytes can be copied into a model file."""
    settings = SerialSettings(asked.baud or LEARN_BAUD, parity=Parity(asked.parity), stop_bits=asked.stop_bits)
    try:
        line = SerialLine(asked.learn, settings)
    except LineNotOpened as refused:
        print(f"The port cannot be opened: {refused}")
        return NOT_WELL
    print(f"Listening on {asked.learn} at {settings.baud} baud. Press one key after the other, slowly.", flush=True)
    began_s = asked.monotonic_s()
    bursts = BurstDecoder(LEARN_QUIET_MS)
    try:
        while (now_s := asked.monotonic_s()) < began_s + asked.seconds:
            now_ms = int((now_s - began_s) * 1000)
            for burst in bursts.feed(line.read(), now_ms) + bursts.due(now_ms):
                print(_learnt(burst), flush=True)
            line.wait(LEARN_QUIET_MS / 1000)
    except LineGone:
        print("The port is gone.")
        return NOT_WELL
    finally:
        line.close()
    return OK


def _learnt(burst: Burst) -> str:
    size = f"{len(burst.data)} byte{'s' if len(burst.data) > 1 else ''}"
    return f"{burst.at_ms / 1000:9.3f} s  {size}: {burst.data.hex(' ').upper()}"
