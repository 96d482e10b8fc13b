"""Attachments at the county: fetched from the gateway, kept sealed, opened for whoever may see them, erased.

What lies here is what the terminal sealed. The key is in the body of the record that names it, so that an attachment
whose record's body was erased can be opened by nobody, wherever a copy of it may lie. Its bytes go all the same: here
with `sweep`, at the gateway with the next exchange.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
from pathlib import Path
from typing import Protocol

from county.gateway_line import NotAtGateway
from county.store.attachments import AttachmentTable, Wanted
from county.store.database import Database
from county.store.ledger import StoredRecord
from sync.attachments.sealed import (
    DIGEST_BYTES,
    SEALED_BYTES_MAX,
    SEALED_BYTES_MIN,
    AttachmentRefused,
    open_sealed,
)
from sync.clock import Clock
from sync.durable import sync_directory
from sync.model.facts import AttachmentAdded, Kind
from sync.model.plain import FactDoesNotFit, field_of
from sync.protocol.arrivals import Arrival
from sync.protocol.recovery import BACKUP_WINDOW_MS

DIRECTORY = "attachments"
PIECE_BYTES = 256 * 1024
EXCHANGE_BYTES_MAX = 4 * 1024 * 1024
"""Fetched in one exchange; then records have their turn."""
_NAME = re.compile(r"([0-9a-f]{64})(?:\.part)?")
_PAGE = 100
_log = logging.getLogger(__name__)


class AttachmentUnreadable(Exception):
    """It cannot be shown; the message says why, in Chinese."""


class ArrivalLine(Protocol):
    """Asks the gateway for attachments. Every method raises GatewayAway."""

    def arrivals(self, after: int) -> tuple[Arrival, ...]:
        """Return what has arrived behind a place."""

    def attachment(self, digest: bytes, start: int, stop: int) -> bytes:
        """Return bytes of an attachment. Raises NotAtGateway."""

    def release(self, digest: bytes) -> None:
        """Let the gateway give an attachment up; no matter if it has already."""


class AttachmentVault:
    """Sealed files in a directory, named by digest; it is made with the first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, digest: bytes) -> Path:
        """Return where an attachment lies, if it is here."""
        return self._directory / digest.hex()

    def held_bytes(self, digest: bytes) -> int:
        """Return how many bytes have been fetched of an attachment that is not whole yet. Raises OSError."""
        part = self._part(digest)
        return part.stat().st_size if part.is_file() else 0

    def append(self, digest: bytes, piece: bytes) -> None:
        """Append to what has been fetched. Raises OSError."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(self._part(digest), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(piece)

    def settle(self, wanted: Wanted) -> bool:
        """Put down what has been fetched, durably, if it is what was named; else throw it away. Raises OSError."""
        part = self._part(wanted.digest)
        content = part.read_bytes()
        if len(content) != wanted.size or hashlib.sha256(content).digest() != wanted.digest:
            part.unlink()
            return False
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(self.path(wanted.digest))
        sync_directory(self._directory)
        return True

    def opened(self, named: AttachmentAdded) -> bytes:
        """Return the content of an attachment. Raises AttachmentUnreadable."""
        try:
            return open_sealed(self.path(named.digest).read_bytes(), named.key, named.digest)
        except FileNotFoundError as cause:
            raise AttachmentUnreadable("附件还未传到") from cause
        except (AttachmentRefused, OSError) as cause:
            _log.error("attachment %s cannot be opened: %s", named.digest.hex()[:16], cause)
            raise AttachmentUnreadable("附件打不开") from cause

    def digests(self) -> set[bytes]:
        """Return the digests of all that lies here, whole or not."""
        if not self._directory.is_dir():
            return set()
        names = (_NAME.fullmatch(path.name) for path in self._directory.iterdir())
        return {bytes.fromhex(name[1]) for name in names if name}

    def remove(self, digest: bytes) -> None:
        """Take the bytes of an attachment away, durably, also of one that is not whole. Raises OSError."""
        for path in (self.path(digest), self._part(digest)):
            path.unlink(missing_ok=True)
        if self._directory.is_dir():
            sync_directory(self._directory)

    def _part(self, digest: bytes) -> Path:
        return self._directory / f"{digest.hex()}.part"


def want_attachment(table: AttachmentTable, stored: StoredRecord, number: str) -> None:
    """Want the attachment that a record names, unless that was erased; one that cannot be is for nobody."""
    header = stored.record.header
    if header.kind != Kind.ATTACHMENT_ADDED:
        return
    with contextlib.suppress(FactDoesNotFit):
        digest = field_of(AttachmentAdded, "digest", header.plain)
        size = field_of(AttachmentAdded, "size", header.plain)
        if len(digest) == DIGEST_BYTES and SEALED_BYTES_MIN <= size <= SEALED_BYTES_MAX:
            table.name(digest, size, number)
            if stored.record.body is None:
                table.erase(digest, number, stored.received_ms)


def sweep(database: Database, vault: AttachmentVault) -> None:
    """Take away the bytes of every attachment that was erased, those too that a crash or a fetch then left.

    Raises OSError: some may still be here; call it again.
    """
    held = vault.digests()
    with database.reading() as connection:
        table = AttachmentTable(connection)
        erased = [digest for digest in held if table.erased(digest)]
    for digest in erased:
        vault.remove(digest)


class AttachmentFetcher:
    """Brings attachments from the gateway.

    Args:
        database: knows which are named and which have come.
        vault: where they are put.
        line: to the gateway.
        clock: dates what has come.
        exchange_bytes_max: fetched at most in one call of `fetch`.
    """

    def __init__(
        self,
        database: Database,
        vault: AttachmentVault,
        line: ArrivalLine,
        clock: Clock,
        exchange_bytes_max: int = EXCHANGE_BYTES_MAX,
    ) -> None:
        self._database = database
        self._vault = vault
        self._line = line
        self._clock = clock
        self._exchange_bytes_max = exchange_bytes_max

    def fetch(self) -> bool:
        """Fetch some of what can be fetched; True when there is more. Raises GatewayAway, OSError."""
        self._hear_of_arrivals()
        self._release()
        left = self._exchange_bytes_max
        with self._database.reading() as connection:
            wanted = AttachmentTable(connection).wanted(_PAGE)
        for each in wanted:
            try:
                left -= self._fetch_one(each, left)
            except NotAtGateway:
                _log.error("attachment %s is not at the gateway any more", each.digest.hex()[:16])
                self._miss(each)
            if left <= 0:
                return True
        return len(wanted) == _PAGE

    def _hear_of_arrivals(self) -> None:
        while True:
            with self._database.reading() as connection:
                after = AttachmentTable(connection).cursor()
            arrivals = self._line.arrivals(after)
            if not arrivals:
                return
            with self._database.writing() as connection:
                AttachmentTable(connection).arrive(arrivals)

    def _fetch_one(self, wanted: Wanted, bytes_max: int) -> int:
        """Fetch up to so many bytes of an attachment and return how many came."""
        begun_at = held = self._vault.held_bytes(wanted.digest)
        while held < wanted.size and held - begun_at < bytes_max:
            stop = min(wanted.size, held + PIECE_BYTES)
            piece = self._line.attachment(wanted.digest, held, stop)
            if len(piece) != stop - held:
                # The answer came whole: it is the gateway that has less, and other attachments shall not wait for it.
                raise NotAtGateway
            self._vault.append(wanted.digest, piece)
            held = stop
        if held >= wanted.size:
            if self._vault.settle(wanted):
                with self._database.writing() as connection:
                    AttachmentTable(connection).keep(wanted.digest, self._clock.wall_ms())
                _log.info("attachment %s has come, %d bytes", wanted.digest.hex()[:16], wanted.size)
            else:
                _log.error("attachment %s at the gateway is not what its record names", wanted.digest.hex()[:16])
                self._miss(wanted)
        return held - begun_at

    def _miss(self, wanted: Wanted) -> None:
        with self._database.writing() as connection:
            AttachmentTable(connection).miss(wanted.digest)

    def _release(self) -> None:
        kept_before_ms = self._clock.wall_ms() - BACKUP_WINDOW_MS
        with self._database.reading() as connection:
            digests = AttachmentTable(connection).to_release(kept_before_ms, _PAGE)
        for digest in digests:
            self._line.release(digest)
            with self._database.writing() as connection:
                table = AttachmentTable(connection)
                table.release(digest)
                erased = table.erased(digest)
            if erased:
                # It may have been erased while it was being fetched.
                self._vault.remove(digest)
