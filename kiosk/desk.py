"""The desk: the one place where the kiosk writes. A command becomes facts, facts become signed records, records become
rows on the screens, all in one transaction; only after it has ended may anything happen in the world.

The county's records come in by `fold_inbox`: they are read from the sync process's file and folded here, because only
the kiosk folds.

A locked desk writes and folds as an open one does, but reads no bodies: what only bodies say stays empty until somebody
has opened it (`kiosk.desk_lock`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from msgspec import Struct

from kiosk.commands import Command, GiveNotice, Refused, TakeInCase, decide
from kiosk.given_cases import GivenCases, Inbox
from kiosk.people import People
from kiosk.projections import cases, drafts, given, papers, shown
from kiosk.projections.attachments import SCHEMA as ATTACHMENTS_SCHEMA
from kiosk.projections.attachments import Attachments
from kiosk.projections.cases import Body, Cases
from kiosk.projections.drafts import DraftRow, Drafts
from kiosk.projections.given import GivenRecords
from kiosk.projections.papers import Papers
from kiosk.projections.progress import SCHEMA as PROGRESS_SCHEMA
from kiosk.projections.progress import Progress
from kiosk.projections.shown import Shown
from sync.desk_key import DeskChange, OpenDesk
from sync.journal import Journal, JournalDamaged
from sync.keyring import Keyring
from sync.model.case import Case, NotAllowedHere, evolve
from sync.model.case_number import YEARS, next_case_number, parse_case_number
from sync.model.county_day import CountyDay
from sync.model.facts import (
    ActorClass,
    Author,
    CaseTakenIn,
    DeskAccessEnded,
    DeskAccessGiven,
    DeskKeyMade,
    Envelope,
    Fact,
    JournalFoundDamaged,
    Kind,
    OneTimeNoticeGiven,
)
from sync.model.plain import FactDoesNotFit, field_of
from sync.model.working_calendar import WorkingCalendar
from sync.reading import fact_of, open_body
from sync.record import Record, RecordRefused, envelope
from sync.sealing import KeyOpener, Recipient

SCHEMAS = (cases.SCHEMA, papers.SCHEMA, drafts.SCHEMA, PROGRESS_SCHEMA, ATTACHMENTS_SCHEMA, shown.SCHEMA, given.SCHEMA)

Now = Callable[[], CountyDay]

INBOX_PAGE_RECORDS = 200
_APPLICATIONS = frozenset({Kind.CASE_TAKEN_IN, Kind.ONE_TIME_NOTICE_GIVEN})
"""Facts that say whom a case is about."""


class Actor(Struct, frozen=True):
    """Who acts: a short id for the record and what kind of being it is."""

    id: str
    kind: ActorClass = ActorClass.AGENT


SYSTEM = Actor("system", ActorClass.SYSTEM)
TECHNICIAN = Actor("technician", ActorClass.TECHNICIAN)
CITIZEN = Actor("citizen", ActorClass.CITIZEN)
PAD = Actor("pad", ActorClass.PAD)


class Performed(Struct, frozen=True):
    """What a command led to: the case as it stands now and the seq of its last record."""

    case: Case
    seq: int


class Desk:
    """Writes facts, folds answers, keeps drafts. One instance, one thread."""

    def __init__(
        self, journal: Journal, inbox: Inbox, desk_key: Recipient | None, now: Now, region: str, terminal: int
    ) -> None:
        """Use an open journal; `region` and `terminal` are the point's code and the terminal's number there. `now`
        tells which day it is.

        `desk_key` is whom drafts are sealed to, None when nobody can open this desk. It is locked at first.
        """
        self._journal = journal
        self._inbox = inbox
        self._keyring = Keyring([])
        self._keys = self._keyring.among(self._record_at)
        self._now = now
        self._region = region
        self._terminal = terminal
        connection = journal.connection
        with journal.transaction():
            for schema in SCHEMAS:
                for statement in schema.split(";"):
                    connection.execute(statement)
        self.cases = Cases(connection, journal.chain)
        self.papers = Papers(connection)
        self.drafts = Drafts(connection, desk_key)
        self._progress = Progress(connection)
        self.attachments = Attachments(connection)
        self.shown = Shown(connection)
        self._given_records = GivenRecords(connection)
        self.given = GivenCases(self._given_records, inbox, self._keys)
        self.people = People()
        self._learned = ""
        self._is_open = False

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
        now = self._now()
        with self._journal.transaction() as writing:
            number = case_no or self._next_number()
            case = self.cases.case(number)
            seq = 0
            for happened in decide(case, command, now, calendar):
                record = writing.append(happened, actor=actor.id, actor_class=actor.kind, case_no=number)
                case = self._take(record, case)
                seq = record.header.seq
            self._settle_draft(command, draft_id, number)
        if isinstance(command, TakeInCase | GiveNotice) and self._is_open:
            self._learn(number, nameless=False)
        return Performed(case, seq)

    def note(self, happened: Fact, actor: Actor, case_no: str | None = None) -> int:
        """Write down something that happened and return its seq, durable when this returns."""
        with self._journal.transaction() as writing:
            record = writing.append(happened, actor=actor.id, actor_class=actor.kind, case_no=case_no)
            self._project(record, Author.TERMINAL)
        return record.header.seq

    def unlock(self, opened: OpenDesk) -> None:
        """Read bodies and drafts from now on, and tell the county whom to seal to unless it was told before."""
        self._keyring.hold(opened.openers)
        self.drafts.open_with(opened.openers)
        self._is_open = True
        self._learned, self.people.everybody = "", False
        self._tell_desk_key(opened.key)

    def lock(self) -> None:
        """Read nothing from now on: the keys, and what they opened, are let go of."""
        self._keyring.hold(())
        self.drafts.open_with(())
        self._is_open = False
        self.people.lock()

    def seal_for(self, desk_key: Recipient, readers: Sequence[Recipient]) -> None:
        """Seal drafts to another key of the desk, and tell content keys to these readers, from now on."""
        self._journal.seal_for(readers)
        self.drafts.seal_to(desk_key)

    def tell_changes(self, changes: Sequence[DeskChange], actor: Actor) -> None:
        """Write down who was given or lost access, unless that was told before."""
        told_ms = self._progress.desk_change_told()
        for change in changes:
            if change.at_ms > told_ms and change.gift is not None:
                self.note(DeskAccessGiven(at_ms=change.at_ms, agent=change.agent, how=change.gift), actor)
            elif change.at_ms > told_ms and change.end is not None:
                self.note(DeskAccessEnded(at_ms=change.at_ms, agent=change.agent, why=change.end), actor)

    def tell_damage(self, first: int, part: str, flaws: int) -> None:
        """Write down that the audit has found the journal damaged, unless the same was told last."""
        if self._progress.damage_told() != first:
            self.note(JournalFoundDamaged(first=first, part=part, flaws=flaws), SYSTEM)

    def learn(self, limit: int) -> None:
        """Learn the people of the next `limit` cases by heart, and write masked names that could not be read before.

        To be called again and again while the desk is open; does nothing when it is locked or nobody is left.
        """
        if not self._is_open or self.people.everybody:
            return
        rows = self.cases.after(self._learned, limit)
        for row in rows:
            self._learn(row.case_no, nameless=not row.name_masked)
            self._learned = row.case_no
        self.people.everybody = len(rows) < limit

    def applicant_fits(self, case_no: str, last_four: str) -> bool | None:
        """Whether the applicant's identity number ends like this; False also for a case that is not here.

        None: the desk is locked, and was not opened long enough since the program started to know.
        """
        if self._is_open:
            self._learn(case_no, nameless=False)
            return bool(self.people.fits(case_no, last_four))
        return self.people.fits(case_no, last_four)

    def is_about(self, case_no: str, identity_number: str) -> bool:
        """Whether the applicant of a case has this identity number; False while the desk is locked."""
        if self._is_open and not self.people.knows(case_no):
            self._learn(case_no, nameless=False)
        return self.people.is_of(case_no, identity_number)

    def save_draft(self, draft: DraftRow, attachments: Sequence[bytes] = ()) -> None:
        """Keep a draft that names these attachments, durable when this returns."""
        with self._journal.transaction():
            self.drafts.save(draft)
            self.attachments.hold(draft.id, attachments)

    def discard_draft(self, draft_id: str) -> None:
        """Forget a draft that the agent threw away."""
        with self._journal.transaction():
            self.drafts.discard(draft_id)
            self.attachments.let_go(draft_id)

    def fold_inbox(self) -> frozenset[str]:
        """Take in what has come from the county and return the numbers of the cases that it was about.

        Among them those that are known here by a receipt only, when the county has told how they stand.
        """
        changed: set[str | None] = set()
        while page := self._inbox.records(self._progress.inbox_folded(), INBOX_PAGE_RECORDS):
            with self._journal.transaction():
                for place, record in page:
                    changed |= {record.header.case_no, self._take_answer(place, record)}
                    self._progress.fold_inbox_to(place)
        return frozenset(number for number in changed if number is not None)

    def story(self, case_no: str) -> list[tuple[Envelope, Fact | None]]:
        """Return every fact known of a case with its body; None for one that this version cannot read."""
        return [(step.envelope, self._fact(step.envelope)) for step in self.cases.case(case_no).steps]

    def record_of(self, case_no: str, kind: Kind) -> Record | None:
        """Return the point's first record of a kind about a case: what a paper refers to. One that another terminal
        wrote before the case was given to this one comes without body and signature. Raises JournalDamaged.
        """
        for step in self.cases.case(case_no).steps:
            if step.envelope.kind == kind and step.envelope.author is Author.TERMINAL:
                chain, seq = step.envelope.chain, step.envelope.seq
                return self._journal.record(seq) if self.is_own(chain) else self.record(chain, seq)
        return None

    def own_record(self, seq: int) -> Record | None:
        """Return a record of this terminal; None also for a damaged one: its case goes on without what it says."""
        try:
            return self._journal.record(seq)
        except JournalDamaged:
            return None

    def record(self, chain: bytes, seq: int) -> Record | None:
        """Return a record of this terminal, of the county's chain to it, or one that was told again."""
        record = self._record_at(chain, seq)
        told = self.given.find(chain, seq) if record is None else None
        return told.record if told is not None else record

    def is_own(self, chain: bytes) -> bool:
        """Whether a chain is this terminal's, and not that of one that had a case before."""
        return chain == self._journal.chain

    def named_attachments(self) -> set[bytes]:
        """Return the digest of every attachment that the journal or a draft names.

        Looks at every record since this was last asked, so that no file is ever taken for an orphan because a
        projection was lost. Raises JournalRefused.
        """
        with self._journal.transaction():
            after = self.attachments.folded()
            while page := self._journal.read(after, INBOX_PAGE_RECORDS):
                for record in page:
                    self.attachments.apply(envelope(record, Author.TERMINAL))
                after = page[-1].header.seq
            self.attachments.fold_to(after)
            return self.attachments.named()

    def rebuild(self) -> None:
        """Make every projection anew from the journal and the county's records. Drafts are no fold and stay."""
        with self._journal.transaction():
            for folded in (self.cases, self.papers, self._progress, self.attachments, self.shown, self._given_records):
                folded.clear()
            after = 0
            while page := self._journal.read(after, INBOX_PAGE_RECORDS):
                for record in page:
                    self._project(record, Author.TERMINAL)
                after = page[-1].header.seq
        self.fold_inbox()

    def _tell_desk_key(self, desk_key: KeyOpener) -> None:
        public_key = desk_key.recipient.public_key
        told = self._journal.record(self._progress.desk_key_told())
        if told is None or field_of(DeskKeyMade, "public_key", told.header.plain) != public_key:
            self.note(DeskKeyMade(public_key=public_key, private_key=desk_key.secret()), SYSTEM)

    def _learn(self, case_no: str, *, nameless: bool) -> None:
        for happened in self.cases.envelopes(case_no):
            if happened.author is not Author.TERMINAL or happened.kind not in _APPLICATIONS:
                continue
            fact = self._fact(happened)
            if isinstance(fact, CaseTakenIn | OneTimeNoticeGiven) and fact.applicant is not None:
                self.people.learn(case_no, fact.applicant)
                if nameless:
                    with self._journal.transaction():
                        self.cases.name(case_no, fact.applicant.name)

    def _take(self, record: Record, case: Case) -> Case:
        try:
            moved = evolve(case, envelope(record, Author.TERMINAL))
        except NotAllowedHere as refusal:
            raise Refused("not_now", str(refusal)) from refusal
        self._project(record, Author.TERMINAL)
        return moved

    def _project(self, record: Record, author: Author) -> str | None:
        """Fold a record; return the case that was known by its receipt only until this record told of it."""
        happened = envelope(record, author)
        self.cases.apply(happened, self._body(record))
        fetched = self.shown.apply(happened)
        if author is Author.TERMINAL:
            self.papers.apply(happened)
            self._progress.apply(happened)
            self.attachments.apply(happened)
        return fetched

    def _take_answer(self, place: int, record: Record) -> str | None:
        """Fold a record of the county; what it tells again of a case waits until the case is given.

        Returns the number of a case that it has filled, which was known by its receipt only.
        """
        if record.header.kind == Kind.RECORD_GIVEN:
            self.given.wait(place, record)
            return None
        if record.header.kind != Kind.CASE_GIVEN or record.header.case_no is None:
            return self._project(record, Author.COUNTY)
        told = self.given.take(record.header.case_no)
        self.cases.take_over(envelope(record, Author.COUNTY), [(each.envelope, each.body) for each in told])
        for each in told:
            self.papers.take_over(each.envelope)
        self._learned, self.people.everybody = "", False
        return None

    def _settle_draft(self, command: Command, draft_id: str | None, number: str) -> None:
        if draft_id is None:
            return
        if isinstance(command, TakeInCase):
            self.drafts.discard(draft_id)
            self.attachments.let_go(draft_id)
        elif isinstance(command, GiveNotice):
            self.drafts.bind(draft_id, number)

    def _next_number(self) -> str:
        text = self.cases.last_number(self._region, self._terminal)
        last = parse_case_number(text) if text else None
        today = self._now().day
        if today.year not in YEARS:
            # Where nothing tells a year of a case number, nobody is kept waiting: the record's own times stand in it.
            today = date(YEARS.start, 1, 1)
        return next_case_number(last, self._region, self._terminal, today).text

    def _fact(self, happened: Envelope) -> Fact | None:
        record = self._record_at(happened.chain, happened.seq)
        if record is None:
            return self.given.fact(happened.chain, happened.seq)
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
            return self.own_record(seq)
        # The inbox holds one chain, the county's for this terminal, and a record's place in it is its seq.
        found = self._inbox.records(seq - 1, 1)
        return found[0][1] if found and found[0][1].header.chain == chain else None
