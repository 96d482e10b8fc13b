"""The reference county system: takes in what terminals wrote, handles cases, answers; console for clerks; packs.

python -m county --data DIR [--console 127.0.0.1:PORT] [--clock FILE] [--once]
python -m county user-add --data DIR --name NAME --role intake|decider|supervisor [--department CODE] --password-stdin
python -m county rebuild|verify|resume-chain|put-back --data DIR
python -m county desk-grant --data DIR --point REGION --terminal NN --agent ID --out FILE [--hours N]
python -m county packs check|build|...
"""

from __future__ import annotations

import argparse
import ipaddress
import logging
import random
import re
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from county import care
from county.attachments import DIRECTORY, AttachmentFetcher, AttachmentVault
from county.chain_keys import FileChainKeys
from county.console.app import make_console
from county.console.office import Office
from county.console.server import Running, serve
from county.courier import Courier
from county.desk import CaseDesk, keep_in_step, rebuild
from county.desk_grants import GrantTooLarge, NoDeskKey, Wanted, grant_desk, send_grant
from county.duties import Clerk, Duty
from county.evidence import EvidenceDesk
from county.gateway_line import GatewayLine
from county.giving import CaseGiver
from county.intake import Intake
from county.key_tools import openers, tell_readers
from county.outbox import Outbox
from county.pack_reading import PublishedLibrary
from county.paper_desk import PaperDesk
from county.pen import Pen, PointNotGranted
from county.publishing import command as packs
from county.review import ReviewDesk, TailRefused
from county.store.clerks import ClerkBook, NameTaken
from county.store.database import Database, StoreFault, StoreOfAnotherVersion
from county.store.resealed import Resealed
from county.terms import ending_soon
from county.verification import verify
from sync import core_dumps
from sync import county_config as files
from sync.agents import AGENT_ID
from sync.clock import Clock, SteeredClock, SteeringUnreadable, SystemClock
from sync.county_config import CountyConfig, CountyConfigRefused
from sync.durable import create_file
from sync.key_files import KeyFileRefused
from sync.keyring import Keyring
from sync.listening import CannotListen, check_address
from sync.lock import HeldElsewhere, ProcessLock
from sync.packs import PackRefused
from sync.passwords import PasswordTooWeak, make_verifier
from sync.peer_name import PeerName, PeerRole
from sync.tls import client_context

DEFAULT_CONSOLE = "127.0.0.1:8460"
STORE_FILE = "county.db"
LOCK_FILE = "county.lock"
LOCK_WAIT_S = 10.0
_LOCK_RETRY_S = 0.2
GRANT_HOURS_MAX = 720


class NotHere(Exception):
    """The program cannot do what it was asked for; the message says why."""


class Parts:
    """What every command works with, read once and checked."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self.data = data
        self.clock = clock
        self.config = CountyConfig.load(data)
        self.trust = self.config.trust(data)
        self.library = PublishedLibrary(data / files.PACKS_DIRECTORY, self.trust)
        self.vault = AttachmentVault(data / DIRECTORY)

    def database(self) -> Database:
        """Open the store; once in each process."""
        return Database(self.data / STORE_FILE, self.keyring())

    def keyring(self) -> Keyring:
        """Return what opens bodies here, also with keys that were replaced. Raises KeyFileRefused."""
        return Keyring(openers(self.data), Resealed(self.data / STORE_FILE).seals)

    def tls(self) -> ssl.SSLContext:
        """What the line to the gateway shows and trusts. Raises OSError, ssl.SSLError."""
        return client_context(
            self.data / files.AUTHORITIES,
            self.data / files.TLS_CERTIFICATE,
            self.data / files.TLS_KEY,
            self.trust.revoked,
        )

    def pen(self) -> Pen:
        """What writes on the county's chains; one in each process."""
        return Pen(FileChainKeys(self.data, self.config.county), self.config.readers(self.data), self.clock)

    def courier(self, database: Database, pen: Pen) -> Courier:
        """Put the line to the gateway together."""
        line = GatewayLine(self.config.gateway_url, self.tls())
        evidence = EvidenceDesk(database, line, self.library.current, self.trust, self.clock)
        return Courier(
            line,
            Intake(database, self.library.current, self.trust, self.clock),
            Outbox(database, line, self.trust),
            AttachmentFetcher(database, self.vault, line, self.clock),
            upkeep=lambda: self._keep_up(database, pen),
            answer=lambda: self._answer(database, pen),
            evidence=evidence,
            notice=lambda: ending_soon(line.certificate_ends_ms, evidence.vouched_until_ms, self.clock.wall_ms()),
            clock=self.clock,
            jitter=random.SystemRandom().random,
        )

    def _keep_up(self, database: Database, pen: Pen) -> None:
        keep_in_step(database, self.library.current())
        # Not at the start only: a terminal may have been set up before the change and be heard of first after it.
        self.tell_readers(database, pen)

    def _answer(self, database: Database, pen: Pen) -> None:
        PaperDesk(database, pen, self.library.current).tend()
        CaseGiver(database, pen).tend(self.library.current())

    def tell_readers(self, database: Database, pen: Pen) -> None:
        """Tell the terminals of new opening and escrow keys, where one was ever replaced."""
        if (self.data / files.OLD_KEYS_DIRECTORY).is_dir():
            statements = [(self.data / name).read_bytes() for name in (files.OPENING_STATEMENT, files.ESCROW_STATEMENT)]
            tell_readers(database, pen, *statements)

    def lock(self) -> ProcessLock:
        """Hold the directory against the running program. Raises NotHere."""
        return _lock(self.data / LOCK_FILE)

    def review(self, database: Database, pen: Pen, written: Callable[[], None] = lambda: None) -> ReviewDesk:
        """Who decides about late tails."""
        return ReviewDesk(database, self.library.current, pen, self.clock, written)

    def start_console(self) -> Running:
        """Start the courier and make the pages, in the process that serves them."""
        database = self.database()
        pen = self.pen()
        courier = self.courier(database, pen)
        clerks = ClerkBook(database)
        desk = CaseDesk(database, self.library.current, pen, self.clock, courier.nudge)
        office = Office(database, clerks, desk, self.library.current, courier.status, self.clock, self.vault)
        review = self.review(database, pen, courier.nudge)
        thread = threading.Thread(target=courier.run, name="courier")
        thread.start()

        def stop() -> None:
            courier.stop()
            thread.join()

        return Running(make_console(office, review, ("127.0.0.1", "localhost", "[::1]")), stop)


def run(asked: argparse.Namespace, clock: Clock) -> int:
    """Serve the console and exchange with the gateway; with --once, exchange once."""
    listen = _loopback(asked.console)
    parts = Parts(asked.data, clock)
    lock = _lock(asked.data / LOCK_FILE)
    try:
        database = parts.database()
        keep_in_step(database, parts.library.current())
        parts.tell_readers(database, parts.pen())
        if asked.once:
            courier = parts.courier(database, parts.pen())
            if not courier.exchange():
                raise NotHere(f"与网关交换失败：{courier.status().problem} / the exchange with the gateway failed")
            return 0
        database.close()
        parts.tls()  # in the worker a key that cannot be used would be a traceback
        check_address(listen)
        serve(
            listen,
            parts.start_console,
            lambda address: print(f"county {parts.config.county} {parts.config.name}: {address}", flush=True),
        )
    finally:
        lock.release()
    return 0


def add_user(asked: argparse.Namespace, clock: Clock) -> int:
    """Add a clerk; the password comes on standard input, so that it stands in no list of processes."""
    parts = Parts(asked.data, clock)
    library = parts.library.current()
    duty = Duty(asked.role)
    departments = {each.code for each in library.profile.departments}
    if duty is Duty.SUPERVISOR and asked.department:
        raise NotHere("督查看所有部门，不要写 --department / a supervisor has no department")
    if duty is not Duty.SUPERVISOR and asked.department not in departments:
        known = ", ".join(sorted(departments))
        if asked.department is None:
            raise NotHere(f"请用 --department 写部门 / name a department with --department; there are: {known}")
        raise NotHere(f"没有部门 {asked.department!r} / no such department; there are: {known}")
    if not asked.name.isascii() or not asked.name.replace("-", "").replace(".", "").isalnum() or len(asked.name) > 40:
        raise NotHere("登录名只用字母、数字、点和横线 / a log-in name has letters, digits, dots and hyphens")
    password = sys.stdin.readline().rstrip("\n")
    clerk = Clerk(asked.name, duty, asked.department, asked.shown_as or asked.name)
    ClerkBook(parts.database()).add(clerk, make_verifier(password), clock.wall_ms())
    print(f"已添加 / added: {clerk.name}（{asked.role}）")
    return 0


def rebuild_lists(asked: argparse.Namespace, clock: Clock) -> int:
    """Make every list anew from the records."""
    parts = Parts(asked.data, clock)
    print(f"办件 / cases: {rebuild(parts.database(), parts.library.current())}")
    return 0


def verify_store(asked: argparse.Namespace, _clock: Clock) -> int:
    """Check every stored record; 1 when something was changed."""
    faults = list(verify(Database(_there(asked.data / STORE_FILE), Keyring([]))))
    for fault in faults:
        print(fault)
    if not faults:
        print("每条记录都与签名相符 / every record is as it was signed")
    return 1 if faults else 0


def grant_a_desk(asked: argparse.Namespace, clock: Clock) -> int:
    """Write the file of a grant, or send it over the line, and print its one-time code."""
    parts = Parts(asked.data, clock)
    county, terminal = parts.config.county, asked.terminal.rjust(2, "0")
    if not re.fullmatch("[0-9]{12}", asked.point) or not re.fullmatch("[0-9]{2}", terminal):
        raise NotHere("点的代码 12 位，终端号 1 至 99 / a point has 12 digits, a terminal is from 1 to 99")
    if AGENT_ID.fullmatch(asked.agent) is None or not 1 <= asked.hours <= GRANT_HOURS_MAX:
        raise NotHere(
            f"联络员编号如 A01，时限 1 至 {GRANT_HOURS_MAX} 小时 / an agent's id is like A01, hours are whole"
        )
    database = Database(_there(asked.data / STORE_FILE), parts.keyring())
    if not (asked.data / files.chain_key(PeerName(county, PeerRole.TERMINAL, asked.point, terminal))).exists():
        raise NotHere(f"县里没有 {asked.point}-{terminal} 这台终端 / the county never granted such a terminal")
    signer = FileChainKeys(asked.data, county).signer(asked.point, terminal)
    statement = asked.data / files.chain_statement(PeerName(county, PeerRole.TERMINAL, asked.point, terminal))
    wanted = Wanted(county, asked.point, terminal, asked.agent, asked.hours)
    file, code = grant_desk(wanted, database, signer, statement.read_bytes(), clock)
    if asked.send:
        send_grant(wanted, file, database, parts.pen())
    else:
        create_file(asked.out, file, mode=0o600)
    print(code.text())
    apart = "授权随下次联网送到终端，授权码另外交给技术员" if asked.send else "与授权文件分开交给技术员"
    print(f"一次性授权码，{asked.hours} 小时内有效；{apart} / one-time code", file=sys.stderr)
    return 0


def resume_chain(asked: argparse.Namespace, clock: Clock) -> int:
    """Take up a chain again that was stopped, once somebody has looked into it."""
    parts = Parts(asked.data, clock)
    chain = care.chain_named(asked.chain)
    if not Intake(parts.database(), parts.library.current, parts.trust, clock).resume(chain):
        raise NotHere(
            "没有停下这样一条链，或者它的终端已经换下 / no chain of this name is stopped, or its terminal was replaced"
        )
    print("下次从停下的地方重新读 / it is read again from where it stopped")
    return 0


Work = Callable[[argparse.Namespace, Clock], int]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m county",
        description=__doc__.split("\n", 1)[0],
        epilog="Every command takes --clock FILE, which steers the domain clock; TLS keeps real time.",
    )
    programs = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, work: Work, what: str) -> argparse.ArgumentParser:
        added = programs.add_parser(name, help=what, description=what)
        added.set_defaults(work=work)
        added.add_argument("--data", type=Path, required=True, help="the county's data directory")
        return added

    run_parser = add("run", run, "serve the console and exchange with the gateway (also without a command)")
    run_parser.add_argument("--console", default=DEFAULT_CONSOLE, help="host:port of the console, on loopback")
    run_parser.add_argument("--once", action="store_true", help="exchange with the gateway once and end")
    user = add("user-add", add_user, "add a clerk to the console")
    user.add_argument("--name", required=True, help="what they log in with")
    user.add_argument("--shown-as", help="their name as people write it")
    user.add_argument("--role", required=True, choices=[duty.value for duty in Duty])
    user.add_argument("--department", help="code of their department in the profile")
    user.add_argument("--password-stdin", action="store_true", required=True, help="read the password from a line")
    add("rebuild", rebuild_lists, "make every list anew from the records")
    add("verify", verify_store, "check every stored header, body and signature")
    add("resume-chain", resume_chain, "take up a stopped chain again").add_argument("chain", help="its id, hexadecimal")
    care.add_commands(add, Parts, STORE_FILE, print)
    desk = add(
        "desk-grant", grant_a_desk, "let an agent into a desk that nobody there can open; prints a one-time code"
    )
    desk.add_argument("--point", required=True, help="12-digit code of the point")
    desk.add_argument("--terminal", required=True, help="number of the terminal at its point")
    desk.add_argument("--agent", required=True, help="id of the agent at the terminal, e.g. A01")
    way = desk.add_mutually_exclusive_group(required=True)
    way.add_argument("--out", type=Path, help="the new file of the grant, for the technician's stick")
    way.add_argument("--send", action="store_true", help="send the grant to the terminal over its line instead")
    desk.add_argument("--hours", type=int, default=72, help="how long it counts (default 72)")
    packs.add_commands(programs)
    return parser


def main(arguments: list[str]) -> int:
    """Run a command; returns 1 with a sentence when something is missing or wrong."""
    shared = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    shared.add_argument("--clock", type=Path)
    steering, rest = shared.parse_known_args(arguments)
    if rest and rest[0].startswith("--") and rest[0] != "--help":
        rest = ["run", *rest]
    asked = _parser().parse_args(rest)
    core_dumps.refuse()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        clock: Clock = SteeredClock(steering.clock) if steering.clock else SystemClock()
        if hasattr(asked, "command"):
            return int(asked.command(asked, clock, print))
        work: Work = asked.work
        return work(asked, clock)
    except (
        NotHere, CannotListen, TailRefused, care.CareRefused, CountyConfigRefused, PackRefused, StoreOfAnotherVersion,
        SteeringUnreadable, NameTaken, PasswordTooWeak, KeyFileRefused, PointNotGranted, NoDeskKey, GrantTooLarge,
        ssl.SSLError,
    ) as refusal:  # fmt: skip
        print(f"county: {refusal}", file=sys.stderr)
        return 1
    except OSError as refusal:
        place = refusal.filename2 or refusal.filename
        print(f"county: 不能读写 / {place}: {refusal.strerror}" if place else f"county: {refusal}", file=sys.stderr)
        return 1
    except StoreFault as refusal:
        print(f"county: 数据库 {STORE_FILE} 不能用 / cannot be used: {refusal}", file=sys.stderr)
        return 1


def _there(path: Path) -> Path:
    if not path.is_file():
        raise NotHere(f"没有 {path.name} / {path.name} is not there")
    return path


def _loopback(listen: str) -> str:
    """The console speaks HTTP without TLS, so it listens on this machine only. Raises NotHere."""
    host, _, port = listen.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError as cause:
        raise NotHere(f"{listen} 不是 地址:端口 / is not an address and a port") from cause
    if not address.is_loopback or not port.isdecimal() or not port.isascii() or int(port) > 65_535:
        raise NotHere(f"{listen} 不是本机地址 / the console listens on loopback only; put a TLS proxy before it")
    return listen


def _lock(path: Path) -> ProcessLock:
    """Wait a moment for a county that is just ending, as after a crash of its parent. Raises NotHere."""
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            return ProcessLock(path)
        except HeldElsewhere as cause:
            if time.monotonic() > until:
                raise NotHere("这个目录的县平台已经在运行 / the county of this directory runs already") from cause
            time.sleep(_LOCK_RETRY_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
