"""`list`: the models that are known and the ports that are there."""

from __future__ import annotations

import argparse
from pathlib import Path

from devices.commands import OK, CommandRefused
from devices.commands.asked import config_of_file, path
from devices.commands.asking_port import told_by
from devices.commands.kinds import KINDS
from devices.model_files import ModelRefused, model_names
from devices.serial_names import find_ports

OTHER_PLACES = ("dev/usb/lp*", "dev/input/by-id/*-event-kbd")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser("list", help="the models that are known and the ports that are there")
    command.add_argument("--models", type=path, help="folder with more model files")
    command.add_argument("--root", type=path, default=Path("/"), help="look for ports below this folder")
    command.add_argument("--ask", action="store_true", help="find out what speaks on each port that is not configured")
    command.add_argument("--config", type=path, help="with --ask: terminal.json, whose ports are left alone")
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    if asked.models is not None and not asked.models.is_dir():
        raise CommandRefused(f"{asked.models} is no folder of model files")
    if not asked.root.is_dir():
        raise CommandRefused(f"{asked.root} is no folder")
    if asked.config is not None:
        if not asked.ask:
            raise CommandRefused("--config goes together with --ask")
        config_of_file(asked.config)  # what is wrong with it is said before anything is asked
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
    _tell_ports(asked)
    return OK


def _tell_ports(asked: argparse.Namespace) -> None:
    ports = find_ports(asked.root)
    others = sorted(str(found) for place in OTHER_PLACES for found in asked.root.glob(place))
    print("Ports, by the name that belongs into terminal.json:" if ports or others else "Ports: none found.")
    for port in ports:
        print(f"  {port.stable_name}\n      {port.reason}\n      {port.chip or 'no USB adapter'}")
        for name in port.names:
            if name != port.stable_name:
                print(f"      also {name}")
        if asked.ask:
            print(f"      {told_by(port.device, asked)[0]}", flush=True)
    for other in others:
        print(f"  {other}")
