"""Transactions on PostgreSQL: committed for good, tried again while that is safe, or StoreUnavailable. No SQL of ours.

What counts as committed:

- COMMIT answered "COMMIT" and no WARNING came with it. When somebody cancels the wait for a synchronous standby,
  PostgreSQL says COMMIT with only a WARNING: the rows are there and visible, and a failover can take them away.
  Whatever will be told to anybody is therefore committed again (`Store`, "replay"), which waits for the standby again.
- `statement_timeout` does not end that wait; ANSWER_S does, on our side. The server's end goes on waiting with its
  rows locked, and nobody sees them before the standby has them.
- A server with `fsync` off, a session that does not wait for its commit and a hot standby are refused.

What is tried again, ATTEMPTS times in all: what PostgreSQL rolled back for another's sake (SQLSTATE class 40), and a
connection that was lost before COMMIT was sent, as all are when the server was restarted. After COMMIT was sent and
not answered nobody knows; that is StoreUnavailable, and whoever sent the records sends them again.

Messages hold the server's first line only: its DETAIL may quote a row.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from msgspec import Struct
from psycopg import conninfo, errors, sql
from psycopg.pq import TransactionStatus

from sync.gateway.store import StoreUnavailable

ATTEMPTS = 5
CONNECTIONS_MAX = 33
STATEMENT_S = 15.0
"""Longest a statement may take."""
LOCK_S = 10.0
"""Longest a statement waits for another transaction."""
IDLE_S = 15.0
"""A gateway that stands still within a transaction (stopped, swapped out) loses it, and the rows it had locked."""
ANSWER_S = 25.0
"""After this the server is taken for dead, also when its kernel still answers; longer than what it ends by itself."""
FETCH_ROWS = 256
_DEFAULTS: dict[str, str | int] = {
    "application_name": "sunpoint-gateway",
    "connect_timeout": 5,
    "target_session_attrs": "read-write",  # of several hosts the one that is not a standby
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
_DURABILITY = "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
_WAITS_FOR_COMMIT = ("on", "remote_apply")
_Rows = TypeVar("_Rows")
Cursor = psycopg.Cursor[Any]
_log = logging.getLogger(__name__)


class LookAgain(Exception):
    """Work was done on what is no longer so; the transaction is rolled back and the work done anew."""


class Limits(Struct, frozen=True):
    """How long the server may take, in seconds; see the constants of these names."""

    statement_s: float = STATEMENT_S
    lock_s: float = LOCK_S
    idle_s: float = IDLE_S
    answer_s: float = ANSWER_S


class _Connection(psycopg.Connection[tuple[Any, ...]]):
    """One that gives up waiting, and remembers the warnings that came."""

    answer_s: float = ANSWER_S

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.warned: list[str] = []
        self.add_notice_handler(self._note)

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """See psycopg: every answer is waited for with this. Raises StoreUnavailable when none comes."""
        try:
            return super().wait(gen, interval, self.answer_s if timeout is None else timeout)
        except errors._WaitTimeout as cause:  # noqa: SLF001 - psycopg documents that `wait` raises it
            # The answer to this may still come, and must not be taken for that to the next question.
            self.pgconn.finish()
            raise StoreUnavailable(f"the database has not answered within {self.answer_s} s") from cause

    def _note(self, diagnostic: errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            self.warned.append(diagnostic.message_primary or "")


class Database:
    """One database, reached from any thread. `address` is a postgresql:// URL, and never shown."""

    def __init__(self, address: str, limits: Limits) -> None:
        self._limits = limits
        # Hundreds of threads wait for slow lines, and few of them for the database.
        self._working = threading.BoundedSemaphore(CONNECTIONS_MAX)
        self._idle: queue.LifoQueue[_Connection] = queue.LifoQueue()
        try:
            given = conninfo.conninfo_to_dict(address)
        except psycopg.Error as cause:
            # libpq quotes what it could not read, and that may be a password.
            raise StoreUnavailable("the address of the database is not one of PostgreSQL's") from cause
        defaults = {name: value for name, value in _DEFAULTS.items() if name not in given}
        self._conninfo = conninfo.make_conninfo(address, **defaults)
        self.name = f"{given.get('dbname', '')} at {given.get('host') or 'this machine'}"

    def commit(self, work: Callable[[Cursor], _Rows]) -> _Rows:
        """Do `work` in one transaction and return what it returned, once that survives. Raises StoreUnavailable.

        `work` runs again from the beginning when the transaction has to be tried again. It may raise LookAgain for
        that, or refusals of its own, which roll back and go on to the caller.
        """
        return self._attempts("READ WRITE", work)

    def read(self, work: Callable[[Cursor], _Rows]) -> _Rows:
        """Do `work`, which only reads, on one state of the database. Raises StoreUnavailable."""
        return self._attempts("ISOLATION LEVEL REPEATABLE READ READ ONLY", work)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _attempts(self, kind: str, work: Callable[[Cursor], _Rows]) -> _Rows:
        for left in reversed(range(ATTEMPTS)):
            try:
                return self._once(kind, work)
            except (LookAgain, _Lost, errors.OperationalError) as cause:
                if not left or not _may_be_tried_again(cause):
                    raise self._unavailable(cause) from cause
                _log.warning("the transaction is tried again: %s", _sentence(cause))
            except psycopg.Error as cause:
                raise self._unavailable(cause) from cause
        raise AssertionError("the last attempt returns or raises")

    def _once(self, kind: str, work: Callable[[Cursor], _Rows]) -> _Rows:
        with self._working:
            return self._transacted(kind, work)

    def _transacted(self, kind: str, work: Callable[[Cursor], _Rows]) -> _Rows:
        connection = self._take()
        committing = False
        try:
            with connection.cursor(binary=True) as cursor:  # bytes as bytes, not as hexadecimal digits
                cursor.execute(f"BEGIN {kind}".encode())
                done = work(cursor)
                connection.warned.clear()
                committing = True
                cursor.execute(b"COMMIT")
                said = cursor.statusmessage
        except BaseException as cause:
            self._put_back(connection, undone=True)
            if isinstance(cause, psycopg.Error) and not committing and connection.closed:
                # The others were opened to the same server, which was restarted.
                self.close()
                raise _Lost(_sentence(cause)) from cause
            raise
        if said != "COMMIT" or connection.warned:
            self._put_back(connection)
            raise StoreUnavailable(f"{self.name} has not committed for good: {connection.warned or said}")
        self._put_back(connection)
        return done

    def _take(self) -> _Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._connect()

    def _put_back(self, connection: _Connection, *, undone: bool = False) -> None:
        if undone and not connection.closed:
            try:
                if connection.info.transaction_status is not TransactionStatus.IDLE:
                    connection.execute(b"ROLLBACK")
            except psycopg.Error:
                connection.close()
        if not connection.closed:
            self._idle.put(connection)

    def _connect(self) -> _Connection:
        try:
            connection = _Connection.connect(self._conninfo, autocommit=True)
        except psycopg.Error as cause:
            raise StoreUnavailable(f"the database {self.name} cannot be reached: {_sentence(cause)}") from cause
        connection.answer_s = self._limits.answer_s
        try:
            self._settle(connection)
        except psycopg.Error as cause:
            connection.close()
            raise self._unavailable(cause) from cause
        except StoreUnavailable:
            connection.close()
            raise
        return connection

    def _settle(self, connection: _Connection) -> None:
        """What every session relies on, whatever the server's configuration or the role's settings say."""
        limits = self._limits
        settings = {
            "client_encoding": "UTF8",
            "client_min_messages": "warning",  # a cancelled wait is told by a WARNING only
            "default_transaction_isolation": "read committed",
            "statement_timeout": f"{int(limits.statement_s * 1000)}ms",
            "lock_timeout": f"{int(limits.lock_s * 1000)}ms",
            "idle_in_transaction_session_timeout": f"{int(limits.idle_s * 1000)}ms",
        }
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        (fsync, waits) = connection.execute(_DURABILITY).fetchone() or ("", "")
        if fsync != "on":
            raise StoreUnavailable(f"{self.name} runs with fsync off, and would lose what it has answered")
        if waits not in _WAITS_FOR_COMMIT:
            connection.execute(b"SET synchronous_commit = on")

    def _unavailable(self, cause: Exception) -> StoreUnavailable:
        return StoreUnavailable(f"{self.name} could not store or read: {_sentence(cause)}")


class _Lost(Exception):
    """The connection was lost before COMMIT was sent, so nothing can have been stored."""


def pages(cursor: Cursor, query: str, values: Sequence[object]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, fetched as they are asked for; inside a transaction."""
    cursor.execute(b"DECLARE page NO SCROLL CURSOR FOR " + query.encode(), values)
    fetch = sql.SQL("FETCH FORWARD {} FROM page").format(FETCH_ROWS)
    while rows := cursor.execute(fetch).fetchall():
        yield from rows


def _may_be_tried_again(cause: Exception) -> bool:
    if isinstance(cause, LookAgain | _Lost):
        return True
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    return state is not None and state.startswith("40") and state != "40003"  # 40003: completion unknown


def _sentence(cause: BaseException) -> str:
    """The first line of what went wrong, with its SQLSTATE."""
    if isinstance(cause, psycopg.Error):
        said = cause.diag.message_primary or str(cause).partition("\n")[0]
        return f"{said} ({cause.sqlstate})" if cause.sqlstate else said
    return str(cause).partition("\n")[0]
