"""A county in small for the tests of the pipe: root, gateway and one terminal, with real keys and certificates."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from sync.certificates import Issuer, issue, make_issuer, make_root, raw_public_key, root_fingerprint
from sync.clock import SystemClock
from sync.gateway import config as files
from sync.gateway.config import GatewayConfig
from sync.gateway.store import Grant
from sync.gateway.store.sqlite import SqliteStore
from sync.journal import Journal
from sync.keys import FileSigner, Purpose, Statement, Trust
from sync.model.facts import (
    ActorClass,
    CaseTakenIn,
    Channel,
    Fact,
    MaterialMark,
    MaterialState,
    Person,
    RatingInvited,
    Role,
    Stage,
    Urgency,
)
from sync.peer_name import PeerName, PeerRole
from sync.record import Link, Record, Stamp, chain_id, compose
from sync.sealing import KeyOpener
from sync.terminal import TerminalConfig
from sync.transport.reader import TransportReader
from tests.seals import ESCROW, OPENING, READERS, known_key

COUNTY = "990101"
REGION = "990101102203"
CASE_NO = "9901011022032611230100017"
FOREVER_MS = (1 << 53) - 1
SOURCES = Path(__file__).resolve().parents[2]

TAKEN_IN = CaseTakenIn(
    item_code="hk-01",
    item_version=3,
    role=Role.PROXY,
    urgency=Urgency.ORDINARY,
    promise_days=5,
    applicant=Person(name="张三", identity_number="990101199001011239", phone="000-5550-123"),
    values={"reason": "新办", "people": 3, "kinds": ("a", "b")},
    materials=(MaterialMark(material="id-card", state=MaterialState.ORIGINAL_SEEN),),
    signature=((1, 2, 3, 4), (500, 600, 510, 620)),
    agent_name="王建国",
)
INVITED = RatingInvited(stage=Stage.TAKEN_IN, visit=1, channel=Channel.PAD)


def write(journal: Journal, *facts: Fact) -> list[Record]:
    """Append facts about one case, each in a transaction of its own."""
    written = []
    for happened in facts:
        with journal.transaction() as writing:
            written.append(writing.append(happened, actor="A01", actor_class=ActorClass.AGENT, case_no=CASE_NO))
    return written


def chain_of(signer: FileSigner, count: int, happened: Fact = TAKEN_IN, after: Link | None = None) -> list[Record]:
    """Make records of one chain without a journal; the first of a chain tells its content key."""
    link = after or Link.start(chain_id(signer.public_key))
    key = known_key(link.chain)
    records = []
    for number in range(count):
        stamp = Stamp(1_795_415_520_000 + number, b"bootboot", 1_000 + number)
        fact = happened if link.seq else key.told_to(READERS)
        record = compose(
            fact, after=link, stamp=stamp, signer=signer, actor="A01", actor_class=ActorClass.AGENT, case_no=CASE_NO,
            content_key=key,
        )  # fmt: skip
        records.append(record)
        link = record.link
    return records


def sync(village: Village) -> None:
    """Run one round of the real client, which must go well."""
    ran = village.sync_once()
    assert ran.returncode == 0, ran.stderr


@dataclass(frozen=True, slots=True)
class Keys:
    """Who signs what."""

    root: FileSigner
    issuer: FileSigner
    gateway: FileSigner
    county: FileSigner
    record: FileSigner


class Village:
    """The data directories of a gateway and of a terminal that is enrolled there."""

    def __init__(self, home: Path, hosts: tuple[str, ...] = ("127.0.0.1", "localhost")) -> None:
        self.home = home
        self.hosts = hosts
        self.gateway = home / "gateway"
        self.terminal = home / "terminal"
        for directory in (self.gateway / "keys", self.gateway / "packs", self.terminal / "keys"):
            directory.mkdir(parents=True)
        self.name = PeerName(COUNTY, PeerRole.TERMINAL, REGION, "01")
        self.keys = Keys(
            FileSigner.create(home / "root.pem"),
            FileSigner.create(self.gateway / files.ISSUER_KEY),
            FileSigner.create(self.gateway / files.ACKNOWLEDGEMENT_KEY),
            FileSigner.create(home / "county.pem"),
            FileSigner.create(self.terminal / "keys" / "record.pem"),
        )
        self.trust = Trust(self.keys.root.public_key, COUNTY, self.keys.issuer.public_key)
        self._write_gateway()
        self._write_terminal()
        self.enrol()

    @property
    def chain(self) -> bytes:
        """The terminal's chain."""
        return chain_id(self.keys.record.public_key)

    def statement(self, purpose: Purpose, key: bytes, subject: str, until_ms: int = FOREVER_MS) -> bytes:
        """The root's word about a key."""
        return Statement(purpose, key, subject, COUNTY, 0, until_ms).sign(self.keys.root)

    def certificate(self, key: bytes, name: PeerName, hosts: tuple[str, ...] = (), at_ms: int | None = None) -> bytes:
        """A PEM chain of a certificate, made at `at_ms` or now, and the authority that issued it."""
        pem = issue(self._issuer, Ed25519PublicKey.from_public_bytes(key), name, at_ms or _now_ms(), hosts)
        return pem + self._issuer.certificate.public_bytes(Encoding.PEM)

    def journal(self) -> Journal:
        """Open the terminal's journal for writing, as the kiosk does."""
        return Journal.open_or_create(self.terminal / "journal.db", self.keys.record, READERS, SystemClock())

    def transport(self) -> TransportReader:
        """What the kiosk reads."""
        return TransportReader(self.terminal / "transport.db")

    def configure(self, gateway_url: str, retry_delay_s_max: int = 1) -> None:
        """Tell the terminal where the gateway is, and how long it waits at most before it tries again."""
        TerminalConfig(
            REGION, "柳溪村便民服务点", "01", COUNTY, gateway_url, poll_s=1, retry_delay_s_max=retry_delay_s_max
        ).save(self.terminal)

    def county_records(self, count: int, after: Link | None = None) -> list[Record]:
        """Records of the county's chain for this point."""
        return chain_of(self.keys.county, count, after=after)

    def fix_port(self) -> int:
        """Tell the terminal a gateway's address where nothing listens yet, and return its port."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        self.configure(f"https://127.0.0.1:{port}")
        return port

    @contextmanager
    def running_gateway(self, port: int = 0) -> Iterator[str]:
        """Run the real gateway; yields its address. Ended by SIGTERM."""
        listen = ("--listen", f"127.0.0.1:{port}")
        with program("sync.gateway", "--data", str(self.gateway), *listen) as process:
            yield _address(process)

    def sync_once(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one round of the real client."""
        return subprocess.run(
            [sys.executable, "-m", "sync.client", "--data", str(self.terminal), "--once"],
            cwd=SOURCES, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def _write_gateway(self) -> None:
        root = make_root(self.keys.root.private_key, COUNTY, "test", _now_ms())
        self._root_pem = root.public_bytes(Encoding.PEM)
        issuer_key = self.keys.issuer.private_key
        authority = make_issuer(Issuer(self.keys.root.private_key, root), issuer_key.public_key(), COUNTY, _now_ms())
        self._issuer = Issuer(issuer_key, authority)
        server = FileSigner.create(self.gateway / files.SERVER_KEY)
        name = PeerName(COUNTY, PeerRole.GATEWAY)
        (self.gateway / files.SERVER_CERTIFICATES).write_bytes(self.certificate(server.public_key, name, self.hosts))
        (self.gateway / files.AUTHORITIES).write_bytes(authority.public_bytes(Encoding.PEM) + self._root_pem)
        acknowledge = self.statement(Purpose.ACKNOWLEDGE, self.keys.gateway.public_key, name.urn())
        (self.gateway / files.ACKNOWLEDGEMENT_STATEMENT).write_bytes(acknowledge)
        for file, purpose, reader in (
            (files.OPENING_STATEMENT, Purpose.OPENING, OPENING),
            (files.ESCROW_STATEMENT, Purpose.ESCROW, ESCROW),
        ):
            (self.gateway / file).write_bytes(self.statement(purpose, reader.recipient.public_key, name.urn()))
        stick = KeyOpener.create(self.gateway / files.STICK_KEY).recipient.public_key
        (self.gateway / files.STICK_STATEMENT).write_bytes(self.statement(Purpose.STICK, stick, name.urn()))
        fingerprint = root_fingerprint(raw_public_key(self.keys.root.private_key.public_key())).hex()
        GatewayConfig(COUNTY, "127.0.0.1:0", fingerprint).save(self.gateway)

    def _write_terminal(self) -> None:
        tls = FileSigner.create(self.terminal / "keys" / "tls-key.pem")
        (self.terminal / "keys" / "tls-certificate.pem").write_bytes(self.certificate(tls.public_key, self.name))
        (self.terminal / "keys" / "root-certificate.pem").write_bytes(self._root_pem)
        self.configure("https://127.0.0.1:9")

    def enrol(self) -> None:
        """Let the gateway know the terminal and the county's chain to it."""
        county = self.statement(Purpose.COUNTY_CHAIN, self.keys.county.public_key, self.name.urn())
        own = self.statement(Purpose.TERMINAL_CHAIN, self.keys.record.public_key, self.name.urn())
        store = SqliteStore(self.gateway / files.STORE_FILE)
        grant = Grant("token", b"digest", self.name, "柳溪村", FOREVER_MS)
        store.add_grant(grant, self.keys.county.public_key, county)
        store.use_grant("token", b"request", b"answer", self.keys.record.public_key, own)
        store.close()


@contextmanager
def program(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run one of the programs; it is told to stop, and ended if it does not."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=SOURCES, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise


def eventually(timeout_s: float, is_so: object) -> None:
    """Wait until a callable returns something true; fails when it does not in time."""
    until = time.monotonic() + timeout_s
    while not is_so():  # type: ignore[operator]  # any callable
        assert time.monotonic() < until, "it never came to be so"
        time.sleep(0.05)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        found = re.search(r"https://\S+", line)
        if found and line.startswith("gateway of county"):
            return found[0]
    raise AssertionError("the gateway did not start:\n" + "".join(said))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
