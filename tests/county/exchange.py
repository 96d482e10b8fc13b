"""The county's gateway as a real process, and a terminal that has enrolled there."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from provisioning.enrol import Enrolment, enrol
from provisioning.grant import grant
from sync.clock import SteeredClock
from sync.county_config import CountyConfig
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.facts import ActorClass, DeskKeyMade, Fact
from sync.terminal import TerminalConfig, readers_of
from sync.transport.reader import TransportReader
from tests.county.village import LIUXI
from tests.gateway.county_site import free_port
from tests.seals import DESK

START_S = 30
ROUND_S = 60


@dataclass
class Gateway:
    """The gateway of a county directory made by `made_county`, on a port of its own."""

    home: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        county = self.home / "county"
        replace(CountyConfig.load(county), gateway_url=self.url).save(county)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def steering(self) -> Path:
        return self.home / "clock.json"

    def start(self) -> None:
        command = [sys.executable, "-m", "sync.gateway", "--data", str(self.home / "gateway")]
        command += ["--listen", f"127.0.0.1:{self.port}", "--clock", str(self.steering)]
        with (self.home / "gateway.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise AssertionError((self.home / "gateway.log").read_text())

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)


class Terminal:
    """Terminal 01 of 柳溪村, granted and enrolled, without its screen."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.data = gateway.home / "terminal"
        clock = SteeredClock(gateway.steering)
        county = gateway.home / "county"
        code = grant(county, LIUXI, "01", "柳溪村便民服务点", 72, clock, lambda _: None)
        enrol(Enrolment(self.data, gateway.url, code.text()), lambda _: None)
        signer = FileSigner.load(self.data / "keys" / "record.pem")
        readers = readers_of(self.data, TerminalConfig.load(self.data), DESK.recipient)
        self.journal = Journal.open_or_create(self.data / "journal.db", signer, readers, clock)
        told = DeskKeyMade(public_key=DESK.recipient.public_key, private_key=DESK.secret())
        with self.journal.transaction() as writing:
            writing.append(told, actor="system", actor_class=ActorClass.SYSTEM)

    def write(self, fact: Fact, case_no: str) -> None:
        with self.journal.transaction() as writing:
            writing.append(fact, actor="A01", actor_class=ActorClass.AGENT, case_no=case_no)

    def sync(self) -> None:
        """One round of the real sync process."""
        command = [sys.executable, "-m", "sync.client", "--data", str(self.data), "--once"]
        subprocess.run([*command, "--clock", str(self._gateway.steering)], check=True, timeout=ROUND_S)

    def inbox(self) -> TransportReader:
        return TransportReader(self.data / "transport.db")
