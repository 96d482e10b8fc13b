"""Attachments in the database that the gateways share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sync.gateway.store.attachments import SCHEMA, Run
from sync.gateway.store.postgres_session import Cursor, Database

_SCHEMA_LOCK = 0x53756E71
"""Two gateways that start at once must not both make the tables; another number than that of the records' tables."""
_T = TypeVar("_T")


class PostgresBase:
    """`attachments.Base` on a database, whose connections are those of the records' store. Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.commit(_make_tables)

    def commit(self, work: Callable[[Run], _T]) -> _T:
        """See `Base.commit`."""
        return self._database.commit(lambda cursor: work(lambda statement, values: _run(cursor, statement, values)))

    def wipe(self) -> None:
        """See `Base.wipe`: the database's files are another machine's, and its vacuum does it."""

    def free_bytes(self) -> int | None:
        """See `Base.free_bytes`: the database's disk is another machine's."""
        return None

    def close(self) -> None:
        """See `Base.close`: the records' store closes the connections."""


def _run(cursor: Cursor, statement: str, values: tuple[bytes | int, ...]) -> list[tuple[Any, ...]]:
    # Binary: as text, psycopg would write every byte of a piece as two digits.
    cursor.execute(statement.replace("?", "%b").encode(), values)
    return cursor.fetchall() if cursor.description else []


def _make_tables(cursor: Cursor) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
    # Several statements at once go as text only (the simple query protocol).
    cursor.execute(SCHEMA.format(blob="bytea").encode(), binary=False)
