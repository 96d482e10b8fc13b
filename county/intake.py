"""Takes in what the gateway hands on.

The gateway is not trusted: every record is verified again, from the county root's key down.

- A segment is taken whole: keys vouched for, signature right, numbers and hashes without a gap.
- What is here already is passed over, so that any part of the feed may be read twice.
- A chain that forks, breaks, is not signed or has lost records at the gateway is stopped and reported; the others go
  on. `resume` takes it up again.
- Authentic-and-in-order is judged apart from makes-sense: nonsense is stored, parked with its reason, and left there.
Records, projections and the place in the feed change in one transaction.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from county.attachments import want_attachment
from county.casefile import read_case_file
from county.library import Library
from county.projection import ParkedRow, case_of, project_if_possible, stray_problem
from county.store.attachments import AttachmentTable
from county.store.cases import CaseTable
from county.store.database import Database
from county.store.late import LateTails
from county.store.ledger import Alarm, KnownChain, Ledger, StoredRecord
from county.store.successions import Successions
from county.succession import SuccessionDoubted, succeed
from sync.certificates import CertificateRefused
from sync.clock import Clock
from sync.keys import Purpose, Statement, StatementRefused, Trust
from sync.model.facts import Author, Kind
from sync.peer_name import PeerName
from sync.protocol.relay import (
    Marked,
    Relay,
    RelayMalformed,
    RelayNotTrusted,
    RelayOutOfOrder,
    check_next,
    open_relay,
)
from sync.protocol.segment import SegmentRefused, decode_segment
from sync.record import Record, chain_id

_AUTHORS = {Purpose.TERMINAL_CHAIN: Author.TERMINAL, Purpose.COUNTY_CHAIN: Author.COUNTY}
_log = logging.getLogger(__name__)


class ChainForked(ValueError):
    """Two different records claim one place of a chain."""


class RelayLost(ValueError):
    """The gateway has admitted records here and no longer has them whole."""


class Taken(Struct, frozen=True):
    """What became of a part of the feed: records stored, records that were here already, segments not believed."""

    stored: int = 0
    repeated: int = 0
    refused: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.stored + other.stored, self.repeated + other.repeated, self.refused + other.refused)


class Intake:
    """Stores what comes from the gateway.

    Args:
        database: the store.
        library: gives the packs in force, for the lists.
        trust: the county's root and its issuing authority.
        clock: of this program.
    """

    def __init__(self, database: Database, library: Callable[[], Library], trust: Trust, clock: Clock) -> None:
        self._database = database
        self._library = library
        self._trust = trust
        self._clock = clock

    def cursor(self) -> int:
        """Return up to which place the feed has been read."""
        with self._database.reading() as connection:
            return Ledger(connection).cursor()

    def read_mark(self) -> Marked | None:
        """Return a place of the feed that was read, with its mark; None before the first."""
        with self._database.reading() as connection:
            return Ledger(connection).read_mark()

    def begin_anew(self) -> None:
        """Read the feed from its beginning, and have the county's own chains sent again as far as they are missing.

        For a gateway that was put back from a backup. What is here already is passed over by number and hash.
        """
        with self._database.writing() as connection:
            Ledger(connection).begin_anew(Alarm(0, None, self._clock.wall_ms(), _MOVED))
            AttachmentTable(connection).begin_anew()

    def doubt_unreturned(self) -> int:
        """Have sent again what the gateway had confirmed and does not show in its feed, which was read to its end.

        A gateway that was put back to just where the feed had been read shows nothing else of it. Returns of how
        many chains there was something.
        """
        with self._database.writing() as connection:
            return Ledger(connection).doubt_unreturned()

    def exchanged_ms(self) -> int | None:
        """Return when an exchange with the gateway last succeeded, None for never."""
        with self._database.reading() as connection:
            return Ledger(connection).exchanged_ms()

    def note_exchange(self, now_ms: int) -> None:
        """An exchange with the gateway has succeeded."""
        with self._database.writing() as connection:
            Ledger(connection).note_exchange(now_ms)

    def take(self, relays: Sequence[Relay]) -> Taken:
        """Take in a part of the feed, in its order; durable when this returns."""
        library = self._library()
        now_ms = self._clock.wall_ms()
        taken = Taken()
        touched: set[str] = set()
        with self._database.writing() as connection:
            ledger, table = Ledger(connection), CaseTable(connection)
            keys = self._database.keyring.among(ledger.record_at)
            place = ledger.cursor()
            for relay in relays:
                if relay.place <= place:
                    continue
                place = relay.place
                taken += self._take_one(ledger, table, relay, now_ms, touched)
                if relay.mark:
                    ledger.note_mark(Marked(place, relay.mark))
            for number in sorted(touched):
                file = partial(read_case_file, number, ledger.of_case(number), keys)
                projection = project_if_possible(file, number, library)
                if projection is None:
                    said = f"办件 {number} 的记录本程序处理不了，请技术员看日志"
                    ledger.sound_alarm(Alarm(place, None, now_ms, said))
                else:
                    table.write(projection)
            ledger.move_cursor(place)
        return taken

    def late_cursor(self) -> int:
        """Return up to which place late tails have been read."""
        with self._database.reading() as connection:
            return Ledger(connection).late_cursor()

    def put_by(self, relays: Sequence[Relay]) -> None:
        """Keep late tails until somebody has looked at them; nothing of them counts before."""
        with self._database.writing() as connection:
            tails = LateTails(connection)
            for relay in relays:
                try:
                    tails.keep(relay.segment, self._clock.wall_ms())
                except SegmentRefused as refusal:
                    _log.warning("a late tail is no segment: %s", refusal)
            Ledger(connection).move_late_cursor(max(relay.place for relay in relays))

    def resume(self, chain: bytes) -> bool:
        """Read a stopped chain again from its last good record; False when it was not stopped, or its terminal's place
        is another's now: its cases are too.
        """
        with self._database.writing() as connection:
            ledger = Ledger(connection)
            known = ledger.chain(chain)
            if known is None or (known.author is Author.TERMINAL and _is_replaced(ledger, known)):
                return False
            return ledger.resume(chain)

    def _take_one(self, ledger: Ledger, table: CaseTable, relay: Relay, now_ms: int, touched: set[str]) -> Taken:
        known: KnownChain | None = None
        try:
            if not relay.segment:
                known = _enlist(ledger, *self._vouched(relay))
                raise RelayLost(f"从第 {known.head.seq + 1} 条起")
            purpose, statement, records = self._open(relay)
            known = _enlist(ledger, purpose, statement)
            if known.stopped_for is not None:
                return Taken(refused=1)
            fresh = _fresh(ledger, known, records)
        except _REFUSED as refusal:
            reason = f"{_REASON[type(refusal)]}：{refusal}"
            chain = known.chain if known is not None else _claimed_chain(relay)
            ledger.sound_alarm(Alarm(relay.place, chain, now_ms, reason))
            if chain is not None:
                ledger.stop(chain, reason)
            return Taken(refused=1)
        for record in fresh:
            self._store(ledger, table, StoredRecord(record, known.author, now_ms), known, relay.place, touched)
        if known.author is Author.COUNTY:
            ledger.mark_stored(known.chain, records[-1].header.seq)
            ledger.note_returned(records[0].link, records[-1].header.seq, relay.place)
        return Taken(stored=len(fresh), repeated=len(records) - len(fresh))

    def _store(
        self, ledger: Ledger, table: CaseTable, stored: StoredRecord, known: KnownChain, place: int, touched: set[str]
    ) -> None:
        number, _ = case_of(stored, known, ledger.was_given)
        ledger.append(stored.record, known.author, number, stored.received_ms, place)
        if stored.record.header.kind == Kind.CHAIN_BEGUN:
            try:
                succeed(ledger, stored, known, self._trust)
            except SuccessionDoubted as doubted:
                ledger.sound_alarm(Alarm(place, known.chain, stored.received_ms, f"接替不可信：{doubted}"))
        if number is not None:
            touched.add(number)
            want_attachment(AttachmentTable(ledger.connection), stored, number)
            return
        header = stored.record.header
        reason = stray_problem(stored, known, self._database.keyring.among(ledger.record_at), ledger.was_given)
        if reason:
            table.park([ParkedRow(header.chain, header.seq, None, reason)])

    def _open(self, relay: Relay) -> tuple[Purpose, Statement, tuple[Record, ...]]:
        """Check a relay as a terminal's, and if the statement says so as one of the county's own."""
        try:
            return Purpose.TERMINAL_CHAIN, *open_relay(relay, self._trust, Purpose.TERMINAL_CHAIN)
        except RelayNotTrusted as refusal:
            try:
                return Purpose.COUNTY_CHAIN, *open_relay(relay, self._trust, Purpose.COUNTY_CHAIN)
            except RelayNotTrusted:
                raise refusal from None

    def _vouched(self, relay: Relay) -> tuple[Purpose, Statement]:
        """Check whose chain a relay without a segment is about, as far as that can be known. Raises RelayNotTrusted."""
        for purpose in _AUTHORS:
            with contextlib.suppress(StatementRefused):
                return purpose, self._trust.check(relay.statement, purpose, at_ms=None)
        raise RelayNotTrusted("the county does not vouch for this chain")


def _is_replaced(ledger: Ledger, known: KnownChain) -> bool:
    return Successions(ledger.connection).heir_of(known.region, known.terminal) is not None


_MOVED = "网关像是从备份恢复过，收件次序变了；已经从头核对，县里的答复会重新送出"
_REASON: dict[type[Exception], str] = {
    RelayMalformed: "读不懂",
    RelayNotTrusted: "签名不可信",
    RelayOutOfOrder: "前后接不上",
    RelayLost: "网关的库里缺了记录，或者被改过",
    ChainForked: "同一序号出现了两条不同的记录",
    CertificateRefused: "不知道是哪台终端的",
}
_REFUSED = tuple(_REASON)


def _enlist(ledger: Ledger, purpose: Purpose, statement: Statement) -> KnownChain:
    chain = chain_id(statement.key)
    known = ledger.chain(chain)
    if known is not None:
        return known
    name = PeerName.from_urn(statement.subject)
    return ledger.enlist(chain, statement.key, _AUTHORS[purpose], name.region, name.terminal)


def _fresh(ledger: Ledger, known: KnownChain, records: tuple[Record, ...]) -> tuple[Record, ...]:
    """Return the records that are not here yet. Raises ChainForked, RelayOutOfOrder."""
    for record in records:
        seq = record.header.seq
        if seq <= known.head.seq and ledger.hash_at(known.chain, seq) != record.hash:
            raise ChainForked(f"第 {seq} 条")
    fresh = tuple(record for record in records if record.header.seq > known.head.seq)
    if fresh:
        check_next(fresh, known.head)
    return fresh


def _claimed_chain(relay: Relay) -> bytes | None:
    """Return the chain that a segment which is not to be believed says it is of; None when it says nothing."""
    try:
        return decode_segment(relay.segment).after.chain
    except SegmentRefused:
        return None
