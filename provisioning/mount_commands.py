"""The command that has the system mount sticks: `mounts`."""

from __future__ import annotations

import argparse
from pathlib import Path

from provisioning.command import DONE, AddCommand, Clocks, say
from provisioning.mounts import mounts


def add_commands(add: AddCommand) -> None:
    """Add the command."""
    mounting = add("mounts", _mounts, "have the system mount sticks by itself; needs root")
    mounting.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    mounting.add_argument("--mirror", action="store_true", help="also a second medium, labelled SUNPOINT2")


def _mounts(asked: argparse.Namespace, _clocks: Clocks) -> int:
    mounts(asked.data, say, mirror=asked.mirror)
    return DONE
