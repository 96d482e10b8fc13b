"""The technician's commands for pads and printers, and the simulators.

Exit codes: 0 all is well, 1 a device is absent, at fault, silent or nothing was printed, 2 the command or
the configuration makes no sense, 3 it is not known whether the slip was printed.
"""

from __future__ import annotations

import argparse
import codecs
import fcntl
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from uuid import uuid4

import msgspec

from devices.config import BAUDS, DevicesConfig, DevicesConfigRefused, parse_devices
from devices.font_file import FontUnusable
from devices.hub import Hub
from devices.line import LineGone, LineNotOpened
from devices.model_files import ModelRefused, model_names
from devices.ports import (
    Device,
    DeviceState,
    DeviceStatus,
    JobEnded,
    KeyPressed,
    Outcome,
    PrintJob,
    WindowEnded,
    WindowNotPossible,
)
from devices.printer.profile import MODELS as PRINTER_MODELS
from devices.printer.profile import read_profile
from devices.rating_pad.frames import Welcome, encode
from devices.rating_pad.model import MODELS as PAD_MODELS
from devices.rating_pad.model import read_pad_model
from devices.sample_slip import sample_slip
from devices.sentences import sentence
from devices.sim.pad import SimulatedPad
from devices.sim.panel import Panel, PanelRefused
from devices.sim.printer import SimulatedPrinter
from devices.sim.pty_port import PlaceTaken, PtyPort
from devices.typeface import Typeface

OK, NOT_WELL, REFUSED, NOT_KNOWN = 0, 1, 2, 3
PORT_PLACES = ("/dev/serial/by-path/*", "/dev/usb/lp*")
FONT_PLACES = (
    "{assets}/fonts/NotoSansSC-Regular.otf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
)
REPOSITORY = Path(__file__).resolve().parent.parent
SETTLE_S = 6.0
PRINT_S = 60.0
SECONDS_MAX = 86_400.0
_CONFIG_BYTES_MAX = 1 << 20
_LIKE = {"printer": "escpos-58=/dev/ttyUSB0", "pad": "pj06=/dev/ttyUSB1"}


class CommandRefused(Exception):
    """The command cannot be carried out as it was given; the text says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except (
        CommandRefused, DevicesConfigRefused, ModelRefused, FontUnusable, PanelRefused, PlaceTaken, WindowNotPossible,
    ) as refused:  # fmt: skip
        print(f"devices: {refused}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devices", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="the models that are known and the ports that are there")
    listing.add_argument("--models", type=Path, help="folder with more model files")
    listing.set_defaults(run=_list)

    for name, run, help_text in (
        ("probe", _probe, "ask every device how it is; the pad greets and waits for one key"),
        ("watch", _watch, "say everything the devices say, until Ctrl-C"),
        ("print-test", _print_test, "print a slip that shows what the printer can do"),
    ):
        command = commands.add_parser(name, help=help_text)
        _add_device_arguments(command)
        command.set_defaults(run=run)
        if name != "print-test":
            command.add_argument("--seconds", type=_seconds, default=10.0 if name == "probe" else SECONDS_MAX)

    simulate = commands.add_parser("simulate", help="a pad and a printer on ptys, with a page to see them")
    simulate.add_argument("--dir", type=Path, required=True, help="folder for the ptys: DIR/pad and DIR/printer")
    simulate.add_argument("--panel", default="127.0.0.1:0", help="address of the page (port 0: any free one)")
    simulate.add_argument("--printer-profile", default="escpos-58")
    simulate.add_argument("--pad-model", default="pj06")
    simulate.add_argument("--speed", type=int, help="printing speed in mm/s (0: at once; default: the profile's)")
    simulate.add_argument("--font", type=Path, help="font file for the paper")
    simulate.set_defaults(run=_simulate)
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= SECONDS_MAX:  # NaN is not either
        raise argparse.ArgumentTypeError(f"{text!r} is not a time from 0 to {SECONDS_MAX:.0f} seconds")
    return seconds


def _add_device_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, help="terminal.json; its part `devices` is used")
    command.add_argument("--printer", metavar="PROFILE=PATH", help=f"instead of --config, e.g. {_LIKE['printer']}")
    command.add_argument("--pad", metavar="MODEL=PATH", help=f"instead of --config, e.g. {_LIKE['pad']}")
    command.add_argument("--baud", type=int, choices=BAUDS, help="speed of --printer and --pad")
    command.add_argument("--font", type=Path, help="font file for rare characters")


def _list(asked: argparse.Namespace) -> int:
    if asked.models is not None and not asked.models.is_dir():
        raise CommandRefused(f"{asked.models} is no folder of model files")
    extra = (asked.models,) if asked.models else ()
    print("Printers:")
    for name in model_names((*extra, PRINTER_MODELS)):
        print(f"  {name:20} {read_profile(name, extra).title}")
    print("Rating pads:")
    for name in model_names((*extra, PAD_MODELS)):
        print(f"  {name:20} {read_pad_model(name, extra).title}")
    ports = sorted(str(path) for place in PORT_PLACES for path in Path("/").glob(place.lstrip("/")))
    print("Ports:" if ports else "Ports: none found in /dev/serial/by-path or /dev/usb.")
    for port in ports:
        print(f"  {port}")
    return OK


def _probe(asked: argparse.Namespace) -> int:
    config = _config(asked)
    if config.pad is not None:
        _greet(config)
    hub = _hub(config, asked.font)
    hub.start()
    try:
        if config.pad is not None:
            window_s = max(1.0, asked.seconds)
            hub.pad.open_window("test", window_s, tuple(config.pad.model.levels.values()))
            print(f"Please press a key on the pad within {window_s:g} s.", flush=True)
        codes = [_probe_printer(hub)] if config.printer is not None else []
        codes += [_probe_pad(hub, asked.seconds)] if config.pad is not None else []
        return max(codes)
    finally:
        hub.close()


def _greet(config: DevicesConfig) -> None:
    """Let the pad speak, so that a technician who hears it knows the wire towards it."""
    if config.pad is None:
        return
    try:
        line = config.pad.place.open()
    except LineNotOpened:
        return  # the hub says why
    try:
        line.write(encode(Welcome()), 1.0)
        line.wait(0.2)  # closing forgets what has not left yet
    except LineGone:
        return
    finally:
        line.close()


def _probe_printer(hub: Hub) -> int:
    end_s = time.monotonic() + SETTLE_S
    status = hub.statuses()[Device.RECEIPT_PRINTER]
    while status.state in (DeviceState.STARTING, DeviceState.BUSY) and time.monotonic() < end_s:
        time.sleep(0.05)
        status = hub.statuses()[Device.RECEIPT_PRINTER]
    print(sentence(status))
    return OK if status.state is DeviceState.READY else NOT_WELL


def _probe_pad(hub: Hub, window_s: float) -> int:
    """Return whether a key came; every other event of the pad is said too."""
    end_s = time.monotonic() + window_s + SETTLE_S
    while (left_s := end_s - time.monotonic()) > 0:
        event = hub.events.get(left_s)
        if event is None or (isinstance(event, DeviceStatus) and event.device is Device.RECEIPT_PRINTER):
            continue
        print(sentence(event), flush=True)
        if isinstance(event, KeyPressed):
            return OK
        if isinstance(event, WindowEnded):
            break
    return NOT_WELL


def _watch(asked: argparse.Namespace) -> int:
    hub = _hub(_config(asked), asked.font)
    hub.start()
    end_s = time.monotonic() + asked.seconds
    try:
        while (left_s := end_s - time.monotonic()) > 0:
            if (event := hub.events.get(left_s)) is not None:
                print(sentence(event), flush=True)
    finally:
        hub.close()
    return OK


def _print_test(asked: argparse.Namespace) -> int:
    config = _config(asked)
    if config.printer is None:
        raise CommandRefused("no printer is configured")
    hub = _hub(config, asked.font)
    hub.start()
    try:
        hub.printer.submit(PrintJob(f"test-{uuid4()}", sample_slip(config.printer.profile)))
        end_s = time.monotonic() + PRINT_S
        while (left_s := end_s - time.monotonic()) > 0:
            event = hub.events.get(left_s)
            if isinstance(event, JobEnded):
                print(sentence(event))
                return {Outcome.PRINTED: OK, Outcome.NOT_STARTED: NOT_WELL, Outcome.UNKNOWN: NOT_KNOWN}[event.outcome]
            if isinstance(event, DeviceStatus) and event.device is Device.RECEIPT_PRINTER:
                print(sentence(event))
    finally:
        hub.close()
    print(f"The printer did not end the slip within {PRINT_S:g} s; please look.")
    return NOT_KNOWN


def _simulate(asked: argparse.Namespace) -> int:
    host, _, port = asked.panel.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise CommandRefused(f"--panel must be address:port, not {asked.panel}")
    profile, model = read_profile(asked.printer_profile), read_pad_model(asked.pad_model)
    if asked.speed is not None and asked.speed < 0:
        raise CommandRefused(f"--speed is in mm/s and 0 or more, not {asked.speed}")
    typeface = Typeface(_font(asked.font))
    typeface.check()
    try:
        asked.dir.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise CommandRefused(f"cannot make the folder {asked.dir}: {cause.strerror}") from cause
    alone = _alone_in(asked.dir)
    speed_mm_s = profile.speed_mm_s if asked.speed is None else asked.speed
    printer = SimulatedPrinter(profile, PtyPort(asked.dir / "printer"), typeface, speed_mm_s)
    pad = SimulatedPad(PtyPort(asked.dir / "pad"), time.monotonic)
    panel = Panel(pad, model.levels, printer, host, int(port))
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as running:
        running.callback(os.close, alone)
        for part in (printer, pad, panel):
            part.start()
            running.callback(part.close)
        places = f"Pad {asked.dir / 'pad'}, printer {asked.dir / 'printer'} ({profile.title})"
        print(f"{places}, page {panel.url}", flush=True)
        while not stop.wait(3600):
            pass
    return OK


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


def _hub(config: DevicesConfig, font: Path | None) -> Hub:
    """Return the hub. A font that cannot draw is refused now, before anybody blames the printer."""
    path = _font(font)
    if config.printer is not None:
        Typeface(path).check()
    return Hub(config, path, time.monotonic)


def _config(asked: argparse.Namespace) -> DevicesConfig:
    """Return what --config, or --printer and --pad, say."""
    if asked.config is not None:
        config = _config_of_file(asked.config)
    else:
        section: dict[str, dict[str, object]] = {}
        for device, field, given in (("printer", "profile", asked.printer), ("pad", "model", asked.pad)):
            if given is not None:
                name, equals, path = given.partition("=")
                if not (name and equals and path):
                    raise CommandRefused(f"--{device} is a model and a path, such as {_LIKE[device]}, not {given}")
                section[device] = {field: name, "path": path} | ({"baud": asked.baud} if asked.baud else {})
        config = parse_devices(section, Path.cwd())
    if config.printer is None and config.pad is None:
        raise CommandRefused("no device is configured: give --config, --printer or --pad")
    return config


def _config_of_file(path: Path) -> DevicesConfig:
    try:
        with path.open("rb") as file:
            whole = msgspec.json.decode(file.read(_CONFIG_BYTES_MAX).removeprefix(codecs.BOM_UTF8))
    except OSError as error:
        raise CommandRefused(f"cannot read {path}: {error.strerror}") from error
    except RecursionError as error:
        raise CommandRefused(f"{path} is nested too deep") from error
    except ValueError as error:
        raise CommandRefused(f"{path} is not JSON: {error}") from error
    if not isinstance(whole, dict):
        raise CommandRefused(f"{path} is not a JSON object")
    return parse_devices(whole.get("devices", {}), path.parent)


def _font(given: Path | None) -> Path:
    """Return the font file that was given, else the one that set-up made, else Debian's."""
    if given is not None:
        return given
    assets = os.environ.get("SUNPOINT_ASSETS") or str(REPOSITORY / ".assets")
    for place in FONT_PLACES:
        path = Path(place.format(assets=assets))
        if path.is_file():
            return path
    raise CommandRefused("no Chinese font was found (Debian package fonts-noto-cjk); name one with --font")


if __name__ == "__main__":
    sys.exit(main())
