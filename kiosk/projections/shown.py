"""Receipts that were shown here: stubs of cases that this terminal does not have, and the keys to tell a forgery by.

SQL on the journal's open transaction. A stub knows what the paper says; the county's answer fills it.
"""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from sync.model.facts import CaseTold, Envelope, Kind, ReceiptSeen, ReceiptVerdict, TerminalKeysTold, from_plain
from sync.model.plain import FactDoesNotFit
from sync.model.receipt import MINUTE_MS
from sync.model.transitions import Status
from sync.record import CHAIN_ID_BYTES, chain_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS terminal_key (
    chain BLOB PRIMARY KEY, public_key BLOB NOT NULL, region TEXT NOT NULL, terminal TEXT NOT NULL,
    until_seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stub (
    case_no TEXT PRIMARY KEY, verdict TEXT NOT NULL, written_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL,
    status TEXT, item_code TEXT, told_ms INTEGER, told_seq INTEGER
) WITHOUT ROWID;
"""
_BELIEVED = frozenset({ReceiptVerdict.VERIFIED, ReceiptVerdict.KEY_UNKNOWN, ReceiptVerdict.NOT_HERE})
"""A paper that is forged, or contradicts what is here, restores nothing."""


class KnownTerminal(Struct, frozen=True):
    """A terminal whose receipts can be verified here; see `sync.model.facts.TerminalKey`."""

    public_key: bytes
    region: str
    terminal: str
    until_seq: int


class Stub(Struct, frozen=True):
    """A case that is known here by its receipt only.

    Attributes:
        verdict: of the paper.
        written_ms: when the record of the paper was written, to the minute.
        seen_ms: when it was last shown here.
        status: as the county told it, None while it has not.
        item_code: as the county told it.
        told_ms: when the county told it, None while it has not.
        told_seq: by which of its records.
    """

    case_no: str
    verdict: ReceiptVerdict
    written_ms: int
    seen_ms: int
    status: Status | None
    item_code: str | None
    told_ms: int | None
    told_seq: int | None


class Shown:
    """The tables on one open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use `connection`; the tables must be there (`SCHEMA`)."""
        self._connection = connection

    def clear(self) -> None:
        """Forget everything, to be folded anew."""
        self._connection.execute("DELETE FROM terminal_key")
        self._connection.execute("DELETE FROM stub")

    def apply(self, happened: Envelope) -> str | None:
        """Take in a record of either side; return the case whose stub was empty and is filled by it."""
        if happened.kind not in (Kind.RECEIPT_SEEN, Kind.CASE_TOLD, Kind.TERMINAL_KEYS_TOLD):
            return None
        try:
            fact = from_plain(happened.kind, happened.plain, {})
        except FactDoesNotFit:
            return None
        match fact:
            case ReceiptSeen() if fact.verdict in _BELIEVED:
                self._connection.execute(
                    "INSERT INTO stub (case_no, verdict, written_ms, seen_ms) VALUES (?, ?, ?, ?) ON CONFLICT (case_no)"
                    " DO UPDATE SET verdict = excluded.verdict, seen_ms = excluded.seen_ms",
                    (fact.case_no, fact.verdict.value, fact.minute * MINUTE_MS, happened.wall_ms),
                )
            case CaseTold() if fact.status in set(Status):
                # Nobody is told of what was not shown here: without a stub there is nothing to fill.
                stub = self.stub(fact.case_no)
                self._connection.execute(
                    "UPDATE stub SET status = ?, item_code = ?, told_ms = ?, told_seq = ? WHERE case_no = ?",
                    (fact.status, fact.item_code, happened.wall_ms, happened.seq, fact.case_no),
                )
                return fact.case_no if stub is not None and stub.status is None else None
            case TerminalKeysTold():
                self._connection.executemany(
                    "INSERT OR REPLACE INTO terminal_key VALUES (?, ?, ?, ?, ?)",
                    [(chain_id(key.public_key), key.public_key, key.region, key.terminal, key.until_seq)
                     for key in fact.keys],
                )  # fmt: skip
        return None

    def terminal(self, chain: bytes) -> KnownTerminal | None:
        """Return the terminal of a chain (8 bytes), None when its key was not told here."""
        if len(chain) != CHAIN_ID_BYTES:
            return None
        row = self._connection.execute(
            "SELECT public_key, region, terminal, until_seq FROM terminal_key WHERE chain = ?", (chain,)
        ).fetchone()
        return KnownTerminal(*row) if row else None

    def stub(self, case_no: str) -> Stub | None:
        """Return what is known of a case by its receipt."""
        row = self._connection.execute(
            "SELECT verdict, written_ms, seen_ms, status, item_code, told_ms, told_seq FROM stub WHERE case_no = ?",
            (case_no,),
        ).fetchone()
        if row is None:
            return None
        verdict, written_ms, seen_ms, status, item_code, told_ms, told_seq = row
        return Stub(
            case_no,
            ReceiptVerdict(verdict),
            written_ms,
            seen_ms,
            Status(status) if status is not None else None,
            item_code,
            told_ms,
            told_seq,
        )
