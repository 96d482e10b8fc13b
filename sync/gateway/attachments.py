"""Taking attachments in: only those that a record names which was admitted before, and never ahead of records.

A header says an attachment's digest and size in the open, and that is all this end knows. Whoever holds a chain may
upload what its records name, piece by piece; what has come is kept whatever becomes of the line, down to the last byte
that arrived before a reset. When all of it is here, its digest says whether it is what was named.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sync.attachments.sealed import DIGEST_BYTES, SEALED_BYTES_MAX, SEALED_BYTES_MIN
from sync.clock import Clock
from sync.gateway.admission import refusal_of
from sync.gateway.store import Store
from sync.gateway.store.attachments import AttachmentStore, OffsetDiffers, Upload, UploadTooLong
from sync.model.facts import AttachmentAdded, Kind
from sync.model.plain import FactDoesNotFit, field_of
from sync.peer_name import PeerName
from sync.protocol.tus import Named
from sync.record import Record

PIECE_BYTES = 32 * 1024
"""Committed at once: what a gateway that is killed may lose of a line that was good."""
PATCH_S_MAX = 60
QUOTA_BYTES = 16 * 1024 * 1024 * 1024
"""Of one chain: some 20,000 photographed pages that the county has not given up here."""
FREE_BYTES_LEAST = 2 * 1024 * 1024 * 1024
"""Left on a disk of this machine for records, which come first."""


class AttachmentRefused(ValueError):
    """It is not taken in; `code` names why for programs, the message says it."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class NotNamed(AttachmentRefused):
    """No record that was admitted names it."""


class NoRoom(AttachmentRefused):
    """There is no room for it now."""


class Received(Struct, frozen=True):
    """How an upload stands after bytes came. `thrown_away`: it was whole and not what its digest says."""

    upload: Upload
    thrown_away: bool = False


class AttachmentDesk:
    """Decides about uploads.

    Args:
        store: of the records that name attachments.
        attachments: where their bytes are kept.
        clock: ends a PATCH that takes too long.
        quota_bytes: of one chain.
        free_bytes_least: of the disk, if it is this machine's.
        patch_s_max: how long one PATCH may take.
    """

    def __init__(
        self,
        store: Store,
        attachments: AttachmentStore,
        clock: Clock,
        quota_bytes: int = QUOTA_BYTES,
        free_bytes_least: int = FREE_BYTES_LEAST,
        patch_s_max: float = PATCH_S_MAX,
    ) -> None:
        self._store = store
        self._attachments = attachments
        self._clock = clock
        self._quota_bytes = quota_bytes
        self._free_bytes_least = free_bytes_least
        self._patch_ms_max = int(patch_s_max * 1000)

    def begin(self, holder: PeerName, named: Named, size: int) -> Upload:
        """Begin an upload, or take up one that was begun.

        Raises NotNamed, NoRoom, QuotaUsedUp, StoreUnavailable.
        """
        self.check_holder(holder, named.chain)
        record = self._admitted(named)
        if record is None or record.header.kind != Kind.ATTACHMENT_ADDED:
            raise NotNamed("not-named", "no admitted record of this number names an attachment")
        digest, announced = _announced(record)
        if size != announced:
            raise NotNamed("another-size", f"the record names an attachment of {announced} bytes")
        self._check_room()
        # A record without its body was erased: whoever sends what it names has not heard of that yet.
        return self._attachments.begin(
            named.chain, digest, size, self._clock.wall_ms(), self._quota_bytes, erased=record.body is None
        )

    def standing(self, holder: PeerName, chain: bytes, digest: bytes) -> Received:
        """Return how an upload stands; one that has all its bytes is looked at first.

        Raises NotNamed, NoSuchUpload, StoreUnavailable.
        """
        self.check_holder(holder, chain)
        return self._settled(self._attachments.upload(chain, digest))

    def receive(
        self, holder: PeerName, chain: bytes, digest: bytes, offset: int, arriving: Iterator[bytes]
    ) -> Received:
        """Take bytes in as they arrive, from `offset` on, until they end, the line dies or the time is up.

        `arriving` yields what there is, and ends when nothing more will come, for whatever reason. Bytes that were
        yielded are kept.

        Raises NotNamed, NoRoom, NoSuchUpload, OffsetDiffers, UploadTooLong, StoreUnavailable.
        """
        self.check_holder(holder, chain)
        upload = self._attachments.upload(chain, digest)
        if upload.offset != offset:
            raise OffsetDiffers(upload)
        self._check_room()
        until_ms = self._clock.boot_ms() + self._patch_ms_max
        waiting = bytearray()
        for piece in arriving:
            waiting += piece
            if upload.offset + len(waiting) > upload.size:
                # Nothing of what is too long is believed, and what came before it in good order is kept.
                raise UploadTooLong(f"an attachment of {upload.size} bytes was announced")
            if len(waiting) >= PIECE_BYTES:
                upload = self._attachments.extend(chain, digest, upload.offset, bytes(waiting))
                waiting.clear()
            if self._clock.boot_ms() >= until_ms:
                break
        if waiting:
            upload = self._attachments.extend(chain, digest, upload.offset, bytes(waiting))
        return self._settled(upload)

    def check_holder(self, holder: PeerName, chain: bytes) -> None:
        """Check that a chain is somebody's who may write it. Raises NotNamed, StoreUnavailable."""
        known = self._store.chain(chain)
        if refusal_of(holder, known.standing if known else None) is not None:
            raise NotNamed("not-the-holder", "this chain belongs to somebody else")

    def _admitted(self, named: Named) -> Record | None:
        """The record, once it is as durable as what is acknowledged."""
        chain = self._store.confirmed(named.chain)
        if chain is None or not 1 <= named.seq <= chain.standing.head.seq:
            return None
        return next(iter(self._store.records_after(named.chain, named.seq - 1, 1)), None)

    def _settled(self, upload: Upload) -> Received:
        if upload.arrived or upload.offset < upload.size:
            return Received(upload)
        settled = self._attachments.settle(upload.chain, upload.digest)
        return Received(settled, thrown_away=not settled.arrived)

    def _check_room(self) -> None:
        free = self._attachments.free_bytes()
        if free is not None and free < self._free_bytes_least:
            raise NoRoom("gateway-full", "the room that is left here is for records")


def _announced(record: Record) -> tuple[bytes, int]:
    try:
        digest = field_of(AttachmentAdded, "digest", record.header.plain)
        size = field_of(AttachmentAdded, "size", record.header.plain)
    except FactDoesNotFit as cause:
        raise NotNamed("not-named", f"the record names no attachment: {cause}") from cause
    if len(digest) != DIGEST_BYTES or not SEALED_BYTES_MIN <= size <= SEALED_BYTES_MAX:
        raise NotNamed("not-named", "the record names what cannot be an attachment")
    return digest, size
