"""What every store makes of its rows, and how much it hands out at once: the same for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from sync.gateway.admission import Standing
from sync.gateway.store import Admitted, Chain, Grant, Late
from sync.peer_name import PeerName
from sync.record import Link, Record, RecordRefused, restore

FORKS_KEPT_MAX = 1000
"""Evidence is bounded: a terminal gone mad must not fill the gateway's disk."""
LATE_KEPT_MAX = 2000
"""Segments of one closed chain that are kept for somebody to look at: about 8 MB."""
CHAIN_COLUMNS = (
    "public_key, about, holder, revoked_ms, chain, head_seq, head_hash, statement, "
    "(SELECT seq FROM closures WHERE closures.chain = chains.chain)"
)
GRANT_COLUMNS = (
    "token_id, secret_digest, holder, point_name, expires_ms, wrong_tries, used_by, answer, "
    "(SELECT statement FROM successions WHERE successions.holder = grants.holder)"
)
MARK_OF_ADMISSION = "SELECT mark FROM admissions WHERE admission = %s"
ADMITTED_COLUMNS = "admission, mark, statement, a.chain, first_seq, last_seq, header, body, signature"

RecordRow = tuple[bytes, bytes | None, bytes | None]
"""Header, body, signature."""
AdmittedRow = tuple[int, bytes, bytes, bytes, int, int, bytes | None, bytes | None, bytes | None]
"""ADMITTED_COLUMNS; no header where there is no record."""


def chain_of(row: tuple[bytes, str, str, int | None, bytes, int, bytes, bytes, int | None]) -> Chain:
    """The chain of a row of CHAIN_COLUMNS."""
    public_key, about, holder, revoked_ms, chain, head_seq, head_hash, statement, closed_at = row
    if closed_at is None and revoked_ms is not None:
        closed_at = head_seq  # revoked by a version that did not note where
    standing = Standing(PeerName.from_urn(holder), revoked_ms is not None, Link(chain, head_seq, head_hash), closed_at)
    return Chain(public_key, PeerName.from_urn(about), standing, statement)


def grant_of(row: tuple[str, bytes, str, str, int, int, bytes | None, bytes | None, bytes | None]) -> Grant:
    """The grant of a row of GRANT_COLUMNS."""
    token_id, digest, holder, point_name, expires_ms, wrong_tries, used_by, answer, succession = row
    name = PeerName.from_urn(holder)
    return Grant(token_id, digest, name, point_name, expires_ms, wrong_tries, used_by, answer, succession or b"")


def page_of_records(rows: Iterable[RecordRow], bytes_max: int) -> list[Record]:
    """Rows until the budget is spent, and on to the next signed record, which covers what was taken."""
    taken: list[Record] = []
    bytes_taken = 0
    for header, body, signature in rows:
        taken.append(restore(header, body, signature))
        bytes_taken += len(header) + len(body or b"")
        if bytes_taken >= bytes_max and signature is not None:
            break
    return taken


def page_of_admissions(rows: Iterable[AdmittedRow], bytes_max: int) -> list[Admitted]:
    """Whole admissions until the budget is spent; one whose records are not all there comes without any."""
    taken: list[Admitted] = []
    bytes_taken = 0
    for (number, mark, statement, *span), group in groupby(rows, key=itemgetter(0, 1, 2, 3, 4, 5)):
        chain, first, last = span
        records = _whole([row[6:] for row in group], first, last)
        taken.append(Admitted(number, mark, statement, (chain, first, last), records))
        bytes_taken += sum(len(record.header_bytes) + len(record.body or b"") for record in records)
        if bytes_taken >= bytes_max:
            break
    return taken


def _whole(rows: list[tuple[bytes | None, bytes | None, bytes | None]], first: int, last: int) -> tuple[Record, ...]:
    """Return the records of seqs `first` to `last`, none if they are not all there and readable."""
    try:
        records = tuple(restore(header, body, signature) for header, body, signature in rows if header is not None)
    except RecordRefused:
        return ()
    return records if [record.header.seq for record in records] == list(range(first, last + 1)) else ()


def page_of_late(rows: Iterable[tuple[int, bytes, bytes]], bytes_max: int) -> list[Late]:
    """Late segments until the budget is spent, from rows of place, statement, wire."""
    taken: list[Late] = []
    left = bytes_max
    for row in rows:
        taken.append(Late(*row))
        left -= len(taken[-1].wire)
        if left <= 0:
            break
    return taken
