"""The commands about one terminal: make a machine one, find out what is wrong with it, save what a dead one holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from devices.config import parse_devices
from devices.config_fields import DevicesConfigRefused
from provisioning import self_test
from provisioning.carry_over import carry_over
from provisioning.command import DONE, NOT_DONE, AddCommand, Clocks, say, whole_number
from provisioning.damage import hand_on
from provisioning.doctor import Grade, examine
from provisioning.enrol import Enrolment, enrol
from provisioning.mirror import find_mirrors, look_through, sentences, through, to_stick
from provisioning.speech import Refused, Sentence
from sync.peer_name import PeerName, PeerRole


def add_commands(add: AddCommand) -> None:
    """Add the commands."""
    _enrol_arguments(add("enrol", _enrol, "make this machine a terminal of the county; repeatable after a break"))

    carrying = add("carry-over", _carry_over, "send what a dead terminal had not sent, from its disk")
    carrying.add_argument("--data", type=Path, required=True, help="the dead terminal's data directory")

    handing = add("hand-on", _hand_on, "let a record go without its damaged body, so that what follows it can be sent")
    handing.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    handing.add_argument("--record", type=_seq, required=True, help="its number, as the doctor names it")

    doctor = add("doctor", _doctor, "say what is wrong with this terminal; exit code 1 when something is")
    doctor.add_argument("--data", type=Path, required=True, help="the terminal's data directory")

    self_test.add_arguments(add("self-test", _self_test, "try every device but the screen and sign how it came out"))

    _mirror_arguments(
        add("restore-mirror", _restore_mirror, "bring a dead terminal's records from its mirror to the county")
    )


def _enrol_arguments(enrolling: argparse.ArgumentParser) -> None:
    enrolling.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    enrolling.add_argument("--gateway", required=True, help="https://host:port")
    enrolling.add_argument("--code", required=True, help="the one-time code from the county")
    enrolling.add_argument("--point", help="refuse unless the code is for this point (12 digits)")
    enrolling.add_argument("--terminal", help="refuse unless the code is for this terminal (2 digits)")
    enrolling.add_argument("--printer", metavar="PROFILE=PATH", help="e.g. escpos-58=/dev/serial/by-path/...")
    enrolling.add_argument("--pad", metavar="MODEL=PATH", help="e.g. pj06=/dev/serial/by-path/...")
    enrolling.add_argument("--scanner", metavar="MODEL=PATH", help="e.g. serial=/dev/serial/by-path/...")
    enrolling.add_argument("--reader", metavar="MODEL=PATH", help="e.g. sam-v=/dev/serial/by-path/...")


def _mirror_arguments(restoring: argparse.ArgumentParser) -> None:
    restoring.add_argument("--mirror", type=Path, required=True, help="where the second medium is")
    way = restoring.add_mutually_exclusive_group()
    way.add_argument("--stick", type=Path, help="write a bundle there, for the page at the township")
    way.add_argument("--through", type=Path, help="data directory of another terminal, whose line is used")


def _enrol(asked: argparse.Namespace, _clocks: Clocks) -> int:
    expected = None
    if asked.point or asked.terminal:
        if not (asked.point and asked.terminal and len(asked.point) == 12):
            raise Refused("--point 和 --terminal 要一起给", "--point and --terminal go together")
        expected = PeerName(asked.point[:6], PeerRole.TERMINAL, asked.point, asked.terminal.rjust(2, "0"))
    enrol(Enrolment(asked.data, asked.gateway, asked.code, expected, _devices(asked)), say)
    return DONE


def _devices(asked: argparse.Namespace) -> dict[str, Any] | None:
    held: dict[str, Any] = {}
    for kind, model in (("printer", "profile"), ("pad", "model"), ("scanner", "model"), ("reader", "model")):
        given = getattr(asked, kind)
        if given is not None:
            name, equals, path = given.partition("=")
            if not (name and equals and path):
                raise Refused(
                    f"--{kind} 应写成 型号=接口：{given}", f"--{kind} is MODEL=PATH, such as those of `devices list`"
                )
            held[kind] = {model: name, "path": path}
    try:
        parse_devices(held, asked.data)
    except DevicesConfigRefused as cause:
        raise Refused("设备的写法不对", str(cause)) from cause
    return held or None


def _carry_over(asked: argparse.Namespace, _clocks: Clocks) -> int:
    carried = carry_over(asked.data)
    say(Sentence(f"县里收下 {carried.taken} 条", f"{carried.taken} records were taken"))
    if carried.put_by:
        say(
            Sentence(
                f"{carried.put_by} 条先放在一边，等县里督查核定",
                f"{carried.put_by} wait for a supervisor at the county",
            )
        )
    return DONE


def _seq(text: str) -> int:
    return whole_number(text, 1, 1 << 50)


def _hand_on(asked: argparse.Namespace, clocks: Clocks) -> int:
    say(hand_on(asked.data, asked.record, clocks.domain))
    return DONE


def _doctor(asked: argparse.Namespace, clocks: Clocks) -> int:
    troubles = 0
    for finding in examine(asked.data, clocks.domain, clocks.machine):
        troubles += finding.grade is Grade.TROUBLE
        print(finding, flush=True)
    if troubles:
        say(Sentence(f"共 {troubles} 个问题", f"{troubles} troubles"))
        return NOT_DONE
    say(Sentence("没有发现问题", "nothing is wrong"))
    return DONE


def _self_test(asked: argparse.Namespace, clocks: Clocks) -> int:
    return self_test.try_devices(asked, clocks.domain, lambda: clocks.machine.boot_ms() / 1000)


def _restore_mirror(asked: argparse.Namespace, _clocks: Clocks) -> int:
    for directory in find_mirrors(asked.mirror):
        found = look_through(directory)
        for sentence in sentences(found):
            say(sentence)
        if found.records and asked.stick is not None:
            to_stick(found, asked.stick, say)
        elif found.records and asked.through is not None:
            through(found, asked.through, say)
    return DONE
