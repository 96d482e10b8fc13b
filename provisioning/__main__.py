"""`python -m provisioning COMMAND`: set up a county, grant and enrol terminals, find out what is wrong, run it all.

Exit codes: 0 done or all is well, 1 not done or something is wrong, 2 the command makes no sense.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from provisioning import county_commands, desk_commands, key_commands, mount_commands, terminal_commands
from provisioning.command import NOT_DONE, Clocks, Run, say
from provisioning.demonstration import prepare
from provisioning.speech import Refused, Sentence
from provisioning.stage import PROGRAMS, Options, Stage
from provisioning.supervision import Supervisor, alone
from provisioning.welcome import welcome
from sync import core_dumps
from sync.clock import SteeredClock, SteeringUnreadable, SystemClock


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = _parser().parse_args(arguments)
    core_dumps.refuse()
    machine = SystemClock()
    run: Run = asked.run
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

    def add(name: str, run: Run, what: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=what, description=what)
        command.set_defaults(run=run)
        command.add_argument("--clock", type=Path, help="file that steers the domain clock; for tests and the tour")
        return command

    for module in (county_commands, key_commands, terminal_commands, desk_commands, mount_commands):
        module.add_commands(add)

    running = add("run", _run, "set up the demonstration county on first start, then run all its programs until Ctrl-C")
    running.add_argument("--state", type=Path, default=Path("state"), help="where everything is kept (default state/)")
    running.add_argument("--no-kiosk", action="store_true", help="everything but the screen")
    running.add_argument("--size", type=_size, default="1024x600", help="window of the screen, WIDTHxHEIGHT")
    return parser


def _size(text: str) -> str:
    if re.fullmatch("[1-9][0-9]{2,4}x[1-9][0-9]{2,4}", text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 1024x600")
    return text


def _run(asked: argparse.Namespace, clocks: Clocks) -> int:
    options = Options(clock_file=asked.clock, kiosk_arguments=("--size", asked.size))
    stage = alone(Stage(asked.state, clocks.machine, options))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    names = [name for name in PROGRAMS if not (asked.no_kiosk and name == "kiosk")]
    try:
        prepare(stage, say)
        supervisor = Supervisor(stage, names, say, stop)
        supervisor.start()
        if not stop.is_set():
            print(welcome(stage), flush=True)
        return supervisor.watch()
    finally:
        stage.close()
        say(Sentence("全部停止，数据保留在 " + str(stage.directory), "stopped; the data stays"))


if __name__ == "__main__":
    sys.exit(main())
