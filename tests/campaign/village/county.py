"""The county's program: its real courier, intake, outbox and desk on its real store."""

from __future__ import annotations

from pathlib import Path
from random import Random

from county.attachments import DIRECTORY, AttachmentFetcher, AttachmentVault
from county.cases import (
    AcceptCase,
    CloseCase,
    Command,
    CommandRefused,
    DecideCase,
    ExtendDeadline,
    MarkReady,
    RefuseToAccept,
    RequireSupplement,
    ResumeCase,
    SuspendCase,
    TerminateCase,
    allowed,
)
from county.courier import Courier
from county.desk import CaseDesk
from county.evidence import EvidenceDesk
from county.giving import CaseGiver, holder_of
from county.intake import Intake
from county.key_tools import tell_readers
from county.outbox import Outbox
from county.paper_desk import PaperDesk
from county.pen import Pen, PointCannotRead
from county.review import ReviewDesk, TailRefused
from county.store.database import Database, StoreFault
from county.store.evidence import EvidenceTable
from county.store.ledger import Ledger
from county.store.resealed import Resealed
from county.store.successions import Successions
from sync.clock import FixedClock
from sync.keyring import Keyring
from sync.keys import FileSigner
from sync.model.case import Case
from sync.model.facts import Author, Kind, Outcome
from sync.model.moment import local_date
from sync.model.working_calendar import BeyondCalendar
from sync.peer_name import PeerName, PeerRole
from sync.protocol.checkpoint import Checkpoint
from sync.record import Record
from sync.sealing import KeyOpener
from tests.campaign.village import estate
from tests.campaign.village.disk import Disk, Process
from tests.campaign.village.network import CountyLine, Network
from tests.county.office import SUPERVISOR

REASONS = "年满八十周岁，户籍和居住情况属实。"
_NOT_OF_A_TAIL = f"""
 NOT EXISTS (SELECT 1 FROM records AS q WHERE q.chain = parked.chain AND q.seq = parked.seq
    AND q.kind = {Kind.RATED_LATER:d})
 AND (case_no IS NULL OR case_no NOT IN (
    SELECT r.case_no FROM records AS r JOIN late_tails AS t
    ON r.chain = t.chain AND r.seq BETWEEN t.first_seq AND t.last_seq
    WHERE t.accepted AND r.case_no IS NOT NULL))"""


def chain_signer(name: PeerName) -> FileSigner:
    """The key of the county's chain for a terminal."""
    return estate.signer(f"county chain {name.urn()}")


class _ChainKeys:
    def signer(self, region: str, terminal: str) -> FileSigner:
        return chain_signer(PeerName(estate.COUNTY, PeerRole.TERMINAL, region, terminal))


class CountyEnd:
    """The county on a file. `start` opens it, `process.end` is its death."""

    def __init__(self, directory: Path, disk: Disk, clock: FixedClock, network: Network, rng: Random) -> None:
        self.process = Process("county", disk)
        self.file = directory / "county.db"
        self.attachments = directory / DIRECTORY
        self.vault = AttachmentVault(self.attachments)
        self.generation = 0
        self._disk = disk
        self._clock = clock
        self._network = network
        self._rng = rng
        self.database: Database
        self.courier: Courier
        self.desk: CaseDesk
        self.pen: Pen
        self.intake: Intake
        self.evidence: EvidenceDesk

    def start(self) -> None:
        """Open the store. Raises StoreFault."""
        with self._disk.acting(self.process):
            try:
                self.database = Database(self.file, Keyring(self.keys(), Resealed(self.file).seals))
            except OSError as full:
                # The file itself cannot be made: the program says so and ends, as with a fault of the store.
                raise StoreFault(str(full)) from full
            line = CountyLine(self._network, self.process)
            self.intake = Intake(self.database, estate.library, estate.trust(), self._clock)
            outbox = Outbox(self.database, line, estate.trust())
            self.evidence = EvidenceDesk(self.database, line, estate.library, estate.trust(), self._clock)
            self.pen = pen = Pen(_ChainKeys(), estate.county_readers(self.generation), self._clock)
            self._tell_readers()
            self.courier = Courier(
                line,
                self.intake,
                outbox,
                AttachmentFetcher(self.database, self.vault, line, self._clock),
                upkeep=lambda: None,
                answer=self._answer,
                evidence=self.evidence,
                clock=self._clock,
                jitter=lambda: 0.5,
            )
            self.desk = CaseDesk(self.database, estate.library, pen, self._clock, self.courier.nudge)
        self.process.alive = True

    def _answer(self) -> None:
        PaperDesk(self.database, self.pen, estate.library).tend()
        CaseGiver(self.database, self.pen).tend(estate.library())

    def keys(self) -> list[KeyOpener]:
        """The opening key and those that it replaced."""
        return [estate.opening(generation) for generation in range(self.generation, -1, -1)]

    def _tell_readers(self) -> None:
        """What `county.__main__` does at its start and before every exchange once a key was replaced."""
        if self.generation:
            tell_readers(self.database, self.pen, *estate.reading_statements(self.generation))

    def exchange(self) -> str:
        """Pull and push; returns how it went. Raises Killed."""
        with self._disk.acting(self.process):
            try:
                self._tell_readers()
                return "" if self.courier.exchange() else self.courier.status().problem
            except (StoreFault, OSError) as fault:
                # `Courier.run` notes it and goes on.
                return str(fault)

    def act(self) -> str:
        """A clerk does something that may be done with some case; returns what. Raises Killed."""
        with self._disk.acting(self.process):
            numbers = self.statuses()
            if not numbers:
                return "no cases"
            number = self._rng.choice(sorted(numbers))
            file = self.desk.open(number)
            commands = sorted(allowed(file.case), key=lambda each: each.__name__)
            if not commands:
                return f"{number} is over"
            kind = self._rng.choice(commands)
            department = estate.library().department(file.case.item_code)
            if department is None:
                return f"{number} is nobody's"
            clerk = next(each for each in estate.clerks(department) if each.may(kind, department))
            try:
                self.desk.perform(clerk, number, self._command(kind), file.moves)
            except (CommandRefused, PointCannotRead, StoreFault, BeyondCalendar) as refusal:
                return f"{kind.__name__} {number}: {type(refusal).__name__}"
            return f"{kind.__name__} {number}"

    def review(self) -> str:
        """A supervisor decides about a late tail; returns what came of it. Raises Killed."""
        with self._disk.acting(self.process):
            desk = ReviewDesk(self.database, estate.library, self.pen, self._clock, self.courier.nudge)
            tails = [tail for tail, chain in desk.all() if tail.accepted is None and chain is not None]
            if not tails:
                return "no late tails"
            tail, accepted = min(tails, key=lambda each: each.first_seq), self._rng.random() < 0.8
            try:
                desk.decide(SUPERVISOR, tail.id, REASONS, accepted=accepted)
            except (TailRefused, StoreFault) as refusal:
                return f"tail {tail.first_seq}: {type(refusal).__name__}"
            return f"tail {tail.first_seq}-{tail.last_seq}: {'counts' if accepted else 'refused'}"

    def _command(self, kind: type[Command]) -> Command:
        day = local_date(self._clock.wall_ms())
        due = estate.library().calendar.working_day_after(day, self._rng.randrange(3, 12))
        commands: dict[type[Command], Command] = {
            AcceptCase: AcceptCase(),
            RefuseToAccept: RefuseToAccept(REASONS),
            RequireSupplement: RequireSupplement(("户口簿", "证明"), due, ""),
            SuspendCase: SuspendCase(REASONS),
            ResumeCase: ResumeCase(),
            DecideCase: DecideCase(self._rng.choice(list(Outcome)), REASONS),
            MarkReady: MarkReady("通知书"),
            CloseCase: CloseCase(),
            TerminateCase: TerminateCase(REASONS),
            ExtendDeadline: ExtendDeadline(due, REASONS),
        }
        return commands[kind]

    def records(self, chain: bytes) -> list[Record]:
        """All that is stored of a chain."""
        with self._disk.acting(self.process), self.database.reading() as connection:
            return [each.record for each in Ledger(connection).of_chain(chain, 0, 1 << 30)]

    def statuses(self) -> dict[str, str]:
        """Every case as the county's list shows it."""
        with self._disk.acting(self.process), self.database.reading() as connection:
            return dict(connection.execute("SELECT number, status FROM cases").fetchall())

    def open_cases(self) -> dict[tuple[str, str], dict[str, Case]]:
        """The open cases of each terminal that has some, by region and number, as the county folds them."""
        found: dict[tuple[str, str], dict[str, Case]] = {}
        with self._disk.acting(self.process):
            for number in self.statuses():
                case = self.desk.open(number).case
                if not case.over:
                    found.setdefault(holder_of(case), {})[number] = case
        return found

    def left_behind(self) -> list[str]:
        """Open cases of a terminal whose place another has that was not given them, though its desk can read them."""
        with self._disk.acting(self.process), self.database.reading() as connection:
            ledger, successions = Ledger(connection), Successions(connection)
            lineages = [each for each in successions.lineages() if ledger.desk_key(each.region, each.heir) is not None]
            return [number for lineage in lineages for number in successions.not_given(lineage)]

    def complaints(self) -> list[str]:
        """Alarms, chains that were stopped, and what made no sense, but in a case that an accepted late tail moved.

        There two desks have moved one case without knowing of each other, and what the later one says is parked. So is
        what somebody has rated afterwards once too often, or without a paper.
        """
        with self._disk.acting(self.process), self.database.reading() as connection:
            ledger = Ledger(connection)
            found = [f"alarm: {each.reason}" for each in ledger.alarms()]
            replaced = {each.closed for each in Successions(connection).all()}
            stopped = [each for each in ledger.chains() if each.stopped_for and each.chain not in replaced]
            found += [f"stopped: {each.stopped_for}" for each in stopped]
            parked = connection.execute("SELECT reason FROM parked WHERE" + _NOT_OF_A_TAIL).fetchall()
            return found + [f"parked: {reason}" for (reason,) in parked]

    def log_faults(self) -> list[str]:
        """What was said about the gateway's log."""
        with self._disk.acting(self.process), self.database.reading() as connection:
            return [each.reason for each in EvidenceTable(connection).faults()]

    def followed(self) -> Checkpoint:
        """How far the gateway's log has been read."""
        with self._disk.acting(self.process), self.database.reading() as connection:
            return EvidenceTable(connection).followed().newest

    def bounds(self, chain: bytes) -> list[int | None]:
        """Until when each record of a chain was written at the latest."""
        with self._disk.acting(self.process), self.database.reading() as connection:
            head = Ledger(connection).chain(chain)
            table = EvidenceTable(connection)
            return [table.interval(chain, seq).not_after_ms for seq in range(1, head.head.seq + 1)] if head else []

    def heads(self) -> dict[bytes, int]:
        """How far each of the county's own chains has come."""
        with self._disk.acting(self.process), self.database.reading() as connection:
            return {each.chain: each.head.seq for each in Ledger(connection).chains(Author.COUNTY)}
