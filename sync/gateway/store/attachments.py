"""The sealed attachments at the gateway: in pieces as they came, in the order of their bytes.

They are in the store and not in files, so that several gateways need nothing shared but the database they have, and a
standby that has the records has the attachments too. With the embedded store they are in a file of their own,
`attachments.db`: uploads never wait for the writer of records, nor records for theirs.

What holds, and `tests/gateway` holds both kinds of store to it:

- What is answered about an upload has been committed, and is committed again when it is only read (`Store`): so bytes
  that were reported as received survive a power cut, and the loss of a machine that a standby replaces.
- Bytes are appended where the upload ends, or not at all: of two who upload one attachment at once, one is told where
  it stands now.
- An upload that has all its bytes has *arrived* when their SHA-256 is its digest, and gets a number in the order of the
  commits; otherwise all of it is thrown away and it begins anew.
- Released: its bytes are gone, also from free pages and logs of a file, and none of it is asked for again, whether or
  not it had arrived. An upload that begins after that is released from its beginning when its record says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from sync.protocol.arrivals import Arrival

_T = TypeVar("_T")
Run = Callable[[str, tuple[bytes | int, ...]], list[tuple[Any, ...]]]
"""Carries out a statement with `?` for each value, and returns its rows."""


class Upload(Struct, frozen=True):
    """An attachment on its way: `offset` bytes of `size` are here. `arrived`: all, and they are the right ones.

    One that was released stands at its end and counts as arrived, so that nobody sends more of it.
    """

    chain: bytes
    digest: bytes
    size: int
    offset: int
    arrived: bool


class UploadRefused(ValueError):
    """These bytes cannot be taken; the types of this family say why."""


class NoSuchUpload(UploadRefused):
    """Nobody has begun it."""


class OffsetDiffers(UploadRefused):
    """The upload stands elsewhere; `upload` says where."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(f"the upload stands at byte {upload.offset}")
        self.upload = upload


class UploadTooLong(UploadRefused):
    """More bytes than the record has announced."""


class QuotaUsedUp(UploadRefused):
    """The attachments of a chain have all the room here that they may have."""


class NotThere(LookupError):
    """No attachment of this digest has arrived, or it was released."""


class Base(Protocol):
    """Transactions on the database behind. Raises StoreUnavailable."""

    def commit(self, work: Callable[[Run], _T]) -> _T:
        """Do `work` in one transaction that survives a power cut once this returns; it may be done more than once."""

    def wipe(self) -> None:
        """Leave nothing of what was thrown away in files of this machine; a reader in the middle only delays it."""

    def free_bytes(self) -> int | None:
        """How much room the disk has, None where that is for somebody else to watch."""

    def close(self) -> None:
        """Release what is open."""


SCHEMA = """
CREATE TABLE IF NOT EXISTS uploads (
    chain       {blob} NOT NULL,
    digest      {blob} NOT NULL,
    size        bigint NOT NULL,
    held        bigint NOT NULL DEFAULT 0,
    begun_ms    bigint NOT NULL,
    arrival     bigint UNIQUE,              -- its number among those that have arrived
    released    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (chain, digest)
);
CREATE INDEX IF NOT EXISTS uploads_by_digest ON uploads (digest);
CREATE TABLE IF NOT EXISTS upload_pieces (
    chain       {blob} NOT NULL,
    digest      {blob} NOT NULL,
    start       bigint NOT NULL,
    content     {blob} NOT NULL,
    PRIMARY KEY (chain, digest, start)
);
CREATE TABLE IF NOT EXISTS upload_turn (
    id          bigint PRIMARY KEY,
    number      bigint NOT NULL             -- the last one given
);
INSERT INTO upload_turn VALUES (1, 0) ON CONFLICT DO NOTHING;
"""
_COLUMNS = "chain, digest, size, held, arrival, released"
# The row is written with what it holds: locked in a shared database, and committed for good before it is told.
_LOCK = f"UPDATE uploads SET held = held WHERE chain = ? AND digest = ? RETURNING {_COLUMNS}"  # noqa: S608 - constants
_EXTEND = f"""
UPDATE uploads SET held = held + ? WHERE chain = ? AND digest = ? AND held = ? AND held + ? <= size
AND arrival IS NULL AND released = 0 RETURNING {_COLUMNS}
"""  # noqa: S608 - constants


class AttachmentStore:
    """Uploads and what came of them. Every method is safe to call from any thread, and raises StoreUnavailable."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def begin(
        self, chain: bytes, digest: bytes, size: int, now_ms: int, quota_bytes: int, *, erased: bool = False
    ) -> Upload:
        """Begin an upload, or return the one that was begun. `erased`: its time is over, nothing of it is taken.

        Raises QuotaUsedUp: all attachments of this chain that are here have more than `quota_bytes` with this one.
        """

        def work(run: Run) -> Upload:
            run(
                "INSERT INTO uploads (chain, digest, size, begun_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (chain, digest, size, now_ms),
            )
            used = "SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM uploads WHERE chain = ? AND released = 0"
            if erased:
                _release(run, chain, digest)
            upload = _upload(run(_LOCK, (chain, digest))[0])
            if not upload.arrived and run(used, (chain,))[0][0] > quota_bytes:
                raise QuotaUsedUp(f"the attachments of one terminal have at most {quota_bytes} bytes here")
            return upload

        begun = self._base.commit(work)
        if erased:
            self._base.wipe()
        return begun

    def upload(self, chain: bytes, digest: bytes) -> Upload:
        """Return how an upload stands. Raises NoSuchUpload."""
        return self._base.commit(lambda run: _locked(run, chain, digest))

    def extend(self, chain: bytes, digest: bytes, offset: int, piece: bytes) -> Upload:
        """Append bytes to an upload that stands at `offset`. Raises NoSuchUpload, OffsetDiffers, UploadTooLong."""

        def work(run: Run) -> Upload:
            grown = run(_EXTEND, (len(piece), chain, digest, offset, len(piece)))
            if not grown:
                upload = _locked(run, chain, digest)
                if upload.offset != offset or upload.arrived:
                    raise OffsetDiffers(upload)
                raise UploadTooLong(f"an attachment of {upload.size} bytes was announced")
            run(
                "INSERT INTO upload_pieces (chain, digest, start, content) VALUES (?, ?, ?, ?)",
                (chain, digest, offset, piece),
            )
            return _upload(grown[0])

        return self._base.commit(work)

    def settle(self, chain: bytes, digest: bytes) -> Upload:
        """Look whether an upload that has all its bytes is what its digest says: then it has arrived.

        Otherwise its bytes are thrown away, and it stands at 0. One that lacks bytes is left as it is. Raises
        NoSuchUpload.
        """

        def work(run: Run) -> Upload:
            upload = _locked(run, chain, digest)
            if upload.arrived or upload.offset < upload.size:
                return upload
            seen = hashlib.sha256()
            place, pieces = 0, "SELECT start, content FROM upload_pieces WHERE chain = ? AND digest = ? ORDER BY start"
            for start, content in run(pieces, (chain, digest)):
                if start == place:
                    seen.update(content)
                    place += len(content)
            if place == upload.size and seen.digest() == digest:
                ((number,),) = run("UPDATE upload_turn SET number = number + 1 RETURNING number", ())
                run("UPDATE uploads SET arrival = ? WHERE chain = ? AND digest = ?", (number, chain, digest))
            else:
                _throw_away(run, chain, digest)
                run("UPDATE uploads SET held = 0 WHERE chain = ? AND digest = ?", (chain, digest))
            return _locked(run, chain, digest)

        return self._base.commit(work)

    def arrivals_after(self, place: int, limit: int) -> list[Arrival]:
        """Return what has arrived behind a place and was not released, in order, at most `limit` of it."""

        def work(run: Run) -> list[Arrival]:
            query = (
                "SELECT arrival, digest, size FROM uploads WHERE arrival > ? AND released = 0 ORDER BY arrival LIMIT ?"
            )
            found = [Arrival(*row) for row in run(query, (place, limit))]
            if found:
                # Whoever reads counts on from here: what was read is made to last first.
                run("UPDATE upload_turn SET number = number", ())
            return found

        return self._base.commit(work)

    def size(self, digest: bytes) -> int:
        """Return how many bytes an attachment that has arrived has. Raises NotThere."""
        return self._base.commit(lambda run: _arrived(run, digest)[1])

    def content(self, digest: bytes, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to before `stop` of an attachment that has arrived. Raises NotThere."""

        def work(run: Run) -> bytes:
            chain, _ = _arrived(run, digest)
            rows = run(
                "SELECT start, content FROM upload_pieces WHERE chain = ? AND digest = ? AND start < ?"
                " AND start + length(content) > ? ORDER BY start",
                (chain, digest, stop, start),
            )
            return b"".join(content[max(0, start - at) : max(0, stop - at)] for at, content in rows)

        return self._base.commit(work)

    def release(self, digest: bytes) -> bool:
        """Give up the bytes of an attachment, however many have come; False when nobody has begun it."""

        def work(run: Run) -> bool:
            found = run("SELECT chain FROM uploads WHERE digest = ?", (digest,))
            for (chain,) in found:
                _release(run, chain, digest)
            return bool(found)

        released = self._base.commit(work)
        self._base.wipe()
        return released

    def free_bytes(self) -> int | None:
        """See `Base.free_bytes`."""
        return self._base.free_bytes()

    def close(self) -> None:
        """Release what is open."""
        self._base.close()


def _locked(run: Run, chain: bytes, digest: bytes) -> Upload:
    rows = run(_LOCK, (chain, digest))
    if not rows:
        raise NoSuchUpload("nobody has begun this upload")
    return _upload(rows[0])


def _upload(row: tuple[Any, ...]) -> Upload:
    chain, digest, size, held, arrival, released = row
    return Upload(chain, digest, size, size if released else held, arrival is not None or bool(released))


def _arrived(run: Run, digest: bytes) -> tuple[bytes, int]:
    query = "SELECT chain, size FROM uploads WHERE digest = ? AND arrival IS NOT NULL AND released = 0 LIMIT 1"
    rows = run(query, (digest,))
    if not rows:
        raise NotThere("no attachment of this digest is here")
    return rows[0][0], rows[0][1]


def _release(run: Run, chain: bytes, digest: bytes) -> None:
    _throw_away(run, chain, digest)
    run("UPDATE uploads SET released = 1 WHERE chain = ? AND digest = ?", (chain, digest))


def _throw_away(run: Run, chain: bytes, digest: bytes) -> None:
    run("DELETE FROM upload_pieces WHERE chain = ? AND digest = ?", (chain, digest))
