"""The desk: the one place where the kiosk writes. A command becomes facts, facts become signed records, records become
rows on the screens, all in one transaction; only after it has ended may anything happen in the world.

The county's records come in by `fold_inbox`: they are read from the sync process's file and folded here, because only
the kiosk folds.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from kiosk.commands import Command, GiveNotice, Refused, TakeInCase, decide
from kiosk.projections import cases, drafts, papers, shown
from kiosk.projections.cases import Body, Cases
from kiosk.projections.drafts import DraftRow, Drafts
from kiosk.projections.papers import Papers
from kiosk.projections.progress import SCHEMA as PROGRESS_SCHEMA
from kiosk.projections.progress import Progress
from kiosk.projections.shown import Shown
from sync.clock import Clock
from sync.journal import Journal
from sync.keyring import Keyring
from sync.model.case import Case, NotAllowedHere, evolve
from sync.model.case_number import next_case_number, parse_case_number
from sync.model.facts import ActorClass, Author, DeskKeyMade, Envelope, Fact, Kind
from sync.model.moment import local_date
from sync.model.plain import FactDoesNotFit, field_of
from sync.model.working_calendar import WorkingCalendar
from sync.reading import fact_of, open_body
from sync.record import Record, RecordRefused, envelope
from sync.sealing import KeyOpener, Opener

SCHEMAS = (cases.SCHEMA, papers.SCHEMA, drafts.SCHEMA, PROGRESS_SCHEMA, shown.SCHEMA)

INBOX_PAGE_RECORDS = 200


class Inbox(Protocol):
    """The county's records as the sync process keeps them: verified, in order."""

    def records(self, after: int, limit: int) -> list[tuple[int, Record]]:
        """Return (place, record) pairs behind a place, oldest first."""
        ...


class Actor(Struct, frozen=True):
    """Who acts: a short id for the record and what kind of being it is."""

    id: str
    kind: ActorClass = ActorClass.AGENT


SYSTEM = Actor("system", ActorClass.SYSTEM)
CITIZEN = Actor("citizen", ActorClass.CITIZEN)
PAD = Actor("pad", ActorClass.PAD)


class Performed(Struct, frozen=True):
    """What a command led to: the case as it stands now and the seq of its last record."""

    case: Case
    seq: int


class Desk:
    """Writes facts, folds answers, keeps drafts. One instance, one thread."""

    def __init__(
        self, journal: Journal, inbox: Inbox, desk_key: Opener, clock: Clock, region: str, terminal: int
    ) -> None:
        """Use an open journal; `region` and `terminal` are the point's code and the terminal's number there.

        `desk_key` opens what may be read here.
        """
        self._journal = journal
        self._inbox = inbox
        self._keys = Keyring([desk_key]).among(self._record_at)
        self._clock = clock
        self._region = region
        self._terminal = terminal
        connection = journal.connection
        with journal.transaction():
            for schema in SCHEMAS:
                for statement in schema.split(";"):
                    connection.execute(statement)
        self.cases = Cases(connection)
        self.papers = Papers(connection)
        self.drafts = Drafts(connection, desk_key)
        self._progress = Progress(connection)
        self.shown = Shown(connection)

    def perform(
        self,
        command: Command,
        actor: Actor,
        calendar: WorkingCalendar,
        case_no: str | None = None,
        draft_id: str | None = None,
    ) -> Performed:
        """Carry out a command, durable when this returns.

        A new case gets its number here. `draft_id` is the draft it was filled in as: discarded when the case is taken
        in, bound to the number when a notice was given.

        Raises:
            Refused: it cannot be done; nothing was written.
            sync.journal.JournalIsFull: the disk took nothing; nothing was written.
        """
        at_ms = self._clock.wall_ms()
        with self._journal.transaction() as writing:
            number = case_no or self._next_number()
            case = self.cases.case(number)
            seq = 0
            for happened in decide(case, command, at_ms, calendar):
                record = writing.append(happened, actor=actor.id, actor_class=actor.kind, case_no=number)
                case = self._take(record, case)
                seq = record.header.seq
            self._settle_draft(command, draft_id, number)
        return Performed(case, seq)

    def note(self, happened: Fact, actor: Actor, case_no: str | None = None) -> int:
        """Write down something that happened and return its seq, durable when this returns."""
        with self._journal.transaction() as writing:
            record = writing.append(happened, actor=actor.id, actor_class=actor.kind, case_no=case_no)
            self._project(record, Author.TERMINAL)
        return record.header.seq

    def tell_desk_key(self, desk_key: KeyOpener) -> None:
        """Tell the county whom to seal its answers to, unless this key was told before."""
        public_key = desk_key.recipient.public_key
        told = self._journal.record(self._progress.desk_key_told())
        if told is None or field_of(DeskKeyMade, "public_key", told.header.plain) != public_key:
            self.note(DeskKeyMade(public_key=public_key, private_key=desk_key.secret()), SYSTEM)

    def save_draft(self, draft: DraftRow) -> None:
        """Keep a draft, durable when this returns."""
        with self._journal.transaction():
            self.drafts.save(draft)

    def discard_draft(self, draft_id: str) -> None:
        """Forget a draft that the agent threw away."""
        with self._journal.transaction():
            self.drafts.discard(draft_id)

    def fold_inbox(self) -> frozenset[str]:
        """Take in what has come from the county and return the numbers of the cases that it was about."""
        changed: set[str] = set()
        while page := self._inbox.records(self._progress.inbox_folded(), INBOX_PAGE_RECORDS):
            with self._journal.transaction():
                for place, record in page:
                    self._project(record, Author.COUNTY)
                    self._progress.fold_inbox_to(place)
                    if record.header.case_no is not None:
                        changed.add(record.header.case_no)
        return frozenset(changed)

    def story(self, case_no: str) -> list[tuple[Envelope, Fact | None]]:
        """Return every fact known of a case with its body; None for one that this version cannot read."""
        return [(step.envelope, self._fact(step.envelope)) for step in self.cases.case(case_no).steps]

    def record_of(self, case_no: str, kind: Kind) -> Record | None:
        """Return this terminal's first record of a kind about a case: what a paper refers to."""
        for step in self.cases.case(case_no).steps:
            if step.envelope.kind == kind and step.envelope.author is Author.TERMINAL:
                return self._journal.record(step.envelope.seq)
        return None

    def rebuild(self) -> None:
        """Make every projection anew from the journal and the county's records. Drafts are no fold and stay."""
        with self._journal.transaction():
            for folded in (self.cases, self.papers, self._progress, self.shown):
                folded.clear()
            after = 0
            while page := self._journal.read(after, INBOX_PAGE_RECORDS):
                for record in page:
                    self._project(record, Author.TERMINAL)
                after = page[-1].header.seq
        self.fold_inbox()

    def _take(self, record: Record, case: Case) -> Case:
        try:
            moved = evolve(case, envelope(record, Author.TERMINAL))
        except NotAllowedHere as refusal:
            raise Refused("not_now", str(refusal)) from refusal
        self._project(record, Author.TERMINAL)
        return moved

    def _project(self, record: Record, author: Author) -> None:
        happened = envelope(record, author)
        self.cases.apply(happened, self._body(record))
        self.shown.apply(happened)
        if author is Author.TERMINAL:
            self.papers.apply(happened)
            self._progress.apply(happened)

    def _settle_draft(self, command: Command, draft_id: str | None, number: str) -> None:
        if draft_id is None:
            return
        if isinstance(command, TakeInCase):
            self.drafts.discard(draft_id)
        elif isinstance(command, GiveNotice):
            draft = self.drafts.get(draft_id)
            if draft is not None:
                self.drafts.save(replace(draft, case_no=number))

    def _next_number(self) -> str:
        text = self.cases.last_number(self._region, self._terminal)
        last = parse_case_number(text) if text else None
        today = local_date(self._clock.wall_ms())
        return next_case_number(last, self._region, self._terminal, today).text

    def _fact(self, happened: Envelope) -> Fact | None:
        if happened.author is Author.TERMINAL:
            record = self._journal.record(happened.seq)
        else:
            found = self._inbox.records(happened.seq - 1, 1)
            record = found[0][1] if found else None
        if record is None:
            return None
        try:
            return fact_of(record, self._keys)
        except (RecordRefused, FactDoesNotFit):
            return None

    def _body(self, record: Record) -> Body | None:
        try:
            return open_body(record, self._keys)
        except RecordRefused:
            # Withheld, sealed, or authentic and yet unreadable: the header alone is folded.
            return None

    def _record_at(self, chain: bytes, seq: int) -> Record | None:
        if chain == self._journal.chain:
            return self._journal.record(seq)
        # The inbox holds one chain, the county's for this terminal, and a record's place in it is its seq.
        found = self._inbox.records(seq - 1, 1)
        return found[0][1] if found and found[0][1].header.chain == chain else None
