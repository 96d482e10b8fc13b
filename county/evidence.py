"""Between which two moments each record was written, and what does not fit: worked out from the gateway's log.

The county reads the whole log (`county.logbook`): its checkpoints are what records name, its leaves are what covers
them. Records are taken in before the log is read, so that the log has every checkpoint that they name. What is found
follows from records and log alone, and can be made again at any time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from county.library import Library
from county.logbook import LogNotFollowed, follow, kept_of, restarted
from county.projection import case_of
from county.store.attachments import AttachmentTable
from county.store.database import Database
from county.store.evidence import EvidenceTable, LogFault
from county.store.ledger import KnownChain, Ledger, StoredRecord
from county.timing import Dated, case_findings, chain_findings
from sync.clock import Clock
from sync.evidence import Cover, intervals
from sync.keys import Trust
from sync.model.case import Effect, fold
from sync.model.facts import Kind
from sync.model.profile import Evidence as Limits
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.log_page import LogPageRefused, verify_log_page
from sync.protocol.recovery import Kept
from sync.record import Header

LOOK_AGAIN_MS = 60_000
"""The log is read at least so often, also when no records come: a county restated for a terminal is in it."""
RECORDS_AT_ONCE = 2000
PAGES_AT_ONCE = 64
_log = logging.getLogger(__name__)


class LogLine(Protocol):
    """Reads the gateway's log."""

    def log(self, after: Checkpoint) -> bytes:
        """Return a page behind a checkpoint. Raises GatewayAway."""


class EvidenceDesk:
    """Reads the log and works out intervals and doubts.

    Args:
        database: the store.
        line: to the gateway.
        library: gives the packs in force, for the limits.
        trust: the county's root.
        clock: of this program.

    Attributes:
        vouched_until_ms: until when the root vouches for the gateway's key, as its last page says; None before that.
    """

    def __init__(
        self, database: Database, line: LogLine, library: Callable[[], Library], trust: Trust, clock: Clock
    ) -> None:
        self._database = database
        self._line = line
        self._library = library
        self._trust = trust
        self._clock = clock
        self._looked_ms: int | None = None
        self.vouched_until_ms: int | None = None
        self._waits = True

    def look(self, *, news: bool) -> None:
        """Read on in the log, when records have come or gone, when some still wait for it, or after a minute.

        Raises GatewayAway. A log that is not to be followed is kept as evidence and told; records go on.
        """
        now_ms = self._clock.boot_ms()
        rested = self._looked_ms is not None and now_ms - self._looked_ms < LOOK_AGAIN_MS
        if rested and not news and not self._waits:
            return
        for _ in range(PAGES_AT_ONCE):
            if not self._read_page():
                break
        self._looked_ms = now_ms
        self.settle()

    def settle(self) -> None:
        """Work out intervals and doubts of every record about which something more can be said."""
        limits = self._library().profile.evidence
        with self._database.reading() as connection:
            due = EvidenceTable(connection).due_chains()
        for chain in due:
            while self._settle_part(chain, limits):
                pass
        with self._database.reading() as connection:
            ledger, table = Ledger(connection), EvidenceTable(connection)
            self._waits = any(table.first_open(each.chain) <= each.head.seq for each in ledger.chains())

    def _read_page(self) -> bool:
        """Read one page; whether it has brought anything."""
        with self._database.reading() as connection:
            followed = EvidenceTable(connection).followed()
        answer = self._line.log(followed.newest)
        try:
            page = verify_log_page(answer, self._trust)
            self.vouched_until_ms = page.vouched_until_ms
            kept = kept_of(followed, page)
            if kept is not None:
                with self._database.reading() as connection:
                    leaves = EvidenceTable(connection).leaves(kept.size)
                    followed = restarted(kept, leaves, page.checkpoints[0].epoch)
            read = follow(followed, page)
        except LogPageRefused as refusal:
            self._doubt_log(f"网关的存证日志不可信：{refusal}", answer)
            return False
        except LogNotFollowed as refusal:
            self._doubt_log(str(refusal), answer)
            return False
        if not read.checkpoints:
            return False
        with self._database.writing() as connection:
            table = EvidenceTable(connection)
            if kept is not None:
                self._go_back(table, kept, followed.newest.epoch, answer)
                # Its attachments were put back with it: what arrives now has numbers that others had before.
                AttachmentTable(connection).begin_anew()
            table.keep(read)
        return True

    def _go_back(self, table: EvidenceTable, kept: Kept, epoch: int, page: bytes) -> None:
        """Let go of what a new epoch has not kept, and tell it; the page, with the root's word, is kept as evidence."""
        lost = table.go_back(kept.size, epoch)
        reason = (
            f"网关的存证日志从备份恢复过，有根密钥签的恢复声明：第 {epoch} 期保留了前 {kept.size} 条，"
            f"这里读过的另外 {lost} 条不在其中，它们证明过的时间改按新日志推算"
        )
        table.keep_fault(LogFault(self._clock.wall_ms(), reason, page))
        _log.warning(
            "the log goes on in epoch %d: %d leaves are kept, %d that were read are not", epoch, kept.size, lost
        )

    def _doubt_log(self, reason: str, page: bytes) -> None:
        with self._database.writing() as connection:
            if EvidenceTable(connection).keep_fault(LogFault(self._clock.wall_ms(), reason, page)):
                _log.error("the gateway's log is not followed: %s", reason)

    def _settle_part(self, chain: bytes, limits: Limits) -> bool:
        """Settle the next records of a chain; whether there are more behind them that can be settled now."""
        with self._database.writing() as connection:
            ledger, table = Ledger(connection), EvidenceTable(connection)
            known = ledger.chain(chain)
            first = table.first_open(chain)
            stored = ledger.of_chain(chain, first - 1, RECORDS_AT_ONCE)
            if known is None or not stored:
                return False
            records = [each.record for each in stored]
            found = intervals(
                records,
                table.stated(each.header.checkpoint for each in records if each.header.checkpoint is not None),
                self._covers(ledger, table, known, stored),
                table.interval(chain, first - 1),
            )
            table.write_intervals(chain, first, found)
            dated = [Dated(record.header, interval) for record, interval in zip(records, found, strict=True)]
            cases = {each.record.header.seq: case_of(each, known, ledger.was_given)[0] for each in stored}
            before = ledger.record_at(chain, first - 1)
            doubts = chain_findings(
                dated, before.header if before else None, _last_taken_in(ledger, chain, first), limits
            )
            table.write_chain_findings(chain, first, records[-1].header.seq, doubts, cases)
            for number in sorted({number for number in cases.values() if number is not None}):
                _settle_case(ledger, table, number, limits)
            return found[-1].not_after_ms is not None and records[-1].header.seq < known.head.seq

    def _covers(
        self, ledger: Ledger, table: EvidenceTable, known: KnownChain, stored: Sequence[StoredRecord]
    ) -> list[Cover]:
        """Return what the log says of these records, the next word behind them included; what lies is told."""
        last = stored[-1].record
        hashes = {each.record.header.seq: each.record.hash for each in stored}
        covers: list[Cover] = []
        said = table.covers(known.chain, stored[0].record.header.seq, last.header.seq)
        beyond = table.next_cover(known.chain, last.header.seq, known.head.seq)
        for cover in said if beyond is None else [*said, beyond]:
            seq = cover.link.seq
            held = hashes.get(seq) or ledger.hash_at(known.chain, seq)
            if held != cover.link.hash:
                table.drop_cover(cover.link)
                reason = f"网关的存证日志里，{known.region} 的第 {seq} 条不是交给县里的那一条"
                table.keep_fault(LogFault(self._clock.wall_ms(), reason, cover.link.hash))
                _log.error("the gateway's log names another record %d of chain %s", seq, known.chain.hex())
            else:
                covers.append(cover if seq in hashes else Cover(last.link, cover.at_ms))
        return covers


def _last_taken_in(ledger: Ledger, chain: bytes, before: int) -> Header | None:
    found = ledger.last_of_kind(chain, Kind.CASE_TAKEN_IN, before)
    return None if found is None else found.header


def _settle_case(ledger: Ledger, table: EvidenceTable, number: str, limits: Limits) -> None:
    records = {(each.record.header.chain, each.record.header.seq): each for each in ledger.of_case(number)}
    case = fold(number, [each.envelope for each in records.values()])
    steps = [
        Dated(records[key].record.header, table.interval(*key))
        for step in case.steps
        if step.effect is Effect.MOVED and (key := (step.envelope.chain, step.envelope.seq)) in records
    ]
    table.write_case_findings(number, case_findings(steps, case.role, limits))
