"""Disks that are full and processes that die between any two statements, around the real SQLite.

Every connection that the product opens while a `Disk` is in force is one of these. It belongs to the process that was
acting when it was opened, and counts that process's steps. A death is an exception that nothing in the product
catches; what it finds of the process's connections is closed, so that open transactions are rolled back, as the next
start would. What was committed stays: `tests.campaign.power` takes that away too.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from county import attachments
from sync import durable
from tests.campaign.village.exchange import exchanged

_PAGES_MOST = 0x3FFFFFFF
_really_connect = sqlite3.connect


class Killed(BaseException):
    """A process was killed. Not an Exception: nothing in the product may stop it."""

    def __init__(self, process: Process) -> None:
        super().__init__(process.name)
        self.process = process


class Process:
    """Something that can be killed: what it has open, and how many steps it has left."""

    def __init__(self, name: str, disk: Disk) -> None:
        self.name = name
        self._disk = disk
        self.alive = False
        self.full = False
        self.steps = 0
        self.deaths = 0
        self._left: int | None = None
        self._open: list[Connection] = []

    def kill_after(self, steps: int) -> None:
        """Die before the next step but so many."""
        self._left = steps

    def spare(self) -> None:
        """Do not die after all."""
        self._left = None

    def step(self) -> None:
        """Do one thing more. Raises Killed."""
        if self._disk.looked_at:
            return
        self.steps += 1
        if self._left is not None:
            if self._left <= 0:
                self._left = None
                raise Killed(self)
            self._left -= 1

    def opened(self, connection: Connection) -> None:
        """Take over a connection."""
        self._open.append(connection)
        connection.owner = self
        if self.full:
            connection.fill()

    def end(self) -> None:
        """Be dead: everything that is open is closed, whatever was being done with it."""
        self.alive = False
        self.deaths += 1
        self._left = None
        for connection in tuple(self._open):
            connection.close()

    def closed(self, connection: Connection) -> None:
        """Forget a connection."""
        if connection in self._open:
            self._open.remove(connection)

    def set_full(self, *, full: bool) -> None:
        """Let the disk under this process have no page more, or room again."""
        self.full = full
        for connection in self._open:
            connection.fill() if full else connection.make_room()


class Connection(sqlite3.Connection):
    """A connection that counts the steps of its process."""

    owner: Process | None = None

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        """Step, then execute; a commit is followed by a step too, before anybody has learned of it."""
        owner = self.owner
        if owner is None or sql == "ROLLBACK":
            return super().execute(sql, parameters)
        owner.step()
        cursor = super().execute(sql, parameters)
        if sql == "COMMIT":
            owner.step()
        return cursor

    def executemany(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        """Step, then execute."""
        if self.owner is not None:
            self.owner.step()
        return super().executemany(sql, parameters)

    def close(self) -> None:
        """Close it."""
        super().close()
        if self.owner is not None:
            self.owner.closed(self)

    def fill(self) -> None:
        """Leave no room beyond the pages that the file has: SQLite itself reports SQLITE_FULL."""
        for pages in super().execute("PRAGMA page_count").fetchone():
            super().execute(f"PRAGMA max_page_count = {max(1, pages)}").fetchone()

    def make_room(self) -> None:
        """Have room again."""
        super().execute(f"PRAGMA max_page_count = {_PAGES_MOST}").fetchone()


class Files:
    """The module os as programs here see it: to open, sync or name a file is a step; on a full disk none is made."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: str | Path, flags: int, mode: int = 0o777) -> int:
        """See `os.open`."""
        self._disk.touch(makes_file=bool(flags & os.O_CREAT))
        return os.open(path, flags, mode)

    def fsync(self, handle: int) -> None:
        """See `os.fsync`; what a power cut takes is played elsewhere."""
        self._disk.touch(makes_file=False)

    def link(self, source: Path, target: Path) -> None:
        """See `os.link`."""
        self._disk.touch(makes_file=True)
        os.link(source, target)


class Disk:
    """Where connections come from while the village runs."""

    def __init__(self) -> None:
        self._acting: list[Process] = []
        self.looked_at = False

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look at files through whatever is open, without that being a step of anybody's."""
        before, self.looked_at = self.looked_at, True
        try:
            yield
        finally:
            self.looked_at = before

    @contextmanager
    def acting(self, process: Process) -> Iterator[None]:
        """Let what is opened inside belong to a process."""
        self._acting.append(process)
        try:
            yield
        finally:
            self._acting.pop()

    def is_acting(self, process: Process) -> bool:
        """Whether a process is in the middle of something."""
        return process in self._acting

    def touch(self, *, makes_file: bool) -> None:
        """Let whoever acts do something to a file. Raises Killed, and OSError where there is no room for a new one."""
        if self._acting and not self.looked_at:
            self._acting[-1].step()
            if makes_file and self._acting[-1].full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Let every connection be one of these, and files as well."""

        def connect(*arguments: Any, **keywords: Any) -> sqlite3.Connection:
            connection = _really_connect(*arguments, **keywords, factory=Connection)
            if self._acting and isinstance(connection, Connection):
                self._acting[-1].opened(connection)
            return connection

        files = Files(self)
        with (
            exchanged(sqlite3, "connect", connect),
            exchanged(durable, "os", files),
            exchanged(attachments, "os", files),
        ):
            yield
