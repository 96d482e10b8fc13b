"""`probe`: asks every device how it is; the pad greets and waits for one key. Or finds out what speaks on a port."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from devices.commands import NOT_WELL, OK
from devices.commands.asked import add_device_arguments, config_of, hub_of, seconds
from devices.commands.asking_port import told_by
from devices.hub import Hub
from devices.line import LineGone, LineNotOpened
from devices.ports import Device, DeviceState, DeviceStatus, KeyPressed, WindowEnded
from devices.rating_pad.config import PadConfig
from devices.rating_pad.speech import speech_of
from devices.sentences import sentence

SETTLE_S = 6.0


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser("probe", help="ask every device how it is; the pad greets and waits for one key")
    add_device_arguments(command)
    command.add_argument("--seconds", type=seconds, default=10.0)
    command.add_argument("--port", type=Path, help="find out what speaks on this serial port instead")
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    if asked.port is not None:
        said, code = told_by(asked.port, asked)
        print(said)
        return code
    config = config_of(asked)
    if config.pad is not None:
        _greet(config.pad)
    hub = hub_of(config, asked)
    hub.start()
    try:
        if config.pad is not None:
            window_s = max(1.0, asked.seconds)
            hub.pad.open_window("test", window_s)
            print(f"Please press a key on the pad within {window_s:g} s.", flush=True)
        codes = [_probe_printer(hub, asked.monotonic_s)] if config.printer is not None else []
        codes += [_probe_pad(hub, asked.seconds, asked.monotonic_s)] if config.pad is not None else []
        return max(codes)
    finally:
        hub.close()


def _greet(pad: PadConfig) -> None:
    """Let the pad speak, so that a technician who hears it knows the wire towards it."""
    welcome = speech_of(pad.model, pad.window_s).welcome if pad.model.text is None else b""
    if not welcome:
        return
    try:
        line = pad.place.open()
    except LineNotOpened:
        return  # the hub says why
    try:
        line.write(welcome, 1.0)
        line.wait(0.2)  # closing forgets what has not left yet
    except LineGone:
        return
    finally:
        line.close()


def _probe_printer(hub: Hub, monotonic_s: Callable[[], float]) -> int:
    end_s = monotonic_s() + SETTLE_S
    status = hub.statuses()[Device.RECEIPT_PRINTER]
    while status.state in (DeviceState.STARTING, DeviceState.BUSY) and monotonic_s() < end_s:
        time.sleep(0.05)
        status = hub.statuses()[Device.RECEIPT_PRINTER]
    print(sentence(status))
    return OK if status.state is DeviceState.READY else NOT_WELL


def _probe_pad(hub: Hub, window_s: float, monotonic_s: Callable[[], float]) -> int:
    """Return whether a key came; every other event of the pad is said too."""
    end_s = monotonic_s() + window_s + SETTLE_S
    while (left_s := end_s - monotonic_s()) > 0:
        event = hub.events.get(left_s)
        if event is None or (isinstance(event, DeviceStatus) and event.device is not Device.RATING_PAD):
            continue
        print(sentence(event), flush=True)
        if isinstance(event, KeyPressed):
            return OK
        if isinstance(event, WindowEnded):
            break
    return NOT_WELL
