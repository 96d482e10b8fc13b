"""Attachments in a file of the gateway's own, `attachments.db`: SQLite, WAL, synchronous=FULL, one connection."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sync.durable import keep_private
from sync.gateway.store import StoreUnavailable
from sync.gateway.store.attachments import SCHEMA, Run

_BUSY_TIMEOUT_S = 10.0
_T = TypeVar("_T")


class SqliteBase:
    """`attachments.Base` on a file. Raises StoreUnavailable when it cannot be opened as one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._using = threading.Lock()
        self._unwiped = False
        try:
            keep_private(path)
            # Used by one thread at a time, though not always the same: the lock sees to that.
            self._db = sqlite3.connect(path, _BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.executescript(SCHEMA.format(blob="BLOB"))
        except (OSError, sqlite3.Error) as cause:
            raise StoreUnavailable(f"the gateway's store {path.name} cannot be opened: {cause}") from cause

    def commit(self, work: Callable[[Run], _T]) -> _T:
        """See `Base.commit`."""
        with self._using:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                done = work(self._run)
                self._db.execute("COMMIT")
            except BaseException as cause:
                # After a failed commit SQLite may have rolled back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(cause, sqlite3.Error):
                    raise StoreUnavailable(f"the gateway's store could not commit: {cause}") from cause
                raise
            if self._unwiped:
                self._truncate_log()
            return done

    def wipe(self) -> None:
        """See `Base.wipe`. In free pages nothing is left anyway (secure_delete)."""
        with self._using:
            self._truncate_log()

    def free_bytes(self) -> int | None:
        """See `Base.free_bytes`."""
        return shutil.disk_usage(self._path.parent).free

    def close(self) -> None:
        """See `Base.close`."""
        self._db.close()

    def _truncate_log(self) -> None:
        try:
            busy, *_ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            busy = True
        self._unwiped = bool(busy)

    def _run(self, statement: str, values: tuple[bytes | int, ...]) -> list[tuple[Any, ...]]:
        return self._db.execute(statement, values).fetchall()
