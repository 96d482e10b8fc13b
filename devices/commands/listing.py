"""`list`: the models that are known and the ports that are there."""

from __future__ import annotations

import argparse
from pathlib import Path

from devices.commands import OK, CommandRefused
from devices.commands.kinds import KINDS
from devices.model_files import ModelRefused, model_names

PORT_PLACES = ("/dev/serial/by-path/*", "/dev/usb/lp*")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser("list", help="the models that are known and the ports that are there")
    command.add_argument("--models", type=Path, help="folder with more model files")
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    if asked.models is not None and not asked.models.is_dir():
        raise CommandRefused(f"{asked.models} is no folder of model files")
    folders = (asked.models,) if asked.models else ()
    refused: dict[str, list[str]] = {}
    for kind in KINDS:
        print(f"{kind.heading}:")
        for name in model_names((*folders, kind.models)):
            try:
                print(f"  {name:20} {kind.title_of(name, folders)}")
            except ModelRefused as refusal:  # most likely a file of another kind in the same folder
                refused.setdefault(name, []).append(f"as {kind.name}: {refusal}")
    for name, refusals in refused.items():
        if len(refusals) == len(KINDS):
            print(f"{name} fits no kind of device: {'; '.join(refusals)}")
    ports = sorted(str(path) for place in PORT_PLACES for path in Path("/").glob(place.lstrip("/")))
    print("Ports:" if ports else "Ports: none found in /dev/serial/by-path or /dev/usb.")
    for port in ports:
        print(f"  {port}")
    return OK
