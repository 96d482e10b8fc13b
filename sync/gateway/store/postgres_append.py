"""Appending a batch on PostgreSQL: one look at what is stored, `admission.decide`, one statement for each table.

Arrays travel as `%b`, binary: as text, psycopg would write every byte of a record as two digits.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from sync.gateway.admission import Decision, Standing, Verdict, decide
from sync.gateway.store import Submission, postgres_late
from sync.gateway.store.erasure import ERASE, REMEMBER, erasures, without_erased
from sync.gateway.store.postgres_session import Cursor, LookAgain
from sync.gateway.store.rows import CHAIN_COLUMNS, FORKS_KEPT_MAX, chain_of
from sync.record import NO_HASH, Link, Record

_LOCKED_CHAINS = f"SELECT {CHAIN_COLUMNS} FROM chains WHERE chain = ANY(%b) ORDER BY chain FOR UPDATE"  # noqa: S608 - a constant
_STORED = """
SELECT DISTINCT r.chain, r.seq, r.hash
FROM unnest(%b::bytea[], %b::bigint[], %b::bigint[]) AS asked (chain, before, last)
JOIN records AS r ON r.chain = asked.chain AND r.seq BETWEEN asked.before AND asked.last
"""
_ERASED = "SELECT chain, first_seq, last_seq FROM erased WHERE chain = ANY(%b)"
_INSERT_RECORDS = """
INSERT INTO records (chain, seq, hash, header, body, signature)
SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[])
ON CONFLICT (chain, seq) DO NOTHING
"""
_WRITE_HEADS = """
UPDATE chains SET head_seq = now.seq, head_hash = now.hash
FROM unnest(%b::bytea[], %b::bigint[], %b::bytea[]) AS now (chain, seq, hash) WHERE chains.chain = now.chain
"""
_ADMIT = """
WITH given AS (UPDATE turns SET number = number + %s WHERE name = 'admission' RETURNING number - %s AS before)
INSERT INTO admissions (admission, chain, first_seq, last_seq)
SELECT given.before + n, chain, first_seq, last_seq
FROM given, unnest(%b::bytea[], %b::bigint[], %b::bigint[]) WITH ORDINALITY AS new (chain, first_seq, last_seq, n)
"""
_KEEP_FORK = """
INSERT INTO forks (chain, seq, stored_hash, wire, wire_hash, peer, seen_ms)
SELECT %s, %s, %s, %s, %s, %s, %s WHERE (SELECT count(*) FROM forks) < %s ON CONFLICT DO NOTHING
"""


class _Batch(Struct):
    """What is known of the chains of a batch, and what is decided so far: records to insert, evidence to keep."""

    standings: dict[bytes, Standing]
    stored: dict[bytes, dict[int, bytes]]
    missing: list[Record]
    forks: list[tuple[Submission, int]]
    late: list[Submission]


def append(cursor: Cursor, submissions: Sequence[Submission], now_ms: int) -> list[Decision]:
    """See `Store.append`; inside a transaction. Raises LookAgain when somebody wrote without taking the lock."""
    batch = _look(cursor, submissions)
    decisions = [_decide(batch, submission) for submission in submissions]
    _insert(cursor, batch.missing)
    for submission, seq in batch.forks:
        _keep_fork(cursor, submission, seq, batch.stored[_chain(submission)].get(seq, NO_HASH), now_ms)
    for submission in batch.late:
        postgres_late.keep(cursor, submission, now_ms)
    for values in erasures([record for decision in decisions for record in decision.fresh]):
        cursor.execute(REMEMBER, values)
        cursor.execute(ERASE, values)
    _write_heads(cursor, [standing.head for standing in batch.standings.values()])
    _admit(cursor, [decision.fresh for decision in decisions if decision.fresh])
    return decisions


def _look(cursor: Cursor, submissions: Sequence[Submission]) -> _Batch:
    """Lock the chains, then see what they hold where the submissions touch them."""
    chains = sorted({_chain(submission) for submission in submissions})
    found = [chain_of(row) for row in cursor.execute(_LOCKED_CHAINS, (chains,))]
    stored: dict[bytes, dict[int, bytes]] = defaultdict(dict)
    # A statement of its own: it sees what those have committed for whose locks the first one waited.
    rows = cursor.execute(
        _STORED,
        (
            [_chain(submission) for submission in submissions],
            [submission.records[0].header.seq - 1 for submission in submissions],
            [submission.records[-1].header.seq for submission in submissions],
        ),
    )
    for chain, seq, digest in rows:
        stored[chain][seq] = digest
    return _Batch({each.standing.head.chain: each.standing for each in found}, stored, [], [], [])


def _decide(batch: _Batch, submission: Submission) -> Decision:
    """Decide about one submission on top of those before it."""
    chain = _chain(submission)
    standing, stored = batch.standings.get(chain), batch.stored[chain]
    decision = decide(submission.records, submission.peer, standing, stored)
    if decision.verdict is Verdict.LATE:
        batch.late.append(submission)
    if decision.forked_seq is not None:
        batch.forks.append((submission, decision.forked_seq))
    if standing is not None and decision.fresh and decision.head is not None:
        batch.missing.extend(record for record in decision.fresh if record.header.seq not in stored)
        stored.update((record.header.seq, record.hash) for record in decision.fresh)
        batch.standings[chain] = replace(standing, head=decision.head)
    return decision


def _insert(cursor: Cursor, records: Sequence[Record]) -> None:
    if not records:
        return
    erased: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for chain, first_seq, last_seq in cursor.execute(_ERASED, (sorted({each.header.chain for each in records}),)):
        erased[chain].append((first_seq, last_seq))
    if erased:
        records = [without_erased(each, erased[each.header.chain]) for each in records]
    cursor.execute(
        _INSERT_RECORDS,
        (
            [record.header.chain for record in records],
            [record.header.seq for record in records],
            [record.hash for record in records],
            [record.header_bytes for record in records],
            [record.body for record in records],
            [record.signature for record in records],
        ),
    )
    # DO NOTHING would hide another record in the same place. What stands there is looked at, digest by digest, by
    # `decide` in the next attempt; the other terminals of the batch lose nothing by it.
    if cursor.rowcount != len(records):
        raise LookAgain("records were written meanwhile by somebody who does not lock their chain")


def _write_heads(cursor: Cursor, heads: Sequence[Link]) -> None:
    """Also where nothing is new: what is answered about a chain must be committed after what it speaks of."""
    cursor.execute(_WRITE_HEADS, ([h.chain for h in heads], [h.seq for h in heads], [h.hash for h in heads]))


def _admit(cursor: Cursor, segments: Sequence[Sequence[Record]]) -> None:
    """Give the next numbers; the last statement, since it lets no other gateway commit until this one has."""
    if segments:
        firsts = [records[0].header for records in segments]
        lasts = [records[-1].header.seq for records in segments]
        count = len(segments)
        cursor.execute(_ADMIT, (count, count, [h.chain for h in firsts], [h.seq for h in firsts], lasts))


def _keep_fork(cursor: Cursor, submission: Submission, seq: int, stored_hash: bytes, now_ms: int) -> None:
    wire = submission.wire
    cursor.execute(
        _KEEP_FORK,
        (
            _chain(submission), seq, stored_hash, wire, hashlib.sha256(wire).digest(), submission.peer.urn(), now_ms,
            FORKS_KEPT_MAX,
        ),
    )  # fmt: skip


def _chain(submission: Submission) -> bytes:
    return submission.records[0].header.chain
