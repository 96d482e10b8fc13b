"""The store for more than one machine: PostgreSQL 15 or newer, used by any number of gateways at once.

Who waits for whom. A transaction that appends locks the rows of its chains, by chain id, and so decides on what is
committed: of two writers of one chain the second sees what the first has done. Last of all it takes its admission
numbers from the row `admission` of `turns` and keeps that row locked until its commit is visible: PostgreSQL lets go
of locks after a commit can be seen, and after a synchronous standby has it. So number n + 1 is given to nobody
before n can be read, or has gone with its transaction; a sequence would give numbers in another order than that of
the commits. The row is held for one statement and one flush, whatever the gateways do before it side by side.
Every transaction takes what it locks in this order: chains, tree, admission. None waits for another in a circle.

What is told on the strength of a read (a signed head, an admission that a reader counts from, a checkpoint) is
committed again before: see `postgres_session` for what a cancelled wait leaves behind.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sync.gateway.admission import Decision
from sync.gateway.store import (
    Admitted,
    Chain,
    Fork,
    Grant,
    Late,
    Submission,
    TerminalAlreadyNamed,
    TerminalHasAnotherChain,
    postgres_append,
    postgres_late,
    postgres_tree,
)
from sync.gateway.store.postgres_session import Cursor, Database, Limits, pages
from sync.gateway.store.rows import (
    ADMITTED_COLUMNS,
    CHAIN_COLUMNS,
    GRANT_COLUMNS,
    MARK_OF_ADMISSION,
    chain_of,
    grant_of,
    page_of_admissions,
    page_of_records,
)
from sync.peer_name import PeerName, PeerRole
from sync.protocol.checkpoint import Checkpoint, Leaf
from sync.protocol.recovery import Begun
from sync.record import NO_HASH, Link, Record, chain_id
from sync.tree import Node

ADMISSIONS_PAGE_MAX = 4096
_SCHEMA_LOCK = 0x53756E70
"""Any number that nothing else in the database locks: two gateways that start at once must not both make the tables."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS chains (
    chain       bytea PRIMARY KEY,
    opened      bigint GENERATED ALWAYS AS IDENTITY,    -- oldest first; nobody counts on it being gapless
    public_key  bytea NOT NULL,
    holder      text NOT NULL,          -- urn of who writes it: a terminal, or the county
    about       text NOT NULL,          -- urn of the terminal that it is about
    statement   bytea NOT NULL,
    revoked_ms  bigint,
    head_seq    bigint NOT NULL DEFAULT 0,
    head_hash   bytea NOT NULL,
    UNIQUE (holder, about)
);
CREATE TABLE IF NOT EXISTS admissions (
    admission   bigint PRIMARY KEY,
    chain       bytea NOT NULL,
    first_seq   bigint NOT NULL,
    last_seq    bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS records (
    chain       bytea NOT NULL,
    seq         bigint NOT NULL,
    hash        bytea NOT NULL,
    header      bytea NOT NULL,
    body        bytea,
    signature   bytea,
    PRIMARY KEY (chain, seq)
);
CREATE TABLE IF NOT EXISTS grants (
    token_id    text PRIMARY KEY,
    secret_digest bytea NOT NULL,
    holder      text NOT NULL,
    point_name  text NOT NULL,
    expires_ms  bigint NOT NULL,
    wrong_tries integer NOT NULL DEFAULT 0,
    used_by     bytea,
    answer      bytea
);
CREATE TABLE IF NOT EXISTS forks (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain       bytea NOT NULL,
    seq         bigint NOT NULL,
    stored_hash bytea NOT NULL,
    wire        bytea NOT NULL,
    wire_hash   bytea NOT NULL,         -- a segment is too long for an index
    peer        text NOT NULL,
    seen_ms     bigint NOT NULL,
    UNIQUE (chain, seq, wire_hash)
);
CREATE TABLE IF NOT EXISTS erased (     -- what the county has said to be over
    chain       bytea NOT NULL,
    first_seq   bigint NOT NULL,
    last_seq    bigint NOT NULL,
    PRIMARY KEY (chain, last_seq, first_seq)
);
CREATE TABLE IF NOT EXISTS turns (
    name        text PRIMARY KEY,       -- what transactions take turns at, by locking the row
    number      bigint NOT NULL         -- of `admission`: the last number given
);
ALTER TABLE admissions ADD COLUMN IF NOT EXISTS     -- random: a number that is given anew has another
    mark bytea NOT NULL DEFAULT uuid_send(gen_random_uuid());
INSERT INTO turns VALUES ('admission', 0), ('confirmation', 0), ('tree', 0) ON CONFLICT DO NOTHING;
"""
_CHAIN = f"SELECT {CHAIN_COLUMNS} FROM chains "  # noqa: S608 - a constant
_CONFIRM = "UPDATE turns SET number = number + 1 WHERE name = 'confirmation'"
_ADMITTED = f"""
SELECT {ADMITTED_COLUMNS}
FROM (SELECT * FROM admissions WHERE admission > %s ORDER BY admission LIMIT %s) AS a
JOIN chains AS c ON c.chain = a.chain
LEFT JOIN records AS r ON r.chain = a.chain AND r.seq BETWEEN a.first_seq AND a.last_seq
ORDER BY admission, seq
"""  # noqa: S608 - a constant


class PostgresStore:
    """`Store` in a database, `database`. `address` is a postgresql:// URL.

    Raises StoreUnavailable when the database cannot be reached or is not safe to answer for.
    """

    def __init__(self, address: str, limits: Limits | None = None) -> None:
        self.database = Database(address, limits or Limits())
        self._certain_ms = -1
        self.database.commit(_make_tables)

    def append(self, submissions: Sequence[Submission], now_ms: int) -> list[Decision]:
        """See `Store.append`."""
        return self.database.commit(lambda cursor: postgres_append.append(cursor, submissions, now_ms))

    def chain(self, chain: bytes) -> Chain | None:
        """See `Store.chain`."""
        return self._one_chain("WHERE chain = %s", chain)

    def confirmed(self, chain: bytes) -> Chain | None:
        """See `Store.confirmed`."""

        def confirm(cursor: Cursor) -> Chain | None:
            cursor.execute("UPDATE chains SET head_seq = head_seq WHERE chain = %s", (chain,))
            row = cursor.execute(_CHAIN + "WHERE chain = %s", (chain,)).fetchone()
            return chain_of(row) if row else None

        return self.database.commit(confirm)

    def chains(self) -> list[Chain]:
        """See `Store.chains`."""
        query = _CHAIN + "ORDER BY opened"
        return self.database.read(lambda cursor: [chain_of(row) for row in cursor.execute(query)])

    def county_chain(self, terminal: PeerName) -> Chain | None:
        """See `Store.county_chain`."""
        county = PeerName(terminal.county, PeerRole.COUNTY)
        return self._one_chain("WHERE holder = %s AND about = %s", county.urn(), terminal.urn())

    def terminal_chain(self, name: PeerName) -> Chain | None:
        """See `Store.terminal_chain`."""
        return self._one_chain("WHERE holder = %s AND about = %s", name.urn(), name.urn())

    def records_after(self, chain: bytes, seq: int, bytes_max: int) -> list[Record]:
        """See `Store.records_after`."""
        query = "SELECT header, body, signature FROM records WHERE chain = %s AND seq > %s ORDER BY seq"
        return self.database.read(lambda cursor: page_of_records(pages(cursor, query, (chain, seq)), bytes_max))

    def admitted_after(self, admission: int, bytes_max: int) -> list[Admitted]:
        """See `Store.admitted_after`."""

        def page(cursor: Cursor) -> list[Admitted]:
            rows = pages(cursor, _ADMITTED, (admission, ADMISSIONS_PAGE_MAX))
            found = page_of_admissions(rows, bytes_max)
            if found:
                cursor.execute(_CONFIRM)
            return found

        return self.database.commit(page)

    def mark_of_admission(self, admission: int) -> bytes | None:
        """See `Store.mark_of_admission`."""
        row = self.database.read(lambda cursor: cursor.execute(MARK_OF_ADMISSION, (admission,)).fetchone())
        return row[0] if row else None

    def add_grant(self, grant: Grant, county_key: bytes, county_statement: bytes) -> None:
        """See `Store.add_grant`."""
        self.database.commit(lambda cursor: _add_grant(cursor, grant, county_key, county_statement))

    def grant(self, token_id: str) -> Grant | None:
        """See `Store.grant`."""
        query = f"SELECT {GRANT_COLUMNS} FROM grants WHERE token_id = %s"  # noqa: S608 - a constant
        row = self.database.read(lambda cursor: cursor.execute(query, (token_id,)).fetchone())
        return grant_of(row) if row else None

    def count_wrong_try(self, token_id: str) -> int:
        """See `Store.count_wrong_try`."""
        query = "UPDATE grants SET wrong_tries = wrong_tries + 1 WHERE token_id = %s RETURNING wrong_tries"
        row = self.database.commit(lambda cursor: cursor.execute(query, (token_id,)).fetchone())
        return int(row[0]) if row else 0

    def use_grant(self, token_id: str, used_by: bytes, answer: bytes, public_key: bytes, statement: bytes) -> bool:
        """See `Store.use_grant`."""

        def use(cursor: Cursor) -> bool:
            used = cursor.execute(
                "UPDATE grants SET used_by = %s, answer = %s WHERE token_id = %s AND used_by IS NULL RETURNING holder",
                (used_by, answer, token_id),
            ).fetchone()
            if used is None:
                return False
            name = PeerName.from_urn(used[0])
            if not _open_chain(cursor, public_key, name, name, statement):
                raise TerminalAlreadyNamed("this terminal, or this record key, is enrolled already")
            return True

        return self.database.commit(use)

    def revoke(self, name: PeerName, now_ms: int, closed_at: int | None = None) -> bool:
        """See `Store.revoke`."""
        query = "UPDATE chains SET revoked_ms = coalesce(revoked_ms, %s) WHERE holder = %s"

        def revoke(cursor: Cursor) -> bool:
            # The chain's row first: its head does not move any more while the chain is being closed there.
            changed = cursor.execute(query, (now_ms, name.urn())).rowcount > 0
            postgres_late.close_chain(cursor, name, closed_at)
            return changed

        return self.database.commit(revoke)

    def late_after(self, place: int, bytes_max: int) -> list[Late]:
        """See `Store.late_after`."""
        return self.database.read(lambda cursor: postgres_late.late_after(cursor, place, bytes_max))

    def forks(self) -> list[Fork]:
        """See `Store.forks`."""
        query = "SELECT chain, seq, stored_hash, wire, peer, seen_ms FROM forks ORDER BY id"
        return self.database.read(lambda cursor: [Fork(*row) for row in cursor.execute(query)])

    def grow_tree(self, now_ms: int, *, restate: bool = False) -> Checkpoint | None:
        """See `Store.grow_tree`."""
        stated = self.database.commit(lambda cursor: postgres_tree.grow(cursor, now_ms, restate=restate))
        self._certain(stated)
        return stated

    def checkpoint(self) -> Checkpoint | None:
        """See `Store.checkpoint`."""
        newest = self.database.read(postgres_tree.checkpoint)
        self._make_certain(newest)
        return newest

    def checkpoints_after(self, at_ms: int, limit: int, epoch: int | None = None) -> list[Checkpoint]:
        """See `Store.checkpoints_after`."""
        found = self.database.read(lambda cursor: postgres_tree.checkpoints_after(cursor, at_ms, limit, epoch))
        self._make_certain(found[-1] if found else None)
        return found

    def begin_epoch(self, message: bytes, begun: Begun, now_ms: int) -> bool:
        """See `Store.begin_epoch`."""
        return self.database.commit(lambda cursor: postgres_tree.begin_epoch(cursor, message, begun, now_ms))

    def recovery(self) -> bytes | None:
        """See `Store.recovery`."""
        return self.database.read(postgres_tree.recovery)

    def tree_leaf(self, chain: bytes, size: int) -> Leaf | None:
        """See `Store.tree_leaf`."""
        return self.database.read(lambda cursor: postgres_tree.leaf_of(cursor, chain, size))

    def tree_leaves(self, first: int, end: int) -> list[Link]:
        """See `Store.tree_leaves`."""
        return self.database.read(lambda cursor: postgres_tree.leaves(cursor, first, end))

    def tree_nodes(self, wanted: Collection[Node]) -> dict[Node, bytes]:
        """See `Store.tree_nodes`."""
        return self.database.read(lambda cursor: postgres_tree.nodes(cursor, wanted)) if wanted else {}

    def close(self) -> None:
        """See `Store.close`."""
        self.database.close()

    def _one_chain(self, where: str, *values: bytes | str) -> Chain | None:
        row = self.database.read(lambda cursor: cursor.execute(_CHAIN + where, values).fetchone())
        return chain_of(row) if row else None

    def _make_certain(self, read: Checkpoint | None) -> None:
        """Commit after a checkpoint that was read: what was committed before is then as safe as this.

        Once for each checkpoint: terminals ask for the newest all the time.
        """
        if read is not None and read.at_ms > self._certain_ms:
            self.database.commit(lambda cursor: cursor.execute(_CONFIRM).rowcount)
            self._certain(read)

    def _certain(self, stated: Checkpoint | None) -> None:
        # Two threads may race here; the loser's smaller time costs one commit too many.
        if stated is not None:
            self._certain_ms = max(self._certain_ms, stated.at_ms)


def _make_tables(cursor: Cursor) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
    # Several statements at once go as text only (the simple query protocol).
    cursor.execute((_SCHEMA + postgres_tree.SCHEMA + postgres_late.SCHEMA).encode(), binary=False)


def _add_grant(cursor: Cursor, grant: Grant, county_key: bytes, county_statement: bytes) -> None:
    county, terminal = PeerName(grant.name.county, PeerRole.COUNTY), grant.name.urn()
    if cursor.execute("SELECT 1 FROM chains WHERE holder = %s", (terminal,)).fetchone() is not None:
        raise TerminalAlreadyNamed(
            f"terminal {grant.name.terminal} of {grant.name.region} is enrolled; numbers are never reused"
        )
    _open_chain(cursor, county_key, county, grant.name, county_statement)
    # The row is locked, so that of two grants for one terminal the later ends the earlier.
    row = cursor.execute(
        "SELECT public_key FROM chains WHERE holder = %s AND about = %s FOR UPDATE", (county.urn(), terminal)
    ).fetchone()
    if row is None or row[0] != county_key:
        raise TerminalHasAnotherChain(f"the county keeps another chain for {terminal}")
    # A new code for a name ends the older ones: only the last paper in somebody's hands works.
    cursor.execute("DELETE FROM grants WHERE holder = %s", (terminal,))
    cursor.execute(
        "INSERT INTO grants (token_id, secret_digest, holder, point_name, expires_ms) VALUES (%s, %s, %s, %s, %s)",
        (grant.token_id, grant.secret_digest, terminal, grant.point_name, grant.expires_ms),
    )
    postgres_late.note_succession(cursor, grant.name, grant.succession)


def _open_chain(cursor: Cursor, public_key: bytes, holder: PeerName, about: PeerName, statement: bytes) -> bool:
    opened = cursor.execute(
        "INSERT INTO chains (chain, public_key, holder, about, statement, head_hash) VALUES (%s, %s, %s, %s, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (chain_id(public_key), public_key, holder.urn(), about.urn(), statement, NO_HASH),
    )
    return opened.rowcount == 1
