"""What every store makes of its rows, and how much it hands out at once: the same for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from sync.certificates import PeerName
from sync.gateway.admission import Standing
from sync.gateway.store import Admitted, Chain, Grant
from sync.record import Link, Record, restore

FORKS_KEPT_MAX = 1000
"""Evidence is bounded: a terminal gone mad must not fill the gateway's disk."""
CHAIN_COLUMNS = "public_key, about, holder, revoked_ms, chain, head_seq, head_hash, statement"
GRANT_COLUMNS = "token_id, secret_digest, holder, point_name, expires_ms, wrong_tries, used_by, answer"
LAST_OF_ADMISSION = (
    "SELECT r.hash FROM admissions AS a JOIN records AS r ON r.chain = a.chain AND r.seq = a.last_seq "
    "WHERE a.admission = %s"
)

RecordRow = tuple[bytes, bytes | None, bytes | None]
"""Header, body, signature."""


def chain_of(row: tuple[bytes, str, str, int | None, bytes, int, bytes, bytes]) -> Chain:
    """The chain of a row of CHAIN_COLUMNS."""
    public_key, about, holder, revoked_ms, chain, head_seq, head_hash, statement = row
    standing = Standing(PeerName.from_urn(holder), revoked_ms is not None, Link(chain, head_seq, head_hash))
    return Chain(public_key, PeerName.from_urn(about), standing, statement)


def grant_of(row: tuple[str, bytes, str, str, int, int, bytes | None, bytes | None]) -> Grant:
    """The grant of a row of GRANT_COLUMNS."""
    token_id, digest, holder, point_name, expires_ms, wrong_tries, used_by, answer = row
    return Grant(token_id, digest, PeerName.from_urn(holder), point_name, expires_ms, wrong_tries, used_by, answer)


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


def page_of_admissions(
    rows: Iterable[tuple[int, bytes, bytes, bytes | None, bytes | None]], bytes_max: int
) -> list[Admitted]:
    """Whole admissions until the budget is spent, from rows of number, statement, header, body, signature."""
    taken: list[Admitted] = []
    bytes_taken = 0
    for (number, statement), group in groupby(rows, key=itemgetter(0, 1)):
        records = tuple(restore(*row[2:]) for row in group)
        taken.append(Admitted(number, statement, records))
        bytes_taken += sum(len(record.header_bytes) + len(record.body or b"") for record in records)
        if bytes_taken >= bytes_max:
            break
    return taken
