"""The county's desk: the one place where the county writes.

A clerk's command becomes facts, facts become records signed with the key of the county's chain for that terminal,
records become rows of the lists: all in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from county import wording
from county.casefile import CaseFile, read_case_file
from county.cases import Circumstances, Command, CommandRefused, decide
from county.deeds import Deed, What
from county.duties import Clerk
from county.giving import holder_of
from county.library import Library
from county.papers import paper_of
from county.pen import Pen, keep
from county.projection import ParkedRow, case_of, project, project_if_possible, stray_problem
from county.store.cases import CaseTable
from county.store.clerks import write_deed
from county.store.database import Database
from county.store.evidence import EvidenceTable
from county.store.ledger import Ledger
from sync.clock import Clock
from sync.model.case import Case, NotAllowedHere, evolve
from sync.model.facts import Author, Fact
from sync.record import envelope
from sync.sealing import Recipient


class CaseNotThere(LookupError):
    """No record about a case of this number has come in."""


class NotYours(Exception):
    """The clerk's duty or department does not let them do this. It has been written down."""


class CaseMovedOn(CommandRefused):
    """Something happened to the case after the clerk had opened the page."""


class CountyCatchingUp(CommandRefused):
    """The store was put back from a backup: what the county has answered since is at the gateway, and not here yet.

    To write before it is here would give one place of a chain two records.
    """


class CaseDesk:
    """Reads cases and carries out commands.

    Args:
        database: the store.
        library: gives the packs in force; asked for each command.
        pen: writes on the county's chains.
        clock: of this program.
        written: called when records wait to be sent.
    """

    def __init__(
        self,
        database: Database,
        library: Callable[[], Library],
        pen: Pen,
        clock: Clock,
        written: Callable[[], None],
    ) -> None:
        self._database = database
        self._library = library
        self._pen = pen
        self._clock = clock
        self._written = written

    def open(self, number: str) -> CaseFile:
        """Return a case as it stands. Raises CaseNotThere."""
        with self._database.reading() as connection:
            return self._read(Ledger(connection), number)

    def perform(self, clerk: Clerk, number: str, command: Command, seen_moves: int) -> None:
        """Carry out a command; durable when this returns.

        Args:
            clerk: who asks.
            number: of the case.
            command: what is to happen.
            seen_moves: `CaseFile.moves` as the clerk saw the case.

        Raises:
            CaseNotThere, NotYours, PointNotGranted, PointCannotRead.
            CommandRefused: the command lacks something, the case has moved on (CaseMovedOn), or the store was just put
                back (CountyCatchingUp).
        """
        library = self._library()
        name = wording.COMMAND[type(command)]
        with self._pen.answer_keys.whole(), self._database.writing() as connection:
            ledger = Ledger(connection)
            if ledger.catching_up():
                raise CountyCatchingUp("县平台刚从备份恢复，正在从网关取回备份以后的记录。取回以前不能办，请稍等再试。")
            file = self._read(ledger, number)
            may = clerk.may(type(command), library.department(file.case.item_code))
            if may:
                self._carry_out(ledger, file, command, clerk, library, seen_moves)
                CaseTable(connection).write(project(self._read(ledger, number), library))
            what = What.ACTED if may else What.REFUSED
            write_deed(connection, Deed(self._clock.wall_ms(), clerk.name, what, number, name))
        if not may:
            raise NotYours(name)
        self._written()

    def _read(self, ledger: Ledger, number: str) -> CaseFile:
        file = _read(self._database, ledger, number)
        if not file.entries:
            raise CaseNotThere(number)
        return file

    def _carry_out(
        self, ledger: Ledger, file: CaseFile, command: Command, clerk: Clerk, library: Library, seen_moves: int
    ) -> None:
        if file.moves != seen_moves:
            raise CaseMovedOn("您打开这一页以后，这件事有了新的情况。请看过最新的经过，再决定怎么办。")
        case = file.case
        circumstances = Circumstances(
            now_ms=self._clock.wall_ms(),
            calendar=library.calendar,
            handler=f"{library.department_name(clerk.department)} {clerk.shown_as}",
            legal_limit=library.legal_limit(case),
            extension_days_max=library.profile.periods.extension_days_max,
        )
        paper = paper_of(file)
        for fact in decide(case, command, circumstances):
            case = self._append(ledger, case, fact, clerk, paper)

    def _append(self, ledger: Ledger, case: Case, fact: Fact, clerk: Clerk, paper: Recipient | None) -> Case:
        record = self._pen.compose(ledger, holder_of(case), fact, actor=clerk.name, case_no=case.number, paper=paper)
        try:
            moved = evolve(case, envelope(record, Author.COUNTY))
        except NotAllowedHere as refusal:
            raise CommandRefused("这件事现在不能这样办。") from refusal
        keep(ledger, record)
        return moved


_READING = 2
"""Raised when this program keeps more of the same records than the one before it."""


def rebuild(database: Database, library: Library) -> int:
    """Make every projection anew from the records, in one transaction, and return how many cases there are."""
    with database.writing() as connection:
        ledger, table = Ledger(connection), CaseTable(connection)
        table.clear()
        EvidenceTable(connection).clear()
        chains = {each.chain: each for each in ledger.chains()}
        keys = database.keyring.among(ledger.record_at)
        for stored in ledger.strays():
            header = stored.record.header
            number, _ = case_of(stored, chains[header.chain], ledger.was_given)
            if number is not None:
                # It came while this program did not know its kind.
                ledger.file_under(header.chain, header.seq, number)
                continue
            reason = stray_problem(stored, chains[header.chain], keys, ledger.was_given)
            if reason:
                table.park([ParkedRow(header.chain, header.seq, None, reason)])
        numbers = list(ledger.case_numbers())
        for number in numbers:
            projection = project_if_possible(partial(_read, database, ledger, number), number, library)
            if projection is not None:
                table.write(projection)
        ledger.note_projected_with(_versions(library))
    return len(numbers)


def keep_in_step(database: Database, library: Library) -> None:
    """Rebuild when the packs are not those that the projections were made with: days in them may have moved."""
    with database.reading() as connection:
        projected_with = Ledger(connection).projected_with()
    if projected_with != _versions(library):
        rebuild(database, library)


def _versions(library: Library) -> str:
    packs = (f"{name}={version}" for name, version in sorted(library.versions.items()))
    return " ".join((*packs, f"reading={_READING}"))


def _read(database: Database, ledger: Ledger, number: str) -> CaseFile:
    return read_case_file(number, ledger.of_case(number), database.keyring.among(ledger.record_at))
