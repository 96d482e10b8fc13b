"""Papers as files: where they come from, and how one becomes a sealed attachment.

What is read from a stick is checked, sealed in memory and put down sealed; of the content nothing stays anywhere else.
Cameras and scanners are other sources with the same shape.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from kiosk.desk import Desk
from sync.attachments.media import MediaType, media_type
from sync.attachments.sealed import CONTENT_BYTES_MAX, KEY_BYTES, seal
from sync.attachments.shelf import AttachmentShelf, DiskNearlyFull, QuotaUsedUp
from sync.model.facts import AttachmentAdded

STICKS = Path("/media")
"""Where a Debian desktop mounts sticks: /media/<name>, or /media/<user>/<name>."""
FILES_SHOWN_MAX = 60
_LOOKED_INTO_MAX = 200
_DEPTH_MAX = 3
_DIRECTORIES_MAX = 200
_ENTRIES_MAX = 20_000
"""Names that are looked at, of all directories together: a tenth of a second, however many there are."""
_MAGIC_BYTES = 16


class DocumentRefused(ValueError):
    """The file cannot be taken; `code` names the sentence that the screen says."""

    def __init__(self, code: str) -> None:
        """Keep the code of the sentence."""
        super().__init__(code)
        self.code = code


class DocumentFile(Struct, frozen=True):
    """A file that can be taken: where it is in its source, what it is called there, its size and what it is."""

    id: str
    name: str
    size_bytes: int
    kind: MediaType


class DocumentSource(Protocol):
    """Where files come from."""

    def files(self) -> tuple[DocumentFile, ...]:
        """Return what can be taken now, newest first."""

    def read(self, file_id: str) -> bytes:
        """Return the content of a file that was listed. Raises DocumentRefused, OSError."""


class StickDocuments:
    """Pictures and PDFs on whatever is mounted below a directory. Links are not followed, so nothing else is read."""

    def __init__(self, directory: Path = STICKS) -> None:
        """Look below `directory`."""
        self._directory = directory

    def files(self) -> tuple[DocumentFile, ...]:
        """See `DocumentSource.files`. A stick may be full of pictures: only the newest are looked into."""
        newest = sorted(self._candidates(), key=lambda each: (-each[0], each[1]))[:_LOOKED_INTO_MAX]
        described = (_described(self._directory, path) for _, path in newest)
        return tuple(each for each in described if each is not None)[:FILES_SHOWN_MAX]

    def _candidates(self) -> Iterator[tuple[float, Path]]:
        """Yield when each file was made, and its path; of a stick that has no end only the beginning."""
        left, waiting = _ENTRIES_MAX, deque([(self._directory, 0)])
        for _ in range(_DIRECTORIES_MAX):
            if not waiting:
                return
            where, depth = waiting.popleft()
            # A file may go while it is looked at, as when the stick is pulled out.
            with suppress(OSError), os.scandir(where) as entries:
                for entry in islice(entries, left):
                    left -= 1
                    if entry.name.startswith("."):
                        continue
                    with suppress(OSError):
                        if entry.is_file(follow_symlinks=False):
                            yield entry.stat(follow_symlinks=False).st_mtime, Path(entry.path)
                        elif depth < _DEPTH_MAX and entry.is_dir(follow_symlinks=False):
                            waiting.append((Path(entry.path), depth + 1))

    def read(self, file_id: str) -> bytes:
        """See `DocumentSource.read`."""
        if file_id not in {each.id for each in self.files()}:
            raise DocumentRefused("document_gone")
        return _read(self._directory / file_id, CONTENT_BYTES_MAX + 1)


class DocumentDesk:
    """Takes files in as attachments.

    Args:
        source: where they come from.
        shelf: where they are put, sealed.
    """

    def __init__(self, source: DocumentSource, shelf: AttachmentShelf) -> None:
        """Use a source and a shelf."""
        self._source = source
        self._shelf = shelf

    def files(self) -> tuple[DocumentFile, ...]:
        """Return what can be taken now."""
        return self._source.files()

    def take(self, file_id: str, name: str, material: str) -> AttachmentAdded:
        """Take a file: sealed and durable when this returns, and named by nothing yet.

        Raises DocumentRefused: it was taken away, is too large, is of another kind, or there is no room for it.
        """
        try:
            content = self._source.read(file_id)
        except OSError as cause:
            raise DocumentRefused("document_gone") from cause
        kind = media_type(content)
        if kind is None:
            raise DocumentRefused("document_of_another_kind")
        if len(content) > CONTENT_BYTES_MAX:
            raise DocumentRefused("document_too_large")
        key = os.urandom(KEY_BYTES)
        sealed = seal(content, key)
        try:
            self._shelf.put(sealed)
        except QuotaUsedUp as cause:
            raise DocumentRefused("documents_quota") from cause
        except (DiskNearlyFull, OSError) as cause:
            raise DocumentRefused("documents_no_room") from cause
        return AttachmentAdded(
            digest=sealed.digest,
            size=len(sealed.content),
            key=key,
            name=name,
            media_type=kind.value,
            material=material,
        )

    def tidy(self, desk: Desk, kept_at_gateway: Collection[bytes]) -> None:
        """Take away what no record and no draft names, and what the gateway has had for long enough.

        Called once, at a start, when nothing else writes. Raises JournalRefused, OSError: nothing that is named and
        not given is taken away, whatever happens.
        """
        self._shelf.sweep(desk.named_attachments() - set(kept_at_gateway))


def _described(root: Path, path: Path) -> DocumentFile | None:
    """What a file is; None for what is not taken."""
    try:
        kind = media_type(_read(path, _MAGIC_BYTES))
        if kind is None:
            return None
        return DocumentFile(str(path.relative_to(root)), _shown(path.name), path.stat().st_size, kind)
    except OSError:
        return None


def _shown(name: str) -> str:
    """A file's name as it can be drawn: a stick may have names that are no text, or steer what shows them."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _read(path: Path, bytes_max: int) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        return file.read(bytes_max)
