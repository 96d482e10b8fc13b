"""One county with its gateway and some terminals, and the scheduler that lets one of them act after another.

Everything is drawn from one seed: who acts next, what they do, which byte a line is cut at, before which statement a
process dies. Acts nest: while a request is under way, others act.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from random import Random

from county.store.database import StoreFault
from sync.clock import FixedClock
from sync.gateway.store import StoreUnavailable
from sync.journal import JournalRefused
from sync.peer_name import PeerName, PeerRole
from sync.protocol.acknowledgement import verify_answer
from sync.transport.schema import TransportRefused
from tests.campaign.village import estate, papers
from tests.campaign.village.county import CountyEnd, chain_signer
from tests.campaign.village.disk import Disk, Killed, Process
from tests.campaign.village.gateway import GatewayEnd, Reply
from tests.campaign.village.network import Network, Request
from tests.campaign.village.terminal import Terminal
from tests.county.village import NOON_MS

REGIONS = ("990101102203", "990101102204")
HOLDERS_MOST = 99
NESTED_MOST = 2
BOOT_BYTES = 8


class World:
    """The village, its gateway and its county.

    Args:
        directory: an empty one, for everybody's files.
        rng: everything is drawn from it.
        disk: in force.
        terminals: how many there are at first.
    """

    def __init__(self, directory: Path, rng: Random, disk: Disk, terminals: int) -> None:
        self.directory = directory
        self.rng = rng
        self.disk = disk
        self.clock = FixedClock(NOON_MS, 1_000, rng.randbytes(BOOT_BYTES))
        self.nesting: Callable[[World], None] | None = None
        self.nested_share = 0.0
        self.restored = False
        self.copied_ms = 0
        self.replaced: set[bytes] = set()
        self.forgotten: set[bytes] = set()
        self.unsigned = False
        self.counts: dict[str, int] = {}
        self.log: list[str] = []
        self.township = Process("township", disk)
        self.damaged: set[bytes] = set()
        self.answers_on_sticks = 0
        self.dated_files = 0
        self._trace = hashlib.sha256()
        self._depth = 0
        post_bytes_max = rng.choice((256 * 1024, 256 * 1024, 6000, 2000))
        quota_bytes = rng.choice(papers.GATEWAY_BYTES)
        self.gateway = GatewayEnd(self._made("gateway"), disk, self.clock, post_bytes_max, quota_bytes)
        self.network = Network(self.gateway, disk, rng, self._meanwhile, self._said)
        self.county = CountyEnd(self._made("county"), disk, self.clock, self.network, rng)
        self.terminals: list[Terminal] = []
        self._numbers = dict.fromkeys(REGIONS, 0)
        self.gateway.start()
        self.county.start()
        for _ in range(terminals):
            self.enrol(rng.choice(REGIONS))

    def enrol(self, region: str, replaces: Terminal | None = None) -> Terminal:
        """Set up a new terminal at a point, with a number and a chain of its own; it may take another's place."""
        self._numbers[region] += 1
        name = PeerName(estate.COUNTY, PeerRole.TERMINAL, region, f"{self._numbers[region]:02}")
        clock = FixedClock(self.clock.wall_ms(), 1_000, self.rng.randbytes(BOOT_BYTES))
        terminal = Terminal(
            self.directory / f"terminal-{region[-3:]}-{name.terminal}", name, self.disk, clock, self.network,
            self.county.generation, self.rng.choice(papers.SHELF_BYTES),
        )  # fmt: skip
        if replaces is not None:
            self.replaced.add(replaces.chain)
            terminal.succeed(replaces, self.gateway.close(replaces.name))
        self.gateway.enrol(name, terminal.signer.public_key, chain_signer(name).public_key)
        self.terminals.append(terminal)
        return terminal

    @property
    def living(self) -> list[Terminal]:
        """The terminals that are still there."""
        return [each for each in self.terminals if not each.gone]

    def advance(self, ms: int) -> None:
        """Let time pass everywhere."""
        self.clock.advance(ms)
        for terminal in self.living:
            terminal.clock.advance(ms)

    def note(self, happened: str) -> None:
        """Write down what happened, for the trace."""
        self._trace.update(f"{self._depth} {happened}\n".encode())
        self.log.append("  " * self._depth + happened)

    def count(self, what: str, by: int = 1) -> None:
        """Count something for the results."""
        self.counts[what] = self.counts.get(what, 0) + by

    def trace(self) -> str:
        """What the same seed gives again."""
        return self._trace.hexdigest()

    # --- acting -----------------------------------------------------------------------------------------------------

    def attempt(self, who: str, process: Process, act: Callable[[], object]) -> bool:
        """Let a process do something; it may die over it, or be refused by its disk. Returns whether it went well."""
        try:
            came = act()
        except Killed as killed:
            if killed.process is not process:
                raise
            self.note(f"{who}: killed")
            self.count("deaths")
            self.end(process)
            return False
        except (JournalRefused, TransportRefused, StoreUnavailable, StoreFault) as refused:
            self.note(f"{who}: {type(refused).__name__}")
            self.count("refused by a disk")
            return False
        self.note(f"{who}: {came}" if isinstance(came, str) and came else who)
        return True

    def end(self, process: Process) -> None:
        """A process is dead."""
        for terminal in self.terminals:
            if process is terminal.kiosk:
                terminal.end_kiosk()
        process.end()

    def close(self) -> None:
        """End everybody."""
        for terminal in self.terminals:
            terminal.end_kiosk()
            terminal.sync.end()
        self.gateway.process.end()
        self.county.process.end()

    def is_free(self, process: Process) -> bool:
        """Whether a process is not in the middle of something."""
        return not self.disk.is_acting(process)

    def start(self, process: Process, begin: Callable[[], object]) -> None:
        """Start a process that is dead."""
        if not process.alive and self.is_free(process) and not self.attempt(f"start {process.name}", process, begin):
            process.end()

    def start_all(self) -> None:
        """Start whatever is dead."""
        self.start(self.gateway.process, self.gateway.start)
        self.start(self.county.process, self.county.start)
        for terminal in self.living:
            self.start(terminal.kiosk, terminal.start_kiosk)
            self.start(terminal.sync, lambda terminal=terminal: terminal.start_sync(self.rng))  # type: ignore[misc]  # mypy cannot tell a lambda's default

    def _meanwhile(self) -> None:
        """Let somebody else act while a request is under way."""
        if self.nesting is not None and self._depth < NESTED_MOST and self.rng.random() < self.nested_share:
            self._depth += 1
            try:
                self.nesting(self)
            finally:
                self._depth -= 1

    def _said(self, _request: Request | None, reply: Reply) -> None:
        """Check an answer of the gateway before anybody can lose it: what it signs must have been committed."""
        if reply.status not in (200, 409, 422) or reply.body[:2] != b"\x83\x01" or not self.gateway.process.alive:
            return
        link = verify_answer(reply.body, estate.trust()).link
        self.count("acknowledgements")
        if link.seq:
            with self.disk.looking(), self.disk.acting(self.gateway.process):
                held = self.gateway.store.records_after(link.chain, link.seq - 1, 1)
            assert held, f"the gateway acknowledges record {link.seq}, which it does not hold"
            assert held[0].hash == link.hash, f"the gateway acknowledges another record {link.seq}"

    def _made(self, name: str) -> Path:
        directory = self.directory / name
        directory.mkdir()
        return directory
