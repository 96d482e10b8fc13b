"""The technician's commands for the devices, and the simulators.

Exit codes: 0 all is well, 1 a device is absent, at fault, silent or nothing was printed, 2 the command or
the configuration makes no sense, 3 it is not known whether the slip was printed.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from devices.commands import NOT_WELL, REFUSED, CommandRefused, listing, print_test, probing, simulating, watching
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


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command in one sentence, instead of below all that could have been said."""

    def error(self, message: str) -> NoReturn:
        """See `argparse.ArgumentParser`."""
        self.exit(REFUSED, f"devices: {message} ({self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = _Parser(prog="python -m devices", description=__doc__)
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
        print("devices: broken off", file=sys.stderr)
        return NOT_WELL


def _program() -> int:
    """Run the command of this process: whatever reads its output, and however it is ended."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is not None:  # closed by who started this
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream of the system
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        _let_go_of_output()
        return NOT_WELL
    except OSError as error:  # most likely the disk that the output goes to is full
        _let_go_of_output()
        print(f"devices: {error}", file=sys.stderr)
        return NOT_WELL
    return code


def _let_go_of_output() -> None:
    """What is left of the output would be written once more at the end, and fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(_program())
