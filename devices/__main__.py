"""The technician's commands for the devices, and the simulators.

Exit codes: 0 all is well, 1 a device is absent, at fault, silent or nothing was printed, 2 the command or
the configuration makes no sense, 3 it is not known whether the slip was printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from devices.commands import OK, REFUSED, CommandRefused, listing, print_test, probing, simulating, watching
from devices.config_fields import DevicesConfigRefused
from devices.font_file import FontUnusable
from devices.model_files import ModelRefused
from devices.ports import WindowNotPossible
from devices.sim.panel import PanelRefused
from devices.sim.pty_port import PlaceTaken

COMMANDS = (listing, probing, watching, print_test, simulating)
REFUSALS = (
    CommandRefused, DevicesConfigRefused, ModelRefused, FontUnusable, PanelRefused, PlaceTaken, WindowNotPossible,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m devices", description=__doc__)
    parser.set_defaults(monotonic_s=time.monotonic)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    asked = parser.parse_args(arguments)
    try:
        return int(asked.run(asked))
    except REFUSALS as refused:
        print(f"devices: {refused}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return OK


if __name__ == "__main__":
    sys.exit(main())
