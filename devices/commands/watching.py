"""`watch`: says everything the devices say, and at the end how each of them has been."""

from __future__ import annotations

import argparse

from devices.commands import OK
from devices.commands.asked import SECONDS_MAX, add_device_arguments, config_of, hub_of, seconds
from devices.ports import Reason
from devices.sentences import health_sentence, sentence


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    command = commands.add_parser("watch", help="say everything the devices say, until Ctrl-C")
    add_device_arguments(command)
    command.add_argument("--seconds", type=seconds, default=SECONDS_MAX)
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    hub = hub_of(config_of(asked), asked)
    hub.start()
    end_s = asked.monotonic_s() + asked.seconds
    try:
        while (left_s := end_s - asked.monotonic_s()) > 0:
            if (event := hub.events.get(left_s)) is not None:
                print(sentence(event), flush=True)
    finally:
        for health in hub.health().values():
            if health.status.reason is not Reason.NOT_CONFIGURED:
                print(health_sentence(health), flush=True)
        hub.close()
    return OK
