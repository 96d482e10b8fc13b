"""`print-test`: prints a slip that shows what the printer can do."""

from __future__ import annotations

import argparse
from uuid import uuid4

from devices.commands import NOT_KNOWN, NOT_WELL, OK, CommandRefused
from devices.commands.asked import add_device_arguments, config_of, hub_of
from devices.ports import Device, DeviceStatus, JobEnded, Outcome, PrintJob
from devices.sample_slip import sample_slip
from devices.sentences import sentence

PRINT_S = 60.0
_CODES = {Outcome.PRINTED: OK, Outcome.NOT_STARTED: NOT_WELL, Outcome.UNKNOWN: NOT_KNOWN}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser("print-test", help="print a slip that shows what the printer can do")
    add_device_arguments(command)
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    config = config_of(asked)
    if config.printer is None:
        raise CommandRefused("no printer is configured")
    hub = hub_of(config, asked)
    hub.start()
    try:
        # Nobody can be asked here whether a slip that stands still is to go on.
        hub.printer.submit(PrintJob(f"test-{uuid4()}", sample_slip(config.printer.profile), hold_s=0.0))
        end_s = asked.monotonic_s() + PRINT_S
        while (left_s := end_s - asked.monotonic_s()) > 0:
            event = hub.events.get(left_s)
            if isinstance(event, JobEnded):
                return _told(event)
            if isinstance(event, DeviceStatus) and event.device is Device.RECEIPT_PRINTER:
                print(sentence(event), flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        hub.close()
    # Ctrl-C, or nothing came of it within the time: closing has ended the slip.
    return next((_told(event) for event in hub.events.drain() if isinstance(event, JobEnded)), NOT_KNOWN)


def _told(ended: JobEnded) -> int:
    print(sentence(ended))
    return _CODES[ended.outcome]
