"""The command that has the system mount sticks: `mounts`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from provisioning.mounts import mounts
from sync.clock import Clock

DONE = 0

Run = Callable[[argparse.Namespace, Clock], int]
AddCommand = Callable[[str, Run, str], argparse.ArgumentParser]


def add_commands(add: AddCommand) -> None:
    """Add the command."""
    mounting = add("mounts", _mounts, "have the system mount sticks by itself; needs root")
    mounting.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    mounting.add_argument("--mirror", action="store_true", help="also a second medium, labelled SUNPOINT2")


def _mounts(asked: argparse.Namespace, _clock: Clock) -> int:
    mounts(asked.data, lambda sentence: print(sentence, flush=True), mirror=asked.mirror)
    return DONE
