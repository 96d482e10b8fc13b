"""A county for tests: its keys made by provisioning, its gateway a real process on loopback, boxes that enrol there."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.county_init import County, county_keys
from provisioning.gateway_link import GatewayLink, GatewayUnreachable, fetch_authorities
from provisioning.grant import county_link, grant
from provisioning.plan import carry_out
from provisioning.stage import ENDS_WITH_PARENT
from sync import county_config
from sync.certificates import make_request, read_chain
from sync.clock import SystemClock
from sync.county_config import CountyConfig
from sync.enrolment import EnrolmentAnswer, EnrolmentRequest
from sync.keys import FileSigner, Trust
from sync.model.facts import ActorClass, Fact, SignInRefused
from sync.one_time_code import OneTimeCode
from sync.peer_name import PeerName, PeerRole
from sync.protocol.acknowledgement import Acknowledgement, verify_answer
from sync.protocol.frame import FrameReader, encode_frame
from sync.protocol.relay import RELAY_BYTES_MAX, Relay
from sync.protocol.segment import Segment, cut
from sync.record import Link, Record, Stamp, chain_id, compose
from sync.tls import client_context

COUNTY = "990101"
START_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """The directories of a county and of its gateway, and the gateway's process."""

    home: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    points: int = 0

    def __post_init__(self) -> None:
        clock = SystemClock()
        carry_out(county_keys(self.county, clock, clock), lambda _: None)

    @property
    def county(self) -> County:
        return County(COUNTY, "青山县", self.county_dir, self.gateway_dir, "127.0.0.1", self.port, Path())

    @property
    def county_dir(self) -> Path:
        return self.home / "county"

    @property
    def gateway_dir(self) -> Path:
        return self.home / "gateway"

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def trust(self) -> Trust:
        return CountyConfig.load(self.county_dir).trust(self.county_dir)

    def start(self, clock: Path | None = None) -> None:
        command = [*ENDS_WITH_PARENT, sys.executable, "-m", "sync.gateway", "--data", str(self.gateway_dir)]
        command += ["--clock", str(clock)] if clock is not None else []
        with (self.home / "gateway.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                # Not just a connection: a worker that was killed a moment ago may still hold the port.
                fetch_authorities(self.url)
                return
            except GatewayUnreachable:
                time.sleep(0.05)
        raise AssertionError(self.log())

    def stop(self, with_signal: int = signal.SIGKILL) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, with_signal)
            self.process.wait(20)

    def log(self) -> str:
        return (self.home / "gateway.log").read_text("utf-8")

    def county_link(self) -> GatewayLink:
        return county_link(self.county_dir, CountyConfig.load(self.county_dir))

    def next_name(self) -> PeerName:
        """A terminal that nobody has enrolled yet."""
        self.points += 1
        return PeerName(COUNTY, PeerRole.TERMINAL, f"990101{self.points:06}", "01")

    def code_for(self, name: PeerName) -> OneTimeCode:
        return grant(self.county_dir, name.region, name.terminal, "柳溪村便民服务点", 72, SystemClock(), lambda _: None)

    def enrol_box(self) -> Box:
        """A new box, granted and enrolled."""
        name = self.next_name()
        box = Box(self, self.home / f"box-{name.region}")
        box.enrol(self.code_for(name))
        return box

    def county_writer(self, name: PeerName) -> Writer:
        """The county's own chain to a terminal."""
        return Writer(FileSigner.load(self.county_dir / county_config.chain_key(name)), ActorClass.COUNTY)

    def feed(self, after: int = 0) -> list[Relay]:
        return relays(self.county_link().get(f"/v1/feed?after={after}"))


class Writer:
    """Writes records of one chain, as a journal would."""

    def __init__(self, signer: FileSigner, actor_class: ActorClass = ActorClass.AGENT) -> None:
        self.signer = signer
        self.actor_class = actor_class
        self.link = Link.start(chain_id(signer.public_key))
        self.records: list[Record] = []

    def write(self, count: int = 1, fact: Fact | None = None) -> list[Record]:
        now_ms = SystemClock().wall_ms()
        for _ in range(count):
            happened = fact or SignInRefused(tries=self.link.seq)
            stamp = Stamp(wall_ms=now_ms, boot_id=b"12345678", boot_ms=self.link.seq)
            record = compose(
                happened, after=self.link, stamp=stamp, signer=self.signer, actor="A01", actor_class=self.actor_class
            )
            self.link = record.link
            self.records.append(record)
        return self.records[-count:]

    def branch(self, seq: int) -> Writer:
        """A second writer with the same key that goes on from record `seq`: what a copied disk is."""
        other = Writer(self.signer, self.actor_class)
        other.records = self.records[:seq]
        other.link = other.records[-1].link
        return other


class Box:
    """A terminal: its keys, its chain and its line to the gateway."""

    def __init__(self, site: Site, data: Path) -> None:
        self.site = site
        self.keys = data / "keys"
        self.keys.mkdir(parents=True)
        self.records = FileSigner.create(self.keys / "record.pem")
        self.tls = FileSigner.create(self.keys / "tls-key.pem")
        self.writer = Writer(self.records)
        root = read_chain((site.county_dir / county_config.AUTHORITIES).read_bytes())[1]
        (self.keys / "root-certificate.pem").write_bytes(root.public_bytes(Encoding.PEM))
        self.name: PeerName | None = None

    def request(self, code: OneTimeCode, name: PeerName | None = None) -> EnrolmentRequest:
        asked = make_request(self.tls.private_key, name)
        return EnrolmentRequest.make(code.token_id, code.secret, asked, self.records)

    def enrol(self, code: OneTimeCode, name: PeerName | None = None) -> EnrolmentAnswer:
        link = GatewayLink(self.site.url, client_context(self.keys / "root-certificate.pem"))
        answer = EnrolmentAnswer.decode(link.post("/v1/enrol", self.request(code, name).encode()))
        root = read_chain((self.keys / "root-certificate.pem").read_bytes())[0]
        answer.check(root, code.fingerprint, self.tls.public_key, self.records.public_key)
        (self.keys / "tls-certificate.pem").write_bytes(answer.certificates)
        self.name = answer.name
        return answer

    @property
    def context(self) -> ssl.SSLContext:
        return client_context(
            self.keys / "root-certificate.pem", self.keys / "tls-certificate.pem", self.keys / "tls-key.pem"
        )

    @property
    def link(self) -> GatewayLink:
        return GatewayLink(self.site.url, self.context)

    def push(self, records: list[Record]) -> Answered:
        return push(self.site, self.context, stream_of(records))

    def head(self) -> Acknowledgement:
        return verify_answer(self.link.get(f"/v1/head/{self.writer.link.chain.hex()}"), self.site.trust)


@dataclass(frozen=True)
class Answered:
    """A gateway's answer to segments."""

    status: int
    refusal: str
    body: bytes
    trust: Trust

    @property
    def acknowledged(self) -> Acknowledgement:
        return verify_answer(self.body, self.trust)


def stream_of(records: list[Record], records_max: int = 50) -> bytes:
    return b"".join(encode_frame(segment.encode()) for segment in segments_of(records, records_max))


def segments_of(records: list[Record], records_max: int = 50) -> list[Segment]:
    return list(cut(records, records_max))


def push(site: Site, context: ssl.SSLContext, stream: bytes) -> Answered:
    """POST bytes as one chunked stream."""
    connection = HTTPSConnection("127.0.0.1", site.port, timeout=20, context=context)
    try:
        connection.request("POST", "/v1/segments", iter([stream]), encode_chunked=True)
        answer = connection.getresponse()
        return Answered(answer.status, answer.headers.get("Sunpoint-Refusal", ""), answer.read(), site.trust)
    finally:
        connection.close()


def relays(stream: bytes) -> list[Relay]:
    return [Relay.decode(content) for content in FrameReader(RELAY_BYTES_MAX).feed(stream)]
