"""`python -m provisioning COMMAND`: set up a county, grant and enrol terminals, find out what is wrong, run it all.

Exit codes: 0 done or all is well, 1 not done or something is wrong, 2 the command makes no sense.
"""

from __future__ import annotations

import argparse
import ipaddress
import re
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from devices.config import parse_devices
from devices.config_fields import DevicesConfigRefused
from provisioning import desk_commands, key_commands, mount_commands, self_test
from provisioning.carry_over import carry_over
from provisioning.county_init import SAMPLE_TABLES, County, county_init, gateway_address
from provisioning.demonstration import prepare
from provisioning.doctor import Grade, examine
from provisioning.enrol import Enrolment, enrol
from provisioning.grant import grant, revoke
from provisioning.import_page import ImportPageSetUp, import_page_init
from provisioning.mirror import find_mirrors, look_through, sentences, through, to_stick
from provisioning.recovery import PutBack, recover
from provisioning.renewal import renew_certificate
from provisioning.rotation import Which, rotate
from provisioning.speech import Refused, Sentence
from provisioning.stage import PROGRAMS, Options, Stage
from provisioning.supervision import Supervisor, alone
from provisioning.welcome import welcome
from sync import core_dumps
from sync.certificates import PeerName, PeerRole
from sync.clock import Clock, SteeredClock, SteeringUnreadable, SystemClock

DONE, NOT_DONE = 0, 1
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


class Clocks(Struct, frozen=True):
    """What time it is: `domain` may be steered, `machine` never is."""

    domain: Clock
    machine: Clock


Command = Callable[[argparse.Namespace, Clocks], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = _parser().parse_args(arguments)
    core_dumps.refuse()
    machine = SystemClock()
    run: Command = asked.run
    try:
        clocks = Clocks(SteeredClock(asked.clock, machine) if asked.clock else machine, machine)
        return run(asked, clocks)
    except Refused as refused:
        print(refused.sentence, file=sys.stderr)
    except SteeringUnreadable as refused:
        print(Sentence("时钟文件不能用", str(refused)), file=sys.stderr)
    except PermissionError as refused:
        print(Sentence(f"没有权限：{refused.filename}", "permission denied"), file=sys.stderr)
    except OSError as refused:
        print(Sentence(f"读写失败：{refused.filename or ''}", f"{refused.strerror or refused}"), file=sys.stderr)
    except EOFError:
        print(Sentence("没有读到密码，请在终端上运行或用 --pin-stdin", "no PIN could be read"), file=sys.stderr)
    except KeyboardInterrupt:
        print(Sentence("已中断，可以重新运行", "interrupted; it can be run again"), file=sys.stderr)
    return NOT_DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m provisioning", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Command, what: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=what, description=what)
        command.set_defaults(run=run)
        command.add_argument("--clock", type=Path, help="file that steers the domain clock; for tests and the tour")
        return command

    init = add("county-init", _county_init, "make the keys, certificates and first packs of a county; repeatable")
    init.add_argument("--county", required=True, help="6-digit code, e.g. 990101")
    init.add_argument("--name", required=True, help="name of the county, e.g. 青山县")
    init.add_argument("--dir", type=Path, required=True, help="the county's data directory")
    init.add_argument("--gateway-dir", type=Path, help="the gateway's data directory (default: gateway/ beside it)")
    init.add_argument("--host", type=_host, help="address that terminals reach the gateway under (default: as before)")
    init.add_argument("--port", type=_port, help="of the gateway (default: as before, 8443 at first)")
    init.add_argument("--tables", type=Path, help="CSV tables of the packs (default: those that come with Sunpoint)")

    _page_arguments(add("import-page-init", _import_page_init, "make the page where a township takes sticks"))

    _grant_arguments(add("grant", _grant, "let one terminal enrol and print its one-time code; needs the gateway"))

    revoking = add("revoke", _revoke, "refuse a terminal from now on; what it has delivered stays")
    _name_arguments(revoking, required=True)
    revoking.add_argument(
        "--at-seq", type=_seq, help="the last record of its chain that is believed (default: the last that came)"
    )

    recovering = add(
        "county-recover", _county_recover, "let a log go on that was put back from a backup; needs the root key"
    )
    recovering.add_argument("--county-dir", type=Path, required=True, help="the county's data directory")
    recovering.add_argument("--gateway-dir", type=Path, help="the gateway's (default: gateway/ beside the county's)")
    recovering.add_argument(
        "--last-epoch", type=_epoch, default=1, help="the epoch that a terminal's doctor names, if recoveries were lost"
    )

    rotating = add("rotate-key", _rotate_key, "replace the county's opening or escrow key; needs the root key")
    rotating.add_argument("--county-dir", type=Path, required=True, help="the county's data directory")
    rotating.add_argument("--gateway-dir", type=Path, help="the gateway's (default: gateway/ beside the county's)")
    rotating.add_argument("--which", choices=[each.value for each in Which], required=True)
    rotating.add_argument("--lost", action="store_true", help="the old key is not there any more")

    _enrol_arguments(add("enrol", _enrol, "make this machine a terminal of the county; repeatable after a break"))

    carrying = add("carry-over", _carry_over, "send what a dead terminal had not sent, from its disk")
    carrying.add_argument("--data", type=Path, required=True, help="the dead terminal's data directory")

    renewing = add("renew-certificate", _renew_certificate, "renew the gateway's TLS certificate; run at the gateway")
    renewing.add_argument("--gateway-dir", type=Path, required=True, help="the gateway's data directory")
    renewing.add_argument("--now", action="store_true", help="also when it does not end within 30 days")

    for module in (desk_commands, key_commands, mount_commands):
        module.add_commands(lambda name, run, what: add(name, lambda asked, clocks: run(asked, clocks.domain), what))

    doctor = add("doctor", _doctor, "say what is wrong with this terminal; exit code 1 when something is")
    doctor.add_argument("--data", type=Path, required=True, help="the terminal's data directory")

    self_test.add_arguments(add("self-test", _self_test, "try every device but the screen and sign how it came out"))

    _mirror_arguments(
        add("restore-mirror", _restore_mirror, "bring a dead terminal's records from its mirror to the county")
    )

    running = add("run", _run, "set up the demonstration county on first start, then run all its programs until Ctrl-C")
    running.add_argument("--state", type=Path, default=Path("state"), help="where everything is kept (default state/)")
    running.add_argument("--no-kiosk", action="store_true", help="everything but the screen")
    running.add_argument("--size", type=_size, default="1024x600", help="window of the screen, WIDTHxHEIGHT")
    return parser


def _grant_arguments(granting: argparse.ArgumentParser) -> None:
    _name_arguments(granting, required=True)
    granting.add_argument("--point-name", required=True, help="e.g. 柳溪村便民服务点")
    granting.add_argument(
        "--replaces",
        metavar="NN",
        help="number of the dead terminal whose place it takes; that one is refused then",
    )
    granting.add_argument(
        "--hours", type=_hours, default=72, help="how long the code is good for, 1 to 8760 (default 72)"
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


def _page_arguments(page: argparse.ArgumentParser) -> None:
    page.add_argument("--county-dir", type=Path, required=True, help="the county's data directory")
    page.add_argument("--gateway-dir", type=Path, help="the gateway's data directory (default: gateway/ beside it)")
    page.add_argument("--dir", type=Path, required=True, help="the page's data directory")
    page.add_argument("--place", required=True, help="where it stands, e.g. 青山镇便民服务中心")


def _mirror_arguments(restoring: argparse.ArgumentParser) -> None:
    restoring.add_argument("--mirror", type=Path, required=True, help="where the second medium is")
    way = restoring.add_mutually_exclusive_group()
    way.add_argument("--stick", type=Path, help="write a bundle there, for the page at the township")
    way.add_argument("--through", type=Path, help="data directory of another terminal, whose line is used")


def _size(text: str) -> str:
    if re.fullmatch("[1-9][0-9]{2,4}x[1-9][0-9]{2,4}", text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 1024x600")
    return text


def _name_arguments(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--county-dir", type=Path, required=required, help="the county's data directory")
    parser.add_argument("--point", required=required, help="12-digit code of the point")
    parser.add_argument("--terminal", required=required, help="number of the terminal at its point, 1 to 99")


def _say(sentence: Sentence) -> None:
    print(sentence, flush=True)


def _whole(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
    return int(text)


def _port(text: str) -> int:
    return _whole(text, 1, 65_535)


def _epoch(text: str) -> int:
    return _whole(text, 1, 1_000_000)


def _seq(text: str) -> int:
    return _whole(text, 0, 1 << 50)


def _hours(text: str) -> int:
    return _whole(text, 1, 8_760)


def _host(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if not _HOST_NAME.fullmatch(text):
            raise argparse.ArgumentTypeError(f"{text!r} is neither a host name nor an address") from None
    return text


def _county_init(asked: argparse.Namespace, clocks: Clocks) -> int:
    host, port = gateway_address(asked.dir)
    county = County(
        county=asked.county,
        name=asked.name,
        directory=asked.dir,
        gateway_directory=asked.gateway_dir or asked.dir.parent / "gateway",
        host=asked.host or host,
        port=asked.port or port,
        tables=asked.tables or SAMPLE_TABLES / asked.county,
    )
    applied = county_init(county, clocks.domain, clocks.machine, _say, asked.clock)
    if applied:
        _say(Sentence(f"县 {asked.county} 准备完毕", f"county {asked.county} is ready"))
    else:
        _say(Sentence("全部已有，没有改动", "everything is there; nothing was changed"))
    return DONE


def _import_page_init(asked: argparse.Namespace, clocks: Clocks) -> int:
    gateway = asked.gateway_dir or asked.county_dir.parent / "gateway"
    import_page_init(ImportPageSetUp(asked.county_dir, gateway, asked.dir, asked.place), clocks.machine, _say)
    _say(Sentence("导入页准备完毕，请用 user-add 加工作人员", "the page is ready; add its staff with user-add"))
    return DONE


def _grant(asked: argparse.Namespace, clocks: Clocks) -> int:
    code = grant(
        asked.county_dir,
        asked.point,
        asked.terminal,
        asked.point_name,
        asked.hours,
        clocks.domain,
        lambda _: None,
        asked.replaces,
    )
    print(code.text())
    print(Sentence(f"一次性入网码，{asked.hours} 小时内有效", "one-time code"), file=sys.stderr)
    return DONE


def _revoke(asked: argparse.Namespace, _clocks: Clocks) -> int:
    revoke(asked.county_dir, asked.point, asked.terminal, asked.at_seq)
    _say(Sentence("这台终端已停用", "the terminal is revoked"))
    return DONE


def _county_recover(asked: argparse.Namespace, clocks: Clocks) -> int:
    gateway_dir = asked.gateway_dir or asked.county_dir.parent / "gateway"
    begun = recover(PutBack(asked.county_dir, gateway_dir, asked.last_epoch), clocks.domain)
    _say(
        Sentence(
            f"已签署恢复声明：第 {begun.epoch} 期，保留前 {begun.kept.size} 条。启动网关后生效",
            f"signed: epoch {begun.epoch} keeps {begun.kept.size} entries; start the gateway",
        )
    )
    return DONE


def _rotate_key(asked: argparse.Namespace, clocks: Clocks) -> int:
    gateway_dir = asked.gateway_dir or asked.county_dir.parent / "gateway"
    rotate(asked.county_dir, gateway_dir, Which(asked.which), clocks.domain, _say, lost=asked.lost)
    _say(Sentence("密钥已更换，请重启网关和县平台", "the key is replaced; restart the gateway and the county"))
    return DONE


def _renew_certificate(asked: argparse.Namespace, clocks: Clocks) -> int:
    renew_certificate(asked.gateway_dir, clocks.machine, _say, now=asked.now)
    return DONE


def _enrol(asked: argparse.Namespace, _clocks: Clocks) -> int:
    expected = None
    if asked.point or asked.terminal:
        if not (asked.point and asked.terminal and len(asked.point) == 12):
            raise Refused("--point 和 --terminal 要一起给", "--point and --terminal go together")
        expected = PeerName(asked.point[:6], PeerRole.TERMINAL, asked.point, asked.terminal.rjust(2, "0"))
    enrol(Enrolment(asked.data, asked.gateway, asked.code, expected, _devices(asked)), _say)
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
    _say(Sentence(f"县里收下 {carried.taken} 条", f"{carried.taken} records were taken"))
    if carried.put_by:
        _say(
            Sentence(
                f"{carried.put_by} 条先放在一边，等县里督查核定",
                f"{carried.put_by} wait for a supervisor at the county",
            )
        )
    return DONE


def _doctor(asked: argparse.Namespace, clocks: Clocks) -> int:
    troubles = 0
    for finding in examine(asked.data, clocks.domain, clocks.machine):
        troubles += finding.grade is Grade.TROUBLE
        print(finding, flush=True)
    if troubles:
        _say(Sentence(f"共 {troubles} 个问题", f"{troubles} troubles"))
        return NOT_DONE
    _say(Sentence("没有发现问题", "nothing is wrong"))
    return DONE


def _self_test(asked: argparse.Namespace, clocks: Clocks) -> int:
    return self_test.try_devices(asked, clocks.domain, lambda: clocks.machine.boot_ms() / 1000)


def _restore_mirror(asked: argparse.Namespace, _clocks: Clocks) -> int:
    for directory in find_mirrors(asked.mirror):
        found = look_through(directory)
        for sentence in sentences(found):
            _say(sentence)
        if found.records and asked.stick is not None:
            to_stick(found, asked.stick, _say)
        elif found.records and asked.through is not None:
            through(found, asked.through, _say)
    return DONE


def _run(asked: argparse.Namespace, clocks: Clocks) -> int:
    options = Options(clock_file=asked.clock, kiosk_arguments=("--size", asked.size))
    stage = alone(Stage(asked.state, clocks.machine, options))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    names = [name for name in PROGRAMS if not (asked.no_kiosk and name == "kiosk")]
    try:
        prepare(stage, _say)
        supervisor = Supervisor(stage, names, _say, stop)
        supervisor.start()
        if not stop.is_set():
            print(welcome(stage), flush=True)
        return supervisor.watch()
    finally:
        stage.close()
        _say(Sentence("全部停止，数据保留在 " + str(stage.directory), "stopped; the data stays"))


if __name__ == "__main__":
    sys.exit(main())
