"""`simulate`: simulated devices on ptys, with a page to see them, and levers for their faults.

A lever is pulled by `--lever DEVICE NAME[=VALUE]` at the start, by a line `DEVICE NAME[=VALUE]` on standard input
(`--stdin`), or on the page: all three are a POST to `/DEVICE/lever`. VALUE is JSON, `true` if it is left out.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import random
import re
import signal
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

from devices.code_scanner.model import Wire, read_scanner_model
from devices.commands import OK, CommandRefused
from devices.commands.asked import font_of, path
from devices.id_reader.model import read_reader_model
from devices.printer.profile import read_profile
from devices.rating_pad.model import read_pad_model
from devices.sim.id_reader import SimulatedIdReader
from devices.sim.noisy_port import NoisyPort
from devices.sim.pad import SimulatedPad
from devices.sim.panel import Panel, PanelRefused, Part, read_json
from devices.sim.parts.line import LinePart
from devices.sim.parts.pad import PadPart
from devices.sim.parts.printer import PrinterPart
from devices.sim.parts.reader import ReaderPart
from devices.sim.parts.scanner import ScannerPart
from devices.sim.printer import SimulatedPrinter
from devices.sim.pty_port import PtyPort
from devices.sim.scanner import SimulatedScanner
from devices.sim.tcp_port import TcpPort
from devices.sim.text_pad import SimulatedTextPad
from devices.typeface import Typeface

_PORT = re.compile(r"[0-9]{1,5}")
_PORT_MAX = 65_535
_SPEED_MM_S_MAX = 1000
"""The fastest counter printers do 500."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser(
        "simulate", help="a printer, a pad, a scanner and an ID-card reader on ptys, with a page to see them"
    )
    command.add_argument("--dir", type=path, required=True, help="folder for the ptys: printer, pad, scanner, reader")
    command.add_argument("--panel", default="127.0.0.1:0", help="address of the page (port 0: any free one)")
    command.add_argument("--models", type=path, help="folder with more model files")
    command.add_argument("--printer-profile", default="escpos-58")
    command.add_argument(
        "--printer-port",
        type=port_number,
        metavar="PORT",
        help="printer on the network, at this port of 127.0.0.1, on no pty",
    )
    command.add_argument("--pad-model", default="pj06")
    command.add_argument(
        "--pad-port", type=port_number, metavar="PORT", help="port of a pad of texts (default: a free one)"
    )
    command.add_argument("--scanner-model", default="serial")
    command.add_argument("--reader-model", default="sam-v")
    command.add_argument("--speed", type=int, help="printing speed in mm/s (0: at once; default: the profile's)")
    command.add_argument("--font", type=path, help="font file for the paper")
    command.add_argument(
        "--lever", nargs=2, action="append", default=[], metavar=("DEVICE", "NAME[=VALUE]"),
        help="a fault to begin with, e.g. --lever printer paper_out --lever line/pad latency_ms=300",
    )  # fmt: skip
    command.add_argument("--stdin", action="store_true", help="take more levers from standard input, one a line")
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    host, _, panel_port = asked.panel.rpartition(":")
    if not _PORT.fullmatch(panel_port) or int(panel_port) > _PORT_MAX:
        raise CommandRefused(f"--panel must be address:port, not {asked.panel:.60}")
    if asked.models is not None and not asked.models.is_dir():
        raise CommandRefused(f"{asked.models} is no folder of model files")
    ports = {name: NoisyPort(asked.dir / name) for name in _MAKERS}
    devices = [make(asked, ports[name]) for name, make in _MAKERS.items()]
    lines = ports | {part.name: part.line for part in devices if isinstance(part, PadPart) and part.line}
    if asked.printer_port is not None:
        del lines["printer"]  # a network loses nothing and turns no bit
    parts = [*devices, LinePart(lines)]
    try:
        asked.dir.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise CommandRefused(f"cannot make the folder {asked.dir}: {cause.strerror}") from cause
    alone = _alone_in(asked.dir)
    panel = Panel(parts, host, int(panel_port))
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as running:
        running.callback(os.close, alone)
        for part in parts:
            part.start()
            running.callback(part.close)
        for device, lever in asked.lever:
            _pull(panel, device, lever)
        panel.start()
        running.callback(panel.close)
        if asked.stdin:
            Thread(target=_take_levers, args=(panel, sys.stdin), daemon=True).start()
        print(f"{', '.join(part.where for part in parts)}, page {panel.url}", flush=True)
        while not stop.wait(3600):
            pass
    return OK


def port_number(text: str) -> int:
    """Return a port of this computer, for argparse."""
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= _PORT_MAX:
        raise argparse.ArgumentTypeError(f"{text:.60} is no port from 1 to {_PORT_MAX}")
    return int(text)


def _folders(asked: argparse.Namespace) -> tuple[Path, ...]:
    return () if asked.models is None else (asked.models,)


def _printer(asked: argparse.Namespace, port: PtyPort) -> Part:
    profile = read_profile(asked.printer_profile, _folders(asked))
    if asked.speed is not None and not 0 <= asked.speed <= _SPEED_MM_S_MAX:
        raise CommandRefused(f"--speed is 0 to {_SPEED_MM_S_MAX} mm/s, not {asked.speed!s:.60}")
    typeface = Typeface(font_of(asked.font))
    typeface.check()
    speed_mm_s = profile.speed_mm_s if asked.speed is None else asked.speed
    plug: PtyPort | TcpPort = port
    if asked.printer_port is not None:
        plug = TcpPort(asked.printer_port)
    simulated = SimulatedPrinter(profile, plug, typeface, speed_mm_s)
    return PrinterPart(simulated, f"printer {plug.path} ({profile.title})")


def _pad(asked: argparse.Namespace, port: PtyPort) -> Part:
    model = read_pad_model(asked.pad_model, _folders(asked))
    model.check_usable()
    if model.text is not None:
        on_network = SimulatedTextPad(model, asked.monotonic_s, port=asked.pad_port or 0)
        return PadPart(on_network, f"pad {on_network.address} ({model.title})", on_network.port)
    if asked.pad_port is not None:
        raise CommandRefused(f"--pad-port is for pads of texts; {model.name} is on a pty")
    return PadPart(SimulatedPad(port, asked.monotonic_s, model), f"pad {port.path}")


def _scanner(asked: argparse.Namespace, port: PtyPort) -> Part:
    model = read_scanner_model(asked.scanner_model, _folders(asked))
    if model.wire is not Wire.SERIAL:
        raise CommandRefused(f"a scanner that types cannot be simulated on a pty: {model.name}")
    return ScannerPart(SimulatedScanner(model, port), f"scanner {port.path}")


def _reader(asked: argparse.Namespace, port: PtyPort) -> Part:
    model = read_reader_model(asked.reader_model, _folders(asked))
    simulated = SimulatedIdReader(port, random.SystemRandom(), asked.monotonic_s, model.baud)
    return ReaderPart(simulated, f"reader {port.path}")


_MAKERS = {"printer": _printer, "pad": _pad, "scanner": _scanner, "reader": _reader}
"""Every kind that is simulated, by the name of its pty: the device on that port, and its part of the page."""


def _take_levers(panel: Panel, said: Iterable[str]) -> None:
    """Pull a lever for each line that is said; a line that makes no sense is answered and nothing else."""
    for line in said:
        device, _, lever = line.strip().partition(" ")
        if not device:
            continue
        try:
            _pull(panel, device, lever)
        except (CommandRefused, PanelRefused) as refused:
            print(f"devices: {refused}", file=sys.stderr, flush=True)
        else:
            print(f"{device} {lever}", flush=True)


def _pull(panel: Panel, device: str, lever: str) -> None:
    name, given, text = lever.partition("=")
    try:
        value = read_json(text) if given else True
    except ValueError as error:
        raise CommandRefused(f"the value of a lever is JSON, such as true or 5, not {text!r:.60}") from error
    try:
        panel.command(f"/{device}/lever", {name: value})
    except KeyError as error:
        raise CommandRefused(f"there is no {device!r:.60} with levers; there are {', '.join(panel.names())}") from error


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
