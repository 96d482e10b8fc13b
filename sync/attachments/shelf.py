"""The sealed attachments of a terminal: one file each, named by its digest, in `DIR/attachments`.

The kiosk writes them, before the record that names them; the sync process reads them. Nothing is ever here unsealed,
not for a moment: what is written is sealed in memory first, and a power cut leaves a sealed beginning at most.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from sync.attachments.sealed import Sealed
from sync.durable import create_file, sync_directory

DIRECTORY = "attachments"
QUOTA_BYTES = 4 * 1024 * 1024 * 1024
"""Of all attachments of a terminal together: some 5,000 photographed pages."""
FREE_BYTES_LEAST = 1024 * 1024 * 1024
"""Left on the disk for records, which come first: a year of them is a small part of this."""

_NAME = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = re.compile(r"[0-9a-f]{64}\.new")


class ShelfRefused(OSError):
    """No attachment can be put down here; the types of this family say why. What is here is not touched."""


class QuotaUsedUp(ShelfRefused):
    """The terminal's attachments have all the room that they may have."""


class DiskNearlyFull(ShelfRefused):
    """The room that is left on the disk is for records."""


class AttachmentShelf:
    """Files in a directory, which is made with the first.

    Args:
        directory: where they are.
        quota_bytes: of all together.
        free_bytes_least: of the disk, after a file was put down.
    """

    def __init__(
        self, directory: Path, quota_bytes: int = QUOTA_BYTES, free_bytes_least: int = FREE_BYTES_LEAST
    ) -> None:
        self._directory = directory
        self._quota_bytes = quota_bytes
        self._free_bytes_least = free_bytes_least

    def path(self, digest: bytes) -> Path:
        """Return where the attachment of this digest lies, if it is here."""
        return self._directory / digest.hex()

    def put(self, sealed: Sealed) -> None:
        """Put an attachment down; durable when this returns. One that is here already is left as it is.

        Raises QuotaUsedUp, DiskNearlyFull, OSError.
        """
        if not self._directory.is_dir():
            self._directory.mkdir(mode=0o700)
            sync_directory(self._directory.parent)
        size = len(sealed.content)
        if self.used_bytes() + size > self._quota_bytes:
            raise QuotaUsedUp(f"the attachments of this terminal have at most {self._quota_bytes} bytes")
        if shutil.disk_usage(self._directory).free - size < self._free_bytes_least:
            raise DiskNearlyFull(f"{self._free_bytes_least} bytes of the disk are kept free for records")
        path = self.path(sealed.digest)
        try:
            create_file(path, sealed.content)
        except FileExistsError:
            # The same digest is the same content; but the cut that came before it was synced must not be believed.
            with path.open("rb") as file:
                os.fsync(file.fileno())
            sync_directory(self._directory)

    def remove(self, digest: bytes) -> None:
        """Take an attachment away, durably; no matter if it is not here. Raises OSError."""
        self.path(digest).unlink(missing_ok=True)
        if self._directory.is_dir():
            sync_directory(self._directory)

    def used_bytes(self) -> int:
        """Return how many bytes lie here."""
        return sum(each.stat().st_size for each in self._entries())

    def sweep(self, keep: Collection[bytes]) -> int:
        """Take away what nothing names, and what a power cut left unfinished; return how many files that were.

        Whoever calls this is the one writer: a file whose record is not committed yet would be taken away too.
        """
        names = {digest.hex() for digest in keep}
        stale = [each for each in self._entries() if each.name not in names]
        for each in stale:
            each.unlink()
        return len(stale)

    def _entries(self) -> list[Path]:
        if not self._directory.is_dir():
            return []
        found = self._directory.iterdir()
        return [each for each in found if _NAME.fullmatch(each.name) or _UNFINISHED.fullmatch(each.name)]
