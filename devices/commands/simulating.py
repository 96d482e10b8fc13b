"""`simulate`: simulated devices on ptys, with a page to see them."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
from contextlib import ExitStack
from pathlib import Path
from threading import Event

from devices.commands import OK, CommandRefused
from devices.commands.asked import font_of
from devices.printer.profile import read_profile
from devices.rating_pad.model import read_pad_model
from devices.sim.pad import SimulatedPad
from devices.sim.panel import Panel, Part
from devices.sim.parts.pad import PadPart
from devices.sim.parts.printer import PrinterPart
from devices.sim.printer import SimulatedPrinter
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser("simulate", help="a pad and a printer on ptys, with a page to see them")
    command.add_argument("--dir", type=Path, required=True, help="folder for the ptys: DIR/pad and DIR/printer")
    command.add_argument("--panel", default="127.0.0.1:0", help="address of the page (port 0: any free one)")
    command.add_argument("--printer-profile", default="escpos-58")
    command.add_argument("--pad-model", default="pj06")
    command.add_argument("--speed", type=int, help="printing speed in mm/s (0: at once; default: the profile's)")
    command.add_argument("--font", type=Path, help="font file for the paper")
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    host, _, port = asked.panel.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise CommandRefused(f"--panel must be address:port, not {asked.panel}")
    parts = [make(asked) for make in _MAKERS]
    try:
        asked.dir.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise CommandRefused(f"cannot make the folder {asked.dir}: {cause.strerror}") from cause
    alone = _alone_in(asked.dir)
    panel = Panel(parts, host, int(port))
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as running:
        running.callback(os.close, alone)
        for part in parts:
            part.start()
            running.callback(part.close)
        panel.start()
        running.callback(panel.close)
        print(f"{', '.join(part.where for part in parts)}, page {panel.url}", flush=True)
        while not stop.wait(3600):
            pass
    return OK


def _printer(asked: argparse.Namespace) -> Part:
    profile = read_profile(asked.printer_profile)
    if asked.speed is not None and asked.speed < 0:
        raise CommandRefused(f"--speed is in mm/s and 0 or more, not {asked.speed}")
    typeface = Typeface(font_of(asked.font))
    typeface.check()
    path = asked.dir / "printer"
    speed_mm_s = profile.speed_mm_s if asked.speed is None else asked.speed
    simulated = SimulatedPrinter(profile, PtyPort(path), typeface, speed_mm_s)
    return PrinterPart(simulated, f"printer {path} ({profile.title})")


def _pad(asked: argparse.Namespace) -> Part:
    model = read_pad_model(asked.pad_model)
    path = asked.dir / "pad"
    return PadPart(SimulatedPad(PtyPort(path), asked.monotonic_s), model.levels, f"pad {path}")


_MAKERS = (_printer, _pad)
"""Every kind that is simulated: makes the device and its part of the page from the command's options."""


def _alone_in(folder: Path) -> int:
    """Lock a folder and return its descriptor: a second simulator would take the plugs of the first away."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
    except BlockingIOError as cause:
        raise CommandRefused(f"a simulator runs in {folder} already") from cause
    except OSError as cause:
        raise CommandRefused(f"cannot use the folder {folder}: {cause.strerror}") from cause
    return descriptor
