"""A small honest village to be attacked: two terminals of one point with some records, everything carried or not."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random

from county.verification import verify
from sync.client.line import Answer, Carrier
from sync.journal import JournalRefused
from sync.model.facts import Kind
from tests.campaign.village import chance, papers, remembered, story
from tests.campaign.village.disk import Disk
from tests.campaign.village.tale import quiet_directory
from tests.campaign.village.terminal import Terminal
from tests.campaign.village.world import World

TERMINALS = 2
WORK_LEAST, WORK_MOST = 2, 5
ROUNDS = 3


class Scene:
    """What an attack works on.

    Attributes:
        world: the village.
        victim: the terminal that is attacked, or attacks.
        other: another terminal.
        notices: what anybody has noticed so far, in words of the table.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = world.rng
        self.victim, self.other = world.terminals[:TERMINALS]
        self.notices: set[str] = set()

    # --- honest people ----------------------------------------------------------------------------------------------

    def work(self, terminal: Terminal, acts: int | None = None) -> None:
        """Let some records be written: at least one."""
        before = terminal.journal.head().seq
        for _ in range(self.rng.randrange(WORK_LEAST, WORK_MOST) if acts is None else acts):
            with self.world.disk.acting(terminal.kiosk):
                story._desk_work(self.world, terminal)
        while terminal.journal.head().seq == before:
            with self.world.disk.acting(terminal.kiosk):
                story._desk_work(self.world, terminal)

    def carry(self) -> None:
        """Let everything be carried, and take note of what anybody says of it."""
        for _ in range(ROUNDS):
            self.world.advance(2_000)
            self.world.gateway.sequencer.turn()
            for terminal in self.world.living:
                self.round(terminal)
                if terminal.kiosk.alive:
                    terminal.fold()
            self.world.county.exchange()
        self.look()

    def round(self, terminal: Terminal) -> None:
        """One round of a sync process."""
        fault = terminal.round()
        if fault:
            self.notices.add(f"line: {fault}")

    def look(self) -> None:
        """Ask everybody who can notice something."""
        county = self.world.county
        self.notices |= {f"county: {each.split('：')[0]}" for each in county.complaints()}
        if list(verify(county.database)):
            self.notices.add("county: audit")
        if self.world.gateway.store.forks():
            self.notices.add("gateway: fork")
        for terminal in self.world.living:
            if terminal.kiosk.alive and terminal.journal.audit(terminal.signer.public_key).flaws:
                self.notices.add("journal: audit")
            with county.database.reading() as connection:
                query = "SELECT 1 FROM records WHERE chain = ? AND kind = ?"
                if connection.execute(query, (terminal.chain, Kind.CLOCK_MOVED)).fetchone():
                    self.notices.add("county: clock moved")

    # --- hands on disks ---------------------------------------------------------------------------------------------

    def close(self, terminal: Terminal) -> None:
        """End both programs of a terminal."""
        self.world.end(terminal.kiosk)
        self.world.end(terminal.sync)

    def open(self, terminal: Terminal) -> bool:
        """Start both programs again; a kiosk that does not start has noticed something."""
        try:
            terminal.start_kiosk()
        except JournalRefused as refused:
            self.notices.add(f"journal: {type(refused).__name__}")
            return False
        terminal.start_sync(self.rng)
        return True

    def keep_copy(self, terminal: Terminal) -> Path:
        """Copy the disk of a terminal whose programs have ended."""
        copy = terminal.directory.with_name(terminal.directory.name + "-copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(terminal.directory, copy)
        return copy

    def put_back(self, terminal: Terminal, copy: Path) -> None:
        """Put the copy in the place of the disk."""
        shutil.rmtree(terminal.directory)
        shutil.copytree(copy, terminal.directory)

    @contextmanager
    def editing(self, path: Path) -> Iterator[sqlite3.Connection]:
        """Change a file of a program that has ended, by hand."""
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            yield connection
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


class LyingLine:
    """A line that lets everything pass, but for answers that somebody exchanges."""

    def __init__(self, line: Carrier, path: str, body: bytes) -> None:
        self._line = line
        self._path = path
        self._body = body

    def close(self) -> None:
        """See `Line.close`."""

    def ask(self, path: str, bytes_max: int, headers: Mapping[str, str] | None = None) -> Answer:
        """See `Line.ask`."""
        return self._exchanged(path, self._line.ask(path, bytes_max, headers))

    def send(self, path: str, frames: Iterator[bytes], bytes_max: int) -> Answer:
        """See `Line.send`."""
        return self._exchanged(path, self._line.send(path, frames, bytes_max))

    def exchange(
        self, method: str, path: str, bytes_max: int, headers: Mapping[str, str], body: Iterator[bytes] | None = None
    ) -> Answer:
        """See `Line.exchange`."""
        return self._exchanged(path, self._line.exchange(method, path, bytes_max, headers, body))

    def _exchanged(self, path: str, answer: Answer) -> Answer:
        return Answer(200, "", self._body) if path.startswith(self._path) else answer


def lie(terminal: Terminal, path: str, body: bytes) -> None:
    """From now on the answers to a path are `body`, as of somebody who holds the line and the gateway's TLS key."""
    lanes = terminal.lanes
    for lane in (lanes.records, lanes.checkpoints, lanes.inbox):
        lane._line = LyingLine(lane._line, path, body)


@contextmanager
def honest_scene(seed: int, kind: str) -> Iterator[Scene]:
    """A village in which everything that was written has been carried."""
    rng = Random(f"{kind} {seed}")
    disk = Disk()
    with quiet_directory() as directory, disk.in_force(), chance.drawn_from(rng), remembered.in_force():
        world = World(directory, rng, disk, 0)
        try:
            for _ in range(TERMINALS):
                world.enrol("990101102203")
            papers.make_room(world)
            world.start_all()
            scene = Scene(world)
            for terminal in world.terminals:
                scene.work(terminal)
            scene.carry()
            for _ in range(rng.randrange(3)):
                world.county.act()
            for terminal in world.terminals:
                scene.work(terminal)
            scene.carry()
            assert scene.notices == set(), f"an honest village was accused: {scene.notices}"
            yield scene
        finally:
            world.close()
