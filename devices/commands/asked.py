"""What the commands that reach devices have in common: which devices, which font, and the hub that serves them."""

from __future__ import annotations

import argparse
import codecs
import os
from pathlib import Path

import msgspec

from devices.commands import CommandRefused
from devices.commands.kinds import KINDS
from devices.config import DevicesConfig, parse_devices
from devices.config_fields import DevicesConfigRefused
from devices.hub import Hub
from devices.model_files import BAUDS
from devices.typeface import Typeface

SECONDS_MAX = 86_400.0
DEVICE_OPTIONS = tuple(f"--{kind.name}" for kind in KINDS)
FONT_PLACES = (
    "{assets}/fonts/NotoSansSC-Regular.otf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
)
REPOSITORY = Path(__file__).resolve().parents[2]
_CONFIG_BYTES_MAX = 1 << 20


def add_device_arguments(command: argparse.ArgumentParser) -> None:
    """Let `command` be told which devices it is about."""
    command.add_argument("--config", type=path, help="terminal.json; its part `devices` is used")
    for kind in KINDS:
        spelling = f"{kind.field.upper()}=PATH"
        command.add_argument(f"--{kind.name}", metavar=spelling, help=f"instead of --config, e.g. {kind.example}")
    command.add_argument("--models", type=path, help="folder with more model files, beside those options")
    command.add_argument("--baud", type=int, choices=BAUDS, help=f"speed of {' and '.join(DEVICE_OPTIONS)}")
    command.add_argument("--font", type=path, help="font file for rare characters")


def add_show_codes(command: argparse.ArgumentParser) -> None:
    """Let `command` be told that what is scanned may stand on the terminal."""
    command.add_argument(
        "--show-codes", action="store_true", help="also the text of what is scanned: it may be personal, or a secret"
    )


def path(text: str) -> Path:
    """Return a path, for argparse: an empty one, as of a variable that is not set, would be the folder one is in."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def serial_port(text: str) -> Path:
    """Return the path of a serial port, or of none, for argparse; a file or a folder is none."""
    port = path(text)
    if port.exists() and not port.is_char_device():
        raise argparse.ArgumentTypeError(f"{text} is no serial port")
    return port


def refuse_beside(asked: argparse.Namespace, option: str, *others: str) -> None:
    """Refuse options that would count for nothing beside `option`, by name. Raises `CommandRefused`."""
    for other in others:
        if getattr(asked, other.removeprefix("--").replace("-", "_")) is not None:
            raise CommandRefused(f"{other} does not go together with {option}")


def seconds(text: str) -> float:
    """Return a time in seconds that makes sense, for argparse."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 < found <= SECONDS_MAX:  # NaN is not either
        raise argparse.ArgumentTypeError(f"{text!r} is not a time from 0 to {SECONDS_MAX:.0f} seconds")
    return found


def config_of(asked: argparse.Namespace) -> DevicesConfig:
    """Return what --config, or the devices' own options, say. Raises `CommandRefused` or `DevicesConfigRefused`."""
    if asked.config is not None:
        refuse_beside(asked, "--config", *DEVICE_OPTIONS, "--models", "--baud")
        config = config_of_file(asked.config)
    else:
        section: dict[str, object] = {}
        for kind in KINDS:
            given = getattr(asked, kind.name)
            if given is not None:
                name, equals, path = given.partition("=")
                if not (name and equals and path):
                    raise CommandRefused(f"--{kind.name} is a model and a path, such as {kind.example}, not {given}")
                section[kind.name] = {kind.field: name, "path": path} | ({"baud": asked.baud} if asked.baud else {})
        models = {} if asked.models is None else {"models": str(asked.models)}
        config = parse_devices(section | models, Path.cwd())
    if not config.places():
        options = ", ".join(DEVICE_OPTIONS[:-1])
        raise CommandRefused(f"no device is configured: give --config, {options} or {DEVICE_OPTIONS[-1]}")
    return config


def hub_of(config: DevicesConfig, asked: argparse.Namespace) -> Hub:
    """Return the hub. A font that cannot draw is refused now, before anybody blames the printer."""
    path = font_of(asked.font)
    if config.printer is not None:
        Typeface(path).check()
    return Hub(config, path, asked.monotonic_s)


def font_of(given: Path | None) -> Path:
    """Return the font file that was given, else the one that set-up made, else Debian's."""
    if given is not None:
        return given
    assets = os.environ.get("SUNPOINT_ASSETS") or str(REPOSITORY / ".assets")
    for place in FONT_PLACES:
        path = Path(place.format(assets=assets))
        if path.is_file():
            return path
    raise CommandRefused("no Chinese font was found (Debian package fonts-noto-cjk); name one with --font")


def config_of_file(path: Path) -> DevicesConfig:
    """Return what a terminal.json says. Raises `CommandRefused`."""
    try:
        with path.open("rb") as file:
            data = file.read(_CONFIG_BYTES_MAX + 1)
        if len(data) > _CONFIG_BYTES_MAX:
            raise CommandRefused(f"{path} is longer than {_CONFIG_BYTES_MAX} bytes")
        whole = msgspec.json.decode(data.removeprefix(codecs.BOM_UTF8))
    except OSError as error:
        raise CommandRefused(f"cannot read {path}: {error.strerror}") from error
    except RecursionError as error:
        raise CommandRefused(f"{path} is nested too deep") from error
    except ValueError as error:
        raise CommandRefused(f"{path} is not JSON: {error}") from error
    if not isinstance(whole, dict):
        raise CommandRefused(f"{path} is not a JSON object")
    try:
        return parse_devices(whole.get("devices", {}), path.parent)
    except DevicesConfigRefused as refused:
        raise CommandRefused(f"{path}: {refused}") from refused
