"""What the stores of the contract stand on: how they are opened, as by another process, and how they are spoiled."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sync.gateway.store import Grant, Store, Submission
from sync.gateway.store.attachments import AttachmentStore, Base
from sync.gateway.store.postgres import PostgresStore
from sync.gateway.store.postgres_attachments import PostgresBase
from sync.gateway.store.postgres_session import Database, Limits
from sync.gateway.store.sqlite import SqliteStore
from sync.gateway.store.sqlite_attachments import SqliteBase
from sync.keys import FileSigner
from sync.peer_name import PeerName, PeerRole
from sync.record import Record
from tests.gateway.county_site import Writer
from tests.gateway.postgres_cluster import Cluster

TERMINAL = PeerName("990101", PeerRole.TERMINAL, "990101102203", "01")
COUNTY = PeerName("990101", PeerRole.COUNTY)


class Ground(Protocol):
    """One empty place where a store can be."""

    @property
    def where(self) -> str:
        """What `open_store` opens, also in another process."""

    def execute(self, statement: str, *values: bytes | int | str) -> None:
        """Change what is stored behind the store's back; `?` stands for a value."""

    def another(self) -> Ground:
        """One more empty place of the same kind."""

    def beside(self, file: str) -> Ground:
        """Where what is kept in a file of its own is, with a file; with a database, the same place."""

    def refuse_inserts(self, table: str) -> None:
        """Let nothing be put into a table for a while."""

    def allow_inserts(self, table: str) -> None:
        """End that."""

    def count_writes(self) -> None:
        """From now on count every writing of a chain's row, with the same values too."""

    def writes(self) -> int:
        """How many there were."""

    @contextmanager
    def full_disk(self, store: Store) -> Iterator[None]:
        """Let the store's tables not grow for a while."""


class SqliteGround:
    """A file."""

    def __init__(self, path: Path) -> None:
        self.where = str(path)

    def execute(self, statement: str, *values: bytes | int | str) -> None:
        with sqlite3.connect(self.where) as db:
            db.execute(statement, values)
        db.close()

    def another(self) -> Ground:
        path = Path(self.where)
        return SqliteGround(path.with_name(f"{len(list(path.parent.iterdir()))}.db"))

    def beside(self, file: str) -> Ground:
        return SqliteGround(Path(self.where).with_name(file))

    def refuse_inserts(self, table: str) -> None:
        self.execute(f"CREATE TRIGGER refused BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END")

    def allow_inserts(self, table: str) -> None:
        self.execute("DROP TRIGGER refused")

    def count_writes(self) -> None:
        self.execute("CREATE TABLE written (n INTEGER)")
        self.execute("CREATE TRIGGER seen AFTER UPDATE ON chains BEGIN INSERT INTO written VALUES (1); END")

    def writes(self) -> int:
        with sqlite3.connect(self.where) as db:
            (found,) = db.execute("SELECT count(*) FROM written").fetchone()
        db.close()
        return int(found)

    @contextmanager
    def full_disk(self, store: Store) -> Iterator[None]:
        assert isinstance(store, SqliteStore)
        pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
        store._writer.execute(f"PRAGMA max_page_count = {pages + 2}")
        yield
        store._writer.execute("PRAGMA max_page_count = 1000000")


class PostgresGround:
    """A schema in the tests' own cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.where = cluster.new_place()

    def execute(self, statement: str, *values: bytes | int | str) -> None:
        self.cluster.execute(statement.replace("?", "%s"), *values, at=self.where)

    def another(self) -> Ground:
        return PostgresGround(self.cluster)

    def beside(self, file: str) -> Ground:
        return self

    def refuse_inserts(self, table: str) -> None:
        self.execute(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK (false) NOT VALID")

    def allow_inserts(self, table: str) -> None:
        self.execute(f"ALTER TABLE {table} DROP CONSTRAINT refused")

    def count_writes(self) -> None:
        self.execute("CREATE TABLE written (n integer)")
        self.execute(
            "CREATE FUNCTION count_one() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN INSERT INTO written VALUES (1); RETURN NULL; END'"
        )
        self.execute("CREATE TRIGGER seen AFTER UPDATE ON chains FOR EACH ROW EXECUTE FUNCTION count_one()")

    def writes(self) -> int:
        ((found,),) = self.cluster.execute("SELECT count(*) FROM written", at=self.where)
        return int(str(found))

    @contextmanager
    def full_disk(self, store: Store) -> Iterator[None]:
        """No file of the store's sessions may grow beyond a megabyte, and the table of records has that already.

        As on a full disk the write fails and not the process: PostgreSQL ignores SIGXFSZ. The log has its files
        (of a megabyte, see the cluster's set-up) already.
        """
        self.execute(
            "INSERT INTO records (chain, seq, hash, header) SELECT 'ballast', n, '', "
            "decode(repeat(md5(n::text), 60), 'hex') FROM generate_series(1, 1200) AS n"
        )
        self._limit_files("1048576")
        yield
        self._limit_files("unlimited")

    def _limit_files(self, limit: str) -> None:
        for pid in self.sessions():
            self.cluster.run("prlimit", f"--pid={pid}", f"--fsize={limit}:")

    def sessions(self) -> list[int]:
        """Process ids of the server's ends of the store's connections."""
        rows = self.cluster.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'sunpoint-gateway'")
        return [int(str(pid)) for (pid,) in rows]


def open_store(where: str) -> Store:
    """Another store over the same data, as another process would have it."""
    return PostgresStore(where) if where.startswith("postgresql:") else SqliteStore(Path(where))


def open_attachments(where: str) -> AttachmentStore:
    """Where attachments are kept beside a store, as another process would have it."""
    return AttachmentStore(attachments_base(where))


def attachments_base(where: str) -> Base:
    """What the attachments beside a store are kept in."""
    if where.startswith("postgresql:"):
        return PostgresBase(Database(where, Limits()))
    return SqliteBase(Path(where).with_name("attachments.db"))


def enrol(store: Store, writer: Writer, name: PeerName, county: FileSigner) -> None:
    """Let the store take records of a writer."""
    token = name.region[-6:]
    store.add_grant(Grant(token, bytes(32), name, "某村", 1 << 50), county.public_key, b"county statement")
    assert store.use_grant(token, b"who", b"answer", writer.signer.public_key, b"terminal statement")


def enrolled(store: Store, keys: Path, number: int = 0) -> tuple[Writer, PeerName]:
    """A new terminal, the `number`th of its point, that the store takes records of."""
    name = PeerName("990101", PeerRole.TERMINAL, f"990101{number:06}", "01")
    writer = Writer(FileSigner.create(keys / f"record-{number}.pem"))
    enrol(store, writer, name, FileSigner.create(keys / f"county-{number}.pem"))
    return writer, name


def submission(records: list[Record], peer: PeerName = TERMINAL, wire: bytes = b"wire") -> Submission:
    return Submission(tuple(records), peer, wire)
