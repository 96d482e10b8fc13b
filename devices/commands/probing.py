"""`probe`: asks every device how it is and waits for a key and a code. Or finds out what speaks on a port."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TypeGuard

from devices.code_scanner.events import CodeScanned, ScanTrouble
from devices.commands import NOT_WELL, OK
from devices.commands.asked import (
    DEVICE_OPTIONS,
    add_device_arguments,
    add_show_codes,
    config_of,
    hub_of,
    refuse_beside,
    seconds,
    serial_port,
)
from devices.commands.asking_port import told_by
from devices.hub import Hub
from devices.line import LineGone, LineNotOpened
from devices.ports import Device, DeviceEvent, DeviceState, DeviceStatus, KeyPressed, WindowEnded
from devices.rating_pad.config import PadConfig
from devices.rating_pad.speech import speech_of
from devices.sentences import sentence

SETTLE_S = 6.0


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser("probe", help="ask every device how it is; wait for a key and a code")
    add_device_arguments(command)
    command.add_argument("--seconds", type=seconds, default=10.0)
    add_show_codes(command)
    command.add_argument("--port", type=serial_port, help="find out what speaks on this serial port instead")
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    if asked.port is not None:
        refuse_beside(asked, "--port", *DEVICE_OPTIONS, "--models", "--baud", "--font")
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
        codes += [_probe_scanner(hub, asked)] if config.scanner is not None else []
        codes += [_probe_reader(hub, asked.monotonic_s)] if config.reader is not None else []
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


def _probe_scanner(hub: Hub, asked: argparse.Namespace) -> int:
    """Return whether a code came; every other event of the scanner is said too."""
    print(f"Please scan a code within {asked.seconds:g} s.", flush=True)
    end_s = asked.monotonic_s() + asked.seconds
    while (left_s := end_s - asked.monotonic_s()) > 0:
        event = hub.events.get(left_s)
        if isinstance(event, CodeScanned | ScanTrouble) or _is_of_scanner(event):
            print(sentence(event), flush=True)
        if isinstance(event, CodeScanned):
            if asked.show_codes:
                print(event.text)
            return OK
    print(f"{sentence(hub.statuses()[Device.CODE_SCANNER])}\nNothing was scanned.")
    return NOT_WELL


def _is_of_scanner(event: DeviceEvent | None) -> TypeGuard[DeviceStatus]:
    return isinstance(event, DeviceStatus) and event.device is Device.CODE_SCANNER


def _probe_reader(hub: Hub, monotonic_s: Callable[[], float]) -> int:
    """Say how the reader is and which SAM it has; the middle of the number is hidden."""
    end_s = monotonic_s() + SETTLE_S
    status = hub.statuses()[Device.ID_READER]
    while _is_settling(status, hub.reader.sam_number) and monotonic_s() < end_s:
        time.sleep(0.05)
        status = hub.statuses()[Device.ID_READER]
    print(sentence(status))
    if status.state is not DeviceState.READY:
        return NOT_WELL
    print(
        f"Its SAM is number {hub.reader.sam_number}." if hub.reader.sam_number else "Its SAM does not tell its number."
    )
    return OK


def _is_settling(status: DeviceStatus, sam_number: str) -> bool:
    return status.state is DeviceState.STARTING or (status.state is DeviceState.READY and not sam_number)
