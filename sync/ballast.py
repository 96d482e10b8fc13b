"""Room that is kept for the next start: a disk without a free byte must not keep a program from opening its database.

SQLite in WAL mode makes two files beside a database when it opens it, and unlinks them when the last program closes it.
Where other programs have taken every byte since, it could not be opened again. So each database has a file of real
bytes beside it, that is given up when the opening fails for want of room, and is made again when there is room.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

BALLAST_BYTES = 128 * 1024
"""32 KiB of the database's -shm; as much for the other database's, which the same program reads and which may be closed
too; the rest for a -wal with what a start writes, about ten pages of 4 KiB, and for blocks of the directory."""
AMPLE_BYTES = 64 * BALLAST_BYTES
"""Less free room than this belongs to records."""
_SUFFIX = "-ballast"


class Ballast:
    """The ballast of one database, `database` with `-ballast` appended. Nothing here raises."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + _SUFFIX)

    def give_up(self) -> bool:
        """Remove it if that makes room where there was none; returns whether opening is worth another try."""
        try:
            if shutil.disk_usage(self._path.parent).free >= BALLAST_BYTES:
                return False
            self._path.unlink()
        except OSError:
            return False
        return True

    def keep(self) -> None:
        """Make it where room is ample."""
        with suppress(OSError):
            if self._lacks() and shutil.disk_usage(self._path.parent).free >= AMPLE_BYTES:
                self._write()

    def keep_rest(self) -> None:
        """Make it from what room there is, also a smaller one: for a program that ends, and leaves its -shm's room."""
        with suppress(OSError):
            if self._lacks():
                self._write()

    def _lacks(self) -> bool:
        return not self._path.exists() or self._path.stat().st_size < BALLAST_BYTES

    def _write(self) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Random bytes: a disk that packs or shares equal blocks must hold them too.
            left = os.urandom(BALLAST_BYTES)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)
