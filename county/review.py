"""Manual review of late tails: records of a chain that the county had closed before they came.

Nothing of them counts until a supervisor has looked at them and said why. What was accepted goes on where the chain
ends, is folded into its cases, and the decision is a fact of the county's own chain; so is a refusal.
"""

from __future__ import annotations

from collections.abc import Callable

from county.attachments import want_attachment
from county.casefile import read_case_file
from county.deeds import Deed, What
from county.desk import CountyCatchingUp
from county.duties import Clerk, Duty
from county.giving import give_again
from county.library import Library
from county.pen import Pen
from county.projection import ParkedRow, case_of, project, stray_problem
from county.store.attachments import AttachmentTable
from county.store.cases import CaseTable
from county.store.clerks import write_deed
from county.store.database import Database
from county.store.late import LateTail, LateTails
from county.store.ledger import KnownChain, Ledger, StoredRecord
from county.store.successions import Successions
from sync.clock import Clock
from sync.model.facts import LateTailAccepted, LateTailRefused
from sync.protocol.relay import RelayOutOfOrder, check_next
from sync.protocol.segment import SegmentRefused, cut, decode_segment
from sync.record import Record

REASON_CHARS_MAX = 300


class TailRefused(Exception):
    """The tail cannot be decided about like that; the message says why, in Chinese."""


class ReviewDesk:
    """Decides about late tails.

    Args:
        database: the store.
        library: gives the packs in force.
        pen: writes the decisions.
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

    def all(self) -> list[tuple[LateTail, KnownChain | None]]:
        """Return every late tail with its chain, those that wait first."""
        with self._database.reading() as connection:
            ledger = Ledger(connection)
            return [(tail, ledger.chain(tail.chain)) for tail in LateTails(connection).all()]

    def waiting(self) -> int:
        """Return how many wait for a decision."""
        with self._database.reading() as connection:
            return LateTails(connection).waiting()

    def decide(self, clerk: Clerk, number: int, reason: str, *, accepted: bool) -> None:
        """Accept or refuse a tail, durable when this returns. Raises TailRefused, PointNotGranted."""
        if clerk.duty is not Duty.SUPERVISOR:
            raise TailRefused("只有督查可以核定迟到的记录。")
        if not 2 <= len(reason.strip()) <= REASON_CHARS_MAX:
            raise TailRefused(f"请写明理由，2 到 {REASON_CHARS_MAX} 个字。")
        with self._pen.answer_keys.whole(), self._database.writing() as connection:
            ledger, tails = Ledger(connection), LateTails(connection)
            if ledger.catching_up():
                raise CountyCatchingUp("县平台刚从备份恢复，正在取回记录，请稍等再试。")
            tail = tails.one(number)
            if tail is None or tail.accepted is not None:
                raise TailRefused("这一段已经核定过了。")
            chain = ledger.chain(tail.chain)
            if chain is None:
                raise TailRefused("县里没有这条链的记录，不知道是哪台终端的。")
            if accepted:
                self._take(ledger, CaseTable(connection), tail, chain)
            fact = (LateTailAccepted if accepted else LateTailRefused)(
                chain=tail.chain,
                first_seq=tail.first_seq,
                last_seq=tail.last_seq,
                digest=tail.digest,
                reason=reason.strip(),
            )
            self._pen.write(ledger, chain.region, chain.terminal, fact, clerk.name)
            now_ms = self._clock.wall_ms()
            tails.decide(number, clerk.name, now_ms, reason.strip(), accepted=accepted)
            done = "认可迟到的记录" if accepted else "不认迟到的记录"
            write_deed(connection, Deed(now_ms, clerk.name, What.ACTED, None, done))
        self._written()

    def close(self, chain: bytes, seq: int) -> int:
        """End a chain at a seq: what came behind it waits for a decision. Returns how many records that is.

        For a key that was stolen: everything behind the last record that is believed. Raises TailRefused.
        """
        library = self._library()
        with self._pen.answer_keys.whole(), self._database.writing() as connection:
            ledger, table = Ledger(connection), CaseTable(connection)
            known = ledger.chain(chain)
            if known is None or seq > known.head.seq:
                raise TailRefused("县里没有这条链，或者它没有这么长。")
            behind = ledger.cut(chain, seq)
            table.unpark(chain, seq)
            tails = LateTails(connection)
            for segment in cut(each.record for each in behind):
                tails.keep(segment.encode(), self._clock.wall_ms())
            Successions(connection).distrust(chain)
            ledger.stop(chain, f"县里把它停在第 {seq} 条，后面的等督查核定")
            numbers = {number for each in behind if (number := case_of(each, known, ledger.was_given)[0]) is not None}
            keys = self._database.keyring.among(ledger.record_at)
            give_again(self._pen, ledger, keys, sorted(numbers))
            for number in sorted(numbers):
                left = ledger.of_case(number)
                table.forget(number)
                if left:
                    table.write(project(read_case_file(number, left, keys), library))
        return len(behind)

    def _take(self, ledger: Ledger, table: CaseTable, tail: LateTail, chain: KnownChain) -> None:
        """Let the records of a tail count. Raises TailRefused."""
        fresh = self._opened(tail, chain)
        library, now_ms = self._library(), self._clock.wall_ms()
        keys = self._database.keyring.among(ledger.record_at)
        touched: set[str] = set()
        for record in fresh:
            stored = StoredRecord(record, chain.author, now_ms)
            number, _ = case_of(stored, chain, ledger.was_given)
            ledger.append(record, chain.author, number, now_ms, None)
            if number is not None:
                touched.add(number)
                want_attachment(AttachmentTable(ledger.connection), stored, number)
            elif problem := stray_problem(stored, chain, keys, ledger.was_given):
                table.park([ParkedRow(chain.chain, record.header.seq, None, problem)])
        give_again(self._pen, ledger, keys, sorted(touched))
        for number in sorted(touched):
            table.write(project(read_case_file(number, ledger.of_case(number), keys), library))

    def _opened(self, tail: LateTail, chain: KnownChain) -> tuple[Record, ...]:
        """Return the records of a tail that are not here, verified like any that come. Raises TailRefused."""
        try:
            records = decode_segment(tail.segment).open(chain.public_key)
            fresh = tuple(each for each in records if each.header.seq > chain.head.seq)
            if fresh:
                check_next(fresh, chain.head)
        except (SegmentRefused, RelayOutOfOrder) as refusal:
            raise TailRefused(f"签名或前后不对，不能认：{refusal}") from refusal
        return fresh
